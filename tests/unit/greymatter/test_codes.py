# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Codes damaged by YAML, spreadsheets or copying are rejected with the probable original; other codes are accepted."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.greyops.rest.plugins.module_utils._context import Context
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.codes import parse_code, validate_cell
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.service_request import validate_service_request
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.site_calls import (
    validate_audit as problems_of_audit,
)
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.values import convert, parse_number
from ansible_collections.greyops.rest.plugins.module_utils._operation import perform
from ansible_collections.greyops.rest.plugins.modules import (
    greymatter_audit,
    greymatter_products,
    greymatter_service_request,
)
from tests.unit.conftest import params

if TYPE_CHECKING:
    from ansible_collections.greyops.rest.plugins.module_utils._context import NullRuntime

# Damaged codes, and a part of the error message.
DAMAGED = [
    (83, "83 is a number: quote it ('0123' if it is written with a leading zero, which YAML takes for octal)"),
    (4026614575, "4026614575 is a number: quote it ('036000241457' if"),
    (1.5, "1.5 is a number: quote it, or use `| string`"),
    (True, "true is a boolean: quote it as it is written, or use `| string`"),
    (["a"], "must be a string"),
    ("4.00638E+12", "is 4.00638E+12, which a spreadsheet has shortened"),
    ("4,00638E+12", "which a spreadsheet has shortened"),
    ("4e+12", "which a spreadsheet has shortened"),
    ("1.00E-05", "which a spreadsheet has shortened"),
    ('="0123"', 'is the formula ="0123" of a spreadsheet: write 0123'),
    ("=A1+7", "is the formula =A1+7 of a spreadsheet: export values"),
    ("'0123", "is '0123, where a spreadsheet has marked text with an apostrophe: write 0123"),
    ("4006381333931.0", "is 4006381333931.0, where a program has added decimals: write 4006381333931"),
    ("4006381333931,00", "where a program has added decimals: write 4006381333931"),
    ("#N/A", "is #N/A, which a spreadsheet shows instead of a value"),
    ("#REF!", "is #REF!, which"),
    ("#NAME?", "is #NAME?, which"),
    ("#DIV/0!", "is #DIV/0!, which"),
    ("#BEZUG!", "is #BEZUG!, which"),
    ("#NV", "is #NV, which"),
    ("########", "is ########, which"),
    ("Err:502", "is Err:502, which"),
    ("A\0B", "has the control character U+0000 at character 2: remove it"),
    ("A\x1b[31m", "has the control character U+001B at character 2"),
    ("A\x85", "has the control character U+0085 at character 2"),
    ("A\ufeffB", "has the control character U+FEFF at character 2"),
    ("A\ud83d", "has the control character U+D83D at character 2"),
    ("M\ufffdhle", "has U+FFFD at character 2, where a character was lost"),
    ("A\tB", "has a tab or a line break at character 2"),
    ("A\u200bB", "has the invisible character U+200B at character 2"),
    ("A\u202eB", "has the invisible character U+202E at character 2"),
    ("A\u00adB", "has the invisible character U+00AD at character 2"),
    ("\u00a0A", "has the special blank U+00A0 at character 1"),
    ("A\u2028", "has the special blank U+2028 at character 2"),
]
SOUND = [
    "00012345",
    "MUG-01",
    "1E5",
    "5E3",
    "1.0",
    "#1",
    "A=B",
    "O'Neill",
    "ü 日本",
    "1,5",
    "",
    "１２",
    "12.50",
    "N/A",
    "-7",
    "A B",
]


@pytest.mark.parametrize(("value", "expected"), DAMAGED)
def test_damaged_codes_are_rejected(value: Any, expected: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse_code(value)
    assert expected in str(caught.value)


@pytest.mark.parametrize("value", SOUND)
def test_valid_codes_are_accepted(value: str) -> None:
    assert parse_code(value) == value


@pytest.mark.parametrize(
    "value", ["two\r\nlines\t", "soft\u00adhyphen", "10\u00a0kg", "می\u200cخواهم", "👩\u200d🚀", "=5", "'tis", "4E+12"]
)
def test_other_text_is_not_validated_as_a_code(value: str) -> None:
    assert validate_cell(value) == ""
    assert convert(value, "string") == value


@pytest.mark.parametrize(
    ("value", "whole", "result"),
    [
        ("7", False, 7),
        ("+7", False, 7),
        ("-7", True, -7),
        ("007", True, 7),
        ("7.0", True, 7),
        ("7.50", False, 7.5),
        (".5", False, 0.5),
        ("1e5", False, 100000.0),
        ("1.5E-05", False, 1.5e-05),
        (7.0, True, 7),
        ("1e5", True, "must be a whole number, and '1e5' may have lost digits: write all of them"),
        ("4E+12", True, "must be a whole number, and '4E+12' may have lost digits"),
        ("1,5", False, "must be a number, and '1,5' has a comma: write decimals with a point"),
        ("1.000,5", False, "has a comma"),
        ("1,000,000", True, "must be a whole number, and '1,000,000' has a comma"),
        *[
            (text, whole, "must be a whole number" if whole else "must be a number")
            for text in (
                "1_000",
                "１２",
                "٣",
                "infinity",
                "inf",
                "nan",
                "-Infinity",
                "0x10",
                "0b1",
                "0o7",
                " 1 ",
                "1\n",
                "",
                "1.",
            )
            for whole in (False, True)
        ],
        ("7.5", True, "must be a whole number, not 7.5"),
        ("1e999", False, "must be a number"),
        ("9" * 5000, False, "must be a number"),
        (10**400, True, "must be a whole number"),
        (True, False, "must be a number"),
    ],
)
def test_common_number_formats(value: Any, whole: bool, result: Any) -> None:
    if not isinstance(result, str):
        assert (parse_number(value, whole), type(parse_number(value, whole))) == (result, type(result))
        return
    with pytest.raises(ValueError) as caught:
        parse_number(value, whole)
    assert result in str(caught.value)


@pytest.mark.parametrize("text", ["[NaN]", "[1e999]", '{"a": Infinity}'])
def test_collections_are_json_types(text: str) -> None:
    with pytest.raises(ValueError, match=r"^must be a"):
        convert(text, "list" if text.startswith("[") else "dict")


def list_problems(runtime: NullRuntime, **given: Any) -> list[str]:
    """All validation errors of greymatter_products, without a site."""
    spec = greymatter_products.OPERATION.spec
    call = Context(params(spec, {"validate": "offline", **given}), runtime)
    result = perform(greymatter_products.OPERATION, call).keys
    assert result["failed"], result
    return list(result.get("problems") or [result["msg"]])


def test_each_cell_is_reported_with_row_and_column(runtime: NullRuntime, tmp_path: Path) -> None:
    table = tmp_path / "p.csv"
    codes = [(value, expected) for value, expected in DAMAGED if isinstance(value, str) and "\ud83d" not in value]
    for at, (code, expected) in enumerate(codes):
        with table.open("w", encoding="utf-8", newline="") as file:
            cells = ["A", code] if at % 2 else [code, "B"]
            csv.writer(file).writerows([["product_sku", "barcodes", "name"], ["C", "D", "x"], [*cells, "x"]])
        place = "barcodeList[0]" if at % 2 else "productAttributes.product_sku"
        problems = list_problems(runtime, src=[str(table)])
        assert any(re.match(rf"p\.csv:\d+: {re.escape(place)} ", one) and expected in one for one in problems), expected


def test_other_cells_are_reported(runtime: NullRuntime, tmp_path: Path) -> None:
    table = tmp_path / "p.csv"
    table.write_text(
        'product_sku,name,description,length\nA,#N/A,x\x07,"1,5"\nB,"=""x""",,"1\u00a0"\n', encoding="utf-8"
    )
    problems = list_problems(runtime, src=[str(table)])
    assert [one for one in problems if one.startswith("p.csv:2: ")] == [
        "p.csv:2: name is #N/A, which a spreadsheet shows instead of a value: correct it there and export again",
        "p.csv:2: description has the control character U+0007 at character 2: remove it",
    ]
    assert [one for one in problems if one.startswith("p.csv:3: ")] == [
        'p.csv:3: name is the formula ="x" of a spreadsheet: write x'
    ]


def test_numbers_in_json_files_and_lists(runtime: NullRuntime, tmp_path: Path) -> None:
    wrong = [
        {"productAttributes": {"product_sku": 83}, "barcodeList": [36000241457, {"barcode": 7}]},
        {
            "productAttributes": {"product_sku": "B"},
            "itemConfig": {"label": "x", "type": "marked", "qty": 1, "barcode": [{"barcode": 8}]},
        },
    ]
    file = tmp_path / "p.json"
    file.write_text(json.dumps(wrong), encoding="utf-8")
    for given, where in (({"src": [str(file)]}, "p.json"), ({"products": wrong}, "products")):
        problems = list_problems(runtime, **given)
        for place, end in (
            ("[0].productAttributes.product_sku", "`| string`"),
            ("[0].barcodeList[0]", f"; 2 such values, in {where}[0]"),
            ("[1].itemConfig.barcode[0]", "`| string`"),
        ):
            begin = f"{where}{place} must be a string, and "
            assert any(one.startswith(begin) and one.endswith(end) for one in problems), (place, problems)


def test_products_with_damaged_codes_can_be_deleted(runtime: NullRuntime) -> None:
    spec = greymatter_products.OPERATION.spec
    given = {
        "validate": "offline",
        "state": "absent",
        "products": [{"productAttributes": {"product_sku": "4.00638E+12"}}],
    }
    assert not perform(greymatter_products.OPERATION, Context(params(spec, given), runtime)).failed
    number_problems = list_problems(runtime, state="absent", products=[{"productAttributes": {"product_sku": 83}}])
    assert len(number_problems) == 1
    assert "83 is a number" in number_problems[0]


def test_products_of_orders_and_audits() -> None:
    lines = [{"product": {"product_sku": 83}, "quantity": 1}]
    spec = greymatter_service_request.OPERATION.spec
    token = {"access_token": "t", "api_url": "http://localhost"}
    for kind in ("PUT", "PICK"):
        given = params(spec, {**token, "external_service_request_id": 83, "type": kind, "lines": lines})
        assert given["external_service_request_id"] == "83"
        (problem,) = validate_service_request(given)
        assert problem.startswith("lines[0].product.product_sku must be a string, and 83 is a number: quote it")
    containers = [{"products": [{"productQuantity": 1, "productAttributes": {"pdfa_values": {"product_sku": 83}}}]}]
    given = params(
        spec, {**token, "external_service_request_id": "1", "type": "PUT", "expectations": {"containers": containers}}
    )
    (problem,) = validate_service_request(given)
    assert problem.startswith(
        "expectations.containers[0].products[0].productAttributes.pdfa_values.product_sku must be a string"
    )
    audit = params(greymatter_audit.OPERATION.spec, {**token, "name": "n", "type": "sku", "skus": [{"sku": 83}]})
    (problem,) = problems_of_audit(audit)
    assert problem.startswith("skus[0].sku must be a string, and 83 is a number")


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (
            ["00012,00012345", "12,12345", "A,x", "13,22345"],
            [
                "p.csv:3: barcodeList[0] 12345 may have lost leading zeros; 2 such values, lines 3, 5. Other values "
                "have 8 digits with leading zeros.",
                "p.csv:3: productAttributes.product_sku 12 may have lost leading zeros; 2 such values, lines 3, 5. "
                "Other values have 5 digits with leading zeros.",
            ],
        ),
        (
            ["A,36000291452", "B,4006381333931"],
            [
                "p.csv:2: barcodeList[0] 36000291452 may have lost leading zeros. With a leading zero, it is a "
                "valid barcode of 12 digits."
            ],
        ),
        (["A,036000291452", "B,4006381333931", "C,96385074", "D,x1"], []),
        (["A,36000291452", "B,36000291453"], []),
        (["1,12345", "22,1234567"], []),
    ],
    ids=["filled", "check digit", "barcodes of other lengths", "numbers without check digits", "numbers"],
)
def test_lost_leading_zeros_are_warned_of(
    runtime: NullRuntime, tmp_path: Path, rows: list[str], expected: list[str]
) -> None:
    table = tmp_path / "p.csv"
    table.write_text("\n".join(["product_sku,barcodes", *rows]), encoding="utf-8")
    list_problems(runtime, src=[str(table)])
    assert runtime.warnings == expected


def test_faults_of_a_spreadsheet_hide_no_other_fault(runtime: NullRuntime, tmp_path: Path) -> None:
    """A semicolon, a byte order mark, a decimal comma in every row, shortened barcodes, and one other fault."""
    rows = [f"A{number};4,00638E+12;0,{number};KG;3;2;1;CM" for number in range(2000)]
    rows[1500] = "A1500;4006381333931;heavy;KG;3;2;1;KM"
    header = "product_sku;barcodes;weight;weight_unit;length;width;height;dimension_unit"
    table = tmp_path / "p.csv"
    table.write_bytes("\r\n".join(["\ufeff" + header, *rows]).encode())
    others = "1999 such values, lines 2-1501, 1503-2001"
    shortened = "p.csv:2: barcodeList[0] is 4,00638E+12, which a spreadsheet has shortened: "
    comma = "p.csv:2: attributes.weight.value must be a number, and '0,0' has a comma: set csv_decimal to ',' "
    heavy = "p.csv:1502: attributes.weight.value must be a number, not 'heavy'"
    unit = "p.csv:1502: attributes.dimension.uom.unit 'KM' is no unit of length: the units are MM, CM, M, INCH"
    schema = "p.csv:2: schema is missing: neither the product nor its category has one; 2000 such values, lines 2-2001"
    problems = list_problems(runtime, src=[str(table)])
    assert {heavy, unit, schema} < set(problems)
    assert [problem.endswith(others) for begin in (shortened, comma) for problem in problems if begin in problem] == [
        True,
        True,
    ]
    assert len(problems) == 5
    repaired = list_problems(runtime, src=[str(table)], csv_decimal=",")
    assert len(repaired) == 4
    assert {heavy, unit, schema} < set(repaired)
