# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: render_reports
short_description: Format the report of a role for files
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Formats the report as Markdown, JSON or HTML, for each path in the format of its suffix.
  - The roles of this collection use it. It may change with any version, so do not use it elsewhere.
positional: paths, directory
options:
  _input:
    description: The report, from P(greyops.rest.build_report#filter).
    type: dict
    required: true
  paths:
    description: The paths of the files, with the suffix C(.md), C(.json) or C(.html).
    type: list
    elements: str
    required: true
  directory:
    description: The directory of relative paths.
    type: str
    default: /
"""

EXAMPLES = r"""
- name: Write two reports
  greyops.rest.write_files:
    dest: /
    files: "{{ report | greyops.rest.render_reports(['/tmp/report.md', '/tmp/report.json']) }}"
"""

RETURN = r"""
_value:
  description: The files, with C(name) relative to the root directory, and C(content).
  type: list
  elements: dict
"""

from collections.abc import Callable
from typing import Any

from ..plugin_utils._filters import make_filter
from ..plugin_utils._report_formats import render, resolve_paths


def render_reports(report: dict[str, Any], paths: list[str], directory: str = "/") -> list[dict[str, str]]:
    return [{"name": path.lstrip("/"), "content": render(report, path)} for path in resolve_paths(paths, directory)]


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"render_reports": make_filter(render_reports)}
