# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Credentials of other programs in the home and environment are ignored."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from ..support.sandbox import Sandbox
from ..support.simulator_client import CATALOG, GREPR_LOGIN, GREYMATTER_LOGIN, SimulatorClient

AUDIT = "/api-gateway/integration-service/wms-integration/butler/api/audit"
REPORTS = "/api-gateway/platform-dashboard/report"
NETRC = "machine 127.0.0.1 login intruder password netrc\ndefault login intruder password default\n"
TASKS: list[dict[str, Any]] = [
    {"name": "log in", "greyops.rest.grepr_token": {"state": "refreshed"}},
    {"name": "jobs", "greyops.rest.grepr_job_info": {}},
    {"name": "request", "greyops.rest.grepr_request": {"path": "/v1/echo"}},
    {"name": "trigger", "greyops.rest.grepr_trigger": {"job_id": "j", "rule_engine": "r", "trigger_id": "t"}},
    {
        "name": "integration",
        "greyops.rest.grepr_integration": {
            "type": "datadog",
            "name": "Datadog EU",
            "payload": {"site": "datadoghq.eu"},
            "secrets": {"api_key": "a key of Datadog"},
        },
    },
    {"name": "service accounts", "greyops.rest.grepr_service_account_info": {}},
    {"name": "query", "greyops.rest.grepr_query": {"dataset": "main lake"}},
    {"name": "log in there", "greyops.rest.greymatter_token": {"state": "refreshed"}},
    {"name": "catalogs", "greyops.rest.greymatter_catalog_info": {}},
    {
        "name": "audit",
        "greyops.rest.greymatter_audit": {"name": "aisle 39", "type": "location", "locations": ["039.1.E.02"]},
    },
    {"name": "report in rows", "greyops.rest.greymatter_report": {}},
]


@pytest.mark.parametrize(
    ("more", "named"),
    [
        pytest.param({}, False, id="worker-home"),
        pytest.param({}, True, id="worker-NETRC"),
        pytest.param({"become": True}, False, id="module-home", marks=pytest.mark.slow),
        pytest.param({"become": True}, True, id="module-NETRC", marks=pytest.mark.slow),
    ],
)
def test_netrc(sandbox: Sandbox, simulator: SimulatorClient, more: dict[str, Any], named: bool) -> None:
    """~/.netrc, or the file that NETRC names, has logins for the host of the API and of the login: they are not
    used."""
    netrc = sandbox.path / "netrc" if named else sandbox.home / ".netrc"
    netrc.write_text(NETRC)
    netrc.chmod(0o600)
    env = {**sandbox.get_addresses(), **sandbox.logins(), **({"NETRC": str(netrc)} if named else {})}
    sandbox.play([{**task, **more} for task in TASKS], env=env).assert_success(len(TASKS))

    def authorizations(path: str) -> set[str | None]:
        return {entry["headers"].get("Authorization") for entry in simulator.requests(path)}

    assert authorizations(GREPR_LOGIN) == {None}
    assert authorizations(GREYMATTER_LOGIN) == {f"Basic {base64.b64encode(b'butler:butler').decode()}"}
    assert authorizations("/api/v1/triggers") == {None}
    issued = {f"Bearer {token}" for token in simulator.issued_tokens()}
    grepr = ("jobs", "jobs/sync", "integrations", "service-accounts", "echo")
    # Streams too, which use a different code path.
    for path in (*(f"/api/v1/{name}" for name in grepr), CATALOG, AUDIT, f"{REPORTS}/download"):
        arrived = authorizations(path)
        assert len(arrived) == 1
        assert arrived <= issued
    everything = str(simulator.requests())
    for pair in (b"intruder:netrc", b"intruder:default"):
        assert base64.b64encode(pair).decode() not in everything


def test_api_key_instead_of_a_token(sandbox: Sandbox, simulator: SimulatorClient) -> None:
    """With an API key too, ~/.netrc adds nothing: only the key is sent."""
    (sandbox.home / ".netrc").write_text(NETRC)
    (sandbox.home / ".netrc").chmod(0o600)
    sandbox.play(
        [TASKS[1], TASKS[3]], env={**sandbox.get_addresses(), "GREPR_API_KEY": sandbox.credentials.api_key}
    ).assert_success(2)
    for entry in simulator.requests("/api"):
        assert "Authorization" not in entry["headers"]
        assert entry["headers"]["GREPR-API-KEY"] == sandbox.credentials.api_key
    assert simulator.logins() == 0
