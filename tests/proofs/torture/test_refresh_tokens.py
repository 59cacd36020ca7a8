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

from ..conftest import Figure
from ..simulator import GREYMATTER_LOGIN, Simulator
from ..world import World
from .processes import workers

pytestmark = pytest.mark.slow

HOSTS = 20
READ: dict[str, Any] = {"name": "read", "greyops.rest.greymatter_catalog_info": {}}


def _log_in(world: World, simulator: Simulator, refresh: str, **settings: object) -> None:
    """A token that an API has taken, with its refresh token; then it is revoked."""
    simulator.set(greymatter={"refresh": refresh, **settings})
    world.play([READ]).check(1)
    simulator.revoke("greymatter")


def _sent(simulator: Simulator) -> list[str]:
    """Every refresh token that was sent to the login, in order."""
    forms = [parse_qs(entry["body"]) for entry in simulator.requests(GREYMATTER_LOGIN)]
    return [form["refresh_token"][0] for form in forms if form["grant_type"] == ["refresh_token"]]


def _refreshes(simulator: Simulator) -> int:
    return int(simulator.counters()["refreshes"]["greymatter"])


@pytest.mark.parametrize("refresh", ["rotate", "reuse"])
def test_all_at_once(world: World, simulator: Simulator, figure: Figure, refresh: str) -> None:
    """A revoked token and 20 hosts at 20 forks, 3 times, with a login that takes a second: 1 refresh each time, no
    other login, no failed task; where refresh tokens are rotated none is ever sent twice."""
    _log_in(world, simulator, refresh)
    simulator.fault(GREYMATTER_LOGIN, {"delay": 1})
    for round_ in range(1, 4):
        world.play([READ], hosts=HOSTS).check(HOSTS)
        assert (_refreshes(simulator), simulator.grants("greymatter")) == (round_, 1)
        simulator.revoke("greymatter")
    sent = _sent(simulator)
    logins = simulator.logins("greymatter")
    figure(f"{_refreshes(simulator)} refreshes, {len(set(sent))} refresh tokens, {logins} logins in all")
    assert len(sent) == 3
    assert len(set(sent)) == (3 if refresh == "rotate" else 1)


@pytest.mark.parametrize(("refresh", "attempts"), [("expired", 1), ("refuse", 1), ("off", 0)])
def test_no_refresh_to_be_had(world: World, simulator: Simulator, figure: Figure, refresh: str, attempts: int) -> None:
    """A refresh token that is expired or refused, or none at all, 20 hosts at 20 forks: 1 login with the password,
    after 1 try at most, and no failed task."""
    if refresh == "expired":
        _log_in(world, simulator, "rotate", refresh_life=0.5)
        time.sleep(0.6)
    else:
        _log_in(world, simulator, refresh)
    world.play([READ], hosts=HOSTS).check(HOSTS)
    grants = simulator.grants("greymatter") - 1
    figure(f"{len(_sent(simulator))} tries, {grants} logins with the password, 0 failed tasks")
    assert (len(_sent(simulator)), grants) == (attempts, 1)


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param({"cut": "after"}, id="answer lost"),
        pytest.param({"cut": "during"}, id="half an answer"),
        pytest.param({"cut": "before"}, id="request lost"),
        pytest.param({"delay": 6}, id="answer after the time-out"),
        pytest.param({"json": {"token_type": "bearer", "refresh_token": "r"}}, id="no access_token"),
        pytest.param({"html": "<title>Welcome</title>"}, id="a page"),
        pytest.param({"status": 503}, id="503"),
    ],
)
def test_a_refresh_that_breaks_off(world: World, simulator: Simulator, figure: Figure, fault: dict[str, Any]) -> None:
    """A refresh whose answer is lost or of no use, 20 hosts at 20 forks: it is not sent again, 1 login with the
    password follows, and no task fails."""
    _log_in(world, simulator, "rotate")
    simulator.fault(GREYMATTER_LOGIN, fault, times=1)
    world.play([{**READ, "greyops.rest.greymatter_catalog_info": {"timeout": 3}}], hosts=HOSTS).check(HOSTS)
    grants = simulator.grants("greymatter") - 1
    figure(f"refresh token sent {len(_sent(simulator))} time, {grants} login with the password, 0 failed tasks")
    assert (len(_sent(simulator)), grants) == (1, 1)


def test_a_slow_refresh(world: World, simulator: Simulator, figure: Figure) -> None:
    """A refresh that takes 6 s, three times as long as tasks wait for others to accept a token: 20 forks wait for it,
    nobody else asks, no task fails."""
    _log_in(world, simulator, "rotate")
    simulator.fault(GREYMATTER_LOGIN, {"delay": 6})
    started = time.monotonic()
    world.play([READ], hosts=HOSTS).check(HOSTS)
    figure(f"{_refreshes(simulator)} refresh, 0 failed tasks, {time.monotonic() - started:.1f} s")
    assert (_refreshes(simulator), simulator.logins("greymatter")) == (1, 2)


@pytest.mark.parametrize("refresh", ["rotate", "reuse"])
def test_killed_while_it_refreshes(world: World, simulator: Simulator, figure: Figure, refresh: str) -> None:
    """kill -9 of 20 forks while one of them waits for the answer to a refresh: the refresh token is not sent a second
    time, so that no server takes it for stolen; the next run logs in once with the password, and no task fails."""
    _log_in(world, simulator, refresh)
    simulator.fault(GREYMATTER_LOGIN, {"delay": 4}, times=1)
    play = world.start_playbook([{"tasks": [READ]}], hosts=HOSTS)
    assert simulator.wait_for_calls(GREYMATTER_LOGIN, 2, play.goes_on), play.end().output
    # The others come, and wait for the lock.
    time.sleep(2)
    forks = workers(play.process.pid)
    # All at once: whoever outlived the holder of the lock for a moment would log in.
    for how in (signal.SIGSTOP, signal.SIGKILL):
        for process in (play.process.pid, *forks):
            os.kill(process, how)
    play.process.communicate()
    world.play([READ], hosts=HOSTS).check(HOSTS)
    # The server has carried it out meanwhile, for nobody.
    deadline = time.monotonic() + 10
    while _refreshes(simulator) < 1 and time.monotonic() < deadline:
        time.sleep(0.05)
    sent, grants = _sent(simulator), simulator.grants("greymatter") - 1
    figure(f"{len(forks)} forks killed, {len(sent)} refresh, {grants} login with the password, 0 failed tasks")
    assert (len(sent), grants, _refreshes(simulator)) == (1, 1, 1)


def test_never_twice(world: World, simulator: Simulator, figure: Figure) -> None:
    """The token revoked after every 10 of 400 calls, loops of 20 hosts at 20 forks, refresh tokens rotated: none is
    ever sent twice, and the password once."""
    simulator.set(greymatter={"refresh": "rotate"})
    simulator.plan("greymatter", every=10)
    world.play([{**READ, "loop": list(range(20))}], hosts=HOSTS).check(HOSTS)
    sent = _sent(simulator)
    figure(f"{len(sent)} refreshes, {len(set(sent))} refresh tokens, {simulator.grants('greymatter')} login")
    assert len(set(sent)) == len(sent) == _refreshes(simulator) >= 30
    assert simulator.grants("greymatter") <= 2


def test_a_password_changed_meanwhile(world: World, simulator: Simulator, figure: Figure) -> None:
    """A password changed on the server while refresh tokens live on there: 20 hosts with the old password refresh once,
    20 with the new one log in once; neither sees the other's tokens."""
    _log_in(world, simulator, "rotate")
    simulator.set(greymatter={"users": [{"username": world.credentials.username, "password": "another"}]})
    world.play([READ], hosts=HOSTS).check(HOSTS)
    assert (_refreshes(simulator), simulator.grants("greymatter")) == (1, 1)
    env = {**world.addresses(), **world.logins(), "GREYMATTER_PASSWORD": "another"}
    world.play([READ], hosts=HOSTS, env=env).check(HOSTS)
    grants = simulator.grants("greymatter") - 1
    figure(f"{_refreshes(simulator)} refresh for the old password, {grants} login for the new one")
    assert (_refreshes(simulator), grants) == (1, 1)
    assert len(world.stored()) == 2
