#!/usr/bin/python
# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: grepr_trigger
short_description: Fire an external trigger of a Grepr pipeline
version_added: 0.1.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Fires a trigger that is defined in a rule engine of a pipeline, with variables for its rules.
  - Grepr answers before it acts, and documents no error for a job, a rule engine or a trigger that does not exist.
    Success says that the call was taken, not that anything was started. O(verify) looks first.
options:
  job:
    description:
      - The pipeline, by its name or id.
      - Give either this or O(job_id). It is looked up, which takes a credential.
    type: str
    version_added: 1.0.0
  job_id:
    description: The id of the job, as RV(greyops.rest.grepr_job_info#module:jobs) has it. It is not looked up.
    type: str
  rule_engine:
    description: The name of the rule engine, a vertex of the job's graph.
    type: str
    required: true
  trigger_id:
    description: The id of the trigger within the rule engine.
    type: str
    required: true
  variables:
    description: Variables for the rules, by their names, which begin with two underscores.
    type: dict
    default: {}
  verify:
    description:
      - Whether to check that the pipeline, the rule engine and the trigger exist, also where they come out of a
        template. The task fails if they do not, in check mode too.
      - This reads the pipeline, which takes a credential.
    type: bool
    default: false
    version_added: 1.0.0
attributes:
  check_mode:
    support: full
    details: Fires nothing and reports a change. Looks up O(job) and checks with O(verify) all the same.
  diff_mode:
    support: none
    details: Nothing is known about the state before or after.
  idempotent:
    support: none
    details: Firing a trigger is an action. It happens each time and always reports a change.
notes:
  - Firing is the one call of Grepr that takes no token. It sends the API key if there is one, and works without any
    credential where Grepr leaves it open. Newer organizations ask for the key.
  - Looking at a pipeline (O(job) and O(verify)) is done with the token or the key, whatever is given. Both may be given
    here, and then each call has its own.
  - The call is sent again after C(429) and when no connection was made, but not after a time-out, since it may have
    arrived.
seealso:
  - module: greyops.rest.grepr_job_info
  - name: Rule engine
    description: What Grepr says about triggers.
    link: https://docs.grepr.ai/apis/rule-engine
extends_documentation_fragment:
  - greyops.rest._grepr
  - greyops.rest._http
  - greyops.rest._token_store
  - greyops.rest._attributes
  - greyops.rest._attributes.grepr
"""

EXAMPLES = r"""
- name: Fire a trigger, with the API key of the environment if there is one
  greyops.rest.grepr_trigger:
    job_id: 0ms4k2v9q1x7d
    rule_engine: log_rule_engine
    trigger_id: incident
    variables:
      __service: web

- name: Fire it with an API key from Ansible Vault
  greyops.rest.grepr_trigger:
    org: acme
    api_key: "{{ vault_grepr_api_key }}"
    job_id: 0ms4k2v9q1x7d
    rule_engine: log_rule_engine
    trigger_id: incident

- name: Fire the trigger of a pipeline by its name, for the host that a play has just deployed to, if there is one
  greyops.rest.grepr_trigger:
    job: web_logs
    rule_engine: log_rule_engine
    trigger_id: deployment
    verify: true
    variables:
      __host: "{{ inventory_hostname }}"
  delegate_to: localhost

# The same from the command line:
#   ansible localhost -m greyops.rest.grepr_trigger \
#     -a 'job_id=0ms4k2v9q1x7d rule_engine=log_rule_engine trigger_id=incident'
"""

RETURN = r"""
trigger:
  description: What was fired, or would be in check mode.
  returned: success
  type: dict
  contains:
    job_id:
      description: The id of the job.
      returned: success
      type: str
      sample: 0ms4k2v9q1x7d
    rule_engine:
      description: The name of the rule engine.
      returned: success
      type: str
      sample: log_rule_engine
    trigger_id:
      description: The id of the trigger.
      returned: success
      type: str
      sample: incident
    variables:
      description: The variables.
      returned: success
      type: dict
      sample:
        __service: web
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
      sample: api_key
msg:
  description: What failed, where and why, and what to do about it.
  returned: failure
  type: str
  sample: >-
    POST https://acme.app.grepr.ai/api/v1/triggers failed with HTTP 401 Unauthorized. Check the credential,
    and that it belongs to this API.
status:
  description: The HTTP status of the answer.
  returned: failure, when there was an answer
  type: int
  sample: 401
url:
  description: The URL of the request that failed, without its query.
  returned: failure, when it was a request that failed
  type: str
  sample: https://acme.app.grepr.ai/api/v1/triggers
method:
  description: The method of the request that failed.
  returned: failure, when it was a request that failed
  type: str
  sample: POST
"""

from ansible_collections.greyops.rest.plugins.module_utils._errors import OptionError
from ansible_collections.greyops.rest.plugins.module_utils._grepr.client import open_client
from ansible_collections.greyops.rest.plugins.module_utils._grepr.options import (
    ACCESS_TOKEN,
    API_KEY,
    CLIENT_CREDENTIALS,
    GREPR_SPEC,
)
from ansible_collections.greyops.rest.plugins.module_utils._grepr.triggers import find_pipeline, fire, require_trigger
from ansible_collections.greyops.rest.plugins.module_utils._module import run_module
from ansible_collections.greyops.rest.plugins.module_utils._operation import Call, Operation, Outcome
from ansible_collections.greyops.rest.plugins.module_utils._options import AUTOMATIC, ArgumentSpec

SPEC = ArgumentSpec(
    options={
        "job": {"type": "str"},
        "job_id": {"type": "str"},
        "rule_engine": {"type": "str", "required": True},
        "trigger_id": {"type": "str", "required": True},
        "variables": {"type": "dict", "default": {}},
        "verify": {"type": "bool", "default": False},
    },
    required_one_of=(("job", "job_id"),),
    mutually_exclusive=(("job", "job_id"),),
)


def run(call: Call) -> Outcome:
    params = call.params
    trigger = {name: params[name] for name in ("job_id", "rule_engine", "trigger_id", "variables")}
    if params["job"] or params["verify"]:
        trigger["job_id"] = _looked_up(call)
    if not call.check_mode:
        # The only credential that this call knows, and even that may be missing.
        way = API_KEY if params["api_key"] else AUTOMATIC
        fire(open_client({**params, "auth": way}, call.host, call.secrets), **trigger)
    return Outcome(changed=True, values={"trigger": trigger})


def _looked_up(call: Call) -> str:
    """The id of the pipeline.

    :raises OptionError: nothing is there to look with, or nothing to be found.
    """
    params = call.params
    if params["auth"] == AUTOMATIC:
        ways = [GREPR_SPEC.variables_of(option) for option in ("client_id", "client_secret", "api_key")]
        raise OptionError(
            "Looking at a pipeline (job, verify) needs a credential.",
            hint=f"Give {ways[0]} and {ways[1]}, or {ways[2]}; or give job_id alone.",
        )
    client = open_client(params, call.host, call.secrets)
    job_id = find_pipeline(client, params["job"]) if params["job"] else params["job_id"]
    if params["verify"]:
        require_trigger(client, job_id, params["rule_engine"], params["trigger_id"])
    return job_id


OPERATION = Operation(
    spec=GREPR_SPEC.accepting(ACCESS_TOKEN, CLIENT_CREDENTIALS, API_KEY, optional=True, beside=API_KEY) + SPEC, run=run
)


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
