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

from .._errors import (
    LockTimeoutError,
    MissingLibraryError,
    OptionError,
    StoreError,
)
from .._http.settings import require_no_passphrase
from .._http.urls import is_plain, parse_authority
from .._redaction import to_bytes
from .encryption import FORMAT_VERSION, RecordCipher

if TYPE_CHECKING:
    from collections.abc import Iterator

_PREFIX = f"greyops.rest:{FORMAT_VERSION}:"
# A Redis that responds more slowly costs more time than it saves. Seconds.
_TIMEOUT = 2.0
# The lock of a controller that died is released after this many seconds; a running one renews it.
_LOCK_LIFE = 10.0
_MAX_PAUSE = 0.1
_AUTHORITIES = {"ssl_ca_certs", "ssl_ca_path", "ssl_ca_data"}
_CERTIFICATES = {"ssl_certfile", "ssl_keyfile"}
# The parameters that the query of the URL may contain. The library accepts others, which could weaken the verification
# of certificates or the limits that keep an unavailable server cheap.
_PARAMETERS = _AUTHORITIES | _CERTIFICATES | {"db", "ssl_cert_reqs", "ssl_password", "client_name"}
# Which of these errors occurs when a server dies or rejects a client is random, and the warning must not vary.
_TRANSIENT = (ConnectionError, TimeoutError, ssl.SSLError)


def _import_library() -> Any:
    """Import the redis library, which only this store requires."""
    try:
        import redis
    except ImportError as error:
        raise MissingLibraryError(
            f"token_store=redis needs the Python library redis, which is missing on this host ({error}).",
            hint="Install it for the Python that runs this task: python -m pip install redis.",
        ) from None
    return redis


if os.environ.get("GREYOPS_TOKEN_STORE") == "redis":
    # Before Ansible forks its workers: each of them would have to import the library.
    with suppress(MissingLibraryError):  # reported when the store is opened
        _import_library()


class RedisStore:
    """Records in Redis, shared by all controllers that have its address and the store's key.

    The URL may contain its own certificates; ``ca_path``, ``client_cert`` and ``client_key`` are used if it does not.
    """

    kind = "redis"
    fallback_note = "in Redis"

    def __init__(
        self,
        url: str,
        key: str,
        ca_path: str | None = None,
        client_cert: str | None = None,
        client_key: str | None = None,
    ) -> None:
        self._url = url
        self._key = to_bytes(key)
        try:
            parts = urlsplit(url)
            host, port = None, None
            if parts.netloc and is_plain(url):
                host, port = parse_authority(parts.netloc.rpartition("@")[2], short_addresses=True)
            parameters = parse_qs(parts.query, keep_blank_values=True)
        except ValueError:
            host, port, parameters = None, None, {}
        # Other parts of the URL are not shown: the password may be in the wrong place.
        self._address = f"Redis at {host or 'a socket'}{f':{port}' if port else ''}"
        is_socket = url.startswith("unix://") and is_plain(url)
        if not (host and url.startswith(("redis://", "rediss://"))) and not is_socket:
            raise OptionError(
                "token_store_url is not a Redis URL.",
                hint="Give it as redis://:PASSWORD@HOST:PORT/DATABASE, or rediss:// for TLS, with special characters "
                "in the password percent-encoded.",
            )
        if parameters.get("ssl_cert_reqs", ["required"]) != ["required"]:
            raise OptionError(
                f"token_store_url disables the verification of certificates ({self._address}).",
                hint="Set ssl_ca_certs to the certificate of the authority instead, or to the certificate itself if it "
                "is self-signed.",
            )
        unknown = sorted(parameters.keys() - _PARAMETERS)
        if unknown:
            raise OptionError(
                f"token_store_url has a query parameter that is not allowed ({self._address}).",
                hint=f"The allowed parameters are {', '.join(sorted(_PARAMETERS))}.",
            )
        if "ssl_password" not in parameters:
            for name in sorted(_CERTIFICATES & parameters.keys()):
                require_no_passphrase(f"{name} in token_store_url", parameters[name][0])
        self._tls: dict[str, Any] = {}
        if url.startswith("rediss://"):
            # Before version 6 the library did not check the host name by default.
            self._tls["ssl_check_hostname"] = True
            if ca_path and not _AUTHORITIES & parameters.keys():
                self._tls["ssl_ca_path" if os.path.isdir(ca_path) else "ssl_ca_certs"] = ca_path
            if client_cert and not _CERTIFICATES & parameters.keys():
                self._tls.update(ssl_certfile=client_cert, ssl_keyfile=client_key or client_cert)
        self.identity: dict[str, str | None] = {"url": url, **{name: str(self._tls[name]) for name in self._tls}}

    def open_cipher(self, secret_material: list[str | None]) -> RecordCipher:
        return RecordCipher(self._key, secret_material)

    def read(self, name: str) -> bytes | None:
        with self._connect() as client:
            record = client.get(_PREFIX + name)
        return record if isinstance(record, bytes) else None

    def write(self, name: str, record: bytes, ttl: float) -> None:
        with self._connect() as client:
            client.set(_PREFIX + name, record, px=max(1, int(ttl * 1000)))

    def remove(self, name: str) -> bool:
        with self._connect() as client:
            return bool(client.delete(_PREFIX + name))

    @contextmanager
    def lock(self, name: str, timeout: float) -> Iterator[None]:
        with self._connect() as client:
            lock = client.lock(f"{_PREFIX}{name}:lock", timeout=_LOCK_LIFE, thread_local=False)
            self._acquire(lock, timeout)
        done = threading.Event()
        threading.Thread(target=_renew, args=(lock, done), daemon=True).start()
        try:
            yield
        finally:
            done.set()
            # Only its owner can release it: the library compares before it deletes. If that fails, the lock expires.
            with suppress(Exception):
                lock.release()

    def _acquire(self, lock: Any, timeout: float) -> None:
        deadline = time.monotonic() + timeout
        pause = 0.005
        while not lock.acquire(blocking=False):
            if time.monotonic() > deadline:
                raise LockTimeoutError(
                    f"Another controller has held a token's lock in {self._address} for more than {timeout:.0f} s.",
                    hint="Look for a controller that hangs.",
                )
            time.sleep(pause * random.uniform(0.5, 1.5))
            pause = min(pause * 2, _MAX_PAUSE)

    @contextmanager
    def _connect(self) -> Iterator[Any]:
        library = _import_library()
        client = self._open_client(library)
        try:
            yield client
        except (library.RedisError, OSError, ValueError) as error:
            raise StoreError(self._address, reason=_describe_error(library, error, bool(self._tls))) from None

    def _open_client(self, library: Any) -> Any:
        # A forked worker must not use its parent's socket, hence the process in the key.
        key = (os.getpid(), *self.identity.items())
        if key not in _clients:
            try:
                client = library.Redis.from_url(self._url, **_build_client_options(library), **self._tls)
                # Create a connection without opening it, so that unsupported parameters fail before any wait.
                client.connection_pool.connection_class(**client.connection_pool.connection_kwargs)
            except (TypeError, ValueError, library.RedisError):
                raise OptionError(
                    "token_store_url has a query parameter that the Python library redis does not support, or an "
                    f"invalid value for one ({self._address})."
                ) from None
            _clients[key] = client
        return _clients[key]


_clients: dict[Any, Any] = {}


def _build_client_options(library: Any) -> dict[str, Any]:
    """Options that limit the time for an unavailable server to a moment, regardless of the library's defaults.

    A broken connection is retried once and at once, since the server may have been restarted; a server that does not
    respond is not. The older protocol needs no greeting.
    """
    broken = (library.ConnectionError,)
    return {
        "socket_timeout": _TIMEOUT,
        "socket_connect_timeout": _TIMEOUT,
        "retry": library.retry.Retry(library.backoff.NoBackoff(), 1, broken),
        "retry_on_error": list(broken),
        "protocol": 2,
    }


def _describe_error(library: Any, error: Exception, tls: bool) -> str:
    """The reason in our words or the system's: the library's own text may contain the URL."""
    ours = (
        (library.AuthenticationError, "the user name or the password is missing or refused"),
        (library.exceptions.NoPermissionError, "its user does not have all required permissions"),
        (library.exceptions.OutOfMemoryError, "it is full"),
        (library.ReadOnlyError, "it is a replica, which cannot be written to"),
        (library.BusyLoadingError, "it is still starting"),
        (library.TimeoutError, f"no answer within {_TIMEOUT:.0f} s"),
    )
    for kind, words in ours:
        if isinstance(error, kind):
            return words
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"its certificate is not trusted, {cause.verify_message}"
        if isinstance(cause, OSError) and cause.strerror and not isinstance(cause, _TRANSIENT):
            what = "a file that it needs, " if isinstance(cause, (FileNotFoundError, PermissionError)) else ""
            return f"{what}{cause.strerror}"
        cause = cause.__cause__ or cause.__context__
    if not isinstance(error, library.ConnectionError):
        return type(error).__name__
    if not tls:
        return "no connection"
    return "no connection with TLS (the server is down, does not use TLS, or requires a client certificate)"


def _renew(lock: Any, done: threading.Event) -> None:
    library = _import_library()
    while not done.wait(_LOCK_LIFE / 3):
        try:
            lock.reacquire()
        except library.exceptions.LockError:
            return
        except Exception:
            continue  # the server may be back before the lock expires
