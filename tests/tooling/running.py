"""Steps: each has a heading and a log, shows its seconds, counts its cases. All run, whichever fail."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
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


# The commands that run now, so that none outlives an interrupted run.
_running: set[subprocess.Popen[str]] = set()


class Log:
    """Runs the commands of a step and keeps what they print: in a file, and on the screen when V is set."""

    def __init__(self, title: str) -> None:
        directory = WORK / "logs"
        directory.mkdir(exist_ok=True)
        self.path = directory / f"{re.sub('[^a-z0-9.]+', '-', title.lower()).strip('-')}.log"
        self.notes: list[str] = []
        self.processor_seconds = 0.0
        self._file = self.path.open("w", encoding="utf-8", errors="replace")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._file.close()

    def note(self, text: str) -> None:
        """A line to show with the step's outcome."""
        self.notes.append(text)

    def write(self, text: str) -> None:
        self._file.write(text)
        self._file.flush()
        if _verbose():
            print(text, end="", flush=True)

    def run(self, *command: str | Path, cwd: Path, env: Mapping[str, str], check: bool = True) -> tuple[int, str]:
        """Run a command to its end; its status and output. Any status but 0 fails the step, unless check is false."""
        words = [os.fspath(word) for word in command]
        self.write(f"$ {' '.join(words)}\n")
        output = []
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
            _running.add(process)
            assert process.stdout is not None
            for line in process.stdout:
                output.append(line)
                self.write(line)
            # As wait() does, with what it and its children have used.
            _pid, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            _running.discard(process)
        self.processor_seconds += used.ru_utime + used.ru_stime
        if check and process.returncode:
            raise Failed(f"{Path(words[0]).name} ended with status {process.returncode}")
        return process.returncode, "".join(output)

    def tail(self) -> str:
        lines = self.path.read_text(encoding="utf-8").splitlines()
        return "\n".join(lines[-_SHOWN_LINES:])


Work = Callable[[Log], Cases | None]


def _verbose() -> bool:
    return bool(os.environ.get("V"))


@dataclass(frozen=True)
class Step:
    """A piece of work that neither needs nor disturbs any other, and how many processors it keeps busy."""

    title: str
    work: Work
    processors: int = 1


@dataclass(frozen=True)
class Outcome:
    title: str
    cases: Cases
    seconds: float
    processor_seconds: float

    @property
    def failed(self) -> bool:
        return self.cases.failed > 0


_screen = threading.Lock()


def _show(text: str) -> None:
    with _screen:
        print(text, flush=True)


def _run_step(step: Step) -> Outcome:
    """One step, whatever becomes of it. One without cases is a case itself, and so is one that broke on its own."""
    _show(f"-> {step.title}")
    started = time.monotonic()
    problem = ""
    with Log(step.title) as log:
        try:
            cases = step.work(log) or Cases(passed=1)
        except Exception as error:
            cases = (error.cases if isinstance(error, Failed) else None) or Cases()
            problem = str(error) if isinstance(error, Failed) else f"{type(error).__name__}: {error}"
            if not cases.failed:
                cases += Cases(failed=1)
    seconds = time.monotonic() - started
    lines = [f"== {step.title}", *(f"   {note}" for note in log.notes)]
    if problem or cases.failed:
        lines += [log.tail(), problem, f"(all of it: {log.path})"]
    verdict = "FAILED" if cases.failed else "ok"
    _show("\n".join([*lines, f"   {verdict}: {cases}, {seconds:.1f} s", ""]))
    return Outcome(step.title, cases, seconds, log.processor_seconds)


def run_side_by_side(steps: Sequence[Step]) -> list[Outcome]:
    """Run steps in their order, as many at once as keep the processors busy; the outcomes in the same order.

    One more than there are processors: tests wait a good deal. What is to be watched runs alone.
    """
    places = 1 if _verbose() else (os.cpu_count() or 1) + 1
    waiting = list(steps)
    under_way: dict[Future[Outcome], Step] = {}
    outcomes: dict[str, Outcome] = {}
    pool = ThreadPoolExecutor(max_workers=places)
    try:
        while waiting or under_way:
            for step in list(waiting):
                taken = sum(min(other.processors, places) for other in under_way.values())
                if taken + min(step.processors, places) <= places:
                    waiting.remove(step)
                    under_way[pool.submit(_run_step, step)] = step
            for done in wait(under_way, return_when=FIRST_COMPLETED).done:
                outcomes[under_way.pop(done).title] = done.result()
    finally:
        for process in list(_running):
            process.terminate()
        pool.shutdown(cancel_futures=True)
    return [outcomes[step.title] for step in steps]


def show_table(rows: Sequence[Sequence[str]]) -> None:
    """Columns side by side, the first to the left and the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for first, *others in rows:
        cells = [first.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True))]
        print("  ".join(cells).rstrip())


def run_steps(steps: Sequence[Step]) -> int:
    """All steps, then the bill: a table, the failed ones by name, and in the last line all cases. The exit status."""
    started = time.monotonic()
    outcomes = run_side_by_side(steps)
    rows: list[tuple[str, ...]] = [("step", "passed", "failed", "seconds", "of a processor")]
    for outcome in outcomes:
        cases = outcome.cases
        figures = (cases.passed, cases.failed, round(outcome.seconds), round(outcome.processor_seconds))
        rows.append((outcome.title, *map(str, figures)))
    total = sum((outcome.cases for outcome in outcomes), Cases())
    used = sum(outcome.processor_seconds for outcome in outcomes)
    seconds = time.monotonic() - started
    rows.append(("all", *map(str, (total.passed, total.failed, round(seconds), round(used)))))
    show_table(rows)
    for outcome in outcomes:
        if outcome.failed:
            print(f"failed: {outcome.title}")
    print(total)
    sys.stdout.flush()
    return 1 if total.failed or not outcomes else 0
