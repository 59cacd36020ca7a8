# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What a test expects of the events of a vertex, and how the events differ from it."""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    Event = dict[str, Any]

_KEYS = ("events", "count", "absent")
_MAX_SHOWN = 200


@dataclass(frozen=True)
class Failure:
    """An expectation that the events do not meet, with a line for each difference."""

    message: str
    differences: tuple[str, ...] = ()


@dataclass(frozen=True)
class Expectation:
    """The expected events, the number of all events, and the events that must not occur.

    An event is given by a part of its fields, which an actual event must contain.
    """

    events: Sequence[Event] = ()
    count: int | None = None
    absent: Sequence[Event] = ()

    @classmethod
    def parse(cls, value: Any) -> Expectation:
        """Build it from a value without problems."""
        count = value.get("count")
        return cls(value.get("events") or (), None if count is None else int(count), value.get("absent") or ())

    def check(self, actual: Sequence[Event]) -> Iterator[Failure]:
        """Compare it with the events that a vertex returned, which can be in any order."""
        if self.count is not None and len(actual) != self.count:
            yield Failure(f"expected {_count_events(self.count)}, got {len(actual)}")
        for number, position in enumerate(match_events(self.events, actual)):
            if position is None:
                yield _describe_missing(f"events[{number}]", self.events[number], actual)
        for number, unwanted in enumerate(self.absent):
            found = [position for position, event in enumerate(actual) if not compare_event(unwanted, event)]
            if found:
                shown = tuple(f"event {position}: {_format(actual[position])}" for position in found)
                yield Failure(f"absent[{number}] matches {_count_events(len(found))}", shown)


def validate_expectation(value: Any, path: str) -> list[str]:
    """Return everything wrong with a value that describes an expectation."""
    if not isinstance(value, dict):
        return [f"{path} must be a dictionary with {', '.join(_KEYS)}"]
    unknown = [key for key in value if key not in _KEYS]
    problems = [f"{path}.{key} is not a key of an expectation: its keys are {', '.join(_KEYS)}" for key in unknown]
    for key in ("events", "absent"):
        problems += validate_events(value.get(key) or [], f"{path}.{key}")
    count = value.get("count")
    if count is not None and (isinstance(count, bool) or not str(count).isdecimal()):
        problems.append(f"{path}.count must be a number, 0 or more")
    if not problems and count is None and not value.get("events") and not value.get("absent"):
        problems.append(f"{path} expects nothing: it requires events, count or absent")
    return problems


def validate_events(value: Any, path: str) -> list[str]:
    if not isinstance(value, list):
        return [f"{path} must be a list of events"]
    return [
        f"{path}[{number}] must be a dictionary" for number, event in enumerate(value) if not isinstance(event, dict)
    ]


def match_events(expected: Sequence[Event], actual: Sequence[Event]) -> list[int | None]:
    """Return for each expected event the position of an actual event of its own; None if there is none.

    As many as possible are matched: an expected event gives up its actual event if it can have another one.
    """
    candidates = [
        [position for position, event in enumerate(actual) if not compare_event(wanted, event)] for wanted in expected
    ]
    matched: dict[int, int] = {}  # positions of actual events by those of expected events
    owners: dict[int, int] = {}  # the reverse
    for number in range(len(expected)):
        _augment(number, candidates, matched, owners)
    return [matched.get(number) for number in range(len(expected))]


def _augment(start: int, candidates: list[list[int]], matched: dict[int, int], owners: dict[int, int]) -> None:
    """Match one more expected event along a shortest augmenting path, if there is one."""
    reached_from: dict[int, int] = {}
    waiting = deque([start])
    while waiting:
        number = waiting.popleft()
        for position in candidates[number]:
            if position in reached_from:
                continue
            reached_from[position] = number
            if position in owners:
                waiting.append(owners[position])
                continue
            free: int | None = position
            while free is not None:
                owner = reached_from[free]
                owners[free], matched[owner], free = owner, free, matched.get(owner)
            return


def compare_event(expected: Event, actual: Event) -> list[str]:
    """Return the differences between an expected and an actual event; empty if the actual one contains the expected.

    Tags are sets, so the expected values must be among the actual ones.
    """
    differences: list[str] = []
    for key, value in expected.items():
        if key == "tags" and isinstance(value, dict):
            tags = actual.get(key) or {}
            for name, values in value.items():
                differences += _compare_tag(values, tags.get(name), f"{key}.{name}")
        else:
            differences += _compare(value, actual.get(key), str(key))
    return differences


def list_tag_values(value: Any) -> list[Any]:
    """Return the values of a tag, which can be given without a list if there is only one."""
    return value if isinstance(value, list) else [value]


def _compare_tag(expected: Any, actual: Any, path: str) -> Iterator[str]:
    if expected is None or actual is None:
        yield from _compare(expected, actual, path)
    elif any(value not in list_tag_values(actual) for value in list_tag_values(expected)):
        yield f"{path}: expected {_format(expected)}, got {_format(actual)}"


def _compare(expected: Any, actual: Any, path: str) -> Iterator[str]:
    """Compare fields: a dictionary must contain the expected keys, and null is equal to a missing field."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        for key, value in expected.items():
            yield from _compare(value, actual.get(key), f"{path}.{key}")
    elif isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        for number, (value, other) in enumerate(zip(expected, actual)):
            yield from _compare(value, other, f"{path}[{number}]")
    elif isinstance(expected, bool) != isinstance(actual, bool) or expected != actual:
        got = "nothing" if actual is None else _format(actual)
        yield f"{path}: expected {'nothing' if expected is None else _format(expected)}, got {got}"


def _describe_missing(name: str, expected: Event, actual: Sequence[Event]) -> Failure:
    if not actual:
        return Failure(f"{name} matches no event, because there is none")
    differences = [compare_event(expected, event) for event in actual]
    closest = min(range(len(actual)), key=lambda position: len(differences[position]))
    if not differences[closest]:
        return Failure(f"{name} matches only events that other expected events match")
    return Failure(f"{name} matches no event, and differs least from event {closest}", tuple(differences[closest]))


def _count_events(count: int) -> str:
    return f"{count} event{'' if count == 1 else 's'}"


def _format(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}..."
