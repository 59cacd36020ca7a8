# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.greyops.rest.plugins.module_utils._errors import ResponseError
from ansible_collections.greyops.rest.plugins.module_utils._grepr.resources import Kind

if TYPE_CHECKING:
    from ansible_collections.greyops.rest.plugins.module_utils._grepr.resources import Item
    from ansible_collections.greyops.rest.plugins.module_utils._http.client import ApiClient

ROLES = Kind(noun="role", path="/v1/roles", fields=("name", "description", "permissionIds"))


def _written(account: Item) -> Item:
    """Written with ids of roles, and read with whole roles (documented)."""
    return {"roleIds": sorted(str(role.get("id")) for role in account.get("roles") or []), **account}


SERVICE_ACCOUNTS = Kind(
    noun="service account",
    path="/v1/service-accounts",
    fields=("name", "roleIds"),
    needed={"roleIds": "roles"},
    wrapper="serviceAccounts",
    paged=True,
    written=_written,
)


def read_secret(client: ApiClient, account_path: str) -> str:
    return _secret(client, "GET", f"{account_path}/secret")


def rotate_secret(client: ApiClient, account_path: str) -> str:
    """A new secret; the old one is dead at once (documented)."""
    return _secret(client, "POST", f"{account_path}/secret/regenerate")


def _secret(client: ApiClient, method: str, path: str) -> str:
    answer = client.call(method, path)
    secret = answer.json()
    if not isinstance(secret, str):
        raise answer.error(ResponseError, "answered with JSON that is no secret.", hint="Check api_url.")
    return secret
