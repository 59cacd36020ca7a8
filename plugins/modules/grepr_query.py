#!/usr/bin/python
# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: grepr_query
short_description: Query the data lake of Grepr
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Runs a query, a synchronous batch job in Grepr's words, and returns the events that it finds, or writes them to a
    file, in constant memory however many there are.
  - Answers Grepr's heartbeats while the query runs. Whatever ends it but V(FINISHED) is an error that tells how many
    events had come.
options:
  dataset:
    description:
      - The dataset, by its name or id.
      - Give either this or O(job_graph).
    type: str
  query:
    description: What to look for, in the language of O(query_type). Everything is found unless it is given.
    type: str
  query_type:
    description: The language of O(query).
    type: str
    choices: [datadog-query, newrelic-query, nrql-query]
    default: datadog-query
  start:
    description:
      - From when on, as RFC 3339 such as V(2026-03-01T12:00:00Z), or as long ago, such as V(-90s), V(-15m), V(-1h),
        V(-2d) or V(-1w).
      - The last hour unless it is given. The clock is that of the host that runs the module.
    type: str
  end:
    description: Until when, as O(start) or V(now), which it is unless it is given.
    type: str
  limit:
    description: The greatest number of events. Grepr's own is 2500 where none is given.
    type: int
  sort_order:
    description: The order of the events, by their time. Grepr's own is V(ASCENDING) where none is given.
    type: str
    choices: [ASCENDING, DESCENDING, UNSORTED]
  source_type:
    description:
      - The type of vertex that reads O(dataset). Spans are found with V(grepr-raw-span-source).
      - The default is that of Grepr's own command line. Which types can answer at once is not documented.
    type: str
    default: grepr-raw-log-source
  job_graph:
    description:
      - Any graph in the place of a plain query, as M(greyops.rest.grepr_job) takes it, names for ids included.
      - It needs a sink that answers, such as C(logs-sync-sink), and may have none that writes. What a template holds is
        not looked at.
    type: dict
  name:
    description: The name of the job. One that nobody else has is made unless it is given.
    type: str
  dest:
    description:
      - A file for the events, one JSON document a line, on the host that runs the module. RV(events) is empty then.
      - It is written under another name beside it, and takes its place when the query has finished. Only its owner may
        read it. Nothing is changed when it holds the same already.
      - A link at its place is replaced by the file, not followed, as M(ansible.builtin.copy) does by default. Links to
        directories on the way to it are followed.
      - No limit but the disk and O(wait_timeout) bounds its size. A task that is ended by a signal other than
        C(SIGKILL) removes what was written.
    type: path
  accept_states:
    description: Ends of a query that are no error, besides V(FINISHED).
    type: list
    elements: str
    choices: [SCANNED_MAX, TIMED_OUT, CANCELLED]
    default: []
  heartbeat_format:
    description:
      - How the token of a heartbeat goes back.
      - V(raw) is what Grepr's own command line sends, V(json) with quotes what the documentation shows.
    type: str
    choices: [raw, json]
    default: raw
  idle_timeout:
    description: The longest time without a word from Grepr, in seconds. O(timeout) bounds everything else.
    type: float
    default: 120
  wait_timeout:
    description:
      - The longest time for the query as a whole, in seconds.
      - The default is that of Grepr, which ends queries by itself as well.
    type: float
    default: 600
notes:
  - A query that broke off after its first line is not sent again by itself.
  - Without O(dest) the events together may have as many bytes as O(max_response) says. A file may have as many as there
    is room for, until O(wait_timeout).
seealso:
  - module: greyops.rest.grepr_job_backfill
    description: Sends what it finds to vendors.
  - module: greyops.rest.grepr_dataset_info
  - name: Data lake
    description: What Grepr says about queries and their limits.
    link: https://docs.grepr.ai/grepr-platform/data-lake
extends_documentation_fragment:
  - greyops.rest._grepr
  - greyops.rest._http
  - greyops.rest._token_store
  - greyops.rest._attributes
  - greyops.rest._attributes.grepr
attributes:
  check_mode:
    support: full
    details: Runs the query, which only reads, and writes no file.
  diff_mode:
    support: full
    details: Shows size and checksum of the file before and after; there is nothing to show without O(dest).
  idempotent:
    support: full
    details: A file that would be the same is left alone, which takes a fixed time span and order.
"""

EXAMPLES = r"""
- name: Look for the errors of the last quarter of an hour
  greyops.rest.grepr_query:
    dataset: raw_logs
    query: service:web status:error
    start: -15m
    limit: 100
    sort_order: DESCENDING
  register: errors

- name: Refuse to go on when there are any
  ansible.builtin.assert:
    that: errors.count == 0
    fail_msg: "{{ errors.events | map(attribute='message') | list }}"

- name: Write a whole day to a file
  greyops.rest.grepr_query:
    dataset: raw_logs
    query: service:checkout
    start: "2026-03-01T00:00:00Z"
    end: "2026-03-02T00:00:00Z"
    limit: 1000000
    dest: /var/tmp/checkout.ndjson

- name: Count by service, with a graph of one's own
  greyops.rest.grepr_query:
    job_graph:
      vertices:
        - type: logs-iceberg-table-source
          name: source
          datasetId: raw_logs
          start: "2026-03-01T00:00:00Z"
          end: "2026-03-02T00:00:00Z"
          query:
            type: datadog-query
            query: status:error
        - type: sql-operation
          name: count
          inputs:
            logs: LOG_EVENT
          statements:
            - type: sql_output
              outputName: per_service
              outputType: VARIANT
              sqlQuery: SELECT tags['service'] AS service, COUNT(*) AS errors FROM logs GROUP BY tags['service']
        - type: variant-sync-sink
          name: sink
      edges:
        - source -> count:logs
        - count:per_service -> sink

- name: Take what was found when the query had read as much as it may
  greyops.rest.grepr_query:
    dataset: raw_logs
    query: "@user.id:4711"
    start: -7d
    accept_states: [SCANNED_MAX]
"""

RETURN = r"""
events:
  description:
    - The events, as they came. Those that had come when it failed; none with O(dest).
  returned: success, and failure when the query had begun and O(dest) is not given
  type: list
  elements: dict
  sample:
    - type: log
      id: 0H1
      eventTimestamp: 1772366400000
      receivedTimestamp: 1772366400100
      severity: 17
      message: boom
      tags:
        service: [web]
      attributes: {}
count:
  description: How many they are, those in the file included.
  returned: success, and failure when the query had begun
  type: int
  sample: 1
state:
  description: How the query ended; V(null) when its stream broke off.
  returned: success, and failure when the query had begun
  type: str
  sample: FINISHED
start:
  description: From when on it looked.
  returned: success, with O(dataset)
  type: str
  sample: "2026-03-01T11:45:00Z"
end:
  description: Until when it looked.
  returned: success, with O(dataset)
  type: str
  sample: "2026-03-01T12:00:00Z"
dest:
  description: The file.
  returned: success, with O(dest)
  type: str
  sample: /var/tmp/checkout.ndjson
size:
  description: The bytes of the file, or those it would have in check mode.
  returned: success, with O(dest)
  type: int
  sample: 240
checksum:
  description: The SHA-256 of the file, or what it would be in check mode.
  returned: success, with O(dest)
  type: str
  sample: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
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
    The query ended as SCANNED_MAX. 120 events had come before. It read as much as a query may: ask for a shorter time
    or with a narrower query, or take this end as well with accept_states.
status:
  description: The HTTP status of the answer.
  returned: failure, when there was an answer
  type: int
  sample: 401
url:
  description: The URL of the request that failed, without its query.
  returned: failure, when it was a request that failed
  type: str
  sample: https://acme.app.grepr.ai/api/v1/jobs/sync
method:
  description: The method of the request that failed.
  returned: failure, when it was a request that failed
  type: str
  sample: POST
"""

from typing import Any

from ansible_collections.greyops.rest.plugins.module_utils._errors import OptionError
from ansible_collections.greyops.rest.plugins.module_utils._grepr.client import open_client
from ansible_collections.greyops.rest.plugins.module_utils._grepr.keepers import FileKeeper, ListKeeper
from ansible_collections.greyops.rest.plugins.module_utils._grepr.moments import period
from ansible_collections.greyops.rest.plugins.module_utils._grepr.options import GREPR_SPEC
from ansible_collections.greyops.rest.plugins.module_utils._grepr.queries import (
    FINISHED,
    Query,
    query_graph,
    require_sound,
)
from ansible_collections.greyops.rest.plugins.module_utils._grepr.references import References
from ansible_collections.greyops.rest.plugins.module_utils._http.streams import StreamLimits
from ansible_collections.greyops.rest.plugins.module_utils._module import run_module
from ansible_collections.greyops.rest.plugins.module_utils._operation import Call, Operation, Outcome
from ansible_collections.greyops.rest.plugins.module_utils._options import ArgumentSpec

SPEC = ArgumentSpec(
    options={
        "dataset": {"type": "str"},
        "query": {"type": "str"},
        "query_type": {
            "type": "str",
            "choices": ["datadog-query", "newrelic-query", "nrql-query"],
            "default": "datadog-query",
        },
        "start": {"type": "str"},
        "end": {"type": "str"},
        "limit": {"type": "int"},
        "sort_order": {"type": "str", "choices": ["ASCENDING", "DESCENDING", "UNSORTED"]},
        "source_type": {"type": "str", "default": "grepr-raw-log-source"},
        "job_graph": {"type": "dict"},
        "name": {"type": "str"},
        "dest": {"type": "path"},
        "accept_states": {
            "type": "list",
            "elements": "str",
            "choices": ["SCANNED_MAX", "TIMED_OUT", "CANCELLED"],
            "default": [],
        },
        "heartbeat_format": {"type": "str", "choices": ["raw", "json"], "default": "raw"},
        "idle_timeout": {"type": "float", "default": 120.0},
        "wait_timeout": {"type": "float", "default": 600.0},
    },
    required_one_of=(("dataset", "job_graph"),),
    mutually_exclusive=tuple(
        ("job_graph", name) for name in ("dataset", "query", "start", "end", "limit", "sort_order")
    ),
)


def run(call: Call) -> Outcome:
    params = call.params
    for name in ("idle_timeout", "wait_timeout"):
        if params[name] <= 0:
            raise OptionError(f"{name} must be a number of seconds above 0.")
    limits = StreamLimits(silence=params["idle_timeout"], total=params["wait_timeout"])
    client = open_client(params, call.host, call.secrets)
    graph, span = _graph(params)
    require_sound(graph)
    keeper: FileKeeper | ListKeeper = (
        FileKeeper(params["dest"], call.secrets, params["max_response"], call.check_mode)
        if params["dest"]
        else ListKeeper(params["max_response"])
    )
    try:
        accepted = frozenset({FINISHED, *params["accept_states"]})
        query = Query(client, keeper, call.progress, accepted, quoted=params["heartbeat_format"] == "json")
        query.run(References(client, params["auth"]).in_graph(graph), params["name"], limits)
        values: dict[str, Any] = {"count": keeper.count, "state": query.state, **span}
        if isinstance(keeper, ListKeeper):
            return Outcome(values={"events": keeper.events, **values})
        before, after = keeper.before(), keeper.after()
        changed = before != after
        if changed:
            keeper.put()
        values.update(after, events=[])
        return Outcome(changed=changed, values=values, diff={"before": before, "after": after})
    finally:
        if isinstance(keeper, FileKeeper):
            keeper.close()


def _graph(params: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """The graph of the query, and the span of time that is its own."""
    if params["job_graph"] is not None:
        return params["job_graph"], {}
    span = period(params["start"] or "-1h", params["end"] or "now")
    graph = query_graph(
        params["source_type"],
        params["dataset"],
        {"type": params["query_type"], "query": params["query"] or ""},
        span,
        limit=params["limit"],
        sortOrder=params["sort_order"],
    )
    return graph, {"start": span[0], "end": span[1]}


OPERATION = Operation(spec=GREPR_SPEC + SPEC, run=run)


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
