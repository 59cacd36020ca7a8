# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Service requests and their states."""

from __future__ import annotations

import copy
import itertools
import re
import time
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from typing import Any

from ..core.settings import GreyMatterSettings
from .endpoints import Problem, now_without_zone

Fields = dict[str, Any]
STATE_SEQUENCES = {
    "PUT": ("created", "stage_requested", "staged", "complete", "released"),
    "PICK": ("created", "fulfillable", "cancellation_locked", "pick_started", "complete"),
}
# A request in one of these states can be changed and cancelled.
CHANGEABLE_STATES = {"PUT": ("created",), "PICK": ("created", "fulfillable")}
CANCELLED = "cancelled"
STATUSES = {
    "created": "CREATED",
    "stage_requested": "PROCESSING",
    "staged": "PROCESSING",
    "fulfillable": "PROCESSING",
    "cancellation_locked": "PROCESSING",
    "pick_started": "PROCESSING",
    "complete": "PROCESSED",
    "released": "PROCESSED",
    "abandoned": "PROCESSED",
    "pending": "WAITING",
    "temporary_unfulfillable": "WAITING",
    "not_fulfillable": "FAILED",
    "rejected": "FAILED",
}
_ENDED = frozenset({"released", "abandoned", "not_fulfillable", "rejected", CANCELLED})
PRIORITIES = ("low", "normal", "high", "critical")
_EXPRESSION = re.compile(r"\s*[\w.]+\s*(=|!=|<|>|<=|>=)\s*('(?:[^'\\]|''|\\.)*'|-?\d+(\.\d+)?|true|false)\s*")
_SKU = re.compile(r"\s*product_sku\s*=\s*'((?:[^'\\]|''|\\.)*)'\s*")
# Indian time is written where the other times are UTC: two zones in one object, as the documentation's samples have it.
_OTHER_ZONE = -5.5 * 3600


class ServiceRequestStore:
    """All service requests, in the order of their creation."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        # Called with each service request that changes its state.
        self.listeners: list[Callable[[Fields], None]] = []
        self.clear()

    def clear(self) -> None:
        """Drop all; numbers continue."""
        self.service_requests: dict[int, Fields] = {}
        self._by_key: dict[tuple[str, str], int] = {}
        self._by_external: dict[str, list[int]] = {}
        self._since: dict[int, float] = {}

    def get(self, kind: str, external: str) -> Fields | None:
        """The request, or the line of one, that has an external id."""
        number = self._by_key.get((kind, external))
        return None if number is None else self.service_requests[number]

    def find_by_external_id(self, external: str) -> list[Fields]:
        """The requests of all types with an external id."""
        return [self.service_requests[number] for number in self._by_external.get(external, [])]

    def add(self, given: Fields, settings: GreyMatterSettings) -> Fields:
        """A new request with all numbers and times that the server sets."""
        order = self._build(given, settings)
        self.service_requests[order["id"]] = order
        self._since[order["id"]] = time.monotonic()
        for one in (order, *(order["serviceRequests"] or [])):
            if (external := one.get("externalServiceRequestId")) is not None:
                self._by_key[one["type"], external] = order["id"]
        if order.get("externalServiceRequestId") is not None:
            self._by_external.setdefault(order["externalServiceRequestId"], []).append(order["id"])
        return order

    def _build(self, given: Fields, settings: GreyMatterSettings) -> Fields:
        timestamps = _get_timestamps(settings)
        lines = given.get("serviceRequests")
        return {
            "id": next(self._numbers),
            "externalServiceRequestId": given.get("externalServiceRequestId"),
            "type": given["type"],
            "attributes": copy.deepcopy(given.get("attributes")),
            "expectations": self._build_containers(given.get("expectations"), timestamps),
            "actuals": None,
            "status": "CREATED",
            # The first state is written in capitals, all later ones are not.
            "state": "CREATED",
            "serviceRequests": [self._build(line, settings) for line in lines] if lines else None,
            "receivedOn": timestamps["receivedOn"],
            **{name: timestamps[name] for name in ("createdOn", "updatedOn")},
        }

    def _build_containers(self, expectations: Fields | None, timestamps: Fields) -> Fields | None:
        if not expectations:
            return None
        times = {name: timestamps[name] for name in ("createdOn", "updatedOn")}

        def container(given: Fields) -> Fields:
            products = [
                {**copy.deepcopy(one), "id": next(self._numbers), **times} for one in given.get("products") or []
            ]
            inner = [container(one) for one in given.get("containers") or []]
            made = {"type": "VIRTUAL", "state": None, "barcode": None, **given, "id": next(self._numbers)}
            return {**made, "products": products, "containers": inner or None, **times}

        return {"containers": [container(one) for one in expectations["containers"]]}

    def move(self, order: Fields, state: str, settings: GreyMatterSettings) -> None:
        """Put a request into a state, its lines with it."""
        moment = _get_timestamps(settings)["updatedOn"]
        for one in (order, *(order["serviceRequests"] or [])):
            status = settings.cancelled_spelling if state == CANCELLED else STATUSES[state]
            one |= {"state": state, "status": status, "updatedOn": moment}
            if state in ("pick_started", "staged") and one["expectations"]:
                one["actuals"] = {"containers": []}
            elif state in ("complete", "abandoned") and one["expectations"]:
                one["actuals"] = _build_actuals(one["expectations"], partly=state == "abandoned")
        self._since[order["id"]] = time.monotonic()
        for listener in self.listeners:
            listener(order)

    def change(self, order: Fields, attributes: Fields, settings: GreyMatterSettings) -> None:
        """Merge attributes into a request."""
        order["attributes"] = {**(order["attributes"] or {}), **copy.deepcopy(attributes)}
        order["updatedOn"] = _get_timestamps(settings)["updatedOn"]

    def step(self, order: Fields, settings: GreyMatterSettings) -> bool:
        """The next state of a request, if it has one."""
        way, state = STATE_SEQUENCES.get(order["type"], ()), order["state"].lower()
        if state not in way[:-1]:
            return False
        self.move(order, way[way.index(state) + 1], settings)
        return True

    def advance(self, settings: GreyMatterSettings) -> None:
        """Make the steps that are due by the clock."""
        if settings.order_transit != "clock":
            return
        now = time.monotonic()
        for number in list(self._since):
            since = self._since[number]
            while now - since >= settings.order_transit_time:
                if not self.step(self.service_requests[number], settings):
                    del self._since[number]
                    break
                since += settings.order_transit_time
                self._since[number] = since

    def find_matching(self, external: str, kind: str) -> list[Fields]:
        """The requests whose external id fits a pattern; of one type, unless none is named."""
        return [
            order
            for order in self.service_requests.values()
            if fnmatchcase(str(order["externalServiceRequestId"]), external) and kind in ("", order["type"])
        ]

    def get_open_skus(self) -> set[str]:
        """The SKUs that open requests name."""
        return {
            sku
            for order in self.service_requests.values()
            if order["state"].lower() not in _ENDED and not (order["type"] == "PICK" and order["state"] == "complete")
            for _where, sku in iter_skus(order)
        }


def validate_service_request(given: Fields, where: str = "") -> Iterator[Problem]:
    """The validation errors of a new service request."""
    kind = given.get("type")
    allowed = ("PICK_LINE",) if where else tuple(STATE_SEQUENCES)
    if kind not in allowed:
        yield Problem(f"{where}type", "INVALID", f"must be one of {', '.join(allowed)}")
        return
    external = given.get("externalServiceRequestId")
    if external is not None and (not isinstance(external, str) or not external):
        yield Problem(f"{where}externalServiceRequestId", "INVALID", "must be a string that is not empty")
    yield from _validate_attributes(given.get("attributes"), where)
    if kind != "PICK":
        yield from _validate_expectations(given.get("expectations"), where, kind)
        return
    lines = given.get("serviceRequests")
    if not isinstance(lines, list) or not lines:
        yield Problem("serviceRequests", "MISSING_ORDER_LINES", "must have at least one line")
        return
    for index, line in enumerate(lines):
        if isinstance(line, dict):
            yield from validate_service_request(line, f"serviceRequests[{index}].")
        else:
            yield Problem(f"serviceRequests[{index}]", "INVALID", "must be an object")


def _validate_attributes(attributes: object, where: str) -> Iterator[Problem]:
    if attributes is None:
        return
    if not isinstance(attributes, dict):
        yield Problem(f"{where}attributes", "INVALID", "must be an object")
        return
    priority = attributes.get("simple_priority")
    if priority is not None and priority not in PRIORITIES:
        yield Problem(f"{where}attributes.simple_priority", "INVALID", f"must be one of {', '.join(PRIORITIES)}")
    for name in ("pick_before_time", "pick_after_time"):
        if not isinstance(attributes.get(name, ""), str):
            yield Problem(f"{where}attributes.{name}", "INVALID", "must be a string")


def validate_attributes(attributes: object) -> list[Problem]:
    """The validation errors of an update's attributes."""
    return list(_validate_attributes(attributes, ""))


def _validate_expectations(expectations: object, where: str, kind: str) -> Iterator[Problem]:
    containers = expectations.get("containers") if isinstance(expectations, dict) else None
    if not isinstance(containers, list) or not containers:
        yield Problem(f"{where}expectations.containers", "MISSING", "must have at least one container")
        return
    found = False
    for path, product in _iter_products(containers, f"{where}expectations.containers"):
        found = True
        if not isinstance(product, dict):
            yield Problem(path, "INVALID", "must be an object")
            continue
        quantity = product.get("productQuantity")
        if isinstance(quantity, bool) or not isinstance(quantity, int) or quantity < 1:
            yield Problem(f"{path}.productQuantity", "INVALID", "must be a number from 1")
        yield from _validate_product_reference(product.get("productAttributes"), f"{path}.productAttributes", kind)
    if not found:
        yield Problem(f"{where}expectations.containers", "MISSING", "must have at least one product")


def _validate_product_reference(attributes: object, where: str, kind: str) -> Iterator[Problem]:
    """A PUT names its product by values, a PICK by expressions."""
    given = attributes if isinstance(attributes, dict) else {}
    if kind == "PUT":
        if not isinstance(given.get("pdfa_values"), dict) or not given["pdfa_values"]:
            yield Problem(f"{where}.pdfa_values", "MISSING", "must be an object that is not empty")
        return
    expressions = given.get("filter_parameters")
    if not isinstance(expressions, list) or not expressions:
        yield Problem(f"{where}.filter_parameters", "MISSING", "must be a list of expressions")
        return
    for index, expression in enumerate(expressions):
        if not isinstance(expression, str) or not _EXPRESSION.fullmatch(expression):
            yield Problem(f"{where}.filter_parameters[{index}]", "INVALID", "must look like product_sku = 'X'")


def _iter_products(containers: object, where: str) -> Iterator[tuple[str, Any]]:
    for at, container in enumerate(containers if isinstance(containers, list) else []):
        if not isinstance(container, dict):
            continue
        for index, product in enumerate(container.get("products") or []):
            yield f"{where}[{at}].products[{index}]", product
        yield from _iter_products(container.get("containers"), f"{where}[{at}].containers")


def iter_skus(order: Fields, where: str = "") -> Iterator[tuple[str, str]]:
    """The SKUs a request names, with their paths."""
    for path, product in _iter_products(
        (order.get("expectations") or {}).get("containers"), f"{where}expectations.containers"
    ):
        attributes = product["productAttributes"]
        if "product_sku" in (attributes.get("pdfa_values") or {}):
            yield f"{path}.productAttributes.pdfa_values.product_sku", str(attributes["pdfa_values"]["product_sku"])
        for index, expression in enumerate(attributes.get("filter_parameters") or []):
            if named := _SKU.fullmatch(expression):
                sku = re.sub(r"''|\\(.)", lambda quoted: quoted[1] or "'", named[1])
                yield f"{path}.productAttributes.filter_parameters[{index}]", sku
    for index, line in enumerate(order.get("serviceRequests") or []):
        yield from iter_skus(line, f"serviceRequests[{index}].")


def _build_actuals(expectations: Fields, *, partly: bool) -> Fields:
    """The expected products as actual ones; partly: one less of each product."""
    actuals = copy.deepcopy(expectations)
    for _where, product in _iter_products(actuals["containers"], ""):
        product["productQuantity"] -= partly
    return actuals


def _get_timestamps(settings: GreyMatterSettings) -> Fields:
    if settings.times == "zulu":
        return dict.fromkeys(("receivedOn", "createdOn", "updatedOn"), now_without_zone() + "Z")
    moment = now_without_zone()
    return {"receivedOn": now_without_zone(_OTHER_ZONE), "createdOn": moment, "updatedOn": moment}


def show(order: Fields, settings: GreyMatterSettings) -> Fields:
    """A request as it is returned."""
    result = dict(order)
    if settings.status_field == "absent":
        del result["status"]
    if settings.server_keys == "many":
        result |= {"transactions": [], "exceptions": [], "stages": [], "isDeleted": False, "onHold": False}
        result["fulfillmentArea"] = []
    if order["serviceRequests"] is not None:
        result["serviceRequests"] = [show(line, settings) for line in order["serviceRequests"]]
    elif settings.no_lines == "empty":
        result["serviceRequests"] = []
    return result
