# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Service requests, print-ready and audits against the simulator: lost responses, races, states, sites without a
search."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.greyops.rest.plugins.module_utils._context import Context
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.duplicates import SIGNS
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.routes import DOCUMENTED, INFERRED, SEEN
from ansible_collections.greyops.rest.plugins.module_utils._operation import perform
from ansible_collections.greyops.rest.plugins.modules import (
    greymatter_audit,
    greymatter_print_ready,
    greymatter_service_request,
    greymatter_service_request_info,
)
from tests.unit.conftest import params

if TYPE_CHECKING:
    from ansible_collections.greyops.rest.plugins.module_utils._context import NullRuntime
    from tests.unit.conftest import Simulator

    Run = Callable[..., dict[str, Any]]

ROOT = "/api-gateway/sr-service/platform-srms/service-request"
LINES = [{"product": {"product_sku": "MUG-01"}, "quantity": 2}, {"product": {"product_sku": "O'NEIL"}, "quantity": 1}]
NO_SEARCH: dict[str, Any] = {"routes": {"service_request_search": "/nowhere/{external_id}"}}


@pytest.fixture
def run(simulator: Simulator, runtime: NullRuntime) -> Run:
    """Run the operation of a module and expect it to succeed, unless it ``fails``."""

    def keys(
        module: ModuleType = greymatter_service_request, *, check: bool = False, fails: bool = False, **given: Any
    ) -> dict[str, Any]:
        options = params(module.OPERATION.spec, {**simulator.ready_info["greymatter"], "token_store": "none", **given})
        result = perform(module.OPERATION, Context(options, runtime, check_mode=check, diff_mode=True)).keys
        assert bool(result.get("failed")) == fails, result
        return result

    return keys


def key(kind: str = "PICK", external_id: str = "ORD-1", **more: Any) -> dict[str, Any]:
    return {"type": kind, "external_service_request_id": external_id, **more}


def writes(simulator: Simulator) -> list[str]:
    sent = [one for one in simulator.requests("/api-gateway") if one["method"] != "GET" and "oauth" not in one["path"]]
    return [f"{one['method']} {one['path'].rpartition('/')[2]}" for one in sent]


def orders(simulator: Simulator) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = simulator.admin("GET", "/service_requests")
    return found


def advance(simulator: Simulator, to: str, external_id: str = "ORD-1") -> None:
    simulator.admin("POST", "/service_requests/advance", {"external_id": external_id, "to": to})


# --- lifecycle


@pytest.mark.parametrize("kind", ["PUT", "PICK"])
@pytest.mark.parametrize(
    "switches",
    [
        {},
        {"server_keys": "many", "no_lines": "empty", "times": "zulu", "create_status": 201},
        {"status_field": "absent", "cancelled_spelling": "CANCELED", "page_size": 1},
    ],
)
def test_each_step_is_predicted_applied_and_idempotent(
    run: Run, simulator: Simulator, kind: str, switches: dict[str, Any]
) -> None:
    simulator.switch(greymatter=switches)
    # A request of another type has the same id.
    run(**key("PUT" if kind == "PICK" else "PICK", lines=LINES))
    for step in (
        {"lines": LINES, "attributes": {"simple_priority": "normal", "pick_before_time": "2030-01-01T18:00:00Z"}},
        {"lines": LINES[::-1], "attributes": {"simple_priority": "HIGH", "order_options": {"priority": 5}}},
        {"attributes": {"simple_priority": None}},
        {"state": "cancelled"},
    ):
        before = writes(simulator)
        predicted = run(check=True, **key(kind, **step))
        assert writes(simulator) == before
        assert predicted["changed"]
        done = run(**key(kind, **step))
        assert done["changed"]
        assert done["diff"] == predicted["diff"]
        after = writes(simulator)
        again = run(**key(kind, **step))
        assert writes(simulator) == after
        assert not again["changed"]
        assert again["diff"]["before"] == again["diff"]["after"]
        assert again["service_request"] == done["service_request"]
    assert [write.partition(" ")[2] for write in writes(simulator)[-4:]] == [
        "service-request", "modify", "modify", "cancel",
    ]  # fmt: skip
    other, cancelled = orders(simulator)
    assert other["state"].lower() == "created"
    assert cancelled["state"] == "cancelled"


def test_update_sends_changed_fields_and_cancellation_sends_all(run: Run, simulator: Simulator) -> None:
    run(**key(lines=LINES, attributes={"simple_priority": "low", "order_options": {"priority": 1, "bintags": ["a"]}}))
    run(**key(attributes={"order_options": {"priority": 2}}))
    changed = orders(simulator)[0]
    assert changed["attributes"] == {"simple_priority": "low", "order_options": {"priority": 2, "bintags": ["a"]}}
    run(**key(state="cancelled"))
    modify, cancel = (
        next(one["body"] for one in simulator.requests(f"{ROOT}/{path}")) for path in ("modify", "cancel")
    )
    assert '"attributes": {"order_options": {"priority": 2, "bintags": ["a"]}}' in modify
    assert "simple_priority" not in modify
    assert '"id": 1,' in cancel
    assert '"serviceRequests"' in cancel


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        (
            "PUT",
            {
                "expectations": {
                    "containers": [
                        {
                            "containers": [
                                {
                                    "products": [
                                        {
                                            "productQuantity": 3,
                                            "productAttributes": {
                                                "pdfa_values": {"product_sku": "A"},
                                                "package_name": "I",
                                            },
                                        }
                                    ]
                                }
                            ]
                        }
                    ]
                }
            },
        ),
        (
            "PICK",
            {
                "service_requests": [
                    {
                        "type": "PICK_LINE",
                        "attributes": {"packing_box_type": "small"},
                        "expectations": {
                            "containers": [
                                {
                                    "products": [
                                        {
                                            "productQuantity": 1,
                                            "productAttributes": {
                                                "filter_parameters": ["product_sku = 'A'"],
                                                "package_count": 1,
                                            },
                                        }
                                    ]
                                }
                            ]
                        },
                    }
                ]
            },
        ),
    ],
)
def test_unknown_options_of_the_api_are_passed_through(run: Run, kind: str, raw: dict[str, Any]) -> None:
    assert run(**key(kind, **raw))["changed"]
    assert not run(**key(kind, **raw))["changed"]


@pytest.mark.parametrize(("word", "kind"), [("put", "PUT"), ("pick", "PICK"), ("pick_and_pack", "PICK")])
def test_user_facing_type_names(run: Run, simulator: Simulator, word: str, kind: str) -> None:
    assert run(**key(word, lines=LINES))["service_request"]["type"] == kind
    assert not run(**key(kind, lines=LINES))["changed"]
    assert len(orders(simulator)) == 1


def test_cancellation_of_a_missing_request_changes_nothing(run: Run, simulator: Simulator) -> None:
    result = run(**key(state="cancelled"))
    assert (result["changed"], result["service_request"]) == (False, None)
    assert run(**key(state="cancelled", id="99"))["service_request"] is None
    assert writes(simulator) == []


def test_problems_are_reported_before_any_request(run: Run, simulator: Simulator) -> None:
    wrong = key(lines=[{"product": {}, "quantity": 0}], attributes={"simple_priority": "x"})
    for check in (True, False):
        message = run(check=check, fails=True, **wrong)["msg"]
        assert message == (
            "The service request PICK ORD-1 cannot be sent: attributes.simple_priority must be one of low, normal, "
            "high, critical, not 'x'; lines[0].product must name attributes of the product, such as "
            "product_sku; lines[0].quantity must be a whole number above 0, not 0."
        )
    assert simulator.requests("/api-gateway/sr-service") == []


def test_server_rejection_is_reported(run: Run, simulator: Simulator) -> None:
    simulator.switch(greymatter={"unknown_items": "refuse", "service_errors": "validation"})
    result = run(fails=True, **key(lines=LINES))
    assert result["status"] == 400
    assert "item MUG-01 does not exist" in result["msg"]
    simulator.switch(greymatter={"service_errors": "alert_data"})
    assert "item MUG-01 does not exist" in run(fails=True, **key(lines=LINES))["msg"]
    assert orders(simulator) == []


# --- never sent twice


@pytest.mark.parametrize("action", [{"cut": "after"}, {"cut": "during"}, {"delay": 0.6}])
@pytest.mark.parametrize("kind", ["PUT", "PICK"])
def test_lost_response_is_looked_up(run: Run, simulator: Simulator, kind: str, action: dict[str, Any]) -> None:
    simulator.fault(ROOT, action, method="POST", times=1)
    timeout = 0.3 if "delay" in action else 10
    result = run(**key(kind, lines=LINES, timeout=timeout, retries=0), fails="delay" in action)
    if "delay" in action:
        # Not visible yet; it exists a moment later.
        assert "It may have been carried out: look before you send it again." in result["msg"]
        again = run(**key(kind, lines=LINES, timeout=5))
        # Whether the server had processed it by then or rejected the second one, there is one request.
        assert again["service_request"]["id"] == 1
    else:
        assert result["changed"]
        assert result["service_request"]["id"] == 1
    assert len(orders(simulator)) == 1


def test_undelivered_request_is_reported_and_not_repeated(run: Run, simulator: Simulator) -> None:
    simulator.fault(ROOT, {"cut": "before"}, method="POST", times=1)
    assert "look before you send it again" in run(fails=True, **key(lines=LINES))["msg"]
    simulator.fault(ROOT, {"status": 503, "json": {"message": "busy"}}, method="POST", times=1)
    assert "HTTP 503 Service Unavailable: busy" in run(fails=True, **key(lines=LINES))["msg"]
    assert len(simulator.requests(ROOT)) == 6
    assert orders(simulator) == []


def test_lost_response_and_failed_search_report_the_first_error(run: Run, simulator: Simulator) -> None:
    simulator.fault(ROOT, {"cut": "after"}, method="POST", times=1)
    simulator.fault(ROOT, {"status": 500}, method="GET", skip=1)
    result = run(fails=True, retries=0, **key(lines=LINES))
    assert result["method"] == "POST"
    assert len(orders(simulator)) == 1


@pytest.mark.parametrize("status", [400, 409])
@pytest.mark.parametrize("style", ["boot1", "boot2", "reason", "alert_data", "validation", "text", "empty"])
@pytest.mark.parametrize("other", [False, True])
def test_concurrently_created_request_is_found(
    run: Run, simulator: Simulator, status: int, style: str, other: bool
) -> None:
    run(**key(lines=LINES[:1] if other else LINES))
    simulator.switch(greymatter={"duplicate_status": status, "service_errors": style})
    # It is created between the search and the request.
    simulator.fault(ROOT, {"status": 200, "json": {"serviceRequests": [], "totalPages": 0}}, method="GET", times=1)
    result = run(fails=other, **key(lines=LINES))
    if other:
        assert result["msg"] == "Another PICK ORD-1 was sent at the same time. Run the task again."
    else:
        assert not result["changed"]
        assert result["service_request"]["id"] == 1
    assert len(orders(simulator)) == 1


def test_incomplete_response_is_completed(run: Run, simulator: Simulator) -> None:
    for action in ({"status": 200, "json": {"id": 1}}, {"status": 201}):
        simulator.admin("POST", "/reset")
        run(**key(lines=LINES))
        simulator.fault(ROOT, {"status": 200, "json": {"serviceRequests": []}}, method="GET", times=1)
        simulator.fault(ROOT, action, method="POST", times=1)
        assert run(**key(lines=LINES))["service_request"]["externalServiceRequestId"] == "ORD-1"
    simulator.admin("POST", "/reset")
    simulator.fault(ROOT, {"status": 201}, method="POST", times=1)
    assert "accepted PICK ORD-1, but it does not exist" in run(fails=True, **key(lines=LINES))["msg"]


# --- states


def test_unchangeable_state_is_reported_in_check_mode(run: Run, simulator: Simulator) -> None:
    run(**key(lines=LINES, attributes={"simple_priority": "low"}))
    advance(simulator, "pick_started")
    before = writes(simulator)
    for check in (True, False):
        assert "PICK ORD-1 is pick_started" in run(check=check, fails=True, **key(state="cancelled"))["msg"]
        message = run(check=check, fails=True, **key(attributes={"simple_priority": "high"}))["msg"]
        assert "pick_started, and it can be changed only before cancellation_locked" in message
        assert not run(check=check, **key(lines=LINES, attributes={"simple_priority": "low"}))["changed"]
    assert writes(simulator) == before


@pytest.mark.parametrize("step", [{"state": "cancelled"}, {"attributes": {"simple_priority": "high"}}])
@pytest.mark.parametrize("style", ["boot1", "reason", "alert_data", "empty"])
def test_concurrent_state_change_is_reported(run: Run, simulator: Simulator, step: dict[str, Any], style: str) -> None:
    early = run(**key(lines=LINES))["service_request"]
    advance(simulator, "cancellation_locked")
    simulator.switch(greymatter={"service_errors": style})
    answer = {"serviceRequests": [early], "totalPages": 1}
    simulator.fault(ROOT, {"status": 200, "json": answer}, method="GET", times=1)
    result = run(fails=True, **key(**step))
    what = "cancelled" if "state" in step else "changed"
    assert result["msg"].startswith(f"PICK ORD-1 can no longer be {what}: it is cancellation_locked by now. ")
    assert result["method"] == ("POST" if "state" in step else "PUT")


@pytest.mark.parametrize("cut", ["after", "during"])
def test_cancellation_with_lost_response_is_verified(run: Run, simulator: Simulator, cut: str) -> None:
    run(**key(lines=LINES))
    simulator.fault(f"{ROOT}/cancel", {"cut": cut}, times=1)
    assert run(**key(state="cancelled"))["service_request"]["state"] == "cancelled"
    assert writes(simulator).count("POST cancel") == 1


def test_concurrent_cancellation_counts_as_cancelled(run: Run, simulator: Simulator) -> None:
    early = run(**key(lines=LINES))["service_request"]
    advance(simulator, "cancelled")
    simulator.fault(ROOT, {"status": 200, "json": {"serviceRequests": [early]}}, method="GET", times=1)
    assert run(**key(state="cancelled"))["service_request"]["state"] == "cancelled"


def test_change_without_effect_is_reported(run: Run, simulator: Simulator) -> None:
    run(**key(lines=LINES))
    simulator.fault(f"{ROOT}/modify", {"status": 200, "json": {"id": 1}}, times=1)
    message = run(fails=True, **key(attributes={"simple_priority": "high"}))["msg"]
    assert (
        message == "GreyMatter accepted the change of PICK ORD-1, but simple_priority is None. Check it in GreyMatter."
    )


# --- waiting


def test_wait_ends_when_the_state_is_reached(run: Run, simulator: Simulator) -> None:
    simulator.switch(greymatter={"order_transit": "clock", "order_transit_time": 0.3})
    result = run(**key(lines=LINES, wait_for=["Complete"], wait_timeout=20))
    assert result["changed"]
    assert result["service_request"]["state"] == "complete"
    again = run(**key(lines=LINES, wait_for=["fulfillable", "complete"]))
    assert not again["changed"]
    assert run(check=True, **key("PUT", lines=LINES, wait_for=["released"]))["service_request"]["state"] == "created"


def test_wait_ends_with_a_timeout_or_a_final_state(run: Run, simulator: Simulator) -> None:
    result = run(fails=True, **key(lines=LINES, wait_for=["fulfillable"], wait_timeout=0.6))
    message = result["msg"]
    assert message.startswith("The PICK ORD-1 is not done after ")
    assert result["changed"]
    assert result["service_request"]["externalServiceRequestId"] == "ORD-1"
    assert "Run the task again to keep waiting, or increase wait_timeout" in message
    advance(simulator, "abandoned")
    result = run(fails=True, **key(lines=LINES, wait_for=["complete", "fulfillable"]))
    assert not result["changed"]
    message = result["msg"]
    assert message == "PICK ORD-1 is abandoned, and cannot become complete or fulfillable."
    run(**key("PUT", lines=LINES))
    advance(simulator, "complete")
    message = run(fails=True, **key("PUT", lines=LINES, wait_for=["released"], wait_timeout=0.1))["msg"]
    assert message.startswith("The PUT ORD-1 is not done after ")


def test_deleted_request_is_not_waited_for(run: Run, simulator: Simulator) -> None:
    run(**key(lines=LINES))
    simulator.fault(f"{ROOT}/1", {"status": 404, "json": {"message": "gone"}})
    simulator.fault(ROOT, {"status": 200, "json": {"serviceRequests": []}}, method="GET", skip=1)
    assert "was CREATED and no longer exists" in run(fails=True, **key(wait_for=["complete"]))["msg"]


@pytest.mark.parametrize("action", [{"status": 404, "json": {}}, {"status": 404, "html": "<p>"}, {"status": 405}])
def test_search_is_used_without_a_detail_path(run: Run, simulator: Simulator, action: dict[str, Any]) -> None:
    simulator.fault(f"{ROOT}/1", action)
    simulator.switch(greymatter={"order_transit": "clock", "order_transit_time": 0.3})
    run(**key(lines=LINES))
    assert run(**key(attributes={"simple_priority": "high"}))["changed"]
    run(**key(wait_for=["complete"], wait_timeout=20))
    message = run(fails=True, **key(id="1"))["msg"]
    assert "service_request in routes" in message


# --- by internal id, and without a search


def test_internal_id_replaces_the_search(run: Run, simulator: Simulator) -> None:
    run(**key(lines=LINES))
    searched = len([one for one in simulator.requests(ROOT) if one["query_string"]])
    assert not run(**key(lines=LINES, id="1"))["changed"]
    assert run(**key(id="1", state="cancelled"))["changed"]
    assert len([one for one in simulator.requests(ROOT) if one["query_string"]]) == searched
    message = run(fails=True, **key("PUT", id="1"))["msg"]
    assert message == "The service request with the id 1 is PICK ORD-1, and not PUT ORD-1."
    assert "There is no service request with the id 7." in run(fails=True, **key(id="7", lines=LINES))["msg"]


@pytest.mark.parametrize("style", ["boot1", "boot2", "reason", "validation"])
def test_without_a_search_an_existing_id_is_reported(
    run: Run, simulator: Simulator, runtime: NullRuntime, style: str
) -> None:
    simulator.switch(greymatter={"service_errors": style})
    assert run(check=True, **key(lines=LINES), **NO_SEARCH)["changed"]
    first = run(**key(lines=LINES), **NO_SEARCH)
    assert first["changed"]
    assert "The search for service requests does not exist on this site" in runtime.warnings[0]
    second = run(**key(lines=LINES), **NO_SEARCH)
    assert not second["changed"]
    assert second["service_request"] == {"externalServiceRequestId": "ORD-1", "type": "PICK"}
    assert runtime.warnings[-1] == "PICK ORD-1 exists already, and cannot be compared with what is asked for."
    assert len(orders(simulator)) == 1
    message = run(fails=True, **key(lines=LINES, wait_for=["complete"]), **NO_SEARCH)["msg"]
    assert message.startswith(
        "PICK ORD-1 cannot be waited for: the search for service requests does not exist on this site"
    )


TAKEN = [
    (409, {"json": {}}),
    (409, {"text": "no"}),
    (400, {"json": {"reason": "DUPLICATE_KEY"}}),
    (422, {"json": {"code": "DUPLICATE_ID", "message": "no"}}),
    (200, {"json": {"status": "FAILURE", "errors": [{"field": "externalServiceRequestId", "code": "DUPLICATE"}]}}),
    (200, {"json": {"alert_data": [{"code": "ORDER_ALREADY_EXISTS", "description": "no"}]}}),
    (500, {"json": {"exception": "org.springframework.dao.DuplicateKeyException", "message": "no"}}),
    (400, {"json": {"message": "ERROR: duplicate key value violates unique constraint"}}),
    (400, {"json": {"message": "An order with this id already exists"}}),
    (400, {"xml": "<Map><message>order id exists</message></Map>"}),
]
NOT_TAKEN = [
    (400, {"json": {"message": "quantity is not allowed"}}),
    (
        400,
        {
            "json": {
                "message": "quantity is not allowed",
                "path": "/duplicate/order id exists",
                "error": "DUPLICATE_KEY",
            }
        },
    ),
    (400, {"text": "order id exists"}),
    (400, {"json": {"message": "no order of that id exists"}}),
    (400, {"json": {"message": "item does not exist"}}),
    (400, {"json": {"message": "the tote T9 exists in another order"}}),
    (400, {"json": {"message": "duplicate lines"}}),
    (400, {"json": {"reason": "DUPLICATE_KEY", "errors": [{"field": "serviceRequests[0].externalServiceRequestId"}]}}),
    (200, {"json": {"alert_data": [{"code": "e027", "description": "order id exists"}]}}),
    (400, {"html": "<html><title>order id exists</title></html>"}),
    (500, {"json": {"message": "quantity is not allowed"}}),
]


@pytest.mark.parametrize(("status", "body"), TAKEN)
def test_without_a_search_duplicate_id_responses_are_recognized(
    run: Run, simulator: Simulator, runtime: NullRuntime, status: int, body: dict[str, Any]
) -> None:
    simulator.fault(ROOT, {"status": status, **body}, method="POST")
    result = run(**key(lines=LINES), **NO_SEARCH)
    assert (result["changed"], len(simulator.requests(ROOT))) == (False, 1)
    assert runtime.warnings[-1] == "PICK ORD-1 exists already, and cannot be compared with what is asked for."


@pytest.mark.parametrize(("status", "body"), NOT_TAKEN)
@pytest.mark.parametrize("place", [ROOT, "/duplicate/order-id-exists"])
def test_without_a_search_other_rejections_fail(
    run: Run, simulator: Simulator, runtime: NullRuntime, status: int, body: dict[str, Any], place: str
) -> None:
    """For any text in the URL, in the order, and in the hint."""
    simulator.fault(place, {"status": status, **body}, method="POST")
    routes = {**NO_SEARCH["routes"], "service_request_create": place}
    order = key(external_id="order-id-exists: duplicate key", lines=LINES)
    result = run(fails=True, **order, routes=routes)
    assert (result["status"], len(simulator.requests(place))) == (status, 1)
    assert len(runtime.warnings) == 1
    assert not any("exists already" in warning for warning in runtime.warnings)


def test_table_of_duplicate_id_responses_names_its_sources() -> None:
    assert {sign.field for sign in SIGNS} == {"reason", "code", "exception", "message"}
    assert {sign.certainty for sign in SIGNS} <= {DOCUMENTED, SEEN, INFERRED}


def test_without_a_search_the_documented_pick_and_pack_response_is_accepted(
    run: Run, simulator: Simulator, runtime: NullRuntime
) -> None:
    """The response is the request itself, without an id."""
    echo = {"externalServiceRequestId": "ORD-1", "type": "PICK", "attributes": {}, "serviceRequests": []}
    simulator.fault(ROOT, {"status": 200, "json": echo}, method="POST")
    done = run(**key(lines=LINES), **NO_SEARCH)
    assert (done["changed"], done["service_request"]) == (True, echo)
    assert runtime.warnings[-1] == "PICK ORD-1 was sent, and cannot be compared with what is asked for."
    assert len(simulator.requests(ROOT)) == 1


@pytest.mark.parametrize("made", [{"externalServiceRequestId": "ORD-2"}, {"type": "PUT"}, {"type": None}, {"id": 7}])
def test_without_a_search_other_responses_are_rejected(run: Run, simulator: Simulator, made: dict[str, Any]) -> None:
    echo = {"externalServiceRequestId": "ORD-1", "type": "PICK", **made}
    simulator.fault(ROOT, {"status": 200, "json": echo}, method="POST")
    result = run(fails=True, **key(lines=LINES), **NO_SEARCH)
    assert result["msg"] == "GreyMatter accepted PICK ORD-1, but it does not exist. Look for it."
    assert len([one for one in simulator.requests(ROOT) if one["method"] == "POST"]) == 1


def test_with_a_search_a_response_without_an_id_is_looked_up(run: Run, simulator: Simulator) -> None:
    echo = {"externalServiceRequestId": "ORD-1", "type": "PICK"}
    simulator.fault(ROOT, {"status": 200, "json": echo}, method="POST", times=1)
    assert "but it does not exist" in run(fails=True, **key(lines=LINES))["msg"]


def test_missing_login_path_is_not_a_missing_search(run: Run, simulator: Simulator, runtime: NullRuntime) -> None:
    simulator.fault("/", {"status": 404, "json": {"error": "Not Found", "message": "No message available"}})
    for check in (True, False):
        result = run(check=check, fails=True, **key(lines=LINES))
        assert "(login) failed with HTTP 404 Not Found" in result["msg"]
        assert result["msg"].endswith("check api_url, auth_url, path_prefix, and token in routes.")
    assert runtime.warnings == []


def test_without_a_search_other_rejections_and_lost_responses_are_errors(run: Run, simulator: Simulator) -> None:
    simulator.switch(greymatter={"unknown_items": "refuse"})
    assert "item MUG-01 does not exist" in run(fails=True, **key(lines=LINES), **NO_SEARCH)["msg"]
    simulator.fault(ROOT, {"cut": "before"}, method="POST", times=1)
    assert "look before you send it again" in run(fails=True, **key(lines=LINES), **NO_SEARCH)["msg"]
    simulator.switch(greymatter={"unknown_items": "accept"})
    simulator.fault(ROOT, {"cut": "after"}, method="POST", times=1)
    sent = len(simulator.requests(ROOT))
    assert "look before you send it again" in run(fails=True, **key(lines=LINES), **NO_SEARCH)["msg"]
    assert len(simulator.requests(ROOT)) == sent + 1
    assert len(orders(simulator)) == 1


def test_without_a_search_nothing_is_cancelled_or_updated(run: Run, simulator: Simulator) -> None:
    run(**key(lines=LINES))
    for step in ({"state": "cancelled"}, {"attributes": {"simple_priority": "high"}}):
        result = run(fails=True, **key(**step), **NO_SEARCH)
        assert result["status"] == 404
        assert "The path is that of service_request_search in routes." in result["msg"]
    simulator.fault(ROOT, {"status": 405}, method="GET")
    message = run(fails=True, **key(state="cancelled"))["msg"]
    assert "The path is inferred and not documented by GreyOrange" in message
    assert "service_request_search in routes" in message


def test_incomplete_or_unfiltered_search_results_are_handled(run: Run, simulator: Simulator) -> None:
    whole = run(**key(lines=LINES))["service_request"]
    short = {name: whole[name] for name in ("id", "externalServiceRequestId", "type", "state")}
    others = [{**short, "id": 7, "externalServiceRequestId": "ORD-10"}, {**short, "id": 8, "type": "PICK_LINE"}]
    found = {"serviceRequests": [*others, short]}
    simulator.fault(ROOT, {"status": 200, "json": found}, method="GET", times=1)
    assert not run(**key(lines=LINES))["changed"]
    twice = {"serviceRequests": [whole, {**whole, "id": 9}]}
    simulator.fault(ROOT, {"status": 200, "json": twice}, method="GET", times=1)
    assert run(fails=True, **key(lines=LINES))["msg"] == "There are 2 service requests PICK ORD-1: 1, 9. Give the id."


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ([], ""),
        ([{"id": 7, "externalServiceRequestId": "ORD-10", "type": "PICK"}], "such as PICK ORD-10"),
        ([{"id": 7, "externalServiceRequestId": "ORD-1", "type": "PUT"}], ""),
        ({"serviceRequests": [], "totalElements": 1}, "0 service requests, which may be one page of several"),
        ({"serviceRequests": [{"id": 7, "externalServiceRequestId": "ORD-1", "type": "PUT"}], "size": 1}, "1 service"),
        ({"serviceRequests": [{"externalServiceRequestId": "ORD-1", "type": "PUT"}], "last": False}, "1 service"),
        ({"serviceRequests": [{"externalServiceRequestId": "ORD-1", "type": "PUT"}], "last": True, "size": 1}, ""),
        ([{"externalServiceRequestId": "ORD-1", "type": "PICK_LINE"}] * 20, "20 service requests"),
        ({"data": [{"externalServiceRequestId": "ORD-1", "type": "PICK_LINE"}] * 20, "totaElements": 20}, ""),
    ],
)
def test_search_result_that_proves_nothing_is_an_error(
    run: Run, simulator: Simulator, answer: Any, expected: str
) -> None:
    """Whether it is sent or cancelled, in check mode too."""
    simulator.fault(ROOT, {"status": 200, "json": answer}, method="GET")
    for step in ({"lines": LINES}, {"state": "cancelled"}):
        result = run(check=True, fails=bool(expected), **key(**step))
        assert expected in result.get("msg", "")
    if not expected:
        return
    message = run(fails=True, **key(lines=LINES))["msg"]
    assert message.startswith("Whether PICK ORD-1 exists is unknown: the site answered with ")
    assert "give another as service_request_search in routes" in message
    assert orders(simulator) == []


def test_pages_that_do_not_advance_prove_nothing(run: Run, simulator: Simulator) -> None:
    """A server that ignores the number of the page returns the first page again."""
    page = {"serviceRequests": [{"id": 7, "externalServiceRequestId": "ORD-1", "type": "PUT"}], "number": 0}
    counts = {"totalPages": 2, "totalElements": 2}
    simulator.fault(ROOT, {"status": 200, "json": {**page, **counts}}, method="GET")
    assert "Whether PICK ORD-1 exists is unknown" in run(fails=True, **key(lines=LINES))["msg"]
    assert len(simulator.requests(ROOT)) == 2


def test_search_at_another_path(run: Run, simulator: Simulator) -> None:
    simulator.switch(greymatter={"routes": {"service_request_search": "/srms/find?which={external_id}"}})
    routes = {"service_request_search": "/srms/find?which={external_id}"}
    odd = key(external_id="ORD 1/ä&b", lines=LINES, routes=routes)
    assert run(**odd)["changed"]
    assert not run(**odd)["changed"]


# --- the list


def test_multiple_requests_are_read_and_sorted(run: Run, simulator: Simulator) -> None:
    for external_id in ("B", "A"):
        run(**key("PUT", external_id, lines=LINES))
    run(**key("PICK", "A", lines=LINES))
    info = greymatter_service_request_info

    def read(**given: Any) -> list[tuple[str, str]]:
        found = run(info, **given)
        assert not found["changed"]
        return [(one["externalServiceRequestId"], one["type"]) for one in found["service_requests"]]

    assert read(external_service_request_id=["B", "A", "C"]) == [("A", "PUT"), ("A", "PICK"), ("B", "PUT")]
    assert read(external_service_request_id=["B", "A"], type=["PICK"]) == [("A", "PICK")]
    assert read(id=["1", "99"], external_service_request_id=["B"]) == [("B", "PUT")]
    assert read(id=["99"]) == []
    simulator.fault(f"{ROOT}/1", {"status": 200, "json": [1]}, times=1)
    assert "answered with JSON that is not a service request" in run(info, fails=True, id=["1"])["msg"]
    simulator.fault(f"{ROOT}/1", {"status": 404, "html": "<title>Nothing</title>"}, times=1)
    assert "answered with HTTP 404" in run(info, fails=True, id=["1"])["msg"]


# --- print-ready and audits


def test_print_ready_is_reported(run: Run, simulator: Simulator) -> None:
    run(**key(lines=LINES))
    advance(simulator, "pick_started")
    order = {"external_service_request_id": "ORD-1"}
    assert run(greymatter_print_ready, check=True, **order)["changed"]
    assert simulator.admin("GET", "/printed") == []
    assert run(greymatter_print_ready, **order)["order"] == {"externalServiceRequestId": "ORD-1"}
    assert simulator.admin("GET", "/printed") == ["ORD-1"]


@pytest.mark.parametrize("style", ["boot1", "reason", "validation", "text", "empty"])
def test_rejected_print_ready_is_explained(run: Run, simulator: Simulator, style: str) -> None:
    run(**key(lines=LINES))
    simulator.switch(greymatter={"service_errors": style})
    early = run(greymatter_print_ready, fails=True, external_service_request_id="ORD-1")
    assert early["status"] == 400
    assert "the order has a status that does not allow it" in early["msg"]
    unknown = run(greymatter_print_ready, fails=True, external_service_request_id="ORD 2/x")
    assert unknown["status"] == 404
    assert "there is no order with that id" in unknown["msg"]
    assert "give it as print_ready in routes" in unknown["msg"]
    empty = run(greymatter_print_ready, fails=True, external_service_request_id="")
    assert empty["msg"] == "external_service_request_id is empty. Set it to the id of an order."


def test_each_run_creates_an_audit(run: Run, simulator: Simulator) -> None:
    count = {"name": "count", "type": "location", "locations": ["039.1.E.02"]}
    predicted = run(greymatter_audit, check=True, **count)
    assert predicted["audit"] == {
        "audit_param_name": "count",
        "audit_param_type": "location",
        "audit_param_value": {"locations_list": ["039.1.E.02"]},
    }
    assert simulator.admin("GET", "/audits") == []
    assert [run(greymatter_audit, **count)["audit"]["audit_id"] for _time in range(2)] == ["A-1", "A-2"]
    run(greymatter_audit, name="m", type="sku", skus=[{"sku": "MUG-01", "attributes_sets": [{"size": ["L"]}]}])
    assert len(simulator.admin("GET", "/audits")) == 3


def test_audit_creation_is_never_repeated_automatically(run: Run, simulator: Simulator) -> None:
    simulator.fault("/api-gateway/integration-service", {"cut": "after"}, times=1)
    message = run(greymatter_audit, fails=True, name="n", type="location", locations=["A"])["msg"]
    assert "It may have been carried out: look before you send it again." in message
    assert len(simulator.admin("GET", "/audits")) == 1
    simulator.fault("/api-gateway/integration-service", {"status": 404, "html": "<title>Nothing</title>"}, times=1)
    message = run(greymatter_audit, fails=True, name="n", type="location", locations=["A"])["msg"]
    assert "give another as audit_create in routes" in message
    simulator.fault("/api-gateway/integration-service", {"status": 200, "json": [1]}, times=1)
    message = run(greymatter_audit, fails=True, name="n", type="location", locations=["A"])["msg"]
    assert "answered with JSON that is not an audit" in message
