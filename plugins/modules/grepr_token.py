#!/usr/bin/python
# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: grepr_token
short_description: Log in to Grepr once for all tasks, hosts and runs
version_added: 0.1.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Logs in to Grepr and keeps the token in the token store, where the other modules and the lookup of this collection
    find it. Renews it, or forgets it.
  - The other modules log in by themselves. This one is for looking at a token, for logging in ahead of time, and for
    handing a token to something else.
  - The result tells about the token and never holds it, unless O(return_token=true).
options:
  state:
    description:
      - V(present) makes sure that the store holds a token that lives for O(min_ttl) seconds more, and logs in only if
        it does not.
      - V(refreshed) gets a new token, whatever the store holds.
      - V(absent) removes the token from the store. It does not revoke it. The server is not told, and the token stays
        good for whoever has it until it expires.
    type: str
    choices: [present, refreshed, absent]
    default: present
  return_token:
    description:
      - Whether the result holds the token, as RV(access_token) and RV(authorization), for tasks that follow.
      - The result is then hidden from the display, but C(register) gets the values. Whatever the registered variable is
        handed to shows or hides it by itself, so give that task C(no_log=true).
      - Refused together with C(async), and in loops on ansible-core 2.18, since these would show the token.
    type: bool
    default: false
attributes:
  async:
    support: partial
    details: Not together with O(return_token=true).
  check_mode:
    support: full
    details:
      - A login changes nothing that anybody manages, so O(state=present) logs in in check mode too, and the tasks that
        follow can read.
      - O(state=refreshed) and O(state=absent) only predict.
  diff_mode:
    support: partial
    details: Only for O(state=absent).
  idempotent:
    support: partial
    details:
      - O(state=present) reports a change only when it logged in, and O(state=absent) only when there was a token.
      - O(state=refreshed) is an action. It gets a new token each time.
notes:
  - An API key is no token. With O(api_key) as an argument, or O(auth=api_key), the module fails; E(GREPR_API_KEY) is
    passed over.
  - With O(access_token) there is nothing to get, to renew or to forget. The module never changes anything then, and
    RV(store) is V(null).
seealso:
  - plugin: greyops.rest.grepr_token
    plugin_type: lookup
    description: The token as a string, from the same store.
  - module: greyops.rest.grepr_request
  - ref: ansible_collections.greyops.rest.docsite.guide_tokens
    description: How tokens are kept, shared and replaced.
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

- name: Make sure that the token lasts for the next half hour
  greyops.rest.grepr_token:
    min_ttl: 1800
  register: token

- name: Show what is known about it, which is not the token itself
  ansible.builtin.debug:
    msg: "Good until {{ token.expires_at }}, kept in the store {{ token.store }}"

- name: Log in as a service account, with secrets from Ansible Vault
  greyops.rest.grepr_token:
    org: acme
    client_id: "{{ vault_grepr_client_id }}"
    client_secret: "{{ vault_grepr_client_secret }}"

- name: Log in where tokens come from the European server
  greyops.rest.grepr_token:
    auth_url: https://auth.eu.grepr.ai

- name: Get a token for another tool; its result is never shown
  greyops.rest.grepr_token:
    return_token: true
  register: login

- name: Hand it on; no_log is needed here, since this module does not hide it
  ansible.builtin.uri:
    url: https://acme.app.grepr.ai/api/v1/datasets
    headers:
      Authorization: "{{ login.authorization }}"
      Accept: application/json
  register: answer
  no_log: true

- name: Get a new token after the credential's rights have changed
  greyops.rest.grepr_token:
    state: refreshed

- name: Forget the token at the end of the day
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
  description: What the task asked of the API.
  returned: always
  type: dict
  contains:
    calls:
      description: Requests to the API itself, repeats included and logins not.
      returned: always
      type: int
      sample: 0
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
        - V(null) when none was needed.
      returned: always
      type: str
      sample: granted
msg:
  description: What failed, where and why, and what to do about it.
  returned: failure
  type: str
  sample: >-
    POST https://grepr-prod.us.auth0.com/oauth/token (login) failed with HTTP 401 Unauthorized: Unauthorized.
    Check client_id, client_secret, audience and auth_url.
status:
  description: The HTTP status of the answer.
  returned: failure, when there was an answer
  type: int
  sample: 401
url:
  description: The URL of the request that failed, without its query.
  returned: failure, when it was a request that failed
  type: str
  sample: https://grepr-prod.us.auth0.com/oauth/token
method:
  description: The method of the request that failed.
  returned: failure, when it was a request that failed
  type: str
  sample: POST
"""

from ansible_collections.greyops.rest.plugins.module_utils._grepr.client import open_provider
from ansible_collections.greyops.rest.plugins.module_utils._grepr.options import (
    ACCESS_TOKEN,
    CLIENT_CREDENTIALS,
    GREPR_SPEC,
)
from ansible_collections.greyops.rest.plugins.module_utils._module import run_module
from ansible_collections.greyops.rest.plugins.module_utils._token_operation import token_operation

OPERATION = token_operation(GREPR_SPEC.accepting(ACCESS_TOKEN, CLIENT_CREDENTIALS), open_provider)


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
