# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: tabulate_pipelines
short_description: Show the changes of pipelines as a table
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Shows each pipeline that is changed or failed, with what differs, and counts them.
  - Followed by a diff, as Ansible shows it for a task that changes something.
  - The role P(greyops.rest.grepr_pipelines#role) uses it. It may change with any version, so do not use it
    elsewhere.
options:
  _input:
    description: The results of the pipelines, RV(greyops.rest.grepr_jobs#module:jobs).
    type: list
    elements: dict
    required: true
  diff:
    description: The difference to show after the table, the C(diff) of the result of M(greyops.rest.grepr_jobs).
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Show what would change
  ansible.builtin.debug:
    msg: "{{ result.jobs | greyops.rest.tabulate_pipelines }}"
"""

RETURN = r"""
_value:
  description: The lines of the table.
  type: list
  elements: str
  sample:
    - PIPELINE    ACTION    CHANGES
    - "audit_logs  update    state: STOPPED -> RUNNING"
    - "1 of 4 differ: 1 update."
"""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from ..plugin_utils._filters import Row, make_filter, render_diff, summarize_actions, tabulate


def tabulate_pipelines(jobs: list[dict[str, Any]], diff: Mapping[str, Any] | None = None) -> list[str]:
    rows: list[Row] = []
    actions: Counter[str] = Counter()
    for job in jobs:
        if "failed" in job:
            rows.append((job["name"], "failed", [job["msg"]]))
        elif job["action"] != "none":
            rows.append((job["name"], job["action"], job["changes"]))
            actions[job["action"]] += 1
    if not rows:
        subject = "The one pipeline is" if len(jobs) == 1 else f"All {len(jobs)} pipelines are"
        return [f"{subject} as described."]
    failed = len(rows) - sum(actions.values())
    table = [*tabulate("PIPELINE", rows, 8), *summarize_actions(actions, failed, len(jobs))]
    return [*table, *render_diff(diff or {})]


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"tabulate_pipelines": make_filter(tabulate_pipelines)}
