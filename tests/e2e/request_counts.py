# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counts the requests to the APIs and measures memory."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from ..support.simulator_client import SimulatorClient

MIB = 1024 * 1024


class RequestCounter:
    """Counts the requests since its creation by method and path, logins included."""

    def __init__(self, simulator: SimulatorClient) -> None:
        self._simulator = simulator
        self._before = self._arrived()

    def _arrived(self) -> Counter[str]:
        return Counter(self._simulator.counters()["routes"])

    def get_counts(self) -> dict[str, int]:
        return dict(self._arrived() - self._before)


class MemoryMonitor:
    """Records the peak memory of a sandbox's processes: the controller's workers, and those of one module."""

    def __init__(self, home: Path, module: str) -> None:
        self.worker = self.module = 0
        self._place = f"HOME={home}".encode()
        self._program = f"AnsiballZ_{module}.py".encode()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self) -> MemoryMonitor:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._end.set()
        self._thread.join()

    def _sample(self) -> None:
        while not self._end.wait(0.005):
            for command, is_child, size in self._sizes():
                if self._program in command:
                    self.module = max(self.module, size)
                elif b"ansible-playbook" in command and is_child:
                    self.worker = max(self.worker, size)

    def _sizes(self) -> Iterator[tuple[bytes, bool, int]]:
        """For each process of the sandbox: its command line, whether its parent is one of them, and its peak size in
        bytes."""
        commands: dict[int, bytes] = {}
        found: list[tuple[int, int, int]] = []
        for process in Path("/proc").iterdir():
            try:
                if process.name.isdecimal() and self._place in process.joinpath("environ").read_bytes():
                    lines = process.joinpath("status").read_text().splitlines()
                    status = dict(line.split(":", 1) for line in lines)
                    commands[int(process.name)] = process.joinpath("cmdline").read_bytes()
                    found.append((int(process.name), int(status["PPid"]), int(status["VmHWM"].split()[0]) * 1024))
            except (OSError, KeyError):
                continue  # the process has ended
        for number, above, size in found:
            yield commands[number], commands[number] == commands.get(above), size
