# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: build_account
short_description: Build the description of a Grepr account from files
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Builds the option O(greyops.rest.grepr_account#module:account) from files. The folder of a file is the kind of the
    resources that it describes.
  - The role P(greyops.rest.grepr_account#role) uses it. It may change with any version, so do not use it elsewhere.
options:
  _input:
    description: The files, as P(greyops.rest.parse_files#lookup) returns them.
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: Apply the files
  greyops.rest.grepr_account:
    account: "{{ files | greyops.rest.build_account }}"
"""

RETURN = r"""
_value:
  description: The resources, a list below each kind that has files.
  type: dict
"""

from collections.abc import Callable
from typing import Any

from ..plugin_utils._described_files import group_entries
from ..plugin_utils._filters import make_filter


def build_account(files: list[dict[str, Any]]) -> dict[str, list[Any]]:
    return {kind: [entry.content for entry in entries] for kind, entries in group_entries(files).items()}


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"build_account": make_filter(build_account)}
