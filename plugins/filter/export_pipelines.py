# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: export_pipelines
short_description: Export pipelines to files
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Creates the content of a file for each pipeline, in the form that the role P(greyops.rest.grepr_pipelines#role)
    reads.
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

from collections.abc import Callable, Sequence
from typing import Any

from ..module_utils._grepr.graph import format_edges
from ..plugin_utils._filters import make_filter, to_yaml_document
from .encode_file_name import encode_file_name

_STATES = {"RUNNING": "started", "STOPPED": "stopped"}


def export_pipelines(jobs: list[dict[str, Any]], server_tags: Sequence[str] = ()) -> list[dict[str, str]]:
    return [
        {"name": f"{encode_file_name(job['name'])}.yml", "content": to_yaml_document(_describe(job, server_tags))}
        for job in jobs
    ]


def _describe(job: dict[str, Any], server_tags: Sequence[str]) -> dict[str, Any]:
    # A failed pipeline that is to be started would differ from its file.
    failed = job["state"] == "FAILED"
    tags, graph = job.get("tags") or {}, job["jobGraph"]
    return {
        "name": job["name"],
        "state": "present" if failed else _STATES.get(job.get("desiredState", ""), "present"),
        "tags": {name: value for name, value in tags.items() if name not in server_tags},
        "team_ids": job.get("teamIds") or [],
        "job_graph": {**graph, "edges": format_edges(graph.get("edges") or [])},
    }


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"export_pipelines": make_filter(export_pipelines)}
