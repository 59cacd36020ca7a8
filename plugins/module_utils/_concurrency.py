# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Run work in threads, each with its own client."""

from __future__ import annotations

import threading
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

from ._errors import GreyopsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ._context import Context

_Client = TypeVar("_Client")
_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


_MAX_CONCURRENCY = 100


def validate_concurrency(value: int) -> list[str]:
    """Validate the option concurrency."""
    return [] if 1 <= value <= _MAX_CONCURRENCY else [f"concurrency must be a number from 1 to {_MAX_CONCURRENCY}"]


class ClientPool:
    """Several threads, each with its own client, which process items concurrently.

    Use it as a context manager: at its end the requests of the threads are added to the counters of the task.
    """

    def __init__(self, open_client: Callable[[Context], _Client], context: Context, concurrency: int) -> None:
        self._open_client = open_client
        self._context = context
        self._concurrency = concurrency
        self._executor = ThreadPoolExecutor(max_workers=concurrency)
        self._local = threading.local()
        self._contexts: list[Context] = []

    def __enter__(self) -> ClientPool:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._executor.shutdown(cancel_futures=True)
        for context in self._contexts:
            self._context.runtime.stats.add(context.runtime.stats)

    def map(
        self, items: Iterable[_Item], work: Callable[[Any, _Item], _Result]
    ) -> Iterator[tuple[_Item, _Result | GreyopsError]]:
        """Return each item, in order, with the result of the work or the error that it raised.

        Items are taken only when a thread is available, so a generator can create them while others are processed.
        """
        waiting: deque[tuple[_Item, Future[Any]]] = deque()
        for item in items:
            waiting.append((item, self._executor.submit(self._work, work, item)))
            if len(waiting) > 2 * self._concurrency:
                first, future = waiting.popleft()
                yield first, future.result()
        while waiting:
            first, future = waiting.popleft()
            yield first, future.result()

    def _work(self, work: Callable[[Any, _Item], Any], item: _Item) -> Any:
        try:
            if not hasattr(self._local, "client"):
                context = self._context.in_thread()
                self._contexts.append(context)
                self._local.client = self._open_client(context)
            return work(self._local.client, item)
        except GreyopsError as error:
            return error


def map_concurrently(
    open_client: Callable[[Context], _Client],
    context: Context,
    concurrency: int,
    items: Iterable[_Item],
    work: Callable[[_Client, _Item], _Result],
) -> list[_Result | GreyopsError]:
    """Process items in several threads, each with its own client.

    :returns: for each item, in order, the result of the work or the error that it raised.
    """
    with ClientPool(open_client, context, concurrency) as pool:
        return [result for _item, result in pool.map(items, work)]
