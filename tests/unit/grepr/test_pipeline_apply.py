# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pipelines deployed over HTTP, with variations of the API's behavior and with concurrent changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.greyops.rest.plugins.module_utils import _polling
from ansible_collections.greyops.rest.plugins.module_utils._context import Context
from ansible_collections.greyops.rest.plugins.module_utils._errors import ConflictError, HTTPStatusError
from ansible_collections.greyops.rest.plugins.module_utils._grepr.pipeline import DesiredPipeline, plan_by_name
from ansible_collections.greyops.rest.plugins.module_utils._grepr.pipeline_apply import apply_plan, find_pipelines
from ansible_collections.greyops.rest.plugins.module_utils._grepr.service import GREPR
from ansible_collections.greyops.rest.plugins.module_utils._operation import perform
from ansible_collections.greyops.rest.plugins.modules import grepr_job
from tests.unit.conftest import params

if TYPE_CHECKING:
    from ansible_collections.greyops.rest.plugins.module_utils._context import NullRuntime
    from ansible_collections.greyops.rest.plugins.module_utils._http.client import ApiClient
    from tests.unit.conftest import Simulator

Job = dict[str, Any]

SHORT: Job = {
    "vertices": [{"type": "logs-values-source", "name": "source"}, {"type": "discarding-sink", "name": "sink"}],
    "edges": ["source -> sink"],
}
LONG: Job = {
    "vertices": [*SHORT["vertices"], {"type": "grok-parser", "name": "parser", "grokParsingRules": ["a %{word:b}"]}],
    "edges": ["source -> parser", "parser -> sink"],
}


@pytest.fixture
def arguments(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setattr(_polling, "_FIRST_DELAY", 0.02)
    simulator.switch(grepr={"transit_time": 0.02})
    options = simulator.ready_info["grepr"]
    return {name: options[name] for name in ("api_url", "auth_url", "client_id", "client_secret")}


@pytest.fixture
def run(arguments: dict[str, Any], runtime: NullRuntime) -> Any:
    def running(**options: Any) -> dict[str, Any]:
        given = params(grepr_job.OPERATION.spec, {**arguments, "name": "web", "wait_timeout": 20, **options})
        return perform(grepr_job.OPERATION, Context(given, runtime, diff_mode=True)).keys

    return running


@pytest.fixture
def client(arguments: dict[str, Any], runtime: NullRuntime) -> ApiClient:
    return GREPR.open_client(Context(params(GREPR.spec, {**arguments, "retries": 1}), runtime))


def carry_out(client: ApiClient, desired: DesiredPipeline, jobs: list[Job]) -> Job | None:
    return apply_plan(client, plan_by_name(jobs, desired), wait=True, timeout=5.0)


def writes(simulator: Simulator) -> list[str]:
    return [one["method"] for one in simulator.requests("/api/v1/jobs") if one["method"] != "GET"]


@pytest.mark.parametrize(
    "switches",
    [
        {},
        {"put_answer": "empty"},
        {"bump_on_state_change": True},
        {"rollback_gap": True},
        {"rollback_default": True},
        {"omitted_teams": "keep"},
        {"deleted_job": "404"},
        {"delete_in_transit": "conflict"},
        {"server_defaults": False},
        {"jobs_status": 201},
    ],
    ids=str,
)
def test_pipeline_lifecycle_with_any_assumption(simulator: Simulator, run: Any, switches: dict[str, Any]) -> None:
    simulator.switch(grepr=switches)
    simulator.admin("PUT", "/teams", [{"id": "0team00000001", "name": "platform"}])
    for desired in (
        {"state": "stopped", "job_graph": SHORT, "tags": {"env": "test"}, "team_ids": ["0team00000001"]},
        {"state": "started"},
        {"job_graph": LONG},
        {"job_graph": SHORT, "state": "stopped", "rollback": False},
        {"tags": {"env": "prod"}, "recreate": True},
        {"state": "absent"},
    ):
        done, again = run(**desired), run(**desired)
        assert done["changed"], done
        assert not again["changed"], again
        assert again["diff"]["before"] == again["diff"]["after"]
        if done["job"] is not None:
            assert done["job"]["teamIds"] == ["0team00000001"]
            assert done["job"]["state"] == done["job"]["desiredState"] == again["job"]["state"]


@pytest.mark.parametrize("gap", [False, True])
def test_rollback_is_reported_with_the_failure_reason(simulator: Simulator, run: Any, gap: bool) -> None:
    simulator.switch(grepr={"rollback_gap": gap})
    run(job_graph=SHORT)
    simulator.admin("POST", "/jobs/fail", {"name": "web", "times": 1, "message": "The lake is dry"})
    failed = run(job_graph=LONG)["msg"]
    there = "version 2 has the graph of before and is RUNNING"
    assert f"failed, and Grepr rolled it back ({there}): The lake is dry. " in failed
    for desired in ({"state": "stopped"}, {"state": "started"}, {"job_graph": LONG}):
        assert run(**desired)["changed"]


def test_concurrently_deleted_pipeline(simulator: Simulator, run: Any, client: ApiClient) -> None:
    run(job_graph=SHORT)
    jobs = find_pipelines(client, "web")
    run(state="absent")
    with pytest.raises(ConflictError, match=r"The pipeline web was deleted at the same time.* Run the task again"):
        carry_out(client, DesiredPipeline("web", job_graph=LONG), jobs)
    # A deletion that is under way is not repeated.
    assert carry_out(client, DesiredPipeline("web", "absent"), jobs) is None


def test_concurrent_change_is_reported(simulator: Simulator, run: Any, client: ApiClient) -> None:
    run(job_graph=SHORT)
    jobs = find_pipelines(client, "web")
    run(job_graph=LONG)
    with pytest.raises(
        ConflictError, match=r"changed at the same time by .+: version 0 is now 1, with other vertices parser"
    ):
        carry_out(client, DesiredPipeline("web", "stopped"), jobs)
    # The desired state has already been reached.
    done = carry_out(client, DesiredPipeline("web", job_graph=LONG), jobs)
    assert done is not None
    assert done["version"] == 1


def test_concurrently_created_pipeline(run: Any, client: ApiClient) -> None:
    run(job_graph=SHORT)
    with pytest.raises(
        ConflictError, match=r"Another pipeline web was created at the same time by .+\. Run the task again"
    ):
        carry_out(client, DesiredPipeline("web", job_graph=SHORT), [])


def test_deletion_waits_for_a_running_update(simulator: Simulator, run: Any) -> None:
    simulator.switch(grepr={"delete_in_transit": "conflict", "transit_time": 0.1})
    run(job_graph=SHORT, wait=False)
    assert run(state="absent")["changed"]
    deletes = [one["status"] for one in simulator.requests("/api/v1/jobs") if one["method"] == "DELETE"]
    assert (deletes[0], deletes[-1]) == (409, 202)
    assert not run(state="absent")["changed"]


@pytest.mark.parametrize("action", [{"cut": "after"}, {"cut": "during"}])
def test_lost_responses_are_looked_up(simulator: Simulator, run: Any, action: dict[str, Any]) -> None:
    for method in ("POST", "PUT"):
        simulator.admin(
            "POST", "/faults", {"match": {"path": "/api/v1/jobs/*", "method": method}, "times": 1, "action": action}
        )
    assert run(job_graph=SHORT, state="stopped")["job"]["state"] == "STOPPED"
    assert writes(simulator) == ["POST", "PUT"]


def test_undelivered_request_is_repeated_after_a_read(simulator: Simulator, run: Any) -> None:
    run(job_graph=SHORT)
    fault = {"match": {"path": "/api/v1/jobs/*", "method": "PUT"}, "times": 2, "action": {"cut": "before"}}
    simulator.admin("POST", "/faults", fault)
    assert run(job_graph=LONG)["job"]["version"] == 1
    methods = [one["method"] for one in simulator.requests("/api/v1/jobs")]
    assert "PUT GET PUT GET PUT" in " ".join(methods)


def test_concurrent_change_after_a_lost_response_is_detected(simulator: Simulator, run: Any, client: ApiClient) -> None:
    run(job_graph=SHORT)
    jobs = find_pipelines(client, "web")
    run(job_graph=LONG)
    fault = {"match": {"path": "/api/v1/jobs/*", "method": "PUT"}, "times": 1, "action": {"status": 504}}
    simulator.admin("POST", "/faults", fault)
    with pytest.raises(ConflictError, match="version 0 is now 1"):
        carry_out(client, DesiredPipeline("web", "stopped"), jobs)


def test_failing_server_is_not_retried_forever(simulator: Simulator, run: Any, client: ApiClient) -> None:
    run(job_graph=SHORT)
    fault = {"match": {"path": "/api/v1/jobs/*", "method": "PUT"}, "action": {"status": 502}}
    simulator.admin("POST", "/faults", fault)
    with pytest.raises(HTTPStatusError, match="HTTP 502"):
        carry_out(client, DesiredPipeline("web", "stopped"), find_pipelines(client, "web"))
    assert writes(simulator) == ["POST", "PUT", "PUT"]


def test_rejection_is_reported_immediately(simulator: Simulator, run: Any) -> None:
    fault = {"match": {"path": "/api/v1/jobs/async"}, "action": {"status": 400, "json": {"message": "no such lake"}}}
    simulator.admin("POST", "/faults", fault)
    failed = run(job_graph=SHORT)
    assert (failed["status"], failed["method"]) == (400, "POST")
    assert "no such lake" in failed["msg"]
    assert writes(simulator) == ["POST"]


def test_pipeline_that_ends_while_waiting(simulator: Simulator, run: Any) -> None:
    simulator.switch(grepr={"transit": "manual"})
    simulator.admin(
        "POST", "/faults", {"match": {"path": "/api/v1/jobs/*", "method": "GET"}, "action": {"status": 404}}
    )
    assert "The pipeline web was deleted at the same time" in run(job_graph=SHORT)["msg"]
