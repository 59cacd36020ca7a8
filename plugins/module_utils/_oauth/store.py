# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Token stores: their interface, the store in memory, encryption for any store, and the rate limits in it."""

from __future__ import annotations

import math
import os
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from .._errors import LockTimeoutError, StoreError
from .encryption import NullCipher
from .tokens import CLOCK_TOLERANCE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager

    from .._context import Runtime


class Cipher(Protocol):
    """Names records and makes them unreadable to readers of the store."""

    def record_name(self, identity: dict[str, str | None]) -> str:
        """The name of the record, which reveals nothing."""

    def encrypt(self, name: str, document: Any) -> bytes:
        """Return the document as the store keeps it."""

    def decrypt(self, name: str, sealed: bytes) -> Any:
        """Return the document; None if it was not encrypted by this cipher under this name."""


class TokenStore(Protocol):
    """Stores encrypted records by name. Every method raises StoreError if the store cannot be used at all.

    ``kind`` is its name in results; ``fallback_note`` ends the sentence "Tokens are kept …".
    """

    kind: str
    fallback_note: str

    def open_cipher(self, secret_material: list[str | None]) -> Cipher:
        """Return the cipher that names and encrypts the records of one credential in this store."""

    def read(self, name: str) -> bytes | None:
        """Return a complete record, or None: broken, foreign or unreadable records count as missing."""

    def write(self, name: str, record: bytes, ttl: float) -> None:
        """Store a record for ``ttl`` seconds, completely or not at all."""

    def remove(self, name: str) -> bool:
        """Remove a record; return whether there was one."""

    def lock(self, name: str, timeout: float) -> AbstractContextManager[None]:
        """Hold the lock of a record, exclusively among all users of this store.

        :raises LockTimeoutError: it was not released within ``timeout`` seconds.
        """


_records: dict[tuple[int, str], bytes] = {}
_locks: dict[tuple[int, str], threading.Lock] = {}


class MemoryStore:
    """Keeps records only in this process: only the items of one loop share a token.

    The process id is part of every name, so a worker does not use the records of its parent.
    """

    kind = "none"
    fallback_note = "within one task only, so more logins are needed"

    def open_cipher(self, secret_material: list[str | None]) -> NullCipher:
        return NullCipher(secret_material)

    def read(self, name: str) -> bytes | None:
        return _records.get((os.getpid(), name))

    def write(self, name: str, record: bytes, ttl: float) -> None:
        _records[os.getpid(), name] = record

    def remove(self, name: str) -> bool:
        return _records.pop((os.getpid(), name), None) is not None

    @contextmanager
    def lock(self, name: str, timeout: float) -> Iterator[None]:
        lock = _locks.setdefault((os.getpid(), name), threading.Lock())
        if not lock.acquire(timeout=timeout):
            raise LockTimeoutError(f"Another thread has held a token's lock for more than {timeout:.0f} s.")
        try:
            yield
        finally:
            lock.release()


_Result = TypeVar("_Result")


@dataclass(frozen=True)
class _OpenStore:
    store: TokenStore
    seal: Cipher


class EncryptedStore:
    """The encrypted documents of one credential, in the first of several stores that can be used."""

    def __init__(self, secret_material: list[str | None], stores: Sequence[TokenStore], runtime: Runtime) -> None:
        self._secret_material = secret_material
        self._stores = list(stores)
        self._runtime = runtime
        self._known: _OpenStore | None = None

    @property
    def kind(self) -> str:
        """The store in use, as results name it."""
        return self._use(lambda opened: opened.store.kind)

    def read(self, identity: dict[str, str | None]) -> Any:
        """Return the document of an identity; None if there is none, or if it cannot be read."""

        def read(opened: _OpenStore) -> Any:
            name = opened.seal.record_name(identity)
            sealed = opened.store.read(name)
            return opened.seal.decrypt(name, sealed) if sealed else None

        return self._use(read)

    def write(self, identity: dict[str, str | None], document: Any, ttl: float) -> None:
        """Store a document for ``ttl`` seconds."""

        def write(opened: _OpenStore) -> None:
            name = opened.seal.record_name(identity)
            opened.store.write(name, opened.seal.encrypt(name, document), ttl)

        self._use(write)

    def remove(self, identity: dict[str, str | None]) -> bool:
        """Remove a document; return whether there was one."""
        return self._use(lambda opened: opened.store.remove(opened.seal.record_name(identity)))

    @contextmanager
    def lock(self, identity: dict[str, str | None], timeout: float) -> Iterator[None]:
        """Lock an identity, exclusively among all users of the store.

        :raises LockTimeoutError: it was not released within ``timeout`` seconds.
        """

        def enter(opened: _OpenStore) -> AbstractContextManager[None]:
            lock = opened.store.lock(opened.seal.record_name(identity), timeout)
            lock.__enter__()
            return lock

        lock = self._use(enter)
        try:
            yield
        finally:
            lock.__exit__(None, None, None)

    def _use(self, action: Callable[[_OpenStore], _Result]) -> _Result:
        while True:
            try:
                return action(self._open())
            except StoreError as error:
                if len(self._stores) == 1:
                    raise
                del self._stores[0]
                self._known = None
                self._runtime.warn(
                    f"A token store cannot be used: {error.msg} Tokens are kept "
                    f"{self._stores[0].fallback_note} instead."
                )

    def _open(self) -> _OpenStore:
        if self._known is None:
            store = self._stores[0]
            self._known = _OpenStore(store, store.open_cipher(self._secret_material))
        return self._known


class SharedRateLimits:
    """Rate limits stored beside the token, so that all forks and all controllers of the store respect them."""

    def __init__(self, store: EncryptedStore) -> None:
        self._store = store

    def retry_at(self, server: str) -> float:
        message = self._store.read(_build_identity(server))
        if (
            not isinstance(message, list)
            or not all(isinstance(moment, float) for moment in message)
            or len(message) != 2
        ):
            return 0.0
        at, until = message
        # The time is in the future: the clock was set back meanwhile, so the remaining wait is unknown.
        return until if math.isfinite(until) and at <= time.time() + CLOCK_TOLERANCE else 0.0

    def set_retry_at(self, server: str, until: float) -> None:
        # Without a lock: the latest response is the most accurate, and the server repeats a limit that was lost.
        now = time.time()
        self._store.write(_build_identity(server), [now, until], until - now)


def _build_identity(server: str) -> dict[str, str | None]:
    return {"cooldown": server}
