# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The plan of an integration and of its secrets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .._argspec import ArgumentSpec
from .._comparison import drop_none
from .._resource import ABSENT, STATE_SPEC, plan_resource
from .integrations import (
    ALWAYS,
    INTEGRATION_TYPES,
    ON_CREATE,
    SecretWrite,
    build_resource_type,
    check_options,
    iter_strings,
    plan_secrets,
    require_token,
    require_unused,
    write_secrets,
)
from .resource_kinds import Params, ResourceChange, ResourceKind
from .resources import RESOURCE_SPEC, GreprResourceApi, without_secrets

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._http.client import ApiClient
    from .._resource import Item
    from .names import NameResolver

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


@dataclass(frozen=True)
class IntegrationChange(ResourceChange):
    """The change of an integration and of its secrets."""

    secrets: tuple[SecretWrite, ...]

    @property
    def changed(self) -> bool:
        return super().changed or bool(self.secrets)

    def as_diff(self) -> dict[str, Any]:
        diff = super().as_diff()
        if self.secrets:
            diff["before"]["secrets"] = {}
            diff["after"]["secrets"] = {secret.name: secret.description for secret in self.secrets}
        return diff

    def predict(self) -> Item | None:
        return _show(super().predict())

    def apply_parts(self, client: ApiClient, item: Item | None) -> Item | None:
        if item is not None and self.secrets:
            write_secrets(client, self.api.build_path(item["id"]), self.secrets)
            item = self.api.with_client(client).read(item["id"])
        return _show(item)


def _show(integration: Item | None) -> Item | None:
    return integration and without_secrets(integration)


def iter_secrets(params: Params) -> Iterator[str]:
    """Iterate over the values of all secrets in the options of an integration."""
    return iter_strings(_get_secrets(params))


def _get_secrets(params: Params) -> dict[str, Any]:
    return {name: value for name, value in (params["secrets"] or {}).items() if value is not None}


def _validate(params: Params) -> None:
    check_options(INTEGRATION_TYPES[params["type"]], params["payload"], _get_secrets(params))


def _open_api(names: NameResolver, params: Params) -> GreprResourceApi:
    integration_type = INTEGRATION_TYPES[params["type"]]
    require_token(integration_type, names.auth)
    return GreprResourceApi(names.client, build_resource_type(integration_type))


def _plan(
    names: NameResolver, api: GreprResourceApi, current: Item | None, params: Params, path: str
) -> ResourceChange:
    if params["state"] == ABSENT:
        require_unused(current, params["force"])
        return ResourceChange(api, plan_resource(api.resource_type, current, {}, ABSENT))
    desired = drop_none(
        name=params["name"],
        type=params["type"],
        # An empty payload changes nothing: omitting a key does not delete it.
        payload=params["payload"] or None,
        teamIds=names.teams(params["team_ids"], current, f"{path}team_ids"),
    )
    plan = plan_resource(api.resource_type, current, desired)
    secrets = plan_secrets(INTEGRATION_TYPES[params["type"]], current, _get_secrets(params), params["update_secret"])
    return IntegrationChange(api, plan, tuple(secrets))


INTEGRATION_KIND = ResourceKind(
    spec=RESOURCE_SPEC
    + STATE_SPEC
    + ArgumentSpec(
        options={
            "type": {"type": "str", "required": True, "choices": list(INTEGRATION_TYPES)},
            "payload": {"type": "dict"},
            "team_ids": {"type": "list", "elements": "str"},
            "secrets": {"type": "dict", "no_log": True, "options": _SECRETS},
            "update_secret": {"type": "str", "choices": [ALWAYS, ON_CREATE], "default": ON_CREATE, "no_log": False},
            "force": {"type": "bool", "default": False},
        }
    ),
    open_api=_open_api,
    plan=_plan,
    validate=_validate,
)
