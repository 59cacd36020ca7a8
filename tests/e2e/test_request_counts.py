# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""API calls, logins and memory of tasks over many pipelines."""

from __future__ import annotations

import json
from copy import deepcopy
from importlib.metadata import version
from typing import Any

import pytest

from ..support.reliability_report import RecordMeasurement
from ..support.sandbox import WORKER_AND_SLOW_MODULE, CommandResult, Sandbox
from ..support.simulator_client import SimulatorClient
from .request_counts import MIB, MemoryMonitor, RequestCounter

LOGIN, LIST, CREATE, UPDATE = (
    "POST /oauth/token",
    "GET /api/v1/jobs",
    "POST /api/v1/jobs/async",
    "PUT /api/v1/jobs/{id}",
)
# The lists with which the ids of a graph are checked that will be written.
CHECKS = {"GET /api/v1/datasets": 1, "GET /api/v1/integrations/datadog": 1}
# Of the process that does the work, at its largest.
MAX_MEMORY = 200 * MIB

# Five vertices of a log pipeline, and the defaults that the server adds to each.
VERTICES: list[dict[str, Any]] = [
    {"type": "datadog-log-agent-source", "name": "source", "integrationId": "0jn5rdc93r10t"},
    {
        "type": "grok-parser",
        "name": "parser",
        "grokParsingRules": [
            "first %{date(\"yyyy-MM-dd'T'HH:mm:ss.SSSZ\"):timestamp} %{word:level} %{data:message}",
            "second %{ip:client} - %{notSpace:user} %{number:status} %{number:duration}",
        ],
    },
    {
        "type": "logs-filter",
        "name": "only_prod",
        "predicate": {"type": "datadog-query", "query": "env:prod AND NOT status:debug AND service:checkout"},
    },
    {"type": "logs-iceberg-table-sink", "name": "lake", "datasetId": "0kabdv8yo9q99"},
    {"type": "datadog-log-sink", "name": "sink", "integrationId": "0jn5rdc93r10t"},
]
ADDED: list[dict[str, Any]] = [
    {"hostEnrichmentEnabled": False, "offsetResetStrategy": "LATEST"},
    {"grokHelperRules": []},
    {"inverted": False},
    {},
    {"additionalTags": [], "browserLogGroupByAttributes": [], "hostFieldNames": []},
]
EDGES = ["source -> parser", "parser -> lake", "parser -> only_prod", "only_prod -> sink"]
GRAPH: dict[str, Any] = {"vertices": VERTICES, "edges": EDGES}
KEPT: dict[str, Any] = {"vertices": [one | more for one, more in zip(VERTICES, ADDED, strict=True)], "edges": EDGES}


def _create_account(simulator: SimulatorClient, count: int) -> None:
    """A number of pipelines, all of them running."""
    job = {"jobGraph": KEPT, "tags": {"env": "prod"}}
    simulator.admin("POST", "/jobs/generate", {"count": count, "prefix": "web_", "job": job})


def _build_pipelines(count: int) -> list[dict[str, Any]]:
    names = [f"web_{number:05}" for number in range(1, count + 1)]
    return [{"name": name, "job_graph": deepcopy(GRAPH), "tags": {"env": "prod"}} for name in names]


def _deploy(
    sandbox: Sandbox, pipelines: list[dict[str, Any]], options: dict[str, Any], more: dict[str, Any]
) -> CommandResult:
    """A run of grepr_jobs as in a repository of pipelines."""
    file = sandbox.commands / "pipelines.json"
    file.write_text(json.dumps(pipelines))
    jobs = f"{{{{ lookup('ansible.builtin.file', '{file}') | from_json }}}}"
    run = sandbox.play([{"name": "deploy", "greyops.rest.grepr_jobs": {"jobs": jobs, **options}, **more}])
    run.assert_success(1)
    return run


@WORKER_AND_SLOW_MODULE
def test_unchanged_pipelines(
    sandbox: Sandbox, simulator: SimulatorClient, record_measurement: RecordMeasurement, more: dict[str, Any]
) -> None:
    """grepr_jobs creates 1,000 pipelines and waits for them with 1 call for all; its second run makes 1 call, and no
    login."""
    simulator.admin("PUT", "/jobs", [])
    simulator.switch(grepr={"transit_time": 0})
    pipelines = _build_pipelines(1000)
    calls = RequestCounter(simulator)
    first = _deploy(sandbox, pipelines, {"concurrency": 20}, more).get_result("deploy")
    assert [(job["action"], job["job"]["state"]) for job in first["jobs"]] == [("create", "RUNNING")] * 1000
    assert calls.get_counts() == {LOGIN: 1, LIST: 2, **CHECKS, CREATE: 1000}
    calls = RequestCounter(simulator)
    second = _deploy(sandbox, pipelines, {}, more).get_result("deploy")
    assert calls.get_counts() == {LIST: 1}
    assert (second["changed"], second["api"]["calls"], second["api"]["token"]) == (False, 1, "stored")
    assert [job["action"] for job in second["jobs"]] == ["none"] * 1000
    record_measurement(f"1 call for 1,000 pipelines, {first['api']['calls']} to create them")


# The change, the options, and whether the state of the pipelines has to be read.
CHANGES = {
    "graphs, without waiting": ("graph", {"wait": False}, False),
    "teams": ("teams", {}, False),
    "graphs": ("graph", {}, True),
}


@WORKER_AND_SLOW_MODULE
@pytest.mark.parametrize("change", CHANGES)
def test_changed_pipelines(
    sandbox: Sandbox,
    simulator: SimulatorClient,
    record_measurement: RecordMeasurement,
    change: str,
    more: dict[str, Any],
) -> None:
    """10 of 1,000 differ: 1 call, 1 for each list with which ids are checked, and 1 for each write. Waiting reads
    those 10 alone, with 1 call at a time."""
    what, options, waits = CHANGES[change]
    _create_account(simulator, 1000)
    simulator.admin("PUT", "/teams", [{"id": "0kteam0000001", "name": "platform"}])
    sandbox.play([{"name": "log in", "greyops.rest.grepr_token": {}, **more}]).assert_success(1)
    pipelines = _build_pipelines(1000)
    chosen = pipelines[50::100]
    for pipeline in chosen:
        if what == "teams":
            pipeline["team_ids"] = ["0kteam0000001"]
        else:
            pipeline["job_graph"]["vertices"][2]["predicate"]["query"] = "env:prod"
    calls = RequestCounter(simulator)
    result = _deploy(sandbox, pipelines, options, more).get_result("deploy")
    made = calls.get_counts()
    reads = made.pop(LIST) - 1
    checks = {"GET /api/v1/teams": 1} if what == "teams" else CHECKS
    assert made == {UPDATE: 10, **checks}
    assert [job["name"] for job in result["jobs"] if job["changed"]] == [desired["name"] for desired in chosen]
    assert result["api"]["calls"] == 11 + len(checks) + reads
    # At once, and then after half a second and more: a change takes 0.6 s here.
    assert 1 <= reads <= 4 if waits else reads == 0
    record_measurement(f"1 + {len(checks)} lists + 10 writes{f' + {reads} reads of all' if waits else ''}")


@pytest.mark.slow
@WORKER_AND_SLOW_MODULE
def test_memory(
    sandbox: Sandbox, simulator: SimulatorClient, record_measurement: RecordMeasurement, more: dict[str, Any]
) -> None:
    """10,000 jobs of 5 vertices, listed and filtered by grepr_job_info: at most 200 MiB in the process that runs it."""
    if not more and version("ansible-core").startswith("2.18."):
        pytest.skip("ansible-core 2.18 copies every text of a result in the worker; its modules keep within the limit")
    _create_account(simulator, 10_000)
    filters = {"state": ["RUNNING"], "execution": "ASYNCHRONOUS", "processing": "STREAMING", "latest": True}
    tasks = [
        {"name": "list", "greyops.rest.grepr_job_info": filters, "register": "listed", **more},
        {"name": "count", "ansible.builtin.assert": {"that": "listed.jobs | length == 10000"}},
    ]
    with MemoryMonitor(sandbox.home, "grepr_job_info") as peaks:
        sandbox.play(tasks).assert_success(2)
    peak = peaks.module if more else peaks.worker
    assert 30 * MIB < peak < MAX_MEMORY
    record_measurement(f"{peak // MIB} MiB")
