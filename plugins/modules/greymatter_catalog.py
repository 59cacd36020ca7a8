#!/usr/bin/python
# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: greymatter_catalog
short_description: Manage GreyMatter catalogs
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Create, update and delete a catalog, which is the list of attributes that products can have.
  - The given options are compared with the current catalog. Omitted options are not changed, and values added by
    GreyMatter are ignored. An update writes the whole catalog.
  - GreyOrange documents the object and the list of catalogs, V(catalog) in O(routes). The write routes
    V(catalog_create), V(catalog_update) and V(catalog_delete) are inferred and have not been checked against a site.
options:
  client_catalog_id:
    description: The ID of the catalog, the C(clientCatalogId) of the API, which is chosen by its owner. It cannot be
      changed.
    type: str
    required: true
  state:
    description:
      - V(present) creates or updates the catalog.
      - V(absent) deletes the catalog. GreyMatter may reject this while the catalog contains categories.
    type: str
    choices: [present, absent]
    default: present
  description:
    description: A description of the catalog.
    type: str
  exhaustive_pdea_list:
    description:
      - The complete list of attributes that products can have, with the key names of the API. The list is written as a
        whole, so omitted attributes are removed from the catalog.
      - Each entry has a C(field_name), which must be unique; a C(field_data_type), one of V(string), V(list),
        V(double), V(float), V(integer), V(boolean) and V(dict); and C(display_data), with at least one dictionary with
        a C(locale), such as V(en) or V(en-us), and the C(display_name) for it.
      - Entries are compared by C(field_name) and C(locale). The order is ignored.
      - Required if the catalog does not exist.
    type: list
    elements: dict
seealso:
  - module: greyops.rest.greymatter_catalog_info
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
- name: Create a catalog
  greyops.rest.greymatter_catalog:
    client_catalog_id: CAT-A
    description: apparel
    exhaustive_pdea_list:
      - field_name: product_sku
        field_data_type: string
        display_data:
          - locale: en
            display_name: SKU
      - field_name: colour
        field_data_type: string
        display_data:
          - locale: en
            display_name: Colour
          - locale: de
            display_name: Farbe

- name: Change the description without changing the attributes
  greyops.rest.greymatter_catalog:
    client_catalog_id: CAT-A
    description: apparel and shoes

- name: Show what the catalog in version control would change, without changing anything
  greyops.rest.greymatter_catalog:
    client_catalog_id: CAT-A
    exhaustive_pdea_list: "{{ lookup('ansible.builtin.file', 'cat-a.json') | from_json }}"
  check_mode: true
  diff: true

- name: Update a catalog on a site that uses other paths
  greyops.rest.greymatter_catalog:
    client_catalog_id: CAT-A
    description: apparel
    routes:
      catalog_update: PUT /api-gateway/mdm-service/wms-masterdata/v2/catalogs/{id}

- name: Delete the catalog
  greyops.rest.greymatter_catalog:
    client_catalog_id: CAT-A
    state: absent
"""

RETURN = r"""
catalog:
  description: The catalog as GreyMatter has it, or as it would be in check mode; V(null) when there is none.
  returned: success
  type: dict
  sample:
    clientCatalogId: CAT-A
    description: apparel
    exhaustive_pdea_list:
      - field_name: product_sku
        field_data_type: string
        display_data:
          - locale: en
            display_name: SKU
changes:
  description: What differed or would change, with the old and the new value. Empty if it is created or deleted.
  returned: success
  type: list
  elements: str
  sample: ["description: Apparel -> Clothes"]
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
      sample: description
    before:
      description: The old value. V(null) if there was none.
      returned: always
      type: raw
      sample: Apparel
    after:
      description: The new value. V(null) if it is removed.
      returned: always
      type: raw
      sample: Clothes
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
from ..module_utils._errors import raise_on_errors
from ..module_utils._greymatter.master_data import CATALOG, build_operation
from ..module_utils._greymatter.validation import validate_catalog
from ..module_utils._module import run_module
from ..module_utils._resource import PRESENT

SPEC = ArgumentSpec(
    options={
        "client_catalog_id": {"type": "str", "required": True},
        "description": {"type": "str"},
        "exhaustive_pdea_list": {"type": "list", "elements": "dict"},
    }
)


def build_desired(params: dict[str, Any], current: dict[str, Any] | None) -> dict[str, Any]:
    desired = drop_none(
        clientCatalogId=params["client_catalog_id"],
        description=params["description"],
        exhaustive_pdea_list=params["exhaustive_pdea_list"],
    )
    complete = current is None and params["state"] == PRESENT
    raise_on_errors(validate_catalog(desired, complete=complete), "The catalog cannot be written")
    return desired


OPERATION = build_operation(CATALOG, SPEC, build_desired, codes=("client_catalog_id",))


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
