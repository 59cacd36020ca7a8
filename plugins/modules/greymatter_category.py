#!/usr/bin/python
# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: greymatter_category
short_description: Manage a category of GreyMatter
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Makes, changes and deletes a category, which belongs to a catalog and gives its products a schema and attributes.
  - Compares what you give with what is there. What you leave out stays as it is, and what GreyMatter adds is no
    difference. A change writes the whole category.
  - The catalog must be there first, in check mode too.
  - GreyOrange documents the object. The paths V(category), V(category_create), V(category_update) and
    V(category_delete) in O(routes) are inferred and have not been checked against a site. The list of catalogs,
    V(catalog), is documented.
options:
  client_category_id:
    description: The category's id, which its owner chooses, the C(clientCategoryId) of the API. It cannot change.
    type: str
    required: true
  state:
    description:
      - V(present) makes the category, or changes it.
      - V(absent) deletes it. GreyMatter may refuse that as long as there are products in it.
    type: str
    choices: [present, absent]
    default: present
  client_catalog_id:
    description:
      - The id of the catalog that the category belongs to.
      - Needed to make a category.
    type: str
  description:
    description: What the category is for.
    type: str
  schema:
    description:
      - What makes its products unique, in the words of the API. C(unique) is a list of groups, each a list of
        attributes whose values no two products may have in common; all groups hold. C(type) is always V(object), and
        may be left out.
      - Its products have it, unless they have one of their own.
    type: dict
  category_attributes:
    description: Keys and values about the category itself, the C(categoryAttributes) of the API.
    type: dict
  attributes:
    description: Keys and values that each of its products has, unless it has its own.
    type: dict
  api_version:
    description:
      - The version of the site's GreyMatter, such as V(v10.1.0). From that one on a O(schema) may only name attributes
        that the catalog declares.
      - If not given, that is for the site to say.
    type: str
notes:
  - In O(category_attributes) and O(attributes) what you leave out stays as it is. V(null) takes a key away.
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
    details: Logs in and reads in check mode too. The check of what is given is the same.
  diff_mode:
    support: full
    details: Shows what can be written, and leaves out what GreyMatter adds.
  idempotent:
    support: full
"""

EXAMPLES = r"""
- name: Make a category whose products are unique by number and client, and by EAN
  greyops.rest.greymatter_category:
    client_category_id: CTY-1
    client_catalog_id: CAT-A
    description: shirts
    schema:
      unique: [[product_sku, client_id], [ean]]
    attributes:
      storage: shelf
  register: made

- name: Change one attribute that its products have, and take away another
  greyops.rest.greymatter_category:
    client_category_id: CTY-1
    attributes:
      storage: hanging
      season: null

- name: Show what would change, and change nothing
  greyops.rest.greymatter_category:
    client_category_id: CTY-1
    description: shirts and blouses
  check_mode: true
  diff: true

- name: Delete it
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
  description: The paths of what differed, or would be changed in check mode. Empty for what is made or deleted.
  returned: success
  type: list
  elements: str
  sample: ["attributes.storage"]
api:
  description: What the task asked of the API.
  returned: always
  type: dict
  contains:
    calls:
      description: Requests to the API itself, repeats included and logins not.
      returned: always
      type: int
      sample: 2
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
    There is no catalog CAT-A, which the category CTY-1 is to belong to. Make it first, with
    greyops.rest.greymatter_catalog.
status:
  description: The HTTP status of the answer.
  returned: failure, when there was an answer
  type: int
  sample: 404
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

from ansible_collections.greyops.rest.plugins.module_utils._comparison import wish_of
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.checks import problems_of_category
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.families import declared_by
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.gateway import open_gateway
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.options import GREYMATTER_SPEC
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.things import (
    CATALOG,
    CATEGORY,
    STATE_OPTION,
    carry_out,
    find,
    plan,
    require_none,
    require_parent,
    with_type,
)
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.units import (
    VERSION_OPTION,
    version_of,
    wants_declarations,
)
from ansible_collections.greyops.rest.plugins.module_utils._module import run_module
from ansible_collections.greyops.rest.plugins.module_utils._operation import Call, Operation, Outcome
from ansible_collections.greyops.rest.plugins.module_utils._options import ArgumentSpec

SPEC = ArgumentSpec(
    options={
        "client_category_id": {"type": "str", "required": True},
        **STATE_OPTION,
        "client_catalog_id": {"type": "str"},
        "description": {"type": "str"},
        "schema": {"type": "dict"},
        "category_attributes": {"type": "dict"},
        "attributes": {"type": "dict"},
        **VERSION_OPTION,
    }
)


def run(call: Call) -> Outcome:
    params, state = call.params, call.params["state"]
    strict = wants_declarations(version_of(params["api_version"]))
    wish = wish_of(
        clientCategoryId=params["client_category_id"],
        clientCatalogId=params["client_catalog_id"],
        description=params["description"],
        schema=with_type(params["schema"]),
        categoryAttributes=params["category_attributes"],
        attributes=params["attributes"],
    )
    gateway = open_gateway(params, call.host, call.secrets)
    current = find(gateway, CATEGORY, params["client_category_id"])
    planned = plan(CATEGORY, current, wish, state)
    require_none(problems_of_category(wish, complete=current is None and state == "present"), "category")
    if planned.changed and planned.after and planned.after.get("clientCatalogId"):  # what is there already has one
        label = f"category {params['client_category_id']}"
        catalog = require_parent(gateway, CATALOG, str(planned.after["clientCatalogId"]), label)
        declared = declared_by(catalog) if strict else None
        require_none(problems_of_category(wish, declared=declared), "category")
    category = planned.after
    if not call.check_mode:
        category = carry_out(gateway, planned, lambda: find(gateway, CATEGORY, params["client_category_id"]))
    return Outcome(planned.changed, {"category": category, "changes": list(planned.changes)}, planned.as_diff())


OPERATION = Operation(spec=GREYMATTER_SPEC + SPEC, run=run, codes=("client_category_id", "client_catalog_id"))


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
