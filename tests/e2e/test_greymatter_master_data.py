# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role greymatter_master_data shows what it changes, and reads the files of spreadsheets."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from ..support.reliability_report import RecordMeasurement
from ..support.sandbox import CommandResult, Sandbox

CATALOG: dict[str, Any] = {
    "clientCatalogId": "APPAREL",
    "description": "apparel",
    "exhaustive_pdea_list": [
        {
            "field_name": "product_sku",
            "field_data_type": "string",
            "display_data": [{"locale": "en", "display_name": "SKU"}],
        }
    ],
}
CATEGORY: dict[str, Any] = {
    "clientCategoryId": "SHIRTS",
    "clientCatalogId": "APPAREL",
    "schema": {"unique": [["product_sku"]]},
    "attributes": {"storage": "shelf"},
}
_HEADER = ["product_sku", "clientCategoryId", "barcodes", "weight", "weight_unit", "length", "width", "height"]
_UNIT = "dimension_unit"


def _write_files(sandbox: Sandbox, **files: Any) -> None:
    for kind in ("catalogs", "categories", "products"):
        (sandbox.path / "master_data" / kind).mkdir(parents=True, exist_ok=True)
    for kind, content in files.items():
        (sandbox.path / "master_data" / kind / "one.json").write_text(json.dumps(content), encoding="utf-8")


def _run_role(sandbox: Sandbox, action: str, *arguments: str, **more: Any) -> CommandResult:
    variables = {
        "greymatter_master_data_action": action,
        "greymatter_master_data_directory": str(sandbox.path / "master_data"),
        **more,
    }
    role = {"role": "greyops.rest.greymatter_master_data", "vars": variables}
    return sandbox.start_playbook([{"roles": [role]}], *arguments).wait()


def _get_diff_lines(output: str) -> list[str]:
    """The lines that a diff adds and removes, as a task or a debug message shows them."""
    lines = [line.strip().lstrip('"').replace('\\"', '"').rstrip('",') for line in output.splitlines()]
    return [f"{line[0]} {line[1:].strip()}" for line in lines if re.match(r"[+-](?![+-])", line)]


@pytest.mark.slow
def test_plan_shows_what_an_apply_changes(sandbox: Sandbox, record_measurement: RecordMeasurement) -> None:
    """A plan of the role shows each change with the old and the new value and, with --diff, the lines of the apply."""
    sandbox.simulator.admin("PUT", "/catalogs", [])
    table = ";".join([*_HEADER, _UNIT]) + "\nS-1;SHIRTS;4006381333931;0,3;KG;30;20;3;CM\n"
    _write_files(sandbox, catalogs=CATALOG, categories=CATEGORY)
    (sandbox.path / "master_data" / "products" / "shirts.csv").write_bytes(table.encode("utf-16"))
    comma = {"greymatter_master_data_csv_decimal": ","}
    made = _run_role(sandbox, "apply", **comma)
    assert made.status == 0, made.output
    (sandbox.path / "master_data" / "products" / "shirts.csv").write_text(table.replace("0,3", "0,4"), encoding="utf-8")
    new = {**CATALOG, "clientCatalogId": "NEW"}
    _write_files(
        sandbox,
        catalogs=[{**CATALOG, "description": "clothes"}, new],
        categories=[
            {**CATEGORY, "attributes": {"storage": "floor"}},
            {**CATEGORY, "clientCategoryId": "C", "clientCatalogId": "NEW"},
        ],
    )
    plan = _run_role(sandbox, "plan", "--diff", **comma)
    drift = _run_role(sandbox, "drift", "--diff", **comma)
    plain = _run_role(sandbox, "plan", **comma)
    applied = _run_role(sandbox, "apply", "--diff", **comma)
    for run in (plan, drift, plain, applied):
        assert run.status == 0, run.output
        for change in (
            "catalog APPAREL  update  description: apparel -> clothes",
            "category SHIRTS  update  attributes.storage: shelf -> floor",
            "product S-1      update  attributes.weight.value: 0.3 -> 0.4",
        ):
            assert change in run.output, run.output
    assert not [result for result in plan.results if result.result.get("changed")]
    expected = _get_diff_lines(applied.output)
    assert '- "value": 0.3' in expected, applied.output
    assert sorted(_get_diff_lines(plan.output)) == sorted(expected), plan.output
    assert sorted(_get_diff_lines(drift.output)) == sorted(expected), drift.output
    assert _get_diff_lines(plain.output) == []
    same = _run_role(sandbox, "plan", **comma)
    assert "All 2 catalogs, 2 categories and 1 products are as described." in same.output
    lines = len(same.output.splitlines())
    assert lines < 60, same.output
    record_measurement(f"{len(expected)} lines of the diff; a plan without changes prints {lines} lines")


@pytest.mark.slow
def test_workbook_is_applied(sandbox: Sandbox, record_measurement: RecordMeasurement) -> None:
    """The role applies the products of an XLSX file, with the leading zeros that a cell only displays."""
    openpyxl = pytest.importorskip("openpyxl")
    sandbox.simulator.admin("PUT", "/catalogs", [])
    _write_files(sandbox, catalogs=CATALOG, categories=CATEGORY)
    workbook = openpyxl.Workbook()
    workbook.active.append([*_HEADER, _UNIT])
    workbook.active.append([12, "SHIRTS", 4006381333931, 0.3, "KG", 30, 20, 3, "CM"])
    workbook.active["A2"].number_format = "00000"
    workbook.save(sandbox.path / "master_data" / "products" / "shirts.xlsx")
    (sandbox.path / "master_data" / "products" / "~$shirts.xlsx").write_text("Excel has the workbook open")
    for action in ("validate", "apply"):
        run = _run_role(sandbox, action)
        assert run.status == 0, run.output
    (item,) = sandbox.simulator.admin("GET", "/items?sku=00012")
    assert item["barcodeList"] == [{"barcode": "4006381333931"}]
    record_measurement("1 product")
