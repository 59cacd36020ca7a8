# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tasks over many pipelines cost: calls of the API, logins and memory."""

from __future__ import annotations

import json
from copy import deepcopy
from importlib.metadata import version
from typing import Any

import pytest

from .conftest import Figure
from .costs import MIB, Calls, Peaks
from .simulator import Simulator
from .world import MODULE_AT_LENGTH, Run, World

LIST, READ, CREATE, UPDATE = (
    "GET /api/v1/jobs",
    "GET /api/v1/jobs/{id}",
    "POST /api/v1/jobs/async",
    "PUT /api/v1/jobs/{id}",
)
# Of the process that does the work, at its largest.
MOST_MEMORY = 200 * MIB

# Five vertices of a pipeline of logs, and what the server adds to each by itself.
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


def _account_of(simulator: Simulator, count: int) -> None:
    """So many pipelines, all of them running."""
    job = {"jobGraph": KEPT, "tags": {"env": "prod"}}
    simulator.admin("POST", "/jobs/generate", {"count": count, "prefix": "web_", "job": job})


def _wishes(count: int) -> list[dict[str, Any]]:
    names = [f"web_{number:05}" for number in range(1, count + 1)]
    return [{"name": name, "job_graph": deepcopy(GRAPH), "tags": {"env": "prod"}} for name in names]


def _deployed(world: World, wishes: list[dict[str, Any]], options: dict[str, Any], more: dict[str, Any]) -> Run:
    """A run of grepr_jobs as a repository of pipelines has it."""
    file = world.commands / "pipelines.json"
    file.write_text(json.dumps(wishes))
    jobs = f"{{{{ lookup('ansible.builtin.file', '{file}') | from_json }}}}"
    run = world.play([{"name": "deploy", "greyops.rest.grepr_jobs": {"jobs": jobs, **options}, **more}])
    run.check(1)
    return run


@MODULE_AT_LENGTH
def test_pipelines_that_are_as_described(
    world: World, simulator: Simulator, figure: Figure, more: dict[str, Any]
) -> None:
    """grepr_jobs makes 1,000 pipelines; its second run over them makes 1 call, and no login."""
    simulator.admin("PUT", "/jobs", [])
    simulator.set(grepr={"transit_time": 0})
    wishes = _wishes(1000)
    first = _deployed(world, wishes, {"concurrency": 20}, more).one("deploy")
    assert [job["action"] for job in first["jobs"]] == ["create"] * 1000
    calls = Calls(simulator)
    second = _deployed(world, wishes, {}, more).one("deploy")
    assert calls.made() == {LIST: 1}
    assert (second["changed"], second["api"]["calls"], second["api"]["token"]) == (False, 1, "stored")
    assert [job["action"] for job in second["jobs"]] == ["none"] * 1000
    figure(f"1 call for 1,000 pipelines, {first['api']['calls']} to make them")


# What is changed, with which options, and whether Grepr has to be asked how far it is.
CHANGES = {
    "graphs, without waiting": ("graph", {"wait": False}, False),
    "teams": ("teams", {}, False),
    "graphs": ("graph", {}, True),
}


@MODULE_AT_LENGTH
@pytest.mark.parametrize("change", CHANGES)
def test_some_pipelines_that_differ(
    world: World, simulator: Simulator, figure: Figure, change: str, more: dict[str, Any]
) -> None:
    """10 of 1,000 differ: 1 call, and 1 for each write. Who waits looks at those 10 alone, and only while they move."""
    what, options, looks = CHANGES[change]
    _account_of(simulator, 1000)
    world.play([{"name": "log in", "greyops.rest.grepr_token": {}, **more}]).check(1)
    wishes = _wishes(1000)
    chosen = wishes[50::100]
    for wish in chosen:
        if what == "teams":
            wish["team_ids"] = ["0kteam0000001"]
        else:
            wish["job_graph"]["vertices"][2]["predicate"]["query"] = "env:prod"
    calls = Calls(simulator)
    result = _deployed(world, wishes, options, more).one("deploy")
    made = calls.made()
    reads = made.pop(READ, 0)
    assert made == {LIST: 1, UPDATE: 10}
    assert [job["name"] for job in result["jobs"] if job["changed"]] == [wish["name"] for wish in chosen]
    assert result["api"]["calls"] == 11 + reads
    # At once, and then after half a second and more: a change takes 0.6 s here.
    assert 10 <= reads <= 40 if looks else reads == 0
    figure(f"1 + 10 writes{f' + {reads} looks' if looks else ''}")


@pytest.mark.slow
@MODULE_AT_LENGTH
def test_memory(world: World, simulator: Simulator, figure: Figure, more: dict[str, Any]) -> None:
    """10,000 jobs of 5 vertices, listed and filtered by grepr_job_info: at most 200 MiB in the process that does it."""
    if not more and version("ansible-core").startswith("2.18."):
        pytest.skip("ansible-core 2.18 copies every text of a result in the worker; its modules keep within the limit")
    _account_of(simulator, 10_000)
    filters = {"state": ["RUNNING"], "execution": "ASYNCHRONOUS", "processing": "STREAMING", "latest": True}
    tasks = [
        {"name": "list", "greyops.rest.grepr_job_info": filters, "register": "listed", **more},
        {"name": "count", "ansible.builtin.assert": {"that": "listed.jobs | length == 10000"}},
    ]
    with Peaks(world.home, "grepr_job_info") as peaks:
        world.play(tasks).check(2)
    peak = peaks.module if more else peaks.worker
    assert 30 * MIB < peak < MOST_MEMORY
    figure(f"{peak // MIB} MiB")
