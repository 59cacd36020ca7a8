# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: resolve_reports
short_description: Resolve the paths of report files
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Returns the absolute paths. Fails if a path does not have the suffix of a format.
  - The roles of this collection use it. It may change with any version, so do not use it elsewhere.
positional: directory
options:
  _input:
    description: The paths of the files, with the suffix C(.md), C(.json) or C(.html).
    type: list
    elements: str
    required: true
  directory:
    description: The directory of relative paths.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Show where the reports are written
  ansible.builtin.debug:
    msg: "{{ ['report.md', 'report.json'] | greyops.rest.resolve_reports(playbook_dir) }}"
"""

RETURN = r"""
_value:
  description: The absolute paths, each once.
  type: list
  elements: str
  sample: [/srv/report.md, /srv/report.json]
"""

from collections.abc import Callable
from typing import Any

from ..plugin_utils._filters import make_filter
from ..plugin_utils._report_formats import resolve_paths


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"resolve_reports": make_filter(resolve_paths)}
