#!/usr/bin/python
# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: grepr_user_info
short_description: Read users of Grepr
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Lists the users of an organization, all of them or those that match the filters.
  - Grepr itself knows no filters here, so that all are read and the module does the filtering. A user has to match one
    item of each list that is given.
  - Grepr shows users to tokens only. With O(api_key) as an argument, or O(auth=api_key), the module fails;
    E(GREPR_API_KEY) is passed over.
options:
  name:
    description: Only the users with these names.
    type: list
    elements: str
  id:
    description: Only the users with these ids.
    type: list
    elements: str
  email:
    description: Only the users with these e-mail addresses.
    type: list
    elements: str
seealso:
  - module: greyops.rest.grepr_team
    description: Takes users by e-mail address, name or id.
extends_documentation_fragment:
  - greyops.rest._grepr
  - greyops.rest._http
  - greyops.rest._token_store
  - greyops.rest._attributes
  - greyops.rest._attributes.info
  - greyops.rest._attributes.grepr
"""

EXAMPLES = r"""
- name: List all users
  greyops.rest.grepr_user_info:
  register: all_users

- name: Find one by e-mail address
  greyops.rest.grepr_user_info:
    email: ann@example.com
  register: found

- name: Show the users who are in no team
  ansible.builtin.debug:
    msg: "{{ all_users.users | rejectattr('teamIds') | map(attribute='email') }}"
"""

RETURN = r"""
users:
  description:
    - The users as Grepr returns them, sorted by name and id.
    - Empty when there is none.
  returned: success
  type: list
  elements: dict
  sample:
    - id: auth0|00001
      email: ann@example.com
      name: Ann Example
      roles:
        - id: rol_Admin0000001
          name: Admin
      teamIds: []
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
    GET https://acme.app.grepr.ai/api/v1/users failed with HTTP 403 Forbidden. The credential may be
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
  sample: https://acme.app.grepr.ai/api/v1/users
method:
  description: The method of the request that failed.
  returned: failure, when it was a request that failed
  type: str
  sample: GET
"""

from ansible_collections.greyops.rest.plugins.module_utils._grepr.client import open_client
from ansible_collections.greyops.rest.plugins.module_utils._grepr.options import (
    ACCESS_TOKEN,
    CLIENT_CREDENTIALS,
    GREPR_SPEC,
)
from ansible_collections.greyops.rest.plugins.module_utils._grepr.resources import FILTER_SPEC, Collection, filtered
from ansible_collections.greyops.rest.plugins.module_utils._grepr.teams import USERS
from ansible_collections.greyops.rest.plugins.module_utils._module import run_module
from ansible_collections.greyops.rest.plugins.module_utils._operation import Call, Operation, Outcome
from ansible_collections.greyops.rest.plugins.module_utils._options import ArgumentSpec

SPEC = ArgumentSpec(options={"email": {"type": "list", "elements": "str"}})


def run(call: Call) -> Outcome:
    users = Collection(open_client(call.params, call.host, call.secrets), USERS).listed()
    return Outcome(values={"users": filtered(users, call.params, ("name", "id", "email"))})


OPERATION = Operation(spec=GREPR_SPEC.accepting(ACCESS_TOKEN, CLIENT_CREDENTIALS) + FILTER_SPEC + SPEC, run=run)


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
