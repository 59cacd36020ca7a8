#!/usr/bin/python
# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: grepr_role_info
short_description: Get information about Grepr roles
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - List the roles of an organization, or only those that match the filters.
  - Grepr has no filters for roles. The module reads all of them and filters the result. A role must match one item of
    each list that is given.
  - Grepr does not document which credential this call requires. The module sends the given credential, as with all
    other calls.
options:
  name:
    description: Return only the roles with these names.
    type: list
    elements: str
  id:
    description: Return only the roles with these IDs.
    type: list
    elements: str
seealso:
  - module: greyops.rest.grepr_role
  - module: greyops.rest.grepr_service_account
    description: Assign roles by name or ID.
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
- name: List all roles, including those of teams
  greyops.rest.grepr_role_info:
  register: all_roles

- name: Read one role
  greyops.rest.grepr_role_info:
    name: Viewer
  register: found

- name: Show its permissions
  ansible.builtin.debug:
    var: found.roles[0].permissionIds
  when: found.roles | length > 0
"""

RETURN = r"""
roles:
  description:
    - The roles as Grepr returns them, sorted by name and id.
    - Empty when there is none.
    - With O(summary=true), lines with C(name) and C(id).
  returned: success
  type: list
  elements: dict
  sample:
    - id: rol_Viewer000001
      name: Viewer
      description: May look
      permissionIds: ['view:jobs']
      builtin: true
      effect: allow
      createdAt: '2026-03-01T12:00:00Z'
      createdBy: system
api:
  description:
    - Requests in C(calls), repeated requests in C(retries), seconds of waiting in C(waited), and the source of the
      credential in C(token). See R(Results,ansible_collections.greyops.rest.docsite.guide_execution.results).
  returned: always
  type: dict
  sample: {calls: 1, retries: 0, waited: 0.0, token: stored}
"""

from ..module_utils._grepr.resources import build_info_operation
from ..module_utils._grepr.service_accounts import ROLES
from ..module_utils._module import run_module

OPERATION = build_info_operation(ROLES, "roles")


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
