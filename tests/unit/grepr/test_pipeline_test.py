# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of pipelines: the jobs that they run, what is compared, and what is an error before any request."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from itertools import permutations
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.greyops.rest.plugins.module_utils._context import Context, NullRuntime
from ansible_collections.greyops.rest.plugins.module_utils._grepr.pipeline_test import IsolatedGraph
from ansible_collections.greyops.rest.plugins.module_utils._operation import perform
from ansible_collections.greyops.rest.plugins.modules.grepr_pipeline_test import OPERATION
from tests.unit.conftest import params

if TYPE_CHECKING:
    from tests.unit.conftest import Simulator

SYNC = "/api/v1/jobs/sync"
Run = Callable[..., dict[str, Any]]


def query(text: str) -> dict[str, str]:
    return {"type": "datadog-query", "query": text}


SOURCE = {"type": "datadog-log-agent-source", "name": "agents", "integrationId": "0chapjxcdgeaz"}
BRANCH = {"type": "logs-branch", "name": "errors", "predicate": query("status:error")}
FILTER = {"type": "logs-filter", "name": "shop", "predicate": query("service:shop")}
VENDOR = {"type": "datadog-log-sink", "name": "vendor", "integrationId": "0chapjxcdgeaz"}
LAKE = {"type": "logs-iceberg-table-sink", "name": "lake", "datasetId": "0kabdv8yo9q99"}
GRAPH = {
    "vertices": [SOURCE, BRANCH, FILTER, VENDOR, LAKE],
    "edges": ["agents -> errors", "errors -> shop", "shop -> vendor", "errors:else -> lake", "shop -> lake"],
}
FAILED = {"message": "payment failed", "severity": 17, "tags": {"service": "shop"}}
ACCEPTED = {"message": "payment accepted", "severity": 9, "tags": {"service": ["shop"]}}
OTHER = {"message": "disk full", "severity": 17, "tags": {"service": ["db"]}}
EVENTS = {"agents": [FAILED, ACCEPTED, OTHER]}


@pytest.fixture
def run(simulator: Simulator, runtime: NullRuntime) -> Run:
    """Run the module's operation, and return what a task would have as its result."""

    def run(check_mode: bool = False, **options: Any) -> dict[str, Any]:
        given = {
            name: simulator.ready_info["grepr"][name] for name in ("api_url", "auth_url", "client_id", "client_secret")
        }
        alone = {} if "tests" in options else {"events": EVENTS}
        alone |= {} if {"tests", "name"} & options.keys() else {"job_graph": GRAPH}
        context = Context(params(OPERATION.spec, {**given, **alone, **options}), runtime, check_mode=check_mode)
        return perform(OPERATION, context).keys

    return run


def sent(simulator: Simulator) -> list[dict[str, Any]]:
    return [json.loads(request["body"])["jobGraph"] for request in simulator.requests(SYNC)]


# --- what is run


@pytest.mark.parametrize("check_mode", [False, True])
def test_test_that_passes(simulator: Simulator, run: Run, check_mode: bool) -> None:
    jobs = simulator.admin("GET", "/jobs")
    result = run(check_mode, expect={"vendor": {"events": [FAILED], "count": 1, "absent": [{"severity": 9}]}})
    assert (result["changed"], result["passed"], result["failures"]) == (False, True, [])
    (event,) = result["outputs"]["vendor"]
    assert event.keys() == {"type", "id", "eventTimestamp", "receivedTimestamp", "message", "severity", "tags"}
    assert (event["type"], event["id"], event["tags"]) == ("log", "agents_0", {"service": ["shop"]})
    assert abs(event["eventTimestamp"] / 1000 - time.time()) < 60
    assert event["receivedTimestamp"] == event["eventTimestamp"]
    assert simulator.admin("GET", "/jobs") == jobs
    (graph,) = sent(simulator)
    assert [(vertex["type"], vertex["name"]) for vertex in graph["vertices"]] == [
        ("logs-values-source", "agents"),
        ("logs-branch", "errors"),
        ("logs-filter", "shop"),
        ("logs-sync-sink", "test_sink"),
    ]
    assert graph["edges"] == ["agents -> errors", "errors -> shop", "shop -> test_sink"]
    assert result["api"]["calls"] == 1


def test_given_fields_stay(run: Run) -> None:
    event = {
        "id": "1",
        "eventTimestamp": 5,
        "message": "x",
        "attributes": {"a": {"b": None}},
        "tags": {"t": ["1", "2"]},
    }
    result = run(events={"agents": [event, {"receivedTimestamp": 7, "id": None}]}, expect={"agents": {"count": 2}})
    first, second = result["outputs"]["agents"]
    assert first == {"type": "log", "receivedTimestamp": 5, **event}
    assert (second["id"], second["receivedTimestamp"]) == ("agents_1", 7)


@pytest.mark.parametrize(
    ("output", "messages"),
    [
        ("agents", {"payment failed", "payment accepted", "disk full"}),
        ("errors", {"payment failed", "disk full"}),
        ("errors:output", {"payment failed", "disk full"}),
        ("errors:else", {"payment accepted"}),
        ("shop", {"payment failed"}),
        ("vendor", {"payment failed"}),
        ("lake", {"payment failed", "payment accepted"}),
    ],
)
def test_outputs(run: Run, output: str, messages: set[str]) -> None:
    result = run(expect={output: {"count": len(messages)}})
    assert {event["message"] for event in result["outputs"][output]} == messages


def test_sink_between_two_sinks_is_left_out() -> None:
    graph = IsolatedGraph(
        {
            "vertices": [SOURCE, FILTER, VENDOR, LAKE, {**FILTER, "name": "late"}],
            "edges": [
                "agents -> shop",
                "shop -> vendor",
                "agents -> vendor",
                "vendor -> lake",
                "lake:output -> late:in",
            ],
        }
    )
    for output, last in (("lake", "test_sink"), ("late", "late:in")):
        taken = graph.take(output, {"agents": []})
        assert {vertex["type"] for vertex in taken["vertices"]} == {
            "logs-values-source",
            "logs-filter",
            "logs-sync-sink",
        }
        assert {f"shop -> {last}", f"agents -> {last}"} <= set(taken["edges"])


def test_sink_has_a_name_of_its_own() -> None:
    graph = IsolatedGraph({"vertices": [{**SOURCE, "name": "test_sink"}], "edges": []})
    assert graph.take("test_sink", {"test_sink": []})["edges"] == ["test_sink -> test_sink_"]


def test_sql_statements_return_what_they_say() -> None:
    kinds = {
        "logs_out": "LOG_EVENT",
        "rows_out": "VARIANT",
        "spans_out": "COMPLETE_SPAN",
        "odd_out": "WIDE_METRIC_DATA",
    }
    statements = [{"type": "sql_view"}, *({"outputName": name, "outputType": kind} for name, kind in kinds.items())]
    sql = {"type": "sql-operation", "name": "sql", "statements": statements}
    graph = IsolatedGraph({"vertices": [SOURCE, sql], "edges": ["agents -> sql:logs"]})
    sinks = [graph.take(f"sql:{name}", {"agents": []})["vertices"][-1]["type"] for name in kinds]
    assert sinks == ["logs-sync-sink", "variant-sync-sink", "spans-sync-sink", "logs-sync-sink"]
    assert list(graph.list_problems({"agents": []}, ["sql"], "")) == [
        "expect.sql: sql has no default output. Other outputs: sql:logs_out, sql:odd_out, sql:rows_out, sql:spans_out"
    ]


def test_no_backfill_is_started() -> None:
    rule, backfill = {"type": "event-rule"}, {"type": "job-rule"}
    engine = {
        "type": "rule-engine",
        "name": "rules",
        "triggers": {},
        "conditions": {"c": {"actionRules": [backfill, rule]}},
    }
    graph = IsolatedGraph({"vertices": [SOURCE, engine], "edges": ["agents -> rules"]})
    assert graph.take("rules", {"agents": []})["vertices"][1]["conditions"] == {"c": {"actionRules": [rule]}}


def test_names_are_resolved_only_where_they_run(simulator: Simulator, run: Run) -> None:
    sql = {"type": "sql-operation", "name": "sql", "statements": [{"type": "sql_io", "sqlQuery": "SELECT 1"}]}
    nowhere = {"integrationId": "no such integration"}
    pattern = {
        "type": "log-reducer",
        "name": "reducer",
        "integrationExceptionConfigs": [{"integrationId": "datadog main"}],
    }
    graph = {
        "vertices": [SOURCE | nowhere, pattern, sql, VENDOR | nowhere],
        "edges": ["agents -> reducer", "reducer -> sql", "sql -> vendor"],
    }
    result = run(job_graph=graph, expect={"reducer": {"count": 0}})
    (config,) = sent(simulator)[0]["vertices"][1]["integrationExceptionConfigs"]
    assert re.fullmatch("0[0-9a-z]{12}", config["integrationId"])
    assert "reducer (log-reducer): the simulator does not evaluate vertices of this type" in result["msg"]
    missing = run(
        job_graph={**graph, "vertices": [SOURCE, VENDOR, sql, pattern | {"integrationExceptionConfigs": [nowhere]}]},
        expect={"reducer": {"count": 0}},
    )
    assert "job_graph.vertices[3].integrationExceptionConfigs[0].integrationId: There is no" in missing["msg"]


# --- pipelines of the account


def test_existing_pipeline(simulator: Simulator, run: Run) -> None:
    simulator.admin("PUT", "/jobs", [{"name": "web", "jobGraph": GRAPH}, {"name": "other"}])
    result = run(name="web", expect={"shop": {"count": 1}})
    assert (result["passed"], result["api"]["calls"]) == (True, 2)


def test_templates_of_an_existing_pipeline_are_resolved(simulator: Simulator, run: Run) -> None:
    template = {"type": "template-operation", "name": "t", "templateId": "0abcdefghijkl", "templateVersion": 1}
    graph = {"vertices": [SOURCE, template, VENDOR], "edges": ["agents -> t", "t -> vendor"]}
    simulator.admin("PUT", "/jobs", [{"name": "web", "jobGraph": graph}])
    result = run(name="web", expect={"vendor": {"count": 0}})
    # The simulator resolves each template to a parser and a reducer, which it does not evaluate.
    assert "template-operation" not in {vertex["type"] for vertex in sent(simulator)[0]["vertices"]}
    assert len(result["failures"]) == 1
    assert result["failures"][0]["vertex"] == "vendor"


def test_missing_pipeline(simulator: Simulator, run: Run) -> None:
    result = run(name="web", expect={"shop": {"count": 1}})
    assert result["msg"] == "There is no pipeline web. The nearest are: web_logs. There are 2 more."
    assert simulator.requests(SYNC) == []


# --- what fails


def test_failed_expectation_fails_the_task(run: Run) -> None:
    result = run(expect={"errors": {"count": 1, "events": [{**OTHER, "severity": 18}]}, "shop": {"count": 1}})
    assert (result["failed"], result["changed"], result["passed"]) == (True, False, False)
    assert result["failures"] == [
        {"vertex": "errors", "message": "expected 1 event, got 2", "differences": []},
        {
            "vertex": "errors",
            "message": "events[0] matches no event, and differs least from event 1",
            "differences": ["severity: expected 18, got 17"],
        },
    ]
    assert result["msg"] == (
        "The test failed. errors: expected 1 event, got 2. errors: events[0] matches no event, and differs least from "
        "event 1: severity: expected 18, got 17."
    )
    assert result["outputs"].keys() == {"errors", "shop"}


def test_job_that_fails_is_a_failure_of_its_vertex(simulator: Simulator, run: Run) -> None:
    simulator.admin("PUT", "/sync", {"final": "FAILED"})
    result = run(expect={"shop": {"count": 1}})
    assert result["outputs"] == {}
    assert "shop: The query ended as FAILED. 1 event had come before. Check the query and the graph." in result["msg"]
    simulator.reset()
    graph = {
        "vertices": [SOURCE, {"type": "grok-parser", "name": "grok"}, LAKE],
        "edges": ["agents -> grok", "grok -> lake"],
    }
    result = run(job_graph=graph, expect={"agents": {"count": 3}, "grok": {"count": 3}})
    assert (result["outputs"].keys(), result["status"], result["method"]) == ({"agents"}, 400, "POST")
    assert "grok (grok-parser)" in result["failures"][0]["message"]


def test_several_tests(simulator: Simulator, run: Run) -> None:
    simulator.admin("PUT", "/jobs", [{"name": "web", "jobGraph": GRAPH}])
    one = {"name": "one", "job_graph": GRAPH, "events": EVENTS, "expect": {"shop": {"count": 1}}}
    two = {"name": "two", "pipeline": "web", "events": EVENTS, "expect": {"shop": {"count": 2}, "errors": {"count": 2}}}
    result = run(tests=[one, two, {**two, "name": "three"}])
    assert result["msg"] == (
        "2 of 3 tests failed. two: shop: expected 2 events, got 1. three: shop: expected 2 events, got 1."
    )
    assert [(test["name"], test["passed"]) for test in result["tests"]] == [
        ("one", True),
        ("two", False),
        ("three", False),
    ]
    assert result["api"]["calls"] == 6
    assert run(tests=[one])["passed"] is True


def test_contradictions_to_the_documents_are_warnings(run: Run, runtime: NullRuntime) -> None:
    run(
        job_graph={**GRAPH, "vertices": [SOURCE, {**BRANCH, "predicat": 1}, FILTER, VENDOR, LAKE]},
        expect={"errors": {"count": 2}},
    )
    (warning,) = runtime.warnings
    assert warning.startswith("job_graph.vertices[1].predicat is not a property of logs-branch")
    assert "the nearest: predicate" in warning


def test_warnings_explain_errors(run: Run, runtime: NullRuntime) -> None:
    misspelled = {**SOURCE, "type": "datadog-log-agent-sorce"}
    result = run(
        job_graph={"vertices": [misspelled, VENDOR], "edges": ["agents -> vendor"]}, expect={"vendor": {"count": 3}}
    )
    assert result["problems"] == ["events.agents: agents is not a source. The sources are none"]
    assert "datadog-log-agent-source" in runtime.warnings[0]


@pytest.mark.parametrize("credential", [{"client_secret": "wrong"}, {"auth": "api_key", "api_key": "wrong"}])
def test_rejected_credential_is_one_error(run: Run, credential: dict[str, str]) -> None:
    rest = {"client_id": None, "client_secret": None} if "api_key" in credential else {}
    result = run(expect={"errors": {"count": 1}, "shop": {"count": 1}}, **rest, **credential)
    assert result["status"] == 401
    assert result["msg"].count("HTTP 401") == 1
    assert "failures" not in result


def test_jobs_run_concurrently(simulator: Simulator, run: Run) -> None:
    simulator.switch(grepr={"sync_delay": 0.5})
    outputs = ("agents", "errors", "errors:else", "lake")
    expect = {output: {"absent": [{"message": "none"}]} for output in outputs}
    events = {"agents": [FAILED]}
    began = time.monotonic()
    assert run(events=events, expect=expect)["passed"]
    assert time.monotonic() - began < 1.4
    began = time.monotonic()
    assert run(events=events, expect=expect, concurrency=1)["passed"]
    assert time.monotonic() - began > 1.4


# --- what is an error before any request


@pytest.mark.parametrize(
    ("options", "problems"),
    [
        (
            {"events": {"agent": [], "shop": []}, "expect": {"shopp": {"count": 1}, "errors:els": {"count": 1}}},
            [
                "expect.shopp: shopp is not a vertex. The vertices are agents, errors, shop, vendor, lake",
                "expect.errors:els: errors has no output els. Other outputs: errors:else",
                "events.agent: agent is not a vertex. The sources are agents",
                "events.shop: shop is not a source. The sources are agents",
                "events.agents is missing: each source requires a list of events, which can be empty",
            ],
        ),
        (
            {"events": {"agents": {}}, "expect": {"shop": [], "lake:x": {"event": [], "count": -1}}},
            [
                "events.agents must be a list of events",
                "expect.shop must be a dictionary with events, count, absent",
                "expect.lake:x.event is not a key of an expectation: its keys are events, count, absent",
                "expect.lake:x.count must be a number, 0 or more",
                "expect.lake:x: lake is a sink, which has no output x",
            ],
        ),
        (
            {"events": {"agents": ["x"]}, "expect": {"shop": {}, "lake": {"events": [1], "count": True}}},
            [
                "events.agents[0] must be a dictionary",
                "expect.shop expects nothing: it requires events, count or absent",
                "expect.lake.events[0] must be a dictionary",
                "expect.lake.count must be a number, 0 or more",
            ],
        ),
        ({"expect": {}}, ["expect is empty"]),
        ({"tests": []}, ["tests is empty"]),
        ({"expect": {"shop": {"count": 1}}, "concurrency": 0}, ["concurrency must be a number from 1 to 100"]),
        (
            {"expect": {"shop": {"count": 1}}, "wait_timeout": 0, "idle_timeout": 0},
            ["wait_timeout must be a number of seconds above 0", "idle_timeout must be a number of seconds above 0"],
        ),
        (
            {
                "job_graph": {"vertices": [SOURCE, BRANCH], "edges": ["agents -> none"]},
                "expect": {"none": {"count": "x"}},
            },
            ["expect.none.count must be a number, 0 or more", "job_graph.edges[0] names none, which is not a vertex"],
        ),
    ],
)
def test_problems(simulator: Simulator, run: Run, options: dict[str, Any], problems: list[str]) -> None:
    result = run(**options)
    found = result["problems"]
    assert [problem for problem in found if problem in problems] == problems
    assert "job_graph" in options or found == problems
    assert result["msg"].startswith("The test cannot be run: ")
    assert (result["api"]["calls"], simulator.requests()) == (0, [])


def test_problems_of_several_tests_have_their_place(run: Run) -> None:
    good = {"name": "good", "job_graph": GRAPH, "events": EVENTS, "expect": {"shop": {"count": 1}}}
    bad = [{**good, "events": {}}, {**good, "expect": {"x": {"count": 1}}}]
    assert run(tests=[good, *bad])["problems"] == [
        "tests[1] (good).events.agents is missing: each source requires a list of events, which can be empty",
        "tests[2] (good).expect.x: x is not a vertex. The vertices are agents, errors, shop, vendor, lake",
    ]


def test_sources_of_other_data() -> None:
    spans = {"type": "datadog-trace-agent-source", "name": "spans"}
    sampler = {"type": "trace-sampler", "name": "sampler", "sampleRate": 1}
    graph = IsolatedGraph(
        {"vertices": [SOURCE, spans, FILTER, sampler], "edges": ["agents -> shop", "spans -> sampler"]}
    )
    problem = "events.spans: spans is a datadog-trace-agent-source, which carries no logs, so it cannot be tested"
    assert list(graph.list_problems({"agents": []}, ["shop"], "")) == []
    assert list(graph.list_problems({"agents": []}, ["shop", "sampler:traced"], "")) == [problem]
    assert list(graph.list_problems({"agents": [], "spans": []}, ["shop"], "")) == [problem]


def test_templates_cannot_be_cut() -> None:
    template = {"type": "template-operation", "name": "t", "templateId": "x"}
    graph = IsolatedGraph({"vertices": [SOURCE, template, VENDOR], "edges": ["agents -> t", "t:out -> vendor"]})
    assert list(graph.list_problems({"agents": []}, ["agents"], "")) == []
    (problem,) = graph.list_problems({"agents": []}, ["vendor"], "")
    assert problem.startswith("job_graph: t is a template, whose sources and sinks cannot be replaced.")


def test_order_of_expectations_does_not_matter(run: Run) -> None:
    """A greedy search fails in one of the orders."""
    expected = [{"severity": 17}, {"tags": {"service": ["shop"]}}, FAILED]
    for order in permutations(expected):
        assert run(expect={"agents": {"events": list(order)}})["passed"]
