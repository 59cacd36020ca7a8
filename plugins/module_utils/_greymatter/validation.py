# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Validates catalogs, categories and products."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from .._comparison import is_empty
from .._texts import require_string
from .category_index import (
    SKU,
    CategoryDefaults,
    get_declared_types,
    get_groups,
)
from .cells import CellText
from .codes import parse_code
from .comparison import merge
from .master_data import with_type
from .problems import Problem
from .values import (
    DATA_TYPES,
    LENGTH,
    WEIGHT,
    Version,
    convert,
    parse_number,
    requires_declarations,
    validate_unit,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from .._resource import Item


# Documented for clientCategoryId, description and imageUrl of products.
MAX_LENGTH = 255

_LOCALE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*")


def validate_catalog(desired: Item, where: str = "", *, complete: bool = False) -> list[str]:
    """Return everything wrong with a catalog that can be checked without a request, each with its path.

    :param complete: whether everything must be set that GreyMatter requires to create one.
    """
    problems = [*validate_text(desired, "clientCatalogId", where, required=True)]
    problems += validate_text(desired, "description", where)
    declared = desired.get("exhaustive_pdea_list")
    if declared is None and complete:
        problems.append(f"{where}exhaustive_pdea_list is missing")
    if declared is not None:
        problems += _validate_declarations(declared, f"{where}exhaustive_pdea_list")
    return problems


def _validate_declarations(declared: Any, where: str) -> Iterator[str]:
    if not isinstance(declared, list):
        yield f"{where} must be a list of attributes"
        return
    places: dict[str, str] = {}
    for number, attribute in enumerate(declared):
        place = f"{where}[{number}]"
        if not isinstance(attribute, dict):
            yield f"{place} must be a dictionary with field_name, field_data_type and display_data"
            continue
        yield from validate_text(attribute, "field_name", f"{place}.", required=True)
        name = str(attribute.get("field_name"))
        if places.setdefault(name, place) != place:
            yield f"{place}.field_name {name} is also the name of {places[name]}"
        if attribute.get("field_data_type") not in DATA_TYPES:
            yield f"{place}.field_data_type must be one of {', '.join(DATA_TYPES)}"
        yield from _validate_labels(attribute.get("display_data"), f"{place}.display_data")


def _validate_labels(labels: Any, where: str) -> Iterator[str]:
    if not isinstance(labels, list) or not labels:
        yield f"{where} must be a list of at least one locale with its display_name"
        return
    places: dict[str, str] = {}
    for number, label in enumerate(labels):
        place = f"{where}[{number}]"
        if not isinstance(label, dict):
            yield f"{place} must be a dictionary with locale and display_name"
            continue
        locale = label.get("locale")
        if not isinstance(locale, str) or not _LOCALE.fullmatch(locale):
            yield f"{place}.locale must be a language, or a language and a country, such as en or en-us"
        elif places.setdefault(locale.lower(), place) != place:
            yield f"{place}.locale {locale} is that of {places[locale.lower()]} as well"
        yield from validate_text(label, "display_name", f"{place}.", required=True)


def validate_category(
    desired: Item, where: str = "", *, complete: bool = False, declared: Collection[str] | None = None
) -> list[str]:
    """Return everything wrong with a category that can be checked without a request, each with its path.

    :param declared: the attributes that its catalog declares, if others are refused.
    """
    problems = [*validate_text(desired, "clientCategoryId", where, required=True, longest=MAX_LENGTH)]
    problems += validate_text(desired, "clientCatalogId", where, required=complete)
    problems += validate_text(desired, "description", where)
    problems += validate_schema(desired.get("schema"), f"{where}schema", declared)
    for key in ("categoryAttributes", "attributes"):
        if desired.get(key) is not None and not isinstance(desired[key], dict):
            problems.append(f"{where}{key} must be a dictionary")
    return problems


def validate_parents(
    catalogs: Sequence[Item] | None, categories: Sequence[Item] | None, *, strict: bool = False
) -> list[str]:
    """Return everything wrong with related catalogs and categories that can be checked without a request.

    :param strict: whether a schema may only name attributes that the catalog declares.
    """
    problems: list[str] = []
    declared = {
        str(catalog.get("clientCatalogId")): get_declared_types(catalog) for catalog in catalogs or () if strict
    }
    for number, catalog in enumerate(catalogs or ()):
        problems += validate_catalog(catalog, f"catalogs[{number}].", complete=True)
    for number, category in enumerate(categories or ()):
        known = declared.get(str(category.get("clientCatalogId")))
        problems += validate_category(category, f"categories[{number}].", complete=True, declared=known)
    for key, name, things in (
        ("clientCatalogId", "catalogs", catalogs),
        ("clientCategoryId", "categories", categories),
    ):
        places: dict[str, int] = {}
        for number, thing in enumerate(things or ()):
            first = places.setdefault(str(thing.get(key)), number)
            if first != number:
                problems.append(f"{name}[{number}].{key} {thing.get(key)} is that of {name}[{first}] as well")
    return problems


def validate_schema(schema: Any, where: str, declared: Collection[str] | None = None) -> Iterator[str]:
    if schema is None:
        return
    if not isinstance(schema, dict):
        yield f"{where} must be a dictionary with unique and type"
        return
    if schema.get("type", "object") != "object":
        yield f"{where}.type must be object"
    groups = schema.get("unique")
    if not isinstance(groups, list) or not groups:
        yield f"{where}.unique must be a list of groups, each a list of attributes, such as [[product_sku]]"
        return
    for number, group in enumerate(groups):
        place = f"{where}.unique[{number}]"
        if not isinstance(group, list) or not group or not all(isinstance(name, str) and name for name in group):
            yield f"{place} must be a list of the names of attributes"
        elif declared is not None and (strange := [name for name in group if name not in declared]):
            yield f"{place} has {', '.join(strange)}, which the catalog does not declare"


def validate_text(
    holder: Item, key: str, where: str, *, required: bool = False, longest: int | None = None
) -> Iterator[str]:
    value = holder.get(key)
    if value is None:
        if required:
            yield f"{where}{key} is missing"
        return
    try:
        text = require_string(value)
    except ValueError as error:
        yield f"{where}{key} {error}"
        return
    if required and not text:
        yield f"{where}{key} is empty"
    elif longest is not None and len(text) > longest:
        yield f"{where}{key} has {len(text)} characters, and at most {longest} are allowed"


# Documented: the required content of a product's attributes, with the kind of unit and the number keys of each.
_MEASURES = {"weight": (WEIGHT, ("value",)), "dimension": (LENGTH, ("length", "width", "height"))}

_LEVEL_TYPES = ("marked", "unmarked", "virtual")

# The options of a product, and the keys of the API that they correspond to.
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


def parse_product(given: Item, where: str = "", *, exact: bool = True) -> tuple[Item, list[str]]:
    """Convert a product with keys of the API or of the options to the keys of the API.

    :param exact: whether codes corrupted by a spreadsheet are refused. For deletion they are accepted.
    :returns: the product, and the errors in its form, each with its path.
    """
    desired: Item = {}
    problems = []
    for name, value in given.items():
        key = PRODUCT_KEYS.get(name, name)
        if key not in PRODUCT_KEYS.values():
            problems.append(f"{where}{name} is not a key of a product: its keys are {', '.join(PRODUCT_KEYS.values())}")
        elif key in desired:
            problems.append(f"{where}{name} is set under both its names")
        elif value is not None:
            desired[key] = value
    for key in ("schema", "attributes", "productAttributes", "itemConfig"):
        if key in desired and not isinstance(desired[key], dict):
            problems.append(f"{where}{key} must be a dictionary")
            del desired[key]
    if "schema" in desired:
        desired["schema"] = with_type(desired["schema"])
    code = parse_code if exact else require_string
    if "barcodeList" in desired:
        desired["barcodeList"] = _list_barcodes(desired["barcodeList"], code, where, problems)
    attributes = desired.get("productAttributes", {})
    if is_empty(attributes.get(SKU)):
        problems.append(f"{where}productAttributes.{SKU} is missing: every product has one")
    else:
        try:
            code(attributes[SKU])
        except ValueError as error:
            problems.append(Problem.build(where, f"productAttributes.{SKU}", error))
    return desired, problems


def _list_barcodes(given: Any, code: Callable[[Any], str], where: str, problems: list[str]) -> list[Item]:
    """Return barcodes as dictionaries, which the API requires; users can also give the text alone."""
    if not isinstance(given, list):
        problems.append(f"{where}barcodeList must be a list of barcodes")
        return []
    barcodes = []
    for place, entry in enumerate(given):
        barcode = {**entry} if isinstance(entry, dict) else {"barcode": entry}
        problem = _validate_barcode(barcode.get("barcode"), code)
        if problem:
            problems.append(Problem.build(where, f"barcodeList[{place}]", problem))
        else:
            barcodes.append(barcode)
    return barcodes


def _validate_barcode(barcode: Any, code: Callable[[Any], str]) -> str:
    try:
        return "" if code(barcode) else "must be a barcode, a string that is not empty"
    except ValueError as error:
        return str(error)


def convert_product(
    desired: Item,
    current: Item | None,
    defaults: CategoryDefaults | None,
    version: Version | None,
    where: str = "",
    nearest: str = "",
) -> tuple[Item, list[str]]:
    """Convert values of a desired product to their declared types, and return it with all errors, each with its path.

    :param current: the existing product; if None, everything must be set that a new product requires.
    :param defaults: what it inherits from its category; None if there is no such category.
    :param nearest: what the error about a missing category says about the nearest ones.
    """
    problems: list[str] = []
    if defaults is None:
        missing = f"{_validate_category_id(desired, current)}{nearest}"
        problems.append(f"{where}clientCategoryId: there is no category {missing}. Create it first")
        defaults = CategoryDefaults(is_unknown=True)
    for key in ("clientCategoryId", "description", "imageUrl"):
        problems += validate_text(desired, key, where, longest=MAX_LENGTH)
    problems += validate_schema(desired.get("schema"), f"{where}schema")
    result = {**desired}
    result["productAttributes"] = _convert_attributes(
        desired.get("productAttributes", {}), defaults, version, where, problems
    )
    problems += _find_missing(result, current, defaults, where)
    if "attributes" in desired:
        there = (current or {}).get("attributes") or defaults.attributes
        result["attributes"] = _convert_measures(desired["attributes"], there, version, where, problems)
    for place, level in iter_levels(desired.get("itemConfig"), f"{where}itemConfig"):
        problems += _validate_level(place, level, root=place.endswith("itemConfig"))
    problems += _find_repeated(desired, where)
    return result, problems


def _find_repeated(desired: Item, where: str) -> Iterator[str]:
    known: set[str] = set()
    for place, code in get_barcodes(desired):
        if code in known:
            yield Problem.build(where, place, f"{code} is a barcode of the product already", kind="repeated here")
        known.add(code)


def _validate_category_id(desired: Item, current: Item | None) -> Any:
    return desired.get("clientCategoryId") or (current or {}).get("clientCategoryId")


def _convert_attributes(
    attributes: Item, defaults: CategoryDefaults, version: Version | None, where: str, problems: list[str]
) -> Item:
    result = {**attributes}
    for name, value in attributes.items():
        path, data_type = f"productAttributes.{name}", (defaults.declared or {}).get(name)
        if isinstance(value, CellText):
            result[name] = str(value)
        if data_type is None and defaults.declared is not None and requires_declarations(version):
            problems.append(f"{where}{path} is not declared in the catalog {defaults.catalog}")
        if data_type in DATA_TYPES and value is not None:
            try:
                result[name] = convert(value, data_type)
            except ValueError as error:
                problems.append(Problem.build(where, path, f"{error}, as its type is {data_type}"))
    return result


def _find_missing(desired: Item, current: Item | None, defaults: CategoryDefaults, where: str) -> Iterator[str]:
    """Find values that a new product requires, and that an existing one must keep."""
    schema = desired.get("schema") or (current or {}).get("schema") or defaults.schema
    attributes = {**((current or {}).get("productAttributes") or {}), **desired["productAttributes"]}
    for name in sorted({name for group in get_groups(schema) for name in group if name != SKU}):
        if is_empty(attributes.get(name)):
            yield f"{where}productAttributes.{name} is missing: it is unique among the products"
    if current is not None:
        return
    if schema is None and not defaults.is_unknown:
        yield f"{where}schema is missing: neither the product nor its category has one"
    if "barcodeList" not in desired:
        yield f"{where}barcodeList is missing"
    for name in () if defaults.is_unknown else _MEASURES:
        if is_empty({**defaults.attributes, **desired.get("attributes", {})}.get(name)):
            yield f"{where}attributes.{name} is missing"


def _convert_measures(given: Item, current: Any, version: Version | None, where: str, problems: list[str]) -> Item:
    """Convert attributes to numbers where weight and dimension have numbers."""
    result = {**given}
    for name, (kind, numbers) in _MEASURES.items():
        measure = given.get(name)
        if measure is None:
            continue
        path = f"attributes.{name}"
        if not isinstance(measure, dict):
            problems.append(f"{where}{path} must be a dictionary with uom and {', '.join(numbers)}")
            continue
        result[name] = {**measure}
        whole = merge(current.get(name) if isinstance(current, dict) else None, measure)
        for key in numbers:
            if whole.get(key) is None:
                problems.append(f"{where}{path}.{key} is missing")
            elif key in measure:
                _convert_number(result[name], key, where, path, problems)
        uom = whole.get("uom")
        unit = uom.get("unit") if isinstance(uom, dict) else None
        if unit is None:
            problems.append(f"{where}{path}.uom.unit is missing")
        elif "uom" in measure and (problem := validate_unit(unit, kind, version)):
            problems.append(Problem.build(where, f"{path}.uom.unit", problem))
    return result


def _convert_number(measure: Item, key: str, where: str, path: str, problems: list[str]) -> None:
    try:
        measure[key] = parse_number(measure[key])
    except ValueError as error:
        problems.append(Problem.build(where, f"{path}.{key}", error))
        return
    if measure[key] < 0:
        problems.append(f"{where}{path}.{key} must not be negative")


def iter_levels(config: Any, where: str) -> Iterator[tuple[str, Item]]:
    """Iterate over the levels of a packaging, with their paths.

    Which key leads to the next level is not documented: each value that has a label is one.
    """
    if not isinstance(config, dict):
        return
    yield where, config
    for key, value in config.items():
        inner = [(f"{where}.{key}", value)]
        if isinstance(value, list):
            inner = [(f"{where}.{key}[{place}]", one) for place, one in enumerate(value)]
        for place, one in inner:
            if isinstance(one, dict) and "label" in one:
                yield from iter_levels(one, place)


def _validate_level(where: str, level: Item, root: bool) -> Iterator[str]:
    yield from validate_text(level, "label", f"{where}.", required=True)
    if str(level.get("type")).lower() not in _LEVEL_TYPES:
        yield f"{where}.type must be one of {', '.join(_LEVEL_TYPES)}"
    quantity = level.get("qty")
    if not isinstance(quantity, int) or isinstance(quantity, bool) or quantity < 1:
        yield f"{where}.qty must be a whole number from 1"
    elif root and quantity != 1:
        yield f"{where}.qty must be 1 at the outermost level"
    barcodes = level.get("barcode")
    for place, entry in enumerate(barcodes if isinstance(barcodes, list) else ()):
        if not isinstance(entry, dict):
            yield f"{where}.barcode[{place}] must be a dictionary with a barcode"
        elif problem := _validate_barcode(entry.get("barcode"), parse_code):
            yield f"{where}.barcode[{place}] {problem}"
    if barcodes is not None and not isinstance(barcodes, list):
        yield f"{where}.barcode must be a list of dictionaries with a barcode"


def get_barcodes(desired: Item) -> Iterator[tuple[str, str]]:
    """Iterate over all barcodes of a product with their paths, including those of its packaging."""
    held = [("barcodeList", desired.get("barcodeList"))]
    held += [
        (f"{place}.barcode", level.get("barcode"))
        for place, level in iter_levels(desired.get("itemConfig"), "itemConfig")
    ]
    for where, entries in held:
        for place, entry in enumerate(entries if isinstance(entries, list) else ()):
            code = entry.get("barcode") if isinstance(entry, dict) else entry
            if code is not None:
                yield f"{where}[{place}]", str(code)
