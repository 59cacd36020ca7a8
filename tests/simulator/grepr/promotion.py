# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The promotion policy of a table: the attributes and tags that have a column of their own."""

from __future__ import annotations

import copy
import re
from typing import Any

from .endpoints import ApiError
from .resource import Item
from .schemas import (
    NAMES,
    Schema,
    duration,
    flag,
    list_of,
    now,
    number,
    optional,
    read_only,
    required,
    text,
)

# The tags that always have a column.
BUILT_IN = ("service", "host")
_PATH = {"path": required(text(shortest=1)), "prefix": optional(flag, False)}
_INCLUDE = Schema({**_PATH, "numeric": optional(flag, False)})
_EXCLUDE = Schema({**_PATH, "scheduledRemovalAt": read_only()})
_ATTRIBUTES = Schema(
    {
        "cap": required(number(0)),
        "include": optional(list_of(_INCLUDE.rule), []),
        "exclude": optional(list_of(_EXCLUDE.rule), []),
        "excludeAllByDefault": optional(flag, False),
        "excludeAllScheduledRemovalAt": read_only(),
    }
)
_TAGS = Schema(
    {
        "cap": required(number(0)),
        "include": optional(NAMES, []),
        "exclude": optional(NAMES, []),
        "scheduledRemovalAt": read_only(),
    }
)
_POLICY = Schema(
    {
        "v": required(number(1)),
        "attributes": required(_ATTRIBUTES.rule),
        "tags": required(_TAGS.rule),
        "columnRemovalDelay": optional(duration),
        "revision": optional(number(0)),
    }
)
_NONE: dict[str, Any] = {"v": 1, "revision": 0, "attributes": {"cap": 0}, "tags": {"cap": 0}}
_SECONDS = {"D": 86400, "H": 3600, "M": 60, "S": 1}


def get_policy(item: Item, key: str) -> dict[str, Any]:
    """The stored policy of a table of a dataset."""
    found: dict[str, Any] = item.get("_promotion", {}).get(key) or _fill(_NONE)
    return found


def store_policy(item: Item, key: str, given: object) -> dict[str, Any]:
    """Replace the policy of a table, unless it is not valid or the revision is not the current one."""
    policy, stored = _fill(_POLICY.read(given)), get_policy(item, key)
    partitions = [field["column"] for field in _list_partitions(item["tables"].get(key, {}))]
    if found := _find_problems(policy, partitions):
        raise ApiError(400, f"Invalid promotion policy: {'; '.join(found)}")
    if policy.get("revision", stored["revision"]) != stored["revision"]:
        raise ApiError(409, "The promotion policy changed since that revision; read it again")
    policy["revision"] = stored["revision"] + 1
    _schedule_removals(policy, stored)
    item.setdefault("_promotion", {})[key] = policy
    return policy


def find_unpromoted(item: Item, key: str, config: dict[str, Any]) -> list[str]:
    """The partition columns of a configuration that are neither built in nor promoted."""
    known = (*BUILT_IN, *get_policy(item, key)["tags"]["include"])
    return [field["column"] for field in _list_partitions(config) if field["column"] not in known]


def view_table(item: Item, key: str) -> dict[str, Any]:
    """A table's configuration as it is in effect."""
    config, policy = item["tables"].get(key, {}), get_policy(item, key)
    attributes, tags, partitions = policy["attributes"], policy["tags"], _list_partitions(config)
    hour = {"type": "time", "partitionBy": "HOUR"}
    spec: list[dict[str, Any]] = [{"column": "eventTimestamp", "systemControlled": True, "transform": hour}]
    for field in partitions:
        bucket = {"type": "bucket", "buckets": field["buckets"]}
        spec.append({"column": field["column"], "systemControlled": False, "transform": bucket})
    exact = [entry for entry in attributes["include"] if not entry["prefix"]][: attributes["cap"]]
    protection = dict.fromkeys(BUILT_IN, "REQUIRED") | {
        field["column"]: "PARTITION_SOURCE" for field in partitions if field["column"] not in BUILT_IN
    }
    return {
        "effectiveSpec": spec,
        "promotedAttributes": [
            {"path": one["path"], "valueColumn": f"a_{one['path']}", "numeric": one["numeric"], "excluded": False}
            for one in exact
        ],
        "promotedTagKeys": tags["include"],
        "promotedTags": [
            {"key": name, "column": f"t_{name}", "excluded": name in tags["exclude"]}
            | ({"protection": protection[name]} if name in protection else {})
            for name in dict.fromkeys((*BUILT_IN, *tags["include"]))
        ],
        "promotion": policy,
        "sortFields": config.get("sortFields", []),
        "unreadableAttributeColumns": [],
    }


def _fill(policy: dict[str, Any]) -> dict[str, Any]:
    """A policy with the documented defaults at every depth."""
    filled = copy.deepcopy(policy)
    filled["attributes"] = _ATTRIBUTES.fill_defaults(filled["attributes"])
    filled["tags"] = _TAGS.fill_defaults(filled["tags"])
    for name, schema in (("include", _INCLUDE), ("exclude", _EXCLUDE)):
        filled["attributes"][name] = [schema.fill_defaults(entry) for entry in filled["attributes"][name]]
    return filled


def _find_problems(policy: dict[str, Any], partitions: list[str]) -> list[str]:
    attributes, tags = policy["attributes"], policy["tags"]
    found = []
    if any(entry["numeric"] and entry["prefix"] for entry in attributes["include"]):
        found.append("attributes.include: only an exact path can be numeric")
    if attributes["excludeAllByDefault"] and attributes["exclude"]:
        found.append("attributes.exclude must be empty while excludeAllByDefault is on")
    found += [
        f"attributes.exclude: {excluded['path']} is covered entirely by the include entry {included['path']}"
        for excluded in attributes["exclude"]
        for included in attributes["include"]
        if _covers(included, excluded)
    ]
    found += [f"the tag key {name} is on both lists" for name in tags["exclude"] if name in tags["include"]]
    found += [f"the tag key {name} cannot be excluded" for name in tags["exclude"] if name in (*BUILT_IN, *partitions)]
    found += [
        f"the table is partitioned on the tag key {name}"
        for name in partitions
        if name not in (*BUILT_IN, *tags["include"])
    ]
    delay = policy.get("columnRemovalDelay")
    if delay is not None and not 120 <= _get_seconds(delay) <= 30 * 86400:
        found.append("columnRemovalDelay must be between PT2M and P30D")
    return found


def _covers(included: dict[str, Any], excluded: dict[str, Any]) -> bool:
    """Whether an entry covers everything that another one does; without ``prefix`` it covers only its own path."""
    if included["prefix"]:
        return f"{excluded['path']}.".startswith(f"{included['path']}.")
    return not excluded["prefix"] and bool(included["path"] == excluded["path"])


def _schedule_removals(policy: dict[str, Any], stored: dict[str, Any]) -> None:
    # The removal itself is not simulated. An entry keeps the time of the policy that excluded it.
    moment = now(_get_seconds(policy.get("columnRemovalDelay", "PT6H")))
    attributes, before = policy["attributes"], stored["attributes"]
    times = {(entry["path"], entry["prefix"]): entry["scheduledRemovalAt"] for entry in before["exclude"]}
    for entry in attributes["exclude"]:
        entry["scheduledRemovalAt"] = times.get((entry["path"], entry["prefix"]), moment)
    if attributes["excludeAllByDefault"]:
        attributes["excludeAllScheduledRemovalAt"] = before.get("excludeAllScheduledRemovalAt", moment)
    tags, times = policy["tags"], stored["tags"].get("scheduledRemovalAt", {})
    tags["scheduledRemovalAt"] = {name: times.get(name, moment) for name in tags["exclude"]}


def _list_partitions(config: dict[str, Any]) -> list[dict[str, Any]]:
    fields: list[dict[str, Any]] = (config.get("partitionConfig") or {}).get("fields", [])
    return fields


def _get_seconds(value: str) -> float:
    return sum(float(count) * _SECONDS[unit] for count, unit in re.findall(r"([\d.]+)([DHMS])", value))
