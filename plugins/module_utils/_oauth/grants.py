# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote

from ansible_collections.greyops.rest.plugins.module_utils._errors import AuthenticationError, LoginError, QuotaError
from ansible_collections.greyops.rest.plugins.module_utils._http.reasons import oauth_error_of, used_up_quota
from ansible_collections.greyops.rest.plugins.module_utils._http.session import FORM, Request, Session
from ansible_collections.greyops.rest.plugins.module_utils._oauth.tokens import Token
from ansible_collections.greyops.rest.plugins.module_utils._secrets import basic_credentials

if TYPE_CHECKING:
    from ansible_collections.greyops.rest.plugins.module_utils._http.answers import Answer

# RFC 6749, 5.2: what a server says about a login that will never succeed as it is.
_REFUSALS = ("invalid_grant", "invalid_request", "invalid_client", "unsupported_grant_type", "invalid_scope")

# How client credentials travel: in a JSON body, in a form, or as HTTP Basic beside a form (RFC 6749, 2.3.1).
AS_JSON = "json"
AS_FORM = "form"
AS_BASIC = "basic"
# What to try instead where a server cannot read the body, and where it does not see the client.
_OTHER_BODY = {AS_JSON: AS_FORM, AS_FORM: AS_JSON, AS_BASIC: AS_JSON}
_OTHER_CLIENT = {AS_JSON: AS_BASIC, AS_FORM: AS_BASIC, AS_BASIC: AS_FORM}
_FAILED = "(login) failed"
# Where there is something else than a login.
_NOWHERE = (404, 405)
_CREDENTIALS = "client_id, client_secret, audience and auth_url"


class Grant(Protocol):
    """Turns credentials into a token, at ``token_url``."""

    @property
    def token_url(self) -> str: ...

    def identity(self) -> dict[str, str | None]:
        """What makes a token of this grant another one than a token of any other; holds no secret."""

    def obtain(self, session: Session) -> Token:
        """Log in."""

    def refresh(self, session: Session, refresh_token: str) -> Token | None:
        """Use a refresh token; None when the server does not take it, or the grant has none."""


@dataclass(frozen=True)
class ClientCredentialsGrant:
    """OAuth 2 client credentials, sent as ``token_request`` says; JSON is what Grepr and Auth0 document.

    How the credentials travel makes no other token of it, so it is no part of the identity. ``hint`` is what to look at
    in the credentials when they are refused.
    """

    service: str
    token_url: str
    client_id: str
    client_secret: str
    audience: str | None
    scope: str | None
    token_request: str = AS_JSON
    hint: str = field(default="", repr=False, compare=False)

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

    def obtain(self, session: Session) -> Token:
        session.secrets.register(self.client_secret)
        answer = session.exchange(self._request(session))
        return _token_of(session, answer, self._hint(answer))

    def refresh(self, session: Session, refresh_token: str) -> Token | None:
        return None

    def _request(self, session: Session) -> Request:
        parameters = {"audience": self.audience, "grant_type": "client_credentials", "scope": self.scope}
        headers = {}
        if self.token_request == AS_BASIC:
            # The RFC has both encoded as in a form. A blank as %20 is right for servers that decode a plus and for
            # those that do not; and where nothing is special, also for those that decode nothing.
            client = [quote(part, safe="", errors="surrogateescape") for part in (self.client_id, self.client_secret)]
            session.secrets.register_basic(*client)
            headers["Authorization"] = f"Basic {basic_credentials(*client)}"
        else:
            parameters.update(client_id=self.client_id, client_secret=self.client_secret)
        body = {name: value for name, value in parameters.items() if value}
        return Request(
            method="POST",
            url=self.token_url,
            headers=headers,
            json=body if self.token_request == AS_JSON else None,
            form=None if self.token_request == AS_JSON else body,
            repeatable=True,
            is_call=False,
            is_final=_is_quota,
        )

    def _hint(self, answer: Answer) -> str:
        return _hint_of(answer, "auth_url", f"{self.hint} {self._check(answer)}".lstrip())

    def _check(self, answer: Answer) -> str:
        code = oauth_error_of(answer)
        # A body that a server cannot read is told as its type, as a bad request, or as one without a grant type.
        if answer.status == 415 or (answer.status == 400 and code in ("invalid_request", "unsupported_grant_type")):
            sent = "JSON" if self.token_request == AS_JSON else "forms"
            other = _OTHER_BODY[self.token_request]
            return f"If the server takes no {sent}, set token_request: {other}. Otherwise check {_CREDENTIALS}."
        if code == "invalid_client" or _wants_basic(answer):
            other = _OTHER_CLIENT[self.token_request]
            place = "as HTTP Basic" if other == AS_BASIC else "in the form"
            return f"Check {_CREDENTIALS}. If the server wants the client {place}, set token_request: {other}."
        return f"Check {_CREDENTIALS}."


@dataclass(frozen=True)
class PasswordGrant:
    """OAuth 2 password grant with HTTP Basic for the client (documented by GreyOrange), and refresh tokens.

    ``in_query`` sends the parameters in the URL instead of the body (documented as the alternative). The refresh
    grant is no documented part of GreyMatter; where it is refused the password is used again.
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

    def obtain(self, session: Session) -> Token:
        session.secrets.register(self.password)
        parameters = {"grant_type": "password", "username": self.username, "password": self.password}
        answer = session.exchange(self._request(session, parameters, repeatable=True))
        return _token_of(session, answer, self._hint(answer))

    def refresh(self, session: Session, refresh_token: str) -> Token | None:
        # Never sent twice: a server that rotates refresh tokens takes a second use for theft.
        parameters = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        answer = session.exchange(self._request(session, parameters, repeatable=False))
        if not 200 <= answer.status < 300:
            return None
        token = _token_of(session, answer, "Check auth_url.")
        # A server that does not rotate may leave the refresh token out: the old one stays good (RFC 6749, 6).
        return token if token.refresh_token else token.with_refresh_token(refresh_token)

    def _request(self, session: Session, parameters: dict[str, str], repeatable: bool) -> Request:
        session.secrets.register_basic(self.client_id, self.client_secret)
        if self.client_secret != self.client_id:
            # What is its own user name, like the published one, hides nothing but honest words.
            session.secrets.register(self.client_secret)
        return Request(
            method="POST",
            url=self.token_url,
            headers={
                "Authorization": f"Basic {basic_credentials(self.client_id, self.client_secret)}",
                "Content-Type": FORM,
            },
            query=tuple(parameters.items()) if self.in_query else (),
            form=None if self.in_query else parameters,
            repeatable=repeatable,
            is_call=False,
            is_final=_is_quota,
        )

    def _hint(self, answer: Answer) -> str:
        places = "api_url, auth_url, path_prefix, and token in routes"
        return _hint_of(answer, places, f"{self.hint} {self._check(answer)}".lstrip())

    def _check(self, answer: Answer) -> str:
        if _wants_basic(answer) or oauth_error_of(answer) in ("invalid_client", "unauthorized_client"):
            return "The client was refused: check client_id and client_secret."
        return "Check username and password."


def _token_of(session: Session, answer: Answer, hint: str) -> Token:
    """The token of a token endpoint's answer.

    :raises AuthenticationError: the login was refused.
    :raises LoginError: anything else that is no token.
    """
    renewal = used_up_quota(answer)
    if renewal is not None:
        hint = f"The account has used up its tokens: wait until its quota is renewed{renewal}, or have it raised."
        raise session.failure(QuotaError, answer, hint, _FAILED)
    if answer.status in (401, 403) or (answer.status == 400 and oauth_error_of(answer) in _REFUSALS):
        raise session.failure(AuthenticationError, answer, hint, _FAILED)
    if not 200 <= answer.status < 300:
        raise session.failure(LoginError, answer, hint, _FAILED)
    token = Token.from_answer(answer.json(), time.time())
    if token is None:
        raise answer.error(LoginError, "(login) answered without a usable access_token.", hint="Check auth_url.")
    session.secrets.register_tokens(token.access_token, token.refresh_token)
    return token


def _hint_of(answer: Answer, places: str, credentials: str) -> str:
    """What to do about a login that failed: where it was looked for is one cause, and what was sent another."""
    if answer.status in _NOWHERE:
        return f"There is no login at this address: check {places}."
    return "The fault is the server's: try again later." if answer.status >= 500 else credentials


def _wants_basic(answer: Answer) -> bool:
    return answer.headers.get("www-authenticate", "").lower().startswith("basic")


def _is_quota(answer: Answer) -> bool:
    return used_up_quota(answer) is not None
