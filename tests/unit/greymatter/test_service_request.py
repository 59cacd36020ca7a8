# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Service requests and audits: validation errors, comparison, and planned steps."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.greyops.rest.plugins.module_utils._errors import OptionError
from ansible_collections.greyops.rest.plugins.module_utils._greymatter import service_request, site_calls
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.service_request import plan_service_request
from ansible_collections.greyops.rest.plugins.modules import greymatter_audit, greymatter_service_request
from tests.unit.conftest import params

Item = dict[str, Any]
ACCESS = {"access_token": "t", "api_url": "https://site.example"}
LINE = {"product": {"product_sku": "MUG-01"}, "quantity": 2}


def given(kind: str = "PICK", **options: object) -> Item:
    key = {"type": kind, "external_service_request_id": "ORD-1"}
    return params(greymatter_service_request.OPERATION.spec, {**ACCESS, **key, **options})


def build_desired(kind: str = "PICK", **options: object) -> Item:
    checked = given(kind, **options)
    assert service_request.validate_service_request(checked) == []
    return service_request.build_desired(checked)


def made(kind: str = "PICK", state: str = "created", **options: object) -> Item:
    """A service request as a server returns it: with additional keys, and lines in another order."""
    body = plan_service_request(None, build_desired(kind, **options)).body
    for child in body.get("serviceRequests", []):
        child |= {"id": 5, "state": state.upper(), "actuals": None}
    for part in (body, *body.get("serviceRequests", [])):
        for container in (part.get("expectations") or {}).get("containers", []):
            container |= {"id": 7, "type": "VIRTUAL"}
            container["products"] = [{**product, "id": 8} for product in reversed(container["products"])]
    body["serviceRequests"] = body["serviceRequests"][::-1] if "serviceRequests" in body else None
    return {
        "expectations": None,
        "attributes": None,
        **body,
        "id": 91,
        "state": state,
        "createdOn": "2018-04-24T10:30:04",
    }


# --- validation errors


@pytest.mark.parametrize(
    ("kind", "options", "expected"),
    [
        ("PICK", {"lines": []}, ["lines is empty: give at least one"]),
        ("PICK", {"service_requests": []}, ["service_requests is empty: give at least one line"]),
        ("PUT", {"expectations": {}}, ["expectations.containers must be a list of at least one container"]),
        (
            "PUT",
            {"expectations": {"containers": [{}]}},
            ["expectations.containers[0] has neither products nor containers"],
        ),
        (
            "PUT",
            {"service_requests": []},
            ["service_requests is for PICK: a PUT takes lines or expectations", "is empty"],
        ),
        ("PICK", {"expectations": {"containers": []}}, ["expectations is for PUT", "expectations.containers must be"]),
        ("PICK", {"lines": [{"quantity": 1}]}, ["lines[0].product must name attributes of the product"]),
        (
            "PICK",
            {"lines": [{"product": {"a b": 1, "c": []}, "quantity": 1}]},
            ["'a b' is not the name", "product.c must be a value"],
        ),
        ("PICK", {"lines": [{**LINE, "sku": "X"}]}, ["lines[0] has no sku: its keys are product, quantity"]),
        ("PICK", {"lines": [{**LINE, "attributes": 3}]}, ["lines[0].attributes must be a dictionary"]),
        (
            "PICK",
            {"lines": [{**LINE, "external_service_request_id": "L"}] * 2},
            ["lines: L is not unique"],
        ),
        ("PUT", {"lines": [{**LINE, "external_service_request_id": "L"}]}, ["external_service_request_id is for PICK"]),
        ("PUT", {"lines": [{**LINE, "attributes": {"a": 1}}]}, ["lines[0].attributes is for PICK"]),
        (
            "PICK",
            {"attributes": {"simple_priority": "urgent"}},
            ["must be one of low, normal, high, critical, not 'urgent'"],
        ),
        (
            "PICK",
            {"attributes": {"pick_before_time": "tomorrow"}},
            ["attributes.pick_before_time must be a time such as"],
        ),
        ("PICK", {"attributes": {"pick_after_time": 17}}, ["attributes.pick_after_time must be a time such as"]),
        ("PICK", {"attributes": {"order_options": [1]}}, ["attributes.order_options must be a dictionary"]),
        ("PICK", {"wait_for": []}, ["wait_for must name at least one state"]),
        ("PICK", {"wait_for": [" "]}, ["wait_for must name at least one state"]),
        ("PICK", {"external_service_request_id": " "}, ["external_service_request_id is empty"]),
        (
            "PICK",
            {"service_requests": [{"type": "PICK"}, {"type": "pick_line", "expectations": {"containers": [7]}}]},
            [
                "service_requests[0].type must be PICK_LINE",
                "service_requests[0].expectations.containers must be",
                "service_requests[1].expectations.containers[0] must be a dictionary",
            ],
        ),
        (
            "PUT",
            {
                "expectations": {
                    "containers": [{"containers": [{"products": [{"productQuantity": 0}, 7]}]}, {"products": 7}]
                }
            },
            [
                "containers[0].containers[0].products[0].productQuantity must be a whole number above 0, not 0",
                "containers[0].containers[0].products[0].productAttributes.pdfa_values must name the product",
                "expectations.containers[0].containers[0].products[1] must be a dictionary",
                "expectations.containers[1].products must be a list",
            ],
        ),
    ],
)
def test_each_problem_is_reported_with_its_path(kind: str, options: Item, expected: list[str]) -> None:
    problems = service_request.validate_service_request(given(kind, **options))
    assert len(problems) == len(expected)
    assert all(part in problem for part, problem in zip(expected, problems, strict=True))


@pytest.mark.parametrize("quantity", [0, -1, 2.5, "two", "", None, True, [1], "1.0", "٣"])
def test_quantities_are_positive_integers(quantity: object) -> None:
    problems = service_request.validate_service_request(given(lines=[{**LINE, "quantity": quantity}]))
    assert problems == [f"lines[0].quantity must be a whole number above 0, not {quantity!r}"]


def test_quantities_are_required() -> None:
    problems = service_request.validate_service_request(given(lines=[{"product": LINE["product"]}]))
    assert problems == ["lines[0].quantity is missing: it must be a whole number above 0"]


@pytest.mark.parametrize("quantity", [2, 2.0, "2", " 2 "])
def test_quantity_may_be_a_numeric_string(quantity: object) -> None:
    child = build_desired(lines=[{**LINE, "quantity": quantity}])["serviceRequests"][0]
    assert child["expectations"]["containers"][0]["products"][0]["productQuantity"] == 2


@pytest.mark.parametrize(
    "time",
    ["2030-01-01T18:00:00Z", "2030-01-01T18:00:00.5+05:30", "2030-01-01T18:00:00.123456789z", "2030-01-01T18:00",
     "2030-01-01T18:00:00,25-0330"],
)  # fmt: skip
def test_times_are_iso_8601(time: str) -> None:
    assert service_request.validate_service_request(given(attributes={"pick_before_time": time})) == []


@pytest.mark.parametrize(
    "time", ["2030-13-01T18:00:00Z", "2030-01-01T25:00:00Z", "2030-01-01", "2030-01-01T18:00:00+99:00"]
)
def test_other_times_are_rejected(time: str) -> None:
    assert len(service_request.validate_service_request(given(attributes={"pick_before_time": time}))) == 1


# --- lines in the format of the type


def test_lines_of_a_put_are_values() -> None:
    expectations = build_desired("PUT", lines=[{"product": {"product_sku": "O'NEIL", "size": 7}, "quantity": 12}])[
        "expectations"
    ]
    products = [{"productQuantity": 12, "productAttributes": {"pdfa_values": {"product_sku": "O'NEIL", "size": 7}}}]
    assert expectations == {"containers": [{"products": products}]}


def test_lines_of_a_pick_are_expressions_with_quoted_values() -> None:
    product = {"product_sku": 'O\'NEIL "X"', "size": 7, "weight": 1.5, "fragile": True}
    child = build_desired(lines=[{"product": product, "quantity": 1, "attributes": {"order_number": "7"}}])[
        "serviceRequests"
    ][0]
    named = child["expectations"]["containers"][0]["products"][0]["productAttributes"]
    assert named == {
        "filter_parameters": ["product_sku = 'O''NEIL \"X\"'", "size = 7", "weight = 1.5", "fragile = true"]
    }
    assert child["attributes"] == {"order_number": "7"}
    assert child["type"] == "PICK_LINE"


def test_lines_get_unused_ids() -> None:
    lines = [LINE, {**LINE, "external_service_request_id": "ORD-1-L1"}, LINE]
    sent = plan_service_request(None, build_desired(lines=lines)).body["serviceRequests"]
    assert [line["externalServiceRequestId"] for line in sent] == ["ORD-1-L2", "ORD-1-L1", "ORD-1-L3"]


# --- planned steps


def test_new_request_is_sent_as_desired() -> None:
    planned = plan_service_request(None, build_desired(lines=[LINE], attributes={"simple_priority": "HIGH"}))
    assert planned.step == service_request.CREATE
    assert planned.body["attributes"] == {"simple_priority": "high"}
    assert "state" not in planned.body
    assert planned.after == {**planned.body, "state": "created"}
    assert planned.as_diff() == {"before": {}, "after": planned.body}


@pytest.mark.parametrize(("kind", "raw"), [("PUT", "expectations"), ("PICK", "service_requests")])
def test_request_without_lines_is_rejected(kind: str, raw: str) -> None:
    with pytest.raises(OptionError, match=f"The {kind} ORD-1 does not exist, and creating it requires lines, or {raw}"):
        plan_service_request(None, build_desired(kind))


TWO = [LINE, {"product": {"product_sku": "CUP-07", "client_id": "c7"}, "quantity": 1}]


@pytest.mark.parametrize("kind", ["PUT", "PICK"])
@pytest.mark.parametrize("state", ["created", "CREATED", "complete", "released"])
@pytest.mark.parametrize("lines", [TWO, TWO[::-1]])
def test_order_of_lines_is_ignored(kind: str, state: str, lines: list[Item]) -> None:
    there = made(kind, state, lines=TWO, attributes={"order_options": {"priority": 5.0, "bintags": []}})
    planned = plan_service_request(
        there, build_desired(kind, lines=lines, attributes={"order_options": {"priority": 5}})
    )
    assert not planned.changed
    assert planned.after is there
    assert planned.as_diff()["before"] == planned.as_diff()["after"]


@pytest.mark.parametrize(
    ("there", "requested", "same"),
    [
        ("2030-01-01T18:00:00Z", "2030-01-01T19:00:00+01:00", True),
        ("2030-01-01T18:00:00.000+0000", "2030-01-01T18:00:00Z", True),
        ("2030-01-01T18:00:00Z", "2030-01-01T19:00:00Z", False),
        ("2030-01-01T18:00:00", "2030-01-01T18:00:00", True),
        ("2030-01-01T18:00:00", "2030-01-01T18:00:00Z", False),
        (None, "2030-01-01T18:00:00Z", False),
        ("2030-01-01T18:00:00Z", None, False),
    ],
)
def test_deadlines_are_compared_as_times(there: str | None, requested: str | None, same: bool) -> None:
    planned = plan_service_request(
        made(lines=[LINE], attributes={"pick_before_time": there}),
        build_desired(attributes={"pick_before_time": requested}),
    )
    assert planned.changed != same


def test_only_changed_attributes_are_sent_completely() -> None:
    there = made(
        lines=[LINE], attributes={"simple_priority": "Normal", "a": 1, "order_options": {"priority": 5, "x": 1}}
    )
    requested = {"simple_priority": "normal", "a": 1.0, "order_options": {"priority": 6}}
    planned = plan_service_request(there, build_desired(attributes=requested))
    assert planned.step == service_request.UPDATE
    assert planned.body == {
        "id": 91,
        "externalServiceRequestId": "ORD-1",
        "type": "PICK",
        "attributes": {"order_options": {"priority": 6, "x": 1}},
    }
    assert planned.after is not None
    assert planned.after["attributes"]["a"] == 1
    shown = planned.as_diff()
    assert shown["before"]["attributes"]["order_options"] == {"priority": 5, "x": 1}
    assert shown["after"]["attributes"]["order_options"] == {"priority": 6, "x": 1}
    assert "id" not in shown["after"]


@pytest.mark.parametrize(
    "lines",
    [
        [LINE],
        [*TWO, LINE],
        [TWO[0], {**TWO[1], "quantity": 2}],
        [TWO[0], {**TWO[1], "product": {"product_sku": "CUP-08"}}],
        [LINE, LINE],
    ],
)
@pytest.mark.parametrize("kind", ["PUT", "PICK"])
def test_changed_lines_are_rejected(kind: str, lines: list[Item]) -> None:
    with pytest.raises(
        OptionError, match=rf"The {kind} ORD-1 has other lines than these \(created\), and lines cannot"
    ):
        plan_service_request(made(kind, lines=TWO), build_desired(kind, lines=lines))


@pytest.mark.parametrize(
    ("kind", "state"),
    [("PUT", "stage_requested"), ("PUT", "STAGED"), ("PUT", "complete"), ("PICK", "cancellation_locked"),
     ("PICK", "PICK_STARTED"), ("PICK", "complete"), ("PICK", "abandoned")],
)  # fmt: skip
def test_late_change_fails_with_the_state(kind: str, state: str) -> None:
    there = made(kind, state, lines=[LINE], attributes={"simple_priority": "low"})
    until = "only while it is created" if kind == "PUT" else "only before cancellation_locked"
    with pytest.raises(OptionError, match=f"{kind} ORD-1 is {state}, and it can be cancelled {until}"):
        plan_service_request(there, build_desired(kind), "cancelled")
    with pytest.raises(OptionError, match=rf"{state}, and it can be changed {until} .simple_priority: low -> high"):
        plan_service_request(there, build_desired(kind, attributes={"simple_priority": "high"}))


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        ("PUT", "created"),
        ("PICK", "created"),
        ("PICK", "Fulfillable"),
        ("PICK", "pending"),
        ("PICK", "not_fulfillable"),
    ],
)
def test_cancellable_states_are_cancelled(kind: str, state: str) -> None:
    there = made(kind, state, lines=[LINE])
    planned = plan_service_request(there, build_desired(kind), "cancelled")
    assert planned.step == service_request.CANCEL
    assert planned.body == there
    shown = planned.as_diff()
    assert shown["before"]["state"] == state
    assert shown["after"]["state"] == "cancelled"


@pytest.mark.parametrize("state", ["cancelled", "CANCELLED", "canceled", "CANCELED"])
def test_both_spellings_of_cancelled_are_recognized(state: str) -> None:
    there = made(state=state, lines=[LINE])
    assert not plan_service_request(there, build_desired(), "cancelled").changed
    with pytest.raises(OptionError, match="The PICK ORD-1 is cancelled and cannot be reactivated"):
        plan_service_request(there, build_desired(lines=[LINE]))


def test_missing_request_is_not_cancelled() -> None:
    planned = plan_service_request(None, build_desired(), "cancelled")
    assert not planned.changed
    assert planned.after is None
    assert planned.as_diff() == {"before": {}, "after": {}}


# --- audits


def audit(**options: object) -> Item:
    return params(greymatter_audit.OPERATION.spec, {**ACCESS, **options})


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"type": "location"}, ["name is empty", "locations must have at least one entry"]),
        (
            {"type": "sku", "locations": ["A"]},
            ["name is empty", "skus must have", "locations is not for an audit of type sku"],
        ),
        (
            {"type": "location", "locations": ["A", " ", "A"]},
            ["name is empty", "locations[1] is empty", "A occurs twice"],
        ),
        ({"type": "sku", "skus": [{"size": "L"}]}, ["name is empty", "skus[0] has no size", "skus[0].sku is missing"]),
        (
            {
                "type": "sku",
                "skus": [{"sku": "A", "attributes_sets": 7}, {"sku": "A", "attributes_sets": [{"a": "b"}, {}]}],
            },
            [
                "name is empty",
                "skus[0].attributes_sets must be a list",
                "skus[1].attributes_sets[0] must contain lists",
                "skus[1].attributes_sets[1] must contain lists",
                "skus: A occurs twice",
            ],
        ),
    ],
)
def test_each_audit_problem_is_reported(options: Item, expected: list[str]) -> None:
    problems = site_calls.validate_audit(audit(name=" ", **options))
    assert len(problems) == len(expected)
    assert all(part in problem for part, problem in zip(expected, problems, strict=True))


def test_audit_is_sent_in_the_format_of_its_type() -> None:
    slots = site_calls.build_body(audit(name="n", type="location", locations=["039.1.E.02"]))
    assert slots["audit_param_value"] == {"locations_list": ["039.1.E.02"]}
    skus = site_calls.build_body(
        audit(name="n", type="sku", skus=[{"sku": "7"}, {"sku": "B", "attributes_sets": [{"size": ["L"]}]}])
    )
    assert skus["audit_param_value"] == {
        "attributes_list": [{"sku": "7", "attributes_sets": []}, {"sku": "B", "attributes_sets": [{"size": ["L"]}]}]
    }
