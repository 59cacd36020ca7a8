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
from ..module_utils._context import Context
from ..module_utils._errors import OptionError
from ..module_utils._grepr.integration_kind import INTEGRATION_KIND, iter_secrets
from ..module_utils._grepr.integrations import read_token
from ..module_utils._grepr.names import NameResolver
from ..module_utils._grepr.service import GREPR
from ..module_utils._module import run_module
from ..module_utils._operation import Operation, OperationResult

SPEC = ArgumentSpec(options={"return_token": {"type": "bool", "default": False, "no_log": False}})


def run(context: Context) -> OperationResult:
    params = context.params
    context.secrets.register(*iter_secrets(params))
    if params["return_token"] and params["type"] != "otlp":
        raise OptionError(
            f"return_token is for otlp integrations, not for {params['type']} integrations.", hint="Remove it."
        )
    client = GREPR.open_client(context)
    change = INTEGRATION_KIND.plan_change(NameResolver(client, params["auth"]), params)
    integration = change.predict() if context.check_mode else change.apply(client)
    values: dict[str, Any] = {"integration": integration}
    if params["return_token"] and params["state"] == "present":
        known = (integration or {}).get("id")
        values["token"] = read_token(client, change.api.build_path(known)) if known else None
        context.secrets.register_tokens(values["token"])
    return OperationResult(change.changed, values, change.as_diff())


OPERATION = Operation(spec=GREPR.spec + INTEGRATION_KIND.spec + SPEC, run=run, secret_option="return_token")


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
