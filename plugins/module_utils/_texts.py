# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

# How Python represents bytes that its locale cannot decode.
_ESCAPED_BYTES = re.compile("[\udc80-\udcff]+")


def require_string(value: Any) -> str:
    """Return a value that must be a string. YAML reads some unquoted text as a number or a boolean, and its spelling is
    then lost.

    :raises ValueError: it is not a string. The message is the end of a sentence.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        word = "true" if value else "false"
        raise ValueError(f"must be a string, and {word} is a boolean: quote it as it is written, or use `| string`")
    if isinstance(value, (int, float)):
        raise ValueError(
            f"must be a string, and {_format_number(value)} is a number: quote it{_build_octal_hint(value)}, or use "
            "`| string`"
        )
    raise ValueError("must be a string")


def _format_number(number: float) -> str:
    try:
        return str(number)
    except ValueError:  # Python does not convert numbers with thousands of digits
        return "it"


def _build_octal_hint(number: float) -> str:
    if not isinstance(number, int) or number < 0:
        return ""
    return f" ('0{number:o}' if it is written with a leading zero, which YAML takes for octal)"


def decode_escaped(text: str) -> str:
    """Return the same text with the characters that its escaped bytes represent, as in paths with an ASCII locale."""
    return _ESCAPED_BYTES.sub(lambda found: found[0].encode("ascii", "surrogateescape").decode(errors="replace"), text)


def map_strings(value: Any, change: Callable[[str], str]) -> Any:
    """Return the same data with each string changed, also in keys."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {map_strings(key, change): map_strings(item, change) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [map_strings(item, change) for item in value]
    return value
