# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Events are compared with expected ones: subsets, the largest matching, and differences that can be read."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.greyops.rest.plugins.module_utils._grepr.expectations import (
    Expectation,
    Failure,
    compare_event,
    match_events,
)


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        ({}, {"message": "x"}),
        ({"severity": 9}, {"severity": 9.0, "id": "1"}),
        ({"tags": {"service": "web"}}, {"tags": {"service": ["api", "web"], "env": ["x"]}}),
        ({"tags": {"service": ["web", "api"]}}, {"tags": {"service": ["api", "web"]}}),
        ({"tags": {"env": None}}, {"tags": {"service": ["web"]}}),
        ({"tags": {}}, {}),
        ({"attributes": {"a": {"b": 1}}}, {"attributes": {"a": {"b": 1, "c": 2}, "d": 3}}),
        ({"attributes": {"a": [{"b": 1}]}}, {"attributes": {"a": [{"b": 1, "c": 2}]}}),
        ({"message": None}, {}),
    ],
)
def test_event_contains_another(expected: dict[str, Any], actual: dict[str, Any]) -> None:
    assert compare_event(expected, actual) == []


@pytest.mark.parametrize(
    ("expected", "actual", "differences"),
    [
        ({"severity": 17, "message": "x"}, {"severity": 9, "message": "x"}, ["severity: expected 17, got 9"]),
        ({"id": "a", "message": "x"}, {}, ['id: expected "a", got nothing', 'message: expected "x", got nothing']),
        ({"severity": "9"}, {"severity": 9}, ['severity: expected "9", got 9']),
        ({"attributes": {"a": 1}}, {"attributes": {"a": True}}, ["attributes.a: expected 1, got true"]),
        ({"attributes": {"a": None}}, {"attributes": {"a": 0}}, ["attributes.a: expected nothing, got 0"]),
        ({"attributes": {"a": [1, 2]}}, {"attributes": {"a": [1]}}, ["attributes.a: expected [1, 2], got [1]"]),
        ({"attributes": {"a": [1, 2]}}, {"attributes": {"a": [1, 3]}}, ["attributes.a[1]: expected 2, got 3"]),
        ({"attributes": {"a": {"b": 1}}}, {"attributes": {"a": 5}}, ['attributes.a: expected {"b": 1}, got 5']),
        ({"tags": {"t": ["a", "b"]}}, {"tags": {"t": ["a"]}}, ['tags.t: expected ["a", "b"], got ["a"]']),
        ({"tags": {"t": "a"}}, {}, ['tags.t: expected "a", got nothing']),
        ({"tags": {"t": None}}, {"tags": {"t": ["a"]}}, ['tags.t: expected nothing, got ["a"]']),
        ({"message": "x" * 300}, {"message": 1}, [f'message: expected "{"x" * 199}..., got 1']),
    ],
)  # fmt: skip
def test_differences(expected: dict[str, Any], actual: dict[str, Any], differences: list[str]) -> None:
    assert compare_event(expected, actual) == differences


@given(st.lists(st.sets(st.integers(0, 3)), max_size=4), st.integers(0, 4))
def test_matching_is_the_largest(wanted: list[set[int]], count: int) -> None:
    """Each actual event has the fields of those expected events that it matches. The best order is tried out."""
    actual = [{f"f{number}": 1 for number, met in enumerate(wanted) if position in met} for position in range(count)]
    expected = [{f"f{number}": 1} for number in range(len(wanted))]
    found = match_events(expected, actual)
    used = [position for position in found if position is not None]
    assert len(set(used)) == len(used)
    assert all(position in wanted[number] for number, position in enumerate(found) if position is not None)
    size = max(
        sum(position in wanted[number] for number, position in enumerate(order))
        for order in permutations([*range(count), *[-1] * len(wanted)], len(wanted))
    ) if wanted else 0  # fmt: skip
    assert len(used) == size


def test_many_events_of_a_chain() -> None:
    """Each but the last can have two events; recursion would be too deep."""
    count = 1500
    actual = [{"attributes": {str(number): 1, str(number + 1): 1}} for number in range(count)]
    expected = [{"attributes": {str(number): 1}} for number in [*range(1, count + 1)]]
    assert None not in match_events(expected, actual)


def check(actual: list[dict[str, Any]], **expected: Any) -> list[Failure]:
    return list(Expectation.parse(expected).check(actual))


def test_what_is_met() -> None:
    assert check([], count=0) == []
    assert check([{"a": 1}, {"a": 2}], events=[{"a": 2}], count="2", absent=[{"a": 3}]) == []


def test_failures() -> None:
    assert check([], count=1, events=[{"a": 1}]) == [
        Failure("expected 1 event, got 0"),
        Failure("events[0] matches no event, because there is none"),
    ]
    assert check([{"a": 1}, {"a": 2}], events=[{"a": 1}, {"a": 1}]) == [
        Failure("events[1] matches only events that other expected events match")
    ]
    assert check([{"a": 1, "b": 1}, {"a": 2, "b": 3}], events=[{"a": 2, "b": 2}]) == [
        Failure("events[0] matches no event, and differs least from event 1", ("b: expected 2, got 3",))
    ]
    assert check([{"a": 1}, {"a": 2}, {"a": 1, "b": "ü"}], absent=[{"c": 1}, {"a": 1}]) == [
        Failure("absent[1] matches 2 events", ('event 0: {"a": 1}', 'event 2: {"a": 1, "b": "ü"}'))
    ]
