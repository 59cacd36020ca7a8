# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Service accounts and roles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .._argspec import ArgumentSpec
from .._comparison import drop_none
from .._errors import HTTPStatusError, OptionError
from .._resource import ABSENT, STATE_SPEC, plan_resource
from .resource_kinds import Params, ResourceChange, ResourceKind, define_kind
from .resources import RESOURCE_SPEC, GreprResourceApi, GreprResourceType, ResourceLists, resolve_ids

if TYPE_CHECKING:
    from .._http.client import ApiClient
    from .._resource import Item, ResourcePlan
    from .names import NameResolver

ROLES = GreprResourceType(
    noun="role",
    path="/v1/roles",
    writable=("name", "description", "permissionIds"),
    required={"permissionIds": "permissions"},
    defaults={"description": ""},
)
_PERMISSIONS = GreprResourceType(noun="permission", path="/v1/permissions", writable=())


def _build_role(names: NameResolver, current: Item | None, params: Params, path: str) -> Item:
    return drop_none(
        name=params["name"],
        description=params["description"],
        permissionIds=_resolve_permissions(names.lists, current, params["permissions"], f"{path}permissions"),
    )


def _resolve_permissions(
    lists: ResourceLists, role: Item | None, values: list[str] | None, option: str
) -> list[str] | None:
    """Return the ids of permissions given by id, or as ``action:resource``; None if the option is not set.

    :raises OptionError: if a permission does not exist.
    """
    if values is None or (role is not None and {*values} == {*(role.get("permissionIds") or ())}):
        # An id has precedence over a name, so the list is not needed.
        return values
    known = [
        {"id": item.get("id"), "name": f"{item.get('action')}:{item.get('resource')}"}
        for item in lists.read(_PERMISSIONS).values()
    ]
    return sorted({*resolve_ids(known, values, "permission", ("name",), option)})


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


def get_secret(client: ApiClient, account: Item) -> str:
    """Return the secret in the response to the creation, else the current one."""
    api = GreprResourceApi(client, SERVICE_ACCOUNTS)
    return account.get("secret") or _parse_secret(client, "GET", api.build_path(account["id"], "/secret"))


def rotate_secret(client: ApiClient, account: Item) -> str:
    """Return a new secret; the old one becomes invalid immediately (documented)."""
    api = GreprResourceApi(client, SERVICE_ACCOUNTS)
    return _parse_secret(client, "POST", api.build_path(account["id"], "/secret/regenerate"))


def _parse_secret(client: ApiClient, method: str, path: str) -> str:
    response = client.call(method, path)
    secret = response.parse_json()
    if not isinstance(secret, str):
        raise response.build_error(HTTPStatusError, "answered with JSON that is not a secret.", hint="Check api_url.")
    return secret


ROLE_KIND = define_kind(
    ROLES,
    ArgumentSpec(
        options={
            "description": {"type": "str"},
            "permissions": {"type": "list", "elements": "str"},
        }
    ),
    _build_role,
    require_custom_role,
)


@dataclass(frozen=True)
class ServiceAccountChange(ResourceChange):
    """The change of a service account. ``roles`` are those of the organization, if its roles are changed."""

    roles: tuple[Item, ...]

    def predict(self) -> Item | None:
        """Return the service account with whole roles, as Grepr shows it."""
        account = super().predict()
        if account is None or "roleIds" not in account:
            return account
        shown = {key: value for key, value in account.items() if key != "roleIds"}
        return {**shown, "roles": [role for role in self.roles if role.get("id") in account["roleIds"]]}


def _open_service_account_api(names: NameResolver, _params: Params) -> GreprResourceApi:
    return GreprResourceApi(names.client, SERVICE_ACCOUNTS)


def _plan_service_account(
    names: NameResolver, api: GreprResourceApi, current: Item | None, params: Params, path: str
) -> ResourceChange:
    wanted, role_ids, roles = params["roles"], None, {}
    if params["state"] == ABSENT:
        return ResourceChange(api, plan_resource(SERVICE_ACCOUNTS, current, {}, ABSENT))
    if wanted is not None and not has_roles(names.lists, current, wanted):
        roles = names.lists.read(ROLES)
        role_ids = sorted({*resolve_ids(roles.values(), wanted, "role", ("name",), f"{path}roles")})
    plan = plan_resource(SERVICE_ACCOUNTS, current, drop_none(name=params["name"], roleIds=role_ids))
    return ServiceAccountChange(api, plan, tuple(roles.values()))


def has_roles(lists: ResourceLists, holder: Item | None, wanted: list[str]) -> bool:
    """Return whether a user or service account has exactly these roles, given by id or name; then no list is needed.

    Roles that the same plan changes or deletes are compared as they will be.
    """
    held = [lists.get_known(ROLES.path, str(role.get("id"))) or role for role in (holder or {}).get("roles") or []]
    names = [{role.get("id"), role.get("name")} for role in held if (ROLES.path, role.get("id")) not in lists.deleted]
    return (
        holder is not None
        and len(names) == len(held)
        and all(any(value in one for one in names) for value in wanted)
        and all(any(value in one for value in wanted) for one in names)
    )


SERVICE_ACCOUNT_KIND = ResourceKind(
    spec=RESOURCE_SPEC + STATE_SPEC + ArgumentSpec(options={"roles": {"type": "list", "elements": "str"}}),
    open_api=_open_service_account_api,
    plan=_plan_service_account,
)
