# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Children, open files and locks of processes, read from Linux's /proc."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

_PROC = Path("/proc")


def get_workers(parent: int) -> list[int]:
    """The worker processes: children that a command forked without running another program in them."""
    program = _get_command_line(parent)
    return [child for child in _get_children(parent) if program and _get_command_line(child) == program]


def get_open_files(process: int, below: Path) -> dict[str, bool]:
    """The names of the files that a process has open in a directory, and whether it holds a lock on each."""
    found: dict[str, bool] = {}
    # A process that has ended has no open files.
    with suppress(OSError):
        for descriptor in (_PROC / str(process) / "fd").iterdir():
            with suppress(OSError):
                target = descriptor.readlink()
                if target.parent == below:
                    info = (_PROC / str(process) / "fdinfo" / descriptor.name).read_text()
                    found[target.name] = "FLOCK" in info
    return found


def state(process: int) -> str:
    """The letter of a process's state: R, S, D, T, Z; empty if the process does not exist."""
    return _get_status(process)[0]


def _get_children(parent: int) -> list[int]:
    return [number for number in _list_processes() if _get_status(number)[1] == str(parent)]


def _list_processes() -> list[int]:
    return [int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit()]


def _get_status(process: int) -> tuple[str, str]:
    try:
        # The name of the program, in parentheses, may contain any character.
        state, parent, *_more = (_PROC / str(process) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return "", ""
    return state, parent


def _get_command_line(process: int) -> bytes:
    try:
        return (_PROC / str(process) / "cmdline").read_bytes()
    except OSError:
        return b""
