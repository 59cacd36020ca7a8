# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Grepr's jobs: creation, updates, failures, rollbacks and deletion."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
import requests

Call = Callable[..., requests.Response]
Admin = Callable[..., Any]
SOURCE = {"type": "datadog-log-agent-source", "name": "source", "integrationId": "0jn5rdc93r10t"}
FILTER = {"type": "logs-filter", "name": "keep", "predicate": {"type": "datadog-query", "query": "service:web"}}
SINK = {"type": "logs-iceberg-table-sink", "name": "lake", "datasetId": "0kabdv8yo9q99"}
LAKE_SOURCE = {
    "type": "logs-iceberg-table-source",
    "name": "source",
    "datasetId": "0kabdv8yo9q99",
    "start": "2026-03-01T00:00:00Z",
    "end": "2026-03-02T00:00:00Z",
    "query": {"type": "datadog-query", "query": ""},
}
SQL = {
    "type": "sql-operation",
    "name": "sql",
    "inputs": {"logs": "LOG_EVENT"},
    "statements": [
        {"type": "sql_output", "outputName": "clean_logs", "outputType": "LOG_EVENT", "sqlQuery": "SELECT 1"}
    ],
}
GRAPH = {"vertices": [SOURCE, SINK], "edges": ["source -> lake"]}
FILTERED = {"vertices": [SOURCE, FILTER, SINK], "edges": ["source -> keep", "keep->lake"]}
JOB = {"name": "fresh", "execution": "ASYNCHRONOUS", "processing": "STREAMING", "jobGraph": GRAPH}


@pytest.fixture(autouse=True)
def _by_hand(admin: Admin, _fresh: None) -> None:
    admin("PATCH", "/settings", {"grepr": {"transit": "manual"}})


def created(grepr: Call, **changed: Any) -> dict[str, Any]:
    answer = grepr("POST", "/v1/jobs/async", json=JOB | changed)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def running(grepr: Call, admin: Admin, **changed: Any) -> dict[str, Any]:
    job = created(grepr, **changed)
    admin("POST", "/jobs/step", {"count": 9})
    return dict(grepr("GET", f"/v1/jobs/{job['id']}").json())


def put(grepr: Call, job: dict[str, Any], query: str = "", **changed: Any) -> requests.Response:
    body = {
        "fromVersion": job["version"],
        "desiredState": "RUNNING",
        "jobGraph": job["jobGraph"],
        "teamIds": job["teamIds"],
    }
    return grepr("PUT", f"/v1/jobs/{job['id']}{query}", json=body | changed)


def states(grepr: Call, job: dict[str, Any]) -> list[tuple[int, str, str]]:
    found = grepr("GET", f"/v1/jobs?id={job['id']}").json()["items"]
    return [(one["version"], one["state"], one["desiredState"]) for one in found]


def test_pipeline_starts(grepr: Call, admin: Admin) -> None:
    job = created(grepr, tags={"env": "prod"}, teamIds=["t1"])
    assert (job["version"], job["state"], job["desiredState"], job["teamIds"]) == (0, "PENDING", "RUNNING", ["t1"])
    assert len(job["id"]) == 13
    seen = []
    for _number in range(3):
        seen.append(states(grepr, job)[0][1])
        admin("POST", "/jobs/step")
    assert seen == ["PENDING", "STARTING", "RUNNING"]
    job = grepr("GET", f"/v1/jobs/{job['id']}").json()
    assert job["pipelineStatus"]["health"] == "HEALTHY"
    assert job["startedAt"] >= job["createdAt"]


def test_clock_advances_jobs(grepr: Call, admin: Admin) -> None:
    admin("PATCH", "/settings", {"grepr": {"transit": "clock", "transit_time": 0.3}})
    job = created(grepr)
    assert states(grepr, job)[0][1] == "PENDING"
    time.sleep(0.35)
    assert states(grepr, job)[0][1] == "STARTING"
    time.sleep(0.35)
    assert states(grepr, job)[0][1] == "RUNNING"


def test_server_fields_are_added(grepr: Call, admin: Admin) -> None:
    job = created(grepr, tags={"env": "prod"})
    assert set(job["tags"]) == {"env", "createdUsing", "createdByUser"}
    source = job["jobGraph"]["vertices"][0]
    assert source == SOURCE | {"offsetResetStrategy": "LATEST", "hostEnrichmentEnabled": False}
    assert list(source) != list(SOURCE)
    admin("PATCH", "/settings", {"server_defaults": False})
    job = created(grepr, name="plain", tags={"env": "prod"})
    assert (job["tags"], job["jobGraph"]) == ({"env": "prod"}, GRAPH)


def test_names_are_unique_while_a_job_lives(grepr: Call, admin: Admin) -> None:
    assert grepr("POST", "/v1/jobs/async", json=JOB | {"name": "audit_logs"}).status_code == 409
    first = running(grepr, admin)
    assert grepr("POST", "/v1/jobs/async", json=JOB).status_code == 409
    assert grepr("DELETE", f"/v1/jobs/{first['id']}").status_code == 202
    assert grepr("POST", "/v1/jobs/async", json=JOB).status_code == 409
    admin("POST", "/jobs/step")
    assert created(grepr)["id"] != first["id"]
    assert [job["state"] for job in grepr("GET", "/v1/jobs?name=fresh&latest=true").json()["items"]] == [
        "DELETED",
        "PENDING",
    ]
    assert created(grepr, name="payments")["version"] == 0


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"name": "Bad-Name"}, "name"),
        ({"name": None}, "name"),
        ({"execution": "SYNCHRONOUS"}, "ASYNCHRONOUS"),
        ({"processing": "ODD"}, "processing"),
        ({"desiredState": "STOPPED"}, "desiredState"),
        ({"tags": {"a": 1}}, "tags"),
        ({"teamIds": ["a", "a"]}, "unique"),
        ({"jobGraph": None}, "jobGraph"),
        ({"jobGraph": {"vertices": []}}, "edges"),
        ({"jobGraph": {"vertices": [1], "edges": []}}, "object"),
    ],
)
def test_bad_jobs(grepr: Call, change: dict[str, Any], expected: str) -> None:
    answer = grepr("POST", "/v1/jobs/async", json=JOB | change)
    assert (answer.status_code, answer.json()["code"]) == (400, 400)
    assert expected in answer.json()["message"]


@pytest.mark.parametrize(
    ("vertices", "edges", "expected"),
    [
        ([SOURCE | {"type": "magic"}, SINK], ["source -> lake"], "could not resolve type id 'magic'"),
        ([SOURCE | {"type": "llm-prompt"}, SINK], ["source -> lake"], "the type id 'llm-prompt' was removed"),
        ([SOURCE | {"name": "A b"}], [], "vertices[0].name must match"),
        ([{**LAKE_SOURCE, "sortOrder": "DESC"}, SINK], ["source -> lake"], "vertices[0].sortOrder must be one of"),
        ([SOURCE, SINK], ["source -> lake:logs"], "lake has no input logs"),
        ([SOURCE, SQL, SINK], ["source -> sql:nologs", "sql:clean_logs -> lake"], "sql has no input nologs"),
        ([SOURCE, SINK, SINK | {"name": "other"}], ["source -> lake", "lake -> other"], "cannot have an output"),
        ([SOURCE, {"type": "logs-iceberg-table-sink", "name": "lake"}], [], "vertices[1].datasetId must not be null"),
        ([SOURCE, SINK, SINK], [], "lake is not unique"),
        ([SOURCE, SINK], ["source -> lost"], "no vertex lost"),
        ([SOURCE, SINK], ["source lake"], "not an edge"),
        ([SOURCE, SINK], ["source:else -> lake"], "no output else"),
        ([SOURCE, SINK], ["lake -> source"], "cannot have an input"),
        ([SOURCE, SINK], ["lake -> source"], "cannot have an output"),
        ([FILTER, SINK], ["keep -> lake"], "keep has no input"),
        ([SOURCE, FILTER], ["source -> keep"], "keep has no output"),
        ([SOURCE, FILTER, SINK], ["source -> keep", "keep -> keep", "keep -> lake"], "cycle"),
    ],
)
def test_bad_graphs(grepr: Call, vertices: list[Any], edges: list[str], expected: str) -> None:
    answer = grepr("POST", "/v1/jobs/async", json=JOB | {"jobGraph": {"vertices": vertices, "edges": edges}})
    assert answer.status_code == 400
    assert expected in answer.json()["message"]


@pytest.mark.parametrize("edges", [["source -> sink", "sink -> dedup"], ["source:output -> sink:input", "sink->dedup"]])
def test_sinks_of_vendors_feed_others_and_default_ports_have_names(grepr: Call, admin: Admin, edges: list[str]) -> None:
    vertices = [
        SOURCE,
        {"type": "datadog-log-sink", "name": "sink", "integrationId": "0jn5rdc93r10t"},
        {
            "type": "vendorlog-event-dedup-iceberg-table-sink",
            "name": "dedup",
            "datasetId": "0kabdv8yo9q99",
            "vendorSinkId": "0jn5rdc93r10t",
        },
    ]
    job = running(grepr, admin, jobGraph={"vertices": vertices, "edges": edges})
    same = {"vertices": vertices, "edges": ["source -> sink:input", "sink:output -> dedup"]}
    assert put(grepr, job, jobGraph=same).json()["version"] == 0


def test_named_outputs(grepr: Call) -> None:
    branch = {"type": "logs-branch", "name": "branch", "predicate": {"type": "datadog-query", "query": "a"}}
    template = {"type": "template-operation", "name": "logs", "templateId": "0ktemplate001", "templateVersion": 16}
    vertices = [SOURCE, branch, template, SINK]
    edges = ["source -> branch", "branch:else -> logs:input", "logs:processedEvents -> lake"]
    created(grepr, jobGraph={"vertices": vertices, "edges": edges})
    for bad in ("logs:odd -> lake", "branch:other -> lake", "source -> logs:odd"):
        graph = {"vertices": vertices, "edges": [*edges, bad]}
        assert grepr("POST", "/v1/jobs/async", json=JOB | {"name": "b", "jobGraph": graph}).status_code == 400


@pytest.mark.parametrize(
    ("vertex", "reason"),
    [
        ({"type": "sql-operation", "name": "v", "statements": [], "availableDatasets": ["lost"]}, "availableDatasets"),
        ({"type": "template-operation", "name": "v", "templateId": "0ktemplate001", "templateVersion": 16}
         | {"templateInputs": {"sources": [{"type": "datadog-log-sink", "name": "a", "integrationId": "lost"}]}},
         "integrationId"),
        ({"type": "template-operation", "name": "v", "templateId": "0ktemplate001", "templateVersion": 16}
         | {"templateInputs": {"mine": {"integrationId": "lost"}}}, ""),
        ({"type": "log-transform", "name": "v", "transforms": [{"value": {"datasetId": "lost"}}]}, ""),
    ],
)  # fmt: skip
def test_references_are_where_the_documents_have_them(
    grepr: Call, admin: Admin, vertex: dict[str, Any], reason: str
) -> None:
    admin("PATCH", "/settings", {"check_references": True})
    vertices = [LAKE_SOURCE, vertex, SINK | {"datasetId": "0kabdv8yo9q99"}]
    graph = {"vertices": vertices, "edges": ["source -> v", "v -> lake"]}
    answer = grepr("POST", "/v1/jobs/async", json=JOB | {"jobGraph": graph})
    assert (answer.status_code, reason in answer.text) == (400 if reason else 201, True)


def test_references_are_checked_on_request(grepr: Call, admin: Admin) -> None:
    graph = {"vertices": [SOURCE, SINK | {"datasetId": "lost"}], "edges": ["source -> lake"]}
    created(grepr, jobGraph=graph)
    admin("PATCH", "/settings", {"check_references": True})
    answer = grepr("POST", "/v1/jobs/async", json=JOB | {"name": "other", "jobGraph": graph})
    assert (answer.status_code, "no datasetId lost" in answer.text) == (400, True)


def test_stop_and_start(grepr: Call, admin: Admin) -> None:
    job = running(grepr, admin)
    answer = put(grepr, job, desiredState="STOPPED")
    assert (answer.status_code, answer.json()["state"]) == (202, "STOPPING")
    assert put(grepr, job).status_code == 409
    admin("POST", "/jobs/step")
    assert states(grepr, job) == [(0, "STOPPED", "STOPPED")]
    assert put(grepr, job).json()["state"] == "STARTING"
    admin("POST", "/jobs/step")
    assert states(grepr, job) == [(0, "RUNNING", "RUNNING")]
    assert put(grepr, job, teamIds=["t"]).json()["teamIds"] == ["t"]
    assert states(grepr, job) == [(0, "RUNNING", "RUNNING")]


def test_new_graph_makes_a_new_version(grepr: Call, admin: Admin) -> None:
    job = running(grepr, admin)
    answer = put(grepr, job, jobGraph=FILTERED)
    assert (answer.status_code, answer.json()["version"], answer.json()["state"]) == (202, 1, "PENDING")
    assert states(grepr, job) == [(0, "STOPPING", "FINISHED"), (1, "PENDING", "RUNNING")]
    admin("POST", "/jobs/step")
    assert states(grepr, job) == [(0, "FINISHED", "FINISHED"), (1, "STARTING", "RUNNING")]
    admin("POST", "/jobs/step")
    new = grepr("GET", f"/v1/jobs/{job['id']}").json()
    assert (new["version"], new["state"], new["id"]) == (1, "RUNNING", job["id"])
    assert put(grepr, job).status_code == 409
    again = put(grepr, new, jobGraph=FILTERED | {"edges": ["keep -> lake", "source -> keep"]})
    assert (again.status_code, again.json()["version"]) == (202, 1)
    assert grepr("GET", f"/v1/jobs/{job['id']}?version=0").json()["jobGraph"] == job["jobGraph"]


def test_update_switches(grepr: Call, admin: Admin) -> None:
    job = running(grepr, admin, teamIds=["t"])
    body = {"fromVersion": 0, "desiredState": "RUNNING", "jobGraph": GRAPH}
    assert grepr("PUT", f"/v1/jobs/{job['id']}", json=body).json()["teamIds"] == []
    admin("PATCH", "/settings", {"bump_on_state_change": True, "put_answer": "empty", "omitted_teams": "keep"})
    put(grepr, job, teamIds=["t"])
    admin("POST", "/jobs/step", {"count": 9})
    answer = grepr("PUT", f"/v1/jobs/{job['id']}", json=body | {"fromVersion": 1, "desiredState": "STOPPED"})
    assert (answer.status_code, answer.content) == (202, b"")
    admin("POST", "/jobs/step", {"count": 9})
    new = grepr("GET", f"/v1/jobs/{job['id']}").json()
    assert (new["version"], new["state"], new["teamIds"]) == (2, "STOPPED", ["t"])


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"tags": {}}, 400),
        ({"name": "other"}, 400),
        ({"desiredState": "DELETED"}, 400),
        ({"jobGraph": {"vertices": [SOURCE, SOURCE], "edges": []}}, 400),
        ({"fromVersion": 7}, 409),
        ({"fromVersion": None}, 400),
    ],
)
def test_bad_updates(grepr: Call, admin: Admin, change: dict[str, Any], status: int) -> None:
    job = running(grepr, admin)
    assert put(grepr, job, **change).status_code == status
    assert put(grepr, job | {"id": "none"}).status_code == 404
    assert admin("GET", "/counters")["routes"]["PUT /api/v1/jobs/{id}"] == 2
    assert put(grepr, job, "?rollbackEnabled=odd").status_code == 400


def test_failures_and_rollback(grepr: Call, admin: Admin) -> None:
    admin("POST", "/jobs/fail", {"name": "fresh", "message": "no such topic"})
    job = running(grepr, admin)
    assert job["state"] == "FAILED"
    assert job["pipelineStatus"]["error"] == {"exception": "ai.grepr.JobFailure", "message": "no such topic"}
    assert put(grepr, job).json()["state"] == "STARTING"
    admin("POST", "/jobs/step", {"count": 9})
    job = grepr("GET", f"/v1/jobs/{job['id']}").json()
    assert (job["version"], job["state"], "error" in job["pipelineStatus"]) == (0, "RUNNING", False)
    admin("POST", "/jobs/fail", {"name": "fresh", "times": 2})
    assert put(grepr, job, "?rollbackEnabled=true", jobGraph=FILTERED).status_code == 202
    admin("POST", "/jobs/step", {"count": 2})
    assert states(grepr, job) == [(0, "FINISHED", "FINISHED"), (1, "FAILED", "RUNNING"), (2, "PENDING", "RUNNING")]
    admin("POST", "/jobs/step", {"count": 9})
    back = grepr("GET", f"/v1/jobs/{job['id']}").json()
    assert (back["version"], back["state"], back["pipelineStatus"]["isRolledBack"]) == (2, "RUNNING", True)
    assert (back["jobGraph"], back["editedBy"]) == (job["jobGraph"], "system")
    put(grepr, back, "?rollbackEnabled=false", jobGraph=FILTERED)
    admin("POST", "/jobs/step", {"count": 9})
    assert states(grepr, job)[-2:] == [(2, "FINISHED", "FINISHED"), (3, "FAILED", "RUNNING")]
    failed = grepr("GET", f"/v1/jobs/{job['id']}").json()
    put(grepr, failed, jobGraph=GRAPH)
    admin("POST", "/jobs/step", {"count": 9})
    assert states(grepr, job)[-2:] == [(3, "FAILED", "RUNNING"), (4, "RUNNING", "RUNNING")]


def test_delay_before_the_rollback(grepr: Call, admin: Admin) -> None:
    admin("PATCH", "/settings", {"grepr": {"rollback_gap": True, "rollback_default": True}})
    job = running(grepr, admin)
    admin("POST", "/jobs/fail", {})
    put(grepr, job, jobGraph=FILTERED)
    admin("POST", "/jobs/step", {"count": 2})
    assert states(grepr, job)[-1] == (1, "FAILED", "RUNNING")
    assert put(grepr, job | {"version": 1}).status_code == 409
    admin("POST", "/jobs/step", {"count": 9})
    admin("POST", "/jobs/step", {"count": 9})
    assert states(grepr, job)[-1] == (2, "RUNNING", "RUNNING")


def test_delete(grepr: Call, admin: Admin) -> None:
    job = running(grepr, admin)
    answer = grepr("DELETE", f"/v1/jobs/{job['id']}")
    assert (answer.status_code, answer.content) == (202, b"")
    assert grepr("DELETE", f"/v1/jobs/{job['id']}").status_code == 202
    assert states(grepr, job) == [(0, "DELETING", "DELETED")]
    admin("POST", "/jobs/step")
    assert grepr("GET", f"/v1/jobs/{job['id']}").json()["state"] == "DELETED"
    assert grepr("DELETE", f"/v1/jobs/{job['id']}").status_code == 404
    assert put(grepr, job).status_code == 404
    admin("PATCH", "/settings", {"grepr": {"deleted_job": "404", "delete_in_transit": "conflict"}})
    job = created(grepr)
    assert grepr("DELETE", f"/v1/jobs/{job['id']}").status_code == 409
    admin("POST", "/jobs/step", {"count": 9})
    grepr("DELETE", f"/v1/jobs/{job['id']}")
    admin("POST", "/jobs/step")
    assert grepr("GET", f"/v1/jobs/{job['id']}").status_code == 404
    assert states(grepr, job) == []


def test_concurrent_edit(grepr: Call, admin: Admin) -> None:
    job = running(grepr, admin)
    admin("POST", "/jobs/meddle", {"name": "fresh", "when": "next_put", "changes": {"jobGraph": FILTERED}})
    assert states(grepr, job) == [(0, "RUNNING", "RUNNING")]
    assert put(grepr, job).status_code == 409
    other = grepr("GET", f"/v1/jobs/{job['id']}").json()
    assert (other["version"], other["editedBy"], other["jobGraph"]) == (1, "Bob Other (u2)", FILTERED)
    assert admin("POST", "/jobs/meddle", {"name": "fresh", "edited_by": "Eve (u3)"})["editedBy"] == "Eve (u3)"
    assert put(grepr, other).status_code == 409
    admin("POST", "/jobs/set", {"name": "fresh", "changes": {"state": "INFRA_UPDATE"}})
    assert put(grepr, other | {"version": 2}).status_code == 409


def test_batches(grepr: Call, admin: Admin) -> None:
    job = created(grepr, processing="BATCH")
    seen = []
    for _number in range(4):
        seen.append(states(grepr, job)[0][1])
        admin("POST", "/jobs/step")
    assert seen == ["PENDING", "STARTING", "RUNNING", "FINISHED"]
    assert put(grepr, job).status_code == 400
    assert grepr("DELETE", f"/v1/jobs/{job['id']}").status_code == 400


def test_backfills(grepr: Call, admin: Admin) -> None:
    body = {
        "dataType": "logs",
        "name": "again",
        "datasetId": "0kabdv8yo9q99",
        "start": "2026-03-01T00:00:00Z",
        "end": "2026-03-02T00:00:00Z",
        "query": {"type": "datadog-query", "query": "service:web"},
        "sinks": [{"type": "datadog-log-sink", "name": "vendor", "integrationId": "0jn5rdc93r10t"}],
        "vendorSinkIntegrationIds": ["0jn5rdc93r10t"],
    }
    answer = grepr("POST", "/v1/jobs/backfills", json=body)
    assert answer.status_code == 201
    job = answer.json()
    assert (job["execution"], job["processing"], job["state"]) == ("ASYNCHRONOUS", "BATCH", "PENDING")
    assert job["jobGraph"]["edges"] == ["backfill_source -> vendor"]
    assert grepr("POST", "/v1/jobs/backfills", json=body).status_code == 409
    second = grepr("POST", "/v1/jobs/backfills", json=body | {"name": "later"}).json()
    admin("POST", "/jobs/step", {"name": "later"})
    assert states(grepr, second)[0][1] == "WAITING"
    for change in (
        {"limit": 500_001},
        {"dataType": "odd"},
        {"sinks": []},
        {"start": "soon"},
        {"end": "2026-02-01T00:00:00Z"},
        {"sqlOperation": {}},
        {"query": {"type": "odd"}},
    ):
        assert grepr("POST", "/v1/jobs/backfills", json=body | {"name": "bad"} | change).status_code == 400


def test_ten_thousand_jobs(grepr: Call, admin: Admin) -> None:
    began = time.monotonic()
    admin("POST", "/jobs/generate", {"count": 10_000, "prefix": "many_", "job": {"tags": {"env": "prod"}}})
    found = grepr("GET", "/v1/jobs?latest=true").json()["items"]
    assert (len(found), found[-1]["name"], found[0]["tags"]) == (10_000, "many_10000", {"env": "prod"})
    assert time.monotonic() - began < 10
