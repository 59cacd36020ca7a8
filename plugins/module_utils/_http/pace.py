# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import random
import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Protocol

from ansible_collections.greyops.rest.plugins.module_utils._errors import ExchangeError
from ansible_collections.greyops.rest.plugins.module_utils._http.urls import origin, without_query

if TYPE_CHECKING:
    from ansible_collections.greyops.rest.plugins.module_utils._http.answers import Answer
    from ansible_collections.greyops.rest.plugins.module_utils._http.host import Host

_LONGEST_BACKOFF = 10.0
# Those who were told to wait do not all come back in the same moment.
_LONGEST_JITTER = 2.0


class Cooldowns(Protocol):
    """When a server may be asked again, as all who share a credential know it. Times are Unix seconds."""

    def until(self, server: str) -> float:
        """The moment before which nobody asks; 0 if there is none."""

    def postpone(self, server: str, until: float) -> None:
        """Tell the others to wait as well."""


class NoCooldowns:
    """Nobody to tell."""

    def until(self, server: str) -> float:
        return 0.0

    def postpone(self, server: str, until: float) -> None:
        """Nobody listens."""


class Pace:
    """The waiting of one request: between its repeats, and for a server that asked everyone to wait.

    All of it together stays within ``max_wait`` seconds.
    """

    def __init__(self, method: str, url: str, cooldowns: Cooldowns, host: Host, max_wait: float) -> None:
        scheme, name, port = origin(url)
        self._server = f"{scheme}://{name}:{port}"
        self._method = method
        self._url = without_query(url)
        self._cooldowns = cooldowns
        self._host = host
        self._max_wait = max_wait
        self._waited = 0.0

    def await_turn(self) -> None:
        """Wait until the server may be asked."""
        while True:
            left = self._cooldowns.until(self._server) - time.time()
            if left <= 0:
                return
            self._wait(_spread(left))

    def obey(self, answer: Answer, attempt: int) -> None:
        """After an answer that asks to come back later: tell everyone, and wait."""
        asked = retry_after(answer)
        if asked is None:
            self.back_off(attempt)
            return
        self._cooldowns.postpone(self._server, time.time() + asked)
        self._wait(_spread(asked))

    def back_off(self, attempt: int) -> None:
        """Wait the longer the more often it failed."""
        self._wait(min(0.5 * 2**attempt, _LONGEST_BACKOFF) * random.uniform(0.75, 1.25))

    def _wait(self, seconds: float) -> None:
        if self._waited + seconds > self._max_wait + _LONGEST_JITTER:
            raise ExchangeError(
                f"{self._method} {self._url} failed: the server asks to wait {seconds:.0f} s, and a request waits no "
                f"longer than max_wait ({self._max_wait:g} s). Try again later, raise max_wait, or use fewer forks.",
                status=429,
                url=self._url,
                method=self._method,
            )
        self._host.progress(f"{self._method} {self._url}: waiting {seconds:.1f} s")
        time.sleep(seconds)
        self._waited += seconds
        self._host.usage.waited += seconds


def retry_after(answer: Answer) -> float | None:
    """The seconds a server asks to wait (RFC 9110, 10.2.3: a number or a date)."""
    text = answer.headers.get("retry-after", "").strip()
    if text.isdigit():
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except (TypeError, ValueError, OverflowError):
        return None


def _spread(seconds: float) -> float:
    return seconds + random.uniform(0.0, min(0.1 + 0.1 * seconds, _LONGEST_JITTER))
