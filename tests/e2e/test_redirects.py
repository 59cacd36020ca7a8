# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No credential or data for one server is sent to another on a redirect."""

from __future__ import annotations

from typing import Any

import pytest

from ..support.sandbox import Sandbox
from ..support.simulator_client import CATALOG, GREPR_LOGIN, GREYMATTER_LOGIN, SimulatorClient


def _tasks(sandbox: Sandbox) -> list[dict[str, Any]]:
    """Every kind of request: with a token, with a key, with a body, a login of each form."""
    key = {"api_key": sandbox.credentials.api_key}
    trigger = {"job_id": "j", "rule_engine": "r", "trigger_id": "t", "variables": {"secret": "body"}}
    return [
        {"name": "token", "greyops.rest.grepr_job_info": {}},
        {"name": "key", "greyops.rest.grepr_job_info": key},
        {"name": "open", "greyops.rest.grepr_trigger": trigger},
        {"name": "key and body", "greyops.rest.grepr_trigger": {**trigger, **key}},
        {
            "name": "token and body",
            "greyops.rest.grepr_request": {"method": "POST", "path": "/v1/echo", "body": {"secret": "body"}},
        },
        {
            "name": "read with body",
            "greyops.rest.grepr_request": {
                "method": "POST",
                "path": "/v1/echo",
                "body": {"secret": "body"},
                "read_only": True,
            },
        },
        {"name": "there", "greyops.rest.greymatter_catalog_info": {}},
        {"name": "there with body", "greyops.rest.greymatter_request": {"method": "PUT", "path": CATALOG, "body": [1]}},
    ]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_calls_redirected_to_another_path(
    sandbox: Sandbox, simulator: SimulatorClient, other_simulator: SimulatorClient, status: int
) -> None:
    """A redirect to another server: that server receives no request, and the error names the target."""
    for path in ("/api/", CATALOG):
        simulator.fault(path, {"redirect": f"{other_simulator.http}/stolen", "status": status})
    tasks = [{**task, "ignore_errors": True} for task in _tasks(sandbox)]
    run = sandbox.play(tasks)
    assert other_simulator.requests() == []
    assert [result.task for result in run.failed] == [task["name"] for task in tasks], run.output
    for failure in run.failed:
        assert failure.result["status"] == status
        assert "redirected" in failure.result["msg"]
        assert f"{other_simulator.http}/stolen" in failure.result["msg"]


@pytest.mark.parametrize("other", ["scheme", "port", "name"])
def test_calls_redirected_to_another_origin(
    sandbox: Sandbox, simulator: SimulatorClient, other_simulator: SimulatorClient, other: str
) -> None:
    """Another scheme, port or name of the same machine is another origin: it receives no token, key or body."""
    port = simulator.http.rpartition(":")[2]
    target = {"scheme": simulator.https, "port": other_simulator.http, "name": f"http://localhost:{port}"}[other]
    simulator.fault("/api/", {"redirect": f"{target}/stolen"})
    simulator.fault(CATALOG, {"redirect": f"{target}/stolen"})
    variables = {"GREPR_CA_PATH": simulator.ca_path}
    tasks = [{**task, "ignore_errors": True} for task in _tasks(sandbox)]
    run = sandbox.play(tasks, env={**sandbox.get_addresses(), **sandbox.logins(), **variables})
    assert len(run.failed) == len(tasks), run.output
    assert [*simulator.requests("/stolen"), *other_simulator.requests()] == []


@pytest.mark.parametrize("status", [302, 307])
@pytest.mark.parametrize("same", [False, True], ids=["elsewhere", "same server"])
def test_redirected_logins(
    sandbox: Sandbox, simulator: SimulatorClient, other_simulator: SimulatorClient, status: int, same: bool
) -> None:
    """A login follows no redirect, not even within its own server: client, password and Basic value are not sent."""
    target = f"{simulator.http if same else other_simulator.http}/stolen"
    for path in (GREPR_LOGIN, GREYMATTER_LOGIN):
        simulator.fault(path, {"redirect": target, "status": status})
    tasks: list[dict[str, Any]] = [
        {"name": "grepr", "greyops.rest.grepr_token": {}},
        {"name": "body", "greyops.rest.greymatter_token": {}},
        {"name": "query", "greyops.rest.greymatter_token": {"credentials_in": "query"}},
        {"name": "call", "greyops.rest.grepr_job_info": {}},
    ]
    run = sandbox.play([{**task, "ignore_errors": True} for task in tasks])
    assert [*simulator.requests("/stolen"), *other_simulator.requests()] == []
    assert len(run.failed) == len(tasks), run.output
    for failure in run.failed:
        assert failure.result["status"] == status
        assert "redirected" in failure.result["msg"]


def test_reads_follow_redirects_within_the_origin(sandbox: Sandbox, simulator: SimulatorClient) -> None:
    """A redirect within the origin is followed for requests that only read, with the token."""
    simulator.fault("/api/v1/jobs", {"redirect": "/api/v1/echo"})
    task = {"name": "read", "greyops.rest.grepr_request": {"path": "/v1/jobs"}}
    sandbox.play([task]).assert_success(1)
    (arrived,) = simulator.requests("/api/v1/echo")
    assert arrived["headers"]["Authorization"] in {f"Bearer {token}" for token in simulator.issued_tokens()}
