# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: tabulate_account
short_description: Show the changes of a Grepr account as a table
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Shows each resource that is changed or failed, with what differs, and counts them.
  - Followed by a diff, as Ansible shows it for a task that changes something.
  - The role P(greyops.rest.grepr_account#role) uses it. It may change with any version, so do not use it elsewhere.
positional: files
options:
  _input:
    description: The results of the resources, RV(greyops.rest.grepr_account#module:results).
    type: dict
    required: true
  files:
    description: The files, as P(greyops.rest.parse_files#lookup) returns them, to name them in errors.
    type: list
    elements: dict
    default: []
  diff:
    description: The difference to show after the table, the C(diff) of the result of M(greyops.rest.grepr_account).
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Show what would change
  ansible.builtin.debug:
    msg: "{{ result.results | greyops.rest.tabulate_account }}"
"""

RETURN = r"""
_value:
  description: The lines of the table.
  type: list
  elements: str
  sample:
    - RESOURCE       ACTION    CHANGES
    - "team checkout  create"
    - "1 of 4 differ: 1 create."
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..plugin_utils._described_files import group_entries, name_places
from ..plugin_utils._filters import Row, make_filter, render_diff, summarize_actions, tabulate
from ..plugin_utils._lines import LineFinder


def tabulate_account(
    results: dict[str, list[dict[str, Any]]],
    files: Sequence[dict[str, Any]] = (),
    diff: Mapping[str, Any] | None = None,
) -> list[str]:
    described, lines = group_entries(files), LineFinder()
    rows: list[Row] = []
    actions: Counter[str] = Counter()
    entries = [(kind.removesuffix("s").replace("_", " "), one) for kind, listed in results.items() for one in listed]
    for noun, one in entries:
        label = f"{noun} {one['name']}"
        if one["error"]:
            rows.append((label, "failed", [name_places(one["error"], described, lines)]))
        elif one["action"] != "none":
            rows.append((label, one["action"], one["changes"]))
            actions[one["action"]] += 1
    if not rows:
        return [f"All {len(entries)} resources are as described."]
    failed = len(rows) - sum(actions.values())
    table = [*tabulate("RESOURCE", rows, 8), *summarize_actions(actions, failed, len(entries))]
    return [*table, *render_diff(diff or {})]


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"tabulate_account": make_filter(tabulate_account)}
