# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import math
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Callable, TypeVar

from ansible_collections.greyops.rest.plugins.module_utils._errors import StoreError
from ansible_collections.greyops.rest.plugins.module_utils._oauth.tokens import Token

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager

    from ansible_collections.greyops.rest.plugins.module_utils._http.host import Host
    from ansible_collections.greyops.rest.plugins.module_utils._oauth.grants import Grant
    from ansible_collections.greyops.rest.plugins.module_utils._oauth.store import Sealing, TokenStore

_Result = TypeVar("_Result")

# A token of unknown life is kept for a day; a refresh token for the 30 days that Spring gives it by default.
_UNKNOWN_LIFE = 86400.0
_REFRESH_LIFE = 30 * 86400.0


@dataclass(frozen=True)
class Entry:
    """What is known about one credential. Times are Unix seconds.

    ``accepted`` says that an API has taken the token once; ``unproven`` counts the tokens granted in a row that
    none has taken; until ``refused_until`` no more of them are asked for.
    """

    token: Token | None = None
    accepted: bool = False
    unproven: int = 0
    refused_until: float = 0.0

    @classmethod
    def from_document(cls, document: Any) -> Entry:
        try:
            entry = cls(**{**document, "token": Token.from_record(document["token"])})
            return entry if math.isfinite(entry.refused_until) and entry.unproven >= 0 else cls()
        except (KeyError, TypeError):
            return cls()

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


@dataclass(frozen=True)
class _Place:
    store: TokenStore
    seal: Sealing
    name: str


class Record:
    """The entry of one credential in the first of several stores that can be used."""

    def __init__(self, grant: Grant, stores: Sequence[TokenStore], host: Host) -> None:
        self._grant = grant
        self._stores = list(stores)
        self._host = host
        self._known_place: _Place | None = None

    @property
    def kind(self) -> str:
        """The store in use, as results call it."""
        return self._use(lambda place: place.store.kind)

    def read(self) -> Entry:
        def read(place: _Place) -> Entry:
            sealed = place.store.read(place.name)
            return Entry.from_document(place.seal.open(place.name, sealed)) if sealed else Entry()

        return self._use(read)

    def write(self, entry: Entry, now: float) -> None:
        def write(place: _Place) -> None:
            place.store.write(place.name, place.seal.close(place.name, entry.as_document()), entry.life(now))

        self._use(write)

    def remove(self) -> bool:
        return self._use(lambda place: place.store.remove(place.name))

    @contextmanager
    def lock(self, timeout: float) -> Iterator[None]:
        def enter(place: _Place) -> AbstractContextManager[None]:
            lock = place.store.lock(place.name, timeout)
            lock.__enter__()
            return lock

        lock = self._use(enter)
        try:
            yield
        finally:
            lock.__exit__(None, None, None)

    def _use(self, action: Callable[[_Place], _Result]) -> _Result:
        while True:
            try:
                return action(self._place())
            except StoreError as error:
                if len(self._stores) == 1:
                    raise
                self._host.warn(
                    f"The token store cannot be used ({error.message}). Tokens are kept "
                    f"{'for this run' if len(self._stores) > 2 else 'within one task'} only, so more logins are needed."
                )
                del self._stores[0]
                self._known_place = None

    def _place(self) -> _Place:
        if self._known_place is None:
            store = self._stores[0]
            seal = store.seal(self._grant.secret_material())
            self._known_place = _Place(store, seal, seal.name_of(self._grant.identity()))
        return self._known_place
