# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: tabulate_master_data
short_description: Show the changes of master data as a table
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Shows each catalog, category and product that is changed or failed, with what differs, and counts them.
  - Followed by diffs, as Ansible shows them for tasks that change something.
  - The role P(greyops.rest.greymatter_master_data#role) uses it. It may change with any version, so do not use it
    elsewhere.
options:
  _input:
    description: The result of the role.
    type: dict
    required: true
  diffs:
    description: The differences to show after the table, each as C(diff) in the result of a module.
    type: list
    elements: dict
    default: []
"""

EXAMPLES = r"""
- name: Show what would change
  ansible.builtin.debug:
    msg: "{{ greymatter_master_data_result | greyops.rest.tabulate_master_data }}"
"""

RETURN = r"""
_value:
  description: The lines of the table, with at most 200 resources.
  type: list
  elements: str
  sample:
    - WHAT          ACTION  CHANGES
    - "catalog B     update  description"
    - "1 of 3 differ: 1 update."
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..plugin_utils._filters import Row, make_filter, render_diff, summarize_actions, tabulate
from ..plugin_utils._master_data import IDS, NOUNS, PARENTS

_MAX_LISTED = 200


def tabulate_master_data(result: dict[str, Any], diffs: Sequence[Mapping[str, Any]] = ()) -> list[str]:
    counts = result["counts"]
    actions = {"create": counts["created"], "delete": counts["deleted"], "update": counts["updated"]}
    failed, total = counts["failed"], counts["total"]
    rows: list[Row] = []
    for kind, key in IDS.items():
        for entry in result[kind]:
            name, is_failed, is_due = f"{NOUNS[kind]} {entry[key]}", "failed" in entry, entry["action"] != "none"
            if is_failed or is_due:
                rows.append(
                    (name, "failed", [entry["msg"]]) if is_failed else (name, entry["action"], entry["changes"])
                )
            if kind in PARENTS:  # the module has counted the products
                total += 1
                failed += is_failed
                if is_due and not is_failed:
                    actions[entry["action"]] += 1
    due, shown = sum(actions.values()), rows[:_MAX_LISTED]
    lines = tabulate("WHAT", shown, 6)
    if due + failed > len(shown):
        lines.append(f"... and {due + failed - len(shown)} more.")
    if not due and not failed:
        catalogs, categories = len(result["catalogs"]), len(result["categories"])
        lines.append(
            f"All {catalogs} catalogs, {categories} categories and {counts['total']} products are as described."
        )
    return [*lines, *summarize_actions(actions, failed, total), *(line for diff in diffs for line in render_diff(diff))]


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"tabulate_master_data": make_filter(tabulate_master_data)}
