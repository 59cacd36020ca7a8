# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Killed in mid-write"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.greyops.rest.plugins.module_utils._http.host import Directories, SilentHost
from ansible_collections.greyops.rest.plugins.module_utils._oauth.entry import Entry
from ansible_collections.greyops.rest.plugins.module_utils._oauth.file_store import FileStore
from ansible_collections.greyops.rest.plugins.module_utils._operation import Call, Operation, perform
from ansible_collections.greyops.rest.plugins.module_utils._validation import validated
from ansible_collections.greyops.rest.plugins.modules import grepr_job_info, grepr_token

from ..conftest import Figure
from ..simulator import GREPR_LOGIN, Simulator
from ..world import World
from .processes import opened, state, workers

WORKERS = 8
REVOKED_EVERY = 25
HELD, WAITED, WRITING = "held the lock", "waited for it", "had a half-written file"
# When a worker dies, Ansible ends the play, unless the worker took the lock of Ansible's own queue of results along.
_GRACE = 2.0


@dataclass(frozen=True)
class Work:
    """What all workers do until they are killed."""

    module: str
    operation: Operation
    arguments: dict[str, Any]


# Each asks for a token, calls, and learns now and then that the token was revoked.
READING = Work("greyops.rest.grepr_job_info", grepr_job_info.OPERATION, {})
# Hardly anything but locks, logins and writes.
RENEWING = Work("greyops.rest.grepr_token", grepr_token.OPERATION, {"state": "refreshed"})


@dataclass
class Toll:
    """How many were killed, and what they were doing."""

    kills: int = 0
    doing: Counter[str] = field(default_factory=Counter)

    def take(self, alive: list[int], store: Path) -> int | None:
        """Kill one of these processes: anybody, or one that has a lock or a half-written file in hand right now.

        All are frozen first, so that what one is doing is what it dies of. Who was dead before does not count.
        """
        wanted = random.choice((HELD, WRITING, None))
        if wanted == WRITING:
            _await(store, "*.new", seconds=0.2)
        frozen = [process for process in alive if _freeze(process)]
        doing = {process: set(_doing(opened(process, store))) for process in frozen if _is_frozen(process)}
        victim = None
        if doing:
            victim = random.choice([process for process in doing if wanted in doing[process]] or list(doing))
            os.kill(victim, signal.SIGKILL)
            self.kills += 1
            self.doing.update(doing[victim])
        for process in frozen:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGCONT)
        return victim


def _await(store: Path, pattern: str, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not any(store.glob(pattern)) and time.monotonic() < deadline:
        pass


def _freeze(process: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGSTOP)
        return True
    return False


def _is_frozen(process: int) -> bool:
    """Whether it is alive and stands still, which it does as soon as its call of the system is over."""
    deadline = time.monotonic() + 2
    while state(process) in ("R", "S", "D") and time.monotonic() < deadline:
        pass
    return state(process) == "T"


def _doing(files: dict[str, bool]) -> Iterator[str]:
    locks = [held for name, held in files.items() if name.endswith(".lock")]
    if any(locks):
        yield HELD
    elif locks:
        yield WAITED
    if any(name.endswith(".new") for name in files):
        yield WRITING


# --- those who are killed


def _kill_workers(world: World, work: Work, toll: Toll) -> None:
    """Run a play, and kill its workers one by one, beginning at a random moment."""
    # More items than a worker lives to see.
    task = {"name": "work", work.module: work.arguments, "loop": list(range(1000))}
    running = world.start_playbook([{"tasks": [task]}], hosts=WORKERS, forks=WORKERS)
    command = running.process
    while running.goes_on() and not workers(command.pid):
        time.sleep(0.002)
    time.sleep(random.choice((0.01, 0.1, 1.0)) * random.random())
    seen = time.monotonic()
    try:
        while running.goes_on() and time.monotonic() < seen + _GRACE:
            if toll.take(workers(command.pid), world.store):
                seen = time.monotonic()
                _assert_sound(world)
            time.sleep(random.uniform(0, 0.02))
    finally:
        command.kill()
    run = running.end()
    # Ansible says no more than that; the tasks of those who were killed have no result.
    assert run.status == -signal.SIGKILL or (run.status > 0 and "dead state" in run.output), run.output
    # Ansible has a traceback of its own for workers that it ends before they have begun.
    assert "greyops/rest/plugins" not in run.output, run.output
    assert "A fault in greyops.rest" not in run.output, run.output
    assert not run.failed, run.output
    assert not [event for event in run.events if event.event == "item failed"], run.output


def _kill_crew(world: World, work: Work, toll: Toll) -> None:
    """Fork processes that run the operation again and again, as workers do but for Ansible; kill 24."""
    complaints = world.place / "complaints"
    crew: list[int] = []
    to_come = 3 * WORKERS
    try:
        while crew or to_come:
            while to_come and len(crew) < WORKERS:
                crew.append(_forked(world, work, complaints))
                to_come -= 1
            time.sleep(random.uniform(0, 0.02))
            victim = toll.take(crew, world.store)
            assert victim is not None, "all have ended by themselves"
            os.waitpid(victim, 0)
            crew.remove(victim)
            _assert_sound(world)
    finally:
        for process in crew:
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)
    assert not complaints.exists(), complaints.read_text()


def _forked(world: World, work: Work, complaints: Path) -> int:
    parent = os.getpid()
    with warnings.catch_warnings():
        # Of a thread that the child never touches.
        warnings.simplefilter("ignore", DeprecationWarning)
        process = os.fork()
    if process:
        return process
    with suppress(BaseException):
        # Without whoever kills it, it ends.
        while os.getppid() == parent:
            keys, warned = _perform(world, work)
            if keys.get("failed") or warned:
                complaints.write_text(json.dumps([keys, warned]))
    os._exit(1)


def _perform(world: World, work: Work) -> tuple[dict[str, Any], list[str]]:
    given = {
        "api_url": world.addresses()["GREPR_API_BASE_URL"],
        "auth_url": world.simulator.http,
        "client_id": world.credentials.client_id,
        "client_secret": world.credentials.client_secret,
        **work.arguments,
    }
    host = SilentHost(Directories(str(world.home / ".ansible")))
    params = validated(work.operation.spec, work.operation.spec.resolve(given, {}))
    result = perform(work.operation, Call(params=params, check_mode=False, diff_mode=False, host=host))
    return result.keys, host.warnings


# --- what is left


def _assert_sound(world: World) -> None:
    """Every record is whole, at any time, and so is the key."""
    if not (world.store / "key").exists():
        return
    seal = FileStore(str(world.store)).seal([world.credentials.client_secret, None])
    for record in world.stored():
        document = seal.open(record.stem, record.read_bytes())
        assert document is not None, record
        assert Entry.from_document(document).token is not None, document


def _next_command(world: World) -> float:
    """How many seconds whoever comes next needs for a call with a token."""
    started = time.monotonic()
    keys, warned = _perform(world, READING)
    assert (keys.get("failed"), warned) == (None, []), keys
    return time.monotonic() - started


def _torture(
    world: World, simulator: Simulator, kill: Callable[[World, Work, Toll], None], kills: int, runs: int = 1
) -> str:
    # A login takes a moment, in which its lock is held.
    simulator.fault(GREPR_LOGIN, {"delay": 0.02})
    toll, done, slowest = Toll(), 0, 0.0
    while toll.kills < kills or done < runs:
        assert done < kills, toll
        done += 1
        if done % 3 == 1:
            # The key is made anew as well.
            shutil.rmtree(world.store, ignore_errors=True)
        work = READING if done % 2 else RENEWING
        simulator.plan("grepr", **({"every": REVOKED_EVERY} if work is READING else {"always": False}))
        killed, counters = toll.kills, simulator.counters()
        kill(world, work, toll)
        slowest = max(slowest, _next_command(world))
        if work is READING:
            # Who is killed after a login takes its token along. One for the start, and one for whoever came next.
            after = simulator.counters()
            revoked = after["revocations"]["grepr"] - counters["revocations"]["grepr"]
            grants = after["grants"]["grepr"] - counters["grants"]["grepr"]
            assert grants <= revoked + (toll.kills - killed) + 2
    simulator.plan("grepr", always=False)
    leftovers = _cleared_away(world, simulator)
    assert leftovers <= toll.kills
    doing = ", ".join(f"{count} {what}" for what, count in toll.doing.most_common())
    return (
        f"{toll.kills} killed in {done} runs ({doing}), {leftovers} half-written files left, 0 records broken; "
        f"next call after {slowest:.2f} s at most"
    )


def _cleared_away(world: World, simulator: Simulator) -> int:
    """The half-written files, which the next command removes once they are old."""
    left = list(world.store.glob("*.new"))
    long_ago = time.time() - 2 * 86400
    for file in left:
        os.utime(file, (long_ago, long_ago))
    before = simulator.grants()
    renew: dict[str, Any] = {"name": "renew", "greyops.rest.grepr_token": {"state": "refreshed"}}
    world.play([renew, {"name": "jobs", "greyops.rest.grepr_job_info": {}}]).check(2)
    assert simulator.grants() == before + 1
    assert not list(world.store.glob("*.new"))
    return len(left)


@pytest.mark.slow
def test_a_few_workers(world: World, simulator: Simulator, figure: Figure) -> None:
    """20 workers of plays killed at random moments: records are whole, no lock sticks, each cost 1 login at most."""
    figure(_torture(world, simulator, _kill_workers, kills=20))


@pytest.mark.slow
def test_many_workers(world: World, simulator: Simulator, figure: Figure) -> None:
    """200 workers of plays killed at random moments: records are whole, no lock sticks, each cost 1 login at most."""
    figure(_torture(world, simulator, _kill_workers, kills=200, runs=30))


def test_where_it_hurts(world: World, simulator: Simulator, figure: Figure) -> None:
    """200 processes that do nothing but log in and call, killed at random moments under the lock: the same."""
    figure(_torture(world, simulator, _kill_crew, kills=200))
