# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""File system faults"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ..support.reliability_report import RecordMeasurement
from ..support.sandbox import CommandResult, Sandbox
from ..support.simulator_client import SimulatorClient

OTHER_UID = 65534
FORKS = 20
TASKS: list[dict[str, Any]] = [
    {"name": "log in", "greyops.rest.grepr_token": {}},
    {"name": "jobs", "greyops.rest.grepr_job_info": {}},
]
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away and leave its rights")

# Mounts in a separate namespace of the commands, removed when they end. $1 is the directory, the rest is the command.
_FULL = 'cp "$1/key" "$0.key"; mount -t tmpfs -o mode=700,{limit} tmpfs "$1"; cp -p "$0.key" "$1/key"; {fill}'
_READ_ONLY = 'mount --bind "$1" "$1"; mount -o remount,bind,ro "$1"'


def _mounted(sandbox: Sandbox, script: str, directory: Path) -> None:
    """Run the commands of this sandbox with separate mounts in a directory."""
    unshare = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]
    try:
        subprocess.run([*unshare, "mount", "-t", "tmpfs", "tmpfs", "/mnt"], check=True, capture_output=True, timeout=10)
    except (OSError, subprocess.SubprocessError):
        pytest.skip("mounting is not allowed here")
    saved = str(sandbox.path / "saved")
    sandbox.wrapper = (*unshare, "sh", "-c", f'set -e; {script}; shift; exec "$@"', saved, str(directory))


def _without_privileges(sandbox: Sandbox) -> None:
    """Run the commands as root without privileges, so that permissions apply as for other users."""
    rights = "-dac_override,-dac_read_search,-fowner"
    sandbox.wrapper = ("setpriv", f"--bounding-set={rights}", f"--inh-caps={rights}")


def _find_file(sandbox: Sandbox, suffix: str) -> Path:
    (found,) = sandbox.store.glob(f"*{suffix}")
    return found


def _delete_store(sandbox: Sandbox) -> None:
    _find_file(sandbox, ".token").unlink()


# --- faults of a store that holds a valid token


def _link(sandbox: Sandbox) -> None:
    sandbox.store.rename(sandbox.path / "elsewhere")
    sandbox.store.symlink_to(sandbox.path / "elsewhere")


def _group_may_write(sandbox: Sandbox) -> None:
    sandbox.store.chmod(0o770)


def _all_may_write(sandbox: Sandbox) -> None:
    sandbox.store.chmod(0o777)


def _foreign(sandbox: Sandbox) -> None:
    for path in (sandbox.store, *sandbox.store.iterdir()):
        os.chown(path, OTHER_UID, OTHER_UID)


def _file(sandbox: Sandbox) -> None:
    shutil.rmtree(sandbox.store)
    sandbox.store.write_text("in the way")


def _home_read_only(sandbox: Sandbox) -> None:
    shutil.rmtree(sandbox.store.parent)
    _mounted(sandbox, _READ_ONLY, sandbox.home)


def _store_read_only(sandbox: Sandbox) -> None:
    _delete_store(sandbox)
    _mounted(sandbox, _READ_ONLY, sandbox.store)


def _store_not_permitted(sandbox: Sandbox) -> None:
    _delete_store(sandbox)
    sandbox.store.chmod(0o500)
    _without_privileges(sandbox)


def _disk_full(sandbox: Sandbox) -> None:
    _mounted(sandbox, _FULL.format(limit="size=64k", fill='cat /dev/zero > "$1/fill" || true'), sandbox.store)


def _inodes_exhausted(sandbox: Sandbox) -> None:
    _mounted(sandbox, _FULL.format(limit="nr_inodes=3", fill=': > "$1/fill"'), sandbox.store)


def _key_cut(sandbox: Sandbox) -> None:
    os.truncate(sandbox.store / "key", 31)


def _key_readable(sandbox: Sandbox) -> None:
    (sandbox.store / "key").chmod(0o640)


def _key_link(sandbox: Sandbox) -> None:
    (sandbox.store / "key").rename(sandbox.path / "key")
    (sandbox.store / "key").symlink_to(sandbox.path / "key")


def _key_fifo(sandbox: Sandbox) -> None:
    (sandbox.store / "key").unlink()
    os.mkfifo(sandbox.store / "key", 0o600)


def _key_directory(sandbox: Sandbox) -> None:
    (sandbox.store / "key").unlink()
    (sandbox.store / "key").mkdir()


def _record_directory(sandbox: Sandbox) -> None:
    record = _find_file(sandbox, ".token")
    record.unlink()
    record.mkdir()


def _lock_directory(sandbox: Sandbox) -> None:
    _delete_store(sandbox)
    lock = _find_file(sandbox, ".lock")
    lock.unlink()
    lock.mkdir()


def _lock_link(sandbox: Sandbox) -> None:
    _delete_store(sandbox)
    lock = _find_file(sandbox, ".lock")
    lock.unlink()
    lock.symlink_to(sandbox.path / "elsewhere")


def _lock_not_permitted(sandbox: Sandbox) -> None:
    _delete_store(sandbox)
    os.chown(_find_file(sandbox, ".lock"), OTHER_UID, OTHER_UID)
    _without_privileges(sandbox)


@dataclass(frozen=True)
class Fault:
    """A fault of the store, the text of the warning, and markers of the test."""

    name: str
    does: Callable[[Sandbox], None]
    says: str
    marks: tuple[pytest.MarkDecorator, ...] = (pytest.mark.slow,)


_ANOTHER = "Make room or make it writable, or name another directory in token_store_path"
_SLOW_AS_ROOT = (AS_ROOT, pytest.mark.slow)
_OBSTRUCTED = "is not an ordinary file of this user. Remove it"
_KEY = "key is not a private file of 32 bytes. Remove it"
FAULTS = (
    Fault("home read-only", _home_read_only, f"Read-only file system. {_ANOTHER}"),
    Fault("store read-only", _store_read_only, f"Read-only file system. {_ANOTHER}"),
    Fault("no permission", _store_not_permitted, f"Permission denied. {_ANOTHER}", _SLOW_AS_ROOT),
    Fault("disk full", _disk_full, f"No space left on device. {_ANOTHER}", ()),
    Fault("inodes exhausted", _inodes_exhausted, f"No space left on device. {_ANOTHER}"),
    Fault(
        "symbolic link",
        _link,
        "is a symbolic link, which is not allowed. Name the directory itself in token_store_path",
    ),
    Fault("writable by a group", _group_may_write, "can be written to by others (mode 07"),
    Fault("writable by all", _all_may_write, "can be written to by others (mode 07"),
    Fault("other owner", _foreign, "belongs to another user (uid ", _SLOW_AS_ROOT),
    Fault("regular file", _file, "is not a directory. Name another directory in token_store_path"),
    Fault("key truncated", _key_cut, _KEY),
    Fault("key readable by a group", _key_readable, _KEY),
    Fault("key is a symbolic link", _key_link, _KEY),
    Fault("key is a FIFO", _key_fifo, _KEY),
    Fault("key is a directory", _key_directory, _KEY),
    Fault("record is a directory", _record_directory, _OBSTRUCTED),
    Fault("lock is a directory", _lock_directory, _OBSTRUCTED),
    Fault("lock is a symbolic link", _lock_link, _OBSTRUCTED),
    Fault("lock of other owner", _lock_not_permitted, _OBSTRUCTED, _SLOW_AS_ROOT),
)


def _assert_resilient(run: CommandResult) -> None:
    assert "Traceback" not in run.output, run.output
    assert "A fault in greyops.rest" not in run.output, run.output


@pytest.mark.parametrize("fault", [pytest.param(fault, id=fault.name, marks=fault.marks) for fault in FAULTS])
def test_unusable_store(
    sandbox: Sandbox, simulator: SimulatorClient, record_measurement: RecordMeasurement, fault: Fault
) -> None:
    """20 hosts with 2 tasks at 20 forks: the tasks succeed with 1 grant, and 1 warning gives the reason and the
    solution."""
    sandbox.play(TASKS).assert_success(2)
    fault.does(sandbox)
    before = simulator.grants()
    run = sandbox.play(TASKS, hosts=FORKS, forks=FORKS)
    run.assert_success(2 * FORKS)
    _assert_resilient(run)
    assert {result.result["store"] for result in run.get_results("log in")} == {"run"}
    assert (run.count_warnings("token store"), run.count_warnings(fault.says)) == (1, 1), run.output
    grants = simulator.grants() - before
    assert grants == 1
    record_measurement(f"{grants} grant, 1 warning, {len(run.failed)} failed")


@pytest.mark.slow
def test_valid_token_in_a_read_only_store(
    sandbox: Sandbox, simulator: SimulatorClient, record_measurement: RecordMeasurement
) -> None:
    """20 hosts use the valid token until it expires, without a grant and without a warning."""
    sandbox.play(TASKS).assert_success(2)
    _mounted(sandbox, _READ_ONLY, sandbox.home)
    before = simulator.grants()
    run = sandbox.play(TASKS, hosts=FORKS, forks=FORKS)
    run.assert_success(2 * FORKS)
    grants = simulator.grants() - before
    assert (grants, run.count_warnings("token store")) == (0, 0), run.output
    record_measurement(f"{grants} grants, 0 warnings")


# --- faults of a record

RECORDS = {
    "truncated": 'truncate -s -1 "$RECORD"',
    "truncated to 150 bytes": 'truncate -s 150 "$RECORD"',
    "empty": ': > "$RECORD"',
    "random bytes": 'head -c 700 /dev/urandom > "$RECORD"',
    "one byte changed": 'printf "\\\\0" | dd of="$RECORD" bs=1 seek=40 conv=notrunc',
    "oversized": 'truncate -s 3M "$RECORD"',
    "readable by all": 'chmod 644 "$RECORD"',
    "symbolic link": 'mv "$RECORD" "$RECORD.moved"; ln -s "$RECORD.moved" "$RECORD"',
    "FIFO": 'rm "$RECORD"; mkfifo -m 600 "$RECORD"',
    "missing": 'rm "$RECORD"',
    "of another credential": 'cp -p "$OTHER" "$RECORD"',
    "of another store": 'cp -p "$FOREIGN" "$RECORD"',
}


@pytest.mark.slow
def test_corrupted_record_is_a_miss(
    sandbox: Sandbox, simulator: SimulatorClient, record_measurement: RecordMeasurement
) -> None:
    """A record is corrupted during a play in several ways, between calls of 20 hosts at 20 forks: 1 grant each, 0
    warnings."""
    log_in = {"name": "log in there", "greyops.rest.greymatter_token": {}}
    sandbox.play([log_in]).assert_success(1)
    (other,) = sandbox.get_stored_records()
    elsewhere = sandbox.path / "elsewhere"
    sandbox.play([{"name": "log in", "greyops.rest.grepr_token": {"token_store_path": str(elsewhere)}}]).assert_success(
        1
    )
    (foreign,) = elsewhere.glob("*.token")
    sandbox.play(TASKS).assert_success(2)
    (record,) = set(sandbox.get_stored_records()) - {other}

    environment = {"RECORD": str(record), "OTHER": str(other), "FOREIGN": str(foreign)}
    tasks: list[dict[str, Any]] = []
    for name, script in RECORDS.items():
        breaking = {"ansible.builtin.shell": script, "environment": environment, "run_once": True}
        tasks += [{"name": f"break: {name}", **breaking}, {"name": name, "greyops.rest.grepr_job_info": {}}]
    before = simulator.grants(), simulator.grants("greymatter")
    run = sandbox.play(tasks, hosts=FORKS, forks=FORKS)
    run.assert_success((FORKS + 1) * len(RECORDS))
    _assert_resilient(run)
    for name in RECORDS:
        sources = [result.result["api"]["token"] for result in run.get_results(name)]
        assert (sources.count("granted"), sources.count("stored")) == (1, FORKS - 1), name
    grants = simulator.grants() - before[0]
    assert (grants, simulator.grants("greymatter")) == (len(RECORDS), before[1])
    assert run.count_warnings("token store") == 0, run.output
    record_measurement(f"{len(RECORDS)} corruptions, {grants} grants, 0 warnings, 0 failed of {FORKS * len(RECORDS)}")


@pytest.mark.slow
def test_deleted_directory(sandbox: Sandbox, simulator: SimulatorClient, record_measurement: RecordMeasurement) -> None:
    """The store is removed 10 times while 20 hosts run at 20 forks: no failed task, and few additional grants."""
    removals, rounds = 10, 15
    tasks = [{"name": f"jobs {number}", "greyops.rest.grepr_job_info": {}} for number in range(rounds)]
    running = sandbox.start_playbook([{"tasks": tasks, "strategy": "free"}], hosts=FORKS, forks=FORKS)
    removed = 0
    while removed < removals and simulator.wait_for_calls("/api", 25 * (removed + 1), running.is_running):
        shutil.rmtree(sandbox.store, ignore_errors=True)
        removed += 1
    run = running.wait()
    run.assert_success(rounds * FORKS)
    _assert_resilient(run)
    grants = simulator.grants()
    # One for the start and one for each removal; a removal while a worker writes costs one for the store of the run.
    assert removed == removals
    assert removals // 2 <= grants <= 2 * removals + 2
    assert run.count_warnings("token store") <= 1, run.output
    warnings = run.count_warnings("token store")
    record_measurement(f"{removed} removals, {grants} grants, {warnings} warnings, 0 failed of {rounds * FORKS}")
