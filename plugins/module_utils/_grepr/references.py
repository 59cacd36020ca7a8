# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ansible_collections.greyops.rest.plugins.module_utils._errors import OptionError, ResponseError
from ansible_collections.greyops.rest.plugins.module_utils._grepr.options import API_KEY
from ansible_collections.greyops.rest.plugins.module_utils._grepr.vendors import VENDORS
from ansible_collections.greyops.rest.plugins.module_utils._grepr.vertices import REFERENCES

if TYPE_CHECKING:
    from ansible_collections.greyops.rest.plugins.module_utils._http.client import ApiClient

# The ids of Grepr's documentation: 13 characters that begin with the time. What looks so needs no looking up.
_ID = re.compile(r"0[0-9a-z]{12}")

# There is no list of all integrations (documented), so the vertex says which vendor's to look at.
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


class References:
    """Names in the place of ids. Each list is read once, and only where a name stands."""

    def __init__(self, client: ApiClient, auth: str = "") -> None:
        """
        :param auth: the way to authenticate; some lists are for tokens only.
        """
        self._client = client
        self._has_token = auth != API_KEY
        self._lists: dict[str, dict[str, str]] = {}

    def dataset(self, value: str) -> str:
        return self._resolved("dataset", value, ("datasets",))

    def template(self, value: str) -> str:
        return self._resolved("template", value, ("templates",))

    def team(self, value: str) -> str:
        return self._resolved("team", value, ("teams",))

    def teams(self, values: list[str] | None) -> list[str] | None:
        """The teams as Grepr is to have them; None where nothing was said."""
        return None if values is None else sorted({self.team(value) for value in values})

    def integration(self, value: str, kind: str = "") -> str:
        """
        :param kind: the type of vertex that uses it, or ``warehouse``.
        """
        vendors = _VENDORS.get(kind.partition("-")[0], _LOGS)
        shown = [vendor for vendor in vendors if self._has_token or not VENDORS[vendor].token_only]
        hidden = ", ".join(vendor for vendor in vendors if vendor not in shown)
        lack = (
            f" Grepr shows those of {hidden} to tokens only: give the id, or log in with client_id and client_secret."
        )
        return self._resolved(
            "integration", value, tuple(f"integrations/{vendor}" for vendor in shown), lack if hidden else ""
        )

    def in_graph(self, document: dict[str, Any]) -> dict[str, Any]:
        """The same graph with an id wherever a name stood."""
        return {**document, "vertices": [self._in(vertex, "") for vertex in document.get("vertices") or []]}

    def _in(self, value: Any, kind: str) -> Any:
        if isinstance(value, dict):
            kind = str(value.get("type") or kind)
            return {key: self._at(key, item, kind) for key, item in value.items()}
        if isinstance(value, list):
            return [self._in(item, kind) for item in value]
        return value

    def _at(self, key: str, value: Any, kind: str) -> Any:
        what = REFERENCES.get(key)
        if what is None:
            return self._in(value, kind)
        if isinstance(value, list):
            return [self._at(key, item, kind) for item in value]
        if not isinstance(value, str) or not value:
            return value
        return self.integration(value, kind) if what == "integration" else getattr(self, what)(value)

    def _resolved(self, what: str, value: str, collections: tuple[str, ...], lack: str = "") -> str:
        if _ID.fullmatch(value):
            return value
        known = {key: name for collection in collections for key, name in self._known(collection).items()}
        found = [value] if value in known else sorted(key for key, name in known.items() if name == value)
        if len(found) == 1:
            return found[0]
        if found:
            raise OptionError(
                f"There are {len(found)} {what}s of the name {value}: {', '.join(found)}.", hint="Give the id."
            )
        names = ", ".join(sorted(set(known.values()))) or "none at all"
        raise OptionError(f"There is no {what} {value}, neither by name nor by id.", hint=f"There are: {names}.{lack}")

    def _known(self, collection: str) -> dict[str, str]:
        if collection not in self._lists:
            answer = self._client.call("GET", f"/v1/{collection}")
            document = answer.json()
            items = document.get("items") if isinstance(document, dict) else document
            if not isinstance(items, list):
                raise answer.error(ResponseError, f"answered with JSON that holds no list of {collection}.")
            known = {
                str(item["id"]): str(item.get("name")) for item in items if isinstance(item, dict) and "id" in item
            }
            self._lists[collection] = known
        return self._lists[collection]
