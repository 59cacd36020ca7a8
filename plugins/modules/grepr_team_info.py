#!/usr/bin/python
# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: grepr_team_info
short_description: Read teams of Grepr
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Lists the teams of an organization, all of them or those that match the filters.
  - Grepr itself knows no filters here, so that all are read and the module does the filtering. A team has to match one
    item of each list that is given.
options:
  name:
    description: Only the teams with these names.
    type: list
    elements: str
  id:
    description: Only the teams with these ids.
    type: list
    elements: str
  members:
    description: Whether to read who is in the teams too, as C(leaders) and C(members), with further calls for each
      team.
    type: bool
    default: false
seealso:
  - module: greyops.rest.grepr_team
extends_documentation_fragment:
  - greyops.rest._grepr
  - greyops.rest._http
  - greyops.rest._token_store
  - greyops.rest._attributes
  - greyops.rest._attributes.info
  - greyops.rest._attributes.grepr
"""

EXAMPLES = r"""
- name: List all teams
  greyops.rest.grepr_team_info:
  register: all_teams

- name: Read who is in one of them
  greyops.rest.grepr_team_info:
    name: platform
    members: true
  register: found

- name: Show who leads it
  ansible.builtin.debug:
    msg: "{{ found.teams[0].leaders | map(attribute='email') | join(', ') }}"
  when: found.teams | length > 0
"""

RETURN = r"""
teams:
  description:
    - The teams as Grepr returns them, sorted by name and id.
    - Empty when there is none.
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
  description: What the task asked of the API.
  returned: always
  type: dict
  contains:
    calls:
      description: Requests to the API itself, repeats included and logins not.
      returned: always
      type: int
      sample: 1
    retries:
      description: Requests that were sent again, with a new token or after a failure that may pass; logins included.
      returned: always
      type: int
      sample: 0
    waited:
      description: Seconds spent waiting before requests were sent again.
      returned: always
      type: float
      sample: 0.0
    token:
      description:
        - Where the credential came from.
        - V(granted) is a new login, V(refreshed) a new token got with a refresh token, V(stored) the token of the
          store, V(given) the token of the options, and V(api_key) the API key of the options.
      returned: always
      type: str
      sample: stored
msg:
  description: What failed, where and why, and what to do about it.
  returned: failure
  type: str
  sample: >-
    GET https://acme.app.grepr.ai/api/v1/teams failed with HTTP 403 Forbidden. The credential may be
    narrowed to less than this call needs: check its scope or roles.
status:
  description: The HTTP status of the answer.
  returned: failure, when there was an answer
  type: int
  sample: 403
url:
  description: The URL of the request that failed, without its query.
  returned: failure, when it was a request that failed
  type: str
  sample: https://acme.app.grepr.ai/api/v1/teams
method:
  description: The method of the request that failed.
  returned: failure, when it was a request that failed
  type: str
  sample: GET
"""

from typing import Any

from ansible_collections.greyops.rest.plugins.module_utils._grepr.client import open_client
from ansible_collections.greyops.rest.plugins.module_utils._grepr.options import GREPR_SPEC
from ansible_collections.greyops.rest.plugins.module_utils._grepr.resources import FILTER_SPEC, Collection, filtered
from ansible_collections.greyops.rest.plugins.module_utils._grepr.teams import TEAMS, Membership
from ansible_collections.greyops.rest.plugins.module_utils._module import run_module
from ansible_collections.greyops.rest.plugins.module_utils._operation import Call, Operation, Outcome
from ansible_collections.greyops.rest.plugins.module_utils._options import ArgumentSpec

SPEC = ArgumentSpec(options={"members": {"type": "bool", "default": False}})


def run(call: Call) -> Outcome:
    client = open_client(call.params, call.host, call.secrets)

    def with_members(team: dict[str, Any]) -> dict[str, Any]:
        people = Membership(client, team, call.params["auth"])
        return {**team, **people.shown(people.roster)}

    teams = filtered(Collection(client, TEAMS).listed(), call.params)
    return Outcome(values={"teams": [with_members(team) for team in teams] if call.params["members"] else teams})


OPERATION = Operation(spec=GREPR_SPEC + FILTER_SPEC + SPEC, run=run)


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
