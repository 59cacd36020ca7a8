#!/usr/bin/python
# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: greymatter_product_info
short_description: Read products of GreyMatter
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Finds products of a site's master data, those with certain numbers, those that fit filters, or all of them.
  - The search, V(product_search) in O(routes), was seen in another program, for C(product_sku) with the operator V(in).
    That other keys work, and that a search without any filter finds all products, is inferred.
options:
  product_sku:
    description: Only the products with these numbers. They are searched for 500 at a time.
    type: list
    elements: str
  filter_params:
    description:
      - Filters in the words of the API, each a dictionary with C(key), C(operator) and C(value), sent as they are.
      - Not together with O(product_sku).
    type: list
    elements: dict
  client_category_id:
    description: Of what is found, only the products of these categories. The module does this filtering.
    type: list
    elements: str
  as_written:
    description:
      - Whether to return only what can be written, in the form in which M(greyops.rest.greymatter_products) takes it,
        such as for files in version control.
      - Leaves out what GreyMatter adds, and what products have from their categories, which takes a call for the
        categories.
    type: bool
    default: false
seealso:
  - module: greyops.rest.greymatter_product
  - module: greyops.rest.greymatter_products
extends_documentation_fragment:
  - greyops.rest._greymatter
  - greyops.rest._http
  - greyops.rest._token_store
  - greyops.rest._attributes
  - greyops.rest._attributes.info
  - greyops.rest._attributes.greymatter
"""

EXAMPLES = r"""
- name: Read two products
  greyops.rest.greymatter_product_info:
    product_sku: [MUG-01, MUG-02]
  register: mugs

- name: Stop if one of them is missing
  ansible.builtin.assert:
    that: mugs.products | length == 2

- name: Find the products of a client
  greyops.rest.greymatter_product_info:
    filter_params:
      - key: client_id
        operator: in
        value: [c7]

- name: Read all products of a category as they can be written again
  greyops.rest.greymatter_product_info:
    client_category_id: CTY-1
    as_written: true
  register: shirts

- name: Keep them in a file
  ansible.builtin.copy:
    content: "{{ shirts.products | to_nice_json }}"
    dest: shirts.json
    mode: "0644"
"""

RETURN = r"""
products:
  description:
    - The products as GreyMatter returns them, or as they can be written, sorted by C(product_sku) and number. Empty
      when there is none.
  returned: success
  type: list
  elements: dict
  sample:
    - uid: 104
      clientCategoryId: CTY-1
      description: blue mug
      productAttributes:
        product_sku: MUG-01
        client_id: c7
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
    POST https://greymatter.example.com/api-gateway/mdm-service/wms-masterdata/item/search_v2 failed with HTTP 400 Bad
    Request. Check the values that were sent.
status:
  description: The HTTP status of the answer.
  returned: failure, when there was an answer
  type: int
  sample: 400
url:
  description: The URL of the request that failed, without its query.
  returned: failure, when it was a request that failed
  type: str
  sample: https://greymatter.example.com/api-gateway/mdm-service/wms-masterdata/item/search_v2
method:
  description: The method of the request that failed.
  returned: failure, when it was a request that failed
  type: str
  sample: POST
"""

from ansible_collections.greyops.rest.plugins.module_utils._greymatter.families import Family, families_of
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.gateway import open_gateway
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.options import GREYMATTER_SPEC
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.products import PRODUCT, own_part, read_products
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.things import AS_WRITTEN_OPTION
from ansible_collections.greyops.rest.plugins.module_utils._module import run_module
from ansible_collections.greyops.rest.plugins.module_utils._operation import Call, Operation, Outcome
from ansible_collections.greyops.rest.plugins.module_utils._options import ArgumentSpec

SPEC = ArgumentSpec(
    options={
        "product_sku": {"type": "list", "elements": "str"},
        "filter_params": {"type": "list", "elements": "dict"},
        "client_category_id": {"type": "list", "elements": "str"},
        **AS_WRITTEN_OPTION,
    },
    mutually_exclusive=(("product_sku", "filter_params"),),
)


def run(call: Call) -> Outcome:
    params, categories = call.params, call.params["client_category_id"]
    gateway = open_gateway(params, call.host, call.secrets)
    products = read_products(gateway, params["product_sku"], params["filter_params"] or [])
    if categories is not None:
        products = [product for product in products if str(product.get("clientCategoryId")) in categories]
    if params["as_written"]:
        families = families_of(gateway)
        products = [
            PRODUCT.as_written(own_part(product, families.of(product.get("clientCategoryId")) or Family()))
            for product in products
        ]
    return Outcome(values={"products": products})


OPERATION = Operation(spec=GREYMATTER_SPEC + SPEC, run=run, codes=("product_sku", "client_category_id"))


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
