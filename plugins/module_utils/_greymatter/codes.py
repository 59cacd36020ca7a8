# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any

from .._texts import require_string
from .cells import DateCellText

if TYPE_CHECKING:
    from collections.abc import Iterator

# What a spreadsheet shows instead of a value, in several languages, and "####" if the column is too narrow.
_ERROR = re.compile(r"#(N/A|NV|N/D|[A-ZÄÖÜÉ]+(/0)?[!?]|#+)|Err:\d{3}")
_WRAPPED = re.compile(r'="(.*)"', re.DOTALL)
# As spreadsheets write them, always with a sign and two digits: 1E5 may be a valid number.
_SHORTENED = re.compile(r"[+-]?\d([.,]\d+)?[Ee][+-]\d{2,3}", re.ASCII)
# Eight digits are the shortest barcode: 1.0 may be a valid number.
_DECIMAL = re.compile(r"(\d{8,})[.,]0+", re.ASCII)
_BREAKS = "\t\n\r"
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def parse_code(value: Any) -> str:
    """Parse a product number, a barcode, or another text that is compared character by character.

    :raises ValueError: if it is not a string, or was corrupted. The text is the end of a sentence.
    """
    code = require_string(value)
    if isinstance(code, DateCellText):
        raise ValueError(
            f"is the date {code}, which a spreadsheet has made of it: make its column text, and enter it again"
        )
    problem = validate_cell(code) or _validate_code(code)
    if problem:
        raise ValueError(problem)
    return code


def validate_code(value: Any, place: str) -> Iterator[str]:
    """Return the error of :func:`parse_code` about a value, with its place."""
    try:
        parse_code(value)
    except ValueError as error:
        yield f"{place} {error}"


def validate_cell(text: str) -> str:
    """Find what spreadsheets, copying and wrong encodings leave in a text; empty if there is nothing."""
    for place, character in enumerate(text, 1):
        if character == _REPLACEMENT:
            return f"has U+FFFD at character {place}, where a character was lost: save the source as UTF-8 again"
        if _is_control(character):
            return f"has the control character U+{ord(character):04X} at character {place}: remove it"
    wrapped = _WRAPPED.fullmatch(text)
    if wrapped:
        return f"is the formula {text} of a spreadsheet: write {wrapped[1]}"
    if _ERROR.fullmatch(text):
        return f"is {text}, which a spreadsheet shows instead of a value: correct it there and export again"
    return ""


def _is_control(character: str) -> bool:
    if character < "\x7f":  # most are
        return character < " " and character not in _BREAKS
    # A byte order mark is only valid at the beginning of a file; a lone surrogate cannot be encoded.
    return unicodedata.category(character) in ("Cc", "Cs") or character == "\N{ZERO WIDTH NO-BREAK SPACE}"


def _validate_code(code: str) -> str:
    for place, character in enumerate(code, 1):
        kind = unicodedata.category(character)
        if character in _BREAKS:
            return f"has a tab or a line break at character {place}: remove it"
        if kind == "Cf":
            return f"has the invisible character U+{ord(character):04X} at character {place}: remove it"
        if kind in ("Zs", "Zl", "Zp") and character != " ":
            return (
                f"has the special blank U+{ord(character):04X} at character {place}: remove it, or write a plain blank"
            )
    if code.startswith("="):
        return f"is the formula {code} of a spreadsheet: export values instead of formulas"
    if code.startswith("'"):
        return f"is {code}, where a spreadsheet has marked text with an apostrophe: write {code[1:]}"
    if _SHORTENED.fullmatch(code):
        return f"is {code}, which a spreadsheet has shortened: make its column text, and enter all digits again"
    decimal = _DECIMAL.fullmatch(code)
    if decimal:
        return f"is {code}, where a program has added decimals: write {decimal[1]}"
    return ""
