# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Comparison of current and desired values: differences, diffs, and written values."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.greyops.rest.plugins.module_utils._comparison import is_empty, is_satisfied, merge, project

pytest.importorskip("hypothesis")

from hypothesis import example, given
from hypothesis import strategies as st

KEYS = st.sampled_from(["type", "name", "limit", "query", "values", "triggers", "attributes", "templateInputs"])
SCALARS = st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from([0.5, 1.0, "", "a", "b"])
DOCUMENTS = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=12
)


@pytest.mark.parametrize(
    ("current", "desired"),
    [
        (5, 5.0),
        (None, ""),
        ("", []),
        ({}, None),
        ({"a": 1, "added": True}, {"a": 1}),
        ({"a": {"b": [1, {"c": 2, "added": 0}]}}, {"a": {"b": [1.0, {"c": 2}]}}),
        ({"a": 1}, {"a": 1, "b": None}),
        ({"a": {"added": 1}}, {"a": {}}),
        ({"values": ["x", "y"]}, {"values": ["y", "x"]}),
        ({"triggers": {"one": {"duration": "PT5M", "added": []}}}, {"triggers": {"one": {"duration": "PT5M"}}}),
        ({"triggers": {"one": {}, "gone": None}}, {"triggers": {"one": {}}}),
        ({"templateInputs": {"a": {"b": [1, {}]}, "gone": None}}, {"templateInputs": {"a": {"b": [1.0, None]}}}),
        ({"values": [{"type": "log", "tags": {"a": ["x"]}}]}, {"values": [{"tags": {"a": ["x"]}}]}),
    ],
)
def test_equal_values(current: Any, desired: Any) -> None:
    assert is_satisfied(current, desired)


@pytest.mark.parametrize(
    ("current", "desired"),
    [
        (5, 6),
        (1, True),
        (0, False),
        ("5", 5),
        ({"a": 5}, {"a": None}),
        (None, {"a": 1}),
        ([1, 2], [2, 1]),
        ([1, 2], [1]),
        ([1], [1, 2]),
        ([], [1]),
        ({"values": ["x", "y"]}, {"values": ["x"]}),
        ({"values": [{"message": "x"}, {"message": "y"}]}, {"values": [{"message": "y"}, {"message": "x"}]}),
        ({"triggers": {"one": {"a": 1}, "two": {"a": 1}}}, {"triggers": {"one": {"a": 1}}}),
        ({"triggers": {"one": {"a": 1}}}, {"triggers": {}}),
        ({"templateInputs": {"a": 1, "b": 1}}, {"templateInputs": {"a": 1}}),
        (
            {"templateInputs": {"input": {"tagKey": "env", "limit": 5}}},
            {"templateInputs": {"input": {"tagKey": "env"}}},
        ),
        ({"value": {"a": {"b": 1, "c": 2}}}, {"value": {"a": {"b": 1}}}),
        ({"values": [{"tags": {"a": ["x"], "b": ["y"]}}]}, {"values": [{"tags": {"a": ["x"]}}]}),
        (
            {"values": [{"attributes": {"user": {"id": 1, "name": "x"}}}]},
            {"values": [{"attributes": {"user": {"id": 1}}}]},
        ),
        ("text", {"a": 1}),
        ("text", {}),
        ({"a": 1}, [1]),
    ],
)
def test_different_values(current: Any, desired: Any) -> None:
    assert not is_satisfied(current, desired)


def test_only_desired_keys_are_projected() -> None:
    current = {"limit": 5, "added": 1, "list": [{"a": 1, "added": 2}], "triggers": {"one": {"a": 1, "x": 2}, "two": 3}}
    desired = {"limit": 6, "list": [{"a": 1}], "triggers": {"one": {"a": 2}}, "new": True}
    assert project(current, desired) == {
        "limit": 5,
        "list": [{"a": 1}],
        # All of a user's own map is shown, because all of it is compared.
        "triggers": {"one": {"a": 1}, "two": 3},
    }
    assert project([1, 2], [1]) == [1, 2]
    assert project(5, {"a": 1}) == 5


def test_unspecified_values_are_kept_on_write() -> None:
    current = {"limit": 5, "rate": 0.5, "query": {"type": "a", "text": "x", "strict": True}}
    assert merge(current, {"limit": 6}) == {**current, "limit": 6}
    assert merge(current, {"query": {"text": "y"}})["query"] == {"type": "a", "text": "y", "strict": True}
    # Another type is another object, of which no value is kept.
    assert merge(current, {"query": {"type": "b", "text": "y"}})["query"] == {"type": "b", "text": "y"}


def test_lists_and_replaced_maps_lose_unnamed_entries() -> None:
    rules = [{"rule": "a", "added": 1}, {"rule": "b", "added": 2}, {"rule": "c", "added": 3}]
    assert merge({"list": rules}, {"list": [{"rule": "b"}, {"rule": "d"}]})["list"] == [rules[1], {"rule": "d"}]
    triggers = {"one": {"duration": "PT5M", "added": 1}, "two": {}}
    assert merge({"triggers": triggers}, {"triggers": {"one": {"duration": "PT6M"}}}) == {
        "triggers": {"one": {"duration": "PT6M", "added": 1}}
    }
    assert merge({"values": ["a", "b"]}, {"values": ["b"]}) == {"values": ["b"]}
    inputs = {"input": {"limit": 5, "sampler": {"rate": 1, "burst": 2}}}
    assert merge({"templateInputs": inputs}, {"templateInputs": {"input": {"limit": 6}}}) == {
        "templateInputs": {"input": {"limit": 6}}
    }


@given(DOCUMENTS)
def test_value_satisfies_itself(document: Any) -> None:
    assert is_satisfied(document, document)
    assert project(document, document) == document
    assert merge(document, document) == document


@given(DOCUMENTS, DOCUMENTS)
@example({"triggers": {"a": 1}}, {"triggers": {}})
@example({"values": ["a", "b"]}, {"values": ["b", "a"]})
@example([{"type": "a", "limit": 1}], [{"type": "b"}])
@example({"limit": [1, 2]}, {"limit": [2]})
def test_merged_value_satisfies_the_desired_value(current: Any, desired: Any) -> None:
    written = merge(current, desired)
    assert is_satisfied(written, desired)
    assert merge(written, desired) == written


@given(DOCUMENTS, DOCUMENTS)
def test_unchanged_value_is_neither_written_nor_shown(current: Any, desired: Any) -> None:
    if is_satisfied(current, desired) and current is not None:
        assert merge(current, desired) == current
        assert project(merge(current, desired), desired) == project(current, desired)


@given(st.sampled_from([None, "", [], {}]), st.sampled_from([None, "", [], {}]))
def test_empty_values_are_equal(current: Any, desired: Any) -> None:
    assert is_empty(current)
    assert is_satisfied(current, desired)
    assert is_satisfied({"key": current}, {"key": desired})
    assert is_satisfied({}, {"key": desired})
