# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Replaces the ids in what is read by names, so that it describes the same in an account with other ids."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._comparison import is_empty
from .._errors import OptionError
from .references import map_references
from .vertex_types import TEMPLATE, Target

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .names import NameResolver


class ReferenceNames:
    """The names of the resources to which descriptions refer. An id without a usable name is kept, with a warning.

    The lists are those of the resolver: each is read once, and only if it is needed.
    """

    def __init__(self, resolver: NameResolver, *, enabled: bool = True) -> None:
        """
        :param enabled: whether to replace ids; otherwise all of them are kept.
        """
        self._resolver = resolver
        self._enabled = enabled
        self._names: dict[tuple[Target, str], str] = {}
        # The reason of each id that is kept, and its places.
        self._kept: dict[tuple[Target, str], tuple[str, list[str]]] = {}

    def find(self, target: Target, item_id: str, place: str) -> str:
        """Return the name of a resource, or its id."""
        if not self._enabled:
            return item_id
        key = (target, item_id)
        if key not in self._names:
            try:
                self._names[key] = self._resolver.find_name(target, item_id)
            except OptionError as error:
                self._names[key] = item_id
                self._kept[key] = (error.msg.rstrip("."), [])
        if key in self._kept:
            self._kept[key][1].append(place)
        return self._names[key]

    def find_all(self, target: Target, ids: Iterable[Any] | None, place: str) -> list[str]:
        """Return the names of several resources, in the order of the names."""
        found = [self.find(target, str(item_id), place) for item_id in ids or []]
        return sorted(found) if self._enabled else found

    def name_graph(self, graph: dict[str, Any], place: str) -> dict[str, Any]:
        """Return the same graph with names. The newest version of a template is left out, since accounts differ in it.

        A pipeline that has a version keeps it where the description contains none.
        """
        vertices = graph.get("vertices")
        if not self._enabled or not isinstance(vertices, list):
            return graph
        path = f"{place}.vertices"
        return {
            **graph,
            "vertices": [
                map_references(self._drop_newest_version(vertex), self.find, f"{path}[{number}]")
                for number, vertex in enumerate(vertices)
            ],
        }

    def _drop_newest_version(self, vertex: Any) -> Any:
        if not isinstance(vertex, dict) or vertex.get("type") != "template-operation":
            return vertex
        templates = self._resolver.read_list(TEMPLATE.collections[0]) or {}
        newest = templates.get(str(vertex.get("templateId")), {}).get("version")
        if is_empty(newest) or vertex.get("templateVersion") != newest:
            return vertex
        return {key: value for key, value in vertex.items() if key != "templateVersion"}

    def list_warnings(self) -> list[str]:
        """Return why ids are kept, with the first place of each."""
        warnings = []
        for (target, item_id), (reason, places) in self._kept.items():
            more = f" and {len(places) - 1} more places" if len(places) > 1 else ""
            warnings.append(f"The {target.noun} {item_id} is described by its ID in {places[0]}{more}: {reason}.")
        return warnings
