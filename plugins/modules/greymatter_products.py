#!/usr/bin/python
# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: greymatter_products
short_description: Manage many GreyMatter products in one task
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Create, update and delete many products from a list or a file, each in the same way as
    M(greyops.rest.greymatter_product). Products are looked up in batches, and only those that differ are written.
  - All products are looked up and validated before the first one is written. If there are any errors, all of them are
    reported together and nothing is written.
  - Several products are written concurrently. If some of them fail, the others are still written. The task then fails,
    and its result lists the failed products.
  - Files are read in chunks, and pending writes are stored in a temporary file. The task holds in memory the keys and
    barcodes of all products, and the results of the products that change.
  - GreyOrange documents the object. V(product_search) and V(product_delete) in O(routes) were seen in other programs.
    V(product_create), V(product_update) and V(category) are inferred and have not been checked against a site. The list
    of catalogs, V(catalog), is documented.
requirements:
  - openpyxl >= 3.1 (for XLSX files in O(src) only)
options:
  products:
    description:
      - The products, each a dictionary with the key names of the API, as returned by
        M(greyops.rest.greymatter_product_info) with C(as_written), or with the options of
        M(greyops.rest.greymatter_product).
      - Barcodes may be strings. Barcodes, C(product_sku), and attributes that the catalog declares as strings must be
        quoted in YAML if they look like numbers. Fails if a number is given for them.
    type: list
    elements: raw
  src:
    description:
      - The paths of one or more files with products on the host that makes the calls. These products are added to those
        of O(products), and all of them are validated together.
      - Fails if a table has no row below its header, or if a JSON file contains an empty list and O(purge) is given.
        This prevents an incomplete export from deleting products.
      - A JSON file contains a list of products, or one product after the other (JSON lines).
      - A table is a CSV file or the first sheet of an XLSX file. Its first row is the header. The columns
        C(clientCategoryId), C(description) and C(imageUrl) are those of the API.
        C(barcodes) contains the barcodes separated by V(|), or only V(|) for none. C(weight), C(weight_unit),
        C(length), C(width), C(height) and C(dimension_unit) contain the measures, and C(attributes.NAME) any other one
        of the C(attributes). All other columns are C(productAttributes), including C(product_sku), which is required.
        Use C(productAttributes.NAME) for attributes with the same name as one of the columns above.
      - Empty cells and rows are ignored. Cells are converted to the types that the catalog declares. Lists and
        dictionaries are written as JSON. Numbers have no thousands separators.
      - A CSV file is UTF-8, or has a byte order mark of UTF-8, UTF-16 or UTF-32, or is in the O(csv_encoding).
      - In an XLSX file, numbers do not depend on how they are displayed. An integer of at most 15 digits is its digits.
        It is filled with zeros if the number format of the cell consists of zeros, such as C(00000000). Longer integers
        are errors, because spreadsheets do not store more digits. Dates and times become ISO 8601 text, such as
        C(2026-11-27) or C(2026-11-27T10:30:00), and durations are errors. A formula has the value that was saved with
        it, and fails if there is none.
      - Fails with the location of the cell if a value was changed by a spreadsheet or by copying - shortened numbers
        such as V(4.00638E+12), dates, formulas, V(#N/A), leading apostrophes, decimals in barcodes, replacement
        characters and control characters. A warning is shown if the lengths of barcodes or of C(product_sku) show that
        leading zeros were lost.
        Barcodes and C(product_sku) must not contain invisible characters, in any source. Use O(state=absent) to delete
        a product with such a C(product_sku).
    type: list
    elements: path
  format:
    description: The format of O(src). V(auto) uses the file extension.
    type: str
    choices: [auto, csv, xlsx, json]
    default: auto
  delimiter:
    description:
      - The delimiter of CSV files, a single character.
      - By default, it is the one of comma, semicolon, tab and V(|) that divides the header of each file into the most
        columns.
    type: str
  csv_encoding:
    description:
      - The encoding of CSV files without a byte order mark, such as V(cp1252) for files that Excel saves as I(CSV) in
        Western Europe. It is not guessed.
    type: str
    default: utf-8
    version_added: 1.0.0
  csv_decimal:
    description:
      - What separates the decimals of numbers in CSV files and in text cells of XLSX files. It is not guessed. Fails if
        a number contains the other character.
    type: str
    choices: ['.', ',']
    default: '.'
    version_added: 1.0.0
  state:
    description:
      - V(present) creates or updates the products.
      - V(absent) deletes the products. Only the attributes that identify them are required.
    type: str
    choices: [present, absent]
    default: present
  purge:
    description:
      - The IDs of categories. Products in these categories on the site that are not given are deleted.
      - The existing products are listed with a search without a filter, which is inferred. If a product cannot be
        looked up, nothing is purged.
      - Supported only with O(state=present) and O(validate=site).
    type: list
    elements: str
    default: []
  validate:
    description:
      - V(site) validates the products against the categories and catalogs of the site, and with the rules that the
        module knows.
      - V(offline) validates them without calls and without a login, and does nothing else. All products are treated as
        new, so each must be complete.
    type: str
    choices: [site, offline]
    default: site
  categories:
    description:
      - Categories, with the key names of the API, that are treated as existing in addition to those of the site. They
        take precedence over categories of the site with the same ID.
      - With O(validate=offline), they are validated too, and no other categories exist. If omitted, categories are not
        validated.
    type: list
    elements: dict
  catalogs:
    description: The same as O(categories), for catalogs.
    type: list
    elements: dict
  api_version:
    description:
      - The version of GreyMatter on the site, such as V(v10.1.0). It determines the supported units. Since V(v10.1.0),
        attributes must be declared in the catalog.
      - If not given, the units of all versions are accepted, and the site decides about attributes that are not
        declared.
    type: str
  concurrency:
    description: The maximum number of concurrent calls, at most 100.
    type: int
    default: 10
  batch_size:
    description: The number of products to look up with one call, at most 10000. Reduce it if the site rejects this
      number.
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
    details: Logs in and reads in check mode too. The options are validated in the same way.
  diff_mode:
    support: full
    details: Shows the writable properties of the first 1000 products that change.
  idempotent:
    support: full
"""

EXAMPLES = r"""
- name: Apply the products of a file
  greyops.rest.greymatter_products:
    src: products.csv
  register: products

- name: Show what was changed
  ansible.builtin.debug:
    var: products.counts

- name: Apply the products of a CSV file that Excel saved in Germany
  greyops.rest.greymatter_products:
    src: products.csv
    csv_encoding: cp1252
    csv_decimal: ','

- name: Apply the products of a workbook
  greyops.rest.greymatter_products:
    src: products.xlsx

- name: Apply a list of products with five concurrent calls
  greyops.rest.greymatter_products:
    products:
      - clientCategoryId: CTY-1
        productAttributes: {product_sku: MUG-01, colour: blue}
        barcodeList: ["4006381333931"]
        attributes:
          weight: {value: 0.4, uom: {unit: KG}}
          dimension: {length: 9, width: 9, height: 11, uom: {unit: CM}}
    concurrency: 5

- name: Show what a file would change, without changing anything
  greyops.rest.greymatter_products:
    src: products.json
  check_mode: true
  diff: true

- name: Validate a file without a site, for example in a pull request
  greyops.rest.greymatter_products:
    src: products.csv
    validate: offline
    catalogs: "{{ lookup('ansible.builtin.file', 'catalogs.json') | from_json }}"
    categories: "{{ lookup('ansible.builtin.file', 'categories.json') | from_json }}"
    api_version: v10.1.0

- name: Apply the products of three files and delete all others in two categories
  greyops.rest.greymatter_products:
    src: [shirts.csv, mugs.json, more_mugs.json]
    purge: [SHIRTS, MUGS]

- name: Delete the products of a file, and continue if some cannot be deleted
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
      description:
        - What differed, with the old and the new value. Empty for a product that was created or deleted.
        - After the first 1000 updates, only the paths.
      returned: always
      type: list
      elements: str
      sample: ["attributes.weight.value: 0.4 -> 0.5"]
    differences:
      description: The C(changes) of the first 1000 updates as data, each with C(path), C(before) and C(after).
      returned: always
      type: list
      elements: dict
      sample: [{path: attributes.weight.value, before: 0.4, after: 0.5}]
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
  description:
    - What is wrong with what was given, each with its path, the first 1000 of them.
    - Equal problems of one file are one text with a sample, and with the number and the lines of all of them.
  returned: failure, when the products cannot be written
  type: list
  elements: str
  sample:
    - "products.csv:17: barcodeList[0] 4006381333931 is a barcode of products.csv:3 as well"
    - "products.csv:2: attributes.weight.value must be a number, not 'heavy'; 2000 such values, lines 2-2001"
api:
  description:
    - Requests in C(calls), repeated requests in C(retries), seconds of waiting in C(waited), and the source of the
      credential in C(token). See R(Results,ansible_collections.greyops.rest.docsite.guide_execution.results).
  returned: always
  type: dict
  sample: {calls: 1, retries: 0, waited: 0.0, token: stored}
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ..module_utils._argspec import ArgumentSpec
from ..module_utils._concurrency import ClientPool, validate_concurrency
from ..module_utils._context import Context
from ..module_utils._errors import OptionError
from ..module_utils._greymatter.category_index import (
    index_given,
    load_categories,
)
from ..module_utils._greymatter.client import GreyMatterClient
from ..module_utils._greymatter.product_files import open_source
from ..module_utils._greymatter.products_bulk import (
    BulkPlanner,
    BulkResult,
    PlanSpool,
    apply_all,
    check_all,
    plan_all,
    plan_purge,
)
from ..module_utils._greymatter.service import GREYMATTER, PASSWORD
from ..module_utils._greymatter.tables import TABLE_OPTIONS, TableFormat
from ..module_utils._greymatter.validation import validate_parents
from ..module_utils._greymatter.values import (
    VERSION_OPTION,
    parse_version,
    requires_declarations,
)
from ..module_utils._module import run_module
from ..module_utils._operation import Operation, OperationResult
from ..module_utils._resource import STATE_SPEC
from ..module_utils._service import ACCESS_TOKEN

_MAX_BATCH_SIZE = 10_000

SPEC = ArgumentSpec(
    options={
        "products": {"type": "list", "elements": "raw"},
        "src": {"type": "list", "elements": "path"},
        "format": {"type": "str", "choices": ["auto", "csv", "xlsx", "json"], "default": "auto"},
        **TABLE_OPTIONS,
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


def run(context: Context) -> OperationResult:
    params, version = context.params, parse_version(context.params["api_version"])
    _require_valid(params)
    tables = TableFormat.from_params(params)
    source = open_source(params["products"], params["src"], params["format"], tables, purges=bool(params["purge"]))
    bulk_result = BulkResult(source, context.diff_mode)
    for problem in validate_parents(params["catalogs"], params["categories"], strict=requires_declarations(version)):
        bulk_result.problems.add("", problem)
    if params["validate"] == "offline":
        categories = index_given(params["categories"], params["catalogs"])
        planner = BulkPlanner(source, categories, version, params["state"], params["batch_size"])
        with _warnings(context, planner):
            check_all(planner, bulk_result, context.runtime)
        return OperationResult(values=bulk_result.as_values())
    # Only this path requires credentials.
    GREYMATTER.spec.resolve({name: params[name] for name in ("auth", *_CREDENTIALS) if params[name]}, {})
    client = GreyMatterClient.open(context)
    categories = load_categories(client, params["categories"], params["catalogs"])
    planner = BulkPlanner(source, categories, version, params["state"], params["batch_size"])
    pool = ClientPool(GreyMatterClient.open, context, params["concurrency"])
    with pool, PlanSpool() as spool:
        with _warnings(context, planner):
            plan_all(planner, pool, spool, bulk_result, context.runtime)
        plan_purge(client, planner, params["purge"], spool, bulk_result)
        if not context.check_mode:
            apply_all(pool, spool, bulk_result, context.runtime)
    bulk_result.raise_on_failure()
    return OperationResult(bulk_result.changed, bulk_result.as_values(), bulk_result.diff)


@contextmanager
def _warnings(context: Context, planner: BulkPlanner) -> Iterator[None]:
    """Warn of what planning finds suspicious, also if there are errors."""
    try:
        yield
    finally:
        for warning in planner.lost_zeros.list_warnings():
            context.warn(warning)


def _require_valid(params: dict[str, Any]) -> None:
    """
    :raises OptionError: if an option is out of range.
    """
    for problem in validate_concurrency(params["concurrency"]):
        raise OptionError(f"{problem}.")
    if not 1 <= params["batch_size"] <= _MAX_BATCH_SIZE:
        raise OptionError(f"batch_size must be a number from 1 to {_MAX_BATCH_SIZE}.")
    if params["purge"] and (params["state"] != "present" or params["validate"] != "site"):
        raise OptionError("purge requires state=present and validate=site.")


_CREDENTIALS = ("username", "password", "access_token")
OPERATION = Operation(
    spec=GREYMATTER.spec.allow(ACCESS_TOKEN, PASSWORD, optional=True) + STATE_SPEC + SPEC, run=run, codes=("purge",)
)


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
