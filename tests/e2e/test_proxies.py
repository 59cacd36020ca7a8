# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Proxies of the environment are used, and their logins are treated as secrets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from ..support.proxy import Proxy, run_proxy
from ..support.sandbox import WORKER_AND_MODULE, Sandbox
from ..support.simulator_client import SimulatorClient

PASSWORD = "pr0xy & p@ss:w/rd%"
USER_INFO = f"walter:{quote(PASSWORD, safe='')}"
JOBS: list[dict[str, Any]] = [{"name": "jobs", "greyops.rest.grepr_job_info": {}}]


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    with run_proxy() as proxy:
        yield proxy


def _assert_unseen(sandbox: Sandbox, output: str) -> None:
    shown = output + sandbox.log.read_text(encoding="utf-8")
    for form in (PASSWORD, quote(PASSWORD), USER_INFO, "pr0xy"):
        assert form not in shown


@WORKER_AND_MODULE
def test_http_proxy(sandbox: Sandbox, simulator: SimulatorClient, proxy: Proxy, more: dict[str, Any]) -> None:
    """HTTP_PROXY receives the login and the call, with its own credentials, which are not shown at -vvvv."""
    env = {**sandbox.get_addresses(), **sandbox.logins(), "HTTP_PROXY": proxy.url(USER_INFO)}
    run = sandbox.play([{**JOBS[0], **more}], "-vvvv", env=env)
    run.assert_success(1)
    doctor = sandbox.play([{"name": "doctor", "greyops.rest.doctor": {}, **more}], "-vvvv", env=env)
    doctor.assert_success(1)
    _assert_unseen(sandbox, doctor.output)
    assert [asked.line.split()[:2] for asked in proxy.requests[:2]] == [
        ["POST", f"{simulator.http}/oauth/token"],
        ["GET", f"{simulator.http}/api/v1/jobs"],
    ]
    assert {asked.login for asked in proxy.requests} == {f"walter:{PASSWORD}"}
    assert all("Proxy-Authorization" not in entry["headers"] for entry in simulator.requests())
    _assert_unseen(sandbox, run.output)


@WORKER_AND_MODULE
def test_https_proxy(sandbox: Sandbox, simulator: SimulatorClient, proxy: Proxy, more: dict[str, Any]) -> None:
    """HTTPS_PROXY receives only CONNECT requests: no paths and no tokens."""
    env = {**sandbox.get_addresses(simulator.https), **sandbox.logins(), "HTTPS_PROXY": proxy.url(USER_INFO)}
    task = {"name": "jobs", "greyops.rest.grepr_job_info": {"ca_path": simulator.ca_path}, **more}
    run = sandbox.play([task], "-vvvv", env=env)
    run.assert_success(1)
    origin = simulator.https.removeprefix("https://")
    assert {asked.line for asked in proxy.requests} <= {f"CONNECT {origin} HTTP/1.{minor}" for minor in (0, 1)}
    assert proxy.requests
    assert {asked.login for asked in proxy.requests} == {f"walter:{PASSWORD}"}
    _assert_unseen(sandbox, run.output)


@WORKER_AND_MODULE
def test_no_proxy(sandbox: Sandbox, simulator: SimulatorClient, proxy: Proxy, more: dict[str, Any]) -> None:
    """NO_PROXY, in either case, of the task's environment too, and use_proxy=false: the proxy receives no request."""
    exceptions: dict[str, dict[str, Any]] = {
        "address": {"environment": {"NO_PROXY": "127.0.0.1"}},
        "list": {"environment": {"no_proxy": "example.com, 127.0.0.1"}},
        "network": {"environment": {"NO_PROXY": "10.0.0.0/8,127.0.0.0/8"}},
        "all": {"environment": {"NO_PROXY": "*"}},
        "use_proxy": {"greyops.rest.grepr_token": {"state": "refreshed", "use_proxy": False}},
    }
    refreshed = {"greyops.rest.grepr_token": {"state": "refreshed"}}
    proxies = {"HTTP_PROXY": proxy.url(USER_INFO), "HTTPS_PROXY": proxy.url(USER_INFO)}
    env = {**sandbox.get_addresses(), **sandbox.logins(), **proxies}
    tasks = [{"name": name, **refreshed, **task, **more} for name, task in exceptions.items()]
    sandbox.play(tasks, env=env).assert_success(len(tasks))
    assert proxy.requests == []
    assert simulator.logins() == len(tasks)


@pytest.mark.parametrize(("scheme", "more"), [("http", {}), ("https", {"become": True})], ids=["worker", "module"])
def test_unreachable_proxy(sandbox: Sandbox, simulator: SimulatorClient, scheme: str, more: dict[str, Any]) -> None:
    """The error names the proxy variables and, at -vvvv, never the credentials of the proxy."""
    with run_proxy() as gone:
        url = gone.url(USER_INFO)
    env = {
        **sandbox.get_addresses(simulator.https if scheme == "https" else simulator.http),
        **sandbox.logins(),
        f"{scheme.upper()}_PROXY": url,
    }
    options = {"ca_path": simulator.ca_path, "retries": 0}
    run = sandbox.play([{"name": "jobs", "greyops.rest.grepr_job_info": options, **more}], "-vvvv", env=env)
    assert "the proxy did not connect" in run.get_result("jobs")["msg"]
    assert "HTTPS_PROXY" in run.get_result("jobs")["msg"]
    assert simulator.requests() == []
    _assert_unseen(sandbox, run.output)
