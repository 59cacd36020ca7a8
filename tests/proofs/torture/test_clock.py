# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A clock that jumps"""

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

from ..conftest import Figure
from ..simulator import GREPR_LOGIN, Simulator
from ..world import AIDS, Run, World
from . import debian
from .processes import opened, workers

pytestmark = pytest.mark.slow

HOUR = 3600
FORKS = 20
JOBS = {"name": "jobs", "greyops.rest.grepr_job_info": {}}
# Prints how far the wall clock is moved: with a preload that a Python ignores, these tests would show nothing.
_CHECK = "import os, time; before = time.monotonic(); time.sleep(0.01); print(time.time(), time.monotonic() - before)"


class Clock:
    """The wall clock of the commands that get these variables: the real one, moved by some seconds."""

    def __init__(self, file: Path, library: Path) -> None:
        self._file = file
        self._file.write_bytes(struct.pack("q", 0))
        self.variables = {"LD_PRELOAD": str(library), "PROOFS_CLOCK": str(file)}

    def jump(self, seconds: int) -> None:
        with self._file.open("r+b") as file:
            file.write(struct.pack("q", seconds))

    def jumping(self, seconds: int) -> dict[str, Any]:
        """A task that does it in mid-play."""
        bytes_of = "".join(f"\\{byte:03o}" for byte in struct.pack("q", seconds))
        script = f"printf '{bytes_of}' | dd conv=notrunc of={shlex.quote(str(self._file))}"
        return {"name": f"jump to {seconds}", "ansible.builtin.shell": script, "run_once": True}


@pytest.fixture(scope="module")
def _library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    compiler = debian.program("cc", "build-essential")
    library = tmp_path_factory.mktemp("clock") / "clock.so"
    build = [compiler, "-shared", "-fPIC", "-O2", "-Wall", "-o", str(library), str(AIDS / "clock.c"), "-ldl"]
    built = subprocess.run(build, check=False, capture_output=True, text=True)
    if built.returncode:
        pytest.skip(f"needs a C compiler that works: {built.stderr[-200:]}")
    return library


@pytest.fixture
def clock(world: World, _library: Path) -> Clock:
    made = Clock(world.place / "clock", _library)
    made.jump(HOUR)
    command = [sys.executable, "-c", _CHECK]
    told = subprocess.run(command, env=made.variables, check=True, capture_output=True, text=True).stdout.split()
    assert float(told[0]) - time.time() == pytest.approx(HOUR, abs=60)
    assert 0 < float(told[1]) < 60
    made.jump(0)
    return made


def _variables(world: World, clock: Clock) -> dict[str, str]:
    return {**world.addresses(), **world.logins(), **clock.variables}


def _sources(run: Run, task: str, source: str) -> int:
    return [result.result["api"]["token"] for result in run.of(task)].count(source)


@pytest.mark.parametrize(
    ("life", "expected"),
    [
        # Too old; from the future; from the future; too old.
        pytest.param(1800, [1, 1, 1, 1, 1], id="tokens of 30 minutes"),
        # From the future once.
        pytest.param(86400, [1, 0, 0, 1, 0], id="tokens of a day"),
    ],
)
def test_an_hour_either_way(
    world: World, simulator: Simulator, clock: Clock, figure: Figure, life: int, expected: list[int]
) -> None:
    """An hour ahead, right, an hour behind, right, in mid-play, 20 hosts: 1 grant where a token's age tells nothing."""
    simulator.set(token_life=life)
    tasks: list[dict[str, Any]] = []
    for number, jump in enumerate((0, HOUR, 0, -HOUR, 0)):
        tasks += [clock.jumping(jump), {**JOBS, "name": f"first {number}"}, {**JOBS, "name": f"again {number}"}]
    run = world.play(tasks, hosts=FORKS, forks=FORKS, env=_variables(world, clock))
    run.check((2 * FORKS + 1) * len(expected))
    granted = [_sources(run, f"first {number}", "granted") for number in range(len(expected))]
    assert granted == expected
    assert [_sources(run, f"again {number}", "stored") for number in range(len(expected))] == [FORKS] * len(expected)
    assert simulator.grants() == sum(expected)
    assert run.warnings("token store") == 0, run.output
    figure(f"{'+'.join(map(str, granted))} grants, 0 failed of {2 * FORKS * len(expected)}")


def test_the_server_knows_better(world: World, simulator: Simulator, clock: Clock, figure: Figure) -> None:
    """A clock that is 50 s behind takes tokens for good that the server has ended: 1 grant for 20 hosts, none fails."""
    simulator.set(token_life=1800)
    env = _variables(world, clock)
    world.play([JOBS], env=env).check(1)
    clock.jump(-50)
    simulator.admin("POST", "/tokens", {"action": "expire", "service": "grepr"})
    run = world.play([JOBS], hosts=FORKS, forks=FORKS, env=env)
    run.check(FORKS)
    refused = simulator.counters()["unauthorized"]["grepr"]
    assert refused >= 1
    assert simulator.grants() == 2
    figure(f"{refused} times 401, {simulator.grants() - 1} grant, 0 failed of {FORKS}")


def test_refusals_of_the_future(world: World, simulator: Simulator, clock: Clock, figure: Figure) -> None:
    """A credential that was refused while the clock was an hour ahead is not locked out when it is right again."""
    env = _variables(world, clock)
    clock.jump(HOUR)
    simulator.plan("grepr", always=True)
    assert len(world.play([JOBS], env=env).failed) == 1
    marked = simulator.grants()
    assert len(world.play([JOBS], env=env).failed) == 1
    # The mark is there: nobody asked again.
    assert simulator.grants() == marked
    simulator.plan("grepr", always=False)
    clock.jump(0)
    run = world.play([JOBS], hosts=FORKS, forks=FORKS, env=env)
    run.check(FORKS)
    grants = simulator.grants() - marked
    assert grants == 1
    figure(f"{grants} grant, 0 failed of {FORKS}")


def test_cool_downs_of_the_future(world: World, simulator: Simulator, clock: Clock, figure: Figure) -> None:
    """A server that asked for 40 s while the clock was an hour ahead is asked at once when it is right again."""
    env = _variables(world, clock)
    task = {"name": "jobs", "greyops.rest.grepr_job_info": {"max_wait": 5}}
    clock.jump(HOUR)
    simulator.fault("/api/v1/jobs", {"status": 429, "headers": {"Retry-After": "40"}}, times=1)
    assert len(world.play([task], env=env).failed) == 1
    # The cool-down is there: nobody asks.
    asked = len(simulator.requests("/api/v1/jobs"))
    (failure,) = world.play([task], env=env).failed
    assert "max_wait" in failure.result["msg"]
    assert len(simulator.requests("/api/v1/jobs")) == asked
    clock.jump(0)
    run = world.play([task], hosts=FORKS, forks=FORKS, env=env)
    run.check(FORKS)
    waited = sum(result.result["api"]["waited"] for result in run.of("jobs"))
    assert waited == 0
    figure(f"{waited:.0f} s waited, 0 failed of {FORKS}")


@contextmanager
def _held(world: World) -> Iterator[Path]:
    """Hold the lock of the one record there was."""
    (record,) = world.stored()
    record.unlink()
    lock = record.with_suffix(".lock")
    with lock.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield lock


@pytest.mark.parametrize("jump", [HOUR, -HOUR], ids=["an hour ahead", "an hour back"])
def test_who_waits_for_a_lock(world: World, simulator: Simulator, clock: Clock, figure: Figure, jump: int) -> None:
    """The clock jumps while a task waits for a lock: it waits no less and no longer, and then says so."""
    env = _variables(world, clock)
    world.play([JOBS], env=env).check(1)
    # Twice the longest exchange, which is two time-outs here.
    task = {"name": "jobs", "greyops.rest.grepr_job_info": {"timeout": 1, "retries": 0, "max_wait": 0}}
    with _held(world) as lock:
        running = world.start_playbook([{"tasks": [task]}], env=env)
        while not any(lock.name in opened(worker, lock.parent) for worker in workers(running.process.pid)):
            assert running.goes_on()
        started = time.monotonic()
        clock.jump(jump)
        run = running.end()
        seconds = time.monotonic() - started
    (failure,) = run.failed
    assert "Another process has held a token's lock" in failure.result["msg"]
    assert 3 < seconds < 20
    assert simulator.grants() == 1
    figure(f"{seconds:.0f} s waited of 4")


ABSURD = {
    "no end": {"expires_at": 1e308},
    "after the year 9999": {"expires_at": 3e11},
    "a number of 400 digits": {"expires_at": 10**400},
    "not a number": {"expires_at": float("nan")},
    "before 1970": {"obtained_at": -1.0},
    "a word": {"expires_at": "soon"},
}


def test_absurd_times(world: World, simulator: Simulator, figure: Figure) -> None:
    """Records whose token ends at no possible time are none: 20 hosts at 20 forks make 1 grant for each, none fails."""
    world.play([JOBS]).check(1)
    (record,) = world.stored()
    seal = FileStore(str(world.store)).seal([world.credentials.client_secret, None])
    document = seal.open(record.stem, record.read_bytes())
    tasks: list[dict[str, Any]] = []
    for number, (name, change) in enumerate(ABSURD.items()):
        absurd = world.place / f"absurd-{number}"
        absurd.write_bytes(seal.close(record.stem, {**document, "token": {**document["token"], **change}}))
        absurd.chmod(0o600)
        put = {"name": f"put {name}", "ansible.builtin.command": f"cp -p {absurd} {record}", "run_once": True}
        log_in = {"name": f"log in {name}", "greyops.rest.grepr_token": {}}
        tasks += [put, {**JOBS, "name": name}, log_in]
    run = world.play(tasks, hosts=FORKS, forks=FORKS)
    run.check((2 * FORKS + 1) * len(ABSURD))
    assert [_sources(run, name, "granted") for name in ABSURD] == [1] * len(ABSURD)
    assert simulator.logins() == 1 + len(ABSURD)
    assert len(simulator.requests(GREPR_LOGIN)) == simulator.logins()
    figure(f"{len(ABSURD)} records, {simulator.grants() - 1} grants, 0 failed of {2 * FORKS * len(ABSURD)}")
