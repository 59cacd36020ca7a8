# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import os
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ansible_collections.greyops.rest.plugins.module_utils._errors import (
    LockTimeoutError,
    MissingLibraryError,
    OptionError,
    StoreError,
)
from ansible_collections.greyops.rest.plugins.module_utils._oauth.sealing import FORMAT_VERSION, Seal

if TYPE_CHECKING:
    from collections.abc import Iterator

_PREFIX = f"greyops.rest:{FORMAT_VERSION}:"
# A Redis that answers more slowly than this costs more than it saves. Seconds.
_SLOWEST_ANSWER = 2.0
# The lock of a controller that died is free after this many seconds; a living one renews it.
_LOCK_LIFE = 30.0
_LOCK_PAUSE = 0.02


def _library() -> Any:
    """The redis library, which only users of this store need."""
    try:
        import redis
    except ImportError as error:
        raise MissingLibraryError(
            f"token_store=redis needs the Python library redis, which is missing on this host ({error}). "
            "Install it for the Python that runs this task: python -m pip install redis."
        ) from None
    return redis


if os.environ.get("GREYOPS_TOKEN_STORE") == "redis":
    # Before Ansible forks its workers: each would have to read the library by itself.
    with suppress(MissingLibraryError):  # is told when the store is opened
        _library()


class RedisStore:
    """Records in Redis, shared by every controller that has its address and the store's key."""

    kind = "redis"
    reach = "in Redis"

    def __init__(self, url: str, key: str) -> None:
        self._url = url
        self._key = key.encode()
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            host, port = None, None
        if not host and not url.startswith("unix://"):
            raise OptionError(
                "token_store_url is no address of a Redis: give it as redis://:PASSWORD@HOST:PORT/DATABASE, with what "
                "is special in the password percent-encoded."
            )
        # Nothing else of the URL is shown: its password may be where it does not belong.
        self._address = f"Redis at {host or 'a socket'}{f':{port}' if port else ''}"

    def seal(self, secret_material: list[str | None]) -> Seal:
        return Seal(self._key, secret_material)

    def read(self, name: str) -> bytes | None:
        with self._opened() as client:
            record = client.get(_PREFIX + name)
        return record if isinstance(record, bytes) else None

    def write(self, name: str, record: bytes, life: float) -> None:
        with self._opened() as client:
            client.set(_PREFIX + name, record, px=max(1, int(life * 1000)))

    def remove(self, name: str) -> bool:
        with self._opened() as client:
            return bool(client.delete(_PREFIX + name))

    @contextmanager
    def lock(self, name: str, timeout: float) -> Iterator[None]:
        with self._opened() as client:
            lock = client.lock(
                f"{_PREFIX}{name}:lock",
                timeout=_LOCK_LIFE,
                blocking_timeout=timeout,
                sleep=_LOCK_PAUSE,
                thread_local=False,
            )
            taken = lock.acquire()
        if not taken:
            raise LockTimeoutError(
                f"Another controller has held a token's lock in {self._address} for more than {timeout:.0f} s. "
                "Look for one that hangs."
            )
        done = threading.Event()
        renewal = threading.Thread(target=_renew, args=(lock, done), daemon=True)
        renewal.start()
        try:
            yield
        finally:
            done.set()
            renewal.join()
            _release(lock)

    @contextmanager
    def _opened(self) -> Iterator[Any]:
        library = _library()
        try:
            yield _client(library, self._url)
        except (library.RedisError, OSError, ValueError) as error:
            # The library's own text may hold the URL.
            raise StoreError(f"{self._address}: {type(error).__name__}") from None


_clients: dict[tuple[int, str], Any] = {}


def _client(library: Any, url: str) -> Any:
    # A forked worker must not speak on its parent's socket, hence the process in the key.
    key = (os.getpid(), url)
    if key not in _clients:
        _clients[key] = library.Redis.from_url(
            url, socket_timeout=_SLOWEST_ANSWER, socket_connect_timeout=_SLOWEST_ANSWER
        )
    return _clients[key]


def _renew(lock: Any, done: threading.Event) -> None:
    while not done.wait(_LOCK_LIFE / 3):
        try:
            lock.reacquire()
        except Exception:
            return


def _release(lock: Any) -> None:
    """Only by its owner: the library compares before it deletes."""
    try:
        lock.release()
    except Exception:
        return
