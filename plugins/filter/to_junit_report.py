# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: to_junit_report
short_description: Format the results of pipeline tests as a JUnit report
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Formats the results as XML with one C(testcase) for each test. A test whose job failed is an C(error), a test with
    other events than expected is a C(failure).
  - If the module failed before it ran the tests, each test is an error.
  - The role P(greyops.rest.grepr_pipelines#role) uses it. It may change with any version, so do not use it
    elsewhere.
positional: tests
options:
  _input:
    description: The result of M(greyops.rest.grepr_pipeline_test).
    type: dict
    required: true
  tests:
    description: The option O(greyops.rest.grepr_pipeline_test#module:tests).
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: Write a report
  ansible.builtin.copy:
    content: "{{ result | greyops.rest.to_junit_report(tests) }}"
    dest: report.xml
    mode: "0644"
"""

RETURN = r"""
_value:
  description: The XML document.
  type: str
"""

import re
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

from ..plugin_utils._filters import make_filter
from .tabulate_pipeline_tests import iter_failure_lines

# What XML 1.0 cannot contain, in whatever form.
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def to_junit_report(result: dict[str, Any], tests: list[dict[str, Any]]) -> str:
    results = result.get("tests") or [_build_error(test["name"], result["msg"]) for test in tests]
    suite = ElementTree.Element("testsuite", name="grepr_pipelines", tests=str(len(results)))
    counts = {"failures": 0, "errors": 0}
    for test in results:
        # The names begin with those of the files, see build_pipeline_tests.
        file, _colon, name = test["name"].partition(": ")
        case = ElementTree.SubElement(suite, "testcase", classname=_clean(file), name=_clean(name))
        if test["failures"]:
            kind = "failure" if all(one["vertex"] in test["outputs"] for one in test["failures"]) else "error"
            counts[f"{kind}s"] += 1
            lines = [_clean(line) for line in iter_failure_lines(test)]
            ElementTree.SubElement(case, kind, message=lines[0]).text = "\n".join(lines)
    suite.attrib.update({kind: str(count) for kind, count in counts.items()})
    ElementTree.indent(suite)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ElementTree.tostring(suite, encoding="unicode")}\n'


def _build_error(name: str, message: str) -> dict[str, Any]:
    failure = {"vertex": "The tests did not run", "message": message, "differences": []}
    return {"name": name, "outputs": {}, "failures": [failure]}


def _clean(text: str) -> str:
    return _NO_XML.sub("\ufffd", text)


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"to_junit_report": make_filter(to_junit_report)}
