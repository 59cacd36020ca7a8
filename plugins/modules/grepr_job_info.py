#!/usr/bin/python
# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: grepr_job_info
short_description: Get information about Grepr jobs (pipelines)
version_added: 0.1.0
author:
  - greyops.rest contributors (@greyops)
description:
  - List the jobs of an organization, or only those that match the filters, or read a certain version of one job.
  - The filters are applied by Grepr. A job must match all filters that are given, and one item of each list.
options:
  id:
    description: Return only the jobs with these IDs.
    type: list
    elements: str
  name:
    description: Return only the jobs with these names. That a name must match completely is inferred, and not
      documented by Grepr.
    type: list
    elements: str
  state:
    description: Return only the jobs in one of these states.
    type: list
    elements: str
    choices:
      - CREATED
      - PENDING
      - INFRA_UPDATE
      - INFRA_UPDATE_WAIT
      - VERIFYING
      - WAITING
      - RUNNING
      - STOPPED
      - FINISHED
      - FAILED
      - CANCELLED
      - DELETED
      - UPDATING
      - STARTING
      - RESTARTING
      - STOPPING
      - ROLLING_BACK
      - DELETING
  execution:
    description: Return only the jobs with this type of execution. Pipelines are V(ASYNCHRONOUS).
    type: str
    choices: [SYNCHRONOUS, ASYNCHRONOUS]
  processing:
    description: Return only the jobs with this type of processing. Pipelines are V(STREAMING).
    type: str
    choices: [BATCH, STREAMING]
  since:
    description:
      - Return only the jobs that are still running or that ended after this time, such as V(2026-03-01T12:00:00Z).
      - The meaning is taken from Grepr's command line. The documentation of the API only names the parameter.
    type: str
  latest:
    description:
      - Whether to return only the latest version of each job.
      - If V(false), the list may contain several versions of a job with the same ID.
    type: bool
  version:
    description:
      - The version of the job to read. Defaults to the latest version.
      - Requires exactly one O(id) and no other filter.
    type: int
  resolved:
    description:
      - Whether to expand the templates in the job's graph.
      - Requires exactly one O(id) and no other filter.
    type: bool
seealso:
  - module: greyops.rest.grepr_trigger
  - module: greyops.rest.grepr_request
    description: Access all other resources of Grepr.
  - name: Job states
    description: Grepr's documentation of job states.
    link: https://docs.grepr.ai/apis/job-states
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
# Ad hoc, one line for each pipeline with its name, state and version:
#   ansible localhost -m greyops.rest.grepr_job_info -a "latest=true summary=true"

- name: List all jobs, with credentials and organization from the environment
  greyops.rest.grepr_job_info:
  register: all_jobs

- name: List the pipelines that run or are about to run
  greyops.rest.grepr_job_info:
    execution: ASYNCHRONOUS
    processing: STREAMING
    state: [RUNNING, STARTING, PENDING]
    latest: true
  register: running

- name: Return only the names and an environment of the pipelines
  greyops.rest.grepr_job_info:
    latest: true
    fields: [name, tags.env]
  register: environments

- name: Find a pipeline by name
  greyops.rest.grepr_job_info:
    name: web_logs
    latest: true
  register: found

- name: Read its first version, with its templates expanded
  greyops.rest.grepr_job_info:
    id: "{{ found.jobs[0].id }}"
    version: 0
    resolved: true
  when: found.jobs | length > 0
  register: first_version

- name: Wait until the pipeline runs
  greyops.rest.grepr_job_info:
    name: web_logs
    latest: true
  register: current
  until: current.jobs | map(attribute='state') | first | default('') == 'RUNNING'
  retries: 30
  delay: 10

- name: Use one organization and service account for a block of tasks
  module_defaults:
    group/greyops.rest.grepr:
      org: acme
      client_id: "{{ vault_grepr_client_id }}"
      client_secret: "{{ vault_grepr_client_secret }}"
  block:
    - name: List the jobs that failed since the first of March
      greyops.rest.grepr_job_info:
        state: FAILED
        since: '2026-03-01T00:00:00Z'
      register: failed_jobs

# The same from the command line:
#   ansible localhost -m greyops.rest.grepr_job_info
#   ansible localhost -m greyops.rest.grepr_job_info -a 'state=RUNNING,STARTING latest=true'
"""

RETURN = r"""
jobs:
  description:
    - The jobs as Grepr returns them, sorted by name, id and version.
    - Empty when there is none, also when O(version) or O(resolved) ask for a job that does not exist.
    - With O(summary=true), lines with C(name), C(state) and C(version).
  returned: success
  type: list
  elements: dict
  sample:
    - id: 0ms4k2v9q1x7d
      name: web_logs
      version: 3
      organizationId: acme
      execution: ASYNCHRONOUS
      processing: STREAMING
      state: RUNNING
      desiredState: RUNNING
      jobGraph:
        vertices:
          - type: datadog-log-agent-source
            name: source
            integrationId: 0jn5rdc93r10t
          - type: logs-iceberg-table-sink
            name: lake
            datasetId: 0kabdv8yo9q99
        edges:
          - source -> lake
      tags:
        env: prod
      teamIds: []
      createdAt: '2026-03-01T12:00:00Z'
      updatedAt: '2026-03-02T08:30:00Z'
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
from ..module_utils._grepr.jobs import STATES, get_job, list_jobs
from ..module_utils._grepr.service import GREPR
from ..module_utils._http.urls import encode_query
from ..module_utils._module import run_module
from ..module_utils._resource import info_operation

_FILTERS = ("id", "name", "state", "execution", "processing", "since", "latest")
_OF_ONE_JOB = ("version", "resolved")

SPEC = ArgumentSpec(
    options={
        "id": {"type": "list", "elements": "str"},
        "name": {"type": "list", "elements": "str"},
        "state": {"type": "list", "elements": "str", "choices": list(STATES)},
        "execution": {"type": "str", "choices": ["SYNCHRONOUS", "ASYNCHRONOUS"]},
        "processing": {"type": "str", "choices": ["BATCH", "STREAMING"]},
        "since": {"type": "str"},
        "latest": {"type": "bool"},
        "version": {"type": "int"},
        "resolved": {"type": "bool"},
    }
)


def list_matching(context: Context) -> list[dict[str, Any]]:
    params = context.params
    one = _get_single_id(params)
    filters = {name: params[name] for name in _FILTERS}
    if [] in filters.values():
        # As a query it would not filter, and return every job.
        return []
    client = GREPR.open_client(context)
    if one is None:
        return list_jobs(client, encode_query(filters))
    job = get_job(client, one, encode_query({name: params[name] for name in _OF_ONE_JOB}))
    return [] if job is None else [job]


def _get_single_id(params: dict[str, Any]) -> str | None:
    """Return the job that version and resolved apply to; None if neither is set."""
    # resolved=false is the default of the API, for all jobs.
    asked = [name for name in _OF_ONE_JOB if params[name] is not None and params[name] is not False]
    if not asked:
        return None
    others = [name for name in _FILTERS if name != "id" and params[name] is not None]
    if others or len(params["id"] or []) != 1:
        raise OptionError(
            f"{' and '.join(asked)} require{'s' * (len(asked) == 1)} the id of one job and no other filter."
        )
    return str(params["id"][0])


OPERATION = info_operation(GREPR.spec + SPEC, "jobs", list_matching, ("name", "state", "version"))


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
