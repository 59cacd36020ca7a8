# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Users and their roles in the organization."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from .._argspec import ArgumentSpec
from .._comparison import drop_none
from .._errors import OptionError
from .._resource import ABSENT, STATE_SPEC, plan_resource
from .resource_kinds import Params, ResourceChange, ResourceKind
from .resources import GreprResourceApi, GreprResourceType, ResourceLists, resolve_ids, without_secrets
from .service_accounts import ROLES, has_roles
from .teams import TEAMS, USERS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .._http.client import ApiClient
    from .._resource import Item, ResourcePlan
    from .names import NameResolver


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


def _build_type_with_roles(lists: ResourceLists) -> UserType:
    """Read all roles; those of a team are the roles of its leaders and members (documented)."""
    return UserType(
        **vars(USERS),
        roles=tuple(lists.read(ROLES).values()),
        team_role_ids=frozenset(
            str(team.get(key)) for team in lists.read(TEAMS).values() for key in ("leaderRoleId", "memberRoleId")
        ),
    )


class UserApi(GreprResourceApi):
    """The users of an organization, found by their e-mail addresses.

    ``params`` are the parameters of the task. The password is only in the request that creates a user, so that plans,
    differences and results never contain it.
    """

    resource_type: UserType

    def __init__(self, client: ApiClient, resource_type: UserType, params: Params) -> None:
        super().__init__(client, resource_type)
        self._params = params

    def find(self, params: Params, items: Iterable[Item] | None = None) -> Item | None:
        """Find a user by e-mail address, regardless of case, which login servers ignore."""
        email = str(params["email"]).casefold()
        users = self.list_items() if items is None else items
        return next((user for user in users if str(user.get("email")).casefold() == email), None)

    def find_again(self, plan: ResourcePlan, item: Item | None = None) -> Item | None:
        known = plan.before or item
        return self.read(str(known["id"])) if known else self.find(self._params)

    def build_desired(self, current: Item | None, path: str = "") -> Item:
        """
        :param path: what precedes the names of the options in messages.
        :raises OptionError: if a value is missing to create the user, or a role does not exist in the organization.
        """
        params = self._params
        missing = [name for name in ("first_name", "last_name", "password", "roles") if params[name] is None]
        if current is None and missing:
            required = " and ".join(missing)
            raise OptionError(f"The user {params['email']} does not exist, and creating it requires {required}.")
        # Inferred: Grepr joins the names of a new user, and later has only one name.
        name = f"{params['first_name']} {params['last_name']}".strip() if params["first_name"] is not None else None
        role_ids = None
        if params["roles"] is not None and self.resource_type.roles:
            of_teams = self.resource_type.team_role_ids
            roles = [role for role in self.resource_type.roles if role.get("id") not in of_teams]
            found = resolve_ids(roles, params["roles"], "organization role", ("name",), f"{path}roles")
            role_ids = sorted({*found})
        if current is None:
            return drop_none(email=params["email"].lower(), name=name, roleIds=role_ids)
        # Not written, but compared after the write, which must not remove the user from a team.
        return drop_none(name=name, roleIds=role_ids, teamIds=current.get("teamIds"))

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


@dataclass(frozen=True)
class UserChange(ResourceChange):
    """The change of a user, who is shown with whole roles, as Grepr shows it."""

    user_type: UserType

    def predict(self) -> Item | None:
        return self._show(super().predict())

    def apply_parts(self, client: ApiClient, item: Item | None) -> Item | None:
        return self._show(super().apply_parts(client, item))

    def _show(self, user: Item | None) -> Item | None:
        return None if user is None else without_secrets(self.user_type.show_predicted(user))


def _open_api(names: NameResolver, params: Params) -> UserApi:
    return UserApi(names.client, UserType(**vars(USERS)), params)


def _plan(
    names: NameResolver, api: GreprResourceApi, current: Item | None, params: Params, path: str
) -> ResourceChange:
    user_type, roles = UserType(**vars(USERS)), params["roles"]
    if params["state"] == ABSENT:
        return UserChange(api, plan_resource(user_type, current, {}, ABSENT), user_type)
    # Which roles are those of teams is known only from the list of teams.
    if roles is not None and not (has_roles(names.lists, current, roles) and not (current or {}).get("teamIds")):
        user_type = _build_type_with_roles(names.lists)
    users = UserApi(names.client, user_type, params)
    return UserChange(users, plan_resource(user_type, current, users.build_desired(current, path)), user_type)


USER_KIND = ResourceKind(
    spec=STATE_SPEC
    + ArgumentSpec(
        options={
            "email": {"type": "str", "required": True},
            "first_name": {"type": "str"},
            "last_name": {"type": "str"},
            "password": {"type": "str", "no_log": True},
            "roles": {"type": "list", "elements": "str"},
        },
        required_together=(("first_name", "last_name"),),
    ),
    open_api=_open_api,
    plan=_plan,
)
