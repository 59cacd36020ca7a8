# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: api_stats
type: aggregate
short_description: What a run asked of Grepr and GreyMatter
version_added: 0.1.0
author: greyops.rest contributors (@greyops)
description:
  - At the end of a run, shows a line for each API that was used - C(calls), the C(retries) among them, the seconds
    C(waited), and how many tasks logged in (C(granted)), C(refreshed) a token, or found one in the store (C(reused)).
    Then, where there are any, the tasks with a token of the user's own (C(given)) and with an C(api_key).
  - Adds up what tasks show under C(api) in their results, each attempt and each item of a loop by itself. Tasks in the
    background count when their end is seen, by C(poll) or M(ansible.builtin.async_status).
  - A result that is hidden from the screen, as with C(return_token=true) or C(no_log=true), is hidden from callbacks
    too. Such tasks are counted as C(hidden), and what they did is missing from the other numbers.
  - M(greyops.rest.doctor) has a line of its own. Lookups have no result and are not counted.
  - A task counts once for where its last token came from, even if it logged in twice.
  - With a callback on standard output whose name holds C(json), the lines go to standard error.
requirements:
  - Enable it with E(ANSIBLE_CALLBACKS_ENABLED=greyops.rest.api_stats), or C(callbacks_enabled) in the configuration.
  - For ad hoc commands set E(ANSIBLE_LOAD_CALLBACK_PLUGINS=1) as well.
seealso:
  - ref: ansible_collections.greyops.rest.docsite.guide_tokens
    description: How tokens are kept, shared and replaced.
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
# By what results call it; the first three are shown in any case, so that runs can be compared.
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
    """Adds up the ``api`` of every result."""

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
        # What a program is to read as JSON must hold nothing else.
        aside = "json" in str(C.DEFAULT_STDOUT_CALLBACK)  # type: ignore[attr-defined]
        width = max(map(len, self._totals))
        lines = [f"{service:<{width}} : {totals.line()}" for service, totals in sorted(self._totals.items())]
        if aside:
            self._display.display("\n".join(["API STATS", *lines]), stderr=True)
        else:
            self._display.banner("API STATS")
            self._display.display("\n".join([*lines, ""]))

    def _count(self, answer: Any) -> None:
        # From 2.19 on the attributes have public names, and the old ones are to go.
        task = getattr(answer, "task", None) or answer._task
        result = getattr(answer, "result", None) or answer._result
        action = str(task.resolved_action or task.action)
        found = _ACTION.match(action)
        if found or action in _ASYNC_STATUS:
            for item in _items(result):
                self._add(found.group(1) if found else None, item)

    def _add(self, service: str | None, item: dict[str, Any]) -> None:
        job = item.get("ansible_job_id")
        if service is None:
            # The end of a job counts for the service that it was started for, however often it is asked for.
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
    """The result of a task; of a loop, those of its items."""
    items = result.get("results")
    for item in items if isinstance(items, list) and items else [result]:
        if isinstance(item, dict):
            yield item
