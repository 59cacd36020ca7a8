# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Users and their roles in the organization."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from .._comparison import drop_none
from .._errors import OptionError
from .resources import GreprResourceApi, GreprResourceType, resolve_ids
from .service_accounts import ROLES
from .teams import TEAMS, USERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .._http.client import ApiClient
    from .._resource import Item, ResourcePlan


@dataclass(frozen=True)
class UserType(GreprResourceType):
    """A user, whose roles in the organization are written, but not the roles in teams.

    ``roles`` are all roles of the organization and of its teams, if the roles of the user are managed.
    """

    roles: tuple[Item, ...] = ()
    team_role_ids: frozenset[str] = frozenset()

    def get_label(self, item: Item) -> str:
        return str(item.get("email") or item.get("id"))

    def view(self, item: Item) -> Item:
        role_ids = item["roleIds"] if "roleIds" in item else get_role_ids(item)
        teams = {"teamIds": sorted(item.get("teamIds") or [])}
        return {**super().view(item), "roleIds": sorted(set(role_ids) - self.team_role_ids), **teams}

    def show_predicted(self, item: Item) -> Item:
        """Return a planned user as Grepr would show it, with whole roles."""
        shown = {key: value for key, value in item.items() if key != "roleIds"}
        if "roleIds" not in item or not self.roles:
            return shown
        role_ids = {*item["roleIds"], *(self.team_role_ids & set(get_role_ids(item)))}
        return {**shown, "roles": [role for role in self.roles if role.get("id") in role_ids]}


def get_role_ids(user: Item) -> list[str]:
    """Return the ids of all roles of a user, including those in teams (documented: responses contain whole roles)."""
    return [str(role.get("id")) for role in user.get("roles") or []]


def build_user_type(client: ApiClient, *, with_roles: bool) -> UserType:
    """
    :param with_roles: whether to read all roles; the roles of a team are those of its leaders and members (documented).
    """
    if not with_roles:
        return UserType(**vars(USERS))
    teams = GreprResourceApi(client, TEAMS).list_items()
    return UserType(
        **vars(USERS),
        roles=tuple(GreprResourceApi(client, ROLES).list_items()),
        team_role_ids=frozenset(str(team.get(key)) for team in teams for key in ("leaderRoleId", "memberRoleId")),
    )


class UserApi(GreprResourceApi):
    """The users of an organization, found by their e-mail addresses.

    ``params`` are the parameters of the task. The password is only in the request that creates a user, so that plans,
    differences and results never contain it.
    """

    resource_type: UserType

    def __init__(self, client: ApiClient, resource_type: UserType, params: Mapping[str, Any]) -> None:
        super().__init__(client, resource_type)
        self._params = params

    def find(self, params: Mapping[str, Any]) -> Item | None:
        """Find a user by e-mail address, regardless of case, which login servers ignore."""
        email = str(params["email"]).casefold()
        return next((user for user in self.list_items() if str(user.get("email")).casefold() == email), None)

    def find_again(self, plan: ResourcePlan, item: Item | None = None) -> Item | None:
        known = plan.before or item
        return self.read(str(known["id"])) if known else self.find(self._params)

    def build_desired(self, current: Item | None) -> Item:
        """
        :raises OptionError: if a value is missing to create the user, or a role does not exist in the organization.
        """
        params = self._params
        missing = [name for name in ("first_name", "last_name", "password", "roles") if params[name] is None]
        if current is None and missing:
            required = " and ".join(missing)
            raise OptionError(f"The user {params['email']} does not exist, and creating it requires {required}.")
        # Inferred: Grepr joins the names of a new user, and later has only one name.
        name = f"{params['first_name']} {params['last_name']}".strip() if params["first_name"] is not None else None
        role_ids = self._resolve_roles(params["roles"])
        if current is None:
            return drop_none(email=params["email"].lower(), name=name, roleIds=role_ids)
        # Not written, but compared after the write, which must not remove the user from a team.
        return drop_none(name=name, roleIds=role_ids, teamIds=current.get("teamIds"))

    def _resolve_roles(self, values: list[str] | None) -> list[str] | None:
        if values is None:
            return None
        roles = [role for role in self.resource_type.roles if role.get("id") not in self.resource_type.team_role_ids]
        return sorted({*resolve_ids(roles, values, "organization role", ("name",), "roles")})

    def create(self, plan: ResourcePlan) -> Item | None:
        names = {"firstName": self._params["first_name"], "lastName": self._params["last_name"]}
        body = {**plan.body, **names, "password": {"secret": self._params["password"]}}
        del body["name"]
        return super().create(replace(plan, body=body))

    def update(self, plan: ResourcePlan) -> Item | None:
        current = plan.before or {}
        path = self.build_path(str(current["id"]))
        if "name" in plan.changes:
            # This call requires all roles (documented), so those of teams are sent along.
            body = {"email": current.get("email"), "name": plan.desired["name"], "roleIds": get_role_ids(current)}
            self.client.call("PUT", path, json=body, idempotent=True)
        if "roleIds" in plan.changes:
            body = {"roleIds": plan.desired["roleIds"]}
            self.client.call("PUT", f"{path}/orgRoles", json=body, idempotent=True)
        return None
