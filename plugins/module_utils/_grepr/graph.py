# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import re
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Any

from ansible_collections.greyops.rest.plugins.module_utils._comparison import covers, is_empty, merged, shared
from ansible_collections.greyops.rest.plugins.module_utils._grepr.vertices import (
    REQUIRED,
    WHOLE,
    is_sink,
    is_source,
    outputs_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = r"[a-z0-9_]{1,128}"
_EDGE = re.compile(rf"\s*({NAME})(?::(\w+))?\s*->\s*({NAME})(?::(\w+))?\s*")


@dataclass(frozen=True)
class Edge:
    """Of one vertex's output into another's input. An empty output or input is the default one."""

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
    """A job's graph as two things to compare: its vertices by name, and its edges in one spelling."""

    vertices: dict[str, dict[str, Any]]
    edges: frozenset[str]

    @classmethod
    def of(cls, document: Any) -> JobGraph:
        """The graph of a document without problems, or of the server's own."""
        vertices = document.get("vertices") or []
        edges = document.get("edges") or []
        return cls(
            {str(vertex.get("name")): vertex for vertex in vertices if isinstance(vertex, dict)},
            frozenset(str(Edge.parse(edge) or edge) for edge in edges),
        )

    @classmethod
    def of_job(cls, job: dict[str, Any]) -> JobGraph:
        return cls.of(job.get("jobGraph") or {})

    def covers(self, desired: JobGraph) -> bool:
        """Whether nothing has to change for what is desired; properties that the server added do not count."""
        return (
            self.edges == desired.edges
            and self.vertices.keys() == desired.vertices.keys()
            and all(covers(self.vertices[name], vertex) for name, vertex in desired.vertices.items())
        )

    def seen_from(self, desired: JobGraph) -> JobGraph:
        """This graph without what the server added to the vertices that are desired."""
        return JobGraph(
            {
                name: shared(vertex, desired.vertices[name]) if name in desired.vertices else vertex
                for name, vertex in self.vertices.items()
            },
            self.edges,
        )

    def document_for(self, document: dict[str, Any]) -> dict[str, Any]:
        """What to write for a document: its vertices, each with what it has here and the document does not speak of."""
        vertices = [self._written(vertex) for vertex in document.get("vertices") or []]
        return {"vertices": vertices, "edges": list(document.get("edges") or [])}

    def _written(self, desired: dict[str, Any]) -> dict[str, Any]:
        current = self.vertices.get(str(desired.get("name")))
        if current is None:
            return desired
        # Nothing in the place of nothing is no change.
        return dict(
            merged(current, {key: item for key, item in desired.items() if key in current or not is_empty(item)})
        )

    def as_diff(self) -> dict[str, Any]:
        return {"vertices": {name: self.vertices[name] for name in sorted(self.vertices)}, "edges": sorted(self.edges)}


def problems_of(document: Any, path: str = "job_graph") -> list[str]:
    """All that Grepr would refuse in a graph, each with its place (documented: the schema and the creation guide)."""
    if not isinstance(document, dict):
        return [f"{path} must be a dictionary with vertices and edges"]
    unknown = sorted(set(document) - {"vertices", "edges"})
    problems = [f"{path}.{name} is no part of a graph: it has vertices and edges" for name in unknown]
    vertices, edges = document.get("vertices") or [], document.get("edges") or []
    if not isinstance(vertices, list) or not isinstance(edges, list):
        return [*problems, f"{path}.vertices and {path}.edges must be lists"]
    problems += _vertex_problems(vertices, f"{path}.vertices")
    named = {str(vertex["name"]): vertex for vertex in vertices if isinstance(vertex, dict) and "name" in vertex}
    return [*problems, *_edge_problems(edges, named, f"{path}.edges"), *_shape_problems(edges, named, path)]


def _vertex_problems(vertices: list[Any], path: str) -> Iterator[str]:
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
            yield f"{place}.name {name} is the name of {path}[{names[name]}] as well"
        if not isinstance(kind, str) or kind not in REQUIRED:
            yield f"{place}.type is missing" if is_empty(kind) else f"{place}.type {kind} is no type of vertex"
            continue
        for required in REQUIRED[kind]:
            if required not in vertex or vertex[required] is None or vertex[required] == "":
                yield f"{place}.{required} is missing: {kind} needs it"


def _edge_problems(edges: list[Any], vertices: dict[str, dict[str, Any]], path: str) -> Iterator[str]:
    seen: set[str] = set()
    for number, text in enumerate(edges):
        place, edge = f"{path}[{number}]", Edge.parse(text)
        if edge is None:
            yield f"{place} is no edge: write it as 'a -> b' or 'a:output -> b:input'"
            continue
        if str(edge) in seen:
            yield f"{place} is there twice"
        seen.add(str(edge))
        for name in (edge.start, edge.end):
            if name not in vertices:
                yield f"{place} names {name}, which is no vertex"
        start, end = vertices.get(edge.start, {}), vertices.get(edge.end, {})
        outputs = outputs_of(start)
        if edge.output and str(start.get("type")) in REQUIRED and outputs is not None and edge.output not in outputs:
            known = f"it has {', '.join(sorted(outputs))}" if outputs else "it has only its default output"
            yield f"{place}: {edge.start} has no output {edge.output}; {known}"
        if is_sink(str(start.get("type"))):
            yield f"{place}: {edge.start} is a sink, which has no output"
        if is_source(str(end.get("type"))):
            yield f"{place}: {edge.end} is a source, which has no input"


def _shape_problems(texts: list[Any], vertices: dict[str, dict[str, Any]], path: str) -> Iterator[str]:
    edges = [edge for edge in map(Edge.parse, texts) if edge and edge.start in vertices and edge.end in vertices]
    starts, ends = {edge.start for edge in edges}, {edge.end for edge in edges}
    for name, vertex in vertices.items():
        kind = str(vertex.get("type"))
        if kind not in REQUIRED or kind in WHOLE:
            continue
        if name not in ends and not is_source(kind):
            yield f"{path}.edges let nothing flow into {name}, which is no source"
        if name not in starts and not is_sink(kind):
            yield f"{path}.edges let nothing flow out of {name}, which is no sink"
    circle = _circle(edges)
    if circle:
        yield f"{path}.edges go in a circle: {' -> '.join(circle)}"


def _circle(edges: list[Edge]) -> list[str]:
    """The vertices of a circle, the first of them once more at the end; empty if there is none."""
    way: TopologicalSorter[str] = TopologicalSorter()
    for edge in edges:
        way.add(edge.end, edge.start)
    try:
        way.prepare()
    except CycleError as error:
        return list(error.args[1])
    return []
