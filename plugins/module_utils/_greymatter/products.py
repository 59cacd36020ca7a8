# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ansible_collections.greyops.rest.plugins.module_utils._comparison import is_empty
from ansible_collections.greyops.rest.plugins.module_utils._errors import OptionError
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.datatypes import typed
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.families import SKU, Family, Group, groups_of
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.likeness import differences
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.listing import Item, list_all
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.product_checks import PRODUCT_KEYS
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.things import Kind, Plan, plan

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ansible_collections.greyops.rest.plugins.module_utils._greymatter.gateway import Gateway

# The names under which the number that GreyMatter gave a product was seen.
_UIDS = ("uid", "product_uid", "id")

# What a product must carry itself (documented), even where its category has the same.
_OWN = frozenset({"weight", "dimension"})


def uid_of(item: Item) -> str:
    return next((str(item[name]) for name in _UIDS if item.get(name) is not None), "")


def attributes_of(item: Item) -> Item:
    """Its productAttributes, whatever the site has there."""
    there = item.get("productAttributes")
    return there if isinstance(there, dict) else {}


def sku_of(item: Item) -> str:
    return str(attributes_of(item).get(SKU))


PRODUCT = Kind(
    noun="product",
    route="product",
    fields=tuple(PRODUCT_KEYS.values()),
    label=sku_of,
    ids=lambda item: {"id": uid_of(item)},
)


@dataclass(frozen=True)
class Key:
    """What a product is found by: the attributes of a unique group, as far as they are given."""

    names: Group
    values: tuple[Any, ...]

    @property
    def searched(self) -> tuple[str, Any]:
        """The attribute that the search is for, and its value: the product's number if it is one of the group."""
        place = self.names.index(SKU) if SKU in self.names else 0
        return self.names[place], self.values[place]

    @property
    def label(self) -> str:
        return "/".join(map(plain, self.values))

    def fits(self, item: Item) -> bool:
        there = attributes_of(item)
        return all(plain(there.get(name)) == plain(value) for name, value in zip(self.names, self.values))


def key_of(wish: Item, family: Family | None) -> Key:
    """The first unique group that is given whole, else what is given of the first one."""
    attributes = wish["productAttributes"]
    groups = groups_of(wish.get("schema") or (family.schema if family else None))
    given = [tuple(name for name in group if not is_empty(attributes.get(name))) for group in groups]
    whole = [group for group, names in zip(groups, given) if group == names]
    names = next(iter([*whole, *filter(None, given)]), (SKU,))
    return Key(names, tuple(_declared_value(family, name, attributes.get(name)) for name in names))


def _declared_value(family: Family | None, name: str, value: Any) -> Any:
    try:
        return typed(value, family.declared[name]) if family and family.declared and name in family.declared else value
    except ValueError:  # told when the product is checked
        return value


def plain(value: Any) -> str:
    """A value of a key as text: numbers by value, and as the text that spells them."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def search(gateway: Gateway, name: str, values: Sequence[Any]) -> list[Item]:
    """The products that have one of these values in an attribute; GreyMatter leaves out what it does not have."""
    filters = [{"key": name, "operator": "in", "value": list(values)}]
    return list_all(gateway, "product_search", body={"filter_params": filters})


def find_product(gateway: Gateway, key: Key, wish: Item) -> Item | None:
    name, value = key.searched
    return matching(search(gateway, name, [value]), key, wish)


def matching(found: Iterable[Item], key: Key, wish: Item) -> Item | None:
    """The one that a wish is about.

    :raises OptionError: there are several.
    """
    fitting = [item for item in found if key.fits(item)]
    if len(fitting) > 1:
        # Only the products that are there tell what else makes them unique.
        fitting = [item for item in fitting if _whole_key(item, wish).fits(item)]
    if len(fitting) > 1:
        names = sorted({name for item in fitting for group in groups_of(item.get("schema")) for name in group})
        uids = ", ".join(sorted(map(uid_of, fitting)))
        raise OptionError(
            f"There are {len(fitting)} products with {_told(key)} (uid {uids}).",
            hint=f"Give all of productAttributes that are unique together: {', '.join(names)}.",
        )
    return fitting[0] if fitting else None


def _whole_key(item: Item, wish: Item) -> Key:
    given = wish["productAttributes"]
    names = {name for group in groups_of(item.get("schema")) for name in group if not is_empty(given.get(name))}
    return Key(tuple(sorted(names)), tuple(given[name] for name in sorted(names)))


def _told(key: Key) -> str:
    return " and ".join(f"{name} {value}" for name, value in zip(key.names, key.values))


def plan_product(current: Item | None, wish: Item, family: Family, state: str) -> Plan:
    """The way from a product that is there to what is wished for; what its category gives it stays the category's."""
    return plan(PRODUCT, current, wish, state, None if current is None else own_part(current, family))


def own_part(current: Item, family: Family) -> Item:
    """A product without what its category gives it: written back, that would be its own from now on."""
    own = {**current}
    if isinstance(current.get("attributes"), dict):
        own["attributes"] = {
            name: value
            for name, value in current["attributes"].items()
            if name in _OWN or name not in family.attributes or not _same(value, family.attributes[name])
        }
    if family.schema is not None and current.get("schema") and _same(current["schema"], family.schema):
        del own["schema"]
    return own


def read_products(
    gateway: Gateway, skus: Sequence[str] | None, filters: Sequence[Item], batch: int = 500
) -> list[Item]:
    """The products with these numbers, else those that fit all filters; without any filter all there are (inferred)."""
    if skus is None:
        found = list_all(gateway, "product_search", body={"filter_params": list(filters)})
    else:
        wanted = list(dict.fromkeys(skus))
        chunks = [wanted[start : start + batch] for start in range(0, len(wanted), batch)]
        found = [item for chunk in chunks for item in search(gateway, SKU, chunk)]
    return sorted(found, key=lambda item: (sku_of(item), uid_of(item)))


def _same(one: Any, other: Any) -> bool:
    return not differences(one, other) and not differences(other, one)
