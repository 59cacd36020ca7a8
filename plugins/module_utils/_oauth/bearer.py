# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.greyops.rest.plugins.module_utils._errors import AuthenticationError, OptionError
from ansible_collections.greyops.rest.plugins.module_utils._http.authorization import Authorization
from ansible_collections.greyops.rest.plugins.module_utils._oauth.provider import GIVEN
from ansible_collections.greyops.rest.plugins.module_utils._oauth.tokens import is_header_value

if TYPE_CHECKING:
    from ansible_collections.greyops.rest.plugins.module_utils._http.answers import Answer
    from ansible_collections.greyops.rest.plugins.module_utils._http.session import Session
    from ansible_collections.greyops.rest.plugins.module_utils._oauth.provider import TokenProvider

API_KEY = "api_key"


class BearerAuth(Authorization):
    """The provider's token on every request, and another one after a 401."""

    def __init__(self, provider: TokenProvider, session: Session) -> None:
        self._provider = provider
        self._session = session

    def __call__(self, request: Any) -> Any:
        request.headers["Authorization"] = self._provider.current().authorization
        return request

    def accepted(self) -> None:
        self._provider.accepted()

    def renew(self, answer: Answer) -> bool:
        hint = (
            "New tokens are refused as well, so no more are asked for in the next minute. "
            "Check that the credential belongs to this API, and that its scope was not narrowed."
        )
        self._provider.replace_refused(self._session.failure(AuthenticationError, answer, hint))
        return True


class FixedHeader(Authorization):
    """A credential that the user holds: there is no other one when it is refused."""

    def __init__(self, session: Session, header: str, value: str, source: str, hint: str) -> None:
        self.hint = hint
        self._header = header
        self._value = value
        self._source = source
        self._usage = session.host.usage

    def __call__(self, request: Any) -> Any:
        request.headers[self._header] = self._value
        self._usage.token = self._source
        return request


def given_token(session: Session, access_token: str, hint: str = "") -> FixedHeader:
    """A token from the options.

    :param hint: what to look at when it is refused.
    """
    session.secrets.register_tokens(access_token)
    _require_header_value("access_token", access_token, hint)
    return FixedHeader(session, "Authorization", f"Bearer {access_token}", GIVEN, hint)


def given_key(session: Session, header: str, api_key: str, hint: str = "") -> FixedHeader:
    """An API key in a header of its own."""
    session.secrets.register_tokens(api_key)
    _require_header_value("api_key", api_key, hint)
    return FixedHeader(session, header, api_key, API_KEY, hint)


def _require_header_value(option: str, value: str, hint: str) -> None:
    if not is_header_value(value):
        hint = hint or "Check that it was copied as it is."
        raise OptionError(f"{option} holds characters that a header cannot carry.", hint=hint)
