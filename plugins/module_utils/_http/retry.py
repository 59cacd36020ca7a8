# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Retries, and the rate limits that all processes share (RFC 9110, 10.2.3)."""

from __future__ import annotations

import random
import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Protocol

from .._errors import RequestError
from .urls import parse_origin, strip_query

if TYPE_CHECKING:
    from .._context import Runtime
    from .response import Response

_MAX_BACKOFF = 10.0
# A wait of more than a day is not accepted from a server, and at most an hour is shared with other processes: a wrong
# value must not lock them out permanently.
_MAX_RETRY_AFTER = 86400.0
_MAX_SHOWN = 3600.0
# Processes that wait must not all send their requests at the same moment.
_MAX_JITTER = 2.0


class RateLimits(Protocol):
    """When requests to a server are allowed again, shared by all users of a credential. Times are Unix seconds."""

    def retry_at(self, server: str) -> float:
        """The time before which no request is sent; 0 if there is none."""

    def set_retry_at(self, server: str, until: float) -> None:
        """Make the other processes wait as well."""


class NoRateLimits:
    """Rate limits that are not shared."""

    def retry_at(self, server: str) -> float:
        return 0.0

    def set_retry_at(self, server: str, until: float) -> None:
        """Nobody listens."""


class RetryPolicy:
    """The delays of one request: between its retries, and for a server that asked all processes to wait.

    The total stays within ``max_wait`` seconds. ``next_try`` in its methods says which try comes after the delay, such
    as ``try 2 of 4``, for the progress that is shown.
    """

    def __init__(self, method: str, url: str, rate_limits: RateLimits, runtime: Runtime, max_wait: float) -> None:
        scheme, name, port = parse_origin(url)
        self._server = f"{scheme}://{name}:{port}"
        self._method = method
        self._url = strip_query(url)
        self._rate_limits = rate_limits
        self._runtime = runtime
        self._max_wait = max_wait
        self._waited = 0.0

    def wait_for_rate_limit(self) -> None:
        """Wait until requests to the server are allowed."""
        while True:
            left = self._rate_limits.retry_at(self._server) - time.time()
            if left <= 0:
                return
            if not self._wait(left, "rate limit, next request"):
                raise self._build_wait_error(left)

    def record_retry_after(self, response: Response) -> None:
        """Share the delay of a response that asks to retry later, whether this request is repeated or not."""
        asked = parse_retry_after(response)
        if asked is not None:
            self._rate_limits.set_retry_at(self._server, time.time() + min(asked, _MAX_SHOWN))

    def wait_retry_after(self, response: Response, attempt: int, next_try: str) -> bool:
        """Wait after a response that asks to retry later; return whether to continue.

        :raises RequestError: the delay of the server is too long.
        """
        asked, reason = parse_retry_after(response), f"HTTP {response.status}, {next_try}"
        if asked is None:
            return self._wait(_compute_backoff(attempt), reason)
        # A server that always asks for 0 seconds must not cause endless requests.
        if self._wait(max(asked, _compute_backoff(attempt) / 5), reason):
            return True
        raise self._build_wait_error(asked, response.status)

    def wait_backoff(self, error: RequestError, attempt: int, next_try: str) -> bool:
        """Wait with increasing delays; return whether to continue."""
        return self._wait(_compute_backoff(attempt), f"{error.reason}, {next_try}")

    def _build_wait_error(self, seconds: float, status: int | None = None) -> RequestError:
        news = f" after {self._waited:.0f} s of waiting" if self._waited else ""
        return RequestError(
            f"{self._method} {self._url} failed.",
            reason=f"the server asks to wait {seconds:.0f} s{news}, and max_wait allows {self._max_wait:g} s",
            hint="Try again later, raise max_wait, or use fewer forks.",
            status=status,
            url=self._url,
            method=self._method,
        )

    def _wait(self, seconds: float, reason: str) -> bool:
        if self._waited + seconds > self._max_wait:
            return False
        seconds += random.uniform(0.0, min(0.1 * seconds + 0.05, _MAX_JITTER))
        self._runtime.progress(f"{self._method} {self._url}: {reason} in {seconds:.1f} s")
        time.sleep(seconds)
        self._waited += seconds
        self._runtime.stats.waited += seconds
        return True


def parse_retry_after(response: Response) -> float | None:
    """The seconds that a server asks to wait (RFC 9110, 10.2.3: a number, or a date by the server's clock)."""
    text = response.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text), _MAX_RETRY_AFTER)
    moment, now = parse_http_date(text), parse_http_date(response.headers.get("date", ""))
    if moment is None:
        return None
    return min(max(0.0, moment - (time.time() if now is None else now)), _MAX_RETRY_AFTER)


def parse_http_date(text: str) -> float | None:
    """The Unix seconds of the date in a header; None if it is not a date."""
    try:
        return parsedate_to_datetime(text).timestamp()
    except (TypeError, ValueError, IndexError, OverflowError):
        return None


def _compute_backoff(attempt: int) -> float:
    return float(min(0.5 * 2**attempt, _MAX_BACKOFF))
