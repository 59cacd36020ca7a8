#!/usr/bin/python
# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: greymatter_print_ready
short_description: Notify GreyMatter that the documents of an order are ready to print
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Notify GreyMatter that the documents of an order are ready to print.
  - The module uses the route V(print_ready), which GreyOrange documents.
options:
  external_service_request_id:
    description: The C(externalServiceRequestId) of the order, which is the ID chosen by its sender.
    type: str
    required: true
seealso:
  - module: greyops.rest.greymatter_service_request
  - name: Triggers
    description: GreyOrange's documentation of this trigger.
    link: https://docs.butler.greyorange.com/greymatter/v10.1.0/api/pf_triggers.html
extends_documentation_fragment:
  - greyops.rest._greymatter
  - greyops.rest._http
  - greyops.rest._token_store
  - greyops.rest._attributes
  - greyops.rest._attributes.greymatter
attributes:
  check_mode:
    support: full
    details: Predicts the change without a call. Whether the order exists and GreyMatter would accept the notification
      is not checked.
  diff_mode:
    support: none
    details: There is no state to compare.
  idempotent:
    support: none
    details: The notification is an action. It is sent on every run.
"""

EXAMPLES = r"""
- name: Notify GreyMatter that the documents of an order are ready
  greyops.rest.greymatter_print_ready:
    external_service_request_id: ORD-1

- name: Retry until the order accepts the notification
  greyops.rest.greymatter_print_ready:
    external_service_request_id: ORD-1
  register: result
  until: result is success or result.status | default(0) != 400
  retries: 10
  delay: 30
"""

RETURN = r"""
order:
  description: The order that was reported to GreyMatter.
  returned: success
  type: dict
  sample:
    externalServiceRequestId: ORD-1
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
from ..module_utils._errors import OptionError
from ..module_utils._greymatter.client import GreyMatterClient
from ..module_utils._greymatter.service import GREYMATTER
from ..module_utils._greymatter.site_calls import report_print_ready
from ..module_utils._module import run_module
from ..module_utils._operation import Operation, OperationResult

SPEC = ArgumentSpec(options={"external_service_request_id": {"type": "str", "required": True}})


def run(context: Context) -> OperationResult:
    order = context.params["external_service_request_id"]
    client = GreyMatterClient.open(context)
    if not order.strip():
        raise OptionError("external_service_request_id is empty.", hint="Set it to the id of an order.")
    if not context.check_mode:
        report_print_ready(client, order)
    return OperationResult(changed=True, values={"order": {"externalServiceRequestId": order}})


OPERATION = Operation(spec=GREYMATTER.spec + SPEC, run=run)


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
