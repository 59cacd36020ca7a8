# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rejected credential causes few logins and a clear error."""

from __future__ import annotations

from typing import Any

from ..support.sandbox import Sandbox
from ..support.simulator_client import GREPR_LOGIN, SimulatorClient

MAX_GRANTS = 3


def _assert_clear(result: dict[str, Any], url: str) -> None:
    assert result["status"] == 401
    assert result["method"] == "GET"
    assert result["url"] == url
    assert result["msg"].startswith(f"GET {url} failed with HTTP 401")
    assert "Credentials are required to access this resource" in result["msg"]
    assert "scope" in result["msg"]


def test_concurrent_hosts(sandbox: Sandbox, simulator: SimulatorClient) -> None:
    """20 hosts at 20 forks, an API that rejects every token: at most 3 grants, each task with a clear error."""
    simulator.end_tokens(service="grepr", always=True)
    run = sandbox.play([{"name": "jobs", "greyops.rest.grepr_job_info": {}}], hosts=20)
    assert len(run.failed) == 20, run.output
    for failure in run.failed:
        _assert_clear(failure.result, f"{simulator.http}/api/v1/jobs")
    assert simulator.grants() == simulator.logins() <= MAX_GRANTS


def test_items_of_a_loop(sandbox: Sandbox, simulator: SimulatorClient) -> None:
    """A loop of 20: at most 3 grants, each item with a clear error."""
    simulator.end_tokens(service="grepr", always=True)
    run = sandbox.play([{"name": "jobs", "greyops.rest.grepr_job_info": {}, "loop": list(range(20))}])
    items = [event for event in run.events if event.event == "item failed"]
    assert len(items) == 20, run.output
    for item in items:
        _assert_clear(item.result, f"{simulator.http}/api/v1/jobs")
    assert simulator.grants() == simulator.logins() <= MAX_GRANTS


def test_immediate_second_run(sandbox: Sandbox, simulator: SimulatorClient) -> None:
    """The next run within the minute requests no token, and reports the same error."""
    simulator.end_tokens(service="grepr", always=True)
    tasks = [{"name": "jobs", "greyops.rest.grepr_job_info": {}}]
    assert len(sandbox.play(tasks).failed) == 1
    before = simulator.logins()
    run = sandbox.play(tasks, hosts=5)
    for failure in run.failed:
        _assert_clear(failure.result, f"{simulator.http}/api/v1/jobs")
    assert (len(run.failed), simulator.logins()) == (5, before)
    assert before <= MAX_GRANTS


def test_wrong_password_is_sent_once_per_task(sandbox: Sandbox, simulator: SimulatorClient) -> None:
    """A rejected login is not repeated by the same task, because that locks accounts."""
    task = {"name": "log in", "greyops.rest.greymatter_token": {"username": "nobody", "password": "wrong"}}
    run = sandbox.play([task])
    assert run.get_result("log in")["status"] == 400
    assert "Bad credentials" in run.get_result("log in")["msg"]
    assert "Check username and password" in run.get_result("log in")["msg"]
    assert simulator.logins("greymatter") == 1


def test_broken_login_is_retried_as_configured(sandbox: Sandbox, simulator: SimulatorClient) -> None:
    """A login whose connection breaks is retried, and not once more for each retry of the call."""
    simulator.fault(GREPR_LOGIN, {"cut": "before"})
    run = sandbox.play([{"name": "jobs", "greyops.rest.grepr_job_info": {"retries": 1}}])
    assert simulator.logins() == 2
    assert "/oauth/token failed: the connection" in run.get_result("jobs")["msg"]
    assert run.get_result("jobs")["api"]["retries"] == 1
