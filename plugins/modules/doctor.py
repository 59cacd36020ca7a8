#!/usr/bin/python
# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: doctor
short_description: Find out why Grepr or GreyMatter cannot be reached
version_added: 0.1.0
author: greyops.rest contributors (@greyops)
description:
  - Goes the way of a first call step by step and reports each one - which option came from where, the proxy, the
    name, the connection, the certificate with its names and dates, the token store, the login, a first call, and the
    clock.
  - Never fails because of what it finds; see RV(healthy).
  - Looks from the host that runs it, with that host's environment. The variables of a task's C(environment) count
    when the work is done in Ansible's worker; in a process of its own give O(grepr) and O(greymatter) instead.
extends_documentation_fragment:
  - greyops.rest._attributes
attributes:
  check_mode:
    support: full
    details: It only reads. It logs in when there is no token yet.
  diff_mode:
    support: none
    details: Nothing is changed.
  idempotent:
    support: full
options:
  service:
    description:
      - The services to examine. If not given, those that have credentials; if none has, both.
    type: list
    elements: str
    choices: [grepr, greymatter]
  grepr:
    description:
      - Options for Grepr, as a task with M(greyops.rest.grepr_request) would have them. The environment completes them.
      - The whole dictionary is kept out of logs.
    type: dict
    default: {}
  greymatter:
    description:
      - Options for GreyMatter, as a task with M(greyops.rest.greymatter_request) would have them. The environment
        completes them.
      - The whole dictionary is kept out of logs.
    type: dict
    default: {}
requirements:
  - python >= 3.9
  - requests >= 2.25
  - cryptography >= 3.4
seealso:
  - module: greyops.rest.grepr_token
  - module: greyops.rest.greymatter_token
"""

EXAMPLES = r"""
# Ad hoc, with credentials in the environment: ansible localhost -m greyops.rest.doctor

- name: Examine what is configured
  greyops.rest.doctor:
  register: doctor

- name: Stop where something is wrong
  ansible.builtin.assert:
    that: doctor.healthy
    fail_msg: "{{ doctor.report }}"

- name: Examine one service from a jump host
  greyops.rest.doctor:
    service: [greymatter]
    greymatter:
      api_url: https://greymatter.example.com
      username: "{{ greymatter_user }}"
      password: "{{ greymatter_password }}"
  delegate_to: jump.example.com
"""

RETURN = r"""
healthy:
  description: Whether no finding has the status V(fail).
  returned: always
  type: bool
  sample: true
report:
  description: The findings as lines for a person.
  returned: always
  type: list
  elements: str
  sample:
    - "ok   grepr name: acme.app.grepr.ai is 192.0.2.10"
findings:
  description: The findings, in the order in which they were made.
  returned: always
  type: list
  elements: dict
  contains:
    service:
      description: The service, V(grepr) or V(greymatter).
      returned: always
      type: str
    check:
      description: What was looked at.
      returned: always
      type: str
    status:
      description: V(ok), V(warn) or V(fail).
      returned: always
      type: str
    detail:
      description: What was found.
      returned: always
      type: str
    advice:
      description: The next step; empty where all is well.
      returned: always
      type: str
api:
  description: What the task asked of the APIs.
  returned: always
  type: dict
  contains:
    calls:
      description: The requests to the APIs, repeats included, logins not.
      returned: always
      type: int
    retries:
      description: How many requests were sent again.
      returned: always
      type: int
    waited:
      description: The seconds spent waiting.
      returned: always
      type: float
    token:
      description: Where the last token came from.
      returned: always
      type: str
"""

from ansible_collections.greyops.rest.plugins.module_utils._doctor.examination import examine
from ansible_collections.greyops.rest.plugins.module_utils._doctor.findings import FAIL
from ansible_collections.greyops.rest.plugins.module_utils._doctor.patients import PATIENTS, has_credentials
from ansible_collections.greyops.rest.plugins.module_utils._module import run_module
from ansible_collections.greyops.rest.plugins.module_utils._operation import Call, Operation, Outcome
from ansible_collections.greyops.rest.plugins.module_utils._options import ArgumentSpec

SPEC = ArgumentSpec(
    options={
        "service": {"type": "list", "elements": "str", "choices": ["grepr", "greymatter"]},
        "grepr": {"type": "dict", "default": {}, "no_log": True},
        "greymatter": {"type": "dict", "default": {}, "no_log": True},
    }
)


def run(call: Call) -> Outcome:
    params = call.params
    services = params["service"] or [name for name in PATIENTS if has_credentials(name, params[name])] or list(PATIENTS)
    findings = [
        finding for name in services for finding in examine(PATIENTS[name], params[name], call.host, call.secrets)
    ]
    return Outcome(
        values={
            "healthy": not any(finding.status == FAIL for finding in findings),
            "report": [finding.line() for finding in findings],
            "findings": [finding.as_result() for finding in findings],
        }
    )


OPERATION = Operation(spec=SPEC, run=run)


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
