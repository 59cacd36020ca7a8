# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""GreyMatter's token endpoint, in the manner of Spring Security OAuth2: Basic client, password and refresh grants."""

from __future__ import annotations

import base64
import binascii
import time
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from aiohttp import web

from ..core.responses import NO_STORE, accepts, json_response, raw_response
from ..core.settings import Client, User
from ..core.token_store import Token, fake_jwt, generate_jti

if TYPE_CHECKING:
    from ..core.state import State

PATH = "/api-gateway/auth-service/platform-auth/oauth/token"
JSON_UTF8 = "application/json;charset=UTF-8"
_KNOWN_GRANTS = frozenset({"password", "refresh_token", "client_credentials", "authorization_code", "implicit"})
_ACCOUNT_TROUBLE = {
    "locked": "User account is locked",
    "disabled": "User is disabled",
    "expired": "User account has expired",
}


class OAuthError(Exception):
    """An OAuth error: status, error, description, further members."""

    def __init__(self, status: int, error: str, description: str, **more: str) -> None:
        super().__init__(description)
        self.status = status
        self.members = {"error": error, "error_description": description, **more}


def _as_xml(request: web.Request, form: str) -> bool:
    """Whether an error is sent as XML: if accepted, or if the setting prefers XML."""
    if form == "xml_as_json":
        return True
    if accepts(request, "json"):
        return False
    return form == "xml_default" or accepts(request, "xml") or "Accept" not in request.headers


def oauth_error(request: web.Request, state: State, error: OAuthError, realm: str = "") -> web.Response:
    """An OAuth error in the format selected by the Accept header and the settings."""
    headers = dict(NO_STORE)
    if realm:
        parameters = ", ".join(f'{name}="{value}"' for name, value in error.members.items())
        headers["WWW-Authenticate"] = f'Bearer realm="{realm}", {parameters}'
    form = state.settings.greymatter.error_format
    if not _as_xml(request, form):
        return json_response(error.members, error.status, headers, JSON_UTF8)
    members = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in error.members.items())
    kind = JSON_UTF8 if form == "xml_as_json" else "application/xml;charset=UTF-8"
    return raw_response(f"<oauth>{members}</oauth>".encode(), error.status, headers, kind)


def boot_error(request: web.Request, status: int, reason: str, message: str, **headers: str) -> web.Response:
    """The servlet container's error: JSON if accepted, else an HTML page."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if not accepts(request, "json"):
        page = f"<html><body><h1>Whitelabel Error Page</h1><div>{escape(reason)} (status={status})</div></body></html>"
        return raw_response(page.encode(), status, named, "text/html;charset=UTF-8")
    # The service behind the gateway sees the path without the gateway's prefix.
    path = "/" + request.path.partition("-service/")[2]
    content = {
        "timestamp": int(time.time() * 1000),
        "status": status,
        "error": reason,
        "message": message,
        "path": path,
    }
    return json_response(content, status, named, JSON_UTF8)


class GreyMatterLogin:
    """Turns passwords and refresh tokens into tokens."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def token(self, request: web.Request) -> web.Response:
        """The endpoint."""
        body = await request.read()
        request_log = self._state.request_log
        client = self._client(request)
        if client is None:
            request_log.grant_failures["greymatter"] += 1
            realm = 'Basic realm="oauth2/client"'
            return boot_error(request, 401, "Unauthorized", "Bad credentials", WWW_Authenticate=realm)
        try:
            if request.method != "POST":
                raise OAuthError(405, "method_not_allowed", f"Request method '{request.method}' not supported")
            content = self._grant(client, _parameters(request, body))
        except OAuthError as error:
            request_log.grant_failures["greymatter"] += 1
            return oauth_error(request, self._state, error, "oauth2/client" if error.status == 401 else "")
        return json_response(content, headers=NO_STORE, kind=JSON_UTF8)

    def _client(self, request: web.Request) -> Client | None:
        scheme, _separator, value = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return None
        try:
            name, _separator, secret = base64.b64decode(value.strip(), validate=True).decode().partition(":")
        except (binascii.Error, ValueError):
            return None
        known = self._state.settings.greymatter.clients
        return next((client for client in known if (client.client_id, client.client_secret) == (name, secret)), None)

    def _grant(self, client: Client, given: dict[str, str]) -> dict[str, object]:
        if given.get("client_id", client.client_id) != client.client_id:
            raise OAuthError(401, "invalid_client", "Given client ID does not match authenticated client")
        grant = given.get("grant_type")
        if not grant:
            raise OAuthError(400, "invalid_request", "Missing grant type")
        if grant == "implicit":
            raise OAuthError(400, "invalid_grant", "Implicit grant type not supported from token endpoint")
        if grant not in _KNOWN_GRANTS:
            raise OAuthError(400, "unsupported_grant_type", "Unsupported grant type")
        refresh_off = grant == "refresh_token" and self._state.settings.greymatter.refresh == "off"
        if grant not in client.grant_types or grant not in ("password", "refresh_token") or refresh_off:
            raise OAuthError(401, "invalid_client", "Unauthorized grant type")
        scope = given.get("scope") or client.scope
        if set(scope.split()) - set(client.scope.split()):
            raise OAuthError(400, "invalid_scope", "Invalid scope", scope=client.scope)
        return self._grant_password(client, given, scope) if grant == "password" else self._grant_refresh(client, given)

    def _grant_password(self, client: Client, given: dict[str, str], scope: str) -> dict[str, object]:
        settings, tokens = self._state.settings.greymatter, self._state.tokens["greymatter"]
        pair = (given.get("username"), given.get("password"))
        user = next((known for known in settings.users if (known.username, known.password) == pair), None)
        if user is None:
            raise OAuthError(settings.wrong_password_status, "invalid_grant", "Bad credentials")
        if user.status != "active":
            raise OAuthError(settings.wrong_password_status, "invalid_grant", _ACCOUNT_TROUBLE[user.status])
        subject = (client.client_id, user.username)
        self._state.request_log.grants["greymatter"] += 1
        if settings.token_kind == "opaque":
            # A server that stores its tokens returns the current one until it expires.
            for token in tokens.get_live():
                if (token.subject, token.scope) == (subject, scope):
                    return self._token_response(token, self._refresh_of(token), user)
        token = self._issue(subject, scope, tokens.create_family())
        return self._token_response(token, self._issue_refresh(token), user)

    def _grant_refresh(self, client: Client, given: dict[str, str]) -> dict[str, object]:
        settings, tokens = self._state.settings.greymatter, self._state.tokens["greymatter"]
        value = given.get("refresh_token")
        if not value:
            raise OAuthError(400, "invalid_request", "refresh_token parameter not provided")
        old = tokens.refresh.get(value)
        if old is None and settings.token_kind == "jwt":
            if value in tokens.access:
                raise OAuthError(401, "invalid_token", "Encoded token is not a refresh token")
            raise OAuthError(401, "invalid_token", "Cannot convert access token to JSON")
        if old is not None and old.spent:
            tokens.revoke_family(old.family)
        invalid = OAuthError(400, "invalid_grant", self._echo("Invalid refresh token", value))
        if old is None or old.revoked or old.spent or settings.refresh == "refuse":
            raise invalid
        if old.token_status() == "expired":
            raise OAuthError(401, "invalid_token", self._echo("Invalid refresh token (expired)", value))
        user = next((known for known in settings.users if known.username == old.subject[1]), None)
        if user is None or user.status != "active" or old.subject[0] != client.client_id:
            raise invalid
        if settings.token_kind == "opaque":
            for token in tokens.access.values():
                token.revoked = token.revoked or token.family == old.family
        self._state.request_log.refreshes["greymatter"] += 1
        token = self._issue(old.subject, old.scope, old.family)
        if settings.refresh == "rotate":
            old.spent = True
            return self._token_response(token, self._issue_refresh(token), user)
        return self._token_response(token, old, user)

    def _echo(self, text: str, value: str) -> str:
        return f"{text}: {value}" if self._state.settings.greymatter.echo_token else text

    def _issue(self, subject: tuple[str, ...], scope: str, family: int, *, refresh: bool = False) -> Token:
        settings, jti = self._state.settings.greymatter, generate_jti()
        ends = time.time() + (settings.refresh_life if refresh else settings.token_life)
        if settings.token_kind == "opaque":
            value = generate_jti()
        else:
            value = fake_jwt({"scope": scope.split(), "exp": int(ends), "jti": jti, "client_id": subject[0]})
        token = Token(value, subject, scope, ends, family, jti)
        return self._state.tokens["greymatter"].issue(token, refresh=refresh)

    def _issue_refresh(self, token: Token) -> Token | None:
        if self._state.settings.greymatter.refresh == "off":
            return None
        return self._issue(token.subject, token.scope, token.family, refresh=True)

    def _refresh_of(self, token: Token) -> Token | None:
        candidates = self._state.tokens["greymatter"].get_live(refresh=True)
        return next((kept for kept in candidates if kept.family == token.family and not kept.spent), None)

    def _token_response(self, token: Token, refresh: Token | None, user: User) -> dict[str, object]:
        content: dict[str, object] = {"access_token": token.value, "token_type": "bearer"}
        if refresh is not None:
            content["refresh_token"] = refresh.value
        content |= token.format_expires_in(self._state.settings.greymatter.expires_in_form)
        return content | {"scope": token.scope, "user_id": user.user_id, "jti": token.jti}


def _parameters(request: web.Request, body: bytes) -> dict[str, str]:
    """Parameters of the query and of a form; if both have one, a servlet reads the query's first."""
    text = request.rel_url.raw_query_string
    if request.content_type == "application/x-www-form-urlencoded":
        text += "&" + body.decode("utf-8", "replace")
    pairs = parse_qsl(text, keep_blank_values=True)
    return dict(reversed(pairs))
