# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The vendors Grepr integrates with: codes, payloads, secrets. The table the endpoints are made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .endpoints import Auth
from .schemas import (
    Field,
    Rule,
    Schema,
    anything,
    duration,
    flag,
    list_of,
    map_of,
    number,
    one_of,
    optional,
    read_only,
    required,
    text,
)


@dataclass(frozen=True)
class IntegrationType:
    """``secrets`` are the sub-resources that take one, with the payload field that shows it masked."""

    path: str
    type: str
    payload: Schema
    secrets: Mapping[str, str] = field(default_factory=dict)
    deletable: frozenset[str] = frozenset()
    created: int = 200
    deleted: int = 204
    # Whether a 409 at creation shows what exists already.
    conflict_body: bool = True
    auth: Auth = "both"
    immutable: tuple[str, ...] = ()
    exceptions: bool = False
    sites: tuple[str, ...] = ()
    models: bool = False


_TAGS = list_of(text(), longest=10)
_FILTER: Mapping[str, Field] = {"filterQuery": required(text(longest=1024)), "additionalTags": required(_TAGS)}
_PORT: Rule = text(r"\d{1,5}")
_VALIDATED: Mapping[str, Field] = {"validateKeysOnSave": optional(flag, True)}
_WINDOW: Mapping[str, Field] = {"dashboardFreshnessWindow": optional(duration)}
_HOURS: Mapping[str, Field] = {
    "integrationMaxTokens": optional(number(0)),
    "maxTokensWindowHours": optional(number(1, 24)),
}
_KEY: Mapping[str, str] = {"api-key": "apiKey"}
_DATADOG_SITES = (
    "datadoghq.com", "us3.datadoghq.com", "us5.datadoghq.com", "datadoghq.eu", "ap1.datadoghq.com", "ap2.datadoghq.com",
    "ddog-gov.com",
)  # fmt: skip
_NAMED = Schema({"name": required(text()), "value": required(text())})
_BY_ATTRIBUTE = Schema({"headerName": required(text()), "attributePath": optional(anything)})


def _read_only(*names: str) -> dict[str, Field]:
    return dict.fromkeys(names, read_only())


def _model(name: str, **payload: Field) -> IntegrationType:
    """A vendor of language models."""
    fields = {**_VALIDATED, **(_HOURS if name != "openai" else {}), **payload, **_read_only("apiKey")}
    return IntegrationType(name, name, Schema(fields), _KEY, models=name != "openai")


def _mcp(name: str, **payload: Field) -> IntegrationType:
    """A server of tools."""
    keys = {**_KEY, **({"app-key": "appKey"} if name == "datadog-mcp" else {})}
    fields = {"serverUrl": required(text(shortest=1)), **_VALIDATED, **payload, **_read_only(*keys.values())}
    return IntegrationType(name, name, Schema(fields), keys)


VENDORS = (
    IntegrationType(
        "datadog",
        "datadog",
        Schema(
            {
                "site": required(text(longest=255)),
                **_FILTER,
                "sendKeyId": optional(text(longest=64)),
                **_WINDOW,
                "includeNeverViewedDashboards": optional(flag, True),
                **_VALIDATED,
                **_read_only("apiKey", "appKey", "clientToken", "apiKeys", "exceptions"),
            }
        ),
        {"api-key": "apiKey", "app-key": "appKey", "client-token": "clientToken"},
        frozenset({"app-key", "client-token"}),
        exceptions=True,
        sites=_DATADOG_SITES,
    ),
    IntegrationType(
        "splunk",
        "splunk",
        Schema(
            {
                **_FILTER,
                **{name: optional(text()) for name in ("splunkHost", "ingestHost", "restHost", "webHost")},
                "ingestPort": optional(_PORT, "8088"),
                "restPort": optional(_PORT, "8089"),
                "webPort": optional(_PORT, "443"),
                "secure": optional(flag, True),
                **_read_only("authToken", "restAuthToken", "exceptions"),
            }
        ),
        {"auth-token": "authToken", "rest-auth-token": "restAuthToken"},
        auth="bearer",
        exceptions=True,
    ),
    IntegrationType(
        "newrelic",
        "newrelic",
        Schema(
            {
                "site": required(text(longest=255)),
                "accountId": optional(text()),
                "dashboardFreshnessWindow": optional(duration, "PT672H"),
                "privateLink": optional(flag, False),
                **_read_only("apiKey", "licenseKey", "exceptions"),
            }
        ),
        {"license-key": "licenseKey", "api-key": "apiKey"},
        exceptions=True,
        sites=("US", "EU"),
    ),
    IntegrationType("sumo", "sumo", Schema(_read_only("endpoint")), {"endpoint": "endpoint"}),
    IntegrationType(
        "otlp",
        "otlp",
        Schema(
            {
                "endpoint": required(text(shortest=1)),
                "logsEndpoint": optional(text()),
                "tracesEndpoint": optional(text()),
                "headers": optional(list_of(_NAMED.rule), []),
                "attributeHeaders": optional(list_of(_BY_ATTRIBUTE.rule), []),
                "outputEncoding": optional(one_of("proto", "json"), "proto"),
                "secretHeaders": optional(map_of(Schema({"secret": required(text())}).rule)),
                **_read_only("token", "plainTextToken"),
            }
        ),
        {"token": "token"},
    ),
    IntegrationType("data-warehouse", "data-warehouse", Schema({}), created=201, deleted=200, conflict_body=False),
    IntegrationType(
        "s3-data-warehouse",
        "s3-data-warehouse",
        Schema(
            {
                "bucketName": required(text(r"[a-z0-9][a-z0-9\-]{1,61}[a-z0-9]")),
                "assumeRoleArn": optional(text(r"(arn:aws:iam::\d{12}:role/.+)?")),
                "prefix": optional(text(), ""),
                "region": optional(text(), "us-east-1"),
            }
        ),
        created=201,
        deleted=200,
        conflict_body=False,
        immutable=("bucketName", "assumeRoleArn"),
    ),
    IntegrationType(
        "s3-vector-index",
        "s3-vector-index",
        Schema({"dimensions": required(number(1, 4096)), "distanceMetric": optional(text(), "cosine")}),
        created=201,
        deleted=200,
        conflict_body=False,
        immutable=("dimensions", "distanceMetric"),
    ),
    IntegrationType(
        "webhooks",
        "webhook",
        Schema(
            {
                "agentSubscriptions": required(list_of(Schema({"agentId": required(text())}).rule)),
                "schemaDescription": required(text(longest=16384)),
                "systemType": required(text()),
            }
        ),
        conflict_body=False,
    ),
    _model("anthropic"),
    _model("gemini"),
    _model("openai"),
    _model("litellm", baseUrl=required(text(shortest=1))),
    _mcp("datadog-mcp"),
    _mcp("github-mcp"),
    _mcp("pagerduty-mcp", accountUrl=optional(text())),
    _mcp("slack-mcp"),
)
BY_TYPE = {vendor.type: vendor for vendor in VENDORS}
