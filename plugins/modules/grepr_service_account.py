#!/usr/bin/python
# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: grepr_service_account
short_description: Manage a service account of Grepr and its secret
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Makes, changes and deletes a service account, with which a program logs in to Grepr, and gives it a new secret.
  - The result never holds the secret, unless O(return_secret=true).
options:
  name:
    description:
      - The service account's name.
      - With O(id), the name that it is to have from now on.
    type: str
  id:
    description:
      - The service account's id, where there are several of one name, or to give it another name.
      - Needed unless O(name) is given. A service account cannot be made with an id of its own.
    type: str
  state:
    description:
      - V(present) makes the service account, or changes it.
      - V(absent) deletes it.
    type: str
    choices: [present, absent]
    default: present
  roles:
    description:
      - The roles of the service account, all of them, by id or name.
      - Needed to make a service account.
    type: list
    elements: str
  rotate_secret:
    description:
      - Whether the service account gets a new secret. The old one is dead at once, though tokens live on until they
        expire.
      - An account that the task makes has a new secret anyway.
    type: bool
    default: false
  return_secret:
    description:
      - Whether the result holds the secret, as RV(secret), for tasks that follow.
      - The result is then hidden from the display, but C(register) gets the values. Whatever the registered variable is
        handed to shows or hides it by itself, so give that task C(no_log=true).
      - Refused together with C(async), and in loops on ansible-core 2.18, since these would show the secret.
    type: bool
    default: false
seealso:
  - module: greyops.rest.grepr_service_account_info
  - module: greyops.rest.grepr_role_info
  - module: greyops.rest.grepr_token
    description: Logs in as the service account.
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
    details: Shows the secret that is there, and none where there would be a new one.
  diff_mode:
    support: full
    details: Shows what can be written, and of a secret only that it would be another one.
  idempotent:
    support: partial
    details: O(rotate_secret=true) is an action. It makes a new secret each time.
"""

EXAMPLES = r"""
- name: Make a service account that may look at everything, and keep its secret
  greyops.rest.grepr_service_account:
    name: dashboards
    roles: [Viewer]
    return_secret: true
  register: account

- name: Log in as that account; no_log is for the options, in which the secret stands
  greyops.rest.grepr_job_info:
    client_id: "{{ account.service_account.clientId }}"
    client_secret: "{{ account.secret }}"
  no_log: true

- name: Give it a new secret, once in a while
  greyops.rest.grepr_service_account:
    name: dashboards
    rotate_secret: true
    return_secret: true
  register: account

- name: Show what other roles would change, and change nothing
  greyops.rest.grepr_service_account:
    name: dashboards
    roles: [Admin]
  check_mode: true
  diff: true

- name: Delete it
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
    There is no role Editors, neither by id nor by name. There are: Admin, Viewer.
status:
  description: The HTTP status of the answer.
  returned: failure, when there was an answer
  type: int
  sample: 403
url:
  description: The URL of the request that failed, without its query.
  returned: failure, when it was a request that failed
  type: str
  sample: https://acme.app.grepr.ai/api/v1/service-accounts
method:
  description: The method of the request that failed.
  returned: failure, when it was a request that failed
  type: str
  sample: GET
"""

from typing import Any

from ansible_collections.greyops.rest.plugins.module_utils._comparison import wish_of
from ansible_collections.greyops.rest.plugins.module_utils._grepr.accounts import (
    ROLES,
    SERVICE_ACCOUNTS,
    read_secret,
    rotate_secret,
)
from ansible_collections.greyops.rest.plugins.module_utils._grepr.client import open_client
from ansible_collections.greyops.rest.plugins.module_utils._grepr.options import GREPR_SPEC
from ansible_collections.greyops.rest.plugins.module_utils._grepr.resources import (
    RESOURCE_SPEC,
    Collection,
    identified,
    plan,
    without_secrets,
)
from ansible_collections.greyops.rest.plugins.module_utils._http.client import ApiClient
from ansible_collections.greyops.rest.plugins.module_utils._module import run_module
from ansible_collections.greyops.rest.plugins.module_utils._operation import Call, Operation, Outcome
from ansible_collections.greyops.rest.plugins.module_utils._options import ArgumentSpec

SPEC = ArgumentSpec(
    options={
        "roles": {"type": "list", "elements": "str"},
        "rotate_secret": {"type": "bool", "default": False, "no_log": False},
        "return_secret": {"type": "bool", "default": False, "no_log": False},
    }
)


def run(call: Call) -> Outcome:
    params, state = call.params, call.params["state"]
    client = open_client(params, call.host, call.secrets)
    accounts = Collection(client, SERVICE_ACCOUNTS)
    current = accounts.find(params["name"], params["id"], state=state)
    if state == "absent":
        planned = plan(SERVICE_ACCOUNTS, current, {}, state)
        account = planned.after if call.check_mode else accounts.carry_out(planned)
        return Outcome(planned.changed, {"service_account": account}, planned.as_diff())
    roles = Collection(client, ROLES).listed() if params["roles"] is not None else []
    role_ids = None if params["roles"] is None else sorted({*identified(roles, params["roles"], "role", ("name",))})
    planned = plan(SERVICE_ACCOUNTS, current, wish_of(name=params["name"], roleIds=role_ids))
    rotates = params["rotate_secret"] and current is not None
    if call.check_mode:
        account = _predicted(planned.after or {}, roles)
        known = current is not None and not rotates and params["return_secret"]
        secret = read_secret(client, accounts.item_path(account["id"])) if known else None
    else:
        account = accounts.carry_out(planned) or {}
        path = accounts.item_path(str(account.get("id")))
        secret = _secret(client, path, account, rotates, params["return_secret"])
    account = {key: value for key, value in without_secrets(account).items() if key != "roleIds"}
    call.secrets.register_tokens(secret)
    diff = planned.as_diff()
    if rotates:
        diff["before"]["secret"], diff["after"]["secret"] = "the old one", "a new one"
    shown = {"secret": secret} if params["return_secret"] else {}
    values = {"service_account": account, **shown}
    return Outcome(planned.changed or rotates, values, diff, hidden=params["return_secret"])


def _predicted(account: dict[str, Any], roles: list[dict[str, Any]]) -> dict[str, Any]:
    if "roleIds" not in account:
        return account
    return {**account, "roles": [role for role in roles if role.get("id") in account["roleIds"]]}


def _secret(client: ApiClient, path: str, account: dict[str, Any], rotates: bool, wanted: bool) -> str | None:
    if rotates:
        return rotate_secret(client, path)
    # A new account brings its secret along.
    secret: str | None = account.get("secret")
    return read_secret(client, path) if wanted and secret is None else secret


OPERATION = Operation(spec=GREPR_SPEC + RESOURCE_SPEC + SPEC, run=run, reveals="return_secret")


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
