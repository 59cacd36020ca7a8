# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shared by Grepr's endpoints: routes, errors, bodies and queries."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal

from aiohttp import web

from ..core.faults import Handler
from ..core.responses import json_response

ROOT = "/api/v1"
# Which credential an endpoint takes. ``unlisted``: the documentation names none; ``open``: none is looked at.
Auth = Literal["both", "key", "bearer", "unlisted", "open"]


class ApiError(Exception):
    """An answer other than success; ``body`` replaces the usual form of an error, ``b""`` leaves it out."""

    def __init__(self, status: int, message: str = "", body: object = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.body = body

    def to_response(self) -> web.Response:
        """As it is sent."""
        if self.body == b"":
            return web.Response(status=self.status)
        return error(self.status, self.message) if self.body is None else json_response(self.body, self.status)


@dataclass(frozen=True)
class Route:
    """One endpoint; the path is below the root."""

    method: str
    path: str
    handler: Handler
    auth: Auth = "both"


def error(status: int, message: str, headers: dict[str, str] | None = None) -> web.Response:
    """Grepr's form of an error."""
    return json_response({"code": status, "message": message}, status, headers)


def empty(status: int) -> web.Response:
    """An answer without a body."""
    return web.Response(status=status)


async def read_json(request: web.Request) -> Any:
    """The JSON of a request."""
    try:
        return json.loads(await request.read())
    except ValueError:
        raise ApiError(400, "Unable to process JSON") from None


def get_number(request: web.Request, name: str, default: int, lowest: int, highest: int | None = None) -> int:
    """A number of the query."""
    text = request.query.get(name, str(default))
    value = int(text) if text.isdecimal() else -1
    if value < lowest or (highest is not None and value > highest):
        raise ApiError(400, f"query param {name} must be a number from {lowest}")
    return value


def get_choices(request: web.Request, name: str, choices: tuple[str, ...]) -> list[str]:
    """All values of a repeatable choice of the query."""
    given: list[str] = request.query.getall(name, [])
    for value in given:
        if value not in choices:
            raise ApiError(400, f"query param {name} must be one of [{', '.join(choices)}]")
    return given


def get_flag(request: web.Request, name: str, default: bool = False) -> bool:
    """A boolean of the query."""
    given = get_choices(request, name, ("true", "false"))
    return given[-1] == "true" if given else default


def paginate(request: web.Request, items: list[dict[str, Any]], default_size: int = 10) -> tuple[Any, int, int]:
    """The items of the page that is asked for, its start, and the limit."""
    page, size = get_number(request, "page", 0, 0), get_number(request, "pageSize", default_size, 1)
    return items[page * size : (page + 1) * size], page * size, size
