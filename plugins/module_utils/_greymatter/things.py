# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ansible_collections.greyops.rest.plugins.module_utils._comparison import is_empty
from ansible_collections.greyops.rest.plugins.module_utils._errors import (
    ConflictError,
    ExchangeError,
    OptionError,
    ProblemsError,
    ResponseError,
    UnfinishedError,
)
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.duplicates import is_duplicate
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.likeness import differences, merged, written
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.listing import Item, list_all
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.server_keys import without_server_keys

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ansible_collections.greyops.rest.plugins.module_utils._greymatter.gateway import Gateway
    from ansible_collections.greyops.rest.plugins.module_utils._http.answers import Answer

CREATE = "create"
UPDATE = "update"
DELETE = "delete"

STATE_OPTION = {"state": {"type": "str", "choices": ["present", "absent"], "default": "present"}}
AS_WRITTEN_OPTION = {"as_written": {"type": "bool", "default": False}}


@dataclass(frozen=True)
class Kind:
    """A kind of master data.

    ``route`` begins the names of its routes, ``fields`` are the keys that a client writes. ``label`` names a thing for
    a person, and ``ids`` tells what stands for it in a path.
    """

    noun: str
    route: str
    fields: tuple[str, ...]
    label: Callable[[Item], str]
    ids: Callable[[Item], dict[str, str]]

    def view(self, item: Item) -> Item:
        """What a client would write to get this thing."""
        return {key: written(item[key], key) for key in self.fields if key in item}

    def as_written(self, item: Item) -> Item:
        """That view without what says nothing, as a file in version control has it."""
        view = self.view(item).items()
        return {key: without_server_keys(key, value) for key, value in view if not is_empty(value)}

    def differing(self, item: Item, wish: Item) -> list[str]:
        """The paths at which a thing does not fulfil a wish."""
        return differences(item, wish)


@dataclass(frozen=True)
class Plan:
    """What is there, what will be there, and the one step between them; none where nothing has to change.

    ``body`` is the whole that is written, ``changes`` are the paths of what differs.
    """

    kind: Kind
    wish: Item
    before: Item | None
    after: Item | None
    step: str | None = None
    body: Item = field(default_factory=dict)
    changes: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        return self.step is not None

    @property
    def label(self) -> str:
        return f"{self.kind.noun} {self.kind.label(self.before or self.wish)}"

    def as_diff(self) -> dict[str, Any]:
        """What a client can write, without what the server made."""
        before, after = ({} if item is None else self.kind.view(item) for item in (self.before, self.after))
        return {"before": before, "after": after}


def with_type(schema: Item | None) -> Item | None:
    """A schema with the type that all of them have (documented)."""
    return None if schema is None else {"type": "object", **schema}


def require_none(problems: Sequence[str], label: str) -> None:
    """
    :raises ProblemsError: there are problems. It has them all.
    """
    if problems:
        raise ProblemsError(f"The {label} cannot be written: {'; '.join(problems)}.", list(problems))


def plan(kind: Kind, current: Item | None, wish: Item, state: str, own: Item | None = None) -> Plan:
    """The way from what is there to what is wished for.

    :param own: of what is there, that which the thing has not got from its parent. By default that is all of it.
    """
    if state == "absent":
        return Plan(kind, wish, current, None, None if current is None else DELETE)
    if current is None:
        return Plan(kind, wish, None, wish, CREATE, wish)
    changes = kind.differing(current, wish)
    if not changes:
        return Plan(kind, wish, current, current)
    body = merged(written(current if own is None else own), wish)
    return Plan(kind, wish, current, merged(current, wish), UPDATE, body, tuple(changes))


def carry_out(gateway: Gateway, plan: Plan, find: Callable[[], Item | None]) -> Item | None:
    """Do what is planned.

    :param find: reads the thing anew, by its natural key.
    :returns: the thing as it is afterwards; None once it is gone.
    :raises ConflictError: somebody else made or deleted it meanwhile.
    :raises UnfinishedError: GreyMatter took the change, and the thing is not as it was asked for.
    """
    if plan.step is None:
        return plan.before
    if plan.step == DELETE:
        _delete(gateway, plan, find)
        return None
    if plan.step == CREATE:
        item = _create(gateway, plan, find)
    else:
        ids = plan.kind.ids(plan.before or {})
        item = _item_in(gateway.call(f"{plan.kind.route}_update", ids=ids, json=plan.body, repeatable=True), plan)
    return _as_wished(item, plan, find)


def _create(gateway: Gateway, plan: Plan, find: Callable[[], Item | None]) -> Item | None:
    try:
        return _item_in(gateway.call(f"{plan.kind.route}_create", json=plan.body), plan)
    except (ExchangeError, ResponseError) as error:
        if not _may_be_there(error):
            raise
        # Somebody was faster, or nobody knows whether it was carried out; the natural key tells.
        found = find()
        if found is None:
            raise
        if plan.kind.differing(found, plan.wish):
            raise ConflictError(
                f"A {plan.label} was made meanwhile, and it is another one.", hint="Run the task again."
            ) from None
        return found


def _may_be_there(error: ExchangeError | ResponseError) -> bool:
    if isinstance(error, ExchangeError):
        return True
    status = error.status or 0
    return status >= 500 or is_duplicate(error)


def _delete(gateway: Gateway, plan: Plan, find: Callable[[], Item | None]) -> None:
    name, ids = f"{plan.kind.route}_delete", plan.kind.ids(plan.before or {})
    answer = gateway.call(name, ids=ids, expected=(200, 202, 204, 404), repeatable=True)
    # Programs that delete look afterwards whether it worked (seen); and a path that is not there answers 404 as well.
    if find() is not None:
        told = f"answered with HTTP {answer.status}, and the {plan.label} is still there."
        hint = gateway.hint(name) if answer.status == 404 else "Look what keeps it."
        raise answer.error(ResponseError, told, hint=hint)


def _as_wished(item: Item | None, plan: Plan, find: Callable[[], Item | None]) -> Item:
    """What the answer says, if it is what was asked for; else what is there."""
    if item is not None and not plan.kind.differing(item, plan.wish):
        return item
    now = find()
    if now is None:
        raise UnfinishedError(f"GreyMatter took the {plan.label}, and it is not there.", hint="Look for it.")
    differing = plan.kind.differing(now, plan.wish)
    if differing:
        raise UnfinishedError(
            f"GreyMatter took the change of the {plan.label}, and yet these are not as given: {', '.join(differing)}.",
            hint="Write them as GreyMatter has them, or leave them out.",
        )
    return now


def _item_in(answer: Answer, plan: Plan) -> Item | None:
    """The thing in the answer of a write; None where the answer holds none."""
    if answer.is_empty:
        return None
    document = answer.json()
    return document if isinstance(document, dict) and any(key in document for key in plan.wish) else None


def keyed(noun: str, key: str, fields: tuple[str, ...]) -> Kind:
    """A kind whose things have an id that their owner chose, which stands for them in paths (inferred) too."""
    return Kind(
        noun=noun,
        route=noun,
        fields=fields,
        label=lambda item: str(item.get(key)),
        ids=lambda item: {"id": str(item[key]), "internal_id": str(item.get("id", ""))},
    )


CATALOG = keyed("catalog", "clientCatalogId", ("clientCatalogId", "description", "exhaustive_pdea_list"))
CATEGORY = keyed(
    "category",
    "clientCategoryId",
    ("clientCategoryId", "clientCatalogId", "description", "schema", "categoryAttributes", "attributes"),
)


def listed(gateway: Gateway, kind: Kind) -> list[Item]:
    """All things of a kind that has a list, by their ids."""
    return sorted(list_all(gateway, kind.route), key=kind.label)


def find(gateway: Gateway, kind: Kind, thing_id: str) -> Item | None:
    return next((item for item in listed(gateway, kind) if kind.label(item) == thing_id), None)


def require_parent(gateway: Gateway, kind: Kind, thing_id: str, child: str) -> Item:
    """
    :raises OptionError: it is not there.
    """
    parent = find(gateway, kind, thing_id)
    if parent is None:
        raise OptionError(
            f"There is no {kind.noun} {thing_id}, which the {child} is to belong to.",
            hint=f"Make it first, with greyops.rest.greymatter_{kind.noun}.",
        )
    return parent
