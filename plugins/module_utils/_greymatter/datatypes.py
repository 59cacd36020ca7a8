# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import json
import sys
from contextlib import suppress
from typing import Any

# Documented, with float from a sample of the documentation.
DATA_TYPES = ("string", "list", "double", "float", "integer", "boolean", "dict")

_WORDS = {"true": True, "false": False, "yes": True, "no": False, "1": True, "0": False}


def typed(value: Any, data_type: str) -> Any:
    """A value in the type that a catalog declares for it: text that spells one, as files and templates have it, too.

    :raises ValueError: it is not of that type. The text is the end of a sentence.
    """
    if data_type == "string":
        return _string(value)
    if data_type == "boolean":
        return _boolean(value)
    if data_type in ("list", "dict"):
        return _collection(value, data_type)
    return number(value, whole=data_type == "integer")


def number(value: Any, whole: bool = False) -> int | float:
    """
    :raises ValueError: it is no number.
    """
    told = "must be a whole number" if whole else "must be a number"
    if isinstance(value, str):
        try:
            value = int(value)
        except ValueError:
            try:
                value = float(value)
            except ValueError:
                raise ValueError(told) from None
    # Neither infinite nor none at all, nor larger than a double, which is what the other side has for it.
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) <= sys.float_info.max:
        raise ValueError(told)
    if whole and value != int(value):
        raise ValueError(told)
    return int(value) if whole else value


def _string(value: Any) -> str:
    # A YAML file makes numbers of what looks like one.
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise ValueError("must be a string")
    return value


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
            value = json.loads(value)
    if not isinstance(value, kind):
        raise ValueError(f"must be a {'list' if kind is list else 'dictionary'}")
    return value
