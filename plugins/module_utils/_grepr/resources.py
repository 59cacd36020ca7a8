# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Grepr's resources: their lists, pages and versions, for the resource engine."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from .._argspec import ArgumentSpec
from .._comparison import is_satisfied, merge
from .._errors import ConflictError, HTTPStatusError, OptionError, RequestError, raise_on_errors
from .._http.urls import encode_segment
from .._resource import ABSENT, Item, ResourceApi, ResourcePlan, ResourceType, info_operation
from .._similar_names import describe_nearest
from .service import GREPR

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .._context import Context
    from .._errors import GreyopsError
    from .._http.client import ApiClient
    from .._http.pagination import PageReader
    from .._http.response import Response
    from .._operation import Operation

# Secrets that Grepr shows once, at creation (documented: of service accounts, users and OTLP integrations). Results
# contain them only if return_secret or return_token requests it, under a separate key.
_SECRETS = frozenset({"secret", "clientSecret", "password", "plainTextToken"})

# What precedes the list of references that do not exist.
MISSING = "The options refer to what does not exist"

# Documented without a maximum; a server with a lower one reports it in the response.
_PAGE_SIZE = 100

RESOURCE_SPEC = ArgumentSpec(
    options={"name": {"type": "str"}, "id": {"type": "str"}},
    required_one_of=(("name", "id"),),
)
FILTER_SPEC = ArgumentSpec(
    options={
        "name": {"type": "list", "elements": "str"},
        "id": {"type": "list", "elements": "str"},
    }
)


@dataclass(frozen=True)
class GreprResourceType(ResourceType):
    """A type of resource that has a name and an id, below one ``path``.

    Keys in ``compared_exactly`` are compared as a whole, because the server adds nothing to them. ``wrapper`` is the
    key of the list in a response, ``paged`` means that the list is paginated, and ``to_writable`` converts what is read
    to what is written, where these differ.
    """

    secret_keys: frozenset[str] = _SECRETS | {"secrets"}
    path: str = ""
    compared_exactly: frozenset[str] = frozenset()
    wrapper: str = "items"
    paged: bool = False
    to_writable: Callable[[Item], Item] | None = None

    def get_label(self, item: Item) -> str:
        return str(item.get("name") or item.get("id"))

    def view(self, item: Item) -> Item:
        shown = self.to_writable(item) if self.to_writable else item
        return {key: shown[key] for key in self.writable if key in shown}

    def find_differences(self, current: Item, desired: Item) -> list[str]:
        view = self.view(current)
        return [key for key, value in desired.items() if not self._is_equal(key, view.get(key), value)]

    def describe_differences(self, current: Item, desired: Item) -> str:
        view, differences = self.view(current), []
        for key in self.find_differences(current, desired):
            old, new = view.get(key), desired[key]
            if isinstance(old, dict) and isinstance(new, dict) and key not in self.compared_exactly:
                inner = [name for name, value in new.items() if not is_satisfied(old.get(name), value, name)]
                differences += [f"{key}.{name} is {old.get(name)!r} instead of {new[name]!r}" for name in inner]
            else:
                differences.append(f"{key} is {old!r} instead of {new!r}")
        return ", ".join(differences)

    def merge(self, current: Item, desired: Item, differences: Sequence[str]) -> Item:
        view = self.view(current)
        return {**view, **{key: self._merge_key(key, view.get(key), desired[key]) for key in differences}}

    def _is_equal(self, key: str, current: Any, desired: Any) -> bool:
        return is_satisfied(current, desired, key) and (
            key not in self.compared_exactly or is_satisfied(desired, current, key)
        )

    def _merge_key(self, key: str, current: Any, desired: Any) -> Any:
        return desired if key in self.compared_exactly else merge(current, desired)


_Api = TypeVar("_Api", bound="GreprResourceApi")


class GreprResourceApi(ResourceApi):
    """The API of resources of one type: list, read, create, update and delete."""

    service = "Grepr"
    resource_type: GreprResourceType

    def __init__(self, client: ApiClient, resource_type: GreprResourceType) -> None:
        self.client = client
        self.resource_type = resource_type

    def with_client(self: _Api, client: ApiClient) -> _Api:
        """Return the same API with another client, such as the one of a thread."""
        other = copy(self)
        other.client = client
        return other

    def list_items(self, path: str = "") -> list[Item]:
        """Return all resources, sorted by name and id."""
        found = self._read_pages(path or self.resource_type.path)
        return sorted(found, key=lambda item: (str(item.get("name", "")), str(item.get("id", ""))))

    def read(self, item_id: str) -> Item | None:
        """Return the newest version of the resource with an id; None if it does not exist."""
        return max(self.list_versions(item_id), key=lambda item: item.get("version") or 0, default=None)

    def list_versions(self, item_id: str) -> list[Item]:
        """Return the resources with an id: one, or for templates all versions of it (seen as ``{"items": []}``)."""
        response = self.client.call("GET", self.build_path(item_id), expected=(200, 404))
        if response.status == 404 and "html" not in response.headers.get("content-type", ""):
            return []
        document = response.parse_json()
        items = document.get("items", [document]) if isinstance(document, dict) else None
        if not isinstance(items, list) or not all(isinstance(item, dict) and "id" in item for item in items):
            raise response.build_error(
                HTTPStatusError, f"answered with JSON that is not a {self.resource_type.noun}.", hint="Check api_url."
            )
        return items

    def find(self, params: Mapping[str, Any], items: Iterable[Item] | None = None) -> Item | None:
        """Return the resource with the id, else the one with the name.

        :param items: all resources, if they have been read already.
        :raises OptionError: if several have that name, or if no resource has the required id.
        """
        item_id = params["id"]
        if not item_id:
            return self._find_by_name(params["name"], items)
        found = self.read(item_id) if items is None else next((one for one in items if one.get("id") == item_id), None)
        if found is None and params["state"] != ABSENT:
            raise OptionError(
                f"There is no {self.resource_type.noun} with the id {item_id}.",
                hint="Omit id to create one by its name.",
            )
        return found

    def _find_by_name(self, name: str, items: Iterable[Item] | None = None) -> Item | None:
        named = [item for item in (self.list_items() if items is None else items) if item.get("name") == name]
        if len(named) > 1:
            ids, noun = ", ".join(sorted(str(item.get("id")) for item in named)), self.resource_type.noun
            raise OptionError(f"There are {len(named)} {noun}s with the name {name}: {ids}.", hint="Give the id.")
        return named[0] if named else None

    def build_path(self, item_id: str, rest: str = "") -> str:
        return f"{self.resource_type.path}/{encode_segment(item_id)}{rest}"

    def find_again(self, plan: ResourcePlan, item: Item | None = None) -> Item | None:
        known = plan.before or item
        return self.read(str(known["id"])) if known else self._find_by_name(str(plan.body.get("name")))

    def create(self, plan: ResourcePlan) -> Item | None:
        return _parse_item(self.client.call("POST", self.resource_type.path, json=plan.body))

    def may_exist(self, error: GreyopsError) -> bool:
        return isinstance(error, RequestError) or error.status == 409 or (error.status or 0) >= 500

    def update(self, plan: ResourcePlan) -> Item | None:
        current, versioned = plan.before or {}, self.resource_type.first_version is not None
        path = self.build_path(str(current["id"]))
        try:
            return _parse_item(self.client.call("PUT", path, json=plan.body, idempotent=not versioned))
        except (RequestError, HTTPStatusError) as error:
            if not versioned or (error.status or 0) in (401, 403):
                raise
            now = self.find_again(plan)
            if now is None or now.get("version") == current.get("version"):
                raise
            if now.get("version") != plan.body["version"] or self.resource_type.find_differences(now, plan.desired):
                raise ConflictError(
                    f"The {plan.label} was changed at the same time: version {current.get('version')} is now "
                    f"{now.get('version')}.",
                    hint="Check that change and run the task again.",
                ) from None
            return now

    def delete(self, plan: ResourcePlan) -> None:
        path = self.build_path(str((plan.before or {})["id"]))
        self.client.call("DELETE", path, expected=(200, 202, 204, 404), idempotent=True)

    def _read_pages(self, path: str) -> list[Item]:
        reader = self.client.open_reader()
        if not self.resource_type.paged:
            return self._read_page(reader, path)[0]
        found: dict[str, Item] = {}
        for page in itertools.count():
            items, size = self._read_page(reader, path, (("page", str(page)), ("pageSize", str(_PAGE_SIZE))))
            known = len(found)
            found.update((str(item.get("id")), item) for item in items)
            # A server without pagination returns the same resources again.
            if len(items) < size or len(found) == known:
                return list(found.values())
        raise AssertionError("counting does not end")

    def _read_page(
        self, reader: PageReader, path: str, query: tuple[tuple[str, str], ...] = ()
    ) -> tuple[list[Item], int]:
        """Return the resources in a response, and the maximum number per page."""
        response = self.client.call("GET", path, query=query)
        document, limit = reader.read(response), _PAGE_SIZE
        if isinstance(document, dict):
            given = document.get("limit")
            limit = given if isinstance(given, int) and 0 < given < _PAGE_SIZE else _PAGE_SIZE
            document = document.get(self.resource_type.wrapper, document)
            document = document.get("items") if isinstance(document, dict) else document
        if not isinstance(document, list) or not all(isinstance(item, dict) for item in document):
            raise response.build_error(
                HTTPStatusError,
                f"answered with JSON that contains no list of {self.resource_type.noun}s.",
                hint="Check api_url.",
            )
        return document, limit


class ResourceLists:
    """The lists of resources by their paths. Each is read once, and only if it is needed.

    The plan of many resources puts into the lists what it creates and changes, and removes what it deletes, so that the
    rest of the plan can refer to it. ``deleted`` has the places that delete a resource, by path and name or id.
    """

    def __init__(self, client: ApiClient) -> None:
        self.client = client
        self.deleted: dict[tuple[str, str], str] = {}
        self._lists: dict[str, dict[str, Item]] = {}

    def read(self, resource_type: GreprResourceType) -> dict[str, Item]:
        """Return the resources by their ids."""
        path = resource_type.path
        if path not in self._lists:
            items = GreprResourceApi(self.client, resource_type).list_items()
            self._lists[path] = {str(item.get("id")): item for item in items}
        return self._lists[path]

    def contains(self, path: str, name: str) -> bool:
        """Return whether a list that has been read contains a resource with this name, id or e-mail address."""
        return any(name in (item.get("id"), item.get("name"), item.get("email")) for item in self._lists[path].values())

    def put(self, path: str, item: Item) -> None:
        """Add or replace a resource in a list that has been read."""
        self._lists[path][str(item["id"])] = item

    def remove(self, path: str, item: Item, place: str) -> None:
        """Remove a resource from a list that has been read.

        :param place: the part of the description that deletes it.
        """
        self._lists[path].pop(str(item["id"]), None)
        self.deleted.update({(path, str(item.get(key))): place for key in ("id", "name", "email")})

    def get_known(self, path: str, item_id: str) -> Item:
        """Return a resource of a list that has been read; empty if it is in none."""
        return self._lists.get(path, {}).get(item_id, {})


def _parse_item(response: Response) -> Item | None:
    """Return the resource in the response to a write; None if the response has no body."""
    if response.is_empty:
        return None
    document = response.parse_json()
    return document if isinstance(document, dict) and "id" in document else None


def filter_items(items: Iterable[Item], params: dict[str, Any], keys: tuple[str, ...] = ("name", "id")) -> list[Item]:
    """Return the resources that match one value of each filter that is set, as results show them."""
    wanted = {key: params[key] for key in keys if params[key] is not None}
    return [
        without_secrets(item) for item in items if all(str(item.get(key)) in values for key, values in wanted.items())
    ]


def without_secrets(item: Item) -> Item:
    """Return a resource as results show it: without secrets in clear, wherever the server includes them."""
    shown = {key: value for key, value in item.items() if key not in _SECRETS}
    if isinstance(shown.get("payload"), dict):
        shown["payload"] = {key: value for key, value in shown["payload"].items() if key not in _SECRETS}
    return shown


def resolve_ids(
    items: Iterable[Item], values: Iterable[str], noun: str, keys: tuple[str, ...], option: str
) -> list[str]:
    """Return the ids of resources given by id or by one of these keys.

    :param option: the option that contains the values.
    :raises ValidationError: if a value matches no resource, or several; it contains all of these values.
    """
    known = list(items)
    found: list[str] = []
    problems: list[str] = []
    for number, value in enumerate(values):
        ids = {str(item["id"]) for item in known if item.get("id") == value}
        ids = ids or {str(item["id"]) for item in known if value in [item.get(key) for key in keys]}
        place = f"{option}[{number}]"
        if not ids:
            nearest = describe_nearest(value, (str(item.get(keys[0])) for item in known))
            problems.append(
                f"{place}: There is no {noun} {value}, neither by id nor by {' nor '.join(keys)}. {nearest}"
            )
        elif len(ids) > 1:
            there = ", ".join(sorted(ids))
            problems.append(f"{place}: There are {len(ids)} {noun}s with the name {value}: {there}. Give the id.")
        found += ids
    raise_on_errors([problem.rstrip(".") for problem in problems], MISSING)
    return found


def build_info_operation(
    resource_type: GreprResourceType,
    result: str,
    spec: ArgumentSpec | None = None,
    keys: tuple[str, ...] = ("name", "id"),
) -> Operation:
    """Build the operation of a module that lists all resources of one type, filtered by some of their keys.

    :param keys: the keys of the filters, which are also in a line of ``summary``.
    """

    def list_items(context: Context) -> list[Item]:
        items = GreprResourceApi(GREPR.open_client(context), resource_type).list_items()
        return filter_items(items, context.params, keys)

    return info_operation((spec or GREPR.spec) + FILTER_SPEC, result, list_items, keys)
