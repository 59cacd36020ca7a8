# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import os
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ansible_collections.greyops.rest.plugins.module_utils._errors import LockTimeoutError
from ansible_collections.greyops.rest.plugins.module_utils._oauth.sealing import Unsealed

if TYPE_CHECKING:
    from collections.abc import Iterator

_records: dict[tuple[int, str], bytes] = {}
_locks: dict[tuple[int, str], threading.Lock] = {}


class MemoryStore:
    """Keeps nothing beyond this process: the items of one loop share a token, and nobody else does.

    The process is part of every name, so a worker does not go on with what its parent knew.
    """

    kind = "none"
    reach = "within one task only, so more logins are needed"

    def seal(self, secret_material: list[str | None]) -> Unsealed:
        return Unsealed(secret_material)

    def read(self, name: str) -> bytes | None:
        return _records.get((os.getpid(), name))

    def write(self, name: str, record: bytes, life: float) -> None:
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
