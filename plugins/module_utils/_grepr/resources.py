# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ansible_collections.greyops.rest.plugins.module_utils._comparison import covers, merged
from ansible_collections.greyops.rest.plugins.module_utils._errors import (
    ConflictError,
    ExchangeError,
    OptionError,
    ResponseError,
    UnfinishedError,
)
from ansible_collections.greyops.rest.plugins.module_utils._http.listings import Listing
from ansible_collections.greyops.rest.plugins.module_utils._http.urls import segment
from ansible_collections.greyops.rest.plugins.module_utils._options import ArgumentSpec

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ansible_collections.greyops.rest.plugins.module_utils._http.answers import Answer
    from ansible_collections.greyops.rest.plugins.module_utils._http.client import ApiClient

Item = dict[str, Any]

CREATE = "create"
UPDATE = "update"
DELETE = "delete"

# What Grepr shows once, at the creation (documented: of service accounts, users and OTLP integrations). Results hold it
# where return_secret or return_token asks for it, under a name of its own.
_SECRETS = frozenset({"secret", "clientSecret", "password", "plainTextToken"})

# Documented without a greatest value; whoever gives less says so in the answer.
_PAGE_SIZE = 100

RESOURCE_SPEC = ArgumentSpec(
    options={
        "name": {"type": "str"},
        "id": {"type": "str"},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    },
    required_one_of=(("name", "id"),),
)
FILTER_SPEC = ArgumentSpec(
    options={
        "name": {"type": "list", "elements": "str"},
        "id": {"type": "list", "elements": "str"},
    }
)


@dataclass(frozen=True)
class Kind:
    """A kind of things that have a name and lie at one path.

    ``fields`` are the keys a client writes, ``needed`` the dotted paths that a new thing cannot do without, with the
    options they come from. ``fixed`` are those that stay as they were at the creation; an update does not even send
    those of the first level. Of the ``whole`` keys all is compared, for the server adds nothing to them.
    ``first_version`` makes writes carry the next version; where it is None the last write wins.
    """

    noun: str
    path: str
    fields: tuple[str, ...]
    needed: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    fixed: tuple[str, ...] = ()
    whole: frozenset[str] = frozenset()
    wrapper: str = "items"
    paged: bool = False
    first_version: int | None = None
    written: Callable[[Item], Item] | None = None

    def view(self, item: Item) -> Item:
        """What a client would write to get this thing."""
        shown = self.written(item) if self.written else item
        return {key: shown[key] for key in self.fields if key in shown}

    def same(self, key: str, current: Any, desired: Any) -> bool:
        return covers(current, desired, key) and (key not in self.whole or covers(desired, current, key))

    def differing(self, item: Item, wish: Item) -> list[str]:
        """The keys of a wish that a thing does not fulfil."""
        there = self.view(item)
        return [key for key, value in wish.items() if not self.same(key, there.get(key), value)]

    def complaint(self, item: Item, wish: Item) -> str:
        """What differs, and how."""
        there, told = self.view(item), []
        for key in self.differing(item, wish):
            old, new = there.get(key), wish[key]
            if isinstance(old, dict) and isinstance(new, dict) and key not in self.whole:
                inner = [name for name, value in new.items() if not covers(old.get(name), value, name)]
                told += [f"{key}.{name} is {old.get(name)!r} instead of {new[name]!r}" for name in inner]
            else:
                told.append(f"{key} is {old!r} instead of {new!r}")
        return ", ".join(told)


@dataclass(frozen=True)
class Plan:
    """What is there, what will be there, and the one step between them; none where nothing has to change."""

    kind: Kind
    before: Item | None
    after: Item | None
    step: str | None = None
    wish: Item = field(default_factory=dict)
    body: Item = field(default_factory=dict)

    @property
    def changed(self) -> bool:
        return self.step is not None

    @property
    def label(self) -> str:
        thing = self.before or self.wish
        return f"{self.kind.noun} {thing.get('name') or thing.get('id')}"

    def as_diff(self) -> dict[str, Any]:
        """What a client can write, without what the server made."""
        before, after = ({} if item is None else self.kind.view(item) for item in (self.before, self.after))
        return {"before": before, "after": after}


def plan(kind: Kind, current: Item | None, wish: Item, state: str = "present") -> Plan:
    """The way from what is there to what is wished for.

    :raises OptionError: there is none, because something is missing or cannot be changed.
    """
    if state == "absent":
        return Plan(kind, current, None, None if current is None else DELETE, wish)
    if current is None:
        return _creation(kind, wish)
    differing = kind.differing(current, wish)
    if not differing:
        return Plan(kind, current, current, None, wish)
    there = kind.view(current)
    _require_unfixed(kind, there, wish)
    body = {**there, **{key: _replacement(kind, key, there.get(key), wish[key]) for key in differing}}
    after = {**current, **body}
    if kind.first_version is not None:
        after["version"] = body["version"] = int(current.get("version") or 0) + 1
    sent = {key: value for key, value in body.items() if key not in kind.fixed}
    return Plan(kind, current, after, UPDATE, wish, sent)


def _creation(kind: Kind, wish: Item) -> Plan:
    body = merged(dict(kind.defaults), wish)
    missing = [option for path, option in kind.needed.items() if _at(body, path) is None]
    if missing:
        raise OptionError(
            f"There is no {kind.noun} {wish.get('name')}, and it cannot be made without {' and '.join(missing)}."
        )
    if kind.first_version is not None:
        body["version"] = kind.first_version
    return Plan(kind, None, body, CREATE, wish, body)


def _replacement(kind: Kind, key: str, current: Any, desired: Any) -> Any:
    return desired if key in kind.whole else merged(current, desired)


def _require_unfixed(kind: Kind, there: Item, wish: Item) -> None:
    for path in kind.fixed:
        old, new = _at(there, path), _at(wish, path)
        if new is not None and not covers(old, new):
            raise OptionError(
                f"{path} of the {kind.noun} {there.get('name')} cannot change after its creation ({old} -> {new}).",
                hint=f"Leave it as it is, or delete the {kind.noun} and make it anew.",
            )


def _at(document: Any, path: str) -> Any:
    for key in path.split("."):
        document = document.get(key) if isinstance(document, dict) else None
    return document


class Collection:
    """The things of one kind: all of them, one of them, and what can be done to one."""

    def __init__(self, client: ApiClient, kind: Kind) -> None:
        self._client = client
        self.kind = kind

    def listed(self, path: str = "") -> list[Item]:
        """All of them, sorted by name and id."""
        found = self._pages(path or self.kind.path)
        return sorted(found, key=lambda item: (str(item.get("name", "")), str(item.get("id", ""))))

    def read(self, item_id: str) -> Item | None:
        """The one of an id, in its newest version; None if there is none."""
        return max(self.versions(item_id), key=lambda item: item.get("version") or 0, default=None)

    def versions(self, item_id: str) -> list[Item]:
        """What there is under an id: one thing, or for templates all versions of it (seen as ``{"items": []}``)."""
        answer = self._client.call("GET", self.item_path(item_id), expected=(200, 404))
        if answer.status == 404 and "html" not in answer.headers.get("content-type", ""):
            return []
        document = answer.json()
        items = document.get("items", [document]) if isinstance(document, dict) else None
        if not isinstance(items, list) or not all(isinstance(item, dict) and "id" in item for item in items):
            raise answer.error(ResponseError, f"answered with JSON that is no {self.kind.noun}.", hint="Check api_url.")
        return items

    def find(self, name: str | None, item_id: str | None, *, state: str = "present") -> Item | None:
        """The one of an id, else the one of a name.

        :raises OptionError: several have that name, or none has that id and one should.
        """
        if item_id:
            found = self.read(item_id)
            if found is None and state != "absent":
                raise OptionError(
                    f"There is no {self.kind.noun} with the id {item_id}.", hint="Leave id out to make one by its name."
                )
            return found
        named = [item for item in self.listed() if item.get("name") == name]
        if len(named) > 1:
            ids = ", ".join(sorted(str(item.get("id")) for item in named))
            raise OptionError(
                f"There are {len(named)} {self.kind.noun}s of the name {name}: {ids}.", hint="Give the id."
            )
        return named[0] if named else None

    def carry_out(self, plan: Plan) -> Item | None:
        """The thing as it is afterwards; None once it is gone.

        :raises ConflictError: somebody else changed it meanwhile.
        :raises UnfinishedError: Grepr took the change, and the thing is not as it was asked for.
        """
        if plan.step is None or plan.before is None:
            return plan.before if plan.step is None else self._as_wished(self._create(plan), plan)
        item_id = str(plan.before["id"])
        if plan.step == DELETE:
            self._client.call("DELETE", self.item_path(item_id), expected=(200, 202, 204, 404), repeatable=True)
            return None
        return self._as_wished(self._update(item_id, plan, plan.before), plan)

    def item_path(self, item_id: str, rest: str = "") -> str:
        return f"{self.kind.path}/{segment(item_id)}{rest}"

    def _create(self, plan: Plan) -> Item:
        name = plan.body.get("name")
        try:
            answer = self._client.call("POST", self.kind.path, json=plan.body)
        except (ExchangeError, ResponseError) as error:
            if isinstance(error, ResponseError) and error.status != 409 and (error.status or 0) < 500:
                raise
            # Somebody was faster, or nobody knows whether it was carried out; the name tells.
            found = self.find(str(name), None)
            if found is None:
                raise
            if self.kind.differing(found, plan.wish):
                raise ConflictError(
                    f"A {self.kind.noun} {name} was made meanwhile, and it is another one.", hint="Run the task again."
                ) from None
            return found
        made = _item_in(answer) or self.find(str(name), None)
        if made is None:
            raise UnfinishedError(
                f"Grepr answered that the {plan.label} was made, and it is not there.", hint="Look for it."
            )
        return made

    def _update(self, item_id: str, plan: Plan, before: Item) -> Item:
        versioned = self.kind.first_version is not None
        try:
            answer = self._client.call("PUT", self.item_path(item_id), json=plan.body, repeatable=not versioned)
        except (ExchangeError, ResponseError) as error:
            if not versioned or (error.status or 0) in (401, 403):
                raise
            now = self.read(item_id)
            if now is None or now.get("version") == before.get("version"):
                raise
            if now.get("version") != plan.body["version"] or self.kind.differing(now, plan.wish):
                raise ConflictError(
                    f"The {plan.label} was changed meanwhile: version {before.get('version')} is now "
                    f"{now.get('version')}.",
                    hint="Look at that change, and run the task again.",
                ) from None
            return now
        return _item_in(answer) or self._present(item_id, plan)

    def _present(self, item_id: str, plan: Plan) -> Item:
        now = self.read(item_id)
        if now is None:
            raise ConflictError(f"The {plan.label} was deleted meanwhile.", hint="Run the task again.")
        return now

    def _as_wished(self, item: Item, plan: Plan) -> Item:
        """What the answer says, if it is what was asked for; else what is there."""
        if not self.kind.differing(item, plan.wish):
            return item
        now = self._present(str(item["id"]), plan)
        if self.kind.differing(now, plan.wish):
            raise UnfinishedError(
                f"Grepr took the change of the {plan.label}, and yet {self.kind.complaint(now, plan.wish)}.",
                hint="Write it as Grepr has it, or leave it out.",
            )
        return now

    def _pages(self, path: str) -> list[Item]:
        listing = Listing(self._client.session.settings.max_response)
        if not self.kind.paged:
            return self._page(listing, path)[0]
        found: dict[str, Item] = {}
        for page in itertools.count():
            items, size = self._page(listing, path, (("page", str(page)), ("pageSize", str(_PAGE_SIZE))))
            known = len(found)
            found.update((str(item.get("id")), item) for item in items)
            # A server that knows no pages sends the same things again.
            if len(items) < size or len(found) == known:
                return list(found.values())
        raise AssertionError("counting does not end")

    def _page(self, listing: Listing, path: str, query: tuple[tuple[str, str], ...] = ()) -> tuple[list[Item], int]:
        """The things in an answer, and how many a page may hold at most."""
        answer = self._client.call("GET", path, query=query)
        document, limit = listing.page(answer), _PAGE_SIZE
        if isinstance(document, dict):
            given = document.get("limit")
            limit = given if isinstance(given, int) and 0 < given < _PAGE_SIZE else _PAGE_SIZE
            document = document.get(self.kind.wrapper, document)
            document = document.get("items") if isinstance(document, dict) else document
        if not isinstance(document, list) or not all(isinstance(item, dict) for item in document):
            raise answer.error(
                ResponseError, f"answered with JSON that holds no list of {self.kind.noun}s.", hint="Check api_url."
            )
        return document, limit


def _item_in(answer: Answer) -> Item | None:
    """The thing in the answer of a write; None where the answer has no body."""
    if answer.is_empty:
        return None
    document = answer.json()
    return document if isinstance(document, dict) and "id" in document else None


def filtered(items: Iterable[Item], params: dict[str, Any], keys: tuple[str, ...] = ("name", "id")) -> list[Item]:
    """The things that match one value of each filter that is given, as results show them."""
    wanted = {key: params[key] for key in keys if params[key] is not None}
    return [
        without_secrets(item) for item in items if all(str(item.get(key)) in values for key, values in wanted.items())
    ]


def without_secrets(item: Item) -> Item:
    """A thing as results show it: no secret in clear, wherever the server sends it along."""
    shown = {key: value for key, value in item.items() if key not in _SECRETS}
    if isinstance(shown.get("payload"), dict):
        shown["payload"] = {key: value for key, value in shown["payload"].items() if key not in _SECRETS}
    return shown


def identified(items: Iterable[Item], values: Iterable[str], noun: str, keys: tuple[str, ...]) -> list[str]:
    """The ids of things that are named by their id or by one of these keys.

    :raises OptionError: there is no such thing, or there are several.
    """
    known, found = list(items), []
    for value in values:
        ids = {str(item["id"]) for item in known if item.get("id") == value}
        ids = ids or {str(item["id"]) for item in known if value in [item.get(key) for key in keys]}
        if not ids:
            names = ", ".join(sorted(str(item.get(keys[0])) for item in known)) or "none at all"
            raise OptionError(
                f"There is no {noun} {value}, neither by id nor by {' nor '.join(keys)}.", hint=f"There are: {names}."
            )
        if len(ids) > 1:
            raise OptionError(
                f"There are {len(ids)} {noun}s of the name {value}: {', '.join(sorted(ids))}.", hint="Give the id."
            )
        found.append(ids.pop())
    return found
