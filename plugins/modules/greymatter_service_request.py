#!/usr/bin/python
# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: greymatter_service_request
short_description: Send, change and cancel service requests of GreyMatter
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Sends a put, a pick, or a pick that is packed, changes its attributes, cancels it, and waits until it is in a
    certain state. It is known by its O(type) and O(external_service_request_id).
  - It is never sent twice. When the answer to sending it is lost, it is looked up, and found or told of.
  - Attributes can change and the whole can be cancelled while GreyMatter allows it - a put only while it is
    C(created), a pick only before C(cancellation_locked). Lines never change. Whatever is no longer possible is an
    error that names the state, in check mode too.
  - Only what is given is compared with what is there. Lines are compared in any order.
  - Uses the routes V(service_request_create) and V(service_request_cancel), which GreyOrange documents.
    V(service_request) and V(service_request_update) were seen in other programs, and V(service_request_search) is
    inferred, so that no document of GreyOrange confirms these three. O(routes) gives others.
options:
  type:
    description:
      - What it is. V(PUT) brings goods in, V(PICK) takes goods out. Small letters say the same.
      - V(pick_and_pack) is another word for V(PICK); the configuration of the site decides whether packing follows.
    type: str
    required: true
    choices: [PUT, PICK, put, pick, pick_and_pack]
  external_service_request_id:
    description: Its C(externalServiceRequestId), the id that its sender chose. With O(type) it is the key.
    type: str
    required: true
  id:
    description:
      - The number that GreyMatter gave it. It is then read by this and not searched for, and must exist.
      - For sites where the route V(service_request_search) does not work.
    type: str
  state:
    description:
      - V(present) sends it if it is not there, and changes O(attributes) that differ. One that was cancelled does not
        come back, which is an error.
      - V(cancelled) cancels it if it is there, and waits until it is cancelled. One that does not exist, or is
        cancelled already, is left as it is.
    type: str
    choices: [present, cancelled]
    default: present
  attributes:
    description:
      - What steers it, such as C(tote_id) of a put, and C(pick_before_time), C(pick_after_time), C(simple_priority)
        (V(low), V(normal), V(high), V(critical)) and C(order_options) of a pick.
      - Attributes that are not given are left as they are.
      - Two times with a zone are compared as moments, other times as text.
    type: dict
  lines:
    description:
      - The products and how many of each, in words that are the same for both types.
      - C(product) is a dictionary of the attributes that name the product, such as C(product_sku), and C(quantity) a
        whole number above 0. For a V(PICK) a line may have an C(external_service_request_id), which is made of that
        of the order and a number unless it is given, and C(attributes), such as C(shipping_address).
      - A V(PUT) gets one container with C(pdfa_values), a V(PICK) one C(PICK_LINE) a line with C(filter_parameters), as
        GreyOrange documents. How a quote in the value of a filter is written is inferred, by doubling it; use
        O(service_requests) where a site wants it otherwise.
      - Needed to send it, unless O(expectations) or O(service_requests) is given.
    type: list
    elements: dict
  expectations:
    description: The expectations of a V(PUT) as the API has them, with C(containers), in the place of O(lines).
    type: dict
  service_requests:
    description: The lines of a V(PICK) as the API has them, each of the type C(PICK_LINE), in the place of O(lines).
    type: list
    elements: dict
  wait_for:
    description:
      - States to wait for, such as V(fulfillable) or V(complete), in any case of letters. The first that it comes to
        ends the wait. Name the states that may follow as well, for one may pass unseen.
      - Ends early, as an error, when it comes to a state that nothing follows, such as C(abandoned).
      - Without it the module does not wait, but for the end of a cancellation. Check mode never waits.
    type: list
    elements: str
  wait_timeout:
    description: The longest wait, in seconds.
    type: float
    default: 600
notes:
  - Where the site has no search at the route V(service_request_search), a warning says so. A service request is then
    sent without being looked for, and check mode predicts that it is. If GreyMatter answers that its id is taken, by
    the status 409 or in the C(reason), C(code), C(exception) or C(message) of its answer, the task is V(ok) and warns
    that it could not be compared. Any other refusal, and an answer that is lost, is an error.
  - The documented answer to a pick that is packed has no C(id). Where the site has no search, it is taken when it
    repeats O(type) and O(external_service_request_id), with a warning that nothing could be compared.
  - Times in results are text as GreyMatter writes it, partly without a zone.
seealso:
  - module: greyops.rest.greymatter_service_request_info
  - module: greyops.rest.greymatter_print_ready
  - name: Service requests
    description: What GreyOrange says about them.
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
    details: Shows what is sent, the attributes that are asked for, and the state where that changes. Leaves out what
      GreyMatter adds.
  idempotent:
    support: full
    details: Where the site has a search, or O(id) is given. Else it is left to GreyMatter to refuse a second one.
"""

EXAMPLES = r"""
- name: Send an order
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

- name: Bring goods in
  greyops.rest.greymatter_service_request:
    type: PUT
    external_service_request_id: IN-1
    attributes:
      tote_id: T9
    lines:
      - product: {product_sku: MUG-01}
        quantity: 12

- name: Make an order urgent
  greyops.rest.greymatter_service_request:
    type: PICK
    external_service_request_id: ORD-1
    attributes:
      simple_priority: high

- name: Wait until it is picked, ten minutes at the most
  greyops.rest.greymatter_service_request:
    type: PICK
    external_service_request_id: ORD-1
    wait_for: [complete]
    wait_timeout: 600

- name: Cancel it, whatever it is made of
  greyops.rest.greymatter_service_request:
    type: PICK
    external_service_request_id: ORD-1
    state: cancelled

- name: Send many
  greyops.rest.greymatter_service_request:
    type: PICK
    external_service_request_id: "{{ item.number }}"
    lines: "{{ item.lines }}"
  loop: "{{ orders }}"
  loop_control:
    label: "{{ item.number }}"

- name: Send one as the API has it, to be packed
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

- name: Search at another path
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
    - The service request as GreyMatter has it, or as it would be in check mode.
    - V(null) when there is none.
  returned: success
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
    The service request PICK ORD-1 cannot be sent: lines[0].quantity must be a whole number above 0, and 0 is none.
status:
  description: The HTTP status of the answer.
  returned: failure, when there was an answer
  type: int
  sample: 400
url:
  description: The URL of the request that failed, without its query.
  returned: failure, when it was a request that failed
  type: str
  sample: https://greymatter.example.com/api-gateway/sr-service/platform-srms/service-request
method:
  description: The method of the request that failed.
  returned: failure, when it was a request that failed
  type: str
  sample: POST
"""

from ansible_collections.greyops.rest.plugins.module_utils._errors import OptionError
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.gateway import open_gateway
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.options import GREYMATTER_SPEC
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.order_wishes import problems_of, wish_of
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.orders import CANCELLED, TYPES, plan
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.service_requests import ServiceRequests
from ansible_collections.greyops.rest.plugins.module_utils._module import run_module
from ansible_collections.greyops.rest.plugins.module_utils._operation import Call, Operation, Outcome
from ansible_collections.greyops.rest.plugins.module_utils._options import ArgumentSpec

SPEC = ArgumentSpec(
    options={
        "type": {"type": "str", "choices": list(TYPES), "required": True},
        "external_service_request_id": {"type": "str", "required": True},
        "id": {"type": "str"},
        "state": {"type": "str", "choices": ["present", CANCELLED], "default": "present"},
        "attributes": {"type": "dict"},
        "lines": {"type": "list", "elements": "dict"},
        "expectations": {"type": "dict"},
        "service_requests": {"type": "list", "elements": "dict"},
        "wait_for": {"type": "list", "elements": "str"},
        "wait_timeout": {"type": "float", "default": 600.0},
    },
    mutually_exclusive=(("lines", "expectations"), ("lines", "service_requests")),
)


def run(call: Call) -> Outcome:
    params = {**call.params, "type": TYPES[call.params["type"]]}
    gateway = open_gateway(params, call.host, call.secrets)
    problems = problems_of(params)
    if problems:
        name = f"{params['type']} {params['external_service_request_id']}"
        raise OptionError(f"The service request {name} cannot be sent: {'; '.join(problems)}.")
    wish = wish_of(params)
    requests = ServiceRequests(gateway, wish, params["id"], call.warn)
    planned = plan(requests.find(params["state"]), wish, params["state"])
    item, changed = planned.after, planned.changed
    if not call.check_mode:
        item, changed = requests.carry_out(planned)
        states = params["wait_for"] or ([CANCELLED] if params["state"] == CANCELLED else [])
        if item is not None and states:
            item = requests.wait(item, states, params["wait_timeout"], call.progress)
    return Outcome(changed=changed, values={"service_request": item}, diff=planned.as_diff())


OPERATION = Operation(spec=GREYMATTER_SPEC + SPEC, run=run)


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
