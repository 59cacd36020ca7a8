# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ansible_collections.greyops.rest.plugins.module_utils._grepr.graph import NAME, problems_of
from ansible_collections.greyops.rest.plugins.module_utils._grepr.pipelines import Wish
from ansible_collections.greyops.rest.plugins.module_utils._texts import text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ansible_collections.greyops.rest.plugins.module_utils._grepr.references import References

# What describes one pipeline, for a task about one and for a list of many.
PIPELINE_OPTIONS: dict[str, dict[str, Any]] = {
    "name": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["present", "started", "stopped", "absent"], "default": "present"},
    "job_graph": {"type": "dict"},
    "team_ids": {"type": "list", "elements": "str"},
    "tags": {"type": "dict"},
    "rollback": {"type": "bool", "default": True},
    "recreate": {"type": "bool", "default": False},
}

# Whether Grepr is asked about the texts in a graph before it is written.
REMOTE = "remote"
VALIDATE_OPTION: dict[str, dict[str, Any]] = {
    "validate": {"type": "str", "choices": ["local", REMOTE], "default": "local"}
}


def problems_of_wish(params: dict[str, Any], path: str = "") -> list[str]:
    """All that can be said against a pipeline without asking Grepr, each with its place."""
    problems = []
    if not re.fullmatch(NAME, params["name"]):
        problems.append(f"{path}name must match [a-z0-9_], 1 to 128 characters, and {params['name']!r} does not")
    if params["job_graph"] is not None and params["state"] != "absent":
        problems += problems_of(params["job_graph"], f"{path}job_graph")
    return [*problems, *problems_of_tags(params["tags"], f"{path}tags")]


def problems_of_tags(tags: dict[str, Any] | None, path: str) -> Iterator[str]:
    """Tags are text: of a number or a boolean nobody knows how it was written."""
    for key, value in (tags or {}).items():
        try:
            text_of(value)
        except ValueError as error:
            yield f"{path}.{key} {error}"


def problems_of_wait(seconds: float) -> list[str]:
    """What can be said against the longest wait."""
    return [] if seconds >= 0 else ["wait_timeout must be a number of seconds, 0 or more"]


def wish_of(params: dict[str, Any], references: References) -> Wish:
    """What the options ask for, with ids in the place of names."""
    if params["state"] == "absent":
        return Wish(params["name"], "absent")
    graph = params["job_graph"]
    return Wish(
        name=params["name"],
        state=params["state"],
        job_graph=None if graph is None else references.in_graph(graph),
        team_ids=references.teams(params["team_ids"]),
        tags=params["tags"],
        rollback=params["rollback"],
        recreate=params["recreate"],
    )
