#!/usr/bin/python
# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: greymatter_catalog_info
short_description: Get information about GreyMatter catalogs
version_added: 0.1.0
author:
  - greyops.rest contributors (@greyops)
description:
  - List the catalogs in the master data of a site, or only those with certain IDs.
  - GreyOrange documents that the call returns all catalogs, but not the response format. The module supports a list,
    and an object with the list as C(content), C(data), C(items) or C(serviceRequests), in one or more pages.
options:
  client_catalog_id:
    description:
      - Return only the catalogs with these IDs, the C(clientCatalogId) that is chosen by their owner. The module reads
        all catalogs and filters the result.
    type: list
    elements: str
  path:
    description: The path of the list, relative to O(api_url) and O(path_prefix). Takes precedence over V(catalog) in
      O(routes).
    type: str
  as_written:
    description:
      - Whether to return only the writable properties, with the key names of the API, for example for files in version
        control. Values added by GreyMatter are left out.
    type: bool
    default: false
    version_added: 1.0.0
seealso:
  - module: greyops.rest.greymatter_catalog
  - module: greyops.rest.greymatter_request
    description: Access all other resources of GreyMatter.
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
- name: List all catalogs, with URL and account from the environment
  greyops.rest.greymatter_catalog_info:
  register: site

- name: Read two catalogs
  greyops.rest.greymatter_catalog_info:
    client_catalog_id: [CAT-A, CAT-B]
  register: two

- name: Show the attributes of each catalog
  ansible.builtin.debug:
    msg: "{{ item.exhaustive_pdea_list | map(attribute='field_name') | join(', ') }}"
  loop: "{{ two.catalogs }}"
  loop_control:
    label: "{{ item.clientCatalogId }}"

- name: Fail if a catalog is missing
  ansible.builtin.assert:
    that: "'CAT-A' in site.catalogs | map(attribute='clientCatalogId')"

- name: Read from a site behind a proxy with a path prefix
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
  description:
    - The catalogs as GreyMatter returns them, sorted by C(clientCatalogId). Empty when there is none.
    - With O(summary=true), lines with C(clientCatalogId) and C(description).
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
    CATALOG,
    MasterDataApi,
)
from ..module_utils._greymatter.service import GREYMATTER
from ..module_utils._module import run_module
from ..module_utils._resource import info_operation

SPEC = ArgumentSpec(
    options={
        "client_catalog_id": {"type": "list", "elements": "str"},
        "path": {"type": "str"},
        **AS_WRITTEN_OPTION,
    }
)


def list_catalogs(context: Context) -> list[dict[str, Any]]:
    params = context.params
    routes = {**params["routes"], **({"catalog": params["path"]} if params["path"] else {})}
    catalogs = MasterDataApi(GreyMatterClient.open(context.with_params(routes=routes)), CATALOG).list_items()
    wanted = params["client_catalog_id"]
    if wanted is not None:
        catalogs = [catalog for catalog in catalogs if str(catalog.get("clientCatalogId")) in wanted]
    if params["as_written"]:
        catalogs = [CATALOG.to_file_view(catalog) for catalog in catalogs]
    return catalogs


OPERATION = info_operation(
    GREYMATTER.spec + SPEC, "catalogs", list_catalogs, ("clientCatalogId", "description"), codes=("client_catalog_id",)
)


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
