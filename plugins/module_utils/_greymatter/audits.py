# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.greyops.rest.plugins.module_utils._errors import ResponseError
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.codes import problems_of_code

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ansible_collections.greyops.rest.plugins.module_utils._greymatter.gateway import Gateway

    Item = dict[str, Any]

LOCATION = "location"
SKU = "sku"
_SKU_KEYS = ("sku", "attributes_sets")


def problems_of(params: dict[str, Any]) -> list[str]:
    """All that can be said against an audit without asking GreyMatter, each with its place."""
    problems = [] if params["name"].strip() else ["name is empty"]
    wanted, other = ("locations", "skus") if params["type"] == LOCATION else ("skus", "locations")
    if not params[wanted]:
        problems.append(f"{wanted} must have at least one entry: it is an audit of type {params['type']}")
    if params[other] is not None:
        problems.append(f"{other} is not for an audit of type {params['type']}")
    locations = params["locations"] or []
    problems += [f"locations[{number}] is empty" for number, one in enumerate(locations) if not one.strip()]
    problems += _twice("locations", locations)
    for number, entry in enumerate(params["skus"] or []):
        problems += _problems_of_sku(entry, f"skus[{number}]")
    return problems + _twice("skus", [str(entry.get("sku")) for entry in params["skus"] or []])


def _problems_of_sku(entry: Item, place: str) -> Iterator[str]:
    unknown = sorted(str(key) for key in entry if key not in _SKU_KEYS)
    if unknown:
        yield f"{place} has no {', '.join(unknown)}: its keys are {', '.join(_SKU_KEYS)}"
    sku = entry.get("sku")
    if sku is None or not str(sku).strip():
        yield f"{place}.sku is missing"
    else:
        yield from problems_of_code(sku, f"{place}.sku")
    sets = entry.get("attributes_sets") or []
    if not isinstance(sets, list):
        yield f"{place}.attributes_sets must be a list"
        return
    for number, each in enumerate(sets):
        if not isinstance(each, dict) or not each or not all(isinstance(values, list) for values in each.values()):
            yield f"{place}.attributes_sets[{number}] must hold lists of values by the names of attributes"


def _twice(name: str, values: list[str]) -> list[str]:
    return [f"{name}: {value} is there twice" for value in sorted({each for each in values if values.count(each) > 1})]


def body_of(params: dict[str, Any]) -> Item:
    """The audit as it is sent (documented: the object; inferred: that it is sent so)."""
    if params["type"] == LOCATION:
        value: Item = {"locations_list": params["locations"]}
    else:
        skus = params["skus"]
        value = {
            "attributes_list": [
                {"sku": entry["sku"], "attributes_sets": entry.get("attributes_sets") or []} for entry in skus
            ]
        }
    return {"audit_param_name": params["name"], "audit_param_type": params["type"], "audit_param_value": value}


def create(gateway: Gateway, body: Item) -> Item:
    """The audit as GreyMatter has it; its id at the least."""
    answer = gateway.call("audit_create", json=body)
    document = answer.json()
    if not isinstance(document, dict):
        raise answer.error(ResponseError, "answered with what is no audit.", hint="Look whether it made one.")
    return {**body, **document}
