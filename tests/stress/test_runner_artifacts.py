# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Artifacts of ansible-runner: the files a controller keeps of each job."""

from __future__ import annotations

import json
import stat
from importlib.util import find_spec

import pytest

from ..support.leak_fixtures import (
    FAILING,
    SUCCEEDING,
    SUCCEEDING_OR_FAILING,
    LeakScenario,
    assert_expected_outcomes,
    name_tasks,
)
from ..support.reliability_report import RecordMeasurement
from ..support.sandbox import Sandbox

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not find_spec("ansible_runner"), reason="needs the Python package ansible-runner"),
]


@pytest.mark.parametrize("source", ["environment", "variables"])
def test_artifacts(sandbox: Sandbox, record_measurement: RecordMeasurement, source: str) -> None:
    """A job at -vvvv with every kind of task, successful and failing: no secret in events, output and remaining
    files."""
    scenario = LeakScenario(sandbox)
    place = sandbox.path / "job"
    (place / "project").mkdir(parents=True)
    (place / "inventory").mkdir()
    (place / "inventory" / "hosts").write_text("host01 ansible_connection=local\n")
    tasks = [*name_tasks(SUCCEEDING), *name_tasks({**FAILING, **SUCCEEDING_OR_FAILING}, ignore_errors=True)]
    keywords = scenario.from_variables if source == "variables" else {}
    play = {"hosts": "all", "gather_facts": False, **keywords, "tasks": tasks}
    (place / "project" / "play.yml").write_text(json.dumps([play]))
    env = {**sandbox.get_addresses(), **(sandbox.logins() if source == "environment" else {})}
    cmdline = f"--cmdline=-vvvv {scenario.variables}"
    run = sandbox.start("ansible-runner", "run", place, "-p", "play.yml", cmdline, env=env).wait()
    assert_expected_outcomes(run)
    search = scenario.secrets.search(scenario.simulator)
    assert search.find_in(run.output.encode()) == {}
    # The runner itself saves the environment it was started with, in a file that only its user can read.
    (command,) = place.glob("artifacts/*/command")
    assert bool(search.find_in_files([command])) == (source == "environment")
    assert stat.S_IMODE(command.stat().st_mode) == 0o600
    files = list(sandbox.iter_files(sandbox.commands / "secrets.yml", command))
    events = list(place.glob("artifacts/*/job_events/*.json"))
    assert len(events) > 2 * len(tasks)
    assert search.find_in_files(files) == {}
    record_measurement(
        f"{len(tasks)} tasks, {len(events)} events, {len(files)} files, {search.size} patterns searched: none found"
    )
