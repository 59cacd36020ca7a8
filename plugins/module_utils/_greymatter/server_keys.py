# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

from typing import Any

# What a client writes of the entries of lists (documented). Servers number them besides (seen).
_ENTRIES: dict[str, dict[str, Any]] = {
    "exhaustive_pdea_list": {
        "field_name": None,
        "field_data_type": None,
        "display_data": {"locale": None, "display_name": None},
    },
    "barcodeList": {"barcode": None},
}
# Of each level of a packaging these are generated (documented; seen).
_OF_LEVELS = ("levelType", "id")


def without_server_keys(key: str, value: Any) -> Any:
    """The value of a key of master data without what servers add within it, for files that other sites take too."""
    if key == "itemConfig":
        return _level(value)
    return _only(value, _ENTRIES.get(key))


def _only(value: Any, parts: dict[str, Any] | None) -> Any:
    if parts is None:
        return value
    if isinstance(value, list):
        return [_only(entry, parts) for entry in value]
    if isinstance(value, dict):
        return {name: _only(inner, parts[name]) for name, inner in value.items() if name in parts}
    return value


def _level(value: Any) -> Any:
    if isinstance(value, list):
        return [_level(entry) for entry in value]
    if not isinstance(value, dict):
        return value
    if "label" not in value and "barcode" in value:
        return _only(value, _ENTRIES["barcodeList"])
    return {name: _level(inner) for name, inner in value.items() if name not in _OF_LEVELS}
