# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: build_pipeline_tests
short_description: Build tests of pipelines from the files that describe them
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Builds the option O(greyops.rest.grepr_pipeline_test#module:tests). The graph of a test is that of the pipeline
    file, or, if no file describes the pipeline, that of the existing pipeline.
  - The role P(greyops.rest.grepr_pipelines#role) uses it. It may change with any version, so do not use it
    elsewhere.
positional: pipeline_files
options:
  _input:
    description: The files of the tests, as P(greyops.rest.parse_files#lookup) returns them.
    type: list
    elements: dict
    required: true
  pipeline_files:
    description: The files of the pipelines, as P(greyops.rest.parse_files#lookup) returns them.
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: Run the tests
  greyops.rest.grepr_pipeline_test:
    tests: "{{ (test_files | greyops.rest.build_pipeline_tests(pipeline_files)).tests }}"
"""

RETURN = r"""
_value:
  description: The tests, or what is wrong with the files.
  type: dict
  contains:
    tests:
      description: The tests. Their names begin with the name of the file. Empty if there are problems.
      type: list
      elements: dict
      returned: always
    problems:
      description: One sentence for each problem.
      type: list
      elements: str
      returned: always
"""

import os
from collections.abc import Callable, Iterator
from typing import Any

from ..plugin_utils._described_files import iter_entries
from ..plugin_utils._filters import make_filter
from ..plugin_utils._lines import LineFinder

_KEYS = {"name": str, "pipeline": str, "events": dict, "expect": dict}


def build_pipeline_tests(files: list[dict[str, Any]], pipeline_files: list[dict[str, Any]]) -> dict[str, list[Any]]:
    lines, entries = LineFinder(), list(iter_entries(files))
    problems = [file["problem"] for file in files if file["problem"]]
    problems += [
        f"{lines.locate(entry.file, entry.place + key)} {problem}."
        for entry in entries
        for key, problem in _list_problems(entry.content)
    ]
    if not problems and not entries:
        problems.append("The files contain no test.")
    if problems:
        return {"tests": [], "problems": problems}
    graphs = {
        str(entry.content["name"]): entry.content["job_graph"]
        for entry in iter_entries(pipeline_files)
        if entry.content.get("job_graph")
    }
    tests = [_build(os.path.splitext(os.path.basename(entry.file))[0], entry.content, graphs) for entry in entries]
    return {"tests": tests, "problems": []}


def _list_problems(test: Any) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a test, as the rest of a sentence about its file, after the key."""
    if not isinstance(test, dict):
        yield "", "contains an entry that is not a test"
        return
    known = ", ".join(_KEYS)
    unknown = [key for key in test if key not in _KEYS]
    if unknown:
        yield unknown[0], f"has unknown keys for a test: {', '.join(unknown)}. The keys of a test are {known}"
    for key, kind in _KEYS.items():
        if not isinstance(test.get(key), kind) or not test[key]:
            what = "a dictionary" if kind is dict else "a string"
            yield key, f"contains a test ({test.get('name', 'without a name')}) that requires {key}, {what}"


def _build(prefix: str, test: dict[str, Any], graphs: dict[str, Any]) -> dict[str, Any]:
    graph = graphs.get(test["pipeline"])
    source = {"pipeline": test["pipeline"]} if graph is None else {"job_graph": graph}
    return {"name": f"{prefix}: {test['name']}", **source, "events": test["events"], "expect": test["expect"]}


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"build_pipeline_tests": make_filter(build_pipeline_tests)}
