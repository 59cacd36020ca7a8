#!/usr/bin/python
# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: grepr_job
short_description: Manage a pipeline of Grepr
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Creates, changes, starts, stops and deletes a pipeline, an asynchronous streaming job in Grepr's words, by its name.
  - Compares what you give with what is there. What you leave out stays as it is. What Grepr adds by itself is no
    difference; neither are the order of vertices and of edges, the spelling of a number, and one kind of nothing in the
    place of another (V(null), an empty text, an empty list). O(job_graph) says what leaving out means inside a graph.
  - Waits for another change of the pipeline that is under way. Where somebody else has changed it meanwhile it says who
    and what, and writes nothing.
  - The graph is checked before anything is written, in check mode too, and all problems are told at once, each with its
    place.
options:
  name:
    description:
      - The pipeline's name, of lower-case letters, digits and underscores.
      - It cannot change; another name is another pipeline.
    type: str
    required: true
  state:
    description:
      - V(present) makes the pipeline, or changes it, and lets it run or rest as it does. A new pipeline runs. One that
        has failed runs again when its graph changes.
      - V(started) and V(stopped) do the same and see to it that it runs, or rests. A new pipeline that is to rest
        starts and is then stopped, because Grepr knows no other way. One that has failed is started again.
      - V(absent) deletes it, and with it those of its name that have failed.
    type: str
    choices: [present, started, stopped, absent]
    default: present
  job_graph:
    description:
      - The graph, with V(vertices), a list of dictionaries with C(type), C(name) and the properties of that type, and
        V(edges), a list such as C(source -> filter) or C(branch:else -> sink).
      - Where Grepr wants the id of an integration, a dataset or a template, its name does as well.
      - A vertex or an edge that you leave out is removed. A property of a vertex that you leave out stays as it is,
        even when others are written; give its default to reset it. A vertex of another C(type) begins anew.
      - A list is taken as a whole, so an entry that you leave out is removed. So is a map whose keys are your own,
        such as C(triggers), C(conditions), C(variables), C(messageMasks) or C(additionalAttributes).
      - Needed to make a pipeline.
    type: dict
  team_ids:
    description: The ids or names of the teams that the pipeline belongs to, all of them.
    type: list
    elements: str
  tags:
    description:
      - Tags of the pipeline, which Grepr takes at its creation only. They are text - a number or a boolean fails unless
        it is quoted.
      - Those that differ later are an error, unless O(recreate=true). Tags that you do not name make no difference; a
        pipeline that is made anew has those that you give, and no others.
    type: dict
  rollback:
    description: Whether Grepr goes back to the graph of before when a new one fails.
    type: bool
    default: true
  recreate:
    description: Whether to delete a pipeline and make it anew where O(tags) cannot be changed otherwise.
    type: bool
    default: false
  validate:
    description:
      - V(local) checks the graph by what is known here.
      - V(remote) also has Grepr check the queries, grok rules and SQL statements in a graph that would be written,
        in check mode too. Equal ones are asked about once.
    type: str
    choices: [local, remote]
    default: local
  wait:
    description:
      - Whether to wait until the pipeline is in the state that is asked for.
      - Meanwhile tells what it is doing. Ends early, with Grepr's own reason, when the pipeline fails or is rolled
        back.
    type: bool
    default: true
  wait_timeout:
    description: The longest wait, in seconds, for another change that is under way as well. V(0) or more.
    type: float
    default: 600
seealso:
  - module: greyops.rest.grepr_jobs
    description: Many pipelines in one task.
  - module: greyops.rest.grepr_job_info
  - name: Job creation guide
    description: What Grepr says about graphs.
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
    details: Speaks of vertices and edges, and leaves out what Grepr adds.
  idempotent:
    support: full
"""

EXAMPLES = r"""
- name: Let the logs of Datadog's agents flow into the data lake, with integration and dataset by their names
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

- name: Show what would change, and change nothing
  greyops.rest.grepr_job:
    name: web_logs
    job_graph: "{{ lookup('ansible.builtin.file', 'web_logs.json') | from_json }}"
  check_mode: true
  diff: true

- name: Show what would change, and have Grepr look at the queries, grok rules and SQL as well
  greyops.rest.grepr_job:
    name: web_logs
    job_graph: "{{ lookup('ansible.builtin.file', 'web_logs.json') | from_json }}"
    validate: remote
  check_mode: true

- name: Stop it, whatever its graph is
  greyops.rest.grepr_job:
    name: web_logs
    state: stopped

- name: Start it without waiting
  greyops.rest.grepr_job:
    name: web_logs
    state: started
    wait: false

- name: Give it to another team
  greyops.rest.grepr_job:
    name: web_logs
    team_ids: [platform]

- name: Delete it
  greyops.rest.grepr_job:
    name: web_logs
    state: absent
"""

RETURN = r"""
job:
  description:
    - The pipeline as Grepr has it, or as it would be in check mode.
    - V(null) when there is none.
  returned: success
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
    The pipeline cannot be written: job_graph.vertices[1].predicate is missing: logs-filter needs it.
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

from ansible_collections.greyops.rest.plugins.module_utils._errors import OptionError
from ansible_collections.greyops.rest.plugins.module_utils._grepr.checks import (
    checks_of,
    graph_to_write,
    problems_of_checks,
)
from ansible_collections.greyops.rest.plugins.module_utils._grepr.client import open_client
from ansible_collections.greyops.rest.plugins.module_utils._grepr.deployment import Deployment, find_pipelines
from ansible_collections.greyops.rest.plugins.module_utils._grepr.options import GREPR_SPEC
from ansible_collections.greyops.rest.plugins.module_utils._grepr.pipelines import plan_among
from ansible_collections.greyops.rest.plugins.module_utils._grepr.references import References
from ansible_collections.greyops.rest.plugins.module_utils._grepr.wishes import (
    PIPELINE_OPTIONS,
    REMOTE,
    VALIDATE_OPTION,
    problems_of_wait,
    problems_of_wish,
    wish_of,
)
from ansible_collections.greyops.rest.plugins.module_utils._module import run_module
from ansible_collections.greyops.rest.plugins.module_utils._operation import Call, Operation, Outcome
from ansible_collections.greyops.rest.plugins.module_utils._options import ArgumentSpec

SPEC = ArgumentSpec(
    options={
        **PIPELINE_OPTIONS,
        **VALIDATE_OPTION,
        "wait": {"type": "bool", "default": True},
        "wait_timeout": {"type": "float", "default": 600.0},
    }
)


def run(call: Call) -> Outcome:
    params = call.params
    _require_none(problems_of_wish(params) + problems_of_wait(params["wait_timeout"]))
    client = open_client(params, call.host, call.secrets)
    planned = plan_among(find_pipelines(client, params["name"]), wish_of(params, References(client, params["auth"])))
    if params["validate"] == REMOTE:
        checks = checks_of(graph_to_write(planned), "job_graph")
        _require_none(problems_of_checks(checks, lambda questions: [one.ask(client) for one in questions]))
    if call.check_mode:
        job = planned.after
    else:
        job = Deployment(client, call.progress, params["wait"], params["wait_timeout"]).carry_out(planned)
    return Outcome(changed=planned.changed, values={"job": job}, diff=planned.as_diff())


def _require_none(problems: list[str]) -> None:
    if problems:
        raise OptionError(f"The pipeline cannot be written: {'; '.join(problems)}.")


OPERATION = Operation(spec=GREPR_SPEC + SPEC, run=run)


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
