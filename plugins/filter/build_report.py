# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: build_report
short_description: Build the report of a role
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Builds a report that has the same keys for all roles. Its schema is C(docs/schemas/report.json) in this collection.
  - The roles of this collection use it. It may change with any version, so do not use it elsewhere.
options:
  _input:
    description: The results of the modules, a list below each kind of resource.
    type: dict
    required: true
  role:
    description: The name of the role.
    type: str
    required: true
  action:
    description: The action of the role.
    type: str
    required: true
  failure:
    description: The message of the task that failed, or an empty string.
    type: str
    default: ""
  check_mode:
    description: Whether nothing was changed because of check mode.
    type: bool
    default: false
  options:
    description: The connection options of the role.
    type: dict
    default: {}
  counts:
    description:
      - The counts of M(greyops.rest.greymatter_products), whose result can omit the products that did not change.
    type: dict
    default: {}
  files:
    description: The files that describe the resources, as P(greyops.rest.parse_files#lookup) returns them.
    type: list
    elements: dict
    default: []
  undescribed:
    description:
      - What is not described in any file, a list of names or of resources of the API below each kind of resource.
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Build a report
  ansible.builtin.set_fact:
    report: "{{ {'pipelines': result.jobs} | greyops.rest.build_report(role='grepr_pipelines', action='plan') }}"
"""

RETURN = r"""
_value:
  description: The report.
  type: dict
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..plugin_utils import _report
from ..plugin_utils._filters import make_filter


def build_report(
    results: dict[str, list[dict[str, Any]]],
    role: str,
    action: str,
    failure: str = "",
    check_mode: bool = False,
    options: Mapping[str, Any] | None = None,
    counts: Mapping[str, int] | None = None,
    files: Sequence[Mapping[str, Any]] = (),
    undescribed: Mapping[str, Sequence[Any]] | None = None,
) -> dict[str, Any]:
    run = _report.Run(role, action, failure, check_mode, options or {})
    return _report.build_report(run, results, counts or {}, files, undescribed or {})


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"build_report": make_filter(build_report)}
