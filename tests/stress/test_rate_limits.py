# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rate limits"""

from __future__ import annotations

import re
import time
from itertools import pairwise
from typing import Any

import pytest

from ..support.reliability_report import RecordMeasurement
from ..support.sandbox import CommandResult, Sandbox, TaskResult
from ..support.simulator_client import CATALOG, GREPR_LOGIN, GREYMATTER_LOGIN, SimulatorClient

JOBS = "/api/v1/jobs"
TRIGGERS = "/api/v1/triggers"
ECHO = "/api/v1/echo"
FORKS = 20
# How long the server is unavailable, and until when a fork without knowledge of the delay may still send a request.
WINDOW = 4.0
IN_FLIGHT = 1.0

JOBS_TASK = {"name": "read", "greyops.rest.grepr_job_info": {}}
CATALOGS_TASK = {"name": "read", "greyops.rest.greymatter_catalog_info": {}}

_STATS = re.compile(r"^(\w+) +: calls=(\d+) retries=(\d+) waited=([\d.]+)s granted=(\d+)\b", re.MULTILINE)


def _enable_stats(sandbox: Sandbox) -> dict[str, str]:
    callbacks = {"ANSIBLE_CALLBACKS_ENABLED": "recorder,greyops.rest.api_stats"}
    return {**sandbox.get_addresses(), **sandbox.logins(), **callbacks}


def _sum(results: list[TaskResult], name: str) -> float:
    return sum(float(result.result["api"][name]) for result in results)


def _assert_stats_add_up(run: CommandResult, task: str, service: str) -> None:
    """The callback's line is the sum of the values in the task results."""
    results = run.get_results(task)
    (line,) = (found for found in _STATS.findall(run.output) if found[0] == service)
    assert line[1:3] == (f"{_sum(results, 'calls'):.0f}", f"{_sum(results, 'retries'):.0f}")
    assert float(line[3]) == pytest.approx(_sum(results, "waited"), abs=0.06)
    assert int(line[4]) == sum(result.result["api"]["token"] == "granted" for result in results)


@pytest.mark.parametrize(
    ("status", "retry_after", "path", "task"),
    [
        pytest.param(429, "seconds", JOBS, JOBS_TASK, id="429 of an API, in seconds"),
        pytest.param(503, "date", JOBS, JOBS_TASK, id="503 of an API, as a date", marks=pytest.mark.slow),
        pytest.param(429, "date", CATALOG, CATALOGS_TASK, id="429 of the other API, as a date", marks=pytest.mark.slow),
        pytest.param(429, "date", GREPR_LOGIN, JOBS_TASK, id="429 of a login, as a date", marks=pytest.mark.slow),
        pytest.param(503, "seconds", GREPR_LOGIN, JOBS_TASK, id="503 of a login, in seconds", marks=pytest.mark.slow),
        pytest.param(
            503, "seconds", GREYMATTER_LOGIN, CATALOGS_TASK, id="503 of the other login", marks=pytest.mark.slow
        ),
    ],
)
def test_retry_after_is_shared_by_all_forks(
    sandbox: Sandbox,
    simulator: SimulatorClient,
    record_measurement: RecordMeasurement,
    status: int,
    retry_after: str,
    path: str,
    task: dict[str, Any],
) -> None:
    """A server unavailable for 4 s, 20 hosts at 20 forks: only requests that were started before the first response
    arrive during that time; the others follow one by one after the delay, and every task succeeds."""
    simulator.fault(path, {"status": status, "retry_after": retry_after, "json": {"code": status}}, seconds=WINDOW)
    run = sandbox.play([task], hosts=FORKS, forks=FORKS, env=_enable_stats(sandbox))
    run.assert_success(FORKS)
    (rule,) = simulator.admin("GET", "/faults")
    arrived = [entry["at"] for entry in simulator.requests(path)]
    refused = [entry["at"] for entry in simulator.requests(path) if entry["status"] == status]
    early = [at for at in arrived if arrived[0] + IN_FLIGHT < at < rule["ends"]]
    later = [at for at in arrived if at >= rule["ends"]]
    assert early == []
    assert len(refused) + len(later) == len(arrived)
    is_login = "oauth" in path
    # A login is shared, so one is rejected; calls are sent independently.
    assert len(refused) == 1 if is_login else len(refused) <= FORKS
    assert _sum(run.results, "retries") == len(refused)
    assert _sum(run.results, "calls") == (FORKS if is_login else len(arrived))
    for result in run.results:
        usage = result.result["api"]
        assert usage["waited"] >= (WINDOW - 0.1 if usage["retries"] else 0)
        assert usage["waited"] < WINDOW + 1 + 2
    service = "grepr" if task is JOBS_TASK else "greymatter"
    _assert_stats_add_up(run, "read", service)
    assert simulator.grants(service) == 1
    spread = max(later) - min(later)
    assert is_login or spread > 0.15
    record_measurement(f"{len(refused)} requests delayed, 0 early requests, {FORKS} tasks ok, 1 grant")
    record_measurement(
        f"waited {_sum(run.results, 'waited'):.1f} s in total"
        + ("" if is_login else f", resumed within {spread:.2f} s")
    )


@pytest.mark.parametrize(
    "path", [JOBS, pytest.param(GREPR_LOGIN, marks=pytest.mark.slow)], ids=["of an API", "of a login"]
)
def test_retry_after_above_max_wait(
    sandbox: Sandbox, simulator: SimulatorClient, record_measurement: RecordMeasurement, path: str
) -> None:
    """`Retry-After: 30` with `max_wait: 5` at 20 forks: all tasks fail immediately with a clear error, and the next run
    sends no request."""
    simulator.fault(path, {"status": 429, "headers": {"Retry-After": "30"}})
    task = {"name": "read", "greyops.rest.grepr_job_info": {"max_wait": 5}}
    started = time.monotonic()
    run = sandbox.play([task], hosts=FORKS, forks=FORKS)
    seconds = time.monotonic() - started
    again = sandbox.play([task], hosts=5)
    arrived = simulator.requests(path)
    assert (len(run.failed), len(again.failed)) == (FORKS, 5), run.output
    for failure in [*run.failed, *again.failed]:
        assert re.search(
            r"failed: the server asks to wait \d+ s, and max_wait allows 5 s\. Try again later, raise max_wait, or use "
            r"fewer forks\.",
            failure.result["msg"],
        ), failure.result["msg"]
        assert failure.result["api"]["waited"] == 0
    assert arrived[-1]["at"] - arrived[0]["at"] < IN_FLIGHT
    assert len(arrived) == 1 if path == GREPR_LOGIN else len(arrived) <= FORKS
    record_measurement(
        f"{FORKS} clear errors in {seconds:.1f} s including Ansible's start, {len(arrived)} requests; then 5 and 0"
    )


@pytest.mark.slow
def test_backoff_without_retry_after(
    sandbox: Sandbox, simulator: SimulatorClient, record_measurement: RecordMeasurement
) -> None:
    """Errors without `Retry-After`: a login and a read are retried after 0.5 s, 1 s and 2 s, each with a small random
    addition."""
    for path, status in ((GREPR_LOGIN, 429), (CATALOG, 503)):
        simulator.fault(path, {"status": status}, times=3)
    tasks = [
        {"name": "login", "greyops.rest.grepr_token": {}},
        {"name": "read", "greyops.rest.greymatter_catalog_info": {}},
    ]
    run = sandbox.play(tasks, env=_enable_stats(sandbox))
    run.assert_success(2)
    for name, path, service in (("login", GREPR_LOGIN, "grepr"), ("read", CATALOG, "greymatter")):
        at = [entry["at"] for entry in simulator.requests(path)]
        gaps = [after - before for before, after in pairwise(at)]
        assert len(gaps) == 3
        for gap, least in zip(gaps, (0.5, 1, 2), strict=True):
            assert least <= gap < least * 1.1 + 0.05 + 0.6
        usage = run.get_result(name)["api"]
        assert usage["retries"] == 3
        assert 3.5 <= usage["waited"] <= sum(gaps)
        _assert_stats_add_up(run, name, service)
        record_measurement(f"{name}: " + ", ".join(f"{gap:.2f}" for gap in gaps) + " s")


@pytest.mark.slow
def test_retried_requests(sandbox: Sandbox, simulator: SimulatorClient, record_measurement: RecordMeasurement) -> None:
    """POSTs are never retried after 503, and are retried after 429 until they are accepted, because the server did not
    process them. The delay requested for a POST applies to all following requests."""
    simulator.fault(ECHO, {"status": 503, "headers": {"Retry-After": "2"}}, times=1)
    simulator.fault(TRIGGERS, {"status": 429, "headers": {"Retry-After": "1"}}, times=2)
    fire = {"job_id": "j", "rule_engine": "r", "trigger_id": "t"}
    gateway = "/api-gateway/simulator/echo"
    simulator.fault(gateway, {"status": 429, "headers": {"Retry-After": "1"}}, times=1)
    simulator.fault(gateway, {"cut": "after"}, times=1)
    post = {"method": "POST", "path": gateway, "body": {}}
    ask = {"method": "POST", "path": "/v1/echo", "body": {}}
    tasks = [
        {"name": "after 503", "greyops.rest.grepr_request": ask, "ignore_errors": True},
        JOBS_TASK,
        {"name": "after 429", "greyops.rest.grepr_trigger": fire},
        {"name": "after 429 and a reset", "greyops.rest.greymatter_request": post, "ignore_errors": True},
    ]
    run = sandbox.play(tasks)
    assert run.status == 0, run.output
    message = run.get_result("after 503")["msg"]
    assert "HTTP 503 Service Unavailable. The fault is the server's. It may have been carried out: look" in message
    assert run.get_result("after 503")["api"]["retries"] == 0
    assert simulator.requests(JOBS)[0]["at"] - simulator.requests(ECHO)[0]["at"] >= 2
    assert len(simulator.requests(ECHO)) == 1
    assert run.get_result("read")["api"]["waited"] > 1
    assert run.get_result("after 429")["api"]["retries"] == 2
    assert [entry["status"] for entry in simulator.requests(TRIGGERS)] == [429, 429, 202]
    assert simulator.counters()["triggers"] == 1
    assert "look before you send it again" in run.get_result("after 429 and a reset")["msg"]
    assert [entry["status"] for entry in simulator.requests(gateway)] == [429, None]
    record_measurement(
        "503: sent once; 429, 429, 202: processed once; 429, reset: sent twice, the second time not again"
    )


BUCKETS = "b=per_hour;q=100;r=0;t=1800,b=per_day;q=2000;r=700;t=40000"
QUOTAS: dict[str, dict[str, Any]] = {
    "429 with Auth0's quota headers": {
        "status": 429,
        "headers": {"Auth0-Client-Quota-Limit": BUCKETS, "Retry-After": "3"},
        "json": {"error": "too_many_requests", "error_description": "Too many tokens were requested."},
    },
    "429 with a text": {
        "status": 429,
        "headers": {"Retry-After": "3"},
        "json": {"error": "too_many_requests", "error_description": "The client has exceeded its token quota."},
    },
    "403 with a text": {
        "status": 403,
        "json": {"error": "access_denied", "error_description": "You have exceeded your M2M quota for this month."},
    },
}


@pytest.mark.parametrize(
    "kind",
    [pytest.param(kind, marks=pytest.mark.slow if number else ()) for number, kind in enumerate(QUOTAS)],
    ids=list(QUOTAS),
)
def test_exhausted_quota(
    sandbox: Sandbox, simulator: SimulatorClient, record_measurement: RecordMeasurement, kind: str
) -> None:
    """Exhausted token quota, 20 hosts at 20 forks: all tasks stop immediately and explain the cause, and no token is
    requested for a minute."""
    simulator.fault(GREPR_LOGIN, QUOTAS[kind])
    run = sandbox.play([JOBS_TASK], hosts=FORKS, forks=FORKS)
    first = simulator.logins()
    renewal = {"name": "renew", "greyops.rest.grepr_token": {"state": "refreshed"}}
    again = sandbox.play([{**task, "ignore_errors": True} for task in (JOBS_TASK, renewal)], hosts=5)
    assert (len(run.failed), len(again.failed)) == (FORKS, 10), run.output
    renewed = " in 30 min" if "headers" in kind else ""
    for failure in [*run.failed, *again.failed]:
        assert f"used up its tokens: wait until its quota is renewed{renewed}, or request a" in failure.result["msg"]
        assert failure.result["status"] == QUOTAS[kind]["status"]
        assert (failure.result["api"]["waited"], failure.result["api"]["calls"]) == (0, 0)
    assert (first, simulator.logins()) == (1, 1)
    record_measurement(f"{FORKS + 10} clear errors, {first} request to the token endpoint, 0 s waited")


@pytest.mark.slow
def test_ordinary_rejection_is_not_a_quota(
    sandbox: Sandbox, simulator: SimulatorClient, record_measurement: RecordMeasurement
) -> None:
    """A 403 whose text contains the word quota is handled like any other rejection, and a rate limit is waited for."""
    denied = "Service not enabled within domain: https://quota.example/api"
    refusal = {"error": "access_denied", "error_description": denied}
    simulator.fault(GREPR_LOGIN, {"status": 403, "json": refusal}, times=1)
    limit = {"error": "too_many_requests", "error_description": "Global limit has been reached"}
    simulator.fault(GREPR_LOGIN, {"status": 429, "headers": {"Retry-After": "1"}, "json": limit}, times=1)
    message = sandbox.play([JOBS_TASK]).get_result("read")["msg"]
    assert f"HTTP 403 Forbidden: {denied}. Check client_id" in message
    assert "quota is renewed" not in message
    run = sandbox.play([JOBS_TASK])
    run.assert_success(1)
    assert (run.get_result("read")["api"]["retries"], simulator.logins()) == (1, 3)
    record_measurement("1 rejection, 1 wait, 1 grant")
