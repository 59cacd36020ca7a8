#!/usr/bin/python
# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: greymatter_service_requests
short_description: Manage many GreyMatter service requests in one task
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Create, update and cancel many puts and picks from a list or a file, each in the same way as
    M(greyops.rest.greymatter_service_request), and wait for all of them together.
  - All service requests are validated before the first call. If there are any errors, all of them are reported
    together and nothing is sent.
  - Several service requests are looked up and sent concurrently. If some of them fail, the others are still sent. The
    task then fails, and its result contains the outcome of every service request.
  - A service request is never sent twice. It is sent only if the site answers that it does not exist. If the response
    is lost, it is looked up. If a search is answered with other service requests only, or with what may be one page of
    several, it fails and is not sent.
  - The routes are those of M(greyops.rest.greymatter_service_request). Each service request is searched for with one
    call, unless the path of V(service_request_search) in O(routes) contains C({external_ids}). Up to 100 are then
    searched for and waited for with one call.
options:
  requests:
    description:
      - The service requests, each a dictionary with the options C(type), C(external_service_request_id), C(id),
        C(state), C(attributes), C(lines), C(expectations), C(service_requests) and C(wait_for) of
        M(greyops.rest.greymatter_service_request). C(type) and C(external_service_request_id) are required and must be
        unique together.
      - The C(state) and C(wait_for) of an entry take precedence over O(state) and O(wait_for).
      - Required unless O(src) is given.
    type: list
    elements: dict
  state:
    description: The state of the service requests that have no C(state) of their own, as in
      M(greyops.rest.greymatter_service_request).
    type: str
    choices: [present, cancelled]
    default: present
  wait_for:
    description:
      - The states to wait for, for the service requests that have no C(wait_for) of their own. Include the states that
        may follow, because a state may be missed between two polls.
      - If not given, the module waits only for the end of cancellations. Check mode never waits.
    type: list
    elements: str
  wait_timeout:
    description: The maximum time to wait for a service request in seconds, from the moment that it was sent.
    type: float
    default: 600
  concurrency:
    description: The maximum number of concurrent calls, at most 100.
    type: int
    default: 10
notes:
  - All service requests are sent before the module waits. The delay between two polls grows from 0.5 to 10 seconds.
  - A service request that was sent and does not reach the state to wait for is C(changed) and C(failed).
  - If the site has no search at the route V(service_request_search), see the notes of
    M(greyops.rest.greymatter_service_request). Only the first warnings about single service requests are shown.
seealso:
  - module: greyops.rest.greymatter_service_request
  - module: greyops.rest.greymatter_service_request_info
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
    details: Supported if the site has a search or the C(id) is given. Otherwise GreyMatter must reject the second
      request.
"""

EXAMPLES = r"""
- name: Create two orders and wait until both are picked
  greyops.rest.greymatter_service_requests:
    requests:
      - type: PICK
        external_service_request_id: ORD-1
        attributes: {simple_priority: high}
        lines:
          - product: {product_sku: MUG-01}
            quantity: 2
      - type: PICK
        external_service_request_id: ORD-2
        lines:
          - product: {product_sku: CUP-07}
            quantity: 1
    wait_for: [complete]
    wait_timeout: 3600
  register: orders

- name: Show what was done
  ansible.builtin.debug:
    var: orders.counts

- name: Create the orders of a feed with other names
  greyops.rest.greymatter_service_requests:
    requests: >-
      {%- set orders = [] -%}
      {%- for number, rows in feed | groupby('order_no') -%}
      {%- set lines = [] -%}
      {%- for row in rows -%}
      {%- set added = lines.append({'product': {'product_sku': row.sku}, 'quantity': row.qty | int}) -%}
      {%- endfor -%}
      {%- set added = orders.append({'type': 'PICK', 'external_service_request_id': number, 'lines': lines}) -%}
      {%- endfor -%}
      {{ orders }}

- name: Cancel orders, and wait until they are cancelled
  greyops.rest.greymatter_service_requests:
    requests:
      - {type: PICK, external_service_request_id: ORD-1}
      - {type: PICK, external_service_request_id: ORD-2}
    state: cancelled

- name: Look up 100 orders with each call, where the site supports it
  greyops.rest.greymatter_service_requests:
    requests: "{{ orders }}"
    routes:
      service_request_search: /srms/v2/service-requests?externalIds={external_ids}

- name: Create orders, and continue if some of them fail
  greyops.rest.greymatter_service_requests:
    requests: "{{ orders }}"
  register: sent
  failed_when: sent.counts is not defined
"""

RETURN = r"""
counts:
  description: How many service requests there are, and what was done with them, or would be in check mode.
  returned: always, except for errors before the first one is sent
  type: dict
  contains:
    total:
      description: All service requests.
      returned: always
      type: int
      sample: 500
    created:
      description: Those that were created, including those that failed afterwards.
      returned: always
      type: int
      sample: 490
    updated:
      description: Those whose attributes were updated, including those that failed afterwards.
      returned: always
      type: int
      sample: 2
    cancelled:
      description: Those that were cancelled, including those that failed afterwards.
      returned: always
      type: int
      sample: 0
    unchanged:
      description: Those that did not have to be changed.
      returned: always
      type: int
      sample: 7
    failed:
      description: Those that failed, before or after they were changed.
      returned: always
      type: int
      sample: 1
results:
  description: One result for each service request, in their order.
  returned: always, except for errors before the first one is sent
  type: list
  elements: dict
  contains:
    external_service_request_id:
      description: The ID chosen by its sender.
      returned: always
      type: str
      sample: ORD-1
    type:
      description: The type, V(PUT) or V(PICK).
      returned: always
      type: str
      sample: PICK
    action:
      description: What was done with it, or would be - V(create), V(update), V(cancel) or V(none).
      returned: always
      type: str
      sample: update
    changed:
      description: Whether it was changed, or would be in check mode.
      returned: always
      type: bool
    changes:
      description: The differences of a service request that is updated, as text.
      returned: always
      type: list
      elements: str
      sample: ["attributes.simple_priority: normal -> high"]
    differences:
      description: The same differences as data.
      returned: always
      type: list
      elements: dict
      sample: [{path: attributes.simple_priority, before: normal, after: high}]
    service_request:
      description: The service request as M(greyops.rest.greymatter_service_request) returns it.
      returned: always
      type: dict
      sample: {id: 91, externalServiceRequestId: ORD-1, type: PICK, state: created}
    failed:
      description: V(true) if it failed.
      returned: when it failed
      type: bool
    msg:
      description: What failed.
      returned: when it failed
      type: str
problems:
  description: What is wrong with the service requests, each with its path, the first 1000 of them.
  returned: failure, when the service requests are invalid
  type: list
  elements: str
  sample: ["requests[3].lines[0].quantity must be a whole number above 0, not 0"]
api:
  description:
    - Requests in C(calls), repeated requests in C(retries), seconds of waiting in C(waited), and the source of the
      credential in C(token). See R(Results,ansible_collections.greyops.rest.docsite.guide_execution.results).
  returned: always
  type: dict
  sample: {calls: 1, retries: 0, waited: 0.0, token: stored}
"""

from ..module_utils._argspec import ArgumentSpec
from ..module_utils._concurrency import ClientPool, validate_concurrency
from ..module_utils._context import Context
from ..module_utils._errors import raise_on_errors
from ..module_utils._greymatter.client import GreyMatterClient
from ..module_utils._greymatter.service import GREYMATTER
from ..module_utils._greymatter.service_request import SERVICE_REQUEST_SPEC, Place, validate_wait_for
from ..module_utils._greymatter.service_requests_bulk import (
    BulkPlanner,
    apply_all,
    build_changes,
    build_values,
    combine_diffs,
    plan_all,
    predict_all,
    raise_on_failure,
    show_warnings,
)
from ..module_utils._module import run_module
from ..module_utils._operation import Operation, OperationResult
from ..module_utils._polling import validate_wait_timeout

_MAX_PROBLEMS = 1000

SPEC = ArgumentSpec(
    options={
        "requests": {"type": "list", "elements": "dict"},
        **{name: SERVICE_REQUEST_SPEC.options[name] for name in ("state", "wait_for")},
        "wait_timeout": {"type": "float", "default": 600.0},
        "concurrency": {"type": "int", "default": 10},
    }
)


def run(context: Context) -> OperationResult:
    params = context.params
    planner = BulkPlanner.open(GreyMatterClient.open(context))
    problems = validate_wait_for(params["wait_for"]) + validate_wait_timeout(params["wait_timeout"])
    problems += validate_concurrency(params["concurrency"])
    given = ((Place(f"requests[{number}]."), each) for number, each in enumerate(params["requests"]))
    changes, found = build_changes(given, params["state"], params["wait_for"])
    problems += found
    raise_on_errors(problems[:_MAX_PROBLEMS], "The service requests cannot be sent", len(problems))
    with ClientPool(GreyMatterClient.open, context, params["concurrency"]) as pool:
        plan_all(context, pool, planner, changes)
        if context.check_mode:
            predict_all(changes)
        else:
            apply_all(context, pool, planner, changes, params["wait_timeout"])
    show_warnings(context, changes)
    values = build_values(changes)
    raise_on_failure(changes, values)
    diff = combine_diffs(changes) if context.diff_mode else None
    return OperationResult(any(change.is_changed for change in changes), values, diff)


OPERATION = Operation(spec=GREYMATTER.spec + SPEC, run=run)


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
