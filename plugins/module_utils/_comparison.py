# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

from typing import Any

# Documented as sets: a server may give them back in any order.
SETS = frozenset({"additionalTags", "conditionIds", "permissionIds", "promotedTagKeys", "roleIds", "teamIds", "values"})


def is_empty(value: Any) -> bool:
    """Whether it says nothing: servers leave such values out, or put one of these in the place of another."""
    return value is None or value in ("", [], {})


def covers(current: Any, desired: Any, name: str = "") -> bool:
    """Whether what is there already holds what is wanted. What the server has besides makes no difference.

    Numbers are compared by value, lists item by item in their order (but those of SETS); all that is empty is equal.

    :param name: the key that both stand under.
    """
    if is_empty(desired):
        return is_empty(current)
    if isinstance(desired, dict):
        return isinstance(current, dict) and all(covers(current.get(key), value, key) for key, value in desired.items())
    if isinstance(desired, list):
        if not isinstance(current, list) or len(current) != len(desired):
            return False
        if name in SETS:
            return sorted(map(str, current)) == sorted(map(str, desired))
        return all(covers(one, other) for one, other in zip(current, desired))
    if isinstance(desired, bool) or isinstance(current, bool):
        return current is desired
    return bool(current == desired)


def shared(current: Any, desired: Any) -> Any:
    """Of what is there, the part that the wish speaks of: for a diff that is empty when nothing will change."""
    if isinstance(desired, dict) and isinstance(current, dict):
        return {key: shared(current[key], value) for key, value in desired.items() if key in current}
    if isinstance(desired, list) and isinstance(current, list) and len(current) == len(desired):
        return [shared(one, other) for one, other in zip(current, desired)]
    return current


def merged(current: Any, desired: Any) -> Any:
    """The whole to write where only a part is wished for: the wish, and what else is there."""
    if isinstance(desired, dict) and isinstance(current, dict):
        return {**current, **{key: merged(current.get(key), value) for key, value in desired.items()}}
    return desired
