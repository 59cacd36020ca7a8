# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole account in one plan, against the simulator."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.greyops.rest.plugins.module_utils._context import Context
from ansible_collections.greyops.rest.plugins.module_utils._operation import ModuleResult, perform
from ansible_collections.greyops.rest.plugins.modules import grepr_account
from tests.unit.conftest import params

if TYPE_CHECKING:
    from ansible_collections.greyops.rest.plugins.module_utils._context import NullRuntime
    from tests.unit.conftest import Simulator

    Run = Callable[..., dict[str, Any]]

SECRET = "a-secret-of-somebody"


def graph(**sink: Any) -> dict[str, Any]:
    return {
        "vertices": [
            {"type": "datadog-log-agent-source", "name": "source", "integrationId": "Datadog EU"},
            {"type": "logs-iceberg-table-sink", "name": "sink", "datasetId": "raw", **sink},
        ],
        "edges": ["source -> sink"],
    }


def describe() -> dict[str, Any]:
    """An account of every kind, in which each refers to others by name."""
    return {
        "pipelines": [{"name": "web", "job_graph": graph(), "team_ids": ["checkout"], "tags": {"of": "me"}}],
        "service_accounts": [{"name": "dashboards", "roles": ["Developer"]}],
        "templates": [{"name": "web_filter", "template": "{}", "team_ids": ["checkout"]}],
        "datasets": [
            {
                "name": "raw",
                "integration_id": "lake",
                "team_ids": ["checkout"],
                "tables": {"logs_raw": {"promotion": {"tags": {"include": ["env"]}}}},
            }
        ],
        "integrations": [
            {"type": "data-warehouse", "name": "lake", "team_ids": ["checkout"]},
            {
                "type": "datadog",
                "name": "Datadog EU",
                "payload": {"site": "datadoghq.eu"},
                "secrets": {"api_key": SECRET},
            },
        ],
        "teams": [{"name": "checkout", "leaders": ["zoe@example.com"], "members": ["bob@example.com"]}],
        "users": [
            {
                "email": "zoe@example.com",
                "first_name": "Zoe",
                "last_name": "Zed",
                "password": SECRET,
                "roles": ["Developer"],
            }
        ],
        "roles": [{"name": "Developer", "permissions": ["view:jobs", "edit:jobs"]}],
    }


def performed(
    simulator: Simulator, runtime: NullRuntime, account: dict[str, Any], *, check: bool = False, **given: Any
) -> ModuleResult:
    info = simulator.ready_info["grepr"]
    login = {name: info[name] for name in ("api_url", "auth_url", "client_id", "client_secret")}
    login = {"api_url": info["api_url"]} if "api_key" in given else login
    options = params(grepr_account.OPERATION.spec, {**login, "token_store": "none", "account": account, **given})
    return perform(grepr_account.OPERATION, Context(options, runtime, check_mode=check, diff_mode=True))


@pytest.fixture
def run(simulator: Simulator, runtime: NullRuntime) -> Run:
    """Run the module and expect it to succeed, unless ``fails``."""
    simulator.switch(
        grepr={"transit_time": 0.01, "check_references": True, "unique_names": True, "dataset_teams": "updated"}
    )

    def keys(account: dict[str, Any], *, fails: bool = False, **given: Any) -> dict[str, Any]:
        result = performed(simulator, runtime, account, **given).keys
        assert bool(result.get("failed")) == fails, result
        return result

    return keys


def writes(simulator: Simulator) -> list[tuple[str, str]]:
    return [
        (one["method"], one["path"].removeprefix("/api/v1"))
        for one in simulator.requests("/api/v1")
        if one["method"] != "GET"
    ]


def test_empty_account_is_planned_in_one_go(run: Run, simulator: Simulator) -> None:
    for kind in ("jobs", "datasets", "integrations", "templates"):
        simulator.admin("PUT", f"/{kind}", [])
    predicted = run(describe(), check=True, return_secrets=True)
    assert writes(simulator) == []
    assert predicted["counts"] == {
        "create": 9,
        "update": 0,
        "delete": 0,
        "recreate": 0,
        "unchanged": 0,
        "failed": 0,
        "total": 9,
    }
    done = run(describe(), return_secrets=True)
    assert {**predicted, "api": 0, "secrets": 0} == {**done, "api": 0, "secrets": 0}
    again = run(describe())
    assert not again["changed"], again
    assert again["counts"]["unchanged"] == 9
    assert again["diff"] == {"before": {}, "after": {}}
