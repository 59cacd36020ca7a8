# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A token that is revoked during a play is renewed once for all tasks, and no task fails."""

from __future__ import annotations

import time
from typing import Any

import pytest

from ..support.sandbox import STRATEGIES, Sandbox
from ..support.simulator_client import CATALOG, GREPR_LOGIN, GREYMATTER_LOGIN, SimulatorClient

SLOW = 0.15
JOBS = "/api/v1/jobs"


def _build_read_tasks(count: int) -> list[dict[str, Any]]:
    return [{"name": f"read {number}", "greyops.rest.grepr_job_info": {}} for number in range(count)]


def _wait_for_renewal(simulator: SimulatorClient, logins: int) -> bool:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if simulator.logins() > logins:
            return True
        time.sleep(0.01)
    return False


@STRATEGIES
def test_revoked_during_requests(sandbox: Sandbox, simulator: SimulatorClient, strategy: str) -> None:
    """20 forks, responses of 150 ms, the token revoked 3 times during the run: no failed task, 1 new grant each
    time."""
    simulator.fault("/api", {"delay": SLOW})
    simulator.fault(GREPR_LOGIN, {"delay": SLOW})
    play = sandbox.start_playbook([{"strategy": strategy, "tasks": _build_read_tasks(6)}], hosts=20)
    revocations = 0
    for calls in (10, 45, 80):
        assert simulator.wait_for_calls(JOBS, calls, play.is_running), play.wait().output
        simulator.end_tokens(action="revoke", service="grepr")
        revocations += 1
        assert _wait_for_renewal(simulator, revocations), play.wait().output
    play.wait().assert_success(120)
    assert (simulator.grants(), simulator.logins()) == (1 + revocations, 1 + revocations)
    assert simulator.counters()["unauthorized"]["grepr"] > 0


@STRATEGIES
def test_revoked_between_tasks(sandbox: Sandbox, simulator: SimulatorClient, strategy: str) -> None:
    """The token revoked between tasks, twice, before 20 forks use it at once: no failed task, 1 new grant each time."""
    simulator.fault("/api", {"delay": SLOW})
    simulator.fault(GREPR_LOGIN, {"delay": SLOW})
    plays = 3
    logins = []
    for _play in range(plays):
        sandbox.play(_build_read_tasks(2), hosts=20, strategy=strategy).assert_success(40)
        logins.append(simulator.logins())
        simulator.end_tokens(action="revoke", service="grepr")
    assert logins == [1, 2, 3]


def test_revoked_every_few_calls(sandbox: Sandbox, simulator: SimulatorClient) -> None:
    """The token revoked after each 20 calls, 120 tasks at 20 forks: no failed task, and 1 grant for each revocation."""
    simulator.end_tokens(service="grepr", every=20)
    sandbox.play(_build_read_tasks(6), hosts=20).assert_success(120)
    counters = simulator.counters()
    revocations = counters["revocations"]["grepr"]
    assert revocations >= 6
    assert revocations <= counters["grants"]["grepr"] <= 1 + revocations


def test_revoked_token_is_refreshed_once(sandbox: Sandbox, simulator: SimulatorClient) -> None:
    """With a refresh token, 20 forks and 2 revocations: no failed task, 1 refresh each time, 1 login in total."""
    simulator.switch(greymatter={"refresh": "rotate"})
    simulator.fault(CATALOG, {"delay": SLOW})
    simulator.fault(GREYMATTER_LOGIN, {"delay": SLOW})
    tasks = [{"name": f"read {number}", "greyops.rest.greymatter_catalog_info": {}} for number in range(4)]
    play = sandbox.start_playbook([{"tasks": tasks}], hosts=20)
    # A token that has not been accepted by a call is not refreshed: so each time every host runs a whole task in
    # between.
    for number, calls in enumerate((25, 65), 1):
        assert simulator.wait_for_calls(CATALOG, calls, play.is_running), play.wait().output
        simulator.end_tokens(action="revoke", service="greymatter")
        deadline = time.monotonic() + 30
        while simulator.counters()["refreshes"]["greymatter"] < number and time.monotonic() < deadline:
            time.sleep(0.01)
    play.wait().assert_success(80)
    assert (simulator.grants("greymatter"), simulator.counters()["refreshes"]["greymatter"]) == (1, 2)
    assert simulator.logins("greymatter") == 3


@pytest.mark.parametrize("expires_in", ["number", "absent"])
def test_token_expires_during_the_play(sandbox: Sandbox, simulator: SimulatorClient, expires_in: str) -> None:
    """Tokens that live 2 s, less than the duration of the play, with or without expires_in: no failed task."""
    simulator.switch(grepr={"token_life": 2, "expires_in_form": expires_in})
    simulator.fault("/api", {"delay": SLOW})
    started = time.monotonic()
    sandbox.play(_build_read_tasks(8), hosts=8).assert_success(64)
    taken = time.monotonic() - started
    # With a known lifetime a token is renewed at half of it; otherwise when the old one is rejected.
    assert 2 <= simulator.grants() <= 2 + taken


def test_many_calls_of_one_task(sandbox: Sandbox, simulator: SimulatorClient) -> None:
    """A loop of 30 whose token is revoked twice: no failed item, 1 new grant each time."""
    tasks = [{"name": "loop", "greyops.rest.grepr_job_info": {}, "loop": list(range(30))}]
    simulator.end_tokens(service="grepr", every=12)
    run = sandbox.play(tasks)
    run.assert_success(1)
    assert len(run.get_result("loop")["results"]) == 30
    assert simulator.grants() == 1 + simulator.counters()["revocations"]["grepr"] == 3
