# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples of the guide to calls without a module."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from ..support.guide import read_blocks
from ..support.sandbox import Sandbox
from ..support.simulator_client import SimulatorClient

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "docsite" / "rst" / "guide_requests.rst"
# What the simulator does not serve, with the responses that the guide describes.
_ANSWERS: dict[str, tuple[int, Any]] = {
    "GET /api/v1/agents": (200, []),
    "POST /api/v1/agents": (200, {"id": "0kagent000001", "name": "incident_agent"}),
    "POST /api/v1/pipelines/*/apply-change": (200, {"appliedVersion": 2, "findings": []}),
    "POST /api-gateway/platform-dashboard/inventory/*": (202, None),
    "POST /api-gateway/dashboard-service/platform-dashboard/report/processItems": (200, {"data": "accepted"}),
    "GET /api-gateway/mdm-service/wms-masterdata/csv": (
        200,
        [{"fileName": "products.csv", "total": 2, "created": 1, "updated": 1, "deleted": 0, "failed": 0}],
    ),
}


def _read_tasks() -> list[dict[str, Any]]:
    return [task for block in read_blocks(GUIDE) if block.kind == "yaml" for task in yaml.safe_load(block.text)]


def test_every_example_of_the_guide_runs(sandbox: Sandbox, simulator: SimulatorClient) -> None:
    """Every task of the guide runs, and what writes to the served paths changes nothing in a second run."""
    for name, (status, answer) in _ANSWERS.items():
        method, _space, path = name.partition(" ")
        action = {"status": status} if answer is None else {"status": status, "json": answer}
        simulator.fault(path, action, method=method)
    # Beside the playbook.
    table = sandbox.path / "commands" / "products.csv"
    table.parent.mkdir(exist_ok=True)
    table.write_text("product_sku,client_id\nMUG-01,acme\n", encoding="utf-8")
    tasks = _read_tasks()
    env = {**sandbox.get_addresses(), **sandbox.logins(), "GREPR_API_KEY": sandbox.credentials.api_key}
    first = sandbox.play(tasks, env=env)
    first.assert_success(len(tasks))
    second = sandbox.play(tasks, env=env)
    second.assert_success(len(tasks))
    mappings = [one["method"] for one in simulator.requests("/api/v1/sso-claim-mapping")]
    assert mappings == ["GET", "POST", "GET"]
    (invited,) = [
        json.loads(one["body"]) for one in simulator.requests("/api/v1/invitations") if one["method"] == "POST"
    ][:1]
    assert invited == {"email": "zoe@example.com", "roleIds": ["rol_Viewer000001"], "teamAssignments": []}
    (upload,) = simulator.requests("/api-gateway/dashboard-service")[:1]
    assert 'filename="products.csv"' in upload["body"]
    assert "MUG-01,acme" in upload["body"]
