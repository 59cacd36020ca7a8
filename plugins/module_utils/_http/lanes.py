# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

from ansible_collections.greyops.rest.plugins.module_utils._errors import GreyopsError
from ansible_collections.greyops.rest.plugins.module_utils._http.host import Usage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ansible_collections.greyops.rest.plugins.module_utils._http.client import ApiClient
    from ansible_collections.greyops.rest.plugins.module_utils._http.host import Host

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


class _Lane:
    """The host of one thread: it counts for itself, and passes on what is for people."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self.usage = Usage()
        self.directories = host.directories

    def warn(self, message: str) -> None:
        self._host.warn(message)

    def progress(self, message: str) -> None:
        self._host.progress(message)


def in_lanes(
    open_client: Callable[[Host], ApiClient],
    host: Host,
    concurrency: int,
    items: Iterable[_Item],
    work: Callable[[ApiClient, _Item], _Result],
) -> list[_Result | GreyopsError]:
    """Work on items in several threads at once, each with a client of its own.

    :returns: for each item, in their order, what the work returned, or the error that it raised.
    """
    own = threading.local()
    lanes: list[_Lane] = []

    def do(item: _Item) -> Any:
        try:
            if not hasattr(own, "client"):
                lane = _Lane(host)
                lanes.append(lane)
                own.client = open_client(lane)
            return work(own.client, item)
        except GreyopsError as error:
            return error

    with ThreadPoolExecutor(max_workers=concurrency) as pool:
        results = list(pool.map(do, items))
    for lane in lanes:
        host.usage.add(lane.usage)
    return results
