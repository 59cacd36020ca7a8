#!/usr/bin/python
# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: greymatter_product
short_description: Manage GreyMatter products
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Create, update and delete a product, which is an item in the master data of a site.
  - The product is identified by the values of O(product_attributes) that make it unique - the first group of the schema
    that is given completely. The schema is O(schema), then that of the category, then V([[product_sku]]).
  - The given options are compared with the current product. Omitted options are not changed. Values added by
    GreyMatter, values that the product has from its category, and other notations of a number or a unit are ignored. An
    update writes the whole product, except for the values from its category.
  - The category must already exist, in check mode too.
  - GreyOrange documents the object. V(product_search) and V(product_delete) in O(routes) were seen in other programs.
    V(product_create), V(product_update) and V(category) are inferred and have not been checked against a site. The list
    of catalogs, V(catalog), is documented.
options:
  product_attributes:
    description:
      - The attributes that describe the product, the C(productAttributes) of the API. C(product_sku) and all attributes
        that are unique according to the schema are required.
      - Values must have the type that is declared in the catalog of the product's category. Strings are converted to
        other types if possible. Fails if a number or a boolean is given for a string. YAML converts unquoted text that
        looks like a number, for example V(0123) to V(83), so such text must be quoted.
    type: dict
    required: true
  state:
    description:
      - V(present) creates or updates the product.
      - V(absent) deletes the product by the number assigned by GreyMatter. GreyMatter may reject this while there is
        stock or there are orders.
    type: str
    choices: [present, absent]
    default: present
  client_category_id:
    description: The ID of the category that the product belongs to, with at most 255 characters.
    type: str
  description:
    description: A description of the product, with at most 255 characters.
    type: str
  image_url:
    description: The URL of an image, with at most 255 characters, the C(imageUrl) of the API.
    type: str
  schema:
    description:
      - The uniqueness rules of the product, if they differ from those of its category, with the key names of the API,
        such as V({"unique":[["product_sku","client_id"]]}).
      - Required if the product does not exist and its category has no schema, or if it has no category.
    type: dict
  attributes:
    description:
      - Attributes for the handling of the product, with the key names of the API. C(weight) and C(dimension) are
        required for a new product. C(weight) is a dictionary with C(value) and C(uom). C(dimension) is a dictionary
        with C(length), C(width), C(height) and C(uom). C(uom) is a dictionary with C(unit).
      - The units of weight are V(G) and V(KG) before version 9.0.2 of GreyMatter, and V(GM), V(KG), V(LBS), V(POUND)
        and V(OUNCE) since that version. The units of length are V(MM), V(CM) and V(M), and since that version also
        V(INCH).
      - V(G) and V(GM) are compared as equal, and so are V(LBS) and V(POUND).
    type: dict
  barcode_list:
    description:
      - All barcodes of the product, each as a string or as a dictionary with C(barcode). Each must be unique among all
        products. The order is ignored. Barcodes that consist of digits must be quoted. Fails if a barcode was changed
        by a spreadsheet, such as V(4.00638E+12).
      - Required for a new product. The list may be empty.
    type: list
    elements: raw
  item_config:
    description:
      - The packaging levels, with the key names of the API. Each has a C(label), a C(type), which is V(marked),
        V(unmarked) or V(virtual), and C(qty), the quantity in the level above, which is V(1) for the outermost level.
      - GreyOrange does not document the key that contains the level below. Any dictionary with a C(label) is treated as
        a level.
    type: dict
  api_version:
    description:
      - The version of GreyMatter on the site, such as V(v10.1.0). It determines the supported units. Since V(v10.1.0),
        attributes must be declared in the catalog.
      - If not given, the units of all versions are accepted, and the site decides about attributes that are not
        declared.
    type: str
notes:
  - Keys omitted in O(product_attributes) and O(attributes) are not changed. V(null) removes a key.
  - That products can be searched by attributes other than C(product_sku) is inferred. It is used only if no group of
    the schema contains C(product_sku).
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
    details: Logs in and reads in check mode too. The options are validated in the same way.
  diff_mode:
    support: full
    details: Shows the writable properties and leaves out values added by GreyMatter.
  idempotent:
    support: full
"""

EXAMPLES = r"""
- name: Create a product
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

- name: Change only the weight, with the units of a certain version
  greyops.rest.greymatter_product:
    product_attributes:
      product_sku: MUG-01
      client_id: c7
    attributes:
      weight:
        value: 420
        uom: {unit: GM}
    api_version: v10.1.0

- name: Show what another colour would change, without changing anything
  greyops.rest.greymatter_product:
    product_attributes:
      product_sku: MUG-01
      client_id: c7
      colour: green
  check_mode: true
  diff: true

- name: Delete the product
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
  description: What differed or would change, with the old and the new value. Empty if it is created or deleted.
  returned: success
  type: list
  elements: str
  sample: ["attributes.weight.value: 0.4 -> 0.5"]
differences:
  description: The RV(changes) as data.
  returned: success
  type: list
  elements: dict
  contains:
    path:
      description: The path of the value.
      returned: always
      type: str
      sample: attributes.weight.value
    before:
      description: The old value. V(null) if there was none.
      returned: always
      type: raw
      sample: 0.4
    after:
      description: The new value. V(null) if it is removed.
      returned: always
      type: raw
      sample: 0.5
problems:
  description: What is wrong with what was given, each with its path.
  returned: failure, when the product cannot be written
  type: list
  elements: str
  sample: ["attributes.weight.uom.unit 'G' is no unit of weight there: write GM"]
api:
  description:
    - Requests in C(calls), repeated requests in C(retries), seconds of waiting in C(waited), and the source of the
      credential in C(token). See R(Results,ansible_collections.greyops.rest.docsite.guide_execution.results).
  returned: always
  type: dict
  sample: {calls: 1, retries: 0, waited: 0.0, token: stored}
"""

from ..module_utils._argspec import ArgumentSpec
from ..module_utils._changes import format_changes
from ..module_utils._context import Context
from ..module_utils._errors import raise_on_errors
from ..module_utils._greymatter.category_index import (
    SKU,
    CategoryDefaults,
    load_categories,
)
from ..module_utils._greymatter.client import GreyMatterClient
from ..module_utils._greymatter.products import (
    ProductApi,
    get_key,
    plan_product,
)
from ..module_utils._greymatter.service import GREYMATTER
from ..module_utils._greymatter.validation import (
    PRODUCT_KEYS,
    convert_product,
    parse_product,
)
from ..module_utils._greymatter.values import VERSION_OPTION, parse_version
from ..module_utils._module import run_module
from ..module_utils._operation import Operation, OperationResult
from ..module_utils._resource import STATE_SPEC

SPEC = ArgumentSpec(
    options={
        "product_attributes": {"type": "dict", "required": True},
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


_INVALID = "The product cannot be written"


def run(context: Context) -> OperationResult:
    params, state, version = context.params, context.params["state"], parse_version(context.params["api_version"])
    desired, problems = parse_product({name: params[name] for name in PRODUCT_KEYS}, exact=state == "present")
    sku = desired["productAttributes"].get(SKU)
    if state == "absent" or not sku or not isinstance(sku, str):  # else all errors are reported together
        raise_on_errors(problems, _INVALID)
    client = GreyMatterClient.open(context)
    categories = load_categories(client)
    key = get_key(desired, categories.get(desired.get("clientCategoryId")))
    api = ProductApi(client, key, desired)
    current = api.find()
    defaults = None
    if state == "present":
        category = desired.get("clientCategoryId") or (current or {}).get("clientCategoryId")
        defaults = categories.get(category)
        nearest = "" if defaults else categories.append_nearest(category)
        desired, more = convert_product(desired, current, defaults, version, nearest=nearest)
        raise_on_errors([*problems, *more], _INVALID)
    planned = plan_product(current, desired, defaults or CategoryDefaults(), state)
    product = planned.after
    if not context.check_mode:
        product = api.apply(planned)
    changes = format_changes(planned.list_changes())
    return OperationResult(planned.changed, {"product": product, **changes}, planned.as_diff())


OPERATION = Operation(spec=GREYMATTER.spec + STATE_SPEC + SPEC, run=run, codes=("client_category_id",))


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
