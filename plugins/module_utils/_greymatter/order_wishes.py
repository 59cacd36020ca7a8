# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ansible_collections.greyops.rest.plugins.module_utils._comparison import is_empty
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.codes import problems_of_code
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.families import SKU
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.orders import (
    PICK,
    PICK_LINE,
    PUT,
    TIMES,
    is_time,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ansible_collections.greyops.rest.plugins.module_utils._greymatter.orders import Item

PRIORITIES = ("low", "normal", "high", "critical")
_LINE_KEYS = ("product", "quantity", "external_service_request_id", "attributes")
# Documented: how each names a product, under productAttributes.
_STYLES = {PUT: "pdfa_values", PICK: "filter_parameters"}


def problems_of(params: dict[str, Any]) -> list[str]:
    """All that can be said against a service request without asking GreyMatter, each with its place."""
    problems = []
    if not params["external_service_request_id"].strip():
        problems.append("external_service_request_id is empty")
    if not params["wait_timeout"] > 0:  # which is what NaN is, too
        problems.append("wait_timeout must be a number of seconds above 0")
    if params["wait_for"] is not None and not all(state.strip() for state in params["wait_for"] or [""]):
        problems.append("wait_for must name at least one state, and none of them may be empty")
    problems += _problems_of_attributes(params["attributes"] or {})
    kind = params["type"]
    if kind == PUT and params["service_requests"] is not None:
        problems.append("service_requests is for PICK: a PUT takes lines or expectations")
    if kind == PICK and params["expectations"] is not None:
        problems.append("expectations is for PUT: a PICK takes lines or service_requests")
    if params["lines"] is not None:
        problems += _problems_of_lines(kind, params["lines"])
    if params["expectations"] is not None:
        problems += _problems_of_expectations(kind, params["expectations"], "expectations")
    if params["service_requests"] is not None:
        problems += _problems_of_children(params["service_requests"])
    return problems


def _problems_of_attributes(attributes: Item) -> Iterator[str]:
    priority = attributes.get("simple_priority")
    if priority is not None and str(priority).lower() not in PRIORITIES:
        yield f"attributes.simple_priority must be one of {', '.join(PRIORITIES)}, and {priority!r} is none"
    for name in TIMES:
        if not is_empty(attributes.get(name)) and not is_time(attributes[name]):
            yield f"attributes.{name} must be a time such as 2030-01-01T18:00:00Z, and {attributes[name]!r} is none"
    options = attributes.get("order_options")
    if options is not None and not isinstance(options, dict):
        yield "attributes.order_options must be a dictionary"


def _problems_of_lines(kind: str, lines: list[Item]) -> Iterator[str]:
    if not lines:
        yield "lines is empty: give at least one"
    for number, line in enumerate(lines):
        place = f"lines[{number}]"
        unknown = sorted(str(key) for key in line if key not in _LINE_KEYS)
        if unknown:
            yield f"{place} has no {', '.join(unknown)}: its keys are {', '.join(_LINE_KEYS)}"
        product = line.get("product")
        if not isinstance(product, dict) or not product:
            yield f"{place}.product must name attributes of the product, such as product_sku"
        else:
            yield from _problems_of_product(product, f"{place}.product")
        if _whole(line.get("quantity")) is None:
            yield f"{place}.quantity must be a whole number above 0, and {line.get('quantity')!r} is none"
        if kind == PUT and not is_empty(line.get("external_service_request_id")):
            yield f"{place}.external_service_request_id is for PICK: the lines of a PUT have no id"
        if not isinstance(line.get("attributes") or {}, dict):
            yield f"{place}.attributes must be a dictionary"
        elif kind == PUT and line.get("attributes"):
            yield f"{place}.attributes is for PICK: the lines of a PUT have none"
    yield from _problems_of_ids("lines", [line.get("external_service_request_id") for line in lines])


def _problems_of_ids(place: str, values: list[Any]) -> Iterator[str]:
    ids = [str(value) for value in values if not is_empty(value)]
    yield from (f"{place}: {each} is the id of two" for each in sorted({each for each in ids if ids.count(each) > 1}))


def _problems_of_product(product: Item, place: str) -> Iterator[str]:
    for name, value in product.items():
        if not re.fullmatch(r"[\w.-]+", str(name)):
            yield f"{place}: {name!r} is no name of an attribute"
        if isinstance(value, (dict, list)) or is_empty(value):
            yield f"{place}.{name} must be a value"
        elif name == SKU:
            yield from problems_of_code(value, f"{place}.{name}")


def _problems_of_children(children: list[Item]) -> Iterator[str]:
    if not children:
        yield "service_requests is empty: give at least one line"
    for number, child in enumerate(children):
        place = f"service_requests[{number}]"
        if str(child.get("type")).upper() != PICK_LINE:
            yield f"{place}.type must be {PICK_LINE}"
        yield from _problems_of_expectations(PICK, child.get("expectations"), f"{place}.expectations")
    yield from _problems_of_ids("service_requests", [child.get("externalServiceRequestId") for child in children])


def _problems_of_expectations(kind: str, expectations: Any, place: str) -> Iterator[str]:
    containers = expectations.get("containers") if isinstance(expectations, dict) else None
    if not isinstance(containers, list) or not containers:
        yield f"{place}.containers must be a list of at least one container"
        return
    for number, container in enumerate(containers):
        yield from _problems_of_container(kind, container, f"{place}.containers[{number}]")


def _problems_of_container(kind: str, container: Any, place: str) -> Iterator[str]:
    if not isinstance(container, dict):
        yield f"{place} must be a dictionary"
        return
    if not container.get("products") and not container.get("containers"):
        yield f"{place} has neither products nor containers"
    if container.get("containers"):
        yield from _problems_of_expectations(kind, container, place)
    products = container.get("products") or []
    if not isinstance(products, list):
        yield f"{place}.products must be a list"
        return
    for number, product in enumerate(products):
        yield from _problems_of_product_line(kind, product, f"{place}.products[{number}]")


def _problems_of_product_line(kind: str, product: Any, place: str) -> Iterator[str]:
    if not isinstance(product, dict):
        yield f"{place} must be a dictionary"
        return
    if _whole(product.get("productQuantity")) is None:
        yield f"{place}.productQuantity must be a whole number above 0, and {product.get('productQuantity')!r} is none"
    named, style = product.get("productAttributes"), _STYLES[kind]
    wanted = list if kind == PICK else dict
    if not isinstance(named, dict) or not isinstance(named.get(style), wanted) or not named[style]:
        what = (
            "a list such as [\"product_sku = 'MUG-01'\"]"
            if kind == PICK
            else "a dictionary such as product_sku: MUG-01"
        )
        yield f"{place}.productAttributes.{style} must name the product of a {kind}: {what}"
    elif kind == PUT and not is_empty(named[style].get(SKU)):
        yield from problems_of_code(named[style][SKU], f"{place}.productAttributes.{style}.{SKU}")


def _whole(value: Any) -> int | None:
    """A quantity, also as the text that a template makes of it; None if it is none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, str) and re.fullmatch(r"\d{1,18}", value.strip(), re.ASCII):
        value = int(value)
    return value if isinstance(value, int) and value > 0 else None


def wish_of(params: dict[str, Any]) -> Item:
    """What a user says of a service request that stands up to :func:`problems_of`, in the API's keys."""
    kind = params["type"]
    wish: Item = {"externalServiceRequestId": params["external_service_request_id"], "type": kind}
    if params["attributes"] is not None:
        wish["attributes"] = dict(params["attributes"])
        if not is_empty(wish["attributes"].get("simple_priority")):
            wish["attributes"]["simple_priority"] = str(wish["attributes"]["simple_priority"]).lower()
    if params["expectations"] is not None:
        wish["expectations"] = params["expectations"]
    if params["service_requests"] is not None:
        wish["serviceRequests"] = params["service_requests"]
    if params["lines"] is not None:
        if kind == PUT:
            wish["expectations"] = _expected([_product_line(kind, line) for line in params["lines"]])
        else:
            wish["serviceRequests"] = [_child(line) for line in params["lines"]]
    return wish


def _child(line: Item) -> Item:
    child = {"type": PICK_LINE, "expectations": _expected([_product_line(PICK, line)])}
    if not is_empty(line.get("external_service_request_id")):
        child["externalServiceRequestId"] = str(line["external_service_request_id"])
    if line.get("attributes"):
        child["attributes"] = line["attributes"]
    return child


def _expected(products: list[Item]) -> Item:
    return {"containers": [{"products": products}]}


def _product_line(kind: str, line: Item) -> Item:
    product = line["product"]
    named = filters_of(product) if kind == PICK else product
    return {"productQuantity": _whole(line["quantity"]), "productAttributes": {_STYLES[kind]: named}}


def filters_of(product: Item) -> list[str]:
    """The expressions that pick a product (documented: ``product_sku = 'MUG-01'``).

    Inferred: a quote in a value is doubled, and numbers and truths stand without quotes.
    """
    return [f"{name} = {_literal(value)}" for name, value in product.items()]


def _literal(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return str(value)
    quoted = str(value).replace("'", "''")
    return f"'{quoted}'"
