# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ansible_collections.greyops.rest.plugins.module_utils._comparison import wish_of
from ansible_collections.greyops.rest.plugins.module_utils._errors import OptionError, ResponseError
from ansible_collections.greyops.rest.plugins.module_utils._grepr.options import API_KEY
from ansible_collections.greyops.rest.plugins.module_utils._grepr.resources import Kind
from ansible_collections.greyops.rest.plugins.module_utils._grepr.vendors import (
    API_KEYS,
    SECRET_HEADERS,
    VENDORS,
    Secret,
)
from ansible_collections.greyops.rest.plugins.module_utils._http.urls import segment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ansible_collections.greyops.rest.plugins.module_utils._grepr.resources import Item
    from ansible_collections.greyops.rest.plugins.module_utils._grepr.vendors import Vendor
    from ansible_collections.greyops.rest.plugins.module_utils._http.client import ApiClient

ALWAYS = "always"
ON_CREATE = "on_create"
_CALLED = frozenset({"label", "keyId"})


@dataclass(frozen=True)
class SecretStep:
    """A secret that is to be written, or, without a body, taken away."""

    name: str
    path: str
    body: Item | None

    @property
    def told(self) -> str:
        """All that may be seen of it."""
        return "taken away" if self.body is None else "written"


def kind_of(vendor: Vendor) -> Kind:
    def written(integration: Item) -> Item:
        hidden = {*vendor.made, *(secret.shown_as for secret in vendor.secrets.values())}
        payload = integration.get("payload") or {}
        return {**integration, "payload": {key: value for key, value in payload.items() if key not in hidden}}

    return Kind(
        noun=f"{vendor.type} integration",
        path=vendor.collection,
        fields=("name", "type", "payload", "teamIds"),
        needed={f"payload.{key}": f"payload.{key}" for key in vendor.needed},
        defaults={"payload": dict(vendor.defaults), "teamIds": []},
        fixed=tuple(f"payload.{key}" for key in vendor.fixed),
        first_version=0,
        written=written,
    )


def require_token(vendor: Vendor, auth: str) -> None:
    """Said here, for the refusal of the server says nothing of it."""
    if vendor.token_only and auth == API_KEY:
        raise OptionError(
            f"Grepr takes no API key for {vendor.type} integrations.",
            hint="Give client_id and client_secret, or access_token.",
        )


def listed_vendors(types: list[str] | None, auth: str) -> tuple[list[Vendor], list[str]]:
    """The vendors whose integrations are to be listed, and those that have to be left out.

    :raises OptionError: one that was asked for cannot be listed.
    """
    if types is None:
        left_out = [vendor.type for vendor in VENDORS.values() if vendor.token_only and auth == API_KEY]
        return [vendor for vendor in VENDORS.values() if vendor.type not in left_out], left_out
    for name in types:
        require_token(VENDORS[name], auth)
    return [VENDORS[name] for name in dict.fromkeys(types)], []


def check_options(vendor: Vendor, payload: Mapping[str, Any] | None, secrets: Mapping[str, Any]) -> None:
    """
    :raises OptionError: a secret in the payload, or one that the vendor does not have.
    """
    places = {secret.shown_as: f"secrets.{name}" for name, secret in vendor.secrets.items()}
    for key in payload or {}:
        if key in places:
            raise OptionError(f"payload.{key} only shows a secret.", hint=f"Give it as {places[key]}.")
        if key in vendor.made:
            raise OptionError(f"payload.{key} is made by Grepr.", hint="Leave it out.")
    unknown = [name for name in secrets if name not in vendor.secrets]
    if unknown:
        known = ", ".join(vendor.secrets) or "none at all"
        raise OptionError(f"A {vendor.type} integration has no secret {', '.join(unknown)}.", hint=f"It has: {known}.")


def plan_secrets(vendor: Vendor, current: Item | None, secrets: Mapping[str, Any], update: str) -> list[SecretStep]:
    """The secrets to write. What is there cannot be read, only whether there is something.

    :param update: ``always``, or ``on_create`` for those that are not there yet.
    :raises OptionError: one is to be taken away that cannot be.
    """
    shown = (current or {}).get("payload") or {}
    steps = []
    for name, secret, value, is_there in _each(vendor, secrets, shown):
        if value == "":
            if not secret.removable:
                raise OptionError(f"secrets.{name} cannot be taken away from a {vendor.type} integration.")
            if is_there:
                steps.append(SecretStep(name, secret.path, None))
        elif update == ALWAYS or not is_there:
            body = {"keys": [wish_of(**key) for key in value]} if name == API_KEYS else {"secret": value}
            steps.append(SecretStep(name, secret.path, body))
    return steps


def _each(vendor: Vendor, secrets: Mapping[str, Any], shown: Item) -> Iterator[Any]:
    for name, value in secrets.items():
        secret = vendor.secrets[name]
        if name != SECRET_HEADERS:
            yield name, secret, value, bool(shown.get(secret.shown_as))
            continue
        for header, text in value.items():
            there = shown.get(secret.shown_as) or {}
            one = Secret(f"{secret.path}/{segment(header)}", secret.shown_as, secret.removable)
            yield f"{name}.{header}", one, str(text or ""), header in there


def write_secrets(client: ApiClient, path: str, steps: Iterable[SecretStep]) -> None:
    """
    :param path: of the integration.
    """
    for step in steps:
        if step.body is None:
            client.call("DELETE", f"{path}/{step.path}", expected=(200, 204, 404), repeatable=True)
        else:
            client.call("PUT", f"{path}/{step.path}", json=step.body, repeatable=True)


def refuse_in_use(integration: Item | None, force: bool) -> None:
    jobs = (integration or {}).get("jobIds") or []
    if jobs and not force:
        raise OptionError(
            f"The integration {(integration or {}).get('name')} is used by the jobs {', '.join(map(str, jobs))}.",
            hint="Change these first, or delete it nevertheless with force=true.",
        )


def read_token(client: ApiClient, path: str) -> str:
    """The token with which an OTLP sender reaches Grepr, in clear (documented)."""
    answer = client.call("GET", f"{path}/token")
    try:
        token = answer.json()
    except ResponseError:
        token = answer.text.strip()
    if isinstance(token, dict):
        token = token.get("token") or token.get("secret")
    if not isinstance(token, str) or not token:
        raise answer.error(ResponseError, "answered with JSON that is no token.", hint="Check api_url.")
    return token


def texts_in(value: Any, but: frozenset[str] = frozenset()) -> Iterator[str]:
    """Every text in the secrets that were given, but for what each of several API keys is called."""
    if isinstance(value, str):
        yield value
    if isinstance(value, dict):
        for key, item in value.items():
            yield from () if key in but else texts_in(item)
    for item in value if isinstance(value, list) else ():
        yield from texts_in(item, _CALLED)
