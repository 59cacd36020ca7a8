# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from contextlib import AbstractContextManager


class Sealing(Protocol):
    """Names records and makes them unreadable to whoever reads the store."""

    def name_of(self, identity: dict[str, str | None]) -> str:
        """The record's name, which tells nothing."""

    def close(self, name: str, document: Any) -> bytes:
        """The document as the store keeps it."""

    def open(self, name: str, sealed: bytes) -> Any:
        """The document; None for what was not sealed here under this name."""


class TokenStore(Protocol):
    """Keeps sealed records by name. Every method raises StoreError when the store cannot be used at all.

    ``kind`` is what results call it; ``reach`` ends the sentence "Tokens are kept …".
    """

    kind: str
    reach: str

    def seal(self, secret_material: list[str | None]) -> Sealing:
        """What names and seals the records of one credential in this store."""

    def read(self, name: str) -> bytes | None:
        """A whole record, or None: whatever is broken, foreign or unreadable is a miss."""

    def write(self, name: str, record: bytes, life: float) -> None:
        """Keep a record for ``life`` seconds, wholly or not at all."""

    def remove(self, name: str) -> bool:
        """Forget a record; whether there was one."""

    def lock(self, name: str, timeout: float) -> AbstractContextManager[None]:
        """Hold the record's lock, alone among all who use this store.

        :raises LockTimeoutError: it was not free within ``timeout`` seconds.
        """
