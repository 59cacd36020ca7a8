# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Job graphs: validation, the defaults that the server adds, and comparison."""

from __future__ import annotations

import copy
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from .vertex_types import REMOVED, SYNC_SINKS, TYPES, VertexType

_NAME = re.compile(r"[a-z0-9_]{1,128}")
_EDGE = re.compile(r"\s*([^\s:>]+)(?::([^\s:>]+))?\s*->\s*([^\s:>]+)(?::([^\s:>]+))?\s*")
_REFERENCES = frozenset({"integrationId", "s3IntegrationId", "datasetId", "vendorSinkId", "templateId"})
_REFERENCE_LISTS = frozenset({"availableDatasets", "integrationIds", "vendorSinkIntegrationIds"})
# What is in these belongs to the user, whatever its keys are.
_DATA = frozenset({"additionalAttributes", "attributes", "jobTags", "tags", "value", "values", "variables"})
_SORT_ORDERS = ("ASCENDING", "DESCENDING", "UNSORTED")
_OUTPUT, _INPUT = "output", "input"
# The ports of a template by its id and version; nothing when there is no such template.
Ports = Callable[[Any, Any], "TemplatePorts | None"]


@dataclass(frozen=True)
class TemplatePorts:
    """The names of a template's inputs and outputs."""

    inputs: frozenset[str]
    outputs: frozenset[str]


@dataclass(frozen=True)
class Edge:
    """A parsed edge; no output or input is the default one, which has a name as well."""

    start: str
    output: str | None
    end: str
    input: str | None

    @classmethod
    def parse(cls, text: object) -> Edge | None:
        """An edge in its text format; none if it is invalid."""
        match = _EDGE.fullmatch(text) if isinstance(text, str) else None
        if match is None:
            return None
        output = None if match[2] == _OUTPUT else match[2]
        return cls(match[1], output, match[3], None if match[4] == _INPUT else match[4])

    def __str__(self) -> str:
        start = f"{self.start}:{self.output}" if self.output else self.start
        return f"{start} -> {self.end}:{self.input}" if self.input else f"{start} -> {self.end}"


def find_problems(graph: object, ports: Ports, *, is_part: bool = False) -> list[str]:
    """All validation errors of a graph; a part of one needs no sources, sinks or connected vertices."""
    if not isinstance(graph, dict):
        return ["jobGraph must be an object"]
    vertices, edges = graph.get("vertices"), graph.get("edges")
    if set(graph) != {"vertices", "edges"} or not isinstance(vertices, list) or not isinstance(edges, list):
        return ["jobGraph must have vertices and edges, both lists, and nothing else"]
    found = [
        problem for index, vertex in enumerate(vertices) for problem in _validate_vertex(vertex, f"vertices[{index}]")
    ]
    if found:
        return found
    names = Counter(vertex["name"] for vertex in vertices)
    found = [f"jobGraph: the name {name} is not unique" for name, count in names.items() if count > 1]
    by_name = {vertex["name"]: vertex for vertex in vertices}
    found += [problem for index, edge in enumerate(edges) for problem in _validate_edge(edge, by_name, ports, index)]
    if found or is_part:
        return found
    return _validate_positions(by_name, [_parse_edge(edge) for edge in edges])


def _parse_edge(text: object) -> Edge:
    edge = Edge.parse(text)
    assert edge is not None
    return edge


def _validate_vertex(vertex: object, where: str) -> Iterator[str]:
    if not isinstance(vertex, dict):
        yield f"jobGraph.{where} must be an object"
        return
    kind, name = vertex.get("type"), vertex.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        yield f'jobGraph.{where}.name must match "[a-z0-9_]{{1,128}}"'
    known = TYPES.get(kind) if isinstance(kind, str) else None
    if known is None and kind in REMOVED:
        yield f"jobGraph.{where}.type: the type id '{kind}' was removed"
        return
    if known is None:
        yield f"jobGraph.{where}.type: could not resolve type id '{kind}'"
        return
    for required in known.required:
        if vertex.get(required) is None:
            yield f"jobGraph.{where}.{required} must not be null"
    if vertex.get("sortOrder", _SORT_ORDERS[0]) not in _SORT_ORDERS:
        yield f"jobGraph.{where}.sortOrder must be one of [{', '.join(_SORT_ORDERS)}]"


def _validate_edge(text: object, by_name: dict[str, Any], ports: Ports, index: int) -> Iterator[str]:
    where = f"jobGraph.edges[{index}]"
    edge = Edge.parse(text)
    if edge is None:
        yield f"{where} is not an edge: {text}"
        return
    for name in (edge.start, edge.end):
        if name not in by_name:
            yield f"{where}: no vertex {name}"
    start, end = by_name.get(edge.start), by_name.get(edge.end)
    outputs = get_outputs(start, ports) if start else None
    if edge.output and outputs is not None and edge.output not in outputs:
        yield f"{where}: {edge.start} has no output {edge.output}"
    inputs = _get_inputs(end, ports) if end else None
    if edge.input and inputs is not None and edge.input not in inputs:
        yield f"{where}: {edge.end} has no input {edge.input}"


def get_outputs(vertex: dict[str, Any], ports: Ports) -> frozenset[str] | None:
    """The named outputs of a vertex; null if they are not known."""
    if vertex["type"] == "template-operation":
        template = ports(vertex["templateId"], vertex["templateVersion"])
        return template.outputs if template else None
    if vertex["type"] == "sql-operation":
        statements = vertex["statements"] if isinstance(vertex["statements"], list) else []
        return frozenset(str(item["outputName"]) for item in statements if "outputName" in item)
    outputs = TYPES[vertex["type"]].outputs
    return None if outputs is None else frozenset(outputs)


def _get_inputs(vertex: dict[str, Any], ports: Ports) -> frozenset[str] | None:
    if vertex["type"] == "template-operation":
        template = ports(vertex["templateId"], vertex["templateVersion"])
        return template.inputs if template else None
    if vertex["type"] == "sql-operation":
        return frozenset(vertex.get("inputs") or {})
    inputs = TYPES[vertex["type"]].inputs
    return None if inputs is None else frozenset(inputs)


def _validate_positions(by_name: dict[str, Any], edges: list[Edge]) -> list[str]:
    fed, feeding = {edge.end for edge in edges}, {edge.start for edge in edges}
    found = []
    for name, vertex in by_name.items():
        kind: VertexType = TYPES[vertex["type"]]
        if kind.role == "source" and name in fed:
            found.append(f"jobGraph: the source {name} cannot have an input")
        if kind.last and name in feeding:
            found.append(f"jobGraph: the sink {name} cannot have an output")
        if kind.role == "transform" and name not in fed:
            found.append(f"jobGraph: {name} has no input")
        if kind.role == "transform" and name not in feeding:
            found.append(f"jobGraph: {name} has no output")
    return found + _find_cycle(set(by_name), edges)


def _find_cycle(names: set[str], edges: list[Edge]) -> list[str]:
    left, remaining = set(names), list(edges)
    while free := left - {edge.end for edge in remaining}:
        left -= free
        remaining = [edge for edge in remaining if edge.start in left]
    return [f"jobGraph has a cycle through {', '.join(sorted(left))}"] if left else []


def add_defaults(graph: dict[str, Any]) -> dict[str, Any]:
    """The graph as the server stores it: defaults filled in, keys in a different order."""
    return graph | {"vertices": [_add_vertex_defaults(vertex) for vertex in graph["vertices"]]}


def _add_vertex_defaults(vertex: dict[str, Any]) -> dict[str, Any]:
    given = {name: value for name, value in vertex.items() if value is not None}
    full = copy.deepcopy(dict(TYPES[vertex["type"]].defaults)) | given
    return {name: full[name] for name in ("type", *sorted(set(full) - {"type"}))}


def is_same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two graphs are equal, ignoring order and omitted defaults."""
    return _semantic_key(one) == _semantic_key(other)


def _semantic_key(graph: dict[str, Any]) -> tuple[Any, Any]:
    vertices = {
        vertex["name"]: _add_vertex_defaults(vertex) if vertex["type"] in TYPES else vertex
        for vertex in graph["vertices"]
    }
    return vertices, sorted(str(Edge.parse(edge) or edge) for edge in graph["edges"])


def iter_references(value: object) -> Iterator[tuple[str, str]]:
    """Every id a graph names, with the field that names it, however deep; not what only looks like one."""
    if isinstance(value, list):
        for item in value:
            yield from iter_references(item)
    for name, item in value.items() if isinstance(value, dict) else ():
        if name in _REFERENCES and isinstance(item, str):
            yield name, item
        elif name in _REFERENCE_LISTS and isinstance(item, list):
            yield from ((name, one) for one in item if isinstance(one, str))
        elif name == "templateInputs":
            yield from _iter_input_references(item)
        elif name not in _DATA:
            yield from iter_references(item)


def _iter_input_references(value: object) -> Iterator[tuple[str, str]]:
    """Of the inputs of a template only the operations in them."""
    if isinstance(value, dict) and str(value.get("type")) in TYPES:
        yield from iter_references(value)
    elif isinstance(value, (dict, list)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _iter_input_references(item)


def has_sync_sink(graph: dict[str, Any]) -> bool:
    """Whether the graph returns its events to the client."""
    return any(vertex["type"] in SYNC_SINKS for vertex in graph["vertices"])
