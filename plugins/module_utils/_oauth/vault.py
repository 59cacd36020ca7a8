# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from ansible_collections.greyops.rest.plugins.module_utils._errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager

    from ansible_collections.greyops.rest.plugins.module_utils._http.host import Host
    from ansible_collections.greyops.rest.plugins.module_utils._oauth.store import Sealing, TokenStore


_Result = TypeVar("_Result")


@dataclass(frozen=True)
class _Opened:
    store: TokenStore
    seal: Sealing


class Vault:
    """The sealed documents of one credential, in the first of several stores that can be used."""

    def __init__(self, secret_material: list[str | None], stores: Sequence[TokenStore], host: Host) -> None:
        self._secret_material = secret_material
        self._stores = list(stores)
        self._host = host
        self._known: _Opened | None = None

    @property
    def kind(self) -> str:
        """The store in use, as results call it."""
        return self._use(lambda opened: opened.store.kind)

    def read(self, identity: dict[str, str | None]) -> Any:
        """The document of an identity; None if there is none that can be read."""

        def read(opened: _Opened) -> Any:
            name = opened.seal.name_of(identity)
            sealed = opened.store.read(name)
            return opened.seal.open(name, sealed) if sealed else None

        return self._use(read)

    def write(self, identity: dict[str, str | None], document: Any, life: float) -> None:
        """Keep a document for ``life`` seconds."""

        def write(opened: _Opened) -> None:
            name = opened.seal.name_of(identity)
            opened.store.write(name, opened.seal.close(name, document), life)

        self._use(write)

    def remove(self, identity: dict[str, str | None]) -> bool:
        """Forget a document; whether there was one."""
        return self._use(lambda opened: opened.store.remove(opened.seal.name_of(identity)))

    @contextmanager
    def lock(self, identity: dict[str, str | None], timeout: float) -> Iterator[None]:
        """Alone with an identity, among all who use the store.

        :raises LockTimeoutError: it was not free within ``timeout`` seconds.
        """

        def enter(opened: _Opened) -> AbstractContextManager[None]:
            lock = opened.store.lock(opened.seal.name_of(identity), timeout)
            lock.__enter__()
            return lock

        lock = self._use(enter)
        try:
            yield
        finally:
            lock.__exit__(None, None, None)

    def _use(self, action: Callable[[_Opened], _Result]) -> _Result:
        while True:
            try:
                return action(self._open())
            except StoreError as error:
                if len(self._stores) == 1:
                    raise
                del self._stores[0]
                self._known = None
                self._host.warn(
                    f"A token store cannot be used: {error.msg} Tokens are kept {self._stores[0].reach} instead."
                )

    def _open(self) -> _Opened:
        if self._known is None:
            store = self._stores[0]
            self._known = _Opened(store, store.seal(self._secret_material))
        return self._known
