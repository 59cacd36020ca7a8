# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Calls without a resource: audits, and the report that labels are printed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._errors import HTTPStatusError
from .codes import validate_code

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .client import GreyMatterClient

    Item = dict[str, Any]

LOCATION = "location"
SKU = "sku"
_SKU_KEYS = ("sku", "attributes_sets")


def validate_audit(params: dict[str, Any]) -> list[str]:
    """Return everything wrong with an audit that can be checked without a request, each with its place."""
    problems = [] if params["name"].strip() else ["name is empty"]
    wanted, other = ("locations", "skus") if params["type"] == LOCATION else ("skus", "locations")
    if not params[wanted]:
        problems.append(f"{wanted} must have at least one entry: it is an audit of type {params['type']}")
    if params[other] is not None:
        problems.append(f"{other} is not for an audit of type {params['type']}")
    locations = params["locations"] or []
    problems += [f"locations[{number}] is empty" for number, one in enumerate(locations) if not one.strip()]
    problems += _find_duplicates("locations", locations)
    for number, entry in enumerate(params["skus"] or []):
        problems += _validate_sku(entry, f"skus[{number}]")
    return problems + _find_duplicates("skus", [str(entry.get("sku")) for entry in params["skus"] or []])


def _validate_sku(entry: Item, place: str) -> Iterator[str]:
    unknown = sorted(str(key) for key in entry if key not in _SKU_KEYS)
    if unknown:
        yield f"{place} has no {', '.join(unknown)}: its keys are {', '.join(_SKU_KEYS)}"
    sku = entry.get("sku")
    if sku is None or not str(sku).strip():
        yield f"{place}.sku is missing"
    else:
        yield from validate_code(sku, f"{place}.sku")
    sets = entry.get("attributes_sets") or []
    if not isinstance(sets, list):
        yield f"{place}.attributes_sets must be a list"
        return
    for number, each in enumerate(sets):
        if not isinstance(each, dict) or not each or not all(isinstance(values, list) for values in each.values()):
            yield f"{place}.attributes_sets[{number}] must contain lists of values by the names of attributes"


def _find_duplicates(name: str, values: list[str]) -> list[str]:
    return [f"{name}: {value} occurs twice" for value in sorted({each for each in values if values.count(each) > 1})]


def build_body(params: dict[str, Any]) -> Item:
    """Build the audit to send (documented: the object; inferred: that it is the request body)."""
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


def create_audit(client: GreyMatterClient, body: Item) -> Item:
    """Create the audit and return it as in the response, with at least its id."""
    response = client.call("audit_create", json=body)
    document = response.parse_json()
    if not isinstance(document, dict):
        raise response.build_error(
            HTTPStatusError, "answered with JSON that is not an audit.", hint="Check whether it was created."
        )
    return {**body, **document}


# Documented: the meaning of these statuses of this call.
_REASONS = {
    400: "the order has a status that does not allow it",
    404: "there is no order with that id",
}


def report_print_ready(client: GreyMatterClient, order: str) -> None:
    """Report to GreyMatter that the documents to print for an order are ready (documented: no body either way).

    :raises HTTPStatusError: if the order does not exist, or its state does not allow it.
    """
    response = client.call("print_ready", ids={"id": order}, expected=(*range(200, 300), *_REASONS))
    if response.status in _REASONS:
        reason = client.api.find_error_reason(response).rstrip(".")
        raise response.build_error(
            HTTPStatusError,
            f"refused that {order} is ready to print with HTTP {response.status}.",
            reason=f"{_REASONS[response.status]} ({reason})" if reason else _REASONS[response.status],
            hint="If the site has another path, give it as print_ready in routes.",
        )
