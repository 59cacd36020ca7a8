# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: summarize_names
short_description: Join names, and count those beyond a limit
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Joins names with commas, for a message that must not become too long.
  - The role P(greyops.rest.greymatter_master_data#role) uses it. It may change with any version, so do not use it
    elsewhere.
positional: limit
options:
  _input:
    description: The names.
    type: list
    elements: str
    required: true
  limit:
    description: How many names the text has at most.
    type: int
    default: 100
"""

EXAMPLES = r"""
- name: Show which pipelines differ
  ansible.builtin.debug:
    msg: "{{ drift.differing | greyops.rest.summarize_names }}"
"""

RETURN = r"""
_value:
  description: The text; V(none) without names.
  type: str
  sample: catalog B, product 0012 and 7 more
"""

from collections.abc import Callable
from typing import Any

from ..plugin_utils._filters import make_filter


def summarize_names(names: list[str], limit: int = 100) -> str:
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return f"{', '.join(names[:limit])}{more}" or "none"


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"summarize_names": make_filter(summarize_names)}
