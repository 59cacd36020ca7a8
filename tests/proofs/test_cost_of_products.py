# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tasks over many products cost: calls of the API and memory."""

from __future__ import annotations

import csv
import time
from pathlib import Path
from typing import Any

import pytest

from .conftest import Figure
from .costs import MIB, Calls, Peaks
from .simulator import Simulator
from .world import MODULE_AT_LENGTH, World

MASTER_DATA = "/api-gateway/mdm-service/wms-masterdata"
CATALOGS, CATEGORIES = f"GET {MASTER_DATA}/catalog", f"GET {MASTER_DATA}/category"
SEARCH, UPDATE = f"POST {MASTER_DATA}/item/search_v2", f"PUT {MASTER_DATA}/item/{{id}}"
# Of the process that does the work, at its largest.
MOST_MEMORY = 300 * MIB


def _table(path: Path, count: int, changed: int = 0) -> str:
    """So many products as the simulator makes them, some of them with another description."""
    step = count // changed if changed else count + 1
    with path.open("w", newline="") as stream:
        columns = ["product_sku", "clientCategoryId", "description", "barcodes", "weight", "weight_unit"]
        table = csv.writer(stream)
        table.writerow([*columns, "length", "width", "height", "dimension_unit"])
        for number in range(1, count + 1):
            told = f"product {number}" if number % step else "changed"
            sizes = ["0.4", "KG", 9, 9, 11, "CM"]
            table.writerow([f"SKU-{number:06}", "CTY-1", told, f"SKU-B{number:08}", *sizes])
    return str(path)


@MODULE_AT_LENGTH
@pytest.mark.parametrize("changed", [0, 10])
def test_a_thousand_products(
    world: World, simulator: Simulator, figure: Figure, changed: int, more: dict[str, Any]
) -> None:
    """greymatter_products over 1,000: the catalogs, the categories and 2 searches, and 1 call for each that differs."""
    simulator.admin("POST", "/masterdata/generate", {"items": 1000})
    world.play([{"name": "log in", "greyops.rest.greymatter_token": {}, **more}]).check(1)
    source = _table(world.commands / "products.csv", 1000, changed)
    calls = Calls(simulator)
    run = world.play([{"name": "products", "greyops.rest.greymatter_products": {"src": source}, **more}])
    run.check(1)
    result = run.one("products")
    expected = {CATALOGS: 1, CATEGORIES: 1, SEARCH: 2} | ({UPDATE: changed} if changed else {})
    assert calls.made() == expected
    assert (result["changed"], result["counts"]["updated"]) == (changed > 0, changed)
    figure(f"{result['api']['calls']} calls")


@pytest.mark.slow
def test_a_hundred_thousand_products(world: World, simulator: Simulator, figure: Figure) -> None:
    """100,000 products from a CSV file, 100 of them changed: 200 searches, 100 writes, within 300 MiB of the worker."""
    simulator.admin("POST", "/masterdata/generate", {"items": 100_000})
    source = _table(world.commands / "products.csv", 100_000, 100)
    calls, started = Calls(simulator), time.monotonic()
    with Peaks(world.home, "greymatter_products") as peaks:
        run = world.play([{"name": "products", "greyops.rest.greymatter_products": {"src": source}}])
    run.check(1)
    seconds = time.monotonic() - started
    made, result = calls.made(), run.one("products")
    assert (made[SEARCH], made[UPDATE]) == (200, 100)
    assert (result["counts"]["total"], result["counts"]["updated"]) == (100_000, 100)
    assert 30 * MIB < peaks.worker < MOST_MEMORY
    figure(f"{result['api']['calls']} calls, {peaks.worker // MIB} MiB, {seconds:.0f} s")
