#!/usr/bin/python
# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: greymatter_product
short_description: Manage a product of GreyMatter
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Makes, changes and deletes a product, an item of a site's master data.
  - The product is found by those of O(product_attributes) that make it unique - the first group of the schema that is
    given whole, the schema being that of O(schema), else that of the category, else V([[product_sku]]).
  - Compares what you give with what is there. What you leave out stays as it is. What GreyMatter adds, what the product
    has from its category, and another way to write a number or a unit are no differences. A change writes the whole
    product, but for what its category gives it.
  - The category must be there first, in check mode too.
  - GreyOrange documents the object. V(product_search) and V(product_delete) in O(routes) were seen in other programs.
    V(product_create), V(product_update) and V(category) are inferred and have not been checked against a site. The list
    of catalogs, V(catalog), is documented.
options:
  product_attributes:
    description:
      - What describes the product, the C(productAttributes) of the API. C(product_sku) is needed, and all that is
        unique by the schema.
      - Values must be of the type that the catalog of the product's category declares. Text that spells such a value is
        turned into it. Where a string belongs a number or a boolean fails - YAML makes one of text that looks like it,
        and V(83) of V(0123), so such text must be quoted.
    type: dict
    required: true
  state:
    description:
      - V(present) makes the product, or changes it.
      - V(absent) deletes it, by the number that GreyMatter gave it. GreyMatter may refuse that as long as there are
        stock or orders.
    type: str
    choices: [present, absent]
    default: present
  client_category_id:
    description: The id of the category that the product belongs to, at most 255 characters.
    type: str
  description:
    description: What the product is, at most 255 characters.
    type: str
  image_url:
    description: The address of a picture, at most 255 characters, the C(imageUrl) of the API.
    type: str
  schema:
    description:
      - What makes the product unique, where that is not as its category has it, in the words of the API, such as
        V({"unique":[["product_sku","client_id"]]}).
      - Needed to make a product whose category has none, or that has no category.
    type: dict
  attributes:
    description:
      - What is known of its handling, in the words of the API. A new product needs C(weight), a dictionary with
        C(value) and C(uom), and C(dimension), one with C(length), C(width), C(height) and C(uom); C(uom) is a
        dictionary with a C(unit).
      - The units of weight are V(G) and V(KG) before version 9.0.2 of GreyMatter, and V(GM), V(KG), V(LBS), V(POUND)
        and V(OUNCE) from then on. Those of length are V(MM), V(CM) and V(M), and from then on V(INCH).
      - V(G) and V(GM) are the same when they are compared, and so are V(LBS) and V(POUND).
    type: dict
  barcode_list:
    description:
      - All barcodes of the product, each a string, or a dictionary with C(barcode). No other product may have one of
        them. The order makes no difference. Barcodes that are digits must be quoted, and what spreadsheets make of
        them, such as V(4.00638E+12), fails.
      - A new product needs the list, which may be empty.
    type: list
    elements: raw
  item_config:
    description:
      - The levels of its packaging, in the words of the API. Each has a C(label), a C(type) of V(marked), V(unmarked)
        or V(virtual), and C(qty), the count in the level above, which is V(1) for the outermost.
      - GreyOrange's documents do not name the key that leads to the level below. Any dictionary with a C(label) is
        taken for one.
    type: dict
  api_version:
    description:
      - The version of the site's GreyMatter, such as V(v10.1.0). It decides which units there are. From V(v10.1.0) on
        attributes must be declared in the catalog.
      - If not given, the units of all versions will do, and what is not declared is for the site to judge.
    type: str
notes:
  - In O(product_attributes) and O(attributes) what you leave out stays as it is. V(null) takes a key away.
  - That a search for other attributes than C(product_sku) works is inferred. It is needed only where no group of the
    schema has C(product_sku).
seealso:
  - module: greyops.rest.greymatter_products
  - module: greyops.rest.greymatter_product_info
  - module: greyops.rest.greymatter_category
extends_documentation_fragment:
  - greyops.rest._greymatter
  - greyops.rest._http
  - greyops.rest._token_store
  - greyops.rest._attributes
  - greyops.rest._attributes.greymatter
attributes:
  check_mode:
    support: full
    details: Logs in and reads in check mode too. The check of what is given is the same.
  diff_mode:
    support: full
    details: Shows what can be written, and leaves out what GreyMatter adds.
  idempotent:
    support: full
"""

EXAMPLES = r"""
- name: Make a product
  greyops.rest.greymatter_product:
    client_category_id: CTY-1
    description: blue mug
    product_attributes:
      product_sku: MUG-01
      client_id: c7
      colour: blue
    barcode_list: ["4006381333931"]
    attributes:
      weight:
        value: 0.4
        uom: {unit: KG}
      dimension:
        length: 9
        width: 9
        height: 11
        uom: {unit: CM}

- name: Change its weight alone, with the units of a certain version
  greyops.rest.greymatter_product:
    product_attributes:
      product_sku: MUG-01
      client_id: c7
    attributes:
      weight:
        value: 420
        uom: {unit: GM}
    api_version: v10.1.0

- name: Show what another colour would change, and change nothing
  greyops.rest.greymatter_product:
    product_attributes:
      product_sku: MUG-01
      client_id: c7
      colour: green
  check_mode: true
  diff: true

- name: Delete it
  greyops.rest.greymatter_product:
    product_attributes:
      product_sku: MUG-01
      client_id: c7
    state: absent
"""

RETURN = r"""
product:
  description: The product as GreyMatter has it, or as it would be in check mode; V(null) when there is none.
  returned: success
  type: dict
  sample:
    uid: 104
    clientCategoryId: CTY-1
    description: blue mug
    productAttributes:
      product_sku: MUG-01
      client_id: c7
      colour: blue
    barcodeList:
      - barcode: "4006381333931"
changes:
  description: The paths of what differed, or would be changed in check mode. Empty for what is made or deleted.
  returned: success
  type: list
  elements: str
  sample: ["attributes.weight.value"]
problems:
  description: What is wrong with what was given, each with its path.
  returned: failure, when the product cannot be written
  type: list
  elements: str
  sample: ["attributes.weight.uom.unit 'G' is no unit of weight there: write GM"]
api:
  description: What the task asked of the API.
  returned: always
  type: dict
  contains:
    calls:
      description: Requests to the API itself, repeats included and logins not.
      returned: always
      type: int
      sample: 4
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
    The product cannot be written: attributes.weight.uom.unit 'G' is no unit of weight there: write GM; barcodeList is
    missing.
status:
  description: The HTTP status of the answer.
  returned: failure, when there was an answer
  type: int
  sample: 400
url:
  description: The URL of the request that failed, without its query.
  returned: failure, when it was a request that failed
  type: str
  sample: https://greymatter.example.com/api-gateway/mdm-service/wms-masterdata/item
method:
  description: The method of the request that failed.
  returned: failure, when it was a request that failed
  type: str
  sample: POST
"""

from ansible_collections.greyops.rest.plugins.module_utils._greymatter.families import SKU, Family, families_of
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.gateway import open_gateway
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.options import GREYMATTER_SPEC
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.product_checks import (
    PRODUCT_KEYS,
    checked_product,
    wish_for_product,
)
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.products import (
    find_product,
    key_of,
    plan_product,
)
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.things import (
    STATE_OPTION,
    carry_out,
    require_none,
)
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.units import VERSION_OPTION, version_of
from ansible_collections.greyops.rest.plugins.module_utils._module import run_module
from ansible_collections.greyops.rest.plugins.module_utils._operation import Call, Operation, Outcome
from ansible_collections.greyops.rest.plugins.module_utils._options import ArgumentSpec

SPEC = ArgumentSpec(
    options={
        "product_attributes": {"type": "dict", "required": True},
        **STATE_OPTION,
        "client_category_id": {"type": "str"},
        "description": {"type": "str"},
        "image_url": {"type": "str"},
        "schema": {"type": "dict"},
        "attributes": {"type": "dict"},
        "barcode_list": {"type": "list", "elements": "raw"},
        "item_config": {"type": "dict"},
        **VERSION_OPTION,
    }
)


def run(call: Call) -> Outcome:
    params, state, version = call.params, call.params["state"], version_of(call.params["api_version"])
    wish, problems = wish_for_product({name: params[name] for name in PRODUCT_KEYS}, exact=state == "present")
    sku = wish["productAttributes"].get(SKU)
    if state == "absent" or not sku or not isinstance(sku, str):  # else the rest is looked at first, and all is told
        require_none(problems, "product")
    gateway = open_gateway(params, call.host, call.secrets)
    families = families_of(gateway)
    key = key_of(wish, families.of(wish.get("clientCategoryId")))
    current = find_product(gateway, key, wish)
    family = None
    if state == "present":
        family = families.of(wish.get("clientCategoryId") or (current or {}).get("clientCategoryId"))
        wish, more = checked_product(wish, current, family, version)
        require_none([*problems, *more], "product")
    planned = plan_product(current, wish, family or Family(), state)
    product = planned.after
    if not call.check_mode:
        product = carry_out(gateway, planned, lambda: find_product(gateway, key, wish))
    return Outcome(planned.changed, {"product": product, "changes": list(planned.changes)}, planned.as_diff())


OPERATION = Operation(spec=GREYMATTER_SPEC + SPEC, run=run, codes=("client_category_id",))


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
