# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: export_account
short_description: Export the resources of a Grepr account to files
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Creates the content of a file for each resource, in the form that the roles P(greyops.rest.grepr_account#role) and
    P(greyops.rest.grepr_pipelines#role) read.
  - The roles export with it. It may change with any version, so do not use it elsewhere.
positional: folders
options:
  _input:
    description: The resources, as M(greyops.rest.grepr_account_info) returns them.
    type: list
    elements: dict
    required: true
  folders:
    description: Whether the files of each kind are in a folder of its name.
    type: bool
    default: true
"""

EXAMPLES = r"""
- name: Export an account
  greyops.rest.write_files:
    dest: account
    files: "{{ account.resources | greyops.rest.export_account }}"
"""

RETURN = r"""
_value:
  description: The files, each with C(name) and C(content), for M(greyops.rest.write_files).
  type: list
  elements: dict
"""

import json
from collections.abc import Callable
from itertools import count
from typing import Any

from ..plugin_utils._filters import make_filter, to_yaml_document
from .encode_file_name import encode_file_name


def export_account(resources: list[dict[str, Any]], folders: bool = True) -> list[dict[str, str]]:
    taken: set[str] = set()
    return [
        {"name": _build_name(resource, folders, taken), "content": _build_content(resource)} for resource in resources
    ]


def _build_name(resource: dict[str, Any], folders: bool, taken: set[str]) -> str:
    """Return a name that no other file has, regardless of case, which some file systems ignore."""
    stem = f"{resource['kind']}/" * folders + encode_file_name(resource["name"])
    names = (f"{stem}{f'~{number}' if number else ''}.yml" for number in count())
    name = next(name for name in names if name.lower() not in taken)
    taken.add(name.lower())
    return name


def _build_content(resource: dict[str, Any]) -> str:
    content = to_yaml_document(json.loads(resource["options"]))
    if not resource["missing"]:
        return content
    comment = (
        f"# Grepr does not return {', '.join(resource['missing'])}. Add what another account needs to create this."
    )
    return content.replace("---\n", f"---\n{comment}\n", 1)


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"export_account": make_filter(export_account)}
