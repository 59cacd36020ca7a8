#!/usr/bin/python
# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: grepr_jobs
short_description: Manage many Grepr pipelines in one task
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Create, update, start, stop and delete many pipelines, each in the same way as M(greyops.rest.grepr_job). All
    pipelines are read with one call, and only those that differ are written.
  - Several pipelines are changed concurrently. If some of them fail, the others are still processed. The task then
    fails, and its result contains the outcome of every pipeline.
  - The changes of all pipelines are sent first, and then the module waits for all pipelines at once. If a change
    requires several requests, as with O(jobs[].recreate) or a new pipeline that is stopped, the others do not wait for
    it.
options:
  jobs:
    description: The pipelines. Names must be unique in the list.
    type: list
    elements: dict
    required: true
    suboptions:
      # BEGIN GENERATED jobs
      name:
        description:
          - The name of the pipeline. The name of a new one must consist of lower-case letters, digits and underscores.
          - It cannot be changed. A different name is a different pipeline.
        type: str
        required: true
      state:
        description:
          - V(present) creates or updates the pipeline and leaves it running or stopped as it is. A new pipeline is
            started. A failed pipeline is started again if its graph changes.
          - V(started) and V(stopped) also create or update the pipeline, and start or stop it. A new pipeline with
            V(stopped) is started first and then stopped, because Grepr supports no other way. A failed pipeline is
            started again.
          - V(absent) deletes the pipeline and all failed pipelines with the same name.
        type: str
        choices: [present, started, stopped, absent]
        default: present
      job_graph:
        description:
          - The graph, with V(vertices), a list of dictionaries with C(type), C(name) and the properties of the type,
            and V(edges), a list of strings such as C(source -> filter) or C(branch:else -> sink). C(a:output ->
            b:input) and C(a -> b) are the same edge.
          - Where Grepr documents the ID of an integration, a dataset or a template, its name can be used, also in the
            vertices and exceptions that the inputs of Grepr's templates contain. All other values are data and are not
            changed, such as sample events, values of attributes, and template inputs of your own.
          - If the graph is written, its IDs are checked too. A list that the credential cannot read is a warning.
          - A new vertex of a template without C(templateVersion) gets the newest version. An existing one keeps its
            version.
          - Omitted vertices and edges are removed. Omitted properties of a vertex are not changed, even if other
            properties are written. To reset a property, set it to its default. If the C(type) of a vertex changes, none
            of its old properties are kept.
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
          - The tags of the pipeline, which Grepr accepts only when the pipeline is created. Values are strings. Fails
            if a number or a boolean is not quoted.
          - If they differ from those of an existing pipeline, the module fails unless O(jobs[].recreate=true). Tags
            that are not listed are not compared. A recreated pipeline has only the listed tags.
        type: dict
      rollback:
        description: Whether Grepr restores the previous graph if a new one fails.
        type: bool
        default: true
      recreate:
        description: Whether to delete and recreate a pipeline if O(jobs[].tags) cannot be changed otherwise.
        type: bool
        default: false
      # END GENERATED jobs
  purge:
    description:
      - Tags, such as V({"managed_by":"ansible"}). Pipelines that have all of these tags and are not in O(jobs) are
        deleted.
      - Other pipelines are never changed. Without a tag, as with V({}), nothing is deleted.
    type: dict
  validate:
    description:
      - V(local) validates the graphs as M(greyops.rest.grepr_job) does. If a graph refers to something that does
        not exist, its pipeline fails. After any other error, nothing is written.
      - V(remote) also asks Grepr to validate the queries, grok rules and SQL statements of the graphs that would be
        written, in check mode too. Equal expressions are sent once.
      - V(none) skips all of this. Names that do not exist are sent to Grepr as they are.
    type: str
    choices: [none, local, remote]
    default: local
  concurrency:
    description: The maximum number of requests that are sent concurrently, from 1 to 100. A pipeline that is waited for
      does not count.
    type: int
    default: 10
  wait:
    description:
      - Whether to wait until each changed pipeline is in the requested state.
      - All waiting pipelines are read with one call, at first after 0.5 seconds, and then in growing intervals of up to
        10 seconds. A pipeline that fails or is rolled back is reported with the reason of Grepr.
      - With V(false), nothing is read after a change, and RV(jobs[].job) is what was sent and answered.
    type: bool
    default: true
  wait_timeout:
    description:
      - The maximum time to wait for one pipeline in seconds, which also applies to waiting for another change of it.
        V(0) or more.
      - It starts with the first request that changes the pipeline.
    type: float
    default: 600
  fields:
    description:
      - Return only these properties of each C(job) in the result, such as V(state) or V(tags.env). The keys are the
        paths as given. A property that does not exist is V(null).
      - A path leads through dictionaries, not through lists. It is separated by dots, and the last key can contain dots
        itself.
    type: list
    elements: str
    version_added: 1.0.0
  summary:
    description:
      - Whether to return one line of text for each pipeline instead of a dictionary, with C(name), C(action) and, of
        the C(job), C(state) and C(version), or O(fields) if it is given. The columns are aligned.
      - A property that does not exist is shown as C(-). The action of a pipeline that failed is C(failed). If one
        failed, the lines end with C(msg).
    type: bool
    default: false
    version_added: 1.0.0
notes:
  - >-
    Progress is shown in one line at most every 5 seconds, such as C(pipelines: 214 of 1000 running, 780 waiting, 6
    failed, 35 s). Nothing is shown if the task runs as an ordinary module, as with a remote host, C(become) or
    C(async).
  - If a run is interrupted, the next run reads the account and changes what is still different.
seealso:
  - module: greyops.rest.grepr_job
  - module: greyops.rest.grepr_job_info
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
    details: Shows the pipelines that change, with their vertices and edges.
  idempotent:
    support: full
"""

EXAMPLES = r"""
- name: Apply the pipelines in version control
  greyops.rest.grepr_jobs:
    jobs: "{{ lookup('ansible.builtin.file', 'pipelines.json') | from_json }}"
  register: pipelines

- name: Delete pipelines that were created from this repository and are no longer defined in it
  greyops.rest.grepr_jobs:
    jobs: "{{ pipelines_of_this_repository }}"
    purge:
      managed_by: this_repository

- name: Show what would change in many pipelines, without changing anything
  greyops.rest.grepr_jobs:
    jobs: "{{ pipelines_of_this_repository }}"
  check_mode: true
  diff: true

- name: Show one line for each pipeline
  greyops.rest.grepr_jobs:
    jobs: "{{ pipelines_of_this_repository }}"
    summary: true
"""

RETURN = r"""
jobs:
  description:
    - One result for each pipeline, in the order of O(jobs), those that were purged after them.
    - With O(summary=true), lines of text.
  returned: always, but for errors before the first pipeline
  type: list
  elements: dict
  contains:
    name:
      description: The pipeline's name.
      returned: always
      type: str
      sample: web_logs
    changed:
      description: Whether it was changed, or would be in check mode. V(true) also if it failed after the change, as a
        new pipeline that does not start.
      returned: always
      type: bool
    action:
      description: What was done to it, or would be - V(create), V(update), V(recreate), V(delete) or V(none).
      returned: always
      type: str
      sample: update
    changes:
      description:
        - "What differs, as lines C(path: old -> new)."
        - Values that do not fit into a line are shown as a diff, indented.
        - Empty for a pipeline that is created or deleted.
      returned: always
      type: list
      elements: str
      sample:
        - "state: STOPPED -> RUNNING"
        - "edges: changed"
        - "  -source -> lake"
        - "  +source -> only_web"
    differences:
      description: What differs, as data.
      returned: always
      type: list
      elements: dict
      contains:
        path:
          description: The path of the value, such as C(vertices.only_web.limit), with vertices by name.
          returned: always
          type: str
          sample: state
        before:
          description: The value before. V(null) if there is none.
          returned: always
          type: raw
          sample: STOPPED
        after:
          description: The value afterwards. V(null) if there is none.
          returned: always
          type: raw
          sample: RUNNING
    job:
      description:
        - The pipeline as Grepr has it, or as it would be in check mode; V(null) when there is none.
        - With O(wait=false), the pipeline as it was sent and answered. If it failed, as it was last read.
      returned: always
      type: dict
    edited_by:
      description: Who edited the pipeline last before this task. V(null) if it did not exist.
      returned: always
      type: str
      sample: Ann Example (u1)
    edited_at:
      description: When the pipeline was edited last before this task. V(null) if it did not exist.
      returned: always
      type: str
      sample: '2026-03-02T08:30:00Z'
    diff:
      description: What was there before and after.
      returned: in diff mode, when it was changed
      type: dict
    failed:
      description: V(true) where it failed.
      returned: when it failed
      type: bool
    msg:
      description: What failed, and the reason of Grepr.
      returned: when it failed
      type: str
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
    The pipelines cannot be written: jobs[0].job_graph.edges[1] names lake, which is not a vertex.
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

from typing import Any

from ..module_utils._argspec import ArgumentSpec
from ..module_utils._concurrency import validate_concurrency
from ..module_utils._context import Context
from ..module_utils._errors import raise_on_errors
from ..module_utils._grepr.names import NameResolver
from ..module_utils._grepr.pipeline import NONE, PIPELINE_OPTIONS, REMOTE, VALIDATE_OPTION, show_warnings
from ..module_utils._grepr.pipeline_apply import find_pipelines
from ..module_utils._grepr.pipelines_bulk import (
    apply_all,
    combine_diffs,
    list_all_warnings,
    plan_pipelines,
    raise_on_failure,
    validate_pipelines,
    validate_plans,
    validate_remotely,
)
from ..module_utils._grepr.service import GREPR
from ..module_utils._module import run_module
from ..module_utils._operation import Operation, OperationResult
from ..module_utils._polling import validate_wait_timeout
from ..module_utils._selection import SELECTION_SPEC, select_fields, summarize

SPEC = ArgumentSpec(
    options={
        "jobs": {"type": "list", "elements": "dict", "required": True, "options": PIPELINE_OPTIONS},
        "purge": {"type": "dict"},
        **VALIDATE_OPTION,
        "concurrency": {"type": "int", "default": 10},
        "wait": {"type": "bool", "default": True},
        "wait_timeout": {"type": "float", "default": 600.0},
        **SELECTION_SPEC.options,
    }
)


_INVALID = "The pipelines cannot be written"


def run(context: Context) -> OperationResult:
    params = context.params
    validate = params["validate"]
    problems = validate_pipelines(params["jobs"], validate, params["purge"])
    problems += validate_wait_timeout(params["wait_timeout"], may_be_zero=True)
    problems += validate_concurrency(params["concurrency"])
    raise_on_errors(problems, _INVALID)
    client = GREPR.open_client(context)
    names = NameResolver(client, params["auth"], strict=validate != NONE)
    pipelines = plan_pipelines(params["jobs"], find_pipelines(client), params["purge"], names)
    problems = []
    if validate != NONE:
        show_warnings(context, list_all_warnings(pipelines))
        problems += validate_plans(pipelines)
    if validate == REMOTE:
        problems += validate_remotely(context, pipelines, params["concurrency"])
    if problems:
        problems += [f"{one.name}: {one.error.msg}" for one in pipelines if one.error is not None]
    raise_on_errors(problems, _INVALID)
    due = [one for one in pipelines if one.is_changed]
    if context.check_mode:
        for one in due:
            one.job = one.plan.after if one.plan else None
    else:
        apply_all(context, due, params["concurrency"], wait=params["wait"], timeout=params["wait_timeout"])
    results = _shape_results(params, [one.as_result(context.diff_mode) for one in pipelines])
    raise_on_failure(pipelines, results)
    return OperationResult(changed=bool(due), values={"jobs": results}, diff=combine_diffs(pipelines))


def _shape_results(params: dict[str, Any], results: list[dict[str, Any]]) -> list[Any]:
    fields = params["fields"]
    if not params["summary"]:
        return [
            one if fields is None or one["job"] is None else {**one, "job": select_fields(one["job"], fields)}
            for one in results
        ]
    failed = any("failed" in one for one in results)
    columns = ["name", "action", *(f"job.{path}" for path in fields or ("state", "version")), *["msg"] * failed]
    return summarize([{**one, "action": "failed" if "failed" in one else one["action"]} for one in results], columns)


OPERATION = Operation(spec=GREPR.spec + SPEC, run=run)


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
