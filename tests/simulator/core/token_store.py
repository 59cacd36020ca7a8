# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tokens of one service, their subjects and their expiry."""

from __future__ import annotations

import base64
import itertools
import json
import secrets
import time
import uuid
from dataclasses import dataclass
from typing import Any, Literal

from .settings import ExpiresInForm

TokenStatus = Literal["valid", "expired", "revoked", "unknown"]


@dataclass(slots=True)
class Token:
    """An access or a refresh token.

    ``family`` is shared by all tokens that grew out of one login: a refresh token used twice ends them all.
    """

    value: str
    subject: tuple[str, ...]
    scope: str
    expires_at: float
    family: int
    jti: str = ""
    revoked: bool = False
    spent: bool = False

    def token_status(self) -> TokenStatus:
        """Whether the token may be used now."""
        if self.revoked:
            return "revoked"
        return "valid" if time.time() < self.expires_at else "expired"

    def format_expires_in(self, form: ExpiresInForm) -> dict[str, object]:
        """The remaining life in the form that the setting names; empty if it is omitted."""
        left = max(0.0, self.expires_at - time.time())
        forms: dict[str, object] = {"number": int(left), "string": str(int(left)), "float": left, "garbage": "soon"}
        return {"expires_in": forms[form]} if form in forms else {}


class TokenStore:
    """Every token a service has issued since the last reset."""

    def __init__(self) -> None:
        self.access: dict[str, Token] = {}
        self.refresh: dict[str, Token] = {}
        self.revocations = 0
        self.always = False
        self.every: int | None = None
        self.after: int | None = None
        self._accepted = 0
        self._families = itertools.count(1)

    def create_family(self) -> int:
        """A number for the tokens of a new login."""
        return next(self._families)

    def issue(self, token: Token, *, refresh: bool = False) -> Token:
        """Put a token in force."""
        (self.refresh if refresh else self.access)[token.value] = token
        return token

    def check(self, value: str) -> TokenStatus:
        """Return an access token's status and count its acceptance, which may trigger a planned revocation."""
        token = self.access.get(value)
        if token is None:
            return "unknown"
        if self.always:
            return "revoked"
        token_status = token.token_status()
        if token_status == "valid" and (self.every or self.after):
            self._count_acceptance()
        return token_status

    def plan(self, *, every: int | None = None, after: int | None = None, always: bool = False) -> None:
        """Set the plan by which tokens are revoked; replaces the previous plan."""
        self.every, self.after, self.always = every, after, always
        self._accepted = 0

    def _count_acceptance(self) -> None:
        self._accepted += 1
        limit = self.after or self.every or 0
        if self._accepted >= limit:
            self._accepted, self.after = 0, None
            self.revoke()

    def revoke(self, *, refresh: bool = False) -> int:
        """End all live access tokens, and the refresh tokens when asked; how many ended."""
        self.revocations += 1
        return self._end_tokens(refresh, "revoked")

    def expire(self, *, refresh: bool = False) -> int:
        """Expire all live tokens."""
        return self._end_tokens(refresh, "expired")

    def _end_tokens(self, refresh: bool, how: TokenStatus) -> int:
        ending = self.get_live() + (self.get_live(refresh=True) if refresh else [])
        for token in ending:
            if how == "revoked":
                token.revoked = True
            else:
                token.expires_at = 0.0
        return len(ending)

    def revoke_family(self, family: int) -> None:
        """Revoke every token of one login."""
        for token in (*self.access.values(), *self.refresh.values()):
            if token.family == family:
                token.revoked = True

    def get_live(self, *, refresh: bool = False) -> list[Token]:
        """The tokens that would be accepted now."""
        return [
            token for token in (self.refresh if refresh else self.access).values() if token.token_status() == "valid"
        ]

    def describe(self) -> dict[str, Any]:
        """For the admin interface: values in force, and every value ever issued."""
        return {
            "live": [token.value for token in self.get_live()],
            "live_refresh": [token.value for token in self.get_live(refresh=True)],
            "issued": [*self.access, *self.refresh],
            "plan": {"every": self.every, "after": self.after, "always": self.always},
        }


def fake_jwt(claims: dict[str, object]) -> str:
    """A value in the form of a signed JWT with a random signature; clients must treat it as opaque."""
    parts = [json.dumps({"alg": "RS256", "typ": "JWT"}).encode(), json.dumps(claims).encode(), secrets.token_bytes(64)]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


def generate_jti() -> str:
    """A random identifier in UUID form."""
    return str(uuid.uuid4())
