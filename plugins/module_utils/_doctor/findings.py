# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

from dataclasses import asdict, dataclass

OK = "ok"
WARN = "warn"
FAIL = "fail"


@dataclass(frozen=True)
class Finding:
    """One line of a report. ``advice`` is the next step where the status is not ok."""

    service: str
    check: str
    status: str
    detail: str
    advice: str = ""

    def as_result(self) -> dict[str, str]:
        return asdict(self)

    def line(self) -> str:
        next_step = f" -> {self.advice}" if self.advice else ""
        return f"{self.status:<4} {self.service} {self.check}: {self.detail}{next_step}"
