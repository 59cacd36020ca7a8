# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Provide tokens from the store, by refreshing, or by a grant, and authenticate requests with them."""

from __future__ import annotations

import hashlib
import random
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from .._errors import (
    AuthenticationError,
    HTTPStatusError,
    LoginError,
    QuotaError,
    RequestError,
)
from .._http.auth import Auth
from .tokens import TokenRecord

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from .._http.client import HttpClient
    from .._http.response import Response
    from .grants import Grant
    from .store import EncryptedStore
    from .tokens import Token

STORED = "stored"
GRANTED = "granted"
REFRESHED = "refreshed"

# Two grants of one request, and two tokens in a row that were not accepted, are enough to be sure.
_MAX_GRANTS = 2
_REFUSAL_LIFE = 60.0
# How long to wait for another process to have a new token accepted, before the credential counts as rejected.
_CONFIRMATION_WAIT = 2.0


class TokenProvider:
    """The token of one credential: from the store, or from one grant for all concurrent callers."""

    def __init__(self, grant: Grant, store: EncryptedStore, http: HttpClient, min_ttl: float) -> None:
        self._grant = grant
        self._http = http
        self._min_ttl = min_ttl
        self._store = store
        self._identity = grant.identity()
        self._run = http.runtime.directories.run
        self._login = _fingerprint_login(grant, self._run)
        self._cached: Token | None = None
        self._cached_is_accepted = False
        self._rejected: set[str] = set()
        self._grants = 0

    @property
    def store_kind(self) -> str:
        return self._store.kind

    def get_token(self) -> Token:
        """Return a token to use now: read the store, lock, read again, log in, write."""
        now = time.time()
        if self._cached is not None and self._is_usable(self._cached, now):
            return self._cached
        record = self._read()
        if record.token is not None and self._is_usable(record.token, now):
            return self._cache(record.token, STORED, record.is_accepted)
        with self._lock():
            record, now = self._read(), time.time()
            if record.token is not None and self._is_usable(record.token, now):
                return self._cache(record.token, STORED, record.is_accepted)
            if self._is_blocked(record, now):
                raise self._build_recorded_error(record)
            return self._acquire(record, unproven=1)

    def renew(self) -> Token:
        """Get a new token, regardless of the stored token and of rejections. A used-up quota is not requested again."""
        with self._lock():
            record = self._read()
            has_quota = record.refused_login is not None or not record.refused_at_login
            if self._is_blocked(record, time.time()) and not has_quota:
                raise self._build_recorded_error(record)
            return self._acquire(record, unproven=1)

    def peek(self) -> Token | None:
        """The token in the store, even if it is not fresh."""
        return self._read().token

    def delete(self) -> bool:
        """Remove the token from the store; return whether there was one. The server is not notified."""
        with self._lock():
            record = self._read()
            self._store.remove(self._identity)
            return record.token is not None

    def mark_accepted(self) -> None:
        """Record that an API accepted the current token, so that new ones may be requested after a later rejection."""
        self._grants = 0
        if self._cached_is_accepted:
            return
        self._cached_is_accepted = True
        if not self._needs_confirmation(self._read()):
            return
        with self._lock():
            record = self._read()
            if self._needs_confirmation(record):
                self._write(replace(record, accepted=True, unproven=0, refused_until=0.0, refusal=None))

    def replace_rejected(self, rejection: AuthenticationError) -> Token:
        """Return a token that was not rejected yet, after an API rejected the current one.

        Under the lock: the token in the store if it is another one, else a new one. Waits a little before it fails,
        since another process may be about to find that the last new token is accepted.

        :param rejection: the error of the rejected request, which is raised if there is no better token.
        :raises AuthenticationError: that error, since new tokens are rejected as well.
        """
        if self._cached is not None:
            self._rejected.add(self._cached.fingerprint)
            self._cached = None
        deadline = time.monotonic() + _CONFIRMATION_WAIT
        while True:
            with self._lock():
                record, now = self._read(), time.time()
                if record.token is not None and self._is_usable(record.token, now):
                    return self._cache(record.token, STORED, record.is_accepted)
                if self._is_blocked(record, now):
                    # If the login is rejected, its own reason says more than the API's.
                    raise self._build_recorded_error(record) if record.refused_at_login else rejection
                # A token that was accepted before, and a rejection that has expired, start a new count.
                unproven = 0 if record.accepted or record.refused_until else record.unproven
                if self._grants < _MAX_GRANTS and unproven < _MAX_GRANTS:
                    return self._acquire(record, unproven + 1, may_refresh=record.accepted or not record.refreshed)
                if time.monotonic() > deadline:
                    # New tokens that only this request did not get in time do not mean that the credential is wrong.
                    if unproven >= _MAX_GRANTS:
                        self._record_rejection(record, rejection)
                    raise rejection
            time.sleep(random.uniform(0.05, 0.15))

    def _read(self) -> TokenRecord:
        return TokenRecord.from_document(self._store.read(self._identity))

    def _write(self, record: TokenRecord) -> None:
        self._store.write(self._identity, record.as_document(), record.get_ttl(time.time()))

    def _lock(self) -> AbstractContextManager[None]:
        # The holder of the lock may have to refresh, fail, and log in.
        return self._store.lock(self._identity, 2 * self._http.max_exchange)

    def _is_usable(self, token: Token, now: float) -> bool:
        return token.is_fresh(self._min_ttl, now) and token.fingerprint not in self._rejected

    def _needs_confirmation(self, record: TokenRecord) -> bool:
        if record.token is None or self._cached is None or record.is_accepted:
            return False
        return record.token.access_token == self._cached.access_token

    def _is_blocked(self, record: TokenRecord, now: float) -> bool:
        # A time far ahead was written before the clock was set back; clocks of other controllers differ a little.
        lasts = now < record.refused_until <= now + 2 * _REFUSAL_LIFE
        return lasts and record.refused_login in (None, self._login)

    def _build_recorded_error(self, record: TokenRecord) -> AuthenticationError:
        """The error of another task that failed a moment ago."""
        refusal = record.refusal or {"message": "The credential was refused."}
        if record.refused_login is None or self._run is None:
            hint = f"{refusal.get('hint', '')} It was rejected a moment ago: try again in a minute.".lstrip()
            refusal = {**refusal, "hint": hint}
        return AuthenticationError(**refusal)

    def _cache(self, token: Token, source: str, is_accepted: bool) -> Token:
        self._http.secrets.register_tokens(token.access_token, token.refresh_token)
        self._cached = token
        self._cached_is_accepted = is_accepted
        stats = self._http.runtime.stats
        if source != STORED or stats.token is None:
            stats.token = source
        return token

    def _acquire(self, record: TokenRecord, unproven: int, may_refresh: bool = True) -> Token:
        """Refresh or log in, and write. The lock is held.

        If a refreshed token was rejected before any API accepted it, another refresh would have the same result.
        """
        self._grants += 1
        refresh_token = record.token.refresh_token if record.token and may_refresh else None
        token: Token | None = None
        if record.token is not None and refresh_token is not None:
            # Marked as used before it is sent, even if this process dies: a server that rotates refresh tokens treats a
            # second use as theft.
            record = replace(record, token=replace(record.token, refresh_token=None))
            self._write(record)
            token = self._refresh(refresh_token)
        source = REFRESHED if token else GRANTED
        if token is None:
            token = self._log_in(record)
        self._write(TokenRecord(token=token, unproven=unproven, refreshed=source == REFRESHED))
        return self._cache(token, source, is_accepted=False)

    def _refresh(self, refresh_token: str) -> Token | None:
        self._http.secrets.register_tokens(refresh_token)
        try:
            return self._grant.refresh(self._http, refresh_token)
        except (HTTPStatusError, LoginError, RequestError):
            # The password is still valid, and is the documented grant.
            return None

    def _log_in(self, record: TokenRecord) -> Token:
        try:
            return self._grant.fetch_token(self._http)
        except QuotaError as error:
            self._record_rejection(record, error, of_login=True)
            raise
        except AuthenticationError as error:
            # If every task of a run sends a wrong password, the account is locked. The next run tries again at once,
            # since the password may have been corrected.
            self._record_rejection(record, error, of_login=True, login=self._login)
            raise

    def _record_rejection(
        self, record: TokenRecord, error: AuthenticationError, *, of_login: bool = False, login: str | None = None
    ) -> None:
        until = time.time() + _REFUSAL_LIFE
        record = replace(record, refused_until=until, refused_login=login, refused_at_login=of_login)
        self._write(replace(record, refusal=error.as_data()))


def _fingerprint_login(grant: Grant, run: str | None) -> str:
    """A name for one login within one run of Ansible, which reveals nothing about it."""
    return hashlib.sha256(repr((run, grant)).encode(errors="surrogatepass")).hexdigest()


class BearerAuth(Auth):
    """Adds the provider's token to every request (RFC 6750), and another one after a 401."""

    def __init__(self, provider: TokenProvider, http: HttpClient) -> None:
        self._provider = provider
        self._http = http

    def authenticate(self) -> dict[str, str]:
        return {"Authorization": self._provider.get_token().authorization}

    def on_success(self) -> None:
        self._provider.mark_accepted()

    def on_unauthorized(self, response: Response) -> bool:
        hint = (
            "New tokens are refused as well, so no more are asked for in the next minute. "
            "Check that the credential belongs to this API, and that its scope was not narrowed."
        )
        self._provider.replace_rejected(self._http.describe_failure(AuthenticationError, response, hint))
        return True
