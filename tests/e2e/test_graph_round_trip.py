# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Graphs that are read from an account and written back."""

from __future__ import annotations

from typing import Any

from ..support.reliability_report import RecordMeasurement
from ..support.sample_vertices import build_pipelines
from ..support.sandbox import WORKER_AND_SLOW_MODULE, Sandbox
from ..support.simulator_client import SimulatorClient


@WORKER_AND_SLOW_MODULE
def test_graphs_are_unchanged_when_they_are_written_back(
    sandbox: Sandbox, simulator: SimulatorClient, record_measurement: RecordMeasurement, more: dict[str, Any]
) -> None:
    """A graph with each type of vertex and all its documented properties is read and written back: nothing changes."""
    pipelines = build_pipelines()
    simulator.admin("PUT", "/jobs", pipelines)
    described = "{{ dict(listed.jobs | map(attribute='name') | zip(listed.jobs | map(attribute='jobGraph'))) }}"
    jobs = "{{ graphs | dict2items(key_name='name', value_name='job_graph') }}"
    tasks = [
        {"name": "read", "greyops.rest.grepr_job_info": {"latest": True}, "register": "listed", **more},
        {"name": "write", "greyops.rest.grepr_jobs": {"jobs": jobs}, "vars": {"graphs": described}, **more},
    ]
    run = sandbox.play(tasks)
    run.assert_success(2)
    written = run.get_result("write")
    assert [job["action"] for job in written["jobs"]] == ["none"] * len(pipelines)
    assert not [one for one in simulator.requests("/api") if one["method"] in ("PUT", "POST", "DELETE")]
    record_measurement(f"{len(pipelines)} types of vertices, 0 writes, {written['api']['calls']} calls")
