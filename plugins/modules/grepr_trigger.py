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
  - Fire a trigger that is defined in a rule engine of a pipeline, with variables for its rules.
  - Grepr responds before it processes the trigger, and documents no error for a job, a rule engine or a trigger that
    does not exist. Success means that the call was accepted, not that the trigger had an effect. Use O(verify) to check
    first.
options:
  job:
    description:
      - The name or ID of the pipeline.
      - Mutually exclusive with O(job_id). One of them is required. The pipeline is looked up, which requires a
        credential.
    type: str
    version_added: 1.0.0
  job_id:
    description: The ID of the job, as in RV(greyops.rest.grepr_job_info#module:jobs). It is not looked up.
    type: str
  rule_engine:
    description: The name of the rule engine, which is a vertex of the job's graph.
    type: str
    required: true
  trigger_id:
    description: The ID of the trigger in the rule engine.
    type: str
    required: true
  variables:
    description: Variables for the rules, by name. Names start with two underscores.
    type: dict
    default: {}
  verify:
    description:
      - Whether to check that the pipeline, the rule engine and the trigger exist, including those that are created by a
        template. Fails if they do not exist, in check mode too.
      - The pipeline is read, which requires a credential.
    type: bool
    default: false
    version_added: 1.0.0
attributes:
  check_mode:
    support: full
    details: Fires nothing and reports a change. Looks up O(job) and checks O(verify).
  diff_mode:
    support: none
    details: The state before and after is not known.
  idempotent:
    support: none
    details: Firing a trigger is an action. It is fired on every run and always reports a change.
notes:
  - Firing a trigger is the only call of Grepr that accepts no token. It sends the API key if there is one, and works
    without a credential if Grepr allows it. Newer organizations require the key.
  - Reading a pipeline (O(job) and O(verify)) uses either the token or the key. Both can be given, and each call then
    uses the credential that it accepts.
  - The call is retried after C(429) and if no connection was established, but not after a timeout, because it may have
    been received.
seealso:
  - module: greyops.rest.grepr_job_run_info
    description: List the triggers that fired.
  - module: greyops.rest.grepr_job_info
  - name: Rule engine
    description: Grepr's documentation of triggers.
    link: https://docs.grepr.ai/apis/rule-engine
extends_documentation_fragment:
  - greyops.rest._grepr
  - greyops.rest._http
  - greyops.rest._token_store
  - greyops.rest._attributes
  - greyops.rest._attributes.grepr
"""

EXAMPLES = r"""
- name: Fire a trigger, with the API key of the environment if it is set
  greyops.rest.grepr_trigger:
    job_id: 0ms4k2v9q1x7d
    rule_engine: log_rule_engine
    trigger_id: incident
    variables:
      __service: web

- name: Fire a trigger with an API key from Ansible Vault
  greyops.rest.grepr_trigger:
    org: acme
    api_key: "{{ vault_grepr_api_key }}"
    job_id: 0ms4k2v9q1x7d
    rule_engine: log_rule_engine
    trigger_id: incident

- name: Fire a trigger of a pipeline by name after a deployment to a host, if the trigger exists
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
  description:
    - Requests in C(calls), repeated requests in C(retries), seconds of waiting in C(waited), and the source of the
      credential in C(token). See R(Results,ansible_collections.greyops.rest.docsite.guide_execution.results).
  returned: always
  type: dict
  sample: {calls: 1, retries: 0, waited: 0.0, token: stored}
"""

from ..module_utils._argspec import AUTOMATIC, ArgumentSpec
from ..module_utils._context import Context
from ..module_utils._errors import OptionError
from ..module_utils._grepr.service import CLIENT_CREDENTIALS, GREPR
from ..module_utils._grepr.triggers import (
    find_pipeline,
    fire_trigger,
    require_trigger,
)
from ..module_utils._module import run_module
from ..module_utils._operation import Operation, OperationResult
from ..module_utils._service import ACCESS_TOKEN, API_KEY

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


def run(context: Context) -> OperationResult:
    params = context.params
    trigger = {name: params[name] for name in ("job_id", "rule_engine", "trigger_id", "variables")}
    if params["job"] or params["verify"]:
        trigger["job_id"] = _look_up(context)
    if not context.check_mode:
        # The only credential that this call uses, and it is optional.
        method = API_KEY if params["api_key"] else AUTOMATIC
        fire_trigger(GREPR.open_client(context.with_params(auth=method)), **trigger)
    return OperationResult(changed=True, values={"trigger": trigger})


def _look_up(context: Context) -> str:
    """Return the id of the pipeline.

    :raises OptionError: if there is no credential to look it up, or it does not exist.
    """
    params = context.params
    if params["auth"] == AUTOMATIC:
        methods = [GREPR.spec.describe_option(option) for option in ("client_id", "client_secret", "api_key")]
        raise OptionError(
            "Looking up a pipeline (job, verify) requires a credential.",
            hint=f"Give {methods[0]} and {methods[1]}, or {methods[2]}; or give only job_id.",
        )
    client = GREPR.open_client(context)
    job_id = find_pipeline(client, params["job"]) if params["job"] else params["job_id"]
    if params["verify"]:
        require_trigger(client, job_id, params["rule_engine"], params["trigger_id"])
    return job_id


OPERATION = Operation(
    spec=GREPR.spec.allow(ACCESS_TOKEN, CLIENT_CREDENTIALS, API_KEY, optional=True, also_kept=API_KEY) + SPEC, run=run
)


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
