# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Artifacts of ansible-runner: what a controller keeps of every job."""

from __future__ import annotations

import json
import stat
from importlib.util import find_spec

import pytest

from ..conftest import Figure
from ..scene import BADLY, EITHER_WAY, WELL, Scene, assert_as_meant, named
from ..world import World

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not find_spec("ansible_runner"), reason="needs the Python package ansible-runner"),
]


@pytest.mark.parametrize("source", ["environment", "variables"])
def test_artifacts(world: World, figure: Figure, source: str) -> None:
    """A job at -vvvv with every kind of task, good and bad: no secret in events, output and whatever a task leaves."""
    scene = Scene(world)
    place = world.place / "job"
    (place / "project").mkdir(parents=True)
    (place / "inventory").mkdir()
    (place / "inventory" / "hosts").write_text("host01 ansible_connection=local\n")
    tasks = [*named(WELL), *named({**BADLY, **EITHER_WAY}, ignore_errors=True)]
    keywords = scene.from_variables if source == "variables" else {}
    play = {"hosts": "all", "gather_facts": False, **keywords, "tasks": tasks}
    (place / "project" / "play.yml").write_text(json.dumps([play]))
    env = {**world.addresses(), **(world.logins() if source == "environment" else {})}
    cmdline = f"--cmdline=-vvvv {scene.variables}"
    run = world.start("ansible-runner", "run", place, "-p", "play.yml", cmdline, env=env).end()
    assert_as_meant(run)
    search = scene.secrets.search(scene.simulator)
    assert search.found_in(run.output.encode()) == {}
    # The runner itself notes the environment it was started with, in a file for its user alone.
    (command,) = place.glob("artifacts/*/command")
    assert bool(search.found_in_files([command])) == (source == "environment")
    assert stat.S_IMODE(command.stat().st_mode) == 0o600
    files = list(world.files(world.commands / "secrets.yml", command))
    events = list(place.glob("artifacts/*/job_events/*.json"))
    assert len(events) > 2 * len(tasks)
    assert search.found_in_files(files) == {}
    figure(f"{len(tasks)} tasks, {len(events)} events, {len(files)} files, {search.size} signs looked for: none found")
