# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many service requests in one task, against the simulator: calls, lost responses, useless searches, waiting."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.greyops.rest.plugins.module_utils._context import Context
from ansible_collections.greyops.rest.plugins.module_utils._operation import perform
from ansible_collections.greyops.rest.plugins.modules import greymatter_service_requests
from tests.unit.conftest import params

if TYPE_CHECKING:
    from ansible_collections.greyops.rest.plugins.module_utils._context import NullRuntime
    from tests.unit.conftest import Simulator

    Run = Callable[..., dict[str, Any]]

ROOT = "/api-gateway/sr-service/platform-srms/service-request"
LINES = [{"product": {"product_sku": "MUG-01"}, "quantity": 2}]
SEARCH, CREATE, READ = f"GET {ROOT}", f"POST {ROOT}", f"GET {ROOT}/{{id}}"
SEARCH_MANY = "GET /orders"
PATH = "/orders?search=externalServiceRequestId=in=({external_ids})"
MANY = {"routes": {"service_request_search": PATH}}
LATER = ["fulfillable", "cancellation_locked", "pick_started", "complete"]
NO_SEARCH = {"routes": {"service_request_search": "/nowhere/{external_id}"}}


@pytest.fixture
def run(simulator: Simulator, runtime: NullRuntime) -> Run:
    """Run the module and expect it to succeed, unless it ``fails``."""

    def keys(*requests: dict[str, Any], check: bool = False, fails: bool = False, **given: Any) -> dict[str, Any]:
        spec = greymatter_service_requests.OPERATION.spec
        given = {"requests": list(requests), **given} if requests else given
        options = params(spec, {**simulator.ready_info["greymatter"], "token_store": "none", **given})
        result = perform(
            greymatter_service_requests.OPERATION, Context(options, runtime, check_mode=check, diff_mode=True)
        ).keys
        assert bool(result.get("failed")) == fails, result
        return result

    return keys


def order(number: int, kind: str = "PICK", **more: Any) -> dict[str, Any]:
    return {"type": kind, "external_service_request_id": f"ORD-{number}", "lines": LINES, **more}


def picks(count: int, **more: Any) -> list[dict[str, Any]]:
    return [order(number, **more) for number in range(1, count + 1)]


class Calls:
    """Counts the calls since the last look at them, by route, without the login."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self._before: Counter[str] = Counter()
        self.get()

    def get(self) -> dict[str, int]:
        routes = Counter(self._simulator.counters()["routes"])
        new, self._before = routes - self._before, routes
        return {route: count for route, count in new.items() if "oauth" not in route}


@pytest.fixture
def calls(simulator: Simulator) -> Calls:
    return Calls(simulator)


def stored(simulator: Simulator) -> list[dict[str, Any]]:
    """The service requests of the site, in the order of their ids."""
    found: list[dict[str, Any]] = simulator.admin("GET", "/service_requests")
    return sorted(found, key=lambda one: (one["type"], one["externalServiceRequestId"]))


def outcomes(result: dict[str, Any]) -> list[tuple[str, bool, bool]]:
    return [(one["action"], one["changed"], one.get("failed", False)) for one in result["results"]]


def use_clock(simulator: Simulator, seconds: float = 0.1, **more: Any) -> None:
    """Let service requests change their state by the clock."""
    simulator.switch(greymatter={"order_transit": "clock", "order_transit_time": seconds, **more})


# --- create, update, cancel


def test_each_step_is_predicted_applied_and_idempotent(run: Run, simulator: Simulator, calls: Calls) -> None:
    simulator.switch(greymatter={"server_keys": "many", "no_lines": "empty"})
    requests = [*picks(3), order(1, "put"), order(9, id=None, state=None, attributes={"simple_priority": "low"})]
    predicted = run(*requests, check=True)
    assert calls.get() == {SEARCH: 5}
    done = run(*requests)
    assert calls.get() == {SEARCH: 5, CREATE: 5}
    assert predicted["diff"] == done["diff"]
    assert outcomes(predicted) == outcomes(done) == [("create", True, False)] * 5
    assert [(one["type"], one["external_service_request_id"]) for one in done["results"]] == [
        ("PICK", "ORD-1"), ("PICK", "ORD-2"), ("PICK", "ORD-3"), ("PUT", "ORD-1"), ("PICK", "ORD-9"),
    ]  # fmt: skip
    sent = sorted(done["results"], key=lambda one: (one["type"], one["external_service_request_id"]))
    assert [one["service_request"]["id"] for one in sent] == [one["id"] for one in stored(simulator)]
    assert done["counts"] == {"total": 5, "created": 5, "updated": 0, "cancelled": 0, "unchanged": 0, "failed": 0}
    again = run(*requests)
    assert calls.get() == {SEARCH: 5}
    assert (again["changed"], again["diff"]) == (False, {"before": {}, "after": {}})
    assert outcomes(again) == [("none", False, False)] * 5
    assert again["counts"]["unchanged"] == 5


def test_changes_are_listed_with_their_values(run: Run) -> None:
    run(*picks(2, attributes={"simple_priority": "low"}))
    changed = run(*picks(1, attributes={"simple_priority": "high"}), order(2))
    assert outcomes(changed) == [("update", True, False), ("none", False, False)]
    assert changed["results"][0]["changes"] == ["attributes.simple_priority: low -> high"]
    assert changed["results"][0]["differences"] == [
        {"path": "attributes.simple_priority", "before": "low", "after": "high"}
    ]
    assert changed["diff"]["after"] == {
        "PICK ORD-1": {"externalServiceRequestId": "ORD-1", "type": "PICK", "attributes": {"simple_priority": "high"}}
    }
    assert (changed["counts"]["updated"], changed["counts"]["unchanged"]) == (1, 1)


def test_state_of_an_entry_takes_precedence(run: Run, simulator: Simulator) -> None:
    run(*picks(3))
    requests = [order(1), order(2, state="present"), {"type": "PICK", "external_service_request_id": "ORD-9"}]
    result = run(*requests, state="cancelled")
    assert outcomes(result) == [("cancel", True, False), ("none", False, False), ("none", False, False)]
    assert result["results"][2]["service_request"] is None
    assert [one["state"].lower() for one in stored(simulator)] == ["cancelled", "created", "created"]
    assert result["counts"] == {"total": 3, "created": 0, "updated": 0, "cancelled": 1, "unchanged": 2, "failed": 0}


def test_states_to_wait_for_are_those_of_the_state(run: Run, simulator: Simulator) -> None:
    """A cancellation among others is waited for as such."""
    run(*picks(2))
    simulator.admin("POST", "/service_requests/advance", {"external_id": "ORD-1", "to": "complete"})
    result = run(order(1), order(2, state="cancelled"), wait_for=["complete"], wait_timeout=5)
    assert [one["service_request"]["state"] for one in result["results"]] == ["complete", "cancelled"]


def test_all_problems_are_reported_at_once_and_nothing_is_called(run: Run, calls: Calls) -> None:
    requests = [
        order(0),
        order(1, lines=[{"quantity": 0}, {"product": {"product_sku": 7}, "quantity": 1, "colour": "red"}]),
        {"type": "pack", "wait_timeout": 5},
        order(0, attributes={"simple_priority": "urgent"}, wait_for=[]),
        {"type": "PUT", "external_service_request_id": "P", "service_requests": [], "state": "gone"},
    ]
    result = run(*requests, fails=True, wait_for=[""], wait_timeout=0, concurrency=0)
    assert result["msg"].startswith("The service requests cannot be sent: wait_for must name at least one state")
    problems = result["problems"]
    assert [problem.partition(" ")[0] for problem in problems] == [
        "wait_for", "wait_timeout", "concurrency",
        "requests[1].lines[0].product", "requests[1].lines[0].quantity",
        "requests[1].lines[1]", "requests[1].lines[1].product.product_sku",
        "requests[2]:",
        "requests[3].wait_for", "requests[3].attributes.simple_priority", "requests[3]:",
        "requests[4]:",
    ]  # fmt: skip
    assert "requests[1].lines[0].quantity must be a whole number above 0, not 0" in problems
    assert "There is no option wait_timeout" in problems[7]
    assert "requests[3]: PICK ORD-0 is that of requests[0] as well" in problems
    assert calls.get() == {}


def test_failures_do_not_stop_others(run: Run, simulator: Simulator, calls: Calls) -> None:
    run(*picks(2))
    simulator.admin("POST", "/service_requests/advance", {"external_id": "ORD-1", "to": "cancelled"})
    other = [{"product": {"product_sku": "CUP"}, "quantity": 1}]
    result = run(order(1), order(2, lines=other), order(3), order(4, lines=None), fails=True)
    assert outcomes(result) == [
        ("none", False, True), ("none", False, True), ("create", True, False), ("none", False, True),
    ]  # fmt: skip
    assert result["changed"]
    assert result["msg"].startswith("3 of 4 service requests failed. PICK ORD-1: The PICK ORD-1 is cancelled and ")
    assert (result["counts"]["created"], result["counts"]["failed"]) == (1, 3)
    assert [one["state"].lower() for one in stored(simulator)] == ["cancelled", "created", "created"]


def test_refused_credential_ends_the_task_before_anything_is_sent(run: Run, simulator: Simulator) -> None:
    simulator.fault(ROOT, {"status": 401, "json": {"error": "invalid_token"}})
    result = run(*picks(30), fails=True)
    assert result["status"] == 401
    assert "results" not in result
    assert not [one for one in simulator.requests(ROOT) if one["method"] == "POST"]


# --- lost responses


@pytest.mark.parametrize("options", [{}, MANY])
def test_each_is_sent_once_if_responses_are_lost(
    run: Run, simulator: Simulator, calls: Calls, options: dict[str, Any]
) -> None:
    simulator.switch(greymatter=options)
    simulator.fault(ROOT, {"cut": "after"}, method="POST", times=10)
    simulator.fault(ROOT, {"cut": "before"}, method="POST", times=3)
    result = run(*picks(20), **options, concurrency=4, fails=True)
    assert calls.get()[CREATE] == 20
    failed = [one for one in result["results"] if one.get("failed")]
    assert len(failed) == 3
    assert all("look before you send it again" in one["msg"] for one in failed)
    assert (result["counts"]["created"], len(stored(simulator))) == (17, 17)
    again = run(*picks(20), **options)
    assert calls.get()[CREATE] == 3
    assert (again["counts"]["created"], again["counts"]["unchanged"], len(stored(simulator))) == (3, 17, 20)


# --- searches


def test_hundred_are_searched_for_with_one_call(run: Run, simulator: Simulator, calls: Calls) -> None:
    """With the template of the route; the pages of the answer are read."""
    simulator.switch(greymatter={**MANY, "page_size": 50})
    run(*picks(250), **MANY)
    assert calls.get() == {SEARCH_MANY: 3, CREATE: 250}
    again = run(*picks(250), **MANY)
    assert calls.get() == {SEARCH_MANY: 5}
    assert again["counts"]["unchanged"] == 250
    single = run(order(7), **MANY)
    assert (calls.get(), single["changed"]) == ({SEARCH_MANY: 1}, False)


def test_order_that_was_accepted_and_created_otherwise_is_changed(run: Run, simulator: Simulator) -> None:
    """What was sent counts as changed, whatever GreyMatter made of it."""
    answer = {"id": 5, "type": "PICK", "externalServiceRequestId": "ORD-1"}
    action = {"status": 200, "json": answer}
    path = "/api-gateway/sr-service/platform-srms/service-request"
    simulator.admin("POST", "/faults", {"match": {"path": path, "method": "POST"}, "times": 1, "action": action})
    result = run(order(1), fails=True)
    assert "accepted PICK ORD-1" in result["msg"]
    assert (result["changed"], outcomes(result)) == (True, [("create", True, True)])


def test_internal_ids_are_read_and_not_searched_for(run: Run, simulator: Simulator, calls: Calls) -> None:
    simulator.switch(greymatter=MANY)
    # The ids are those of the order in which they are sent.
    run(*picks(3), concurrency=1, **MANY)
    calls.get()
    result = run(order(1, id="1"), order(2), order(3, id="1"), **MANY, fails=True)
    assert calls.get() == {READ: 2, SEARCH_MANY: 1}
    assert [failed for _action, _changed, failed in outcomes(result)] == [False, False, True]
    assert "The service request with the id 1 is PICK ORD-1, and not PICK ORD-3." in result["msg"]


@pytest.mark.parametrize("options", [{}, MANY])
@pytest.mark.parametrize("kind", ["all", "prefix"])
def test_search_that_returns_others_proves_nothing(
    run: Run, simulator: Simulator, calls: Calls, options: dict[str, Any], kind: str
) -> None:
    """What is found exists, and the rest fails without being sent."""
    run(*[order(number) for number in (10, 20, 21)])
    simulator.switch(greymatter={**options, "order_search": kind})
    calls.get()
    result = run(order(1), order(10), order(2), fails=True, **options)
    assert CREATE not in calls.get()
    assert outcomes(result) == [("none", False, True), ("none", False, False), ("none", False, True)]
    assert "Whether PICK ORD-1 exists is unknown: the site answered with others" in result["results"][0]["msg"]
    assert "service_request_search in routes" in result["results"][0]["msg"]
    assert len(stored(simulator)) == 3


def test_full_page_proves_nothing_about_the_rest(run: Run, simulator: Simulator, calls: Calls) -> None:
    """Without counts a list of 20 may be the first page: those that are not in it are searched for alone."""
    run(*picks(60))
    simulator.switch(greymatter={**MANY, "order_totals": "absent", "page_size": 20})
    calls.get()
    result = run(*picks(61), **MANY)
    assert calls.get() == {SEARCH_MANY: 1 + 41, CREATE: 1}
    assert (result["counts"]["unchanged"], result["counts"]["created"]) == (60, 1)


def test_full_page_for_one_alone_is_an_error(run: Run, simulator: Simulator, calls: Calls) -> None:
    line = {"id": 1, "externalServiceRequestId": "ORD-1", "type": "PICK_LINE"}
    simulator.fault(ROOT, {"status": 200, "json": [line] * 20}, method="GET")
    result = run(order(1), fails=True)
    assert calls.get() == {SEARCH: 1}
    assert "the site answered with 20 service requests, which may be one page of several" in result["msg"]


@pytest.mark.parametrize("status", [400, 414])
def test_refused_search_for_many_is_repeated_for_each(
    run: Run, simulator: Simulator, calls: Calls, status: int
) -> None:
    simulator.switch(greymatter=MANY)
    simulator.fault("/orders", {"status": status, "json": {}}, times=1)
    assert run(*picks(5), **MANY)["counts"]["created"] == 5
    assert calls.get() == {SEARCH_MANY: 6, CREATE: 5}


def test_ids_that_cannot_be_searched_for_fail_alone(run: Run, simulator: Simulator) -> None:
    simulator.switch(greymatter=MANY)
    odd = [{**order(1), "external_service_request_id": each} for each in ("..", "A,B", "C")]
    result = run(*odd, **MANY, fails=True)
    assert [failed for _action, _changed, failed in outcomes(result)] == [True, True, False]
    assert "A,B has a comma, which separates the ids in the path" in result["msg"]
    assert "'..' cannot stand in a path" in result["msg"]
    assert [one["externalServiceRequestId"] for one in stored(simulator)] == ["C"]


def test_site_without_a_search_is_asked_once(
    run: Run, simulator: Simulator, runtime: NullRuntime, calls: Calls
) -> None:
    first = run(*picks(30), **NO_SEARCH, concurrency=1)
    assert calls.get()[CREATE] == 30
    assert len(simulator.requests("/nowhere")) == 1
    assert first["counts"]["created"] == 30
    assert len(runtime.warnings) == 1
    assert runtime.warnings[0].startswith("The search for service requests does not exist on this site")
    again = run(*picks(30), **NO_SEARCH)
    assert (again["counts"]["unchanged"], len(stored(simulator))) == (30, 30)
    assert [one["action"] for one in again["results"]] == ["none"] * 30
    assert len(runtime.warnings) == 1 + 4 + 1
    assert runtime.warnings[-1] == "There are 26 more warnings about other service requests."
    cancelled = run(order(1), state="cancelled", **NO_SEARCH, fails=True)
    assert "The path is that of service_request_search in routes." in cancelled["msg"]
    use_clock(simulator)
    waited = run(order(31), wait_for=["complete"], **NO_SEARCH)
    assert waited["counts"]["created"] == 1


# --- waiting


@pytest.mark.parametrize("options", [{}, MANY, {**MANY, "order_fields": "few"}])
def test_all_are_waited_for_together(run: Run, simulator: Simulator, calls: Calls, options: dict[str, Any]) -> None:
    use_clock(simulator, 0.4, page_size=100, **options)
    routes = {"routes": options.get("routes", {})}
    result = run(*picks(30), order(31, wait_for=LATER), wait_for=["Complete"], **routes)
    assert [one["service_request"]["state"] for one in result["results"][:30]] == ["complete"] * 30
    assert result["results"][30]["service_request"]["state"] in LATER
    assert all(one["service_request"]["serviceRequests"] for one in result["results"])
    sent = calls.get()
    assert (sent[CREATE], result["counts"]["created"]) == (31, 31)
    if options:
        # 4 changes of state of 0.4 s, and delays of 0.5, 0.75 and 1.125 s.
        assert sent[SEARCH_MANY] <= 1 + 4
        assert sent.get(READ, 0) == (31 if "order_fields" in options else 0)
    else:
        assert sent[READ] <= 31 * 4
    again = run(*picks(30), wait_for=["complete"], **routes)
    assert calls.get().get(CREATE) is None
    assert again["counts"]["unchanged"] == 30


def test_outcome_of_each_wait_is_reported(run: Run, simulator: Simulator) -> None:
    """One that was sent and then fails is changed."""
    simulator.switch(greymatter=MANY)
    run(order(1), order(2), order(3), **MANY)
    for number, state in ((1, "complete"), (2, "abandoned")):
        simulator.admin("POST", "/service_requests/advance", {"external_id": f"ORD-{number}", "to": state})
    result = run(*picks(4), wait_for=["complete"], wait_timeout=1, **MANY, fails=True)
    assert outcomes(result) == [
        ("none", False, False), ("none", False, True), ("none", False, True), ("create", True, True),
    ]  # fmt: skip
    messages = [one.get("msg", "") for one in result["results"]]
    assert messages[1] == "PICK ORD-2 is abandoned, and cannot become complete."
    assert messages[3].startswith("The PICK ORD-4 is not done after ")
    assert result["results"][3]["service_request"]["id"] == stored(simulator)[3]["id"]
    assert result["changed"]
    assert result["counts"] == {"total": 4, "created": 1, "updated": 0, "cancelled": 0, "unchanged": 1, "failed": 3}


def test_request_that_vanishes_is_not_waited_for(run: Run, simulator: Simulator) -> None:
    simulator.switch(greymatter=MANY)
    simulator.fault("/orders", {"status": 200, "json": {"serviceRequests": []}}, skip=1)
    simulator.fault(f"{ROOT}/*", {"status": 404, "json": {"message": "gone"}}, method="GET")
    result = run(*picks(2), wait_for=["complete"], **MANY, fails=True)
    assert [one["changed"] for one in result["results"]] == [True, True]
    assert "PICK ORD-1 was CREATED and no longer exists. Check it in GreyMatter." in result["msg"]


def test_cancellations_are_waited_for(run: Run, simulator: Simulator, calls: Calls) -> None:
    run(*picks(3))
    calls.get()
    result = run(*picks(3), state="cancelled")
    assert result["counts"]["cancelled"] == 3
    assert calls.get() == {SEARCH: 3, f"POST {ROOT}/cancel": 3, READ: 3}


def test_wait_shows_counts(run: Run, simulator: Simulator, runtime: NullRuntime, monkeypatch: Any) -> None:
    lines: list[str] = []
    monkeypatch.setattr(runtime, "show_progress", lines.append)
    use_clock(simulator, 2, **MANY)
    run(*picks(20), wait_for=["complete"], **MANY)
    assert 1 <= len(lines) <= 3
    assert lines[0].startswith("service requests: 0 of 20 done, 20 waiting, 0 failed, ")


# --- files

FEED = """\
type;external_service_request_id;line_id;product_sku;product.client_id;quantity;attributes.simple_priority;attributes.order_options
PICK;ORD-1;;MUG-01;;2;high;"{""priority"": 5}"
pick;ORD-2;7;CUP-07;c7;12;;
PUT;IN-1;;MUG-01;;3;;
PICK;ORD-1;;CUP-07;;1;;
"""
EXPECTED = [
    order(1, attributes={"simple_priority": "high", "order_options": {"priority": 5}})
    | {
        "lines": [{"product": {"product_sku": sku}, "quantity": count} for sku, count in (("MUG-01", 2), ("CUP-07", 1))]
    },
    order(
        2,
        lines=[
            {
                "external_service_request_id": "7",
                "product": {"product_sku": "CUP-07", "client_id": "c7"},
                "quantity": 12,
            }
        ],
    ),
    {
        "type": "PUT",
        "external_service_request_id": "IN-1",
        "lines": [{"product": {"product_sku": "MUG-01"}, "quantity": 3}],
    },
]


def write(path: Path, text: str, encoding: str = "utf-8") -> str:
    path.write_bytes(text.encode(encoding))
    return str(path)


def test_rows_of_a_table_are_lines(run: Run, simulator: Simulator, tmp_path: Path) -> None:
    """As the same service requests in a list."""
    feed = write(tmp_path / "feed.csv", FEED)
    from_list, from_table = run(*EXPECTED, check=True), run(src=[feed], check=True)
    assert from_table["results"] == from_list["results"]
    assert run(src=[feed])["counts"]["created"] == 3
    assert run(*EXPECTED)["counts"]["unchanged"] == 3
    tabs = write(tmp_path / "feed.tsv", FEED.replace(";", "\t"), "utf-16")
    assert run(src=[tabs])["counts"]["unchanged"] == 3


def test_xlsx_and_json_files(run: Run, simulator: Simulator, tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.append(["type", "external_service_request_id", "product_sku", "quantity", "wait_for"])
    book.active.append(["PICK", 4711, "MUG-01", 2, "complete|abandoned"])
    book.save(tmp_path / "feed.xlsx")
    use_clock(simulator)
    assert run(src=[str(tmp_path / "feed.xlsx")])["results"][0]["service_request"]["state"] == "complete"
    (tmp_path / "feed.json").write_text(json.dumps([{**order(1), "external_service_request_id": "4711"}, order(2)]))
    (tmp_path / "more.jsonl").write_text(json.dumps(order(3)) + "\n" + json.dumps(order(4)))
    result = run(src=[str(tmp_path / name) for name in ("feed.json", "more.jsonl")])
    assert outcomes(result) == [("none", False, False), *[("create", True, False)] * 3]


def test_all_problems_of_files_have_their_lines(run: Run, calls: Calls, tmp_path: Path) -> None:
    """Equal ones are one entry."""
    feed = write(
        tmp_path / "feed.csv",
        "type,external_service_request_id,line_id,product_sku,quantity,attributes.simple_priority\n"
        "PUT,IN-1,L1,MUG-01,1,\n"
        "PICK,ORD-1,,4.00638E+12,1,low\n"
        "PICK,ORD-2,,MUG-01,two,low\n"
        "PICK,ORD-3,,MUG-01,many,low\n"
        "PICK,ORD-4,,MUG-01,0,urgent\n"
        "PICK,ORD-5,,MUG-01,1,low\n"
        "PICK,ORD-5,,MUG-01,1,high\n"
        "PICK,,,MUG-01,1,\n"
        "PACK,ORD-6,,,1,\n",
    )
    more = write(tmp_path / "more.json", json.dumps([order(9), order(9, lines=[{"quantity": 1}])]))
    problems = run(src=[feed, more], fails=True)["problems"]
    expected = [
        "feed.csv:2: line_id is for PICK",
        "feed.csv:3: product_sku ",
        "feed.csv:4: quantity must be a whole number, not 'two'; 2 such values, lines 4-5",
        "feed.csv:6: attributes.simple_priority must be one of low, normal, high, critical, not 'urgent'",
        "feed.csv:6: quantity must be a whole number above 0, not 0",
        "feed.csv:8: attributes.simple_priority is 'high', and 'low' in an earlier row of the same service request",
        "feed.csv:9: missing required arguments: external_service_request_id",
        "feed.csv:10: value of type must be one of: PUT, PICK, put, pick, pick_and_pack, got: PACK",
        "more.json[1].lines[0].product must name attributes of the product",
        "more.json[1]: PICK ORD-9 is that of more.json[0] as well",
    ]
    assert len(problems) == len(expected), problems
    for problem, start in zip(problems, expected, strict=True):
        assert problem.startswith(start)
    assert calls.get() == {}


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("feed.txt", "", "The format of "),
        ("feed.csv", "", "feed.csv: the header has no external_service_request_id and no type."),
        ("feed.csv", "type,order_no\nPICK,1\n", "feed.csv: the header has no external_service_request_id."),
        (
            "feed.csv",
            "type,external_service_request_id,sku,attributes.\n",
            "feed.csv: there is no column sku, attributes.. The columns are external_service_request_id,",
        ),
        (
            "feed.csv",
            "type,external_service_request_id,externalServiceRequestId\n",
            "feed.csv: two columns of the header have the same meaning.",
        ),
        ("feed.json", "[7]", "feed.json[0] is not a service request: a JSON object is expected."),
        ("feed.json", "", "feed.json: the file is empty. Write [] for no service requests."),
    ],
)
def test_invalid_files(run: Run, tmp_path: Path, name: str, text: str, expected: str) -> None:
    assert expected in run(src=[write(tmp_path / name, text)], fails=True)["msg"]


def test_empty_files_contain_nothing_to_send(run: Run, calls: Calls, tmp_path: Path) -> None:
    empty = [write(tmp_path / "a.csv", "type,external_service_request_id\n"), write(tmp_path / "b.json", "[]")]
    result = run(src=empty)
    assert (result["changed"], result["results"], result["counts"]["total"]) == (False, [], 0)
    assert calls.get() == {}


def test_encoding_is_an_option(run: Run, tmp_path: Path) -> None:
    text = "type;external_service_request_id;product_sku;quantity\nPICK;ORD-ü;MUG-01;2\n"
    feed = write(tmp_path / "feed.csv", text, "cp1252")
    assert "feed.csv:2: the byte 0xFC is not UTF-8. Set csv_encoding" in run(src=[feed], fails=True)["msg"]
    result = run(src=[feed], csv_encoding="cp1252", check=True)
    assert result["results"][0]["external_service_request_id"] == "ORD-ü"
