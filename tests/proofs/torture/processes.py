# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Linux tells of processes: whose child one is, what it has open, and which locks it holds."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

_PROC = Path("/proc")


def workers(parent: int) -> list[int]:
    """The children that a command forked without starting another program in them."""
    program = _command(parent)
    return [child for child in _children(parent) if program and _command(child) == program]


def opened(process: int, below: Path) -> dict[str, bool]:
    """The names of the files that a process has open in a directory, and whether it holds a lock of each."""
    found: dict[str, bool] = {}
    # Whoever has ended has nothing open.
    with suppress(OSError):
        for descriptor in (_PROC / str(process) / "fd").iterdir():
            with suppress(OSError):
                target = descriptor.readlink()
                if target.parent == below:
                    told = (_PROC / str(process) / "fdinfo" / descriptor.name).read_text()
                    found[target.name] = "FLOCK" in told
    return found


def state(process: int) -> str:
    """The letter of a process's state: R, S, D, T, Z; empty when it is gone."""
    return _status(process)[0]


def _children(parent: int) -> list[int]:
    return [number for number in _processes() if _status(number)[1] == str(parent)]


def _processes() -> list[int]:
    return [int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit()]


def _status(process: int) -> tuple[str, str]:
    try:
        # The name of the program, in parentheses, may hold anything.
        state, parent, *_more = (_PROC / str(process) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return "", ""
    return state, parent


def _command(process: int) -> bytes:
    try:
        return (_PROC / str(process) / "cmdline").read_bytes()
    except OSError:
        return b""
