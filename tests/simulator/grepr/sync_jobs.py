# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Synchronous jobs: events as lines of JSON, heartbeats that must be answered, and an optional final state."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

from aiohttp import web

from ..core.faults import reset_connection
from ..core.responses import encode_json
from ..core.state import State
from . import graph as job_graph
from .endpoints import ApiError, Route, empty, read_json
from .evaluation import evaluate, has_given_events
from .jobs import CREATE, check_graph
from .query_script import Heartbeat, QueryScript
from .schemas import parse_date_time

_MEDIA = "application/x-ndjson"
_TICK = 0.01
_BATCH = 65536


class SyncJobs:
    """The endpoints below ``/jobs/sync``."""

    def __init__(self, state: State) -> None:
        self._state = state

    def routes(self) -> list[Route]:
        """The endpoints."""
        return [Route("POST", "/jobs/sync", self.run), Route("POST", "/jobs/sync/heartbeat", self.heartbeat)]

    async def heartbeat(self, request: web.Request) -> web.Response:
        """Accept a heartbeat token, raw or as a JSON string."""
        text = (await request.read()).decode("utf-8", "replace").strip()
        token = text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text
        known = self._state.heartbeats.get(token)
        if known is None:
            raise ApiError(400, "unknown heartbeat token")
        known.answered = True
        return empty(202)

    async def run(self, request: web.Request) -> web.StreamResponse:
        """The stream; validation errors are returned before it begins."""
        given = CREATE.read(await read_json(request))
        if given["execution"] != "SYNCHRONOUS":
            raise ApiError(400, "execution must be SYNCHRONOUS here")
        graph = given["jobGraph"]
        check_graph(self._state, graph)
        if not job_graph.has_sync_sink(graph):
            raise ApiError(400, "jobGraph has no sink that answers")
        events = evaluate(graph) if has_given_events(graph) else _list_events(graph, self._state.query_script)
        stream = web.StreamResponse(headers={"Content-Type": _MEDIA})
        stream.enable_chunked_encoding()
        await stream.prepare(request)
        # A client may disconnect at any time.
        with suppress(ConnectionError):
            await EventStream(self._state, stream, request).run(events)
        return stream


class EventStream:
    """One stream."""

    def __init__(self, state: State, stream: web.StreamResponse, request: web.Request) -> None:
        self._state, self._stream, self._request = state, stream, request
        self._settings, self._plan = state.settings.grepr, state.query_script
        self._newline = "\r\n" if self._settings.sync_newline == "crlf" else "\n"
        self._heartbeats: list[Heartbeat] = []
        self._waiting: list[str] = []
        self._size = 0

    async def run(self, events: Iterable[dict[str, Any]]) -> None:
        """Send everything."""
        for line in self._plan.raw:
            await self._queue_line(line)
        every = self._settings.sync_heartbeat_every
        for number, event in enumerate(events, 1):
            await self._queue({"jobState": "RUNNING", "data": event})
            if number == self._plan.cut_after:
                await self._flush()
                reset_connection(self._request)
                return
            if every and number % every == 0 and not await self._send_heartbeat():
                break
            if self._settings.sync_delay:
                await self._pause(self._settings.sync_delay)
            if self._heartbeat_expired():
                break
        final = "TIMED_OUT" if self._heartbeat_expired() else self._plan.final
        if final is not None:
            await self._queue({"jobState": final})
        await self._flush()

    async def _send_heartbeat(self) -> bool:
        """Send a heartbeat and, if the setting is on, wait for its answer. Returns whether the stream continues."""
        heartbeat = Heartbeat(self._state.new_id("heartbeat"), time.monotonic())
        self._state.heartbeats[heartbeat.token] = heartbeat
        self._heartbeats.append(heartbeat)
        await self._queue({"jobState": "HEARTBEAT", "heartbeatToken": heartbeat.token})
        await self._flush()
        while self._settings.sync_heartbeat_wait and not heartbeat.answered and not self._heartbeat_expired():
            await asyncio.sleep(_TICK)
            if self._request.transport is None:
                raise ConnectionResetError
        return not self._heartbeat_expired()

    def _heartbeat_expired(self) -> bool:
        """Whether a heartbeat was not answered in time."""
        if not self._heartbeats:
            return False
        self._heartbeats = [heartbeat for heartbeat in self._heartbeats if not heartbeat.answered]
        limit = time.monotonic() - self._settings.sync_heartbeat_timeout
        return any(heartbeat.sent <= limit for heartbeat in self._heartbeats)

    async def _pause(self, seconds: float) -> None:
        await self._flush()
        await asyncio.sleep(seconds)

    async def _queue(self, record: dict[str, Any]) -> None:
        await self._queue_line(encode_json(record, compact=True).decode())

    async def _queue_line(self, line: str) -> None:
        """Buffer a line; lines are sent in batches."""
        self._waiting.append(line + self._newline)
        self._size += len(line)
        if self._size >= _BATCH:
            await self._flush()

    async def _flush(self) -> None:
        waiting, self._waiting, self._size = self._waiting, [], 0
        if waiting:
            await self._stream.write("".join(waiting).encode())


def _list_events(graph: dict[str, Any], plan: QueryScript) -> Iterator[dict[str, Any]]:
    """The events of the first source, from its offset to its limit."""
    source: dict[str, Any] = next((vertex for vertex in graph["vertices"] if "query" in vertex), {})
    offset, limit = source.get("offset", 0), source.get("limit", 2500)
    total = plan.count if plan.events is None else len(plan.events)
    end = total if limit < 0 else min(total, offset + limit)
    start = int(parse_date_time(source["start"]).timestamp() * 1000) if "start" in source else 1760000000000
    for number in range(offset, end):
        yield _event(number, start) if plan.events is None else plan.events[number]


def _event(number: int, start: int) -> dict[str, Any]:
    return {
        "type": "log",
        "id": f"0H{number:08}",
        "eventTimestamp": start + number,
        "receivedTimestamp": start + number + 100,
        "severity": 9,
        "message": f"event {number}",
        "tags": {"service": ["web"]},
        "attributes": {"number": number},
    }
