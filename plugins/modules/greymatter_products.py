#!/usr/bin/python
# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: greymatter_products
short_description: Manage many products of GreyMatter in one task
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Brings many products, from a list or a file, to the state that is described, as M(greyops.rest.greymatter_product)
    does with one, at the cost of what differs - products are looked up many at a time, and only those that differ are
    written.
  - All products are looked up and checked before the first one is written. What is wrong with any of them is told at
    once, and then nothing is written.
  - Several products are written at once. Where some fail the others are written all the same; then the task fails, and
    its result says which.
  - A file is read piece by piece, and what is to be written waits in a temporary file. In memory the task holds the
    keys and the barcodes of all products, and the results of those that change.
  - GreyOrange documents the object. V(product_search) and V(product_delete) in O(routes) were seen in other programs.
    V(product_create), V(product_update) and V(category) are inferred and have not been checked against a site. The list
    of catalogs, V(catalog), is documented.
options:
  products:
    description:
      - The products, each a dictionary in the words of the API, as M(greyops.rest.greymatter_product_info) returns them
        with C(as_written), or with the options of M(greyops.rest.greymatter_product).
      - Barcodes may be strings. They, C(product_sku), and attributes that the catalog declares as strings must be
        quoted in YAML where they look like numbers; a number in their place fails.
    type: list
    elements: raw
  src:
    description:
      - The path of a file with products, or of several, on the host that makes the calls, in UTF-8. They come after
        those of O(products), and all of them are checked together.
      - A CSV file without a row below its header fails, and with O(purge) a JSON file with an empty list does as well.
        An export that broke off must not delete anything.
      - JSON is a list of products, or one after the other (JSON lines).
      - CSV has a header. The columns C(clientCategoryId), C(description) and C(imageUrl) are those of the API,
        C(barcodes) has the barcodes with V(|) between them, or V(|) alone for none, C(weight), C(weight_unit),
        C(length), C(width), C(height) and C(dimension_unit) are what their names say, and C(attributes.NAME) is another
        one of the C(attributes). Every other column is one of the C(productAttributes), among them C(product_sku),
        which must be there. So is C(productAttributes.NAME), for one that has the name of a column above.
      - An empty cell says nothing. Cells become values of the types that the catalog declares; lists and dictionaries
        are written as JSON. Numbers have a decimal point and no separators between thousands.
      - What spreadsheets and copying leave in cells fails with its place - numbers that were shortened, such as
        V(4.00638E+12), formulas, V(#N/A), apostrophes before text, decimals behind a barcode, and control characters.
        Barcodes and C(product_sku) must not have invisible characters either, wherever they come from. Use
        O(state=absent) to delete a product that has such a C(product_sku).
    type: list
    elements: path
  format:
    description: What is in O(src). V(auto) goes by the end of its name.
    type: str
    choices: [auto, csv, json]
    default: auto
  delimiter:
    description: What stands between the cells of a CSV file, one character.
    type: str
    default: ','
  state:
    description:
      - V(present) makes the products, or changes them.
      - V(absent) deletes them. They need nothing but what they are found by.
    type: str
    choices: [present, absent]
    default: present
  purge:
    description:
      - The ids of categories. Products that they have on the site and that are not given are deleted.
      - To find them all products of the site are listed, by a search without a filter, which is inferred. When a
        product cannot be looked up, nothing is purged.
      - Only with O(state=present) and O(validate=site).
    type: list
    elements: str
    default: []
  validate:
    description:
      - V(site) checks the products against the categories and catalogs of the site, and by what is known here.
      - V(offline) checks them without any call and without a login, and does nothing else. All are taken for new ones,
        so that each must be complete.
    type: str
    choices: [site, offline]
    default: site
  categories:
    description:
      - Categories, in the words of the API, that are taken for being there, besides those of the site; of two with one
        id it is the one here.
      - With O(validate=offline) they are checked too, and there are no others. Without them nothing is said of
        categories.
    type: list
    elements: dict
  catalogs:
    description: The same for catalogs.
    type: list
    elements: dict
  api_version:
    description:
      - The version of the site's GreyMatter, such as V(v10.1.0). It decides which units there are. From V(v10.1.0) on
        attributes must be declared in the catalog.
      - If not given, the units of all versions will do, and what is not declared is for the site to judge.
    type: str
  concurrency:
    description: How many calls are made at once, at most 100.
    type: int
    default: 10
  batch_size:
    description: How many products are looked up with one call, at most 10000. Lower it where the site refuses so many.
    type: int
    default: 500
seealso:
  - module: greyops.rest.greymatter_product
  - module: greyops.rest.greymatter_product_info
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
    details: Shows the first 1000 products that change, with what can be written.
  idempotent:
    support: full
"""

EXAMPLES = r"""
- name: Bring the site to what is in a file
  greyops.rest.greymatter_products:
    src: products.csv
  register: products

- name: Tell what was done
  ansible.builtin.debug:
    var: products.counts

- name: Do the same with a list, five at a time
  greyops.rest.greymatter_products:
    products:
      - clientCategoryId: CTY-1
        productAttributes: {product_sku: MUG-01, colour: blue}
        barcodeList: ["4006381333931"]
        attributes:
          weight: {value: 0.4, uom: {unit: KG}}
          dimension: {length: 9, width: 9, height: 11, uom: {unit: CM}}
    concurrency: 5

- name: Show what a file would change, and change nothing
  greyops.rest.greymatter_products:
    src: products.json
  check_mode: true
  diff: true

- name: Check a file without a site, as in a pull request
  greyops.rest.greymatter_products:
    src: products.csv
    validate: offline
    catalogs: "{{ lookup('ansible.builtin.file', 'catalogs.json') | from_json }}"
    categories: "{{ lookup('ansible.builtin.file', 'categories.json') | from_json }}"
    api_version: v10.1.0

- name: Have the products of three files, and no others in two categories
  greyops.rest.greymatter_products:
    src: [shirts.csv, mugs.json, more_mugs.json]
    purge: [SHIRTS, MUGS]

- name: Delete what a file lists, and go on where some cannot be deleted
  greyops.rest.greymatter_products:
    src: discontinued.csv
    state: absent
  register: deleted
  failed_when: deleted.counts is not defined
"""

RETURN = r"""
counts:
  description: How many products there are, and what was done with them, or would be in check mode.
  returned: always, but for errors before the first product is written
  type: dict
  contains:
    total:
      description: All that were given, and those that are purged.
      returned: always
      type: int
      sample: 1000
    created:
      description: Those that were made.
      returned: always
      type: int
      sample: 2
    updated:
      description: Those that were changed.
      returned: always
      type: int
      sample: 8
    deleted:
      description: Those that were deleted.
      returned: always
      type: int
      sample: 0
    unchanged:
      description: Those that were as described already.
      returned: always
      type: int
      sample: 990
    failed:
      description: Those that failed.
      returned: always
      type: int
      sample: 0
products:
  description:
    - One result for each product, in their order, if there are at most 1000. Of more than that only those that changed
      or failed have one.
  returned: always, but for errors before the first product is written
  type: list
  elements: dict
  contains:
    product_sku:
      description: The product's number.
      returned: always
      type: str
      sample: MUG-01
    place:
      description:
        - Where it stands, in the list, or in the file with the number of its line. V(null) for one that is purged.
      returned: always
      type: str
      sample: products.csv:17
    changed:
      description: Whether it was changed, or would be in check mode.
      returned: always
      type: bool
    action:
      description: What was done with it, or would be - V(create), V(update), V(delete) or V(none).
      returned: always
      type: str
      sample: update
    changes:
      description: The paths of what differed. Empty for a product that was made or deleted.
      returned: always
      type: list
      elements: str
      sample: ["attributes.weight.value"]
    uid:
      description: The number that GreyMatter gave it; V(null) where that is not known.
      returned: always
      type: str
      sample: "104"
    failed:
      description: V(true) where it failed.
      returned: when it failed
      type: bool
    msg:
      description: What failed.
      returned: when it failed
      type: str
problems:
  description: What is wrong with what was given, each with its path, the first 1000 of them.
  returned: failure, when the products cannot be written
  type: list
  elements: str
  sample: ["products.csv:17: barcodeList[0] 4006381333931 is a barcode of products.csv:3 as well"]
api:
  description: What the task asked of the API.
  returned: always
  type: dict
  contains:
    calls:
      description: Requests to the API itself, repeats included and logins not.
      returned: always
      type: int
      sample: 14
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
    2 of 1000 products failed. MUG-17, MUG-18: POST
    https://greymatter.example.com/api-gateway/mdm-service/wms-masterdata/item failed with HTTP 400 Bad Request: barcode
    4006381333931 exists. Check the values that were sent.
status:
  description: The HTTP status of the answer.
  returned: failure, when there was an answer
  type: int
  sample: 401
url:
  description: The URL of the request that failed, without its query.
  returned: failure, when it was a request that failed
  type: str
  sample: https://greymatter.example.com/api-gateway/mdm-service/wms-masterdata/category
method:
  description: The method of the request that failed.
  returned: failure, when it was a request that failed
  type: str
  sample: GET
"""

from typing import Any

from ansible_collections.greyops.rest.plugins.module_utils._errors import OptionError
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.bulk import (
    Planner,
    Spool,
    carry_out_all,
    check_all,
    plan_all,
    plan_purge,
)
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.checks import problems_of_parents
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.families import families_given, families_of
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.gateway import open_gateway
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.options import (
    ACCESS_TOKEN,
    GREYMATTER_SPEC,
    PASSWORD,
)
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.tables import source_of
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.tally import Tally
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.things import STATE_OPTION
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.units import (
    VERSION_OPTION,
    version_of,
    wants_declarations,
)
from ansible_collections.greyops.rest.plugins.module_utils._http.lanes import Lanes
from ansible_collections.greyops.rest.plugins.module_utils._module import run_module
from ansible_collections.greyops.rest.plugins.module_utils._operation import Call, Operation, Outcome
from ansible_collections.greyops.rest.plugins.module_utils._options import ArgumentSpec

_MOST_AT_ONCE = 100
_MOST_SEARCHED = 10_000

SPEC = ArgumentSpec(
    options={
        "products": {"type": "list", "elements": "raw"},
        "src": {"type": "list", "elements": "path"},
        "format": {"type": "str", "choices": ["auto", "csv", "json"], "default": "auto"},
        "delimiter": {"type": "str", "default": ","},
        **STATE_OPTION,
        "purge": {"type": "list", "elements": "str", "default": []},
        "validate": {"type": "str", "choices": ["site", "offline"], "default": "site"},
        "categories": {"type": "list", "elements": "dict"},
        "catalogs": {"type": "list", "elements": "dict"},
        **VERSION_OPTION,
        "concurrency": {"type": "int", "default": 10},
        "batch_size": {"type": "int", "default": 500},
    },
    required_one_of=(("products", "src"),),
)


def run(call: Call) -> Outcome:
    params, version = call.params, version_of(call.params["api_version"])
    _require_sense(params)
    form, delimiter = params["format"], params["delimiter"]
    source = source_of(params["products"], params["src"], form, delimiter, purges=bool(params["purge"]))
    tally = Tally(source, call.diff_mode)
    tally.problems += problems_of_parents(params["catalogs"], params["categories"], strict=wants_declarations(version))
    if params["validate"] == "offline":
        families = families_given(params["categories"], params["catalogs"])
        check_all(Planner(source, families, version, params["state"], params["batch_size"]), tally, call.progress)
        return Outcome(values=tally.values())
    # Only here are they needed.
    GREYMATTER_SPEC.resolve({name: params[name] for name in ("auth", *_CREDENTIALS) if params[name]}, {})
    gateway = open_gateway(params, call.host, call.secrets)
    families = families_of(gateway, params["categories"], params["catalogs"])
    planner = Planner(source, families, version, params["state"], params["batch_size"])
    lanes = Lanes(lambda host: open_gateway(params, host, call.secrets), call.host, params["concurrency"])
    with lanes, Spool() as spool:
        plan_all(planner, lanes, spool, tally, call.progress)
        plan_purge(gateway, planner, params["purge"], spool, tally)
        if not call.check_mode:
            carry_out_all(lanes, spool, tally, call.progress)
    tally.require_success()
    return Outcome(tally.changed, tally.values(), tally.diff)


def _require_sense(params: dict[str, Any]) -> None:
    """
    :raises OptionError: an option is out of bounds.
    """
    if not 1 <= params["concurrency"] <= _MOST_AT_ONCE:
        raise OptionError(f"concurrency must be a number from 1 to {_MOST_AT_ONCE}.")
    if not 1 <= params["batch_size"] <= _MOST_SEARCHED:
        raise OptionError(f"batch_size must be a number from 1 to {_MOST_SEARCHED}.")
    if len(params["delimiter"]) != 1 or params["delimiter"] in '"\r\n':
        raise OptionError("delimiter must be one character, and neither a quote nor the end of a line.")
    if params["purge"] and (params["state"] != "present" or params["validate"] != "site"):
        raise OptionError("purge goes with state=present and validate=site only.")


_CREDENTIALS = ("username", "password", "access_token")
OPERATION = Operation(
    spec=GREYMATTER_SPEC.accepting(ACCESS_TOKEN, PASSWORD, optional=True) + SPEC, run=run, codes=("purge",)
)


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
