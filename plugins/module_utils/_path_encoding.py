# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from ansible_collections.greyops.rest.plugins.module_utils._texts import change_texts, decode_escaped

if TYPE_CHECKING:
    from ansible_collections.greyops.rest.plugins.module_utils._options import ArgumentSpec


def local_paths(spec: ArgumentSpec, params: dict[str, Any]) -> dict[str, Any]:
    """Parameters whose paths this process can open: with a locale of ASCII Python has another form of other characters.

    With a locale of UTF-8 they stay as they are.
    """
    result = dict(params)
    for name, option in spec.options.items():
        value = params.get(name)
        if option["type"] == "path" and isinstance(value, str):
            result[name] = _local(value)
        elif option.get("elements") == "path" and value:
            result[name] = [_local(path) for path in value]
    return result


def readable(value: Any) -> Any:
    """The same value with the characters that the bytes of paths mean."""
    return change_texts(value, decode_escaped)


def _local(path: str) -> str:
    return os.fsdecode(path.encode("utf-8", "surrogateescape"))
