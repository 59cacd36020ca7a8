# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The GreyMatter side: the catalogues behind the gateway. Its paths move with the switches, so it routes by itself."""

from __future__ import annotations

from urllib.parse import unquote

from aiohttp import web

from . import echo
from .answers import answer, encoded, header_complaint
from .faults import Handler
from .greymatter_login import JSON_UTF8, GreyMatterLogin, OAuthError, boot_error, oauth_error
from .greymatter_login import PATH as TOKEN_PATH
from .records import Record, array
from .state import State
from .tokens import Verdict

CATALOG = "/api-gateway/mdm-service/wms-masterdata/catalog"
EXTRAS = "/api-gateway/simulator"
_REALM = "oauth2-resource"
_PAGE = "<html><head><title>401 Authorization Required</title></head><body><h1>401</h1></body></html>"


class GreyMatter:
    """Everything that is neither Grepr's nor the admin interface's."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._login = GreyMatterLogin(state)
        self._extras: dict[str, Handler] = {
            f"{EXTRAS}/echo": echo.echo,
            f"{EXTRAS}/text": echo.text,
            f"{EXTRAS}/empty": echo.empty,
        }

    def add_to(self, app: web.Application) -> None:
        """Take what nobody else takes."""
        app.router.add_route("*", "/{rest:.*}", self.serve)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Find the endpoint below the gateway's prefix."""
        settings = self._state.settings.greymatter
        # The raw path, for an id may hold an encoded slash.
        path = request.rel_url.raw_path
        if settings.catalog_path and _below(path, settings.catalog_path):
            return self._catalog(request, path[len(settings.catalog_path) :])
        if not path.startswith(settings.prefix):
            return _not_found(request)
        path = path[len(settings.prefix) :]
        if path == TOKEN_PATH:
            return await self._login.token(request)
        if _below(path, CATALOG):
            return self._catalog(request, path[len(CATALOG) :])
        if extra := self._extras.get(path):
            refusal = self._refusal(request)
            return await extra(request) if refusal is None else refusal
        return _not_found(request)

    def _refusal(self, request: web.Request) -> web.Response | None:
        """Why a call is not served; None when it is."""
        settings = self._state.settings.greymatter
        scheme, _separator, value = request.headers.get("Authorization", "").partition(" ")
        value = value.strip() if scheme.lower() == "bearer" else request.query.get("access_token", "")
        value = value.partition(",")[0]
        verdict = self._state.tokens["greymatter"].check(value) if value else "unknown"
        if verdict != "valid":
            return self._unauthorized(request, verdict, value)
        if settings.narrowed_scope:
            said = "Insufficient scope for this resource"
            error = OAuthError(403, "insufficient_scope", said, scope="masterdata")
            return oauth_error(request, self._state, error, _REALM)
        status = header_complaint(request) if settings.require_json_headers else None
        if status is None:
            return None
        return boot_error(request, status, "Unsupported Media Type" if status == 415 else "Not Acceptable", "")

    def _unauthorized(self, request: web.Request, verdict: Verdict, value: str) -> web.Response:
        settings, book = self._state.settings.greymatter, self._state.tokens["greymatter"]
        self._state.journal.unauthorized["greymatter"] += 1
        if not value:
            error = OAuthError(401, "unauthorized", "Full authentication is required to access this resource")
        elif value in book.refresh and settings.token_kind == "jwt":
            error = OAuthError(401, "invalid_token", "Encoded token is a refresh token")
        elif verdict == "unknown" and settings.token_kind == "jwt":
            error = OAuthError(401, "invalid_token", "Cannot convert access token to JSON")
        else:
            said = "Access token expired" if verdict == "expired" else "Invalid access token"
            error = OAuthError(401, "invalid_token", f"{said}: {value}" if settings.echo_token else said)
        response = oauth_error(request, self._state, error, _REALM)
        if settings.unauthorized_body == "html":
            response.body = _PAGE.encode()
            response.headers["Content-Type"] = "text/html"
        return response

    def _catalog(self, request: web.Request, rest: str) -> web.Response:
        if (refusal := self._refusal(request)) is not None:
            return refusal
        if request.method not in ("GET", "HEAD"):
            return boot_error(request, 405, "Method Not Allowed", f"Request method '{request.method}' not supported")
        if not rest:
            return self._list(request)
        wanted = unquote(rest[1:])
        for record in self._state.catalogs:
            if wanted in (str(record.fields["clientCatalogId"]), str(record.fields["id"])):
                return encoded(record.encoded, kind=JSON_UTF8)
        return boot_error(request, 404, "Not Found", f"No catalog {wanted}")

    def _list(self, request: web.Request) -> web.Response:
        settings, catalogs = self._state.settings.greymatter, self._state.catalogs
        if settings.catalog_wrapper == "none":
            return encoded(array(catalogs), kind=JSON_UTF8)
        page = _number(request, "page", settings.first_page)
        size = _number(request, "size", settings.page_size) or settings.page_size
        return answer(_page(catalogs, page - settings.first_page, size, settings.catalog_wrapper, page), kind=JSON_UTF8)


def _page(catalogs: list[Record], index: int, size: int, wrapper: str, number: int) -> dict[str, object]:
    shown = catalogs[index * size : (index + 1) * size] if index >= 0 else []
    return {
        wrapper: [record.fields for record in shown],
        "totalPages": -(-len(catalogs) // size),
        "totalElements": len(catalogs),
        "number": number,
        "size": size,
    }


def _below(path: str, root: str) -> bool:
    return path.startswith(root) and path[len(root) : len(root) + 1] in ("", "/")


def _number(request: web.Request, name: str, default: int) -> int:
    text = request.query.get(name, "")
    return int(text) if text.isdecimal() else default


def _not_found(request: web.Request) -> web.Response:
    return boot_error(request, 404, "Not Found", "No message available")
