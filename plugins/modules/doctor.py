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
  - Goes the way of a first call step by step and reports each one - the software, which option came from where, the
    token store, the proxy, the name, the connection, the certificate with its names and dates, the login, a first
    call, and the clock. What is not in order carries the next step.
  - A service is examined up to the first step that stands in the way of all others.
  - The task fails when something was found that will make other tasks fail. What only costs time or more logins is a
    warning in the report.
  - Looks from the host that runs it. Options and variables are read on the controller, as with the other modules.
  - Each step takes no longer than O(timeout) and a moment, and nothing is tried twice.
extends_documentation_fragment:
  - greyops.rest._attributes
  - greyops.rest._http
  - greyops.rest._token_store
attributes:
  check_mode:
    support: full
    details: It only reads. It logs in when there is no token yet.
  diff_mode:
    support: none
    details: Nothing is changed.
  idempotent:
    support: full
    details: Nothing is changed.
options:
  service:
    description:
      - The services to examine. If not given, those that any option or variable was given for; if there is none, both.
    type: list
    elements: str
    choices: [grepr, greymatter]
  grepr:
    description:
      - Options for Grepr, under the names that M(greyops.rest.grepr_request) has for them, such as C(api_url). They win
        over the options beside this one, and both win over the environment.
    type: dict
    default: {}
  greymatter:
    description:
      - Options for GreyMatter, under the names that M(greyops.rest.greymatter_request) has for them, such as
        C(api_url). They win over the options beside this one, and both win over the environment.
    type: dict
    default: {}
  controller:
    description:
      - What a task that runs on another host, or as another user, has to know of the controller. It is filled in by
        the action plugin; leave it alone.
    type: str
    version_added: 1.0.0
seealso:
  - ref: ansible_collections.greyops.rest.docsite.guide_troubleshooting
    description: What its findings mean, and what to do.
  - module: greyops.rest.grepr_token
  - module: greyops.rest.greymatter_token
"""

EXAMPLES = r"""
# Ad hoc, with credentials in the environment:
#   ansible localhost -m greyops.rest.doctor
#   ansible localhost -m greyops.rest.doctor -a "service=greymatter ca_path=/etc/ssl/private-ca.pem timeout=5"

- name: Stop where something is wrong
  greyops.rest.doctor:

- name: Examine a service with the options that its tasks have
  greyops.rest.doctor:
    grepr:
      org: acme
      client_id: "{{ grepr_client_id }}"
      client_secret: "{{ grepr_client_secret }}"
    token_store: redis

- name: Examine what a jump host can reach, and go on in any case
  greyops.rest.doctor:
    service: [greymatter]
    greymatter:
      api_url: https://greymatter.example.com
      username: "{{ greymatter_user }}"
      password: "{{ greymatter_password }}"
  delegate_to: jump.example.com
  register: doctor
  ignore_errors: true

- name: Show what was found
  ansible.builtin.debug:
    var: doctor.report

- name: Name the certificates that are about to end
  ansible.builtin.debug:
    msg: "{{ doctor.findings | selectattr('check', 'eq', 'TLS') | selectattr('status', 'eq', 'warn') }}"
"""

RETURN = r"""
msg:
  description: How many checks were made, and everything that failed with its next step.
  returned: always
  type: str
  sample: All 25 checks passed, 0 of them with a warning.
healthy:
  description: Whether no finding has the status V(fail). The task fails otherwise.
  returned: always
  type: bool
  sample: true
report:
  description: The findings as lines for a person.
  returned: always
  type: list
  elements: str
  sample:
    - "ok    grepr       name         acme.app.grepr.ai is 192.0.2.10"
findings:
  description: The findings, in the order in which they were made.
  returned: always
  type: list
  elements: dict
  contains:
    service:
      description: The service, V(grepr) or V(greymatter), or V(host) for what concerns both.
      returned: always
      type: str
      sample: grepr
    check:
      description:
        - What was looked at, one of V(user), V(software), V(option), V(options), V(host), V(token store), V(proxy),
          V(name), V(connection), V(TLS), V(login), V(first call), V(clock) and V(doctor).
        - V(options) is about all of them together, V(host) about O(allowed_hosts). V(doctor) is a fault of this module.
      returned: always
      type: str
      sample: TLS
    status:
      description: V(ok), V(warn) or V(fail).
      returned: always
      type: str
      sample: warn
    detail:
      description: What was found.
      returned: always
      type: str
      sample: "TLSv1.3, certificate for acme.app.grepr.ai, valid from 2026-09-01 to 2026-11-30: 8 days left"
    advice:
      description: The next step; empty where all is well.
      returned: always
      type: str
      sample: Have the certificate renewed.
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

import json
import os
from dataclasses import replace
from typing import Any

from ansible_collections.greyops.rest.plugins.module_utils._doctor.findings import FAIL, WARN, Finding
from ansible_collections.greyops.rest.plugins.module_utils._doctor.patients import PATIENTS, VARIABLES, examine_all
from ansible_collections.greyops.rest.plugins.module_utils._http.host import Directories
from ansible_collections.greyops.rest.plugins.module_utils._http.settings import HTTP_SPEC
from ansible_collections.greyops.rest.plugins.module_utils._module import run_module
from ansible_collections.greyops.rest.plugins.module_utils._oauth.settings import TOKEN_STORE_SPEC
from ansible_collections.greyops.rest.plugins.module_utils._operation import Call, Operation, Outcome
from ansible_collections.greyops.rest.plugins.module_utils._options import ArgumentSpec

_SHARED = {**HTTP_SPEC.options, **TOKEN_STORE_SPEC.options}

SPEC = ArgumentSpec(
    options={
        "service": {"type": "list", "elements": "str", "choices": list(PATIENTS)},
        # Not secret as a whole: core would then cut host names out of the report. See the action for what it is told.
        "grepr": {"type": "dict", "default": {}},
        "greymatter": {"type": "dict", "default": {}},
        "controller": {"type": "str", "no_log": True},
        **_SHARED,
    }
)


def run(call: Call) -> Outcome:
    params, environ = call.params, {name: os.environ[name] for name in VARIABLES if name in os.environ}
    if params["controller"]:
        told = json.loads(params["controller"])
        own = {name: environ[name] for name in told["own"] if name in environ}
        params, environ = told["params"], {**own, **told["environ"]}
        if told["home"]:
            call.host.directories = Directories(told["home"])
    arguments = {name: {**_given(params), **params[name]} for name in PATIENTS}
    found = list(examine_all(params["service"] or [], arguments, environ, call.host, call.secrets))
    findings = [
        replace(one, detail=call.secrets.redact(one.detail), advice=call.secrets.redact(one.advice)) for one in found
    ]
    failed = [finding for finding in findings if finding.status == FAIL]
    return Outcome(
        values={
            "failed": bool(failed),
            "msg": _summary(findings, failed),
            "healthy": not failed,
            "report": [finding.line() for finding in findings],
            "findings": [finding.as_result() for finding in findings],
        }
    )


def _given(params: dict[str, Any]) -> dict[str, Any]:
    """The options for both services that say something: a default must not hide a variable."""
    return {name: params[name] for name, option in _SHARED.items() if params[name] not in (None, option.get("default"))}


def _summary(findings: list[Finding], failed: list[Finding]) -> str:
    if failed:
        told = " ".join(f"{one.service}, {one.check}: {one.detail.rstrip('.')}. {one.advice}" for one in failed)
        return f"{len(failed)} of {len(findings)} checks failed. {told}"
    warnings = sum(finding.status == WARN for finding in findings)
    return f"All {len(findings)} checks passed, {warnings} of them with a warning."


OPERATION = Operation(spec=SPEC, run=run)


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
