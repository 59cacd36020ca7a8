#!/usr/bin/python
# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: grepr_user
short_description: Manage Grepr users
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Create, update and delete a user, and manage the roles of the user in the organization. Roles in teams are not
    changed, use M(greyops.rest.grepr_team) for them.
  - Grepr manages users only with tokens. Fails if O(api_key) is given as an argument, or with O(auth=api_key).
    E(GREPR_API_KEY) is ignored.
options:
  email:
    description:
      - The e-mail address of the user, which identifies the user regardless of case. It cannot be changed.
    type: str
    required: true
  state:
    description:
      - V(present) creates or updates the user.
      - V(absent) deletes the user, which removes all access to the organization.
    type: str
    choices: [present, absent]
    default: present
  first_name:
    description:
      - The first name of the user. Required together with O(last_name), and if the user does not exist.
      - Grepr has one name for an existing user. That it consists of the first name, a space and the last name is
        inferred, and not documented by Grepr. If omitted, the name of an existing user is not changed.
    type: str
  last_name:
    description: The last name of the user. Required together with O(first_name), and if the user does not exist.
    type: str
  password:
    description:
      - The initial password of the user. Required if the user does not exist.
      - It is used only to create the user. The password of an existing user is never changed, because Grepr documents
        no call for it.
    type: str
  roles:
    description:
      - The IDs or names of all roles of the user in the organization. Roles not listed here are removed from the user.
        If omitted, the roles are not changed.
      - Required if the user does not exist. An empty list means no roles.
      - Roles of teams are neither accepted nor changed.
    type: list
    elements: str
seealso:
  - module: greyops.rest.grepr_user_info
  - module: greyops.rest.grepr_role
  - module: greyops.rest.grepr_team
    description: Manage the leaders and members of teams.
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
    details: Shows the e-mail address, the name, and the IDs of the roles and teams. Never shows the password.
  idempotent:
    support: full
notes:
  - Renaming a user requires a call that also contains the roles. The module sends all current roles, those in teams
    too, so that none is lost. Fails if the user is no longer in the same teams after a change.
  - Ansible shows the items of a loop. If they contain passwords, set C(no_log=true).
"""

EXAMPLES = r"""
- name: Create a user. no_log is required only if the items of a loop contain passwords
  greyops.rest.grepr_user:
    email: ann@example.com
    first_name: Ann
    last_name: Example
    password: "{{ vault_initial_password }}"
    roles: [Member]
  register: result

- name: Show which roles would be added and removed, without changing anything
  greyops.rest.grepr_user:
    email: ann@example.com
    roles: [Reader, Pipeline developer]
  check_mode: true
  diff: true

- name: Delete a user who left
  greyops.rest.grepr_user:
    email: bob@example.com
    state: absent
"""

RETURN = r"""
user:
  description:
    - The user as Grepr has it, or as it would be in check mode.
    - V(null) when there is none.
  returned: success
  type: dict
  sample:
    id: auth0|00001
    email: ann@example.com
    name: Ann Example
    roles:
      - id: rol_Member000001
        name: Member
    teamIds: []
api:
  description:
    - Requests in C(calls), repeated requests in C(retries), seconds of waiting in C(waited), and the source of the
      credential in C(token). See R(Results,ansible_collections.greyops.rest.docsite.guide_execution.results).
  returned: always
  type: dict
  sample: {calls: 1, retries: 0, waited: 0.0, token: stored}
"""

from ..module_utils._grepr.resource_kinds import build_operation
from ..module_utils._grepr.service import CLIENT_CREDENTIALS, GREPR
from ..module_utils._grepr.users import USER_KIND
from ..module_utils._module import run_module
from ..module_utils._service import ACCESS_TOKEN

OPERATION = build_operation(USER_KIND, "user", GREPR.spec.allow(ACCESS_TOKEN, CLIENT_CREDENTIALS))


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
