# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: name_pipeline_files
short_description: Name the files in a message of the module
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Replaces the indices of pipelines in a message of M(greyops.rest.grepr_jobs) with the files and lines that describe
    them.
  - The role P(greyops.rest.grepr_pipelines#role) uses it. It may change with any version, so do not use it
    elsewhere.
positional: files
options:
  _input:
    description: The message.
    type: str
    required: true
  files:
    description: The files, as P(greyops.rest.parse_files#lookup) returns them.
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: Fail with the names of the files
  ansible.builtin.fail:
    msg: "{{ result.msg | greyops.rest.name_pipeline_files(files) }}"
"""

RETURN = r"""
_value:
  description: The message.
  type: str
  sample: "/srv/pipelines/web.yml:1 (web_logs).name must match [a-z0-9_], 1 to 128 characters, and 'a/b' does not"
"""

from collections.abc import Callable
from typing import Any

from ..plugin_utils._described_files import JOBS, iter_entries, name_places
from ..plugin_utils._filters import make_filter
from ..plugin_utils._lines import LineFinder


def name_pipeline_files(message: str, files: list[dict[str, Any]]) -> str:
    return name_places(message, {JOBS: list(iter_entries(files))}, LineFinder())


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"name_pipeline_files": make_filter(name_pipeline_files)}
