# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from .._argspec import ArgumentSpec, EnvironmentVariable
from .._errors import OptionError
from .circuit_breaker import CircuitBreaker
from .file_store import FileStore
from .redis_store import RedisStore
from .store import MemoryStore

if TYPE_CHECKING:
    from .._context import Directories
    from .._http.settings import HttpSettings
    from .store import TokenStore

TOKEN_STORE_SPEC = ArgumentSpec(
    options={
        "token_store": {"type": "str", "choices": ["file", "redis", "none"], "default": "file", "no_log": False},
        "token_store_path": {"type": "path", "no_log": False},
        "token_store_url": {"type": "str", "no_log": True},
        "token_store_key": {"type": "str", "no_log": True},
        "min_ttl": {"type": "float", "default": 60.0},
    },
    environment={
        "token_store": (EnvironmentVariable("GREYOPS_TOKEN_STORE"),),
        "token_store_path": (EnvironmentVariable("GREYOPS_TOKEN_STORE_PATH"),),
        "token_store_url": (EnvironmentVariable("GREYOPS_TOKEN_STORE_URL"),),
        "token_store_key": (EnvironmentVariable("GREYOPS_TOKEN_STORE_KEY"),),
    },
)


@dataclass(frozen=True)
class TokenStoreSettings:
    """Where tokens are stored, and how many seconds a token must still be valid to be used."""

    token_store: str
    token_store_path: str | None
    token_store_url: str | None
    token_store_key: str | None
    min_ttl: float

    @classmethod
    def from_params(cls, params: dict[str, Any]) -> TokenStoreSettings:
        if not 0 <= params["min_ttl"] < float("inf"):
            raise OptionError("min_ttl must be a number of seconds, 0 or more.")
        if params["token_store"] == "redis":
            missing = [name for name in ("token_store_url", "token_store_key") if not params[name]]
            if missing:
                names = " and ".join(TOKEN_STORE_SPEC.describe_option(name) for name in missing)
                raise OptionError(
                    f"token_store=redis needs {names}. Without a key, readers of Redis could guess weak "
                    "passwords from the records.",
                    hint="Give it as an option, or in the environment.",
                )
        return cls(**{name: params[name] for name in TOKEN_STORE_SPEC.options})

    @property
    def url_password(self) -> str:
        """The password in the URL, if any: a secret like the URL itself."""
        try:
            return unquote(urlsplit(self.token_store_url or "").password or "")
        except ValueError:
            return ""

    def open_stores(self, directories: Directories, http: HttpSettings | None = None) -> list[TokenStore]:
        """Open the requested store and its fallbacks, best first.

        :param http: has the certificates for a remote store whose URL contains none.
        """
        if self.token_store == "none":
            return [MemoryStore()]
        files = [FileStore(self.token_store_path or get_default_path(directories))]
        if directories.run:
            files.append(
                FileStore(os.path.join(directories.run, "greyops.rest"), kind="run", fallback_note="for this run only")
            )
        return [*self._open_remote(files, http), *files, MemoryStore()]

    def _open_remote(self, files: list[FileStore], http: HttpSettings | None) -> list[TokenStore]:
        if self.token_store != "redis":
            return []
        certificates = (http.ca_path, http.client_cert, http.client_key) if http else ()
        redis = RedisStore(self.token_store_url or "", self.token_store_key or "", *certificates)
        return [CircuitBreaker(redis, files)]


def get_default_path(directories: Directories) -> str:
    """The default directory of the file store."""
    return os.path.join(directories.ansible_home, "greyops.rest", "tokens")
