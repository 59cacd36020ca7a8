# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""GreyMatter's endpoints for service requests, and those that hang on them: print-ready and audits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from . import greymatter_orders as rules
from .answers import answer
from .greymatter_http import Found, Problem, Route, ServiceError, body_of, number_in, refuse
from .greymatter_login import JSON_UTF8
from .greymatter_orders import Fields

if TYPE_CHECKING:
    from .settings import GreyMatterSettings
    from .state import State

ROOT = "/api-gateway/sr-service/platform-srms/service-request"
BUTLER = "/api-gateway/integration-service/wms-integration/butler/api"


class OrderEndpoints:
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
        """A new request; one whose external id is taken is refused, or with a switch changed."""
        given = await body_of(request)
        refuse(list(rules.problems(given)))
        known = self._taken(given)
        if known and self._settings.create_existing == "upsert":
            return self._changed(known, given)
        problems = [Problem("externalServiceRequestId", "DUPLICATE_KEY", f"{known['type']} exists")] if known else []
        for index, line in enumerate(given.get("serviceRequests") or []):
            if taken := self._taken(line):
                told = f"a line of {taken['externalServiceRequestId']} has it"
                problems.append(Problem(f"serviceRequests[{index}].externalServiceRequestId", "DUPLICATE_KEY", told))
        refuse(problems + self._unknown_items(given))
        return self._answer(self._state.orders.add(given, self._settings))

    def _taken(self, given: Fields) -> Fields | None:
        external = given.get("externalServiceRequestId")
        return None if external is None else self._state.orders.known(given["type"], external)

    def _unknown_items(self, given: Fields) -> list[Problem]:
        if self._settings.unknown_items == "accept":
            return []
        data = self._state.masterdata
        unknown = [(where, sku) for where, sku in rules.skus(given) if not data.having("product_sku", [sku])]
        return [Problem(where, "NO_ITEM_EXIST", f"item {sku} does not exist") for where, sku in unknown]

    async def cancel(self, request: web.Request, _found: Found) -> web.Response:
        """Cancel a request while it is early."""
        order = self._meant(await body_of(request))
        self._refuse_late(order, "cancelled")
        self._state.orders.move(order, rules.CANCELLED, self._settings)
        return self._answer(order)

    async def modify(self, request: web.Request, _found: Found) -> web.Response:
        """Merge attributes into a request while it is early; what else is sent is not looked at."""
        given = await body_of(request)
        order = self._meant(given)
        return self._changed(order, given)

    def _changed(self, order: Fields, given: Fields) -> web.Response:
        self._refuse_late(order, "modified")
        refuse(rules.attribute_problems(given.get("attributes")))
        self._state.orders.change(order, given.get("attributes") or {}, self._settings)
        return self._answer(order)

    def _meant(self, given: Fields) -> Fields:
        """The request that a body names: by its number, else by type and external id."""
        orders, number, external = self._state.orders, given.get("id"), given.get("externalServiceRequestId")
        order = (
            orders.orders.get(number)
            if isinstance(number, int)
            else orders.known(str(given.get("type")), str(external))
        )
        if order is None:
            raise ServiceError(404, f"service request {external if number is None else number} does not exist")
        for name in ("externalServiceRequestId", "type"):
            if given.get(name, order[name]) != order[name]:
                refuse([Problem(name, "INVALID", f"service request {order['id']} has {order[name]}")])
        return order

    def _refuse_late(self, order: Fields, deed: str) -> None:
        state = order["state"].lower()
        if state not in rules.EARLY[order["type"]]:
            told = f"service request {order['id']} is in state {state} and can no longer be {deed}"
            raise ServiceError(400, told, reason="INVALID_STATE")

    async def read(self, _request: web.Request, found: Found) -> web.Response:
        """One request by its number."""
        order = self._state.orders.orders.get(int(found["id"]) if found["id"].isdecimal() else 0)
        if order is None:
            raise ServiceError(404, f"service request {found['id']} does not exist")
        return self._answer(order)

    async def search(self, request: web.Request, found: Found) -> web.Response:
        """The requests with an external id, of whatever type; without one all of them."""
        orders = self._state.orders
        external = found.get("external_id")
        if external is None and request.query_string and "search" in request.query:
            raise ServiceError(400, f"cannot search for {request.query['search']}")
        wanted = list(orders.orders.values()) if external is None else orders.having(_unquoted(external))
        page = number_in(request, "page", self._settings.first_page) - self._settings.first_page
        size = number_in(request, "size", self._settings.page_size) or self._settings.page_size
        shown = wanted[page * size : (page + 1) * size] if page >= 0 else []
        told = {"serviceRequests": [rules.shown(order, self._settings) for order in shown]}
        counts = {"totalPages": -(-len(wanted) // size), "totalElements": len(wanted)}
        return answer(told | counts, kind=JSON_UTF8)

    async def print_ready(self, _request: web.Request, found: Found) -> web.Response:
        """Note that the labels of an order are printed."""
        orders = [order for order in self._state.orders.having(found["id"]) if order["type"] == "PICK"]
        if not orders:
            raise ServiceError(404, f"order {found['id']} does not exist")
        state = orders[0]["state"].lower()
        if state not in self._settings.print_ready_states:
            raise ServiceError(400, f"order {found['id']} is in state {state}", reason="INVALID_STATE")
        self._state.printed.append(found["id"])
        return web.Response(status=200)

    async def audit(self, request: web.Request, _found: Found) -> web.Response:
        """A new audit; the same once more is another one."""
        given = await body_of(request)
        refuse(_audit_problems(given))
        names = ("audit_param_name", "audit_param_type", "audit_param_value")
        made = {"audit_id": f"A-{len(self._state.audits) + 1}", **{name: given[name] for name in names}}
        self._state.audits.append({**made, "audit_status": "audit_created"})
        return answer(self._state.audits[-1], kind=JSON_UTF8)

    @property
    def _settings(self) -> GreyMatterSettings:
        return self._state.settings.greymatter

    def _answer(self, order: Fields) -> web.Response:
        return answer(rules.shown(order, self._settings), kind=JSON_UTF8)


def _audit_problems(given: Fields) -> list[Problem]:
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
            told = "must be a string" if kind == "location" else "must have an sku"
            found.append(Problem(f"audit_param_value.{lists[kind]}[{index}]", "INVALID", told))
    return found


def _unquoted(text: str) -> str:
    quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "'\""
    return text[1:-1] if quoted else text
