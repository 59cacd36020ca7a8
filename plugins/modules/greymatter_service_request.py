#!/usr/bin/python
# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: greymatter_service_request
short_description: Manage GreyMatter service requests
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Create a put, a pick, or a pick that is packed, update its attributes, cancel it, and wait until it is in a certain
    state. It is identified by O(type) and O(external_service_request_id).
  - A service request is never sent twice. If the response is lost, the module looks the service request up and either
    finds it or reports the error. Fails if the search for it is answered with other service requests only, or with what
    may be one page of several, because it is then unknown whether it exists.
  - Attributes can be updated and the service request can be cancelled only while GreyMatter allows it - a put only
    while it is C(created), a pick only before C(cancellation_locked). Lines cannot be changed. Fails with the current
    state if a change is no longer possible, in check mode too.
  - Only the given options are compared with the current service request. The order of lines is ignored.
  - The module uses the routes V(service_request_create) and V(service_request_cancel), which GreyOrange documents.
    V(service_request) and V(service_request_update) were seen in other programs, and V(service_request_search) is
    inferred. These three are not confirmed by a document of GreyOrange. Use O(routes) to set others.
options:
  type:
    description:
      - The type of the service request. V(PUT) is for incoming goods, V(PICK) for outgoing goods. Lower-case values are
        accepted too.
      - V(pick_and_pack) is an alias of V(PICK). The configuration of the site determines whether packing follows.
    type: str
    required: true
    choices: [PUT, PICK, put, pick, pick_and_pack]
  external_service_request_id:
    description: The C(externalServiceRequestId), which is the ID chosen by its sender. Together with O(type), it is the
      key.
    type: str
    required: true
  id:
    description:
      - The number assigned by GreyMatter. If given, the service request is read by this number instead of being
        searched for, and must exist.
      - Use it for sites where the route V(service_request_search) does not work.
    type: str
  state:
    description:
      - V(present) creates the service request if it does not exist, and updates O(attributes) that differ. Fails if it
        was cancelled.
      - V(cancelled) cancels the service request if it exists, and waits until it is cancelled. Does nothing if it does
        not exist or is already cancelled.
    type: str
    choices: [present, cancelled]
    default: present
  attributes:
    description:
      - The attributes of the service request, such as C(tote_id) of a put, and C(pick_before_time), C(pick_after_time),
        C(simple_priority) (V(low), V(normal), V(high), V(critical)) and C(order_options) of a pick.
      - Omitted attributes are not changed.
      - Times with a time zone are compared as points in time, other times as strings.
    type: dict
  lines:
    description:
      - The products and their quantities, in the same format for both types.
      - C(product) is a dictionary of the attributes that identify the product, such as C(product_sku), and C(quantity)
        is an integer greater than 0. Lines of a V(PICK) may have an C(external_service_request_id), which is by default
        built from the ID of the order and a number, and C(attributes), such as C(shipping_address).
      - A V(PUT) is sent with one container with C(pdfa_values), a V(PICK) with one C(PICK_LINE) for each line with
        C(filter_parameters), as documented by GreyOrange. Quotes in the value of a filter are doubled, which is
        inferred. Use O(service_requests) if a site requires another format.
      - Required to create a service request, unless O(expectations) or O(service_requests) is given.
    type: list
    elements: dict
  expectations:
    description: The expectations of a V(PUT) in the format of the API, with C(containers), instead of O(lines).
    type: dict
  service_requests:
    description: The lines of a V(PICK) in the format of the API, each of the type C(PICK_LINE), instead of O(lines).
    type: list
    elements: dict
  wait_for:
    description:
      - The states to wait for, such as V(fulfillable) or V(complete). Not case-sensitive. The wait ends when the
        service request is in any of them. Include the states that may follow, because a state may be missed between two
        polls.
      - Fails if the service request enters another final state, such as C(abandoned).
      - If not given, the module waits only for the end of a cancellation. Check mode never waits.
    type: list
    elements: str
  wait_timeout:
    description: The maximum time to wait in seconds.
    type: float
    default: 600
notes:
  - If the site has no search at the route V(service_request_search), a warning is shown. A service request is then sent
    without being searched for, and check mode predicts that it is sent. If GreyMatter responds that its ID exists, with
    status 409 or in the C(reason), C(code), C(exception) or C(message) of the response, the task is V(ok) and warns
    that the service request could not be compared. Any other rejection and a lost response are errors.
  - The documented response to a pick that is packed has no C(id). If the site has no search, the response is accepted
    if it contains the same O(type) and O(external_service_request_id), with a warning that nothing could be compared.
  - Times in results are strings in the format of GreyMatter, partly without a time zone.
seealso:
  - module: greyops.rest.greymatter_service_requests
  - module: greyops.rest.greymatter_service_request_info
  - module: greyops.rest.greymatter_print_ready
  - name: Service requests
    description: GreyOrange's documentation of service requests.
    link: https://docs.butler.greyorange.com/greymatter/v10.1.0/api/srms/pick.html
extends_documentation_fragment:
  - greyops.rest._greymatter
  - greyops.rest._http
  - greyops.rest._token_store
  - greyops.rest._attributes
  - greyops.rest._attributes.greymatter
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
    details: Shows what is sent, the requested attributes, and the state if it changes. Leaves out values added by
      GreyMatter.
  idempotent:
    support: full
    details: Supported if the site has a search or O(id) is given. Otherwise GreyMatter must reject the second request.
"""

EXAMPLES = r"""
- name: Create an order
  greyops.rest.greymatter_service_request:
    type: PICK
    external_service_request_id: ORD-1
    attributes:
      simple_priority: normal
      pick_before_time: "2030-01-01T18:00:00Z"
    lines:
      - product: {product_sku: MUG-01}
        quantity: 2
      - product: {product_sku: CUP-07, client_id: c7}
        quantity: 1
  register: sent

- name: Receive goods
  greyops.rest.greymatter_service_request:
    type: PUT
    external_service_request_id: IN-1
    attributes:
      tote_id: T9
    lines:
      - product: {product_sku: MUG-01}
        quantity: 12

- name: Increase the priority of an order
  greyops.rest.greymatter_service_request:
    type: PICK
    external_service_request_id: ORD-1
    attributes:
      simple_priority: high

- name: Wait up to ten minutes until the order is picked
  greyops.rest.greymatter_service_request:
    type: PICK
    external_service_request_id: ORD-1
    wait_for: [complete]
    wait_timeout: 600

- name: Cancel the order
  greyops.rest.greymatter_service_request:
    type: PICK
    external_service_request_id: ORD-1
    state: cancelled

- name: Create an order that is packed, in the format of the API
  greyops.rest.greymatter_service_request:
    type: PICK
    external_service_request_id: ORD-2
    service_requests:
      - type: PICK_LINE
        externalServiceRequestId: ORD-2-L1
        attributes:
          packing_box_type: small
        expectations:
          containers:
            - products:
                - productQuantity: 2
                  productAttributes:
                    filter_parameters: ["product_sku = 'MUG-01'"]
                    package_count: 1

- name: Use another path for the search
  greyops.rest.greymatter_service_request:
    type: PICK
    external_service_request_id: ORD-1
    state: cancelled
    routes:
      service_request_search: /srms/v2/service-requests?externalId={external_id}
"""

RETURN = r"""
service_request:
  description:
    - The service request as GreyMatter has it, or as it would be in check mode. If the wait for its state fails, it is
      as it was sent or found.
    - V(null) when there is none.
  returned: success, and when the wait for its state fails
  type: dict
  sample:
    id: 91
    externalServiceRequestId: ORD-1
    type: PICK
    status: CREATED
    state: created
    attributes:
      simple_priority: normal
      pick_before_time: "2030-01-01T18:00:00Z"
    serviceRequests:
      - id: 92
        externalServiceRequestId: ORD-1-L1
        type: PICK_LINE
        expectations:
          containers:
            - products:
                - productQuantity: 2
                  productAttributes:
                    filter_parameters: ["product_sku = 'MUG-01'"]
    createdOn: "2029-12-31T10:30:04.026"
api:
  description:
    - Requests in C(calls), repeated requests in C(retries), seconds of waiting in C(waited), and the source of the
      credential in C(token). See R(Results,ansible_collections.greyops.rest.docsite.guide_execution.results).
  returned: always
  type: dict
  sample: {calls: 1, retries: 0, waited: 0.0, token: stored}
"""

from ..module_utils._argspec import ArgumentSpec
from ..module_utils._context import Context
from ..module_utils._errors import GreyopsError, raise_on_errors
from ..module_utils._greymatter.client import GreyMatterClient
from ..module_utils._greymatter.service import GREYMATTER
from ..module_utils._greymatter.service_request import (
    SERVICE_REQUEST_SPEC,
    TYPES,
    build_desired,
    list_awaited_states,
    plan_service_request,
    validate_service_request,
)
from ..module_utils._greymatter.service_request_api import ServiceRequestApi
from ..module_utils._module import run_module
from ..module_utils._operation import Operation, OperationResult
from ..module_utils._polling import validate_wait_timeout

SPEC = SERVICE_REQUEST_SPEC + ArgumentSpec(options={"wait_timeout": {"type": "float", "default": 600.0}})


def run(context: Context) -> OperationResult:
    params = {**context.params, "type": TYPES[context.params["type"]]}
    client = GreyMatterClient.open(context)
    problems = validate_service_request(params) + validate_wait_timeout(params["wait_timeout"])
    name = f"{params['type']} {params['external_service_request_id']}"
    raise_on_errors(problems, f"The service request {name} cannot be sent")
    desired = build_desired(params)
    requests = ServiceRequestApi(client, desired, params["id"])
    planned = plan_service_request(requests.find(params["state"]), desired, params["state"])
    item, changed = planned.after, planned.changed
    if not context.check_mode:
        item, changed = requests.apply(planned)
        states = list_awaited_states(params)
        if item is not None and states:
            try:
                item = requests.wait(item, states, params["wait_timeout"])
            except GreyopsError as error:
                error.values = {"changed": changed, "service_request": item}
                raise
    return OperationResult(changed=changed, values={"service_request": item}, diff=planned.as_diff())


OPERATION = Operation(spec=GREYMATTER.spec + SPEC, run=run)


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
