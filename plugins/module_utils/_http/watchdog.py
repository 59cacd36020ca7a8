# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Watchdog:
    """Bites when what it guards takes longer than it may. One at a time, again and again, with one thread for all.

    The thread sleeps until the end of the time it was told of last. Where that is over in time, it finds another end
    to wait for, or none; so whoever is in time pays for no thread and wakes none.
    """

    def __init__(self, bite: Callable[[], None]) -> None:
        self._bite = bite
        self._changed = threading.Condition()
        self._end: float | None = None
        self._wakes: float | None = None
        self._thread: threading.Thread | None = None
        self.has_bitten = False

    @contextmanager
    def guarding(self, seconds: float) -> Iterator[None]:
        with self._changed:
            self.has_bitten = False
            self._end = time.monotonic() + seconds
            if self._thread is None:
                self._thread = threading.Thread(target=self._watch, daemon=True)
                self._thread.start()
            elif self._wakes is None or self._end < self._wakes:
                self._changed.notify()
        try:
            yield
        finally:
            with self._changed:
                self._end = None

    def _watch(self) -> None:
        with self._changed:
            while True:
                if self._end is None:
                    self._changed.wait()
                    continue
                left = self._end - time.monotonic()
                if left <= 0:
                    self._end = None
                    self.has_bitten = True
                    self._bite()
                    continue
                self._wakes = self._end
                self._changed.wait(left)
                self._wakes = None
