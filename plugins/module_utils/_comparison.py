# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

from typing import Any

# Documented as sets: a server may return the items in any order.
UNORDERED_KEYS = frozenset(
    {"additionalTags", "conditionIds", "permissionIds", "promotedTagKeys", "roleIds", "teamIds", "values"}
)
# Maps whose keys belong to the user: a server adds none, so a key that is not desired is removed.
REPLACED_MAPS = frozenset(
    {
        "additionalAttributes",
        "additionalTags",
        "aggFnOverrides",
        "attributes",
        "conditions",
        "filterTags",
        "inputs",
        "jobTags",
        "masks",
        "messageMasks",
        "rules",
        "tagMappings",
        "templateInputs",
        "triggers",
        "variables",
    }
)
# The name of an item of a list of events, whose maps belong to the user.
_EVENT = "values[]"
# Values that belong to the user with all that they contain.
WHOLE_MAPS = frozenset(
    {"additionalAttributes", "templateInputs", "value", "variables", f"{_EVENT}.attributes", f"{_EVENT}.tags"}
)


def drop_none(**fields: Any) -> dict[str, Any]:
    """The keys for the API that the user has set."""
    return {key: value for key, value in fields.items() if value is not None}


def is_empty(value: Any) -> bool:
    """Whether a value is empty: servers omit such values, or replace one of them with another."""
    return value is None or value in ("", [], {})


def is_satisfied(current: Any, desired: Any, name: str = "") -> bool:
    """Whether the current value contains the desired one. Additional keys of the server are ignored.

    Numbers are compared by value, lists item by item in order (except those in UNORDERED_KEYS), and all keys of
    REPLACED_MAPS, in WHOLE_MAPS at any depth; all empty values are equal.

    :param name: the key of both values.
    """
    if name in WHOLE_MAPS and isinstance(desired, dict) and isinstance(current, dict):
        return is_same(current, desired)
    if desired == {} and name not in REPLACED_MAPS:
        # An empty dictionary names no key, so the current keys are not compared.
        return is_empty(current) or isinstance(current, dict)
    if is_empty(desired):
        return is_empty(current)
    if isinstance(desired, dict):
        return (
            isinstance(current, dict)
            and all(is_satisfied(current.get(key), value, _get_name(name, key)) for key, value in desired.items())
            and not (
                name in REPLACED_MAPS and any(key not in desired and not is_empty(current[key]) for key in current)
            )
        )
    if isinstance(desired, list):
        if not isinstance(current, list) or len(current) != len(desired):
            return False
        if _is_unordered(name, desired):
            return sorted(map(str, current)) == sorted(map(str, desired))
        return all(is_satisfied(*pair, _get_item_name(name)) for pair in zip(current, desired))
    if isinstance(desired, bool) or isinstance(current, bool):
        return current is desired
    return bool(current == desired)


def is_same(current: Any, desired: Any) -> bool:
    """Whether two values are equal, except that all empty values are equal, and numbers are compared by value."""
    if isinstance(desired, dict) and isinstance(current, dict):
        return all(is_same(current.get(key), desired.get(key)) for key in {*current, *desired})
    if isinstance(desired, list) and isinstance(current, list):
        return len(current) == len(desired) and all(is_same(*pair) for pair in zip(current, desired))
    if isinstance(desired, bool) or isinstance(current, bool):
        return current is desired
    return (is_empty(current) and is_empty(desired)) or bool(current == desired)


def project(current: Any, desired: Any, name: str = "") -> Any:
    """The part of the current value that the desired value covers: for a diff that is empty if nothing will change."""
    if name in WHOLE_MAPS:
        return current
    if isinstance(desired, dict) and isinstance(current, dict):
        keys = current if name in REPLACED_MAPS else [key for key in desired if key in current]
        return {
            key: project(current[key], desired[key], _get_name(name, key)) if key in desired else current[key]
            for key in keys
        }
    if isinstance(desired, list) and isinstance(current, list) and len(current) == len(desired):
        return [project(*pair, _get_item_name(name)) for pair in zip(current, desired)]
    return current


def merge(current: Any, desired: Any, name: str = "") -> Any:
    """The complete value to write for a partial desired value: the desired value, and all other current keys.

    A current value that contains the desired one is kept. An object of another ``type`` is another object, of which
    nothing is kept. A list becomes the desired list, with the current items that satisfy it.
    """
    if current is not None and is_satisfied(current, desired, name):
        return current
    if name in WHOLE_MAPS:
        return desired
    if isinstance(desired, dict) and isinstance(current, dict):
        if "type" in desired and "type" in current and desired["type"] != current["type"]:
            return desired
        kept = {key: value for key, value in current.items() if name not in REPLACED_MAPS or key in desired}
        return {**kept, **{key: merge(current.get(key), value, _get_name(name, key)) for key, value in desired.items()}}
    if isinstance(desired, list) and isinstance(current, list) and not _is_unordered(name, desired):
        return [_keep_item(current, number, item, _get_item_name(name)) for number, item in enumerate(desired)]
    return desired


def _keep_item(items: list[Any], number: int, desired: Any, name: str) -> Any:
    """The current item that satisfies the desired one, at the same or another position; else the desired item."""
    near = items[number : number + 1]
    return next((item for item in [*near, *items] if not is_empty(item) and is_satisfied(item, desired, name)), desired)


def _get_name(parent: str, key: object) -> str:
    return f"{parent}.{key}" if parent == _EVENT else str(key)


def _get_item_name(name: str) -> str:
    return _EVENT if name == "values" else ""


def _is_unordered(name: str, items: list[Any]) -> bool:
    return name in UNORDERED_KEYS and not any(isinstance(item, (dict, list)) for item in items)
