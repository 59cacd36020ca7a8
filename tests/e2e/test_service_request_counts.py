# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""API calls, lines of output and memory of tasks over many service requests."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from ..support.reliability_report import RecordMeasurement
from ..support.sandbox import Sandbox
from ..support.simulator_client import SimulatorClient
from .request_counts import MIB, MemoryMonitor, RequestCounter

ROOT = "/api-gateway/sr-service/platform-srms/service-request"
SEARCH, SEARCH_MANY, CREATE = f"GET {ROOT}", "GET /orders", f"POST {ROOT}"
ROUTES = {"service_request_search": "/orders?ids={external_ids}"}
SKUS = ("MUG-01", "CUP-07")
# The lines of an order as the API has them.
LINES = [
    {
        "type": "PICK_LINE",
        "expectations": {
            "containers": [
                {
                    "products": [
                        {
                            "productQuantity": 2,
                            "productAttributes": {"filter_parameters": [f"product_sku = '{sku}'"]},
                        }
                    ]
                }
            ]
        },
    }
    for sku in SKUS
]
# Peak memory of the process that runs the module.
MAX_MEMORY = 300 * MIB


def _write_feed(path: Path, count: int) -> str:
    """Write picks of two lines each."""
    with path.open("w", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(["type", "external_service_request_id", "product_sku", "quantity"])
        for number in range(count):
            table.writerows(["PICK", f"ORD-{number}", sku, 2] for sku in SKUS)
    return str(path)


def _run(sandbox: Sandbox, **options: Any) -> tuple[dict[str, Any], int]:
    """Return the result and the number of lines that the command prints."""
    run = sandbox.play([{"name": "orders", "greyops.rest.greymatter_service_requests": options}])
    run.assert_success(1)
    return run.get_result("orders"), len(run.output.splitlines())


@pytest.mark.parametrize(
    "routes", [pytest.param({}, id="single", marks=pytest.mark.slow), pytest.param(ROUTES, id="many")]
)
def test_five_hundred_service_requests(
    sandbox: Sandbox, simulator: SimulatorClient, record_measurement: RecordMeasurement, routes: dict[str, str]
) -> None:
    """greymatter_service_requests with 500 orders: 1 search for each, or for 100 of them, and 1 call to create each.
    The second run sends nothing."""
    simulator.switch(greymatter={"routes": routes, "page_size": 100})
    sandbox.play([{"name": "log in", "greyops.rest.greymatter_token": {}}]).assert_success(1)
    feed = _write_feed(sandbox.commands / "orders.csv", 500)
    searches = {SEARCH_MANY: 5} if routes else {SEARCH: 500}
    calls = RequestCounter(simulator)
    result, lines = _run(sandbox, src=feed, routes=routes)
    assert calls.get_counts() == searches | {CREATE: 500}
    assert result["counts"]["created"] == len(result["results"]) == 500
    assert lines < 40
    record_measurement(f"{result['api']['calls']} calls")
    calls = RequestCounter(simulator)
    again, _lines = _run(sandbox, src=feed, routes=routes)
    assert calls.get_counts() == searches
    assert (again["changed"], again["counts"]["unchanged"]) == (False, 500)


def test_two_hundred_service_requests_are_waited_for_together(
    sandbox: Sandbox, simulator: SimulatorClient, record_measurement: RecordMeasurement
) -> None:
    """200 orders that are complete after 6 seconds: 2 searches for each look at all of them, which are at most 7."""
    switches = {"order_transit": "clock", "order_transit_time": 1.5}
    simulator.switch(greymatter={**switches, "routes": ROUTES, "page_size": 100})
    feed = _write_feed(sandbox.commands / "orders.csv", 200)
    result, lines = _run(sandbox, src=feed, routes=ROUTES, wait_for=["complete"])
    assert {one["service_request"]["state"] for one in result["results"]} == {"complete"}
    assert result["api"]["calls"] <= 2 + 200 + 2 * 7
    assert lines < 40
    record_measurement(f"{result['api']['calls']} calls")


@pytest.mark.slow
def test_five_thousand_service_requests(
    sandbox: Sandbox, simulator: SimulatorClient, record_measurement: RecordMeasurement
) -> None:
    """5,000 orders of two lines from a CSV file, 100 of them new: 50 searches, 100 calls to create them, within 300 MiB
    of the worker."""
    simulator.switch(greymatter={"routes": ROUTES, "page_size": 100})
    orders = [{"externalServiceRequestId": f"ORD-{number}", "serviceRequests": LINES} for number in range(4900)]
    simulator.admin("PUT", "/service_requests", orders)
    feed = _write_feed(sandbox.commands / "orders.csv", 5000)
    calls = RequestCounter(simulator)
    with MemoryMonitor(sandbox.home, "greymatter_service_requests") as peaks:
        result, _lines = _run(sandbox, src=feed, routes=ROUTES)
    made = calls.get_counts()
    assert (made[SEARCH_MANY], made[CREATE]) == (50, 100)
    assert (result["counts"]["created"], result["counts"]["unchanged"]) == (100, 4900)
    assert 30 * MIB < peaks.worker < MAX_MEMORY
    record_measurement(f"{result['api']['calls']} calls, {peaks.worker // MIB} MiB")
