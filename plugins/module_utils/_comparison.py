# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

from typing import Any

# Documented as sets: a server may give them back in any order.
SETS = frozenset({"additionalTags", "conditionIds", "permissionIds", "promotedTagKeys", "roleIds", "teamIds", "values"})
# Maps whose keys are the user's own: a server adds none, so one that is not named any more is to go.
MAPS = frozenset(
    {
        "additionalAttributes",
        "additionalTags",
        "attributes",
        "conditions",
        "filterTags",
        "inputs",
        "jobTags",
        "masks",
        "messageMasks",
        "rules",
        "triggers",
        "variables",
    }
)


def wish_of(**fields: Any) -> dict[str, Any]:
    """The keys of the API that a user said something about."""
    return {key: value for key, value in fields.items() if value is not None}


def is_empty(value: Any) -> bool:
    """Whether it says nothing: servers leave such values out, or put one of these in the place of another."""
    return value is None or value in ("", [], {})


def covers(current: Any, desired: Any, name: str = "") -> bool:
    """Whether what is there already holds what is wanted. What the server has besides makes no difference.

    Numbers are compared by value, lists item by item in their order (but those of SETS), and of MAPS all keys; all
    that is empty is equal.

    :param name: the key that both stand under.
    """
    if desired == {} and name not in MAPS:
        # It names no key, so it says nothing of those that are there.
        return is_empty(current) or isinstance(current, dict)
    if is_empty(desired):
        return is_empty(current)
    if isinstance(desired, dict):
        return (
            isinstance(current, dict)
            and all(covers(current.get(key), value, str(key)) for key, value in desired.items())
            and not (name in MAPS and any(key not in desired and not is_empty(current[key]) for key in current))
        )
    if isinstance(desired, list):
        if not isinstance(current, list) or len(current) != len(desired):
            return False
        if _is_set(name, desired):
            return sorted(map(str, current)) == sorted(map(str, desired))
        return all(covers(one, other) for one, other in zip(current, desired))
    if isinstance(desired, bool) or isinstance(current, bool):
        return current is desired
    return bool(current == desired)


def shared(current: Any, desired: Any, name: str = "") -> Any:
    """Of what is there, the part that the wish speaks of: for a diff that is empty when nothing will change."""
    if isinstance(desired, dict) and isinstance(current, dict):
        keys = current if name in MAPS else [key for key in desired if key in current]
        return {key: shared(current[key], desired[key], str(key)) if key in desired else current[key] for key in keys}
    if isinstance(desired, list) and isinstance(current, list) and len(current) == len(desired):
        return [shared(one, other) for one, other in zip(current, desired)]
    return current


def merged(current: Any, desired: Any, name: str = "") -> Any:
    """The whole to write where only a part is wished for: the wish, and what else is there.

    What already holds what is wanted stays as it is. A thing of another ``type`` is another thing, of which nothing
    stays. A list becomes the one that is wished for, with such items as can stay.
    """
    if current is not None and covers(current, desired, name):
        return current
    if isinstance(desired, dict) and isinstance(current, dict):
        if "type" in desired and "type" in current and desired["type"] != current["type"]:
            return desired
        kept = {key: value for key, value in current.items() if name not in MAPS or key in desired}
        return {**kept, **{key: merged(current.get(key), value, str(key)) for key, value in desired.items()}}
    if isinstance(desired, list) and isinstance(current, list) and not _is_set(name, desired):
        return [_kept(current, number, item) for number, item in enumerate(desired)]
    return desired


def _kept(items: list[Any], number: int, desired: Any) -> Any:
    """An item as it is there, at its old place or at another one; else as it is wished for."""
    near = items[number : number + 1]
    return next((item for item in [*near, *items] if not is_empty(item) and covers(item, desired)), desired)


def _is_set(name: str, items: list[Any]) -> bool:
    return name in SETS and not any(isinstance(item, (dict, list)) for item in items)
