# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts over ssh."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from ..support.reliability_report import RecordMeasurement
from ..support.sandbox import CommandResult, Sandbox
from ..support.simulator_client import GREPR_LOGIN, SimulatorClient
from ..support.ssh_hosts import SshHosts, run_ssh_hosts

pytestmark = pytest.mark.slow

FORKS = 25
FEW_AND_MANY = [pytest.param(5, id="5 hosts"), pytest.param(50, id="50 hosts")]

LOSSES = [
    pytest.param(SshHosts.kill, id="killed"),
    pytest.param(SshHosts.stop_responding, id="silent"),
]

TASKS: list[dict[str, Any]] = [
    {"name": "jobs", "greyops.rest.grepr_job_info": {}},
    {"name": "catalogs", "greyops.rest.greymatter_catalog_info": {}},
]
# Each path of a task to the API, and the keywords that select it.
MODES: dict[str, dict[str, Any]] = {
    "on the targets": {},
    "delegated to the controller": {"delegate_to": "localhost"},
    "with a local connection": {"vars": {"ansible_connection": "local"}},
}


def _environment(sandbox: Sandbox) -> dict[str, str]:
    return {**sandbox.get_addresses(), **sandbox.logins(), "ANSIBLE_PIPELINING": "1"}


def _count_logins(simulator: SimulatorClient) -> dict[str, int]:
    return {service: simulator.logins(service) for service in ("grepr", "greymatter")}


def _assert_success(run: CommandResult, count: int) -> None:
    """Assert that every host got the same complete response of both APIs."""
    run.assert_success(count * len(TASKS))
    for name, key in (("jobs", "jobs"), ("catalogs", "catalogs")):
        answers = [result.result[key] for result in run.get_results(name)]
        assert len(answers) == count
        assert answers[0]
        assert all(answer == answers[0] for answer in answers)


@pytest.mark.parametrize("count", FEW_AND_MANY)
def test_on_the_targets_and_on_the_controller(
    sandbox: Sandbox, simulator: SimulatorClient, record_measurement: RecordMeasurement, count: int
) -> None:
    """Modules on targets that share a home call both APIs, then the controller does: 1 grant per API and store."""
    # Delays the login, so that all hosts find the store empty.
    for path in (GREPR_LOGIN, "/api-gateway/auth-service"):
        simulator.fault(path, {"delay": 0.5})
    with run_ssh_hosts(sandbox.path / "ssh", count) as hosts:
        for mode, keywords in MODES.items():
            before = _count_logins(simulator)
            started = time.monotonic()
            run = sandbox.play(
                [{**task, **keywords} for task in TASKS],
                hosts=hosts.inventory,
                forks=FORKS,
                env=_environment(sandbox),
            )
            seconds = time.monotonic() - started
            _assert_success(run, count)
            grants = sum(_count_logins(simulator).values()) - sum(before.values())
            record_measurement(
                f"{mode}: {len(run.results)} tasks, {grants} grants, {len(run.failed)} failed, {seconds:.0f} s"
            )
            # The local connection uses the store that the delegated tasks have filled.
            assert grants == (0 if "local" in mode else 2)
        assert len(hosts["host01"].stored_records) == 2
        assert len(sandbox.get_stored_records()) == 2


@pytest.mark.parametrize("count", FEW_AND_MANY)
def test_separate_homes(
    sandbox: Sandbox, simulator: SimulatorClient, record_measurement: RecordMeasurement, count: int
) -> None:
    """Hosts with separate homes: each of 4 logs in once, and the others, which share a home, log in once together."""
    own = range(count - 3, count + 1)
    with run_ssh_hosts(sandbox.path / "ssh", count, own_homes=own) as hosts:
        run = sandbox.play(TASKS, hosts=hosts.inventory, forks=FORKS, env=_environment(sandbox))
        _assert_success(run, count)
        assert _count_logins(simulator) == {"grepr": 5, "greymatter": 5}
        stores = {host.home for host in hosts if len(host.stored_records) == 2}
    assert len(stores) == 5
    assert not sandbox.get_stored_records()
    record_measurement(f"{count} hosts with 5 homes: {len(run.results)} tasks, 5 grants per API, 0 failed")


@pytest.mark.parametrize("count", FEW_AND_MANY)
@pytest.mark.parametrize("lose", LOSSES)
def test_host_becomes_unreachable(
    sandbox: Sandbox,
    simulator: SimulatorClient,
    record_measurement: RecordMeasurement,
    count: int,
    lose: Callable[[SshHosts, str], None],
) -> None:
    """One host becomes unreachable while its module waits for a response: only that host is unreachable, the others
    complete the play."""
    query = {"host": "{{ inventory_hostname }}"}
    tasks = [
        {"name": "before", "greyops.rest.grepr_job_info": {}},
        {"name": "during", "greyops.rest.grepr_request": {"path": "/v1/echo", "query": query}},
        {"name": "after", "greyops.rest.grepr_job_info": {}},
    ]
    lost = "host03"
    simulator.fault("/api/v1/echo", {"delay": 2})
    with run_ssh_hosts(sandbox.path / "ssh", count, alone={3}) as hosts:
        running = sandbox.start_playbook(
            [{"tasks": tasks}], hosts=hosts.inventory, forks=FORKS, env=_environment(sandbox)
        )
        _wait_for_call(lost, simulator, running.is_running)
        lose(hosts, lost)
        gone = time.monotonic()
        run = running.wait()
        seconds = time.monotonic() - gone
    assert [(result.host, result.task, result.event) for result in run.failed] == [(lost, "during", "unreachable")]
    well = {(result.host, result.task) for result in run.results if result.event == "ok"}
    others = {host.name for host in hosts if host.name != lost}
    assert well == {(host, task["name"]) for host in others for task in tasks} | {(lost, "before")}
    assert simulator.logins() == 1
    record_measurement(
        f"1 host of {count} unreachable, 0 failed, {len(well)} tasks ok, end of the play {seconds:.0f} s later"
    )


def _wait_for_call(host: str, simulator: SimulatorClient, still: Callable[[], bool], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not any(entry["query"].get("host") == host for entry in simulator.requests("/api/v1/echo")):
        assert still(), "the play ended too soon"
        assert time.monotonic() < deadline
        time.sleep(0.05)
