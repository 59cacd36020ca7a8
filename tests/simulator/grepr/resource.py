# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The base of all resources: a collection to list and create in, items to read, update and delete."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiohttp import web

from ..core.responses import json_response
from .endpoints import ApiError, Auth, Route, empty, read_json
from .job_records import generate_id
from .schemas import Schema, now

if TYPE_CHECKING:
    from ..core.state import ItemsById, State

Item = dict[str, Any]


class Resource:
    """The endpoints of a resource type; keys of an item that begin with ``_`` are never returned."""

    kind = ""
    path = ""
    noun = ""
    auth: Auth = "both"
    schema = Schema({})
    # Whether a list is {"items": [...]} or bare.
    wrapped = False
    created, updated, deleted = 200, 200, 204
    # Whether deleting a missing item succeeds.
    lenient_delete = False

    def __init__(self, state: State) -> None:
        self.state = state

    @property
    def items_by_id(self) -> ItemsById:
        """The items by id."""
        return self.state.resources[self.kind]

    def routes(self) -> list[Route]:
        """The five endpoints of every kind, and those of its own."""
        return [
            Route("GET", self.path, self.list_items, self.auth),
            Route("POST", self.path, self.create, self.auth),
            Route("GET", f"{self.path}/{{id}}", self.read, self.auth),
            Route("PUT", f"{self.path}/{{id}}", self.update, self.auth),
            Route("DELETE", f"{self.path}/{{id}}", self.delete, self.auth),
            *self.more_routes(),
        ]

    def more_routes(self) -> list[Route]:
        """The endpoints of the kind alone."""
        return []

    async def list_items(self, request: web.Request) -> web.Response:
        """All items."""
        found = [self.view(item) for item in self.items(request)]
        return json_response({"items": found} if self.wrapped else found)

    async def create(self, request: web.Request) -> web.Response:
        """A new item."""
        given = self.schema.read(await read_json(request))
        self.check(given, None)
        item = self.add(self.make(given), self.state.new_id(self.kind))
        return json_response(self.created_view(item), self.created)

    async def read(self, request: web.Request) -> web.Response:
        """One item."""
        return json_response(self.view(self.get_or_404(request)))

    async def update(self, request: web.Request) -> web.Response:
        """Replace what can be replaced."""
        item = self.get_or_404(request)
        given = self.schema.read(await read_json(request))
        self.check(given, item)
        item.update(self.changes(item, given))
        self.touch(item)
        return json_response(self.view(item), self.updated)

    async def delete(self, request: web.Request) -> web.Response:
        """Delete an item."""
        if self.lenient_delete and self.find(request) is None:
            return empty(self.deleted)
        item = self.get_or_404(request)
        self.check_delete(item)
        del self.items_by_id[item["id"]]
        self.after_delete(item)
        return empty(self.deleted)

    def items(self, _request: web.Request) -> list[Item]:
        """What a list shows."""
        return list(self.items_by_id.values())

    def find(self, request: web.Request) -> Item | None:
        """The item a path names."""
        return self.items_by_id.get(request.match_info["id"])

    def get_or_404(self, request: web.Request) -> Item:
        """The item a path names, or 404."""
        item = self.find(request)
        if item is None:
            raise ApiError(404, f"{self.noun} {request.match_info['id']} not found")
        return item

    def check(self, given: Item, item: Item | None) -> None:
        """Reject a valid body that conflicts with the state; ``item`` is None on creation."""

    def check_delete(self, item: Item) -> None:
        """Reject a deletion."""

    def after_delete(self, item: Item) -> None:
        """Delete dependent objects."""

    def make(self, given: Item) -> Item:
        """A new item out of what a client sent."""
        return dict(given)

    def changes(self, item: Item, given: Item) -> Item:
        """What an update changes."""
        return given

    def touch(self, item: Item) -> None:
        """Note the time of a change, where it is kept."""
        if "updatedAt" in item:
            item["updatedAt"] = now()

    def view(self, item: Item) -> Item:
        """An item as it is shown."""
        return {name: value for name, value in item.items() if not name.startswith("_")}

    def created_view(self, item: Item) -> Item:
        """An item as it is shown once."""
        return self.view(item)

    def add(self, item: Item, item_id: str) -> Item:
        """Store an item."""
        self.items_by_id[item_id] = {"id": item_id, **item}
        return self.items_by_id[item_id]

    def example(self, name: str) -> Item:
        """What a client would send for the item of a name."""
        return {"name": name}

    def seed(self, given: Item, number: int) -> Item:
        """Create an item of which only some fields are given; ids are derived from names."""
        name = str(given.get("name", f"{self.kind}_{number:05}"))
        item = self.make(self.example(name) | {key: value for key, value in given.items() if key in self.schema.fields})
        item_id = str(given.get("id", generate_id(f"{self.kind}/{name}")))
        return self.add(item | given | {"id": item_id}, item_id)

    def refuse_duplicate(self, name: str, item: Item | None) -> None:
        """409 for a name that is taken, where a switch makes names unique."""
        if self.state.settings.grepr.unique_names and self.find_holder(name, item) is not None:
            raise ApiError(409, f"{self.noun} {name} already exists")

    def find_holder(self, name: str, item: Item | None) -> Item | None:
        """Another item of a name."""
        return next((other for other in self.items_by_id.values() if other["name"] == name and other is not item), None)
