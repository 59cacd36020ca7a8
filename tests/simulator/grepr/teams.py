# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Teams and users. A member of a team has one of the two roles that belong to the team."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from ..core.responses import json_response
from .endpoints import ApiError, Route, empty, paginate, read_json
from .resource import Item, Resource
from .roles import build_role, show_roles
from .schemas import NAMES, Schema, list_of, optional, required, text

if TYPE_CHECKING:
    from ..core.state import State

_ROLE_IDS = Schema({"roleIds": required(list_of(text(), 1, unique=True))})
_MEMBERS = Schema({"leaderUserIds": required(NAMES), "memberUserIds": required(NAMES)})
_CREATE_USER = Schema(
    {
        "email": required(text(r"[^@\s]+@[^@\s]+")),
        "firstName": required(text()),
        "lastName": required(text()),
        "password": required(Schema({"secret": required(text())}).rule),
        "roleIds": required(NAMES),
    }
)
_WRITE_USER = Schema({"email": optional(text()), "name": optional(text()), "roleIds": required(NAMES)})


def show_user(state: State, item: Item) -> Item:
    """A user with roles and teams."""
    held = set(item["_roleIds"])
    teams = [
        team["id"] for team in state.resources["teams"].values() if held & {team["leaderRoleId"], team["memberRoleId"]}
    ]
    shown = {name: item[name] for name in ("id", "email", "name")}
    return {**shown, "roles": show_roles(state, item["_roleIds"]), "teamIds": teams}


def _listed(state: State, request: web.Request, users: list[Item]) -> web.Response:
    page, start, limit = paginate(request, users)
    items = [show_user(state, item) for item in page]
    return json_response({"members": {"items": items}, "start": start, "limit": limit, "total": len(users)})


class Teams(Resource):
    """The endpoints below ``/teams``."""

    kind, path, noun = "teams", "/teams", "Team"
    schema = Schema({"name": required(text(longest=100, shortest=1))})

    def more_routes(self) -> list[Route]:
        """Roles and members."""
        users = f"{self.path}/{{id}}/users"
        return [
            Route("GET", f"{self.path}/{{id}}/roles", self.roles),
            Route("GET", users, self.users),
            Route("POST", users, self.assign),
            Route("DELETE", f"{users}/{{user}}", self.remove),
            Route("PUT", f"{users}/{{user}}/roles", self.set_roles),
        ]

    async def create(self, request: web.Request) -> web.Response:
        """A new team; the status code is a setting."""
        made = await super().create(request)
        made.set_status(self.state.settings.grepr.team_create_status)
        return made

    async def delete(self, request: web.Request) -> web.Response:
        """Delete a team, with or without members."""
        await super().delete(request)
        return empty(self.state.settings.grepr.team_delete_status)

    def check(self, given: Item, item: Item | None) -> None:
        """Names as a setting requires."""
        self.refuse_duplicate(given["name"], item)

    def make(self, given: Item) -> Item:
        """With a role for leaders and one for members."""
        made = dict(given)
        for field, which in (("leaderRoleId", "leader"), ("memberRoleId", "member")):
            role_id = f"rol_{self.state.new_id('role')}"
            fields = {"name": f"{given['name']} {which}"[:50], "description": f"The {which}s of a team"}
            self.state.resources["roles"][role_id] = build_role(role_id, {**fields, "permissionIds": []}, builtin=True)
            made[field] = role_id
        return made

    def view(self, item: Item) -> Item:
        """With the number of members."""
        return {**super().view(item), "userCount": len(self._members(item))}

    def after_delete(self, item: Item) -> None:
        """Delete the roles of the team."""
        ended = {item["leaderRoleId"], item["memberRoleId"]}
        for role_id in ended:
            self.state.resources["roles"].pop(role_id, None)
        for user in self.state.resources["users"].values():
            user["_roleIds"] = [held for held in user["_roleIds"] if held not in ended]

    def _members(self, team: Item) -> list[Item]:
        its = {team["leaderRoleId"], team["memberRoleId"]}
        return [user for user in self.state.resources["users"].values() if its & set(user["_roleIds"])]

    async def roles(self, request: web.Request) -> web.Response:
        """The two roles of a team."""
        team = self.get_or_404(request)
        return json_response(show_roles(self.state, [team["leaderRoleId"], team["memberRoleId"]]))

    async def users(self, request: web.Request) -> web.Response:
        """The members, in pages."""
        return _listed(self.state, request, self._members(self.get_or_404(request)))

    async def assign(self, request: web.Request) -> web.Response:
        """Add users; unknown ones are omitted from the response."""
        team = self.get_or_404(request)
        given, assigned = _MEMBERS.read(await read_json(request)), {}
        for field, name in (("leaderUserIds", "leaderRoleId"), ("memberUserIds", "memberRoleId")):
            assigned[field] = [user for user in given[field] if user in self.state.resources["users"]]
            for user in assigned[field]:
                self._give(team, user, [team[name]])
        return json_response(assigned)

    def _give(self, team: Item, user_id: str, role_ids: list[str]) -> None:
        user = self.state.resources["users"][user_id]
        its = {team["leaderRoleId"], team["memberRoleId"]}
        user["_roleIds"] = [held for held in user["_roleIds"] if held not in its] + role_ids

    def _member(self, request: web.Request) -> tuple[Item, str]:
        team, user = self.get_or_404(request), request.match_info["user"]
        if user not in [member["id"] for member in self._members(team)]:
            raise ApiError(404, f"Team {team['id']} has no user {user}")
        return team, user

    async def remove(self, request: web.Request) -> web.Response:
        """Remove a member."""
        team, user = self._member(request)
        self._give(team, user, [])
        return empty(204)

    async def set_roles(self, request: web.Request) -> web.Response:
        """Change a member to a leader, or a leader to a member."""
        team, user = self._member(request)
        given = _ROLE_IDS.read(await read_json(request))
        if set(given["roleIds"]) - {team["leaderRoleId"], team["memberRoleId"]}:
            raise ApiError(400, "these are not the roles of the team")
        self._give(team, user, given["roleIds"])
        return json_response(given)

    def seed(self, given: Item, number: int) -> Item:
        """``leaders`` and ``members`` name users by id or e-mail address."""
        plain = {name: value for name, value in given.items() if name not in ("leaders", "members")}
        team = super().seed(plain, number)
        for field, name in (("leaders", "leaderRoleId"), ("members", "memberRoleId")):
            for wanted in given.get(field, []):
                for user in self.state.resources["users"].values():
                    if wanted in (user["id"], user["email"]):
                        self._give(team, user["id"], [team[name]])
        return team


class Users(Resource):
    """The endpoints below ``/users``; they do not accept an API key."""

    kind, path, noun, auth = "users", "/users", "User", "bearer"
    schema = _CREATE_USER
    deleted = 200

    def more_routes(self) -> list[Route]:
        """Roles in the organization."""
        return [Route("PUT", f"{self.path}/{{id}}/orgRoles", self.set_roles, self.auth)]

    async def list_items(self, request: web.Request) -> web.Response:
        """All users, in pages."""
        return _listed(self.state, request, self.items(request))

    def check(self, given: Item, item: Item | None) -> None:
        """One user an address; roles that exist."""
        if any(user["email"] == given["email"] for user in self.items_by_id.values() if user is not item):
            raise ApiError(409, f"User {given['email']} already exists")
        self._check_roles(given["roleIds"])

    def _check_roles(self, role_ids: list[str]) -> None:
        if unknown := [one for one in role_ids if one not in self.state.resources["roles"]]:
            raise ApiError(400, f"unknown role {', '.join(unknown)}")

    def make(self, given: Item) -> Item:
        """The password is never returned."""
        name = f"{given['firstName']} {given['lastName']}".strip()
        return {"email": given["email"], "name": name, "_roleIds": list(given["roleIds"])}

    def view(self, item: Item) -> Item:
        """With roles and teams."""
        return show_user(self.state, item)

    async def update(self, request: web.Request) -> web.Response:
        """Name, address and all roles, those in teams too."""
        item = self.get_or_404(request)
        given = _WRITE_USER.read(await read_json(request))
        self._check_roles(given["roleIds"])
        item["_roleIds"] = given.pop("roleIds")
        item.update(given)
        return json_response(self.view(item))

    async def set_roles(self, request: web.Request) -> web.Response:
        """The roles in the organization; those in teams are not changed."""
        item = self.get_or_404(request)
        given = Schema({"roleIds": required(NAMES)}).read(await read_json(request))
        self._check_roles(given["roleIds"])
        of_teams = {
            team[name] for team in self.state.resources["teams"].values() for name in ("leaderRoleId", "memberRoleId")
        }
        item["_roleIds"] = given["roleIds"] + [held for held in item["_roleIds"] if held in of_teams]
        return json_response(show_roles(self.state, given["roleIds"]))

    def seed(self, given: Item, number: int) -> Item:
        """``roleIds`` are the roles; name and address follow from each other."""
        name = str(given.get("name", f"User {number:05}"))
        email = given.get("email", f"{name.replace(' ', '.').lower()}@example.com")
        fields = {"email": email, "name": name, "_roleIds": list(given.get("roleIds", []))}
        return self.add(fields, str(given.get("id", f"auth0|{number:05}")))
