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
  - The role P(greyops.rest.grepr_pipelines#role) uses it. It may change with any version, so do not use it
    elsewhere.
options:
  _input:
    description: The latest versions of the jobs, as M(greyops.rest.grepr_job_info) lists them.
    type: list
    elements: dict
    required: true
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

from collections.abc import Callable
from typing import Any

from ..module_utils._grepr.pipeline import is_live, select_by_name
from ..plugin_utils._filters import make_filter


def select_pipelines(jobs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return list(select_by_name(filter(is_live, jobs)).values())


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"select_pipelines": make_filter(select_pipelines)}
