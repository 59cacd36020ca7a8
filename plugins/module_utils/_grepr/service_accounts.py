# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Service accounts and roles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._errors import HTTPStatusError, OptionError
from .resources import GreprResourceApi, GreprResourceType, resolve_ids

if TYPE_CHECKING:
    from .._http.client import ApiClient
    from .._resource import Item, ResourcePlan

ROLES = GreprResourceType(
    noun="role",
    path="/v1/roles",
    writable=("name", "description", "permissionIds"),
    required={"permissionIds": "permissions"},
    defaults={"description": ""},
)
_PERMISSIONS = GreprResourceType(noun="permission", path="/v1/permissions", writable=())


def resolve_permissions(client: ApiClient, values: list[str] | None) -> list[str] | None:
    """Return the ids of permissions given by id, or as ``action:resource``; None if the option is not set.

    :raises OptionError: if a permission does not exist.
    """
    if values is None:
        return None
    known = [
        {"id": item.get("id"), "name": f"{item.get('action')}:{item.get('resource')}"}
        for item in GreprResourceApi(client, _PERMISSIONS).list_items()
    ]
    return sorted({*resolve_ids(known, values, "permission", ("name",), "permissions")})


def require_custom_role(plan: ResourcePlan) -> None:
    """
    :raises OptionError: if the plan changes a system role (documented: ``builtin``), which Grepr owns.
    """
    if plan.changed and plan.before is not None and plan.before.get("builtin"):
        raise OptionError(
            f"The {plan.label} is a system role and cannot be changed or deleted.",
            hint="Use another name.",
        )


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
