#!/usr/bin/python
# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: grepr_job_backfill
short_description: Send data from the Grepr data lake to vendors
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Start a backfill, which Grepr calls an asynchronous batch job, and wait for its end. A backfill reads a dataset and
    sends the events that it finds to sinks of vendors.
  - If a backfill with the same name is in progress, no second one is started. The module waits for it and reports no
    change. Fails if it differs from the options in a way that can be compared.
options:
  name:
    description: The name of the backfill, which consists of lower-case letters, digits and underscores.
    type: str
    required: true
  data_type:
    description: The type of data to send.
    type: str
    choices: [logs, spans]
    default: logs
  dataset:
    description: The name or ID of the dataset.
    type: str
    required: true
  start:
    description:
      - The start of the time range, as an RFC 3339 timestamp such as V(2026-03-01T12:00:00Z), or relative to the
        current time, such as V(-15m), V(-1h) or V(-2d).
      - The clock of the host that runs the module is used. Relative times are not compared with those of a backfill
        that is in progress.
    type: str
    required: true
  end:
    description: The end of the time range, in the same format as O(start), or V(now).
    type: str
    required: true
  query:
    description: The events to send, in the language of O(query_type). By default, all events are sent.
    type: str
    default: ""
  query_type:
    description: The query language of O(query).
    type: str
    choices: [datadog-query, newrelic-query, nrql-query]
    default: datadog-query
  sinks:
    description:
      - The sinks, as vertices of a graph with C(type), C(name) and the properties of the type.
      - Integrations can be given by name or ID.
      - Exactly one of O(sinks) and O(pipeline) is required.
    type: list
    elements: dict
  pipeline:
    description:
      - The name or ID of a pipeline. The data is sent to the sinks of vendors in its graph, as they are, with its
        templates expanded. If several sinks have the same integration, only the first one is used.
      - For O(data_type=logs), these are the sinks for logs of Datadog, New Relic, OTLP, Splunk and Sumo Logic. For
        O(data_type=spans), these are the sinks for traces of Datadog and OTLP. Fails if the pipeline has none of them.
      - Exactly one of O(sinks) and O(pipeline) is required.
    type: str
  limit:
    description:
      - The maximum number of events. If not given, Grepr uses 500000, which is also the maximum.
      - A negative number means no limit.
    type: int
  variables:
    description: Variables for O(query), by name. Names start with two underscores.
    type: dict
  vendor_sink_integrations:
    description:
      - Integrations, by name or ID. Events that their vendors already received are left out, and backfills for the same
        vendor wait for each other.
      - Only for O(data_type=logs).
      - With O(pipeline), defaults to the integrations of its sinks. An empty list sends all events.
    type: list
    elements: str
  sql_operation:
    description: A vertex of the type C(sql-operation) between the dataset and the sinks, for O(data_type=spans).
    type: dict
  tags:
    description: Tags of the job. Values are strings. Fails if a number or a boolean is not quoted.
    type: dict
  team_ids:
    description: The IDs or names of the teams that the job belongs to.
    type: list
    elements: str
  wait:
    description:
      - Whether to wait until the backfill has finished. Progress is shown while waiting.
      - Fails with the reason reported by Grepr if the backfill ends in another state.
    type: bool
    default: true
  wait_timeout:
    description: The maximum time to wait in seconds. V(0) or more.
    type: float
    default: 3600
seealso:
  - module: greyops.rest.grepr_job_info
  - module: greyops.rest.grepr_query
    description: Show the events that would be sent.
  - module: greyops.rest.grepr_trigger
    description: Start the backfills of a rule engine.
  - module: greyops.rest.grepr_job_run_info
    description: List the backfills of a rule engine.
extends_documentation_fragment:
  - greyops.rest._grepr
  - greyops.rest._http
  - greyops.rest._token_store
  - greyops.rest._attributes
  - greyops.rest._attributes.grepr
attributes:
  check_mode:
    support: full
    details: Looks for a backfill that is in progress, and starts none.
  diff_mode:
    support: full
    details: Shows what is requested from Grepr.
  idempotent:
    support: partial
    details: >-
      A backfill is an action. It starts on every run, unless one with the same name is in progress. Neither Grepr nor
      this module records what was sent. With O(vendor_sink_integrations), Grepr leaves out what a vendor already
      received.
notes:
  - The call that starts a backfill is never sent twice. If it fails and it is unknown whether the backfill has started,
    look for a job with its name.
  - Grepr does not stop or delete batch jobs.
"""

EXAMPLES = r"""
- name: Send the errors of an incident to Datadog
  greyops.rest.grepr_job_backfill:
    name: incident_4711
    dataset: raw_logs
    query: service:checkout status:error
    start: "2026-03-01T11:30:00Z"
    end: "2026-03-01T12:15:00Z"
    sinks:
      - type: datadog-log-sink
        name: datadog
        integrationId: Datadog EU
        additionalTags: [incident:4711]
    vendor_sink_integrations: [Datadog EU]

- name: Send the same to all vendors of a pipeline, without what they already received
  greyops.rest.grepr_job_backfill:
    name: incident_4711
    dataset: raw_logs
    query: service:checkout status:error
    start: "2026-03-01T11:30:00Z"
    end: "2026-03-01T12:15:00Z"
    pipeline: web_logs
  register: backfill

- name: Start a backfill of the last hour without waiting
  greyops.rest.grepr_job_backfill:
    name: last_hour
    dataset: raw_logs
    start: -1h
    end: now
    limit: 10000
    sinks:
      - type: splunk-log-sink
        name: splunk
        integrationId: hec
    wait: false

- name: Send the traces of one service
  greyops.rest.grepr_job_backfill:
    name: checkout_traces
    data_type: spans
    dataset: traces
    query: service:checkout
    start: "2026-03-01T11:30:00Z"
    end: "2026-03-01T12:15:00Z"
    sinks:
      - type: otlp-trace-sink
        name: collector
        integrationId: collector
"""

RETURN = r"""
job:
  description:
    - The job as Grepr has it, or what is known of it in check mode.
    - Its graph is what Grepr makes of the options.
  returned: success
  type: dict
  sample:
    id: 0ms4k2v9q1x7d
    name: incident_4711
    version: 0
    state: FINISHED
    execution: ASYNCHRONOUS
    processing: BATCH
    tags: {}
    teamIds: []
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
from ..module_utils._errors import raise_on_errors
from ..module_utils._grepr.backfills import (
    Backfill,
    build_body,
    plan_backfill,
    validate_backfill,
)
from ..module_utils._grepr.names import NameResolver
from ..module_utils._grepr.service import GREPR
from ..module_utils._grepr.triggers import get_resolved_job
from ..module_utils._module import run_module
from ..module_utils._operation import Operation, OperationResult
from ..module_utils._polling import validate_wait_timeout

SPEC = ArgumentSpec(
    options={
        "name": {"type": "str", "required": True},
        "data_type": {"type": "str", "choices": ["logs", "spans"], "default": "logs"},
        "dataset": {"type": "str", "required": True},
        "start": {"type": "str", "required": True},
        "end": {"type": "str", "required": True},
        "query": {"type": "str", "default": ""},
        "query_type": {
            "type": "str",
            "choices": ["datadog-query", "newrelic-query", "nrql-query"],
            "default": "datadog-query",
        },
        "sinks": {"type": "list", "elements": "dict"},
        "pipeline": {"type": "str"},
        "limit": {"type": "int"},
        "variables": {"type": "dict"},
        "vendor_sink_integrations": {"type": "list", "elements": "str"},
        "sql_operation": {"type": "dict"},
        "tags": {"type": "dict"},
        "team_ids": {"type": "list", "elements": "str"},
        "wait": {"type": "bool", "default": True},
        "wait_timeout": {"type": "float", "default": 3600.0},
    },
    required_one_of=(("sinks", "pipeline"),),
    mutually_exclusive=(("sinks", "pipeline"),),
)


def run(context: Context) -> OperationResult:
    params = context.params
    problems = validate_backfill(params) + validate_wait_timeout(params["wait_timeout"], may_be_zero=True)
    raise_on_errors(problems, "The backfill cannot be started")
    client = GREPR.open_client(context)
    backfill = Backfill(client, params["wait"], params["wait_timeout"])
    pipeline = get_resolved_job(client, params["pipeline"]) if params["pipeline"] is not None else None
    body = build_body(params, NameResolver(client, params["auth"]), pipeline)
    planned = plan_backfill(backfill.list_jobs(params["name"]), body, params)
    changed = planned.changed
    if context.check_mode:
        job = planned.predict(params["wait"])
    else:
        job, changed = backfill.apply(planned, params)
    return OperationResult(changed=changed, values={"job": job}, diff=planned.as_diff())


OPERATION = Operation(spec=GREPR.spec + SPEC, run=run)


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
