# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The ids of resources that a plan creates, until they are known."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from .._resource import ResourceType

_Value = TypeVar("_Value")


def build_planned_id(label: str) -> str:
    """Return the id of a resource to create, such as ``<new team platform>``, as plans show it."""
    return f"<new {label}>"


def find_ids(value: Any, ids: Collection[str]) -> set[str]:
    """Return those of the ids that a plan or other data contains."""
    found: set[str] = set()

    def visit(text: str) -> str:
        if text in ids:
            found.add(text)
        return text

    _map_strings(value, visit)
    return found


def replace_ids(value: _Value, ids: Mapping[str, str]) -> _Value:
    """Return the same plan or other data with other ids."""
    replaced: _Value = _map_strings(value, lambda text: ids.get(text, text))
    return replaced


def _map_strings(value: Any, change: Callable[[str], str]) -> Any:
    """Return the same data with each string changed, in dataclasses too; types of resources contain no ids."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {_map_strings(key, change): _map_strings(item, change) for key, item in value.items()}
    if isinstance(value, (list, tuple, frozenset)):
        return type(value)(_map_strings(item, change) for item in value)
    if is_dataclass(value) and not isinstance(value, (type, ResourceType)):
        return replace(value, **{one.name: _map_strings(getattr(value, one.name), change) for one in fields(value)})
    return value
