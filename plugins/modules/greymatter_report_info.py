#!/usr/bin/python
# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: greymatter_report_info
short_description: Get information about GreyMatter reports
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - List the reports that GreyMatter stores, or only those that match the filters.
  - The module uses the route V(report_list), which was seen in other programs and is not confirmed by a document of
    GreyOrange. Use O(routes) to set another one.
options:
  id:
    description: Return only the reports with these numbers. The module reads all reports and filters the result.
    type: list
    elements: str
  status:
    description: Return only the reports with these states, such as V(COMPLETED), V(PENDING) or V(FAILED). Not
      case-sensitive.
    type: list
    elements: str
  type:
    description: Return only the reports of these types, such as V(inventory/GR). Not case-sensitive.
    type: list
    elements: str
notes:
  - Times in results are strings in the format of GreyMatter.
seealso:
  - module: greyops.rest.greymatter_report
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
- name: List all reports
  greyops.rest.greymatter_report_info:
  register: site

- name: List the failed reports
  greyops.rest.greymatter_report_info:
    status: [FAILED]

- name: Find the latest inventory report that can be downloaded
  greyops.rest.greymatter_report_info:
    type: [inventory/GR]
    status: [COMPLETED]
  register: inventories

- name: Download the report
  greyops.rest.greymatter_report:
    id: "{{ (inventories.reports | last).id }}"
    dest: /var/tmp/inventory.csv
"""

RETURN = r"""
reports:
  description:
    - The reports as GreyMatter lists them, sorted by C(id). Empty when there is none.
    - With O(summary=true), lines with C(id), C(type) and C(status).
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
from ..module_utils._greymatter.reports import filter_reports, list_reports
from ..module_utils._greymatter.service import GREYMATTER
from ..module_utils._module import run_module
from ..module_utils._resource import info_operation

SPEC = ArgumentSpec(options={name: {"type": "list", "elements": "str"} for name in ("id", "status", "type")})


def list_matching(context: Context) -> list[dict[str, Any]]:
    client = GreyMatterClient.open(context)
    return filter_reports(list_reports(client), context.params)


OPERATION = info_operation(GREYMATTER.spec + SPEC, "reports", list_matching, ("id", "type", "status"))


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
