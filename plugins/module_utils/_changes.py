# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The changes between two views of a resource, as text for people and as data."""

from __future__ import annotations

import difflib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ._comparison import is_empty, is_same
from ._redaction import MASK, escape_unprintable

if TYPE_CHECKING:
    from collections.abc import Iterator

_ARROW = "->"
# Longer values are shown as a diff, of which the lines and their number are limited.
_LONGEST_VALUE = 80
_LONGEST_LINE = 200
_MOST_LINES = 20
# How many characters are shown before the first difference of two long lines.
_CONTEXT = 40


@dataclass(frozen=True)
class Change:
    """A value that differs. ``path`` is dotted, such as ``vertices.only_web.query`` or ``rules[2].pattern``.

    None is a value that does not exist. A secret contains its mask instead of the values.
    """

    path: str
    before: Any
    after: Any
    secret: bool = False

    def as_text(self) -> list[str]:
        """The line ``path: old -> new``; for values that do not fit into a line, ``path: changed`` and a unified diff,
        indented."""
        if self.secret:
            return [escape_unprintable(f"{self.path}: changed")]
        old, new = _to_text(self.before), _to_text(self.after)
        if old == new:  # a string and a number, or another line break at the end
            old, new = (json.dumps(value, ensure_ascii=False) for value in (self.before, self.after))
        if _fits(old) and _fits(new):
            return [escape_unprintable(f"{self.path}: {old} {_ARROW} {new}")]
        word = "added" if is_empty(self.before) else "removed" if is_empty(self.after) else "changed"
        lines = [
            f"{self.path}: {word}",
            *(f"  {line}" for line in _diff(_to_lines(self.before), _to_lines(self.after))),
        ]
        return [escape_unprintable(line) for line in lines]

    def as_result(self) -> dict[str, Any]:
        return {"path": self.path, "before": self.before, "after": self.after}


def list_changes(
    before: Mapping[str, Any], after: Mapping[str, Any], secret_keys: Collection[str] = ()
) -> list[Change]:
    """Return the values that differ. All empty values are equal, and numbers are compared by value.

    Dictionaries are compared key by key, and lists of dictionaries that are equally long item by item; all other values
    are compared as a whole.

    :param secret_keys: the keys, at any depth, whose values are secrets with all that they contain.
    """
    return list(_iter_changes("", before, after, secret_keys, secret=False))


def format_changes(changes: Collection[Change]) -> dict[str, Any]:
    """Return the keys ``changes`` and ``differences`` of a result: the changes as lines of text, and as data."""
    return {
        "changes": [line for change in changes for line in change.as_text()],
        "differences": [change.as_result() for change in changes],
    }


def _iter_changes(
    path: str, before: Any, after: Any, secret_keys: Collection[str], *, secret: bool
) -> Iterator[Change]:
    if is_same(before, after):
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in {**before, **after}:
            place, is_secret = f"{path}.{key}" if path else str(key), secret or key in secret_keys
            yield from _iter_changes(place, before.get(key), after.get(key), secret_keys, secret=is_secret)
    elif _is_list_of_dicts(before) and _is_list_of_dicts(after) and len(before) == len(after):
        for number, pair in enumerate(zip(before, after)):
            yield from _iter_changes(f"{path}[{number}]", *pair, secret_keys, secret=secret)
    elif secret:
        yield Change(path, MASK, MASK, secret=True)
    else:
        yield Change(path, before, after)


def _is_list_of_dicts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, Mapping) for item in value)


def _is_list_of_scalars(value: Any) -> bool:
    return isinstance(value, list) and not any(isinstance(item, (list, Mapping)) for item in value)


def _to_text(value: Any) -> str:
    if is_empty(value):
        return "none"
    if _is_list_of_scalars(value):
        return ", ".join(map(_to_text, value))
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _fits(text: str) -> bool:
    """Whether a text can be read in ``old -> new``."""
    return len(text) <= _LONGEST_VALUE and _ARROW not in text and len(text.splitlines()) == 1


def _to_lines(value: Any) -> list[str]:
    if is_empty(value):
        return []
    if _is_list_of_scalars(value):
        return "\n".join(map(_to_text, value)).splitlines()
    return (value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)).splitlines()


def _diff(old: list[str], new: list[str]) -> list[str]:
    if len(old) == len(new) == 1:
        pairs = enumerate(zip(old[0], new[0]))
        start = next((place for place, (one, other) in pairs if one != other), min(len(old[0]), len(new[0])))
        return [f"-{_cut(old[0], start)}", f"+{_cut(new[0], start)}"]
    # Without the names of the files and the position of the first difference.
    lines = [_cut(line) for line in list(difflib.unified_diff(old, new, n=1, lineterm=""))[3:]]
    left_out = len(lines) - _MOST_LINES
    return lines if left_out <= 0 else [*lines[:_MOST_LINES], f"... and {left_out} more lines"]


def _cut(line: str, start: int = 0) -> str:
    """Return the part of a long line around a position."""
    if len(line) <= _LONGEST_LINE:
        return line
    begin = max(0, min(start - _CONTEXT, len(line) - _LONGEST_LINE))
    part = line[begin : begin + _LONGEST_LINE]
    return f"{'...' if begin else ''}{part}{'...' if begin + len(part) < len(line) else ''}"
