# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

from ansible_collections.greyops.rest.plugins.module_utils._oauth.tokens import CLOCK_TOLERANCE

if TYPE_CHECKING:
    from ansible_collections.greyops.rest.plugins.module_utils._oauth.vault import Vault


class StoredCooldowns:
    """Cool-downs beside the token, so that every fork and every controller of the store keeps them."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def until(self, server: str) -> float:
        told = self._vault.read(_identity(server))
        if not isinstance(told, list) or not all(isinstance(moment, float) for moment in told) or len(told) != 2:
            return 0.0
        at, until = told
        # Told in the future: the clock was set back meanwhile, and nobody knows how much of the wait is over.
        return until if math.isfinite(until) and at <= time.time() + CLOCK_TOLERANCE else 0.0

    def postpone(self, server: str, until: float) -> None:
        # Without a lock: whoever asked last knows best, and a lost one is told again by the server.
        now = time.time()
        self._vault.write(_identity(server), [now, until], until - now)


def _identity(server: str) -> dict[str, str | None]:
    return {"cooldown": server}
