# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The log of activities, which is written by the admin interface only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from ..core.responses import json_response
from .endpoints import Route, read_json
from .resource import Item
from .schemas import Schema, instant, list_of, number, one_of, optional, parse_date_time, required, text

if TYPE_CHECKING:
    from ..core.state import State

_LOG_TYPES = ("INTEGRATION_IMPORT", "INTEGRATION_STATISTICS", "JOB_EXECUTION", "USER_ACTIVITY", "SECURITY_EVENT")
_RESOURCE_TYPES = (
    "INTEGRATION",
    "JOB",
    "DATASET",
    "TEMPLATE",
    "TEAM",
    "USER",
    "ORGANIZATION_SETTINGS",
    "SERVICE_ACCOUNT",
    "ORGANIZATION",
    "BILLING",
)
_RESOURCE = Schema({"resourceType": required(one_of(*_RESOURCE_TYPES)), "resourceId": optional(text())})
_SEARCH = Schema(
    {
        "limit": optional(number(1, 1000), 100),
        "offset": optional(number(0), 0),
        "logTypes": optional(list_of(one_of(*_LOG_TYPES)), []),
        "statuses": optional(list_of(one_of("INFO", "WARNING", "ERROR")), []),
        "resourceFilters": optional(list_of(_RESOURCE.rule), []),
        "searchQuery": optional(text()),
        "startTime": optional(instant),
        "endTime": optional(instant),
        "userIds": optional(list_of(text()), []),
    }
)


def create_activity(state: State, given: Item, number: int) -> Item:
    """One activity: ``logType``, ``userId``, ``status`` and ``resource`` are only searched, ``time`` is its time."""
    moment = int(parse_date_time(str(given.get("time", "2026-03-01T12:00:00Z"))).timestamp() * 1000)
    activity_id = str(given.get("id", f"0kactivity{number:05}"))
    activity = {
        "type": "log",
        "id": activity_id,
        "eventTimestamp": moment,
        "receivedTimestamp": moment,
        "severity": 9,
        "message": str(given.get("message", f"activity {number}")),
        "tags": {},
        "attributes": given.get("attributes", {}),
        "_logType": given.get("logType", "USER_ACTIVITY"),
        "_userId": given.get("userId", "u1"),
        "_status": given.get("status", "INFO"),
        "_resource": given.get("resource", {}),
    }
    state.resources["activities"][activity_id] = activity
    return activity


class ActivityLogs:
    """The endpoint below ``/activity-logs``."""

    def __init__(self, state: State) -> None:
        self._state = state

    def routes(self) -> list[Route]:
        """The endpoint."""
        return [Route("POST", "/activity-logs/search", self.search)]

    async def search(self, request: web.Request) -> web.Response:
        """The activities that match all filters, the newest first."""
        given = _SEARCH.read(await read_json(request))
        found = [one for one in self._state.resources["activities"].values() if _matches(one, given)]
        found.sort(key=lambda one: int(one["eventTimestamp"]), reverse=True)
        page = found[given["offset"] :][: given["limit"]]
        return json_response({"items": [_show(one) for one in page]})


def _matches(activity: Item, given: Item) -> bool:
    moment = activity["eventTimestamp"] / 1000
    wanted = {"logTypes": "_logType", "statuses": "_status", "userIds": "_userId"}
    resources = given["resourceFilters"]
    return (
        all(not given[name] or activity[key] in given[name] for name, key in wanted.items())
        and (not resources or any(_is_selected(activity["_resource"], one) for one in resources))
        and ("startTime" not in given or moment >= parse_date_time(given["startTime"]).timestamp())
        and ("endTime" not in given or moment <= parse_date_time(given["endTime"]).timestamp())
        and given.get("searchQuery", "").lower() in activity["message"].lower()
    )


def _is_selected(resource: Item, given: Item) -> bool:
    """Whether a resource is the given one; without an id, whether it is of the given type."""
    if resource.get("resourceType") != given["resourceType"]:
        return False
    return given.get("resourceId") in (None, resource.get("resourceId"))


def _show(activity: Item) -> Item:
    return {name: value for name, value in activity.items() if not name.startswith("_")}
