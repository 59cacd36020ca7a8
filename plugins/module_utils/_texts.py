# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

# How Python writes bytes that its locale has no characters for.
_ESCAPED_BYTES = re.compile("[\udc80-\udcff]+")


def text_of(value: Any) -> str:
    """A value where only text will do. YAML makes numbers and booleans of what looks like one, and how it was written
    is lost then.

    :raises ValueError: it is no text. The text is the end of a sentence.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        word = "true" if value else "false"
        raise ValueError(f"must be a string, and {word} is a boolean: quote it as it is written, or use `| string`")
    if isinstance(value, (int, float)):
        raise ValueError(
            f"must be a string, and {_shown(value)} is a number: quote it{_zero(value)}, or use `| string`"
        )
    raise ValueError("must be a string")


def _shown(number: float) -> str:
    try:
        return str(number)
    except ValueError:  # Python converts no number of thousands of digits
        return "it"


def _zero(number: float) -> str:
    if not isinstance(number, int) or number < 0:
        return ""
    return f" ('0{number:o}' if it is written with a leading zero, which YAML takes for octal)"


def decode_escaped(text: str) -> str:
    """The same text with the characters that its escaped bytes mean, as paths have them in a locale of ASCII."""
    return _ESCAPED_BYTES.sub(lambda found: found[0].encode("ascii", "surrogateescape").decode(errors="replace"), text)


def change_texts(value: Any, change: Callable[[str], str]) -> Any:
    """The same data with each text changed, keys as well."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {change_texts(key, change): change_texts(item, change) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [change_texts(item, change) for item in value]
    return value
