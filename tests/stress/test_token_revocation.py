# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tokens revoked during a play"""

from __future__ import annotations

import time
from typing import Any

import pytest

from ..support.reliability_report import RecordMeasurement
from ..support.sandbox import CommandResult, Sandbox
from ..support.simulator_client import SimulatorClient

pytestmark = pytest.mark.slow

READS = {"grepr": "greyops.rest.grepr_job_info", "greymatter": "greyops.rest.greymatter_catalog_info"}
HOSTS = 20
MAX_GRANTS = 2
# Of a play whose tasks wait two seconds for a better token, with a margin for a busy machine.
LONGEST_PLAY = 40.0


def _build_read_tasks(service: str, count: int) -> list[dict[str, Any]]:
    return [{"name": f"read {number}", READS[service]: {}} for number in range(count)]


def _build_loop_task(service: str, count: int) -> list[dict[str, Any]]:
    return [{"name": "read", READS[service]: {}, "loop": list(range(count))}]


def _play_tasks(sandbox: Sandbox, service: str, shape: str) -> tuple[CommandResult, float]:
    """A task of 20 hosts, or a loop of 20 items on one host."""
    started = time.monotonic()
    if shape == "loop":
        run = sandbox.play(_build_loop_task(service, HOSTS))
    else:
        run = sandbox.play(_build_read_tasks(service, 1), hosts=HOSTS, strategy=shape)
    return run, time.monotonic() - started


def _get_failures(run: CommandResult) -> list[dict[str, Any]]:
    """The results of failed tasks, or of failed loop items."""
    items = [event.result for event in run.events if event.event == "item failed"]
    return items or [failure.result for failure in run.failed]


@pytest.mark.parametrize(
    ("service", "shape"),
    [
        ("grepr", "linear"),
        ("grepr", "free"),
        ("grepr", "loop"),
        ("greymatter", "loop"),
        ("greymatter", "linear"),
        ("greymatter", "free"),
    ],
)
def test_all_calls_rejected(
    sandbox: Sandbox, simulator: SimulatorClient, record_measurement: RecordMeasurement, service: str, shape: str
) -> None:
    """401 on every call, 20 hosts at 20 forks or a loop of 20, with an empty store and then with a valid token: at most
    2 new grants each time, then a clear error; none in an immediate second run."""
    simulator.end_tokens(service=service, always=True)
    for store in ("cold", "warm"):
        if store == "warm":
            simulator.end_tokens(service=service, always=False)
            for record in sandbox.get_stored_records():
                record.unlink()
            sandbox.play(_build_read_tasks(service, 1)).assert_success(1)
            simulator.end_tokens(service=service, always=True)
        before = simulator.logins(service)
        run, seconds = _play_tasks(sandbox, service, shape)
        again, _seconds = _play_tasks(sandbox, service, shape)
        for failures in (_get_failures(run), _get_failures(again)):
            assert len(failures) == HOSTS, run.output
            for failure in failures:
                assert (failure["status"], failure["method"]) == (401, "GET")
                assert "New tokens are refused as well" in failure["msg"]
        grants = simulator.logins(service) - before
        assert grants <= MAX_GRANTS
        assert seconds < LONGEST_PLAY
        record_measurement(f"{store}: {grants} grants, {HOSTS} clear errors in {seconds:.1f} s")


@pytest.mark.parametrize(
    ("service", "shape"),
    [
        ("greymatter", "linear"),
        ("grepr", "loop"),
        ("greymatter", "loop"),
        ("grepr", "free"),
    ],
)
def test_login_rejected(
    sandbox: Sandbox, simulator: SimulatorClient, record_measurement: RecordMeasurement, service: str, shape: str
) -> None:
    """A login that answers with 401, 20 hosts at 20 forks or a loop of 20: sent once per run, to avoid locking the
    account; each task reports the error of the login, and the next run tries again."""
    simulator.switch(greymatter={"wrong_password_status": 401})
    wrong = {"GREPR_CLIENT_SECRET": "wrong", "GREYMATTER_PASSWORD": "wrong"}
    env = {**sandbox.get_addresses(), **sandbox.logins(), **wrong}
    logins = []
    for _run in range(2):
        if shape == "loop":
            run = sandbox.play(_build_loop_task(service, HOSTS), env=env)
        else:
            run = sandbox.play(_build_read_tasks(service, 1), hosts=HOSTS, strategy=shape, env=env)
        failures = _get_failures(run)
        assert len(failures) == HOSTS, run.output
        for failure in failures:
            assert (failure["status"], failure["method"]) == (401, "POST")
            assert "(login) failed with HTTP 401" in failure["msg"]
        logins.append(simulator.logins(service))
    record_measurement(f"logins after each run: {logins[0]}, {logins[1]}")
    assert logins == [1, 2]


def test_password_changed_during_a_play(
    sandbox: Sandbox, simulator: SimulatorClient, record_measurement: RecordMeasurement
) -> None:
    """Tokens are revoked and the password is changed on the server, 20 hosts at 20 forks: 1 attempt with the old
    password, and each task reports that the login was rejected; the new password logs in immediately."""
    sandbox.play(_build_read_tasks("greymatter", 1)).assert_success(1)
    users = [{"username": sandbox.credentials.username, "password": "another"}]
    simulator.switch(greymatter={"users": users, "refresh": "refuse"})
    simulator.end_tokens(action="revoke", service="greymatter", refresh=True)
    before = simulator.logins("greymatter")
    run = sandbox.play(_build_read_tasks("greymatter", 1), hosts=HOSTS)
    assert len(run.failed) == HOSTS, run.output
    for failure in run.failed:
        assert "Check username and password" in failure.result["msg"]
    # The refresh token, and the password.
    tries = simulator.logins("greymatter") - before
    env = {**sandbox.get_addresses(), **sandbox.logins(), "GREYMATTER_PASSWORD": "another"}
    sandbox.play(_build_read_tasks("greymatter", 1), hosts=HOSTS, env=env).assert_success(HOSTS)
    record_measurement(
        f"{tries - 1} login with the old password among {HOSTS} tasks, {simulator.grants('greymatter')} grants in total"
    )
    assert (tries, simulator.grants("greymatter")) == (2, 2)


@pytest.mark.parametrize(
    ("service", "every", "calls", "shape"),
    [
        ("grepr", 20, 200, "loop"),
        ("grepr", 50, 2000, "linear"),
        ("grepr", 50, 2000, "loop"),
        ("greymatter", 50, 2000, "loop"),
    ],
)
def test_repeatedly_revoked(
    sandbox: Sandbox,
    simulator: SimulatorClient,
    record_measurement: RecordMeasurement,
    service: str,
    every: int,
    calls: int,
    shape: str,
) -> None:
    """The token is revoked repeatedly, after a number of calls of 20 hosts at 20 forks, in tasks or loops: no failed
    task, and 1 new token for each revocation, with a refresh token for GreyMatter."""
    simulator.switch(greymatter={"refresh": "rotate"})
    simulator.end_tokens(service=service, every=every)
    each = calls // HOSTS
    tasks = _build_loop_task(service, each) if shape == "loop" else _build_read_tasks(service, each)
    sandbox.play(tasks, hosts=HOSTS).assert_success(HOSTS * len(tasks))
    counters = simulator.counters()
    revocations, grants = counters["revocations"][service], counters["grants"][service]
    refreshes = counters["refreshes"].get(service, 0)
    record_measurement(f"{calls} calls, {revocations} revocations, {grants} grants, {refreshes} refreshes, 0 failed")
    assert revocations >= calls // every
    # The last revocation may occur when no token is needed any more.
    assert revocations <= grants + refreshes <= 1 + revocations
    if service == "greymatter":
        assert refreshes >= 0.9 * (revocations - 1)


@pytest.mark.parametrize(("every", "most_failures"), [(7, 4), (3, 4), (1, 40)])
def test_revoked_faster_than_usable(
    sandbox: Sandbox, simulator: SimulatorClient, record_measurement: RecordMeasurement, every: int, most_failures: int
) -> None:
    """The token is revoked after every 7, 3 or 1 of 400 calls under 20 forks, so that a call may meet several revoked
    tokens in a row: 1 grant for each revocation, and an error only for a call that made 2 grants of its own without
    success."""
    simulator.end_tokens(service="grepr", every=every)
    run = sandbox.play(_build_loop_task("grepr", 20), hosts=HOSTS)
    items = [event.result for event in run.events if event.event.startswith("item ")]
    failures = _get_failures(run) if run.failed else []
    counters = simulator.counters()
    revocations, grants = counters["revocations"]["grepr"], counters["grants"]["grepr"]
    repeats = max(item["api"]["retries"] for item in items)
    record_measurement(
        f"{revocations} revocations, {grants} grants, at most {repeats} retries of a call, {len(failures)} failed"
    )
    assert len(items) == 400
    assert revocations <= grants <= 1 + revocations
    assert len(failures) <= most_failures
    assert all(failure["status"] == 401 for failure in failures)
