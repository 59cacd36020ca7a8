# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Insecure options cause a warning, and unsafe requests are rejected unless enabled."""

from __future__ import annotations

from typing import Any

from ..support.sandbox import WORKER_AND_MODULE, WORKER_AND_SLOW_MODULE, Sandbox
from ..support.simulator_client import SimulatorClient


@WORKER_AND_SLOW_MODULE
def test_disabled_certificate_validation(sandbox: Sandbox, simulator: SimulatorClient, more: dict[str, Any]) -> None:
    """validate_certs=false: the task succeeds, and every run shows one warning, with a stored token too."""
    unchecked = {"validate_certs": False}
    tasks = [
        {"name": "jobs", "greyops.rest.grepr_job_info": unchecked, **more},
        {"name": "catalogs", "greyops.rest.greymatter_catalog_info": unchecked, **more},
    ]
    env = {**sandbox.get_addresses(simulator.https), **sandbox.logins()}
    for _run in range(2):
        run = sandbox.play(tasks, hosts=3, env=env)
        run.assert_success(6)
        assert run.count_warnings("TLS certificates are not checked (validate_certs=false)") == 1, run.output


def test_lookup_without_certificate_validation(sandbox: Sandbox, simulator: SimulatorClient) -> None:
    """A lookup warns as well."""
    lookup = "lookup('greyops.rest.grepr_token', validate_certs=false)"
    tasks = [{"name": "look", "ansible.builtin.assert": {"that": f"{lookup} | length > 0"}, "no_log": True}]
    run = sandbox.play(tasks, env={**sandbox.get_addresses(simulator.https), **sandbox.logins()})
    run.assert_success(1)
    assert run.count_warnings("TLS certificates are not checked (validate_certs=false)") == 1, run.output


@WORKER_AND_MODULE
def test_plain_http_over_a_network(sandbox: Sandbox, simulator: SimulatorClient, more: dict[str, Any]) -> None:
    """Plain http to another machine, for the API or the login: rejected before any request is sent."""
    far = "http://192.0.2.1"
    tasks = [
        {"name": "jobs", "greyops.rest.grepr_job_info": {"api_url": f"{far}/api"}},
        {"name": "login", "greyops.rest.grepr_token": {"auth_url": far}},
        {"name": "catalogs", "greyops.rest.greymatter_catalog_info": {"api_url": far}},
        {"name": "login there", "greyops.rest.greymatter_token": {"auth_url": far}},
    ]
    run = sandbox.play([{**task, "ignore_errors": True, **more} for task in tasks])
    assert [result.task for result in run.failed] == [task["name"] for task in tasks], run.output
    for result in run.failed:
        assert "Refusing plain http to 192.0.2.1" in result.result["msg"]
        assert "allow_http=true" in result.result["msg"]
    assert simulator.requests() == []


@WORKER_AND_MODULE
def test_allowed_plain_http(sandbox: Sandbox, more: dict[str, Any]) -> None:
    """With allow_http the URL is used: only the network rejects the request."""
    options = {"api_url": "http://192.0.2.1/api", "allow_http": True, "timeout": 1, "retries": 0, "use_proxy": False}
    run = sandbox.play([{"name": "jobs", "greyops.rest.grepr_job_info": options, "ignore_errors": True, **more}])
    (failure,) = run.failed
    assert "Refusing" not in failure.result["msg"]
    assert "192.0.2.1" in failure.result["msg"]
