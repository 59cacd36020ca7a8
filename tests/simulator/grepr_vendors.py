# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The vendors Grepr integrates with: codes, payloads, secrets. The table the endpoints are made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .grepr_http import Auth
from .shapes import (
    Field,
    Rule,
    Shape,
    anything,
    duration,
    flag,
    list_of,
    map_of,
    may,
    need,
    number,
    one_of,
    read_only,
    text,
)


@dataclass(frozen=True)
class Vendor:
    """``secrets`` are the sub-resources that take one, with the payload field that shows it masked."""

    path: str
    type: str
    payload: Shape
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
_FILTER: Mapping[str, Field] = {"filterQuery": need(text(longest=1024)), "additionalTags": need(_TAGS)}
_PORT: Rule = text(r"\d{1,5}")
_VALIDATED: Mapping[str, Field] = {"validateKeysOnSave": may(flag, True)}
_WINDOW: Mapping[str, Field] = {"dashboardFreshnessWindow": may(duration)}
_HOURS: Mapping[str, Field] = {"integrationMaxTokens": may(number(0)), "maxTokensWindowHours": may(number(1, 24))}
_KEY: Mapping[str, str] = {"api-key": "apiKey"}
_DATADOG_SITES = (
    "datadoghq.com", "us3.datadoghq.com", "us5.datadoghq.com", "datadoghq.eu", "ap1.datadoghq.com", "ap2.datadoghq.com",
    "ddog-gov.com",
)  # fmt: skip
_NAMED = Shape({"name": need(text()), "value": need(text())})
_BY_ATTRIBUTE = Shape({"headerName": need(text()), "attributePath": may(anything)})


def _read_only(*names: str) -> dict[str, Field]:
    return dict.fromkeys(names, read_only())


def _model(name: str, **payload: Field) -> Vendor:
    """A vendor of language models."""
    fields = {**_VALIDATED, **(_HOURS if name != "openai" else {}), **payload, **_read_only("apiKey")}
    return Vendor(name, name, Shape(fields), _KEY, models=name != "openai")


def _mcp(name: str, **payload: Field) -> Vendor:
    """A server of tools."""
    keys = {**_KEY, **({"app-key": "appKey"} if name == "datadog-mcp" else {})}
    fields = {"serverUrl": need(text(shortest=1)), **_VALIDATED, **payload, **_read_only(*keys.values())}
    return Vendor(name, name, Shape(fields), keys)


VENDORS = (
    Vendor(
        "datadog",
        "datadog",
        Shape(
            {
                "site": need(text(longest=255)),
                **_FILTER,
                "sendKeyId": may(text(longest=64)),
                **_WINDOW,
                "includeNeverViewedDashboards": may(flag, True),
                **_VALIDATED,
                **_read_only("apiKey", "appKey", "clientToken", "apiKeys", "exceptions"),
            }
        ),
        {"api-key": "apiKey", "app-key": "appKey", "client-token": "clientToken"},
        frozenset({"app-key", "client-token"}),
        exceptions=True,
        sites=_DATADOG_SITES,
    ),
    Vendor(
        "splunk",
        "splunk",
        Shape(
            {
                **_FILTER,
                **{name: may(text()) for name in ("splunkHost", "ingestHost", "restHost", "webHost")},
                "ingestPort": may(_PORT, "8088"),
                "restPort": may(_PORT, "8089"),
                "webPort": may(_PORT, "443"),
                "secure": may(flag, True),
                **_read_only("authToken", "restAuthToken", "exceptions"),
            }
        ),
        {"auth-token": "authToken", "rest-auth-token": "restAuthToken"},
        auth="bearer",
        exceptions=True,
    ),
    Vendor(
        "newrelic",
        "newrelic",
        Shape(
            {
                "site": need(text(longest=255)),
                "accountId": may(text()),
                "dashboardFreshnessWindow": may(duration, "PT672H"),
                "privateLink": may(flag, False),
                **_read_only("apiKey", "licenseKey", "exceptions"),
            }
        ),
        {"license-key": "licenseKey", "api-key": "apiKey"},
        exceptions=True,
        sites=("US", "EU"),
    ),
    Vendor("sumo", "sumo", Shape(_read_only("endpoint")), {"endpoint": "endpoint"}),
    Vendor(
        "otlp",
        "otlp",
        Shape(
            {
                "endpoint": need(text(shortest=1)),
                "logsEndpoint": may(text()),
                "tracesEndpoint": may(text()),
                "headers": may(list_of(_NAMED.rule), []),
                "attributeHeaders": may(list_of(_BY_ATTRIBUTE.rule), []),
                "outputEncoding": may(one_of("proto", "json"), "proto"),
                "secretHeaders": may(map_of(Shape({"secret": need(text())}).rule)),
                **_read_only("token", "plainTextToken"),
            }
        ),
        {"token": "token"},
    ),
    Vendor("data-warehouse", "data-warehouse", Shape({}), created=201, deleted=200, conflict_body=False),
    Vendor(
        "s3-data-warehouse",
        "s3-data-warehouse",
        Shape(
            {
                "bucketName": need(text(r"[a-z0-9][a-z0-9\-]{1,61}[a-z0-9]")),
                "assumeRoleArn": may(text(r"(arn:aws:iam::\d{12}:role/.+)?")),
                "prefix": may(text(), ""),
                "region": may(text(), "us-east-1"),
            }
        ),
        created=201,
        deleted=200,
        conflict_body=False,
        immutable=("bucketName", "assumeRoleArn"),
    ),
    Vendor(
        "s3-vector-index",
        "s3-vector-index",
        Shape({"dimensions": need(number(1, 4096)), "distanceMetric": may(text(), "cosine")}),
        created=201,
        deleted=200,
        conflict_body=False,
        immutable=("dimensions", "distanceMetric"),
    ),
    Vendor(
        "webhooks",
        "webhook",
        Shape(
            {
                "agentSubscriptions": need(list_of(Shape({"agentId": need(text())}).rule)),
                "schemaDescription": need(text(longest=16384)),
                "systemType": need(text()),
            }
        ),
        conflict_body=False,
    ),
    _model("anthropic"),
    _model("gemini"),
    _model("openai"),
    _model("litellm", baseUrl=need(text(shortest=1))),
    _mcp("datadog-mcp"),
    _mcp("github-mcp"),
    _mcp("pagerduty-mcp", accountUrl=may(text())),
    _mcp("slack-mcp"),
)
BY_TYPE = {vendor.type: vendor for vendor in VENDORS}
