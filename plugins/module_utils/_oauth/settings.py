# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ansible_collections.greyops.rest.plugins.module_utils._errors import OptionError
from ansible_collections.greyops.rest.plugins.module_utils._oauth.file_store import (
    FileStore,
)
from ansible_collections.greyops.rest.plugins.module_utils._oauth.memory_store import (
    MemoryStore,
)
from ansible_collections.greyops.rest.plugins.module_utils._options import (
    ArgumentSpec,
    EnvironmentVariable,
)

if TYPE_CHECKING:
    from ansible_collections.greyops.rest.plugins.module_utils._http.host import (
        Directories,
    )
    from ansible_collections.greyops.rest.plugins.module_utils._oauth.store import (
        TokenStore,
    )

TOKEN_STORE_SPEC = ArgumentSpec(
    options={
        "token_store": {
            "type": "str",
            "choices": ["file", "none"],
            "default": "file",
            "no_log": False,
        },
        "token_store_path": {"type": "path", "no_log": False},
        "min_ttl": {"type": "float", "default": 60.0},
    },
    environment={
        "token_store": (EnvironmentVariable("GREYOPS_TOKEN_STORE"),),
        "token_store_path": (EnvironmentVariable("GREYOPS_TOKEN_STORE_PATH"),),
    },
)


@dataclass(frozen=True)
class TokenStoreSettings:
    """Where tokens are kept, and how many seconds one must still live to be used."""

    token_store: str
    token_store_path: str | None
    min_ttl: float

    @classmethod
    def from_params(cls, params: dict[str, Any]) -> TokenStoreSettings:
        if not 0 <= params["min_ttl"] < float("inf"):
            raise OptionError("min_ttl must be a number of seconds, 0 or more.")
        return cls(**{name: params[name] for name in TOKEN_STORE_SPEC.options})

    def stores(self, directories: Directories) -> list[TokenStore]:
        """The store that was asked for, and what stands in for it, best first."""
        if self.token_store == "none":
            return [MemoryStore()]
        path = self.token_store_path or os.path.join(directories.ansible_home, "greyops.rest", "tokens")
        stores: list[TokenStore] = [FileStore(path)]
        if directories.run:
            stores.append(
                FileStore(
                    os.path.join(directories.run, "greyops.rest"),
                    kind="run",
                    reach="for this run only",
                )
            )
        return [*stores, MemoryStore()]
