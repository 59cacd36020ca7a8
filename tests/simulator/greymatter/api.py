# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The GreyMatter API. Settings move its paths, so it does its own routing."""

from __future__ import annotations

from aiohttp import web

from ..core import echo
from ..core.faults import Handler
from ..core.responses import check_headers
from ..core.state import State
from ..core.token_store import TokenStatus
from .endpoints import Found, Route, RouteHandler, ServiceError, service_error
from .login import PATH as TOKEN_PATH
from .login import GreyMatterLogin, OAuthError, boot_error, oauth_error
from .master_data import ROOT, MasterDataEndpoints
from .reports import ReportEndpoints
from .service_requests import ServiceRequestEndpoints

CATALOG = f"{ROOT}/catalog"
EXTRAS = "/api-gateway/simulator"
_EXTRAS: dict[str, Handler] = {"echo": echo.echo, "text": echo.text, "empty": echo.empty}
_REALM = "oauth2-resource"
_PAGE = "<html><head><title>401 Authorization Required</title></head><body><h1>401</h1></body></html>"


class GreyMatter:
    """All paths that belong to neither Grepr nor the admin interface."""

    def __init__(self, state: State) -> None:
        self._state = state
        login = GreyMatterLogin(state)
        self._routes = [
            Route("token", "*", TOKEN_PATH, _plain(login.token), open=True),
            *MasterDataEndpoints(state).routes(),
            *ServiceRequestEndpoints(state).routes(),
            *ReportEndpoints(state).routes(),
            *(Route(name, "*", f"{EXTRAS}/{name}", _plain(handler)) for name, handler in _EXTRAS.items()),
        ]

    def add_to(self, app: web.Application) -> None:
        """Register the catch-all route."""
        self.resource = app.router.add_route("*", "/{rest:.*}", self.serve).resource

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Find the endpoint below the gateway's prefix."""
        fitting = self._match_routes(request)
        if not fitting:
            return _not_found(request)
        if not fitting[0][0].open and (refusal := self._reject(request)) is not None:
            return refusal
        for route, found in fitting:
            if route.method in (_get_method(request), "*"):
                try:
                    return await route.handler(request, found)
                except ServiceError as error:
                    return service_error(request, self._state.settings.greymatter, error)
        return boot_error(request, 405, "Method Not Allowed", f"Request method '{request.method}' not supported")

    def get_route_path(self, request: web.Request) -> str:
        """The route of a request's path, with {id} in place of ids; empty if it is not a path of GreyMatter."""
        fitting = [route for route, _found in self._match_routes(request)]
        taking = [route for route in fitting if route.method in (_get_method(request), "*")]
        return (taking or fitting)[0].path.partition("?")[0] if fitting else ""

    def _match_routes(self, request: web.Request) -> list[tuple[Route, Found]]:
        """The routes of a path, whatever their method; those without placeholders come first."""
        settings = self._state.settings.greymatter
        # The raw path, because an id may contain an encoded slash.
        path = request.rel_url.raw_path
        if settings.catalog_path and _is_below(path, settings.catalog_path):
            path = CATALOG + path[len(settings.catalog_path) :]
        elif path.startswith(settings.prefix):
            path = path[len(settings.prefix) :]
        else:
            return []
        moved, variants = settings.routes, ("", settings.report_paths)
        routes = [
            route.with_place(moved[route.name]) if route.name in moved else route
            for route in self._routes
            if settings.report_paths == "both" or route.variant in variants
        ]
        fitting = [(route, found) for route in routes if (found := route.match(request, path)) is not None]
        return sorted(fitting, key=lambda pair: "{" in pair[0].path.partition("?")[0])

    def _reject(self, request: web.Request) -> web.Response | None:
        """The error response if the call is rejected, else None."""
        settings = self._state.settings.greymatter
        scheme, _separator, value = request.headers.get("Authorization", "").partition(" ")
        value = value.strip() if scheme.lower() == "bearer" else request.query.get("access_token", "")
        value = value.partition(",")[0]
        token_status = self._state.tokens["greymatter"].check(value) if value else "unknown"
        if token_status != "valid":
            return self._unauthorized(request, token_status, value)
        if settings.narrowed_scope:
            said = "Insufficient scope for this resource"
            error = OAuthError(403, "insufficient_scope", said, scope="masterdata")
            return oauth_error(request, self._state, error, _REALM)
        status = check_headers(request) if settings.require_json_headers else None
        if status is None:
            return None
        return boot_error(request, status, "Unsupported Media Type" if status == 415 else "Not Acceptable", "")

    def _unauthorized(self, request: web.Request, token_status: TokenStatus, value: str) -> web.Response:
        settings, tokens = self._state.settings.greymatter, self._state.tokens["greymatter"]
        self._state.request_log.unauthorized["greymatter"] += 1
        if not value:
            error = OAuthError(401, "unauthorized", "Full authentication is required to access this resource")
        elif value in tokens.refresh and settings.token_kind == "jwt":
            error = OAuthError(401, "invalid_token", "Encoded token is a refresh token")
        elif token_status == "unknown" and settings.token_kind == "jwt":
            error = OAuthError(401, "invalid_token", "Cannot convert access token to JSON")
        else:
            said = "Access token expired" if token_status == "expired" else "Invalid access token"
            error = OAuthError(401, "invalid_token", f"{said}: {value}" if settings.echo_token else said)
        response = oauth_error(request, self._state, error, _REALM)
        if settings.unauthorized_body == "html":
            response.body = _PAGE.encode()
            response.headers["Content-Type"] = "text/html"
        return response


def _plain(handler: Handler) -> RouteHandler:
    async def endpoint(request: web.Request, _found: Found) -> web.StreamResponse:
        return await handler(request)

    return endpoint


def _get_method(request: web.Request) -> str:
    return "GET" if request.method == "HEAD" else request.method


def _is_below(path: str, root: str) -> bool:
    return path.startswith(root) and path[len(root) : len(root) + 1] in ("", "/")


def _not_found(request: web.Request) -> web.Response:
    return boot_error(request, 404, "Not Found", "No message available")
