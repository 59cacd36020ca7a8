# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What a product inherits from its category and the category's catalog."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .._similar_names import append_nearest
from .master_data import CATALOG, CATEGORY, MasterDataApi

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._resource import Item
    from .client import GreyMatterClient

SKU = "product_sku"

Group = tuple[str, ...]

_MAX_DESCRIBED = 20


@dataclass(frozen=True)
class CategoryDefaults:
    """The values that a product inherits from its category and its catalog.

    ``declared`` maps the names of attributes to their types; None if the catalog is unknown or there is none.
    ``is_unknown`` means that the category is unknown: it may still have a schema and attributes.
    """

    schema: Item | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    catalog: str | None = None
    declared: Mapping[str, str] | None = None
    is_unknown: bool = False


def get_groups(schema: Any) -> tuple[Group, ...]:
    """Return the groups of attributes whose values are unique together; by default only the product's number
    (documented as the one attribute that every product has).
    """
    unique = schema.get("unique") if isinstance(schema, dict) else None
    unique = unique if isinstance(unique, list) else ()
    groups = tuple(tuple(map(str, group)) for group in unique if isinstance(group, list) and group)
    return groups or ((SKU,),)


class CategoryIndex:
    """Categories with their catalogs; each list is read on first use. Safe to share between threads."""

    def __init__(
        self, categories: Callable[[], Sequence[Item]] | None, catalogs: Callable[[], Sequence[Item]] | None
    ) -> None:
        """
        :param categories: lists all categories; if None, every category may exist.
        """
        self._list_categories = categories
        self._list_catalogs = catalogs
        self._categories: dict[str, CategoryDefaults] | None = None
        self._nearest: dict[str, str] = {}
        self._lock = threading.Lock()

    def get(self, category: Any) -> CategoryDefaults | None:
        """Return what a category's products inherit, or the defaults without a category; None if it does not exist."""
        if not category:
            return CategoryDefaults()
        if self._list_categories is None:
            return CategoryDefaults(is_unknown=True)
        with self._lock:
            if self._categories is None:
                self._categories = self._read(self._list_categories())
        return self._categories.get(str(category))

    def append_nearest(self, category: Any) -> str:
        """Return the end of a sentence about a category that does not exist: the nearest ones, if any is similar."""
        name = str(category)
        if name not in self._nearest:
            # More sentences are not shown, and finding similar names takes time.
            is_shown = len(self._nearest) < _MAX_DESCRIBED
            self._nearest[name] = append_nearest(name, self._categories or ()) if is_shown else ""
        return self._nearest[name]

    def _read(self, categories: Sequence[Item]) -> dict[str, CategoryDefaults]:
        catalogs = self._list_catalogs() if categories and self._list_catalogs else ()
        declared = {str(catalog.get("clientCatalogId")): get_declared_types(catalog) for catalog in catalogs}
        return {
            str(category.get("clientCategoryId")): CategoryDefaults(
                schema=_as_dict(category.get("schema")) or None,
                attributes=_as_dict(category.get("attributes")),
                catalog=str(category.get("clientCatalogId")),
                declared=declared.get(str(category.get("clientCatalogId"))),
            )
            for category in categories
        }


def _as_dict(value: Any) -> Item:
    """Replace an invalid value, which validation reports, and a missing one by an empty dictionary."""
    return value if isinstance(value, dict) else {}


def load_categories(
    client: GreyMatterClient, categories: Sequence[Item] | None = None, catalogs: Sequence[Item] | None = None
) -> CategoryIndex:
    """Index the site's categories and the given ones; for the same id the given one is used."""
    return CategoryIndex(
        lambda: [*MasterDataApi(client, CATEGORY).list_items(), *(categories or ())],
        lambda: [*MasterDataApi(client, CATALOG).list_items(), *(catalogs or ())],
    )


def index_given(categories: Sequence[Item] | None, catalogs: Sequence[Item] | None) -> CategoryIndex:
    """Index only the given categories; if None, every category may exist."""
    return CategoryIndex(None if categories is None else lambda: categories, lambda: catalogs or ())


def get_declared_types(catalog: Item) -> dict[str, str]:
    """Return the types of the attributes that a catalog declares, by their names."""
    declared = catalog.get("exhaustive_pdea_list")
    return {
        str(attribute.get("field_name")): str(attribute.get("field_data_type")).lower()
        for attribute in (declared if isinstance(declared, list) else ())
        if isinstance(attribute, dict)
    }
