# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Validation of catalogues, categories and items; each problem has its path."""

from __future__ import annotations

from collections.abc import Container, Iterator
from typing import Any

from ..core.settings import GreyMatterSettings
from .endpoints import Problem

Fields = dict[str, Any]
LONGEST = 255
DATA_TYPES = ("string", "list", "double", "integer", "boolean", "dict", "float")
LEVEL_TYPES = ("marked", "unmarked", "virtual")
LENGTHS = {"old": ("MM", "CM", "M"), "new": ("MM", "CM", "M", "INCH")}
WEIGHTS = {"old": ("G", "KG"), "new": ("GM", "KG", "LBS", "POUND", "OUNCE")}
# The fields that a client may send; others are dropped, as by Spring's JSON reader, or rejected.
KNOWN = {
    "catalog": ("clientCatalogId", "description", "exhaustive_pdea_list"),
    "category": ("clientCategoryId", "clientCatalogId", "description", "schema", "categoryAttributes", "attributes"),
    "item": (
        "clientCategoryId", "schema", "attributes", "productAttributes", "barcodeList", "description", "imageUrl",
        "itemConfig",
    ),
}  # fmt: skip
# The fields that the server adds; a client may send them back, and they are ignored.
SERVER_MADE = frozenset({"id", "uid", "createTime", "updateTime", "isDeleted"})


def validate_catalog(given: Fields) -> list[Problem]:
    """The validation errors of a catalogue."""
    return [*_text(given, "clientCatalogId", required=True), *_text(given, "description"), *_validate_pdea(given)]


def _validate_pdea(given: Fields) -> Iterator[Problem]:
    listed = given.get("exhaustive_pdea_list")
    if not isinstance(listed, list):
        yield Problem("exhaustive_pdea_list", "INVALID", "must be a list")
        return
    names: set[object] = set()
    for index, entry in enumerate(listed):
        where = f"exhaustive_pdea_list[{index}]"
        if not isinstance(entry, dict):
            yield Problem(where, "INVALID", "must be an object")
            continue
        name = entry.get("field_name")
        yield from _text(entry, "field_name", f"{where}.", required=True)
        if isinstance(name, str) and name in names:
            yield Problem(f"{where}.field_name", "DUPLICATE_KEY", f"{name} is there twice")
        names.add(str(name))
        if entry.get("field_data_type") not in DATA_TYPES:
            message = f"must be one of {', '.join(DATA_TYPES)}"
            yield Problem(f"{where}.field_data_type", "INVALID", message)
        labels = entry.get("display_data")
        if not isinstance(labels, list) or not labels:
            yield Problem(f"{where}.display_data", "EMPTY", "must have at least one entry")
            continue
        for at, label in enumerate(labels):
            for key in ("locale", "display_name"):
                yield from _text(label if isinstance(label, dict) else {}, key, f"{where}.display_data[{at}].", True)


def validate_category(given: Fields, catalogs: Container[str]) -> list[Problem]:
    """The validation errors of a category; ``catalogs`` contains the existing catalogues."""
    found = [
        *_text(given, "clientCategoryId", required=True),
        *_text(given, "clientCatalogId", required=True),
        *_text(given, "description"),
        *_validate_schema(given),
    ]
    for key in ("categoryAttributes", "attributes"):
        if not isinstance(given.get(key) or {}, dict):
            found.append(Problem(key, "INVALID", "must be an object"))
    parent = given.get("clientCatalogId")
    if isinstance(parent, str) and parent and parent not in catalogs:
        found.append(Problem("clientCatalogId", "NO_CATALOG_EXIST", f"catalog {parent} does not exist"))
    return found


def _validate_schema(given: Fields) -> Iterator[Problem]:
    schema = given.get("schema")
    if schema is None:
        return
    if not isinstance(schema, dict):
        yield Problem("schema", "INVALID", "must be an object")
        return
    if schema.get("type") != "object":
        yield Problem("schema.type", "INVALID", "must be object")
    groups = schema.get("unique")
    good = isinstance(groups, list) and all(
        isinstance(group, list) and group and all(isinstance(name, str) and name for name in group) for group in groups
    )
    if not good:
        yield Problem("schema.unique", "INVALID", "must be a list of lists of attribute names")


def validate_item(
    given: Fields, category: Fields | None, catalog: Fields | None, settings: GreyMatterSettings
) -> list[Problem]:
    """The validation errors of an item, except conflicts with other items; with its category and catalogue, if any."""
    found = [
        *_text(given, "clientCategoryId"),
        *_text(given, "description"),
        *_text(given, "imageUrl"),
        *_validate_schema(given),
    ]
    if given.get("clientCategoryId") and category is None:
        message = f"category {given['clientCategoryId']} does not exist"
        found.append(Problem("clientCategoryId", "NO_CATEGORY_EXIST", message))
    elif not given.get("schema") and not (category or {}).get("schema"):
        found.append(Problem("schema", "MISSING", "neither the item nor its category has a schema"))
    attributes = apply_inheritance(given, category).get("attributes") or {}
    if isinstance(attributes, dict):
        found += _validate_measures(attributes, settings)
    else:
        found.append(Problem("attributes", "INVALID", "must be an object"))
    found += _validate_product(given, catalog, settings)
    if not isinstance(given.get("barcodeList"), list):
        found.append(Problem("barcodeList", "MISSING", "must be a list"))
    return found + _validate_barcodes(given.get("barcodeList"), "barcodeList") + list(_validate_levels(given))


def apply_inheritance(given: Fields, category: Fields | None) -> Fields:
    """The item with inherited schema and attributes, unless it has its own."""
    if category is None:
        return given
    result = dict(given)
    attributes = given.get("attributes")
    if category.get("attributes") and (attributes is None or isinstance(attributes, dict)):
        result["attributes"] = {**category["attributes"], **(attributes or {})}
    if category.get("schema") and not given.get("schema"):
        result["schema"] = category["schema"]
    return result


def _validate_measures(attributes: Fields, settings: GreyMatterSettings) -> Iterator[Problem]:
    wanted = {"weight": (WEIGHTS, ("value",)), "dimension": (LENGTHS, ("length", "width", "height"))}
    for name, (units, numbers) in wanted.items():
        measure, where = attributes.get(name), f"attributes.{name}"
        if not isinstance(measure, dict):
            yield Problem(where, "MISSING", "must be there")
            continue
        unit = measure.get("uom", {}).get("unit") if isinstance(measure.get("uom"), dict) else None
        allowed = units["old"] + units["new"] if settings.units == "all" else units[settings.units]
        if unit not in allowed:
            yield Problem(f"{where}.uom.unit", "INVALID", f"must be one of {', '.join(dict.fromkeys(allowed))}")
        for key in numbers:
            value = measure.get(key)
            if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0:
                yield Problem(f"{where}.{key}", "INVALID", "must be a number")


def _validate_product(given: Fields, catalog: Fields | None, settings: GreyMatterSettings) -> Iterator[Problem]:
    product = given.get("productAttributes")
    if not isinstance(product, dict):
        yield Problem("productAttributes", "MISSING", "must be an object")
        return
    yield from _text(product, "product_sku", "productAttributes.", required=True)
    if catalog is None:
        return
    declared = {entry["field_name"]: entry["field_data_type"] for entry in catalog.get("exhaustive_pdea_list") or []}
    for name, value in product.items():
        where = f"productAttributes.{name}"
        if name not in declared:
            if settings.undeclared_attributes == "refuse" and name != "product_sku":
                yield Problem(where, "UNDECLARED", f"catalog {catalog['clientCatalogId']} does not declare it")
        elif settings.attribute_types == "checked" and value is not None and not _has_type(value, declared[name]):
            yield Problem(where, "INVALID", f"must be of type {declared[name]}")


def _has_type(value: object, kind: str) -> bool:
    if kind in ("double", "float"):
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if kind == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, {"string": str, "list": list, "boolean": bool, "dict": dict}[kind])


def _validate_barcodes(listed: object, where: str) -> list[Problem]:
    if not isinstance(listed, list):
        return [] if listed is None else [Problem(where, "INVALID", "must be a list")]
    return [
        Problem(f"{where}[{index}].barcode", "INVALID", "must be a string that is not empty")
        for index, entry in enumerate(listed)
        if not isinstance(entry, dict) or not isinstance(entry.get("barcode"), str) or not entry["barcode"]
    ]


def iter_levels(config: object, where: str = "itemConfig") -> Iterator[tuple[str, Fields]]:
    """A packaging level and those below it. The children's key is not known, so any object with a label is a child."""
    if not isinstance(config, dict):
        return
    yield where, config
    for key, value in config.items():
        if isinstance(value, dict) and "label" in value:
            yield from iter_levels(value, f"{where}.{key}")
        elif isinstance(value, list):
            for index, child in enumerate(value):
                if isinstance(child, dict) and "label" in child:
                    yield from iter_levels(child, f"{where}.{key}[{index}]")


def _validate_levels(given: Fields) -> Iterator[Problem]:
    config = given.get("itemConfig")
    if config is not None and not isinstance(config, dict):
        yield Problem("itemConfig", "INVALID", "must be an object")
    for where, level in iter_levels(config):
        yield from _text(level, "label", f"{where}.", required=True)
        if level.get("type") not in LEVEL_TYPES:
            yield Problem(f"{where}.type", "INVALID", f"must be one of {', '.join(LEVEL_TYPES)}")
        quantity = level.get("qty")
        if isinstance(quantity, bool) or not isinstance(quantity, int) or quantity < 1:
            yield Problem(f"{where}.qty", "INVALID", "must be a number from 1")
        elif where == "itemConfig" and quantity != 1:
            yield Problem(f"{where}.qty", "INVALID", "must be 1 at the root")
        yield from _validate_barcodes(level.get("barcode"), f"{where}.barcode")


def iter_barcodes(given: Fields) -> list[tuple[str, str]]:
    """All barcodes of an item with their paths, those of its packaging included."""
    found = [("barcodeList", given.get("barcodeList"))]
    found += [(f"{where}.barcode", level.get("barcode")) for where, level in iter_levels(given.get("itemConfig"))]
    return [
        (f"{where}[{index}].barcode", entry["barcode"])
        for where, listed in found
        for index, entry in enumerate(listed or [])
    ]


def find_unknown_fields(kind: str, given: Fields) -> list[Problem]:
    """Unknown fields."""
    unknown = [name for name in given if name not in KNOWN[kind] and name not in SERVER_MADE]
    return [Problem(name, "UNRECOGNIZED", "is not known") for name in unknown]


def _text(given: Fields, name: str, where: str = "", required: bool = False) -> list[Problem]:
    value = given.get(name)
    if value is None and not required:
        return []
    if not isinstance(value, str) or (required and not value):
        return [Problem(where + name, "INVALID", "must be a string" + " that is not empty" * required)]
    if len(value) > LONGEST:
        return [Problem(where + name, "TOO_LONG", f"size must be between 0 and {LONGEST}")]
    return []
