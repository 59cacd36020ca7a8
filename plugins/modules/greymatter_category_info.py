#!/usr/bin/python
# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: greymatter_category_info
short_description: Read categories of GreyMatter
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Lists the categories of a site's master data, all of them, those with certain ids, or those of certain catalogs.
  - GreyOrange documents the object and not how to list it. The path, V(category) in O(routes), is inferred, and so is
    the form of the answer - a bare list, or an object with the list under C(content), C(data), C(items) or
    C(serviceRequests), in one page or several.
options:
  client_category_id:
    description: Only the categories with these ids.
    type: list
    elements: str
  client_catalog_id:
    description: Only the categories of these catalogs.
    type: list
    elements: str
  as_written:
    description:
      - Whether to return only what can be written, in the words of the API, such as for files in version control.
        Leaves out what GreyMatter adds.
    type: bool
    default: false
seealso:
  - module: greyops.rest.greymatter_category
  - module: greyops.rest.greymatter_catalog_info
extends_documentation_fragment:
  - greyops.rest._greymatter
  - greyops.rest._http
  - greyops.rest._token_store
  - greyops.rest._attributes
  - greyops.rest._attributes.info
  - greyops.rest._attributes.greymatter
"""

EXAMPLES = r"""
- name: List all categories
  greyops.rest.greymatter_category_info:
  register: site

- name: Read those of a catalog
  greyops.rest.greymatter_category_info:
    client_catalog_id: CAT-A
  register: apparel

- name: Stop if a category is missing
  ansible.builtin.assert:
    that: "'CTY-1' in apparel.categories | map(attribute='clientCategoryId')"
"""

RETURN = r"""
categories:
  description: The categories as GreyMatter returns them, sorted by C(clientCategoryId). Empty when there is none.
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
    GET https://greymatter.example.com/api-gateway/mdm-service/wms-masterdata/category failed with HTTP 404 Not Found.
    Check api_url and what the path names. The path is inferred, and no document of GreyOrange confirms it: if the site
    has another one, give another as category in routes, such as 'GET
    /api-gateway/mdm-service/wms-masterdata/category'.
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

from ansible_collections.greyops.rest.plugins.module_utils._greymatter.gateway import open_gateway
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.options import GREYMATTER_SPEC
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.things import (
    AS_WRITTEN_OPTION,
    CATEGORY,
    listed,
)
from ansible_collections.greyops.rest.plugins.module_utils._module import run_module
from ansible_collections.greyops.rest.plugins.module_utils._operation import Call, Operation, Outcome
from ansible_collections.greyops.rest.plugins.module_utils._options import ArgumentSpec

SPEC = ArgumentSpec(
    options={
        "client_category_id": {"type": "list", "elements": "str"},
        "client_catalog_id": {"type": "list", "elements": "str"},
        **AS_WRITTEN_OPTION,
    }
)


def run(call: Call) -> Outcome:
    params = call.params
    ids, catalogs = params["client_category_id"], params["client_catalog_id"]
    categories = [
        category
        for category in listed(open_gateway(params, call.host, call.secrets), CATEGORY)
        if (ids is None or str(category.get("clientCategoryId")) in ids)
        and (catalogs is None or str(category.get("clientCatalogId")) in catalogs)
    ]
    if params["as_written"]:
        categories = [CATEGORY.as_written(category) for category in categories]
    return Outcome(values={"categories": categories})


OPERATION = Operation(spec=GREYMATTER_SPEC + SPEC, run=run, codes=("client_category_id", "client_catalog_id"))


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
