# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many controllers: ansible-runner processes, each with its own empty home, and one shared Redis."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import Any

import pytest

from ..support.redis_server import RedisServer, run_redis
from ..support.reliability_report import RecordMeasurement
from ..support.sandbox import CommandResult, RunningCommand, Sandbox
from ..support.simulator_client import GREPR_LOGIN, GREYMATTER_LOGIN, SimulatorClient

pytestmark = pytest.mark.slow

TASKS: list[dict[str, Any]] = [
    {"name": "jobs", "greyops.rest.grepr_job_info": {}},
    {"name": "catalogs", "greyops.rest.greymatter_catalog_info": {}},
    {"name": "request", "greyops.rest.grepr_request": {"path": "/v1/echo"}},
]


class Fleet:
    """Controllers that share one Redis and one simulator. Each round starts new controllers with empty homes."""

    def __init__(self, sandbox: Sandbox, redis: RedisServer) -> None:
        self._sandbox = sandbox
        self._redis = redis
        self._count = 0

    def round(
        self, controllers: int, hosts: int, during_run: Callable[[list[RunningCommand]], None] | None = None
    ) -> float:
        """Run all controllers at once until they end; no task failed and no other store was used. Returns the
        seconds."""
        started = time.monotonic()
        running = [self._controller(hosts) for _number in range(controllers)]
        if during_run is not None:
            during_run(running)
        for run in [controller.wait() for controller in running]:
            _check(run, hosts * len(TASKS))
        return time.monotonic() - started

    def _controller(self, hosts: int) -> RunningCommand:
        self._count += 1
        place = self._sandbox.path / f"controller-{self._count}"
        home = place / "home"
        names = "\n".join(f"host{number:02} ansible_connection=local" for number in range(1, hosts + 1))
        files = {
            "project/play.yml": json.dumps([{"hosts": "all", "gather_facts": False, "tasks": TASKS}]),
            "inventory/hosts": f"{names}\n",
        }
        for name, content in files.items():
            file = place / name
            file.parent.mkdir(parents=True)
            file.write_text(content)
        home.mkdir()
        env = {
            **self._sandbox.get_addresses(),
            **self._sandbox.logins(),
            **self._redis.variables(),
            "HOME": str(home),
            "ANSIBLE_HOME": str(home / ".ansible"),
            "ANSIBLE_LOCAL_TEMP": str(home / "local"),
            "ANSIBLE_FORKS": "20",
        }
        return self._sandbox.start("ansible-runner", "run", place, "-p", "play.yml", env=env)


def _check(run: CommandResult, count: int) -> None:
    run.assert_success(count)
    assert run.count_warnings("token store") == 0, run.output


@pytest.fixture
def fleet(sandbox: Sandbox) -> Iterator[Fleet]:
    if not find_spec("ansible_runner"):
        pytest.skip("needs the Python package ansible-runner")
    with run_redis() as redis:
        yield Fleet(sandbox, redis)


def _count_logins(simulator: SimulatorClient) -> tuple[int, int]:
    return simulator.logins("grepr"), simulator.logins("greymatter")


def test_few(fleet: Fleet, simulator: SimulatorClient, record_measurement: RecordMeasurement) -> None:
    """3 controllers × 5 hosts × 3 tasks of two services, empty store: 1 grant per credential, 0 tasks failed."""
    for path in (GREPR_LOGIN, GREYMATTER_LOGIN):
        # Delays the login, so that all controllers find the store empty.
        simulator.fault(path, {"delay": 1})
    fleet.round(3, 5)
    assert _count_logins(simulator) == (1, 1)
    record_measurement("45 tasks: 1 + 1 grants")


def test_many(fleet: Fleet, simulator: SimulatorClient, record_measurement: RecordMeasurement) -> None:
    """8 controllers × 20 hosts × 3 tasks of two services, empty store: 1 grant per credential, 0 tasks failed.

    A second round of 8 controllers, with empty homes too: no grant. A third round, in which Grepr's token is revoked:
    1.
    """

    def revoke(running: list[RunningCommand]) -> None:
        before = sum(simulator.counters()["calls"].values())
        assert simulator.wait_for_calls("/", before + 150, lambda: all(one.is_running() for one in running))
        simulator.end_tokens(action="revoke", service="grepr")

    for path in (GREPR_LOGIN, GREYMATTER_LOGIN):
        simulator.fault(path, {"delay": 2})
    seconds = [fleet.round(8, 20)]
    assert _count_logins(simulator) == (1, 1)
    seconds.append(fleet.round(8, 20))
    assert _count_logins(simulator) == (1, 1)
    seconds.append(fleet.round(8, 20, during_run=revoke))
    assert _count_logins(simulator) == (2, 1)
    took = " + ".join(f"{part:.0f} s" for part in seconds)
    record_measurement(f"1,440 tasks of 24 controllers in {took}: 1 + 1 grants, then 0, then 1 + 0; 0 failed")
