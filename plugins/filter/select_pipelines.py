# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: select_pipelines
short_description: Select the pipelines of an account from its jobs
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Selects one job of each name, the active one, else the newest that failed, and leaves out those that have ended.
  - Selects only pipelines that have all of O(tags), and belong to one of O(teams).
  - The role P(greyops.rest.grepr_pipelines#role) uses it. It may change with any version, so do not use it
    elsewhere.
options:
  _input:
    description: The latest versions of the jobs, as M(greyops.rest.grepr_job_info) lists them.
    type: list
    elements: dict
    required: true
  tags:
    description: The tags that a pipeline must have.
    type: dict
    default: {}
  teams:
    description: Names or IDs of teams. A pipeline must belong to one of them. An empty list selects all pipelines.
    type: list
    elements: str
    default: []
  known_teams:
    description: The teams of the account, as M(greyops.rest.grepr_team_info) lists them.
    type: list
    elements: dict
    default: []
"""

EXAMPLES = r"""
- name: Show the names of the pipelines
  ansible.builtin.debug:
    msg: "{{ listed.jobs | greyops.rest.select_pipelines | map(attribute='name') }}"
"""

RETURN = r"""
_value:
  description: The pipelines, by name.
  type: list
  elements: dict
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..module_utils._grepr.pipeline import is_live, select_by_name
from ..module_utils._grepr.resources import resolve_ids
from ..plugin_utils._filters import make_filter
from ..plugin_utils._pipeline_inventory import has_tags


def select_pipelines(
    jobs: list[dict[str, Any]],
    tags: Mapping[str, Any] | None = None,
    teams: Sequence[str] = (),
    known_teams: Sequence[dict[str, Any]] = (),
) -> list[dict[str, Any]]:
    ids = set(resolve_ids(known_teams, teams, "team", ("name",), "undescribed_teams"))
    return [
        job
        for job in select_by_name(filter(is_live, jobs)).values()
        if has_tags(job, tags or {}) and (not ids or ids.intersection(job.get("teamIds") or []))
    ]


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"select_pipelines": make_filter(select_pipelines)}
