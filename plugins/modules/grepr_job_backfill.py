#!/usr/bin/python
# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: grepr_job_backfill
short_description: Send what lies in the data lake of Grepr to vendors
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Begins a backfill, an asynchronous batch job in Grepr's words. It reads a dataset and sends what it finds to the
    sinks of vendors. Then waits for its end.
  - A backfill that is under way under the same name is not begun twice. The task waits for it, and reports no change.
    It is an error when that one differs in what can be compared.
options:
  name:
    description: The name of the backfill, of lower-case letters, digits and underscores.
    type: str
    required: true
  data_type:
    description: What to send.
    type: str
    choices: [logs, spans]
    default: logs
  dataset:
    description: The dataset, by its name or id.
    type: str
    required: true
  start:
    description:
      - From when on, as RFC 3339 such as V(2026-03-01T12:00:00Z), or as long ago, such as V(-15m), V(-1h) or V(-2d).
      - The clock is that of the host that runs the module. Moments that are reckoned from now are not compared with
        those of a backfill that is under way.
    type: str
    required: true
  end:
    description: Until when, as O(start), or V(now).
    type: str
    required: true
  query:
    description: What to send, in the language of O(query_type). Everything is sent unless it is given.
    type: str
    default: ""
  query_type:
    description: The language of O(query).
    type: str
    choices: [datadog-query, newrelic-query, nrql-query]
    default: datadog-query
  sinks:
    description:
      - The sinks, as vertices of a graph with C(type), C(name) and the properties of the type.
      - The name of an integration does as well as its id.
    type: list
    elements: dict
    required: true
  limit:
    description:
      - The greatest number of events. Grepr's own is 500000 where none is given, which is the most there can be.
      - A negative number is none at all.
    type: int
  variables:
    description: Variables of O(query), by their names, which begin with two underscores.
    type: dict
  vendor_sink_integrations:
    description:
      - Integrations, by name or id. What their vendors have got already is left out, and backfills for the same vendor
        wait for each other.
      - For O(data_type=logs).
    type: list
    elements: str
  sql_operation:
    description: A vertex of the type C(sql-operation) between the dataset and the sinks, for O(data_type=spans).
    type: dict
  tags:
    description: Tags of the job. They are text - a number or a boolean fails unless it is quoted.
    type: dict
  team_ids:
    description: The ids or names of the teams that the job belongs to.
    type: list
    elements: str
  wait:
    description:
      - Whether to wait until the backfill has finished. Meanwhile tells what it is doing.
      - Fails, with Grepr's own reason, when it ends in another way.
    type: bool
    default: true
  wait_timeout:
    description: The longest wait, in seconds. V(0) or more.
    type: float
    default: 3600
seealso:
  - module: greyops.rest.grepr_job_info
  - module: greyops.rest.grepr_query
    description: Looks at what would be sent.
  - module: greyops.rest.grepr_trigger
    description: Sets off the backfills of a rule engine.
extends_documentation_fragment:
  - greyops.rest._grepr
  - greyops.rest._http
  - greyops.rest._token_store
  - greyops.rest._attributes
  - greyops.rest._attributes.grepr
attributes:
  check_mode:
    support: full
    details: Looks for one that is under way, and begins none.
  diff_mode:
    support: full
    details: Shows what is asked of Grepr.
  idempotent:
    support: partial
    details: >-
      A backfill is an action. It begins each time, unless one of its name is under way. Neither Grepr nor this module
      remembers what was sent; with O(vendor_sink_integrations) Grepr leaves out what a vendor has got.
notes:
  - The call that begins a backfill is never sent twice. When it fails in a way that leaves it open whether the backfill
    has begun, its name tells.
  - Grepr does not stop or delete batch jobs.
"""

EXAMPLES = r"""
- name: Send the errors of an incident to Datadog after all
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
  register: backfill

- name: Begin one for the last hour, and go on
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
    A backfill incident_4711 is under way (0ms4k2v9q1x7d, RUNNING) that differs in query. Wait for its end, or use
    another name.
status:
  description: The HTTP status of the answer.
  returned: failure, when there was an answer
  type: int
  sample: 401
url:
  description: The URL of the request that failed, without its query.
  returned: failure, when it was a request that failed
  type: str
  sample: https://acme.app.grepr.ai/api/v1/jobs/backfills
method:
  description: The method of the request that failed.
  returned: failure, when it was a request that failed
  type: str
  sample: POST
"""

from ansible_collections.greyops.rest.plugins.module_utils._errors import OptionError
from ansible_collections.greyops.rest.plugins.module_utils._grepr.backfills import (
    Backfill,
    body_of,
    plan,
    problems_of_backfill,
)
from ansible_collections.greyops.rest.plugins.module_utils._grepr.client import open_client
from ansible_collections.greyops.rest.plugins.module_utils._grepr.options import GREPR_SPEC
from ansible_collections.greyops.rest.plugins.module_utils._grepr.references import References
from ansible_collections.greyops.rest.plugins.module_utils._grepr.wishes import problems_of_wait
from ansible_collections.greyops.rest.plugins.module_utils._module import run_module
from ansible_collections.greyops.rest.plugins.module_utils._operation import Call, Operation, Outcome
from ansible_collections.greyops.rest.plugins.module_utils._options import ArgumentSpec

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
        "sinks": {"type": "list", "elements": "dict", "required": True},
        "limit": {"type": "int"},
        "variables": {"type": "dict"},
        "vendor_sink_integrations": {"type": "list", "elements": "str"},
        "sql_operation": {"type": "dict"},
        "tags": {"type": "dict"},
        "team_ids": {"type": "list", "elements": "str"},
        "wait": {"type": "bool", "default": True},
        "wait_timeout": {"type": "float", "default": 3600.0},
    }
)


def run(call: Call) -> Outcome:
    params = call.params
    problems = problems_of_backfill(params) + problems_of_wait(params["wait_timeout"])
    if problems:
        raise OptionError(f"The backfill cannot be begun: {'; '.join(problems)}.")
    client = open_client(params, call.host, call.secrets)
    backfill = Backfill(client, call.progress, params["wait"], params["wait_timeout"])
    body = body_of(params, References(client, params["auth"]))
    planned = plan(backfill.jobs(params["name"]), body, params)
    changed = planned.changed
    if call.check_mode:
        job = planned.predicted(params["wait"])
    else:
        job, changed = backfill.carry_out(planned, params)
    return Outcome(changed=changed, values={"job": job}, diff=planned.as_diff())


OPERATION = Operation(spec=GREPR_SPEC + SPEC, run=run)


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
