#!/usr/bin/python
# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: greymatter_service_request_info
short_description: Get information about GreyMatter service requests
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Read service requests, puts and picks, by the IDs of their sender or of GreyMatter.
  - The module uses the routes V(service_request_search), which is inferred, and V(service_request), which was seen in
    other programs. They are not confirmed by a document of GreyOrange. Use O(routes) to set others.
  - GreyOrange documents no way to list all service requests.
options:
  external_service_request_id:
    description:
      - The C(externalServiceRequestId) of the service requests, which is the ID chosen by their sender. One search is
        made for each.
      - A put and a pick may have the same ID.
    type: list
    elements: str
  id:
    description: The numbers assigned by GreyMatter.
    type: list
    elements: str
  type:
    description: Return only the service requests of these types.
    type: list
    elements: str
    choices: [PUT, PICK, put, pick, pick_and_pack]
notes:
  - Times in results are strings in the format of GreyMatter, partly without a time zone.
seealso:
  - module: greyops.rest.greymatter_service_request
extends_documentation_fragment:
  - greyops.rest._greymatter
  - greyops.rest._http
  - greyops.rest._token_store
  - greyops.rest._selection
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

- name: Show its state
  ansible.builtin.debug:
    msg: "{{ found.service_requests | map(attribute='state') | first | default('unknown') }}"

- name: Read several service requests by the numbers assigned by GreyMatter
  greyops.rest.greymatter_service_request_info:
    id: [91, 93]

- name: Wait until several orders are complete or cancelled
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
    - With O(summary=true), lines with C(externalServiceRequestId), C(type) and C(state).
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
from ..module_utils._greymatter.client import GreyMatterClient
from ..module_utils._greymatter.service import GREYMATTER
from ..module_utils._greymatter.service_request import TYPES
from ..module_utils._greymatter.service_request_api import list_requests
from ..module_utils._module import run_module
from ..module_utils._resource import info_operation

SPEC = ArgumentSpec(
    options={
        "external_service_request_id": {"type": "list", "elements": "str"},
        "id": {"type": "list", "elements": "str"},
        "type": {"type": "list", "elements": "str", "choices": list(TYPES)},
    },
    required_one_of=(("external_service_request_id", "id"),),
)


def list_matching(context: Context) -> list[dict[str, Any]]:
    return list_requests(GreyMatterClient.open(context), context.params)


OPERATION = info_operation(
    GREYMATTER.spec + SPEC, "service_requests", list_matching, ("externalServiceRequestId", "type", "state")
)


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
