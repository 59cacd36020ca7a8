# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: list_master_data_problems
short_description: List what is wrong with the files of master data
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Lists the problems of the files and those that M(greyops.rest.greymatter_products) found, with the files of each.
  - The role P(greyops.rest.greymatter_master_data#role) uses it. It may change with any version, so do not use it
    elsewhere.
positional: result
options:
  _input:
    description: What the files describe, from P(greyops.rest.compare_master_data#filter).
    type: dict
    required: true
  result:
    description: The result of M(greyops.rest.greymatter_products).
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Show what is wrong
  ansible.builtin.debug:
    msg: "{{ desired | greyops.rest.list_master_data_problems(result) }}"
"""

RETURN = r"""
_value:
  description: A line for each problem, and one that counts those beyond 100.
  type: list
  elements: str
  sample:
    - "products/p.yml: barcodeList is missing"
"""

from collections.abc import Callable
from typing import Any

from ..plugin_utils._filters import make_filter
from ..plugin_utils._master_data import name_files

_MAX_LISTED = 100


def list_master_data_problems(desired: dict[str, Any], result: dict[str, Any]) -> list[str]:
    problems = [*desired["problems"], *result.get("problems", [result["msg"]] if "msg" in result else [])]
    lines = [name_files(problem, desired) for problem in problems[:_MAX_LISTED]]
    return [*lines, f"And {len(problems) - _MAX_LISTED} more."] if len(problems) > _MAX_LISTED else lines


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"list_master_data_problems": make_filter(list_master_data_problems)}
