# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_FILTERED = {"filterQuery": "", "additionalTags": []}
_DASHBOARDS = frozenset({"exceptions"})


@dataclass(frozen=True)
class Secret:
    """What is written to a path of its own, and the key of the payload that shows it masked."""

    path: str
    shown_as: str
    removable: bool = False


@dataclass(frozen=True)
class Vendor:
    """What Grepr documents about the integrations of one vendor.

    ``needed`` and ``fixed`` are keys of the payload; ``made`` are those that the server makes, besides the secrets.
    """

    type: str
    path: str = ""
    needed: tuple[str, ...] = ()
    defaults: Mapping[str, Any] = field(default_factory=dict)
    fixed: tuple[str, ...] = ()
    secrets: Mapping[str, Secret] = field(default_factory=dict)
    made: frozenset[str] = frozenset()
    token_only: bool = False

    @property
    def collection(self) -> str:
        return f"/v1/integrations/{self.path or self.type}"


API_KEYS = "api_keys"
SECRET_HEADERS = "secret_headers"
_API_KEY = {"api_key": Secret("api-key", "apiKey")}

VENDORS = {
    vendor.type: vendor
    for vendor in (
        Vendor(
            "datadog",
            needed=("site",),
            defaults=_FILTERED,
            secrets={
                **_API_KEY,
                "app_key": Secret("app-key", "appKey", removable=True),
                "client_token": Secret("client-token", "clientToken", removable=True),
                API_KEYS: Secret("api-keys", "apiKeys"),
            },
            made=_DASHBOARDS,
        ),
        Vendor(
            "splunk",
            defaults=_FILTERED,
            secrets={
                "auth_token": Secret("auth-token", "authToken"),
                "rest_auth_token": Secret("rest-auth-token", "restAuthToken"),
            },
            made=_DASHBOARDS,
            token_only=True,
        ),
        Vendor(
            "newrelic",
            needed=("site",),
            secrets={"license_key": Secret("license-key", "licenseKey"), **_API_KEY},
            made=_DASHBOARDS,
        ),
        Vendor("sumo", secrets={"endpoint": Secret("endpoint", "endpoint")}),
        Vendor(
            "otlp",
            needed=("endpoint",),
            secrets={SECRET_HEADERS: Secret("secret-headers", "secretHeaders", removable=True)},
            made=frozenset({"token", "plainTextToken"}),
        ),
        Vendor("data-warehouse"),
        Vendor("s3-data-warehouse", needed=("bucketName",), fixed=("bucketName", "assumeRoleArn")),
        Vendor("s3-vector-index", needed=("dimensions",), fixed=("dimensions", "distanceMetric")),
        Vendor("webhook", path="webhooks", needed=("agentSubscriptions", "schemaDescription", "systemType")),
        Vendor("anthropic", secrets=_API_KEY),
        Vendor("gemini", secrets=_API_KEY),
        Vendor("litellm", needed=("baseUrl",), secrets=_API_KEY),
        Vendor("openai", secrets=_API_KEY),
        Vendor("datadog-mcp", needed=("serverUrl",), secrets={**_API_KEY, "app_key": Secret("app-key", "appKey")}),
        Vendor("github-mcp", needed=("serverUrl",), secrets=_API_KEY),
        Vendor("pagerduty-mcp", needed=("serverUrl",), secrets=_API_KEY),
        Vendor("slack-mcp", needed=("serverUrl",), secrets=_API_KEY),
    )
}
