#!/usr/bin/python
# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: greymatter_report
short_description: Get the inventory report of GreyMatter
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Request an inventory report from GreyMatter, wait until it is complete, and write it to a file or return its rows.
  - If O(id) is given, get an existing report.
  - The file is written atomically and in constant memory, regardless of the size of the report.
  - The module uses the route V(inventory_report), which GreyOrange documents. V(report_list) and V(report_download)
    were seen in other programs and are not confirmed by a document of GreyOrange, which documents that a notification
    contains the link. Some sites provide reports at C(/api-gateway/dashboard-service/platform-dashboard/report)
    instead. Use O(routes) to set this path.
options:
  id:
    description: The number that GreyMatter assigned to a report. If given, this report is returned and no new one is
      requested.
    type: str
  format:
    description:
      - The format of a new report. If not given, the default of GreyMatter is used, which is CSV.
      - Seen in other programs, not documented. V(xlsx) requires O(dest).
    type: str
    choices: [csv, xlsx]
  dest:
    description:
      - Path to a file for the report, on the host that runs the module.
      - The file is written under a temporary name in the same directory and replaces O(dest) when it is complete. If
        the contents are the same, the file is not changed. If the module fails, the file is not changed.
      - If O(dest) is a symbolic link, the link is replaced and not followed, which is also the default of
        M(ansible.builtin.copy). Links to parent directories are followed.
      - Its size is limited only by the disk and by O(wait_timeout). If the task is ended by a signal other than
        C(SIGKILL), the temporary file is removed.
    type: path
  mode:
    description:
      - The permissions of O(dest), as a quoted octal number such as V('0640').
      - By default, only the owner may read a file that is written.
    type: str
  parse:
    description: Whether to return RV(rows). Defaults to true if O(dest) is not given.
    type: bool
  max_rows:
    description: The maximum number of RV(rows). Fails if there are more rows or more than 16 MiB of data.
    type: int
    default: 10000
  wait:
    description: Whether to wait until the report is complete. If V(false), the report is requested or its state is
      read, but it is not downloaded.
    type: bool
    default: true
  wait_timeout:
    description: The maximum time in seconds to wait for the report, and again for its download.
    type: float
    default: 600
notes:
  - Times in results are strings in the format of GreyMatter.
seealso:
  - module: greyops.rest.greymatter_report_info
  - name: Reports
    description: GreyOrange's documentation of reports.
    link: https://docs.butler.greyorange.com/greymatter/v9.0.1/api/reports.html
extends_documentation_fragment:
  - greyops.rest._greymatter
  - greyops.rest._http
  - greyops.rest._token_store
  - greyops.rest._attributes
  - greyops.rest._attributes.greymatter
attributes:
  check_mode:
    support: partial
    details: Requests no report, so its rows and checksum cannot be predicted. With O(id), the report is downloaded, but
      no file is written.
  diff_mode:
    support: full
    details: Shows the size, checksum and O(mode) of the file before and after, and that a report is requested.
  idempotent:
    support: partial
    details: Requesting a report is an action and always reports a change. With O(id), no change is reported if the file
      already has the same contents.
"""

EXAMPLES = r"""
- name: Write the current inventory to a file
  greyops.rest.greymatter_report:
    dest: /var/tmp/inventory.csv
    mode: "0640"
  register: inventory

- name: Read the inventory of a small site
  greyops.rest.greymatter_report:
  register: site

- name: Fail if there is too little stock of a product
  ansible.builtin.assert:
    that: site.rows | selectattr('product_sku', 'eq', 'MUG-01') | map(attribute='quantity') | map('int') | sum >= 10

- name: Request a report without waiting
  greyops.rest.greymatter_report:
    wait: false
  register: requested

- name: Download the report later
  greyops.rest.greymatter_report:
    id: "{{ requested.report.id }}"
    dest: /var/tmp/inventory.csv

- name: Get the report from a site that provides reports at the path used by GreyMatter's dashboard
  greyops.rest.greymatter_report:
    dest: /var/tmp/inventory.csv
    routes:
      inventory_report: /api-gateway/dashboard-service/platform-dashboard/report/generate-inventory-report
      report_list: /api-gateway/dashboard-service/platform-dashboard/report/find-by-page
      report_download: /api-gateway/dashboard-service/platform-dashboard/report/download/{id}
"""

RETURN = r"""
report:
  description: The report as GreyMatter lists it; in check mode what is known of a new one.
  returned: success
  type: dict
  sample:
    id: 4711
    type: inventory/GR
    status: COMPLETED
    fileName: inventory-4711.csv
    requestedTime: "2030-01-01T10:00:00.000"
    completionTime: "2030-01-01T10:00:02.000"
rows:
  description: The lines of the report, by the names of their columns. Every value is text as it stands there.
  returned: success, with O(parse), when the report was fetched
  type: list
  elements: dict
  sample:
    - product_sku: MUG-01
      client_id: c7
      quantity: "12"
dest:
  description: The file.
  returned: success, with O(dest), when the report was fetched
  type: str
  sample: /var/tmp/inventory.csv
size:
  description: The bytes of the file, or those it would have in check mode.
  returned: success, with O(dest), when the report was fetched
  type: int
  sample: 240
checksum:
  description: The SHA-256 of the file, or what it would be in check mode.
  returned: success, with O(dest), when the report was fetched
  type: str
  sample: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
mode:
  description: The permissions of the file.
  returned: success, with O(dest) and O(mode), when the report was fetched
  type: str
  sample: "0640"
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
from ..module_utils._atomic_file import AtomicFile, parse_mode
from ..module_utils._context import Context
from ..module_utils._errors import GreyopsError, OptionError, raise_on_errors
from ..module_utils._greymatter.client import (
    GreyMatterClient,
)
from ..module_utils._greymatter.reports import (
    COMPLETED,
    PENDING,
    CsvReport,
    FailedReportError,
    Report,
    download,
    find_report,
    request_inventory_report,
    wait_for_report,
)
from ..module_utils._greymatter.service import GREYMATTER
from ..module_utils._http.streaming import StreamLimits
from ..module_utils._module import run_module
from ..module_utils._operation import Operation, OperationResult
from ..module_utils._polling import validate_wait_timeout

SPEC = ArgumentSpec(
    options={
        "id": {"type": "str"},
        "format": {"type": "str", "choices": ["csv", "xlsx"]},
        "dest": {"type": "path"},
        "mode": {"type": "str"},
        "parse": {"type": "bool"},
        "max_rows": {"type": "int", "default": 10000},
        "wait": {"type": "bool", "default": True},
        "wait_timeout": {"type": "float", "default": 600.0},
    },
    mutually_exclusive=(("id", "format"),),
    required_by={"mode": ("dest",)},
)


def run(context: Context) -> OperationResult:
    params = context.params
    parse = params["wait"] and not params["dest"] if params["parse"] is None else params["parse"]
    _require_valid(params, parse)
    client = GreyMatterClient.open(context)
    file = AtomicFile(params["dest"], context.check_mode, parse_mode(params["mode"])) if params["dest"] else None
    try:
        return _report(context, client, file, CsvReport(params["max_rows"]) if parse else None)
    finally:
        if file is not None:
            file.close()


def _require_valid(params: dict[str, Any], parse: bool) -> None:
    problems = []
    if not params["wait"] and (params["dest"] or parse):
        problems.append("dest and parse require wait=true, because a report is downloaded when it is completed")
    if params["format"] == "xlsx" and (parse or not params["dest"]):
        problems.append("format=xlsx requires dest and cannot be parsed")
    if params["max_rows"] < 1:
        problems.append("max_rows must be above 0")
    problems += validate_wait_timeout(params["wait_timeout"])
    raise_on_errors(problems, "The report cannot be requested")


def _report(
    context: Context, client: GreyMatterClient, file: AtomicFile | None, table: CsvReport | None
) -> OperationResult:
    params, before = context.params, file.describe_current() if file is not None else {}
    if params["id"]:
        report = find_report(client, params["id"])
        if report is None:
            raise OptionError(f"There is no report {params['id']} in GreyMatter's list.")
        return _fetch(context, client, report, file, table, before)
    asked = {"report": "asked for"}
    if context.check_mode:
        report = {"status": COMPLETED if params["wait"] else PENDING}
        return OperationResult(True, {"report": report}, {"before": before, "after": {**before, **asked}})
    report = request_inventory_report(client, params["format"])
    try:
        result = _fetch(context, client, report, file, table, before)
    except GreyopsError as error:
        error.values = {"changed": True}
        if isinstance(error, FailedReportError):
            raise
        current = f"The report was requested: set id={report['id']} to download it without creating another one."
        error.hint = f"{error.hint} {current}".lstrip()
        raise
    return OperationResult(True, result.values, {"before": before, "after": {**(result.diff or {})["after"], **asked}})


def _fetch(
    context: Context,
    client: GreyMatterClient,
    report: Report,
    file: AtomicFile | None,
    table: CsvReport | None,
    before: dict[str, Any],
) -> OperationResult:
    params, values, after = context.params, {}, {}
    if params["wait"]:
        report = wait_for_report(client, report, params["wait_timeout"])
        limits = StreamLimits(idle_timeout=params["timeout"], total_timeout=params["wait_timeout"], max_line=None)
        if file is not None or table is not None:
            download(client, str(report["id"]), limits, file, table)
        if table is not None:
            values["rows"] = table.parse_rows()
        if file is not None:
            after = file.describe_new()
            if after != before:
                file.commit()
    return OperationResult(after != before, {"report": report, **values, **after}, {"before": before, "after": after})


OPERATION = Operation(spec=GREYMATTER.spec + SPEC, run=run)


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
