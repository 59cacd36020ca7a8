#!/usr/bin/python
# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: grepr_pipeline_test
short_description: Test Grepr pipelines with given events
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Send events through the graph of a pipeline and compare the events that reach its vertices with the expected ones.
    Fails if they differ.
  - Grepr runs the graph. For each vertex in O(expect), it runs one synchronous batch job with the vertices that are
    upstream of it. In these jobs, all sources are replaced by sources that contain the events, and there is no sink
    but one that returns events. No pipeline is created or changed, and no data are written.
  - It was not verified with an account of Grepr that a batch job processes events as a pipeline does. See R(Pipeline
    tests,ansible_collections.greyops.rest.docsite.guide_pipeline_tests) for what is assumed.
options:
  job_graph:
    description:
      - The graph to test, in the same format as in M(greyops.rest.grepr_job), including names instead of IDs.
      - Templates that are upstream of an expected vertex are not supported, because their sources and sinks are not
        known.
      - One of O(job_graph), O(name) and O(tests) is required.
    type: dict
  name:
    description: The name of an existing pipeline, whose graph is tested with its templates resolved.
    type: str
  events:
    description:
      - The events of each source. The keys are the names of all sources of the graph, the values are lists of events,
        which can be empty.
      - Events are log events of Grepr, with C(message), C(severity), C(tags) and C(attributes). C(type), C(id),
        C(eventTimestamp) and C(receivedTimestamp) are filled in if they are missing, with the current time. A tag with
        a single value can be a string instead of a list.
      - Sources of other data than logs cannot be tested.
      - Required with O(job_graph) and with O(name).
    type: dict
  expect:
    description:
      - The expected events. The keys are names of vertices, or C(vertex:output) for an output other than the default
        one, such as C(branch:else). For a sink, these are the events that reach it.
      - The values are dictionaries with at least one of the keys C(events), C(count) and C(absent).
      - C(events) is a list of events. Each of them must match a different event of the vertex, in any order. An event
        matches if it contains all given fields with the given values. Other fields are ignored, in dictionaries within
        the event as well. Tags match if they contain the given values. Lists must be equal. V(null) matches a missing
        field.
      - C(count) is the total number of events.
      - C(absent) is a list of events that must not match any event of the vertex.
      - Required with O(job_graph) and with O(name).
    type: dict
  tests:
    description:
      - Several tests, which run concurrently. Mutually exclusive with all options for a single test.
      - Fails if the list is empty.
    type: list
    elements: dict
    suboptions:
      name:
        description: The name of the test, for messages.
        type: str
        required: true
      job_graph:
        description: As O(job_graph). One of O(tests[].job_graph) and O(tests[].pipeline) is required.
        type: dict
      pipeline:
        description: As O(name).
        type: str
      events:
        description: As O(events).
        type: dict
        required: true
      expect:
        description: As O(expect).
        type: dict
        required: true
  concurrency:
    description: The maximum number of jobs that run concurrently, from V(1) to V(100).
    type: int
    default: 10
  heartbeat_format:
    description: How the token of a heartbeat is returned to Grepr. See M(greyops.rest.grepr_query).
    type: str
    choices: [raw, json]
    default: raw
  idle_timeout:
    description: The maximum time in seconds without data of a job. O(timeout) applies to all other requests.
    type: float
    default: 120
  wait_timeout:
    description: The maximum duration of one job in seconds.
    type: float
    default: 600
notes:
  - Rules that start backfills are removed from rule engines. All other vertices run unchanged, including those that
    send events to other services, such as C(llm-prompt).
  - The result of vertices that depend on time or chance, such as reducers and samplers, can differ from run to run.
seealso:
  - module: greyops.rest.grepr_query
  - module: greyops.rest.grepr_job
  - ref: ansible_collections.greyops.rest.grepr_pipelines_role
    description: Run tests that are described in a directory of files, and write a JUnit report.
extends_documentation_fragment:
  - greyops.rest._grepr
  - greyops.rest._http
  - greyops.rest._token_store
  - greyops.rest._attributes
  - greyops.rest._attributes.grepr
attributes:
  check_mode:
    support: full
    details: Runs the tests, which change nothing, in check mode too.
  diff_mode:
    support: N/A
    details: Makes no changes.
  idempotent:
    support: full
    details: Never reports a change.
"""

EXAMPLES = r"""
- name: Test that only errors of the shop reach the sink
  greyops.rest.grepr_pipeline_test:
    job_graph: "{{ (lookup('ansible.builtin.file', 'pipelines/shop.yml') | from_yaml).job_graph }}"
    events:
      agents:
        - message: payment failed
          severity: 17
          tags:
            service: [shop]
        - message: payment accepted
          severity: 9
          tags:
            service: [shop]
    expect:
      datadog:
        count: 1
        events:
          - message: payment failed
            tags:
              service: [shop]

- name: Test both outputs of a branch of an existing pipeline
  greyops.rest.grepr_pipeline_test:
    name: web_logs
    events:
      source:
        - message: GET /health
        - message: GET /cart
    expect:
      health_checks:
        events:
          - message: GET /health
      health_checks:else:
        events:
          - message: GET /cart
        absent:
          - message: GET /health

- name: Run several tests and show all that fail
  greyops.rest.grepr_pipeline_test:
    tests: "{{ lookup('ansible.builtin.file', 'tests.yml') | from_yaml }}"
"""

RETURN = r"""
passed:
  description: Whether all expectations are met.
  returned: when Grepr was asked to run a job
  type: bool
  sample: true
outputs:
  description: The events of each expected vertex, in the order of the response. A vertex whose job failed is missing.
  returned: when Grepr was asked to run a job, without O(tests)
  type: dict
  sample:
    datadog:
      - type: log
        id: agents_0
        eventTimestamp: 1772366400000
        receivedTimestamp: 1772366400000
        severity: 17
        message: payment failed
        tags:
          service: [shop]
failures:
  description: The expectations that are not met, and the jobs that failed.
  returned: when Grepr was asked to run a job, without O(tests)
  type: list
  elements: dict
  contains:
    vertex:
      description: The vertex, as in O(expect).
      type: str
      returned: always
    message:
      description: What differs.
      type: str
      returned: always
    differences:
      description: A line for each field that differs, or for each event that must not occur.
      type: list
      elements: str
      returned: always
  sample:
    - vertex: datadog
      message: events[0] matches no event, and differs least from event 0
      differences: ["severity: expected 17, got 9"]
tests:
  description:
    - The result of each test, in the order of O(tests), with its C(name), C(passed), C(outputs) and C(failures).
  returned: when Grepr was asked to run a job, with O(tests)
  type: list
  elements: dict
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
from ..module_utils._concurrency import validate_concurrency
from ..module_utils._context import Context
from ..module_utils._errors import raise_on_errors
from ..module_utils._grepr.names import NameResolver
from ..module_utils._grepr.pipeline import show_warnings
from ..module_utils._grepr.pipeline_test import PipelineTest, build_test, raise_on_failure, read_graphs, run_tests
from ..module_utils._grepr.service import GREPR
from ..module_utils._http.streaming import StreamLimits
from ..module_utils._module import run_module
from ..module_utils._operation import Operation, OperationResult
from ..module_utils._polling import validate_wait_timeout

_GRAPH_OPTIONS = ("job_graph", "name")
SPEC = ArgumentSpec(
    options={
        "job_graph": {"type": "dict"},
        "name": {"type": "str"},
        "events": {"type": "dict"},
        "expect": {"type": "dict"},
        "tests": {
            "type": "list",
            "elements": "dict",
            "options": {
                "name": {"type": "str", "required": True},
                "job_graph": {"type": "dict"},
                "pipeline": {"type": "str"},
                "events": {"type": "dict", "required": True},
                "expect": {"type": "dict", "required": True},
            },
            "mutually_exclusive": [("job_graph", "pipeline")],
            "required_one_of": [("job_graph", "pipeline")],
        },
        "concurrency": {"type": "int", "default": 10},
        "heartbeat_format": {"type": "str", "choices": ["raw", "json"], "default": "raw"},
        "idle_timeout": {"type": "float", "default": 120.0},
        "wait_timeout": {"type": "float", "default": 600.0},
    },
    required_one_of=((*_GRAPH_OPTIONS, "tests"),),
    mutually_exclusive=((*_GRAPH_OPTIONS, "tests"), ("tests", "events"), ("tests", "expect")),
    required_by=dict.fromkeys(_GRAPH_OPTIONS, ("events", "expect")),
)
_INVALID = "The test cannot be run"


def run(context: Context) -> OperationResult:
    params = context.params
    problems = validate_concurrency(params["concurrency"]) + validate_wait_timeout(params["wait_timeout"])
    if not params["idle_timeout"] > 0:
        problems.append("idle_timeout must be a number of seconds above 0")
    tests = _build_tests(params, problems)
    show_warnings(context, [warning for test in tests for warning in test.warnings])
    raise_on_errors(problems, _INVALID)
    client = GREPR.open_client(context)
    read_graphs(client, tests)
    raise_on_errors([problem for test in tests for problem in test.list_problems()], _INVALID)
    limits = StreamLimits(idle_timeout=params["idle_timeout"], total_timeout=params["wait_timeout"])
    names = NameResolver(client, params["auth"])
    run_tests(context, tests, names, params["concurrency"], limits, quoted=params["heartbeat_format"] == "json")
    if params["tests"] is None:
        message, values = f"The test failed. {tests[0].describe()}", tests[0].as_result()
    else:
        named = [(one["name"], test) for one, test in zip(params["tests"], tests)]
        failed = [f"{name}: {test.describe()}" for name, test in named if not test.passed]
        message = f"{len(failed)} of {len(tests)} tests failed. {' '.join(failed)}"
        results = [{"name": name, **test.as_result()} for name, test in named]
        values = {"passed": not failed, "tests": results}
    raise_on_failure(tests, message, values)
    return OperationResult(values=values)


def _build_tests(params: dict[str, Any], problems: list[str]) -> list[PipelineTest]:
    if params["tests"] is None:
        return [build_test({**params, "pipeline": params["name"]}, "", problems)]
    if not params["tests"]:
        problems.append("tests is empty")
    return [
        build_test(one, f"tests[{number}] ({one['name']}).", problems) for number, one in enumerate(params["tests"])
    ]


OPERATION = Operation(spec=GREPR.spec + SPEC, run=run)


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
