# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The log of activities."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from .._comparison import drop_none
from .._errors import HTTPStatusError, OptionError
from .resources import GreprResourceApi, resolve_ids
from .teams import USERS
from .timestamps import format_timestamp_, parse_timestamp

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .._http.client import ApiClient
    from .._resource import Item

_PATH = "/v1/activity-logs/search"
# Documented: the maximum per request.
_PAGE_SIZE = 1000


def build_search(params: Mapping[str, Any]) -> Item:
    """Build the criteria of a search without the users (documented: ``ActivityLogsSearch``).

    :raises OptionError: if a time or the limit is invalid.
    """
    if params["limit"] < 1:
        raise OptionError("limit must be 1 or more.")
    now = datetime.now(timezone.utc).replace(microsecond=0)
    times = {name: parse_timestamp(params[name], name, now) for name in ("start", "end") if params[name] is not None}
    if len(times) == 2 and times["start"] >= times["end"]:
        raise OptionError("end must be after start.")
    return drop_none(
        **{f"{name}Time": format_timestamp_(time) for name, time in times.items()},
        logTypes=params["types"],
        searchQuery=params["search"],
    )


def build_user_criteria(client: ApiClient, values: list[str] | None) -> Item:
    """Build the criteria for users; only e-mail addresses are looked up, because former users are not in the list.

    :raises OptionError: if there is no user with an e-mail address.
    """
    if values is None:
        return {}
    ids = [value for value in values if "@" not in value]
    if len(ids) == len(values):
        return {"userIds": ids}
    users = GreprResourceApi(client, USERS).list_items()
    emails = [value for value in values if "@" in value]
    return {"userIds": [*ids, *resolve_ids(users, emails, "user", ("email",), "user")]}


def search_activities(client: ApiClient, criteria: Item, limit: int) -> list[Item]:
    """Return at most ``limit`` activities in the order of the server.

    An activity that a new one shifts to the next page is returned once.
    """
    reader, offset = client.open_reader(), 0
    found: dict[str, Item] = {}
    while len(found) < limit:
        known, size = len(found), min(_PAGE_SIZE, limit - len(found))
        body = {**criteria, "limit": size, "offset": offset}
        response = client.call("POST", _PATH, json=body, idempotent=True)
        document = reader.read(response)
        items = document.get("items") if isinstance(document, dict) else None
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise response.build_error(
                HTTPStatusError, "answered with JSON that contains no list of activities.", hint="Check api_url."
            )
        found.update((str(item.get("id")), item) for item in items)
        offset += len(items)
        # A server without pagination returns the same activities again.
        if len(items) < size or len(found) == known:
            break
    return list(found.values())
