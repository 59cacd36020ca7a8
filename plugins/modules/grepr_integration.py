#!/usr/bin/python
# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: grepr_integration
short_description: Manage Grepr integrations
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Create, update and delete an integration, which connects Grepr to an observability vendor, a data warehouse, a
    language model or an MCP server, and set its secrets.
  - The given options are compared with the current integration. Omitted options are not changed, and neither are
    omitted keys of O(payload).
  - Fails if the integration was changed by another client in the meantime, because Grepr rejects the write.
options:
  type:
    description: The type of the integration.
    type: str
    required: true
    choices:
      - datadog
      - splunk
      - newrelic
      - sumo
      - otlp
      - data-warehouse
      - s3-data-warehouse
      - s3-vector-index
      - webhook
      - anthropic
      - gemini
      - litellm
      - openai
      - datadog-mcp
      - github-mcp
      - pagerduty-mcp
      - slack-mcp
  name:
    description:
      - The name of the integration, which is unique within its O(type).
      - If O(id) is given, the new name of the integration.
    type: str
  id:
    description:
      - The ID of the integration. Use it to rename an integration.
      - Required if O(name) is not given. The ID of a new integration cannot be chosen.
    type: str
  state:
    description:
      - V(present) creates or updates the integration.
      - V(absent) deletes the integration.
    type: str
    choices: [present, absent]
    default: present
  payload:
    description:
      - The settings of the integration, with the key names of the API. The supported keys depend on O(type).
      - C(datadog) supports C(site) (required), C(filterQuery), C(additionalTags), C(sendKeyId),
        C(dashboardFreshnessWindow), C(includeNeverViewedDashboards) and C(validateKeysOnSave).
      - C(splunk) supports C(filterQuery), C(additionalTags), C(splunkHost), C(ingestHost), C(ingestPort), C(restHost),
        C(restPort), C(webHost), C(webPort) and C(secure). Its ports are strings and must be quoted.
      - C(newrelic) supports C(site) (required), C(accountId), C(dashboardFreshnessWindow) and C(privateLink).
      - C(otlp) supports C(endpoint) (required), C(logsEndpoint), C(tracesEndpoint), C(headers), C(attributeHeaders) and
        C(outputEncoding).
      - C(s3-data-warehouse) supports C(bucketName) (required), C(assumeRoleArn), C(prefix) and C(region). The bucket
        and the role cannot be changed later.
      - C(s3-vector-index) supports C(dimensions) (required) and C(distanceMetric). Neither can be changed later.
      - C(webhook) supports C(agentSubscriptions), C(schemaDescription) and C(systemType), all of which are required.
      - C(anthropic), C(gemini), C(litellm) and C(openai) support C(validateKeysOnSave), C(integrationMaxTokens) and
        C(maxTokensWindowHours); C(litellm) also C(baseUrl) (required).
      - C(datadog-mcp), C(github-mcp), C(pagerduty-mcp) and C(slack-mcp) support C(serverUrl) (required) and
        C(validateKeysOnSave); C(pagerduty-mcp) also C(accountUrl).
      - C(sumo) and C(data-warehouse) support no keys.
    type: dict
  team_ids:
    description: The IDs or names of all teams that the integration belongs to.
    type: list
    elements: str
  secrets:
    description:
      - The secrets of the integration. The supported secrets depend on O(type).
      - Grepr returns secrets only masked, so they cannot be compared. O(update_secret) controls when they are written.
      - An empty string removes a secret if it can be removed.
    type: dict
    suboptions:
      api_key:
        description: The API key of C(datadog), C(newrelic), the language models and the MCP servers.
        type: str
      app_key:
        description: The application key of C(datadog) and C(datadog-mcp). It can be removed from C(datadog).
        type: str
      client_token:
        description: The client token of C(datadog). It can be removed.
        type: str
      auth_token:
        description: The token of the HTTP event collector of C(splunk).
        type: str
      rest_auth_token:
        description: The token of the REST API of C(splunk).
        type: str
      license_key:
        description: The licence key that is used to send data to C(newrelic).
        type: str
      endpoint:
        description: The URL of the HTTP source of C(sumo), which is itself a secret.
        type: str
      api_keys:
        description:
          - All API keys of C(datadog), for organizations that may have several, with the key names of the API.
          - Grepr rejects a different sending key while a pipeline uses the integration.
        type: list
        elements: dict
        suboptions:
          keyId:
            description: The ID of an existing key.
            type: str
          label:
            description: The label of the key.
            type: str
          sendKey:
            description: Whether Grepr sends data with this key.
            type: bool
          value:
            description: The value of the key.
            type: str
      secret_headers:
        description: Headers of C(otlp) with secret values, by header name. They can be removed.
        type: dict
  update_secret:
    description:
      - V(on_create) writes a secret only if Grepr shows none yet, as for a new integration.
      - V(always) writes the secrets on every run and always reports a change. Use it to replace a secret.
    type: str
    choices: [always, on_create]
    default: on_create
  force:
    description: Whether to delete an integration that is used by jobs. Grepr does not document what happens to these
      jobs.
    type: bool
    default: false
  return_token:
    description:
      - Whether to return the token of a C(otlp) integration, which senders use to authenticate to Grepr, as RV(token).
      - The result is then hidden from the output, but C(register) stores its values. Other tasks do not hide them, so
        set C(no_log=true) on tasks that use the registered variable.
      - Not supported with C(async), and in loops on ansible-core 2.18, because these would show the token.
    type: bool
    default: false
notes:
  - For C(splunk), Grepr accepts tokens only and no API key.
  - According to Grepr's documentation, a running pipeline uses the old secret until it is restarted or changed.
seealso:
  - module: greyops.rest.grepr_integration_info
  - module: greyops.rest.grepr_dataset
extends_documentation_fragment:
  - greyops.rest._grepr
  - greyops.rest._http
  - greyops.rest._token_store
  - greyops.rest._attributes
  - greyops.rest._attributes.grepr
attributes:
  async:
    support: partial
    details: Not together with O(return_token=true).
  check_mode:
    support: full
  diff_mode:
    support: full
    details: Shows the writable properties, and only the names of the secrets that are written.
  idempotent:
    support: partial
    details: With O(update_secret=always), secrets are written on every run.
"""

EXAMPLES = r"""
- name: Connect Grepr with Datadog
  greyops.rest.grepr_integration:
    type: datadog
    name: Datadog EU
    payload:
      site: datadoghq.eu
      additionalTags: ["via:grepr"]
    secrets:
      api_key: "{{ vault_datadog_api_key }}"
      app_key: "{{ vault_datadog_app_key }}"
    team_ids: [platform]

- name: Replace an API key
  greyops.rest.grepr_integration:
    type: datadog
    name: Datadog EU
    secrets:
      api_key: "{{ vault_datadog_api_key }}"
    update_secret: always

- name: Remove the application key
  greyops.rest.grepr_integration:
    type: datadog
    name: Datadog EU
    secrets:
      app_key: ""

- name: Connect Grepr with Splunk, which requires a token and not an API key
  greyops.rest.grepr_integration:
    type: splunk
    name: Splunk
    payload:
      ingestHost: hec.splunk.example.com
      ingestPort: "8088"
    secrets:
      auth_token: "{{ vault_splunk_hec_token }}"

- name: Use an existing bucket as a data warehouse
  greyops.rest.grepr_integration:
    type: s3-data-warehouse
    name: lake
    payload:
      bucketName: acme-grepr-lake
      assumeRoleArn: arn:aws:iam::123456789012:role/grepr
      region: eu-central-1

- name: Create a warehouse that is hosted by Grepr
  greyops.rest.grepr_integration:
    type: data-warehouse
    name: hosted lake

- name: Accept data from OpenTelemetry senders and get the token for them
  greyops.rest.grepr_integration:
    type: otlp
    name: collectors
    payload:
      endpoint: https://otlp.example.com
    secrets:
      secret_headers:
        X-Api-Key: "{{ vault_otlp_key }}"
    return_token: true
  register: otlp

- name: Add a language model of Anthropic
  greyops.rest.grepr_integration:
    type: anthropic
    name: Claude
    payload:
      maxTokensWindowHours: 24
    secrets:
      api_key: "{{ vault_anthropic_api_key }}"

- name: Show what a new name would change, without changing anything
  greyops.rest.grepr_integration:
    type: datadog
    id: 0jn5rdc93r10t
    name: Datadog Europe
  check_mode: true
  diff: true

- name: Delete an integration that is not used by jobs
  greyops.rest.grepr_integration:
    type: splunk
    name: Splunk
    state: absent
"""

RETURN = r"""
integration:
  description:
    - The integration as Grepr has it, or as it would be in check mode. Secrets are masked by Grepr.
    - V(null) when there is none.
  returned: success
  type: dict
  sample:
    id: 0jn5rdc93r10t
    name: Datadog EU
    type: datadog
    version: 1
    organizationId: acme
    payload:
      site: datadoghq.eu
      filterQuery: ''
      additionalTags: ["via:grepr"]
      apiKey: '**************ey'
    jobIds: [0ms4k2v9q1x7d]
    teamIds: []
    createdAt: '2026-03-01T12:00:00Z'
    updatedAt: '2026-03-02T08:30:00Z'
token:
  description:
    - The token with which senders reach Grepr.
    - V(null) for an integration that would be made, in check mode.
  returned: success, with O(return_token=true) and O(state=present)
  type: str
  sample: invented-token
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
from ..module_utils._comparison import drop_none
from ..module_utils._context import Context
from ..module_utils._errors import OptionError
from ..module_utils._grepr.integrations import (
    ALWAYS,
    INTEGRATION_TYPES,
    ON_CREATE,
    build_resource_type,
    check_options,
    iter_strings,
    plan_secrets,
    read_token,
    require_token,
    require_unused,
    write_secrets,
)
from ..module_utils._grepr.names import NameResolver
from ..module_utils._grepr.resources import (
    RESOURCE_SPEC,
    GreprResourceApi,
    without_secrets,
)
from ..module_utils._grepr.service import GREPR
from ..module_utils._module import run_module
from ..module_utils._operation import Operation, OperationResult
from ..module_utils._resource import STATE_SPEC, plan_resource

_SECRETS: dict[str, dict[str, Any]] = {
    "api_key": {"type": "str", "no_log": True},
    "app_key": {"type": "str", "no_log": True},
    "client_token": {"type": "str", "no_log": True},
    "auth_token": {"type": "str", "no_log": True},
    "rest_auth_token": {"type": "str", "no_log": True},
    "license_key": {"type": "str", "no_log": True},
    "endpoint": {"type": "str", "no_log": True},
    "api_keys": {
        "type": "list",
        "elements": "dict",
        "no_log": True,
        "options": {
            "keyId": {"type": "str", "no_log": False},
            "label": {"type": "str"},
            "sendKey": {"type": "bool", "no_log": False},
            "value": {"type": "str", "no_log": True},
        },
    },
    "secret_headers": {"type": "dict", "no_log": True},
}

SPEC = ArgumentSpec(
    options={
        "type": {"type": "str", "required": True, "choices": list(INTEGRATION_TYPES)},
        "payload": {"type": "dict"},
        "team_ids": {"type": "list", "elements": "str"},
        "secrets": {"type": "dict", "no_log": True, "options": _SECRETS},
        "update_secret": {"type": "str", "choices": [ALWAYS, ON_CREATE], "default": ON_CREATE, "no_log": False},
        "force": {"type": "bool", "default": False},
        "return_token": {"type": "bool", "default": False, "no_log": False},
    }
)


def run(context: Context) -> OperationResult:
    params, state, integration_type = context.params, context.params["state"], INTEGRATION_TYPES[context.params["type"]]
    secrets = {name: value for name, value in (params["secrets"] or {}).items() if value is not None}
    context.secrets.register(*iter_strings(secrets))
    require_token(integration_type, params["auth"])
    check_options(integration_type, params["payload"], secrets)
    if params["return_token"] and integration_type.type != "otlp":
        raise OptionError(
            f"return_token is for otlp integrations, not for {integration_type.type} integrations.", hint="Remove it."
        )
    client = GREPR.open_client(context)
    integrations = GreprResourceApi(client, build_resource_type(integration_type))
    current = integrations.find(params)
    if state == "absent":
        require_unused(current, params["force"])
        planned = plan_resource(integrations.resource_type, current, {}, state)
        deleted = planned.after if context.check_mode else integrations.apply(planned)
        return OperationResult(planned.changed, {"integration": deleted}, planned.as_diff())
    planned = plan_resource(
        integrations.resource_type, current, _build_desired(params, NameResolver(client, params["auth"]))
    )
    steps = plan_secrets(integration_type, current, secrets, params["update_secret"])
    integration = planned.after
    if not context.check_mode:
        integration = integrations.apply(planned) or {}
        if steps:
            write_secrets(client, integrations.build_path(integration["id"]), steps)
            integration = integrations.read(integration["id"])
    values: dict[str, Any] = {"integration": integration and without_secrets(integration)}
    if params["return_token"]:
        known = (integration or {}).get("id")
        values["token"] = read_token(client, integrations.build_path(known)) if known else None
        context.secrets.register_tokens(values["token"])
    diff = planned.as_diff()
    if steps:
        diff["before"]["secrets"], diff["after"]["secrets"] = {}, {step.name: step.description for step in steps}
    return OperationResult(planned.changed or bool(steps), values, diff)


def _build_desired(params: dict[str, Any], names: NameResolver) -> dict[str, Any]:
    return drop_none(
        name=params["name"],
        type=params["type"],
        # An empty payload changes nothing: omitting a key does not delete it.
        payload=params["payload"] or None,
        teamIds=names.teams(params["team_ids"]),
    )


OPERATION = Operation(spec=GREPR.spec + RESOURCE_SPEC + STATE_SPEC + SPEC, run=run, secret_option="return_token")


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
