# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults on demand: rules that match requests and what they do to them."""

from __future__ import annotations

import asyncio
import json
import math
import socket
import struct
import time
import zlib
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from email.utils import formatdate
from fnmatch import fnmatchcase
from typing import Any, Literal

from aiohttp import web

from .responses import raw_response
from .settings import InputError, build

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_CHUNK = 65536
_HEAD, _TAIL = b'{"padding": "', b'"}'
_FRAME = len(_HEAD) + len(_TAIL)
_UNSET: Any = "\0unset"


@dataclass
class Match:
    """Which requests: a path is a prefix, or a pattern if it contains one of ``*?[``."""

    method: str = ""
    path: str = "/"

    def matches(self, method: str, path: str) -> bool:
        """Whether a request matches."""
        if self.method and self.method.upper() != method:
            return False
        if any(sign in self.path for sign in "*?["):
            return fnmatchcase(path, self.path)
        return path.startswith(self.path)


@dataclass
class Action:
    """What is done. A delay can be combined with any other action; of the others only one is allowed."""

    delay: float = 0
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    retry_after: Literal["", "seconds", "date"] = ""
    json: Any = _UNSET
    text: str | None = None
    html: str | None = None
    xml: str | None = None
    cut: Literal["", "before", "during", "after"] = ""
    drip: float = 0
    stall: bool = False
    redirect: str = ""
    bytes: int | None = None
    gzip: bool = False
    raw: str = ""
    endless: str = ""
    gzip_lie: bool = False
    chunk_stop: bool = False

    def bodies(self) -> list[tuple[str, str]]:
        """The given bodies, with their content types."""
        found = [
            (kind, body)
            for kind, body in (
                ("text/plain; charset=utf-8", self.text),
                ("text/html; charset=utf-8", self.html),
                ("application/xml", self.xml),
            )
            if body is not None
        ]
        if self.json is not _UNSET:
            found.append(("application/json", json.dumps(self.json)))
        return found

    def replaces_response(self) -> bool:
        """Whether the action replaces the response."""
        return not self.redirect and (self.status is not None or bool(self.bodies()))

    def only_delays(self) -> bool:
        """Whether the request is only delayed."""
        return not self._effects()

    def _effects(self) -> int:
        special = (
            self.cut,
            self.drip,
            self.stall,
            self.redirect,
            self.bytes is not None,
            self.raw or self.endless,
            self.gzip_lie,
            self.chunk_stop,
        )
        return sum(map(bool, special)) + self.replaces_response()

    def check(self) -> None:
        """Reject contradictory actions."""
        if self._effects() > 1 or len(self.bodies()) > 1:
            raise InputError("an action takes a delay and at most one deed with at most one body")
        if not self._effects() and not self.delay:
            raise InputError("the action does nothing", sorted(asdict(self)))
        if self.status is not None and not 200 <= self.status <= 599:
            raise InputError("a status is a number from 200 to 599")
        if self.gzip and self.bytes is None:
            raise InputError("gzip goes with bytes")

    def describe(self) -> dict[str, Any]:
        """As JSON, without what was left at its default."""
        plain = Action()
        return {name: value for name, value in vars(self).items() if value != getattr(plain, name)}


@dataclass
class Rule:
    """A match, an action, how often, and how many seconds from the first time on."""

    action: Action
    match: Match = field(default_factory=Match)
    times: int | None = None
    skip: int = 0
    seconds: float | None = None
    hits: int = 0
    ends: float | None = None

    def applies(self) -> bool:
        """Count one matching request; whether the rule applies to it."""
        if self.skip:
            self.skip -= 1
            return False
        if self.times is not None and self.hits >= self.times:
            return False
        if self.ends is not None and time.time() >= self.ends:
            return False
        if self.seconds is not None and self.ends is None:
            self.ends = time.time() + self.seconds
        self.hits += 1
        return True

    def get_action(self) -> Action:
        """The action, with a ``Retry-After`` of the rule's end if requested."""
        if not self.action.retry_after or self.ends is None:
            return self.action
        # Never earlier than the end, though both forms know whole seconds only.
        left, date = math.ceil(self.ends - time.time()), formatdate(math.ceil(self.ends), usegmt=True)
        value = str(max(0, left)) if self.action.retry_after == "seconds" else date
        return replace(self.action, headers={**self.action.headers, "Retry-After": value})


class FaultStore:
    """The rules in force, in the order they were added."""

    def __init__(self) -> None:
        self.rules: list[Rule] = []

    def add(self, given: object) -> Rule:
        """Take a rule in its JSON form."""
        rule: Rule = build(Rule, given, "rule")
        rule.action.check()
        if rule.action.retry_after and rule.seconds is None:
            raise InputError("retry_after is the end of the rule: it requires seconds")
        self.rules.append(rule)
        return rule

    def take(self, method: str, path: str) -> tuple[float, Action | None]:
        """The delay and the action for a request: delays add up, the first rule that does more than delay wins."""
        delay = 0.0
        for rule in self.rules:
            if rule.match.matches(method, path) and rule.applies():
                delay += rule.action.delay
                if not rule.action.only_delays():
                    return delay, rule.get_action()
        return delay, None

    def describe(self) -> list[dict[str, Any]]:
        """The rules as JSON, with how often each applied."""
        return [
            {
                "match": vars(rule.match),
                "times": rule.times,
                "skip": rule.skip,
                "seconds": rule.seconds,
                "hits": rule.hits,
                "ends": rule.ends,
                "action": rule.action.describe(),
            }
            for rule in self.rules
        ]


async def apply_action(action: Action, request: web.Request, handler: Handler) -> web.StreamResponse | None:
    """Apply an action. None means that no response, or only a part of it, was sent."""
    if action.replaces_response():
        kind, given = (action.bodies() or [("text/plain", "")])[0]
        return raw_response(given.encode(), action.status or 200, action.headers, kind)
    if action.redirect:
        return web.Response(status=action.status or 302, headers={"Location": action.redirect, **action.headers})
    if action.bytes is not None:
        return await _send_large(request, action.bytes, packed=action.gzip)
    if action.raw or action.endless:
        await _send_raw(request, action.raw.encode("latin-1"), action.endless.encode("latin-1"))
        return None
    if action.stall:
        await _wait_for_disconnect(request)
        return None
    if action.cut == "before":
        reset_connection(request)
        return None
    response = await handler(request)
    body = _get_body(response)
    if action.cut == "after":
        reset_connection(request)
        return None
    if action.gzip_lie:
        response.headers["Content-Encoding"] = "gzip"
        return response
    if action.drip:
        return await _send_slowly(request, response, body, action.drip)
    await _send_half(request, response, body, chunked=action.chunk_stop)
    return None


def _get_body(response: web.StreamResponse) -> bytes:
    body = response.body if isinstance(response, web.Response) else b""
    return body if isinstance(body, bytes) else b""


def reset_connection(request: web.Request) -> None:
    """Close the connection with a reset: with a linger time of zero the kernel sends RST instead of FIN."""
    transport = request.transport
    if transport is not None:
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()


async def _wait_for_disconnect(request: web.Request) -> None:
    """Send nothing until the client disconnects."""
    while request.transport is not None:
        await asyncio.sleep(0.05)


async def _start_response(request: web.Request, like: web.StreamResponse, length: int | None) -> web.StreamResponse:
    stream = web.StreamResponse(status=like.status, headers=like.headers)
    stream.content_length = length
    if length is None:
        stream.enable_chunked_encoding()
    await stream.prepare(request)
    return stream


async def _send_half(request: web.Request, response: web.StreamResponse, body: bytes, *, chunked: bool) -> None:
    """Announce the whole body, send half of it and close the connection."""
    stream = await _start_response(request, response, None if chunked else len(body))
    await stream.write(body[: len(body) // 2])
    if request.transport is not None:
        request.transport.close()


async def _send_slowly(
    request: web.Request, response: web.StreamResponse, body: bytes, pause: float
) -> web.StreamResponse:
    stream = await _start_response(request, response, len(body))
    for at in range(len(body)):
        if request.transport is None:
            break
        await stream.write(body[at : at + 1])
        await asyncio.sleep(pause)
    return stream


async def _send_raw(request: web.Request, once: bytes, endless: bytes) -> None:
    """Send ``once`` instead of a response, then ``endless`` repeatedly until the client disconnects."""
    transport = request.transport
    if transport is None:
        return
    transport.write(once)
    piece = endless * max(1, _CHUNK // max(1, len(endless)))
    while endless and not transport.is_closing():
        if transport.get_write_buffer_size() < _CHUNK:
            transport.write(piece)
        await asyncio.sleep(0.001)
    transport.close()


async def _send_large(request: web.Request, size: int, *, packed: bool) -> web.StreamResponse:
    """A valid JSON document of at least that many bytes; packed, it is small until the client unpacks it."""
    head = raw_response(b"", headers={"Content-Encoding": "gzip"} if packed else None)
    stream = await _start_response(request, head, None if packed else max(size, _FRAME))
    gzip = zlib.compressobj(wbits=31)
    for part in _iter_json(size):
        await stream.write(gzip.compress(part) if packed else part)
        # Compressed chunks are small, and a closed connection is noticed only between writes.
        await asyncio.sleep(0)
    if packed:
        await stream.write(gzip.flush())
    return stream


def _iter_json(size: int) -> Iterator[bytes]:
    left = max(0, size - _FRAME)
    yield _HEAD
    yield from (b"x" * min(_CHUNK, left - done) for done in range(0, left, _CHUNK))
    yield _TAIL
