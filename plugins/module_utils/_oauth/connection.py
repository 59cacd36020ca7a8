# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ansible_collections.greyops.rest.plugins.module_utils._http.session import Session
from ansible_collections.greyops.rest.plugins.module_utils._http.settings import HttpSettings
from ansible_collections.greyops.rest.plugins.module_utils._oauth.cooldowns import StoredCooldowns
from ansible_collections.greyops.rest.plugins.module_utils._oauth.provider import TokenProvider
from ansible_collections.greyops.rest.plugins.module_utils._oauth.settings import TokenStoreSettings
from ansible_collections.greyops.rest.plugins.module_utils._oauth.vault import Vault

if TYPE_CHECKING:
    from ansible_collections.greyops.rest.plugins.module_utils._http.host import Host
    from ansible_collections.greyops.rest.plugins.module_utils._oauth.grants import Grant
    from ansible_collections.greyops.rest.plugins.module_utils._secrets import Secrets


@dataclass(frozen=True)
class Connection:
    """A session and a vault for one credential of one service."""

    session: Session
    vault: Vault
    min_ttl: float

    @classmethod
    def open(
        cls, params: dict[str, Any], host: Host, secrets: Secrets, secret_material: list[str | None]
    ) -> Connection:
        """
        :param secret_material: ``[client_secret, password]``, or what the credential has in their place.
        """
        http, settings = HttpSettings.from_params(params), TokenStoreSettings.from_params(params)
        secrets.register(settings.url_password)
        vault = Vault(secret_material, settings.stores(host.directories, http), host)
        session = Session(http, secrets, host, StoredCooldowns(vault))
        return cls(session, vault, settings.min_ttl)

    def provider(self, grant: Grant) -> TokenProvider:
        """
        :raises OptionError: nothing may be sent to where this grant logs in.
        """
        self.session.settings.require_permitted(grant.token_url)
        return TokenProvider(grant, self.vault, self.session, self.min_ttl)
