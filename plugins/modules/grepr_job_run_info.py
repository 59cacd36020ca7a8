#!/usr/bin/python
# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: grepr_job_run_info
short_description: Get information about the backfills and fired triggers of a Grepr pipeline
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - List the batch jobs that a pipeline started, such as the backfills of its rule engines, and the triggers of its rule
    engines that fired.
  - The rule engines are those of the pipeline with its templates expanded.
  - The module sends one request for each rule engine, and three more.
options:
  job:
    description:
      - The name or ID of the pipeline.
      - A pipeline that has ended, or that is deleted, is found only by its ID.
    type: str
    required: true
seealso:
  - module: greyops.rest.grepr_trigger
    description: Fire an external trigger.
  - module: greyops.rest.grepr_job_backfill
    description: Start a backfill that does not belong to a pipeline. It is not among the results of this module.
  - module: greyops.rest.grepr_job_info
    description: Find such backfills by their names.
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
- name: Show what the rule engines of a pipeline did
  greyops.rest.grepr_job_run_info:
    job: web_logs
  register: result

- name: Fail if a backfill of the pipeline failed
  ansible.builtin.assert:
    that: result.runs | selectattr('state', 'eq', 'FAILED') | length == 0

- name: Wait until a trigger fired
  greyops.rest.grepr_job_run_info:
    job: web_logs
  register: current
  until: "'incident' in current.anomalies | map(attribute='triggerId')"
  retries: 30
  delay: 10
"""

RETURN = r"""
runs:
  description:
    - The batch jobs that the pipeline started, as Grepr returns them, sorted by name, id and version.
    - Empty when there is none.
    - With O(summary=true), lines with C(name), C(state) and C(version).
  returned: success
  type: list
  elements: dict
  sample:
    - id: 0ms4k2v9q1x7e
      name: incident_backfill
      version: 0
      execution: ASYNCHRONOUS
      processing: BATCH
      state: FINISHED
anomalies:
  description:
    - The triggers of the pipeline that fired, as Grepr returns them, sorted by rule engine and trigger.
    - Empty when there is none.
    - With O(summary=true), lines with C(ruleEngineName), C(triggerId) and C(lastTriggeredAt).
  returned: success
  type: list
  elements: dict
  sample:
    - jobId: 0ms4k2v9q1x7d
      ruleEngineName: log_rule_engine
      triggerId: incident
      firstTriggeredAt: '2026-03-01T12:00:00Z'
      lastTriggeredAt: '2026-03-01T12:05:00Z'
api:
  description:
    - Requests in C(calls), repeated requests in C(retries), seconds of waiting in C(waited), and the source of the
      credential in C(token). See R(Results,ansible_collections.greyops.rest.docsite.guide_execution.results).
  returned: always
  type: dict
  sample: {calls: 1, retries: 0, waited: 0.0, token: stored}
"""

from ..module_utils._argspec import ArgumentSpec
from ..module_utils._context import Context
from ..module_utils._grepr.jobs import list_runs
from ..module_utils._grepr.service import GREPR
from ..module_utils._grepr.triggers import get_resolved_job, list_anomalies
from ..module_utils._module import run_module
from ..module_utils._operation import Operation, OperationResult
from ..module_utils._selection import SELECTION_SPEC, shape_items

SPEC = ArgumentSpec(options={"job": {"type": "str", "required": True}})


def run(context: Context) -> OperationResult:
    client = GREPR.open_client(context)
    job = get_resolved_job(client, context.params["job"])
    runs, anomalies = list_runs(client, str(job["id"])), list_anomalies(client, job)
    return OperationResult(
        values={
            "runs": shape_items(context.params, runs, ("name", "state", "version")),
            "anomalies": shape_items(context.params, anomalies, ("ruleEngineName", "triggerId", "lastTriggeredAt")),
        }
    )


OPERATION = Operation(spec=GREPR.spec + SPEC + SELECTION_SPEC, run=run)


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
