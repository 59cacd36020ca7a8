# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Grepr API: authentication and routing."""

from __future__ import annotations

from typing import Protocol

from aiohttp import web

from ..core import echo
from ..core.faults import Handler
from ..core.responses import check_headers, json_response
from ..core.state import State
from .activity_logs import ActivityLogs
from .endpoints import ROOT, ApiError, Auth, Route, error
from .jobs import Jobs
from .login import PATH as TOKEN_PATH
from .login import GreprLogin
from .organization import Organization
from .resource_types import resources
from .sync_jobs import SyncJobs
from .triggers import Triggers
from .validation import Validation

_HUMAN = "Ann Example (u1)"


class Part(Protocol):
    """An object with endpoints."""

    def routes(self) -> list[Route]:
        """The endpoints."""


class Grepr:
    """The endpoints below ``/api/v1``."""

    def __init__(self, state: State) -> None:
        self._state = state
        own = [
            Route("GET", "/manifest", self.manifest, "open"),
            Route("*", "/echo", echo.echo),
            Route("*", "/text", echo.text),
            Route("*", "/empty", echo.empty),
        ]
        parts: list[Part] = [
            Jobs(state),
            SyncJobs(state),
            Triggers(state),
            ActivityLogs(state),
            Validation(),
            Organization(state),
            *resources(state),
        ]
        self._table: dict[str, dict[str, Handler]] = {TOKEN_PATH: {"POST": GreprLogin(state).token}}
        # Fixed paths go before those with an id in their place.
        for route in sorted((*own, *(route for part in parts for route in part.routes())), key=_order_key):
            self._table.setdefault(ROOT + route.path, {})[route.method] = self._guard(route.handler, route.auth)

    def add_to(self, app: web.Application) -> None:
        """Register the routes; a known path never answers 404 for the method's sake."""
        for path, handlers in self._table.items():
            resource = app.router.add_resource(path)
            for method, handler in handlers.items():
                resource.add_route(method, handler)
                if method == "GET":
                    resource.add_route("HEAD", handler)
            if "*" not in handlers:
                resource.add_route("*", self.not_allowed)
        app.router.add_route("*", ROOT + "/{rest:.*}", self.not_found)

    async def not_allowed(self, _request: web.Request) -> web.Response:
        """405."""
        return error(405, "HTTP 405 Method Not Allowed")

    async def not_found(self, _request: web.Request) -> web.Response:
        """404."""
        return error(404, "HTTP 404 Not Found")

    def _guard(self, handler: Handler, auth: Auth) -> Handler:
        async def guarded(request: web.Request) -> web.StreamResponse:
            refusal = None if auth == "open" else self._reject(request, auth)
            if refusal is not None:
                return refusal
            try:
                return self._reject_headers(request) or await handler(request)
            except ApiError as problem:
                return problem.to_response()

        return guarded

    def _reject(self, request: web.Request, auth: Auth) -> web.Response | None:
        """The error response if the call is rejected, else None."""
        settings = self._state.settings.grepr
        if not self._is_authenticated(request, auth):
            self._state.request_log.unauthorized["grepr"] += 1
            return error(401, "Credentials are required to access this resource.", {"WWW-Authenticate": "Bearer"})
        return error(403, "User not authorized.") if settings.narrowed_scope else None

    def _reject_headers(self, request: web.Request) -> web.Response | None:
        status = check_headers(request) if self._state.settings.grepr.require_json_headers else None
        if status is None:
            return None
        return error(status, "HTTP 415 Unsupported Media Type" if status == 415 else "HTTP 406 Not Acceptable")

    def _is_authenticated(self, request: web.Request, auth: Auth) -> bool:
        """Whether a call is authenticated: every credential sent must be valid, and an accepted one must be sent."""
        settings = self._state.settings.grepr
        key = request.headers.get("GREPR-API-KEY")
        if key is not None and key not in settings.api_keys:
            return False
        request["caller"] = _HUMAN
        scheme, _separator, value = request.headers.get("Authorization", "").partition(" ")
        if not scheme:
            open_to_all = auth == "unlisted" and settings.unlisted_auth == "open"
            return open_to_all or (key is not None and auth != "bearer")
        if scheme.lower() != "bearer" or (key is None and auth == "key"):
            return False
        tokens = self._state.tokens["grepr"]
        good = tokens.check(value.strip()) == "valid"
        if good:
            client = tokens.access[value.strip()].subject[0]
            request["caller"] = f"{client} ({client})"
        return good

    async def manifest(self, request: web.Request) -> web.Response:
        """What a front end needs before anybody has logged in."""
        origin = f"{request.scheme}://{request.host}"
        server = self._state.settings.grepr.manifest_auth_url or origin
        auth = {"provider": "auth0", "authServerUrl": server, "appClientId": "sim-front-end"}
        return json_response({"auth": auth, "frontend": {"appBaseUrl": origin, "region": "us-east-1"}})


def _order_key(route: Route) -> tuple[int, str]:
    return route.path.count("{"), route.path
