#!/usr/bin/python
# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: grepr_job_info
short_description: Read jobs (pipelines) of Grepr
version_added: 0.1.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Lists the jobs of an organization, all of them or those that pass the filters, or reads one job in a certain
    version.
  - Grepr itself does the filtering. A job has to pass all filters that are given, and to match one item of each list.
options:
  id:
    description: Only the jobs with these ids.
    type: list
    elements: str
  name:
    description: Only the jobs with these names. That a name has to match as a whole is inferred, not documented by
      Grepr.
    type: list
    elements: str
  state:
    description: Only the jobs in one of these states.
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
    description: Only the jobs that are executed this way. Pipelines are V(ASYNCHRONOUS).
    type: str
    choices: [SYNCHRONOUS, ASYNCHRONOUS]
  processing:
    description: Only the jobs that process their data this way. Pipelines are V(STREAMING).
    type: str
    choices: [BATCH, STREAMING]
  since:
    description:
      - Only the jobs that are still running or ended after this time, such as V(2026-03-01T12:00:00Z).
      - The meaning is that of Grepr's command line; the API's own documentation only names the parameter.
    type: str
  latest:
    description:
      - Whether to list only the latest version of each job.
      - Without it the list may hold several versions of one job, with the same id.
    type: bool
  version:
    description:
      - The version of the job to read; by default the latest.
      - Needs exactly one O(id), and no other filter.
    type: int
  resolved:
    description:
      - Whether the templates in the job's graph are expanded.
      - Needs exactly one O(id), and no other filter.
    type: bool
seealso:
  - module: greyops.rest.grepr_trigger
  - module: greyops.rest.grepr_request
    description: For all other resources of Grepr.
  - name: Job states
    description: What Grepr says about the states of jobs.
    link: https://docs.grepr.ai/apis/job-states
extends_documentation_fragment:
  - greyops.rest._grepr
  - greyops.rest._http
  - greyops.rest._token_store
  - greyops.rest._attributes
  - greyops.rest._attributes.info
  - greyops.rest._attributes.grepr
"""

EXAMPLES = r"""
- name: List all jobs, with credentials and organization from the environment
  greyops.rest.grepr_job_info:
  register: all_jobs

- name: List the pipelines that run or should run
  greyops.rest.grepr_job_info:
    execution: ASYNCHRONOUS
    processing: STREAMING
    state: [RUNNING, STARTING, PENDING]
    latest: true
  register: running

- name: Find a pipeline by its name
  greyops.rest.grepr_job_info:
    name: web_logs
    latest: true
  register: found

- name: Read the first version of it, with its templates expanded
  greyops.rest.grepr_job_info:
    id: "{{ found.jobs[0].id }}"
    version: 0
    resolved: true
  when: found.jobs | length > 0
  register: first_version

- name: Wait until it runs
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
        - V(null) when none was needed.
      returned: always
      type: str
      sample: stored
msg:
  description: What failed, where and why, and what to do about it.
  returned: failure
  type: str
  sample: >-
    GET https://acme.app.grepr.ai/api/v1/jobs failed with HTTP 403 Forbidden. The credential may be
    narrowed to less than this call needs: check its scope or roles.
status:
  description: The HTTP status of the answer.
  returned: failure, when there was an answer
  type: int
  sample: 403
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

from ansible_collections.greyops.rest.plugins.module_utils._errors import OptionError
from ansible_collections.greyops.rest.plugins.module_utils._grepr.client import open_client
from ansible_collections.greyops.rest.plugins.module_utils._grepr.jobs import STATES, get_job, list_jobs
from ansible_collections.greyops.rest.plugins.module_utils._grepr.options import GREPR_SPEC
from ansible_collections.greyops.rest.plugins.module_utils._http.query import query_pairs
from ansible_collections.greyops.rest.plugins.module_utils._module import run_module
from ansible_collections.greyops.rest.plugins.module_utils._operation import Call, Operation, Outcome
from ansible_collections.greyops.rest.plugins.module_utils._options import ArgumentSpec

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


def run(call: Call) -> Outcome:
    params = call.params
    one = _one_job(params)
    filters = {name: params[name] for name in _FILTERS}
    if [] in filters.values():
        # As a query it would be no filter at all, and answer with every job.
        return Outcome(values={"jobs": []})
    client = open_client(params, call.host, call.secrets)
    if one is None:
        return Outcome(values={"jobs": list_jobs(client, query_pairs(filters))})
    job = get_job(client, one, query_pairs({name: params[name] for name in _OF_ONE_JOB}))
    return Outcome(values={"jobs": [] if job is None else [job]})


def _one_job(params: dict[str, Any]) -> str | None:
    """The job that version and resolved are about; None where neither is asked for."""
    asked = [name for name in _OF_ONE_JOB if params[name] is not None]
    if not asked:
        return None
    others = [name for name in _FILTERS if name != "id" and params[name] is not None]
    if others or len(params["id"] or []) != 1:
        raise OptionError(f"{' and '.join(asked)} need one job's id, and no other filter.")
    return str(params["id"][0])


OPERATION = Operation(spec=GREPR_SPEC + SPEC, run=run)


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
