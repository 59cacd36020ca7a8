# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""GreyMatter's endpoints for master data: catalogues, categories and items."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

from aiohttp import web

from ..core.responses import encode_json, json_response, raw_response
from . import validation
from .endpoints import Found, Problem, Route, ServiceError, list_response, raise_on_problems, read_json
from .login import JSON_UTF8
from .master_data_store import show_parent, strip_server_fields
from .validation import Fields

if TYPE_CHECKING:
    from ..core.state import State

ROOT = "/api-gateway/mdm-service/wms-masterdata"
Kind = Literal["catalog", "category"]
_KEYS: dict[Kind, str] = {"catalog": "clientCatalogId", "category": "clientCategoryId"}
_OPERATORS = ("in", "=")


class MasterDataEndpoints:
    """Create, read, replace, delete and search."""

    def __init__(self, state: State) -> None:
        self._state = state

    def routes(self) -> list[Route]:
        """By the names that the collection gives them."""
        catalogs, categories = ParentEndpoints(self._state, "catalog"), ParentEndpoints(self._state, "category")
        item = f"{ROOT}/item/{{id}}"
        return [
            *catalogs.routes(),
            *categories.routes(),
            Route("product_search", "POST", f"{ROOT}/item/search_v2", self.search),
            Route("product_create", "POST", f"{ROOT}/item", self.create),
            Route("product", "GET", item, self.read),
            Route("product_update", "PUT", item, self.update),
            Route("product_delete", "DELETE", item, self.delete),
        ]

    async def search(self, request: web.Request, _found: Found) -> web.Response:
        """The items that match all filters; all items without a filter."""
        body = await read_json(request)
        filters = body.get("filter_params")
        if not isinstance(filters, list):
            raise ServiceError(400, "filter_params must be a list")
        data, settings = self._state.masterdata, self._state.settings.greymatter
        uids: list[int] | None = None
        for index, wanted in enumerate(filters):
            key, values = self._filter(wanted, f"filter_params[{index}]")
            fitting = data.find(key, values)
            uids = fitting if uids is None else sorted(set(uids) & set(fitting))
        return list_response(request, settings, settings.item_wrapper, data.uids if uids is None else uids, self._show)

    def _filter(self, wanted: Any, where: str) -> tuple[str, list[Any]]:
        if not isinstance(wanted, dict) or not isinstance(wanted.get("key"), str):
            raise ServiceError(400, f"{where} must have a key, an operator and a value")
        operator, value = wanted.get("operator"), wanted.get("value")
        if operator not in _OPERATORS:
            raise ServiceError(400, f"{where}: unknown operator {operator}")
        if operator == "in" and not isinstance(value, list):
            raise ServiceError(400, f"{where}: in wants a list")
        values = value if isinstance(value, list) else [value]
        limit = self._state.settings.greymatter.search_limit
        if limit and len(values) > limit:
            raise ServiceError(400, f"{where}: at most {limit} values")
        return wanted["key"], values

    def _show(self, uid: int) -> bytes:
        return self._state.masterdata.show(uid, self._state.settings.greymatter)

    async def create(self, request: web.Request, _found: Found) -> web.Response:
        """A new item."""
        data = self._state.masterdata
        given = self._validate(await read_json(request), None)
        fields = data.add_server_fields(given, id_name="uid")
        data.put_item(fields)
        return self._answer(fields["uid"], self._state.settings.greymatter.create_status)

    async def read(self, _request: web.Request, found: Found) -> web.Response:
        """One item."""
        return self._answer(self._get_or_404(found)["uid"])

    async def update(self, request: web.Request, found: Found) -> web.Response:
        """Replace an item, or merge into it."""
        old = self._get_or_404(found)
        given = merge_update(self._state, validation.KNOWN["item"], old, await read_json(request))
        fields = self._state.masterdata.add_server_fields(self._validate(given, old["uid"]), old, "uid")
        self._state.masterdata.put_item(fields)
        return self._answer(old["uid"])

    async def delete(self, _request: web.Request, found: Found) -> web.Response:
        """Delete an item that no open service request names."""
        old = self._get_or_404(found)
        sku = (old.get("productAttributes") or {}).get("product_sku")
        refuse_if_used(
            self._state, f"item {sku} has open orders", lambda: sku in self._state.service_requests.get_open_skus()
        )
        if self._state.settings.greymatter.delete_effect == "done":
            self._state.masterdata.drop_item(old["uid"])
        return web.Response(status=self._state.settings.greymatter.delete_status)

    def _answer(self, uid: int, status: int = 200) -> web.Response:
        return raw_response(self._show(uid), status, kind=JSON_UTF8)

    def _get_or_404(self, found: Found) -> Fields:
        text = found["id"]
        item = self._state.masterdata.item(int(text)) if text.isdecimal() else None
        if item is None:
            raise ServiceError(404, f"item {text} does not exist", reason="NO_ITEM_EXIST")
        return item

    def _validate(self, given: Fields, uid: int | None) -> Fields:
        data, settings = self._state.masterdata, self._state.settings.greymatter
        problems = find_unknown(self._state, "item", given)
        category = data.get_category(given)
        catalog = data.catalogs.get(str((category or {}).get("clientCatalogId")))
        problems += validation.validate_item(given, category, catalog, settings)
        # Only a valid item can be compared with others.
        raise_on_problems(problems or data.find_conflicts(given, uid))
        return strip_server_fields(
            {name: given[name] for name in validation.KNOWN["item"] if given.get(name) is not None}
        )


class ParentEndpoints:
    """Catalogues or categories: both have a client's key and one parent at most."""

    def __init__(self, state: State, kind: Kind) -> None:
        self._state = state
        self._kind: Kind = kind
        self._key = _KEYS[kind]

    @property
    def _items(self) -> dict[str, Fields]:
        data = self._state.masterdata
        return data.catalogs if self._kind == "catalog" else data.categories

    def routes(self) -> list[Route]:
        """The five endpoints; the collection has no name for reading one."""
        kind, path = self._kind, f"{ROOT}/{self._kind}"
        return [
            Route(kind, "GET", path, self.list_items),
            Route(f"{kind}_create", "POST", path, self.create),
            Route(f"{kind}_read", "GET", f"{path}/{{id}}", self.read),
            Route(f"{kind}_update", "PUT", f"{path}/{{id}}", self.update),
            Route(f"{kind}_delete", "DELETE", f"{path}/{{id}}", self.delete),
        ]

    async def list_items(self, request: web.Request, _found: Found) -> web.Response:
        """All of them."""
        settings = self._state.settings.greymatter
        wrapper = settings.catalog_wrapper if self._kind == "catalog" else settings.category_wrapper
        return list_response(request, settings, wrapper, list(self._items.values()), self._encode)

    def _encode(self, fields: Fields) -> bytes:
        return encode_json(self._show(fields))

    def _show(self, fields: Fields) -> Fields:
        return show_parent(fields, self._state.settings.greymatter.server_keys == "many")

    async def create(self, request: web.Request, _found: Found) -> web.Response:
        """A new one."""
        settings = self._state.settings.greymatter
        given = await read_json(request)
        fields = self._validate(given)
        old = self._items.get(fields[self._key])
        if old is not None and settings.create_existing == "refuse":
            message = f"{self._kind} {fields[self._key]} exists"
            raise_on_problems([Problem(self._key, "DUPLICATE_KEY", message)])
        return self._to_stored(fields, old, settings.create_status)

    async def read(self, _request: web.Request, found: Found) -> web.Response:
        """One."""
        return json_response(self._show(self._get_or_404(found)), kind=JSON_UTF8)

    async def update(self, request: web.Request, found: Found) -> web.Response:
        """Replace one, or merge into it."""
        old = self._get_or_404(found)
        body = await read_json(request)
        if body.get(self._key, old[self._key]) != old[self._key]:
            raise_on_problems([Problem(self._key, "INVALID", "cannot be changed")])
        given = merge_update(self._state, validation.KNOWN[self._kind], old, {self._key: old[self._key], **body})
        return self._to_stored(self._validate(given), old)

    def _to_stored(self, fields: Fields, old: Fields | None, status: int = 200) -> web.Response:
        stamped = self._state.masterdata.add_server_fields(fields, old)
        self._items[str(fields[self._key])] = stamped
        if self._kind == "category" and old is not None and old.get("schema") != stamped.get("schema"):
            self._state.masterdata.rebuild_groups()
        return json_response(self._show(stamped), status, kind=JSON_UTF8)

    async def delete(self, _request: web.Request, found: Found) -> web.Response:
        """Delete one that is not in use."""
        old = self._get_or_404(found)
        key = old[self._key]
        children = {"catalog": "categories", "category": "items"}[self._kind]
        refuse_if_used(self._state, f"{self._kind} {key} has {children}", lambda: self._used(key))
        if self._state.settings.greymatter.delete_effect == "done":
            del self._items[str(key)]
        return web.Response(status=self._state.settings.greymatter.delete_status)

    def _used(self, key: str) -> bool:
        data = self._state.masterdata
        if self._kind == "category":
            return bool(data.find_category_items(key))
        return any(category.get("clientCatalogId") == key for category in data.categories.values())

    def _get_or_404(self, found: Found) -> Fields:
        how = self._state.settings.greymatter.addressed_by
        # A moved route may use the server's number.
        wanted, how = (found["internal_id"], "internal_id") if "internal_id" in found else (found["id"], how)
        if how != "internal_id" and wanted in self._items:
            return self._items[wanted]
        for fields in self._items.values() if how != "client_id" else ():
            if str(fields["id"]) == wanted:
                return fields
        raise ServiceError(404, f"No {self._kind} {wanted}")

    def _validate(self, given: Fields) -> Fields:
        problems = find_unknown(self._state, self._kind, given)
        if self._kind == "catalog":
            problems += validation.validate_catalog(given)
        else:
            problems += validation.validate_category(given, self._state.masterdata.catalogs)
        raise_on_problems(problems)
        kept = {name: given[name] for name in validation.KNOWN[self._kind] if given.get(name) is not None}
        if self._kind == "catalog":
            kept["exhaustive_pdea_list"] = [_strip_pdea(entry) for entry in kept["exhaustive_pdea_list"]]
        return kept


def _strip_pdea(entry: Fields) -> Fields:
    labels = [{name: label[name] for name in ("locale", "display_name")} for label in entry["display_data"]]
    return {name: entry[name] for name in ("field_name", "field_data_type")} | {"display_data": labels}


def find_unknown(state: State, kind: str, given: Fields) -> list[Problem]:
    """The unknown fields, if the setting makes them an error."""
    return validation.find_unknown_fields(kind, given) if state.settings.greymatter.unknown_fields == "refuse" else []


def merge_update(state: State, names: tuple[str, ...], old: Fields, given: Fields) -> Fields:
    """The result of an update: the sent body, or with a setting the old one with the sent values merged in."""
    if state.settings.greymatter.put == "replace":
        return given
    return _merge_deep({name: old[name] for name in names if name in old}, given)


def _merge_deep(old: Fields, given: Fields) -> Fields:
    both = {
        name: _merge_deep(old[name], value) if isinstance(value, dict) and isinstance(old.get(name), dict) else value
        for name, value in given.items()
    }
    return {**old, **both}


def refuse_if_used(state: State, message: str, used: Callable[[], bool]) -> None:
    """Reject the deletion of an item in use, unless the setting allows it."""
    how = state.settings.greymatter.delete_in_use
    if how != "allow" and used():
        raise ServiceError(int(how), message, reason="IN_USE")
