# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clock jumps"""

from __future__ import annotations

import fcntl
import shlex
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.greyops.rest.plugins.module_utils._oauth.file_store import FileStore

from ..support.reliability_report import RecordMeasurement
from ..support.sandbox import CommandResult, Sandbox
from ..support.simulator_client import GREPR_LOGIN, SimulatorClient
from ..support.system_packages import get_program
from .processes import get_open_files, get_workers

pytestmark = pytest.mark.slow

HOUR = 3600
FORKS = 20
JOBS = {"name": "jobs", "greyops.rest.grepr_job_info": {}}
# Prints the offset of the wall clock: if Python ignored the preloaded library, these tests would check nothing.
_CHECK = "import os, time; before = time.monotonic(); time.sleep(0.01); print(time.time(), time.monotonic() - before)"


class Clock:
    """The wall clock of the commands that get these variables: the system's clock, moved by some seconds."""

    def __init__(self, file: Path, library: Path) -> None:
        self._file = file
        self._file.write_bytes(struct.pack("q", 0))
        self.variables = {"LD_PRELOAD": str(library), "SANDBOX_CLOCK": str(file)}

    def jump(self, seconds: int) -> None:
        with self._file.open("r+b") as file:
            file.write(struct.pack("q", seconds))

    def build_jump_task(self, seconds: int) -> dict[str, Any]:
        """A task that moves the clock during a play."""
        bytes_of = "".join(f"\\{byte:03o}" for byte in struct.pack("q", seconds))
        script = f"printf '{bytes_of}' | dd conv=notrunc of={shlex.quote(str(self._file))}"
        return {"name": f"jump to {seconds}", "ansible.builtin.shell": script, "run_once": True}


@pytest.fixture(scope="module")
def _library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    compiler = get_program("cc", "build-essential")
    library = tmp_path_factory.mktemp("clock") / "clock.so"
    build = [
        compiler,
        "-shared",
        "-fPIC",
        "-O2",
        "-Wall",
        "-o",
        str(library),
        str(Path(__file__).with_name("clock.c")),
        "-ldl",
    ]
    built = subprocess.run(build, check=False, capture_output=True, text=True)
    if built.returncode:
        pytest.skip(f"needs a C compiler that works: {built.stderr[-200:]}")
    return library


@pytest.fixture
def clock(sandbox: Sandbox, _library: Path) -> Clock:
    made = Clock(sandbox.path / "clock", _library)
    made.jump(HOUR)
    command = [sys.executable, "-c", _CHECK]
    printed = subprocess.run(command, env=made.variables, check=True, capture_output=True, text=True).stdout.split()
    assert float(printed[0]) - time.time() == pytest.approx(HOUR, abs=60)
    assert 0 < float(printed[1]) < 60
    made.jump(0)
    return made


def _variables(sandbox: Sandbox, clock: Clock) -> dict[str, str]:
    return {**sandbox.get_addresses(), **sandbox.logins(), **clock.variables}


def _count_sources(run: CommandResult, task: str, source: str) -> int:
    return [result.result["api"]["token"] for result in run.get_results(task)].count(source)


@pytest.mark.parametrize(
    ("life", "expected"),
    [
        # Too old; from the future; from the future; too old.
        pytest.param(1800, [1, 1, 1, 1, 1], id="tokens of 30 minutes"),
        # From the future once.
        pytest.param(86400, [1, 0, 0, 1, 0], id="tokens of a day"),
    ],
)
def test_clock_jumps_of_one_hour(
    sandbox: Sandbox,
    simulator: SimulatorClient,
    clock: Clock,
    record_measurement: RecordMeasurement,
    life: int,
    expected: list[int],
) -> None:
    """The clock is set to an hour ahead, correct, an hour behind and correct during a play with 20 hosts: 1 grant
    whenever the age of the token is not plausible."""
    simulator.switch(token_life=life)
    tasks: list[dict[str, Any]] = []
    for number, jump in enumerate((0, HOUR, 0, -HOUR, 0)):
        tasks += [clock.build_jump_task(jump), {**JOBS, "name": f"first {number}"}, {**JOBS, "name": f"again {number}"}]
    run = sandbox.play(tasks, hosts=FORKS, forks=FORKS, env=_variables(sandbox, clock))
    run.assert_success((2 * FORKS + 1) * len(expected))
    granted = [_count_sources(run, f"first {number}", "granted") for number in range(len(expected))]
    assert granted == expected
    assert [_count_sources(run, f"again {number}", "stored") for number in range(len(expected))] == [FORKS] * len(
        expected
    )
    assert simulator.grants() == sum(expected)
    assert run.count_warnings("token store") == 0, run.output
    record_measurement(f"{'+'.join(map(str, granted))} grants, 0 failed of {2 * FORKS * len(expected)}")


def test_slow_clock_and_rejected_token(
    sandbox: Sandbox, simulator: SimulatorClient, clock: Clock, record_measurement: RecordMeasurement
) -> None:
    """A clock that is 50 s behind treats tokens as valid that have expired on the server: 1 grant for 20 hosts, no
    failed task."""
    simulator.switch(token_life=1800)
    env = _variables(sandbox, clock)
    sandbox.play([JOBS], env=env).assert_success(1)
    clock.jump(-50)
    simulator.admin("POST", "/tokens", {"action": "expire", "service": "grepr"})
    run = sandbox.play([JOBS], hosts=FORKS, forks=FORKS, env=env)
    run.assert_success(FORKS)
    refused = simulator.counters()["unauthorized"]["grepr"]
    assert refused >= 1
    assert simulator.grants() == 2
    record_measurement(f"{refused} times 401, {simulator.grants() - 1} grant, 0 failed of {FORKS}")


def test_rejection_marks_from_the_future(
    sandbox: Sandbox, simulator: SimulatorClient, clock: Clock, record_measurement: RecordMeasurement
) -> None:
    """A credential that is rejected while the clock is an hour ahead is accepted again as soon as the clock is
    correct."""
    env = _variables(sandbox, clock)
    clock.jump(HOUR)
    simulator.end_tokens(service="grepr", always=True)
    assert len(sandbox.play([JOBS], env=env).failed) == 1
    marked = simulator.grants()
    assert len(sandbox.play([JOBS], env=env).failed) == 1
    # The mark is set: no new token is requested.
    assert simulator.grants() == marked
    simulator.end_tokens(service="grepr", always=False)
    clock.jump(0)
    run = sandbox.play([JOBS], hosts=FORKS, forks=FORKS, env=env)
    run.assert_success(FORKS)
    grants = simulator.grants() - marked
    assert grants == 1
    record_measurement(f"{grants} grant, 0 failed of {FORKS}")


def test_cooldowns_from_the_future(
    sandbox: Sandbox, simulator: SimulatorClient, clock: Clock, record_measurement: RecordMeasurement
) -> None:
    """A server that requested a delay of 40 s while the clock was an hour ahead is called without delay as soon as the
    clock is correct."""
    env = _variables(sandbox, clock)
    task = {"name": "jobs", "greyops.rest.grepr_job_info": {"max_wait": 5}}
    clock.jump(HOUR)
    simulator.fault("/api/v1/jobs", {"status": 429, "headers": {"Retry-After": "40"}}, times=1)
    assert len(sandbox.play([task], env=env).failed) == 1
    # The cooldown is set: no request is sent.
    asked = len(simulator.requests("/api/v1/jobs"))
    (failure,) = sandbox.play([task], env=env).failed
    assert "max_wait" in failure.result["msg"]
    assert len(simulator.requests("/api/v1/jobs")) == asked
    clock.jump(0)
    run = sandbox.play([task], hosts=FORKS, forks=FORKS, env=env)
    run.assert_success(FORKS)
    waited = sum(result.result["api"]["waited"] for result in run.get_results("jobs"))
    assert waited == 0
    record_measurement(f"{waited:.0f} s waited, 0 failed of {FORKS}")


@contextmanager
def _hold_lock(sandbox: Sandbox) -> Iterator[Path]:
    """Hold the lock of the only record."""
    (record,) = sandbox.get_stored_records()
    record.unlink()
    lock = record.with_suffix(".lock")
    with lock.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield lock


@pytest.mark.parametrize("jump", [HOUR, -HOUR], ids=["an hour ahead", "an hour back"])
def test_clock_jumps_during_a_lock_wait(
    sandbox: Sandbox, simulator: SimulatorClient, clock: Clock, record_measurement: RecordMeasurement, jump: int
) -> None:
    """The clock jumps while a task waits for a lock: the wait is not shortened or extended, and ends with a clear
    error."""
    env = _variables(sandbox, clock)
    sandbox.play([JOBS], env=env).assert_success(1)
    # Twice the longest exchange, which is two timeouts here.
    task = {"name": "jobs", "greyops.rest.grepr_job_info": {"timeout": 1, "retries": 0, "max_wait": 0}}
    with _hold_lock(sandbox) as lock:
        running = sandbox.start_playbook([{"tasks": [task]}], env=env)
        while not any(lock.name in get_open_files(worker, lock.parent) for worker in get_workers(running.process.pid)):
            assert running.is_running()
        started = time.monotonic()
        clock.jump(jump)
        run = running.wait()
        seconds = time.monotonic() - started
    (failure,) = run.failed
    assert "Another process has held a token's lock" in failure.result["msg"]
    assert 3 < seconds < 20
    assert simulator.grants() == 1
    record_measurement(f"{seconds:.0f} s waited of 4")


ABSURD = {
    "no end": {"expires_at": 1e308},
    "after the year 9999": {"expires_at": 3e11},
    "a number of 400 digits": {"expires_at": 10**400},
    "not a number": {"expires_at": float("nan")},
    "before 1970": {"obtained_at": -1.0},
    "a word": {"expires_at": "soon"},
}


def test_records_with_invalid_times(
    sandbox: Sandbox, simulator: SimulatorClient, record_measurement: RecordMeasurement
) -> None:
    """Records with an invalid expiry time are ignored: 20 hosts at 20 forks make 1 grant for each record, no failed
    task."""
    sandbox.play([JOBS]).assert_success(1)
    (record,) = sandbox.get_stored_records()
    seal = FileStore(str(sandbox.store)).open_cipher([sandbox.credentials.client_secret, None])
    document = seal.decrypt(record.stem, record.read_bytes())
    tasks: list[dict[str, Any]] = []
    for number, (name, change) in enumerate(ABSURD.items()):
        absurd = sandbox.path / f"absurd-{number}"
        absurd.write_bytes(seal.encrypt(record.stem, {**document, "token": {**document["token"], **change}}))
        absurd.chmod(0o600)
        put = {"name": f"put {name}", "ansible.builtin.command": f"cp -p {absurd} {record}", "run_once": True}
        log_in = {"name": f"log in {name}", "greyops.rest.grepr_token": {}}
        tasks += [put, {**JOBS, "name": name}, log_in]
    run = sandbox.play(tasks, hosts=FORKS, forks=FORKS)
    run.assert_success((2 * FORKS + 1) * len(ABSURD))
    assert [_count_sources(run, name, "granted") for name in ABSURD] == [1] * len(ABSURD)
    assert simulator.logins() == 1 + len(ABSURD)
    assert len(simulator.requests(GREPR_LOGIN)) == simulator.logins()
    record_measurement(f"{len(ABSURD)} records, {simulator.grants() - 1} grants, 0 failed of {2 * FORKS * len(ABSURD)}")
