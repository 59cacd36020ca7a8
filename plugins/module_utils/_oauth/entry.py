# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

from ansible_collections.greyops.rest.plugins.module_utils._errors import AuthenticationError
from ansible_collections.greyops.rest.plugins.module_utils._oauth.tokens import Token

# A token of unknown life is kept for a day; a refresh token for the 30 days that Spring gives it by default.
_UNKNOWN_LIFE = 86400.0
_REFRESH_LIFE = 30 * 86400.0


@dataclass(frozen=True)
class Entry:
    """What is known about one credential. Times are Unix seconds.

    ``accepted`` says that an API has taken the token once, ``refreshed`` that it came from a refresh token;
    ``unproven`` counts the tokens in a row that no API has taken. Until ``refused_until`` no more of them are asked
    for, or no more in the way that ``refused_login`` names, and ``refusal`` has the parts of the error that said so.
    ``refused_at_login`` says that it was the login, and not an API, that said it.
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
    def from_document(cls, document: Any) -> Entry:
        """The entry of a record; an empty one where there is no record, or another format's."""
        try:
            entry = cls(**{**document, "token": Token.from_record(document["token"])})
        except (KeyError, TypeError):
            return cls()
        return entry if entry._is_sound() else cls()

    def _is_sound(self) -> bool:
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
        """Whether there is nothing left to say when an API takes the token."""
        return self.accepted and not self.refused_until

    def life(self, now: float) -> float:
        """How many seconds this is worth keeping."""
        ends = [self.refused_until]
        if self.token is not None:
            ends.append(now + _UNKNOWN_LIFE if self.token.expires_at is None else self.token.expires_at)
            if self.token.refresh_token:
                ends.append(now + _REFRESH_LIFE)
        return max(0.0, max(ends) - now)
