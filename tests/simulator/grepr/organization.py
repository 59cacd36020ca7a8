# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The organization and the key of the API."""

from __future__ import annotations

import secrets

from aiohttp import web

from ..core.responses import json_response
from ..core.state import State
from .endpoints import Route, empty, read_json
from .schemas import Schema, flag, instant, one_of, optional, required, text

_ACCESS = Schema({"autoSignupEnabled": optional(flag, True)})
_TYPE = required(one_of("TRIAL", "FREE", "INVOICE"))
_PLAN = Schema(
    {
        "type": _TYPE,
        "startDate": required(instant),
        "endDate": required(instant),
        "planChangeRequest": required(Schema({"type": _TYPE, "date": required(instant)}).rule),
    }
)
_ORGANIZATION = Schema(
    {"plan": required(_PLAN.rule), "accessConfig": optional(_ACCESS.rule), "comments": optional(text())}
)


class Organization:
    """What there is one of."""

    def __init__(self, state: State) -> None:
        self._state = state

    def routes(self) -> list[Route]:
        """The endpoints."""
        access = "/organization/access-config"
        return [
            Route("GET", "/organization", self.read),
            Route("PUT", "/organization", self.update),
            Route("GET", access, self.access),
            Route("PUT", access, self.set_access),
            Route("GET", "/apikey", self.key, "key"),
            Route("POST", "/apikey", self.new_key, "key"),
            Route("DELETE", "/apikey", self.end_key, "key"),
        ]

    async def read(self, _request: web.Request) -> web.Response:
        """The organization."""
        return json_response({**self._state.organization, "accessConfig": self._state.access})

    async def update(self, request: web.Request) -> web.Response:
        """Change it; comments are not returned."""
        given = _ORGANIZATION.read(await read_json(request))
        self._state.organization["plan"] = given["plan"]
        if "accessConfig" in given:
            self._state.access.update(_ACCESS.fill_defaults(given["accessConfig"]))
        return await self.read(request)

    async def access(self, _request: web.Request) -> web.Response:
        """Who may join."""
        return json_response(self._state.access)

    async def set_access(self, request: web.Request) -> web.Response:
        """Change it."""
        self._state.access.update(_ACCESS.read(await read_json(request)))
        return json_response(self._state.access)

    async def key(self, request: web.Request) -> web.Response:
        """The caller's key."""
        return json_response({"apiKey": request.headers["GREPR-API-KEY"]})

    async def new_key(self, request: web.Request) -> web.Response:
        """Another key in place of the caller's."""
        made = f"sim-key-{secrets.token_hex(12)}"
        keys = self._state.settings.grepr.api_keys
        keys[keys.index(request.headers["GREPR-API-KEY"])] = made
        return json_response({"apiKey": made}, 201)

    async def end_key(self, request: web.Request) -> web.Response:
        """No key any more."""
        self._state.settings.grepr.api_keys.remove(request.headers["GREPR-API-KEY"])
        return empty(204)
