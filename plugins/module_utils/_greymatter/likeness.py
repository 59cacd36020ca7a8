# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.greyops.rest.plugins.module_utils._comparison import covers, is_empty
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.units import same_unit

if TYPE_CHECKING:
    from collections.abc import Iterator

# Lists that are maps in truth: their order says nothing, and each is written whole.
_KEYS = {"exhaustive_pdea_list": "field_name", "display_data": "locale", "barcodeList": "barcode", "barcode": "barcode"}
# Enums, which services write in either case.
_ENUMS = frozenset({"field_data_type", "type", "locale"})
# Dictionaries whose keys are names that somebody chose: they mean nothing here, but for the two that are documented.
_FREE = frozenset({"attributes", "productAttributes", "categoryAttributes"})
_MEASURES = frozenset({"weight", "dimension"})
_CHOSEN = "chosen"


def differences(current: Any, desired: Any, path: str = "", name: str = "") -> list[str]:
    """The paths at which what is there does not hold what is wished for. What the server has besides is none.

    Numbers are compared by value, units by their meaning, and lists that are maps by their keys; all that is empty is
    equal. An empty dictionary wishes for nothing.

    :param name: the key that both stand under, if it means something.
    """
    if desired == {} or (is_empty(desired) and is_empty(current)):
        return []
    if name == "uom":
        return [] if _unit(desired) is not None and same_unit(_unit(current), _unit(desired)) else [f"{path}.unit"]
    if name in _KEYS and isinstance(desired, list):
        return _differences_of_maps(_by_key(current, _KEYS[name]), _by_key(desired, _KEYS[name]), path)
    if name == "unique":
        return [] if _groups(current) == _groups(desired) else [path]
    if isinstance(desired, dict) and isinstance(current, dict):
        return [
            part
            for key, value in desired.items()
            for part in differences(current.get(key), value, f"{path}.{key}" if path else key, _meaning(name, key))
        ]
    if isinstance(desired, list) and isinstance(current, list) and len(current) == len(desired):
        pairs = enumerate(zip(current, desired))
        return [
            part for place, (one, other) in pairs for part in differences(one, other, f"{path}[{place}]", _inner(name))
        ]
    if name in _ENUMS and str(current).lower() == str(desired).lower():
        return []
    return [] if covers(current, desired) else [path]


def _differences_of_maps(there: dict[str, Any], wished: dict[str, Any], path: str) -> list[str]:
    found = []
    for key in sorted({*there, *wished}):
        if key in there and key in wished:
            found += differences(there[key], wished[key], f"{path}[{key}]")
        else:
            found.append(f"{path}[{key}]")
    return found


def merged(current: Any, desired: Any, name: str = "") -> Any:
    """The whole to write: the wish, and what else is there.

    A list that is a map has the entries that are wished for, with what else each of them has, in the order in which
    they are there; new ones follow.
    """
    if name == "uom":
        return desired
    if name in _KEYS and isinstance(desired, list):
        there, wished = _by_key(current, _KEYS[name]), _by_key(desired, _KEYS[name])
        return [merged(there[key], wished[key]) for key in there if key in wished] + [
            entry for key, entry in wished.items() if key not in there
        ]
    if isinstance(desired, dict) and isinstance(current, dict):
        wish = {key: merged(current.get(key), value, _meaning(name, key)) for key, value in desired.items()}
        return {**current, **wish}
    return desired


def written(value: Any, name: str = "") -> Any:
    """The same in the form that is written: a unit that was read has its kind and its factor besides (seen)."""
    if isinstance(value, dict):
        if name == "uom":
            return {"unit": value.get("unit")}
        return {key: written(inner, _meaning(name, key)) for key, inner in value.items()}
    return [written(item, _inner(name)) for item in value] if isinstance(value, list) else value


def _meaning(name: str, key: str) -> str:
    """A key, if it means something below that other one; below names that somebody chose none does."""
    if name in _FREE:
        return key if key in _MEASURES and name == "attributes" else _CHOSEN
    return _CHOSEN if name == _CHOSEN else key


def _inner(name: str) -> str:
    """What the name of a list means for what is in it."""
    return _CHOSEN if name == _CHOSEN else ""


def _unit(uom: Any) -> Any:
    return uom.get("unit") if isinstance(uom, dict) else uom


def _by_key(entries: Any, key: str) -> dict[str, Any]:
    return {_key(entry, key): entry for entry in entries} if isinstance(entries, list) else {}


def _key(entry: Any, key: str) -> str:
    name = str(entry.get(key) if isinstance(entry, dict) else entry)
    return name.lower() if key == "locale" else name


def _groups(unique: Any) -> list[list[str]]:
    return sorted(sorted(_names(group)) for group in unique) if isinstance(unique, list) else []


def _names(group: Any) -> Iterator[str]:
    return (str(name) for name in (group if isinstance(group, list) else [group]))
