# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import hashlib
import random
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from ansible_collections.greyops.rest.plugins.module_utils._errors import (
    AuthenticationError,
    ExchangeError,
    LoginError,
    QuotaError,
    ResponseError,
)
from ansible_collections.greyops.rest.plugins.module_utils._oauth.entry import Entry

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from ansible_collections.greyops.rest.plugins.module_utils._http.session import Session
    from ansible_collections.greyops.rest.plugins.module_utils._oauth.grants import Grant
    from ansible_collections.greyops.rest.plugins.module_utils._oauth.tokens import Token
    from ansible_collections.greyops.rest.plugins.module_utils._oauth.vault import Vault

GIVEN = "given"
STORED = "stored"
GRANTED = "granted"
REFRESHED = "refreshed"

# Two grants of one request, and two tokens in a row that nobody could use, are enough to know.
_MOST_GRANTS = 2
_REFUSAL_LIFE = 60.0
# How long to wait for word that a new token was taken elsewhere, before calling the credential refused.
_PATIENCE = 2.0


class TokenProvider:
    """The token of one credential: from the store, or from one grant for all who ask at the same time."""

    def __init__(self, grant: Grant, vault: Vault, session: Session, min_ttl: float) -> None:
        self._grant = grant
        self._session = session
        self._min_ttl = min_ttl
        self._vault = vault
        self._identity = grant.identity()
        self._run = session.host.directories.run
        self._login = _login_of(grant, self._run)
        self._held: Token | None = None
        self._held_is_accepted = False
        self._refused: set[str] = set()
        self._grants = 0

    @property
    def store_kind(self) -> str:
        return self._vault.kind

    def current(self) -> Token:
        """A token to use now: look, lock, look again, log in, write."""
        now = time.time()
        if self._held is not None and self._usable(self._held, now):
            return self._held
        entry = self._read()
        if entry.token is not None and self._usable(entry.token, now):
            return self._hold(entry.token, STORED, entry.is_accepted)
        with self._lock():
            entry, now = self._read(), time.time()
            if entry.token is not None and self._usable(entry.token, now):
                return self._hold(entry.token, STORED, entry.is_accepted)
            if self._is_refused(entry, now):
                raise self._remembered(entry)
            return self._acquire(entry, unproven=1)

    def renew(self) -> Token:
        """A new token, whatever the store holds and whatever was refused. A used-up quota it does not ask again."""
        with self._lock():
            entry = self._read()
            has_quota = entry.refused_login is not None or not entry.refused_at_login
            if self._is_refused(entry, time.time()) and not has_quota:
                raise self._remembered(entry)
            return self._acquire(entry, unproven=1)

    def known(self) -> Token | None:
        """The token of the store, fresh or not."""
        return self._read().token

    def forget(self) -> bool:
        """Remove the token from the store; whether there was one. The server is not told."""
        with self._lock():
            entry = self._read()
            self._vault.remove(self._identity)
            return entry.token is not None

    def accepted(self) -> None:
        """An API took the held token: whoever is refused later may ask for new ones again."""
        self._grants = 0
        if self._held_is_accepted:
            return
        self._held_is_accepted = True
        if not self._is_news(self._read()):
            return
        with self._lock():
            entry = self._read()
            if self._is_news(entry):
                self._write(replace(entry, accepted=True, unproven=0, refused_until=0.0, refusal=None))

    def replace_refused(self, refusal: AuthenticationError) -> Token:
        """A token that was not refused yet, after an API refused the held one.

        Under the lock: the store's token if it is another one, else a new one. Waits a little before it gives up,
        since another process may be about to learn that the last new token is good after all.

        :param refusal: the error of whoever was refused, for when there is no better token.
        :raises AuthenticationError: that error, since new tokens are refused as well.
        """
        if self._held is not None:
            self._refused.add(self._held.fingerprint)
            self._held = None
        deadline = time.monotonic() + _PATIENCE
        while True:
            with self._lock():
                entry, now = self._read(), time.time()
                if entry.token is not None and self._usable(entry.token, now):
                    return self._hold(entry.token, STORED, entry.is_accepted)
                if self._is_refused(entry, now):
                    # Where it is the login that is refused, its own reason says more than the API's.
                    raise self._remembered(entry) if entry.refused_at_login else refusal
                # A token that was good before, and a refusal that is over, begin a new count.
                unproven = 0 if entry.accepted or entry.refused_until else entry.unproven
                if self._grants < _MOST_GRANTS and unproven < _MOST_GRANTS:
                    return self._acquire(entry, unproven + 1, may_refresh=entry.accepted or not entry.refreshed)
                if time.monotonic() > deadline:
                    # New tokens that only this request came too late for are no fault of the credential.
                    if unproven >= _MOST_GRANTS:
                        self._refuse(entry, refusal)
                    raise refusal
            time.sleep(random.uniform(0.05, 0.15))

    def _read(self) -> Entry:
        return Entry.from_document(self._vault.read(self._identity))

    def _write(self, entry: Entry) -> None:
        self._vault.write(self._identity, entry.as_document(), entry.life(time.time()))

    def _lock(self) -> AbstractContextManager[None]:
        # Its holder may have to refresh, fail, and log in.
        return self._vault.lock(self._identity, 2 * self._session.longest_exchange)

    def _usable(self, token: Token, now: float) -> bool:
        return token.is_fresh(self._min_ttl, now) and token.fingerprint not in self._refused

    def _is_news(self, entry: Entry) -> bool:
        if entry.token is None or self._held is None or entry.is_accepted:
            return False
        return entry.token.access_token == self._held.access_token

    def _is_refused(self, entry: Entry, now: float) -> bool:
        # What lies far ahead was written before the clock was set back; other controllers' clocks differ a little.
        lasts = now < entry.refused_until <= now + 2 * _REFUSAL_LIFE
        return lasts and entry.refused_login in (None, self._login)

    def _remembered(self, entry: Entry) -> AuthenticationError:
        """The error that another task, a moment ago, ended with."""
        refusal = entry.refusal or {"message": "The credential was refused."}
        if entry.refused_login is None or self._run is None:
            hint = f"{refusal.get('hint', '')} It was told a moment ago: try again in a minute.".lstrip()
            refusal = {**refusal, "hint": hint}
        return AuthenticationError(**refusal)

    def _hold(self, token: Token, source: str, is_accepted: bool) -> Token:
        self._session.secrets.register_tokens(token.access_token, token.refresh_token)
        self._held = token
        self._held_is_accepted = is_accepted
        usage = self._session.host.usage
        if source != STORED or usage.token is None:
            usage.token = source
        return token

    def _acquire(self, entry: Entry, unproven: int, may_refresh: bool = True) -> Token:
        """Refresh or log in, and write. The lock is held.

        Where a refreshed token was refused before any API took it, another refresh would end the same way.
        """
        self._grants += 1
        refresh_token = entry.token.refresh_token if entry.token and may_refresh else None
        token: Token | None = None
        if entry.token is not None and refresh_token is not None:
            # Spent before it is sent, whatever becomes of this process: a server that rotates refresh tokens takes a
            # second use for theft.
            entry = replace(entry, token=replace(entry.token, refresh_token=None))
            self._write(entry)
            token = self._refreshed(refresh_token)
        source = REFRESHED if token else GRANTED
        if token is None:
            token = self._logged_in(entry)
        self._write(Entry(token=token, unproven=unproven, refreshed=source == REFRESHED))
        return self._hold(token, source, is_accepted=False)

    def _refreshed(self, refresh_token: str) -> Token | None:
        self._session.secrets.register_tokens(refresh_token)
        try:
            return self._grant.refresh(self._session, refresh_token)
        except (ResponseError, LoginError, ExchangeError):
            # The password still stands, and it is the documented way.
            return None

    def _logged_in(self, entry: Entry) -> Token:
        try:
            return self._grant.obtain(self._session)
        except QuotaError as error:
            self._refuse(entry, error, of_login=True)
            raise
        except AuthenticationError as error:
            # A wrong password that every task of a run sends locks its account. The next run tries again at once: by
            # then somebody may have mended it.
            self._refuse(entry, error, of_login=True, login=self._login)
            raise

    def _refuse(
        self, entry: Entry, error: AuthenticationError, *, of_login: bool = False, login: str | None = None
    ) -> None:
        until = time.time() + _REFUSAL_LIFE
        entry = replace(entry, refused_until=until, refused_login=login, refused_at_login=of_login)
        self._write(replace(entry, refusal=error.as_data()))


def _login_of(grant: Grant, run: str | None) -> str:
    """Names one way to log in within one run of Ansible, and tells nothing of it."""
    return hashlib.sha256(repr((run, grant)).encode(errors="surrogatepass")).hexdigest()
