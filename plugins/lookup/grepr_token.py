# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: grepr_token
short_description: Get the bearer token of Grepr from the token store
version_added: 0.1.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Return a token of Grepr for modules and tools outside this collection, such as M(ansible.builtin.uri).
  - The token is read from the store that M(greyops.rest.grepr_token) and the other modules of this collection use. The
    lookup logs in only if the store has no token that remains valid for O(min_ttl) seconds.
options:
  header:
    description: Whether to return the complete value of an C(Authorization) header instead of only the token.
    type: bool
    default: false
notes:
  - Lookups run on the controller. Options that are not given are read from the environment of the controller. The
    C(environment) of a task or play is B(not) read.
  - A lookup cannot hide its result. Set C(no_log=true) on every task that uses it, and do not store the result in
    facts.
  - A lookup in a variable is evaluated each time the variable is used, for each host. It reads the store and does not
    log in while the stored token is valid, so it is fast and returns renewed tokens. With O(token_store=none), it may
    log in each time.
  - The module that uses the token does not renew it if the API rejects it. The modules of this collection do.
  - Options can only be given by name.
  - An API key is not a token. Fails if O(api_key) is given as an option, or with O(auth=api_key). E(GREPR_API_KEY) is
    ignored.
seealso:
  - module: greyops.rest.grepr_token
    description: The same token in a task, with a result that contains its expiry time.
  - module: greyops.rest.grepr_request
    description: Send any request to Grepr without handling a token.
  - ref: ansible_collections.greyops.rest.docsite.guide_tokens
    description: How tokens are stored, shared and renewed.
extends_documentation_fragment:
  - greyops.rest._grepr
  - greyops.rest._http
  - greyops.rest._token_store
"""

EXAMPLES = r"""
- name: Call the API with another module, with credentials from the environment
  ansible.builtin.uri:
    url: https://acme.app.grepr.ai/api/v1/datasets
    headers:
      Authorization: "{{ lookup('greyops.rest.grepr_token', header=true) }}"
      Accept: application/json
  register: response
  no_log: true

- name: Use a token that is valid for ten more minutes, with credentials from Ansible Vault
  ansible.builtin.uri:
    url: https://acme.app.grepr.ai/api/v1/datasets
    headers:
      Authorization: >-
        {{ lookup('greyops.rest.grepr_token', header=true, min_ttl=600,
                  client_id=vault_grepr_client_id, client_secret=vault_grepr_client_secret) }}
  register: response
  no_log: true

- name: Pass the token to a program without showing it in the process list
  ansible.builtin.command:
    cmd: /usr/local/bin/report
  environment:
    API_TOKEN: "{{ lookup('greyops.rest.grepr_token') }}"
  changed_when: false
  no_log: true
"""

RETURN = r"""
_raw:
  description: A list of one string, the token or with O(header=true) the value of the header.
  type: list
  elements: str
"""

from typing import Any

from ansible.plugins.lookup import LookupBase

from ..module_utils._grepr.service import GREPR
from ..plugin_utils._token_lookup import run_token_lookup


class LookupModule(LookupBase):
    def run(self, terms: list[Any], variables: dict[str, Any] | None = None, **kwargs: Any) -> list[str]:
        return run_token_lookup(GREPR, terms, kwargs)
