# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counters, and a ring buffer of the last requests as they arrived."""

from __future__ import annotations

import time
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from multidict import CIMultiDictProxy, MultiDictProxy

MAX_REQUESTS = 5000


@dataclass(slots=True)
class Entry:
    """One request as aiohttp parsed it; it is formatted only when it is read, so that recording is cheap."""

    at: float
    scheme: str
    method: str
    path: str
    query_string: str
    query: MultiDictProxy[str]
    headers: CIMultiDictProxy[str]
    body: bytes
    status: int | None = None

    def describe(self) -> dict[str, Any]:
        """As JSON; a null status means that no whole answer was sent."""
        return {
            "at": self.at,
            "scheme": self.scheme,
            "method": self.method,
            "path": self.path,
            "query_string": self.query_string,
            "query": group_by_name(self.query),
            "headers": group_by_name(self.headers),
            "body": self.body.decode("utf-8", "replace"),
            "status": self.status,
        }


@dataclass
class RequestLog:
    """The counters and the ring buffer."""

    calls: Counter[str] = field(default_factory=Counter)
    # The same by the form of the path, with {id} in place of ids.
    routes: Counter[str] = field(default_factory=Counter)
    grants: Counter[str] = field(default_factory=lambda: Counter({"grepr": 0, "greymatter": 0}))
    refreshes: Counter[str] = field(default_factory=lambda: Counter({"greymatter": 0}))
    grant_failures: Counter[str] = field(default_factory=lambda: Counter({"grepr": 0, "greymatter": 0}))
    unauthorized: Counter[str] = field(default_factory=lambda: Counter({"grepr": 0, "greymatter": 0}))
    triggers: int = 0
    # Requests that are being answered, and how many that were at most.
    busy: int = 0
    most_at_once: int = 0
    fired: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=MAX_REQUESTS))
    requests: deque[Entry] = field(default_factory=lambda: deque(maxlen=MAX_REQUESTS))

    def record(self, request: web.Request, body: bytes, form: str) -> Entry:
        """Record a request, and the route of its path if it has one."""
        self.calls[f"{request.method} {request.path}"] += 1
        if form:
            self.routes[f"{request.method} {form}"] += 1
        url = request.rel_url
        entry = Entry(
            at=time.time(),
            scheme=request.scheme,
            method=request.method,
            path=request.path,
            query_string=url.raw_query_string,
            query=url.query,
            headers=request.headers,
            body=body,
        )
        self.requests.append(entry)
        return entry


def group_by_name(pairs: MultiDictProxy[str]) -> dict[str, Any]:
    """Pairs as an object: a name that came once has its value, one that came repeatedly the list of its values."""
    result: dict[str, Any] = {}
    for name in dict.fromkeys(pairs):
        values = pairs.getall(name)
        result[name] = values[0] if len(values) == 1 else values
    return result
