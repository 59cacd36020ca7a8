# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Holds two results of one module against each other, and reads what the commands print."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

# What core adds, and what depends on when and where a module ran.
_OF_CORE = {
    *("ansible_delegated_vars", "ansible_facts", "ansible_job_id", "ansible_loop_var", "attempts", "deprecations"),
    *("exception", "finished", "invocation", "item", "results_file", "started", "stderr", "stderr_lines", "stdout"),
    *("stdout_lines", "warnings", "ansible_parsed"),
}
_OF_THE_MOMENT = {"headers": {"date"}, "api": {"waited"}}
# Seconds that may lie between the two runs.
_BETWEEN = 60


def differences(here: Mapping[str, Any], there: Mapping[str, Any]) -> list[str]:
    """What one result has and the other has not; empty for results that a user would call equal."""
    first, second = _comparable(here), _comparable(there)
    names = sorted(set(first) | set(second))
    found = [f"{name}: {first.get(name)!r} != {second.get(name)!r}" for name in names if _differs(name, first, second)]
    if not {"changed", "failed"} <= set(first) | {"failed"}:
        found.append("no result of a module at all")
    return found


def _comparable(result: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in result.items() if name not in _OF_CORE and not name.startswith("_ansible")}
    kept["failed"] = bool(kept.get("failed"))
    if "ansible_module_results" in kept:
        # The name of core for a dictionary; only the action gives it its name again, and not the task that polls.
        kept["results"] = kept.pop("ansible_module_results")
    for name, left_out in _OF_THE_MOMENT.items():
        if isinstance(kept.get(name), Mapping):
            kept[name] = {key: value for key, value in kept[name].items() if key not in left_out}
    if kept.get("api", {}).get("token") in ("granted", "refreshed", "stored"):
        # The second run finds the token of the first.
        kept["api"]["token"] = "granted or stored"
    return kept


def _differs(name: str, first: Mapping[str, Any], second: Mapping[str, Any]) -> bool:
    if name not in first or name not in second:
        return True
    one, other = first[name], second[name]
    if name == "expires_in" and isinstance(one, int) and isinstance(other, int):
        return abs(one - other) > _BETWEEN
    if name in ("expires_at", "obtained_at") and isinstance(one, str) and isinstance(other, str):
        return abs(_moment(one) - _moment(other)).total_seconds() > _BETWEEN
    return bool(one != other)


def _moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S%z")


def ad_hoc_result(stdout: str) -> Any:
    """The result in the output of the command ansible: ``host | SUCCESS => {…}``."""
    return json.loads(stdout.partition("=>")[2])


class FilterModule:
    """What the targets use."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"greyops_differences": differences, "greyops_ad_hoc_result": ad_hoc_result}
