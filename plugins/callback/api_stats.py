# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: api_stats
type: aggregate
short_description: What a play asked of Grepr and GreyMatter
version_added: 0.1.0
author: greyops.rest contributors (@greyops)
description:
  - At the end of a play, shows a line for each API - its calls, the repeats among them, the seconds waited, and where
    the tokens came from.
  - Counts what tasks show under C(api) in their results. A result that is hidden from the screen, as with
    C(return_token=true) or C(no_log=true), is not counted.
requirements:
  - Enable it with E(ANSIBLE_CALLBACKS_ENABLED=greyops.rest.api_stats), or C(callbacks_enabled) in the configuration.
  - For ad hoc commands set E(ANSIBLE_LOAD_CALLBACK_PLUGINS=1) as well.
"""

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ansible.plugins.callback import CallbackBase

if TYPE_CHECKING:
    from collections.abc import Iterator

_ACTION = re.compile(r"^greyops\.rest\.(grepr|greymatter)_")
_TOKEN_SOURCES = {
    "granted": "granted",
    "refreshed": "refreshed",
    "stored": "reused",
    "given": "given",
    "api_key": "by API key",
}


@dataclass
class _Totals:
    calls: int = 0
    retries: int = 0
    waited: float = 0.0
    tokens: dict[str, int] = field(default_factory=dict)

    def add(self, api: dict[str, Any]) -> None:
        self.calls += api.get("calls", 0)
        self.retries += api.get("retries", 0)
        self.waited += api.get("waited", 0.0)
        source = _TOKEN_SOURCES.get(api.get("token") or "")
        if source:
            self.tokens[source] = self.tokens.get(source, 0) + 1

    def line(self) -> str:
        tokens = ", ".join(f"{count} {source}" for source, count in sorted(self.tokens.items())) or "none used"
        return f"calls={self.calls} retries={self.retries} waited={self.waited:.1f}s tokens: {tokens}"


class CallbackModule(CallbackBase):
    """Adds up the ``api`` of every result."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "greyops.rest.api_stats"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        self._totals: dict[str, _Totals] = {}

    def v2_runner_on_ok(self, result: Any) -> None:
        self._count(result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        self._count(result)

    def v2_runner_retry(self, result: Any) -> None:
        self._count(result)

    def v2_playbook_on_stats(self, stats: Any) -> None:
        if not self._totals:
            return
        self._display.banner("API STATS")
        width = max(map(len, self._totals))
        for service, totals in sorted(self._totals.items()):
            self._display.display(f"{service:<{width}} : {totals.line()}")
        self._display.display("")

    def _count(self, result: Any) -> None:
        found = _ACTION.match(str(result._task.resolved_action or result._task.action))
        if found:
            for api in _of_result(result._result):
                self._totals.setdefault(found.group(1), _Totals()).add(api)


def _of_result(result: Any) -> Iterator[dict[str, Any]]:
    """The ``api`` of a result; of a loop, those of its items."""
    for item in result.get("results") or [result]:
        if isinstance(item, dict) and isinstance(item.get("api"), dict):
            yield item["api"]
