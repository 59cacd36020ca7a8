# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Abort requests that take too long."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

TOTAL = "total"
IDLE = "idle"


class Deadline:
    """Calls ``on_expire`` if a request exceeds its limits; one request at a time, one thread for all of them.

    A socket's own timeout restarts with every byte. ``expired`` says which limit was reached, :data:`TOTAL` or
    :data:`IDLE`. The thread sleeps until the earliest limit that it knows; if the limit has moved by then, it sleeps
    again, so a request within its limits neither starts nor wakes a thread.
    """

    def __init__(self, on_expire: Callable[[], None]) -> None:
        self._on_expire = on_expire
        self._changed = threading.Condition()
        self._end: float | None = None
        self._idle: float | None = None
        self._idle_since: float | None = None
        self._wakes_at: float | None = None
        self._thread: threading.Thread | None = None
        self.expired = ""

    def start(self, total: float, idle: float | None = None) -> None:
        """
        :param total: seconds for the whole request.
        :param idle: seconds without data from the server.
        """
        with self._changed:
            now = time.monotonic()
            self.expired = ""
            self._end, self._idle, self._idle_since = now + total, idle, now
            if self._thread is None:
                self._thread = threading.Thread(target=self._watch, daemon=True)
                self._thread.start()
            elif self._wakes_at is None or self._get_next_end() < self._wakes_at:
                self._changed.notify()

    def stop(self) -> None:
        with self._changed:
            self._end = None

    def pause(self) -> None:
        """Stop the idle limit while nothing is expected from the server."""
        self._idle_since = None

    def resume(self) -> None:
        """Restart the idle limit when data is expected from the server again."""
        self._idle_since = time.monotonic()

    @property
    def remaining(self) -> float:
        """The seconds left for the whole request."""
        return 0.0 if self._end is None else self._end - time.monotonic()

    def _get_next_end(self) -> float:
        end, since = self._end or 0.0, self._idle_since
        if self._idle is None:
            return end
        # While paused, an idle limit that restarts now is the earliest that is possible.
        return min(end, (time.monotonic() if since is None else since) + self._idle)

    def _watch(self) -> None:
        with self._changed:
            while True:
                if self._end is None:
                    self._changed.wait()
                    continue
                now, end = time.monotonic(), self._get_next_end()
                if now >= end:
                    self.expired = TOTAL if now >= self._end else IDLE
                    self._end = None
                    self._on_expire()
                    continue
                self._wakes_at = end
                self._changed.wait(end - now)
                self._wakes_at = None
