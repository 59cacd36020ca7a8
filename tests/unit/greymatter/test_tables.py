# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables as spreadsheets and other programs save them are read, or refused with one sentence that says what to do."""

from __future__ import annotations

import datetime
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.greyops.rest.plugins.module_utils._errors import OptionError
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.codes import parse_code
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.problems import Problem, ProblemGroups
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.tables import (
    TABLE_OPTIONS,
    Row,
    TableFormat,
    read_table,
)
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.values import parse_number

ROWS = [["id", "name"], ["1", "Mühle; groß, 1|2"], ["2", 'a "b"']]


def read(path: Path, content: str | bytes, **options: Any) -> list[Row]:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    defaults = {name: option.get("default") for name, option in TABLE_OPTIONS.items()}
    return list(read_table(str(path), TableFormat.from_params({**defaults, **options})))


def write_lines(delimiter: str) -> str:
    quoted = ('"' + cell.replace('"', '""') + '"' for cells in ROWS for cell in cells)
    return "".join(f"{first}{delimiter}{second}\r\n" for first, second in zip(quoted, quoted, strict=True))


EXPECTED = [Row(2, dict(zip(ROWS[0], ROWS[1], strict=True))), Row(3, dict(zip(ROWS[0], ROWS[2], strict=True)))]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiter_and_byte_order_mark_are_found(tmp_path: Path, delimiter: str, encoding: str) -> None:
    assert read(tmp_path / "p.csv", write_lines(delimiter).encode(encoding)) == EXPECTED


def test_encoding_is_an_option_and_a_byte_order_mark_wins(tmp_path: Path) -> None:
    text = write_lines(";")
    assert read(tmp_path / "p.csv", text.encode("cp1252"), csv_encoding="cp1252") == EXPECTED
    assert read(tmp_path / "p.csv", text.encode("utf-16-le"), csv_encoding="utf-16-le") == EXPECTED
    assert read(tmp_path / "p.csv", text.encode("utf-8-sig"), csv_encoding="cp1252") == EXPECTED


def test_columns_decide_between_delimiters(tmp_path: Path) -> None:
    assert read(tmp_path / "p.csv", "a;b, c;d\n1;2;3\n") == [Row(2, {"a": "1", "b, c": "2", "d": "3"})]
    assert read(tmp_path / "p.csv", "a,b;c\n1,2\n", delimiter=",") == [Row(2, {"a": "1", "b;c": "2"})]
    assert read(tmp_path / "p.csv", '"a\n1",b,,\n,7,,\n,,,\n') == [Row(3, {"b": "7"})]
    assert read(tmp_path / "p.csv", "a\n1\n") == [Row(2, {"a": "1"})]


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        (
            b"id,name\n1,M\xfchle\n",
            {},
            "p.csv:2: the byte 0xFC is not UTF-8. Set csv_encoding to the encoding of the file, such as cp1252 (where "
            "it is ü), or save the file as UTF-8.",
        ),
        (
            b"id\n\x81\n",
            {},
            "p.csv:2: the byte 0x81 is not UTF-8. Set csv_encoding to the encoding of the file, or save the file as",
        ),
        (b"id\n" + b"x\n" * 99_999 + b"\xfc\n", {}, "p.csv:100001: the byte 0xFC is not UTF-8."),
        (
            b"id\n\x81\n",
            {"csv_encoding": "cp1252"},
            "p.csv:2: the byte 0x81 is not CP1252. Set csv_encoding to the encoding of the file, or",
        ),
        (
            "id\n1\n".encode("utf-16-le"),
            {},
            "p.csv:1: there is a zero byte, and the file has no byte order mark. Set csv",
        ),
        (b"id\n", {"csv_encoding": "latin"}, None),
        (
            b"id\n",
            {"csv_encoding": "western"},
            "csv_encoding western is not an encoding that Python knows. Examples are",
        ),
        (b"id\n", {"csv_encoding": "base64"}, "csv_encoding base64 is not an encoding"),
        (b"id\n", {"delimiter": ""}, "delimiter must be one character"),
        (b"id;name\n", {"delimiter": ","}, "p.csv: the header has ; between its columns. Set delimiter to it, or"),
        (
            b'"id\tname"\n',
            {},
            "p.csv: the header has a tab between its columns. Set delimiter to it, or remove the quotes",
        ),
        (b"id,a;b\n", {}, "p.csv: the header has as many columns with the delimiter , as with ;. Set delimiter."),
        (b"id,id\n", {}, "p.csv: the header has id more than once."),
        (b"id,,name\n", {}, "p.csv: a column of the header has no name."),
        (b'id\n"1', {}, "p.csv:2: is not valid CSV: unexpected end of data."),
    ],
)
def test_what_is_not_certain_is_refused(
    tmp_path: Path, content: bytes, options: dict[str, str], message: str | None
) -> None:
    if message is None:
        assert read(tmp_path / "p.csv", content, **options) == []
        return
    with pytest.raises(OptionError, match=re.escape(message)):
        read(tmp_path / "p.csv", content, **options)


def test_missing_file(tmp_path: Path) -> None:
    for name in ("p.csv", "p.xlsx"):
        with pytest.raises(OptionError, match=rf"^src .*{name} cannot be read: No such file or directory\.$"):
            read_table(str(tmp_path / name), TableFormat())


def test_row_with_more_cells_than_the_header(tmp_path: Path) -> None:
    first, second = read(tmp_path / "p.csv", "id,weight\n1,0,5\n2,1\n")
    message = "has 3 cells, and the header has 2: quote cells that hold the delimiter"
    assert (first.line, first.problems) == (2, (("the row", message),))
    assert second == Row(3, {"id": "2", "weight": "1"})


@pytest.mark.parametrize(
    ("decimal", "cell", "expected"),
    [
        (".", "1.5", 1.5),
        (",", "1,5", 1.5),
        (",", "15", 15),
        (".", "1,5", "must be a number, and '1,5' has a comma: set csv_decimal to ',' if it separates decimals"),
        (".", "1,500", "must be a number, and '1,500' has a comma: set csv_decimal"),
        (",", "1.500", "must be a number, and '1.500' has a point, but csv_decimal is a comma"),
        (",", "1.500,7", "has a point, but csv_decimal is a comma"),
        (",", "1,500,7", "must be a number, not '1,500,7'"),
        (".", "heavy", "must be a number, not 'heavy'"),
    ],
)
def test_decimal_comma_is_an_option(tmp_path: Path, decimal: str, cell: str, expected: Any) -> None:
    (row,) = read(tmp_path / "p.csv", f'weight\n"{cell}"\n', csv_decimal=decimal)
    assert row.values["weight"] == cell
    if not isinstance(expected, str):
        assert parse_number(row.values["weight"]) == expected
        return
    with pytest.raises(ValueError, match=re.escape(expected)):
        parse_number(row.values["weight"])


# --- XLSX


def write_workbook(path: Path, rows: list[list[Any]], formats: dict[str, str] | None = None) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    workbook = openpyxl.Workbook()
    for cells in rows:
        workbook.active.append(cells)
    for place, number_format in (formats or {}).items():
        workbook.active[place].number_format = number_format
    workbook.create_sheet("other").append(["must", "not", "be", "read"])
    workbook.save(path)


def test_cells_of_a_workbook(tmp_path: Path) -> None:
    path = tmp_path / "p.xlsx"
    rows: list[list[Any]] = [
        ["text", "whole", "filled", "decimal", "date", "time", "flag", None],
        [" 00012 ", 4006381333931, 12345, 0.1 + 0.2, datetime.datetime(2026, 11, 27), None, True, None],
        [],
        ["1,5", 1.0, -7, 1e-7, datetime.datetime(2026, 11, 27, 10, 30), datetime.time(7, 5), False, None],
    ]
    write_workbook(path, rows, {"C2": "00000000", "C4": "000"})
    first, second = read_table(str(path), TableFormat(decimal=","))
    assert first == Row(
        2,
        {
            "text": "00012",
            "whole": "4006381333931",
            "filled": "00012345",
            "decimal": "0.3",
            "date": "2026-11-27",
            "flag": "true",
        },
    )
    assert second == Row(
        4,
        {
            "text": "1,5",
            "whole": "1",
            "filled": "-007",
            "decimal": "1e-07",
            "date": "2026-11-27T10:30:00",
            "time": "07:05:00",
            "flag": "false",
        },
    )
    assert parse_number(second.values["text"]) == 1.5
    assert parse_number(first.values["decimal"]) == 0.3  # stored as a number, which csv_decimal does not concern
    with pytest.raises(ValueError, match="is the date 2026-11-27, which a spreadsheet has made of it"):
        parse_code(first.values["date"])


def test_cells_of_a_workbook_that_are_not_certain(tmp_path: Path) -> None:
    path = tmp_path / "p.xlsx"
    rows = [["id", "code", "sum", "span"], ["1", 400638133393112345, "=1+1", datetime.timedelta(hours=30)], ["2"]]
    write_workbook(path, rows)
    first, second = read_table(str(path), TableFormat())
    assert first.problems == (
        (
            "code",
            "is a number with 18 digits, of which a spreadsheet keeps 15: make the cell text, enter all digits again",
        ),
        ("sum", "is a formula without a saved value: open the file in a spreadsheet and save it"),
        ("span", "is a duration, which has no unique text: make the cell text"),
    )
    assert second == Row(3, {"id": "2"})


def test_formulas_have_their_saved_values(tmp_path: Path) -> None:
    path, saved = tmp_path / "p.xlsx", tmp_path / "saved.xlsx"
    write_workbook(path, [["id", "sum"], ["1", None], ["2", "=1+1"], ["3", "=A1&A2"], ["4", "=NA()"]])
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(saved, "w") as target:
        for name in source.namelist():
            content = source.read(name).decode()
            if name.endswith("sheet1.xml"):
                content = content.replace("<f>1+1</f><v />", "<f>1+1</f><v>2</v>")
                content = re.sub(r'(<c r="B4")( t="\w+")?>(<f>[^<]*</f>)<v ?/>', r'\1 t="str">\3<v>ab</v>', content)
                content = re.sub(r'(<c r="B5")( t="\w+")?>(<f>[^<]*</f>)<v ?/>', r'\1 t="e">\3<v>#N/A</v>', content)
            target.writestr(name, content)
    values = [row.values.get("sum") for row in read_table(str(saved), TableFormat())]
    assert values == [None, "2", "ab", "#N/A"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"id,name\n", "p.xlsx is not a valid XLSX file (BadZipFile)."),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
            "p.xlsx is a workbook with a password or of the old format XLS. Save it as",
        ),
        (b"PK\x05\x06" + b"\0" * 18, "p.xlsx is not a valid XLSX file (KeyError)."),
    ],
)
def test_invalid_workbooks(tmp_path: Path, content: bytes, message: str) -> None:
    pytest.importorskip("openpyxl")
    with pytest.raises(OptionError, match=re.escape(message)):
        read(tmp_path / "p.xlsx", content)


# --- equal errors


def test_equal_errors_are_one_text_with_their_lines() -> None:
    groups = ProblemGroups(4)
    for line in (2, 3, 4, 9):
        groups.add(f"p.csv:{line}: ", Problem.build(f"p.csv:{line}: ", "weight", f"must be a number, not 'x{line}'"))
    groups.add("p.csv:4: ", Problem.build("p.csv:4: ", "length", "must be a number, not 'x'"))
    groups.add("o.csv:4: ", Problem.build("o.csv:4: ", "weight", "must be a number, not 'x'"))
    for number in range(12):
        groups.add(f"products[{number}].", f"products[{number}].barcodeList is missing")
    groups.add("products[0].", "products[0].schema is missing")
    places = ", ".join(f"products[{number}]" for number in range(10))
    assert groups.as_texts() == [
        "p.csv:2: weight must be a number, not 'x2'; 4 such values, lines 2-4, 9",
        "p.csv:4: length must be a number, not 'x'",
        "o.csv:4: weight must be a number, not 'x'",
        f"products[0].barcodeList is missing; 12 such values, in {places} and more",
    ]
    assert groups.total == 5


def test_lines_of_many_errors_are_cut() -> None:
    groups = ProblemGroups(1)
    for line in range(2, 2000, 2):
        groups.add(f"p.csv:{line}: ", f"p.csv:{line}: barcodeList is missing")
    (text,) = groups.as_texts()
    assert text.endswith("; 999 such values, lines 2, 4, 6, 8, 10, 12, 14, 16, 18, 20 and more")
