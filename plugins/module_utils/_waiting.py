# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

from ansible_collections.greyops.rest.plugins.module_utils._errors import UnfinishedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 5.0

_Thing = TypeVar("_Thing")


def pauses() -> Iterator[float]:
    """The seconds between one look and the next, without an end."""
    pause = _FIRST_PAUSE
    while True:
        yield pause
        pause = min(pause * 1.5, _LONGEST_PAUSE)


def wait_until(
    thing: _Thing,
    is_done: Callable[[_Thing], bool],
    look: Callable[[_Thing], _Thing],
    told: Callable[[_Thing], str],
    timeout: float,
    progress: Callable[[str], None],
) -> _Thing:
    """Look at a thing again and again until it is done, which may raise to end the wait early.

    :param told: what it is and how far, such as "PICK ORD-1: fulfillable".
    :param timeout: in seconds.
    :raises UnfinishedError: it is not done by then.
    """
    began, steps = time.monotonic(), pauses()
    while not is_done(thing):
        pause, waited = next(steps), time.monotonic() - began
        if waited + pause > timeout:
            raise UnfinishedError(
                f"{told(thing)}, not done after {waited:.0f} s.",
                hint="It goes on by itself; run the task again to wait on, or raise wait_timeout.",
            )
        progress(f"{told(thing)}, {waited:.0f} s")
        time.sleep(pause)
        thing = look(thing)
    return thing
