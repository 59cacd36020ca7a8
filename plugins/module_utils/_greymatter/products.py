# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .._comparison import is_empty
from .._errors import OptionError
from .._resource import Item, ResourcePlan, plan_resource
from .category_index import (
    SKU,
    CategoryDefaults,
    Group,
    get_groups,
)
from .client import list_all
from .comparison import find_differences
from .master_data import MasterDataApi, MasterDataType
from .validation import PRODUCT_KEYS
from .values import convert

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from .client import GreyMatterClient

# The keys that were seen to contain the number that GreyMatter assigns to a product.
_UIDS = ("uid", "product_uid", "id")

# The keys that a product must have itself (documented), even if its category has the same values.
_OWN = frozenset({"weight", "dimension"})


def get_uid(item: Item) -> str:
    return next((str(item[name]) for name in _UIDS if item.get(name) is not None), "")


def get_attributes(item: Item) -> Item:
    """Return its productAttributes, or an empty dictionary for an invalid value."""
    current = item.get("productAttributes")
    return current if isinstance(current, dict) else {}


def get_sku(item: Item) -> str:
    return str(get_attributes(item).get(SKU))


PRODUCT = MasterDataType(
    noun="product",
    route="product",
    writable=tuple(PRODUCT_KEYS.values()),
    get_key=get_sku,
    get_path_ids=lambda item: {"id": get_uid(item)},
)


@dataclass(frozen=True)
class Key:
    """The attributes that identify a product: those of a unique group, as far as they are given."""

    names: Group
    values: tuple[Any, ...]

    @property
    def searched(self) -> tuple[str, Any]:
        """Return the attribute to search for, and its value: the product's number if it is part of the group."""
        place = self.names.index(SKU) if SKU in self.names else 0
        return self.names[place], self.values[place]

    @property
    def label(self) -> str:
        return "/".join(map(format_key_value, self.values))

    def matches(self, item: Item) -> bool:
        current = get_attributes(item)
        return all(
            format_key_value(current.get(name)) == format_key_value(value)
            for name, value in zip(self.names, self.values)
        )


def get_key(desired: Item, defaults: CategoryDefaults | None) -> Key:
    """Return the first unique group that is given completely, else the given part of the first one."""
    attributes = desired["productAttributes"]
    groups = get_groups(desired.get("schema") or (defaults.schema if defaults else None))
    given = [tuple(name for name in group if not is_empty(attributes.get(name))) for group in groups]
    whole = [group for group, names in zip(groups, given) if group == names]
    names = next(iter([*whole, *filter(None, given)]), (SKU,))
    return Key(names, tuple(_convert_declared(defaults, name, attributes.get(name)) for name in names))


def _convert_declared(defaults: CategoryDefaults | None, name: str, value: Any) -> Any:
    try:
        return (
            convert(value, defaults.declared[name])
            if defaults and defaults.declared and name in defaults.declared
            else value
        )
    except ValueError:  # reported when the product is validated
        return value


def format_key_value(value: Any) -> str:
    """Format a value of a key as text: equal for numbers of the same value, and for text that spells them."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def search(client: GreyMatterClient, name: str, values: Sequence[Any]) -> list[Item]:
    """Return the products that have one of these values in an attribute; GreyMatter omits unknown values."""
    filters = [{"key": name, "operator": "in", "value": list(values)}]
    return list_all(client, "product_search", body={"filter_params": filters})


def find_product(client: GreyMatterClient, key: Key, desired: Item) -> Item | None:
    name, value = key.searched
    return find_matching(search(client, name, [value]), key, desired)


class ProductApi(MasterDataApi):
    """The API of one product, which is searched by its key."""

    def __init__(self, client: GreyMatterClient, key: Key, desired: Item) -> None:
        super().__init__(client, PRODUCT)
        self._key = key
        self._desired = desired

    def find(self, _params: Mapping[str, Any] | None = None) -> Item | None:
        return find_product(self.client, self._key, self._desired)

    def find_again(self, _plan: ResourcePlan, _item: Item | None = None) -> Item | None:
        return self.find()


def find_matching(found: Iterable[Item], key: Key, desired: Item) -> Item | None:
    """Return the product that matches the desired one.

    :raises OptionError: if several match.
    """
    fitting = [item for item in found if key.matches(item)]
    if len(fitting) > 1:
        # Only the existing products show which other attributes make them unique.
        fitting = [item for item in fitting if _build_whole_key(item, desired).matches(item)]
    if len(fitting) > 1:
        names = sorted({name for item in fitting for group in get_groups(item.get("schema")) for name in group})
        uids = ", ".join(sorted(map(get_uid, fitting)))
        raise OptionError(
            f"There are {len(fitting)} products with {_format_key(key)} (uid {uids}).",
            hint=f"Give all of productAttributes that are unique together: {', '.join(names)}.",
        )
    return fitting[0] if fitting else None


def _build_whole_key(item: Item, desired: Item) -> Key:
    given = desired["productAttributes"]
    names = {name for group in get_groups(item.get("schema")) for name in group if not is_empty(given.get(name))}
    return Key(tuple(sorted(names)), tuple(given[name] for name in sorted(names)))


def _format_key(key: Key) -> str:
    return " and ".join(f"{name} {value}" for name, value in zip(key.names, key.values))


def plan_product(current: Item | None, desired: Item, defaults: CategoryDefaults, state: str) -> ResourcePlan:
    """Plan the change from the current to the desired product; inherited values stay with the category."""
    own = None if current is None else strip_inherited(current, defaults)
    return plan_resource(PRODUCT, current, desired, state, own=own)


def strip_inherited(current: Item, defaults: CategoryDefaults) -> Item:
    """Return a product without what it inherits: if written, inherited values would become the product's own."""
    own = {**current}
    if isinstance(current.get("attributes"), dict):
        own["attributes"] = {
            name: value
            for name, value in current["attributes"].items()
            if name in _OWN or name not in defaults.attributes or not _is_equal(value, defaults.attributes[name])
        }
    if defaults.schema is not None and current.get("schema") and _is_equal(current["schema"], defaults.schema):
        del own["schema"]
    return own


def read_products(
    client: GreyMatterClient, skus: Sequence[str] | None, filters: Sequence[Item], batch: int = 500
) -> list[Item]:
    """Return the products with these numbers, else those that match all filters; without filters all (inferred)."""
    if skus is None:
        found = list_all(client, "product_search", body={"filter_params": list(filters)})
    else:
        wanted = list(dict.fromkeys(skus))
        chunks = [wanted[start : start + batch] for start in range(0, len(wanted), batch)]
        found = [item for chunk in chunks for item in search(client, SKU, chunk)]
    return sorted(found, key=lambda item: (get_sku(item), get_uid(item)))


def _is_equal(one: Any, other: Any) -> bool:
    return not find_differences(one, other) and not find_differences(other, one)
