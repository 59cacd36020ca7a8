"""The commands of a session with their log and their test cases, and the table of all sessions at the end."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import nox
from nox.command import CommandFailed

from .paths import ROOT, WORK, temporary_directory

VERBOSE = bool(os.environ.get("V"))

# The last lines of the output of a command that fails, which are shown. The log contains all of it.
_SHOWN_LINES = 200

# Where the sessions of this run write their results. The first nox creates it, those that it starts find it.
_RESULTS = "GREYOPS_NOX_RESULTS"
IS_CHILD = _RESULTS in os.environ


class StepFailed(Exception):
    """A session has failed for the reason in the message."""


class Cases(NamedTuple):
    passed: int = 0
    failed: int = 0

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed"


def read_junit(*files: Path) -> Cases:
    """Count the cases of JUnit reports. Skipped ones count as neither passed nor failed."""
    passed = failed = 0
    for case in (case for file in files for case in ElementTree.parse(file).iter("testcase")):
        kinds = {child.tag for child in case}
        if kinds & {"failure", "error"}:
            failed += 1
        elif "skipped" not in kinds:
            passed += 1
    return Cases(passed, failed)


@dataclass
class Result:
    title: str
    core: str
    started: float
    passed: int = 0
    failed: int = 1  # until the session has ended: it may be killed
    seconds: float = 0
    cpu_seconds: float = 0

    @property
    def _file(self) -> Path:
        return Path(os.environ[_RESULTS], f"{_slug(self.title)}.json")

    def save(self) -> None:
        self._file.write_text(json.dumps(asdict(self)))


def _slug(title: str) -> str:
    return re.sub(r"[^a-z0-9.]+", "-", title.lower()).strip("-")


def read_results() -> list[Result]:
    """Return the results of this run in the order in which the sessions were started."""
    files = Path(os.environ[_RESULTS]).glob("*.json")
    return sorted((Result(**json.loads(file.read_text())) for file in files), key=lambda result: result.started)


class Step:
    """What a session does. Its home is an empty directory that is removed at the end."""

    def __init__(self, session: nox.Session, log: Path, home: Path) -> None:
        self.session = session
        self.log = log
        self.home = home
        self.cases = Cases()

    def count(self, cases: Cases) -> None:
        self.cases = Cases(self.cases.passed + cases.passed, self.cases.failed + cases.failed)

    def run(self, *command: str | Path, env: Mapping[str, str], cwd: Path = ROOT) -> tuple[int, str]:
        """Run a command to its end. Return its status and its output, which is appended to the log."""
        start = self.log.stat().st_size
        screen = None if VERBOSE else subprocess.DEVNULL
        with (
            subprocess.Popen(["tee", "-a", self.log], stdin=subprocess.PIPE, stdout=screen, text=True) as tee,
            contextlib.chdir(cwd),
        ):
            try:
                status = 0
                self.session.run(*command, env=env, include_outer_env=False, external=True, stdout=tee.stdin)
            except CommandFailed as failure:
                status = failure.return_code or 1
        with self.log.open(encoding="utf-8", errors="replace") as log:
            log.seek(start)
            output = log.read()
        if status and not VERBOSE:
            print("\n".join(output.splitlines()[-_SHOWN_LINES:]), flush=True)
        return status, output

    def require(self, *command: str | Path, env: Mapping[str, str], cwd: Path = ROOT) -> None:
        """Run a command that the rest of the session depends on."""
        status, _output = self.run(*command, env=env, cwd=cwd)
        if status:
            raise StepFailed(f"{Path(command[0]).name} ended with status {status}")

    def check(self, *command: str | Path, env: Mapping[str, str], cwd: Path = ROOT) -> None:
        """Run a command that is a test case by itself."""
        status, _output = self.run(*command, env=env, cwd=cwd)
        self.count(Cases(failed=1) if status else Cases(passed=1))


@contextlib.contextmanager
def start_step(session: nox.Session, title: str, core: str) -> Iterator[Step]:
    """Record what the body runs and counts. The session fails if a case has failed or if no test ran."""
    log = WORK / "logs" / f"{_slug(title)}-core{core}.log"
    log.parent.mkdir(exist_ok=True)
    log.write_text("")
    result = Result(f"{title}, ansible-core {core}", core, time.time())
    result.save()
    started, cpu_started = time.monotonic(), _cpu_seconds()
    problem = ""
    with temporary_directory() as home:
        step = Step(session, log, home)
        try:
            yield step
            if step.cases == Cases():
                problem = "no test ran"
        except (StepFailed, CommandFailed) as failure:
            problem = str(failure)
        if problem and not step.cases.failed:
            step.count(Cases(failed=1))
        result.passed, result.failed = step.cases
        result.seconds, result.cpu_seconds = time.monotonic() - started, _cpu_seconds() - cpu_started
        result.save()
    if result.failed:
        session.error(f"{problem or step.cases} (log: {log})")
    session.log(f"{result.title}: {step.cases}, {result.seconds:.1f} s")


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run_sessions(session: nox.Session, *names: str, **variables: str) -> bool:
    """Run other sessions side by side, one more than there are processors: tests often wait. Return whether all passed.

    If the output is to be seen, they run one after the other.
    """
    jobs = 1 if VERBOSE else (os.cpu_count() or 1) + 1
    failed_before = sum(result.failed for result in read_results())
    try:
        # On an interrupt, the other nox needs some time to stop its sessions.
        session.run(
            sys.executable, "-m", "nox", "--parallel", str(jobs), "--session", *names,
            env=variables, external=True, interrupt_timeout=5, terminate_timeout=10,
        )  # fmt: skip
    except CommandFailed as failure:
        if failed_before == sum(result.failed for result in read_results()):
            # Some session has failed before its step began, while it created a virtual environment.
            Result(f"nox --session {' '.join(names)}", variables.get("CORE", ""), time.time()).save()
        session.warn(str(failure))
        return False
    return True


def show_table(rows: Sequence[Sequence[str]]) -> None:
    """Print columns, the first aligned to the left and the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for first, *others in rows:
        cells = [first.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True))]
        print("  ".join(cells).rstrip())


def _show_results(started: float) -> None:
    results = read_results()
    shutil.rmtree(os.environ[_RESULTS], ignore_errors=True)
    if not results:
        return
    rows = [("step", "passed", "failed", "seconds", "CPU seconds")]
    total = Result("all", "", started, failed=0, seconds=time.time() - started)
    for result in results:
        total.passed += result.passed
        total.failed += result.failed
        total.cpu_seconds += result.cpu_seconds
    for row in (*results, total):
        rows.append((row.title, str(row.passed), str(row.failed), f"{row.seconds:.0f}", f"{row.cpu_seconds:.0f}"))
    show_table(rows)
    for result in results:
        if result.failed:
            print(f"failed: {result.title}")
    print(Cases(total.passed, total.failed), flush=True)


if not IS_CHILD:
    os.environ[_RESULTS] = tempfile.mkdtemp(prefix="greyops-rest-")
    atexit.register(_show_results, time.time())
