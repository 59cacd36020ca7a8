#!/usr/bin/python
# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: grepr_dataset
short_description: Manage Grepr datasets
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Create, update and delete a dataset, which is a location in a data warehouse where pipelines store events.
  - The given options are compared with the current dataset. Omitted options are not changed.
options:
  name:
    description:
      - The name of the dataset.
      - If O(id) is given, the new name of the dataset.
    type: str
  id:
    description:
      - The ID of the dataset. Use it if several datasets have the same name, or to rename a dataset.
      - Required if O(name) is not given. The ID of a new dataset cannot be chosen.
    type: str
  state:
    description:
      - V(present) creates or updates the dataset.
      - V(absent) deletes the dataset.
    type: str
    choices: [present, absent]
    default: present
  integration_id:
    description:
      - The ID or name of the integration that stores the data, of type C(data-warehouse) or C(s3-data-warehouse).
      - Required if the dataset does not exist. Cannot be changed later.
    type: str
  team_ids:
    description:
      - The IDs or names of all teams that the dataset belongs to.
      - Grepr's documentation mentions only the name where it describes how to change a dataset. Fails if Grepr does not
        accept other teams.
    type: list
    elements: str
  tables:
    description:
      - Table settings by table key, such as C(logs_raw), with the API keys C(partitionConfig), C(sortFields) and
        C(promotion).
      - Tables and settings that are not listed are not changed. An empty dictionary resets all settings of a table.
      - C(promotion) is the promotion policy. It selects the attributes and tags that have an indexed column, with the
        API keys C(attributes), C(tags) and C(columnRemovalDelay). Omitted keys of the policy and of both groups are not
        changed. The lists C(include) and C(exclude) are complete; their order is ignored. An empty dictionary resets
        the policy.
      - If another client changes the policy at the same time, the module reads it again and applies the difference to
        it. If C(promotion) contains C(revision), the module fails unless the policy has this revision or is as desired.
      - To partition a table on a tag, add the tag to C(promotion.tags.include). The module adds tags to the policy
        before it changes C(partitionConfig). It removes tags on which the table is no longer partitioned afterwards.
      - Grepr requires that the jobs that use the dataset are stopped before C(partitionConfig) or C(sortFields) change.
        C(promotion) can change at any time.
      - Each listed table costs one API call to read its settings, in check mode too.
      - C(promotedTagKeys) is the former name of C(promotion.tags.include). It is deprecated and will be removed in
        greyops.rest 2.0.0.
    type: dict
  estimation:
    description:
      - The amount of data that Grepr uses for estimates, with the API keys C(logLimit), C(lookbackDuration),
        C(refreshPeriod) and C(query). Omitted keys start with the defaults of Grepr's documentation, 10000000, V(PT1H)
        and V(PT168H).
      - An empty dictionary resets the settings.
    type: dict
seealso:
  - module: greyops.rest.grepr_dataset_info
  - module: greyops.rest.grepr_integration
extends_documentation_fragment:
  - greyops.rest._grepr
  - greyops.rest._http
  - greyops.rest._token_store
  - greyops.rest._attributes
  - greyops.rest._attributes.grepr
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
    details: Shows the writable properties and leaves out values added by Grepr.
  idempotent:
    support: full
"""

EXAMPLES = r"""
- name: Create a dataset, with the warehouse and the team given by name
  greyops.rest.grepr_dataset:
    name: raw_logs
    integration_id: lake storage
    team_ids: [platform]
  register: result

- name: Show what new table settings would change, without changing anything
  greyops.rest.grepr_dataset:
    name: raw_logs
    tables:
      logs_raw:
        sortFields:
          - column: service
            direction: ASC
  check_mode: true
  diff: true

- name: Index a tag and an attribute, and partition the table on the tag
  greyops.rest.grepr_dataset:
    name: raw_logs
    tables:
      logs_raw:
        promotion:
          attributes:
            cap: 20
            include:
              - path: http.method
          tags:
            include: [env]
        partitionConfig:
          fields:
            - column: env
              buckets: 16

- name: Index all new attributes up to a limit, except for a subtree, and keep its columns for another day
  greyops.rest.grepr_dataset:
    name: raw_logs
    tables:
      logs_raw:
        promotion:
          attributes:
            cap: 100
            exclude:
              - path: kube
                prefix: true
          columnRemovalDelay: P1D

- name: Estimate with fewer logs
  greyops.rest.grepr_dataset:
    name: raw_logs
    estimation:
      logLimit: 1000000

- name: Rename the dataset
  greyops.rest.grepr_dataset:
    id: "{{ result.dataset.id }}"
    name: web_logs

- name: Delete the dataset
  greyops.rest.grepr_dataset:
    name: web_logs
    state: absent
"""

RETURN = r"""
dataset:
  description:
    - The dataset as Grepr has it, or as it would be in check mode.
    - Holds C(estimation) when O(estimation) is given.
    - V(null) when there is none.
  returned: success
  type: dict
  sample:
    id: 0kabdv8yo9q99
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

from ..module_utils._grepr.datasets import DATASET_KIND
from ..module_utils._grepr.resource_kinds import build_operation
from ..module_utils._module import run_module

OPERATION = build_operation(DATASET_KIND, "dataset")


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
