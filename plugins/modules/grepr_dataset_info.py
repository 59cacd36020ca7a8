#!/usr/bin/python
# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: grepr_dataset_info
short_description: Read datasets of Grepr
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Lists the datasets of an organization, all of them or those that match the filters.
  - Grepr itself knows no filters here, so that all are read and the module does the filtering. A dataset has to match
    one item of each list that is given.
options:
  name:
    description: Only the datasets with these names.
    type: list
    elements: str
  id:
    description: Only the datasets with these ids.
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

- name: Find one by its name
  greyops.rest.grepr_dataset_info:
    name: raw_logs
  register: found

- name: Use its id in a call of the API
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
    GET https://acme.app.grepr.ai/api/v1/datasets failed with HTTP 403 Forbidden. The credential may be
    narrowed to less than this call needs: check its scope or roles.
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

from ansible_collections.greyops.rest.plugins.module_utils._grepr.client import open_client
from ansible_collections.greyops.rest.plugins.module_utils._grepr.datasets import DATASETS
from ansible_collections.greyops.rest.plugins.module_utils._grepr.options import GREPR_SPEC
from ansible_collections.greyops.rest.plugins.module_utils._grepr.resources import FILTER_SPEC, Collection, filtered
from ansible_collections.greyops.rest.plugins.module_utils._module import run_module
from ansible_collections.greyops.rest.plugins.module_utils._operation import Call, Operation, Outcome


def run(call: Call) -> Outcome:
    datasets = Collection(open_client(call.params, call.host, call.secrets), DATASETS).listed()
    return Outcome(values={"datasets": filtered(datasets, call.params)})


OPERATION = Operation(spec=GREPR_SPEC + FILTER_SPEC, run=run)


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
