# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Protocol

from ansible_collections.greyops.rest.plugins.module_utils._errors import StoreError
from ansible_collections.greyops.rest.plugins.module_utils._oauth.store import TokenStore

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ansible_collections.greyops.rest.plugins.module_utils._oauth.store import Sealing

# A store that failed is left alone for so many seconds.
_REST = 30.0


class RemoteStore(TokenStore, Protocol):
    """A store that takes its time to fail."""

    identity: dict[str, str | None]
    """What makes it another store than any other; may hold secrets."""


class Breaker:
    """A remote store that nobody on this machine asks again for a while after it failed.

    Each task of each host is a process, and would wait for a dead server anew. So the first one that waited in
    vain leaves a note in the stores that stand in, and the others fail at once, with its reason: one warning for all.
    """

    def __init__(self, store: RemoteStore, notebooks: Sequence[TokenStore]) -> None:
        self.kind = store.kind
        self.reach = store.reach
        self._store = store
        self._notebooks = notebooks

    def seal(self, secret_material: list[str | None]) -> Sealing:
        noted = self._noted()
        if noted is not None:
            raise noted
        return self._store.seal(secret_material)

    def read(self, name: str) -> bytes | None:
        with self._noting():
            return self._store.read(name)

    def write(self, name: str, record: bytes, life: float) -> None:
        with self._noting():
            self._store.write(name, record, life)

    def remove(self, name: str) -> bool:
        with self._noting():
            return self._store.remove(name)

    @contextmanager
    def lock(self, name: str, timeout: float) -> Iterator[None]:
        lock = self._store.lock(name, timeout)
        with self._noting():
            lock.__enter__()
        try:
            yield
        finally:
            lock.__exit__(None, None, None)

    @contextmanager
    def _noting(self) -> Iterator[None]:
        try:
            yield
        except StoreError as error:
            noted = self._noted()
            if noted is None:
                self._note(error)
                raise
            raise noted from None

    def _noted(self) -> StoreError | None:
        """Why the store failed a moment ago, if somebody noted that."""
        seal, name = self._page()
        for notebook in self._notebooks:
            with suppress(StoreError):
                sealed = notebook.read(name)
                note = seal.open(name, sealed) if sealed else None
                # A clock that was set back must not make it last.
                if note is not None and 0 < note["until"] - time.time() <= _REST:
                    return StoreError(**note["error"])
        return None

    def _note(self, error: StoreError) -> None:
        seal, name = self._page()
        note = seal.close(name, {"error": error.as_data(), "until": time.time() + _REST})
        for notebook in self._notebooks:
            with suppress(StoreError):
                notebook.write(name, note, _REST)
                return

    def _page(self) -> tuple[Sealing, str]:
        # One note for all credentials; other settings of the store have another.
        seal = self._store.seal([])
        return seal, seal.name_of({"outage": "error", **self._store.identity})
