# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Resolves names to ids."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from .._errors import HTTPStatusError, OptionError
from .._service import API_KEY
from .integrations import INTEGRATION_TYPES
from .vertex_types import REFERENCE_KEYS

if TYPE_CHECKING:
    from .._http.client import ApiClient

# The ids of Grepr's documentation: 13 characters that begin with the time. Such a value is not looked up.
_ID = re.compile(r"0[0-9a-z]{12}")

# There is no list of all integrations (documented), so the type of the vertex selects the vendors to list.
_LOGS = ("datadog", "newrelic", "otlp", "sumo", "splunk")
_LANGUAGE_MODELS = ("anthropic", "gemini", "openai", "litellm")
_VENDORS = {
    "datadog": ("datadog",),
    "legacy": ("datadog",),
    "splunk": ("splunk",),
    "newrelic": ("newrelic",),
    "otlp": ("otlp",),
    "sumologic": ("sumo",),
    "s3": ("s3-data-warehouse",),
    "cloudtrail": ("s3-data-warehouse",),
    "llm": _LANGUAGE_MODELS,
    "entity": _LANGUAGE_MODELS,
    "query": ("data-warehouse", "s3-data-warehouse"),
    "warehouse": ("data-warehouse", "s3-data-warehouse"),
}


class NameResolver:
    """Resolves names to ids. Each list is read once, and only if a name must be resolved."""

    def __init__(self, client: ApiClient, auth: str = "") -> None:
        """
        :param auth: the way to authenticate; some lists require a token.
        """
        self._client = client
        self._has_token = auth != API_KEY
        self._lists: dict[str, dict[str, str]] = {}

    def dataset(self, value: str) -> str:
        return self._resolve_key("dataset", value, ("datasets",))

    def template(self, value: str) -> str:
        return self._resolve_key("template", value, ("templates",))

    def team(self, value: str) -> str:
        return self._resolve_key("team", value, ("teams",))

    def teams(self, values: list[str] | None) -> list[str] | None:
        """Return the ids of the teams, sorted; None if the option is not set."""
        return None if values is None else sorted({self.team(value) for value in values})

    def integration(self, value: str, kind: str = "") -> str:
        """
        :param kind: the type of vertex that uses it, or ``warehouse``.
        """
        integration_types = _VENDORS.get(kind.partition("-")[0], _LOGS)
        shown = [vendor for vendor in integration_types if self._has_token or not INTEGRATION_TYPES[vendor].token_only]
        hidden = ", ".join(vendor for vendor in integration_types if vendor not in shown)
        lack = (
            f" Grepr shows those of {hidden} to tokens only: give the id, or log in with client_id and client_secret."
        )
        return self._resolve_key(
            "integration", value, tuple(f"integrations/{vendor}" for vendor in shown), lack if hidden else ""
        )

    def resolve_graph(self, document: dict[str, Any]) -> dict[str, Any]:
        """Return the same graph with an id in place of each name."""
        return {**document, "vertices": [self._resolve_in(vertex, "") for vertex in document.get("vertices") or []]}

    def _resolve_in(self, value: Any, kind: str) -> Any:
        if isinstance(value, dict):
            kind = str(value.get("type") or kind)
            return {key: self._resolve_at(key, item, kind) for key, item in value.items()}
        if isinstance(value, list):
            return [self._resolve_in(item, kind) for item in value]
        return value

    def _resolve_at(self, key: str, value: Any, kind: str) -> Any:
        what = REFERENCE_KEYS.get(key)
        if what is None:
            return self._resolve_in(value, kind)
        if isinstance(value, list):
            return [self._resolve_at(key, item, kind) for item in value]
        if not isinstance(value, str) or not value:
            return value
        return self.integration(value, kind) if what == "integration" else getattr(self, what)(value)

    def _resolve_key(self, what: str, value: str, collections: tuple[str, ...], lack: str = "") -> str:
        if _ID.fullmatch(value):
            return value
        known = {key: name for collection in collections for key, name in self._map_ids_to_names(collection).items()}
        found = [value] if value in known else sorted(key for key, name in known.items() if name == value)
        if len(found) == 1:
            return found[0]
        if found:
            raise OptionError(
                f"There are {len(found)} {what}s with the name {value}: {', '.join(found)}.", hint="Give the id."
            )
        names = ", ".join(sorted(set(known.values()))) or "none"
        raise OptionError(f"There is no {what} {value}, neither by name nor by id.", hint=f"There are: {names}.{lack}")

    def _map_ids_to_names(self, collection: str) -> dict[str, str]:
        if collection not in self._lists:
            response = self._client.call("GET", f"/v1/{collection}")
            document = response.parse_json()
            items = document.get("items") if isinstance(document, dict) else document
            if not isinstance(items, list):
                raise response.build_error(
                    HTTPStatusError, f"answered with JSON that contains no list of {collection}."
                )
            known = {
                str(item["id"]): str(item.get("name")) for item in items if isinstance(item, dict) and "id" in item
            }
            self._lists[collection] = known
        return self._lists[collection]
