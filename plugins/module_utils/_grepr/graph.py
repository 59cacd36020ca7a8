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
from .vertex_types import (
    REQUIRED_KEYS,
    SELF_CONTAINED,
    is_sink,
    is_source,
    list_outputs,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = r"[a-z0-9_]{1,128}"
_EDGE = re.compile(rf"\s*({NAME})(?::(\w+))?\s*->\s*({NAME})(?::(\w+))?\s*")


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
        return cls(found[1], found[2] or "", found[3], found[4] or "") if found else None

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
            frozenset(str(Edge.parse(edge) or edge) for edge in edges),
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
        vertices = [self._format_edge(vertex) for vertex in document.get("vertices") or []]
        return {"vertices": vertices, "edges": list(document.get("edges") or [])}

    def _format_edge(self, desired: dict[str, Any]) -> dict[str, Any]:
        current = self.vertices.get(str(desired.get("name")))
        if current is None:
            return desired
        # An empty value in place of another empty value is not a change.
        return dict(
            merge(current, {key: item for key, item in desired.items() if key in current or not is_empty(item)})
        )

    def as_diff(self) -> dict[str, Any]:
        return {"vertices": {name: self.vertices[name] for name in sorted(self.vertices)}, "edges": sorted(self.edges)}


def validate_graph(document: Any, path: str = "job_graph") -> list[str]:
    """Return everything that Grepr would refuse in a graph, each with its place (documented: the schema and the guide
    to creating jobs).
    """
    if not isinstance(document, dict):
        return [f"{path} must be a dictionary with vertices and edges"]
    unknown = sorted(set(document) - {"vertices", "edges"})
    problems = [f"{path}.{name} is not a key of a graph: its keys are vertices and edges" for name in unknown]
    vertices, edges = document.get("vertices") or [], document.get("edges") or []
    if not isinstance(vertices, list) or not isinstance(edges, list):
        return [*problems, f"{path}.vertices and {path}.edges must be lists"]
    problems += _validate_vertices(vertices, f"{path}.vertices")
    named = {str(vertex["name"]): vertex for vertex in vertices if isinstance(vertex, dict) and "name" in vertex}
    return [*problems, *_validate_edges(edges, named, f"{path}.edges"), *_validate_shape(edges, named, path)]


def _validate_vertices(vertices: list[Any], path: str) -> Iterator[str]:
    if not vertices:
        yield f"{path} is empty"
    names: dict[object, int] = {}
    for number, vertex in enumerate(vertices):
        place = f"{path}[{number}]"
        if not isinstance(vertex, dict):
            yield f"{place} must be a dictionary"
            continue
        name, kind = vertex.get("name"), vertex.get("type")
        if not isinstance(name, str) or not re.fullmatch(NAME, name):
            yield f"{place}.name must match [a-z0-9_], 1 to 128 characters"
        elif names.setdefault(name, number) != number:
            yield f"{place}.name {name} is also the name of {path}[{names[name]}]"
        if not isinstance(kind, str) or kind not in REQUIRED_KEYS:
            yield f"{place}.type is missing" if is_empty(kind) else f"{place}.type {kind} is not a type of vertex"
            continue
        for required in REQUIRED_KEYS[kind]:
            if required not in vertex or vertex[required] is None or vertex[required] == "":
                yield f"{place}.{required} is missing: {kind} needs it"


def _validate_edges(edges: list[Any], vertices: dict[str, dict[str, Any]], path: str) -> Iterator[str]:
    seen: set[str] = set()
    for number, text in enumerate(edges):
        place, edge = f"{path}[{number}]", Edge.parse(text)
        if edge is None:
            yield f"{place} is not an edge: write it as 'a -> b' or 'a:output -> b:input'"
            continue
        if str(edge) in seen:
            yield f"{place} occurs twice"
        seen.add(str(edge))
        for name in (edge.start, edge.end):
            if name not in vertices:
                yield f"{place} names {name}, which is not a vertex"
        start, end = vertices.get(edge.start, {}), vertices.get(edge.end, {})
        outputs = list_outputs(start)
        if (
            edge.output
            and str(start.get("type")) in REQUIRED_KEYS
            and outputs is not None
            and edge.output not in outputs
        ):
            known = f"it has {', '.join(sorted(outputs))}" if outputs else "it has only its default output"
            yield f"{place}: {edge.start} has no output {edge.output}; {known}"
        if is_sink(str(start.get("type"))):
            yield f"{place}: {edge.start} is a sink, which has no output"
        if is_source(str(end.get("type"))):
            yield f"{place}: {edge.end} is a source, which has no input"


def _validate_shape(texts: list[Any], vertices: dict[str, dict[str, Any]], path: str) -> Iterator[str]:
    edges = [edge for edge in map(Edge.parse, texts) if edge and edge.start in vertices and edge.end in vertices]
    starts, ends = {edge.start for edge in edges}, {edge.end for edge in edges}
    for name, vertex in vertices.items():
        kind = str(vertex.get("type"))
        if kind not in REQUIRED_KEYS or kind in SELF_CONTAINED:
            continue
        if name not in ends and not is_source(kind):
            yield f"{path}.edges have no edge into {name}, which is not a source"
        if name not in starts and not is_sink(kind):
            yield f"{path}.edges have no edge out of {name}, which is not a sink"
    circle = _find_cycle(edges)
    if circle:
        yield f"{path}.edges form a cycle: {' -> '.join(circle)}"


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
