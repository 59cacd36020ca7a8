# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The promotion policy of a table: the attributes and tags that have an indexed column of their own."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from .._errors import ConflictError, HTTPStatusError, OptionError
from .._http.urls import encode_segment

if TYPE_CHECKING:
    from .._http.client import ApiClient
    from .._resource import Item

_GROUPS = ("attributes", "tags")
# Documented: Grepr sets these keys and ignores values that are sent.
_SET_BY_SERVER = ("scheduledRemovalAt", "excludeAllScheduledRemovalAt")
# Documented: the defaults of entries, and the delay if the policy has none.
_INCLUDE: Item = {"prefix": False, "numeric": False}
_EXCLUDE: Item = {"prefix": False}
_REMOVAL_DELAY = "PT6H"
# Documented: a table without a policy discovers nothing, and has no lists.
_RESET: Item = {
    "attributes": {"cap": 0, "include": [], "exclude": [], "excludeAllByDefault": False},
    "tags": {"cap": 0, "include": [], "exclude": []},
    "columnRemovalDelay": None,
}
# The version of the policy document. It is inferred, and used only if Grepr returns no policy.
_VERSION = 1
# Documented: a running pipeline can change the table during the request, so that a write has to be repeated.
_MAX_WRITES = 4

_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?")


@dataclass(frozen=True)
class Promotion:
    """The change of a promotion policy.

    ``desired`` are the keys that the user describes; its lists are complete. ``policy`` is the current policy.
    """

    key: str
    policy: Item
    desired: Item

    @property
    def name(self) -> str:
        return f"tables.{self.key}.promotion"

    @property
    def before(self) -> Item | None:
        return _view(_canonicalize(self.policy)) if self.policy else None

    @property
    def after(self) -> Item:
        return _view(self._build(self.policy))

    @property
    def changed(self) -> bool:
        return not _is_equal(self._build(self.policy), self.policy)

    def require_revision(self) -> None:
        """
        :raises ConflictError: the policy has another revision than the user requires.
        """
        required, current = self.desired.get("revision"), self.policy.get("revision")
        if required is not None and current is not None and str(required) != str(current):
            raise ConflictError(
                f"{self.name} has the revision {current} instead of the required revision {required}.",
                hint="Check the policy with table_configs of grepr_dataset_info, and set or remove revision.",
            )

    def apply(self, client: ApiClient, dataset_path: str, keep: Collection[str] = ()) -> Promotion:
        """Write the policy if it differs, and return the change that is left to make.

        If another client has written it in the meantime, the current policy is read and changed, unless the user
        requires a revision.

        :param keep: the tags that must stay promoted for now.
        :raises ConflictError: the policy is changed all the time, or does not have the required revision.
        """
        policy = self.policy
        path = f"{dataset_path}/tables/{encode_segment(self.key)}/promotion"
        body, writes = self._build(policy, keep), 0
        while not _is_equal(body, policy):
            writes += 1
            try:
                response = client.call("PUT", path, json=body, idempotent=True)
            except HTTPStatusError as error:
                if error.status != 409:
                    raise
                policy = read_table_config(client, dataset_path, self.key).get("promotion") or {}
                body = self._build(policy, keep)
                if ("revision" in self.desired or writes == _MAX_WRITES) and not _is_equal(body, policy):
                    raise error.with_message(ConflictError, f"{self.name} was changed at the same time.") from None
            else:
                policy = body if response.is_empty else response.parse_json()
                break
        return replace(
            self, policy=policy, desired={name: value for name, value in self.desired.items() if name != "revision"}
        )

    def _build(self, policy: Item, keep: Collection[str] = ()) -> Item:
        """The complete policy to write: the keys that are not desired stay as they are."""
        merged = {**policy, **(self.desired or _RESET)}
        for group in _GROUPS:
            merged[group] = {**(policy.get(group) or {}), **(merged.get(group) or {})}
        if keep:
            tags = merged["tags"]
            kept = set(keep) & set((policy.get("tags") or {}).get("include") or [])
            tags["include"] = [*(tags.get("include") or []), *kept]
            tags["exclude"] = [name for name in tags.get("exclude") or [] if name not in kept]
        return _canonicalize(merged)


def read_table_config(client: ApiClient, dataset_path: str, key: str) -> Item:
    """Return the settings of a table that are in effect, with its promotion policy (documented: TableConfigRead)."""
    response = client.call("GET", f"{dataset_path}/{encode_segment(key)}/config")
    document = response.parse_json()
    if not isinstance(document, dict):
        raise response.build_error(
            HTTPStatusError, "answered with JSON that is not the settings of a table.", hint="Check api_url."
        )
    return document


def check_promotion(name: str, promotion: Any) -> None:
    """
    :raises OptionError: a promotion policy does not have the documented structure.
    """
    _require(name, promotion, dict, "a dictionary")
    for group in _GROUPS:
        path, fields = f"{name}.{group}", promotion.get(group)
        if fields is None:
            continue
        _require(path, fields, dict, "a dictionary")
        for key in ("include", "exclude"):
            entries = fields.get(key) or []
            _require(f"{path}.{key}", entries, list, "a list")
            for entry in entries:
                if group == "tags":
                    _require(f"{path}.{key}", entry, str, "a list of tag keys")
                elif not isinstance(entry, dict) or "path" not in entry:
                    raise OptionError(f"{path}.{key} must be a list of dictionaries with path.")


def _require(path: str, value: Any, kind: type, description: str) -> None:
    if not isinstance(value, kind):
        raise OptionError(f"{path} must be {description}.")


def _canonicalize(policy: Item) -> Item:
    """The policy with all documented defaults and with its lists, which are sets, in one order.

    Without what Grepr sets, it is also the body to write: Grepr requires both groups.
    """
    attributes, tags = (_drop(policy.get(group) or {}) for group in _GROUPS)
    return {
        "v": _VERSION,
        **_drop(policy),
        "attributes": {
            "cap": 0,
            "excludeAllByDefault": False,
            **attributes,
            "include": _sort_entries(attributes.get("include") or [], _INCLUDE),
            "exclude": _sort_entries(attributes.get("exclude") or [], _EXCLUDE),
        },
        "tags": {
            "cap": 0,
            **tags,
            "include": sorted(set(tags.get("include") or [])),
            "exclude": sorted(set(tags.get("exclude") or [])),
        },
    }


def _drop(fields: Item) -> Item:
    return {name: value for name, value in fields.items() if value is not None and name not in _SET_BY_SERVER}


def _sort_entries(entries: list[Item], defaults: Item) -> list[Item]:
    return sorted(({**defaults, **_drop(entry)} for entry in entries), key=lambda entry: str(entry.get("path")))


def _view(policy: Item) -> Item:
    """What differences show: without the version of the document, and the revision, which each write changes."""
    return {name: value for name, value in policy.items() if name not in ("v", "revision")}


def _is_equal(body: Item, policy: Item) -> bool:
    return _to_comparable(body) == _to_comparable(_canonicalize(policy))


def _to_comparable(policy: Item) -> Item:
    delay = _parse_duration(policy.get("columnRemovalDelay") or _REMOVAL_DELAY)
    return {**{name: value for name, value in policy.items() if name != "revision"}, "columnRemovalDelay": delay}


def _parse_duration(text: Any) -> Any:
    """A duration as a value: servers may write one day as P1D or PT24H."""
    found = _DURATION.fullmatch(str(text).upper())
    if found is None:
        return text
    days, hours, minutes, seconds = (float(part or 0) for part in found.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
