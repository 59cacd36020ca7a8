# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of figures: what was promised, what was measured, and what could not be tested."""

from __future__ import annotations

import os
import platform
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

import pytest

CLAIM, CASE, SECTION, FIGURE = "claim", "case", "section", "figure"

_INTRODUCTION = """\
# Reliability

What the token store and the HTTP layer do under load, limits and faults, as measured by `make torture`. Everything is
real: HTTP and TLS over loopback, a Redis server, `ansible-playbook`, `ansible-runner` and ssh processes, and two
OAuth 2 servers that were written by others. This page is made by that command; do not edit it.
"""

_HEADING = "| what was done, and promised | case | what was counted | seconds |\n| --- | --- | --- | --- |"

# Reasons that no test could find out by itself.
_NOT_HERE = (
    "The APIs of the vendors: there is no account. The "
    "[simulator](https://github.com/greyops/rest/blob/main/tests/simulator/README.md) stands in for them.",
    "AWX and Automation Platform: no container engine. `ansible-runner`, which they start for every job, stands in.",
    "A network between controllers: all of them are processes of one machine, with homes and addresses of their own.",
    "macOS and other operating systems than Linux, file systems over a network, and Python 3.14.",
)


@dataclass
class Row:
    """One test: what it promises, what it counted, how long it took, and how it ended."""

    section: str
    claim: str
    case: str
    figures: list[str]
    seconds: float
    outcome: str
    reason: str = ""


@dataclass
class Reliability:
    """Gathers the rows while the tests run, and writes the page at the end."""

    page: Path
    started: float = field(default_factory=time.monotonic)
    rows: dict[str, Row] = field(default_factory=dict)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when != "call" and report.passed:
            return
        properties = dict(report.user_properties)
        figures = [str(value) for name, value in report.user_properties if name == FIGURE]
        reason = report.longrepr[2] if report.skipped and isinstance(report.longrepr, tuple) else ""
        self.rows[report.nodeid] = Row(
            section=str(properties.get(SECTION, "Others")),
            claim=str(properties.get(CLAIM, report.nodeid)),
            case=str(properties.get(CASE, "")),
            figures=figures,
            seconds=report.duration,
            outcome=report.outcome,
            reason=str(reason).removeprefix("Skipped: "),
        )

    def pytest_sessionfinish(self) -> None:
        self.page.write_text(self._page(), encoding="utf-8")

    def _page(self) -> str:
        parts = [_INTRODUCTION, self._circumstances()]
        for section in sorted({row.section for row in self.rows.values()}):
            rows = [row for row in self.rows.values() if row.section == section and row.outcome != "skipped"]
            if rows:
                parts.append("\n".join([f"## {section}\n", _HEADING, *_lines(rows), ""]))
        skipped = [f"{row.claim} {row.case}: {row.reason}" for row in self.rows.values() if row.outcome == "skipped"]
        parts.append("## What could not be tested\n\n" + "".join(f"* {line}\n" for line in [*_NOT_HERE, *skipped]))
        return "\n".join(parts)

    def _circumstances(self) -> str:
        outcomes = [row.outcome for row in self.rows.values()]
        core, python = metadata.version("ansible-core"), platform.python_version()
        counts = ", ".join(f"{outcomes.count(outcome)} {outcome}" for outcome in ("passed", "failed", "skipped"))
        minutes = (time.monotonic() - self.started) / 60
        return (
            f"{datetime.now(UTC):%Y-%m-%d}, ansible-core {core} on Python {python}, {sys.platform} with "
            f"{os.cpu_count()} cores: {counts}, in {minutes:.0f} minutes. Two tests ran at a time.\n"
        )


def _lines(rows: list[Row]) -> Iterator[str]:
    """The cases of a promise one below the other, whenever they were run."""
    claims = list(dict.fromkeys(row.claim for row in rows))
    for claim in claims:
        of_claim = sorted((row for row in rows if row.claim == claim), key=lambda row: row.case)
        for number, row in enumerate(of_claim):
            yield f"| {'' if number else claim} | {row.case} | {_counted(row)} | {row.seconds:.1f} |"


def _counted(row: Row) -> str:
    counted = "; ".join(row.figures) or "as promised"
    return f"**failed**; {counted}" if row.outcome == "failed" else counted
