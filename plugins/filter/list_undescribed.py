# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: list_undescribed
short_description: List the resources of a Grepr account that no file describes
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Lists the names of the resources of each kind that are in an account and not in its description.
  - The role P(greyops.rest.grepr_account#role) uses it. It may change with any version, so do not use it elsewhere.
positional: results
options:
  _input:
    description: The resources of the account from M(greyops.rest.grepr_account_info) with C(references=ids).
    type: list
    elements: dict
    required: true
  results:
    description: The results of the described resources, RV(greyops.rest.grepr_account#module:results).
    type: dict
    required: true
  tags:
    description: The tags that a pipeline must have to be listed.
    type: dict
    default: {}
  teams:
    description: Names or IDs of teams. A pipeline must belong to one of them. An empty list selects all pipelines.
    type: list
    elements: str
    default: []
  known_teams:
    description: The teams of the account, as M(greyops.rest.grepr_team_info) lists them.
    type: list
    elements: dict
    default: []
"""

EXAMPLES = r"""
- name: Show what no file describes
  ansible.builtin.debug:
    msg: "{{ account.resources | greyops.rest.list_undescribed(planned.results) }}"
"""

RETURN = r"""
_value:
  description: The sorted names below each kind that has any.
  type: dict
  sample: {pipelines: [old_logs]}
"""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from ..module_utils._grepr.account import PIPELINES, USERS
from ..module_utils._grepr.resources import resolve_ids
from ..plugin_utils._filters import make_filter


def list_undescribed(
    resources: list[dict[str, Any]],
    results: Mapping[str, Sequence[Mapping[str, Any]]],
    tags: Mapping[str, Any] | None = None,
    teams: Sequence[str] = (),
    known_teams: Sequence[dict[str, Any]] = (),
) -> dict[str, list[str]]:
    described = {_identify(kind, str(one["name"])) for kind, listed in results.items() for one in listed}
    team_ids = resolve_ids(known_teams, teams, "team", ("name",), "undescribed_teams")
    found: dict[str, list[str]] = {}
    for resource in resources:
        kind, name = resource["kind"], resource["name"]
        if _identify(kind, name) in described:
            continue
        if kind != PIPELINES or _is_selected(json.loads(resource["options"]), tags or {}, team_ids):
            found.setdefault(kind, []).append(name)
    return {kind: sorted(names) for kind, names in found.items()}


def _identify(kind: str, name: str) -> tuple[str, str]:
    """Return what identifies a resource: e-mail addresses are compared regardless of case."""
    return kind, name.casefold() if kind == USERS else name


def _is_selected(pipeline: dict[str, Any], tags: Mapping[str, Any], team_ids: Collection[str]) -> bool:
    has_tags = all(pipeline["tags"].get(key) == str(value) for key, value in tags.items())
    return has_tags and (not team_ids or not set(team_ids).isdisjoint(pipeline["team_ids"]))


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"list_undescribed": make_filter(list_undescribed)}
