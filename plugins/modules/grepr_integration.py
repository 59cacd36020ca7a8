#!/usr/bin/python
# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: grepr_integration
short_description: Manage an integration of Grepr with a vendor
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Makes, changes and deletes an integration, with which Grepr reaches a vendor of observability, a data warehouse, a
    language model or a server of tools, and writes its secrets.
  - Compares what you give with what is there. What you leave out stays as it is, single keys of O(payload) as well.
  - Grepr refuses a write when somebody else has changed the integration meanwhile. The task then fails and says so.
options:
  type:
    description: The kind of integration.
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
      - The integration's name, which is unique for each O(type).
      - With O(id), the name that it is to have from now on.
    type: str
  id:
    description:
      - The integration's id, to give it another name.
      - Needed unless O(name) is given. An integration cannot be made with an id of its own.
    type: str
  state:
    description:
      - V(present) makes the integration, or changes it.
      - V(absent) deletes it.
    type: str
    choices: [present, absent]
    default: present
  payload:
    description:
      - What the integration is about, in the words of the API. Which keys there are depends on O(type).
      - C(datadog) has C(site) (needed), C(filterQuery), C(additionalTags), C(sendKeyId), C(dashboardFreshnessWindow),
        C(includeNeverViewedDashboards) and C(validateKeysOnSave).
      - C(splunk) has C(filterQuery), C(additionalTags), C(splunkHost), C(ingestHost), C(ingestPort), C(restHost),
        C(restPort), C(webHost), C(webPort) and C(secure). Its ports are texts, and are to be quoted.
      - C(newrelic) has C(site) (needed), C(accountId), C(dashboardFreshnessWindow) and C(privateLink).
      - C(otlp) has C(endpoint) (needed), C(logsEndpoint), C(tracesEndpoint), C(headers), C(attributeHeaders) and
        C(outputEncoding).
      - C(s3-data-warehouse) has C(bucketName) (needed), C(assumeRoleArn), C(prefix) and C(region). Bucket and role
        cannot change later.
      - C(s3-vector-index) has C(dimensions) (needed) and C(distanceMetric), both of which cannot change later.
      - C(webhook) has C(agentSubscriptions), C(schemaDescription) and C(systemType), all of them needed.
      - C(anthropic), C(gemini), C(litellm) and C(openai) have C(validateKeysOnSave), C(integrationMaxTokens) and
        C(maxTokensWindowHours); C(litellm) also C(baseUrl) (needed).
      - C(datadog-mcp), C(github-mcp), C(pagerduty-mcp) and C(slack-mcp) have C(serverUrl) (needed) and
        C(validateKeysOnSave); C(pagerduty-mcp) also C(accountUrl).
      - C(sumo) and C(data-warehouse) have nothing.
    type: dict
  team_ids:
    description: The ids or names of the teams that the integration belongs to, all of them.
    type: list
    elements: str
  secrets:
    description:
      - The secrets of the integration. Which ones there are depends on O(type).
      - Grepr shows them masked only, so that nobody can tell whether they differ. O(update_secret) says when they are
        written.
      - An empty string takes a secret away where that is possible.
    type: dict
    suboptions:
      api_key:
        description: The API key of C(datadog), C(newrelic), the language models and the servers of tools.
        type: str
      app_key:
        description: The application key of C(datadog) and C(datadog-mcp). Can be taken away from C(datadog).
        type: str
      client_token:
        description: The client token of C(datadog). Can be taken away.
        type: str
      auth_token:
        description: The token of C(splunk)'s HTTP event collector.
        type: str
      rest_auth_token:
        description: The token of C(splunk)'s REST API.
        type: str
      license_key:
        description: The licence key with which data goes to C(newrelic).
        type: str
      endpoint:
        description: The address of C(sumo)'s HTTP source, which is a secret in itself.
        type: str
      api_keys:
        description:
          - The API keys of C(datadog) where an organization may have several, all of them, in the words of the API.
          - Grepr refuses another key to send with while a pipeline uses the integration.
        type: list
        elements: dict
        suboptions:
          keyId:
            description: The id of a key that is there already.
            type: str
          label:
            description: What the key is called.
            type: str
          sendKey:
            description: Whether Grepr sends with this key.
            type: bool
          value:
            description: The key itself.
            type: str
      secret_headers:
        description: Headers of C(otlp) whose values are secret, by name. They can be taken away.
        type: dict
  update_secret:
    description:
      - V(on_create) writes a secret where Grepr shows none yet, which is so for a new integration.
      - V(always) writes the secrets each time, and each time is a change. Use it to replace a secret.
    type: str
    choices: [always, on_create]
    default: on_create
  force:
    description: Whether to delete an integration that jobs use. Grepr's documentation does not say what becomes of
      these jobs.
    type: bool
    default: false
  return_token:
    description:
      - Whether the result of a C(otlp) integration holds the token with which senders reach Grepr, as RV(token).
      - The result is then hidden from the display, but C(register) gets the values. Whatever the registered variable is
        handed to shows or hides it by itself, so give that task C(no_log=true).
      - Refused together with C(async), and in loops on ansible-core 2.18, since these would show the token.
    type: bool
    default: false
notes:
  - Grepr takes no API key for C(splunk), only tokens.
  - A running pipeline goes on with the old secret until it is restarted or changed, as Grepr's documentation says.
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
    details: Shows what can be written, and of secrets only which ones are written.
  idempotent:
    support: partial
    details: With O(update_secret=always) secrets are written each time.
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

- name: Replace a key
  greyops.rest.grepr_integration:
    type: datadog
    name: Datadog EU
    secrets:
      api_key: "{{ vault_datadog_api_key }}"
    update_secret: always

- name: Take the application key away
  greyops.rest.grepr_integration:
    type: datadog
    name: Datadog EU
    secrets:
      app_key: ""

- name: Connect it with Splunk, for which a token is needed, not an API key
  greyops.rest.grepr_integration:
    type: splunk
    name: Splunk
    payload:
      ingestHost: hec.splunk.example.com
      ingestPort: "8088"
    secrets:
      auth_token: "{{ vault_splunk_hec_token }}"

- name: Use a bucket of one's own as a data warehouse
  greyops.rest.grepr_integration:
    type: s3-data-warehouse
    name: lake
    payload:
      bucketName: acme-grepr-lake
      assumeRoleArn: arn:aws:iam::123456789012:role/grepr
      region: eu-central-1

- name: Make a Grepr-hosted warehouse
  greyops.rest.grepr_integration:
    type: data-warehouse
    name: hosted lake

- name: Let senders of OpenTelemetry in, and get the token they need
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

- name: Let a language model of Anthropic help
  greyops.rest.grepr_integration:
    type: anthropic
    name: Claude
    payload:
      maxTokensWindowHours: 24
    secrets:
      api_key: "{{ vault_anthropic_api_key }}"

- name: Show what another name would change, and change nothing
  greyops.rest.grepr_integration:
    type: datadog
    id: 0jn5rdc93r10t
    name: Datadog Europe
  check_mode: true
  diff: true

- name: Delete one that no job uses
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
      returned: always
      type: str
      sample: stored
msg:
  description: What failed, where and why, and what to do about it.
  returned: failure
  type: str
  sample: >-
    The datadog integration Datadog EU was changed meanwhile: version 3 is now 4. Look at that change, and run
    the task again.
status:
  description: The HTTP status of the answer.
  returned: failure, when there was an answer
  type: int
  sample: 409
url:
  description: The URL of the request that failed, without its query.
  returned: failure, when it was a request that failed
  type: str
  sample: https://acme.app.grepr.ai/api/v1/integrations/datadog/0jn5rdc93r10t
method:
  description: The method of the request that failed.
  returned: failure, when it was a request that failed
  type: str
  sample: PUT
"""

from typing import Any

from ansible_collections.greyops.rest.plugins.module_utils._comparison import wish_of
from ansible_collections.greyops.rest.plugins.module_utils._errors import OptionError
from ansible_collections.greyops.rest.plugins.module_utils._grepr.client import open_client
from ansible_collections.greyops.rest.plugins.module_utils._grepr.integrations import (
    ALWAYS,
    ON_CREATE,
    check_options,
    kind_of,
    plan_secrets,
    read_token,
    refuse_in_use,
    require_token,
    texts_in,
    write_secrets,
)
from ansible_collections.greyops.rest.plugins.module_utils._grepr.options import GREPR_SPEC
from ansible_collections.greyops.rest.plugins.module_utils._grepr.references import References
from ansible_collections.greyops.rest.plugins.module_utils._grepr.resources import (
    RESOURCE_SPEC,
    Collection,
    plan,
    without_secrets,
)
from ansible_collections.greyops.rest.plugins.module_utils._grepr.vendors import VENDORS
from ansible_collections.greyops.rest.plugins.module_utils._module import run_module
from ansible_collections.greyops.rest.plugins.module_utils._operation import Call, Operation, Outcome
from ansible_collections.greyops.rest.plugins.module_utils._options import ArgumentSpec

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
        "type": {"type": "str", "required": True, "choices": list(VENDORS)},
        "payload": {"type": "dict"},
        "team_ids": {"type": "list", "elements": "str"},
        "secrets": {"type": "dict", "no_log": True, "options": _SECRETS},
        "update_secret": {"type": "str", "choices": [ALWAYS, ON_CREATE], "default": ON_CREATE, "no_log": False},
        "force": {"type": "bool", "default": False},
        "return_token": {"type": "bool", "default": False, "no_log": False},
    }
)


def run(call: Call) -> Outcome:
    params, state, vendor = call.params, call.params["state"], VENDORS[call.params["type"]]
    secrets = {name: value for name, value in (params["secrets"] or {}).items() if value is not None}
    call.secrets.register(*texts_in(secrets))
    require_token(vendor, params["auth"])
    check_options(vendor, params["payload"], secrets)
    if params["return_token"] and vendor.type != "otlp":
        raise OptionError(
            f"return_token is for otlp integrations, and this is one of {vendor.type}.", hint="Leave it out."
        )
    client = open_client(params, call.host, call.secrets)
    integrations = Collection(client, kind_of(vendor))
    current = integrations.find(params["name"], params["id"], state=state)
    if state == "absent":
        refuse_in_use(current, params["force"])
        planned = plan(integrations.kind, current, {}, state)
        gone = planned.after if call.check_mode else integrations.carry_out(planned)
        return Outcome(planned.changed, {"integration": gone}, planned.as_diff())
    planned = plan(integrations.kind, current, _wish(params, References(client, params["auth"])))
    steps = plan_secrets(vendor, current, secrets, params["update_secret"])
    integration = planned.after
    if not call.check_mode:
        integration = integrations.carry_out(planned) or {}
        if steps:
            write_secrets(client, integrations.item_path(integration["id"]), steps)
            integration = integrations.read(integration["id"])
    values: dict[str, Any] = {"integration": integration and without_secrets(integration)}
    if params["return_token"]:
        known = (integration or {}).get("id")
        values["token"] = read_token(client, integrations.item_path(known)) if known else None
        call.secrets.register_tokens(values["token"])
    diff = planned.as_diff()
    if steps:
        diff["before"]["secrets"], diff["after"]["secrets"] = {}, {step.name: step.told for step in steps}
    return Outcome(planned.changed or bool(steps), values, diff, hidden=params["return_token"])


def _wish(params: dict[str, Any], references: References) -> dict[str, Any]:
    return wish_of(
        name=params["name"],
        type=params["type"],
        # Nothing in it is nothing said: no key of a payload goes away by being left out.
        payload=params["payload"] or None,
        teamIds=references.teams(params["team_ids"]),
    )


OPERATION = Operation(spec=GREPR_SPEC + RESOURCE_SPEC + SPEC, run=run, reveals="return_token")


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
