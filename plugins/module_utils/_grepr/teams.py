# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Teams and their users."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from .._argspec import ArgumentSpec
from .._comparison import drop_none
from .._errors import OptionError, VerificationError, raise_on_errors
from .._http.urls import encode_segment
from .._resource import ABSENT, STATE_SPEC, plan_resource
from .._service import API_KEY
from .names import collect_missing
from .resource_kinds import Params, ResourceChange, ResourceKind
from .resources import MISSING, RESOURCE_SPEC, GreprResourceApi, GreprResourceType, ResourceLists, resolve_ids

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .._http.client import ApiClient
    from .._resource import Item
    from .names import NameResolver

TEAMS = GreprResourceType(noun="team", path="/v1/teams", writable=("name",))
# Documented for tokens only.
USERS = GreprResourceType(noun="user", path="/v1/users", writable=("email", "name"), wrapper="members", paged=True)

LEADER = "LEADER"
MEMBER = "MEMBER"

# The users of a team and their roles in it, by the ids of the users.
Members = dict[str, str]


def plan_members(current: Mapping[str, str], leaders: set[str] | None, members: set[str] | None) -> Members:
    """Plan the users of a team: all desired leaders and all desired members; None leaves them unchanged.

    :raises OptionError: if a user is both.
    """
    both = sorted((leaders or set()) & (members or set()))
    if both:
        raise OptionError(
            f"A user cannot be leader and member of one team: {', '.join(both)}.", hint="Choose one role."
        )
    desired_names = {LEADER: leaders, MEMBER: members}
    kept = {user: role for user, role in current.items() if desired_names[role] is None}
    return {**kept, **{user: role for role, users in desired_names.items() for user in users or ()}}


class Membership:
    """The users of one team. Their names come from the lists in which they were read."""

    def __init__(self, lists: ResourceLists, team: Item | None, auth: str) -> None:
        """
        :param team: None for a team to create, which has no users yet.
        :param auth: the way to authenticate; an API key cannot read the list of users.
        """
        self._lists = lists
        self._knows_users = auth != API_KEY
        self._users: dict[str, Item] = {}
        self.members: Members = {}
        if team is not None:
            leading = str(team.get("leaderRoleId"))
            users = GreprResourceApi(lists.client, USERS)
            for user in users.list_items(f"/v1/teams/{encode_segment(team['id'])}/users"):
                self._users[str(user["id"])] = user
                held = {str(role.get("id")) for role in user.get("roles") or []}
                self.members[str(user["id"])] = LEADER if leading in held else MEMBER

    def resolve_ids(self, values: list[str] | None, option: str) -> set[str] | None:
        """Return the ids of users given by id, e-mail address or name.

        :param option: the option that contains the values.
        :raises OptionError: if a user does not exist.
        """
        if values is None:
            return None
        # The same plan may delete some of them.
        users = {key: user for key, user in self._users.items() if (USERS.path, key) not in self._lists.deleted}
        known = {text for user in users.values() for text in (user["id"], user.get("email"), user.get("name"))}
        if known.issuperset(values):
            return set(self._resolve(users, values, option))
        if not self._knows_users:
            # The list of users cannot be read, so users who are not in the team yet must be given by their ids.
            seen = [value for value in values if value in known]
            return {*self._resolve(users, seen, option), *(value for value in values if value not in known)}
        return set(self._resolve({**users, **self._lists.read(USERS)}, values, option))

    def _resolve(self, users: Mapping[str, Item], values: list[str], option: str) -> list[str]:
        return resolve_ids(users.values(), values, "user", ("email", "name"), option)

    def as_result(self, members: Mapping[str, str]) -> dict[str, list[Item]]:
        """Return the leaders and the members as in results."""
        return {
            f"{role.lower()}s": [self._describe(user) for user in _users_with_role(members, role)]
            for role in (LEADER, MEMBER)
        }

    def as_diff(self, members: Mapping[str, str]) -> dict[str, list[str]]:
        """Return the same for a diff, with the names of the users."""
        message = self.as_result(members)
        return {name: sorted(str(user.get("email") or user["id"]) for user in users) for name, users in message.items()}

    def _describe(self, user_id: str) -> Item:
        user = self._users.get(user_id) or self._lists.get_known(USERS.path, user_id)
        return {"id": user_id, "email": user.get("email"), "name": user.get("name")}

    def apply(self, client: ApiClient, team: Item, wanted: Mapping[str, str]) -> None:
        """Change the users of the team.

        :raises VerificationError: if Grepr accepted a user who is then not in the team.
        """
        path = f"/v1/teams/{encode_segment(team['id'])}/users"
        new = {user: role for user, role in wanted.items() if user not in self.members}
        if new:
            body = {"leaderUserIds": _users_with_role(new, LEADER), "memberUserIds": _users_with_role(new, MEMBER)}
            message = client.call("POST", path, json=body, idempotent=True).parse_json()
            taken = {user for users in message.values() for user in users} if isinstance(message, dict) else set(new)
            if not taken.issuperset(new):
                missing = ", ".join(sorted(set(new) - taken))
                raise VerificationError(
                    f"Grepr did not add {missing} to the team {team.get('name')}.",
                    hint="Check that these users exist.",
                )
        for user, role in wanted.items():
            if self.members.get(user, role) != role:
                role_id = team["leaderRoleId" if role == LEADER else "memberRoleId"]
                client.call("PUT", f"{path}/{encode_segment(user)}/roles", json={"roleIds": [role_id]}, idempotent=True)
        for user in sorted(set(self.members) - set(wanted)):
            client.call("DELETE", f"{path}/{encode_segment(user)}", expected=(200, 204, 404), idempotent=True)


def _users_with_role(members: Mapping[str, Any], role: str) -> list[str]:
    return sorted(user for user, held in members.items() if held == role)


@dataclass(frozen=True)
class TeamChange(ResourceChange):
    """The change of a team and of its users."""

    membership: Membership
    members: Members
    desired_members: Members

    @property
    def changed(self) -> bool:
        return super().changed or self.members != self.desired_members

    def as_diff(self) -> dict[str, Any]:
        diff = super().as_diff()
        if self.before is not None:
            diff["before"] |= self.membership.as_diff(self.members)
        diff["after"] |= self.membership.as_diff(self.desired_members)
        return diff

    def predict(self) -> Item | None:
        return self._show(super().predict())

    def apply_parts(self, client: ApiClient, item: Item | None) -> Item | None:
        self.membership.apply(client, item or {}, self.desired_members)
        return self._show(item)

    def _show(self, team: Item | None) -> Item:
        members = self.desired_members
        return {**(team or {}), "userCount": len(members), **self.membership.as_result(members)}


def _open_api(names: NameResolver, _params: Params) -> GreprResourceApi:
    return GreprResourceApi(names.client, TEAMS)


def _plan(
    names: NameResolver, api: GreprResourceApi, current: Item | None, params: Params, path: str
) -> ResourceChange:
    plan = plan_resource(TEAMS, current, drop_none(name=params["name"]), params["state"])
    if params["state"] == ABSENT or params["leaders"] is params["members"] is None:
        return ResourceChange(api, plan)
    membership = Membership(names.lists, current, names.auth)
    problems: list[str] = []
    leaders, members = (
        collect_missing(partial(membership.resolve_ids, params[option], f"{path}{option}"), problems)
        for option in ("leaders", "members")
    )
    raise_on_errors(problems, MISSING)
    return TeamChange(api, plan, membership, membership.members, plan_members(membership.members, leaders, members))


TEAM_KIND = ResourceKind(
    spec=RESOURCE_SPEC
    + STATE_SPEC
    + ArgumentSpec(
        options={
            "leaders": {"type": "list", "elements": "str"},
            "members": {"type": "list", "elements": "str"},
        }
    ),
    open_api=_open_api,
    plan=_plan,
)
