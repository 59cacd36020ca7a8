# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Resolves names to ids, and checks ids."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from .._comparison import is_empty
from .._errors import HTTPStatusError, OptionError, ValidationError, raise_on_errors
from .._service import API_KEY
from .._similar_names import describe_nearest
from .integrations import INTEGRATION_TYPES
from .references import iter_references, map_references
from .resources import MISSING, GreprResourceType, ResourceLists
from .vertex_types import DATASET, LOG_VENDOR, TEAM, TEMPLATE, WAREHOUSE, Target

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from .._http.client import ApiClient
    from .graph import JobGraph

    Items = dict[str, dict[str, Any]]

_Resolved = TypeVar("_Resolved")

# The ids of Grepr's documentation: 13 characters that begin with the time. Such a value is not taken for a name.
_ID = re.compile(r"0[0-9a-z]{12}")
# The documented form of all ids. Where a pipeline already has such a value, it is not looked up either.
_ID_CHARACTERS = re.compile(r"[0-9a-z]{1,13}")

_ROOT = "/v1/"


class _NotFoundError(OptionError):
    """There is no such resource."""


class NameResolver:
    """Resolves names to ids. Each list is read once, and only if it is needed."""

    def __init__(self, client: ApiClient, auth: str = "", *, strict: bool = True) -> None:
        """
        :param auth: the way to authenticate; some lists require a token.
        :param strict: whether a graph must not contain anything that does not exist.
        """
        self.client = client
        self.auth = auth
        self.lists = ResourceLists(client)
        self._strict = strict
        self._unreadable: set[str] = set()
        self._reported: set[str] = set()

    def dataset(self, value: str) -> str:
        return self._resolve(DATASET, value)

    def template(self, value: str) -> str:
        return self._resolve(TEMPLATE, value)

    def teams(
        self, values: list[str] | None, current: dict[str, Any] | None = None, path: str = "team_ids"
    ) -> list[str] | None:
        """Return the ids of the teams, sorted; None if the option is not set.

        :param current: the resource that belongs to the teams, if it exists.
        :raises ValidationError: if teams do not exist; it contains all of them.
        """
        ids, problems = set(), []
        there = (current or {}).get("teamIds") or []
        for number, value in enumerate(values or []):
            try:
                ids.add(self._find(TEAM, value, there))
            except OptionError as error:
                problems.append(_describe(f"{path}[{number}]", error))
        raise_on_errors(problems, MISSING)
        return None if values is None else sorted(ids)

    def integration(self, value: str, kind: str = "", current: str | None = None) -> str:
        """
        :param kind: ``warehouse``; by default one of a vendor of logs.
        :param current: the id that is there already.
        """
        return self._find(WAREHOUSE if kind == "warehouse" else LOG_VENDOR, value, [current] if current else [])

    def resolve_graph(
        self, document: dict[str, Any], current: JobGraph | None = None, path: str = "job_graph"
    ) -> dict[str, Any]:
        """Return the same graph with its vertices resolved."""
        vertices = self.resolve_vertices(document.get("vertices") or [], current, f"{path}.vertices")
        return {**document, "vertices": vertices}

    def resolve_vertices(
        self, vertices: Iterable[dict[str, Any]], current: JobGraph | None = None, path: str = "vertices"
    ) -> list[dict[str, Any]]:
        """Return the vertices with an id in place of each name, and the newest version in each new template vertex.

        :param current: the graph of the pipeline; its values are not looked up where they can be ids.
        :raises ValidationError: if something does not exist; it contains everything that does not.
        """
        problems: dict[str, str] = {}
        resolved = []
        for number, vertex in enumerate(vertices):
            place = f"{path}[{number}]"
            there = current.vertices.get(str(vertex.get("name"))) if current else None
            kept = {(target, value) for target, value, _place in iter_references(there, place)}
            visit = partial(self._visit, kept=kept, problems=problems)
            resolved.append(self._complete_version(map_references(vertex, visit, place), there))
        if problems and self._strict:
            # A graph with a new name would be written, so its ids are checked at once.
            problems = {**dict(self._iter_missing(resolved, path)), **problems}
        raise_on_errors(list(problems.values()), MISSING)
        return resolved

    def list_missing(self, document: dict[str, Any] | None, path: str) -> list[str]:
        """Return each id of a graph that does not exist, with its place. What cannot be checked is a warning."""
        if document is None or not self._strict:
            return []
        return [problem for _place, problem in self._iter_missing(document["vertices"], f"{path}.vertices")]

    def read_list(self, collection: str) -> Items | None:
        """Return the resources of a list below ``/v1`` by their ids; None if this credential cannot read the list."""
        return self._read(collection)

    def find_name(self, target: Target, item_id: str) -> str:
        """Return the name that leads to a resource, also in an account with other ids.

        :raises OptionError: if there is none. The message is the end of a sentence.
        """
        known = self._read_all(target)
        if item_id not in known:
            hidden = [f"/v1/{one}" for one in target.collections if self._read(one) is None]
            raise OptionError(f"this credential cannot read {', '.join(hidden)}" if hidden else "it does not exist")
        name = str(known[item_id].get("name") or "")
        if not name or _ID.fullmatch(name) or name in known:
            raise OptionError(f"its name {name} is read as an ID" if name else "it has no name")
        count = sum(item.get("name") == name for item in known.values())
        if count > 1:
            raise OptionError(f"{count} {target.noun}s have its name {name}")
        return name

    def _iter_missing(self, vertices: list[Any], path: str) -> Iterator[tuple[str, str]]:
        for number, vertex in enumerate(vertices):
            for target, value, place in iter_references(vertex, f"{path}[{number}]"):
                if not self._may_exist(target, value):
                    yield place, _describe(place, self._build_not_found(target, value))

    def _visit(
        self, target: Target, value: str, place: str, *, kept: set[tuple[Target, str]], problems: dict[str, str]
    ) -> str:
        is_kept = (target, value) in kept
        if is_kept and _ID_CHARACTERS.fullmatch(value):
            return value
        try:
            return self._resolve(target, value, [item_id for other, item_id in kept if other == target])
        except OptionError as error:
            # What the pipeline has already is left as it is.
            if not isinstance(error, _NotFoundError) or (self._strict and not is_kept):
                problems[place] = _describe(place, error)
            return value

    def _complete_version(self, vertex: dict[str, Any], current: dict[str, Any] | None) -> dict[str, Any]:
        """Add the newest version (documented: the list has the latest ones), unless the vertex keeps its own."""
        template = vertex.get("templateId")
        is_kept = (
            current is not None
            and current.get("type") == vertex.get("type")
            and current.get("templateId") == template
            and not is_empty(current.get("templateVersion"))
        )
        if vertex.get("type") != "template-operation" or is_kept or not is_empty(vertex.get("templateVersion")):
            return vertex
        newest = (self._read(TEMPLATE.collections[0]) or {}).get(str(template), {}).get("version")
        return vertex if newest is None else {**vertex, "templateVersion": newest}

    def _find(self, target: Target, value: str, current: Collection[str]) -> str:
        """Return the id of a resource. An id that is not there already must exist; if that is unknown, it is a warning.

        :param current: as below.
        """
        found = self._resolve(target, value, current)
        if self._strict and found not in current and not self._may_exist(target, found):
            raise self._build_not_found(target, value)
        return found

    def _resolve(self, target: Target, value: str, current: Iterable[str] = ()) -> str:
        """
        :param current: the ids that are there already. One with this name in a list that has been read is taken without
            reading further lists.
        :raises OptionError: if there is none, or several.
        """
        if _ID.fullmatch(value) and not self._find_deletion(target, value):
            return value
        kept = [item_id for item_id in current if self._is_known(target, item_id, value)]
        if len(kept) == 1:
            return kept[0]
        known = self._read_all(target)
        found = [value] if value in known else sorted(key for key, item in known.items() if item.get("name") == value)
        if len(found) == 1:
            return found[0]
        if found:
            raise OptionError(
                f"There are {len(found)} {target.noun}s with the name {value}: {', '.join(found)}.",
                hint="Give the id.",
            )
        raise self._build_not_found(target, value)

    def _find_deletion(self, target: Target, value: str) -> str | None:
        """Return the part of the description that deletes the resource with this name or id."""
        places = (self.lists.deleted.get((f"{_ROOT}{one}", value)) for one in target.collections)
        return next(filter(None, places), None)

    def _is_known(self, target: Target, item_id: str, name: str) -> bool:
        """Return whether a resource with this id and name is in a list that has been read."""
        items = (self.lists.get_known(f"{_ROOT}{one}", item_id) for one in target.collections)
        return any(item.get("name") == name for item in items)

    def _may_exist(self, target: Target, value: str) -> bool:
        """Return whether there is a resource with this id, or the lists that could contain it cannot be read."""
        unreadable = []
        for collection in target.collections:
            known = self._read(collection)
            if known is None:
                unreadable.append(collection)
            elif value in known:
                return True
        for collection in sorted({*unreadable} - self._reported):
            self._reported.add(collection)
            self.client.runtime.warn(
                f"IDs are not checked against /v1/{collection}, which this credential cannot read."
            )
        return bool(unreadable)

    def _build_not_found(self, target: Target, value: str) -> _NotFoundError:
        hint = describe_nearest(value, (str(item.get("name")) for item in self._read_all(target).values()))
        hidden = ", ".join(one.rpartition("/")[2] for one in target.collections if self._read(one) is None)
        if hidden and self.auth != API_KEY:
            hint += f" This credential cannot read those of {hidden}: give the id."
        elif hidden:
            hint += (
                f" Grepr shows those of {hidden} to tokens only: give the id, or log in with client_id and"
                " client_secret."
            )
        place = self._find_deletion(target, value)
        if place:
            hint = f"{place} deletes it."
        return _NotFoundError(f"There is no {target.noun} {value}, neither by name nor by id.", hint=hint)

    def _read_all(self, target: Target) -> Items:
        return {key: item for one in target.collections for key, item in (self._read(one) or {}).items()}

    def _read(self, collection: str) -> Items | None:
        """Return the resources of a list by their ids; None if this credential cannot read the list."""
        vendor = INTEGRATION_TYPES.get(collection.rpartition("/")[2])
        if collection in self._unreadable or (vendor and vendor.token_only and self.auth == API_KEY):
            return None
        noun = f"{vendor.type} integration" if vendor else collection.removesuffix("s")
        try:
            return self.lists.read(GreprResourceType(noun, (), path=f"{_ROOT}{collection}"))
        except HTTPStatusError as error:
            # Some lists need a token (documented), and some a role.
            if error.status != 403 and not (error.status == 401 and self.auth == API_KEY):
                raise
            self._unreadable.add(collection)
            return None


def collect_missing(resolve: Callable[[], _Resolved], problems: list[str], path: str = "") -> _Resolved | None:
    """Return what is resolved; None if something does not exist, which is added to the problems.

    :param path: the option, if the errors of ``resolve`` do not contain it.
    """
    try:
        return resolve()
    except ValidationError as error:
        problems += error.problems
    except OptionError as error:
        problems.append(_describe(path, error))
    return None


def _describe(place: str, error: OptionError) -> str:
    return f"{place}: {error.msg.rstrip('.')}"
