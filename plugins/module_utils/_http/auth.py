# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Authentication of requests."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from .._errors import OptionError

if TYPE_CHECKING:
    from typing import TypeGuard

    from .._context import Runtime
    from .response import Response

# The source of a user's own token, as results show it under ``api.token``.
GIVEN = "given"
API_KEY = "api_key"


class Auth(ABC):
    """Provides the credential of requests, and another one if a server rejects it."""

    hint = ""
    """What to check if the credential is rejected."""

    @abstractmethod
    def authenticate(self) -> dict[str, str]:
        """Return the headers that carry the credential. The client calls this before each request; it may log in first.

        :raises AuthenticationError: the login rejects the credential.
        """

    def on_success(self) -> None:  # noqa: B027  # most methods do not need it
        """The server accepted the credential."""

    def on_unauthorized(self, response: Response) -> bool:
        """Handle a 401: return whether there is another credential to repeat the request with.

        :raises AuthenticationError: there is none, and the reason is known.
        """
        return False


class NoAuth(Auth):
    """For requests without a credential."""

    def authenticate(self) -> dict[str, str]:
        return {}


class StaticHeaderAuth(Auth):
    """A credential of the options; there is no other one if it is rejected."""

    def __init__(self, runtime: Runtime, header: str, value: str, source: str, hint: str) -> None:
        self.hint = hint
        self._headers = {header: value}
        self._source = source
        self._stats = runtime.stats

    @classmethod
    def from_access_token(cls, runtime: Runtime, access_token: str, hint: str = "") -> StaticHeaderAuth:
        """A bearer token (RFC 6750).

        :param hint: what to check if it is rejected.
        :raises OptionError: a header cannot carry it.
        """
        runtime.secrets.register_tokens(access_token)
        _require_header_value("access_token", access_token, hint)
        return cls(runtime, "Authorization", f"Bearer {access_token}", GIVEN, hint)

    @classmethod
    def from_api_key(cls, runtime: Runtime, header: str, api_key: str, hint: str = "") -> StaticHeaderAuth:
        """An API key in its own header."""
        runtime.secrets.register_tokens(api_key)
        _require_header_value("api_key", api_key, hint)
        return cls(runtime, header, api_key, API_KEY, hint)

    def authenticate(self) -> dict[str, str]:
        self._stats.token = self._source
        return self._headers


def is_header_value(value: Any) -> TypeGuard[str]:
    """Whether a header can carry a value unchanged."""
    return isinstance(value, str) and value.isascii() and value.isprintable() and value.strip() == value != ""


def _require_header_value(option: str, value: str, hint: str) -> None:
    if not is_header_value(value):
        hint = hint or "Check that it was copied as it is."
        raise OptionError(f"{option} contains characters that a header cannot carry.", hint=hint)
