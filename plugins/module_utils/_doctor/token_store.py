# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The check of the token store."""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from .._errors import GreyopsError, StoreError
from .._http.urls import is_loopback
from .._oauth.file_store import FileStore
from .._oauth.redis_store import RedisStore
from .._oauth.settings import get_default_path
from .check_results import (
    OK,
    WARN,
    CheckFailed,
    CheckResult,
    from_error,
    run_with_timeout,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._context import Directories
    from .._http.settings import HttpSettings
    from .._oauth.settings import TokenStoreSettings

_CHECK = "token store"
_PROBE = bytes(8192)
_PROBE_LIFE = 10.0
# A shorter text is a word and not a key.
_MIN_KEY = 16

_ELSEWHERE = "Until then tokens live as long as the run."


def check_store(
    service: str, settings: TokenStoreSettings, directories: Directories, http: HttpSettings
) -> Iterator[CheckResult]:
    """Check whether tokens can be stored in the configured store. No records are left behind.

    A problem that only causes more logins is a warning, since tasks continue without the store.
    """
    if settings.token_store == "none":
        hint = "Every task logs in on its own. Set token_store to file or redis, unless this is intended."
        yield CheckResult(service, _CHECK, WARN, "none: tokens are not stored", hint)
    elif settings.token_store == "redis":
        yield from _check_redis(service, settings, http)
    else:
        path = settings.token_store_path or get_default_path(directories)
        try:
            yield CheckResult(service, _CHECK, OK, FileStore(os.path.abspath(path)).diagnose())
        except StoreError as error:
            yield CheckResult(service, _CHECK, WARN, error.without_hint.rstrip("."), f"{error.hint} {_ELSEWHERE}")


def _check_redis(service: str, settings: TokenStoreSettings, http: HttpSettings) -> Iterator[CheckResult]:
    key, url = settings.token_store_key or "", settings.token_store_url or ""
    try:
        store = RedisStore(url, key, http.ca_path, http.client_cert, http.client_key)
        run_with_timeout(http.timeout, lambda: _probe(store))
    except StoreError as error:
        hint = f"Check token_store_url and the server. {_ELSEWHERE.replace('as long as the run', 'in files')}"
        yield CheckResult(service, _CHECK, WARN, error.without_hint, f"{error.hint} {hint}".lstrip())
    except GreyopsError as error:
        raise CheckFailed(from_error(service, _CHECK, error)) from None
    except TimeoutError:
        hint = "Check that the server is working: each task waits for it."
        yield CheckResult(service, _CHECK, WARN, f"Redis: no answer within {http.timeout:g} s", hint)
    else:
        parts = urlsplit(url)
        method = "over TLS" if parts.scheme == "rediss" else "without TLS"
        where = f"{parts.hostname}:{parts.port or 6379}" if parts.hostname else "a socket"
        in_clear = parts.scheme == "redis" and not is_loopback(parts.hostname or "")
        hint = "Use rediss://: the password of Redis is sent in clear text." if in_clear else ""
        detail = f"Redis at {where}, {method}: writes, reads and locks"
        yield CheckResult(service, _CHECK, WARN if in_clear else OK, detail, hint)
    if len(key) < _MIN_KEY:
        hint = "Make it long and random, such as the output of: openssl rand -base64 32."
        yield CheckResult(service, _CHECK, WARN, f"token_store_key has {len(key)} characters and can be guessed", hint)


def _probe(store: RedisStore) -> None:
    name = f"doctor-{secrets.token_hex(8)}"
    with store.lock(name, _PROBE_LIFE):
        store.write(name, _PROBE, _PROBE_LIFE)
        whole = store.read(name) == _PROBE
        store.remove(name)
    if not whole:
        raise StoreError("Redis does not return the data that was written to it")
