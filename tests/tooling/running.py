"""Steps: each has a heading and a log, shows its seconds, counts its cases. All run, whichever fail."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from xml.etree import ElementTree

from places import WORK

# More of a failed step's output than this hides the reason instead of showing it. The log has it all.
_SHOWN_LINES = 200


class Failed(Exception):
    """A step did not do what it should. The message is shown; the log holds the rest."""

    def __init__(self, message: str, cases: Cases | None = None) -> None:
        super().__init__(message)
        self.cases = cases


@dataclass(frozen=True)
class Cases:
    passed: int = 0
    failed: int = 0

    def __add__(self, other: Cases) -> Cases:
        return Cases(self.passed + other.passed, self.failed + other.failed)

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed"

    @classmethod
    def of_junit(cls, *files: Path) -> Cases:
        """The cases of JUnit reports. Skipped ones count neither way."""
        cases = cls()
        for case in (case for file in files for case in ElementTree.parse(file).iter("testcase")):
            kinds = {child.tag for child in case}
            if kinds & {"failure", "error"}:
                cases += cls(failed=1)
            elif "skipped" not in kinds:
                cases += cls(passed=1)
        return cases


class Log:
    """Runs the commands of a step and keeps what they print: in a file, and on the screen when V is set."""

    def __init__(self, title: str) -> None:
        directory = WORK / "logs"
        directory.mkdir(exist_ok=True)
        self.path = directory / f"{re.sub('[^a-z0-9.]+', '-', title.lower()).strip('-')}.log"
        self._file = self.path.open("w", encoding="utf-8", errors="replace")
        self._shown = bool(os.environ.get("V"))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._file.close()

    def write(self, text: str) -> None:
        self._file.write(text)
        self._file.flush()
        if self._shown:
            print(text, end="", flush=True)

    def run(
        self, *command: str | Path, cwd: Path, env: Mapping[str, str], check: bool = True, alone: bool = True
    ) -> tuple[int, str]:
        """
        Run a command to its end; its status and output. Any status but 0 fails the step, unless check is false.

        What a command prints that does not run alone is kept together: the log gets it when the command has ended.
        """
        words = [os.fspath(word) for word in command]
        output = [f"$ {' '.join(words)}\n"]
        if alone:
            self.write(output[0])
        with subprocess.Popen(
            words,
            cwd=cwd,
            env=dict(env),
            text=True,
            encoding="utf-8",
            errors="replace",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        ) as process:
            assert process.stdout is not None
            for line in process.stdout:
                output.append(line)
                if alone:
                    self.write(line)
        if not alone:
            self.write("".join(output))
        if check and process.returncode:
            raise Failed(f"{Path(words[0]).name} ended with status {process.returncode}")
        return process.returncode, "".join(output[1:])

    def tail(self) -> str:
        lines = self.path.read_text(encoding="utf-8").splitlines()
        return "\n".join(lines[-_SHOWN_LINES:])


Step = Callable[[Log], Cases | None]


@dataclass(frozen=True)
class Outcome:
    title: str
    cases: Cases
    seconds: float

    @property
    def failed(self) -> bool:
        return self.cases.failed > 0


def run_step(title: str, step: Step) -> Outcome:
    """One step, whatever becomes of it. One without cases is a case itself, and so is one that broke on its own."""
    print(f"== {title}", flush=True)
    started = time.monotonic()
    problem = ""
    with Log(title) as log:
        try:
            cases = step(log) or Cases(passed=1)
        except Exception as error:
            cases = (error.cases if isinstance(error, Failed) else None) or Cases()
            problem = str(error) if isinstance(error, Failed) else f"{type(error).__name__}: {error}"
            if not cases.failed:
                cases += Cases(failed=1)
    seconds = time.monotonic() - started
    if problem or cases.failed:
        print(f"{log.tail()}\n{problem}\n(all of it: {log.path})")
    verdict = "FAILED" if cases.failed else "ok"
    print(f"   {verdict}: {cases}, {seconds:.1f} s\n", flush=True)
    return Outcome(title, cases, seconds)


def run_steps(steps: Iterable[tuple[str, Step]]) -> int:
    """All steps, then the bill: the failed ones by name, and in the last line all cases. The exit status."""
    outcomes = [run_step(title, step) for title, step in steps]
    for outcome in outcomes:
        if outcome.failed:
            print(f"failed: {outcome.title}")
    total = sum((outcome.cases for outcome in outcomes), Cases())
    print(f"{sum(outcome.seconds for outcome in outcomes):.0f} s")
    print(total)
    sys.stdout.flush()
    return 1 if total.failed or not outcomes else 0
