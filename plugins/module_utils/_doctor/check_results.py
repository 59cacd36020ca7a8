# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The results of checks."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import TYPE_CHECKING, TypeVar

from .._errors import GreyopsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

OK = "ok"
WARN = "warn"
FAIL = "fail"

_OPTIONS = "Correct the options of this task, or the environment variables that set them."
_SERVER = "Report this message to the administrator of the server."

# The checks whose consecutive results share a line of a short report if all is well, and the name of that line.
_OPTION_LINE, _NETWORK_LINE = "options", "network"
_LINES = {"option": _OPTION_LINE, **dict.fromkeys(("proxy", "name", "connection", "TLS"), _NETWORK_LINE)}

_Result = TypeVar("_Result")


@dataclass(frozen=True)
class CheckResult:
    """One line of a report. ``advice`` is the next step if the status is not ok."""

    service: str
    check: str
    status: str
    detail: str
    advice: str = ""

    def as_result(self) -> dict[str, str]:
        return asdict(self)

    def to_line(self) -> str:
        next_step = f" -> {self.advice}" if self.advice else ""
        return f"{self.status:<4}  {self.service:<10}  {self.check:<11}  {self.detail}{next_step}"


def shorten(findings: Iterable[CheckResult]) -> Iterator[CheckResult]:
    """Join consecutive findings about the options or the network of a service, except for problems."""
    for (service, line, is_ok), group in groupby(findings, key=_get_line):
        if line and is_ok:
            details = [one.detail if line == _OPTION_LINE else f"{one.check}: {one.detail}" for one in group]
            yield CheckResult(service, line, OK, "; ".join(details))
        else:
            yield from group


def _get_line(finding: CheckResult) -> tuple[str, str, bool]:
    return finding.service, _LINES.get(finding.check, ""), finding.status == OK


class CheckFailed(Exception):
    """A check failed, so the following ones cannot run."""

    def __init__(self, finding: CheckResult) -> None:
        super().__init__(finding.detail)
        self.finding = finding


def from_error(service: str, check: str, error: GreyopsError) -> CheckResult:
    """Convert an error, with its hint as the next step."""
    hint = error.hint or (_OPTIONS if check == "options" else _SERVER)
    return CheckResult(service, check, FAIL, error.without_hint, hint)


def run_with_timeout(seconds: float, work: Callable[[], _Result]) -> _Result:
    """Run work that cannot be interrupted, such as a name resolution, with a timeout.

    :raises TimeoutError: it is not finished; it continues in its thread.
    """
    result: list[_Result] = []
    errors: list[Exception] = []

    def run() -> None:
        try:
            result.append(work())
        except Exception as error:
            errors.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if errors:
        raise errors[0]
    if not result:
        raise TimeoutError(f"not finished within {seconds:g} s")
    return result[0]
