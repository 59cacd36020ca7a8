# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook grepr_as_code works, and cleans up."""

from __future__ import annotations

from pathlib import Path

from ..support.reliability_report import RecordMeasurement
from ..support.sandbox import Sandbox

PLAYBOOK = Path(__file__).resolve().parents[2] / "playbooks" / "grepr_as_code.yml"


def test_playbook_leaves_nothing_behind(sandbox: Sandbox, record_measurement: RecordMeasurement) -> None:
    """The playbook grepr_as_code describes, plans, applies and changes an account, and restores its state."""
    kinds = ("integrations", "datasets", "teams")
    before = {kind: sandbox.simulator.admin("GET", f"/{kind}") for kind in kinds}
    env = {**sandbox.get_addresses(), **sandbox.logins()}
    refused = sandbox.start("ansible-playbook", PLAYBOOK, env=env).wait()
    assert "say -e rehearsal_real_account=true" in refused.get_result("Make sure that this account is meant")["msg"]
    run = sandbox.start(
        "ansible-playbook", PLAYBOOK, env={**env, "SIMULATOR_ADMIN": sandbox.simulator.ready_info["admin"]}
    ).wait()
    assert (run.status, run.failed) == (0, []), run.output
    assert {kind: sandbox.simulator.admin("GET", f"/{kind}") for kind in kinds} == before
    record_measurement(run.get_result("Show that all of this was so")["msg"])
