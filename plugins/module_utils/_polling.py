# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Wait for states on a server, for one resource or for many at once, and show the progress of long work."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol, TypeVar

from ._errors import WaitError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ._context import Runtime

_FIRST_DELAY = 0.5
_MAX_DELAY = 5.0
# One read is for all items, so it may be large.
_MAX_DELAY_FOR_MANY = 10.0
# Seconds between two progress lines.
_PROGRESS_INTERVAL = 5.0


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

    def __init__(
        self, runtime: Runtime, timeout: float, began: float | None = None, max_delay: float = _MAX_DELAY
    ) -> None:
        """
        :param timeout: in seconds.
        :param began: the time on the monotonic clock from which the timeout counts; by default now.
        """
        self._runtime = runtime
        self._timeout = timeout
        self._began = time.monotonic() if began is None else began
        self._delay = _FIRST_DELAY
        self._max_delay = max_delay

    def find_timeout(self, name: str, state: object, began: float | None = None) -> WaitError | None:
        """Return the error to raise if there is no time for another delay.

        :param name: what to wait for, such as "pipeline web_logs".
        :param began: the time from which the timeout counts for this item, if it is one of many.
        """
        waited = time.monotonic() - (self._began if began is None else began)
        if waited + self._delay <= self._timeout:
            return None
        return WaitError(
            f"The {name} is not done after {waited:.0f} s: {state}.",
            hint="It continues in the background. Run the task again to keep waiting, or increase wait_timeout.",
        )

    def wait(self, name: str, state: object) -> None:
        """Show a progress line and wait until the next check.

        :param name: as in :meth:`find_timeout`.
        :raises WaitError: the time limit is reached.
        """
        error = self.find_timeout(name, state)
        if error is not None:
            raise error
        self._runtime.progress(f"{name}: {state}, {time.monotonic() - self._began:.0f} s")
        self.sleep()

    def sleep(self) -> None:
        """Wait until the next check, without a progress line and a time limit."""
        time.sleep(self._delay)
        self._delay = min(self._delay * 1.5, self._max_delay)


class ProgressLine:
    """Shows the progress of long work in one line at most every 5 seconds, such as "products: 500 checked, 12 s"."""

    def __init__(self, runtime: Runtime, noun: str) -> None:
        """
        :param noun: what the work is about, in the plural.
        """
        self._runtime = runtime
        self._noun = noun
        self._began = time.monotonic()
        self._next = self._began + _PROGRESS_INTERVAL

    def show(self, text: str) -> None:
        now = time.monotonic()
        if now >= self._next:
            self._runtime.progress(f"{self._noun}: {text}, {now - self._began:.0f} s")
            self._next = now + _PROGRESS_INTERVAL


class Progress(ProgressLine):
    """Counts items that are written and then waited for, and shows them as
    "pipelines: 214 of 1000 running, 480 waiting, 6 failed, 300 not written, 35 s".

    Each item is counted once in one of ``unwritten`` (at first all), ``done`` and ``failed``; the others are waiting.
    Change the counts as the items change, and call :meth:`update`.
    """

    def __init__(self, runtime: Runtime, noun: str, total: int, done_state: str = "done") -> None:
        """
        :param done_state: what an item is that is no longer waited for, as a word.
        """
        super().__init__(runtime, noun)
        self._total = total
        self._done_state = done_state
        self.unwritten = total
        self.done = 0
        self.failed = 0

    @property
    def waiting(self) -> int:
        return self._total - self.unwritten - self.done - self.failed

    def update(self) -> None:
        """Show the counts if a line is due."""
        unwritten = f", {self.unwritten} not written" if self.unwritten else ""
        self.show(
            f"{self.done} of {self._total} {self._done_state}, {self.waiting} waiting, {self.failed} failed{unwritten}"
        )


class Waiting(Protocol):
    """One of many items that are waited for at once."""

    @property
    def name(self) -> str:
        """The item in messages, such as "pipeline web_logs"."""

    @property
    def state(self) -> object:
        """The state that was last read."""

    @property
    def began(self) -> float:
        """The time on the monotonic clock from which the timeout counts for this item."""

    def give_up(self, error: WaitError) -> None:
        """Fail, because the time limit is reached."""


_Waiting = TypeVar("_Waiting", bound=Waiting)


def wait_for_all(
    runtime: Runtime,
    timeout: float,
    items: Sequence[_Waiting],
    read: Callable[[Sequence[_Waiting]], Sequence[_Waiting]],
    progress: Progress,
) -> None:
    """Wait until none of the items is waiting, with delays that grow from 0.5 to 10 seconds.

    :param timeout: in seconds, for each item.
    :param read: after each delay, reads the state of all waiting items at once, and returns those that keep waiting.
        It counts the others as done or failed in ``progress``. Items that reach the time limit are counted here.
    """
    poller = Poller(runtime, timeout, max_delay=_MAX_DELAY_FOR_MANY)
    while items:
        in_time = []
        for item in items:
            error = poller.find_timeout(item.name, item.state, item.began)
            if error is None:
                in_time.append(item)
            else:
                item.give_up(error)
                progress.failed += 1
        progress.update()
        if not in_time:
            return
        poller.sleep()
        items = read(in_time)
