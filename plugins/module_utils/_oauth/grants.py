# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote

from .._errors import AuthenticationError, LoginError, QuotaError, RequestError
from .._http.client import FORM, HttpClient, Request
from .._http.response import find_exhausted_quota, find_oauth_error
from .._redaction import encode_basic
from .tokens import Token

if TYPE_CHECKING:
    from .._http.response import Response

# RFC 6749, 5.2: the errors of a login that will fail again if it is not changed.
_REFUSALS = ("invalid_grant", "invalid_request", "invalid_client", "unsupported_grant_type", "invalid_scope")

# How client credentials are sent: in a JSON body, in a form, or as HTTP Basic with a form (RFC 6749, 2.3.1).
AS_JSON = "json"
AS_FORM = "form"
AS_BASIC = "basic"
# What to try instead if a server cannot read the body, and if it does not find the client.
_OTHER_BODY = {AS_JSON: AS_FORM, AS_FORM: AS_JSON, AS_BASIC: AS_JSON}
_OTHER_CLIENT = {AS_JSON: AS_BASIC, AS_FORM: AS_BASIC, AS_BASIC: AS_FORM}
_FAILED = "(login) failed"
# The statuses of a URL that is not a login.
_NOWHERE = (404, 405)
_CREDENTIALS = "client_id, client_secret, audience and auth_url"


class Grant(Protocol):
    """Obtains a token for credentials, at ``token_url``."""

    @property
    def token_url(self) -> str:
        """The URL of the login."""

    def identity(self) -> dict[str, str | None]:
        """What distinguishes tokens of this grant from all others; contains no secret."""

    def fetch_token(self, http: HttpClient) -> Token:
        """Log in."""

    def refresh(self, http: HttpClient, refresh_token: str) -> Token | None:
        """Use a refresh token; None if the server does not accept it, or if the grant has none."""


@dataclass(frozen=True)
class ClientCredentialsGrant:
    """OAuth 2 client credentials, sent as ``token_request`` says; JSON is what Grepr and Auth0 document.

    How the credentials are sent does not change the token, so it is not part of the identity. ``hint`` is what to check
    in the credentials if they are rejected, ``server_hint`` which other server the credentials may belong to. They are
    never sent to another server than ``token_url``.
    """

    service: str
    token_url: str
    client_id: str
    client_secret: str
    audience: str | None
    scope: str | None
    token_request: str = AS_JSON
    hint: str = field(default="", repr=False, compare=False)
    server_hint: str = field(default="", repr=False, compare=False)

    def identity(self) -> dict[str, str | None]:
        return {
            "service": self.service,
            "grant": "client_credentials",
            "token_url": self.token_url,
            "client_id": self.client_id,
            "user": None,
            "audience": self.audience,
            "scope": self.scope,
        }

    def fetch_token(self, http: HttpClient) -> Token:
        http.secrets.register(self.client_secret)
        try:
            response = http.send(self._request(http))
        except RequestError as error:
            error.hint = f"{error.hint} {self.server_hint}".strip()
            raise
        return _parse_token_response(http, response, self._build_hint(response))

    def refresh(self, http: HttpClient, refresh_token: str) -> Token | None:
        return None

    def _request(self, http: HttpClient) -> Request:
        parameters = {"audience": self.audience, "grant_type": "client_credentials", "scope": self.scope}
        headers = {}
        if self.token_request == AS_BASIC:
            # The RFC requires both to be encoded as in a form. A blank as %20 works with servers that decode a plus and
            # with those that do not; without special characters, also with servers that do not decode at all.
            client = [quote(part, safe="", errors="surrogateescape") for part in (self.client_id, self.client_secret)]
            http.secrets.register_basic(*client)
            headers["Authorization"] = f"Basic {encode_basic(*client)}"
        else:
            parameters.update(client_id=self.client_id, client_secret=self.client_secret)
        body = {name: value for name, value in parameters.items() if value}
        return Request(
            method="POST",
            url=self.token_url,
            headers=headers,
            json=body if self.token_request == AS_JSON else None,
            form=None if self.token_request == AS_JSON else body,
            idempotent=True,
            is_api_call=False,
            gives_up_on=_is_quota,
        )

    def _build_hint(self, response: Response) -> str:
        hint = _find_hint(response, "auth_url", f"{self.hint} {self._check(response)}".lstrip())
        return f"{hint} {self.server_hint}".rstrip() if response.status in (401, 403, *_NOWHERE) else hint

    def _check(self, response: Response) -> str:
        code = find_oauth_error(response)
        # Servers report an unreadable body as an unsupported type, a bad request, or a missing grant type.
        if response.status == 415 or (response.status == 400 and code in ("invalid_request", "unsupported_grant_type")):
            sent = "JSON" if self.token_request == AS_JSON else "forms"
            other = _OTHER_BODY[self.token_request]
            return f"If the server takes no {sent}, set token_request: {other}. Otherwise check {_CREDENTIALS}."
        if code == "invalid_client" or _requires_basic(response):
            other = _OTHER_CLIENT[self.token_request]
            place = "as HTTP Basic" if other == AS_BASIC else "in the form"
            return f"Check {_CREDENTIALS}. If the server wants the client {place}, set token_request: {other}."
        return f"Check {_CREDENTIALS}."


@dataclass(frozen=True)
class PasswordGrant:
    """OAuth 2 password grant with HTTP Basic for the client (documented by GreyOrange), and refresh tokens.

    ``in_query`` sends the parameters in the URL instead of the body (documented as the alternative). The refresh grant
    is not documented for GreyMatter; if it is rejected, the password is used again.
    """

    service: str
    token_url: str
    client_id: str
    client_secret: str
    username: str
    password: str
    in_query: bool = False
    hint: str = field(default="", repr=False, compare=False)

    def identity(self) -> dict[str, str | None]:
        return {
            "service": self.service,
            "grant": "password",
            "token_url": self.token_url,
            "client_id": self.client_id,
            "user": self.username,
            "audience": None,
            "scope": None,
        }

    def fetch_token(self, http: HttpClient) -> Token:
        http.secrets.register(self.password)
        parameters = {"grant_type": "password", "username": self.username, "password": self.password}
        response = http.send(self._request(http, parameters, repeatable=True))
        return _parse_token_response(http, response, self._build_hint(response))

    def refresh(self, http: HttpClient, refresh_token: str) -> Token | None:
        # Never sent twice: a server that rotates refresh tokens treats a second use as theft.
        parameters = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        response = http.send(self._request(http, parameters, repeatable=False))
        if not 200 <= response.status < 300:
            return None
        token = _parse_token_response(http, response, "Check auth_url.")
        # A server that does not rotate may omit the refresh token: the old one remains valid (RFC 6749, 6).
        return token if token.refresh_token else token.with_refresh_token(refresh_token)

    def _request(self, http: HttpClient, parameters: dict[str, str], repeatable: bool) -> Request:
        http.secrets.register_basic(self.client_id, self.client_secret)
        if self.client_secret != self.client_id:
            # A client secret that equals the client id, like the published one, would only mask ordinary words.
            http.secrets.register(self.client_secret)
        return Request(
            method="POST",
            url=self.token_url,
            headers={
                "Authorization": f"Basic {encode_basic(self.client_id, self.client_secret)}",
                "Content-Type": FORM,
            },
            query=tuple(parameters.items()) if self.in_query else (),
            form=None if self.in_query else parameters,
            idempotent=repeatable,
            is_api_call=False,
            gives_up_on=_is_quota,
        )

    def _build_hint(self, response: Response) -> str:
        places = "api_url, auth_url, path_prefix, and token in routes"
        return _find_hint(response, places, f"{self.hint} {self._check(response)}".lstrip())

    def _check(self, response: Response) -> str:
        if _requires_basic(response) or find_oauth_error(response) in ("invalid_client", "unauthorized_client"):
            return "The client was refused: check client_id and client_secret."
        return "Check username and password."


def _parse_token_response(http: HttpClient, response: Response, hint: str) -> Token:
    """Parse the token in the response of a token endpoint.

    :raises AuthenticationError: the login was rejected.
    :raises LoginError: any other response without a token.
    """
    renewal = find_exhausted_quota(response)
    if renewal is not None:
        hint = (
            f"The account has used up its tokens: wait until its quota is renewed{renewal}, or request a higher quota."
        )
        raise http.describe_failure(QuotaError, response, hint, _FAILED)
    if response.status in (401, 403) or (response.status == 400 and find_oauth_error(response) in _REFUSALS):
        raise http.describe_failure(AuthenticationError, response, hint, _FAILED)
    if not 200 <= response.status < 300:
        raise http.describe_failure(LoginError, response, hint, _FAILED)
    token = Token.from_response(response.parse_json(), time.time())
    if token is None:
        raise response.build_error(
            LoginError, "(login) answered without a usable access_token.", hint="Check auth_url."
        )
    http.secrets.register_tokens(token.access_token, token.refresh_token)
    return token


def _find_hint(response: Response, places: str, credentials: str) -> str:
    """What to do about a failed login: the cause is either its URL or the credentials."""
    if response.status in _NOWHERE:
        return f"There is no login at this address: check {places}."
    return "The fault is the server's: try again later." if response.status >= 500 else credentials


def _requires_basic(response: Response) -> bool:
    return response.headers.get("www-authenticate", "").lower().startswith("basic")


def _is_quota(response: Response) -> bool:
    return find_exhausted_quota(response) is not None
