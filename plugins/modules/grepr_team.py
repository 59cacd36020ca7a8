#!/usr/bin/python
# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: grepr_team
short_description: Manage a team of Grepr and who is in it
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Makes, renames and deletes a team, and sees to it that the right people lead it and belong to it.
  - A team that still has members can be deleted.
options:
  name:
    description:
      - The team's name.
      - With O(id), the name that it is to have from now on.
    type: str
  id:
    description:
      - The team's id, where there are several of one name, or to give it another name.
      - Needed unless O(name) is given. A team cannot be made with an id of its own.
    type: str
  state:
    description:
      - V(present) makes the team, or changes it.
      - V(absent) deletes it.
    type: str
    choices: [present, absent]
    default: present
  leaders:
    description:
      - The users who lead the team, all of them, by id, e-mail address or name.
      - Whoever leads it now and is not named leaves the team, unless O(members) names them. An empty list lets all
        leaders go. Left out, the leaders stay.
      - With an API key only those who are in the team already can be named otherwise than by id, since Grepr shows the
        list of users to tokens only.
    type: list
    elements: str
  members:
    description: The users who are plain members of the team, in the same way as O(leaders).
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
    details: Shows what can be written, and leaves out what Grepr adds.
  idempotent:
    support: full
"""

EXAMPLES = r"""
- name: Make a team with a leader and two members
  greyops.rest.grepr_team:
    name: platform
    leaders:
      - ann@example.com
    members:
      - bob@example.com
      - eve@example.com
  register: made

- name: Show who would join and who would leave, and change nothing
  greyops.rest.grepr_team:
    name: platform
    members:
      - eve@example.com
  check_mode: true
  diff: true

- name: Give it another name and leave the people in it as they are
  greyops.rest.grepr_team:
    id: "{{ made.team.id }}"
    name: infrastructure

- name: Delete it
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
    There is no user carl@example.com, neither by id nor by email nor name. There are:
    ann@example.com, bob@example.com.
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

from ansible_collections.greyops.rest.plugins.module_utils._comparison import wish_of
from ansible_collections.greyops.rest.plugins.module_utils._grepr.client import open_client
from ansible_collections.greyops.rest.plugins.module_utils._grepr.options import GREPR_SPEC
from ansible_collections.greyops.rest.plugins.module_utils._grepr.resources import (
    RESOURCE_SPEC,
    Collection,
    plan,
)
from ansible_collections.greyops.rest.plugins.module_utils._grepr.teams import TEAMS, Membership, plan_roster
from ansible_collections.greyops.rest.plugins.module_utils._module import run_module
from ansible_collections.greyops.rest.plugins.module_utils._operation import Call, Operation, Outcome
from ansible_collections.greyops.rest.plugins.module_utils._options import ArgumentSpec

SPEC = ArgumentSpec(
    options={
        "leaders": {"type": "list", "elements": "str"},
        "members": {"type": "list", "elements": "str"},
    }
)


def run(call: Call) -> Outcome:
    params, state = call.params, call.params["state"]
    client = open_client(params, call.host, call.secrets)
    teams = Collection(client, TEAMS)
    current = teams.find(params["name"], params["id"], state=state)
    planned = plan(TEAMS, current, wish_of(name=params["name"]), state)
    if state == "absent" or params["leaders"] is params["members"] is None:
        team = planned.after if call.check_mode else teams.carry_out(planned)
        return Outcome(planned.changed, {"team": team}, planned.as_diff())
    people = Membership(client, current, params["auth"])
    before = people.roster
    after = plan_roster(before, people.ids_of(params["leaders"]), people.ids_of(params["members"]))
    team = {**(planned.after or {}), "userCount": len(after)}
    if not call.check_mode:
        made = teams.carry_out(planned) or {}
        people.carry_out(made, after)
        team = {**made, "userCount": len(after)}
    diff = planned.as_diff()
    if current is not None:
        diff["before"] |= people.called(before)
    diff["after"] |= people.called(after)
    return Outcome(planned.changed or before != after, {"team": {**team, **people.shown(after)}}, diff)


OPERATION = Operation(spec=GREPR_SPEC + RESOURCE_SPEC + SPEC, run=run)


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
