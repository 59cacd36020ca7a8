# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Service accounts and roles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._errors import HTTPStatusError
from .resources import GreprResourceType

if TYPE_CHECKING:
    from .._http.client import ApiClient
    from .._resource import Item

ROLES = GreprResourceType(noun="role", path="/v1/roles", writable=("name", "description", "permissionIds"))


def _to_writable(account: Item) -> Item:
    """Convert to what is written, which has ids of roles where responses contain whole roles (documented)."""
    return {"roleIds": sorted(str(role.get("id")) for role in account.get("roles") or []), **account}


SERVICE_ACCOUNTS = GreprResourceType(
    noun="service account",
    path="/v1/service-accounts",
    writable=("name", "roleIds"),
    required={"roleIds": "roles"},
    wrapper="serviceAccounts",
    paged=True,
    to_writable=_to_writable,
)


def read_secret(client: ApiClient, account_path: str) -> str:
    return _parse_secret(client, "GET", f"{account_path}/secret")


def rotate_secret(client: ApiClient, account_path: str) -> str:
    """Return a new secret; the old one becomes invalid immediately (documented)."""
    return _parse_secret(client, "POST", f"{account_path}/secret/regenerate")


def _parse_secret(client: ApiClient, method: str, path: str) -> str:
    response = client.call(method, path)
    secret = response.parse_json()
    if not isinstance(secret, str):
        raise response.build_error(HTTPStatusError, "answered with JSON that is not a secret.", hint="Check api_url.")
    return secret
