#!/usr/bin/python
# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: grepr_account_info
short_description: Get the description of a Grepr account
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Read the resources of an account, and describe each with the options of the module that manages it, in the form of
    M(greyops.rest.grepr_account). Applied to the same account, the description changes nothing.
  - The roles P(greyops.rest.grepr_account#role) and P(greyops.rest.grepr_pipelines#role) export with this module.
  - Roles and templates that Grepr owns, the roles of teams, and jobs that are no pipelines are left out. So is what the
    credential cannot read, with a warning.
  - Each list is read once, and only if it is needed. The leaders and members of a team, and the estimation of a dataset
    and its tables with settings, require further calls.
options:
  kinds:
    description: The kinds of resources to read.
    type: list
    elements: str
    choices: [roles, users, teams, integrations, datasets, templates, service_accounts, pipelines]
    default: [roles, users, teams, integrations, datasets, templates, service_accounts, pipelines]
  references:
    description:
      - V(names) describes the teams, roles, integrations, datasets and templates to which a resource refers by their
        names, so that the description can be applied to an account with other IDs. If a name is not unique or would be
        read as an ID, or if a list cannot be read, the ID is kept, with a warning. The newest version of a template is
        left out of job graphs.
      - V(ids) keeps all IDs.
    type: str
    choices: [names, ids]
    default: names
  server_tags:
    description:
      - The tags that Grepr adds to every pipeline by itself, which are left out.
      - That it adds these two is seen in samples and not documented.
    type: list
    elements: str
    default: [createdUsing, createdByUser]
seealso:
  - module: greyops.rest.grepr_account
  - ref: ansible_collections.greyops.rest.grepr_account_role
    description: Keep a whole account in a directory of files.
extends_documentation_fragment:
  - greyops.rest._grepr
  - greyops.rest._http
  - greyops.rest._token_store
  - greyops.rest._selection
  - greyops.rest._attributes
  - greyops.rest._attributes.info
  - greyops.rest._attributes.grepr
notes:
  - The promotion policy of a table is described only if the table has other settings too, because Grepr has no list of
    the tables with a policy.
"""

EXAMPLES = r"""
- name: Read the pipelines of an account
  greyops.rest.grepr_account_info:
    kinds: [pipelines]
  register: staging

- name: Create them in another account
  greyops.rest.grepr_jobs:
    org: production
    jobs: "{{ staging.resources | map(attribute='options') | map('from_json') }}"

- name: Read all that an account contains
  greyops.rest.grepr_account_info:
  register: account

- name: Show what must be added to create it again
  ansible.builtin.debug:
    msg: "{{ item.kind }} {{ item.name }}: {{ item.missing | join(', ') }}"
  loop: "{{ account.resources | selectattr('missing') }}"
  loop_control:
    label: "{{ item.name }}"
"""

RETURN = r"""
resources:
  description: The resources, by kind in the order of O(kinds), and by name.
  returned: success
  type: list
  elements: dict
  contains:
    kind:
      description: The kind of the resource, one of O(kinds).
      type: str
      returned: always
    name:
      description: The name of the resource, or the e-mail address of a user.
      type: str
      returned: always
    options:
      description:
        - The options of the module that manages the resource, as JSON.
        - They are text because Ansible passes text on much faster than large nested data.
      type: str
      returned: always
    missing:
      description:
        - The options that are required to create the resource and that Grepr does not return, such as secrets.
        - For an integration, these are the secrets that it has.
      type: list
      elements: str
      returned: always
  sample:
    - kind: integrations
      name: Datadog EU
      options: '{"name": "Datadog EU", "type": "datadog", "payload": {"site": "datadoghq.eu"}}'
      missing: [secrets.api_key]
api:
  description:
    - Requests in C(calls), repeated requests in C(retries), seconds of waiting in C(waited), and the source of the
      credential in C(token). See R(Results,ansible_collections.greyops.rest.docsite.guide_execution.results).
  returned: always
  type: dict
  sample: {calls: 1, retries: 0, waited: 0.0, token: stored}
"""

import json
from typing import Any

from ..module_utils._argspec import ArgumentSpec
from ..module_utils._context import Context
from ..module_utils._grepr.account_reader import KINDS, AccountReader
from ..module_utils._grepr.names import NameResolver
from ..module_utils._grepr.reference_names import ReferenceNames
from ..module_utils._grepr.service import GREPR
from ..module_utils._module import run_module
from ..module_utils._resource import info_operation

_NAMES = "names"
_MAX_WARNINGS = 20

SPEC = ArgumentSpec(
    options={
        "kinds": {"type": "list", "elements": "str", "choices": list(KINDS), "default": list(KINDS)},
        "references": {"type": "str", "choices": [_NAMES, "ids"], "default": _NAMES},
        "server_tags": {"type": "list", "elements": "str", "default": ["createdUsing", "createdByUser"]},
    }
)


def list_resources(context: Context) -> list[dict[str, Any]]:
    params, client = context.params, GREPR.open_client(context)
    resolver = NameResolver(client, params["auth"])
    names = ReferenceNames(resolver, enabled=params["references"] == _NAMES)
    reader = AccountReader(client, params["auth"], resolver, names, params["server_tags"])
    found = [one for kind in dict.fromkeys(params["kinds"]) for one in reader.read(kind)]
    for collection in sorted(reader.unreadable):
        context.warn(f"The {collection} are left out: this credential cannot read /v1/{collection}.")
    warnings = names.list_warnings()
    for warning in warnings[:_MAX_WARNINGS]:
        context.warn(warning)
    if len(warnings) > _MAX_WARNINGS:
        context.warn(f"{len(warnings) - _MAX_WARNINGS} more resources are described by their IDs.")
    return [
        {
            "kind": one.kind,
            "name": one.name,
            "options": json.dumps(one.options, ensure_ascii=False),
            "missing": list(one.missing),
        }
        for one in found
    ]


OPERATION = info_operation(GREPR.spec + SPEC, "resources", list_resources, columns=("kind", "name"))


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
