# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many pipelines"""

from __future__ import annotations

import time

import pytest

from ..e2e.request_counts import RequestCounter
from ..e2e.test_many_pipelines import CREATE, LIST, deploy, list_progress, start_account
from ..support.reliability_report import RecordMeasurement
from ..support.sandbox import Sandbox
from ..support.simulator_client import SimulatorClient

pytestmark = pytest.mark.slow


def test_waiting_for_1000_pipelines(
    sandbox: Sandbox, simulator: SimulatorClient, record_measurement: RecordMeasurement
) -> None:
    """1,000 pipelines that take 60 s to start, at concurrency 10: less than 120 s, 100 reads and 50 lines."""
    start_account(simulator, 60)
    calls = RequestCounter(simulator)
    began = time.monotonic()
    run = deploy(sandbox, 1000).wait()
    seconds = time.monotonic() - began
    run.assert_success(1)
    states = {job["job"]["state"] for job in run.get_result("deploy")["jobs"]}
    assert states == {"RUNNING"}
    counts = calls.get_counts()
    assert {name for name in counts if "/jobs" in name} == {LIST, CREATE}
    assert counts[CREATE] == 1000
    assert counts[LIST] < 100
    assert seconds < 120
    lines = len(run.output.splitlines())
    assert lines < 50
    assert list_progress(run, 1000)
    record_measurement(f"{seconds:.0f} s, {counts[LIST]} reads, {lines} lines")
