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
  src:
    description:
      - The paths of one or more files with service requests on the host that makes the calls, instead of O(requests).
        The format is that of the file extension - C(.csv), C(.tsv), C(.xlsx), C(.json) or C(.jsonl).
      - A JSON file contains a list of service requests with the same keys as O(requests), or one after the other (JSON
        lines). It is UTF-8.
      - A table has a header. Rows with the same C(type) and C(external_service_request_id) are the lines of one service
        request, in any order. An C(.xlsx) file requires the Python library openpyxl on that host, and its first sheet
        is read.
      - The columns C(type) and C(external_service_request_id) are required. C(product_sku), C(quantity), C(line_id)
        (the C(external_service_request_id) of a line), C(product.NAME) for other attributes that identify the product,
        and C(line_attributes.NAME) describe a line. C(attributes.NAME), C(state), C(id), and C(wait_for) (states
        separated by V(|)) belong to the service request. They can be in any of its rows, and must be equal in all rows
        that have them. Fails if there are other columns.
      - Empty cells are ignored. Cells of attributes are strings, or lists and dictionaries written as JSON. Fails with
        the location of the cell if a value was changed by a spreadsheet or by copying, as in
        M(greyops.rest.greymatter_products).
      - A table without rows and an empty list contain no service requests, and nothing is sent.
    type: list
    elements: path
  delimiter:
    description: The delimiter of CSV files, a single character. If not given, it is a comma, a semicolon, a tab or a
      vertical bar, whichever separates the columns of the header.
    type: str
  csv_encoding:
    description: The encoding of CSV files without a byte order mark, such as V(cp1252).
    type: str
    default: utf-8
  csv_decimal:
    description: The character that separates the decimals of numbers in text.
    type: str
    choices: ['.', ',']
    default: '.'
  state:
    description: The state of the service requests that have no C(state) of their own, as in
      M(greyops.rest.greymatter_service_request).
    type: str
    choices: [present, cancelled]
    default: present
  wait_for:
    description:
      - The states to wait for, for the service requests that have neither a C(wait_for) of their own nor another
        C(state) than O(state). Include the states that may follow, because a state may be missed between two polls.
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

- name: Create the orders of a table, and wait for all of them
  # type,external_service_request_id,product_sku,quantity,attributes.simple_priority
  # PICK,ORD-1,MUG-01,2,high
  # PICK,ORD-1,CUP-07,1,
  # PICK,ORD-2,MUG-01,5,
  greyops.rest.greymatter_service_requests:
    src: orders.csv
    wait_for: [complete]

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
  description: What is wrong with the service requests, each with its path, or with the file and the line. Equal errors
    are one entry.
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

from collections.abc import Iterator
from typing import Any

from ..module_utils._argspec import ArgumentSpec
from ..module_utils._concurrency import ClientPool, validate_concurrency
from ..module_utils._context import Context
from ..module_utils._errors import raise_on_errors
from ..module_utils._greymatter.client import GreyMatterClient
from ..module_utils._greymatter.service import GREYMATTER
from ..module_utils._greymatter.service_request import SERVICE_REQUEST_SPEC, Place, validate_wait_for
from ..module_utils._greymatter.service_request_files import GivenRequest, read_files
from ..module_utils._greymatter.service_requests_bulk import (
    BulkPlanner,
    ChangeBuilder,
    apply_all,
    build_values,
    combine_diffs,
    plan_all,
    predict_all,
    raise_on_failure,
    show_warnings,
)
from ..module_utils._greymatter.tables import TABLE_OPTIONS, TableFormat
from ..module_utils._module import run_module
from ..module_utils._operation import Operation, OperationResult
from ..module_utils._polling import validate_wait_timeout

SPEC = ArgumentSpec(
    options={
        "requests": {"type": "list", "elements": "dict"},
        "src": {"type": "list", "elements": "path"},
        **TABLE_OPTIONS,
        **{name: SERVICE_REQUEST_SPEC.options[name] for name in ("state", "wait_for")},
        "wait_timeout": {"type": "float", "default": 600.0},
        "concurrency": {"type": "int", "default": 10},
    },
    mutually_exclusive=(("requests", "src"),),
    required_one_of=(("requests", "src"),),
)


def run(context: Context) -> OperationResult:
    params = context.params
    planner = BulkPlanner.open(GreyMatterClient.open(context))
    problems = validate_wait_for(params["wait_for"]) + validate_wait_timeout(params["wait_timeout"])
    problems += validate_concurrency(params["concurrency"])
    builder = ChangeBuilder(params["state"], params["wait_for"])
    changes = builder.build(_iter_given(params))
    problems += builder.problems.as_texts()
    raise_on_errors(problems, "The service requests cannot be sent", max(len(problems), builder.problems.total))
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


def _iter_given(params: dict[str, Any]) -> Iterator[GivenRequest]:
    for number, options in enumerate(params["requests"] or ()):
        yield GivenRequest(Place(f"requests[{number}]."), options)
    yield from read_files(params["src"] or (), TableFormat.from_params(params))


OPERATION = Operation(spec=GREYMATTER.spec + SPEC, run=run)


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
