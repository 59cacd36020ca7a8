# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: its content can change at any time.

"""The shared code of the role filters: arguments, errors, documents and tables."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any

import yaml
from ansible import constants as C
from ansible.errors import AnsibleFilterError

from ._controller import report_errors, to_builtin

# A row of a table of changes: the name of the resource, the action, and a text for each difference.
Row = tuple[str, str, Sequence[str]]

# The texts that Jinja parses as the beginning of an expression, a statement or a comment.
_TEMPLATE = re.compile(r"[{][{%#]")
_DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def make_filter(function: Callable[..., Any]) -> Callable[..., Any]:
    """Build a filter that calls the function with Python's own types, and fails with Ansible's error."""

    @wraps(function)
    def run(*args: Any, **kwargs: Any) -> Any:
        with report_errors(AnsibleFilterError):
            return function(*map(to_builtin, args), **{name: to_builtin(value) for name, value in kwargs.items()})

    return run


def to_yaml_document(value: Any) -> str:
    """Format a value as a YAML file for the roles, which read files as templates."""
    text: str = yaml.dump(
        value, Dumper=_DUMPER, default_flow_style=False, allow_unicode=True, indent=2, width=120, sort_keys=False
    )
    return "---\n" + _escape_templates(text)


def to_json_document(value: Any) -> str:
    """Format a value as a JSON file for the roles."""
    return _escape_templates(json.dumps(value, indent=2, ensure_ascii=False)) + "\n"


def _escape_templates(text: str) -> str:
    return _TEMPLATE.sub(lambda found: f'{{{{ "{found[0]}" }}}}', text)


def tabulate(
    title: str, rows: Sequence[Row], action_width: int, more_titles: tuple[str, str] = ("ACTION", "CHANGES")
) -> list[str]:
    """Return the lines of a table whose first column is as wide as needed; none without rows."""
    if not rows:
        return []
    width = max(len(name) for name in (title, *(row[0] for row in rows)))
    lines = [f"{title:{width}}  {more_titles[0]:{action_width}}  {more_titles[1]}"]
    for name, action, changes in rows:
        first, *more = changes or [""]
        lines.append(f"{name:{width}}  {action:{action_width}}  {first}".rstrip())
        lines += [f"{'':{width + action_width + 4}}{change}" for change in more]
    return [part for line in lines for part in line.splitlines()]


def render_diff(diff: Mapping[str, Any]) -> list[str]:
    """Return the lines that Ansible shows with --diff for a task that changes something."""
    before, after = (
        json.dumps(diff.get(side) or {}, sort_keys=True, indent=4, ensure_ascii=False).split("\n")
        for side in ("before", "after")
    )
    context = int(C.config.get_config_value("DIFF_CONTEXT"))
    return list(difflib.unified_diff(before, after, "before", "after", n=context, lineterm=""))


def summarize_actions(actions: Mapping[str, int], failed: int, total: int) -> list[str]:
    """Return a line that counts changes by action, and one that counts failures; none for a count of 0."""
    lines = []
    if due := sum(actions.values()):
        counts = ", ".join(f"{count} {action}" for action, count in sorted(actions.items()) if count)
        lines.append(f"{due} of {total} differ: {counts}.")
    if failed:
        lines.append(f"{failed} of {total} failed.")
    return lines
