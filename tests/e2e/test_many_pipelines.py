# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting for many pipelines at once, and runs that are ended in between."""

from __future__ import annotations

import itertools
import os
import re
import signal
from collections.abc import Callable
from typing import Any

import pytest

from ..stress.processes import get_workers
from ..support.reliability_report import RecordMeasurement
from ..support.sandbox import CommandResult, RunningCommand, Sandbox
from ..support.simulator_client import SimulatorClient
from .request_counts import RequestCounter

GRAPH = {
    "vertices": [{"type": "logs-values-source", "name": "source"}, {"type": "discarding-sink", "name": "sink"}],
    "edges": ["source -> sink"],
}
LIST, CREATE = "GET /api/v1/jobs", "POST /api/v1/jobs/async"
LINE = re.compile(
    r"^pipelines: (\d+) of (\d+) running, (\d+) waiting, (\d+) failed(?:, (\d+) not written)?, (\d+) s$", re.MULTILINE
)


def list_progress(run: CommandResult, total: int) -> list[tuple[int, int, int]]:
    """The numbers of running and of written pipelines and the seconds in each progress line; the lines add up."""
    found = [[int(number or 0) for number in numbers] for numbers in LINE.findall(run.output)]
    for running, of, waiting, failed, unwritten, _seconds in found:
        assert of == running + waiting + failed + unwritten == total
    return [(running, total - unwritten, seconds) for running, _of, _waiting, _failed, unwritten, seconds in found]


def deploy(sandbox: Sandbox, count: int, **options: Any) -> RunningCommand:
    jobs = [{"name": f"web_{number:04}", "job_graph": GRAPH} for number in range(count)]
    task = {"name": "deploy", "greyops.rest.grepr_jobs": {"jobs": jobs, "concurrency": 10, **options}}
    return sandbox.start_playbook([{"tasks": [task]}])


def start_account(simulator: SimulatorClient, seconds: float) -> None:
    """An empty account whose pipelines take this long to start."""
    simulator.admin("PUT", "/jobs", [])
    simulator.switch(grepr={"transit_time": seconds / 2})


def test_waiting_for_many(sandbox: Sandbox, simulator: SimulatorClient, record_measurement: RecordMeasurement) -> None:
    """200 pipelines of 6 s at concurrency 10: 1 call for all of them at a time, and at most 1 line in 5 s."""
    start_account(simulator, 6)
    calls = RequestCounter(simulator)
    run = deploy(sandbox, 200).wait()
    run.assert_success(1)
    counts = calls.get_counts()
    assert counts[CREATE] == 200
    assert {name for name in counts if "/jobs" in name} == {LIST, CREATE}
    assert counts[LIST] < 12
    progress = list_progress(run, 200)
    assert len(progress) >= 1
    assert all(later[2] - earlier[2] >= 5 for earlier, later in itertools.pairwise(progress))
    assert len(run.output.splitlines()) < 20
    record_measurement(f"{counts[LIST]} reads, {len(progress)} lines")


def interrupt(run: RunningCommand) -> None:
    """As Ctrl-C does: all processes of the terminal."""
    for process in (run.process.pid, *get_workers(run.process.pid)):
        os.kill(process, signal.SIGINT)


def kill(run: RunningCommand) -> None:
    for process in (*get_workers(run.process.pid), run.process.pid):
        os.kill(process, signal.SIGKILL)


@pytest.mark.parametrize("end", [interrupt, pytest.param(kill, marks=pytest.mark.slow)])
def test_ended_run_is_continued(
    sandbox: Sandbox,
    simulator: SimulatorClient,
    record_measurement: RecordMeasurement,
    end: Callable[[RunningCommand], None],
) -> None:
    """The last line says how far an ended run was, and the next run creates only what is missing."""
    start_account(simulator, 0)
    simulator.fault("/api/v1/jobs/async", {"delay": 0.3})
    run = deploy(sandbox, 300)
    assert simulator.wait_for_calls("/api/v1/jobs/async", 200, run.is_running, seconds=200)
    end(run)
    ended = run.wait()
    assert ended.status != 0
    (*_earlier, (_running, written, _seconds)) = list_progress(ended, 300)
    simulator.admin("DELETE", "/faults")
    again = deploy(sandbox, 300).wait()
    again.assert_success(1)
    actions = [job["action"] for job in again.get_result("deploy")["jobs"]]
    there = actions.count("none")
    assert 100 < written <= there < 300
    assert actions.count("create") == 300 - there
    assert len(simulator.admin("GET", "/jobs")) == 300
    record_measurement(f"{written} in the last line, {there} created, {300 - there} by the next run")
