# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults on demand: rules that match requests and what they do to them."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Literal

from aiohttp import web

from .answers import encoded
from .settings import InputError, build

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_CHUNK = 65536
_UNSET: Any = "\0unset"


@dataclass
class Match:
    """Which requests: a path is a prefix, or a pattern as soon as it holds one of ``*?[``."""

    method: str = ""
    path: str = "/"

    def fits(self, method: str, path: str) -> bool:
        """Whether a request is meant."""
        if self.method and self.method.upper() != method:
            return False
        if any(sign in self.path for sign in "*?["):
            return fnmatchcase(path, self.path)
        return path.startswith(self.path)


@dataclass
class Action:
    """What is done. A delay goes with anything; of the rest one."""

    delay: float = 0
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    json: Any = _UNSET
    text: str | None = None
    html: str | None = None
    xml: str | None = None
    cut: Literal["", "before", "during", "after"] = ""
    drip: float = 0
    stall: bool = False
    redirect: str = ""
    bytes: int | None = None
    gzip_lie: bool = False
    chunk_stop: bool = False

    def bodies(self) -> list[tuple[str, str]]:
        """The bodies given, with their content types."""
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

    def answers(self) -> bool:
        """Whether the action brings an answer of its own."""
        return not self.redirect and (self.status is not None or bool(self.bodies()))

    def only_delays(self) -> bool:
        """Whether the request is to be handled as ever, only later."""
        return not self._deeds()

    def _deeds(self) -> int:
        special = (
            self.cut,
            self.drip,
            self.stall,
            self.redirect,
            self.bytes is not None,
            self.gzip_lie,
            self.chunk_stop,
        )
        return sum(map(bool, special)) + self.answers()

    def check(self) -> None:
        """Refuse what cannot be meant."""
        if self._deeds() > 1 or len(self.bodies()) > 1:
            raise InputError("an action takes a delay and at most one deed with at most one body")
        if not self._deeds() and not self.delay:
            raise InputError("the action does nothing", sorted(asdict(self)))
        if self.status is not None and not 200 <= self.status <= 599:
            raise InputError("a status is a number from 200 to 599")

    def describe(self) -> dict[str, Any]:
        """As JSON, without what was left at its default."""
        plain = Action()
        return {name: value for name, value in vars(self).items() if value != getattr(plain, name)}


@dataclass
class Rule:
    """A match, an action and how often."""

    action: Action
    match: Match = field(default_factory=Match)
    times: int | None = None
    skip: int = 0
    hits: int = 0

    def due(self) -> bool:
        """Count one matching request; whether the rule applies to it."""
        if self.skip:
            self.skip -= 1
            return False
        if self.times is not None and self.hits >= self.times:
            return False
        self.hits += 1
        return True


class FaultBook:
    """The rules in force, in the order they were added."""

    def __init__(self) -> None:
        self.rules: list[Rule] = []

    def add(self, given: object) -> Rule:
        """Take a rule in its JSON form."""
        rule: Rule = build(Rule, given, "rule")
        rule.action.check()
        self.rules.append(rule)
        return rule

    def take(self, method: str, path: str) -> tuple[float, Action | None]:
        """The delay and the deed for a request: delays add up, the first rule with a deed wins."""
        delay = 0.0
        for rule in self.rules:
            if rule.match.fits(method, path) and rule.due():
                delay += rule.action.delay
                if not rule.action.only_delays():
                    return delay, rule.action
        return delay, None

    def describe(self) -> list[dict[str, Any]]:
        """The rules as JSON, with how often each applied."""
        return [
            {
                "match": vars(rule.match),
                "times": rule.times,
                "skip": rule.skip,
                "hits": rule.hits,
                "action": rule.action.describe(),
            }
            for rule in self.rules
        ]


async def perform(action: Action, request: web.Request, handler: Handler) -> web.StreamResponse | None:
    """Do the deed; no answer means that none, or not the whole, was sent."""
    if action.answers():
        kind, given = (action.bodies() or [("text/plain", "")])[0]
        return encoded(given.encode(), action.status or 200, action.headers, kind)
    if action.redirect:
        return web.Response(status=action.status or 302, headers={"Location": action.redirect, **action.headers})
    if action.bytes is not None:
        return await _flood(request, action.bytes)
    if action.stall:
        await _stall(request)
        return None
    if action.cut == "before":
        reset_connection(request)
        return None
    response = await handler(request)
    body = _body(response)
    if action.cut == "after":
        reset_connection(request)
        return None
    if action.gzip_lie:
        response.headers["Content-Encoding"] = "gzip"
        return response
    if action.drip:
        return await _drip(request, response, body, action.drip)
    await _half(request, response, body, chunked=action.chunk_stop)
    return None


def _body(response: web.StreamResponse) -> bytes:
    body = response.body if isinstance(response, web.Response) else b""
    return body if isinstance(body, bytes) else b""


def reset_connection(request: web.Request) -> None:
    """Hang up so that the client sees a reset: lingering for no time makes the kernel send RST in place of FIN."""
    transport = request.transport
    if transport is not None:
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()


async def _stall(request: web.Request) -> None:
    """Say nothing until the client gives up."""
    while request.transport is not None:
        await asyncio.sleep(0.05)


async def _start(request: web.Request, like: web.StreamResponse, length: int | None) -> web.StreamResponse:
    stream = web.StreamResponse(status=like.status, headers=like.headers)
    stream.content_length = length
    if length is None:
        stream.enable_chunked_encoding()
    await stream.prepare(request)
    return stream


async def _half(request: web.Request, response: web.StreamResponse, body: bytes, *, chunked: bool) -> None:
    """Promise the whole body, send half of it, hang up."""
    stream = await _start(request, response, None if chunked else len(body))
    await stream.write(body[: len(body) // 2])
    if request.transport is not None:
        request.transport.close()


async def _drip(request: web.Request, response: web.StreamResponse, body: bytes, pause: float) -> web.StreamResponse:
    stream = await _start(request, response, len(body))
    for at in range(len(body)):
        if request.transport is None:
            break
        await stream.write(body[at : at + 1])
        await asyncio.sleep(pause)
    return stream


async def _flood(request: web.Request, size: int) -> web.StreamResponse:
    """A valid JSON document of at least that many bytes."""
    head, tail = b'{"padding": "', b'"}'
    left = max(0, size - len(head) - len(tail))
    stream = await _start(request, encoded(b""), len(head) + left + len(tail))
    await stream.write(head)
    while left:
        part = min(left, _CHUNK)
        await stream.write(b"x" * part)
        left -= part
    await stream.write(tail)
    return stream
