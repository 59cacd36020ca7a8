#!/usr/bin/python
# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: greymatter_catalog_info
short_description: Read catalogs of GreyMatter
version_added: 0.1.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Lists the catalogs of a site's master data, all of them or those with certain ids.
  - GreyOrange documents that the call returns all catalogs, and not in which form. A bare list is understood, and so is
    an object with the list under C(content), C(data), C(items) or C(serviceRequests), in one page or several.
options:
  client_catalog_id:
    description:
      - Only the catalogs with these ids, the C(clientCatalogId) that their owner chose. All catalogs are read; the
        module does the filtering.
    type: list
    elements: str
  path:
    description: The path of the list below O(api_url) and O(path_prefix). Wins over V(catalog) in O(routes).
    type: str
  as_written:
    description:
      - Whether to return only what can be written, in the words of the API, such as for files in version control.
        Leaves out what GreyMatter adds.
    type: bool
    default: false
    version_added: 1.0.0
seealso:
  - module: greyops.rest.greymatter_catalog
  - module: greyops.rest.greymatter_request
    description: For all other resources of GreyMatter.
extends_documentation_fragment:
  - greyops.rest._greymatter
  - greyops.rest._http
  - greyops.rest._token_store
  - greyops.rest._attributes
  - greyops.rest._attributes.info
  - greyops.rest._attributes.greymatter
"""

EXAMPLES = r"""
- name: List all catalogs, with address and account from the environment
  greyops.rest.greymatter_catalog_info:
  register: site

- name: Read two catalogs
  greyops.rest.greymatter_catalog_info:
    client_catalog_id: [CAT-A, CAT-B]
  register: two

- name: Show the attributes of each
  ansible.builtin.debug:
    msg: "{{ item.exhaustive_pdea_list | map(attribute='field_name') | join(', ') }}"
  loop: "{{ two.catalogs }}"
  loop_control:
    label: "{{ item.clientCatalogId }}"

- name: Stop if a catalog is missing
  ansible.builtin.assert:
    that: "'CAT-A' in site.catalogs | map(attribute='clientCatalogId')"

- name: Read from a site behind a proxy with a prefix of its own
  greyops.rest.greymatter_catalog_info:
    api_url: https://greymatter.example.com
    path_prefix: /api
    username: automation
    password: "{{ vault_greymatter_password }}"

- name: Use one site and account for a block of tasks
  module_defaults:
    group/greyops.rest.greymatter:
      api_url: https://greymatter.example.com
      username: automation
      password: "{{ vault_greymatter_password }}"
      ca_path: /etc/ssl/site-authority.pem
  block:
    - name: List the catalogs of that site
      greyops.rest.greymatter_catalog_info:
      register: site_catalogs

# The same from the command line:
#   ansible localhost -m greyops.rest.greymatter_catalog_info
#   ansible localhost -m greyops.rest.greymatter_catalog_info -a client_catalog_id=CAT-A,CAT-B
"""

RETURN = r"""
catalogs:
  description: The catalogs as GreyMatter returns them, sorted by C(clientCatalogId). Empty when there is none.
  returned: success
  type: list
  elements: dict
  sample:
    - clientCatalogId: CAT-A
      description: apparel
      exhaustive_pdea_list:
        - field_name: product_sku
          field_data_type: string
          display_data:
            - locale: en
              display_name: SKU
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
    GET https://greymatter.example.com/api-gateway/mdm-service/wms-masterdata/catalog
    failed with HTTP 404 Not Found. Check api_url and what the path names.
status:
  description: The HTTP status of the answer.
  returned: failure, when there was an answer
  type: int
  sample: 404
url:
  description: The URL of the request that failed, without its query.
  returned: failure, when it was a request that failed
  type: str
  sample: https://greymatter.example.com/api-gateway/mdm-service/wms-masterdata/catalog
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
    CATALOG,
    listed,
)
from ansible_collections.greyops.rest.plugins.module_utils._module import run_module
from ansible_collections.greyops.rest.plugins.module_utils._operation import Call, Operation, Outcome
from ansible_collections.greyops.rest.plugins.module_utils._options import ArgumentSpec

SPEC = ArgumentSpec(
    options={
        "client_catalog_id": {"type": "list", "elements": "str"},
        "path": {"type": "str"},
        **AS_WRITTEN_OPTION,
    }
)


def run(call: Call) -> Outcome:
    params = call.params
    routes = {**params["routes"], **({"catalog": params["path"]} if params["path"] else {})}
    catalogs = listed(open_gateway({**params, "routes": routes}, call.host, call.secrets), CATALOG)
    wanted = params["client_catalog_id"]
    if wanted is not None:
        catalogs = [catalog for catalog in catalogs if str(catalog.get("clientCatalogId")) in wanted]
    if params["as_written"]:
        catalogs = [CATALOG.as_written(catalog) for catalog in catalogs]
    return Outcome(values={"catalogs": catalogs})


OPERATION = Operation(spec=GREYMATTER_SPEC + SPEC, run=run, codes=("client_catalog_id",))


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
