# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ansible_collections.greyops.rest.plugins.module_utils._greymatter.datatypes import DATA_TYPES
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.families import declared_by
from ansible_collections.greyops.rest.plugins.module_utils._texts import text_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from ansible_collections.greyops.rest.plugins.module_utils._greymatter.listing import Item

# Documented for clientCategoryId, description and imageUrl of products.
LONGEST = 255

_LOCALE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*")


def problems_of_catalog(wish: Item, where: str = "", *, complete: bool = False) -> list[str]:
    """All that can be said against a catalog without asking GreyMatter, each with its path.

    :param complete: whether nothing may be missing that GreyMatter needs to make one.
    """
    problems = [*problems_of_text(wish, "clientCatalogId", where, required=True)]
    problems += problems_of_text(wish, "description", where)
    declared = wish.get("exhaustive_pdea_list")
    if declared is None and complete:
        problems.append(f"{where}exhaustive_pdea_list is missing")
    if declared is not None:
        problems += _problems_of_declarations(declared, f"{where}exhaustive_pdea_list")
    return problems


def _problems_of_declarations(declared: Any, where: str) -> Iterator[str]:
    if not isinstance(declared, list):
        yield f"{where} must be a list of attributes"
        return
    places: dict[str, str] = {}
    for number, attribute in enumerate(declared):
        place = f"{where}[{number}]"
        if not isinstance(attribute, dict):
            yield f"{place} must be a dictionary with field_name, field_data_type and display_data"
            continue
        yield from problems_of_text(attribute, "field_name", f"{place}.", required=True)
        name = str(attribute.get("field_name"))
        if places.setdefault(name, place) != place:
            yield f"{place}.field_name {name} is the name of {places[name]} as well"
        if attribute.get("field_data_type") not in DATA_TYPES:
            yield f"{place}.field_data_type must be one of {', '.join(DATA_TYPES)}"
        yield from _problems_of_labels(attribute.get("display_data"), f"{place}.display_data")


def _problems_of_labels(labels: Any, where: str) -> Iterator[str]:
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
        yield from problems_of_text(label, "display_name", f"{place}.", required=True)


def problems_of_category(
    wish: Item, where: str = "", *, complete: bool = False, declared: Collection[str] | None = None
) -> list[str]:
    """All that can be said against a category without asking GreyMatter, each with its path.

    :param declared: the attributes that its catalog declares, if others are refused.
    """
    problems = [*problems_of_text(wish, "clientCategoryId", where, required=True, longest=LONGEST)]
    problems += problems_of_text(wish, "clientCatalogId", where, required=complete)
    problems += problems_of_text(wish, "description", where)
    problems += problems_of_schema(wish.get("schema"), f"{where}schema", declared)
    for key in ("categoryAttributes", "attributes"):
        if wish.get(key) is not None and not isinstance(wish[key], dict):
            problems.append(f"{where}{key} must be a dictionary")
    return problems


def problems_of_parents(
    catalogs: Sequence[Item] | None, categories: Sequence[Item] | None, *, strict: bool = False
) -> list[str]:
    """All that can be said against catalogs and categories that belong together.

    :param strict: whether a schema may only name attributes that the catalog declares.
    """
    problems: list[str] = []
    declared = {str(catalog.get("clientCatalogId")): declared_by(catalog) for catalog in catalogs or () if strict}
    for number, catalog in enumerate(catalogs or ()):
        problems += problems_of_catalog(catalog, f"catalogs[{number}].", complete=True)
    for number, category in enumerate(categories or ()):
        known = declared.get(str(category.get("clientCatalogId")))
        problems += problems_of_category(category, f"categories[{number}].", complete=True, declared=known)
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


def problems_of_schema(schema: Any, where: str, declared: Collection[str] | None = None) -> Iterator[str]:
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


def problems_of_text(
    holder: Item, key: str, where: str, *, required: bool = False, longest: int | None = None
) -> Iterator[str]:
    value = holder.get(key)
    if value is None:
        if required:
            yield f"{where}{key} is missing"
        return
    try:
        text = text_of(value)
    except ValueError as error:
        yield f"{where}{key} {error}"
        return
    if required and not text:
        yield f"{where}{key} is empty"
    elif longest is not None and len(text) > longest:
        yield f"{where}{key} has {len(text)} characters, and at most {longest} are allowed"
