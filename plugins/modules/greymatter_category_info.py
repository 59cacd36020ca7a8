#!/usr/bin/python
# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: greymatter_category_info
short_description: Get information about GreyMatter categories
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - List the categories in the master data of a site, or only those with certain IDs or in certain catalogs.
  - GreyOrange documents the object, but not how to list it. The route V(category) in O(routes) is inferred, and so is
    the response format - a list, or an object with the list as C(content), C(data), C(items) or C(serviceRequests), in
    one or more pages.
options:
  client_category_id:
    description: Return only the categories with these IDs.
    type: list
    elements: str
  client_catalog_id:
    description: Return only the categories in these catalogs.
    type: list
    elements: str
  as_written:
    description:
      - Whether to return only the writable properties, with the key names of the API, for example for files in version
        control. Values added by GreyMatter are left out.
    type: bool
    default: false
seealso:
  - module: greyops.rest.greymatter_category
  - module: greyops.rest.greymatter_catalog_info
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
- name: List all categories
  greyops.rest.greymatter_category_info:
  register: site

- name: Read the categories of a catalog
  greyops.rest.greymatter_category_info:
    client_catalog_id: CAT-A
  register: apparel

- name: Fail if a category is missing
  ansible.builtin.assert:
    that: "'CTY-1' in apparel.categories | map(attribute='clientCategoryId')"
"""

RETURN = r"""
categories:
  description:
    - The categories as GreyMatter returns them, sorted by C(clientCategoryId). Empty when there is none.
    - With O(summary=true), lines with C(clientCategoryId), C(clientCatalogId) and C(description).
  returned: success
  type: list
  elements: dict
  sample:
    - clientCategoryId: CTY-1
      clientCatalogId: CAT-A
      description: shirts
      schema:
        unique: [[product_sku, client_id]]
        type: object
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
from ..module_utils._context import Context
from ..module_utils._greymatter.client import GreyMatterClient
from ..module_utils._greymatter.master_data import (
    AS_WRITTEN_OPTION,
    CATEGORY,
    MasterDataApi,
)
from ..module_utils._greymatter.service import GREYMATTER
from ..module_utils._module import run_module
from ..module_utils._resource import info_operation

SPEC = ArgumentSpec(
    options={
        "client_category_id": {"type": "list", "elements": "str"},
        "client_catalog_id": {"type": "list", "elements": "str"},
        **AS_WRITTEN_OPTION,
    }
)


def list_categories(context: Context) -> list[dict[str, Any]]:
    params = context.params
    ids, catalogs = params["client_category_id"], params["client_catalog_id"]
    categories = [
        category
        for category in MasterDataApi(GreyMatterClient.open(context), CATEGORY).list_items()
        if (ids is None or str(category.get("clientCategoryId")) in ids)
        and (catalogs is None or str(category.get("clientCatalogId")) in catalogs)
    ]
    if params["as_written"]:
        categories = [CATEGORY.to_file_view(category) for category in categories]
    return categories


OPERATION = info_operation(
    GREYMATTER.spec + SPEC,
    "categories",
    list_categories,
    ("clientCategoryId", "clientCatalogId", "description"),
    codes=("client_category_id", "client_catalog_id"),
)


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
