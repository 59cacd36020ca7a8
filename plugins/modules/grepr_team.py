#!/usr/bin/python
# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: grepr_team
short_description: Manage Grepr teams and their members
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Create, rename and delete a team, and manage its leaders and members.
  - A team that still has members can be deleted.
options:
  name:
    description:
      - The name of the team.
      - If O(id) is given, the new name of the team.
    type: str
  id:
    description:
      - The ID of the team. Use it if several teams have the same name, or to rename a team.
      - Required if O(name) is not given. The ID of a new team cannot be chosen.
    type: str
  state:
    description:
      - V(present) creates or updates the team.
      - V(absent) deletes the team.
    type: str
    choices: [present, absent]
    default: present
  leaders:
    description:
      - All leaders of the team, by ID, e-mail address or name.
      - Leaders not listed here or in O(members) are removed from the team. An empty list removes all leaders. If
        omitted, the leaders are not changed.
      - With an API key, users who are not in the team must be given by ID, because Grepr shows the list of users only
        to tokens.
    type: list
    elements: str
  members:
    description: All members of the team who are not leaders, in the same format as O(leaders).
    type: list
    elements: str
seealso:
  - module: greyops.rest.grepr_team_info
  - module: greyops.rest.grepr_user_info
extends_documentation_fragment:
  - greyops.rest._grepr
  - greyops.rest._http
  - greyops.rest._token_store
  - greyops.rest._attributes
  - greyops.rest._attributes.grepr
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
    details: Shows the writable properties and leaves out values added by Grepr.
  idempotent:
    support: full
"""

EXAMPLES = r"""
- name: Create a team with a leader and two members
  greyops.rest.grepr_team:
    name: platform
    leaders:
      - ann@example.com
    members:
      - bob@example.com
      - eve@example.com
  register: result

- name: Show which members would be added and removed, without changing anything
  greyops.rest.grepr_team:
    name: platform
    members:
      - eve@example.com
  check_mode: true
  diff: true

- name: Rename the team without changing its members
  greyops.rest.grepr_team:
    id: "{{ result.team.id }}"
    name: infrastructure

- name: Delete the team
  greyops.rest.grepr_team:
    name: infrastructure
    state: absent
"""

RETURN = r"""
team:
  description:
    - The team as Grepr has it, or as it would be in check mode.
    - Holds C(leaders) and C(members) when O(leaders) or O(members) are given.
    - V(null) when there is none.
  returned: success
  type: dict
  sample:
    id: 0kteam0000001
    name: platform
    leaderRoleId: rol_Leader000001
    memberRoleId: rol_Member000001
    userCount: 1
    leaders:
      - id: auth0|00001
        email: ann@example.com
        name: Ann Example
    members: []
api:
  description:
    - Requests in C(calls), repeated requests in C(retries), seconds of waiting in C(waited), and the source of the
      credential in C(token). See R(Results,ansible_collections.greyops.rest.docsite.guide_execution.results).
  returned: always
  type: dict
  sample: {calls: 1, retries: 0, waited: 0.0, token: stored}
"""

from ..module_utils._grepr.resource_kinds import build_operation
from ..module_utils._grepr.teams import TEAM_KIND
from ..module_utils._module import run_module

OPERATION = build_operation(TEAM_KIND, "team")


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
