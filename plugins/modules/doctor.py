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
  - Perform the steps of a first API call one by one and report each of them - the software, the source of each option,
    the token store, the proxy, the name resolution, the connection, the certificate with its names and dates, the
    login, a first call, and the clock. Findings include what to do next.
  - The checks of a service stop at the first failure that prevents all following checks.
  - Fails if a problem is found that will cause other tasks to fail. Problems that only cost time or additional logins
    are reported as warnings.
  - The checks run on the host of the task. As with the other modules, options and environment variables are read on the
    controller.
  - Each step takes only slightly longer than O(timeout) at most, and is not retried.
extends_documentation_fragment:
  - greyops.rest._attributes
  - greyops.rest._http
  - greyops.rest._token_store
attributes:
  check_mode:
    support: full
    details: Only reads. Logs in if there is no token yet.
  diff_mode:
    support: none
    details: Makes no changes.
  idempotent:
    support: full
    details: Makes no changes.
options:
  service:
    description:
      - The services to check. If not given, the services for which an option or environment variable is set. If there
        is none, both services.
    type: list
    elements: str
    choices: [grepr, greymatter]
  grepr:
    description:
      - Options for Grepr, with the names that M(greyops.rest.grepr_request) uses, such as C(api_url). They take
        precedence over the options at the top level, and both take precedence over the environment.
    type: dict
    default: {}
  greymatter:
    description:
      - Options for GreyMatter, with the names that M(greyops.rest.greymatter_request) uses, such as C(api_url). They
        take precedence over the options at the top level, and both take precedence over the environment.
    type: dict
    default: {}
  details:
    description:
      - Whether to return RV(findings), and each of them as a line of RV(report). By default, findings about the options
        of a service and those about its network share a line if they are V(ok).
    type: bool
    default: false
    version_added: 1.0.0
  controller:
    description:
      - The data of the controller that a task on another host, or as another user, requires. It is set by the action
        plugin. Do not set it.
    type: str
    version_added: 1.0.0
seealso:
  - ref: ansible_collections.greyops.rest.docsite.guide_troubleshooting
    description: What the findings mean and how to fix them.
  - module: greyops.rest.grepr_token
  - module: greyops.rest.greymatter_token
"""

EXAMPLES = r"""
# Ad hoc, with credentials in the environment:
#   ansible localhost -m greyops.rest.doctor
#   ansible localhost -m greyops.rest.doctor -a "service=greymatter ca_path=/etc/ssl/private-ca.pem timeout=5"

- name: Fail if there is a problem
  greyops.rest.doctor:

- name: Check a service with the options that its tasks use
  greyops.rest.doctor:
    grepr:
      org: acme
      client_id: "{{ grepr_client_id }}"
      client_secret: "{{ grepr_client_secret }}"
    token_store: redis

- name: Check what a jump host can reach, and ignore failures
  greyops.rest.doctor:
    service: [greymatter]
    greymatter:
      api_url: https://greymatter.example.com
      username: "{{ greymatter_user }}"
      password: "{{ greymatter_password }}"
  delegate_to: jump.example.com
  register: doctor
  ignore_errors: true

- name: Show the report
  ansible.builtin.debug:
    var: doctor.report

- name: Get each finding as data
  greyops.rest.doctor:
    details: true
  register: doctor

- name: Show certificates that expire soon
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
  description: The findings as lines of text. With O(details=true), a line for each finding.
  returned: always
  type: list
  elements: str
  sample:
    - "ok    grepr       options      client_id = Zm9vYmFy, from GREPR_CLIENT_ID; auth = client_credentials"
    - "ok    grepr       network      proxy: none; name: acme.app.grepr.ai is 192.0.2.10; connection: …"
findings:
  description: The findings, in the order in which they were made.
  returned: if O(details=true)
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
          V(name), V(connection), V(TLS), V(login), V(first call), V(clock), V(login server) and V(doctor).
        - V(options) is about all of them together, V(host) about O(allowed_hosts). V(doctor) is a fault of this module.
        - V(login server) compares O(grepr) C(auth_url) with the login server that the API of Grepr names in its public
          manifest, which is read without a credential.
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
      sample: Renew the certificate.
api:
  description:
    - Requests in C(calls), repeated requests in C(retries), seconds of waiting in C(waited), and the source of the
      credential in C(token). See R(Results,ansible_collections.greyops.rest.docsite.guide_execution.results).
  returned: always
  type: dict
  sample: {calls: 1, retries: 0, waited: 0.0, token: stored}
"""

import json
import os
from dataclasses import replace
from typing import Any

from ..module_utils._argspec import ArgumentSpec
from ..module_utils._context import Context, Directories
from ..module_utils._doctor.check_results import FAIL, WARN, CheckResult, shorten
from ..module_utils._doctor.diagnosis import SERVICES, VARIABLES, diagnose
from ..module_utils._http.settings import HTTP_SPEC
from ..module_utils._module import run_module
from ..module_utils._oauth.settings import TOKEN_STORE_SPEC
from ..module_utils._operation import Operation, OperationResult

_SHARED = {**HTTP_SPEC.options, **TOKEN_STORE_SPEC.options}

SPEC = ArgumentSpec(
    options={
        "service": {"type": "list", "elements": "str", "choices": list(SERVICES)},
        # Not no_log as a whole: core would then remove host names from the report. The action passes the needed values.
        "grepr": {"type": "dict", "default": {}},
        "greymatter": {"type": "dict", "default": {}},
        "details": {"type": "bool", "default": False},
        "controller": {"type": "str", "no_log": True},
        **_SHARED,
    },
    connection=frozenset(_SHARED),
)


def run(context: Context) -> OperationResult:
    params, environ = context.params, {name: os.environ[name] for name in VARIABLES if name in os.environ}
    if params["controller"]:
        message = json.loads(params["controller"])
        own = {name: environ[name] for name in message["own"] if name in environ}
        params, environ = message["params"], {**own, **message["environ"]}
        if message["home"]:
            context.runtime.directories = Directories(message["home"])
    arguments = {name: {**_list_given(params), **params[name]} for name in SERVICES}
    found = list(diagnose(params["service"] or [], arguments, environ, context.runtime))
    findings = [
        replace(one, detail=context.secrets.redact(one.detail), advice=context.secrets.redact(one.advice))
        for one in found
    ]
    failed = [finding for finding in findings if finding.status == FAIL]
    return OperationResult(
        values={
            "failed": bool(failed),
            "msg": _summarize(findings, failed),
            "healthy": not failed,
            "report": [one.to_line() for one in (findings if params["details"] else shorten(findings))],
            **({"findings": [one.as_result() for one in findings]} if params["details"] else {}),
        }
    )


def _list_given(params: dict[str, Any]) -> dict[str, Any]:
    """Return the options of both services that are set: a default must not hide a variable."""
    return {name: params[name] for name, option in _SHARED.items() if params[name] not in (None, option.get("default"))}


def _summarize(findings: list[CheckResult], failed: list[CheckResult]) -> str:
    if failed:
        message = " ".join(f"{one.service}, {one.check}: {one.detail.rstrip('.')}. {one.advice}" for one in failed)
        return f"{len(failed)} of {len(findings)} checks failed. {message}"
    warnings = sum(finding.status == WARN for finding in findings)
    return f"All {len(findings)} checks passed, {warnings} of them with a warning."


OPERATION = Operation(spec=SPEC, run=run)


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
