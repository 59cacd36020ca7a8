# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""GreyMatter's endpoints for service requests, print-ready and audits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from ..core.responses import json_response
from . import service_request_store as store
from .endpoints import Found, Problem, Route, ServiceError, get_number, raise_on_problems, read_json
from .login import JSON_UTF8
from .service_request_store import Fields

if TYPE_CHECKING:
    from ..core.settings import GreyMatterSettings
    from ..core.state import State

ROOT = "/api-gateway/sr-service/platform-srms/service-request"
BUTLER = "/api-gateway/integration-service/wms-integration/butler/api"
_FEW = ("id", "externalServiceRequestId", "type", "status", "state")


class ServiceRequestEndpoints:
    """Create, change and cancel; read and search."""

    def __init__(self, state: State) -> None:
        self._state = state

    def routes(self) -> list[Route]:
        """By the names that the collection gives them."""
        search = f"{ROOT}?search=externalServiceRequestId=={{external_id}}"
        return [
            Route("service_request_create", "POST", ROOT, self.create),
            Route("service_request_cancel", "POST", f"{ROOT}/cancel", self.cancel),
            Route("service_request_update", "PUT", f"{ROOT}/modify", self.modify),
            Route("service_request_search", "GET", search, self.search),
            Route("service_request", "GET", f"{ROOT}/{{id}}", self.read),
            Route("print_ready", "POST", f"{BUTLER}/orders/print_ready/{{id}}", self.print_ready),
            Route("audit_create", "POST", f"{BUTLER}/audit", self.audit),
        ]

    async def create(self, request: web.Request, _found: Found) -> web.Response:
        """A new request; an existing external id is rejected, or with a setting updated."""
        given = await read_json(request)
        raise_on_problems(list(store.validate_service_request(given)))
        known = self._find_existing(given)
        if known and self._settings.create_existing == "upsert":
            return self._change(known, given)
        problems = [Problem("externalServiceRequestId", "DUPLICATE_KEY", f"{known['type']} exists")] if known else []
        for index, line in enumerate(given.get("serviceRequests") or []):
            if taken := self._find_existing(line):
                message = f"a line of {taken['externalServiceRequestId']} has it"
                problems.append(Problem(f"serviceRequests[{index}].externalServiceRequestId", "DUPLICATE_KEY", message))
        raise_on_problems(problems + self._find_unknown_items(given))
        return self._answer(self._state.service_requests.add(given, self._settings))

    def _find_existing(self, given: Fields) -> Fields | None:
        external = given.get("externalServiceRequestId")
        return None if external is None else self._state.service_requests.get(given["type"], external)

    def _find_unknown_items(self, given: Fields) -> list[Problem]:
        if self._settings.unknown_items == "accept":
            return []
        data = self._state.masterdata
        unknown = [(where, sku) for where, sku in store.iter_skus(given) if not data.find("product_sku", [sku])]
        return [Problem(where, "NO_ITEM_EXIST", f"item {sku} does not exist") for where, sku in unknown]

    async def cancel(self, request: web.Request, _found: Found) -> web.Response:
        """Cancel a request in an early state."""
        order = self._find_target(await read_json(request))
        self._refuse_if_late(order, "cancelled")
        self._state.service_requests.move(order, store.CANCELLED, self._settings)
        return self._answer(order)

    async def modify(self, request: web.Request, _found: Found) -> web.Response:
        """Merge attributes into a request in an early state; other fields are ignored."""
        given = await read_json(request)
        order = self._find_target(given)
        return self._change(order, given)

    def _change(self, order: Fields, given: Fields) -> web.Response:
        self._refuse_if_late(order, "modified")
        raise_on_problems(store.validate_attributes(given.get("attributes")))
        self._state.service_requests.change(order, given.get("attributes") or {}, self._settings)
        return self._answer(order)

    def _find_target(self, given: Fields) -> Fields:
        """The request that a body names: by its number, otherwise by type and external id."""
        orders, number, external = self._state.service_requests, given.get("id"), given.get("externalServiceRequestId")
        order = (
            orders.service_requests.get(number)
            if isinstance(number, int)
            else orders.get(str(given.get("type")), str(external))
        )
        if order is None:
            raise ServiceError(404, f"service request {external if number is None else number} does not exist")
        for name in ("externalServiceRequestId", "type"):
            if given.get(name, order[name]) != order[name]:
                raise_on_problems([Problem(name, "INVALID", f"service request {order['id']} has {order[name]}")])
        return order

    def _refuse_if_late(self, order: Fields, action: str) -> None:
        state = order["state"].lower()
        if state not in store.CHANGEABLE_STATES[order["type"]]:
            message = f"service request {order['id']} is in state {state} and can no longer be {action}"
            raise ServiceError(400, message, reason="INVALID_STATE")

    async def read(self, _request: web.Request, found: Found) -> web.Response:
        """One request by its number."""
        order = self._state.service_requests.service_requests.get(int(found["id"]) if found["id"].isdecimal() else 0)
        if order is None:
            raise ServiceError(404, f"service request {found['id']} does not exist")
        return self._answer(order)

    async def search(self, request: web.Request, found: Found) -> web.Response:
        """The requests with an external id, or with one of several, of any type; all requests without one."""
        orders, settings = self._state.service_requests, self._settings
        externals = found.get("external_ids", "").split(",") if "external_ids" in found else None
        if "external_id" in found:
            externals = [_unquote(found["external_id"])]
        if externals is None and request.query_string and "search" in request.query:
            raise ServiceError(400, f"cannot search for {request.query['search']}")
        if externals is None or settings.order_search == "all":
            wanted = list(orders.service_requests.values())
        elif settings.order_search == "prefix":
            found_by_id = {one["id"]: one for each in externals for one in orders.find_matching(f"{each}*", "")}
            wanted = list(found_by_id.values())
        else:
            wanted = [order for external in externals for order in orders.find_by_external_id(external)]
        page = get_number(request, "page", self._settings.first_page) - self._settings.first_page
        size = get_number(request, "size", self._settings.page_size) or self._settings.page_size
        shown = wanted[page * size : (page + 1) * size] if page >= 0 else []
        content: Fields = {"serviceRequests": [_show_found(order, settings) for order in shown]}
        if settings.order_totals == "present":
            content |= {"totalPages": -(-len(wanted) // size), "totalElements": len(wanted)}
        return json_response(content, kind=JSON_UTF8)

    async def print_ready(self, _request: web.Request, found: Found) -> web.Response:
        """Record that the labels of an order are printed."""
        orders = [
            order for order in self._state.service_requests.find_by_external_id(found["id"]) if order["type"] == "PICK"
        ]
        if not orders:
            raise ServiceError(404, f"order {found['id']} does not exist")
        state = orders[0]["state"].lower()
        if state not in self._settings.print_ready_states:
            raise ServiceError(400, f"order {found['id']} is in state {state}", reason="INVALID_STATE")
        self._state.printed.append(found["id"])
        return web.Response(status=200)

    async def audit(self, request: web.Request, _found: Found) -> web.Response:
        """A new audit; the same body again creates another one."""
        given = await read_json(request)
        raise_on_problems(_validate_audit(given))
        names = ("audit_param_name", "audit_param_type", "audit_param_value")
        made = {"audit_id": f"A-{len(self._state.audits) + 1}", **{name: given[name] for name in names}}
        self._state.audits.append({**made, "audit_status": "audit_created"})
        return json_response(self._state.audits[-1], kind=JSON_UTF8)

    @property
    def _settings(self) -> GreyMatterSettings:
        return self._state.settings.greymatter

    def _answer(self, order: Fields) -> web.Response:
        return json_response(store.show(order, self._settings), kind=JSON_UTF8)


def _show_found(order: Fields, settings: GreyMatterSettings) -> Fields:
    shown = store.show(order, settings)
    return shown if settings.order_fields == "all" else {name: shown[name] for name in _FEW if name in shown}


def _validate_audit(given: Fields) -> list[Problem]:
    found = []
    if not isinstance(given.get("audit_param_name"), str) or not given["audit_param_name"]:
        found.append(Problem("audit_param_name", "MISSING", "must be a string that is not empty"))
    lists = {"location": "locations_list", "sku": "attributes_list"}
    kind, value = given.get("audit_param_type"), given.get("audit_param_value")
    if kind not in lists:
        return [*found, Problem("audit_param_type", "INVALID", f"must be one of {', '.join(lists)}")]
    listed = value.get(lists[kind]) if isinstance(value, dict) else None
    if not isinstance(listed, list) or not listed:
        return [*found, Problem(f"audit_param_value.{lists[kind]}", "MISSING", "must be a list that is not empty")]
    for index, entry in enumerate(listed):
        good = isinstance(entry, str) if kind == "location" else isinstance(entry, dict) and entry.get("sku")
        if not good:
            message = "must be a string" if kind == "location" else "must have an sku"
            found.append(Problem(f"audit_param_value.{lists[kind]}[{index}]", "INVALID", message))
    return found


def _unquote(text: str) -> str:
    quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "'\""
    return text[1:-1] if quoted else text
