# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.greyops.rest.plugins.module_utils._comparison import is_empty
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.checks import (
    LONGEST,
    problems_of_schema,
    problems_of_text,
)
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.codes import code_of
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.datatypes import DATA_TYPES, number, typed
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.families import SKU, Family, groups_of
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.likeness import merged
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.things import with_type
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.units import (
    LENGTH,
    WEIGHT,
    Version,
    problem_of_unit,
    wants_declarations,
)
from ansible_collections.greyops.rest.plugins.module_utils._texts import text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ansible_collections.greyops.rest.plugins.module_utils._greymatter.listing import Item

# Documented: what the attributes of a product must hold, with the unit's kind and the numbers of each.
_MEASURES = {"weight": (WEIGHT, ("value",)), "dimension": (LENGTH, ("length", "width", "height"))}

_LEVEL_TYPES = ("marked", "unmarked", "virtual")

# The options of a product, and the keys of the API that they stand for.
PRODUCT_KEYS = {
    "client_category_id": "clientCategoryId",
    "description": "description",
    "image_url": "imageUrl",
    "schema": "schema",
    "attributes": "attributes",
    "product_attributes": "productAttributes",
    "barcode_list": "barcodeList",
    "item_config": "itemConfig",
}


def wish_for_product(given: Item, where: str = "", *, exact: bool = True) -> tuple[Item, list[str]]:
    """What somebody wrote of a product, in the words of the API or of the options, in the words of the API.

    :param exact: whether codes that a spreadsheet has spoilt are refused. What is deleted may be spoilt.
    :returns: it, and what is wrong with its form, each with its path.
    """
    wish: Item = {}
    problems = []
    for name, value in given.items():
        key = PRODUCT_KEYS.get(name, name)
        if key not in PRODUCT_KEYS.values():
            problems.append(f"{where}{name} is no key of a product: they are {', '.join(PRODUCT_KEYS.values())}")
        elif key in wish:
            problems.append(f"{where}{name} stands there under both its names")
        elif value is not None:
            wish[key] = value
    for key in ("schema", "attributes", "productAttributes", "itemConfig"):
        if key in wish and not isinstance(wish[key], dict):
            problems.append(f"{where}{key} must be a dictionary")
            del wish[key]
    if "schema" in wish:
        wish["schema"] = with_type(wish["schema"])
    code = code_of if exact else text_of
    if "barcodeList" in wish:
        wish["barcodeList"] = _barcodes(wish["barcodeList"], code, f"{where}barcodeList", problems)
    attributes = wish.get("productAttributes", {})
    if is_empty(attributes.get(SKU)):
        problems.append(f"{where}productAttributes.{SKU} is missing: every product has one")
    else:
        try:
            code(attributes[SKU])
        except ValueError as error:
            problems.append(f"{where}productAttributes.{SKU} {error}")
    return wish, problems


def _barcodes(given: Any, code: Callable[[Any], str], where: str, problems: list[str]) -> list[Item]:
    """Barcodes as the API has them: each a dictionary, where somebody may have written the text alone."""
    if not isinstance(given, list):
        problems.append(f"{where} must be a list of barcodes")
        return []
    barcodes = []
    for place, entry in enumerate(given):
        barcode = {**entry} if isinstance(entry, dict) else {"barcode": entry}
        problem = _problem_of_barcode(barcode.get("barcode"), code)
        if problem:
            problems.append(f"{where}[{place}] {problem}")
        else:
            barcodes.append(barcode)
    return barcodes


def _problem_of_barcode(barcode: Any, code: Callable[[Any], str]) -> str:
    try:
        return "" if code(barcode) else "must be a barcode, a string that is not empty"
    except ValueError as error:
        return str(error)


def checked_product(
    wish: Item, current: Item | None, family: Family | None, version: Version | None, where: str = ""
) -> tuple[Item, list[str]]:
    """A wish with its values in the types that they should have, and all that is wrong with it, each with its path.

    :param current: the product that is there; without one nothing may be missing that a new product needs.
    :param family: what it has from its category; None if there is no such category.
    """
    problems: list[str] = []
    if family is None:
        problems.append(f"{where}clientCategoryId: there is no category {_category(wish, current)}. Make it first")
        family = Family(unknown=True)
    for key in ("clientCategoryId", "description", "imageUrl"):
        problems += problems_of_text(wish, key, where, longest=LONGEST)
    problems += problems_of_schema(wish.get("schema"), f"{where}schema")
    result = {**wish}
    result["productAttributes"] = _typed(wish.get("productAttributes", {}), family, version, where, problems)
    problems += _missing(result, current, family, where)
    if "attributes" in wish:
        there = (current or {}).get("attributes") or family.attributes
        result["attributes"] = _measured(wish["attributes"], there, version, f"{where}attributes.", problems)
    for place, level in levels(wish.get("itemConfig"), f"{where}itemConfig"):
        problems += _problems_of_level(place, level, root=place.endswith("itemConfig"))
    problems += _repeated(wish, where)
    return result, problems


def _repeated(wish: Item, where: str) -> Iterator[str]:
    known: set[str] = set()
    for place, code in barcodes_of(wish):
        if code in known:
            yield f"{where}{place} {code} is a barcode of the product already"
        known.add(code)


def _category(wish: Item, current: Item | None) -> Any:
    return wish.get("clientCategoryId") or (current or {}).get("clientCategoryId")


def _typed(attributes: Item, family: Family, version: Version | None, where: str, problems: list[str]) -> Item:
    result = {**attributes}
    for name, value in attributes.items():
        place, data_type = f"{where}productAttributes.{name}", (family.declared or {}).get(name)
        if data_type is None and family.declared is not None and wants_declarations(version):
            problems.append(f"{place} is not declared in the catalog {family.catalog}")
        if data_type in DATA_TYPES and value is not None:
            try:
                result[name] = typed(value, data_type)
            except ValueError as error:
                problems.append(f"{place} {error}, as its type is {data_type}")
    return result


def _missing(wish: Item, current: Item | None, family: Family, where: str) -> Iterator[str]:
    """What a new product cannot do without, and an old one cannot lose."""
    schema = wish.get("schema") or (current or {}).get("schema") or family.schema
    attributes = {**((current or {}).get("productAttributes") or {}), **wish["productAttributes"]}
    for name in sorted({name for group in groups_of(schema) for name in group if name != SKU}):
        if is_empty(attributes.get(name)):
            yield f"{where}productAttributes.{name} is missing: it is unique among the products"
    if current is not None:
        return
    if schema is None and not family.unknown:
        yield f"{where}schema is missing: neither the product nor its category has one"
    if "barcodeList" not in wish:
        yield f"{where}barcodeList is missing"
    for name in () if family.unknown else _MEASURES:
        if is_empty({**family.attributes, **wish.get("attributes", {})}.get(name)):
            yield f"{where}attributes.{name} is missing"


def _measured(given: Item, there: Any, version: Version | None, where: str, problems: list[str]) -> Item:
    """Attributes with numbers where weight and dimension have some."""
    result = {**given}
    for name, (kind, numbers) in _MEASURES.items():
        measure = given.get(name)
        if measure is None:
            continue
        if not isinstance(measure, dict):
            problems.append(f"{where}{name} must be a dictionary with uom and {', '.join(numbers)}")
            continue
        result[name] = {**measure}
        whole = merged(there.get(name) if isinstance(there, dict) else None, measure)
        for key in numbers:
            if whole.get(key) is None:
                problems.append(f"{where}{name}.{key} is missing")
            elif key in measure:
                _put_number(result[name], key, f"{where}{name}.{key}", problems)
        uom = whole.get("uom")
        unit = uom.get("unit") if isinstance(uom, dict) else None
        if unit is None:
            problems.append(f"{where}{name}.uom.unit is missing")
        elif "uom" in measure and (problem := problem_of_unit(unit, kind, version)):
            problems.append(f"{where}{name}.uom.unit {problem}")
    return result


def _put_number(measure: Item, key: str, place: str, problems: list[str]) -> None:
    try:
        measure[key] = number(measure[key])
    except ValueError as error:
        problems.append(f"{place} {error}")
        return
    if measure[key] < 0:
        problems.append(f"{place} must not be negative")


def levels(config: Any, where: str) -> Iterator[tuple[str, Item]]:
    """The levels of a packaging with their paths. Which key leads to the next is not documented: each that has a label
    does."""
    if not isinstance(config, dict):
        return
    yield where, config
    for key, value in config.items():
        inner = [(f"{where}.{key}", value)]
        if isinstance(value, list):
            inner = [(f"{where}.{key}[{place}]", one) for place, one in enumerate(value)]
        for place, one in inner:
            if isinstance(one, dict) and "label" in one:
                yield from levels(one, place)


def _problems_of_level(where: str, level: Item, root: bool) -> Iterator[str]:
    yield from problems_of_text(level, "label", f"{where}.", required=True)
    if str(level.get("type")).lower() not in _LEVEL_TYPES:
        yield f"{where}.type must be one of {', '.join(_LEVEL_TYPES)}"
    quantity = level.get("qty")
    if not isinstance(quantity, int) or isinstance(quantity, bool) or quantity < 1:
        yield f"{where}.qty must be a whole number from 1"
    elif root and quantity != 1:
        yield f"{where}.qty must be 1, for it is the outermost level"
    barcodes = level.get("barcode")
    for place, entry in enumerate(barcodes if isinstance(barcodes, list) else ()):
        if not isinstance(entry, dict):
            yield f"{where}.barcode[{place}] must be a dictionary with a barcode"
        elif problem := _problem_of_barcode(entry.get("barcode"), code_of):
            yield f"{where}.barcode[{place}] {problem}"
    if barcodes is not None and not isinstance(barcodes, list):
        yield f"{where}.barcode must be a list of dictionaries with a barcode"


def barcodes_of(wish: Item) -> Iterator[tuple[str, str]]:
    """All barcodes of a product with their paths, those of its packaging included."""
    held = [("barcodeList", wish.get("barcodeList"))]
    held += [
        (f"{place}.barcode", level.get("barcode")) for place, level in levels(wish.get("itemConfig"), "itemConfig")
    ]
    for where, entries in held:
        for place, entry in enumerate(entries if isinstance(entries, list) else ()):
            code = entry.get("barcode") if isinstance(entry, dict) else entry
            if code is not None:
                yield f"{where}[{place}]", str(code)
