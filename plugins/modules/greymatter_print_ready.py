#!/usr/bin/python
# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: greymatter_print_ready
short_description: Tell GreyMatter that the papers of an order are ready to print
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Tells GreyMatter that what is to be printed for an order is ready.
  - Uses the route V(print_ready), which GreyOrange documents.
options:
  external_service_request_id:
    description: The C(externalServiceRequestId) of the order, the id that its sender chose.
    type: str
    required: true
seealso:
  - module: greyops.rest.greymatter_service_request
  - name: Triggers
    description: What GreyOrange says about it.
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
    details: Predicts the change without a call. Whether GreyMatter knows the order, and would take it now, is not
      looked at.
  diff_mode:
    support: none
    details: There is nothing to compare with.
  idempotent:
    support: none
    details: An action by nature. Each run tells GreyMatter again.
"""

EXAMPLES = r"""
- name: Tell that the papers of an order are ready
  greyops.rest.greymatter_print_ready:
    external_service_request_id: ORD-1

- name: Tell so as soon as the order can take it
  greyops.rest.greymatter_print_ready:
    external_service_request_id: ORD-1
  register: told
  until: told is success or told.status | default(0) != 400
  retries: 10
  delay: 30
"""

RETURN = r"""
order:
  description: The order that GreyMatter was told of.
  returned: success
  type: dict
  sample:
    externalServiceRequestId: ORD-1
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
    POST
    https://greymatter.example.com/api-gateway/integration-service/wms-integration/butler/api/orders/print_ready/ORD-1
    does not take it that ORD-1 is ready to print, with HTTP 400: the order has a status that does not allow it. If
    the site has another path, give it as print_ready in routes.
status:
  description: The HTTP status of the answer.
  returned: failure, when there was an answer
  type: int
  sample: 400
url:
  description: The URL of the request that failed, without its query.
  returned: failure, when it was a request that failed
  type: str
  sample: https://greymatter.example.com/api-gateway/integration-service/wms-integration/butler/api/orders/print_ready/ORD-1
method:
  description: The method of the request that failed.
  returned: failure, when it was a request that failed
  type: str
  sample: POST
"""

from ansible_collections.greyops.rest.plugins.module_utils._errors import OptionError
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.gateway import open_gateway
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.options import GREYMATTER_SPEC
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.triggers import tell_print_ready
from ansible_collections.greyops.rest.plugins.module_utils._module import run_module
from ansible_collections.greyops.rest.plugins.module_utils._operation import Call, Operation, Outcome
from ansible_collections.greyops.rest.plugins.module_utils._options import ArgumentSpec

SPEC = ArgumentSpec(options={"external_service_request_id": {"type": "str", "required": True}})


def run(call: Call) -> Outcome:
    order = call.params["external_service_request_id"]
    gateway = open_gateway(call.params, call.host, call.secrets)
    if not order.strip():
        raise OptionError("external_service_request_id is empty.", hint="Give that of an order.")
    if not call.check_mode:
        tell_print_ready(gateway, order)
    return Outcome(changed=True, values={"order": {"externalServiceRequestId": order}})


OPERATION = Operation(spec=GREYMATTER_SPEC + SPEC, run=run)


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
