# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: api_stats
type: aggregate
short_description: Show API call statistics at the end of a run
version_added: 0.1.0
author: greyops.rest contributors (@greyops)
description:
  - At the end of a run, show a line for each API that was used - C(calls), the C(retries) among them, the seconds
    C(waited), and how many tasks logged in (C(granted)), C(refreshed) a token, or used a stored token (C(reused)). If
    there are any, the numbers of tasks with a token provided by the user (C(given)) and with an C(api_key) follow.
  - The values are the sums of C(api) in task results, for each attempt and each item of a loop. Background tasks are
    counted when their end is seen by C(poll) or M(ansible.builtin.async_status).
  - Results that are hidden from the output, as with C(return_token=true) or C(no_log=true), are also hidden from
    callbacks. Such tasks are counted as C(hidden), and are missing from the other numbers.
  - M(greyops.rest.doctor) is shown on a separate line. Lookups have no result and are not counted.
  - A task is counted once by the source of its last token, even if it logged in twice.
  - If the callback for standard output has a name that contains C(json), the lines are written to standard error.
requirements:
  - Enable it with E(ANSIBLE_CALLBACKS_ENABLED=greyops.rest.api_stats), or with C(callbacks_enabled) in the
    configuration.
  - For ad hoc commands, also set E(ANSIBLE_LOAD_CALLBACK_PLUGINS=1).
seealso:
  - ref: ansible_collections.greyops.rest.docsite.guide_tokens
    description: How tokens are stored, shared and renewed.
"""

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ansible import constants as C
from ansible.plugins.callback import CallbackBase

if TYPE_CHECKING:
    from collections.abc import Iterator

_ACTION = re.compile(r"^greyops\.rest\.(grepr|greymatter|doctor)(_|$)")
_ASYNC_STATUS = ("async_status", "ansible.builtin.async_status", "ansible.legacy.async_status")
# The keys of results; the first three are always shown, so that runs can be compared.
_TOKEN_SOURCES = {
    "granted": "granted",
    "refreshed": "refreshed",
    "stored": "reused",
    "given": "given",
    "api_key": "api_key",
}
_ALWAYS = ("granted", "refreshed", "reused")


@dataclass
class _Totals:
    calls: int = 0
    retries: int = 0
    waited: float = 0.0
    hidden: int = 0
    tokens: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_TOKEN_SOURCES.values(), 0))

    def add(self, api: dict[str, Any]) -> None:
        self.calls += api.get("calls", 0)
        self.retries += api.get("retries", 0)
        self.waited += api.get("waited", 0.0)
        source = _TOKEN_SOURCES.get(str(api.get("token")))
        if source:
            self.tokens[source] += 1

    def line(self) -> str:
        counts = {name: count for name, count in self.tokens.items() if count or name in _ALWAYS}
        if self.hidden:
            counts["hidden"] = self.hidden
        tokens = " ".join(f"{name}={count}" for name, count in counts.items())
        return f"calls={self.calls} retries={self.retries} waited={self.waited:.1f}s {tokens}"


class CallbackModule(CallbackBase):
    """Sums up the ``api`` of every result."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "greyops.rest.api_stats"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        self._totals: dict[str, _Totals] = {}
        self._jobs: dict[str, str] = {}

    def v2_runner_on_ok(self, result: Any) -> None:
        self._count(result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        self._count(result)

    def v2_runner_retry(self, result: Any) -> None:
        self._count(result)

    def v2_playbook_on_stats(self, stats: Any) -> None:
        if not self._totals:
            return
        # Output for programs that read JSON must contain nothing else.
        aside = "json" in str(C.DEFAULT_STDOUT_CALLBACK)  # type: ignore[attr-defined]
        width = max(map(len, self._totals))
        lines = [f"{service:<{width}} : {totals.line()}" for service, totals in sorted(self._totals.items())]
        if aside:
            self._display.display("\n".join(["API STATS", *lines]), stderr=True)
        else:
            self._display.banner("API STATS")
            self._display.display("\n".join([*lines, ""]))

    def _count(self, response: Any) -> None:
        # Since 2.19 the attributes have public names; the old ones are deprecated.
        task = getattr(response, "task", None) or response._task
        result = getattr(response, "result", None) or response._result
        action = str(task.resolved_action or task.action)
        found = _ACTION.match(action)
        if found or action in _ASYNC_STATUS:
            for item in _items(result):
                self._add(found.group(1) if found else None, item)

    def _add(self, service: str | None, item: dict[str, Any]) -> None:
        job = item.get("ansible_job_id")
        if service is None:
            # The end of a background job counts once for its service, however often it is polled.
            service = self._jobs.pop(job, None) if isinstance(item.get("api"), dict) and job else None
        elif job and "api" not in item:
            self._jobs[job] = service
        if service is None:
            return
        if isinstance(item.get("api"), dict):
            self._totals.setdefault(service, _Totals()).add(item["api"])
        elif "censored" in item:
            self._totals.setdefault(service, _Totals()).hidden += 1


def _items(result: Any) -> Iterator[dict[str, Any]]:
    """Iterate over the result of a task, or over the results of its loop items."""
    items = result.get("results")
    for item in items if isinstance(items, list) and items else [result]:
        if isinstance(item, dict):
            yield item
