# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Cells of XLSX files, read by the optional library openpyxl without keeping the sheet in memory."""

from __future__ import annotations

import datetime
import re
import warnings
import zlib
from collections.abc import Iterator, Sequence
from typing import Any, Union
from zipfile import BadZipFile

from .._errors import MissingLibraryError, OptionError
from .cells import BLANKS, DateCellText, mark

# A cell, or why its text is not known, as the end of a sentence.
Cell = Union[str, ValueError]

_OLE = b"\xd0\xcf\x11\xe0"
_FILLED = re.compile("0+")
# A spreadsheet stores a number with 15 significant digits; further digits are lost.
_MAX_DIGITS = 15
# What openpyxl raises for a file that is not a workbook or is damaged; a ParseError is a SyntaxError.
_ERRORS = (BadZipFile, KeyError, ValueError, TypeError, AttributeError, IndexError, EOFError, SyntaxError, zlib.error)


def read_cells(path: str, name: str, decimal: str) -> Iterator[tuple[int, list[Cell]]]:
    """Iterate over the rows of the first sheet, each with its number.

    The text of a number or a date does not depend on how the spreadsheet shows it, except that an integer is filled
    with zeros if its format consists of zeros. The value of a formula is the one that was saved with it.

    :param decimal: what separates the decimals of numbers that are stored as text.
    :raises MissingLibraryError: if openpyxl is missing.
    :raises OptionError: if it is not an XLSX file. An OSError is raised as it is.
    """
    library = _import_library(name)
    with open(path, "rb") as file:
        if file.read(len(_OLE)) == _OLE:
            raise OptionError(
                f"{name} is a workbook with a password or of the old format XLS.",
                hint="Save it as .xlsx without a password.",
            )
        values = _SavedValues(path, library)
        try:
            for number, row in enumerate(_iter_rows(library, file, saved=False), 1):
                yield number, [_read_cell(cell, place, number, values, decimal) for place, cell in enumerate(row)]
        except _ERRORS as error:
            raise OptionError(f"{name} is not a valid XLSX file ({type(error).__name__}).") from None
        finally:
            values.close()


def _import_library(name: str) -> Any:
    """Import openpyxl, which takes long and which only XLSX files require."""
    try:
        import openpyxl
    except ImportError as error:
        raise MissingLibraryError(
            f"Reading {name} requires the Python library openpyxl, which is missing on this host ({error}).",
            hint="Install it for the Python that runs this task: python -m pip install openpyxl.",
        ) from None
    # It warns of the parts of a workbook that it does not support, such as pictures.
    warnings.filterwarnings("ignore", module="openpyxl")
    return openpyxl


def _iter_rows(library: Any, file: Any, *, saved: bool) -> Iterator[Sequence[Any]]:
    """Iterate over the rows of the first sheet, with the formulas of cells or their saved values."""
    workbook = library.load_workbook(file, read_only=True, data_only=saved)
    if not workbook.worksheets:
        return
    sheet = workbook.worksheets[0]
    sheet.reset_dimensions()  # some programs save a wrong size, after which no cell would be read
    yield from sheet.iter_rows()


class _SavedValues:
    """The saved values of formulas, read with a second pass over the file that starts at the first formula."""

    def __init__(self, path: str, library: Any) -> None:
        self._path = path
        self._library = library
        self._file: Any = None
        self._rows: Iterator[tuple[int, Sequence[Any]]] = iter(())
        self._current: tuple[int, Sequence[Any]] = (0, ())

    def get(self, number: int, place: int) -> Any:
        """Return the cell of a row; rows must be asked for in their order."""
        if self._file is None:
            self._file = open(self._path, "rb")  # noqa: SIM115 - closed with this object
            self._rows = enumerate(_iter_rows(self._library, self._file, saved=True), 1)
        while self._current[0] < number:
            self._current = next(self._rows)
        return self._current[1][place]

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


def _read_cell(cell: Any, place: int, number: int, values: _SavedValues, decimal: str) -> Cell:
    try:
        if cell.data_type == "f":
            cell = values.get(number, place)
            if cell.value is None:
                raise ValueError("is a formula without a saved value: open the file in a spreadsheet and save it")
        return _format(cell, decimal)
    except ValueError as error:
        return error
    except OverflowError:  # only infinity is not an integer
        return ValueError("is too large a number")


def _format(cell: Any, decimal: str) -> str:
    """
    :raises ValueError: if the value has no text that is certain.
    """
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return _format_number(value, str(cell.number_format))
    if isinstance(value, datetime.datetime):
        at_midnight = value.time() == datetime.time()
        return DateCellText(value.date().isoformat() if at_midnight else value.isoformat(timespec="seconds"))
    if isinstance(value, (datetime.date, datetime.time)):
        return DateCellText(value.isoformat())
    if isinstance(value, datetime.timedelta):
        raise ValueError("is a duration, which has no unique text: make the cell text")
    return mark(str(value).strip(BLANKS), decimal)


def _format_number(value: float, number_format: str) -> str:
    if value != int(value):
        return format(value, f".{_MAX_DIGITS}g")
    whole = int(value)
    digits = str(abs(whole))
    if len(digits) > _MAX_DIGITS:
        raise ValueError(
            f"is a number with {len(digits)} digits, of which a spreadsheet keeps {_MAX_DIGITS}: make the cell text, "
            "enter all digits again"
        )
    width = len(number_format) if _FILLED.fullmatch(number_format) else 0
    return f"{'-' if whole < 0 else ''}{digits.zfill(width)}"
