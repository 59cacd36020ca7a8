# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Integrations: one set of endpoints per vendor, versions that increase by one, secrets that are only returned
masked."""

from __future__ import annotations

import copy
import secrets
from typing import TYPE_CHECKING, Any

from aiohttp import web

from ..core.responses import json_response
from ..core.settings import InputError
from . import graph as job_graph
from .endpoints import ApiError, Route, empty, get_number, paginate, read_json
from .integration_types import BY_TYPE, VENDORS, IntegrationType
from .job_records import generate_id
from .resource import Item, Resource
from .schemas import NAMES, Schema, flag, list_of, now, number, one_of, optional, required, text

if TYPE_CHECKING:
    from ..core.state import State

_SECRET = Schema({"secret": required(text(shortest=1))})
_HEADER = "secret-headers/"
_API_KEYS = Schema(
    {
        "keys": required(
            list_of(
                Schema(
                    {
                        "keyId": optional(text(longest=64)),
                        "value": optional(text(shortest=1)),
                        "label": optional(text(longest=100)),
                        "sendKey": required(flag),
                    }
                ).rule,
                1,
                64,
            )
        )
    }
)


def mask_secret(secret: str) -> str:
    """The only form in which a secret is shown."""
    return "*" * 14 + secret[-2:]


class Integrations(Resource):
    """The integrations of one vendor."""

    kind, wrapped, lenient_delete = "integrations", True, True

    def __init__(self, state: State, vendor: IntegrationType) -> None:
        super().__init__(state)
        self.vendor = vendor
        self.path, self.noun = f"/integrations/{vendor.path}", f"Integration {vendor.type}"
        self.auth, self.created, self.deleted = vendor.auth, vendor.created, vendor.deleted
        self.schema = Schema(
            {
                "name": required(text(r"[a-zA-Z0-9 _-]{1,128}")),
                "type": required(one_of(vendor.type)),
                "version": required(number(0)),
                "payload": required(vendor.payload.rule),
                "teamIds": optional(NAMES, []),
            }
        )

    def more_routes(self) -> list[Route]:
        """Secrets and endpoints of some vendors."""
        item, auth = f"{self.path}/{{id}}", self.auth
        routes = []
        for name in self.vendor.secrets:
            if name != "token":
                routes.append(Route("PUT", f"{item}/{name}", self.set_secret, auth))
            if name in self.vendor.deletable:
                routes.append(Route("DELETE", f"{item}/{name}", self.drop_secret, auth))
        if self.vendor.sites:
            routes.append(Route("GET", f"{self.path}/sites", self.sites, auth))
        if self.vendor.exceptions:
            routes.append(Route("GET", f"{item}/exceptions", self.exceptions, auth))
            routes.append(Route("GET", f"{item}/with-exceptions", self.read, auth))
        if self.vendor.models:
            routes.append(Route("GET", f"{item}/models", self.models, auth))
        return routes + self._special_routes(item)

    def _special_routes(self, item: str) -> list[Route]:
        """The endpoints of one vendor only."""
        return {
            "datadog": [Route("PUT", f"{item}/api-keys", self.set_api_keys)],
            "otlp": [
                Route("GET", f"{item}/token", self.token),
                Route("PUT", f"{item}/secret-headers/{{name}}", self.set_secret),
                Route("DELETE", f"{item}/secret-headers/{{name}}", self.drop_secret),
            ],
            "webhook": [Route("POST", f"{item}/events", self.event, "key")],
        }.get(self.vendor.type, [])

    def items(self, request: web.Request) -> list[Item]:
        """Those of the vendor."""
        found = [item for item in self.items_by_id.values() if item["type"] == self.vendor.type]
        agent = request.query.get("agentId") if self.vendor.type == "webhook" else None
        if agent is None:
            return found
        return [item for item in found if {"agentId": agent} in item["payload"]["agentSubscriptions"]]

    def find(self, request: web.Request) -> Item | None:
        """An item of another vendor is not found."""
        item = super().find(request)
        return item if item is not None and item["type"] == self.vendor.type else None

    def find_holder(self, name: str, item: Item | None) -> Item | None:
        """Names are unique for each vendor."""
        same = (
            other for other in self.items_by_id.values() if other["name"] == name and other["type"] == self.vendor.type
        )
        return next((other for other in same if other is not item), None)

    def check(self, given: Item, item: Item | None) -> None:
        """Validate names, sites, immutable fields, versions."""
        self._check_name(given, item)
        site = given["payload"].get("site")
        if self.vendor.type == "datadog" and site not in self.vendor.sites:
            raise ApiError(400, f"payload site {site} is unknown")
        if item is not None:
            for name in self.vendor.immutable:
                if name in given["payload"] and given["payload"][name] != item["payload"].get(name):
                    raise ApiError(400, f"payload {name} cannot be changed")
        expected = 0 if item is None else item["version"] + 1
        if given["version"] != expected:
            raise ApiError(409, f"version must be {expected}, not {given['version']}")

    def _check_name(self, given: Item, item: Item | None) -> None:
        holder = self.find_holder(given["name"], item)
        if holder is not None and item is None:
            raise ApiError(409, body=self.view(holder) if self.vendor.conflict_body else b"")
        if holder is not None:
            raise ApiError(409, f"{self.noun} {given['name']} already exists")

    def make(self, given: Item) -> Item:
        """With the fields that the server adds; secrets are stored separately."""
        moment = now()
        payload, found = self._split_secrets(given["payload"])
        if self.vendor.type == "otlp":
            found["token"] = f"sim-otlp-{secrets.token_hex(12)}"
        server = {"organizationId": "acme", "createdAt": moment, "updatedAt": moment, "_secrets": found, "_keys": []}
        return {**given, **server, "payload": payload}

    def changes(self, item: Item, given: Item) -> Item:
        """Immutable fields are kept if they are omitted; secrets are kept."""
        payload, found = self._split_secrets(given["payload"])
        for name in self.vendor.immutable:
            if name in item["payload"]:
                payload[name] = item["payload"][name]
        return {**given, "payload": payload, "_secrets": item["_secrets"] | found}

    def _split_secrets(self, payload: Item) -> tuple[Item, dict[str, str]]:
        plain = self.vendor.payload.fill_defaults(payload)
        headers = plain.pop("secretHeaders", {})
        return plain, {_HEADER + name: header["secret"] for name, header in headers.items()}

    def view(self, item: Item) -> Item:
        """With masked secrets and the jobs that use it."""
        payload = dict(item["payload"])
        for name, field in self.vendor.secrets.items():
            if name in item["_secrets"]:
                payload[field] = mask_secret(item["_secrets"][name])
        if self.vendor.type == "otlp":
            headers = {name: value for name, value in item["_secrets"].items() if name.startswith(_HEADER)}
            payload["secretHeaders"] = {
                name.removeprefix(_HEADER): {"secret": mask_secret(value)} for name, value in headers.items()
            }
        if item["_keys"]:
            payload["apiKeys"] = [
                {name: key[name] for name in ("keyId", "label", "maskedValue", "sendKey")} for key in item["_keys"]
            ]
        if self.vendor.exceptions:
            payload["exceptions"] = {}
        return {**super().view(item), "payload": payload, "jobIds": self.users(item)}

    def created_view(self, item: Item) -> Item:
        """With the unmasked token, once."""
        shown = self.view(item)
        if "token" in item["_secrets"]:
            shown["payload"]["plainTextToken"] = item["_secrets"]["token"]
        return shown

    def users(self, item: Item) -> list[str]:
        """The live jobs that use it."""
        return self.state.jobs.users(item["id"], job_graph.iter_references)

    def check_delete(self, item: Item) -> None:
        """Whether one in use can be deleted is a setting."""
        if self.state.settings.grepr.integration_in_use == 409 and (users := self.users(item)):
            raise ApiError(409, f"Integration {item['id']} is used by {', '.join(users)}")

    async def set_secret(self, request: web.Request) -> web.Response:
        """Store a secret."""
        item = self.get_or_404(request)
        item["_secrets"][_secret_name(request)] = _SECRET.read(await read_json(request))["secret"]
        return empty(204)

    async def drop_secret(self, request: web.Request) -> web.Response:
        """Delete a secret."""
        self.get_or_404(request)["_secrets"].pop(_secret_name(request), None)
        return empty(204)

    async def token(self, request: web.Request) -> web.Response:
        """The unmasked ingestion token."""
        return json_response(self.get_or_404(request)["_secrets"]["token"])

    async def sites(self, _request: web.Request) -> web.Response:
        """The vendor's sites."""
        return json_response(list(self.vendor.sites))

    async def models(self, request: web.Request) -> web.Response:
        """The vendor's models."""
        self.get_or_404(request)
        return json_response([f"{self.vendor.type}-small", f"{self.vendor.type}-large"])

    async def exceptions(self, request: web.Request) -> web.Response:
        """What is exempt; nothing ever is."""
        self.get_or_404(request)
        get_number(request, "pageSize", 100, 100, 2000)
        _page, start, limit = paginate(request, [], 100)
        return json_response({"items": [], "start": start, "limit": limit})

    async def event(self, request: web.Request) -> web.Response:
        """Receive an event; starts an investigation for each agent."""
        item = self.get_or_404(request)
        await read_json(request)
        agents = item["payload"]["agentSubscriptions"]
        return json_response({"investigationIds": [self.state.new_id("investigation") for _agent in agents]}, 202)

    async def set_api_keys(self, request: web.Request) -> web.Response:
        """Replace all keys; one of them sends."""
        item = self.get_or_404(request)
        given = _API_KEYS.read(await read_json(request))["keys"]
        if [key["sendKey"] for key in given].count(True) != 1:
            raise ApiError(400, "exactly one key must be the send key")
        known = {key["keyId"]: key for key in item["_keys"]}
        made = [self._api_key(key, known) for key in given]
        sender = next(key for key in made if key["sendKey"])
        if item["_keys"] and sender["keyId"] != item["payload"].get("sendKeyId") and self._is_running(item):
            raise ApiError(409, "the send key cannot change while a pipeline runs")
        item["_keys"] = made
        item["payload"]["sendKeyId"] = sender["keyId"]
        item["_secrets"]["api-key"] = sender["value"]
        return json_response(self.view(item))

    def _api_key(self, given: Item, known: dict[str, Item]) -> Item:
        before = known.get(given.get("keyId", ""))
        value = given.get("value") or (before["value"] if before else None)
        if value is None:
            raise ApiError(400, f"no value for the key {given.get('keyId')}")
        key_id = before["keyId"] if before else self.state.new_id("api-key")
        label = given.get("label") or (before["label"] if before else "")
        shown = {"keyId": key_id, "label": label, "maskedValue": mask_secret(value), "sendKey": given["sendKey"]}
        return {**shown, "value": value}

    def _is_running(self, item: Item) -> bool:
        records = [self.state.jobs.get_latest(job) for job in self.users(item)]
        return any(record is not None and record.fields["state"] == "RUNNING" for record in records)

    def example(self, name: str) -> Item:
        """The least a vendor takes."""
        return {
            "name": name,
            "type": self.vendor.type,
            "version": 0,
            "payload": copy.deepcopy(EXAMPLES.get(self.vendor.type, {})),
            "teamIds": [],
        }

    def seed(self, given: Item, number: int) -> Item:
        """``secrets`` sets secrets by the name of their sub-resource; the payload only needs what is unusual."""
        example = self.example(str(given.get("name", f"{self.vendor.type}-{number:05}")))
        wanted = {key: value for key, value in given.items() if key not in ("secrets", "payload")}
        payload = example["payload"] | given.get("payload", {})
        item = self.make(example | {"payload": payload})
        item_id = str(given.get("id", generate_id(f"{self.vendor.type}/{item['name']}")))
        stored = self.add({**item, **wanted, "id": item_id}, item_id)
        stored["_secrets"].update(given.get("secrets", {}))
        return stored


def create_integration(state: State, given: Item, number: int) -> Item:
    """Create an integration of any type."""
    kind = str(given.get("type", "datadog"))
    if kind not in BY_TYPE:
        raise InputError(f"unknown vendor {kind!r}", list(BY_TYPE))
    return Integrations(state, BY_TYPE[kind]).seed(given, number)


def build_integrations(state: State) -> list[Integrations]:
    """The endpoints of every vendor."""
    return [Integrations(state, vendor) for vendor in VENDORS]


def _secret_name(request: web.Request) -> str:
    header = request.match_info.get("name")
    return _HEADER + header if header else request.path.rpartition("/")[2]


_MCP: dict[str, Any] = {"serverUrl": "https://mcp.example.com"}
EXAMPLES: dict[str, dict[str, Any]] = {
    "datadog": {"site": "datadoghq.com", "filterQuery": "", "additionalTags": []},
    "splunk": {"filterQuery": "", "additionalTags": []},
    "newrelic": {"site": "US"},
    "otlp": {"endpoint": "https://otlp.example.com"},
    "s3-data-warehouse": {"bucketName": "acme-logs"},
    "s3-vector-index": {"dimensions": 1024},
    "webhook": {"agentSubscriptions": [], "schemaDescription": "", "systemType": "generic"},
    "litellm": {"baseUrl": "https://llm.example.com"},
    "datadog-mcp": _MCP,
    "github-mcp": _MCP,
    "pagerduty-mcp": _MCP,
    "slack-mcp": _MCP,
}
