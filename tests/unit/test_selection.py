# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Short results: properties by their paths, and lines."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.greyops.rest.plugins.module_utils._selection import (
    get_field,
    select_fields,
    shape_items,
    summarize,
)

JOB = {
    "name": "web_logs",
    "version": 3,
    "tags": {"env": "prod", "app.kubernetes.io/name": "web", "a": {"b": 1}},
    "jobGraph": {"vertices": [{"name": "source"}]},
    "a.b": None,
}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("name", "web_logs"),
        ("tags.env", "prod"),
        ("tags.app.kubernetes.io/name", "web"),
        ("tags.a.b", 1),
        ("a.b", None),
        ("jobGraph.vertices", [{"name": "source"}]),
        ("jobGraph.vertices.0", None),
        ("name.env", None),
        ("nothing.at.all", None),
        ("", None),
    ],
)
def test_paths(path: str, value: Any) -> None:
    assert get_field(JOB, path) == value
    assert select_fields(JOB, [path]) == {path: value}


def test_lines_are_aligned_and_have_no_line_breaks() -> None:
    items = [JOB, {"name": "a\n b\tc", "version": 12, "tags": {"env": ""}}, {"name": "x" * 20, "version": None}]
    assert summarize(items, ["name", "version", "tags.env"]) == [
        "web_logs              3   prod",
        "a b c                 12  -",
        "xxxxxxxxxxxxxxxxxxxx  -   -",
    ]
    assert summarize([JOB], ["tags.a", "jobGraph.vertices"]) == ['{"b": 1}  [{"name": "source"}]']
    assert summarize([], ["name"]) == []


@pytest.mark.parametrize(
    ("fields", "summary", "shown"),
    [
        (None, False, [JOB]),
        (["name", "none"], False, [{"name": "web_logs", "none": None}]),
        ([], False, [{}]),
        (None, True, ["web_logs  3"]),
        (["tags.env"], True, ["prod"]),
    ],
)
def test_options(fields: list[str] | None, summary: bool, shown: list[Any]) -> None:
    assert shape_items({"fields": fields, "summary": summary}, [JOB], ("name", "version")) == shown
