# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Roles, permissions, and service accounts with their secrets."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from aiohttp import web

from ..core.responses import json_response
from .endpoints import ApiError, Route, paginate
from .resource import Item, Resource
from .schemas import NAMES, Schema, now, required, text
from .seed import MADE

if TYPE_CHECKING:
    from ..core.state import State


def build_role(role_id: str, given: Item, *, builtin: bool = False) -> Item:
    """A whole role."""
    server = {"builtin": builtin, "effect": "allow", "createdAt": MADE["createdAt"], "createdBy": "system"}
    return {"id": role_id, **given, **server}


def show_roles(state: State, role_ids: list[str]) -> list[Item]:
    """The roles of some ids."""
    items_by_id = state.resources["roles"]
    return [items_by_id[role_id] for role_id in role_ids if role_id in items_by_id]


class Roles(Resource):
    """The endpoints below ``/roles`` and ``/permissions``."""

    kind, path, noun, auth = "roles", "/roles", "Role", "unlisted"
    schema = Schema(
        {
            "name": required(text(longest=50, shortest=3)),
            "description": required(text(longest=500)),
            "permissionIds": required(NAMES),
        }
    )
    created = 201

    def more_routes(self) -> list[Route]:
        """The permissions of a role."""
        return [Route("GET", "/permissions", self.permissions, self.auth)]

    async def permissions(self, _request: web.Request) -> web.Response:
        """All permissions."""
        return json_response(list(self.state.resources["permissions"].values()))

    def check(self, given: Item, item: Item | None) -> None:
        """System roles cannot be changed; names are unique; permissions exist."""
        self._refuse_if_system(item)
        if unknown := [one for one in given["permissionIds"] if one not in self.state.resources["permissions"]]:
            raise ApiError(400, f"unknown permission {', '.join(unknown)}")
        if self.find_holder(given["name"], item) is not None:
            raise ApiError(409, f"Role {given['name']} already exists")

    def _refuse_if_system(self, item: Item | None) -> None:
        if item is not None and item["builtin"]:
            raise ApiError(400, f"Role {item['id']} is a system role")

    def check_delete(self, item: Item) -> None:
        """System roles and assigned roles cannot be deleted."""
        self._refuse_if_system(item)
        holders = [
            one for kind in ("users", "service_accounts") for one in self.state.resources[kind].values()
            if item["id"] in one["_roleIds"]
        ]  # fmt: skip
        if holders:
            raise ApiError(400, f"Role {item['id']} is in use")

    def make(self, given: Item) -> Item:
        """With what the server adds."""
        made = build_role("", given)
        del made["id"]
        return {**made, "createdAt": now()}

    def example(self, name: str) -> Item:
        """It may read jobs."""
        return {"name": name, "description": name, "permissionIds": ["view:jobs"]}


class ServiceAccounts(Resource):
    """The endpoints below ``/service-accounts``; their secrets are accepted by the token endpoint."""

    kind, path, noun = "service_accounts", "/service-accounts", "Service account"
    schema = Schema({"name": required(text(shortest=1)), "roleIds": required(NAMES)})

    def more_routes(self) -> list[Route]:
        """The secret."""
        return [
            Route("GET", f"{self.path}/{{id}}/secret", self.secret),
            Route("POST", f"{self.path}/{{id}}/secret/regenerate", self.regenerate),
        ]

    async def list_items(self, request: web.Request) -> web.Response:
        """All accounts, in pages."""
        page, start, limit = paginate(request, self.items(request))
        items = [self.view(item) for item in page]
        return json_response({"serviceAccounts": {"items": items}, "start": start, "limit": limit})

    def check(self, given: Item, item: Item | None) -> None:
        """Roles that exist; names as a switch has it."""
        if unknown := [one for one in given["roleIds"] if one not in self.state.resources["roles"]]:
            raise ApiError(400, f"unknown role {', '.join(unknown)}")
        self.refuse_duplicate(given["name"], item)

    def make(self, given: Item) -> Item:
        """With an id and a secret to log in with."""
        credentials = {"clientId": self.state.new_id("client"), "_secret": _new_secret()}
        return {"name": given["name"], "_roleIds": given["roleIds"], **credentials}

    def changes(self, item: Item, given: Item) -> Item:
        """Name and roles."""
        return {"name": given["name"], "_roleIds": given["roleIds"]}

    def view(self, item: Item) -> Item:
        """With roles."""
        return {**super().view(item), "roles": show_roles(self.state, item["_roleIds"])}

    def created_view(self, item: Item) -> Item:
        """With the secret."""
        return {**self.view(item), "secret": item["_secret"]}

    def example(self, name: str) -> Item:
        """It has no roles."""
        return {"name": name, "roleIds": []}

    def seed(self, given: Item, number: int) -> Item:
        """``secret`` sets the secret, ``roleIds`` the roles."""
        plain = {name: value for name, value in given.items() if name not in ("secret", "roleIds")}
        item = super().seed(plain, number)
        item["_secret"] = given.get("secret", item["_secret"])
        item["_roleIds"] = list(given.get("roleIds", []))
        return item

    async def secret(self, request: web.Request) -> web.Response:
        """The secret, again."""
        return json_response(self.get_or_404(request)["_secret"])

    async def regenerate(self, request: web.Request) -> web.Response:
        """A new secret; the old one is rejected from then on."""
        item = self.get_or_404(request)
        item["_secret"] = _new_secret()
        return json_response(item["_secret"])


def _new_secret() -> str:
    return f"sim-account-{secrets.token_hex(16)}"
