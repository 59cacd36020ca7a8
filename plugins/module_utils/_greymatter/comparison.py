# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Compares master data by meaning, without the keys that the server generates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._changes import Change
from .._comparison import is_empty, is_satisfied
from .values import is_same_unit

if TYPE_CHECKING:
    from collections.abc import Iterator

# Lists that are maps: their order has no meaning, and each is written as a whole.
_KEYS = {"exhaustive_pdea_list": "field_name", "display_data": "locale", "barcodeList": "barcode", "barcode": "barcode"}
# Enums, which services write in upper or lower case.
_ENUMS = frozenset({"field_data_type", "type", "locale"})
# Dictionaries with user-defined keys, which have no special meaning, except the two that are documented.
_USER_KEYED = frozenset({"attributes", "productAttributes", "categoryAttributes"})
_MEASURES = frozenset({"weight", "dimension"})
_USER_KEY = "chosen"


def find_differences(current: Any, desired: Any) -> list[str]:
    """Return the paths at which the current value differs from the desired one, see :func:`find_changes`."""
    return [change.path for change in find_changes(current, desired)]


def find_changes(current: Any, desired: Any, path: str = "", name: str = "") -> list[Change]:
    """Return where the current value differs from the desired one. Additional server values are ignored.

    Numbers are compared by value, units by their meaning, and lists that are maps by their keys; all empty values are
    equal. An empty dictionary requires nothing.

    :param name: the key that contains both values, if it has a meaning.
    """
    if desired == {} or (is_empty(desired) and is_empty(current)):
        return []
    if name == "uom":
        old, new = _normalize_unit(current), _normalize_unit(desired)
        return [] if new is not None and is_same_unit(old, new) else [Change(f"{path}.unit", old, new)]
    if name in _KEYS and isinstance(desired, list):
        return _find_changes_of_maps(current, desired, path, name)
    if name == "unique":
        is_same = _normalize_groups(current) == _normalize_groups(desired)
        return [] if is_same else [Change(path, current, desired)]
    if isinstance(desired, dict) and isinstance(current, dict):
        return [
            part
            for key, value in desired.items()
            for part in find_changes(
                current.get(key), value, f"{path}.{key}" if path else key, _get_semantic_key(name, key)
            )
        ]
    if isinstance(desired, list) and isinstance(current, list) and len(current) == len(desired):
        pairs = enumerate(zip(current, desired))
        return [
            part
            for place, (one, other) in pairs
            for part in find_changes(one, other, f"{path}[{place}]", _get_inner(name))
        ]
    if name in _ENUMS and str(current).lower() == str(desired).lower():
        return []
    return [] if is_satisfied(current, desired) else [Change(path, current, desired)]


def _find_changes_of_maps(current: Any, desired: Any, path: str, name: str) -> list[Change]:
    old, new = _index_by_key(current, _KEYS[name]), _index_by_key(desired, _KEYS[name])
    found = []
    for key in sorted({*old, *new}):
        place = f"{path}[{key}]"
        if key in old and key in new:
            found += find_changes(old[key], new[key], place)
        else:
            found.append(Change(place, _show_entry(old.get(key), name), _show_entry(new.get(key), name)))
    return found


def _show_entry(entry: Any, name: str) -> Any:
    """Return an entry of a list without what servers add to it; if only its key is left, that key."""
    written = _select_keys(entry, _ENTRIES.get(name))
    key = _KEYS[name]
    return written[key] if isinstance(written, dict) and list(written) == [key] else written


def merge(current: Any, desired: Any, name: str = "") -> Any:
    """Return the whole value to write: the desired one, and what else exists.

    A list that is a map keeps the desired entries, each with its additional values, in their current order; new ones
    are appended.
    """
    if name == "uom":
        return desired
    if name in _KEYS and isinstance(desired, list):
        there, desired_names = _index_by_key(current, _KEYS[name]), _index_by_key(desired, _KEYS[name])
        return [merge(there[key], desired_names[key]) for key in there if key in desired_names] + [
            entry for key, entry in desired_names.items() if key not in there
        ]
    if isinstance(desired, dict) and isinstance(current, dict):
        changes = {key: merge(current.get(key), value, _get_semantic_key(name, key)) for key, value in desired.items()}
        return {**current, **changes}
    return desired


def to_writable(value: Any, name: str = "") -> Any:
    """Return the value as it is written: a unit that was read has its kind and its factor as well (seen)."""
    if isinstance(value, dict):
        if name == "uom":
            return {"unit": value.get("unit")}
        return {key: to_writable(inner, _get_semantic_key(name, key)) for key, inner in value.items()}
    return [to_writable(item, _get_inner(name)) for item in value] if isinstance(value, list) else value


def _get_semantic_key(name: str, key: str) -> str:
    """Return the key if it has a meaning below ``name``; user-defined names have none."""
    if name in _USER_KEYED:
        return key if key in _MEASURES and name == "attributes" else _USER_KEY
    return _USER_KEY if name == _USER_KEY else key


def _get_inner(name: str) -> str:
    """Return the meaning of the entries of a list, given its name."""
    return _USER_KEY if name == _USER_KEY else ""


def _normalize_unit(uom: Any) -> Any:
    return uom.get("unit") if isinstance(uom, dict) else uom


def _index_by_key(entries: Any, key: str) -> dict[str, Any]:
    return {_get_key(entry, key): entry for entry in entries} if isinstance(entries, list) else {}


def _get_key(entry: Any, key: str) -> str:
    name = str(entry.get(key) if isinstance(entry, dict) else entry)
    return name.lower() if key == "locale" else name


def _normalize_groups(unique: Any) -> list[list[str]]:
    return sorted(sorted(_list_names(group)) for group in unique) if isinstance(unique, list) else []


def _list_names(group: Any) -> Iterator[str]:
    return (str(name) for name in (group if isinstance(group, list) else [group]))


# The keys that a client writes in entries of lists (documented). Servers number them as well (seen).
_ENTRIES: dict[str, dict[str, Any]] = {
    "exhaustive_pdea_list": {
        "field_name": None,
        "field_data_type": None,
        "display_data": {"locale": None, "display_name": None},
    },
    "barcodeList": {"barcode": None},
    "barcode": {"barcode": None},
}
# These keys of each packaging level are generated (documented; seen).
_OF_LEVELS = ("levelType", "id")


def strip_generated_keys(key: str, value: Any) -> Any:
    """Return the value of a key of master data without what servers add within it, for files shared between sites."""
    if key == "itemConfig":
        return _strip_level(value)
    return _select_keys(value, _ENTRIES.get(key))


def _select_keys(value: Any, parts: dict[str, Any] | None) -> Any:
    if parts is None:
        return value
    if isinstance(value, list):
        return [_select_keys(entry, parts) for entry in value]
    if isinstance(value, dict):
        return {name: _select_keys(inner, parts[name]) for name, inner in value.items() if name in parts}
    return value


def _strip_level(value: Any) -> Any:
    if isinstance(value, list):
        return [_strip_level(entry) for entry in value]
    if not isinstance(value, dict):
        return value
    if "label" not in value and "barcode" in value:
        return _select_keys(value, _ENTRIES["barcodeList"])
    return {name: _strip_level(inner) for name, inner in value.items() if name not in _OF_LEVELS}
