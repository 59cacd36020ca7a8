# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Grepr's token endpoint, in the manner of Auth0: client credentials as JSON."""

from __future__ import annotations

import json
import secrets
import time
from urllib.parse import parse_qsl

from aiohttp import web

from ..core.responses import NO_STORE, json_response
from ..core.settings import Application
from ..core.state import State
from ..core.token_store import Token, fake_jwt

PATH = "/oauth/token"
_KNOWN_GRANTS = frozenset({"client_credentials", "password", "authorization_code", "refresh_token"})


class LoginError(Exception):
    """A refused login: status, error, description."""

    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(description)
        self.status = status
        self.error = error
        self.description = description


class GreprLogin:
    """Turns client credentials into tokens."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def token(self, request: web.Request) -> web.Response:
        """The endpoint."""
        body = await request.read()
        settings, request_log = self._state.settings.grepr, self._state.request_log
        try:
            limit = settings.token_limit
            if limit == "rate":
                raise LoginError(429, "too_many_requests", "Global limit has been reached")
            if limit == "quota":
                raise LoginError(403, "access_denied", "Client has exceeded its quota of tokens")
            scope, client = self._authenticate(self._parameters(request, body))
        except LoginError as error:
            request_log.grant_failures["grepr"] += 1
            headers = NO_STORE | ({"Retry-After": "1"} if error.status == 429 else {})
            return json_response({"error": error.error, "error_description": error.description}, error.status, headers)
        request_log.grants["grepr"] += 1
        token = self._issue(client, scope)
        content = {"access_token": token.value, "scope": scope, **token.format_expires_in(settings.expires_in_form)}
        return json_response({**content, "token_type": "Bearer"}, headers=NO_STORE)

    def _parameters(self, request: web.Request, body: bytes) -> dict[str, str]:
        text = body.decode("utf-8", "replace")
        if request.content_type == "application/x-www-form-urlencoded" and self._state.settings.grepr.form_login:
            return dict(parse_qsl(text, keep_blank_values=True))
        try:
            given = json.loads(text) if request.content_type == "application/json" else None
        except ValueError:
            given = None
        if not isinstance(given, dict) or not all(isinstance(value, str) for value in given.values()):
            raise LoginError(400, "invalid_request", "The body must be a JSON object of strings")
        return given

    def _authenticate(self, given: dict[str, str]) -> tuple[str, Application]:
        grant = given.get("grant_type")
        if not grant:
            raise LoginError(400, "invalid_request", "Missing required parameter: grant_type")
        if grant not in _KNOWN_GRANTS:
            raise LoginError(403, "unsupported_grant_type", f"Unsupported grant type: {grant}")
        settings = self._state.settings.grepr
        pair = (given.get("client_id"), given.get("client_secret"))
        known = [*settings.credentials, *self._accounts()]
        client = next((one for one in known if (one.client_id, one.client_secret) == pair), None)
        if client is None:
            raise LoginError(401, "access_denied", "Unauthorized")
        if grant != "client_credentials":
            raise LoginError(403, "unauthorized_client", f"Grant type '{grant}' not allowed for the client.")
        audience = given.get("audience")
        if not audience:
            raise LoginError(403, "access_denied", "No audience parameter was provided")
        if audience not in settings.audiences:
            raise LoginError(403, "access_denied", f"Service not enabled within domain: {audience}")
        scope = given.get("scope") or client.scope
        refused = set(scope.split()) - set(client.scope.split())
        if refused:
            raise LoginError(403, "access_denied", f"Client has not been granted scopes: {', '.join(sorted(refused))}")
        return scope, client

    def _accounts(self) -> list[Application]:
        """The service accounts, with the secrets they have now."""
        items_by_id = self._state.resources["service_accounts"]
        return [Application(account["clientId"], account["_secret"]) for account in items_by_id.values()]

    def _issue(self, client: Application, scope: str) -> Token:
        tokens = self._state.tokens["grepr"]
        ends = time.time() + self._state.settings.grepr.token_life
        claims = {"sub": f"{client.client_id}@clients", "aud": "service", "exp": int(ends), "jti": secrets.token_hex(8)}
        return tokens.issue(Token(fake_jwt(claims), (client.client_id,), scope, ends, tokens.create_family()))
