# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting for one item and for many, on a clock that only the delays move."""

from __future__ import annotations

import itertools
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from ansible_collections.greyops.rest.plugins.module_utils._context import Directories, NullRuntime
from ansible_collections.greyops.rest.plugins.module_utils._errors import WaitError
from ansible_collections.greyops.rest.plugins.module_utils._polling import (
    Poller,
    Progress,
    ProgressLine,
    wait_for_all,
)


class Clock:
    """A monotonic clock that a sleep sets forward."""

    def __init__(self) -> None:
        self.now = 0.0
        self.delays: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.delays.append(seconds)
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(time, "sleep", clock.sleep)
    monkeypatch.setattr(time, "monotonic", lambda: clock.now)
    return clock


@pytest.fixture
def lines() -> list[str]:
    return []


@pytest.fixture
def runtime(lines: list[str]) -> NullRuntime:
    runtime = NullRuntime(Directories("/nonexistent"))
    runtime.show_progress = lines.append  # type: ignore[method-assign]
    return runtime


@dataclass
class Item:
    """An item that is done at a time."""

    done_at: float
    began: float = 0.0
    error: WaitError | None = None

    @property
    def name(self) -> str:
        return f"item {self.done_at:.0f}"

    @property
    def state(self) -> str:
        return "STARTING"

    def give_up(self, error: WaitError) -> None:
        self.error = error


def test_delays_of_one_item_grow(clock: Clock, runtime: NullRuntime) -> None:
    """Up to 5 seconds, and never beyond the timeout."""
    poller = Poller(runtime, timeout=30)
    with pytest.raises(WaitError, match=r"^The pipeline web is not done after \d\d s: STARTING\."):
        while True:
            poller.wait("pipeline web", "STARTING")
    assert (clock.delays[0], clock.delays[-1]) == (0.5, 5.0)
    assert clock.delays == sorted(clock.delays)
    assert 25 < clock.now <= 30


def test_many_items_are_read_together(clock: Clock, runtime: NullRuntime, lines: list[str]) -> None:
    """1,000 items that are done one after the other within 60 s take few reads and few lines."""
    items = [Item(number * 0.06) for number in range(1, 1001)]
    progress = Progress(runtime, "items", len(items), "running")
    progress.unwritten = 0
    sizes: list[int] = []

    def read(waiting: Sequence[Item]) -> list[Item]:
        sizes.append(len(waiting))
        left = [item for item in waiting if item.done_at > clock.now]
        progress.done += len(waiting) - len(left)
        return left

    wait_for_all(runtime, 600, items, read, progress)
    assert (progress.done, progress.waiting, progress.failed) == (1000, 0, 0)
    assert (clock.delays[0], clock.delays[-1]) == (0.5, 10.0)
    assert clock.delays == sorted(clock.delays)
    assert 60 <= clock.now < 70
    assert len(sizes) < 15
    assert sizes == sorted(sizes, reverse=True)
    shown = [re.fullmatch(r"items: (\d+) of 1000 running, (\d+) waiting, 0 failed, (\d+) s", line) for line in lines]
    numbers = [tuple(map(int, line.groups())) for line in shown if line]
    assert len(numbers) == len(lines) > 3
    assert all(done + waiting == 1000 for done, waiting, _seconds in numbers)
    assert all(later[2] - earlier[2] >= 5 for earlier, later in itertools.pairwise(numbers))


def test_time_limit_is_that_of_each_item(clock: Clock, runtime: NullRuntime, lines: list[str]) -> None:
    clock.now = 100.0
    late, never, soon = Item(130, began=95), Item(1000, began=100), Item(102, began=80)
    items = [late, never, soon]
    progress = Progress(runtime, "items", len(items))
    progress.unwritten = 0

    def read(waiting: Sequence[Item]) -> list[Item]:
        progress.done += sum(item.done_at <= clock.now for item in waiting)
        return [item for item in waiting if item.done_at > clock.now]

    wait_for_all(runtime, 30, items, read, progress)
    assert (progress.done, progress.waiting, progress.failed) == (1, 0, 2)
    assert soon.error is None
    assert "The item 130 is not done after" in str(late.error)
    assert "increase wait_timeout" in str(never.error)
    assert clock.now <= 130


def test_items_without_time_are_not_read(clock: Clock, runtime: NullRuntime, lines: list[str]) -> None:
    item = Item(1)
    progress = Progress(runtime, "items", 1)

    def read(waiting: Sequence[Item]) -> list[Item]:
        raise AssertionError(waiting)

    wait_for_all(runtime, 0, [item], read, progress)
    assert item.error is not None
    assert clock.delays == []


def test_progress_is_one_line_in_five_seconds(clock: Clock, runtime: NullRuntime, lines: list[str]) -> None:
    progress = Progress(runtime, "pipelines", 1000)
    for _number in range(700):
        progress.unwritten -= 1
        clock.now += 0.0625
        progress.update()
    progress.done, progress.failed = 214, 6
    clock.now += 5
    progress.update()
    assert len(lines) == 9
    assert lines[-1] == "pipelines: 214 of 1000 done, 480 waiting, 6 failed, 300 not written, 49 s"


def test_progress_line_shows_any_text(clock: Clock, runtime: NullRuntime, lines: list[str]) -> None:
    line = ProgressLine(runtime, "products")
    line.show("1 checked")
    clock.now = 12
    line.show("500 checked")
    line.show("501 checked")
    assert lines == ["products: 500 checked, 12 s"]
