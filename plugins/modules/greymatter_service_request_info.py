#!/usr/bin/python
# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: greymatter_service_request_info
short_description: Read service requests of GreyMatter
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Reads service requests, puts and picks, by the ids of their sender or of GreyMatter.
  - Uses the routes V(service_request_search), which is inferred, and V(service_request), which was seen in other
    programs. No document of GreyOrange confirms them. O(routes) gives others.
  - GreyOrange documents no list of all service requests.
options:
  external_service_request_id:
    description:
      - Their C(externalServiceRequestId), the id that their sender chose. There is one search for each.
      - The same id may be that of a put and of a pick.
    type: list
    elements: str
  id:
    description: The numbers that GreyMatter gave them.
    type: list
    elements: str
  type:
    description: Only those of these types.
    type: list
    elements: str
    choices: [PUT, PICK, put, pick, pick_and_pack]
notes:
  - Times in results are text as GreyMatter writes it, partly without a zone.
seealso:
  - module: greyops.rest.greymatter_service_request
extends_documentation_fragment:
  - greyops.rest._greymatter
  - greyops.rest._http
  - greyops.rest._token_store
  - greyops.rest._attributes
  - greyops.rest._attributes.info
  - greyops.rest._attributes.greymatter
"""

EXAMPLES = r"""
- name: Read an order
  greyops.rest.greymatter_service_request_info:
    external_service_request_id: [ORD-1]
    type: [PICK]
  register: found

- name: Show how far it is
  ansible.builtin.debug:
    msg: "{{ found.service_requests | map(attribute='state') | first | default('unknown') }}"

- name: Read several by GreyMatter's own numbers
  greyops.rest.greymatter_service_request_info:
    id: [91, 93]

- name: Wait until none of some orders is under way
  greyops.rest.greymatter_service_request_info:
    external_service_request_id: [ORD-1, ORD-2]
  register: orders
  until: orders.service_requests | map(attribute='state') | map('lower') | difference(['complete', 'cancelled']) == []
  retries: 60
  delay: 10
"""

RETURN = r"""
service_requests:
  description:
    - The service requests as GreyMatter has them, sorted by C(externalServiceRequestId) and C(id).
    - What does not exist is left out.
  returned: success
  type: list
  elements: dict
  sample:
    - id: 91
      externalServiceRequestId: ORD-1
      type: PICK
      status: CREATED
      state: created
      attributes:
        simple_priority: normal
      serviceRequests:
        - id: 92
          externalServiceRequestId: ORD-1-L1
          type: PICK_LINE
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
        - V(null) when none was needed.
      returned: always
      type: str
      sample: stored
msg:
  description: What failed, where and why, and what to do about it.
  returned: failure
  type: str
  sample: >-
    GET https://greymatter.example.com/api-gateway/sr-service/platform-srms/service-request
    failed with HTTP 404 Not Found. Check api_url and what the path names. The path is inferred, and no document of
    GreyOrange confirms it: if the site has another one, give another as service_request_search in routes, such as
    'GET /api-gateway/sr-service/platform-srms/service-request?search=externalServiceRequestId=={external_id}'.
status:
  description: The HTTP status of the answer.
  returned: failure, when there was an answer
  type: int
  sample: 404
url:
  description: The URL of the request that failed, without its query.
  returned: failure, when it was a request that failed
  type: str
  sample: https://greymatter.example.com/api-gateway/sr-service/platform-srms/service-request
method:
  description: The method of the request that failed.
  returned: failure, when it was a request that failed
  type: str
  sample: GET
"""

from ansible_collections.greyops.rest.plugins.module_utils._greymatter.gateway import open_gateway
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.options import GREYMATTER_SPEC
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.orders import TYPES
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.service_requests import all_of
from ansible_collections.greyops.rest.plugins.module_utils._module import run_module
from ansible_collections.greyops.rest.plugins.module_utils._operation import Call, Operation, Outcome
from ansible_collections.greyops.rest.plugins.module_utils._options import ArgumentSpec

SPEC = ArgumentSpec(
    options={
        "external_service_request_id": {"type": "list", "elements": "str"},
        "id": {"type": "list", "elements": "str"},
        "type": {"type": "list", "elements": "str", "choices": list(TYPES)},
    },
    required_one_of=(("external_service_request_id", "id"),),
)


def run(call: Call) -> Outcome:
    return Outcome(values={"service_requests": all_of(open_gateway(call.params, call.host, call.secrets), call.params)})


OPERATION = Operation(spec=GREYMATTER_SPEC + SPEC, run=run)


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
