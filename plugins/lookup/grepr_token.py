# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: grepr_token
short_description: The bearer token of Grepr, from the token store
version_added: 0.1.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Returns a token of Grepr for modules and tools that this collection knows nothing of, such as
    M(ansible.builtin.uri).
  - The token comes from the store that M(greyops.rest.grepr_token) and the other modules of this collection use. The
    lookup logs in only when the store holds none that is good for O(min_ttl) seconds more.
options:
  header:
    description: Whether to return the whole value of an C(Authorization) header instead of the token alone.
    type: bool
    default: false
notes:
  - Lookups run on the controller. What is not given as an option is taken from the environment of the controller. The
    C(environment) of a task or play is B(not) read.
  - A lookup cannot hide its result. Give every task that uses it C(no_log=true), and do not put it into facts.
  - A lookup in a variable is evaluated each time the variable is used, for each host. That reads the store and makes no
    login while the token there is good, so it is cheap, and a token that was renewed meanwhile is seen. With
    O(token_store=none) it may be a login each time.
  - The module that gets the token does not replace it when the API refuses it. The modules of this collection do.
  - Options are given by name only.
  - An API key is no token. With O(api_key) as an option, or O(auth=api_key), the lookup fails; E(GREPR_API_KEY) is
    passed over.
seealso:
  - module: greyops.rest.grepr_token
    description: The same token as a task, with a result that says how long it lasts.
  - module: greyops.rest.grepr_request
    description: Any request to Grepr without handling a token.
  - ref: ansible_collections.greyops.rest.docsite.guide_tokens
    description: How tokens are kept, shared and replaced.
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
  register: answer
  no_log: true

- name: Use a token that lasts for ten more minutes, with credentials from Ansible Vault
  ansible.builtin.uri:
    url: https://acme.app.grepr.ai/api/v1/datasets
    headers:
      Authorization: >-
        {{ lookup('greyops.rest.grepr_token', header=true, min_ttl=600,
                  client_id=vault_grepr_client_id, client_secret=vault_grepr_client_secret) }}
  register: answer
  no_log: true

- name: Hand the token to a program without showing it in the list of processes
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

from ansible_collections.greyops.rest.plugins.module_utils._grepr.client import open_provider
from ansible_collections.greyops.rest.plugins.module_utils._grepr.options import (
    ACCESS_TOKEN,
    CLIENT_CREDENTIALS,
    GREPR_SPEC,
)
from ansible_collections.greyops.rest.plugins.plugin_utils._token_lookup import look_up


class LookupModule(LookupBase):
    def run(self, terms: list[Any], variables: dict[str, Any] | None = None, **kwargs: Any) -> list[str]:
        return look_up(GREPR_SPEC.accepting(ACCESS_TOKEN, CLIENT_CREDENTIALS), open_provider, terms, kwargs)
