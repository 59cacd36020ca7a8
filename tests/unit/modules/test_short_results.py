# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options fields and summary of all modules that list resources, and of grepr_jobs, against the simulator."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.greyops.rest.plugins.module_utils._context import Context
from ansible_collections.greyops.rest.plugins.module_utils._operation import perform
from ansible_collections.greyops.rest.plugins.modules import (
    grepr_activity_info,
    grepr_dataset_info,
    grepr_integration_info,
    grepr_job_info,
    grepr_jobs,
    grepr_role_info,
    grepr_service_account_info,
    grepr_team_info,
    grepr_template_info,
    grepr_user_info,
    greymatter_catalog_info,
    greymatter_category_info,
    greymatter_product_info,
    greymatter_report,
    greymatter_report_info,
    greymatter_service_request_info,
)
from tests.unit.conftest import params

if TYPE_CHECKING:
    from ansible_collections.greyops.rest.plugins.module_utils._context import NullRuntime
    from tests.unit.conftest import Simulator

    Run = Callable[..., dict[str, Any]]

TOKEN = "a-token-that-is-given"
# The module, its required options, the key of its list, and a property that each item has.
INFO = [
    (grepr_activity_info, {}, "activities", "message"),
    (grepr_dataset_info, {}, "datasets", "name"),
    (grepr_integration_info, {}, "integrations", "name"),
    (grepr_job_info, {}, "jobs", "name"),
    (grepr_role_info, {}, "roles", "name"),
    (grepr_service_account_info, {}, "service_accounts", "name"),
    (grepr_team_info, {}, "teams", "name"),
    (grepr_template_info, {}, "templates", "name"),
    (grepr_user_info, {}, "users", "email"),
    (greymatter_catalog_info, {}, "catalogs", "clientCatalogId"),
    (greymatter_category_info, {}, "categories", "clientCategoryId"),
    (greymatter_product_info, {}, "products", "productAttributes.product_sku"),
    (greymatter_report_info, {}, "reports", "id"),
    (
        greymatter_service_request_info,
        {"external_service_request_id": ["ORD-1"]},
        "service_requests",
        "externalServiceRequestId",
    ),
]
GRAPH = {
    "vertices": [
        {"type": "datadog-log-agent-source", "name": "source", "integrationId": "0zzzzzzzzzzz1"},
        {"type": "logs-iceberg-table-sink", "name": "lake", "datasetId": "0zzzzzzzzzzz2"},
    ],
    "edges": ["source -> lake"],
}


@pytest.fixture
def run(simulator: Simulator, runtime: NullRuntime) -> Run:
    def keys(module: ModuleType, *, check: bool = False, **given: Any) -> dict[str, Any]:
        service = module.__name__.rpartition(".")[2].partition("_")[0]
        login = {name: value for name, value in simulator.ready_info[service].items() if name != "api_key"}
        options = params(module.OPERATION.spec, {**login, "token_store": "none", **given})
        return perform(module.OPERATION, Context(options, runtime, check_mode=check, diff_mode=False)).keys

    return keys


@pytest.fixture(autouse=True)
def _resources(run: Run, simulator: Simulator) -> None:
    simulator.admin("PUT", "/jobs", [{"name": f"{name}_logs", "tags": {"env": name}} for name in ("web", "shop")])
    for path in ("/datasets", "/teams", "/service_accounts"):
        simulator.admin("PUT", path, [{"name": "one of them"}, {"name": "other"}])
    simulator.admin("PUT", "/activities", [{"time": "2026-03-01T12:00:00Z", "message": "Failed import"}])
    simulator.admin("POST", "/masterdata/generate", {"catalogs": 2, "categories": 2, "items": 2})
    simulator.admin("PUT", "/service_requests", [{"type": "PICK", "externalServiceRequestId": "ORD-1"}])
    run(greymatter_report, wait=False)


@pytest.mark.parametrize(("module", "required", "result", "path"), INFO, ids=lambda one: getattr(one, "__name__", None))
def test_fields_and_summary_of_every_list(
    run: Run, module: ModuleType, required: dict[str, Any], result: str, path: str
) -> None:
    full = run(module, **required)
    fields = run(module, **required, fields=[path, "not.there"])
    lines = run(module, **required, summary=True)
    own = run(module, **required, summary=True, fields=[path])
    assert full[result]
    names = [item["productAttributes"]["product_sku"] if "." in path else item[path] for item in full[result]]
    assert fields[result] == [{path: name, "not.there": None} for name in names]
    assert own[result] == list(map(str, names))
    assert len(lines[result]) == len(names)
    for line, name in zip(lines[result], names, strict=True):
        assert str(name) in line.split("  ")
        assert line.isprintable()
    assert fields.keys() == lines.keys() == full.keys()


def test_lines_of_pipelines(run: Run, simulator: Simulator) -> None:
    assert run(grepr_job_info, summary=True)["jobs"] == ["shop_logs  RUNNING  0", "web_logs   RUNNING  0"]
    assert run(grepr_job_info, fields=["tags.env"])["jobs"] == [{"tags.env": "shop"}, {"tags.env": "web"}]
    simulator.admin("PUT", "/jobs", [])
    assert run(grepr_job_info, summary=True)["jobs"] == []


def test_short_results_contain_no_token(run: Run, simulator: Simulator) -> None:
    simulator.fault("/api/v1/jobs", {"status": 200, "json": {"items": [{"name": "web_logs", "tags": {"text": TOKEN}}]}})
    for given in ({"fields": ["tags.text"]}, {"fields": ["tags.text"], "summary": True}):
        shown = run(grepr_job_info, access_token=TOKEN, client_id=None, client_secret=None, **given)
        assert "jobs" in shown, shown
        assert TOKEN not in str(shown["jobs"])
        assert "********" in str(shown["jobs"])


def test_short_results_of_many_pipelines(run: Run, simulator: Simulator) -> None:
    jobs = [{"name": "web_logs", "state": "stopped"}, {"name": "shop_logs"}, {"name": "new", "job_graph": GRAPH}]
    given = {"jobs": jobs, "validate": "none"}
    shown = run(grepr_jobs, check=True, **given, fields=["tags.env", "none"])["jobs"]
    assert [one["job"] for one in shown] == [
        {"tags.env": "web", "none": None}, {"tags.env": "shop", "none": None}, {"tags.env": None, "none": None},
    ]  # fmt: skip
    assert [one["action"] for one in shown] == ["update", "none", "create"]
    assert run(grepr_jobs, check=True, **given, summary=True)["jobs"][1] == "shop_logs  none    RUNNING  0"
    assert run(grepr_jobs, check=True, **given, summary=True, fields=["name"])["jobs"] == [
        "web_logs   update  web_logs", "shop_logs  none    shop_logs", "new        create  new",
    ]  # fmt: skip
    simulator.fault("/api/v1/jobs/*", {"status": 400, "json": {"message": "not today"}}, method="PUT")
    failed = run(grepr_jobs, **given, summary=True)
    assert failed["failed"]
    assert [line.split()[:2] for line in failed["jobs"]] == [
        ["web_logs", "failed"], ["shop_logs", "none"], ["new", "create"],
    ]  # fmt: skip
    assert "not today" in failed["jobs"][0]
