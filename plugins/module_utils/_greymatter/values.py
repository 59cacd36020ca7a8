# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Data types of attributes and units of measurement."""

from __future__ import annotations

import json
import math
import re
import sys
from contextlib import suppress
from typing import Any

from .._errors import OptionError
from .._texts import require_string
from .cells import CellText, CommaCellText

# Documented, except float, which is from an example in the documentation.
DATA_TYPES = ("string", "list", "double", "float", "integer", "boolean", "dict")

# Python's own conversion accepts more: 1_000, digits of other scripts, infinity, surrounding spaces.
_INTEGER = re.compile(r"[+-]?\d+", re.ASCII)
_DECIMAL = re.compile(r"[+-]?\d*\.\d+", re.ASCII)
_EXPONENT = re.compile(r"[+-]?\d+(\.\d+)?[eE][+-]?\d+", re.ASCII)
_COMMA = re.compile(r"[+-]?\d[\d.]*,[\d.,]+([eE][+-]?\d+)?", re.ASCII)
_SHOWN = 40
# More than the digits of the largest double.
_MAX_DIGITS = 400

_WORDS = {"true": True, "false": False, "yes": True, "no": False, "1": True, "0": False}


def convert(value: Any, data_type: str) -> Any:
    """Convert a value to the type that a catalog declares; text from files and templates is accepted as well.

    :raises ValueError: if it is not of that type. The text is the end of a sentence.
    """
    if data_type == "string":
        return str(require_string(value))
    if data_type == "boolean":
        return _parse_boolean(value)
    if data_type in ("list", "dict"):
        return _parse_collection(value, data_type)
    return parse_number(value, whole=data_type == "integer")


def parse_number(value: Any, whole: bool = False) -> int | float:
    """Parse a number, or a number written as text.

    :raises ValueError: if it is not a number.
    """
    message = "must be a whole number" if whole else "must be a number"
    if isinstance(value, str):
        value = _parse_number(value, message, whole)
    # Neither infinite nor NaN, nor larger than a double, which the server uses.
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) <= sys.float_info.max:
        raise ValueError(message)
    if whole and value != int(value):
        raise ValueError(f"{message}, not {value}")
    return int(value) if whole else value


def _parse_number(text: str, message: str, whole: bool) -> int | float:
    shown = f"'{text}'" if len(text) <= _SHOWN else f"'{text[:_SHOWN]}...'"
    if isinstance(text, CommaCellText):
        if "." in text:
            raise ValueError(f"{message}, and {shown} has a point, but csv_decimal is a comma")
        text = text.replace(",", ".")
    if _INTEGER.fullmatch(text) and len(text) <= _MAX_DIGITS:
        return int(text)
    if _DECIMAL.fullmatch(text):
        return float(text)
    if _EXPONENT.fullmatch(text):
        if whole:
            raise ValueError(f"{message}, and {shown} may have lost digits: write all of them")
        return float(text)
    if _COMMA.fullmatch(text):
        hint = "set csv_decimal to ',' if it separates decimals"
        if not isinstance(text, CellText):
            hint = "write decimals with a point, and nothing between thousands"
        raise ValueError(f"{message}, and {shown} has a comma: {hint}")
    raise ValueError(f"{message}, not {shown}")


def _parse_boolean(value: Any) -> bool:
    if isinstance(value, str) and value.lower() in _WORDS:
        return _WORDS[value.lower()]
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def _parse_collection(value: Any, data_type: str) -> Any:
    kind = list if data_type == "list" else dict
    if isinstance(value, str):
        with suppress(ValueError, RecursionError):
            value = json.loads(value, parse_constant=refuse_constant, parse_float=parse_finite)
    if not isinstance(value, kind):
        raise ValueError(f"must be a {'list' if kind is list else 'dictionary'}")
    return value


# What json.loads accepts besides JSON; both functions raise the error for invalid text.
def refuse_constant(constant: str) -> Any:
    raise ValueError(f"{constant} is not a JSON number")


def parse_finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text} is too large a number")
    return value


Version = tuple[int, ...]

LENGTH = "length"
WEIGHT = "weight"

# Documented: with this version grams were renamed and imperial units were added.
_RENAMED = (9, 0, 2)
# Documented: since this version attributes of products must be declared in the catalog; before, they should be.
_STRICT = (10, 1, 0)

_BEFORE = {LENGTH: ("MM", "CM", "M"), WEIGHT: ("G", "KG")}
_SINCE = {LENGTH: ("MM", "CM", "M", "INCH"), WEIGHT: ("GM", "KG", "LBS", "POUND", "OUNCE")}

# Two names of one unit: the old and the new one of grams, and two that the documentation gives for pounds.
_SYNONYMS = {"G": "GM", "LBS": "POUND"}

VERSION_OPTION = {"api_version": {"type": "str"}}


def parse_version(text: str | None) -> Version | None:
    """Parse the numbers of a version such as ``v10.1.0``; None if no version is set.

    :raises OptionError: if it is invalid.
    """
    if text is None:
        return None
    if not re.fullmatch(r"v?\d{1,4}(\.\d{1,4}){0,3}", text, re.ASCII):
        raise OptionError("api_version must be a version of GreyMatter, such as v10.1.0.")
    numbers = [int(number) for number in text.lstrip("v").split(".")]
    return (*numbers, *([0] * (3 - len(numbers))))


def requires_declarations(version: Version | None) -> bool:
    """Return whether that version refuses attributes that the catalog does not declare."""
    return version is not None and version >= _STRICT


def is_same_unit(one: object, other: object) -> bool:
    return _normalize(one) == _normalize(other)


def validate_unit(unit: object, measure: str, version: Version | None) -> str | None:
    """Return the error for a unit, as the end of a sentence. Without a version, units of all versions are accepted."""
    before, since = _BEFORE[measure], _SINCE[measure]
    if version is None:
        known = (*before, *(name for name in since if name not in before))
    else:
        known = before if version < _RENAMED else since
    # Lower case is refused, because it is unknown whether the server accepts it.
    if unit in known:
        return None
    message = f"is no unit of {measure} there" if version else f"is no unit of {measure}"
    other = next((name for name in known if _normalize(name) == _normalize(unit)), None)
    hint = f"write {other}" if other else f"the units are {', '.join(known)}"
    return f"'{unit}' {message}: {hint}"


def _normalize(unit: object) -> str:
    name = str(unit).upper()
    return _SYNONYMS.get(name, name)
