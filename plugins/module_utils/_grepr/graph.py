# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import re
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Any

from .._comparison import is_empty, is_satisfied, merge, project
from .._similar_names import append_nearest
from .vertex_types import (
    DOCUMENTED_ON,
    SELF_CONTAINED,
    VERTEX_TYPES,
    is_sink,
    is_source,
    list_inputs,
    list_outputs,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = r"[a-z0-9_]{1,128}"
NAME_RULE = "must match [a-z0-9_], 1 to 128 characters"
# The names in an edge are validated as those of the vertices, so that one invalid name is one problem.
_EDGE = re.compile(r"\s*([^\s:>]+)(?::([^\s:>]+))?\s*->\s*([^\s:>]+)(?::([^\s:>]+))?\s*")
# Seen in Grepr's own client: the names of the ports of an edge without names.
_DEFAULT_OUTPUT, _DEFAULT_INPUT = "output", "input"


@dataclass(frozen=True)
class Edge:
    """An edge from one vertex's output to another vertex's input. An empty output or input is the default one."""

    start: str
    output: str
    end: str
    input: str

    @classmethod
    def parse(cls, text: object) -> Edge | None:
        found = _EDGE.fullmatch(text) if isinstance(text, str) else None
        if found is None:
            return None
        start, output, end, given_input = (part or "" for part in found.groups())
        return cls(
            start,
            "" if output == _DEFAULT_OUTPUT else output,
            end,
            "" if given_input == _DEFAULT_INPUT else given_input,
        )

    def __str__(self) -> str:
        start = f"{self.start}:{self.output}" if self.output else self.start
        return f"{start} -> {self.end}:{self.input}" if self.input else f"{start} -> {self.end}"


@dataclass(frozen=True)
class JobGraph:
    """A job's graph in a form that can be compared: its vertices by name, and its edges in one normalized form."""

    vertices: dict[str, dict[str, Any]]
    edges: frozenset[str]

    @classmethod
    def from_document(cls, document: Any) -> JobGraph:
        """Build the graph of a validated document, or of the server's."""
        vertices = document.get("vertices") or []
        edges = document.get("edges") or []
        return cls(
            {str(vertex.get("name")): vertex for vertex in vertices if isinstance(vertex, dict)},
            frozenset(format_edges(edges)),
        )

    @classmethod
    def from_job(cls, job: dict[str, Any]) -> JobGraph:
        return cls.from_document(job.get("jobGraph") or {})

    def is_satisfied_by(self, desired: JobGraph) -> bool:
        """Return whether the graph needs no change; properties added by the server are ignored."""
        return (
            self.edges == desired.edges
            and self.vertices.keys() == desired.vertices.keys()
            and all(is_satisfied(self.vertices[name], vertex) for name, vertex in desired.vertices.items())
        )

    def project(self, desired: JobGraph) -> JobGraph:
        """Return this graph without the properties that the server added to the desired vertices."""
        return JobGraph(
            {
                name: project(vertex, desired.vertices[name]) if name in desired.vertices else vertex
                for name, vertex in self.vertices.items()
            },
            self.edges,
        )

    def to_document(self, document: dict[str, Any]) -> dict[str, Any]:
        """Return the document to write: its vertices, each with the properties that only this graph has."""
        vertices = [self._merge_vertex(vertex) for vertex in document.get("vertices") or []]
        return {**document, "vertices": vertices, "edges": list(document.get("edges") or [])}

    def _merge_vertex(self, desired: dict[str, Any]) -> dict[str, Any]:
        current = self.vertices.get(str(desired.get("name")))
        if current is None:
            return desired
        # An empty value in place of another empty value is not a change.
        return dict(
            merge(current, {key: item for key, item in desired.items() if key in current or not is_empty(item)})
        )

    def as_diff(self) -> dict[str, Any]:
        return {"vertices": {name: self.vertices[name] for name in sorted(self.vertices)}, "edges": sorted(self.edges)}


def format_edges(edges: Any) -> list[Any]:
    """Return the edges, each in its normalized form, in their order."""
    return [str(Edge.parse(edge) or edge) for edge in edges]


def validate_shape(document: Any, path: str = "job_graph") -> list[str]:
    """Return why a value is not a graph at all, so that nothing else can be said about it."""
    if not isinstance(document, dict):
        return [f"{path} must be a dictionary with vertices and edges"]
    vertices, edges = document.get("vertices") or [], document.get("edges") or []
    if not isinstance(vertices, list) or not isinstance(edges, list):
        return [f"{path}.vertices and {path}.edges must be lists"]
    return [
        f"{path}.vertices[{number}] must be a dictionary"
        for number, vertex in enumerate(vertices)
        if not isinstance(vertex, dict)
    ]


def validate_graph(document: Any, path: str = "job_graph") -> list[str]:
    """Return the errors of a graph, each with its place: what Grepr refuses in any graph, whatever its vertices are."""
    problems = validate_shape(document, path)
    vertices = document.get("vertices") or [] if isinstance(document, dict) else None
    edges = document.get("edges") or [] if isinstance(document, dict) else None
    if not isinstance(vertices, list) or not isinstance(edges, list):
        return problems
    names: dict[str, int] = {}
    if not vertices:
        problems.append(f"{path}.vertices is empty")
    for number, vertex in enumerate(vertices):
        if not isinstance(vertex, dict):
            continue
        name, place = vertex.get("name"), f"{path}.vertices[{number}].name"
        if not isinstance(name, str) or not re.fullmatch(NAME, name):
            problems.append(f"{place} is missing" if is_empty(name) else f"{place} {NAME_RULE}, and {name!r} does not")
            names.setdefault(str(name), number)
        elif names.setdefault(name, number) != number:
            problems.append(f"{place} {name} is also the name of {path}.vertices[{names[name]}]")
    # An edge may have the name of a vertex whose own name cannot be read.
    has_names = bool(vertices) and all(isinstance(vertex, dict) and vertex.get("name") for vertex in vertices)
    parsed = [Edge.parse(edge) for edge in edges]
    for number, edge in enumerate(parsed):
        if edge is None:
            problems.append(f"{path}.edges[{number}] is not an edge: write it as 'a -> b' or 'a:output -> b:input'")
            continue
        unknown = [name for name in dict.fromkeys((edge.start, edge.end)) if has_names and name not in names]
        problems += [f"{path}.edges[{number}] names {name}, which is not a vertex" for name in unknown]
    cycle = _find_cycle([edge for edge in parsed if edge])
    return [*problems, f"{path}.edges form a cycle: {' -> '.join(cycle)}"] if cycle else problems


def list_suspicions(document: dict[str, Any], path: str = "job_graph") -> list[str]:
    """Return what in a valid graph contradicts Grepr's documents, each with its place. The documents may be newer."""
    found = [
        f"{path}.{key} is not a key of a graph: its keys are vertices and edges"
        for key in sorted(map(str, document.keys() - {"vertices", "edges"}))
    ]
    vertices: list[dict[str, Any]] = document.get("vertices") or []
    for number, vertex in enumerate(vertices):
        found += _check_vertex(vertex, f"{path}.vertices[{number}]")
    by_name = {str(vertex.get("name")): vertex for vertex in vertices}
    edges = [edge for edge in map(Edge.parse, document.get("edges") or []) if edge]
    seen: set[Edge] = set()
    for number, edge in enumerate(edges):
        found += _check_edge(edge, by_name, f"{path}.edges[{number}]")
        if edge in seen:
            found.append(f"{path}.edges[{number}] occurs twice")
        seen.add(edge)
    return [*found, *_check_connections(edges, by_name, f"{path}.edges")]


def _check_vertex(vertex: dict[str, Any], place: str) -> Iterator[str]:
    kind = vertex.get("type")
    known = VERTEX_TYPES.get(kind) if isinstance(kind, str) else None
    if is_empty(kind):
        yield f"{place}.type is missing"
        return
    if known is None:
        nearest = append_nearest(str(kind), VERTEX_TYPES)
        yield f"{place}.type {kind} is not a type of vertex in Grepr's documents of {DOCUMENTED_ON}{nearest}"
        return
    if known.is_removed:
        yield f"{place}.type {kind} is no longer in Grepr's documents of {DOCUMENTED_ON}"
    for required in known.required:
        if required not in vertex or vertex[required] is None or vertex[required] == "":
            yield f"{place}.{required} is missing: {kind} needs it"
    unknown = () if known.properties is None else vertex.keys() - known.properties - {"type", "name"}
    for name in sorted(map(str, unknown)):
        nearest = append_nearest(name, known.properties or ())
        yield f"{place}.{name} is not a property of {kind} in Grepr's documents of {DOCUMENTED_ON}{nearest}"


def _check_edge(edge: Edge, vertices: dict[str, dict[str, Any]], place: str) -> Iterator[str]:
    start, end = vertices.get(edge.start, {}), vertices.get(edge.end, {})
    start_type = VERTEX_TYPES.get(str(start.get("type")))
    outputs, inputs = list_outputs(start), list_inputs(end)
    if start_type is not None and not start_type.has_default_output:
        yield f"{place}: {edge.start} is a sink, which has no output"
    elif edge.output and outputs is not None and edge.output not in outputs:
        known = f"it has {', '.join(sorted(outputs))}" if outputs else "it has only its default output"
        yield f"{place}: {edge.start} has no output {edge.output}; {known}"
    if is_source(str(end.get("type"))):
        yield f"{place}: {edge.end} is a source, which has no input"
    elif edge.input and inputs is not None and edge.input not in inputs:
        known = f"it has {', '.join(sorted(inputs))}" if inputs else "it has only its default input"
        yield f"{place}: {edge.end} has no input {edge.input}; {known}"


def _check_connections(edges: list[Edge], vertices: dict[str, dict[str, Any]], path: str) -> Iterator[str]:
    starts, ends = {edge.start for edge in edges}, {edge.end for edge in edges}
    for name, vertex in vertices.items():
        kind = str(vertex.get("type"))
        if kind not in VERTEX_TYPES or kind in SELF_CONTAINED:
            continue
        if name not in ends and not is_source(kind):
            yield f"{path} have no edge into {name}, which is not a source"
        if name not in starts and not is_sink(kind):
            yield f"{path} have no edge out of {name}, which is not a sink"


def _find_cycle(edges: list[Edge]) -> list[str]:
    """Return the vertices of a cycle, with the first one repeated at the end; empty if there is none."""
    way: TopologicalSorter[str] = TopologicalSorter()
    for edge in edges:
        way.add(edge.end, edge.start)
    try:
        way.prepare()
    except CycleError as error:
        return list(error.args[1])
    return []
