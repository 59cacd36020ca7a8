# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Responses that are read as they arrive, by line or by chunk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .._errors import RequestError
from . import content_codings, exceptions
from .deadline import TOTAL
from .response import Response

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .deadline import Deadline

_CHUNK_SIZE = 65536


class StreamError(RequestError):
    """A response that ended too early or exceeded a limit after it had started. The request is not sent again."""


@dataclass(frozen=True)
class StreamLimits:
    """Seconds without data from the server, total seconds, and bytes of a line.

    Without ``max_line`` the response is read in chunks, as they arrive.
    """

    idle_timeout: float
    total_timeout: float
    max_line: int | None = 16 * 1024 * 1024

    def build_timeout_error(self, limit: str, method: str, url: str) -> StreamError:
        reason = (
            f"it did not end within {self.total_timeout:g} s"
            if limit == TOTAL
            else f"nothing came for {self.idle_timeout:g} s"
        )
        return StreamError(f"{method} {url} broke off.", reason=reason, url=url, method=method)


class Stream:
    """The body of a response as it arrives.

    Iterate over it: each item is the list of the lines (or the single chunk) that have arrived, without empty lines and
    line ends. The time that the iterating code takes does not count as idle.
    """

    def __init__(self, response: Any, limits: StreamLimits, deadline: Deadline, method: str, url: str) -> None:
        self._response = response
        self._limits = limits
        self._deadline = deadline
        self._method = method
        self._url = url

    @property
    def remaining(self) -> float:
        """The seconds left for the whole response."""
        return self._deadline.remaining

    def __iter__(self) -> Iterator[list[bytes]]:
        """
        :raises StreamError: the response is incomplete, or a limit was reached.
        """
        try:
            for batch in self._iter_batches():
                self._deadline.pause()
                if self._deadline.expired or self.remaining <= 0:
                    raise self._limits.build_timeout_error(self._deadline.expired or TOTAL, self._method, self._url)
                yield batch
                self._deadline.resume()
        finally:
            self._response.close()

    def read_beginning(self) -> bytes:
        """Read as much of the body as an error needs."""
        body = bytearray()
        try:
            for chunk in self._iter_chunks():
                body += chunk
                if len(body) >= _CHUNK_SIZE:
                    break
        finally:
            self._response.close()
        return bytes(body)

    def _iter_chunks(self) -> Iterator[bytes]:
        try:
            # Older libraries wait for the whole requested size, so a small size is requested if lines are read.
            yield from iter_chunks(self._response, 1 if self._limits.max_line else _CHUNK_SIZE)
            if self._deadline.expired:
                # A body without a length ends with its connection, so a truncated one looks complete.
                raise TimeoutError
        except exceptions.list_library_exceptions() as error:
            if self._deadline.expired or exceptions.is_read_timeout(error):
                raise self._limits.build_timeout_error(self._deadline.expired, self._method, self._url) from None
            cause = exceptions.translate(error, self._method, self._url, self._limits.idle_timeout, True)
            raise StreamError(**cause.as_data()) from None

    def _iter_batches(self) -> Iterator[list[bytes]]:
        limit = self._limits.max_line
        return ([chunk] for chunk in self._iter_chunks()) if limit is None else self._iter_lines(limit)

    def _iter_lines(self, limit: int) -> Iterator[list[bytes]]:
        parts: list[bytes] = []
        size = 0
        for chunk in self._iter_chunks():
            *whole, rest = chunk.split(b"\n")
            if whole:
                whole[0] = b"".join([*parts, whole[0]])
                parts, size = [], 0
            parts.append(rest)
            size += len(rest)
            if max(size, *map(len, whole), 0) > limit:
                reason = f"a line is longer than {limit} bytes"
                raise StreamError(
                    f"{self._method} {self._url} broke off.", reason=reason, url=self._url, method=self._method
                )
            if lines := [line for line in (line.rstrip(b"\r") for line in whole) if line]:
                yield lines
        last = b"".join(parts).rstrip(b"\r")
        if last:
            yield [last]


@dataclass(frozen=True)
class StreamedResponse(Response):
    """A response whose body has not been read yet."""

    stream: Stream = None  # type: ignore[assignment]


def iter_chunks(response: Any, least: int = _CHUNK_SIZE) -> Iterator[bytes]:
    """Read the body of a response as it arrives, decoded, in pieces of a limited size.

    :param least: the bytes that older libraries wait for before they return any.
    """
    return content_codings.decode(_iter_raw_chunks(response.raw, least), response.headers.get("Content-Encoding", ""))


def _iter_raw_chunks(raw: Any, least: int) -> Iterator[bytes]:
    if raw.chunked and raw.supports_chunked_reads():
        yield from raw.read_chunked(_CHUNK_SIZE, decode_content=False)
        return
    read, size = (raw.read1, _CHUNK_SIZE) if hasattr(raw, "read1") else (raw.read, least)
    while piece := read(size, decode_content=False):
        yield piece
    if raw.length_remaining:
        # urllib3 before version 2 accepts an incomplete response as complete.
        raise exceptions.build_incomplete_error()
