# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults of the file system"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ..conftest import Figure
from ..simulator import Simulator
from ..world import Run, World

NOBODY = 65534
FORKS = 20
TASKS: list[dict[str, Any]] = [
    {"name": "log in", "greyops.rest.grepr_token": {}},
    {"name": "jobs", "greyops.rest.grepr_job_info": {}},
]
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away and leave its rights")

# Mounts in a namespace of the commands' own, which ends with them. $1 is the directory, the rest is the command.
_FULL = 'cp "$1/key" "$0.key"; mount -t tmpfs -o mode=700,{limit} tmpfs "$1"; cp -p "$0.key" "$1/key"; {fill}'
_READ_ONLY = 'mount --bind "$1" "$1"; mount -o remount,bind,ro "$1"'


def _mounted(world: World, script: str, directory: Path) -> None:
    """Let the commands of this world see a directory with other mounts than everybody else."""
    unshare = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]
    try:
        subprocess.run([*unshare, "mount", "-t", "tmpfs", "tmpfs", "/mnt"], check=True, capture_output=True, timeout=10)
    except (OSError, subprocess.SubprocessError):
        pytest.skip("mounting is not allowed here")
    saved = str(world.place / "saved")
    world.wrapper = (*unshare, "sh", "-c", f'set -e; {script}; shift; exec "$@"', saved, str(directory))


def _without_privileges(world: World) -> None:
    """Let the commands be root by name alone, so that permissions hold as for everybody else."""
    rights = "-dac_override,-dac_read_search,-fowner"
    world.wrapper = ("setpriv", f"--bounding-set={rights}", f"--inh-caps={rights}")


def _part(world: World, suffix: str) -> Path:
    (found,) = world.store.glob(f"*{suffix}")
    return found


def _forget(world: World) -> None:
    _part(world, ".token").unlink()


# --- what is done to a store that holds a good token


def _link(world: World) -> None:
    world.store.rename(world.place / "elsewhere")
    world.store.symlink_to(world.place / "elsewhere")


def _group_may_write(world: World) -> None:
    world.store.chmod(0o770)


def _all_may_write(world: World) -> None:
    world.store.chmod(0o777)


def _foreign(world: World) -> None:
    for path in (world.store, *world.store.iterdir()):
        os.chown(path, NOBODY, NOBODY)


def _file(world: World) -> None:
    shutil.rmtree(world.store)
    world.store.write_text("in the way")


def _home_read_only(world: World) -> None:
    shutil.rmtree(world.store.parent)
    _mounted(world, _READ_ONLY, world.home)


def _store_read_only(world: World) -> None:
    _forget(world)
    _mounted(world, _READ_ONLY, world.store)


def _store_not_permitted(world: World) -> None:
    _forget(world)
    world.store.chmod(0o500)
    _without_privileges(world)


def _disk_full(world: World) -> None:
    _mounted(world, _FULL.format(limit="size=64k", fill='cat /dev/zero > "$1/fill" || true'), world.store)


def _inodes_exhausted(world: World) -> None:
    _mounted(world, _FULL.format(limit="nr_inodes=3", fill=': > "$1/fill"'), world.store)


def _key_cut(world: World) -> None:
    os.truncate(world.store / "key", 31)


def _key_readable(world: World) -> None:
    (world.store / "key").chmod(0o640)


def _key_link(world: World) -> None:
    (world.store / "key").rename(world.place / "key")
    (world.store / "key").symlink_to(world.place / "key")


def _key_fifo(world: World) -> None:
    (world.store / "key").unlink()
    os.mkfifo(world.store / "key", 0o600)


def _key_directory(world: World) -> None:
    (world.store / "key").unlink()
    (world.store / "key").mkdir()


def _record_directory(world: World) -> None:
    record = _part(world, ".token")
    record.unlink()
    record.mkdir()


def _lock_directory(world: World) -> None:
    _forget(world)
    lock = _part(world, ".lock")
    lock.unlink()
    lock.mkdir()


def _lock_link(world: World) -> None:
    _forget(world)
    lock = _part(world, ".lock")
    lock.unlink()
    lock.symlink_to(world.place / "elsewhere")


def _lock_not_permitted(world: World) -> None:
    _forget(world)
    os.chown(_part(world, ".lock"), NOBODY, NOBODY)
    _without_privileges(world)


@dataclass(frozen=True)
class Fault:
    """What is done to the store, what the warning says, and what may be read of that test in short."""

    name: str
    does: Callable[[World], None]
    says: str
    marks: tuple[pytest.MarkDecorator, ...] = (pytest.mark.slow,)


_ANOTHER = "or name another directory as token_store_path"
_SLOW_AS_ROOT = (AS_ROOT, pytest.mark.slow)
_OBSTRUCTED = "is not an ordinary file of this user. Remove it"
_KEY = "key is not a private file of 32 bytes. Remove it"
FAULTS = (
    Fault("home read-only", _home_read_only, f"Read-only file system. Mend that, {_ANOTHER}"),
    Fault("store read-only", _store_read_only, f"Read-only file system. Mend that, {_ANOTHER}"),
    Fault("no permission", _store_not_permitted, f"Permission denied. Mend that, {_ANOTHER}", _SLOW_AS_ROOT),
    Fault("disk full", _disk_full, f"No space left on device. Mend that, {_ANOTHER}", ()),
    Fault("inodes exhausted", _inodes_exhausted, f"No space left on device. Mend that, {_ANOTHER}"),
    Fault("a link", _link, "is a link, which nobody follows. Name another directory as token_store_path"),
    Fault("writable by a group", _group_may_write, "can be written to by others. Make it private with chmod 700"),
    Fault("writable by all", _all_may_write, "can be written to by others. Make it private with chmod 700"),
    Fault("of another user", _foreign, "belongs to another user. Name another", _SLOW_AS_ROOT),
    Fault("a file", _file, f"Not a directory. Mend that, {_ANOTHER}"),
    Fault("key cut off", _key_cut, _KEY),
    Fault("key readable by a group", _key_readable, _KEY),
    Fault("key a link", _key_link, _KEY),
    Fault("key a FIFO", _key_fifo, _KEY),
    Fault("key a directory", _key_directory, _KEY),
    Fault("record a directory", _record_directory, _OBSTRUCTED),
    Fault("lock a directory", _lock_directory, _OBSTRUCTED),
    Fault("lock a link", _lock_link, _OBSTRUCTED),
    Fault("lock of another user", _lock_not_permitted, _OBSTRUCTED, _SLOW_AS_ROOT),
)


def _assert_calm(run: Run) -> None:
    assert "Traceback" not in run.output, run.output
    assert "A fault in greyops.rest" not in run.output, run.output


@pytest.mark.parametrize("fault", [pytest.param(fault, id=fault.name, marks=fault.marks) for fault in FAULTS])
def test_a_store_that_cannot_be_used(world: World, simulator: Simulator, figure: Figure, fault: Fault) -> None:
    """20 hosts with 2 tasks at 20 forks: the work goes on with 1 grant, and 1 warning says why and what to do."""
    world.play(TASKS).check(2)
    fault.does(world)
    before = simulator.grants()
    run = world.play(TASKS, hosts=FORKS, forks=FORKS)
    run.check(2 * FORKS)
    _assert_calm(run)
    assert {result.result["store"] for result in run.of("log in")} == {"run"}
    assert (run.warnings("token store"), run.warnings(fault.says)) == (1, 1), run.output
    grants = simulator.grants() - before
    assert grants == 1
    figure(f"{grants} grant, 1 warning, {len(run.failed)} failed")


@pytest.mark.slow
def test_a_good_token_in_a_store_that_is_read_only(world: World, simulator: Simulator, figure: Figure) -> None:
    """It is used by 20 hosts as long as it is good, without a grant and without a warning."""
    world.play(TASKS).check(2)
    _mounted(world, _READ_ONLY, world.home)
    before = simulator.grants()
    run = world.play(TASKS, hosts=FORKS, forks=FORKS)
    run.check(2 * FORKS)
    grants = simulator.grants() - before
    assert (grants, run.warnings("token store")) == (0, 0), run.output
    figure(f"{grants} grants, 0 warnings")


# --- what is done to a record

RECORDS = {
    "cut off": 'truncate -s -1 "$RECORD"',
    "half": 'truncate -s 150 "$RECORD"',
    "empty": ': > "$RECORD"',
    "noise": 'head -c 700 /dev/urandom > "$RECORD"',
    "one bit": 'printf "\\\\0" | dd of="$RECORD" bs=1 seek=40 conv=notrunc',
    "huge": 'truncate -s 3M "$RECORD"',
    "for all to read": 'chmod 644 "$RECORD"',
    "a link": 'mv "$RECORD" "$RECORD.moved"; ln -s "$RECORD.moved" "$RECORD"',
    "a FIFO": 'rm "$RECORD"; mkfifo -m 600 "$RECORD"',
    "gone": 'rm "$RECORD"',
    "of another credential": 'cp -p "$OTHER" "$RECORD"',
    "of another store": 'cp -p "$FOREIGN" "$RECORD"',
}


@pytest.mark.slow
def test_a_broken_record_is_a_miss(world: World, simulator: Simulator, figure: Figure) -> None:
    """Broken in mid-play in one way after another, between calls of 20 hosts at 20 forks: 1 grant each, 0 warnings."""
    log_in = {"name": "log in there", "greyops.rest.greymatter_token": {}}
    world.play([log_in]).check(1)
    (other,) = world.stored()
    elsewhere = world.place / "elsewhere"
    world.play([{"name": "log in", "greyops.rest.grepr_token": {"token_store_path": str(elsewhere)}}]).check(1)
    (foreign,) = elsewhere.glob("*.token")
    world.play(TASKS).check(2)
    (record,) = set(world.stored()) - {other}

    environment = {"RECORD": str(record), "OTHER": str(other), "FOREIGN": str(foreign)}
    tasks: list[dict[str, Any]] = []
    for name, script in RECORDS.items():
        breaking = {"ansible.builtin.shell": script, "environment": environment, "run_once": True}
        tasks += [{"name": f"break: {name}", **breaking}, {"name": name, "greyops.rest.grepr_job_info": {}}]
    before = simulator.grants(), simulator.grants("greymatter")
    run = world.play(tasks, hosts=FORKS, forks=FORKS)
    run.check((FORKS + 1) * len(RECORDS))
    _assert_calm(run)
    for name in RECORDS:
        sources = [result.result["api"]["token"] for result in run.of(name)]
        assert (sources.count("granted"), sources.count("stored")) == (1, FORKS - 1), name
    grants = simulator.grants() - before[0]
    assert (grants, simulator.grants("greymatter")) == (len(RECORDS), before[1])
    assert run.warnings("token store") == 0, run.output
    figure(f"{len(RECORDS)} ways, {grants} grants, 0 warnings, 0 failed of {FORKS * len(RECORDS)}")


@pytest.mark.slow
def test_a_directory_that_disappears(world: World, simulator: Simulator, figure: Figure) -> None:
    """The store is removed 10 times while 20 hosts work at 20 forks: no task fails, and few grants more."""
    removals, rounds = 10, 15
    tasks = [{"name": f"jobs {number}", "greyops.rest.grepr_job_info": {}} for number in range(rounds)]
    running = world.start_playbook([{"tasks": tasks, "strategy": "free"}], hosts=FORKS, forks=FORKS)
    removed = 0
    while removed < removals and simulator.wait_for_calls("/api", 25 * (removed + 1), running.goes_on):
        shutil.rmtree(world.store, ignore_errors=True)
        removed += 1
    run = running.end()
    run.check(rounds * FORKS)
    _assert_calm(run)
    grants = simulator.grants()
    # One for the start and one for each removal; a removal under a worker's hands costs one for the run's own store.
    assert removed == removals
    assert removals // 2 <= grants <= 2 * removals + 2
    assert run.warnings("token store") <= 1, run.output
    figure(f"{removed} removals, {grants} grants, {run.warnings('token store')} warnings, 0 failed of {rounds * FORKS}")
