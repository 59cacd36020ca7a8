# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import hashlib
import math
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import TypeGuard

# A clock that was set back makes what was written before look as if it came from the future; its age is then unknown.
# Clocks of several machines may differ by so much.
CLOCK_TOLERANCE = 60.0
# The end of the year 9999: no later moment has a date.
_LAST_MOMENT = 253402300799.0


@dataclass(frozen=True)
class Token:
    """A bearer token as its server gave it. Opaque: nothing is ever read out of it. Times are Unix seconds.

    ``expires_at`` is None when the server did not say; such a token lives until an API refuses it.
    """

    access_token: str
    token_type: str
    scope: str | None
    obtained_at: float
    expires_at: float | None
    refresh_token: str | None = None

    @classmethod
    def from_answer(cls, document: Any, now: float) -> Token | None:
        """The token of a token endpoint's answer (RFC 6749, 5.1); None if it holds none."""
        if not isinstance(document, dict):
            return None
        access_token = document.get("access_token")
        if not is_header_value(access_token):
            return None
        refresh_token = document.get("refresh_token")
        token_type = document.get("token_type")
        scope = document.get("scope")
        life = _seconds(document.get("expires_in"))
        return cls(
            access_token=access_token,
            token_type=token_type if is_header_value(token_type) else "Bearer",
            scope=scope if isinstance(scope, str) and scope else None,
            obtained_at=now,
            expires_at=None if life is None else now + life,
            refresh_token=refresh_token if isinstance(refresh_token, str) and refresh_token else None,
        )

    @classmethod
    def from_record(cls, record: Any) -> Token | None:
        """The token of a record; None if it holds none that could ever have been written."""
        try:
            token = cls(**record)
            return token if token._is_sound() else None
        except TypeError:
            return None

    def _is_sound(self) -> bool:
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
        """Names the token without telling it."""
        return hashlib.sha256(self.access_token.encode()).hexdigest()

    @property
    def authorization(self) -> str:
        """The header's value. Servers write the type in any case; the header has it as RFC 6750 does."""
        scheme = "Bearer" if self.token_type.lower() == "bearer" else self.token_type
        return f"{scheme} {self.access_token}"

    def remaining(self, now: float) -> float | None:
        return None if self.expires_at is None else max(0.0, self.expires_at - now)

    def is_fresh(self, min_ttl: float, now: float) -> bool:
        """Whether it lives for ``min_ttl`` seconds more.

        Counts as at most half the token's whole life: else a short-lived token would never be used twice.
        """
        if self.obtained_at > now + CLOCK_TOLERANCE:
            return False
        if self.expires_at is None:
            return True
        return self.expires_at - now > min(min_ttl, (self.expires_at - self.obtained_at) / 2)


def iso8601(moment: float | None) -> str | None:
    """Unix seconds as a time of day in UTC, as results show it."""
    if moment is None:
        return None
    return datetime.fromtimestamp(moment, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def _seconds(value: Any) -> float | None:
    """``expires_in``, which Grepr documents as a string and others send as a number; None if it says nothing."""
    if isinstance(value, bool):
        return None
    try:
        seconds = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    # A century is as good as for ever, and keeps the date within what can be written down.
    return min(max(seconds, 0.0), 3.2e9) if math.isfinite(seconds) else None


def is_header_value(value: Any) -> TypeGuard[str]:
    """Whether a header can carry a value as it is."""
    return isinstance(value, str) and value.isascii() and value.isprintable() and value.strip() == value != ""
