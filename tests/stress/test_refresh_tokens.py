# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Refresh tokens"""

from __future__ import annotations

import os
import signal
import time
from typing import Any
from urllib.parse import parse_qs

import pytest

from ..support.reliability_report import RecordMeasurement
from ..support.sandbox import Sandbox
from ..support.simulator_client import GREYMATTER_LOGIN, SimulatorClient
from .processes import get_workers

pytestmark = pytest.mark.slow

HOSTS = 20
READ: dict[str, Any] = {"name": "read", "greyops.rest.greymatter_catalog_info": {}}


def _log_in(sandbox: Sandbox, simulator: SimulatorClient, refresh: str, **settings: object) -> None:
    """Log in, use the token for a call, and revoke it; its refresh token is kept."""
    simulator.switch(greymatter={"refresh": refresh, **settings})
    sandbox.play([READ]).assert_success(1)
    simulator.end_tokens(action="revoke", service="greymatter")


def _get_sent_tokens(simulator: SimulatorClient) -> list[str]:
    """All refresh tokens that were sent to the login, in order."""
    forms = [parse_qs(entry["body"]) for entry in simulator.requests(GREYMATTER_LOGIN)]
    return [form["refresh_token"][0] for form in forms if form["grant_type"] == ["refresh_token"]]


def _count_refreshes(simulator: SimulatorClient) -> int:
    return int(simulator.counters()["refreshes"]["greymatter"])


@pytest.mark.parametrize("refresh", ["rotate", "reuse"])
def test_kill_all_processes(
    sandbox: Sandbox, simulator: SimulatorClient, record_measurement: RecordMeasurement, refresh: str
) -> None:
    """A revoked token and 20 hosts at 20 forks, 3 times, with a login that takes a second: 1 refresh each time, no
    other login, no failed task; with refresh token rotation no refresh token is sent twice."""
    _log_in(sandbox, simulator, refresh)
    simulator.fault(GREYMATTER_LOGIN, {"delay": 1})
    for round_ in range(1, 4):
        sandbox.play([READ], hosts=HOSTS).assert_success(HOSTS)
        assert (_count_refreshes(simulator), simulator.grants("greymatter")) == (round_, 1)
        simulator.end_tokens(action="revoke", service="greymatter")
    sent = _get_sent_tokens(simulator)
    logins = simulator.logins("greymatter")
    record_measurement(
        f"{_count_refreshes(simulator)} refreshes, {len(set(sent))} refresh tokens, {logins} logins in total"
    )
    assert len(sent) == 3
    assert len(set(sent)) == (3 if refresh == "rotate" else 1)


@pytest.mark.parametrize(("refresh", "attempts"), [("expired", 1), ("refuse", 1), ("off", 0)])
def test_unavailable_refresh(
    sandbox: Sandbox, simulator: SimulatorClient, record_measurement: RecordMeasurement, refresh: str, attempts: int
) -> None:
    """A refresh token that is expired, rejected or missing, 20 hosts at 20 forks: 1 login with the password, after at
    most 1 attempt to refresh, and no failed task."""
    if refresh == "expired":
        _log_in(sandbox, simulator, "rotate", refresh_life=0.5)
        time.sleep(0.6)
    else:
        _log_in(sandbox, simulator, refresh)
    sandbox.play([READ], hosts=HOSTS).assert_success(HOSTS)
    grants = simulator.grants("greymatter") - 1
    record_measurement(
        f"{len(_get_sent_tokens(simulator))} attempts, {grants} logins with the password, 0 failed tasks"
    )
    assert (len(_get_sent_tokens(simulator)), grants) == (attempts, 1)


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param({"cut": "after"}, id="response lost"),
        pytest.param({"cut": "during"}, id="incomplete response"),
        pytest.param({"cut": "before"}, id="request lost"),
        pytest.param({"delay": 6}, id="response after the timeout"),
        pytest.param({"json": {"token_type": "bearer", "refresh_token": "r"}}, id="no access_token"),
        pytest.param({"html": "<title>Welcome</title>"}, id="HTML page"),
        pytest.param({"status": 503}, id="503"),
    ],
)
def test_broken_refresh(
    sandbox: Sandbox, simulator: SimulatorClient, record_measurement: RecordMeasurement, fault: dict[str, Any]
) -> None:
    """A refresh whose response is lost or invalid, 20 hosts at 20 forks: it is not repeated, 1 login with the password
    follows, and no task fails."""
    _log_in(sandbox, simulator, "rotate")
    simulator.fault(GREYMATTER_LOGIN, fault, times=1)
    sandbox.play([{**READ, "greyops.rest.greymatter_catalog_info": {"timeout": 3}}], hosts=HOSTS).assert_success(HOSTS)
    grants = simulator.grants("greymatter") - 1
    record_measurement(
        f"refresh token sent {len(_get_sent_tokens(simulator))} time, {grants} login with the password, 0 failed tasks"
    )
    assert (len(_get_sent_tokens(simulator)), grants) == (1, 1)


def test_slow_refresh(sandbox: Sandbox, simulator: SimulatorClient, record_measurement: RecordMeasurement) -> None:
    """A refresh that takes 6 s, three times as long as tasks wait for an accepted token: 20 forks wait for it, no other
    request is sent, no task fails."""
    _log_in(sandbox, simulator, "rotate")
    simulator.fault(GREYMATTER_LOGIN, {"delay": 6})
    started = time.monotonic()
    sandbox.play([READ], hosts=HOSTS).assert_success(HOSTS)
    record_measurement(f"{_count_refreshes(simulator)} refresh, 0 failed tasks, {time.monotonic() - started:.1f} s")
    assert (_count_refreshes(simulator), simulator.logins("greymatter")) == (1, 2)


@pytest.mark.parametrize("refresh", ["rotate", "reuse"])
def test_killed_during_a_refresh(
    sandbox: Sandbox, simulator: SimulatorClient, record_measurement: RecordMeasurement, refresh: str
) -> None:
    """kill -9 of 20 forks while one of them waits for the response to a refresh: the refresh token is not sent a second
    time, because servers treat that as theft; the next run logs in once with the password, and no task fails."""
    _log_in(sandbox, simulator, refresh)
    simulator.fault(GREYMATTER_LOGIN, {"delay": 4}, times=1)
    play = sandbox.start_playbook([{"tasks": [READ]}], hosts=HOSTS)
    assert simulator.wait_for_calls(GREYMATTER_LOGIN, 2, play.is_running), play.wait().output
    # The others start, and wait for the lock.
    time.sleep(2)
    forks = get_workers(play.process.pid)
    # All at once: a process that survives the holder of the lock would log in.
    for how in (signal.SIGSTOP, signal.SIGKILL):
        for process in (play.process.pid, *forks):
            os.kill(process, how)
    play.process.communicate()
    sandbox.play([READ], hosts=HOSTS).assert_success(HOSTS)
    # The server has processed the refresh, and the response was not received.
    deadline = time.monotonic() + 10
    while _count_refreshes(simulator) < 1 and time.monotonic() < deadline:
        time.sleep(0.05)
    sent, grants = _get_sent_tokens(simulator), simulator.grants("greymatter") - 1
    record_measurement(
        f"{len(forks)} forks killed, {len(sent)} refresh, {grants} login with the password, 0 failed tasks"
    )
    assert (len(sent), grants, _count_refreshes(simulator)) == (1, 1, 1)


def test_refresh_tokens_are_sent_once(
    sandbox: Sandbox, simulator: SimulatorClient, record_measurement: RecordMeasurement
) -> None:
    """The token is revoked after every 10 of 400 calls, loops of 20 hosts at 20 forks, with refresh token rotation: no
    refresh token is sent twice, and the password once."""
    simulator.switch(greymatter={"refresh": "rotate"})
    simulator.end_tokens(service="greymatter", every=10)
    sandbox.play([{**READ, "loop": list(range(20))}], hosts=HOSTS).assert_success(HOSTS)
    sent = _get_sent_tokens(simulator)
    record_measurement(
        f"{len(sent)} refreshes, {len(set(sent))} refresh tokens, {simulator.grants('greymatter')} login"
    )
    assert len(set(sent)) == len(sent) == _count_refreshes(simulator) >= 30
    assert simulator.grants("greymatter") <= 2


def test_password_changed_during_a_refresh(
    sandbox: Sandbox, simulator: SimulatorClient, record_measurement: RecordMeasurement
) -> None:
    """The password is changed on the server while refresh tokens stay valid: 20 hosts with the old password refresh
    once, 20 with the new one log in once; neither uses the tokens of the other."""
    _log_in(sandbox, simulator, "rotate")
    simulator.switch(greymatter={"users": [{"username": sandbox.credentials.username, "password": "another"}]})
    sandbox.play([READ], hosts=HOSTS).assert_success(HOSTS)
    assert (_count_refreshes(simulator), simulator.grants("greymatter")) == (1, 1)
    env = {**sandbox.get_addresses(), **sandbox.logins(), "GREYMATTER_PASSWORD": "another"}
    sandbox.play([READ], hosts=HOSTS, env=env).assert_success(HOSTS)
    grants = simulator.grants("greymatter") - 1
    record_measurement(f"{_count_refreshes(simulator)} refresh for the old password, {grants} login for the new one")
    assert (_count_refreshes(simulator), grants) == (1, 1)
    assert len(sandbox.get_stored_records()) == 2
