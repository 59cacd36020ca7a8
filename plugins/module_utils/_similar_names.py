# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Suggestions for names that do not exist: the nearest of those that do."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_MAX_SHOWN = 5
# Shorter names are parts of too many others.
_MIN_LENGTH = 3


def find_nearest(name: str, known: Iterable[str]) -> list[str]:
    """Return the most similar of the known names, best first, then those that contain the name, regardless of case."""
    lower, names = name.lower(), {one.lower(): one for one in sorted(known, reverse=True)}
    near = get_close_matches(lower, names, n=_MAX_SHOWN)
    if len(lower) >= _MIN_LENGTH:
        near += [one for one in reversed(names) if lower in one]
    return [names[one] for one in dict.fromkeys(near)][:_MAX_SHOWN]


def describe_nearest(name: str, known: Iterable[str]) -> str:
    """Return a sentence with the nearest of the known names, else with the first of them, and how many more exist."""
    names = sorted({*known})
    nearest = find_nearest(name, names)
    if not nearest:
        return f"There are: {join_first(names) or 'none'}."
    more = len(names) - len(nearest)
    return f"The nearest are: {', '.join(nearest)}." + (f" There are {more} more." if more else "")


def append_nearest(name: str, known: Iterable[str]) -> str:
    """Return the end of a sentence with the nearest names: ``; the nearest: a, b``. Empty if none is similar."""
    nearest = find_nearest(name, known)
    return f"; the nearest: {', '.join(nearest)}" if nearest else ""


def suggest(name: str, *groups: Iterable[str]) -> list[str]:
    """Return the nearest name of the first group that has one, as a list; empty if none is similar."""
    return next(filter(None, (find_nearest(name, group) for group in groups)), [])[:1]


def ask(suggestions: Iterable[str]) -> str:
    """Return the beginning of a hint: ``Did you mean a, b?`` and a blank; empty without suggestions."""
    names = ", ".join(dict.fromkeys(suggestions))
    return f"Did you mean {names}? " if names else ""


def join_first(names: Sequence[str]) -> str:
    """Return the first of the names, and how many more there are: ``a, b, c, d, e and 2 more``."""
    more = len(names) - _MAX_SHOWN
    return ", ".join(names[:_MAX_SHOWN]) + (f" and {more} more" if more > 0 else "")
