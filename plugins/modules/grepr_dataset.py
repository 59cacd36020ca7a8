#!/usr/bin/python
# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: grepr_dataset
short_description: Manage a dataset of Grepr
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Makes, changes and deletes a dataset, a place in a data warehouse where pipelines put their events.
  - Compares what you give with what is there. What you leave out stays as it is.
options:
  name:
    description:
      - The dataset's name.
      - With O(id), the name that it is to have from now on.
    type: str
  id:
    description:
      - The dataset's id, where there are several of one name, or to give it another name.
      - Needed unless O(name) is given. A dataset cannot be made with an id of its own.
    type: str
  state:
    description:
      - V(present) makes the dataset, or changes it.
      - V(absent) deletes it.
    type: str
    choices: [present, absent]
    default: present
  integration_id:
    description:
      - The id or name of the integration that stores the data, of the type C(data-warehouse) or C(s3-data-warehouse).
      - Needed to make a dataset, and cannot change later.
    type: str
  team_ids:
    description:
      - The ids or names of the teams that the dataset belongs to, all of them.
      - Grepr's documentation speaks of the name only where it explains how a dataset is changed. When Grepr does not
        take other teams, the task fails and says so.
    type: list
    elements: str
  tables:
    description:
      - Settings of tables by their key, such as C(logs_raw), with C(promotedTagKeys), C(partitionConfig) and
        C(sortFields), in the words of the API.
      - Tables that you do not name stay as they are. An empty dictionary takes the settings of a table back.
      - Grepr wants the jobs that use the dataset to be stopped first.
    type: dict
  estimation:
    description:
      - How much of the dataset Grepr estimates on, with C(logLimit), C(lookbackDuration), C(refreshPeriod) and
        C(query), in the words of the API. What you leave out begins as in Grepr's documentation, with 10000000,
        V(PT1H) and V(PT168H).
      - An empty dictionary takes it back.
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
    details: Shows what can be written, and leaves out what Grepr adds.
  idempotent:
    support: full
"""

EXAMPLES = r"""
- name: Make a dataset in a warehouse, with the warehouse and the team by their names
  greyops.rest.grepr_dataset:
    name: raw_logs
    integration_id: lake storage
    team_ids: [platform]
  register: made

- name: Show what another setting of its table would change, and change nothing
  greyops.rest.grepr_dataset:
    name: raw_logs
    tables:
      logs_raw:
        promotedTagKeys: [service, env]
        sortFields:
          - column: service
            direction: ASC
  check_mode: true
  diff: true

- name: Estimate on fewer logs
  greyops.rest.grepr_dataset:
    name: raw_logs
    estimation:
      logLimit: 1000000

- name: Give it another name
  greyops.rest.grepr_dataset:
    id: "{{ made.dataset.id }}"
    name: web_logs

- name: Delete it
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
      returned: always
      type: str
      sample: stored
msg:
  description: What failed, where and why, and what to do about it.
  returned: failure
  type: str
  sample: >-
    There are 2 datasets of the name raw_logs: 0kabdv8yo9q99, 0kabdv8yo9qzz. Give the id.
status:
  description: The HTTP status of the answer.
  returned: failure, when there was an answer
  type: int
  sample: 403
url:
  description: The URL of the request that failed, without its query.
  returned: failure, when it was a request that failed
  type: str
  sample: https://acme.app.grepr.ai/api/v1/datasets
method:
  description: The method of the request that failed.
  returned: failure, when it was a request that failed
  type: str
  sample: GET
"""

from typing import Any

from ansible_collections.greyops.rest.plugins.module_utils._comparison import wish_of
from ansible_collections.greyops.rest.plugins.module_utils._grepr.client import open_client
from ansible_collections.greyops.rest.plugins.module_utils._grepr.datasets import (
    DATASETS,
    apply_settings,
    plan_settings,
    read_estimation,
)
from ansible_collections.greyops.rest.plugins.module_utils._grepr.options import GREPR_SPEC
from ansible_collections.greyops.rest.plugins.module_utils._grepr.references import References
from ansible_collections.greyops.rest.plugins.module_utils._grepr.resources import (
    RESOURCE_SPEC,
    Collection,
    plan,
)
from ansible_collections.greyops.rest.plugins.module_utils._module import run_module
from ansible_collections.greyops.rest.plugins.module_utils._operation import Call, Operation, Outcome
from ansible_collections.greyops.rest.plugins.module_utils._options import ArgumentSpec

SPEC = ArgumentSpec(
    options={
        "integration_id": {"type": "str"},
        "team_ids": {"type": "list", "elements": "str"},
        "tables": {"type": "dict"},
        "estimation": {"type": "dict"},
    }
)


def run(call: Call) -> Outcome:
    params, wants_it = call.params, call.params["state"] == "present"
    client = open_client(params, call.host, call.secrets)
    datasets = Collection(client, DATASETS)
    current = datasets.find(params["name"], params["id"], state=params["state"])
    planned = plan(
        DATASETS, current, _wish(params, References(client, params["auth"])) if wants_it else {}, params["state"]
    )
    estimation = None
    if current is not None and wants_it and params["estimation"] is not None:
        estimation = read_estimation(client, datasets.item_path(current["id"]))
    settings = (
        plan_settings((current or {}).get("tables") or {}, params["tables"] or {}, estimation, params["estimation"])
        if wants_it
        else []
    )
    dataset = planned.after
    if not call.check_mode:
        dataset = datasets.carry_out(planned)
        if dataset is not None and settings:
            path = datasets.item_path(dataset["id"])
            apply_settings(client, path, settings)
            dataset = datasets.read(dataset["id"])
    diff = planned.as_diff()
    for setting in settings:
        diff["before"][setting.name], diff["after"][setting.name] = setting.before, setting.after
    if dataset is not None and params["estimation"] is not None:
        changed = {setting.name: setting.after for setting in settings}
        dataset = {**dataset, "estimation": changed.get("estimation", estimation)}
    return Outcome(planned.changed or bool(settings), {"dataset": dataset}, diff)


def _wish(params: dict[str, Any], references: References) -> dict[str, Any]:
    integration = params["integration_id"]
    return wish_of(
        name=params["name"],
        integrationId=None if integration is None else references.integration(integration, "warehouse"),
        teamIds=references.teams(params["team_ids"]),
    )


OPERATION = Operation(spec=GREPR_SPEC + RESOURCE_SPEC + SPEC, run=run)


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
