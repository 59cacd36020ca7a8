# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ansible_collections.greyops.rest.plugins.module_utils._greymatter.things import CATALOG, CATEGORY, listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ansible_collections.greyops.rest.plugins.module_utils._greymatter.gateway import Gateway
    from ansible_collections.greyops.rest.plugins.module_utils._greymatter.listing import Item

SKU = "product_sku"

Group = tuple[str, ...]


@dataclass(frozen=True)
class Family:
    """What a product has from its category and its catalog.

    ``declared`` are the types of attributes by their names; None where nobody knows the catalog, or there is none.
    ``unknown`` says that nobody knows the category: it may have a schema and attributes all the same.
    """

    schema: Item | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    catalog: str | None = None
    declared: Mapping[str, str] | None = None
    unknown: bool = False


def groups_of(schema: Any) -> tuple[Group, ...]:
    """The groups of attributes whose values are unique together; by default the product's number alone (documented as
    the one attribute that every product has)."""
    unique = schema.get("unique") if isinstance(schema, dict) else None
    unique = unique if isinstance(unique, list) else ()
    groups = tuple(tuple(map(str, group)) for group in unique if isinstance(group, list) and group)
    return groups or ((SKU,),)


class Families:
    """Categories with their catalogs, each list read when it is first needed. Threads may share it."""

    def __init__(
        self, categories: Callable[[], Sequence[Item]] | None, catalogs: Callable[[], Sequence[Item]] | None
    ) -> None:
        """
        :param categories: gets all of them; without it every category may be there.
        """
        self._categories = categories
        self._catalogs = catalogs
        self._families: dict[str, Family] | None = None
        self._lock = threading.Lock()

    def of(self, category: Any) -> Family | None:
        """What a category's products have from it, or those of no category; None where there is no such category."""
        if not category:
            return Family()
        if self._categories is None:
            return Family(unknown=True)
        with self._lock:
            if self._families is None:
                self._families = self._read(self._categories())
        return self._families.get(str(category))

    def _read(self, categories: Sequence[Item]) -> dict[str, Family]:
        catalogs = self._catalogs() if categories and self._catalogs else ()
        declared = {str(catalog.get("clientCatalogId")): declared_by(catalog) for catalog in catalogs}
        return {
            str(category.get("clientCategoryId")): Family(
                schema=_dictionary(category.get("schema")) or None,
                attributes=_dictionary(category.get("attributes")),
                catalog=str(category.get("clientCatalogId")),
                declared=declared.get(str(category.get("clientCatalogId"))),
            )
            for category in categories
        }


def _dictionary(value: Any) -> Item:
    """What is none was told already, or is nothing."""
    return value if isinstance(value, dict) else {}


def families_of(
    gateway: Gateway, categories: Sequence[Item] | None = None, catalogs: Sequence[Item] | None = None
) -> Families:
    """Those of the site, and what is given besides; of two with one id it is the given one."""
    return Families(
        lambda: [*listed(gateway, CATEGORY), *(categories or ())],
        lambda: [*listed(gateway, CATALOG), *(catalogs or ())],
    )


def families_given(categories: Sequence[Item] | None, catalogs: Sequence[Item] | None) -> Families:
    """Those alone, as far as they are given at all."""
    return Families(None if categories is None else lambda: categories, lambda: catalogs or ())


def declared_by(catalog: Item) -> dict[str, str]:
    """The types of the attributes that a catalog declares, by their names."""
    declared = catalog.get("exhaustive_pdea_list")
    return {
        str(attribute.get("field_name")): str(attribute.get("field_data_type")).lower()
        for attribute in (declared if isinstance(declared, list) else ())
        if isinstance(attribute, dict)
    }
