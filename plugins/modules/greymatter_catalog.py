#!/usr/bin/python
# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: greymatter_catalog
short_description: Manage a catalog of GreyMatter
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Makes, changes and deletes a catalog, the list of the attributes that products can have.
  - Compares what you give with what is there. What you leave out stays as it is, and what GreyMatter adds is no
    difference. A change writes the whole catalog.
  - GreyOrange documents the objects and that catalogs can be listed, V(catalog) in O(routes). The paths of the writes,
    V(catalog_create), V(catalog_update) and V(catalog_delete), are inferred and have not been checked against a site.
options:
  client_catalog_id:
    description: The catalog's id, which its owner chooses, the C(clientCatalogId) of the API. It cannot change.
    type: str
    required: true
  state:
    description:
      - V(present) makes the catalog, or changes it.
      - V(absent) deletes it. GreyMatter may refuse that as long as there are categories in it.
    type: str
    choices: [present, absent]
    default: present
  description:
    description: What the catalog is for.
    type: str
  exhaustive_pdea_list:
    description:
      - The attributes that products can have, in the words of the API and all of them, for the list is written as a
        whole. An attribute that is not in it is taken from the catalog.
      - Each has a C(field_name), which must not be there twice; a C(field_data_type), one of V(string), V(list),
        V(double), V(float), V(integer), V(boolean) and V(dict); and C(display_data), at least one dictionary with a
        C(locale), such as V(en) or V(en-us), and the C(display_name) in it.
      - It is compared by C(field_name) and C(locale). The order makes no difference.
      - Needed to make a catalog.
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
    details: Logs in and reads in check mode too. The check of what is given is the same.
  diff_mode:
    support: full
    details: Shows what can be written, and leaves out what GreyMatter adds.
  idempotent:
    support: full
"""

EXAMPLES = r"""
- name: Make a catalog
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

- name: Give it another description, and leave its attributes alone
  greyops.rest.greymatter_catalog:
    client_catalog_id: CAT-A
    description: apparel and shoes

- name: Show what the catalog in version control would change, and change nothing
  greyops.rest.greymatter_catalog:
    client_catalog_id: CAT-A
    exhaustive_pdea_list: "{{ lookup('ansible.builtin.file', 'cat-a.json') | from_json }}"
  check_mode: true
  diff: true

- name: Write to a site that has other paths
  greyops.rest.greymatter_catalog:
    client_catalog_id: CAT-A
    description: apparel
    routes:
      catalog_update: PUT /api-gateway/mdm-service/wms-masterdata/v2/catalogs/{id}

- name: Delete it
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
  description: The paths of what differed, or would be changed in check mode. Empty for what is made or deleted.
  returned: success
  type: list
  elements: str
  sample: ["description"]
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
    The catalog cannot be written: exhaustive_pdea_list[1].display_data must be a list of at least one locale with its
    display_name.
status:
  description: The HTTP status of the answer.
  returned: failure, when there was an answer
  type: int
  sample: 405
url:
  description: The URL of the request that failed, without its query.
  returned: failure, when it was a request that failed
  type: str
  sample: https://greymatter.example.com/api-gateway/mdm-service/wms-masterdata/catalog
method:
  description: The method of the request that failed.
  returned: failure, when it was a request that failed
  type: str
  sample: POST
"""

from ansible_collections.greyops.rest.plugins.module_utils._comparison import wish_of
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.checks import problems_of_catalog
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.gateway import open_gateway
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.options import GREYMATTER_SPEC
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.things import (
    CATALOG,
    STATE_OPTION,
    carry_out,
    find,
    plan,
    require_none,
)
from ansible_collections.greyops.rest.plugins.module_utils._module import run_module
from ansible_collections.greyops.rest.plugins.module_utils._operation import Call, Operation, Outcome
from ansible_collections.greyops.rest.plugins.module_utils._options import ArgumentSpec

SPEC = ArgumentSpec(
    options={
        "client_catalog_id": {"type": "str", "required": True},
        **STATE_OPTION,
        "description": {"type": "str"},
        "exhaustive_pdea_list": {"type": "list", "elements": "dict"},
    }
)


def run(call: Call) -> Outcome:
    params, state = call.params, call.params["state"]
    wish = wish_of(
        clientCatalogId=params["client_catalog_id"],
        description=params["description"],
        exhaustive_pdea_list=params["exhaustive_pdea_list"],
    )
    gateway = open_gateway(params, call.host, call.secrets)
    current = find(gateway, CATALOG, params["client_catalog_id"])
    require_none(problems_of_catalog(wish, complete=current is None and state == "present"), "catalog")
    planned = plan(CATALOG, current, wish, state)
    catalog = planned.after
    if not call.check_mode:
        catalog = carry_out(gateway, planned, lambda: find(gateway, CATALOG, params["client_catalog_id"]))
    return Outcome(planned.changed, {"catalog": catalog, "changes": list(planned.changes)}, planned.as_diff())


OPERATION = Operation(spec=GREYMATTER_SPEC + SPEC, run=run, codes=("client_catalog_id",))


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
