# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from ansible_collections.greyops.rest.plugins.module_utils._errors import OptionError
from ansible_collections.greyops.rest.plugins.module_utils._oauth.breaker import Breaker
from ansible_collections.greyops.rest.plugins.module_utils._oauth.file_store import FileStore
from ansible_collections.greyops.rest.plugins.module_utils._oauth.memory_store import MemoryStore
from ansible_collections.greyops.rest.plugins.module_utils._oauth.redis_store import RedisStore
from ansible_collections.greyops.rest.plugins.module_utils._options import ArgumentSpec, EnvironmentVariable

if TYPE_CHECKING:
    from ansible_collections.greyops.rest.plugins.module_utils._http.host import Directories
    from ansible_collections.greyops.rest.plugins.module_utils._http.settings import HttpSettings
    from ansible_collections.greyops.rest.plugins.module_utils._oauth.store import TokenStore

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
    """Where tokens are kept, and how many seconds one must still live to be used."""

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
                names = " and ".join(TOKEN_STORE_SPEC.variables_of(name) for name in missing)
                raise OptionError(
                    f"token_store=redis needs {names}. Without a key of its own, whoever reads Redis could guess "
                    "weak passwords from the records.",
                    hint="Give it as an option, or in the environment.",
                )
        return cls(**{name: params[name] for name in TOKEN_STORE_SPEC.options})

    @property
    def url_password(self) -> str:
        """The password within the URL, if any: a secret like the URL itself."""
        try:
            return unquote(urlsplit(self.token_store_url or "").password or "")
        except ValueError:
            return ""

    def stores(self, directories: Directories, http: HttpSettings | None = None) -> list[TokenStore]:
        """The store that was asked for, and what stands in for it, best first.

        :param http: has the certificates for a store on the network whose URL names none.
        """
        if self.token_store == "none":
            return [MemoryStore()]
        files = [FileStore(self.token_store_path or default_path(directories))]
        if directories.run:
            files.append(
                FileStore(os.path.join(directories.run, "greyops.rest"), kind="run", reach="for this run only")
            )
        return [*self._remote(files, http), *files, MemoryStore()]

    def _remote(self, files: list[FileStore], http: HttpSettings | None) -> list[TokenStore]:
        if self.token_store != "redis":
            return []
        certificates = (http.ca_path, http.client_cert, http.client_key) if http else ()
        redis = RedisStore(self.token_store_url or "", self.token_store_key or "", *certificates)
        return [Breaker(redis, files)]


def default_path(directories: Directories) -> str:
    """Where the file store is when nobody says otherwise."""
    return os.path.join(directories.ansible_home, "greyops.rest", "tokens")
