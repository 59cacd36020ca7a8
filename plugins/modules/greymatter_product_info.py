#!/usr/bin/python
# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: greymatter_product_info
short_description: Get information about GreyMatter products
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Find products in the master data of a site by their numbers, by filters, or list all products.
  - The search, V(product_search) in O(routes), was seen in another program, for C(product_sku) with the operator V(in).
    That it supports other keys, and that a search without a filter returns all products, is inferred.
options:
  product_sku:
    description: Return only the products with these numbers. They are searched in groups of 500.
    type: list
    elements: str
  filter_params:
    description:
      - Filters in the format of the API, each a dictionary with C(key), C(operator) and C(value), which are sent
        unchanged.
      - Mutually exclusive with O(product_sku).
    type: list
    elements: dict
  client_category_id:
    description: Return only the products of these categories. The module applies this filter to the result of the
      search.
    type: list
    elements: str
  as_written:
    description:
      - Whether to return only the writable properties, in the format that M(greyops.rest.greymatter_products) accepts,
        for example for files in version control.
      - Values added by GreyMatter and values that products have from their categories are left out. This requires a
        call to read the categories.
    type: bool
    default: false
  as_json:
    description:
      - Whether to return each product as a dictionary that contains only C(json), the JSON of the product as text.
      - Ansible passes thousands of products on much faster as text than as nested data.
    type: bool
    default: false
seealso:
  - module: greyops.rest.greymatter_product
  - module: greyops.rest.greymatter_products
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
- name: Read two products
  greyops.rest.greymatter_product_info:
    product_sku: [MUG-01, MUG-02]
  register: mugs

- name: Fail if one of them is missing
  ansible.builtin.assert:
    that: mugs.products | length == 2

- name: Find the products of a client
  greyops.rest.greymatter_product_info:
    filter_params:
      - key: client_id
        operator: in
        value: [c7]

- name: Read all products of a category in the format for writing
  greyops.rest.greymatter_product_info:
    client_category_id: CTY-1
    as_written: true
  register: shirts

- name: Store them in a file
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
    - With O(summary=true), lines with C(productAttributes.product_sku), C(clientCategoryId) and C(description).
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
  description:
    - Requests in C(calls), repeated requests in C(retries), seconds of waiting in C(waited), and the source of the
      credential in C(token). See R(Results,ansible_collections.greyops.rest.docsite.guide_execution.results).
  returned: always
  type: dict
  sample: {calls: 1, retries: 0, waited: 0.0, token: stored}
"""

import json
from typing import Any

from ..module_utils._argspec import ArgumentSpec
from ..module_utils._context import Context
from ..module_utils._greymatter.category_index import (
    CategoryDefaults,
    load_categories,
)
from ..module_utils._greymatter.client import GreyMatterClient
from ..module_utils._greymatter.master_data import AS_WRITTEN_OPTION
from ..module_utils._greymatter.products import PRODUCT, read_products, strip_inherited
from ..module_utils._greymatter.service import GREYMATTER
from ..module_utils._module import run_module
from ..module_utils._resource import info_operation

SPEC = ArgumentSpec(
    options={
        "product_sku": {"type": "list", "elements": "str"},
        "filter_params": {"type": "list", "elements": "dict"},
        "client_category_id": {"type": "list", "elements": "str"},
        **AS_WRITTEN_OPTION,
        "as_json": {"type": "bool", "default": False},
    },
    mutually_exclusive=(("product_sku", "filter_params"),),
)


def list_products(context: Context) -> list[dict[str, Any]]:
    params, categories = context.params, context.params["client_category_id"]
    client = GreyMatterClient.open(context)
    products = read_products(client, params["product_sku"], params["filter_params"] or [])
    if categories is not None:
        products = [product for product in products if str(product.get("clientCategoryId")) in categories]
    if params["as_written"]:
        families = load_categories(client)
        products = [
            PRODUCT.to_file_view(
                strip_inherited(product, families.get(product.get("clientCategoryId")) or CategoryDefaults())
            )
            for product in products
        ]
    if params["as_json"]:
        return [{"json": json.dumps(product, ensure_ascii=False)} for product in products]
    return products


OPERATION = info_operation(
    GREYMATTER.spec + SPEC,
    "products",
    list_products,
    ("productAttributes.product_sku", "clientCategoryId", "description"),
    codes=("product_sku", "client_category_id"),
)


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
