# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: tabulate_pipeline_tests
short_description: Show the results of pipeline tests as a table
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Shows each test, with what differs if it failed, and counts them.
  - The role P(greyops.rest.grepr_pipelines#role) uses it. It may change with any version, so do not use it
    elsewhere.
options:
  _input:
    description: The results of the tests, RV(greyops.rest.grepr_pipeline_test#module:tests).
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: Show the results
  ansible.builtin.debug:
    msg: "{{ result.tests | greyops.rest.tabulate_pipeline_tests }}"
"""

RETURN = r"""
_value:
  description: The lines of the table.
  type: list
  elements: str
  sample:
    - TEST               RESULT  FAILURES
    - "shop: errors only  failed  datadog: expected 1 event, got 2"
    - "1 of 1 tests failed."
"""

from collections.abc import Callable, Iterator
from typing import Any

from ..plugin_utils._filters import make_filter, tabulate


def tabulate_pipeline_tests(tests: list[dict[str, Any]]) -> list[str]:
    rows = [(test["name"], "passed" if test["passed"] else "failed", [*iter_failure_lines(test)]) for test in tests]
    failed = sum(not test["passed"] for test in tests)
    summary = f"{failed} of {len(tests)} tests failed." if failed else f"All {len(tests)} tests passed."
    return [*tabulate("TEST", rows, 6, ("RESULT", "FAILURES")), summary]


def iter_failure_lines(test: dict[str, Any]) -> Iterator[str]:
    """Yield the failures of a test, followed by their differences."""
    for failure in test["failures"]:
        yield f"{failure['vertex']}: {failure['message']}"
        yield from (f"  {line}" for line in failure["differences"])


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"tabulate_pipeline_tests": make_filter(tabulate_pipeline_tests)}
