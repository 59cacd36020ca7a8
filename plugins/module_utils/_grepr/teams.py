# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.greyops.rest.plugins.module_utils._errors import OptionError, UnfinishedError
from ansible_collections.greyops.rest.plugins.module_utils._grepr.options import API_KEY
from ansible_collections.greyops.rest.plugins.module_utils._grepr.resources import Collection, Kind, identified
from ansible_collections.greyops.rest.plugins.module_utils._http.urls import segment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ansible_collections.greyops.rest.plugins.module_utils._grepr.resources import Item
    from ansible_collections.greyops.rest.plugins.module_utils._http.client import ApiClient

TEAMS = Kind(noun="team", path="/v1/teams", fields=("name",))
# Documented for tokens only.
USERS = Kind(noun="user", path="/v1/users", fields=("email", "name"), wrapper="members", paged=True)

LEADER = "LEADER"
MEMBER = "MEMBER"

# Who is in a team, and as what, by the ids of the users.
Roster = dict[str, str]


def plan_roster(current: Mapping[str, str], leaders: set[str] | None, members: set[str] | None) -> Roster:
    """Who is to be in the team: all the leaders and all the members that are wished for; None leaves them as they are.

    :raises OptionError: somebody is to be both.
    """
    both = sorted((leaders or set()) & (members or set()))
    if both:
        raise OptionError(
            f"Nobody can be leader and member of one team: {', '.join(both)}.", hint="Choose one of the two."
        )
    wished = {LEADER: leaders, MEMBER: members}
    kept = {user: role for user, role in current.items() if wished[role] is None}
    return {**kept, **{user: role for role, users in wished.items() for user in users or ()}}


class Membership:
    """The people of one team. What they are called comes from the lists in which they were seen."""

    def __init__(self, client: ApiClient, team: Item | None, auth: str) -> None:
        """
        :param team: None for one that is to be made, where nobody is yet.
        :param auth: the way to authenticate; an API key does not open the list of users.
        """
        self._client = client
        self._knows_users = auth != API_KEY
        self._users: dict[str, Item] = {}
        self._all_seen = False
        self.roster: Roster = {}
        if team is not None:
            leading = str(team.get("leaderRoleId"))
            for user in Collection(client, USERS).listed(f"/v1/teams/{segment(team['id'])}/users"):
                self._users[str(user["id"])] = user
                held = {str(role.get("id")) for role in user.get("roles") or []}
                self.roster[str(user["id"])] = LEADER if leading in held else MEMBER

    def ids_of(self, values: list[str] | None) -> set[str] | None:
        """The ids of users who are named by id, e-mail address or name.

        :raises OptionError: somebody is not known.
        """
        if values is None:
            return None
        known = {text for user in self._users.values() for text in (user["id"], user.get("email"), user.get("name"))}
        if not self._all_seen and not known.issuperset(values):
            if not self._knows_users:
                # Nobody to ask: those who are not in the team yet have to be named by their ids.
                seen = [value for value in values if value in known]
                return {*self._identified(seen), *(value for value in values if value not in known)}
            self._users.update({str(user["id"]): user for user in Collection(self._client, USERS).listed()})
            self._all_seen = True
        return set(self._identified(values))

    def _identified(self, values: list[str]) -> list[str]:
        return identified(self._users.values(), values, "user", ("email", "name"))

    def shown(self, roster: Mapping[str, str]) -> dict[str, list[Item]]:
        """The leaders and the members as a result tells about them."""
        return {f"{role.lower()}s": [self._about(user) for user in _with(roster, role)] for role in (LEADER, MEMBER)}

    def called(self, roster: Mapping[str, str]) -> dict[str, list[str]]:
        """The same for a difference, by what people are called."""
        told = self.shown(roster)
        return {name: sorted(str(user.get("email") or user["id"]) for user in users) for name, users in told.items()}

    def _about(self, user_id: str) -> Item:
        user = self._users.get(user_id, {})
        return {"id": user_id, "email": user.get("email"), "name": user.get("name")}

    def carry_out(self, team: Item, wanted: Mapping[str, str]) -> None:
        """
        :raises UnfinishedError: Grepr took somebody in, and yet not.
        """
        path = f"/v1/teams/{segment(team['id'])}/users"
        new = {user: role for user, role in wanted.items() if user not in self.roster}
        if new:
            body = {"leaderUserIds": _with(new, LEADER), "memberUserIds": _with(new, MEMBER)}
            told = self._client.call("POST", path, json=body, repeatable=True).json()
            taken = {user for users in told.values() for user in users} if isinstance(told, dict) else set(new)
            if not taken.issuperset(new):
                missing = ", ".join(sorted(set(new) - taken))
                raise UnfinishedError(
                    f"Grepr did not take {missing} into the team {team.get('name')}.",
                    hint="Check that these users exist.",
                )
        for user, role in wanted.items():
            if self.roster.get(user, role) != role:
                role_id = team["leaderRoleId" if role == LEADER else "memberRoleId"]
                self._client.call("PUT", f"{path}/{segment(user)}/roles", json={"roleIds": [role_id]}, repeatable=True)
        for user in sorted(set(self.roster) - set(wanted)):
            self._client.call("DELETE", f"{path}/{segment(user)}", expected=(200, 204, 404), repeatable=True)


def _with(roster: Mapping[str, Any], role: str) -> list[str]:
    return sorted(user for user, held in roster.items() if held == role)
