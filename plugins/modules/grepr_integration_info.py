#!/usr/bin/python
# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: grepr_integration_info
short_description: Get information about Grepr integrations
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - List the integrations of an organization, or only those that match the filters.
  - Grepr has no filters for integrations. The module reads all of them and filters the result. An integration must
    match one item of each list that is given.
  - Grepr lists integrations by type only, so the module makes one call for each type. Use O(type) to limit the calls.
options:
  name:
    description: Return only the integrations with these names.
    type: list
    elements: str
  id:
    description: Return only the integrations with these IDs.
    type: list
    elements: str
  type:
    description:
      - Return only the integrations of these types. By default, all types are returned.
      - Grepr shows C(splunk) only to tokens. With an API key, C(splunk) is skipped with a warning if no types are
        given, and the module fails if C(splunk) is given.
    type: list
    elements: str
    choices:
      - datadog
      - splunk
      - newrelic
      - sumo
      - otlp
      - data-warehouse
      - s3-data-warehouse
      - s3-vector-index
      - webhook
      - anthropic
      - gemini
      - litellm
      - openai
      - datadog-mcp
      - github-mcp
      - pagerduty-mcp
      - slack-mcp
seealso:
  - module: greyops.rest.grepr_integration
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
- name: List all integrations of all types
  greyops.rest.grepr_integration_info:
  register: all_integrations

- name: Find an integration by type and name
  greyops.rest.grepr_integration_info:
    type: datadog
    name: Datadog EU
  register: found

- name: List the warehouses
  greyops.rest.grepr_integration_info:
    type: [data-warehouse, s3-data-warehouse]
  register: warehouses

- name: Show the names of warehouses that are not used by jobs
  ansible.builtin.debug:
    msg: "{{ warehouses.integrations | rejectattr('jobIds') | map(attribute='name') }}"
"""

RETURN = r"""
integrations:
  description:
    - The integrations as Grepr returns them, sorted by name and id.
    - Empty when there is none.
    - Their secrets are masked by Grepr.
    - With O(summary=true), lines with C(name), C(type) and C(id).
  returned: success
  type: list
  elements: dict
  sample:
    - id: 0jn5rdc93r10t
      name: Datadog EU
      type: datadog
      version: 1
      organizationId: acme
      payload:
        site: datadoghq.eu
        filterQuery: ''
        additionalTags: ["via:grepr"]
        apiKey: '**************ey'
      jobIds: [0ms4k2v9q1x7d]
      teamIds: []
      createdAt: '2026-03-01T12:00:00Z'
      updatedAt: '2026-03-02T08:30:00Z'
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
from ..module_utils._grepr.integrations import INTEGRATION_TYPES, build_resource_type, select_types
from ..module_utils._grepr.resources import FILTER_SPEC, GreprResourceApi, filter_items
from ..module_utils._grepr.service import GREPR
from ..module_utils._module import run_module
from ..module_utils._resource import info_operation

SPEC = ArgumentSpec(options={"type": {"type": "list", "elements": "str", "choices": list(INTEGRATION_TYPES)}})


def list_integrations(context: Context) -> list[dict[str, Any]]:
    types, left_out = select_types(context.params["type"], context.params["auth"])
    if left_out:
        context.warn(f"The integrations of {', '.join(left_out)} are left out: Grepr shows them only to tokens.")
    client = GREPR.open_client(context)
    found = [item for one in types for item in GreprResourceApi(client, build_resource_type(one)).list_items()]
    return sorted(filter_items(found, context.params), key=lambda item: (str(item.get("name")), str(item.get("id"))))


OPERATION = info_operation(GREPR.spec + FILTER_SPEC + SPEC, "integrations", list_integrations, ("name", "type", "id"))


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
