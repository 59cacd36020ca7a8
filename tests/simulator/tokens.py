# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tokens of one service: who holds which, and when they end."""

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

Verdict = Literal["valid", "expired", "revoked", "unknown"]


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

    def verdict(self) -> Verdict:
        """Whether the token may be used now."""
        if self.revoked:
            return "revoked"
        return "valid" if time.time() < self.expires_at else "expired"

    def expires_in(self, form: ExpiresInForm) -> dict[str, object]:
        """The remaining life the way the switch wants it told; empty when it is to be left out."""
        left = max(0.0, self.expires_at - time.time())
        told: dict[str, object] = {"number": int(left), "string": str(int(left)), "float": left, "garbage": "soon"}
        return {"expires_in": told[form]} if form in told else {}


class TokenBook:
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

    def new_family(self) -> int:
        """A number for the tokens of a new login."""
        return next(self._families)

    def issue(self, token: Token, *, refresh: bool = False) -> Token:
        """Put a token in force."""
        (self.refresh if refresh else self.access)[token.value] = token
        return token

    def check(self, value: str) -> Verdict:
        """Judge an access token and count its acceptance: the n-th one may be its last."""
        token = self.access.get(value)
        if token is None:
            return "unknown"
        if self.always:
            return "revoked"
        verdict = token.verdict()
        if verdict == "valid" and (self.every or self.after):
            self._count()
        return verdict

    def plan(self, *, every: int | None = None, after: int | None = None, always: bool = False) -> None:
        """Set what is to end tokens from now on; replaces the plan before."""
        self.every, self.after, self.always = every, after, always
        self._accepted = 0

    def _count(self) -> None:
        self._accepted += 1
        limit = self.after or self.every or 0
        if self._accepted >= limit:
            self._accepted, self.after = 0, None
            self.revoke()

    def revoke(self, *, refresh: bool = False) -> int:
        """End all live access tokens, and the refresh tokens when asked; how many ended."""
        self.revocations += 1
        return self._end(refresh, "revoked")

    def expire(self, *, refresh: bool = False) -> int:
        """Let all live tokens be over their time."""
        return self._end(refresh, "expired")

    def _end(self, refresh: bool, how: Verdict) -> int:
        ending = self.live() + (self.live(refresh=True) if refresh else [])
        for token in ending:
            if how == "revoked":
                token.revoked = True
            else:
                token.expires_at = 0.0
        return len(ending)

    def end_family(self, family: int) -> None:
        """End every token of one login."""
        for token in (*self.access.values(), *self.refresh.values()):
            if token.family == family:
                token.revoked = True

    def live(self, *, refresh: bool = False) -> list[Token]:
        """The tokens that would be accepted now."""
        return [token for token in (self.refresh if refresh else self.access).values() if token.verdict() == "valid"]

    def describe(self) -> dict[str, Any]:
        """For the admin interface: values in force, and every value ever issued."""
        return {
            "live": [token.value for token in self.live()],
            "live_refresh": [token.value for token in self.live(refresh=True)],
            "issued": [*self.access, *self.refresh],
            "plan": {"every": self.every, "after": self.after, "always": self.always},
        }


def jwt_like(claims: dict[str, object]) -> str:
    """A value in the shape of a signed JWT; the signature is noise, for no client may look inside."""
    parts = [json.dumps({"alg": "RS256", "typ": "JWT"}).encode(), json.dumps(claims).encode(), secrets.token_bytes(64)]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


def new_jti() -> str:
    """A random identifier in UUID form."""
    return str(uuid.uuid4())
