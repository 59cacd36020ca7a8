# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import json
import math
import re
import sys
from contextlib import suppress
from typing import Any

from ansible_collections.greyops.rest.plugins.module_utils._texts import text_of

# Documented, with float from a sample of the documentation.
DATA_TYPES = ("string", "list", "double", "float", "integer", "boolean", "dict")

# Python's own conversion takes more: 1_000, digits of other scripts, infinity, blanks around.
_INTEGER = re.compile(r"[+-]?\d+", re.ASCII)
_DECIMAL = re.compile(r"[+-]?\d*\.\d+", re.ASCII)
_EXPONENT = re.compile(r"[+-]?\d+(\.\d+)?[eE][+-]?\d+", re.ASCII)
_COMMA = re.compile(r"[+-]?\d[\d.]*,[\d.,]+([eE][+-]?\d+)?", re.ASCII)
# More than those of the largest double.
_MOST_DIGITS = 400

_WORDS = {"true": True, "false": False, "yes": True, "no": False, "1": True, "0": False}


def typed(value: Any, data_type: str) -> Any:
    """A value in the type that a catalog declares for it: text that spells one, as files and templates have it, too.

    :raises ValueError: it is not of that type. The text is the end of a sentence.
    """
    if data_type == "string":
        return text_of(value)
    if data_type == "boolean":
        return _boolean(value)
    if data_type in ("list", "dict"):
        return _collection(value, data_type)
    return number(value, whole=data_type == "integer")


def number(value: Any, whole: bool = False) -> int | float:
    """A number, also one that is written in a text as people write numbers.

    :raises ValueError: it is no number.
    """
    told = "must be a whole number" if whole else "must be a number"
    if isinstance(value, str):
        value = _written_number(value, told, whole)
    # Neither infinite nor none at all, nor larger than a double, which is what the other side has for it.
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) <= sys.float_info.max:
        raise ValueError(told)
    if whole and value != int(value):
        raise ValueError(told)
    return int(value) if whole else value


def _written_number(text: str, told: str, whole: bool) -> int | float:
    if _INTEGER.fullmatch(text) and len(text) <= _MOST_DIGITS:
        return int(text)
    if _DECIMAL.fullmatch(text):
        return float(text)
    if _EXPONENT.fullmatch(text):
        if whole:
            raise ValueError(f"{told}, and {text} may have lost digits: write all of them")
        return float(text)
    if _COMMA.fullmatch(text):
        raise ValueError(f"{told}, and {text} has a comma: write decimals with a point, and nothing between thousands")
    raise ValueError(told)


def _boolean(value: Any) -> bool:
    if isinstance(value, str) and value.lower() in _WORDS:
        return _WORDS[value.lower()]
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def _collection(value: Any, data_type: str) -> Any:
    kind = list if data_type == "list" else dict
    if isinstance(value, str):
        with suppress(ValueError, RecursionError):
            value = json.loads(value, parse_constant=refuse_constant, parse_float=finite)
    if not isinstance(value, kind):
        raise ValueError(f"must be a {'list' if kind is list else 'dictionary'}")
    return value


# What json.loads takes besides JSON; both raise the error of a text that is none.
def refuse_constant(constant: str) -> Any:
    raise ValueError(f"{constant} is no number of JSON")


def finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text} is too large a number")
    return value
