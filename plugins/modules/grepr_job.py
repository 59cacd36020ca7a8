#!/usr/bin/python
# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: grepr_job
short_description: Manage Grepr pipelines
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Create, update, start, stop and delete a pipeline, which Grepr calls an asynchronous streaming job, by name.
  - The given options are compared with the current pipeline. Omitted options are not changed. Values added by Grepr,
    the order of vertices and edges, and number formatting are ignored. V(null), an empty string and an empty list are
    treated as equal. O(job_graph) describes what omitting a part of the graph means.
  - If another change of the pipeline is in progress, the module waits for it. If the pipeline was changed by another
    client in the meantime, the module fails, reports who changed what, and writes nothing.
  - The graph is validated before anything is written, in check mode too. All errors are reported together with their
    locations. O(validate) describes what is an error and what is a warning.
options:
  name:
    description:
      - The name of the pipeline. The name of a new one must consist of lower-case letters, digits and underscores.
      - It cannot be changed. A different name is a different pipeline.
    type: str
    required: true
  state:
    description:
      - V(present) creates or updates the pipeline and leaves it running or stopped as it is. A new pipeline is started.
        A failed pipeline is started again if its graph changes.
      - V(started) and V(stopped) also create or update the pipeline, and start or stop it. A new pipeline with
        V(stopped) is started first and then stopped, because Grepr supports no other way. A failed pipeline is started
        again.
      - V(absent) deletes the pipeline and all failed pipelines with the same name.
    type: str
    choices: [present, started, stopped, absent]
    default: present
  job_graph:
    description:
      - The graph, with V(vertices), a list of dictionaries with C(type), C(name) and the properties of the type, and
        V(edges), a list of strings such as C(source -> filter) or C(branch:else -> sink). C(a:output -> b:input) and
        C(a -> b) are the same edge.
      - Where Grepr documents the ID of an integration, a dataset or a template, its name can be used, also in the
        vertices and exceptions that the inputs of Grepr's templates contain. All other values are data and are not
        changed, such as sample events, values of attributes, and template inputs of your own.
      - If the graph is written, its IDs are checked too. A list that the credential cannot read is a warning.
      - A new vertex of a template without C(templateVersion) gets the newest version. An existing one keeps its
        version.
      - Omitted vertices and edges are removed. Omitted properties of a vertex are not changed, even if other properties
        are written. To reset a property, set it to its default. If the C(type) of a vertex changes, none of its old
        properties are kept.
      - Lists are replaced, so omitted entries are removed. Maps with user-defined keys are replaced too, such as
        C(triggers), C(conditions), C(variables), C(messageMasks), C(additionalAttributes) or C(templateInputs), the
        last one at any depth.
      - Required if the pipeline does not exist.
    type: dict
  team_ids:
    description: The IDs or names of all teams that the pipeline belongs to.
    type: list
    elements: str
  tags:
    description:
      - The tags of the pipeline, which Grepr accepts only when the pipeline is created. Values are strings. Fails if a
        number or a boolean is not quoted.
      - If they differ from those of an existing pipeline, the module fails unless O(recreate=true). Tags that are not
        listed are not compared. A recreated pipeline has only the listed tags.
    type: dict
  rollback:
    description: Whether Grepr restores the previous graph if a new one fails.
    type: bool
    default: true
  recreate:
    description: Whether to delete and recreate a pipeline if O(tags) cannot be changed otherwise.
    type: bool
    default: false
  validate:
    description:
      - V(local) fails if the graph has no vertices, a vertex has an invalid name or the name of another one, an edge
        has a missing vertex, the edges form a cycle, something that the graph refers to does not exist, or the name of
        a new pipeline is invalid. If a graph that would be written contradicts Grepr's documents, the module warns,
        because Grepr may be newer. Warnings are about unknown types, properties and ports, and missing properties.
      - V(remote) also asks Grepr to validate the queries, grok rules and SQL statements of a graph that would be
        written, in check mode too. Equal expressions are sent once.
      - V(none) skips all of this. Names that do not exist are sent to Grepr as they are.
    type: str
    choices: [none, local, remote]
    default: local
  wait:
    description:
      - Whether to wait until the pipeline is in the requested state.
      - Progress is shown while waiting. Fails with the reason reported by Grepr if the pipeline fails or is rolled
        back. The result is then C(changed), and RV(job) is the pipeline that failed.
    type: bool
    default: true
  wait_timeout:
    description: The maximum time to wait in seconds, which also applies to waiting for another change. V(0) or more.
    type: float
    default: 600
seealso:
  - module: greyops.rest.grepr_jobs
    description: Manage many pipelines in one task.
  - module: greyops.rest.grepr_job_info
  - name: Job creation guide
    description: Grepr's documentation of job graphs.
    link: https://docs.grepr.ai/apis/job-creation-guide
extends_documentation_fragment:
  - greyops.rest._grepr
  - greyops.rest._http
  - greyops.rest._token_store
  - greyops.rest._attributes
  - greyops.rest._attributes.grepr
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
    details: Shows vertices and edges and leaves out values added by Grepr.
  idempotent:
    support: full
"""

EXAMPLES = r"""
- name: Send the logs of Datadog agents to the data lake, with integration and dataset given by name
  greyops.rest.grepr_job:
    name: web_logs
    state: started
    job_graph:
      vertices:
        - type: datadog-log-agent-source
          name: agents
          integrationId: Datadog EU
        - type: logs-filter
          name: only_web
          predicate:
            type: datadog-query
            query: service:web
        - type: logs-iceberg-table-sink
          name: lake
          datasetId: raw_logs
      edges:
        - agents -> only_web
        - only_web -> lake
    tags:
      env: production
  register: pipeline

- name: Show what would change, without changing anything
  greyops.rest.grepr_job:
    name: web_logs
    job_graph: "{{ lookup('ansible.builtin.file', 'web_logs.json') | from_json }}"
  check_mode: true
  diff: true

- name: Show what would change, and ask Grepr to validate the queries, grok rules and SQL statements
  greyops.rest.grepr_job:
    name: web_logs
    job_graph: "{{ lookup('ansible.builtin.file', 'web_logs.json') | from_json }}"
    validate: remote
  check_mode: true

- name: Stop the pipeline
  greyops.rest.grepr_job:
    name: web_logs
    state: stopped

- name: Start the pipeline without waiting
  greyops.rest.grepr_job:
    name: web_logs
    state: started
    wait: false

- name: Assign the pipeline to another team
  greyops.rest.grepr_job:
    name: web_logs
    team_ids: [platform]

- name: Delete the pipeline
  greyops.rest.grepr_job:
    name: web_logs
    state: absent
"""

RETURN = r"""
job:
  description:
    - The pipeline as Grepr has it, or as it would be in check mode. With O(wait=false), as it was sent and answered.
    - V(null) when there is none.
  returned: success, and failure after a change, such as a new pipeline that does not start
  type: dict
  sample:
    id: 0ms4k2v9q1x7d
    name: web_logs
    version: 3
    state: RUNNING
    desiredState: RUNNING
    execution: ASYNCHRONOUS
    processing: STREAMING
    jobGraph:
      vertices:
        - type: datadog-log-agent-source
          name: agents
          integrationId: 0jn5rdc93r10t
        - type: logs-iceberg-table-sink
          name: lake
          datasetId: 0kabdv8yo9q99
      edges: [agents -> lake]
    tags:
      env: production
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
    The pipeline cannot be written: job_graph.edges[1] names lake, which is not a vertex.
status:
  description: The HTTP status of the answer.
  returned: failure, when there was an answer
  type: int
  sample: 401
url:
  description: The URL of the request that failed, without its query.
  returned: failure, when it was a request that failed
  type: str
  sample: https://acme.app.grepr.ai/api/v1/jobs
method:
  description: The method of the request that failed.
  returned: failure, when it was a request that failed
  type: str
  sample: GET
"""

from ..module_utils._argspec import ArgumentSpec
from ..module_utils._context import Context
from ..module_utils._errors import raise_on_errors
from ..module_utils._grepr.names import NameResolver
from ..module_utils._grepr.pipeline import (
    NONE,
    PIPELINE_OPTIONS,
    REMOTE,
    VALIDATE_OPTION,
    MissingGraphError,
    PipelinePlan,
    build_desired,
    get_planned_graph,
    list_missing,
    list_warnings,
    plan_by_name,
    show_warnings,
    validate_pipeline,
    validate_plan,
)
from ..module_utils._grepr.pipeline_apply import apply_plan, find_pipelines, list_pipeline_names
from ..module_utils._grepr.remote_validation import (
    find_expressions,
    list_errors,
    list_expressions,
    validate_expression,
)
from ..module_utils._grepr.service import GREPR
from ..module_utils._http.client import ApiClient
from ..module_utils._module import run_module
from ..module_utils._operation import Operation, OperationResult
from ..module_utils._polling import validate_wait_timeout
from ..module_utils._similar_names import describe_nearest

SPEC = ArgumentSpec(
    options={
        **PIPELINE_OPTIONS,
        **VALIDATE_OPTION,
        "wait": {"type": "bool", "default": True},
        "wait_timeout": {"type": "float", "default": 600.0},
    }
)


_INVALID = "The pipeline cannot be written"


def plan(context: Context, client: ApiClient) -> PipelinePlan:
    params, validate = context.params, context.params["validate"]
    names = NameResolver(client, params["auth"], strict=validate != NONE)
    jobs = find_pipelines(client, params["name"])
    try:
        planned = plan_by_name(jobs, build_desired(params, names, jobs))
    except MissingGraphError as error:
        error.hint = describe_nearest(params["name"], list_pipeline_names(client))
        raise
    if validate == NONE:
        return planned
    show_warnings(context, list_warnings(planned))
    graph = get_planned_graph(planned)
    raise_on_errors(validate_plan(planned) + list_missing(names, planned), _INVALID)
    if validate == REMOTE:
        locations = list(find_expressions(graph, "job_graph"))
        errors = {expression: validate_expression(client, expression) for expression in list_expressions(locations)}
        raise_on_errors(list_errors(locations, errors), _INVALID)
    return planned


def run(context: Context) -> OperationResult:
    params = context.params
    raise_on_errors(
        validate_pipeline(params, params["validate"]) + validate_wait_timeout(params["wait_timeout"], may_be_zero=True),
        _INVALID,
    )
    client = GREPR.open_client(context)
    planned = plan(context, client)
    if context.check_mode:
        job = planned.after
    else:
        job = apply_plan(client, planned, wait=params["wait"], timeout=params["wait_timeout"])
    return OperationResult(changed=planned.changed, values={"job": job}, diff=planned.as_diff())


OPERATION = Operation(spec=GREPR.spec + SPEC, run=run)


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
