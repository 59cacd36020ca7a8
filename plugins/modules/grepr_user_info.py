#!/usr/bin/python
# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: grepr_user_info
short_description: Get information about Grepr users
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - List the users of an organization, or only those that match the filters.
  - Grepr has no filters for users. The module reads all of them and filters the result. A user must match one item of
    each list that is given.
  - Grepr shows users only to tokens. Fails if O(api_key) is given as an argument, or with O(auth=api_key).
    E(GREPR_API_KEY) is ignored.
options:
  name:
    description: Return only the users with these names.
    type: list
    elements: str
  id:
    description: Return only the users with these IDs.
    type: list
    elements: str
  email:
    description: Return only the users with these e-mail addresses.
    type: list
    elements: str
seealso:
  - module: greyops.rest.grepr_user
  - module: greyops.rest.grepr_team
    description: Add users by e-mail address, name or ID.
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
- name: List all users
  greyops.rest.grepr_user_info:
  register: all_users

- name: Find a user by e-mail address
  greyops.rest.grepr_user_info:
    email: ann@example.com
  register: found

- name: Show the users without a team
  ansible.builtin.debug:
    msg: "{{ all_users.users | rejectattr('teamIds') | map(attribute='email') }}"
"""

RETURN = r"""
users:
  description:
    - The users as Grepr returns them, sorted by name and id.
    - Empty when there is none.
    - With O(summary=true), lines with C(name), C(id) and C(email).
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
  description:
    - Requests in C(calls), repeated requests in C(retries), seconds of waiting in C(waited), and the source of the
      credential in C(token). See R(Results,ansible_collections.greyops.rest.docsite.guide_execution.results).
  returned: always
  type: dict
  sample: {calls: 1, retries: 0, waited: 0.0, token: stored}
"""

from ..module_utils._argspec import ArgumentSpec
from ..module_utils._grepr.resources import build_info_operation
from ..module_utils._grepr.service import CLIENT_CREDENTIALS, GREPR
from ..module_utils._grepr.teams import USERS
from ..module_utils._module import run_module
from ..module_utils._service import ACCESS_TOKEN

SPEC = ArgumentSpec(options={"email": {"type": "list", "elements": "str"}})

OPERATION = build_info_operation(
    USERS,
    "users",
    GREPR.spec.allow(ACCESS_TOKEN, CLIENT_CREDENTIALS) + SPEC,
    keys=("name", "id", "email"),
)


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
