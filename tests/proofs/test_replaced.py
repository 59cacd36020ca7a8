# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A token that dies in mid-play is replaced, once for all, and no task fails."""

from __future__ import annotations

import time
from typing import Any

import pytest

from .simulator import CATALOG, GREPR_LOGIN, GREYMATTER_LOGIN, Simulator
from .world import STRATEGIES, World

SLOW = 0.15
JOBS = "/api/v1/jobs"


def _reads(count: int) -> list[dict[str, Any]]:
    return [{"name": f"read {number}", "greyops.rest.grepr_job_info": {}} for number in range(count)]


def _wait_for_replacement(simulator: Simulator, logins: int) -> bool:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if simulator.logins() > logins:
            return True
        time.sleep(0.01)
    return False


@STRATEGIES
def test_revoked_while_calls_are_on_their_way(world: World, simulator: Simulator, strategy: str) -> None:
    """20 forks, answers of 150 ms, the token revoked 3 times in the middle: no failed task, 1 new grant each time."""
    simulator.fault("/api", {"delay": SLOW})
    simulator.fault(GREPR_LOGIN, {"delay": SLOW})
    play = world.start_playbook([{"strategy": strategy, "tasks": _reads(6)}], hosts=20)
    revocations = 0
    for calls in (10, 45, 80):
        assert simulator.wait_for_calls(JOBS, calls, play.goes_on), play.end().output
        simulator.revoke("grepr")
        revocations += 1
        assert _wait_for_replacement(simulator, revocations), play.end().output
    play.end().check(120)
    assert (simulator.grants(), simulator.logins()) == (1 + revocations, 1 + revocations)
    assert simulator.counters()["unauthorized"]["grepr"] > 0


@STRATEGIES
def test_revoked_between_tasks(world: World, simulator: Simulator, strategy: str) -> None:
    """The token revoked between tasks, twice, before 20 forks use it at once: no failed task, 1 new grant each time."""
    simulator.fault("/api", {"delay": SLOW})
    simulator.fault(GREPR_LOGIN, {"delay": SLOW})
    plays = 3
    logins = []
    for _play in range(plays):
        world.play(_reads(2), hosts=20, strategy=strategy).check(40)
        logins.append(simulator.logins())
        simulator.revoke("grepr")
    assert logins == [1, 2, 3]


def test_revoked_every_few_calls(world: World, simulator: Simulator) -> None:
    """The token revoked after each 20 calls, 120 tasks at 20 forks: no failed task, and 1 grant for each revocation."""
    simulator.plan("grepr", every=20)
    world.play(_reads(6), hosts=20).check(120)
    counters = simulator.counters()
    revocations = counters["revocations"]["grepr"]
    assert revocations >= 6
    assert revocations <= counters["grants"]["grepr"] <= 1 + revocations


def test_refreshed_once(world: World, simulator: Simulator) -> None:
    """With a refresh token, 20 forks and 2 revocations: no failed task, 1 refresh each time, 1 login in all."""
    simulator.set(greymatter={"refresh": "rotate"})
    simulator.fault(CATALOG, {"delay": SLOW})
    simulator.fault(GREYMATTER_LOGIN, {"delay": SLOW})
    tasks = [{"name": f"read {number}", "greyops.rest.greymatter_catalog_info": {}} for number in range(4)]
    play = world.start_playbook([{"tasks": tasks}], hosts=20)
    # A token that no call was taken with is not refreshed: so each time a whole task of every host lies in between.
    for number, calls in enumerate((25, 65), 1):
        assert simulator.wait_for_calls(CATALOG, calls, play.goes_on), play.end().output
        simulator.revoke("greymatter")
        deadline = time.monotonic() + 30
        while simulator.counters()["refreshes"]["greymatter"] < number and time.monotonic() < deadline:
            time.sleep(0.01)
    play.end().check(80)
    assert (simulator.grants("greymatter"), simulator.counters()["refreshes"]["greymatter"]) == (1, 2)
    assert simulator.logins("greymatter") == 3


@pytest.mark.parametrize("told", ["number", "absent"])
def test_expires_in_mid_play(world: World, simulator: Simulator, told: str) -> None:
    """Tokens that live 2 s, less than the play takes, whether or not the server says so: no failed task."""
    simulator.set(grepr={"token_life": 2, "expires_in_form": told})
    simulator.fault("/api", {"delay": SLOW})
    started = time.monotonic()
    world.play(_reads(8), hosts=8).check(64)
    taken = time.monotonic() - started
    # Who knows the life takes a new token at half of it; who does not, when the old one is refused.
    assert 2 <= simulator.grants() <= 2 + taken


def test_many_calls_of_one_task(world: World, simulator: Simulator) -> None:
    """A loop of 30 that loses its token twice: no failed item, 1 new grant each time."""
    tasks = [{"name": "loop", "greyops.rest.grepr_job_info": {}, "loop": list(range(30))}]
    simulator.plan("grepr", every=12)
    run = world.play(tasks)
    run.check(1)
    assert len(run.one("loop")["results"]) == 30
    assert simulator.grants() == 1 + simulator.counters()["revocations"]["grepr"] == 3
