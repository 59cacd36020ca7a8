# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TypeVar

from ansible_collections.greyops.rest.plugins.module_utils._errors import GreyopsError

OK = "ok"
WARN = "warn"
FAIL = "fail"

_NEXT_STEP = r"(?<=[.?]) (?=[A-Z])|: (?=give )"
_OPTIONS = "Correct the options of this task, or the variables that stand in for them."
_SERVER = "Ask whoever runs the server, with what it says here."

_Result = TypeVar("_Result")


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
        return f"{self.status:<4}  {self.service:<10}  {self.check:<11}  {self.detail}{next_step}"


class Blocked(Exception):
    """The way ends with this finding."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.detail)
        self.finding = finding


def refusal(service: str, check: str, error: GreyopsError) -> Finding:
    """What an error says. In all of ours the next step comes last: a sentence, or what follows a colon."""
    if error.hint:
        return Finding(service, check, FAIL, error.message, error.hint)
    advice = re.split(_NEXT_STEP, error.message)[-1]
    detail = error.message[: len(error.message) - len(advice)].rstrip(": ")
    if not detail:
        detail, advice = error.message, _OPTIONS if check == "options" else _SERVER
    return Finding(service, check, FAIL, detail, f"{advice[:1].upper()}{advice[1:]}")


def within(seconds: float, work: Callable[[], _Result]) -> _Result:
    """Do something that cannot be interrupted, such as asking for a name, and wait so long for its end.

    :raises TimeoutError: it goes on, and nobody waits for it.
    """
    outcome: list[_Result] = []
    errors: list[Exception] = []

    def run() -> None:
        try:
            outcome.append(work())
        except Exception as error:
            errors.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if errors:
        raise errors[0]
    if not outcome:
        raise TimeoutError(f"no end within {seconds:g} s")
    return outcome[0]
