# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def addresses_of(name: str, port: int, family: int = 0) -> list[str]:
    """Where a name leads to, in the order in which it is to be tried.

    :raises OSError, UnicodeError: nowhere.
    """
    found = socket.getaddrinfo(name, port, family, socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_others, address in found))


def turns(addresses: Sequence[str], seconds: float) -> Iterator[tuple[str, float]]:
    """One address after the other, each with its share of what is left of the time for all of them."""
    end = time.monotonic() + seconds
    for left in range(len(addresses), 0, -1):
        yield addresses[-left], max(0.01, (end - time.monotonic()) / left)
