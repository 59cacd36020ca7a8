# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Synchronous jobs whose source holds events: filters, branches, samplers, and what is not evaluated."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import requests

Call = Callable[..., requests.Response]
Admin = Callable[..., Any]
Vertex = dict[str, Any]


def event(number: int, message: str, severity: int, **tags: str) -> dict[str, Any]:
    return {
        "id": str(number),
        "eventTimestamp": number,
        "receivedTimestamp": number,
        "message": message,
        "severity": severity,
        "tags": {key: value.split(",") for key, value in tags.items()},
        "attributes": {"http": {"status": 500 + number, "ok": False}, "user": f"user {number}"},
    }


VALUES = [
    event(0, "Disk full", 17, service="web", env="prod,eu"),
    event(1, "disk slow", 13, service="web"),
    event(2, "GET /a (1)", 9, service="shop", env="prod"),
]


def run(grepr: Call, *vertices: Vertex, edges: list[str], values: list[Any] | None = None) -> requests.Response:
    source = {"type": "logs-values-source", "name": "source", "values": VALUES if values is None else values}
    sink = {"type": "logs-sync-sink", "name": "sink"}
    graph = {"vertices": [source, *vertices, sink], "edges": edges}
    return grepr(
        "POST",
        "/v1/jobs/sync",
        json={"name": "test", "execution": "SYNCHRONOUS", "processing": "BATCH", "jobGraph": graph},
    )


def got(answer: requests.Response) -> list[int]:
    """The numbers of the events."""
    assert answer.status_code == 200, answer.text
    *lines, last = map(json.loads, answer.text.splitlines())
    assert last == {"jobState": "FINISHED"}
    return [line["data"]["eventTimestamp"] for line in lines]


def by_query(name: str, kind: str, text: str, **more: Any) -> Vertex:
    return {"type": kind, "name": name, "predicate": {"type": "datadog-query", "query": text}, **more}


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("", [0, 1, 2]),
        ("*", [0, 1, 2]),
        ("service:web", [0, 1]),
        ("service:w", []),
        ("service:w*", [0, 1]),
        ("env:eu", [0]),
        ("service:web env:prod", [0]),
        ("service:web AND env:prod", [0]),
        ("service:shop OR env:eu", [0, 2]),
        ("service:shop OR service:web AND status:warn", [1, 2]),
        ("(service:shop OR service:web) AND NOT status:warn", [0, 2]),
        ("-service:web", [2]),
        ("-(service:web env:prod)", [1, 2]),
        ("NOT NOT service:web", [0, 1]),
        ("status:(", None),
        ("status:error", [0]),
        ("status:*", [0, 1, 2]),
        ("severity:9", [2]),
        ("id:1", [1]),
        ("message:disk*", [1]),
        ("disk", [0, 1]),
        ("disk -slow", [0]),
        ('"GET /a (1)"', [2]),
        ("@http.status:501", [1]),
        ("@http.ok:false", [0, 1, 2]),
        ('@user:"user 2"', [2]),
        ("@http.status.x:1 OR @none:*", []),
        ("@http.status:>500", None),
        ("@http.status:[1 TO 5]", None),
        ("(service:web", None),
        ("service:web)", None),
        ("service:web OR", None),
        ("AND", None),
        ('"open', None),
    ],
)
def test_queries(grepr: Call, text: str, numbers: list[int] | None) -> None:
    answer = run(grepr, by_query("only", "logs-filter", text), edges=["source -> only", "only -> sink"])
    if numbers is None:
        assert answer.status_code == 400
        assert "only (logs-filter): the " in answer.json()["message"]
    else:
        assert got(answer) == numbers
        inverted = by_query("only", "logs-filter", text, inverted=True)
        rest = got(run(grepr, inverted, edges=["source -> only", "only -> sink"]))
        assert sorted(rest + numbers) == [0, 1, 2]


def test_branches(grepr: Call) -> None:
    branch = by_query("errors", "logs-branch", "status:error")
    assert got(run(grepr, branch, edges=["source -> errors", "errors -> sink"])) == [0]
    assert got(run(grepr, branch, edges=["source -> errors", "errors:else -> sink"])) == [1, 2]
    both = ["source -> errors", "errors -> sink", "errors:else -> sink"]
    assert sorted(got(run(grepr, branch, edges=both))) == [0, 1, 2]


def test_and_predicates(grepr: Call) -> None:
    parts = [{"type": "datadog-query", "query": text} for text in ("service:web", "status:warn")]
    vertex = {"type": "logs-filter", "name": "only", "predicate": {"type": "and-predicate", "queries": parts}}
    assert got(run(grepr, vertex, edges=["source -> only", "only -> sink"])) == [1]


@pytest.mark.parametrize(("rate", "numbers"), [(0, []), (1, [0, 1, 2]), (1.0, [0, 1, 2])])
def test_samplers(grepr: Call, rate: float, numbers: list[int]) -> None:
    vertex = {"type": "logs-event-sampler", "name": "some", "maxAllowedRate": rate}
    assert got(run(grepr, vertex, edges=["source -> some", "some -> sink"])) == numbers


@pytest.mark.parametrize(
    "vertex",
    [
        {"type": "logs-event-sampler"},
        {"type": "logs-event-sampler", "maxAllowedRate": 0.5},
        {"type": "logs-event-sampler", "maxAllowedRate": 1, "maxBurstLimit": 2},
        {"type": "logs-event-sampler", "maxAllowedRate": 0, "filter": {"type": "datadog-query"}},
        {"type": "grok-parser"},
        {"type": "logs-filter", "predicate": {"type": "nrql-query", "query": "x"}},
        {"type": "logs-filter", "predicate": {"type": "datadog-query"}, "maxLateEventTimestampDelta": "PT1M"},
    ],
)
def test_what_is_not_evaluated(grepr: Call, vertex: Vertex) -> None:
    answer = run(grepr, vertex | {"name": "odd"}, edges=["source -> odd", "odd -> sink"])
    assert answer.status_code == 400
    assert f"jobGraph: odd ({vertex['type']}): " in answer.json()["message"]


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ({"message": "x"}, "id must not be null; eventTimestamp must not be null; receivedTimestamp must not be null"),
        (VALUES[0] | {"severity": 0}, "severity must be"),
        (VALUES[0] | {"tags": {"service": "web"}}, "tags [service] must be a list"),
        (VALUES[0] | {"eventTimestamp": "2026-03-01T12:00:00Z"}, "eventTimestamp must be"),
        (VALUES[0] | {"host": "x"}, "unrecognized field host"),
        ("x", "must be an object"),
    ],
)
def test_events_are_those_of_the_documentation(grepr: Call, value: Any, problem: str) -> None:
    answer = run(grepr, edges=["source -> sink"], values=[VALUES[0], value])
    assert answer.status_code == 400
    assert f"source (logs-values-source): values[1]: {problem}" in answer.json()["message"]


def test_script_still_says_how_it_ends(grepr: Call, admin: Admin) -> None:
    admin("PUT", "/sync", {"count": 50, "final": "FAILED"})
    lines = [json.loads(line) for line in run(grepr, edges=["source -> sink"]).text.splitlines()]
    assert [line["jobState"] for line in lines] == ["RUNNING"] * 3 + ["FAILED"]
    assert lines[0]["data"] == {"type": "log", **VALUES[0]}


def test_no_events_are_none(grepr: Call) -> None:
    assert got(run(grepr, edges=["source -> sink"], values=[])) == []
