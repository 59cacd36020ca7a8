#!/usr/bin/python
# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: grepr_jobs
short_description: Manage many pipelines of Grepr in one task
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Brings many pipelines to the state that is described, as M(greyops.rest.grepr_job) does with one, at the cost of
    what changes - all pipelines are read with one call, and only those that differ are written.
  - Several pipelines are worked on at once. Where some fail the others are done all the same; then the task fails, and
    its result has the outcome of every pipeline.
options:
  jobs:
    description: The pipelines.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: The pipeline's name, of lower-case letters, digits and underscores. It may stand in the list once.
        type: str
        required: true
      state:
        description:
          - V(present) makes the pipeline, or changes it, and lets it run or rest as it does. A new pipeline runs. One
            that has failed runs again when its graph changes.
          - V(started) and V(stopped) do the same and see to it that it runs, or rests.
          - V(absent) deletes it, and with it those of its name that have failed.
        type: str
        choices: [present, started, stopped, absent]
        default: present
      job_graph:
        description:
          - The graph, with V(vertices) and V(edges). Names of integrations, datasets and templates stand for ids.
          - A vertex, an edge, or an entry of a list that you leave out is removed; a property of a vertex that you
            leave out stays as it is. M(greyops.rest.grepr_job) says more.
          - Needed to make a pipeline.
        type: dict
      team_ids:
        description: The ids or names of the teams that the pipeline belongs to, all of them.
        type: list
        elements: str
      tags:
        description:
          - Tags of the pipeline, which Grepr takes at its creation only. They are text - a number or a boolean fails
            unless it is quoted.
        type: dict
      rollback:
        description: Whether Grepr goes back to the graph of before when a new one fails.
        type: bool
        default: true
      recreate:
        description: Whether to delete a pipeline and make it anew where its tags cannot be changed otherwise.
        type: bool
        default: false
  purge:
    description:
      - Tags, such as V({"managed_by":"ansible"}). Pipelines that carry all of them and are not in O(jobs) are deleted.
      - Other pipelines are never touched. Without a tag, as with V({}), nothing is deleted.
    type: dict
  validate:
    description:
      - V(local) checks the graphs by what is known here.
      - V(remote) also has Grepr check the queries, grok rules and SQL statements in the graphs that would be written,
        in check mode too. Equal ones are asked about once.
    type: str
    choices: [local, remote]
    default: local
  concurrency:
    description: How many pipelines are worked on at once, from 1 to 100.
    type: int
    default: 10
  wait:
    description: Whether to wait until each pipeline that was changed is in the state that is asked for.
    type: bool
    default: true
  wait_timeout:
    description: The longest wait for one pipeline, in seconds. V(0) or more.
    type: float
    default: 600
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
- name: Bring the account to what is in version control
  greyops.rest.grepr_jobs:
    jobs: "{{ lookup('ansible.builtin.file', 'pipelines.json') | from_json }}"
  register: pipelines

- name: Delete the pipelines that were once made here and are described no longer
  greyops.rest.grepr_jobs:
    jobs: "{{ pipelines_of_this_repository }}"
    purge:
      managed_by: this_repository

- name: Show what would change in a hundred pipelines, and change nothing
  greyops.rest.grepr_jobs:
    jobs: "{{ pipelines_of_this_repository }}"
  check_mode: true
  diff: true
"""

RETURN = r"""
jobs:
  description: One result for each pipeline, in the order of O(jobs), those that were purged after them.
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
      description: Whether it was changed, or would be in check mode.
      returned: always
      type: bool
    action:
      description: What was done to it, or would be - V(create), V(update), V(recreate), V(delete) or V(none).
      returned: always
      type: str
      sample: update
    changes:
      description: What differed, one line each. Empty for a pipeline that was made or deleted.
      returned: always
      type: list
      elements: str
      sample: ["vertex only_web: changed", "edge only_web -> lake: added"]
    job:
      description: The pipeline as Grepr has it, or as it would be in check mode; V(null) when there is none.
      returned: always
      type: dict
    diff:
      description: What was there before and after.
      returned: in diff mode, when it was changed
      type: dict
    failed:
      description: V(true) where it failed.
      returned: when it failed
      type: bool
    msg:
      description: What failed.
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

from typing import TYPE_CHECKING

from ansible_collections.greyops.rest.plugins.module_utils._errors import GreyopsError, OptionError
from ansible_collections.greyops.rest.plugins.module_utils._grepr.bulk import (
    Managed,
    diff_of,
    plan_all,
    problems_of_wishes,
    require_success,
)
from ansible_collections.greyops.rest.plugins.module_utils._grepr.checks import (
    Question,
    Verdict,
    checks_of,
    graph_to_write,
    problems_of_checks,
)
from ansible_collections.greyops.rest.plugins.module_utils._grepr.client import open_client
from ansible_collections.greyops.rest.plugins.module_utils._grepr.deployment import Deployment, find_pipelines
from ansible_collections.greyops.rest.plugins.module_utils._grepr.options import GREPR_SPEC
from ansible_collections.greyops.rest.plugins.module_utils._grepr.references import References
from ansible_collections.greyops.rest.plugins.module_utils._grepr.wishes import (
    PIPELINE_OPTIONS,
    REMOTE,
    VALIDATE_OPTION,
    problems_of_wait,
)
from ansible_collections.greyops.rest.plugins.module_utils._http.lanes import in_lanes
from ansible_collections.greyops.rest.plugins.module_utils._module import run_module
from ansible_collections.greyops.rest.plugins.module_utils._operation import Call, Operation, Outcome
from ansible_collections.greyops.rest.plugins.module_utils._options import ArgumentSpec

if TYPE_CHECKING:
    from ansible_collections.greyops.rest.plugins.module_utils._http.client import ApiClient

_MOST_AT_ONCE = 100

SPEC = ArgumentSpec(
    options={
        "jobs": {"type": "list", "elements": "dict", "required": True, "options": PIPELINE_OPTIONS},
        "purge": {"type": "dict"},
        **VALIDATE_OPTION,
        "concurrency": {"type": "int", "default": 10},
        "wait": {"type": "bool", "default": True},
        "wait_timeout": {"type": "float", "default": 600.0},
    }
)


def run(call: Call) -> Outcome:
    params = call.params
    problems = problems_of_wishes(params["jobs"], params["purge"]) + problems_of_wait(params["wait_timeout"])
    if not 1 <= params["concurrency"] <= _MOST_AT_ONCE:
        problems.append(f"concurrency must be a number from 1 to {_MOST_AT_ONCE}")
    _require_none(problems)
    client = open_client(params, call.host, call.secrets)
    pipelines = plan_all(params["jobs"], find_pipelines(client), params["purge"], References(client, params["auth"]))
    due = [one for one in pipelines if one.is_changed]
    if params["validate"] == REMOTE:
        _validate(call, pipelines)
    if call.check_mode:
        for one in due:
            one.job = one.plan.after if one.plan else None
    else:
        _carry_out(call, due)
    results = [one.as_result(call.diff_mode) for one in pipelines]
    require_success(pipelines, results)
    return Outcome(changed=bool(due), values={"jobs": results}, diff=diff_of(pipelines))


def _require_none(problems: list[str]) -> None:
    if problems:
        raise OptionError(f"The pipelines cannot be written: {'; '.join(problems)}.")


def _validate(call: Call, pipelines: list[Managed]) -> None:
    """
    :raises OptionError: Grepr has something to say against a graph. It tells of all that stands against the rest too.
    """

    def ask(questions: list[Question]) -> list[Verdict]:
        verdicts = in_lanes(
            lambda host: open_client(call.params, host, call.secrets),
            call.host,
            call.params["concurrency"],
            questions,
            lambda client, question: question.ask(client),
        )
        for error in verdicts:
            if isinstance(error, GreyopsError):
                raise error
        return [verdict for verdict in verdicts if not isinstance(verdict, GreyopsError)]

    checks = [
        check
        for number, one in enumerate(pipelines)
        if one.plan is not None
        for check in checks_of(graph_to_write(one.plan), f"jobs[{number}].job_graph")
    ]
    problems = problems_of_checks(checks, ask)
    if problems:
        _require_none([*problems, *(f"{one.name}: {one.error.msg}" for one in pipelines if one.error is not None)])


def _carry_out(call: Call, due: list[Managed]) -> None:
    params = call.params

    def work(client: ApiClient, one: Managed) -> None:
        if one.plan is not None:
            one.job = Deployment(client, call.progress, params["wait"], params["wait_timeout"]).carry_out(one.plan)

    outcomes = in_lanes(
        lambda host: open_client(params, host, call.secrets), call.host, params["concurrency"], due, work
    )
    for one, outcome in zip(due, outcomes):
        if isinstance(outcome, GreyopsError):
            one.error = outcome


OPERATION = Operation(spec=GREPR_SPEC + SPEC, run=run)


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
