#!/usr/bin/python
# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: grepr_service_account
short_description: Manage Grepr service accounts and their secrets
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Create, update and delete a service account, which programs use to log in to Grepr, and rotate its secret.
  - The result does not contain the secret, unless O(return_secret=true).
options:
  name:
    description:
      - The name of the service account.
      - If O(id) is given, the new name of the service account.
    type: str
  id:
    description:
      - The ID of the service account. Use it if several service accounts have the same name, or to rename a service
        account.
      - Required if O(name) is not given. The ID of a new service account cannot be chosen.
    type: str
  state:
    description:
      - V(present) creates or updates the service account.
      - V(absent) deletes the service account.
    type: str
    choices: [present, absent]
    default: present
  roles:
    description:
      - The IDs or names of all roles of the service account.
      - Required if the service account does not exist.
    type: list
    elements: str
  rotate_secret:
    description:
      - Whether to generate a new secret. The old secret is invalid immediately, but issued tokens remain valid until
        they expire.
      - A new service account always gets a new secret.
    type: bool
    default: false
  return_secret:
    description:
      - Whether to return the secret as RV(secret), for later tasks.
      - The result is then hidden from the output, but C(register) stores its values. Other tasks do not hide them, so
        set C(no_log=true) on tasks that use the registered variable.
      - Not supported with C(async), and in loops on ansible-core 2.18, because these would show the secret.
    type: bool
    default: false
seealso:
  - module: greyops.rest.grepr_service_account_info
  - module: greyops.rest.grepr_role
  - module: greyops.rest.grepr_role_info
  - module: greyops.rest.grepr_token
    description: Log in as the service account.
extends_documentation_fragment:
  - greyops.rest._grepr
  - greyops.rest._http
  - greyops.rest._token_store
  - greyops.rest._attributes
  - greyops.rest._attributes.grepr
attributes:
  async:
    support: partial
    details: Not together with O(return_secret=true).
  check_mode:
    support: full
    details: Shows the current secret, and none if a new one would be generated.
  diff_mode:
    support: full
    details: Shows the writable properties, and of a secret only that it would change.
  idempotent:
    support: partial
    details: O(rotate_secret=true) is an action. It generates a new secret on every run.
"""

EXAMPLES = r"""
- name: Create a service account with read access and keep its secret
  greyops.rest.grepr_service_account:
    name: dashboards
    roles: [Viewer]
    return_secret: true
  register: account

- name: Use the service account. no_log is required because the options contain the secret
  greyops.rest.grepr_job_info:
    client_id: "{{ account.service_account.clientId }}"
    client_secret: "{{ account.secret }}"
  no_log: true

- name: Rotate the secret
  greyops.rest.grepr_service_account:
    name: dashboards
    rotate_secret: true
    return_secret: true
  register: account

- name: Show what other roles would change, without changing anything
  greyops.rest.grepr_service_account:
    name: dashboards
    roles: [Admin]
  check_mode: true
  diff: true

- name: Delete the service account
  greyops.rest.grepr_service_account:
    name: dashboards
    state: absent
"""

RETURN = r"""
service_account:
  description:
    - The service account as Grepr has it, or as it would be in check mode, without its secret.
    - V(null) when there is none.
  returned: success
  type: dict
  sample:
    id: 0kaccount0001
    clientId: Yx3kInvented
    name: dashboards
    roles:
      - id: rol_Viewer000001
        name: Viewer
secret:
  description:
    - The secret of the service account.
    - V(null) in check mode, where there would be a new one.
  returned: success, with O(return_secret=true) and O(state=present)
  type: str
  sample: invented-secret
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
from ..module_utils._grepr.names import NameResolver
from ..module_utils._grepr.resource_kinds import build_result
from ..module_utils._grepr.resources import without_secrets
from ..module_utils._grepr.service import GREPR
from ..module_utils._grepr.service_accounts import SERVICE_ACCOUNT_KIND, get_secret, rotate_secret
from ..module_utils._module import run_module
from ..module_utils._operation import Operation, OperationResult

SPEC = ArgumentSpec(
    options={
        "rotate_secret": {"type": "bool", "default": False, "no_log": False},
        "return_secret": {"type": "bool", "default": False, "no_log": False},
    }
)


def run(context: Context) -> OperationResult:
    params, client = context.params, GREPR.open_client(context)
    change = SERVICE_ACCOUNT_KIND.plan_change(NameResolver(client, params["auth"]), params)
    if params["state"] == "absent":
        return build_result(context, "service_account", change)
    is_there = change.before is not None
    rotates = params["rotate_secret"] and is_there
    account = change.predict() if context.check_mode else change.apply(client)
    secret = None
    if rotates and not context.check_mode:
        secret = rotate_secret(client, account or {})
    elif params["return_secret"] and not rotates and (is_there or not context.check_mode):
        secret = get_secret(client, account or {})
    context.secrets.register_tokens(secret, (account or {}).get("secret"))
    diff = change.as_diff()
    if rotates:
        diff["before"]["secret"], diff["after"]["secret"] = "the old one", "a new one"
    values: dict[str, Any] = {"service_account": without_secrets(account or {})}
    if params["return_secret"]:
        values["secret"] = secret
    return OperationResult(change.changed or rotates, values, diff)


OPERATION = Operation(spec=GREPR.spec + SERVICE_ACCOUNT_KIND.spec + SPEC, run=run, secret_option="return_secret")


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
