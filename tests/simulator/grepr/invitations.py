# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Invitations, and the roles that a single sign-on gives."""

from __future__ import annotations

from aiohttp import web

from ..core.responses import json_response
from .endpoints import ApiError, empty, paginate
from .resource import Item, Resource
from .schemas import NAMES, Schema, list_of, one_of, optional, required, text

_ASSIGNMENT = Schema({"teamId": required(text()), "role": required(one_of("LEADER", "MEMBER"))})
_ROLES = {"roleIds": optional(NAMES, []), "teamAssignments": optional(list_of(_ASSIGNMENT.rule), [])}


class _RoleAssignments(Resource):
    """What refers to roles and teams."""

    def check(self, given: Item, item: Item | None) -> None:
        """Roles and teams exist."""
        teams = [assignment["teamId"] for assignment in given["teamAssignments"]]
        for kind, ids in (("roles", given["roleIds"]), ("teams", teams)):
            if unknown := [one for one in ids if one not in self.state.resources[kind]]:
                raise ApiError(400, f"unknown in {kind}: {', '.join(unknown)}")


class Invitations(_RoleAssignments):
    """The endpoints below ``/invitations``, which take an API key only."""

    kind, path, noun, auth = "invitations", "/invitations", "Invitation", "key"
    schema = Schema({"email": required(text(r"[^@\s]+@[^@\s]+")), **_ROLES})
    deleted = 200

    async def list_items(self, request: web.Request) -> web.Response:
        """All invitations, in pages."""
        page, start, limit = paginate(request, self.items(request))
        return json_response({"invitations": {"items": page}, "start": start, "limit": limit})


class ClaimMappings(_RoleAssignments):
    """The endpoints below ``/sso-claim-mapping``."""

    kind, path, noun, auth = "claim_mappings", "/sso-claim-mapping", "Claim mapping", "unlisted"
    schema = Schema({"claimKey": required(text()), "claimValue": required(text()), **_ROLES})

    async def create(self, request: web.Request) -> web.Response:
        """A new mapping; the answer has no body."""
        await super().create(request)
        return empty(201)

    def check(self, given: Item, item: Item | None) -> None:
        """One mapping for a key and a value."""
        super().check(given, item)
        for other in self.items_by_id.values():
            if other is not item and all(other[key] == given[key] for key in ("claimKey", "claimValue")):
                raise ApiError(409, "This claim mapping already exists")
