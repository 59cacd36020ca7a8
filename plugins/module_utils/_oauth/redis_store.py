# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import os
import random
import ssl
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from ansible_collections.greyops.rest.plugins.module_utils._errors import (
    LockTimeoutError,
    MissingLibraryError,
    OptionError,
    StoreError,
)
from ansible_collections.greyops.rest.plugins.module_utils._http.key_files import require_no_passphrase
from ansible_collections.greyops.rest.plugins.module_utils._http.urls import is_plain, place
from ansible_collections.greyops.rest.plugins.module_utils._oauth.sealing import FORMAT_VERSION, Seal
from ansible_collections.greyops.rest.plugins.module_utils._secrets import encoded

if TYPE_CHECKING:
    from collections.abc import Iterator

_PREFIX = f"greyops.rest:{FORMAT_VERSION}:"
# A Redis that answers more slowly than this costs more than it saves. Seconds.
_SLOWEST_ANSWER = 2.0
# The lock of a controller that died is free after this many seconds; a living one renews it.
_LOCK_LIFE = 10.0
_LONGEST_PAUSE = 0.1
_AUTHORITIES = {"ssl_ca_certs", "ssl_ca_path", "ssl_ca_data"}
_CERTIFICATES = {"ssl_certfile", "ssl_keyfile"}
# What a URL may say behind its question mark. All else, which the library hands on as it is, could take away from what
# is checked and from what keeps a dead server cheap.
_PARAMETERS = _AUTHORITIES | _CERTIFICATES | {"db", "ssl_cert_reqs", "ssl_password", "client_name"}
# How a connection ends is a matter of chance when a server dies or shuts somebody out, and a warning shall not be.
_CHANCE = (ConnectionError, TimeoutError, ssl.SSLError)


def _library() -> Any:
    """The redis library, which only users of this store need."""
    try:
        import redis
    except ImportError as error:
        raise MissingLibraryError(
            f"token_store=redis needs the Python library redis, which is missing on this host ({error}).",
            hint="Install it for the Python that runs this task: python -m pip install redis.",
        ) from None
    return redis


if os.environ.get("GREYOPS_TOKEN_STORE") == "redis":
    # Before Ansible forks its workers: each would have to read the library by itself.
    with suppress(MissingLibraryError):  # is told when the store is opened
        _library()


class RedisStore:
    """Records in Redis, shared by every controller that has its address and the store's key.

    The URL may name certificates itself; ``ca_path``, ``client_cert`` and ``client_key`` are for one that does not.
    """

    kind = "redis"
    reach = "in Redis"

    def __init__(
        self,
        url: str,
        key: str,
        ca_path: str | None = None,
        client_cert: str | None = None,
        client_key: str | None = None,
    ) -> None:
        self._url = url
        self._key = encoded(key)
        try:
            parts = urlsplit(url)
            host, port = None, None
            if parts.netloc and is_plain(url):
                host, port = place(parts.netloc.rpartition("@")[2], short_addresses=True)
            parameters = parse_qs(parts.query, keep_blank_values=True)
        except ValueError:
            host, port, parameters = None, None, {}
        # Nothing else of the URL is shown: its password may be where it does not belong.
        self._address = f"Redis at {host or 'a socket'}{f':{port}' if port else ''}"
        is_socket = url.startswith("unix://") and is_plain(url)
        if not (host and url.startswith(("redis://", "rediss://"))) and not is_socket:
            raise OptionError(
                "token_store_url is no address of a Redis.",
                hint="Give it as redis://:PASSWORD@HOST:PORT/DATABASE, or rediss:// for TLS, with what is special in "
                "the password percent-encoded.",
            )
        if parameters.get("ssl_cert_reqs", ["required"]) != ["required"]:
            raise OptionError(
                f"token_store_url switches the check of certificates off ({self._address}).",
                hint="Name the authority to trust in ssl_ca_certs instead, or the certificate itself if nobody signed "
                "it.",
            )
        unknown = sorted(parameters.keys() - _PARAMETERS)
        if unknown:
            raise OptionError(
                f"token_store_url has a parameter behind its question mark that it may not have ({self._address}).",
                hint=f"Those it may have are {', '.join(sorted(_PARAMETERS))}.",
            )
        if "ssl_password" not in parameters:
            for name in sorted(_CERTIFICATES & parameters.keys()):
                require_no_passphrase(f"{name} in token_store_url", parameters[name][0])
        self._tls: dict[str, Any] = {}
        if url.startswith("rediss://"):
            # The library's own default before version 6 was not to look at the name.
            self._tls["ssl_check_hostname"] = True
            if ca_path and not _AUTHORITIES & parameters.keys():
                self._tls["ssl_ca_path" if os.path.isdir(ca_path) else "ssl_ca_certs"] = ca_path
            if client_cert and not _CERTIFICATES & parameters.keys():
                self._tls.update(ssl_certfile=client_cert, ssl_keyfile=client_key or client_cert)
        self.identity: dict[str, str | None] = {"url": url, **{name: str(self._tls[name]) for name in self._tls}}

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
            lock = client.lock(f"{_PREFIX}{name}:lock", timeout=_LOCK_LIFE, thread_local=False)
            self._acquire(lock, timeout)
        done = threading.Event()
        threading.Thread(target=_renew, args=(lock, done), daemon=True).start()
        try:
            yield
        finally:
            done.set()
            # Only its owner can: the library compares before it deletes. Whatever fails, it ends by itself.
            with suppress(Exception):
                lock.release()

    def _acquire(self, lock: Any, timeout: float) -> None:
        deadline = time.monotonic() + timeout
        pause = 0.005
        while not lock.acquire(blocking=False):
            if time.monotonic() > deadline:
                raise LockTimeoutError(
                    f"Another controller has held a token's lock in {self._address} for more than {timeout:.0f} s.",
                    hint="Look for one that hangs.",
                )
            time.sleep(pause * random.uniform(0.5, 1.5))
            pause = min(pause * 2, _LONGEST_PAUSE)

    @contextmanager
    def _opened(self) -> Iterator[Any]:
        library = _library()
        client = self._client(library)
        try:
            yield client
        except (library.RedisError, OSError, ValueError) as error:
            raise StoreError(self._address, reason=_reason(library, error, bool(self._tls))) from None

    def _client(self, library: Any) -> Any:
        # A forked worker must not speak on its parent's socket, hence the process in the key.
        key = (os.getpid(), *self.identity.items())
        if key not in _clients:
            try:
                client = library.Redis.from_url(self._url, **_bounds(library), **self._tls)
                # A connection that is not opened: what the library cannot do shows before anybody waits for it.
                client.connection_pool.connection_class(**client.connection_pool.connection_kwargs)
            except (TypeError, ValueError, library.RedisError):
                raise OptionError(
                    "token_store_url has a parameter behind its question mark that the Python library redis does not "
                    f"know, or not with that value ({self._address})."
                ) from None
            _clients[key] = client
        return _clients[key]


_clients: dict[Any, Any] = {}


def _bounds(library: Any) -> dict[str, Any]:
    """What keeps a dead server from costing more than a moment, whatever a version's own defaults are.

    A connection that broke is tried once more and at once, since the server may have been restarted; a server that
    is silent is not. The older protocol needs no greeting.
    """
    broken = (library.ConnectionError,)
    return {
        "socket_timeout": _SLOWEST_ANSWER,
        "socket_connect_timeout": _SLOWEST_ANSWER,
        "retry": library.retry.Retry(library.backoff.NoBackoff(), 1, broken),
        "retry_on_error": list(broken),
        "protocol": 2,
    }


def _reason(library: Any, error: Exception, tls: bool) -> str:
    """Why, in our words or the system's: the library's own text may hold the URL."""
    ours = (
        (library.AuthenticationError, "the user name or the password is missing or refused"),
        (library.exceptions.NoPermissionError, "its user may not do all that is needed"),
        (library.exceptions.OutOfMemoryError, "it is full"),
        (library.ReadOnlyError, "it is a replica, which cannot be written to"),
        (library.BusyLoadingError, "it is still starting"),
        (library.TimeoutError, f"no answer within {_SLOWEST_ANSWER:.0f} s"),
    )
    for kind, words in ours:
        if isinstance(error, kind):
            return words
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"its certificate is not trusted, {cause.verify_message}"
        if isinstance(cause, OSError) and cause.strerror and not isinstance(cause, _CHANCE):
            what = "a file that it needs, " if isinstance(cause, (FileNotFoundError, PermissionError)) else ""
            return f"{what}{cause.strerror}"
        cause = cause.__cause__ or cause.__context__
    if not isinstance(error, library.ConnectionError):
        return type(error).__name__
    if not tls:
        return "no connection"
    return "no connection with TLS (nobody is there, or it speaks no TLS, or takes no client without a certificate)"


def _renew(lock: Any, done: threading.Event) -> None:
    library = _library()
    while not done.wait(_LOCK_LIFE / 3):
        try:
            lock.reacquire()
        except library.exceptions.LockError:
            return
        except Exception:
            continue  # the server may be back before the lock's end
