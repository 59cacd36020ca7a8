# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: select_due_categories
short_description: Select the categories that can be written
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Selects the categories that differ and whose catalog exists, and none if a catalog failed.
  - In check mode a catalog that would be created does not exist yet.
  - The role P(greyops.rest.greymatter_master_data#role) uses it. It may change with any version, so do not use it
    elsewhere.
positional: catalogs, results
options:
  _input:
    description: What the files describe, from P(greyops.rest.compare_master_data#filter).
    type: dict
    required: true
  catalogs:
    description: The catalogs that the site has by now.
    type: list
    elements: dict
    required: true
  results:
    description: The results of the catalogs that were written.
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: Show the categories to write
  ansible.builtin.debug:
    msg: "{{ desired | greyops.rest.select_due_categories(catalogs, results) | map(attribute='id') }}"
"""

RETURN = r"""
_value:
  description: The categories, as P(greyops.rest.compare_master_data#filter) has them.
  type: list
  elements: dict
"""

from collections.abc import Callable
from typing import Any

from ..plugin_utils._filters import make_filter


def select_due_categories(
    desired: dict[str, Any], catalogs: list[dict[str, Any]], results: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    if any("msg" in result for result in results):
        return []
    existing = {catalog["clientCatalogId"] for catalog in catalogs}
    return [entry for entry in desired["categories"] if entry["differs"] and entry["catalog"] in existing]


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"select_due_categories": make_filter(select_due_categories)}
