# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import threading
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

from ansible_collections.greyops.rest.plugins.module_utils._errors import GreyopsError
from ansible_collections.greyops.rest.plugins.module_utils._http.host import Usage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ansible_collections.greyops.rest.plugins.module_utils._http.host import Host

_Client = TypeVar("_Client")
_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


class _Lane:
    """The host of one thread: it counts for itself, and passes on what is for people."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self.usage = Usage()
        self.directories = host.directories
        self.secrets = host.secrets

    def warn(self, message: str) -> None:
        self._host.warn(message)

    def progress(self, message: str) -> None:
        self._host.progress(message)


class Lanes:
    """Several threads, each with a client of its own, for work on one item after the other.

    Use it as a context manager: at its end the host has counted what the threads asked.
    """

    def __init__(self, open_client: Callable[[Host], _Client], host: Host, concurrency: int) -> None:
        self._open_client = open_client
        self._host = host
        self._concurrency = concurrency
        self._pool = ThreadPoolExecutor(max_workers=concurrency)
        self._own = threading.local()
        self._lanes: list[_Lane] = []

    def __enter__(self) -> Lanes:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._pool.shutdown(cancel_futures=True)
        for lane in self._lanes:
            self._host.usage.add(lane.usage)

    def results(
        self, items: Iterable[_Item], work: Callable[[Any, _Item], _Result]
    ) -> Iterator[tuple[_Item, _Result | GreyopsError]]:
        """Each item, in their order, with what the work returned, or the error that it raised.

        Of the items no more are taken than there is room for, so that they may be made while others are worked on.
        """
        waiting: deque[tuple[_Item, Future[Any]]] = deque()
        for item in items:
            waiting.append((item, self._pool.submit(self._do, work, item)))
            if len(waiting) > 2 * self._concurrency:
                first, future = waiting.popleft()
                yield first, future.result()
        while waiting:
            first, future = waiting.popleft()
            yield first, future.result()

    def _do(self, work: Callable[[Any, _Item], Any], item: _Item) -> Any:
        try:
            if not hasattr(self._own, "client"):
                lane = _Lane(self._host)
                self._lanes.append(lane)
                self._own.client = self._open_client(lane)
            return work(self._own.client, item)
        except GreyopsError as error:
            return error


def in_lanes(
    open_client: Callable[[Host], _Client],
    host: Host,
    concurrency: int,
    items: Iterable[_Item],
    work: Callable[[_Client, _Item], _Result],
) -> list[_Result | GreyopsError]:
    """Work on items in several threads at once, each with a client of its own.

    :returns: for each item, in their order, what the work returned, or the error that it raised.
    """
    with Lanes(open_client, host, concurrency) as lanes:
        return [result for _item, result in lanes.results(items, work)]
