# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Wait for a state on a server."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ._errors import WaitError

if TYPE_CHECKING:
    from ._context import Runtime

_FIRST_DELAY = 0.5
_MAX_DELAY = 5.0


def validate_wait_timeout(seconds: float, *, may_be_zero: bool = False) -> list[str]:
    """Validate the option wait_timeout."""
    if seconds > 0 or (may_be_zero and seconds == 0):  # false for NaN as well
        return []
    return [f"wait_timeout must be a number of seconds{', 0 or more' if may_be_zero else ' above 0'}"]


class Poller:
    """Increasing delays between checks of a resource, with a time limit for all of them.

    poller = Poller(runtime, timeout)
    while not is_done(item):
        poller.wait("report 7", item["status"])
        item = get_report(7)
    """

    def __init__(self, runtime: Runtime, timeout: float, began: float | None = None) -> None:
        """
        :param timeout: in seconds.
        :param began: the time on the monotonic clock from which the timeout counts; by default now.
        """
        self._runtime = runtime
        self._timeout = timeout
        self._began = time.monotonic() if began is None else began
        self._delay = _FIRST_DELAY

    @property
    def _waited(self) -> float:
        return time.monotonic() - self._began

    def can_wait(self) -> bool:
        """Whether there is time for another delay."""
        return self._waited + self._delay <= self._timeout

    def wait(self, name: str, state: object) -> None:
        """Show a progress line and wait until the next check.

        :param name: what to wait for, such as "pipeline web_logs".
        :raises WaitError: the time limit is reached.
        """
        if not self.can_wait():
            raise WaitError(
                f"The {name} is not done after {self._waited:.0f} s: {state}.",
                hint="It continues in the background. Run the task again to keep waiting, or increase wait_timeout.",
            )
        self._runtime.progress(f"{name}: {state}, {self._waited:.0f} s")
        time.sleep(self._delay)
        self._delay = min(self._delay * 1.5, _MAX_DELAY)
