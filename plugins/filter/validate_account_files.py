# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: validate_account_files
short_description: Validate the files that describe a Grepr account
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Lists all that is wrong with the files and can be found without a request, each with its file, line and path.
  - The role P(greyops.rest.grepr_account#role) uses it. It may change with any version, so do not use it elsewhere.
options:
  _input:
    description: The files, as P(greyops.rest.parse_files#lookup) returns them.
    type: list
    elements: dict
    required: true
  validate:
    description: What is validated, as for O(greyops.rest.grepr_account#module:validate).
    type: str
    choices: [none, local, remote]
    default: local
  purge:
    description: The option O(greyops.rest.grepr_account#module:purge).
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Fail if a file is invalid
  ansible.builtin.assert:
    that: files | greyops.rest.validate_account_files | length == 0
"""

RETURN = r"""
_value:
  description: One sentence for each problem, in the order of the files. The line is left out if the text of a file is
    not YAML before it is templated.
  type: list
  elements: str
  sample:
    - "/srv/account/teams/shop.yml:3 (shop): There is no option leader. The nearest are: leaders."
"""

from collections.abc import Callable, Mapping
from typing import Any

from ..module_utils._grepr.account import PIPELINES, validate_account
from ..module_utils._grepr.pipeline import LOCAL, validate_tags
from ..plugin_utils._described_files import find_file, group_entries, name_places
from ..plugin_utils._filters import make_filter
from ..plugin_utils._lines import LineFinder


def validate_account_files(
    files: list[dict[str, Any]], validate: str = LOCAL, purge: Mapping[str, Any] | None = None
) -> list[str]:
    entries, lines = group_entries(files), LineFinder()
    account = {kind: [entry.content for entry in group] for kind, group in entries.items()}
    problems = [(file["file"], file["problem"]) for file in files if file["problem"]]
    problems += [
        (find_file(problem, entries), f"{name_places(problem, entries, lines).rstrip('.')}.")
        for problem in validate_account(account, validate)
    ]
    problems += [("", f"{problem}.") for problem in validate_tags(dict(purge or {}), "purge")]
    if purge and PIPELINES not in account:
        problems.append(("", f"purge requires a file in the folder {PIPELINES}."))
    order = {file["file"]: number for number, file in enumerate(files)}
    return [problem for _file, problem in sorted(problems, key=lambda pair: order.get(pair[0], len(order)))]


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"validate_account_files": make_filter(validate_account_files)}
