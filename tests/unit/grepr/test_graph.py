# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Job graphs: validation errors with their paths, and comparison."""

from __future__ import annotations

import time
from itertools import pairwise
from typing import Any

import pytest

from ansible_collections.greyops.rest.plugins.module_utils._grepr.graph import (
    Edge,
    JobGraph,
    format_edges,
    list_suspicions,
    validate_graph,
)
from ansible_collections.greyops.rest.plugins.module_utils._grepr.vertex_types import (
    VERTEX_TYPES,
    is_sink,
    is_source,
    list_inputs,
    list_outputs,
)

Graph = dict[str, Any]

SOURCE = {"type": "logs-values-source", "name": "source"}
SINK = {"type": "discarding-sink", "name": "sink"}
SQL = {
    "type": "sql-operation",
    "name": "sql",
    "inputs": {"logs": "LOG_EVENT"},
    "statements": [{"type": "sql_output", "outputName": "out_a"}],
}
BRANCH = {"type": "logs-branch", "name": "branch", "predicate": {"type": "datadog-query", "query": "x"}}


def graph(*vertices: Any, edges: Any = ()) -> Graph:
    return {"vertices": list(vertices), "edges": list(edges)}


def chain(*vertices: dict[str, Any]) -> Graph:
    """Each vertex is connected to the next one."""
    names = [str(vertex["name"]) for vertex in vertices]
    return graph(*vertices, edges=[f"{one} -> {other}" for one, other in pairwise(names)])


def parser(name: str) -> dict[str, Any]:
    return {"type": "grok-parser", "name": name}


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("a -> b", ("a", "", "b", "")),
        ("a->b", ("a", "", "b", "")),
        ("  a:else   ->  b:logEvents ", ("a", "else", "b", "logEvents")),
        ("a:output -> b:input", ("a", "", "b", "")),
        ("a:input -> b:output", ("a", "input", "b", "output")),
        ("s:a-b_c->my-engine", ("s", "a-b_c", "my-engine", "")),
    ],
)
def test_edge_is_parsed_with_any_whitespace(text: str, parsed: tuple[str, str, str, str]) -> None:
    edge = Edge.parse(text)
    assert edge == Edge(*parsed)
    assert Edge.parse(str(edge)) == edge


@pytest.mark.parametrize("text", ["", "a", "a ->", "-> b", "a -> b -> c", "a: -> b", "a b -> c", 7, None, []])
def test_invalid_edges(text: object) -> None:
    assert Edge.parse(text) is None


@pytest.mark.parametrize(
    "sound",
    [
        chain(SOURCE, SINK),
        chain(SOURCE, BRANCH, SINK) | {"edges": ["source -> branch", "branch -> sink", "branch:else -> sink"]},
        graph({"type": "template-operation", "name": "t", "templateId": "x"}),
        chain(SOURCE, {"type": "rule-engine", "name": "r", "triggers": {}, "conditions": {}}, SINK),
        {"vertices": [SOURCE, SINK], "edges": ["source->sink"]},
    ],
)
def test_valid_graph_has_no_problems(sound: Graph) -> None:
    assert validate_graph(sound) == []
    assert list_suspicions(sound) == []


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ("text", "job_graph must be a dictionary with vertices and edges"),
        (None, "job_graph must be a dictionary with vertices and edges"),
        ({}, "job_graph.vertices is empty"),
        ({"edges": ["a -> b"]}, "job_graph.vertices is empty"),
        ({"vertices": None, "edges": None}, "job_graph.vertices is empty"),
        ({"vertices": {"a": 1}, "edges": []}, "job_graph.vertices and job_graph.edges must be lists"),
        ({"vertices": [SOURCE], "edges": "a -> b"}, "job_graph.vertices and job_graph.edges must be lists"),
        (graph("text"), "job_graph.vertices[0] must be a dictionary"),
        (graph({"type": "discarding-sink"}), "job_graph.vertices[0].name is missing"),
        (graph({**SINK, "name": {"a": "b"}}), "job_graph.vertices[0].name must match [a-z0-9_], 1 to 128 characters"),
        (graph({**SINK, "name": 7}), "job_graph.vertices[0].name must match [a-z0-9_], 1 to 128 characters"),
        (graph({**SINK, "name": "a" * 129}), "job_graph.vertices[0].name must match [a-z0-9_], 1 to 128 characters"),
        (graph(SINK, SINK), "job_graph.vertices[1].name sink is also the name of job_graph.vertices[0]"),
        (chain(SOURCE, SINK) | {"edges": ["source to sink"]}, "job_graph.edges[0] is not an edge: write it as"),
        (chain(SOURCE, SINK) | {"edges": [["source", "sink"]]}, "job_graph.edges[0] is not an edge: write it as"),
        (chain(SOURCE, SINK) | {"edges": ["source -> lake"]}, "job_graph.edges[0] names lake, which is not a vertex"),
        (
            graph(parser("a"), parser("b"), edges=["a -> b", "b -> a"]),
            "job_graph.edges form a cycle: ",
        ),
    ],
)
def test_error_names_its_place(document: Any, problem: str) -> None:
    assert any(one.startswith(problem) for one in validate_graph(document)), validate_graph(document)


@pytest.mark.parametrize(
    ("document", "suspicion"),
    [
        (
            {**chain(SOURCE, SINK), "tags": {}},
            "job_graph.tags is not a key of a graph: its keys are vertices and edges",
        ),
        (graph({"name": "a"}), "job_graph.vertices[0].type is missing"),
        (graph({"type": None, "name": "a"}), "job_graph.vertices[0].type is missing"),
        (graph({"type": ["x"], "name": "a"}), "job_graph.vertices[0].type ['x'] is not a type of vertex"),
        (graph({"type": "no-such", "name": "a"}), "job_graph.vertices[0].type no-such is not a type of vertex"),
        (
            graph({"type": "logs-filter", "name": "f"}),
            "job_graph.vertices[0].predicate is missing: logs-filter needs it",
        ),
        (
            graph({"type": "datadog-log-sink", "name": "s", "integrationId": ""}),
            "job_graph.vertices[0].integrationId is missing: datadog-log-sink needs it",
        ),
        (chain(SOURCE, SINK) | {"edges": ["source -> sink", "source->sink"]}, "job_graph.edges[1] occurs twice"),
        (
            chain(SOURCE, SINK) | {"edges": ["source:else -> sink"]},
            "job_graph.edges[0]: source has no output else; it has only its default output",
        ),
        (
            chain(SOURCE, BRANCH, SINK) | {"edges": ["source -> branch", "branch:other -> sink"]},
            "job_graph.edges[1]: branch has no output other; it has else",
        ),
        (graph(SINK, SOURCE, edges=["sink -> source"]), "job_graph.edges[0]: sink is a sink, which has no output"),
        (graph(SINK, SOURCE, edges=["sink -> source"]), "job_graph.edges[0]: source is a source, which has no input"),
        (graph(parser("a"), SINK, edges=["a -> sink"]), "job_graph.edges have no edge into a, which is not a source"),
        (
            graph(SOURCE, parser("a"), edges=["source -> a"]),
            "job_graph.edges have no edge out of a, which is not a sink",
        ),
        (
            graph({**SINK, "type": "datadog-logs-sink"}),
            "job_graph.vertices[0].type datadog-logs-sink is not a type of vertex in Grepr's documents of 2026-11-26; "
            "the nearest: datadog-log-sink",
        ),
        (graph({**SINK, "type": "llm-prompt"}), "job_graph.vertices[0].type llm-prompt is no longer in Grepr's"),
        (
            graph({**BRANCH, "predicat": 1}),
            "job_graph.vertices[0].predicat is not a property of logs-branch in Grepr's documents of 2026-11-26; the "
            "nearest: predicate",
        ),
        (
            chain(SOURCE, SQL, SINK) | {"edges": ["source -> sql:nologs", "sql:out_a -> sink"]},
            "job_graph.edges[0]: sql has no input nologs; it has logs",
        ),
        (
            chain(SOURCE, SINK) | {"edges": ["source -> sink:nonsense"]},
            "job_graph.edges[0]: sink has no input nonsense; it has only its default input",
        ),
    ],
)
def test_contradictions_to_the_documents_are_not_errors(document: Any, suspicion: str) -> None:
    assert any(one.startswith(suspicion) for one in list_suspicions(document)), list_suspicions(document)
    assert validate_graph(document) == []


def test_sinks_of_vendors_feed_other_sinks() -> None:
    vendor = {"type": "datadog-log-sink", "name": "sink", "integrationId": "i"}
    dedup = {
        "type": "vendorlog-event-dedup-iceberg-table-sink",
        "name": "dedup",
        "datasetId": "d",
        "vendorSinkId": "i",
    }
    assert list_suspicions(chain(SOURCE, vendor, dedup)) == []
    assert list_suspicions(chain(SOURCE, dedup, vendor)) == ["job_graph.edges[1]: dedup is a sink, which has no output"]


def test_one_fault_is_one_message() -> None:
    engine = {"type": "rule-engine", "name": "my-rule-engine", "triggers": {}, "conditions": {}}
    documented = chain(SOURCE, engine, SINK)
    assert validate_graph(documented) == [
        "job_graph.vertices[1].name must match [a-z0-9_], 1 to 128 characters, and 'my-rule-engine' does not"
    ]
    assert validate_graph(graph({"type": "discarding-sink"}, SOURCE, edges=["source -> sink"])) == [
        "job_graph.vertices[0].name is missing"
    ]
    assert list_suspicions(documented) == []
    keys = list_suspicions({**graph({**SINK, 404: 1, "more": 1}), 7: 1, "tags": 1})
    assert [one.partition(" ")[0] for one in keys[:4]] == [
        "job_graph.7",
        "job_graph.tags",
        "job_graph.vertices[0].404",
        "job_graph.vertices[0].more",
    ]
    unknown = chain(SOURCE, {"type": "sql-transform", "name": "odd", "mode": 1}, SINK)
    assert len(list_suspicions(unknown)) == 1


def test_all_problems_are_reported_together() -> None:
    wrong = graph({"type": "logs-filter", "name": "Bad"}, {"type": "x", "name": "b"}, 7, edges=["a -> b", "?"])
    assert len(validate_graph(wrong, "jobs[3].job_graph")) == 3
    assert all(one.startswith("jobs[3].job_graph.") for one in validate_graph(wrong, "jobs[3].job_graph"))


def test_cycle_is_reported_in_order() -> None:
    vertices = [parser(name) for name in ("a", "b", "c", "d")]
    found = validate_graph(graph(*vertices, edges=["a -> b", "b -> c", "c -> b", "c -> d"]))
    (circle,) = [one.partition("cycle: ")[2] for one in found if "cycle" in one]
    assert circle in ("b -> c -> b", "c -> b -> c")


def test_large_graphs_are_validated_quickly() -> None:
    vertices = [SOURCE, *(parser(f"p{number}") for number in range(3000)), SINK]
    began = time.perf_counter()
    assert validate_graph(chain(*vertices)) == []
    assert list_suspicions(chain(*vertices)) == []
    assert time.perf_counter() - began < 2.0


def test_outputs_are_derived_where_possible() -> None:
    statements = [{"type": "sql_output", "outputName": "a_b"}, {"type": "sql_view"}, "text"]
    assert list_outputs({"type": "sql-operation", "statements": statements}) == {"a_b"}
    assert list_outputs({"type": "sql-operation", "statements": None}) == set()
    assert list_outputs({"type": "trace-sampler"}) == {"traced", "untraced"}
    assert list_outputs({"type": "template-operation"}) is None
    assert list_outputs({}) is None
    assert list_inputs({"type": "sql-operation", "inputs": {"logs": "LOG_EVENT"}}) == {"logs"}
    assert list_inputs({"type": "sql-operation", "inputs": "text"}) == set()
    assert (list_inputs({"type": "union"}), list_inputs({})) == (None, None)


def test_list_of_types_is_the_documented_one() -> None:
    newer = {
        "bounded-datadog-source", "clone", "datadog-metric-agent-source", "datadog-metric-agent-source-v3",
        "datadog-metrics-cloud-source", "logs-predicates-counter", "union",
    }  # fmt: skip
    gone = {
        "entity-context-aggregation", "llm-prompt", "grepr-llm-prompt-results-source",
        "llm-prompt-results-iceberg-table-source", "trino-llm-prompt-results-source",
    }  # fmt: skip
    assert len(VERTEX_TYPES) == 86 + len(newer)
    assert newer < VERTEX_TYPES.keys()
    assert {name for name, kind in VERTEX_TYPES.items() if kind.is_removed} == gone
    assert is_source("datadog-metric-agent-source-v3")
    assert is_sink("logs-predicates-counter")
    assert not [kind for kind in VERTEX_TYPES if is_source(kind) and is_sink(kind)]


def differing(before: Graph, after: Graph) -> bool:
    return not JobGraph.from_document(before).is_satisfied_by(JobGraph.from_document(after))


def test_order_and_whitespace_are_ignored() -> None:
    one = chain(SOURCE, BRANCH, SINK)
    other = {"vertices": one["vertices"][::-1], "edges": ["branch->sink", " source  -> branch"]}
    assert not differing(one, other)


def test_names_of_default_ports_make_no_difference() -> None:
    one, other = chain(SOURCE, BRANCH, SINK), chain(SOURCE, BRANCH, SINK)
    other["edges"] = ["source:output -> branch:input", "branch -> sink:input"]
    assert not differing(one, other)
    assert not differing(other, one)
    assert JobGraph.from_document(one).as_diff() == JobGraph.from_document(other).as_diff()
    assert format_edges(other["edges"]) == one["edges"]


def test_what_the_server_adds_makes_no_difference() -> None:
    added = graph({**SOURCE, "loop": False, "values": []}, {**SINK, "x": {"y": 1}}, edges=["source -> sink"])
    assert not differing(added, chain(SOURCE, SINK))
    assert JobGraph.from_document(added).project(JobGraph.from_document(chain(SOURCE, SINK))) == JobGraph.from_document(
        chain(SOURCE, SINK)
    )


@pytest.mark.parametrize(
    "after",
    [
        chain(SOURCE, SINK),
        chain(SOURCE, BRANCH, {**SINK, "name": "other"}),
        chain(SOURCE, BRANCH, parser("more"), SINK),
        chain(SOURCE, {**BRANCH, "predicate": {"type": "datadog-query", "query": "y"}}, SINK),
        chain(SOURCE, BRANCH, SINK) | {"edges": ["source -> branch", "branch:else -> sink"]},
        chain(SOURCE, BRANCH, SINK) | {"edges": ["source -> branch"]},
    ],
)
def test_changed_vertices_edges_and_properties_differ(after: Graph) -> None:
    assert differing(chain(SOURCE, BRANCH, SINK), after)


def test_unspecified_properties_are_kept_on_write() -> None:
    there = chain({**SOURCE, "loop": True}, {**BRANCH, "limit": 5, "late": "PT1M"}, {**SINK, "limit": 1})
    desired = chain(
        SOURCE, {**BRANCH, "limit": 6, "note": None}, {"type": "datadog-log-sink", "name": "sink", "integrationId": "i"}
    )
    written = JobGraph.from_document(there).to_document(desired)
    assert written["edges"] == desired["edges"]
    assert written["vertices"] == [
        {**SOURCE, "loop": True},
        {**BRANCH, "limit": 6, "late": "PT1M"},
        # A vertex of another type is a different vertex.
        desired["vertices"][2],
    ]
    assert not differing(written, desired)
