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
# A server that asks for more than a day is not taken at its word, and others are told of an hour at most: a slip of
# its must not lock anyone out for ever.
_LONGEST_ASKED = 86400.0
_LONGEST_TOLD = 3600.0
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
            if not self._wait(left):
                raise self._too_long(left)

    def tell(self, answer: Answer) -> None:
        """After an answer that asks to come back later: let everyone know, whether this request comes again or not."""
        asked = retry_after(answer)
        if asked is not None:
            self._cooldowns.postpone(self._server, time.time() + min(asked, _LONGEST_TOLD))

    def obey(self, answer: Answer, attempt: int) -> bool:
        """After an answer that asks to come back later: wait; whether to go on.

        :raises ExchangeError: the server named a time, and it is too long.
        """
        asked = retry_after(answer)
        if asked is None:
            return self.back_off(attempt)
        # A server that always says 0 must not be asked for ever.
        if self._wait(max(asked, _shortest(attempt) / 5)):
            return True
        raise self._too_long(asked, answer.status)

    def back_off(self, attempt: int) -> bool:
        """Wait the longer the more often it failed; whether to go on."""
        return self._wait(_shortest(attempt))

    def _too_long(self, seconds: float, status: int | None = None) -> ExchangeError:
        news = f" after {self._waited:.0f} s of waiting" if self._waited else ""
        return ExchangeError(
            f"{self._method} {self._url} failed.",
            reason=f"the server asks to wait {seconds:.0f} s{news}, and max_wait allows {self._max_wait:g} s",
            hint="Try again later, raise max_wait, or use fewer forks.",
            status=status,
            url=self._url,
            method=self._method,
        )

    def _wait(self, seconds: float) -> bool:
        if self._waited + seconds > self._max_wait:
            return False
        seconds += random.uniform(0.0, min(0.1 * seconds + 0.05, _LONGEST_JITTER))
        self._host.progress(f"{self._method} {self._url}: waiting {seconds:.1f} s")
        time.sleep(seconds)
        self._waited += seconds
        self._host.usage.waited += seconds
        return True


def retry_after(answer: Answer) -> float | None:
    """The seconds a server asks to wait (RFC 9110, 10.2.3: a number or a date, which is measured by its own clock)."""
    text = answer.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text), _LONGEST_ASKED)
    moment, now = http_date(text), http_date(answer.headers.get("date", ""))
    if moment is None:
        return None
    return min(max(0.0, moment - (time.time() if now is None else now)), _LONGEST_ASKED)


def http_date(text: str) -> float | None:
    """The Unix seconds of a header's date; None if it is none."""
    try:
        return parsedate_to_datetime(text).timestamp()
    except (TypeError, ValueError, IndexError, OverflowError):
        return None


def _shortest(attempt: int) -> float:
    return float(min(0.5 * 2**attempt, _LONGEST_BACKOFF))
