# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Tables in CSV and XLSX files, row by row."""

from __future__ import annotations

import codecs
import csv
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, Any

from .._errors import OptionError
from .cells import BLANKS, mark
from .xlsx import Cell, read_cells

# The options of a module that reads tables.
TABLE_OPTIONS: dict[str, Any] = {
    "delimiter": {"type": "str"},
    "csv_encoding": {"type": "str", "default": "utf-8"},
    "csv_decimal": {"type": "str", "choices": [".", ","], "default": "."},
}
# The formats of tables by the extensions of files.
TABLE_EXTENSIONS = {".csv": "csv", ".tsv": "csv", ".xlsx": "xlsx", ".xlsm": "xlsx"}

_DELIMITERS = ",;\t|"
# The longer marks come first: that of UTF-32 begins with that of UTF-16.
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LONGEST_MARK = 4


@dataclass(frozen=True)
class TableFormat:
    """How tables are written. ``delimiter`` is found from the header if it is None.

    ``encoding`` is that of CSV files without a byte order mark, ``decimal`` separates the decimals of numbers in text.
    """

    delimiter: str | None = None
    encoding: str = "utf-8"
    decimal: str = "."

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> TableFormat:
        """
        :raises OptionError: if an option of TABLE_OPTIONS is invalid.
        """
        delimiter = params["delimiter"]
        if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n'):
            raise OptionError("delimiter must be one character, and neither a quote nor the end of a line.")
        with suppress(LookupError, ValueError):
            "".encode(params["csv_encoding"])  # fails for what is not an encoding of text, too
            return cls(delimiter, params["csv_encoding"], params["csv_decimal"])
        raise OptionError(
            f"csv_encoding {params['csv_encoding']} is not an encoding that Python knows.",
            hint="Examples are utf-8, cp1252 and utf-16-le.",
        )


@dataclass(frozen=True)
class Row:
    """A row of a table.

    ``line`` is its number as an editor or a spreadsheet shows it, the last one if the row has several. ``values`` are
    the texts of its cells by the names of their columns, without surrounding blanks; empty cells are left out.
    ``problems`` are pairs of a column and the end of a sentence about its cell. A row with problems must not be used.
    """

    line: int
    values: dict[str, str]
    problems: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Table:
    """The names of the columns of a table, and its rows that have a cell, which are read while they are iterated."""

    columns: list[str]
    rows: Iterator[Row]

    def __iter__(self) -> Iterator[Row]:
        return self.rows


def read_table(path: str, formats: TableFormat, form: str | None = None) -> Table:
    """Read the header of a CSV or XLSX file, and its rows without keeping them in memory.

    Parse its numbers with :func:`values.parse_number`, which knows the decimal mark of each text.

    :param form: ``csv`` or ``xlsx``; by default the extension of the file tells.
    :raises OptionError: if the file cannot be read, with its name and the line; also while the rows are iterated.
    :raises MissingLibraryError: if it is an XLSX file and openpyxl is missing.
    """
    name = os.path.basename(path)
    lines = _read_lines(path, name, formats, form or TABLE_EXTENSIONS.get(os.path.splitext(path)[1].lower()))
    columns = _read_header(next(lines, (1, []))[1], name, formats)
    rows = (_build_row(columns, line, cells) for line, cells in lines)
    return Table(columns, (row for row in rows if row.values or row.problems))


def _read_lines(path: str, name: str, formats: TableFormat, form: str | None) -> Iterator[tuple[int, Sequence[Cell]]]:
    try:
        if form == "xlsx":
            yield from read_cells(path, name, formats.decimal)
        else:
            yield from _read_csv(path, name, formats)
    except OSError as error:
        raise OptionError(f"src {path} cannot be read: {error.strerror}.") from None


def _read_header(cells: Sequence[Cell], name: str, formats: TableFormat) -> list[str]:
    header = [str(cell).strip() for cell in cells]
    while len(header) > 1 and not header[-1]:  # spreadsheets keep columns that once had content
        del header[-1]
    other = next((one for one in _DELIMITERS if len(header) == 1 and one in header[0]), None)
    if other is not None and other != formats.delimiter:
        shown = "a tab" if other == "\t" else other
        raise OptionError(
            f"{name}: the header has {shown} between its columns.",
            hint="Set delimiter to it, or remove the quotes around the whole line.",
        )
    twice = sorted({column for column in header if header.count(column) > 1 and column})
    if twice:
        raise OptionError(f"{name}: the header has {', '.join(twice)} more than once.")
    if "" in header and len(header) > 1:
        raise OptionError(f"{name}: a column of the header has no name.")
    return header


def _build_row(header: Sequence[str], line: int, cells: Sequence[Cell]) -> Row:
    values, problems = {}, []
    for column, cell in zip(header, cells):
        if isinstance(cell, ValueError):
            problems.append((column, str(cell)))
        elif cell:
            values[column] = cell
    if any(cells[len(header) :]):
        problems.append(
            (
                "the row",
                f"has {len(cells)} cells, and the header has {len(header)}: quote cells that hold the delimiter",
            )
        )
    return Row(line, values, tuple(problems))


def _read_csv(path: str, name: str, formats: TableFormat) -> Iterator[tuple[int, list[str]]]:
    encoding = _find_encoding(path, name, formats.encoding)
    reader = None
    try:
        with open(path, encoding=encoding, newline="") as file:
            delimiter = formats.delimiter or _find_delimiter(file, name)
            file.seek(0)
            reader = csv.reader(file, delimiter=delimiter, strict=True)
            for cells in reader:
                yield reader.line_num, [mark(cell.strip(BLANKS), formats.decimal) for cell in cells]
    except csv.Error as error:
        raise OptionError(f"{name}:{reader.line_num if reader else 1}: is not valid CSV: {error}.") from None
    except UnicodeError as error:
        raise _build_encoding_error(path, name, encoding, error) from None


def _find_encoding(path: str, name: str, encoding: str) -> str:
    """Return the encoding that the byte order mark says, else the given one."""
    with open(path, "rb") as file:
        start = file.read(_LONGEST_MARK)
    found = next((marked for bom, marked in _BYTE_ORDER_MARKS if start.startswith(bom)), None)
    if found is None and b"\0" in start and codecs.lookup(encoding).name == "utf-8":
        raise OptionError(
            f"{name}:1: there is a zero byte, and the file has no byte order mark.",
            hint="Set csv_encoding to the encoding of the file, such as utf-16-le.",
        )
    return found or encoding


def _build_encoding_error(path: str, name: str, encoding: str, error: UnicodeError) -> OptionError:
    """Describe where a file is not in its encoding."""
    if not isinstance(error, UnicodeDecodeError):
        return OptionError(f"{name} is not {encoding}: {error}.", hint="Set csv_encoding to its encoding.")
    byte = error.object[error.start : error.start + 1]
    with open(path, encoding=encoding, errors="replace") as file:
        line = next((number for number, text in enumerate(file, 1) if "\N{REPLACEMENT CHARACTER}" in text), 1)
    western = byte.decode("cp1252", errors="ignore")
    example = f", such as cp1252 (where it is {western})" if western else ""
    return OptionError(
        f"{name}:{line}: the byte 0x{byte.hex().upper()} is not {encoding.removesuffix('-sig').upper()}.",
        hint=f"Set csv_encoding to the encoding of the file{example}, or save the file as UTF-8.",
    )


def _find_delimiter(file: IO[str], name: str) -> str:
    """Return the delimiter that divides the header into the most columns."""
    columns = {}
    for delimiter in _DELIMITERS:
        file.seek(0)
        with suppress(csv.Error):
            columns[delimiter] = len(next(csv.reader(file, delimiter=delimiter, strict=True), []))
    most = max(columns.values(), default=0)
    found = [delimiter for delimiter, count in columns.items() if count == most > 1]
    if len(found) > 1:
        raise OptionError(
            f"{name}: the header has as many columns with the delimiter {found[0]} as with {found[1]}.",
            hint="Set delimiter.",
        )
    return found[0] if found else ","
