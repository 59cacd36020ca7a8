#!/usr/bin/python
# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: grepr_account
short_description: Manage a whole Grepr account in one task
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Create, update and delete teams, roles, users, integrations, datasets, templates, service accounts and pipelines,
    each in the same way as the module for a single resource. All of them have one plan, in the order of dependency, so
    that an empty account is planned and written by one task.
  - What the task creates can be referred to by its name, in check mode too. What the task deletes does not exist for
    the rest of O(account).
  - Everything is validated before anything is written. All problems are reported together, each with its place, such
    as C(teams[0].members[1]).
  - Several resources are changed concurrently. If some of them fail, what refers to them is not sent, and all other
    resources are still processed. The task then fails, and its result contains the outcome of every resource.
options:
  account:
    description:
      - The resources of the account. Resources that are not listed are not changed, unless O(purge) selects them.
      - The resources of each kind have the options of the module for a single resource, among them C(state). Options of
        the module that return a value or are actions are not supported. An unknown option is an error that contains its
        place.
      - Each resource must be described once, by its name, its ID or its e-mail address.
    type: dict
    required: true
    suboptions:
      teams:
        description: Teams, with the options of M(greyops.rest.grepr_team).
        type: list
        elements: dict
      roles:
        description: Roles, with the options of M(greyops.rest.grepr_role).
        type: list
        elements: dict
      users:
        description: Users, with the options of M(greyops.rest.grepr_user). Requires a token, and not an API key.
        type: list
        elements: dict
      integrations:
        description:
          - Integrations, with the options of M(greyops.rest.grepr_integration) except C(return_token).
          - A pipeline that the task deletes, or changes so that it does not use an integration anymore, does not
            prevent the deletion of the integration.
        type: list
        elements: dict
      datasets:
        description: Datasets, with the options of M(greyops.rest.grepr_dataset).
        type: list
        elements: dict
      templates:
        description: Templates, with the options of M(greyops.rest.grepr_template) except C(test).
        type: list
        elements: dict
      service_accounts:
        description:
          - Service accounts, with the options of M(greyops.rest.grepr_service_account) except C(rotate_secret) and
            C(return_secret).
          - A new service account requires O(return_secrets=true).
        type: list
        elements: dict
      pipelines:
        description:
          - Pipelines, with the options of a pipeline in O(greyops.rest.grepr_jobs#module:jobs).
          - If a new vertex uses a template that the task creates or changes, it gets the new version of the template.
        type: list
        elements: dict
  purge:
    description:
      - Tags, such as V({"managed_by":"ansible"}). Pipelines that have all of these tags and are not in
        O(account.pipelines) are deleted.
      - Only pipelines are purged. To delete other resources, list them with C(state=absent).
      - Requires O(account.pipelines), which can be an empty list. Without a tag, as with V({}), nothing is deleted.
    type: dict
  validate:
    description:
      - V(local) validates the graphs of pipelines as M(greyops.rest.grepr_job) does.
      - V(remote) also asks Grepr to validate the queries, grok rules and SQL statements of the graphs that would be
        written, in check mode too. Equal expressions are sent once.
      - V(none) skips all of this. Names in graphs that do not exist are sent to Grepr as they are.
    type: str
    choices: [none, local, remote]
    default: local
  concurrency:
    description: The maximum number of resources that are changed concurrently, from 1 to 100.
    type: int
    default: 10
  wait:
    description: Whether to wait until each changed pipeline is in the requested state.
    type: bool
    default: true
  wait_timeout:
    description: The maximum time to wait for one pipeline in seconds. V(0) or more.
    type: float
    default: 600
  return_secrets:
    description:
      - Whether to return the secrets of the service accounts that the task creates as RV(secrets), for later tasks.
        Fails before anything is written if O(return_secrets=false) and a service account would be created, in check
        mode too.
      - The result is then hidden from the output, but C(register) stores its values. Other tasks do not hide them, so
        set C(no_log=true) on tasks that use the registered variable.
      - Not supported with C(async), and in loops on ansible-core 2.18, because these would show the secrets.
    type: bool
    default: false
notes:
  - Roles are written first, then users, teams, integrations, datasets, templates, service accounts and pipelines.
    Other resources are deleted after the pipelines are written, in the reverse order.
  - If nothing changes, the task reads one list for each kind in O(account), for integrations one for each C(type), the
    settings of each table and each estimation in O(account.datasets), and the users of each team with C(leaders) or
    C(members). Each page of a long list is a call. Names that refer to other kinds of resources cost one list for each
    of these.
  - With C(async), some versions of ansible-core, such as 2.18, store RV(results) as C(ansible_module_results).
  - If a task fails that has created service accounts, its result does not contain their secrets. Read these with
    M(greyops.rest.grepr_service_account) and O(greyops.rest.grepr_service_account#module:return_secret=true).
seealso:
  - module: greyops.rest.grepr_jobs
    description: Manage pipelines only.
  - module: greyops.rest.grepr_team
  - module: greyops.rest.grepr_role
  - module: greyops.rest.grepr_user
  - module: greyops.rest.grepr_integration
  - module: greyops.rest.grepr_dataset
  - module: greyops.rest.grepr_template
  - module: greyops.rest.grepr_service_account
extends_documentation_fragment:
  - greyops.rest._grepr
  - greyops.rest._http
  - greyops.rest._token_store
  - greyops.rest._attributes
  - greyops.rest._attributes.grepr
attributes:
  async:
    support: partial
    details: Not together with O(return_secrets=true).
  check_mode:
    support: full
  diff_mode:
    support: full
    details: Shows the resources that change, by kind and name, and only the names of the secrets that are written.
  idempotent:
    support: partial
    details: With C(update_secret=always), the secrets of an integration are written on every run.
"""

EXAMPLES = r"""
- name: Create a team with all that it needs in an empty account, and keep the secret of its service account
  greyops.rest.grepr_account:
    return_secrets: true
    account:
      roles:
        - name: Pipeline developer
          description: Change pipelines, and see what they use.
          permissions: ["view:jobs", "edit:jobs", "view:datasets", "view:integrations"]
      users:
        - email: ann@example.com
          first_name: Ann
          last_name: Example
          password: "{{ vault_initial_password }}"
          roles: [Pipeline developer]
      teams:
        - name: checkout
          leaders: [ann@example.com]
      integrations:
        - type: data-warehouse
          name: lake
        - type: datadog
          name: Datadog EU
          payload:
            site: datadoghq.eu
          secrets:
            api_key: "{{ vault_datadog_api_key }}"
          team_ids: [checkout]
      datasets:
        - name: raw_logs
          integration_id: lake
          team_ids: [checkout]
      service_accounts:
        - name: dashboards
          roles: [Viewer]
      pipelines:
        - name: checkout_web
          team_ids: [checkout]
          tags:
            managed_by: ansible
          job_graph:
            vertices:
              - type: datadog-log-agent-source
                name: source
                integrationId: Datadog EU
              - type: logs-iceberg-table-sink
                name: sink
                datasetId: raw_logs
            edges:
              - source -> sink
  register: result

- name: Show what would change, without changing anything
  greyops.rest.grepr_account:
    account: "{{ lookup('ansible.builtin.file', 'account.yml') | from_yaml }}"
  check_mode: true
  diff: true

- name: Apply the account in version control, and delete pipelines that are no longer in it
  greyops.rest.grepr_account:
    account: "{{ lookup('ansible.builtin.file', 'account.yml') | from_yaml }}"
    purge:
      managed_by: ansible

- name: Delete a team together with its dataset and its pipeline
  greyops.rest.grepr_account:
    account:
      pipelines:
        - name: checkout_web
          state: absent
      datasets:
        - name: raw_logs
          state: absent
      teams:
        - name: checkout
          state: absent

- name: Log in as the new service account. no_log is required because the options contain the secret
  greyops.rest.grepr_job_info:
    client_id: "{{ result.secrets.dashboards.client_id }}"
    client_secret: "{{ result.secrets.dashboards.client_secret }}"
  no_log: true
"""

RETURN = r"""
results:
  description:
    - A list for each kind in O(account), such as C(teams), with one result for each resource, in the order of
      O(account). Purged pipelines are at the end.
    - Each result contains C(name); C(action), which is V(create), V(update), V(recreate), V(delete) or V(none);
      C(changed); C(changes), the differences of a resource that exists before and after, as lines of text, and
      C(differences), the same as data with C(path), C(before) and C(after); C(error), which is V(null) if it did not
      fail; and of a resource that existed before C(edited_by) and C(edited_at), if Grepr returns them.
    - IDs of resources that the task creates are shown as C(<new team checkout>).
  returned: always, except for errors that are found before the account is read
  type: dict
  sample:
    teams:
      - name: checkout
        action: create
        changed: true
        changes: []
        differences: []
        error: null
        edited_by: null
        edited_at: null
    datasets:
      - name: raw_logs
        action: update
        changed: true
        changes: ["teamIds: none -> <new team checkout>"]
        differences:
          - path: teamIds
            before: []
            after: ["<new team checkout>"]
        error: null
        edited_by: null
        edited_at: null
counts:
  description: The numbers of results by their action. Those that failed are counted in C(failed) only.
  returned: always, except for errors that are found before the account is read
  type: dict
  sample: {create: 1, update: 1, delete: 0, recreate: 0, unchanged: 0, failed: 0, total: 2}
secrets:
  description:
    - C(client_id) and C(client_secret) of each new service account, by its name. V(null) in check mode.
  returned: success, with O(return_secrets=true)
  type: dict
  sample:
    dashboards:
      client_id: Yx3kInvented
      client_secret: invented-secret
problems:
  description: All problems, each with its place.
  returned: if O(account) is invalid
  type: list
  elements: str
  sample: ["teams[0].members[1]: There is no user eve@example.com, neither by id nor by email nor name"]
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
from ..module_utils._concurrency import validate_concurrency
from ..module_utils._context import Context
from ..module_utils._errors import PartialFailureError, ValidationError, raise_on_errors
from ..module_utils._grepr.account import (
    ACCOUNT_OPTIONS,
    PIPELINES,
    SERVICE_ACCOUNTS,
    USERS,
    Entry,
    list_secrets,
    parse_account,
    validate_entries,
)
from ..module_utils._grepr.account_apply import apply_account, raise_on_failure
from ..module_utils._grepr.account_plan import AccountPlan, plan_account
from ..module_utils._grepr.names import NameResolver
from ..module_utils._grepr.pipeline import NONE, REMOTE, VALIDATE_OPTION, show_warnings
from ..module_utils._grepr.pipelines_bulk import list_all_warnings, validate_plans, validate_remotely
from ..module_utils._grepr.service import GREPR
from ..module_utils._module import run_module
from ..module_utils._operation import Operation, OperationResult
from ..module_utils._polling import validate_wait_timeout
from ..module_utils._service import API_KEY

SPEC = ArgumentSpec(
    options={
        "account": {"type": "dict", "required": True, "options": ACCOUNT_OPTIONS},
        "purge": {"type": "dict"},
        **VALIDATE_OPTION,
        "concurrency": {"type": "int", "default": 10},
        "wait": {"type": "bool", "default": True},
        "wait_timeout": {"type": "float", "default": 600.0},
        "return_secrets": {"type": "bool", "default": False, "no_log": False},
    }
)

_INVALID = "The account cannot be written"


def run(context: Context) -> OperationResult:
    params = context.params
    context.secrets.register(*list_secrets(params["account"]))
    entries, problems = parse_account(params["account"])
    raise_on_errors([*problems, *_validate(context, entries)], _INVALID)
    client = GREPR.open_client(context)
    names = NameResolver(client, params["auth"], strict=params["validate"] != NONE)
    kinds = [kind for kind, items in params["account"].items() if items is not None]
    plan = plan_account(names, kinds, entries, purge=params["purge"], returns_secrets=params["return_secrets"])
    _check_plan(context, plan)
    secrets: dict[str, Any] = {item.name: None for item in plan.select(SERVICE_ACCOUNTS) if item.planned_id}
    if not context.check_mode:
        secrets = apply_account(
            context, plan, params["concurrency"], wait=params["wait"], timeout=params["wait_timeout"]
        )
        raise_on_failure(plan)
    shown = {"secrets": secrets} if params["return_secrets"] else {}
    return OperationResult(plan.changed, {**plan.as_result(), **shown}, plan.as_diff())


def _validate(context: Context, entries: list[Entry]) -> list[str]:
    """Return the errors that are found without a request."""
    params = context.params
    problems = validate_entries(entries, params["validate"], params["purge"])
    if params["purge"] and params["account"].get(PIPELINES) is None:
        problems.append(f"purge requires {PIPELINES} in account")
    if params["auth"] == API_KEY and any(entry.kind == USERS for entry in entries):
        problems.append(f"{USERS}: Grepr manages users only with tokens. Give client_id and client_secret")
    problems += validate_wait_timeout(params["wait_timeout"], may_be_zero=True)
    return problems + validate_concurrency(params["concurrency"])


def _check_plan(context: Context, plan: AccountPlan) -> None:
    """
    :raises ValidationError: a part of the plan is impossible; it contains all problems and the whole plan.
    """
    validate = context.params["validate"]
    if validate != NONE:
        show_warnings(context, list_all_warnings(plan.pipelines, PIPELINES))
        plan.problems += validate_plans(plan.pipelines, PIPELINES)
    if validate == REMOTE:
        plan.problems += validate_remotely(context, plan.pipelines, context.params["concurrency"], PIPELINES)
    if plan.problems:
        error = ValidationError(_INVALID, plan.problems, len(plan.problems))
        raise PartialFailureError(error.message, {**error.as_result(), **plan.as_result()})


OPERATION = Operation(spec=GREPR.spec + SPEC, run=run, secret_option="return_secrets")


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
