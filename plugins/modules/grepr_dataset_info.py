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
seealso:
  - module: greyops.rest.grepr_dataset
extends_documentation_fragment:
  - greyops.rest._grepr
  - greyops.rest._http
  - greyops.rest._token_store
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

- name: Use its ID in an API call
  greyops.rest.grepr_request:
    path: /v1/datasets/{{ found.datasets[0].id }}/logs_raw/config
  when: found.datasets | length == 1
"""

RETURN = r"""
datasets:
  description:
    - The datasets as Grepr returns them, sorted by name and id.
    - Empty when there is none.
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

from ..module_utils._grepr.datasets import DATASETS
from ..module_utils._grepr.resources import build_info_operation
from ..module_utils._module import run_module

OPERATION = build_info_operation(DATASETS, "datasets")


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
