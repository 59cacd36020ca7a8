# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from ._texts import decode_escaped, map_strings

if TYPE_CHECKING:
    from ._argspec import ArgumentSpec


def encode_paths(spec: ArgumentSpec, params: dict[str, Any]) -> dict[str, Any]:
    """Encode paths so that this process can open them: with an ASCII locale, Python escapes all other characters.

    With a UTF-8 locale they are not changed.
    """
    result = dict(params)
    for name, option in spec.options.items():
        value = params.get(name)
        if option["type"] == "path" and isinstance(value, str):
            result[name] = _encode_path(value)
        elif option.get("elements") == "path" and value:
            result[name] = [_encode_path(path) for path in value]
    return result


def decode_paths(value: Any) -> Any:
    """Return the same value with the characters that the bytes of paths represent."""
    return map_strings(value, decode_escaped)


def _encode_path(path: str) -> str:
    return os.fsdecode(path.encode("utf-8", "surrogateescape"))
