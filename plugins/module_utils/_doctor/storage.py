# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import fcntl
import os
import secrets
import stat
import tempfile
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ansible_collections.greyops.rest.plugins.module_utils._doctor.findings import (
    OK,
    WARN,
    Blocked,
    Finding,
    refusal,
    within,
)
from ansible_collections.greyops.rest.plugins.module_utils._errors import GreyopsError, StoreError
from ansible_collections.greyops.rest.plugins.module_utils._http.urls import is_loopback
from ansible_collections.greyops.rest.plugins.module_utils._oauth.redis_store import RedisStore
from ansible_collections.greyops.rest.plugins.module_utils._oauth.settings import default_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ansible_collections.greyops.rest.plugins.module_utils._http.host import Directories
    from ansible_collections.greyops.rest.plugins.module_utils._http.settings import HttpSettings
    from ansible_collections.greyops.rest.plugins.module_utils._oauth.settings import TokenStoreSettings

_CHECK = "token store"
_PROBE = bytes(8192)
_PROBE_LIFE = 10.0
_KEY_BYTES = 32
# A text shorter than this is no key but a word.
_SHORTEST_KEY = 16
_OTHERS_MAY_WRITE = stat.S_IWGRP | stat.S_IWOTH
_OTHERS_MAY_ANYTHING = stat.S_IRWXG | stat.S_IRWXO

_ELSEWHERE = "Until then tokens live as long as the run."


def examine_store(
    service: str, settings: TokenStoreSettings, directories: Directories, http: HttpSettings
) -> Iterator[Finding]:
    """Whether tokens can be kept where they are to be kept. Leaves nothing behind.

    What only costs more logins is a warning, since the tasks go on without it.
    """
    if settings.token_store == "none":
        advice = "Every task logs in for itself; take token_store=file or redis unless that is what you want."
        yield Finding(service, _CHECK, WARN, "none: no token is kept", advice)
    elif settings.token_store == "redis":
        yield from _redis(service, settings, http)
    else:
        path = settings.token_store_path or default_path(directories)
        try:
            yield Finding(service, _CHECK, OK, _Directory(service, path).examine())
        except Blocked as blocked:
            yield blocked.finding


def _redis(service: str, settings: TokenStoreSettings, http: HttpSettings) -> Iterator[Finding]:
    key, url = settings.token_store_key or "", settings.token_store_url or ""
    try:
        store = RedisStore(url, key, http.ca_path, http.client_cert, http.client_key)
        within(http.timeout, lambda: _try_out(store))
    except StoreError as error:
        advice = f"Check token_store_url and the server. {_ELSEWHERE.replace('as long as the run', 'in files')}"
        yield Finding(service, _CHECK, WARN, error.without_hint, f"{error.hint} {advice}".lstrip())
    except GreyopsError as error:
        raise Blocked(refusal(service, _CHECK, error)) from None
    except TimeoutError:
        advice = "Look whether the server is well: each task waits for it."
        yield Finding(service, _CHECK, WARN, f"Redis: no answer within {http.timeout:g} s", advice)
    else:
        parts = urlsplit(url)
        way = "over TLS" if parts.scheme == "rediss" else "without TLS"
        where = f"{parts.hostname}:{parts.port or 6379}" if parts.hostname else "a socket"
        in_clear = parts.scheme == "redis" and not is_loopback(parts.hostname or "")
        advice = "Use rediss://: the password of Redis crosses the network in clear." if in_clear else ""
        detail = f"Redis at {where}, {way}: writes, reads and locks"
        yield Finding(service, _CHECK, WARN if in_clear else OK, detail, advice)
    if len(key) < _SHORTEST_KEY:
        advice = "Make it long and random, such as the output of: openssl rand -base64 32."
        yield Finding(service, _CHECK, WARN, f"token_store_key has {len(key)} characters and can be guessed", advice)


def _try_out(store: RedisStore) -> None:
    name = f"doctor-{secrets.token_hex(8)}"
    with store.lock(name, _PROBE_LIFE):
        store.write(name, _PROBE, _PROBE_LIFE)
        whole = store.read(name) == _PROBE
        store.remove(name)
    if not whole:
        raise StoreError("what is written to Redis does not come back as it was")


class _Directory:
    """The directory of the file store, as it would be used. :meth:`examine` says what is there, or is blocked."""

    def __init__(self, service: str, path: str) -> None:
        self._service = service
        self._path = os.path.abspath(path)

    def examine(self) -> str:
        try:
            status = os.lstat(self._path)
        except FileNotFoundError:
            return self._to_be_made()
        except OSError as error:
            raise self._unusable(f"cannot be reached ({error.strerror})") from None
        if stat.S_ISLNK(status.st_mode):
            raise self._unusable("is a symbolic link", "Name the directory itself in token_store_path.")
        if not stat.S_ISDIR(status.st_mode):
            raise self._unusable("is no directory")
        if status.st_uid != os.geteuid():
            raise self._unusable(f"belongs to another user (uid {status.st_uid})")
        mode = stat.S_IMODE(status.st_mode)
        if mode & _OTHERS_MAY_WRITE:
            raise self._unusable(f"can be written to by others (mode {mode:04o})", f"Run: chmod 700 {self._path}.")
        self._try_out()
        return f"{self._path}, mode {mode:04o}, {self._key()}, {self._records()}; it can be written to"

    def _unusable(self, why: str, advice: str = "") -> Blocked:
        advice = advice or "Choose another token_store_path."
        return Blocked(Finding(self._service, _CHECK, WARN, f"{self._path} {why}", f"{advice} {_ELSEWHERE}"))

    def _to_be_made(self) -> str:
        parent = self._path
        while not os.path.lexists(parent):
            parent = os.path.dirname(parent)
        if not os.path.isdir(parent) or not os.access(parent, os.W_OK | os.X_OK, effective_ids=_EFFECTIVE):
            raise self._unusable(f"cannot be made, since {parent} cannot be written to")
        return f"{self._path} is made with the first login"

    def _try_out(self) -> None:
        try:
            with tempfile.TemporaryFile(dir=self._path) as file:
                file.write(_PROBE)
                file.flush()
                os.fsync(file.fileno())
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise self._unusable(
                f"cannot be written to ({error.strerror})", "Make room, or make it writable."
            ) from None

    def _key(self) -> str:
        path = os.path.join(self._path, "key")
        try:
            status = os.lstat(path)
        except FileNotFoundError:
            return "no key yet"
        is_sound = stat.S_ISREG(status.st_mode) and status.st_size == _KEY_BYTES
        if not is_sound or status.st_uid != os.geteuid() or status.st_mode & _OTHERS_MAY_ANYTHING:
            why = f"cannot be used, since its file key is not a private file of {_KEY_BYTES} bytes"
            raise self._unusable(why, f"Remove {path}; the tokens of the store are then made anew.")
        return "a key"

    def _records(self) -> str:
        try:
            count = sum(name.endswith(".token") for name in os.listdir(self._path))
        except OSError as error:
            raise self._unusable(f"cannot be read ({error.strerror})", f"Run: chmod 700 {self._path}.") from None
        return f"{count} record{'' if count == 1 else 's'}"


_EFFECTIVE = os.access in os.supports_effective_ids
