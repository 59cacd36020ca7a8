#!/usr/bin/python
# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: grepr_service_account_info
short_description: Get information about Grepr service accounts
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - List the service accounts of an organization, or only those that match the filters.
  - Grepr has no filters for service accounts. The module reads all of them and filters the result. A service account
    must match one item of each list that is given.
options:
  name:
    description: Return only the service accounts with these names.
    type: list
    elements: str
  id:
    description: Return only the service accounts with these IDs.
    type: list
    elements: str
seealso:
  - module: greyops.rest.grepr_service_account
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
- name: List all service accounts
  greyops.rest.grepr_service_account_info:
  register: accounts

- name: Show the service accounts with the role Admin
  ansible.builtin.debug:
    msg: "{{ account.name }}"
  loop: "{{ accounts.service_accounts }}"
  loop_control:
    loop_var: account
    label: "{{ account.name }}"
  when: "'Admin' in account.roles | map(attribute='name')"
"""

RETURN = r"""
service_accounts:
  description:
    - The service accounts as Grepr returns them, sorted by name and id.
    - Empty when there is none.
    - Without their secrets.
    - With O(summary=true), lines with C(name) and C(id).
  returned: success
  type: list
  elements: dict
  sample:
    - id: 0kaccount0001
      clientId: Yx3kInvented
      name: dashboards
      roles:
        - id: rol_Viewer000001
          name: Viewer
api:
  description:
    - Requests in C(calls), repeated requests in C(retries), seconds of waiting in C(waited), and the source of the
      credential in C(token). See R(Results,ansible_collections.greyops.rest.docsite.guide_execution.results).
  returned: always
  type: dict
  sample: {calls: 1, retries: 0, waited: 0.0, token: stored}
"""

from ..module_utils._grepr.resources import build_info_operation
from ..module_utils._grepr.service_accounts import SERVICE_ACCOUNTS
from ..module_utils._module import run_module

OPERATION = build_info_operation(SERVICE_ACCOUNTS, "service_accounts")


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
