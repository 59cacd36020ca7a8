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
  - Asks GreyMatter for an inventory report, waits until it is made, and writes it to a file or returns its rows.
  - With O(id) it fetches a report that was asked for before.
  - The file appears whole or not at all, and is written in constant memory however large the report is.
  - Uses the route V(inventory_report), which GreyOrange documents. V(report_list) and V(report_download) were seen in
    other programs, and no document of GreyOrange confirms them; it documents that a notification carries the link.
    Some sites have reports at C(/api-gateway/dashboard-service/platform-dashboard/report) instead; O(routes) gives
    that.
options:
  id:
    description: The number that GreyMatter gave a report, to fetch that one and ask for no other.
    type: str
  format:
    description:
      - The form of a new report. GreyMatter's own unless it is given, which is a CSV file.
      - Seen in other programs, not documented. V(xlsx) needs O(dest).
    type: str
    choices: [csv, xlsx]
  dest:
    description:
      - A file for the report, on the host that runs the module.
      - It is written under another name beside it, and takes its place when it is complete. Nothing is changed when it
        holds the same already. A failure leaves it as it was.
      - A link at its place is replaced by the file, not followed, as M(ansible.builtin.copy) does by default. Links to
        directories on the way to it are followed.
      - No limit but the disk and O(wait_timeout) bounds its size. A task that is ended by a signal other than
        C(SIGKILL) removes what was written.
    type: path
  mode:
    description:
      - The permissions of O(dest), as an octal number in quotes such as V('0640').
      - Only its owner may read a file that is written, unless this is given.
    type: str
  parse:
    description: Whether to return RV(rows). True unless O(dest) is given.
    type: bool
  max_rows:
    description: The greatest number of RV(rows). More of them is an error, and so are more than 16 MiB.
    type: int
    default: 10000
  wait:
    description: Whether to wait until the report is made. Without that it is asked for, or looked at, and not fetched.
    type: bool
    default: true
  wait_timeout:
    description: The longest wait for the report, in seconds, and then again for its download.
    type: float
    default: 600
notes:
  - Times in results are text as GreyMatter writes it.
seealso:
  - module: greyops.rest.greymatter_report_info
  - name: Reports
    description: What GreyOrange says about them.
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
    details: Asks for no report, so that neither its rows nor its checksum can be predicted. With O(id) it is fetched,
      and no file is written.
  diff_mode:
    support: full
    details: Shows size, checksum and O(mode) of the file before and after, and that a report is asked for.
  idempotent:
    support: partial
    details: Asking for a report is an action by nature, and changes something each time. With O(id) nothing is
      changed when the file holds the same already.
"""

EXAMPLES = r"""
- name: Write today's inventory to a file
  greyops.rest.greymatter_report:
    dest: /var/tmp/inventory.csv
    mode: "0640"
  register: inventory

- name: Look for one product in the inventory of a small site
  greyops.rest.greymatter_report:
  register: site

- name: Stop if there is too little of it
  ansible.builtin.assert:
    that: site.rows | selectattr('product_sku', 'eq', 'MUG-01') | map(attribute='quantity') | map('int') | sum >= 10

- name: Ask for a report and go on
  greyops.rest.greymatter_report:
    wait: false
  register: asked

- name: Fetch it later
  greyops.rest.greymatter_report:
    id: "{{ asked.report.id }}"
    dest: /var/tmp/inventory.csv

- name: Ask a site that has its reports where GreyMatter's dashboard looks for them
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
    The report 4711 failed: no space left. Ask for another one.
status:
  description: The HTTP status of the answer.
  returned: failure, when there was an answer
  type: int
  sample: 404
url:
  description: The URL of the request that failed, without its query.
  returned: failure, when it was a request that failed
  type: str
  sample: https://greymatter.example.com/api-gateway/platform-dashboard/report/download/4711
method:
  description: The method of the request that failed.
  returned: failure, when it was a request that failed
  type: str
  sample: GET
"""

from typing import Any

from ansible_collections.greyops.rest.plugins.module_utils._errors import GreyopsError, OptionError
from ansible_collections.greyops.rest.plugins.module_utils._files import NewFile, mode_of
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.gateway import Gateway, open_gateway
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.options import GREYMATTER_SPEC
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.reports import (
    COMPLETED,
    PENDING,
    FailedReportError,
    Report,
    Table,
    ask_for_inventory,
    await_report,
    download,
    find_report,
)
from ansible_collections.greyops.rest.plugins.module_utils._http.streams import StreamLimits
from ansible_collections.greyops.rest.plugins.module_utils._module import run_module
from ansible_collections.greyops.rest.plugins.module_utils._operation import Call, Operation, Outcome
from ansible_collections.greyops.rest.plugins.module_utils._options import ArgumentSpec

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


def run(call: Call) -> Outcome:
    params = call.params
    parse = params["wait"] and not params["dest"] if params["parse"] is None else params["parse"]
    _require_sound(params, parse)
    gateway = open_gateway(params, call.host, call.secrets)
    file = NewFile(params["dest"], call.check_mode, mode_of(params["mode"])) if params["dest"] else None
    try:
        return _report(call, gateway, file, Table(params["max_rows"]) if parse else None)
    finally:
        if file is not None:
            file.close()


def _require_sound(params: dict[str, Any], parse: bool) -> None:
    problems = []
    if not params["wait"] and (params["dest"] or parse):
        problems.append("dest and parse need wait=true, for a report is fetched once it is made")
    if params["format"] == "xlsx" and (parse or not params["dest"]):
        problems.append("format=xlsx needs dest, and cannot be parsed")
    if params["max_rows"] < 1:
        problems.append("max_rows must be above 0")
    if not params["wait_timeout"] > 0:  # which is what NaN is, too
        problems.append("wait_timeout must be a number of seconds above 0")
    if problems:
        raise OptionError(f"The report cannot be got: {'; '.join(problems)}.")


def _report(call: Call, gateway: Gateway, file: NewFile | None, table: Table | None) -> Outcome:
    params, before = call.params, file.before() if file is not None else {}
    if params["id"]:
        report = find_report(gateway, params["id"])
        if report is None:
            raise OptionError(f"There is no report {params['id']} in GreyMatter's list.")
        return _fetched(call, gateway, report, file, table, before)
    asked = {"report": "asked for"}
    if call.check_mode:
        report = {"status": COMPLETED if params["wait"] else PENDING}
        return Outcome(True, {"report": report}, {"before": before, "after": {**before, **asked}})
    report = ask_for_inventory(gateway, params["format"])
    try:
        outcome = _fetched(call, gateway, report, file, table, before)
    except FailedReportError:
        raise
    except GreyopsError as error:
        there = f"The report was asked for: with id={report['id']} it is fetched, and no other is made."
        error.hint = f"{error.hint} {there}".lstrip()
        raise
    return Outcome(True, outcome.values, {"before": before, "after": {**(outcome.diff or {})["after"], **asked}})


def _fetched(
    call: Call, gateway: Gateway, report: Report, file: NewFile | None, table: Table | None, before: dict[str, Any]
) -> Outcome:
    params, values, after = call.params, {}, {}
    if params["wait"]:
        report = await_report(gateway, report, params["wait_timeout"], call.progress)
        limits = StreamLimits(silence=params["timeout"], total=params["wait_timeout"], longest_line=None)
        if file is not None or table is not None:
            download(gateway, str(report["id"]), limits, file, table)
        if table is not None:
            values["rows"] = table.rows()
        if file is not None:
            after = file.after()
            if after != before:
                file.put()
    return Outcome(after != before, {"report": report, **values, **after}, {"before": before, "after": after})


OPERATION = Operation(spec=GREYMATTER_SPEC + SPEC, run=run)


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
