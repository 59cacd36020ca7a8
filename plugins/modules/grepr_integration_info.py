#!/usr/bin/python
# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: grepr_integration_info
short_description: Read integrations of Grepr
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Lists the integrations of an organization, all of them or those that match the filters.
  - Grepr itself knows no filters here, so that all are read and the module does the filtering. An integration has to
    match one item of each list that is given.
  - Grepr has a list for each type, and none of all, so that the module makes a call for each type. Name those you need.
options:
  name:
    description: Only the integrations with these names.
    type: list
    elements: str
  id:
    description: Only the integrations with these ids.
    type: list
    elements: str
  type:
    description:
      - Only the integrations of these types, by default of all of them.
      - Grepr shows C(splunk) to tokens only. With an API key it is left out of all types, with a warning, and an error
        where it is named.
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
  - greyops.rest._attributes
  - greyops.rest._attributes.info
  - greyops.rest._attributes.grepr
"""

EXAMPLES = r"""
- name: List all integrations of all types
  greyops.rest.grepr_integration_info:
  register: all_integrations

- name: Find one by type and name
  greyops.rest.grepr_integration_info:
    type: datadog
    name: Datadog EU
  register: found

- name: Show which warehouses no job uses
  greyops.rest.grepr_integration_info:
    type: [data-warehouse, s3-data-warehouse]
  register: warehouses

- name: Show their names
  ansible.builtin.debug:
    msg: "{{ warehouses.integrations | rejectattr('jobIds') | map(attribute='name') }}"
"""

RETURN = r"""
integrations:
  description:
    - The integrations as Grepr returns them, sorted by name and id.
    - Empty when there is none.
    - Their secrets are masked by Grepr.
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
    GET https://acme.app.grepr.ai/api/v1/integrations/datadog failed with HTTP 403 Forbidden. The credential may be
    narrowed to less than this call needs: check its scope or roles.
status:
  description: The HTTP status of the answer.
  returned: failure, when there was an answer
  type: int
  sample: 403
url:
  description: The URL of the request that failed, without its query.
  returned: failure, when it was a request that failed
  type: str
  sample: https://acme.app.grepr.ai/api/v1/integrations/datadog
method:
  description: The method of the request that failed.
  returned: failure, when it was a request that failed
  type: str
  sample: GET
"""

from ansible_collections.greyops.rest.plugins.module_utils._grepr.client import open_client
from ansible_collections.greyops.rest.plugins.module_utils._grepr.integrations import kind_of, listed_vendors
from ansible_collections.greyops.rest.plugins.module_utils._grepr.options import GREPR_SPEC
from ansible_collections.greyops.rest.plugins.module_utils._grepr.resources import FILTER_SPEC, Collection, filtered
from ansible_collections.greyops.rest.plugins.module_utils._grepr.vendors import VENDORS
from ansible_collections.greyops.rest.plugins.module_utils._module import run_module
from ansible_collections.greyops.rest.plugins.module_utils._operation import Call, Operation, Outcome
from ansible_collections.greyops.rest.plugins.module_utils._options import ArgumentSpec

SPEC = ArgumentSpec(options={"type": {"type": "list", "elements": "str", "choices": list(VENDORS)}})


def run(call: Call) -> Outcome:
    vendors, left_out = listed_vendors(call.params["type"], call.params["auth"])
    if left_out:
        call.warn(f"The integrations of {', '.join(left_out)} are left out: Grepr shows them to tokens only.")
    client = open_client(call.params, call.host, call.secrets)
    found = [item for vendor in vendors for item in Collection(client, kind_of(vendor)).listed()]
    order = sorted(filtered(found, call.params), key=lambda item: (str(item.get("name")), str(item.get("id"))))
    return Outcome(values={"integrations": order})


OPERATION = Operation(spec=GREPR_SPEC + FILTER_SPEC + SPEC, run=run)


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
