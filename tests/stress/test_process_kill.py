# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Processes killed during writes"""

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

from ansible_collections.greyops.rest.plugins.module_utils._argspec import validate_options
from ansible_collections.greyops.rest.plugins.module_utils._context import Context, Directories, NullRuntime
from ansible_collections.greyops.rest.plugins.module_utils._oauth.file_store import FileStore
from ansible_collections.greyops.rest.plugins.module_utils._oauth.tokens import TokenRecord
from ansible_collections.greyops.rest.plugins.module_utils._operation import Operation, perform
from ansible_collections.greyops.rest.plugins.modules import grepr_job_info, grepr_token

from ..support.reliability_report import RecordMeasurement
from ..support.sandbox import Sandbox
from ..support.simulator_client import GREPR_LOGIN, SimulatorClient
from .processes import get_open_files, get_workers, state

WORKERS = 8
REVOKED_EVERY = 25
HELD, WAITED, WRITING = "held the lock", "waited for it", "had a half-written file"
# When a worker dies, Ansible ends the play, unless the worker held the lock of Ansible's result queue.
_GRACE = 2.0


@dataclass(frozen=True)
class Work:
    """The operation that all workers run until they are killed."""

    module: str
    operation: Operation
    arguments: dict[str, Any]


# Each requests a token, makes a call, and sometimes receives a 401 for a revoked token.
READING = Work("greyops.rest.grepr_job_info", grepr_job_info.OPERATION, {})
# Mostly locks, logins and writes.
RENEWING = Work("greyops.rest.grepr_token", grepr_token.OPERATION, {"state": "refreshed"})


@dataclass
class KillRecord:
    """The number of killed processes and their state at that time."""

    kills: int = 0
    doing: Counter[str] = field(default_factory=Counter)

    def record(self, alive: list[int], store: Path) -> int | None:
        """Kill one of these processes: a random one, or one that currently holds a lock or an incomplete file.

        All are suspended first, so that the recorded state is the state in which the process is killed. Processes that
        have already ended are not counted.
        """
        wanted = random.choice((HELD, WRITING, None))
        if wanted == WRITING:
            _wait_for_file(store, "*.new", seconds=0.2)
        frozen = [process for process in alive if _suspend(process)]
        doing = {
            process: set(_describe_activity(get_open_files(process, store)))
            for process in frozen
            if _is_suspended(process)
        }
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


def _wait_for_file(store: Path, pattern: str, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not any(store.glob(pattern)) and time.monotonic() < deadline:
        pass


def _suspend(process: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGSTOP)
        return True
    return False


def _is_suspended(process: int) -> bool:
    """Whether the process exists and is suspended, which takes effect at the end of its current system call."""
    deadline = time.monotonic() + 2
    while state(process) in ("R", "S", "D") and time.monotonic() < deadline:
        pass
    return state(process) == "T"


def _describe_activity(files: dict[str, bool]) -> Iterator[str]:
    locks = [held for name, held in files.items() if name.endswith(".lock")]
    if any(locks):
        yield HELD
    elif locks:
        yield WAITED
    if any(name.endswith(".new") for name in files):
        yield WRITING


# --- killed processes


def _kill_workers(sandbox: Sandbox, work: Work, kill_record: KillRecord) -> None:
    """Run a play, and kill its workers one by one, beginning at a random moment."""
    # More items than a worker can process before it is killed.
    task = {"name": "work", work.module: work.arguments, "loop": list(range(1000))}
    running = sandbox.start_playbook([{"tasks": [task]}], hosts=WORKERS, forks=WORKERS)
    command = running.process
    while running.is_running() and not get_workers(command.pid):
        time.sleep(0.002)
    time.sleep(random.choice((0.01, 0.1, 1.0)) * random.random())
    seen = time.monotonic()
    try:
        while running.is_running() and time.monotonic() < seen + _GRACE:
            if kill_record.record(get_workers(command.pid), sandbox.store):
                seen = time.monotonic()
                _assert_store_valid(sandbox)
            time.sleep(random.uniform(0, 0.02))
    finally:
        command.kill()
    run = running.wait()
    # Ansible reports no more than that; the tasks of the killed workers have no result.
    assert run.status == -signal.SIGKILL or (run.status > 0 and "dead state" in run.output), run.output
    # Ansible prints a traceback for workers that it ends before they have started.
    assert "greyops/rest/plugins" not in run.output, run.output
    assert "A fault in greyops.rest" not in run.output, run.output
    assert not run.failed, run.output
    assert not [event for event in run.events if event.event == "item failed"], run.output


def _kill_group(sandbox: Sandbox, work: Work, kill_record: KillRecord) -> None:
    """Fork processes that run the operation repeatedly, like workers without Ansible; kill 24."""
    complaints = sandbox.path / "complaints"
    crew: list[int] = []
    to_come = 3 * WORKERS
    try:
        while crew or to_come:
            while to_come and len(crew) < WORKERS:
                crew.append(_fork(sandbox, work, complaints))
                to_come -= 1
            time.sleep(random.uniform(0, 0.02))
            victim = kill_record.record(crew, sandbox.store)
            assert victim is not None, "all have ended by themselves"
            os.waitpid(victim, 0)
            crew.remove(victim)
            _assert_store_valid(sandbox)
    finally:
        for process in crew:
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)
    assert not complaints.exists(), complaints.read_text()


def _fork(sandbox: Sandbox, work: Work, complaints: Path) -> int:
    parent = os.getpid()
    with warnings.catch_warnings():
        # Of a thread that the child does not use.
        warnings.simplefilter("ignore", DeprecationWarning)
        process = os.fork()
    if process:
        return process
    with suppress(BaseException):
        # The child ends even if it is not killed.
        while os.getppid() == parent:
            keys, warned = _perform(sandbox, work)
            if keys.get("failed") or warned:
                complaints.write_text(json.dumps([keys, warned]))
    os._exit(1)


def _perform(sandbox: Sandbox, work: Work) -> tuple[dict[str, Any], list[str]]:
    given = {
        "api_url": sandbox.get_addresses()["GREPR_API_BASE_URL"],
        "auth_url": sandbox.simulator.http,
        "client_id": sandbox.credentials.client_id,
        "client_secret": sandbox.credentials.client_secret,
        **work.arguments,
    }
    host = NullRuntime(Directories(str(sandbox.home / ".ansible")))
    params = validate_options(work.operation.spec, work.operation.spec.resolve(given, {}))
    result = perform(work.operation, Context(params, host))
    return result.keys, host.warnings


# --- state after the kills


def _assert_store_valid(sandbox: Sandbox) -> None:
    """Every record is complete at any time, and so is the key."""
    if not (sandbox.store / "key").exists():
        return
    seal = FileStore(str(sandbox.store)).open_cipher([sandbox.credentials.client_secret, None])
    for record in sandbox.get_stored_records():
        document = seal.decrypt(record.stem, record.read_bytes())
        assert document is not None, record
        assert TokenRecord.from_document(document).token is not None, document


def _run_next_command(sandbox: Sandbox) -> float:
    """The seconds that the next command needs for a call with a token."""
    started = time.monotonic()
    keys, warned = _perform(sandbox, READING)
    assert (keys.get("failed"), warned) == (None, []), keys
    return time.monotonic() - started


def _kill_repeatedly(
    sandbox: Sandbox,
    simulator: SimulatorClient,
    kill: Callable[[Sandbox, Work, KillRecord], None],
    kills: int,
    runs: int = 1,
) -> str:
    # The lock is held during a login, which takes a moment.
    simulator.fault(GREPR_LOGIN, {"delay": 0.02})
    kill_record, done, slowest = KillRecord(), 0, 0.0
    while kill_record.kills < kills or done < runs:
        assert done < kills, kill_record
        done += 1
        if done % 3 == 1:
            # The key is created again as well.
            shutil.rmtree(sandbox.store, ignore_errors=True)
        work = READING if done % 2 else RENEWING
        simulator.end_tokens(service="grepr", **({"every": REVOKED_EVERY} if work is READING else {"always": False}))
        killed, counters = kill_record.kills, simulator.counters()
        kill(sandbox, work, kill_record)
        slowest = max(slowest, _run_next_command(sandbox))
        if work is READING:
            # A process that is killed after a login loses its token. One for the start, and one for the next command.
            after = simulator.counters()
            revoked = after["revocations"]["grepr"] - counters["revocations"]["grepr"]
            grants = after["grants"]["grepr"] - counters["grants"]["grepr"]
            assert grants <= revoked + (kill_record.kills - killed) + 2
    simulator.end_tokens(service="grepr", always=False)
    leftovers = _count_purged(sandbox, simulator)
    assert leftovers <= kill_record.kills
    doing = ", ".join(f"{count} {what}" for what, count in kill_record.doing.most_common())
    return (
        f"{kill_record.kills} killed in {done} runs ({doing}), {leftovers} incomplete files left, 0 records corrupted; "
        f"next call after {slowest:.2f} s at most"
    )


def _count_purged(sandbox: Sandbox, simulator: SimulatorClient) -> int:
    """The incomplete files, which the next command removes once they are old enough."""
    left = list(sandbox.store.glob("*.new"))
    long_ago = time.time() - 2 * 86400
    for file in left:
        os.utime(file, (long_ago, long_ago))
    before = simulator.grants()
    renew: dict[str, Any] = {"name": "renew", "greyops.rest.grepr_token": {"state": "refreshed"}}
    sandbox.play([renew, {"name": "jobs", "greyops.rest.grepr_job_info": {}}]).assert_success(2)
    assert simulator.grants() == before + 1
    assert not list(sandbox.store.glob("*.new"))
    return len(left)


@pytest.mark.slow
def test_few_workers(sandbox: Sandbox, simulator: SimulatorClient, record_measurement: RecordMeasurement) -> None:
    """20 workers of plays killed at random moments: complete records, no stale lock, at most 1 login per kill."""
    record_measurement(_kill_repeatedly(sandbox, simulator, _kill_workers, kills=20))


@pytest.mark.slow
def test_many_workers(sandbox: Sandbox, simulator: SimulatorClient, record_measurement: RecordMeasurement) -> None:
    """200 workers of plays killed at random moments: complete records, no stale lock, at most 1 login per kill."""
    record_measurement(_kill_repeatedly(sandbox, simulator, _kill_workers, kills=200, runs=30))


def test_kill_at_critical_points(
    sandbox: Sandbox, simulator: SimulatorClient, record_measurement: RecordMeasurement
) -> None:
    """200 processes that repeatedly log in and call, killed at random moments under the lock: complete records, no
    stale lock, at most 1 login per kill."""
    record_measurement(_kill_repeatedly(sandbox, simulator, _kill_group, kills=200))
