# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Proxies: those of the environment are used as it says, and their logins are secrets like any other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from .proxy import Proxy, running_proxy
from .simulator import Simulator
from .world import BOTH_HOSTS, World

PASSWORD = "pr0xy & p@ss:w/rd%"
USER_INFO = f"walter:{quote(PASSWORD, safe='')}"
JOBS: list[dict[str, Any]] = [{"name": "jobs", "greyops.rest.grepr_job_info": {}}]


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    with running_proxy() as proxy:
        yield proxy


def _assert_unseen(world: World, output: str) -> None:
    shown = output + world.log.read_text(encoding="utf-8")
    for form in (PASSWORD, quote(PASSWORD), USER_INFO, "pr0xy"):
        assert form not in shown


@BOTH_HOSTS
def test_http_proxy(world: World, simulator: Simulator, proxy: Proxy, more: dict[str, Any]) -> None:
    """HTTP_PROXY gets the login and the call, with its own login, which nobody sees at -vvvv."""
    env = {**world.addresses(), **world.logins(), "HTTP_PROXY": proxy.url(USER_INFO)}
    run = world.play([{**JOBS[0], **more}], "-vvvv", env=env)
    run.check(1)
    doctor = world.play([{"name": "doctor", "greyops.rest.doctor": {}, **more}], "-vvvv", env=env)
    doctor.check(1)
    _assert_unseen(world, doctor.output)
    assert [asked.line.split()[:2] for asked in proxy.asked[:2]] == [
        ["POST", f"{simulator.http}/oauth/token"],
        ["GET", f"{simulator.http}/api/v1/jobs"],
    ]
    assert {asked.login for asked in proxy.asked} == {f"walter:{PASSWORD}"}
    assert all("Proxy-Authorization" not in entry["headers"] for entry in simulator.requests())
    _assert_unseen(world, run.output)


@BOTH_HOSTS
def test_https_proxy(world: World, simulator: Simulator, proxy: Proxy, more: dict[str, Any]) -> None:
    """HTTPS_PROXY is asked for tunnels only: it learns neither paths nor tokens."""
    env = {**world.addresses(simulator.https), **world.logins(), "HTTPS_PROXY": proxy.url(USER_INFO)}
    task = {"name": "jobs", "greyops.rest.grepr_job_info": {"ca_path": simulator.ca_path}, **more}
    run = world.play([task], "-vvvv", env=env)
    run.check(1)
    origin = simulator.https.removeprefix("https://")
    assert {asked.line for asked in proxy.asked} <= {f"CONNECT {origin} HTTP/1.{minor}" for minor in (0, 1)}
    assert proxy.asked
    assert {asked.login for asked in proxy.asked} == {f"walter:{PASSWORD}"}
    _assert_unseen(world, run.output)


@BOTH_HOSTS
def test_no_proxy(world: World, simulator: Simulator, proxy: Proxy, more: dict[str, Any]) -> None:
    """NO_PROXY, in either case, of the task's environment too, and use_proxy=false: the proxy hears of no request."""
    exceptions: dict[str, dict[str, Any]] = {
        "address": {"environment": {"NO_PROXY": "127.0.0.1"}},
        "list": {"environment": {"no_proxy": "example.com, 127.0.0.1"}},
        "network": {"environment": {"NO_PROXY": "10.0.0.0/8,127.0.0.0/8"}},
        "all": {"environment": {"NO_PROXY": "*"}},
        "use_proxy": {"greyops.rest.grepr_token": {"state": "refreshed", "use_proxy": False}},
    }
    refreshed = {"greyops.rest.grepr_token": {"state": "refreshed"}}
    proxies = {"HTTP_PROXY": proxy.url(USER_INFO), "HTTPS_PROXY": proxy.url(USER_INFO)}
    env = {**world.addresses(), **world.logins(), **proxies}
    tasks = [{"name": name, **refreshed, **task, **more} for name, task in exceptions.items()]
    world.play(tasks, env=env).check(len(tasks))
    assert proxy.asked == []
    assert simulator.logins() == len(tasks)


@pytest.mark.parametrize(("scheme", "more"), [("http", {}), ("https", {"become": True})], ids=["worker", "module"])
def test_a_proxy_that_is_down(world: World, simulator: Simulator, scheme: str, more: dict[str, Any]) -> None:
    """An error that names the proxy variables and, at -vvvv, never the proxy's login."""
    with running_proxy() as gone:
        url = gone.url(USER_INFO)
    env = {
        **world.addresses(simulator.https if scheme == "https" else simulator.http),
        **world.logins(),
        f"{scheme.upper()}_PROXY": url,
    }
    options = {"ca_path": simulator.ca_path, "retries": 0}
    run = world.play([{"name": "jobs", "greyops.rest.grepr_job_info": options, **more}], "-vvvv", env=env)
    assert "the proxy did not connect" in run.one("jobs")["msg"]
    assert "HTTPS_PROXY" in run.one("jobs")["msg"]
    assert simulator.requests() == []
    _assert_unseen(world, run.output)
