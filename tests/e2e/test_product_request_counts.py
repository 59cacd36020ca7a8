# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""API calls and memory of tasks over many products."""

from __future__ import annotations

import csv
import time
from pathlib import Path
from typing import Any

import pytest

from ..support.reliability_report import RecordMeasurement
from ..support.sandbox import WORKER_AND_SLOW_MODULE, Sandbox
from ..support.simulator_client import SimulatorClient
from .request_counts import MIB, MemoryMonitor, RequestCounter

MASTER_DATA = "/api-gateway/mdm-service/wms-masterdata"
CATALOGS, CATEGORIES = f"GET {MASTER_DATA}/catalog", f"GET {MASTER_DATA}/category"
SEARCH, UPDATE = f"POST {MASTER_DATA}/item/search_v2", f"PUT {MASTER_DATA}/item/{{id}}"
# Peak memory of the process that runs the module.
MAX_MEMORY = 300 * MIB


def _write_table(path: Path, count: int, changed: int = 0) -> str:
    """Write a number of products as the simulator generates them, some with a different description."""
    step = count // changed if changed else count + 1
    with path.open("w", newline="") as stream:
        columns = ["product_sku", "clientCategoryId", "description", "barcodes", "weight", "weight_unit"]
        table = csv.writer(stream)
        table.writerow([*columns, "length", "width", "height", "dimension_unit"])
        for number in range(1, count + 1):
            description = f"product {number}" if number % step else "changed"
            sizes = ["0.4", "KG", 9, 9, 11, "CM"]
            table.writerow([f"SKU-{number:06}", "CTY-1", description, f"SKU-B{number:08}", *sizes])
    return str(path)


@WORKER_AND_SLOW_MODULE
@pytest.mark.parametrize("changed", [0, 10])
def test_thousand_products(
    sandbox: Sandbox,
    simulator: SimulatorClient,
    record_measurement: RecordMeasurement,
    changed: int,
    more: dict[str, Any],
) -> None:
    """greymatter_products with 1,000 products: catalogs, categories and 2 searches, and 1 call for each changed
    product."""
    simulator.admin("POST", "/masterdata/generate", {"items": 1000})
    sandbox.play([{"name": "log in", "greyops.rest.greymatter_token": {}, **more}]).assert_success(1)
    source = _write_table(sandbox.commands / "products.csv", 1000, changed)
    calls = RequestCounter(simulator)
    run = sandbox.play([{"name": "products", "greyops.rest.greymatter_products": {"src": source}, **more}])
    run.assert_success(1)
    result = run.get_result("products")
    expected = {CATALOGS: 1, CATEGORIES: 1, SEARCH: 2} | ({UPDATE: changed} if changed else {})
    assert calls.get_counts() == expected
    assert (result["changed"], result["counts"]["updated"]) == (changed > 0, changed)
    record_measurement(f"{result['api']['calls']} calls")


@pytest.mark.slow
def test_hundred_thousand_products(
    sandbox: Sandbox, simulator: SimulatorClient, record_measurement: RecordMeasurement
) -> None:
    """100,000 products from a CSV file, 100 of them changed: 200 searches, 100 writes, within 300 MiB of the worker."""
    simulator.admin("POST", "/masterdata/generate", {"items": 100_000})
    source = _write_table(sandbox.commands / "products.csv", 100_000, 100)
    calls, started = RequestCounter(simulator), time.monotonic()
    with MemoryMonitor(sandbox.home, "greymatter_products") as peaks:
        run = sandbox.play([{"name": "products", "greyops.rest.greymatter_products": {"src": source}}])
    run.assert_success(1)
    seconds = time.monotonic() - started
    made, result = calls.get_counts(), run.get_result("products")
    assert (made[SEARCH], made[UPDATE]) == (200, 100)
    assert (result["counts"]["total"], result["counts"]["updated"]) == (100_000, 100)
    assert 30 * MIB < peaks.worker < MAX_MEMORY
    record_measurement(f"{result['api']['calls']} calls, {peaks.worker // MIB} MiB, {seconds:.0f} s")
