# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ansible_collections.greyops.rest.plugins.module_utils._errors import ExchangeError
from ansible_collections.greyops.rest.plugins.module_utils._http import transport
from ansible_collections.greyops.rest.plugins.module_utils._http.connections import Connections, broken, pieces_of
from ansible_collections.greyops.rest.plugins.module_utils._http.urls import Origin, without_query

try:
    import requests
    import urllib3
except ImportError:  # the session says so when it is opened
    pass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ansible_collections.greyops.rest.plugins.module_utils._http.answers import Answer
    from ansible_collections.greyops.rest.plugins.module_utils._http.settings import HttpSettings

_PIECE = 65536


class StreamError(ExchangeError):
    """An answer that broke off after it had begun, or went beyond a limit. Nothing is sent again after it."""


@dataclass(frozen=True)
class StreamLimits:
    """What bounds an answer that comes line by line: seconds without a whole line, seconds in all, bytes of a line.

    Without a ``longest_line`` it comes piece by piece, just as it is.
    """

    silence: float
    total: float
    longest_line: int | None = 16 * 1024 * 1024


class StreamingConnections(Connections):
    """A connection of its own for one answer that is heard line by line.

    ``on_line`` gets each line that is not empty, without its end, and returns whether to go on. ``on_pause`` is called
    when all lines that have arrived are heard, with the seconds that are left in all. Once the answer has begun its
    failure is a StreamError and no TransportError, so that nothing is sent again. Of an answer that is no success the
    beginning is read.
    """

    # What is compressed may lie in wait in a server until there is more of it.
    _accepted = "identity"

    def __init__(
        self,
        settings: HttpSettings,
        on_line: Callable[[bytes], bool],
        limits: StreamLimits,
        on_pause: Callable[[float], None] | None = None,
    ) -> None:
        super().__init__(settings)
        self._on_line = on_line
        self._on_pause = on_pause
        self._limits = limits
        self._end = time.monotonic() + limits.total

    def close(self) -> None:
        self._session.close()

    def send(self, prepared: Any, origin: Origin, within: float | None = None) -> Answer:
        """One exchange. The body of a success has gone to ``on_line``; of another answer its beginning is there.

        :param origin: as of :meth:`Connections.send`.
        :raises TransportError: there was no answer.
        :raises StreamError: the answer did not come to its end, or a limit was reached.
        """
        method, shown = str(prepared.method), without_query(str(prepared.url))
        with _Watch(self._end, self._limits.silence, self._cut) as watch:
            try:
                response = self._begin(prepared, origin, (self._settings.timeout, self._limits.silence))
            except broken() as error:
                if watch.expired or isinstance(error, requests.ReadTimeout):
                    raise self._over(watch.expired, method, shown) from None
                raise transport.explain(error, method, shown, self._settings.timeout, self._wire.stands) from None
            body = bytearray()
            try:
                pieces = self._pieces(response, watch, method, shown)
                if 200 <= response.status_code < 300:
                    self._listen(pieces, watch, method, shown)
                else:
                    for piece in pieces:
                        body += piece
                        if len(body) >= _PIECE:
                            break
            finally:
                response.close()
        return self._answer(response, prepared, body)

    def _listen(self, pieces: Iterator[bytes], watch: _Watch, method: str, url: str) -> None:
        for lines in self._heard(pieces, method, url):
            watch.rest()
            for line in lines:
                # Lines that have arrived already come from a connection that was cut as well.
                if watch.left <= 0:
                    raise self._over("total", method, url)
                if not self._on_line(line):
                    return
            if self._on_pause is not None:
                self._on_pause(watch.left)
            watch.wake()

    def _pieces(self, response: Any, watch: _Watch, method: str, url: str) -> Iterator[bytes]:
        """The body as it arrives, and not only when a certain size of it is there."""
        try:
            # Older libraries wait for all that is asked for, so they are asked for little where a line is awaited.
            yield from pieces_of(response, 1 if self._limits.longest_line else _PIECE)
        except broken() as error:
            if watch.expired or isinstance(error, (urllib3.exceptions.ReadTimeoutError, TimeoutError)):
                raise self._over(watch.expired, method, url) from None
            told = transport.explain(error, method, url, self._limits.silence, True)
            raise StreamError(**told.as_data()) from None

    def _over(self, reason: str, method: str, url: str) -> StreamError:
        what = (
            f"it did not end within {self._limits.total:g} s"
            if reason == "total"
            else f"nothing came for {self._limits.silence:g} s"
        )
        return StreamError(f"{method} {url} broke off.", reason=what, url=url, method=method)

    def _heard(self, pieces: Iterator[bytes], method: str, url: str) -> Iterator[list[bytes]]:
        """What goes to the listener, as much as has arrived."""
        limit = self._limits.longest_line
        return ([piece] for piece in pieces) if limit is None else self._lines(pieces, limit, method, url)

    def _lines(self, pieces: Iterator[bytes], limit: int, method: str, url: str) -> Iterator[list[bytes]]:
        parts: list[bytes] = []
        size = 0
        for piece in pieces:
            *whole, rest = piece.split(b"\n")
            if whole:
                whole[0] = b"".join([*parts, whole[0]])
                parts, size = [], 0
            parts.append(rest)
            size += len(rest)
            if max(size, *map(len, whole), 0) > limit:
                told = f"a line is longer than {limit} bytes"
                raise StreamError(f"{method} {url} broke off.", reason=told, url=url, method=method)
            if lines := [line for line in (line.rstrip(b"\r") for line in whole) if line]:
                yield lines
        last = b"".join(parts).rstrip(b"\r")
        if last:
            yield [last]


class _Watch:
    """Looks at the clock while others wait, and cuts the connection when a limit is reached.

    ``expired`` says which. A socket's own time-out starts anew with every byte.
    """

    def __init__(self, end: float, silence: float, cut: Callable[[], None]) -> None:
        self.expired = ""
        self._silence = silence
        self._cut = cut
        self._end = end
        self._since: float | None = time.monotonic()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> _Watch:
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._done.set()
        self._thread.join()

    @property
    def left(self) -> float:
        """The seconds until the end of all."""
        return self._end - time.monotonic()

    def rest(self) -> None:
        """Nobody waits for the server."""
        self._since = None

    def wake(self) -> None:
        """The server is waited for, from now on."""
        self._since = time.monotonic()

    def _look(self) -> None:
        silence = self._silence
        while True:
            now, since = time.monotonic(), self._since
            quiet = now - since if since is not None else 0.0
            if now >= self._end or quiet >= silence:
                self.expired = "total" if now >= self._end else "silence"
                self._cut()
                return
            if self._done.wait(max(0.01, min(self._end - now, silence - quiet))):
                return
