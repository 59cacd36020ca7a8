# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Events through a graph: what the sinks of a job receive whose source holds events itself."""

from __future__ import annotations

from collections.abc import Callable
from graphlib import TopologicalSorter
from typing import Any

from .endpoints import ApiError
from .event_query import Event, Predicate, build_predicate
from .graph import Edge
from .schemas import Schema, anything, list_of, map_of, number, one_of, optional, required, text
from .vertex_types import SYNC_SINKS

Vertex = dict[str, Any]
# The events of a vertex by the name of the output.
Outputs = dict[str, list[Event]]

_DEFAULT = "output"
_LOG_EVENT = Schema(
    {
        "type": optional(one_of("log")),
        "id": required(text()),
        "eventTimestamp": required(number(0)),
        "receivedTimestamp": required(number(0)),
        "message": optional(text()),
        "severity": optional(number(1, 24)),
        "tags": optional(map_of(list_of(text()))),
        "attributes": optional(map_of(anything)),
    }
)


def has_given_events(graph: dict[str, Any]) -> bool:
    """Whether a source of the graph holds its events, so that the graph is evaluated."""
    return any(vertex["type"] == "logs-values-source" and "values" in vertex for vertex in graph["vertices"])


def evaluate(graph: dict[str, Any]) -> list[Event]:
    """The events that reach the sinks; 400 for a vertex that is not evaluated here."""
    vertices: dict[str, Vertex] = {vertex["name"]: vertex for vertex in graph["vertices"]}
    edges = [edge for text in graph["edges"] if (edge := Edge.parse(text))]
    feeding = {name: {edge.start for edge in edges if edge.end == name} for name in vertices}
    outputs: dict[str, Outputs] = {}
    received: list[Event] = []
    for name in TopologicalSorter(feeding).static_order():
        events = [
            event
            for edge in edges
            if edge.end == name
            for event in outputs.get(edge.start, {}).get(edge.output or _DEFAULT, [])
        ]
        if vertices[name]["type"] in SYNC_SINKS:
            received += events
        else:
            outputs[name] = _evaluate_vertex(vertices[name], events)
    return received


def _evaluate_vertex(vertex: Vertex, events: list[Event]) -> Outputs:
    function = _FUNCTIONS.get(vertex["type"])
    try:
        if function is None:
            raise ValueError("the simulator does not evaluate vertices of this type")
        return function(vertex, events)
    except ValueError as error:
        raise ApiError(400, f"jobGraph: {vertex['name']} ({vertex['type']}): {error}") from None


def _read_values(vertex: Vertex, _events: list[Event]) -> Outputs:
    for index, event in enumerate(vertex["values"] or []):
        if found := _LOG_EVENT.find_problems(event):
            raise ValueError(f"values[{index}]: {'; '.join(found)}")
    return {_DEFAULT: [{"type": "log", **event} for event in vertex["values"] or []]}


def _filter(vertex: Vertex, events: list[Event]) -> Outputs:
    if vertex.get("maxLateEventTimestampDelta") is not None:
        raise ValueError("maxLateEventTimestampDelta is not evaluated")
    kept, dropped = _split(events, build_predicate(vertex["predicate"]))
    return {_DEFAULT: dropped if vertex.get("inverted") else kept}


def _branch(vertex: Vertex, events: list[Event]) -> Outputs:
    kept, dropped = _split(events, build_predicate(vertex["predicate"]))
    return {_DEFAULT: kept, "else": dropped}


def _sample(vertex: Vertex, events: list[Event]) -> Outputs:
    """At 0 no event passes. At 1 all pass, since a burst is allowed (the default is 2000 events)."""
    rate = vertex.get("maxAllowedRate", 10.0)
    if rate not in (0, 1) or vertex.get("filter") is not None or len(events) > vertex.get("maxBurstLimit", 2000):
        raise ValueError("only maxAllowedRate 0 and 1 are evaluated, without filter and up to maxBurstLimit events")
    return {_DEFAULT: events if rate else []}


def _split(events: list[Event], predicate: Predicate) -> tuple[list[Event], list[Event]]:
    return [event for event in events if predicate(event)], [event for event in events if not predicate(event)]


_FUNCTIONS: dict[str, Callable[[Vertex, list[Event]], Outputs]] = {
    "logs-values-source": _read_values,
    "logs-filter": _filter,
    "logs-branch": _branch,
    "logs-event-sampler": _sample,
    "discarding-sink": lambda _vertex, _events: {},
}
