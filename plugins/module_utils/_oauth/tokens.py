# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Tokens (RFC 6749), and their records in stores."""

from __future__ import annotations

import hashlib
import math
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timezone
from typing import Any

from .._errors import AuthenticationError
from .._http.auth import is_header_value

# If a clock was set back, earlier records appear to come from the future; their age is then unknown. Clocks of several
# machines may differ by this many seconds.
CLOCK_TOLERANCE = 60.0
# The end of the year 9999: later times cannot be formatted as a date.
_LAST_MOMENT = 253402300799.0


@dataclass(frozen=True)
class Token:
    """A bearer token as its server returned it. Opaque: it is never parsed. Times are Unix seconds.

    ``expires_at`` is None if the server did not specify it; such a token is valid until an API rejects it.
    """

    access_token: str
    token_type: str
    scope: str | None
    obtained_at: float
    expires_at: float | None
    refresh_token: str | None = None

    @classmethod
    def from_response(cls, document: Any, now: float) -> Token | None:
        """The token in the response of a token endpoint (RFC 6749, 5.1); None if it contains none."""
        if not isinstance(document, dict):
            return None
        access_token = document.get("access_token")
        if not is_header_value(access_token):
            return None
        refresh_token = document.get("refresh_token")
        token_type = document.get("token_type")
        scope = document.get("scope")
        ttl = _parse_seconds(document.get("expires_in"))
        return cls(
            access_token=access_token,
            token_type=token_type if is_header_value(token_type) else "Bearer",
            scope=scope if isinstance(scope, str) and scope else None,
            obtained_at=now,
            expires_at=None if ttl is None else now + ttl,
            refresh_token=refresh_token if isinstance(refresh_token, str) and refresh_token else None,
        )

    @classmethod
    def from_record(cls, record: Any) -> Token | None:
        """The token of a record; None if it contains no valid token."""
        try:
            token = cls(**record)
            return token if token._is_valid() else None
        except TypeError:
            return None

    def _is_valid(self) -> bool:
        moments = [self.obtained_at] if self.expires_at is None else [self.obtained_at, self.expires_at]
        return (
            is_header_value(self.access_token)
            and is_header_value(self.token_type)
            and all(text is None or isinstance(text, str) for text in (self.scope, self.refresh_token))
            and all(0.0 <= moment <= _LAST_MOMENT for moment in moments)
        )

    def as_record(self) -> dict[str, Any]:
        return asdict(self)

    def with_refresh_token(self, refresh_token: str) -> Token:
        return replace(self, refresh_token=refresh_token)

    @property
    def fingerprint(self) -> str:
        """A name for the token that does not reveal it."""
        return hashlib.sha256(self.access_token.encode()).hexdigest()

    @property
    def authorization(self) -> str:
        """The value of the header. Servers spell the type in any case; the header uses the spelling of RFC 6750."""
        scheme = "Bearer" if self.token_type.lower() == "bearer" else self.token_type
        return f"{scheme} {self.access_token}"

    def get_remaining(self, now: float) -> float | None:
        return None if self.expires_at is None else max(0.0, self.expires_at - now)

    def is_fresh(self, min_ttl: float, now: float) -> bool:
        """Whether the token is valid for at least ``min_ttl`` seconds.

        ``min_ttl`` is limited to half the token's lifetime: otherwise a short-lived token would never be used twice.
        """
        if self.obtained_at > now + CLOCK_TOLERANCE:
            return False
        if self.expires_at is None:
            return True
        return self.expires_at - now > min(min_ttl, (self.expires_at - self.obtained_at) / 2)


def format_iso8601(moment: float | None) -> str | None:
    """Unix seconds as date and time in UTC, as results show it."""
    if moment is None:
        return None
    return datetime.fromtimestamp(moment, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def _parse_seconds(value: Any) -> float | None:
    """``expires_in``, which Grepr documents as a string and others send as a number; None if it is not usable."""
    if isinstance(value, bool):
        return None
    try:
        seconds = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    # A century is practically unlimited, and keeps the date within the supported range.
    return min(max(seconds, 0.0), 3.2e9) if math.isfinite(seconds) else None


# A token of unknown lifetime is kept for a day; a refresh token for 30 days, the default of Spring.
_UNKNOWN_LIFE = 86400.0
_REFRESH_LIFE = 30 * 86400.0


@dataclass(frozen=True)
class TokenRecord:
    """The state of one credential. Times are Unix seconds.

    ``accepted`` says that an API has accepted the token once, ``refreshed`` that it came from a refresh token;
    ``unproven`` counts the consecutive tokens that no API has accepted. Until ``refused_until`` no more tokens are
    requested, or none with the login that ``refused_login`` names, and ``refusal`` contains the parts of the error.
    ``refused_at_login`` says that the login, and not an API, rejected the credential.
    """

    token: Token | None = None
    accepted: bool = False
    refreshed: bool = False
    unproven: int = 0
    refused_until: float = 0.0
    refused_login: str | None = None
    refused_at_login: bool = False
    refusal: dict[str, Any] | None = None

    @classmethod
    def from_document(cls, document: Any) -> TokenRecord:
        """The content of a record; empty if there is no record, or if it has another format."""
        try:
            entry = cls(**{**document, "token": Token.from_record(document["token"])})
        except (KeyError, TypeError):
            return cls()
        return entry if entry._is_valid() else cls()

    def _is_valid(self) -> bool:
        kinds: tuple[tuple[object, Any], ...] = (
            (self.accepted, bool),
            (self.refreshed, bool),
            (self.unproven, int),
            (self.refused_until, float),
            (self.refused_login, (str, type(None))),
            (self.refused_at_login, bool),
            (self.refusal, (dict, type(None))),
        )
        if not all(isinstance(value, kind) for value, kind in kinds):
            return False
        if self.refusal is not None and self.refusal.keys() != AuthenticationError("").as_data().keys():
            return False
        return self.unproven >= 0 and math.isfinite(self.refused_until)

    def as_document(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def is_accepted(self) -> bool:
        """Whether there is nothing to record when an API accepts the token."""
        return self.accepted and not self.refused_until

    def get_ttl(self, now: float) -> float:
        """The seconds for which to keep this record."""
        ends = [self.refused_until]
        if self.token is not None:
            ends.append(now + _UNKNOWN_LIFE if self.token.expires_at is None else self.token.expires_at)
            if self.token.refresh_token:
                ends.append(now + _REFRESH_LIFE)
        return max(0.0, max(ends) - now)
