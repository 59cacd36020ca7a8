#!/usr/bin/python
# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: grepr_team_info
short_description: Get information about Grepr teams
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - List the teams of an organization, or only those that match the filters.
  - Grepr has no filters for teams. The module reads all of them and filters the result. A team must match one item of
    each list that is given.
options:
  name:
    description: Return only the teams with these names.
    type: list
    elements: str
  id:
    description: Return only the teams with these IDs.
    type: list
    elements: str
  members:
    description: Whether to return the users of the teams as C(leaders) and C(members), which requires additional calls
      for each team.
    type: bool
    default: false
seealso:
  - module: greyops.rest.grepr_team
extends_documentation_fragment:
  - greyops.rest._grepr
  - greyops.rest._http
  - greyops.rest._token_store
  - greyops.rest._selection
  - greyops.rest._attributes
  - greyops.rest._attributes.info
  - greyops.rest._attributes.grepr
"""

EXAMPLES = r"""
- name: List all teams
  greyops.rest.grepr_team_info:
  register: all_teams

- name: Read the members of one team
  greyops.rest.grepr_team_info:
    name: platform
    members: true
  register: found

- name: Show its leaders
  ansible.builtin.debug:
    msg: "{{ found.teams[0].leaders | map(attribute='email') | join(', ') }}"
  when: found.teams | length > 0
"""

RETURN = r"""
teams:
  description:
    - The teams as Grepr returns them, sorted by name and id.
    - Empty when there is none.
    - With O(summary=true), lines with C(name) and C(id).
  returned: success
  type: list
  elements: dict
  sample:
    - id: 0kteam0000001
      name: platform
      leaderRoleId: rol_Leader000001
      memberRoleId: rol_Member000001
      userCount: 1
api:
  description:
    - Requests in C(calls), repeated requests in C(retries), seconds of waiting in C(waited), and the source of the
      credential in C(token). See R(Results,ansible_collections.greyops.rest.docsite.guide_execution.results).
  returned: always
  type: dict
  sample: {calls: 1, retries: 0, waited: 0.0, token: stored}
"""

from typing import Any

from ..module_utils._argspec import ArgumentSpec
from ..module_utils._context import Context
from ..module_utils._grepr.resources import FILTER_SPEC, GreprResourceApi, ResourceLists, filter_items
from ..module_utils._grepr.service import GREPR
from ..module_utils._grepr.teams import TEAMS, Membership
from ..module_utils._module import run_module
from ..module_utils._resource import info_operation

SPEC = ArgumentSpec(options={"members": {"type": "bool", "default": False}})


def list_teams(context: Context) -> list[dict[str, Any]]:
    client = GREPR.open_client(context)
    teams = filter_items(GreprResourceApi(client, TEAMS).list_items(), context.params)
    if not context.params["members"]:
        return teams
    memberships = ((team, Membership(ResourceLists(client), team, context.params["auth"])) for team in teams)
    return [{**team, **membership.as_result(membership.members)} for team, membership in memberships]


OPERATION = info_operation(GREPR.spec + FILTER_SPEC + SPEC, "teams", list_teams)


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
