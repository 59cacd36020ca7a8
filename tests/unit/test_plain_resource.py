# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plain resource of CONTRIBUTING.md, built from the code shown there, against the simulator."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.greyops.rest.plugins.module_utils._context import Context, NullRuntime
from ansible_collections.greyops.rest.plugins.module_utils._operation import Operation, perform
from ansible_collections.greyops.rest.plugins.modules import grepr_team
from tests.unit.conftest import params

if TYPE_CHECKING:
    from tests.unit.conftest import Simulator

WAREHOUSE = "0jn5rdc93r11w"
CONTRIBUTING = Path(__file__).resolve().parents[2] / "CONTRIBUTING.md"
_DIFF = re.compile(r"```diff\n(.*?)```", re.DOTALL)
_LINES = re.compile(r"These (\d+) lines of code")


def _read_diff() -> list[str]:
    found = _DIFF.search(CONTRIBUTING.read_text())
    assert found
    return [line[1:] for line in found[1].splitlines() if line.startswith("+") and not line.startswith("+++")]


@pytest.fixture
def operation() -> Operation:
    shared = "ansible_collections.greyops.rest.plugins.module_utils."
    code = "\n".join(_read_diff()).replace("from ..module_utils.", f"from {shared}")
    names: dict[str, Any] = {"__name__": "grepr_dataset"}
    exec(compile(code, "grepr_dataset.py", "exec"), names)
    operation: Operation = names["OPERATION"]
    return operation


def test_documented_line_count_is_correct() -> None:
    count = _LINES.search(CONTRIBUTING.read_text())
    assert count
    assert int(count[1]) == sum(bool(line.strip()) for line in _read_diff())


def test_plain_resource_is_created_updated_and_deleted(
    simulator: Simulator, runtime: NullRuntime, operation: Operation
) -> None:
    simulator.switch(grepr={"dataset_teams": "updated"})
    info = simulator.ready_info["grepr"]
    login = {name: info[name] for name in ("api_url", "auth_url", "client_id", "client_secret")}

    def run(check_mode: bool = False, **options: Any) -> dict[str, Any]:
        arguments = params(operation.spec, {**login, "name": "plain", **options})
        return perform(operation, Context(arguments, runtime, check_mode=check_mode, diff_mode=True)).keys

    perform(grepr_team.OPERATION, Context(params(grepr_team.OPERATION.spec, {**login, "name": "platform"}), runtime))
    predicted = run(integration_id=WAREHOUSE, check_mode=True)
    created = run(integration_id=WAREHOUSE)
    assert predicted["changed"], predicted
    assert created["changed"]
    assert predicted["diff"] == created["diff"]
    assert created["dataset"]["integrationId"] == WAREHOUSE
    assert not run(integration_id=WAREHOUSE)["changed"]
    assert run(team_ids=["platform"])["changed"]
    assert not run(team_ids=["platform"])["changed"]
    assert "cannot be changed after the creation" in run(integration_id="another")["msg"]
    assert run(state="absent")["changed"]
    assert not run(state="absent")["changed"]
