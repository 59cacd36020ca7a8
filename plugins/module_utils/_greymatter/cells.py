# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The texts of cells of tables that need more than the text to be understood."""

from __future__ import annotations

# Spaces that spreadsheets leave around a cell; special ones may be significant, and are reported where invalid.
BLANKS = " \t\r\n"


class CellText(str):
    """The text of a cell, in which a point separates the decimals of a number."""

    __slots__ = ()


class CommaCellText(CellText):
    """The text of a cell, in which a comma separates the decimals of a number."""

    __slots__ = ()


class DateCellText(CellText):
    """The ISO 8601 text of a cell that a spreadsheet stores as a date."""

    __slots__ = ()


def mark(text: str, decimal: str) -> str:
    """Return text in which a number can have decimals with what separates them, a point or a comma."""
    if "," not in text and "." not in text:
        return text
    return CommaCellText(text) if decimal == "," else CellText(text)
