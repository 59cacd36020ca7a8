#!/usr/bin/python
# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: greymatter_category
short_description: Manage GreyMatter categories
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Create, update and delete a category, which belongs to a catalog and provides its products with a schema and
    attributes.
  - The given options are compared with the current category. Omitted options are not changed, and values added by
    GreyMatter are ignored. An update writes the whole category.
  - The catalog must already exist, in check mode too.
  - GreyOrange documents the object. The routes V(category), V(category_create), V(category_update) and
    V(category_delete) in O(routes) are inferred and have not been checked against a site. The list of catalogs,
    V(catalog), is documented.
options:
  client_category_id:
    description: The ID of the category, the C(clientCategoryId) of the API, which is chosen by its owner. It cannot be
      changed.
    type: str
    required: true
  state:
    description:
      - V(present) creates or updates the category.
      - V(absent) deletes the category. GreyMatter may reject this while the category contains products.
    type: str
    choices: [present, absent]
    default: present
  client_catalog_id:
    description:
      - The ID of the catalog that the category belongs to.
      - Required if the category does not exist.
    type: str
  description:
    description: A description of the category.
    type: str
  schema:
    description:
      - The uniqueness rules of the products in the category, with the key names of the API. C(unique) is a list of
        groups, and each group is a list of attributes. Two products must not have the same values for all attributes of
        a group. All groups apply. C(type) is always V(object) and can be omitted.
      - Applies to all products of the category that do not have a schema.
    type: dict
  category_attributes:
    description: Keys and values that describe the category, the C(categoryAttributes) of the API.
    type: dict
  attributes:
    description: Keys and values that apply to all products of the category that do not set them.
    type: dict
  api_version:
    description:
      - The version of GreyMatter on the site, such as V(v10.1.0). Since that version, a O(schema) must only use
        attributes that are declared in the catalog.
      - If not given, the site decides.
    type: str
notes:
  - Keys omitted in O(category_attributes) and O(attributes) are not changed. V(null) removes a key.
seealso:
  - module: greyops.rest.greymatter_category_info
  - module: greyops.rest.greymatter_catalog
  - module: greyops.rest.greymatter_product
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
- name: Create a category whose products are unique by number and client, and by EAN
  greyops.rest.greymatter_category:
    client_category_id: CTY-1
    client_catalog_id: CAT-A
    description: shirts
    schema:
      unique: [[product_sku, client_id], [ean]]
    attributes:
      storage: shelf
  register: result

- name: Change one attribute and remove another
  greyops.rest.greymatter_category:
    client_category_id: CTY-1
    attributes:
      storage: hanging
      season: null

- name: Show what would change, without changing anything
  greyops.rest.greymatter_category:
    client_category_id: CTY-1
    description: shirts and blouses
  check_mode: true
  diff: true

- name: Delete the category
  greyops.rest.greymatter_category:
    client_category_id: CTY-1
    state: absent
"""

RETURN = r"""
category:
  description: The category as GreyMatter has it, or as it would be in check mode; V(null) when there is none.
  returned: success
  type: dict
  sample:
    clientCategoryId: CTY-1
    clientCatalogId: CAT-A
    description: shirts
    schema:
      unique: [[product_sku, client_id], [ean]]
      type: object
    attributes:
      storage: shelf
changes:
  description: What differed or would change, with the old and the new value. Empty if it is created or deleted.
  returned: success
  type: list
  elements: str
  sample: ["attributes.storage: shelf -> bin"]
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
      sample: attributes.storage
    before:
      description: The old value. V(null) if there was none.
      returned: always
      type: raw
      sample: shelf
    after:
      description: The new value. V(null) if it is removed.
      returned: always
      type: raw
      sample: bin
api:
  description:
    - Requests in C(calls), repeated requests in C(retries), seconds of waiting in C(waited), and the source of the
      credential in C(token). See R(Results,ansible_collections.greyops.rest.docsite.guide_execution.results).
  returned: always
  type: dict
  sample: {calls: 1, retries: 0, waited: 0.0, token: stored}
"""

from typing import Any

from ..module_utils._argspec import ArgumentSpec
from ..module_utils._comparison import drop_none
from ..module_utils._context import Context
from ..module_utils._errors import raise_on_errors
from ..module_utils._greymatter.category_index import get_declared_types
from ..module_utils._greymatter.master_data import (
    CATEGORY,
    MasterDataApi,
    build_operation,
    require_catalog,
    with_type,
)
from ..module_utils._greymatter.validation import validate_category
from ..module_utils._greymatter.values import VERSION_OPTION, parse_version, requires_declarations
from ..module_utils._module import run_module
from ..module_utils._resource import PRESENT, ResourcePlan

SPEC = ArgumentSpec(
    options={
        "client_category_id": {"type": "str", "required": True},
        "client_catalog_id": {"type": "str"},
        "description": {"type": "str"},
        "schema": {"type": "dict"},
        "category_attributes": {"type": "dict"},
        "attributes": {"type": "dict"},
        **VERSION_OPTION,
    }
)
_INVALID = "The category cannot be written"


def build_desired(params: dict[str, Any], current: dict[str, Any] | None) -> dict[str, Any]:
    parse_version(params["api_version"])  # a wrong version is an error whatever the plan is
    desired = drop_none(
        clientCategoryId=params["client_category_id"],
        clientCatalogId=params["client_catalog_id"],
        description=params["description"],
        schema=with_type(params["schema"]),
        categoryAttributes=params["category_attributes"],
        attributes=params["attributes"],
    )
    complete = current is None and params["state"] == PRESENT
    raise_on_errors(validate_category(desired, complete=complete), _INVALID)
    return desired


def require_valid(context: Context, api: MasterDataApi, plan: ResourcePlan) -> None:
    """
    :raises OptionError: if the category's catalog does not exist, or does not declare the attributes although the site
        requires it.
    """
    strict = requires_declarations(parse_version(context.params["api_version"]))
    catalog_id = (plan.after or {}).get("clientCatalogId")
    if plan.changed and catalog_id:  # an unchanged category already has a catalog
        catalog = require_catalog(api.client, str(catalog_id), plan.label)
        declared = get_declared_types(catalog) if strict else None
        raise_on_errors(validate_category(plan.desired, declared=declared), _INVALID)


OPERATION = build_operation(
    CATEGORY, SPEC, build_desired, require_valid, codes=("client_category_id", "client_catalog_id")
)


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
