# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Stop using a remote store for a while after it fails."""

from __future__ import annotations

import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Protocol

from .._errors import StoreError
from .store import TokenStore

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .store import Cipher

# The seconds during which a store is not used after a failure.
_OPEN_SECONDS = 30.0


class RemoteStore(TokenStore, Protocol):
    """A store whose failures take time."""

    identity: dict[str, str | None]
    """What distinguishes it from other stores; may contain secrets."""


class CircuitBreaker:
    """A remote store that no process on this machine uses for a while after it failed.

    Each task of each host is a process, and would wait for an unavailable server again. So the first one that fails
    leaves a record in the fallback stores, and the others fail at once, with its reason: one warning for all.
    """

    def __init__(self, store: RemoteStore, notebooks: Sequence[TokenStore]) -> None:
        self.kind = store.kind
        self.fallback_note = store.fallback_note
        self._store = store
        self._notebooks = notebooks

    def open_cipher(self, secret_material: list[str | None]) -> Cipher:
        noted = self._find_recorded_failure()
        if noted is not None:
            raise noted
        return self._store.open_cipher(secret_material)

    def read(self, name: str) -> bytes | None:
        with self._record_failures():
            return self._store.read(name)

    def write(self, name: str, record: bytes, ttl: float) -> None:
        with self._record_failures():
            self._store.write(name, record, ttl)

    def remove(self, name: str) -> bool:
        with self._record_failures():
            return self._store.remove(name)

    @contextmanager
    def lock(self, name: str, timeout: float) -> Iterator[None]:
        lock = self._store.lock(name, timeout)
        with self._record_failures():
            lock.__enter__()
        try:
            yield
        finally:
            lock.__exit__(None, None, None)

    @contextmanager
    def _record_failures(self) -> Iterator[None]:
        try:
            yield
        except StoreError as error:
            noted = self._find_recorded_failure()
            if noted is None:
                self._record_failure(error)
                raise
            raise noted from None

    def _find_recorded_failure(self) -> StoreError | None:
        """The recorded reason of a recent failure, if any."""
        seal, name = self._record_key()
        for notebook in self._notebooks:
            with suppress(StoreError):
                sealed = notebook.read(name)
                note = seal.decrypt(name, sealed) if sealed else None
                # If the clock was set back, the record must not stay valid for longer.
                if note is not None and 0 < note["until"] - time.time() <= _OPEN_SECONDS:
                    return StoreError(**note["error"])
        return None

    def _record_failure(self, error: StoreError) -> None:
        seal, name = self._record_key()
        note = seal.encrypt(name, {"error": error.as_data(), "until": time.time() + _OPEN_SECONDS})
        for notebook in self._notebooks:
            with suppress(StoreError):
                notebook.write(name, note, _OPEN_SECONDS)
                return

    def _record_key(self) -> tuple[Cipher, str]:
        # One record for all credentials; other settings of the store have their own record.
        seal = self._store.open_cipher([])
        return seal, seal.record_name({"outage": "error", **self._store.identity})
