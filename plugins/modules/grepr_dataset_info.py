#!/usr/bin/python
# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: grepr_dataset_info
short_description: Get information about Grepr datasets
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - List the datasets of an organization, or only those that match the filters.
  - Grepr has no filters for datasets. The module reads all of them and filters the result. A dataset must match one
    item of each list that is given.
options:
  name:
    description: Return only the datasets with these names.
    type: list
    elements: str
  id:
    description: Return only the datasets with these IDs.
    type: list
    elements: str
  table_configs:
    description:
      - The keys of tables, such as C(logs_raw). Their settings in effect are returned as C(table_configs) of each
        dataset.
      - Each key costs one API call for each dataset that is returned. Fails if Grepr does not support a key.
    type: list
    elements: str
    version_added: 1.0.0
seealso:
  - module: greyops.rest.grepr_dataset
extends_documentation_fragment:
  - greyops.rest._grepr
  - greyops.rest._http
  - greyops.rest._token_store
  - greyops.rest._selection
  - greyops.rest._attributes
  - greyops.rest._attributes.info
  - greyops.rest._attributes.grepr
"""

EXAMPLES = r"""
- name: List all datasets
  greyops.rest.grepr_dataset_info:
  register: all_datasets

- name: Find a dataset by name
  greyops.rest.grepr_dataset_info:
    name: raw_logs
  register: found

- name: Get the partitions, the sort order and the promotion policy of its raw logs
  greyops.rest.grepr_dataset_info:
    name: raw_logs
    table_configs: [logs_raw]
  register: found

- name: Show the tags that have an indexed column
  ansible.builtin.debug:
    msg: "{{ found.datasets[0].table_configs.logs_raw.promotedTags | map(attribute='key') }}"
"""

RETURN = r"""
datasets:
  description:
    - The datasets as Grepr returns them, sorted by name and id. C(tables) contains only settings that were changed.
    - Holds C(table_configs) if O(table_configs) is given, by table key. Their C(effectiveSpec) is the complete
      partitioning, including the part that Grepr controls, and C(promotion) the promotion policy.
    - Empty when there is none.
    - With O(summary=true), lines with C(name) and C(id).
  returned: success
  type: list
  elements: dict
  sample:
    - id: 0kabdv8yo9q99
      name: raw_logs
      integrationId: 0jn5rdc93r11w
      organizationId: acme
      teamIds: []
      tables: {}
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
from ..module_utils._grepr.datasets import DATASETS
from ..module_utils._grepr.promotion import read_table_config
from ..module_utils._grepr.resources import FILTER_SPEC, GreprResourceApi, filter_items
from ..module_utils._grepr.service import GREPR
from ..module_utils._module import run_module
from ..module_utils._resource import info_operation

SPEC = ArgumentSpec(options={"table_configs": {"type": "list", "elements": "str"}})


def list_datasets(context: Context) -> list[dict[str, Any]]:
    datasets = GreprResourceApi(GREPR.open_client(context), DATASETS)
    found, keys = filter_items(datasets.list_items(), context.params), context.params["table_configs"]
    if keys is None:
        return found

    def read_configs(path: str) -> dict[str, Any]:
        return {key: read_table_config(datasets.client, path, key) for key in keys}

    return [{**item, "table_configs": read_configs(datasets.build_path(item["id"]))} for item in found]


OPERATION = info_operation(GREPR.spec + FILTER_SPEC + SPEC, "datasets", list_datasets)


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
