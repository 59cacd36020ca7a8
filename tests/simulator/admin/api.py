# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The admin interface below ``/_admin``: settings, data, tokens, faults, counters and requests."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from aiohttp import web

from ..core.responses import json_response
from ..core.settings import InputError, require_object
from ..core.state import State
from .grepr import GreprAdmin
from .greymatter import GreyMatterAdmin
from .operations import AdminRoute, Operation

ROOT = "/_admin"
SERVICES = ("grepr", "greymatter")


class Admin:
    """The routes and what they do; every answer is JSON."""

    def __init__(self, state: State) -> None:
        self._state = state
        self.routes: list[AdminRoute] = [
            ("GET", "/", self.index, "this list"),
            ("GET", "/settings", self.settings, "all switches"),
            ("PATCH", "/settings", self.patch_settings, "change switches"),
            ("POST", "/reset", self.reset, "back to the start"),
            ("GET", "/counters", self.counters, "grants, calls, refusals"),
            ("GET", "/requests", self.requests, "the last requests, ?last=n, with their secrets"),
            ("DELETE", "/requests", self.clear_requests, "forget the requests"),
            ("GET", "/triggers", self.triggers, "the triggers fired"),
            *GreprAdmin(state).routes,
            *GreyMatterAdmin(state).routes,
            ("GET", "/tokens", self.tokens, "live tokens and all values issued"),
            ("POST", "/tokens", self.end_tokens, "revoke or expire tokens, now or by a plan"),
            ("GET", "/faults", self.faults, "the rules and how often each applied"),
            ("POST", "/faults", self.add_fault, "add a rule"),
            ("DELETE", "/faults", self.clear_faults, "drop all rules"),
        ]

    def add_to(self, app: web.Application) -> None:
        """Register the routes."""
        for method, path, operation, _purpose in self.routes:
            app.router.add_route(method, ROOT + path, _endpoint(operation))
        app.router.add_route("*", ROOT + "{rest:.*}", self.unknown)

    async def unknown(self, request: web.Request) -> web.Response:
        """404, with the list of routes."""
        return json_response({"error": f"no admin route {request.method} {request.path}", "known": self._lines()}, 404)

    def _lines(self) -> list[str]:
        return [f"{method} {ROOT}{path}" for method, path, *_rest in self.routes]

    def index(self, _request: web.Request, _body: object) -> object:
        """GET /."""
        return {line: route[3] for line, route in zip(self._lines(), self.routes, strict=True)}

    def settings(self, _request: web.Request, _body: object) -> object:
        """GET /settings."""
        return asdict(self._state.settings)

    def patch_settings(self, request: web.Request, body: object) -> object:
        """PATCH /settings."""
        self._state.settings.patch(body)
        return self.settings(request, body)

    def reset(self, _request: web.Request, _body: object) -> object:
        """POST /reset."""
        self._state.reset()
        return {"reset": True}

    def counters(self, _request: web.Request, _body: object) -> object:
        """GET /counters."""
        request_log = self._state.request_log
        return {
            "grants": request_log.grants,
            "refreshes": request_log.refreshes,
            "grant_failures": request_log.grant_failures,
            "calls": request_log.calls,
            "routes": request_log.routes,
            "unauthorized": request_log.unauthorized,
            "triggers": request_log.triggers,
            "most_at_once": request_log.most_at_once,
            "revocations": {name: store.revocations for name, store in self._state.tokens.items()},
        }

    def requests(self, request: web.Request, _body: object) -> object:
        """GET /requests."""
        entries = list(self._state.request_log.requests)
        last = request.query.get("last", "")
        if last and not last.isdecimal():
            raise InputError("last must be a number")
        return [entry.describe() for entry in (entries[-int(last) :] if last and int(last) else entries)]

    def clear_requests(self, _request: web.Request, _body: object) -> object:
        """DELETE /requests."""
        self._state.request_log.requests.clear()
        return []

    def triggers(self, _request: web.Request, _body: object) -> object:
        """GET /triggers."""
        return list(self._state.request_log.fired)

    def tokens(self, _request: web.Request, _body: object) -> object:
        """GET /tokens."""
        return {name: store.describe() for name, store in self._state.tokens.items()}

    def end_tokens(self, _request: web.Request, body: object) -> object:
        """POST /tokens."""
        given = require_object(body, "the body")
        known = {"service", "action", "refresh", "every", "after", "always"}
        if set(given) - known or len(set(given) & {"action", "every", "after", "always"}) != 1:
            raise InputError("say one of action, every, after, always, and service", sorted(known))
        service, action, refresh = given.get("service", "all"), given.get("action"), given.get("refresh", False)
        if service not in (*SERVICES, "all"):
            raise InputError(f"unknown service {service!r}", [*SERVICES, "all"])
        if action not in (None, "revoke", "expire"):
            raise InputError(f"unknown action {action!r}", ["revoke", "expire"])
        every, after = _positive(given, "every"), _positive(given, "after")
        ended = 0
        for name, store in self._state.tokens.items():
            if service not in (name, "all"):
                continue
            if action:
                end = store.revoke if action == "revoke" else store.expire
                ended += end(refresh=bool(refresh))
            else:
                store.plan(every=every, after=after, always=bool(given.get("always")))
        return {"ended": ended}

    def faults(self, _request: web.Request, _body: object) -> object:
        """GET /faults."""
        return self._state.faults.describe()

    def add_fault(self, _request: web.Request, body: object) -> object:
        """POST /faults."""
        self._state.faults.add(body)
        return self._state.faults.describe()

    def clear_faults(self, _request: web.Request, _body: object) -> object:
        """DELETE /faults."""
        self._state.faults.rules.clear()
        return []


def _endpoint(operation: Operation) -> Callable[[web.Request], Any]:
    async def endpoint(request: web.Request) -> web.Response:
        body = await request.read()
        try:
            return json_response(operation(request, json.loads(body) if body else {}))
        except InputError as problem:
            content: dict[str, object] = {"error": str(problem)}
            return json_response(content | ({"known": problem.known} if problem.known else {}), 400)
        except ValueError as problem:
            return json_response({"error": f"not JSON: {problem}"}, 400)

    return endpoint


def _positive(given: dict[str, Any], name: str) -> int | None:
    value = given.get(name)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
        raise InputError(f"{name} must be a number from 1, or null")
    return value
