#!/usr/bin/python
# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: greymatter_audit
short_description: Create GreyMatter audits
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Create an audit of locations or products. Audits are started in the Manager Dashboard. GreyOrange documents no other
    way.
  - An audit has no natural key. Its name does not have to be unique, and GreyOrange documents no way to find an audit.
    The module therefore cannot detect an existing audit, and every run creates a new one.
  - GreyOrange documents the properties of an audit, but not how to create one. The route V(audit_create) is inferred
    from weak evidence. Use O(routes) to set another one.
options:
  name:
    description: The C(audit_param_name) of the audit, which the dashboard shows. It does not have to be unique.
    type: str
    required: true
  type:
    description: What to audit, the C(audit_param_type) of the audit.
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
      - Each has a C(sku), and optionally C(attributes_sets), a list of dictionaries that map attribute names to lists
        of values.
    type: list
    elements: dict
notes:
  - If the response is lost, it is unknown whether the audit was created. Check the Manager Dashboard before you run the
    task again.
seealso:
  - name: Audits
    description: GreyOrange's documentation of audits.
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
    details: Validates the options and predicts the audit without a call.
  diff_mode:
    support: full
    details: There is no previous state.
  idempotent:
    support: none
    details: Creating an audit is an action, because an audit has no natural key. Every run creates a new one.
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

- name: Create an audit only once by checking for a marker file
  when: not mark.stat.exists
  block:
    - name: Create the audit
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
  description:
    - Requests in C(calls), repeated requests in C(retries), seconds of waiting in C(waited), and the source of the
      credential in C(token). See R(Results,ansible_collections.greyops.rest.docsite.guide_execution.results).
  returned: always
  type: dict
  sample: {calls: 1, retries: 0, waited: 0.0, token: stored}
"""

from ..module_utils._argspec import ArgumentSpec
from ..module_utils._context import Context
from ..module_utils._errors import raise_on_errors
from ..module_utils._greymatter.client import GreyMatterClient
from ..module_utils._greymatter.service import GREYMATTER
from ..module_utils._greymatter.site_calls import (
    LOCATION,
    SKU,
    build_body,
    create_audit,
    validate_audit,
)
from ..module_utils._module import run_module
from ..module_utils._operation import Operation, OperationResult

SPEC = ArgumentSpec(
    options={
        "name": {"type": "str", "required": True},
        "type": {"type": "str", "choices": [LOCATION, SKU], "required": True},
        "locations": {"type": "list", "elements": "str"},
        "skus": {"type": "list", "elements": "dict"},
    }
)


def run(context: Context) -> OperationResult:
    client = GreyMatterClient.open(context)
    problems = validate_audit(context.params)
    raise_on_errors(problems, "The audit cannot be created")
    body = build_body(context.params)
    audit = body if context.check_mode else create_audit(client, body)
    return OperationResult(changed=True, values={"audit": audit}, diff={"before": {}, "after": body})


OPERATION = Operation(spec=GREYMATTER.spec + SPEC, run=run, codes=("locations",))


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
