#!/usr/bin/python
# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: greymatter_audit
short_description: Create audits in GreyMatter
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Creates an audit of locations or of products. It is started in the Manager Dashboard; GreyOrange documents no other
    way.
  - An audit has no natural key. Its name need not be unique, and GreyOrange documents no way to find one. So this
    module cannot know whether an audit was created before, and each run creates another one.
  - GreyOrange documents what an audit is made of, and not how it is created. The route V(audit_create) is inferred,
    on weak grounds. O(routes) gives another.
options:
  name:
    description: Its C(audit_param_name), which the dashboard shows. It need not be unique.
    type: str
    required: true
  type:
    description: What is audited, its C(audit_param_type).
    type: str
    required: true
    choices: [location, sku]
  locations:
    description: The slots or storage units of an audit of the type V(location), such as V(039.1.E.02).
    type: list
    elements: str
  skus:
    description:
      - The products of an audit of the type V(sku).
      - Each has a C(sku), and may have C(attributes_sets), a list of dictionaries with lists of values by the names of
        attributes.
    type: list
    elements: dict
notes:
  - When the answer is lost, nobody knows whether the audit was created. Look in the Manager Dashboard before running
    the task again.
seealso:
  - name: Audits
    description: What GreyOrange says about them.
    link: https://docs.butler.greyorange.com/greymatter/v10.1.0/api/audit/index.html
extends_documentation_fragment:
  - greyops.rest._greymatter
  - greyops.rest._http
  - greyops.rest._token_store
  - greyops.rest._attributes
  - greyops.rest._attributes.greymatter
attributes:
  check_mode:
    support: full
    details: Checks the options and predicts the audit without a call.
  diff_mode:
    support: full
    details: There is never anything before.
  idempotent:
    support: none
    details: An action by nature, for an audit has no natural key. Each run creates another one.
"""

EXAMPLES = r"""
- name: Create an audit of two slots
  greyops.rest.greymatter_audit:
    name: Monthly count, aisle 39
    type: location
    locations: [039.1.E.02, 039.1.E.03]
  register: count

- name: Create an audit of products, one of them in two sizes only
  greyops.rest.greymatter_audit:
    name: Mugs
    type: sku
    skus:
      - sku: MUG-01
      - sku: MUG-02
        attributes_sets:
          - size: [L, XL]

- name: Create one once, by a mark of one's own
  when: not mark.stat.exists
  block:
    - name: Create it
      greyops.rest.greymatter_audit:
        name: Opening count
        type: location
        locations: [039.1.E.02]
"""

RETURN = r"""
audit:
  description: The audit as it was sent, with what GreyMatter answered; in check mode as it would be sent.
  returned: success
  type: dict
  sample:
    audit_id: A-17
    audit_param_name: Monthly count, aisle 39
    audit_param_type: location
    audit_param_value:
      locations_list: [039.1.E.02, 039.1.E.03]
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
    The audit cannot be created: name is empty; locations must have at least one entry: it is an audit of type location.
status:
  description: The HTTP status of the answer.
  returned: failure, when there was an answer
  type: int
  sample: 404
url:
  description: The URL of the request that failed, without its query.
  returned: failure, when it was a request that failed
  type: str
  sample: https://greymatter.example.com/api-gateway/integration-service/wms-integration/butler/api/audit
method:
  description: The method of the request that failed.
  returned: failure, when it was a request that failed
  type: str
  sample: POST
"""

from ansible_collections.greyops.rest.plugins.module_utils._errors import OptionError
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.audits import (
    LOCATION,
    SKU,
    body_of,
    create,
    problems_of,
)
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.gateway import open_gateway
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.options import GREYMATTER_SPEC
from ansible_collections.greyops.rest.plugins.module_utils._module import run_module
from ansible_collections.greyops.rest.plugins.module_utils._operation import Call, Operation, Outcome
from ansible_collections.greyops.rest.plugins.module_utils._options import ArgumentSpec

SPEC = ArgumentSpec(
    options={
        "name": {"type": "str", "required": True},
        "type": {"type": "str", "choices": [LOCATION, SKU], "required": True},
        "locations": {"type": "list", "elements": "str"},
        "skus": {"type": "list", "elements": "dict"},
    }
)


def run(call: Call) -> Outcome:
    gateway = open_gateway(call.params, call.host, call.secrets)
    problems = problems_of(call.params)
    if problems:
        raise OptionError(f"The audit cannot be created: {'; '.join(problems)}.")
    body = body_of(call.params)
    audit = body if call.check_mode else create(gateway, body)
    return Outcome(changed=True, values={"audit": audit}, diff={"before": {}, "after": body})


OPERATION = Operation(spec=GREYMATTER_SPEC + SPEC, run=run, codes=("locations",))


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
