# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The master data: catalogues and categories by key, and many items, indexed by their values.

Items are kept as JSON: 100,000 of them as objects would be too large. What they inherit is added when they are read.
"""

from __future__ import annotations

import copy
import itertools
import json
from typing import Any

from ..core.responses import encode_json
from ..core.settings import GreyMatterSettings
from .endpoints import Problem, now_without_zone
from .validation import Fields, apply_inheritance, iter_barcodes, iter_levels

_UNITS = {"LBS": 0.45359237, "POUND": 0.45359237, "OUNCE": 0.028349523125, "G": 0.001, "GM": 0.001, "KG": 1.0}
_LENGTHS = {"MM": 0.001, "CM": 0.01, "M": 1.0, "INCH": 0.0254}
_UNIT_IDS = {unit: number for number, unit in enumerate([*_UNITS, *_LENGTHS], 1)}
# The names of a group's attributes, then their values.
GroupKey = tuple[str, ...]
SKU_SCHEMA = {"unique": [["product_sku"]], "type": "object"}


class MasterData:
    """Everything below ``wms-masterdata``."""

    def __init__(self) -> None:
        self.catalogs: dict[str, Fields] = {}
        self.categories: dict[str, Fields] = {}
        self._numbers = itertools.count(101)
        self.clear_items()

    def clear_items(self) -> None:
        """Drop all items; numbers continue."""
        self._items: dict[int, bytes] = {}
        self._barcodes: dict[str, int] = {}
        self._groups: dict[GroupKey, int] = {}
        # The items by key and value; an index is created when a key is first searched, that of the SKU at once.
        self._indexes: dict[str, dict[str, list[int]]] = {"product_sku": {}}

    def add_server_fields(self, fields: Fields, old: Fields | None = None, id_name: str = "id") -> Fields:
        """With what the server adds."""
        number = old[id_name] if old else next(self._numbers)
        moment = now_without_zone()
        return {id_name: number, **fields, "createTime": old["createTime"] if old else moment, "updateTime": moment}

    @property
    def uids(self) -> list[int]:
        """Of all items, in the order of their creation."""
        return list(self._items)

    def item(self, uid: int) -> Fields | None:
        """An item as it was sent, with what the server made."""
        stored = self._items.get(uid)
        return None if stored is None else json.loads(stored)

    def put_item(self, fields: Fields) -> None:
        """Keep an item, in place of the one with its uid."""
        uid = fields["uid"]
        if uid in self._items:
            self._index(fields=self.item(uid) or {}, gone=True)
        self._items[uid] = encode_json(fields, compact=True)
        self._index(fields)

    def drop_item(self, uid: int) -> None:
        """Forget an item."""
        self._index(self.item(uid) or {}, gone=True)
        del self._items[uid]

    def _index(self, fields: Fields, gone: bool = False) -> None:
        uid = fields["uid"]
        for key, index in self._indexes.items():
            for value in _get_values(fields, key):
                if not gone:
                    index.setdefault(value, []).append(uid)
                elif uid in (held := index.get(value, [])):
                    held.remove(uid)
        unique: list[tuple[dict[Any, int], object]] = [(self._barcodes, code) for _where, code in iter_barcodes(fields)]
        unique += [(self._groups, key) for _names, key in self._group_keys(fields)]
        for taken, claim in unique:
            if not gone:
                taken[claim] = uid
            elif taken.get(claim) == uid:
                del taken[claim]

    def get_category(self, fields: Fields) -> Fields | None:
        """The category an item names."""
        return self.categories.get(str(fields.get("clientCategoryId")))

    def _group_keys(self, fields: Fields) -> list[tuple[list[str], GroupKey]]:
        schema = fields.get("schema") or (self.get_category(fields) or {}).get("schema") or {}
        product = fields.get("productAttributes") or {}
        return [
            (names, (*names, *(_key(product[name]) for name in names)))
            for names in schema.get("unique") or []
            if all(product.get(name) is not None for name in names)
        ]

    def find_conflicts(self, fields: Fields, uid: int | None) -> list[Problem]:
        """What another item has already, and what a unique group lacks."""
        found = []
        seen: set[str] = set()
        for where, code in iter_barcodes(fields):
            if code in seen or self._barcodes.get(code, uid) != uid:
                found.append(Problem(where, "DUPLICATE_KEY", f"barcode {code} exists"))
            seen.add(code)
        product = fields["productAttributes"]
        schema = fields.get("schema") or (self.get_category(fields) or {}).get("schema") or {}
        missing = {name for names in schema.get("unique") or [] for name in names if product.get(name) is None}
        for name in sorted(missing):
            found.append(Problem(f"productAttributes.{name}", "MISSING", "is part of a unique group"))
        for names, key in self._group_keys(fields):
            if self._groups.get(key, uid) != uid:
                values = ", ".join(f"{name}={product[name]}" for name in names)
                found.append(Problem("productAttributes", "DUPLICATE_KEY", f"an item with {values} exists"))
        return found

    def rebuild_groups(self) -> None:
        """Rebuild the unique groups after a schema has changed."""
        self._groups = {key: uid for uid in self._items for _names, key in self._group_keys(self.item(uid) or {})}

    def find_category_items(self, category: str) -> list[int]:
        """The items that name a category."""
        return self.find("clientCategoryId", [category])

    def find(self, key: str, values: list[Any]) -> list[int]:
        """The items that have one of some values under a key, in the order of their creation."""
        if key in ("uid", "id"):
            return sorted({uid for value in values if (uid := _number(value)) in self._items})
        if key not in self._indexes:
            index: dict[str, list[int]] = {}
            for uid in self._items:
                for value in _get_values(self.item(uid) or {}, key):
                    index.setdefault(value, []).append(uid)
            self._indexes[key] = index
        return sorted({uid for value in values for uid in self._indexes[key].get(_key(value), [])})

    def show(self, uid: int, settings: GreyMatterSettings) -> bytes:
        """An item as a client sees it, with what it inherits."""
        fields = self.item(uid) or {}
        item = show_item(apply_inheritance(fields, self.get_category(fields)), settings.server_keys == "many")
        if settings.uid_form == "string":
            item["uid"] = str(uid)
        return encode_json(item, compact=True)


def show_item(fields: Fields, many: bool) -> Fields:
    """With units in the shape in which they are read, and the numbers of packaging levels."""
    attributes = fields.get("attributes") or {}
    converted = dict(attributes)
    for name, kind in (("weight", "WEIGHT"), ("dimension", "DIMENSION")):
        measure = attributes.get(name)
        if isinstance(measure, dict) and isinstance(measure.get("uom"), dict):
            unit = measure["uom"].get("unit")
            factor = (_UNITS if kind == "WEIGHT" else _LENGTHS).get(unit, 1.0)
            uom = {"id": _UNIT_IDS.get(unit, 0), "type": kind, "unit": unit, "conversionFactor": factor}
            converted[name] = {**measure, "uom": uom}
    result = {**fields, "attributes": converted}
    if fields.get("itemConfig"):
        result["itemConfig"] = copy.deepcopy(fields["itemConfig"])
        for number, (_where, level) in enumerate(iter_levels(result["itemConfig"]), 1):
            level["levelType"] = number
    if many:
        result["barcodeList"] = [{"id": at, **entry} for at, entry in enumerate(fields.get("barcodeList") or [], 1)]
        result = {"imageUrl": None, "description": None, "itemConfig": None, **result, "isDeleted": False}
    return result


def show_parent(fields: Fields, many: bool) -> Fields:
    """A catalogue or category as a client sees it."""
    if not many:
        return fields
    result = {"description": None, **fields, "isDeleted": False}
    if "exhaustive_pdea_list" in fields:
        result["exhaustive_pdea_list"] = [
            {"id": at, **entry, "display_data": [{"id": 1, **label} for label in entry.get("display_data") or []]}
            for at, entry in enumerate(fields["exhaustive_pdea_list"], 1)
        ]
    return result


def strip_server_fields(fields: Fields) -> Fields:
    """What was sent without what only a server sets deep inside."""
    attributes = fields.get("attributes")
    if isinstance(attributes, dict):
        converted = dict(attributes)
        for name in ("weight", "dimension"):
            measure = converted.get(name)
            if isinstance(measure, dict) and isinstance(measure.get("uom"), dict):
                converted[name] = {**measure, "uom": {"unit": measure["uom"].get("unit")}}
        fields = {**fields, "attributes": converted}
    if isinstance(fields.get("barcodeList"), list):
        bare = [{"barcode": entry["barcode"]} for entry in fields["barcodeList"]]
        fields = {**fields, "barcodeList": bare}
    if fields.get("itemConfig"):
        fields = {**fields, "itemConfig": copy.deepcopy(fields["itemConfig"])}
        for _where, level in iter_levels(fields["itemConfig"]):
            level.pop("levelType", None)
    return fields


def _number(value: object) -> int:
    return int(str(value)) if str(value).isdecimal() else -1


def _get_values(fields: Fields, key: str) -> list[str]:
    if key == "barcode":
        return [code for _where, code in iter_barcodes(fields)]
    product = fields.get("productAttributes") or {}
    value = product.get(key, fields.get(key))
    return [] if value is None else [_key(value)]


def _key(value: object) -> str:
    # A number is never the string of its digits, while 1 and 1.0 are one value.
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "\0" + json.dumps(value, sort_keys=True)


def example_item(number: int, prefix: str, category: str | None) -> Fields:
    """What a client would send for a made item."""
    made: Fields = {
        "description": f"product {number}",
        "attributes": {
            "weight": {"uom": {"unit": "KG"}, "value": 0.4},
            "dimension": {"uom": {"unit": "CM"}, "length": 9, "width": 9, "height": 11},
        },
        "productAttributes": {"product_sku": f"{prefix}{number:06}"},
        "barcodeList": [{"barcode": f"{prefix}B{number:08}"}],
    }
    return {"clientCategoryId": category, **made} if category else {**made, "schema": SKU_SCHEMA}


def example_category(number: int, catalog: str) -> Fields:
    """What a client would send for a made category."""
    key = f"CTY-{number}"
    return {"clientCategoryId": key, "clientCatalogId": catalog, "description": "", "schema": SKU_SCHEMA}


def example_catalog(number: int) -> Fields:
    """What a client would send for a made catalogue."""
    label = [{"locale": "en", "display_name": "SKU"}]
    sku = {"field_name": "product_sku", "field_data_type": "string", "display_data": label}
    return {"clientCatalogId": f"CAT-{number}", "description": "", "exhaustive_pdea_list": [sku]}


def seed() -> MasterData:
    """The master data a fresh simulator has."""
    colour = {
        "field_name": "colour",
        "field_data_type": "string",
        "display_data": [{"locale": "en", "display_name": "Colour"}, {"locale": "de", "display_name": "Farbe"}],
    }
    weight = {
        "field_name": "weight",
        "field_data_type": "float",
        "display_data": [{"locale": "en", "display_name": "Weight"}],
    }
    data = MasterData()
    given: list[Fields] = [
        {"clientCatalogId": "200", "description": "mugs", "exhaustive_pdea_list": [colour, weight]},
        {"clientCatalogId": "100", "description": "apparel", "exhaustive_pdea_list": [colour]},
        {"clientCatalogId": "300"},
    ]
    for number, fields in enumerate(given, 1):
        data.catalogs[fields["clientCatalogId"]] = data.add_server_fields(example_catalog(number) | fields)
    return data
