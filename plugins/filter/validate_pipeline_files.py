# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: validate_pipeline_files
short_description: Validate the files that describe pipelines
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Lists what is wrong with the files by themselves, before the module validates the pipelines.
  - The role P(greyops.rest.grepr_pipelines#role) uses it. It may change with any version, so do not use it
    elsewhere.
options:
  _input:
    description: The files, as P(greyops.rest.parse_files#lookup) returns them.
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: Fail if a file does not describe pipelines
  ansible.builtin.assert:
    that: files | greyops.rest.validate_pipeline_files | length == 0
"""

RETURN = r"""
_value:
  description: One sentence for each problem.
  type: list
  elements: str
  sample:
    - "/srv/pipelines/web.yml describes a pipeline without a name."
"""

from collections.abc import Callable, Iterator
from typing import Any

from ..module_utils._grepr.pipeline import PIPELINE_OPTIONS
from ..plugin_utils._filters import make_filter

_STATES = PIPELINE_OPTIONS["state"]["choices"]
_LONGEST_SHOWN = 40


def validate_pipeline_files(files: list[dict[str, Any]]) -> list[str]:
    problems = []
    found: dict[str, str] = {}
    for path, pipeline in iter_pipelines(files):
        problem = _validate(path, pipeline, found)
        if problem:
            problems.append(f"{path} {problem}")
        else:
            found[str(pipeline["name"])] = path
    return problems


def iter_pipelines(files: list[dict[str, Any]]) -> Iterator[tuple[str, Any]]:
    """What the files describe, in the order of the list that the module gets, with the path of each."""
    for file in files:
        content = file["content"]
        for pipeline in content if isinstance(content, list) else [content]:
            if pipeline is not None:
                yield file["file"], pipeline


def _validate(path: str, pipeline: Any, found: dict[str, str]) -> str:
    """What is wrong with a pipeline, as the rest of a sentence about its file; empty if nothing is."""
    if not isinstance(pipeline, dict):
        text = str(pipeline)
        shown = text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."
        return f"contains {shown}, which is not a pipeline."
    name = pipeline.get("name")
    if isinstance(name, bool) or not isinstance(name, (str, int)):
        return "describes a pipeline without a name."
    if str(name) in found:
        return f"describes the pipeline {name}, which {found[str(name)]} describes as well."
    unknown = [key for key in pipeline if key not in PIPELINE_OPTIONS]
    if unknown:
        known = ", ".join(PIPELINE_OPTIONS)
        return f"has unknown keys for the pipeline {name}: {', '.join(unknown)}. The keys of a pipeline are {known}."
    if pipeline.get("state", "present") not in _STATES:
        return f"sets the state of the pipeline {name} to {pipeline['state']}. The states are {', '.join(_STATES)}."
    if pipeline.get("job_graph") and not isinstance(pipeline["job_graph"], dict):
        return f"describes the pipeline {name} with a job_graph that is not a dictionary."
    return ""


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"validate_pipeline_files": make_filter(validate_pipeline_files)}
