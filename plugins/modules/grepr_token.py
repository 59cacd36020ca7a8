#!/usr/bin/python
# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: grepr_token
short_description: Manage the stored access token of Grepr
version_added: 0.1.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Log in to Grepr and store the token in the token store, which the other modules and the lookup of this collection
    use. Renew or delete the stored token.
  - The other modules log in automatically. Use this module to inspect a token, to log in ahead of time, or to pass a
    token to other tools.
  - The result describes the token but does not contain it, unless O(return_token=true).
options:
  state:
    description:
      - V(present) ensures that the store contains a token that remains valid for at least O(min_ttl) seconds, and logs
        in only if it does not.
      - V(refreshed) requests a new token even if the store contains a valid one.
      - V(absent) removes the token from the store. The token is not revoked. The server is not notified, and copies of
        the token remain valid until it expires.
    type: str
    choices: [present, refreshed, absent]
    default: present
  return_token:
    description:
      - Whether to return the token as RV(access_token) and RV(authorization), for later tasks.
      - The result is then hidden from the output, but C(register) stores its values. Other tasks do not hide them, so
        set C(no_log=true) on tasks that use the registered variable.
      - Not supported with C(async), and in loops on ansible-core 2.18, because these would show the token.
    type: bool
    default: false
attributes:
  async:
    support: partial
    details: Not supported with O(return_token=true).
  check_mode:
    support: full
    details:
      - A login does not change a managed resource, so O(state=present) logs in in check mode too, and the following
        tasks can read.
      - O(state=refreshed) and O(state=absent) only predict the change.
  diff_mode:
    support: partial
    details: Supported only for O(state=absent).
  idempotent:
    support: partial
    details:
      - O(state=present) reports a change only if it logged in, and O(state=absent) only if there was a token.
      - O(state=refreshed) is an action. It requests a new token on every run.
notes:
  - An API key is not a token. Fails if O(api_key) is given as an argument, or with O(auth=api_key). E(GREPR_API_KEY) is
    ignored.
  - With O(access_token), there is no token to request, renew or delete. The module then never reports a change, and
    RV(store) is V(null).
seealso:
  - plugin: greyops.rest.grepr_token
    plugin_type: lookup
    description: Return the token as a string from the same store.
  - module: greyops.rest.grepr_request
  - ref: ansible_collections.greyops.rest.docsite.guide_tokens
    description: How tokens are stored, shared and renewed.
extends_documentation_fragment:
  - greyops.rest._grepr
  - greyops.rest._http
  - greyops.rest._token_store
  - greyops.rest._attributes
  - greyops.rest._attributes.grepr
"""

EXAMPLES = r"""
- name: Log in with the credentials of the environment, unless a token is stored
  greyops.rest.grepr_token:

- name: Ensure that the token is valid for the next half hour
  greyops.rest.grepr_token:
    min_ttl: 1800
  register: token

- name: Show information about the token, without the token itself
  ansible.builtin.debug:
    msg: "Good until {{ token.expires_at }}, kept in the store {{ token.store }}"

- name: Log in as a service account with secrets from Ansible Vault
  greyops.rest.grepr_token:
    org: acme
    client_id: "{{ vault_grepr_client_id }}"
    client_secret: "{{ vault_grepr_client_secret }}"

- name: Log in to the European server
  greyops.rest.grepr_token:
    auth_url: https://auth.eu.grepr.ai

- name: Get a token for another tool. The result is never shown
  greyops.rest.grepr_token:
    return_token: true
  register: login

- name: Use the token. no_log is required because this module does not hide it
  ansible.builtin.uri:
    url: https://acme.app.grepr.ai/api/v1/datasets
    headers:
      Authorization: "{{ login.authorization }}"
      Accept: application/json
  register: response
  no_log: true

- name: Get a new token after the permissions of the credential have changed
  greyops.rest.grepr_token:
    state: refreshed

- name: Remove the token from the store
  greyops.rest.grepr_token:
    state: absent

# The same from the command line:
#   ansible localhost -m greyops.rest.grepr_token
#   ansible localhost -m greyops.rest.grepr_token -a state=absent
"""

RETURN = r"""
token_type:
  description: The type of the token. V(null) when there is no token.
  returned: success
  type: str
  sample: Bearer
scope:
  description: The scope that was granted. V(null) when the server did not name one, or there is no token.
  returned: success
  type: str
  sample: service
obtained_at:
  description: When the token was granted, in UTC. V(null) when there is no token, or it is that of O(access_token).
  returned: success
  type: str
  sample: '2026-03-01T12:00:00Z'
expires_at:
  description: When the token expires, in UTC. V(null) when the server did not say, or as for RV(obtained_at).
  returned: success
  type: str
  sample: '2026-03-02T12:00:00Z'
expires_in:
  description: Whole seconds from now until it expires, as for RV(expires_at).
  returned: success
  type: int
  sample: 86400
store:
  description:
    - The store in use. V(file) or V(redis), V(run) when neither could be used and the token lasts for this run, or
      V(none) when it lasts for this task.
    - V(null) with O(access_token).
  returned: success
  type: str
  sample: file
access_token:
  description: The token.
  returned: success, with O(return_token=true), when there is a token
  type: str
  sample: invented.token.value
authorization:
  description: The value of an C(Authorization) header with the token.
  returned: success, with O(return_token=true), when there is a token
  type: str
  sample: Bearer invented.token.value
api:
  description:
    - Requests in C(calls), repeated requests in C(retries), seconds of waiting in C(waited), and the source of the
      credential in C(token). See R(Results,ansible_collections.greyops.rest.docsite.guide_execution.results).
  returned: always
  type: dict
  sample: {calls: 0, retries: 0, waited: 0.0, token: granted}
"""

from ..module_utils._grepr.service import GREPR
from ..module_utils._module import run_module
from ..module_utils._token_operation import build_token_operation

OPERATION = build_token_operation(GREPR)


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
