# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: export_pipelines
short_description: The files of an export of pipelines
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Describes each pipeline as the role P(greyops.rest.grepr_pipelines#role) reads it.
  - The role exports pipelines with it. It may change with any version, so do not use it elsewhere.
positional: server_tags
options:
  _input:
    description: The pipelines, as Grepr lists them.
    type: list
    elements: dict
    required: true
  server_tags:
    description: The tags that are left out, since Grepr sets them.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: Export all pipelines
  greyops.rest.write_files:
    dest: pipelines
    files: "{{ listed.jobs | greyops.rest.export_pipelines }}"
"""

RETURN = r"""
_value:
  description: The files, each with C(name) and C(content), for M(greyops.rest.write_files).
  type: list
  elements: dict
"""

import re
from collections.abc import Callable, Sequence
from typing import Any

import yaml

from ansible_collections.greyops.rest.plugins.filter.encode_file_name import encode_file_name
from ansible_collections.greyops.rest.plugins.plugin_utils._controller import plain

_STATES = {"RUNNING": "started", "STOPPED": "stopped"}
# What Jinja would take for the beginning of an expression, a statement or a comment.
_TEMPLATE = re.compile(r"[{][{%#]")


def export_pipelines(jobs: Any, server_tags: Sequence[str] = ()) -> list[dict[str, str]]:
    return [
        {"name": f"{encode_file_name(job['name'])}.yml", "content": _document(_described(job, server_tags))}
        for job in plain(jobs)
    ]


def _described(job: dict[str, Any], server_tags: Sequence[str]) -> dict[str, Any]:
    # To ask for the start of one that failed would be a change.
    failed = job["state"] == "FAILED"
    tags = job.get("tags") or {}
    return {
        "name": job["name"],
        "state": "present" if failed else _STATES.get(job.get("desiredState", ""), "present"),
        "tags": {name: value for name, value in tags.items() if name not in server_tags},
        "team_ids": job.get("teamIds") or [],
        "job_graph": job["jobGraph"],
    }


def _document(described: dict[str, Any]) -> str:
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    text: str = yaml.dump(
        described, Dumper=dumper, default_flow_style=False, allow_unicode=True, indent=2, width=120, sort_keys=False
    )
    # The files are templates, so what looks like one is made to come out as it is.
    return "---\n" + _TEMPLATE.sub(lambda found: f'{{{{ "{found[0]}" }}}}', text)


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"export_pipelines": export_pipelines}
