# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""GreyMatter's service requests, related resources, reports, and notifications."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
import requests

Call = Callable[..., requests.Response]
Admin = Callable[..., Any]
ROOT = "/api-gateway/sr-service/platform-srms/service-request"
BUTLER = "/api-gateway/integration-service/wms-integration/butler/api"
REPORT = "/api-gateway/platform-dashboard/report"
OTHER_REPORT = "/api-gateway/dashboard-service/platform-dashboard/report"


def put(external: str | None = "IN-1", **more: Any) -> dict[str, Any]:
    products = [{"productQuantity": 12, "productAttributes": {"pdfa_values": {"product_sku": "MUG-01"}}}]
    expected = {"containers": [{"products": products}]}
    return {"externalServiceRequestId": external, "type": "PUT", "expectations": expected, **more}


def pick(external: str = "ORD-1", filters: object = ("product_sku = 'MUG-01'",), **line: Any) -> dict[str, Any]:
    products = [{"productQuantity": 2, "productAttributes": {"filter_parameters": filters}}]
    expected = {"containers": [{"products": products}]}
    lines = [{"externalServiceRequestId": f"{external}-L1", "type": "PICK_LINE", "expectations": expected, **line}]
    attributes = {"simple_priority": "normal", "pick_before_time": "2030-01-01T18:00:00Z"}
    return {"externalServiceRequestId": external, "type": "PICK", "attributes": attributes, "serviceRequests": lines}


def made(call: Call, order: dict[str, Any]) -> dict[str, Any]:
    answer = call("POST", ROOT, json=order)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def test_server_fields_are_added(greymatter: Call, admin: Admin) -> None:
    inbound, order = made(greymatter, put()), made(greymatter, pick())
    assert (inbound["status"], inbound["state"], inbound["actuals"]) == ("CREATED", "CREATED", None)
    assert inbound["serviceRequests"] is None
    line = order["serviceRequests"][0]
    numbers = [
        inbound["id"],
        inbound["expectations"]["containers"][0]["id"],
        inbound["expectations"]["containers"][0]["products"][0]["id"],
        order["id"],
        line["id"],
    ]
    assert len(set(numbers)) == len(numbers)
    assert inbound["expectations"]["containers"][0]["type"] == "VIRTUAL"
    # Two zones in one object.
    assert inbound["receivedOn"] < inbound["createdOn"] == inbound["updatedOn"]
    assert greymatter("GET", f"{ROOT}/{order['id']}").json() == order
    assert greymatter("GET", f"{ROOT}/999").status_code == 404
    switches = {"status_field": "absent", "no_lines": "empty", "server_keys": "many"}
    admin("PATCH", "/settings", {"greymatter": switches})
    shown = greymatter("GET", f"{ROOT}/{inbound['id']}").json()
    assert "status" not in shown and shown["serviceRequests"] == [] and shown["onHold"] is False


@pytest.mark.parametrize(
    ("order", "where"),
    [
        ({**put(), "type": "PACK"}, "type"),
        ({**put(), "externalServiceRequestId": 7}, "externalServiceRequestId"),
        ({**put(), "expectations": None}, "expectations.containers"),
        ({**put(), "expectations": {"containers": [{}]}}, "expectations.containers"),
        ({**pick(), "serviceRequests": []}, "serviceRequests"),
        ({**pick(), "attributes": {"simple_priority": "soon"}}, "attributes.simple_priority"),
        (pick(type="PICK"), "serviceRequests[0].type"),
        (
            pick(filters=["product_sku = 'it's'"]),
            "serviceRequests[0].expectations.containers[0].products[0].productAttributes.filter_parameters[0]",
        ),
        (
            pick(filters=None),
            "serviceRequests[0].expectations.containers[0].products[0].productAttributes.filter_parameters",
        ),
    ],
)
def test_refused(greymatter: Call, admin: Admin, order: dict[str, Any], where: str) -> None:
    admin("PATCH", "/settings", {"service_errors": "validation"})
    answer = greymatter("POST", ROOT, json=order)
    assert answer.status_code == 400
    assert [problem["field"] for problem in answer.json()["errors"]] == [where]


def test_duplicates(greymatter: Call, admin: Admin) -> None:
    first = made(greymatter, put("X"))
    # An id is unique for each type.
    made(greymatter, pick("X"))
    again = greymatter("POST", ROOT, json=put("X"))
    assert (again.status_code, again.json()["reason"]) == (400, "DUPLICATE_KEY")
    assert greymatter("POST", ROOT, json=pick("Y", externalServiceRequestId="X-L1")).status_code == 400
    made(greymatter, put(None))
    made(greymatter, put(None))
    admin("PATCH", "/settings", {"greymatter": {"duplicate_status": 409, "service_errors": "reason"}})
    conflict = greymatter("POST", ROOT, json=put("X"))
    assert (conflict.status_code, conflict.json()) == (409, {"reason": "DUPLICATE_KEY"})
    admin("PATCH", "/settings", {"create_existing": "upsert"})
    assert made(greymatter, put("X", attributes={"tote_id": "T"}))["attributes"] == {"tote_id": "T"}
    assert len(admin("GET", "/service_requests")) == 4
    assert first["id"] == admin("GET", "/service_requests")[0]["id"]


def test_search(greymatter: Call, admin: Admin) -> None:
    for order in (put("a b/ü"), pick("a b/ü"), put("c")):
        made(greymatter, order)

    def found(text: str, **more: object) -> dict[str, Any]:
        answer: dict[str, Any] = greymatter("GET", ROOT, params={"search": text, **more}).json()
        return answer

    result = found("externalServiceRequestId==a b/ü")
    assert ([one["type"] for one in result["serviceRequests"]], result["totalPages"]) == (["PUT", "PICK"], 1)
    assert len(found("externalServiceRequestId=='c'")["serviceRequests"]) == 1
    assert found("externalServiceRequestId==none") == {"serviceRequests": [], "totalPages": 0, "totalElements": 0}
    second = found("externalServiceRequestId==a b/ü", size=1, page=1)
    assert ([one["type"] for one in second["serviceRequests"]], second["totalPages"]) == (["PICK"], 2)
    assert greymatter("GET", ROOT, params={"search": "colour==red"}).status_code == 400
    assert len(greymatter("GET", ROOT).json()["serviceRequests"]) == 3
    places = {"service_request_search": "/orders/find?external={external_id}"}
    admin("PATCH", "/settings", {"greymatter": {"routes": places}})
    moved = greymatter("GET", "/orders/find", params={"external": "c"}).json()
    assert [one["type"] for one in moved["serviceRequests"]] == ["PUT"]


def test_search_for_several_ids_and_forms_of_its_answer(greymatter: Call, admin: Admin) -> None:
    for order in (put("A"), pick("A"), put("B/ü"), put("B")):
        made(greymatter, order)
    places = {"service_request_search": "/orders?search=externalServiceRequestId=in=({external_ids})"}

    def found(ids: str, **switches: object) -> dict[str, Any]:
        admin("PATCH", "/settings", {"greymatter": {"routes": places, **switches}})
        query = {"search": f"externalServiceRequestId=in=({ids})"}
        answer: dict[str, Any] = greymatter("GET", "/orders", params=query).json()
        return answer

    def ids(answer: dict[str, Any]) -> list[str]:
        return [one["externalServiceRequestId"] for one in answer["serviceRequests"]]

    assert ids(found("B/ü,none,A")) == ["B/ü", "A", "A"]
    assert ids(found("B", order_search="prefix")) == ["B/ü", "B"]
    everything = found("none", order_search="all", order_totals="absent", order_fields="few", page_size=3)
    assert (list(everything), ids(everything)) == (["serviceRequests"], ["A", "A", "B/ü"])
    assert list(everything["serviceRequests"][0]) == ["id", "externalServiceRequestId", "type", "status", "state"]


def test_changes_and_cancellations(greymatter: Call, admin: Admin) -> None:
    order = made(greymatter, pick())
    partial = {"id": order["id"], "externalServiceRequestId": "ORD-1", "type": "PICK"}
    changed = greymatter("PUT", f"{ROOT}/modify", json={**partial, "attributes": {"simple_priority": "high"}}).json()
    assert changed["attributes"] == {"simple_priority": "high", "pick_before_time": "2030-01-01T18:00:00Z"}
    assert (changed["state"], changed["status"]) == ("CREATED", "CREATED")
    assert greymatter("PUT", f"{ROOT}/modify", json={**partial, "type": "PUT"}).status_code == 400
    assert greymatter("PUT", f"{ROOT}/modify", json={**partial, "id": 999}).status_code == 404
    admin("POST", "/service_requests/advance", {"external_id": "ORD-*", "count": 2})
    late = greymatter("PUT", f"{ROOT}/modify", json=partial)
    assert (late.status_code, "cancellation_locked" in late.json()["message"]) == (400, True)
    assert greymatter("POST", f"{ROOT}/cancel", json=partial).status_code == 400

    second = made(greymatter, pick("ORD-2"))
    admin("POST", "/service_requests/advance", {"external_id": "ORD-2"})
    gone = greymatter("POST", f"{ROOT}/cancel", json=greymatter("GET", f"{ROOT}/{second['id']}").json()).json()
    assert (gone["state"], gone["status"], gone["serviceRequests"][0]["state"]) == (
        "cancelled",
        "CANCELLED",
        "cancelled",
    )
    assert (
        greymatter("POST", f"{ROOT}/cancel", json={"type": "PICK", "externalServiceRequestId": "ORD-2"}).status_code
        == 400
    )
    admin("PATCH", "/settings", {"cancelled_spelling": "CANCELED"})
    made(greymatter, put())
    result = greymatter("POST", f"{ROOT}/cancel", json={"type": "PUT", "externalServiceRequestId": "IN-1"})
    assert result.json()["status"] == "CANCELED"


def test_states(greymatter: Call, admin: Admin) -> None:
    order = made(greymatter, pick())

    def state() -> str:
        current: str = greymatter("GET", f"{ROOT}/{order['id']}").json()["state"]
        return current

    seen = [state()]
    for _step in range(5):
        admin("POST", "/service_requests/advance", {"type": "PICK"})
        seen.append(state())
    assert seen == ["CREATED", "fulfillable", "cancellation_locked", "pick_started", "complete", "complete"]
    line = greymatter("GET", f"{ROOT}/{order['id']}").json()["serviceRequests"][0]
    assert line["actuals"] == line["expectations"]
    admin("POST", "/service_requests/advance", {"to": "abandoned"})
    shown = greymatter("GET", f"{ROOT}/{order['id']}").json()
    product = shown["serviceRequests"][0]["actuals"]["containers"][0]["products"][0]
    assert (shown["status"], product["productQuantity"]) == ("PROCESSED", 1)
    assert "unknown state" in admin("POST", "/service_requests/advance", {"to": "lost"}, status=400)["error"]


def test_clock(greymatter: Call, admin: Admin) -> None:
    admin("PATCH", "/settings", {"greymatter": {"order_transit": "clock", "order_transit_time": 0.05}})
    order = made(greymatter, put())
    ends = time.monotonic() + 5
    while (state := greymatter("GET", f"{ROOT}/{order['id']}").json()["state"]) != "released":
        assert time.monotonic() < ends, state


def test_created_requests(greymatter: Call, admin: Admin) -> None:
    listed = admin(
        "PUT", "/service_requests", [{"state": "pick_started"}, {"type": "PUT"}, {"state": "not_fulfillable"}]
    )
    assert [one["status"] for one in listed] == ["PROCESSING", "CREATED", "FAILED"]
    assert greymatter("POST", f"{BUTLER}/orders/print_ready/ORD-1").content == b""
    assert greymatter("POST", f"{BUTLER}/orders/print_ready/ORD-3").status_code == 400
    assert greymatter("POST", f"{BUTLER}/orders/print_ready/none").status_code == 404
    assert admin("GET", "/printed") == ["ORD-1"]


def test_items_of_open_requests(greymatter: Call, admin: Admin) -> None:
    admin("PUT", "/items", [{"productAttributes": {"product_sku": sku}} for sku in ("MUG-01", "it's")])
    uids = [item["uid"] for item in admin("GET", "/items")]
    admin("PATCH", "/settings", {"unknown_items": "refuse"})
    made(greymatter, put())
    made(greymatter, pick(filters=["product_sku = 'it''s'"]))
    unknown = greymatter("POST", ROOT, json=pick("ORD-2", filters=["product_sku = 'none'"]))
    assert (unknown.status_code, "none does not exist" in unknown.json()["message"]) == (400, True)
    place = "/api-gateway/mdm-service/wms-masterdata/item"
    assert [greymatter("DELETE", f"{place}/{uid}").status_code for uid in uids] == [409, 409]
    admin("POST", "/service_requests/advance", {"count": 4})
    assert [greymatter("DELETE", f"{place}/{uid}").status_code for uid in uids] == [200, 200]


def test_audits(greymatter: Call, admin: Admin) -> None:
    audit = {
        "audit_param_name": "n",
        "audit_param_type": "sku",
        "audit_param_value": {"attributes_list": [{"sku": "M"}]},
    }
    ids = [greymatter("POST", f"{BUTLER}/audit", json=audit).json()["audit_id"] for _twice in range(2)]
    assert ids == [one["audit_id"] for one in admin("GET", "/audits")] and len(set(ids)) == 2
    assert greymatter("POST", f"{BUTLER}/audit", json={**audit, "audit_param_type": "location"}).status_code == 400


def test_reports(greymatter: Call, admin: Admin) -> None:
    admin("PATCH", "/settings", {"report_transit": "manual"})
    rows = [{"product_sku": "a,b", "client_id": "c7", "quantity": 3}, {"product_sku": "ü", "quantity": 0}]
    admin("PUT", "/inventory", rows)
    number = greymatter("POST", f"{REPORT}/generate-inventory-report?format=csv&user=ann").json()["id"]
    row = greymatter("GET", f"{REPORT}/find-by-page?page=0&size=25").json()[0]
    assert (row["id"], row["status"], row["requestedBy"], row["completionTime"]) == (number, "PENDING", "ann", None)
    assert greymatter("GET", f"{REPORT}/download/{number}").status_code == 400
    admin("POST", "/reports/advance", {})
    assert greymatter("GET", f"{OTHER_REPORT}/find-by-page").json()[0]["status"] == "COMPLETED"
    file = greymatter("GET", f"{OTHER_REPORT}/download/{number}", headers={"Accept": "text/csv"})
    assert file.content.decode() == 'product_sku,client_id,quantity\n"a,b",c7,3\nü,,0\n'
    assert file.headers["Content-Disposition"] == f'attachment; filename="inventory_{number}.csv"'
    assert greymatter("GET", f"{REPORT}/find-by-page").json()[0]["lastDownloaded"]

    admin("POST", "/reports/fail", {"times": 1})
    failing = greymatter("POST", f"{OTHER_REPORT}/generate-inventory-report").json()["id"]
    assert [one["status"] for one in admin("POST", "/reports/advance", {"id": failing})] == ["FAILED"]
    assert [one["id"] for one in greymatter("GET", f"{REPORT}/find-by-page").json()] == [failing, number]
    assert [one["id"] for one in greymatter("GET", f"{REPORT}/find-by-page?page=1&size=1").json()] == [number]
    assert greymatter("GET", f"{REPORT}/download/{failing}").status_code == 400
    assert greymatter("GET", f"{REPORT}/download/1").status_code == 404
    admin(
        "PATCH",
        "/settings",
        {"greymatter": {"download_accept": "file", "report_order": "oldest", "report_paths": "seen"}},
    )
    assert greymatter("GET", f"{OTHER_REPORT}/download/{number}").status_code == 406
    assert greymatter("GET", f"{REPORT}/download/{number}").status_code == 404
    assert greymatter("GET", f"{OTHER_REPORT}/find-by-page").json()[0]["id"] == number
    admin("PATCH", "/settings", {"greymatter": {"report_wrapper": "content", "page_size": 1}})
    assert greymatter("GET", f"{OTHER_REPORT}/find-by-page").json()["totalPages"] == 2


def test_report_of_the_items(greymatter: Call, admin: Admin) -> None:
    admin("POST", "/masterdata/generate", {"items": 3})
    admin("PATCH", "/settings", {"report_time": 0.05})
    number = greymatter("POST", f"{REPORT}/generate-inventory-report?format=xlsx").json()["id"]
    time.sleep(0.1)
    packed = greymatter("GET", f"{REPORT}/download/{number}")
    assert (packed.content[:2], packed.headers["Content-Type"].endswith("spreadsheetml.sheet")) == (b"PK", True)
    number = greymatter("POST", f"{REPORT}/generate-inventory-report").json()["id"]
    time.sleep(0.1)
    assert greymatter("GET", f"{REPORT}/download/{number}").text.splitlines()[:2] == [
        "product_sku,quantity",
        "SKU-000001,10",
    ]
    assert greymatter("POST", f"{REPORT}/generate-inventory-report?format=pdf").status_code == 400


@pytest.fixture
def listener() -> Iterator[tuple[str, list[dict[str, Any]], list[int]]]:
    """A receiver of notifications: its address, the received ones, and the statuses to return before 200."""
    came: list[dict[str, Any]] = []
    statuses: list[int] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            came.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(statuses.pop(0) if statuses else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/hook", came, statuses
    server.shutdown()
    server.server_close()
    thread.join()


def test_notifications(greymatter: Call, admin: Admin, listener: tuple[str, list[dict[str, Any]], list[int]]) -> None:
    url, came, statuses = listener
    statuses += [500, 302]
    switches = {"webhook_urls": [url], "webhook_pause": 0.01, "report_time": 0.05, "order_notifications": "states"}
    admin("PATCH", "/settings", {"greymatter": switches})
    number = greymatter("POST", f"{REPORT}/generate-inventory-report").json()["id"]
    # It is sent without a request.
    _wait(lambda: len(came) == 3)
    assert len({notification["notification_id"] for notification in came}) == 1
    assert came[0]["notification_type"] == "report_generation"
    assert (came[0]["notification_data"]["id"], came[0]["notification_data"]["type"]) == (number, "inventory/GR")
    assert came[0]["notification_data"]["report_url"].endswith(f"{REPORT}/download/{number}")
    _wait(lambda: admin("GET", "/notifications")[0]["delivered"])
    assert admin("GET", "/notifications")[0]["attempts"] == [500, 302, 200]

    admin("POST", "/notifications", {"resend": came[0]["notification_id"]})
    _wait(lambda: len(came) == 4)
    assert came[3] == came[0]
    made(greymatter, pick(attributes={"packing_box_type": "B1"}))
    admin("POST", "/service_requests/advance", {"to": "complete"})
    _wait(lambda: len(came) == 6)
    assert sorted(one["notification_data"]["type"] for one in came[4:]) == ["PACK", "PICK"]
    statuses += [400] * 3
    admin("POST", "/notifications", {"data": {"x": 1}})
    _wait(lambda: admin("GET", "/notifications")[-1]["attempts"] == [400, 400, 400])
    assert admin("GET", "/notifications")[-1]["delivered"] is False


def _wait(happened: Callable[[], bool]) -> None:
    ends = time.monotonic() + 5
    while not happened():
        assert time.monotonic() < ends
        time.sleep(0.01)
