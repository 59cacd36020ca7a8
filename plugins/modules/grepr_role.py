#!/usr/bin/python
# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: grepr_role
short_description: Manage Grepr roles
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Create, update and delete a custom role of an organization.
  - Fails if a system role, such as a built-in role or a role of a team, would be changed or deleted.
  - Grepr does not document which credential this call requires. The module sends the given credential, as with all
    other calls.
options:
  name:
    description:
      - The name of the role, of 3 to 50 characters.
      - If O(id) is given, the new name of the role.
    type: str
  id:
    description:
      - The ID of the role. Use it if several roles have the same name, or to rename a role.
      - Required if O(name) is not given. The ID of a new role cannot be chosen.
    type: str
  state:
    description:
      - V(present) creates or updates the role.
      - V(absent) deletes the role. Grepr does not delete a role that users or service accounts have.
    type: str
    choices: [present, absent]
    default: present
  description:
    description: The description of the role, of at most 500 characters. A new role has none by default.
    type: str
  permissions:
    description:
      - All permissions of the role, by ID, or as action and resource, such as V(view:jobs).
      - Permissions not listed here are removed from the role. If omitted, the permissions are not changed.
      - Required if the role does not exist.
      - Grepr lists the permissions at C(/v1/permissions). Fails and shows this list if a permission does not exist.
    type: list
    elements: str
seealso:
  - module: greyops.rest.grepr_role_info
  - module: greyops.rest.grepr_service_account
    description: Assign roles to service accounts.
  - module: greyops.rest.grepr_user
    description: Assign roles to users.
  - name: Permissions
    description: Grepr's documentation of permissions.
    link: https://docs.grepr.ai/grepr-platform/permissions
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
- name: Create a role that can change pipelines, and nothing else
  greyops.rest.grepr_role:
    name: Pipeline developer
    description: Change pipelines, and see what they use.
    permissions:
      - view:jobs
      - edit:jobs
      - view:integrations
      - view:datasets
  register: result

- name: Show which permissions would be added and removed, without changing anything
  greyops.rest.grepr_role:
    name: Pipeline developer
    permissions: [view:jobs]
  check_mode: true
  diff: true

- name: Rename the role without changing its permissions
  greyops.rest.grepr_role:
    id: "{{ result.role.id }}"
    name: Developer

- name: Delete the role
  greyops.rest.grepr_role:
    name: Developer
    state: absent
"""

RETURN = r"""
role:
  description:
    - The role as Grepr has it, or as it would be in check mode.
    - V(null) when there is none.
  returned: success
  type: dict
  sample:
    id: rol_Custom000001
    name: Pipeline developer
    description: Change pipelines, and see what they use.
    permissionIds: ['edit:jobs', 'view:datasets', 'view:integrations', 'view:jobs']
    builtin: false
    effect: allow
    createdAt: '2026-03-01T12:00:00Z'
    createdBy: Ann Example (u1)
api:
  description:
    - Requests in C(calls), repeated requests in C(retries), seconds of waiting in C(waited), and the source of the
      credential in C(token). See R(Results,ansible_collections.greyops.rest.docsite.guide_execution.results).
  returned: always
  type: dict
  sample: {calls: 1, retries: 0, waited: 0.0, token: stored}
"""

from ..module_utils._grepr.resource_kinds import build_operation
from ..module_utils._grepr.service_accounts import ROLE_KIND
from ..module_utils._module import run_module

OPERATION = build_operation(ROLE_KIND, "role")


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
