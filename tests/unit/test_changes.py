# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes as lines of text and as data."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.greyops.rest.plugins.module_utils._changes import format_changes, list_changes
from ansible_collections.greyops.rest.plugins.module_utils._grepr.integrations import (
    INTEGRATION_TYPES,
    build_resource_type,
)
from ansible_collections.greyops.rest.plugins.module_utils._resource import plan_resource

LONG = "service:web " * 30


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        ({"a": 1}, {"a": 1.0}, []),
        ({"a": None, "b": []}, {"b": "", "c": {}}, []),
        ({"a": 1}, {"a": True}, ["a: 1 -> true"]),
        ({"a": "x"}, {}, ["a: x -> none"]),
        ({}, {"a": ["x", 2]}, ["a: none -> x, 2"]),
        ({"a": 5}, {"a": "5"}, ['a: 5 -> "5"']),
        ({"a": "x\n"}, {"a": "x"}, ["a: x\\n -> x"]),
        ({"a": {"b": {"c": 1, "same": 2}}}, {"a": {"b": {"c": 2, "same": 2}}}, ["a.b.c: 1 -> 2"]),
        ({"a": [{"b": 1}, {"b": 2}]}, {"a": [{"b": 1}, {"b": 3}]}, ["a[1].b: 2 -> 3"]),
        ({"a": {"b": 1}}, {"a": None}, ['a: {"b": 1} -> none']),
        ({"a": "x\x1b[1m"}, {"a": "y"}, ["a: x\\x1b[1m -> y"]),
        ({"a": "b -> c"}, {"a": "b -> d"}, ["a: changed", "  -b -> c", "  +b -> d"]),
        (
            {"a": "\n".join("abcdefg")},
            {"a": "\n".join("abxdefz")},
            ["a: changed", "   b", "  -c", "  +x", "   d", "  @@ -6,2 +6,2 @@", "   f", "  -g", "  +z"],
        ),
        (
            {"a": [{"b": 1}]},
            {"a": [{"b": 1}, {"b": "x" * 80}]},
            ["a: changed", '       "b": 1', "  +  },", "  +  {", f'  +    "b": "{"x" * 80}"', "     }"],
        ),
        (
            {"a": f"{LONG}x{LONG}"},
            {"a": f"{LONG}y{LONG}"},
            [
                "a: changed",
                f"  -...{LONG[-40:]}x{LONG[:159]}...",
                f"  +...{LONG[-40:]}y{LONG[:159]}...",
            ],
        ),
    ],
)  # fmt: skip
def test_change_is_shown_as_text(before: dict[str, Any], after: dict[str, Any], lines: list[str]) -> None:
    assert format_changes(list_changes(before, after))["changes"] == lines


def test_long_diff_is_cut() -> None:
    before, after = "\n".join(map(str, range(50))), "\n".join(map(str, range(50, 100)))
    lines = format_changes(list_changes({"text": before}, {"text": after}))["changes"]
    assert len(lines) == 22
    assert (lines[1], lines[-1]) == ("  -0", "  ... and 80 more lines")


def test_changes_are_data_as_well() -> None:
    vertex = {"type": "grok-parser", "rules": ["a"]}
    assert format_changes(list_changes({"vertices": {}, "n": 1}, {"vertices": {"v": vertex}, "n": 2}))[
        "differences"
    ] == [
        {"path": "vertices.v", "before": None, "after": vertex},
        {"path": "n", "before": 1, "after": 2},
    ]


def test_secrets_are_shown_as_changed_only() -> None:
    integration_type = build_resource_type(INTEGRATION_TYPES["webhook"])
    payload = {"systemType": "a", "password": "pw-before", "secret": {"user": "one", "key": "key-before"}}
    current = {"id": "i1", "name": "hook", "type": "webhook", "version": 3, "payload": payload, "teamIds": []}
    desired = {"payload": {"systemType": "b", "password": "pw-after", "secret": {"key": "key-after"}}}
    found = format_changes(plan_resource(integration_type, current, desired).list_changes())
    assert found == {
        "changes": ["payload.systemType: a -> b", "payload.password: changed", "payload.secret.key: changed"],
        "differences": [
            {"path": "payload.systemType", "before": "a", "after": "b"},
            {"path": "payload.password", "before": "********", "after": "********"},
            {"path": "payload.secret.key", "before": "********", "after": "********"},
        ],
    }


def test_creation_and_deletion_have_no_changes() -> None:
    integration_type = build_resource_type(INTEGRATION_TYPES["sumo"])
    current = {"id": "i1", "name": "n", "type": "sumo", "version": 3, "payload": {}}
    assert plan_resource(integration_type, None, {"name": "n", "type": "sumo"}).list_changes() == []
    assert plan_resource(integration_type, current, {}, "absent").list_changes() == []
    assert plan_resource(integration_type, current, {"name": "n"}).list_changes() == []
