#!/usr/bin/python
# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: greymatter_report_info
short_description: List reports of GreyMatter
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Lists the reports that GreyMatter keeps, all of them or some.
  - Uses the route V(report_list), which was seen in other programs. No document of GreyOrange confirms it. O(routes)
    gives another.
options:
  id:
    description: Only the reports with these numbers. All are read; the module does the filtering.
    type: list
    elements: str
  status:
    description: Only the reports that are so far, such as V(COMPLETED), V(PENDING) or V(FAILED), in any case of
      letters.
    type: list
    elements: str
  type:
    description: Only the reports of these types, such as V(inventory/GR), in any case of letters.
    type: list
    elements: str
notes:
  - Times in results are text as GreyMatter writes it.
seealso:
  - module: greyops.rest.greymatter_report
extends_documentation_fragment:
  - greyops.rest._greymatter
  - greyops.rest._http
  - greyops.rest._token_store
  - greyops.rest._attributes
  - greyops.rest._attributes.info
  - greyops.rest._attributes.greymatter
"""

EXAMPLES = r"""
- name: List all reports
  greyops.rest.greymatter_report_info:
  register: site

- name: List those that failed
  greyops.rest.greymatter_report_info:
    status: [FAILED]

- name: Find the newest inventory report that is there to fetch
  greyops.rest.greymatter_report_info:
    type: [inventory/GR]
    status: [COMPLETED]
  register: inventories

- name: Fetch it
  greyops.rest.greymatter_report:
    id: "{{ (inventories.reports | last).id }}"
    dest: /var/tmp/inventory.csv
"""

RETURN = r"""
reports:
  description: The reports as GreyMatter lists them, sorted by C(id). Empty when there is none.
  returned: success
  type: list
  elements: dict
  sample:
    - id: 4711
      type: inventory/GR
      status: COMPLETED
      fileName: inventory-4711.csv
      requestedBy: automation
      requestedTime: "2030-01-01T10:00:00.000"
      completionTime: "2030-01-01T10:00:02.000"
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
    GET https://greymatter.example.com/api-gateway/platform-dashboard/report/find-by-page
    failed with HTTP 403 Forbidden. The credential may be narrowed to less than this call needs: check its scope or
    roles.
status:
  description: The HTTP status of the answer.
  returned: failure, when there was an answer
  type: int
  sample: 403
url:
  description: The URL of the request that failed, without its query.
  returned: failure, when it was a request that failed
  type: str
  sample: https://greymatter.example.com/api-gateway/platform-dashboard/report/find-by-page
method:
  description: The method of the request that failed.
  returned: failure, when it was a request that failed
  type: str
  sample: GET
"""

from ansible_collections.greyops.rest.plugins.module_utils._greymatter.gateway import open_gateway
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.options import GREYMATTER_SPEC
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.reports import filtered, list_reports
from ansible_collections.greyops.rest.plugins.module_utils._module import run_module
from ansible_collections.greyops.rest.plugins.module_utils._operation import Call, Operation, Outcome
from ansible_collections.greyops.rest.plugins.module_utils._options import ArgumentSpec

SPEC = ArgumentSpec(options={name: {"type": "list", "elements": "str"} for name in ("id", "status", "type")})


def run(call: Call) -> Outcome:
    gateway = open_gateway(call.params, call.host, call.secrets)
    return Outcome(values={"reports": filtered(list_reports(gateway), call.params)})


OPERATION = Operation(spec=GREYMATTER_SPEC + SPEC, run=run)


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
