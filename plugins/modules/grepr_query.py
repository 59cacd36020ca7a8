#!/usr/bin/python
# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: grepr_query
short_description: Query the Grepr data lake
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Run a query, which Grepr calls a synchronous batch job, and return the matching events or write them to a file.
    Memory use is constant for any number of events.
  - Heartbeats from Grepr are answered while the query runs. Fails if the query ends in a state other than V(FINISHED).
    The error contains the number of events that were received.
options:
  dataset:
    description:
      - The name or ID of the dataset.
      - Mutually exclusive with O(job_graph). One of them is required.
    type: str
  query:
    description: The query, in the language of O(query_type). By default, all events match.
    type: str
  query_type:
    description: The query language of O(query).
    type: str
    choices: [datadog-query, newrelic-query, nrql-query]
    default: datadog-query
  start:
    description:
      - The start of the time range, as an RFC 3339 timestamp such as V(2026-03-01T12:00:00Z), or relative to the
        current time, such as V(-90s), V(-15m), V(-1h), V(-2d) or V(-1w).
      - Defaults to one hour ago. The clock of the host that runs the module is used.
    type: str
  end:
    description: The end of the time range, in the same format as O(start), or V(now). Defaults to V(now).
    type: str
  limit:
    description: The maximum number of events. If not given, Grepr uses 2500.
    type: int
  sort_order:
    description: The order of the events by time. If not given, Grepr uses V(ASCENDING).
    type: str
    choices: [ASCENDING, DESCENDING, UNSORTED]
  source_type:
    description:
      - The type of the vertex that reads O(dataset). Use V(grepr-raw-span-source) for spans.
      - The default is that of Grepr's command line. Which types can be queried synchronously is not documented.
    type: str
    default: grepr-raw-log-source
  job_graph:
    description:
      - A graph to run instead of a plain query, in the same format as in M(greyops.rest.grepr_job), including names
        instead of IDs.
      - It must contain a sink that returns events, such as C(logs-sync-sink), and must not contain sinks that write.
        The contents of templates are not checked.
    type: dict
  name:
    description: The name of the job. By default, a unique name is generated.
    type: str
  dest:
    description:
      - Path to a file for the events, with one JSON document per line, on the host that runs the module. RV(events) is
        then empty.
      - The file is written under a temporary name in the same directory and replaces O(dest) when the query has
        finished. Only its owner may read it. If the contents are the same, the file is not changed.
      - If O(dest) is a symbolic link, the link is replaced and not followed, which is also the default of
        M(ansible.builtin.copy). Links to parent directories are followed.
      - Its size is limited only by the disk and by O(wait_timeout). If the task is ended by a signal other than
        C(SIGKILL), the temporary file is removed.
    type: path
  accept_states:
    description: Final states of the query to accept in addition to V(FINISHED).
    type: list
    elements: str
    choices: [SCANNED_MAX, TIMED_OUT, CANCELLED]
    default: []
  heartbeat_format:
    description:
      - How the token of a heartbeat is returned to Grepr.
      - V(raw) is used by Grepr's command line. V(json), with quotes, is shown in its documentation.
    type: str
    choices: [raw, json]
    default: raw
  idle_timeout:
    description: The maximum time in seconds without data from Grepr. O(timeout) applies to all other requests.
    type: float
    default: 120
  wait_timeout:
    description:
      - The maximum duration of the whole query in seconds.
      - The default is that of Grepr, which also ends queries after this time.
    type: float
    default: 600
notes:
  - A query that was interrupted after its first line is not retried automatically.
  - Without O(dest), the events together may have up to O(max_response) bytes. A file may have any size until the disk
    is full or O(wait_timeout) is reached.
seealso:
  - module: greyops.rest.grepr_job_backfill
    description: Send the matching events to vendors.
  - module: greyops.rest.grepr_dataset_info
  - name: Data lake
    description: Grepr's documentation of queries and their limits.
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
    details: Shows the size and checksum of the file before and after. Shows nothing without O(dest).
  idempotent:
    support: full
    details: A file with the same contents is not changed, which requires a fixed time range and order.
"""

EXAMPLES = r"""
- name: Find the errors of the last 15 minutes
  greyops.rest.grepr_query:
    dataset: raw_logs
    query: service:web status:error
    start: -15m
    limit: 100
    sort_order: DESCENDING
  register: errors

- name: Fail if there are any
  ansible.builtin.assert:
    that: errors.count == 0
    fail_msg: "{{ errors.events | map(attribute='message') | list }}"

- name: Write the events of a day to a file
  greyops.rest.grepr_query:
    dataset: raw_logs
    query: service:checkout
    start: "2026-03-01T00:00:00Z"
    end: "2026-03-02T00:00:00Z"
    limit: 1000000
    dest: /var/tmp/checkout.ndjson

- name: Count errors by service with a custom graph
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

- name: Accept the events that were found before the scan limit was reached
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
from ..module_utils._errors import OptionError
from ..module_utils._grepr.graph import list_suspicions
from ..module_utils._grepr.names import NameResolver
from ..module_utils._grepr.pipeline import show_warnings
from ..module_utils._grepr.queries import (
    FINISHED,
    FileSink,
    ListSink,
    Query,
    build_query_graph,
    require_valid,
)
from ..module_utils._grepr.service import GREPR
from ..module_utils._grepr.timestamps import parse_range
from ..module_utils._grepr.vertex_types import SOURCE, VERTEX_TYPES
from ..module_utils._http.streaming import StreamLimits
from ..module_utils._module import run_module
from ..module_utils._operation import Operation, OperationResult

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


def run(context: Context) -> OperationResult:
    params = context.params
    for name in ("idle_timeout", "wait_timeout"):
        if params[name] <= 0:
            raise OptionError(f"{name} must be a number of seconds above 0.")
    limits = StreamLimits(idle_timeout=params["idle_timeout"], total_timeout=params["wait_timeout"])
    client = GREPR.open_client(context)
    names = NameResolver(client, params["auth"])
    graph, span = _build_graph(params, names)
    require_valid(graph)
    show_warnings(context, list_suspicions(graph))
    sink: FileSink | ListSink = (
        FileSink(params["dest"], context.secrets, params["max_response"], context.check_mode)
        if params["dest"]
        else ListSink(params["max_response"])
    )
    try:
        accepted = frozenset({FINISHED, *params["accept_states"]})
        query = Query(client, sink, accepted, quoted=params["heartbeat_format"] == "json")
        query.run(names.resolve_graph(graph), params["name"], limits)
        values: dict[str, Any] = {"count": sink.count, "state": query.state, **span}
        if isinstance(sink, ListSink):
            return OperationResult(values={"events": sink.events, **values})
        before, after = sink.describe_current(), sink.describe_new()
        changed = before != after
        if changed:
            sink.commit()
        values.update(after, events=[])
        return OperationResult(changed=changed, values=values, diff={"before": before, "after": after})
    finally:
        if isinstance(sink, FileSink):
            sink.close()


def _build_graph(params: dict[str, Any], names: NameResolver) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the graph of the query, and the time range if the query has one of its own."""
    if params["job_graph"] is not None:
        return params["job_graph"], {}
    source = VERTEX_TYPES.get(params["source_type"])
    if source is not None and source.role != SOURCE:
        raise OptionError(f"source_type is {params['source_type']}, which is not a source.")
    span = parse_range(params["start"] or "-1h", params["end"] or "now")
    graph = build_query_graph(
        params["source_type"],
        names.dataset(params["dataset"]),
        {"type": params["query_type"], "query": params["query"] or ""},
        span,
        limit=params["limit"],
        sortOrder=params["sort_order"],
    )
    return graph, {"start": span[0], "end": span[1]}


OPERATION = Operation(spec=GREPR.spec + SPEC, run=run)


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
