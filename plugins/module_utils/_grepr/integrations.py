# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The types of integrations as data, and their secrets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .._comparison import drop_none
from .._errors import HTTPStatusError, OptionError
from .._http.urls import encode_segment
from .._service import API_KEY
from .resources import GreprResourceType

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from .._http.client import ApiClient
    from .._resource import Item

_FILTERED = {"filterQuery": "", "additionalTags": []}
_DASHBOARDS = frozenset({"exceptions"})


@dataclass(frozen=True)
class SecretField:
    """A secret with a path of its own to write it to, and the payload key that shows it masked."""

    path: str
    masked_key: str
    removable: bool = False


@dataclass(frozen=True)
class IntegrationType:
    """What Grepr documents about the integrations of one vendor.

    ``required``, ``defaults`` and ``immutable`` name keys of the payload; ``server_generated`` are those that the
    server sets, besides the secrets.
    """

    type: str
    path: str = ""
    required: tuple[str, ...] = ()
    defaults: Mapping[str, Any] = field(default_factory=dict)
    immutable: tuple[str, ...] = ()
    secrets: Mapping[str, SecretField] = field(default_factory=dict)
    server_generated: frozenset[str] = frozenset()
    token_only: bool = False

    @property
    def collection(self) -> str:
        return f"/v1/integrations/{self.path or self.type}"


API_KEYS = "api_keys"
SECRET_HEADERS = "secret_headers"
_API_KEY = {"api_key": SecretField("api-key", "apiKey")}

INTEGRATION_TYPES = {
    vendor.type: vendor
    for vendor in (
        IntegrationType(
            "datadog",
            required=("site",),
            defaults=_FILTERED,
            secrets={
                **_API_KEY,
                "app_key": SecretField("app-key", "appKey", removable=True),
                "client_token": SecretField("client-token", "clientToken", removable=True),
                API_KEYS: SecretField("api-keys", "apiKeys"),
            },
            server_generated=_DASHBOARDS,
        ),
        IntegrationType(
            "splunk",
            defaults=_FILTERED,
            secrets={
                "auth_token": SecretField("auth-token", "authToken"),
                "rest_auth_token": SecretField("rest-auth-token", "restAuthToken"),
            },
            server_generated=_DASHBOARDS,
            token_only=True,
        ),
        IntegrationType(
            "newrelic",
            required=("site",),
            secrets={"license_key": SecretField("license-key", "licenseKey"), **_API_KEY},
            server_generated=_DASHBOARDS,
        ),
        IntegrationType("sumo", secrets={"endpoint": SecretField("endpoint", "endpoint")}),
        IntegrationType(
            "otlp",
            required=("endpoint",),
            secrets={SECRET_HEADERS: SecretField("secret-headers", "secretHeaders", removable=True)},
            server_generated=frozenset({"token", "plainTextToken"}),
        ),
        IntegrationType("data-warehouse"),
        IntegrationType("s3-data-warehouse", required=("bucketName",), immutable=("bucketName", "assumeRoleArn")),
        IntegrationType("s3-vector-index", required=("dimensions",), immutable=("dimensions", "distanceMetric")),
        IntegrationType("webhook", path="webhooks", required=("agentSubscriptions", "schemaDescription", "systemType")),
        IntegrationType("anthropic", secrets=_API_KEY),
        IntegrationType("gemini", secrets=_API_KEY),
        IntegrationType("litellm", required=("baseUrl",), secrets=_API_KEY),
        IntegrationType("openai", secrets=_API_KEY),
        IntegrationType(
            "datadog-mcp", required=("serverUrl",), secrets={**_API_KEY, "app_key": SecretField("app-key", "appKey")}
        ),
        IntegrationType("github-mcp", required=("serverUrl",), secrets=_API_KEY),
        IntegrationType("pagerduty-mcp", required=("serverUrl",), secrets=_API_KEY),
        IntegrationType("slack-mcp", required=("serverUrl",), secrets=_API_KEY),
    )
}

ALWAYS = "always"
ON_CREATE = "on_create"
_LABEL_KEYS = frozenset({"label", "keyId"})


@dataclass(frozen=True)
class SecretWrite:
    """A secret to write, or, without a body, to delete."""

    name: str
    path: str
    body: Item | None

    @property
    def description(self) -> str:
        """Describe the change without the value."""
        return "deleted" if self.body is None else "written"


def build_resource_type(integration_type: IntegrationType) -> GreprResourceType:
    def to_writable(integration: Item) -> Item:
        hidden = {
            *integration_type.server_generated,
            *(secret.masked_key for secret in integration_type.secrets.values()),
        }
        payload = integration.get("payload") or {}
        return {**integration, "payload": {key: value for key, value in payload.items() if key not in hidden}}

    return GreprResourceType(
        noun=f"{integration_type.type} integration",
        path=integration_type.collection,
        writable=("name", "type", "payload", "teamIds"),
        required={f"payload.{key}": f"payload.{key}" for key in integration_type.required},
        defaults={"payload": dict(integration_type.defaults), "teamIds": []},
        immutable=tuple(f"payload.{key}" for key in integration_type.immutable),
        first_version=0,
        to_writable=to_writable,
    )


def require_token(integration_type: IntegrationType, auth: str) -> None:
    """Fail early with a clear message, because the server's refusal does not name the reason."""
    if integration_type.token_only and auth == API_KEY:
        raise OptionError(
            f"Grepr does not accept API keys for {integration_type.type} integrations.",
            hint="Give client_id and client_secret, or access_token.",
        )


def select_types(types: list[str] | None, auth: str) -> tuple[list[IntegrationType], list[str]]:
    """Return the vendors whose integrations to list, and those that must be left out.

    :raises OptionError: if a requested one cannot be listed.
    """
    if types is None:
        left_out = [vendor.type for vendor in INTEGRATION_TYPES.values() if vendor.token_only and auth == API_KEY]
        return [vendor for vendor in INTEGRATION_TYPES.values() if vendor.type not in left_out], left_out
    for name in types:
        require_token(INTEGRATION_TYPES[name], auth)
    return [INTEGRATION_TYPES[name] for name in dict.fromkeys(types)], []


def check_options(
    integration_type: IntegrationType, payload: Mapping[str, Any] | None, secrets: Mapping[str, Any]
) -> None:
    """
    :raises OptionError: for a secret in the payload, or a secret that the vendor does not have.
    """
    places = {secret.masked_key: f"secrets.{name}" for name, secret in integration_type.secrets.items()}
    for key in payload or {}:
        if key in places:
            raise OptionError(f"payload.{key} only shows a secret.", hint=f"Give it as {places[key]}.")
        if key in integration_type.server_generated:
            raise OptionError(f"payload.{key} is set by Grepr.", hint="Remove it.")
    unknown = [name for name in secrets if name not in integration_type.secrets]
    if unknown:
        known = ", ".join(integration_type.secrets) or "none"
        raise OptionError(
            f"A {integration_type.type} integration has no secret {', '.join(unknown)}.", hint=f"It has: {known}."
        )


def plan_secrets(
    integration_type: IntegrationType, current: Item | None, secrets: Mapping[str, Any], update: str
) -> list[SecretWrite]:
    """Return the secrets to write. Current values cannot be read, only whether there is one.

    :param update: ``always``, or ``on_create`` for those that do not exist yet.
    :raises OptionError: if a secret is to be deleted that cannot be deleted.
    """
    shown = (current or {}).get("payload") or {}
    steps = []
    for name, secret, value, is_there in _iter_secrets(integration_type, secrets, shown):
        if value == "":
            if not secret.removable:
                raise OptionError(f"secrets.{name} cannot be deleted from a {integration_type.type} integration.")
            if is_there:
                steps.append(SecretWrite(name, secret.path, None))
        elif update == ALWAYS or not is_there:
            body = {"keys": [drop_none(**key) for key in value]} if name == API_KEYS else {"secret": value}
            steps.append(SecretWrite(name, secret.path, body))
    return steps


def _iter_secrets(integration_type: IntegrationType, secrets: Mapping[str, Any], shown: Item) -> Iterator[Any]:
    for name, value in secrets.items():
        secret = integration_type.secrets[name]
        if name != SECRET_HEADERS:
            yield name, secret, value, bool(shown.get(secret.masked_key))
            continue
        for header, text in value.items():
            current = shown.get(secret.masked_key) or {}
            one = SecretField(f"{secret.path}/{encode_segment(header)}", secret.masked_key, secret.removable)
            yield f"{name}.{header}", one, str(text or ""), header in current


def write_secrets(client: ApiClient, path: str, steps: Iterable[SecretWrite]) -> None:
    """
    :param path: of the integration.
    """
    for step in steps:
        if step.body is None:
            client.call("DELETE", f"{path}/{step.path}", expected=(200, 204, 404), idempotent=True)
        else:
            client.call("PUT", f"{path}/{step.path}", json=step.body, idempotent=True)


def require_unused(integration: Item | None, force: bool) -> None:
    jobs = (integration or {}).get("jobIds") or []
    if jobs and not force:
        raise OptionError(
            f"The integration {(integration or {}).get('name')} is used by the jobs {', '.join(map(str, jobs))}.",
            hint="Change these jobs first, or set force=true to delete it anyway.",
        )


def read_token(client: ApiClient, path: str) -> str:
    """Return the token with which an OTLP sender authenticates to Grepr, in clear (documented)."""
    response = client.call("GET", f"{path}/token")
    try:
        token = response.parse_json()
    except HTTPStatusError:
        token = response.text.strip()
    if isinstance(token, dict):
        token = token.get("token") or token.get("secret")
    if not isinstance(token, str) or not token:
        raise response.build_error(HTTPStatusError, "answered with JSON that is not a token.", hint="Check api_url.")
    return token


def iter_strings(value: Any, but: frozenset[str] = frozenset()) -> Iterator[str]:
    """Iterate over all strings in the given secrets, except the names that distinguish several API keys."""
    if isinstance(value, str):
        yield value
    if isinstance(value, dict):
        for key, item in value.items():
            yield from () if key in but else iter_strings(item)
    for item in value if isinstance(value, list) else ():
        yield from iter_strings(item, _LABEL_KEYS)
