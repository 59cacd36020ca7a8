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
  - Lists all that is wrong with the files and can be found without a request, each with its file, line and path.
  - The role P(greyops.rest.grepr_pipelines#role) uses it. It may change with any version, so do not use it
    elsewhere.
options:
  _input:
    description: The files, as P(greyops.rest.parse_files#lookup) returns them.
    type: list
    elements: dict
    required: true
  validate:
    description: What is validated, as for O(greyops.rest.grepr_jobs#module:validate).
    type: str
    choices: [none, local, remote]
    default: local
  purge:
    description: The option O(greyops.rest.grepr_jobs#module:purge).
    type: dict
    default: {}
  warn:
    description: Whether to show the warnings that M(greyops.rest.grepr_jobs) shows about the graphs that it writes.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Fail if a file does not describe pipelines
  ansible.builtin.assert:
    that: files | greyops.rest.validate_pipeline_files | length == 0
"""

RETURN = r"""
_value:
  description: One sentence for each problem, in the order of the files. The line is left out if the text of a file is
    not YAML before it is templated.
  type: list
  elements: str
  sample:
    - "/srv/pipelines/web.yml:1 describes a pipeline without a name."
    - "/srv/pipelines/web.yml:12 (web_logs).job_graph.edges[1] names lake, which is not a vertex"
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ansible.utils.display import Display

from ..module_utils._argspec import ArgumentSpec, validate_options
from ..module_utils._context import Context, NullRuntime
from ..module_utils._errors import OptionError
from ..module_utils._grepr.graph import list_suspicions, validate_shape
from ..module_utils._grepr.pipeline import LOCAL, PIPELINE_OPTIONS, show_warnings
from ..module_utils._grepr.pipelines_bulk import validate_pipelines
from ..plugin_utils._controller import get_directories
from ..plugin_utils._described_files import JOBS, Entry, find_file, iter_entries, name_place, name_places
from ..plugin_utils._filters import make_filter
from ..plugin_utils._lines import LineFinder

_SPEC = ArgumentSpec(options=PIPELINE_OPTIONS)
_STATES = PIPELINE_OPTIONS["state"]["choices"]
_LONGEST_SHOWN = 40


def validate_pipeline_files(
    files: list[dict[str, Any]], validate: str = LOCAL, purge: Mapping[str, Any] | None = None, warn: bool = False
) -> list[str]:
    lines, problems = LineFinder(), []
    found: dict[str, str] = {}
    valid: list[Entry] = []
    for entry in iter_entries(files):
        key, problem = _validate(entry.content, found)
        if problem:
            problems.append((entry.file, f"{lines.locate(entry.file, entry.place + key)} {problem}"))
            continue
        found[str(entry.content["name"])] = entry.file
        try:
            valid.append(entry._replace(content=validate_options(_SPEC, entry.content)))
        except OptionError:
            problems += [(entry.file, problem) for problem in _list_type_problems(entry, lines)]
    for problem in validate_pipelines([entry.content for entry in valid], validate, dict(purge or {})):
        problems.append((find_file(problem, {JOBS: valid}), name_places(problem, {JOBS: valid}, lines)))
    problems += [(file["file"], file["problem"]) for file in files if file["problem"]]
    if warn:
        _show_warnings(valid, lines)
    order = {file["file"]: number for number, file in enumerate(files)}
    return [problem for _file, problem in sorted(problems, key=lambda pair: order.get(pair[0], len(order)))]


def _list_type_problems(entry: Entry, lines: LineFinder) -> Iterator[str]:
    """Yield which values of a pipeline have another type than the option."""
    for key, value in entry.content.items():
        try:
            validate_options(ArgumentSpec(options={key: PIPELINE_OPTIONS[key]}), {key: value})
        except OptionError as error:
            yield f"{name_place(entry, key, lines)}: {error.msg}"


def _show_warnings(entries: Sequence[Entry], lines: LineFinder) -> None:
    runtime = NullRuntime(get_directories())
    warnings = [
        name_places(warning, {JOBS: entries}, lines)
        for number, entry in enumerate(entries)
        if isinstance(entry.content["job_graph"], dict) and not validate_shape(entry.content["job_graph"])
        for warning in list_suspicions(entry.content["job_graph"], f"{JOBS}[{number}].job_graph")
    ]
    show_warnings(Context({}, runtime), warnings)
    for warning in runtime.warnings:
        Display().warning(warning)


def _validate(pipeline: Any, found: Mapping[str, str]) -> tuple[str, str]:
    """What is wrong with a pipeline, as the rest of a sentence about its file, after the key; empty if nothing is."""
    if not isinstance(pipeline, dict):
        text = str(pipeline)
        shown = text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."
        return "", f"contains {shown}, which is not a pipeline."
    name = pipeline.get("name")
    if isinstance(name, bool) or not isinstance(name, (str, int)):
        return "name", "describes a pipeline without a name."
    if str(name) in found:
        return "name", f"describes the pipeline {name}, which {found[str(name)]} describes as well."
    unknown = [key for key in pipeline if key not in PIPELINE_OPTIONS]
    if unknown:
        known, keys = ", ".join(PIPELINE_OPTIONS), ", ".join(unknown)
        return unknown[0], f"has unknown keys for the pipeline {name}: {keys}. The keys of a pipeline are {known}."
    state = pipeline.get("state", "present")
    if state not in _STATES:
        return "state", f"sets the state of the pipeline {name} to {state}. The states are {', '.join(_STATES)}."
    if pipeline.get("job_graph") and not isinstance(pipeline["job_graph"], dict):
        return "job_graph", f"describes the pipeline {name} with a job_graph that is not a dictionary."
    return "", ""


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"validate_pipeline_files": make_filter(validate_pipeline_files)}
