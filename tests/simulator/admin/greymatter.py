# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The GreyMatter part of the admin interface: master data, service requests and reports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from aiohttp import web

from ..core.settings import InputError, build, require_object
from ..core.state import State
from ..greymatter import master_data_store
from ..greymatter.service_request_store import CANCELLED, STATE_SEQUENCES, STATUSES
from .operations import AdminRoute, parse_count, parse_objects

_MASTERDATA = frozenset({"catalogs", "categories", "items", "prefix", "item"})


@dataclass
class Advance:
    """Which service requests move, and how far."""

    external_id: str = "*"
    type: Literal["", "PUT", "PICK"] = ""
    count: int = 1
    to: str = ""


class GreyMatterAdmin:
    """The admin routes for GreyMatter."""

    def __init__(self, state: State) -> None:
        self._state = state
        self.routes: list[AdminRoute] = [
            ("GET", "/catalogs", self.catalogs, "GreyMatter's catalogues"),
            ("PUT", "/catalogs", self.put_catalogs, "replace GreyMatter's catalogues"),
            ("POST", "/catalogs/generate", self.generate_catalogs, 'replace the catalogues by {"count": n} made ones'),
            ("GET", "/categories", self.categories, "GreyMatter's categories"),
            ("PUT", "/categories", self.put_categories, "replace GreyMatter's categories"),
            ("GET", "/items", self.items, "GreyMatter's items as they were sent, with uids; ?sku=s for some"),
            ("PUT", "/items", self.put_items, "replace GreyMatter's items"),
            ("POST", "/items/generate", self.generate_items, 'replace the items by {"count": n} made ones'),
            ("GET", "/masterdata", self.masterdata, "how many catalogues, categories and items there are"),
            ("POST", "/masterdata/generate", self.generate, "replace all by numbers of catalogs, categories, items"),
            ("GET", "/service_requests", self.service_requests, "GreyMatter's service requests"),
            ("PUT", "/service_requests", self.put_orders, "replace GreyMatter's service requests"),
            ("POST", "/service_requests/advance", self.advance_orders, "move service requests by steps, or to a state"),
            ("GET", "/reports", self.reports, "GreyMatter's reports"),
            (
                "POST",
                "/reports/advance",
                self.advance_reports,
                'make the reports that are pending ready, or {"id": n} alone',
            ),
            ("POST", "/reports/fail", self.fail_reports, 'let the next {"times": n} reports fail'),
            ("GET", "/inventory", self.inventory, "the lines of the next report, when they were given"),
            ("PUT", "/inventory", self.put_inventory, "replace the lines of the next report; null: one for each item"),
            ("GET", "/notifications", self.notifications, "what was posted to webhooks, and what they said"),
            ("POST", "/notifications", self.notify, 'send a notification, or {"resend": id} once more'),
            ("GET", "/printed", self.printed, "the orders that were said to be ready to print"),
            ("GET", "/audits", self.audits, "the audits"),
        ]

    def catalogs(self, _request: web.Request, _body: object) -> object:
        """GET /catalogs."""
        return list(self._state.masterdata.catalogs.values())

    def put_catalogs(self, request: web.Request, body: object) -> object:
        """PUT /catalogs."""
        self._fill_catalogs(parse_objects(body, "catalogs"))
        return self.catalogs(request, body)

    def generate_catalogs(self, _request: web.Request, body: object) -> object:
        """POST /catalogs/generate."""
        count = parse_count(body)
        self._fill_catalogs([{}] * count)
        return {"count": count}

    def _fill_catalogs(self, given: list[dict[str, Any]]) -> None:
        data = self._state.masterdata
        data.catalogs.clear()
        for number, fields in enumerate(given, 1):
            whole = data.add_server_fields(master_data_store.example_catalog(number) | fields) | fields
            data.catalogs[str(whole["clientCatalogId"])] = whole

    def categories(self, _request: web.Request, _body: object) -> object:
        """GET /categories."""
        return list(self._state.masterdata.categories.values())

    def put_categories(self, request: web.Request, body: object) -> object:
        """PUT /categories."""
        self._fill_categories(parse_objects(body, "categories"))
        return self.categories(request, body)

    def _fill_categories(self, given: list[dict[str, Any]]) -> None:
        """A category without a catalogue gets one of the existing ones, in turn."""
        data = self._state.masterdata
        data.categories.clear()
        parents = list(data.catalogs) or ["CAT-1"]
        for number, fields in enumerate(given, 1):
            parent = parents[(number - 1) % len(parents)]
            whole = data.add_server_fields(master_data_store.example_category(number, parent) | fields) | fields
            data.categories[str(whole["clientCategoryId"])] = whole
        data.rebuild_groups()

    def items(self, request: web.Request, _body: object) -> object:
        """GET /items."""
        data, wanted = self._state.masterdata, request.query.getall("sku", [])
        return [data.item(uid) for uid in (data.find("product_sku", list(wanted)) if wanted else data.uids)]

    def put_items(self, request: web.Request, body: object) -> object:
        """PUT /items."""
        self._fill_items(parse_objects(body, "items"))
        return self.items(request, body)

    def generate_items(self, _request: web.Request, body: object) -> object:
        """POST /items/generate: ``item`` holds what all have in common, ``prefix`` begins their SKUs."""
        given = require_object(body, "the body")
        count = parse_count(given)
        self._fill_items([require_object(given.get("item", {}), "item")] * count, str(given.get("prefix", "SKU-")))
        return {"count": count}

    def _fill_items(self, given: list[dict[str, Any]], prefix: str = "SKU-") -> None:
        """An item without a category gets one of the existing ones, in turn; without any it has its own schema."""
        data = self._state.masterdata
        data.clear_items()
        parents: list[str | None] = list(data.categories) or [None]
        for number, fields in enumerate(given, 1):
            example = master_data_store.example_item(number, prefix, parents[(number - 1) % len(parents)])
            whole = data.add_server_fields({**example, **fields}, id_name="uid") | fields
            if "productAttributes" in fields:
                whole["productAttributes"] = {**example["productAttributes"], **fields["productAttributes"]}
            data.put_item({name: value for name, value in whole.items() if value is not None})

    def masterdata(self, _request: web.Request, _body: object) -> object:
        """GET /masterdata."""
        data = self._state.masterdata
        return {"catalogs": len(data.catalogs), "categories": len(data.categories), "items": len(data.uids)}

    def generate(self, _request: web.Request, body: object) -> object:
        """POST /masterdata/generate."""
        given = require_object(body, "the body")
        if set(given) - _MASTERDATA:
            raise InputError("unknown member", sorted(_MASTERDATA))
        counts = {
            name: parse_count({"count": given.get(name, default)})
            for name, default in (("catalogs", 1), ("categories", 1), ("items", 0))
        }
        self._fill_catalogs([{}] * counts["catalogs"])
        self._fill_categories([{}] * counts["categories"])
        common = require_object(given.get("item", {}), "item")
        self._fill_items([common] * counts["items"], str(given.get("prefix", "SKU-")))
        return counts

    def service_requests(self, _request: web.Request, _body: object) -> object:
        """GET /service_requests."""
        return list(self._state.service_requests.service_requests.values())

    def put_orders(self, request: web.Request, body: object) -> object:
        """PUT /service_requests: omitted fields get defaults; a state may be given."""
        given = parse_objects(body, "service_requests")
        store, settings = self._state.service_requests, self._state.settings.greymatter
        for fields in given:
            if fields.get("type", "PICK") not in STATE_SEQUENCES:
                raise InputError(f"unknown type {fields['type']!r}", list(STATE_SEQUENCES))
        store.clear()
        for number, fields in enumerate(given, 1):
            state = str(fields.get("state", "CREATED"))
            if state.lower() not in (*STATUSES, CANCELLED):
                raise InputError(f"unknown state {state!r}", [*STATUSES, CANCELLED])
            order = store.add(_example_order(number, fields.get("type", "PICK")) | fields, settings)
            if state != "CREATED":
                store.move(order, state.lower(), settings)
        return self.service_requests(request, body)

    def advance_orders(self, _request: web.Request, body: object) -> object:
        """POST /service_requests/advance: which (patterns), and how many steps or to which state."""
        wanted = build(Advance, body, "the body")
        store, settings = self._state.service_requests, self._state.settings.greymatter
        if wanted.to and wanted.to not in (*STATUSES, CANCELLED):
            raise InputError(f"unknown state {wanted.to!r}", [*STATUSES, CANCELLED])
        fitting = store.find_matching(wanted.external_id, wanted.type)
        for order in fitting:
            if wanted.to:
                store.move(order, wanted.to, settings)
                continue
            for _number in range(wanted.count):
                store.step(order, settings)
        return fitting

    def reports(self, _request: web.Request, _body: object) -> object:
        """GET /reports."""
        return list(self._state.reports.rows.values())

    def advance_reports(self, _request: web.Request, body: object) -> object:
        """POST /reports/advance."""
        store, wanted = self._state.reports, require_object(body, "the body").get("id")
        pending = [number for number in store.pending() if wanted in (None, number)]
        return [store.finish(number) for number in pending]

    def fail_reports(self, _request: web.Request, body: object) -> object:
        """POST /reports/fail."""
        self._state.reports.failures = parse_count({"count": require_object(body, "the body").get("times", 1)})
        return {"failures": self._state.reports.failures}

    def inventory(self, _request: web.Request, _body: object) -> object:
        """GET /inventory."""
        return self._state.reports.inventory

    def put_inventory(self, _request: web.Request, body: object) -> object:
        """PUT /inventory."""
        self._state.reports.inventory = None if body is None else parse_objects(body, "inventory")
        return self._state.reports.inventory

    def notifications(self, _request: web.Request, _body: object) -> object:
        """GET /notifications."""
        return self._state.notifier.deliveries

    def notify(self, _request: web.Request, body: object) -> object:
        """POST /notifications."""
        given, notifier = require_object(body, "the body"), self._state.notifier
        if "resend" not in given:
            return notifier.notify(
                str(given.get("type", "report_generation")), require_object(given.get("data", {}), "data")
            )
        sent = [one["body"] for one in notifier.deliveries if one["body"]["notification_id"] == given["resend"]]
        if not sent:
            raise InputError(f"no notification {given['resend']!r}")
        return notifier.send(sent[0])

    def printed(self, _request: web.Request, _body: object) -> object:
        """GET /printed."""
        return self._state.printed

    def audits(self, _request: web.Request, _body: object) -> object:
        """GET /audits."""
        return self._state.audits


def _example_order(number: int, kind: str) -> dict[str, Any]:
    naming = (
        {"pdfa_values": {"product_sku": "MUG-01"}}
        if kind == "PUT"
        else {"filter_parameters": ["product_sku = 'MUG-01'"]}
    )
    products = [{"productQuantity": 2, "productAttributes": naming}]
    expected = {"expectations": {"containers": [{"products": products}]}}
    order = {"externalServiceRequestId": f"ORD-{number}", "type": kind}
    if kind == "PUT":
        return order | expected
    return order | {
        "serviceRequests": [{"type": "PICK_LINE", "externalServiceRequestId": f"ORD-{number}-1"} | expected]
    }
