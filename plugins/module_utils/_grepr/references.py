# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Finds the positions of a graph that refer to other resources. All other values are data, whatever their keys are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from .vertex_types import (
    LOG_TEMPLATE_INPUT,
    LOG_TEMPLATE_KEYS,
    LOG_TEMPLATE_REFERENCES,
    TEMPLATE_INPUTS,
    TEMPLATE_OBJECTS,
    VERTEX,
    VERTEX_TYPES,
    Target,
)

# Returns the value to put in a position, given what it refers to, its current value and its place.
Visitor = Callable[[Target, str, str], str]
_Positions = Mapping[tuple[str, ...], Target]


def map_references(vertex: Any, visit: Visitor, place: str) -> Any:
    """Return the same vertex with the result of ``visit`` in each position that refers to another resource."""
    kind = vertex.get("type") if isinstance(vertex, dict) else None
    known = VERTEX_TYPES.get(kind) if isinstance(kind, str) else None
    return vertex if known is None else _map_positions(vertex, known.references, visit, place)


def iter_references(vertex: Any, place: str) -> Iterator[tuple[Target, str, str]]:
    """Iterate over the references of a vertex: what each one refers to, its value and its place."""
    found: list[tuple[Target, str, str]] = []

    def visit(target: Target, value: str, where: str) -> str:
        found.append((target, value, where))
        return value

    map_references(vertex, visit, place)
    return iter(found)


def _map_positions(value: Any, positions: _Positions, visit: Visitor, place: str) -> Any:
    for steps, target in positions.items():
        value = _map_at(value, steps, target, visit, place)
    return value


def _map_at(value: Any, steps: tuple[str, ...], target: Target, visit: Visitor, place: str) -> Any:
    if not steps:
        return _map_value(value, target, visit, place)
    step, rest = steps[0], steps[1:]
    if step == "*" and isinstance(value, list):
        return [_map_at(item, rest, target, visit, f"{place}[{number}]") for number, item in enumerate(value)]
    if isinstance(value, dict):
        keys = value if step == "*" else [step] if step in value else []
        return {**value, **{key: _map_at(value[key], rest, target, visit, f"{place}.{key}") for key in keys}}
    return value


def _map_value(value: Any, target: Target, visit: Visitor, place: str) -> Any:
    if target is VERTEX:
        return map_references(value, visit, place)
    if target is TEMPLATE_INPUTS:
        return _map_inputs(value, visit, place)
    return visit(target, value, place) if isinstance(value, str) and value else value


def _map_inputs(value: Any, visit: Visitor, place: str) -> Any:
    """In the inputs of a template, only the typed objects of Grepr contain references; the rest belongs to the user."""
    if isinstance(value, list):
        return [_map_inputs(item, visit, f"{place}[{number}]") for number, item in enumerate(value)]
    if not isinstance(value, dict):
        return value
    kind = str(value.get("type"))
    if kind in VERTEX_TYPES:
        return map_references(value, visit, place)
    if kind in TEMPLATE_OBJECTS:
        return _map_positions(value, TEMPLATE_OBJECTS[kind], visit, place)
    value = {key: _map_inputs(item, visit, f"{place}.{key}") for key, item in value.items()}
    is_log_template = place.endswith(f".templateInputs.{LOG_TEMPLATE_INPUT}") and value.keys() >= LOG_TEMPLATE_KEYS
    return _map_positions(value, LOG_TEMPLATE_REFERENCES, visit, place) if is_log_template else value
