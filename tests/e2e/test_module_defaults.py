# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module defaults apply to one module only, and group defaults to one service only."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from ..support.sandbox import WORKER_AND_SLOW_MODULE, Sandbox
from ..support.simulator_client import CATALOG, GREPR_LOGIN, GREYMATTER_LOGIN, SimulatorClient

SINK = {"type": "datadog-log-sink", "name": "datadog", "integrationId": "datadog main"}
GRAPH = {
    "vertices": [{"type": "logs-values-source", "name": "source"}, {"type": "discarding-sink", "name": "sink"}],
    "edges": ["source -> sink"],
}
MASTER_DATA = CATALOG.removesuffix("/catalog")
SERVICE_REQUESTS = "/api-gateway/sr-service/platform-srms/service-request"
REPORTS = "/api-gateway/platform-dashboard/report"
BUTLER = "/api-gateway/integration-service/wms-integration/butler/api"
SKU = [
    {
        "field_name": "product_sku",
        "field_data_type": "string",
        "display_data": [{"locale": "en", "display_name": "SKU"}],
    }
]
# Each module, its arguments, and the method and path of the last request of its kind.
MODULES: dict[str, tuple[dict[str, Any], str]] = {
    "grepr_token": ({"state": "refreshed"}, f"POST {GREPR_LOGIN}"),
    "grepr_request": ({"path": "/v1/echo"}, "GET /api/v1/echo"),
    "grepr_trigger": ({"job_id": "j", "rule_engine": "r", "trigger_id": "t"}, "POST /api/v1/triggers"),
    "grepr_job": ({"name": "audit_logs", "state": "absent", "wait": False}, "DELETE /api/v1/jobs"),
    "grepr_jobs": ({"jobs": [{"name": "new", "job_graph": GRAPH}], "wait": False}, "POST /api/v1/jobs/async"),
    "grepr_job_backfill": (
        {"name": "late", "dataset": "main lake", "start": "-1h", "end": "now", "sinks": [SINK], "wait": False},
        "POST /api/v1/jobs/backfills",
    ),
    # Before the query, which sends the same request last.
    "grepr_dataset": ({"name": "new lake", "integration_id": "lake storage"}, "POST /api/v1/datasets"),
    "grepr_integration": (
        {"type": "splunk", "name": "hec", "payload": {"ingestHost": "splunk.example.com", "ingestPort": "8088"}},
        "POST /api/v1/integrations",
    ),
    "grepr_template": ({"name": "empty", "template": "{}"}, "POST /api/v1/templates"),
    "grepr_team": ({"name": "new team"}, "POST /api/v1/teams"),
    "grepr_service_account": ({"name": "new account", "roles": ["Viewer"]}, "POST /api/v1/service-accounts"),
    "grepr_role": ({"name": "new role", "permissions": ["view:jobs"]}, "POST /api/v1/roles"),
    "grepr_user": (
        {"email": "new@example.com", "first_name": "New", "last_name": "User", "password": "first", "roles": []},
        "POST /api/v1/users",
    ),
    "grepr_account": (
        {"account": {"users": [{"email": "bob@example.com", "roles": ["Admin"]}]}},
        "PUT /api/v1/users",
    ),
    "grepr_job_run_info": ({"job": "web_logs"}, "GET /api/v1/jobs/0je7tn2dcoygi/jobs"),
    "grepr_activity_info": ({}, "POST /api/v1/activity-logs/search"),
    # After those that send the same requests.
    "grepr_pipeline_test": (
        {"name": "web_logs", "events": {"source": []}, "expect": {"source": {"count": 0}}},
        "GET /api/v1/jobs/0je7tn2dcoygi",
    ),
    "grepr_query": ({"dataset": "main lake"}, "POST /api/v1/jobs/sync"),
    "grepr_account_info": ({"kinds": ["roles"]}, "GET /api/v1/permissions"),
    "grepr_job_info": ({}, "GET /api/v1/jobs"),
    "grepr_dataset_info": ({}, "GET /api/v1/datasets"),
    "grepr_integration_info": ({}, "GET /api/v1/integrations"),
    "grepr_template_info": ({}, "GET /api/v1/templates"),
    "grepr_service_account_info": ({}, "GET /api/v1/service-accounts"),
    "grepr_team_info": ({}, "GET /api/v1/teams"),
    "grepr_role_info": ({}, "GET /api/v1/roles"),
    "grepr_user_info": ({}, "GET /api/v1/users"),
    "greymatter_token": ({"state": "refreshed"}, f"POST {GREYMATTER_LOGIN}"),
    "greymatter_catalog": ({"client_catalog_id": "NEW", "exhaustive_pdea_list": SKU}, f"POST {CATALOG}"),
    "greymatter_category": (
        {"client_category_id": "NEW", "client_catalog_id": "CAT-1", "schema": {"unique": [["product_sku"]]}},
        f"POST {MASTER_DATA}/category",
    ),
    "greymatter_product": (
        {"product_attributes": {"product_sku": "OLD"}, "state": "absent"},
        f"DELETE {MASTER_DATA}/item",
    ),
    "greymatter_products": (
        {"products": [{"productAttributes": {"product_sku": "MUG"}, "description": "changed"}]},
        f"PUT {MASTER_DATA}/item",
    ),
    "greymatter_service_request": (
        {
            "type": "PICK",
            "external_service_request_id": "ORD-2",
            "lines": [{"product": {"product_sku": "MUG"}, "quantity": 1}],
        },
        f"POST {SERVICE_REQUESTS}",
    ),
    # After the module that creates the order.
    "greymatter_service_requests": (
        {
            "requests": [
                {"type": "PICK", "external_service_request_id": "ORD-2", "attributes": {"simple_priority": "low"}}
            ]
        },
        f"PUT {SERVICE_REQUESTS}/modify",
    ),
    "greymatter_print_ready": ({"external_service_request_id": "ORD-1"}, f"POST {BUTLER}/orders/print_ready"),
    "greymatter_report": ({"wait": False}, f"POST {REPORTS}/generate-inventory-report"),
    "greymatter_audit": (
        {"name": "aisle 39", "type": "location", "locations": ["039.1.E.02"]},
        f"POST {BUTLER}/audit",
    ),
    # After modules that read the same values.
    "greymatter_catalog_info": ({}, f"GET {CATALOG}"),
    "greymatter_category_info": ({}, f"GET {MASTER_DATA}/category"),
    "greymatter_product_info": ({}, f"POST {MASTER_DATA}/item/search_v2"),
    "greymatter_service_request_info": ({"external_service_request_id": ["ORD-1"]}, f"GET {SERVICE_REQUESTS}"),
    "greymatter_report_info": ({}, f"GET {REPORTS}/find-by-page"),
    "greymatter_request": ({"path": "/api-gateway/simulator/echo"}, "GET /api-gateway/simulator/echo"),
}
# An option that not every module has: a module without it would fail.
OWN: dict[str, dict[str, Any]] = {
    "grepr_job_info": {"latest": True},
    "grepr_request": {"query": {"own": "yes"}},
    "grepr_trigger": {"variables": {"own": "yes"}},
    "grepr_job": {"recreate": True},
    "grepr_jobs": {"concurrency": 3},
    "grepr_job_backfill": {"data_type": "logs"},
    "grepr_pipeline_test": {"concurrency": 3},
    "grepr_query": {"sort_order": "UNSORTED"},
    "grepr_dataset": {"estimation": {"logLimit": 7}},
    "grepr_integration": {"update_secret": "always"},
    "grepr_template": {"description": "own"},
    "grepr_team": {"members": ["u2"]},
    "grepr_service_account": {"rotate_secret": True},
    "grepr_role": {"description": "own"},
    "grepr_account": {"concurrency": 3},
    "grepr_activity_info": {"search": "own"},
    "grepr_integration_info": {"type": ["splunk"]},
    "grepr_template_info": {"versions": True},
    "grepr_team_info": {"members": False},
    "grepr_user_info": {"email": ["ann@example.com"]},
    "greymatter_catalog": {"description": "own"},
    "greymatter_category": {"attributes": {"own": "yes"}},
    "greymatter_product": {"image_url": "https://example.com/own.png"},
    "greymatter_products": {"batch_size": 7},
    "greymatter_service_request": {"attributes": {"simple_priority": "high"}},
    "greymatter_service_requests": {"concurrency": 3},
    "greymatter_report": {"format": "csv"},
    "greymatter_catalog_info": {"client_catalog_id": ["CAT-1"]},
    "greymatter_category_info": {"client_catalog_id": ["CAT-1"]},
    "greymatter_product_info": {"client_category_id": ["CTY-1"]},
    "greymatter_service_request_info": {"type": ["PICK"]},
    "greymatter_report_info": {"status": ["COMPLETED"]},
    "greymatter_request": {"query": {"own": "there"}},
}
# And the two that log in first.
COUNT = len(MODULES) + 2


@pytest.fixture(autouse=True)
def _stock(request: pytest.FixtureRequest) -> None:
    """A catalog with all its contents, and an order, for the modules that require one."""
    if "simulator" not in request.fixturenames:
        return
    simulator: SimulatorClient = request.getfixturevalue("simulator")
    simulator.admin("POST", "/masterdata/generate", {"catalogs": 1, "categories": 1})
    simulator.admin("PUT", "/items", [{"productAttributes": {"product_sku": sku}} for sku in ("OLD", "MUG")])
    order = {"type": "PICK", "externalServiceRequestId": "ORD-1", "state": "pick_started"}
    simulator.admin("PUT", "/service_requests", [order])


def _tasks(**more: Any) -> list[dict[str, Any]]:
    tasks = [{"name": name, f"greyops.rest.{name}": options, **more} for name, (options, _path) in MODULES.items()]
    # Stored tokens first, so that each module sends only its own request.
    return [
        {"name": "warm", "greyops.rest.grepr_token": {}},
        {"name": "warm too", "greyops.rest.greymatter_token": {}},
        *tasks,
    ]


def _get_last_request(simulator: SimulatorClient, name: str) -> dict[str, Any]:
    method, _space, path = MODULES[name][1].partition(" ")
    return [entry for entry in simulator.requests(path) if entry["method"] == method][-1]


def _get_last_agents(simulator: SimulatorClient) -> dict[str, str]:
    return {name: _get_last_request(simulator, name)["headers"]["User-Agent"] for name in MODULES}


def test_list_of_modules_is_complete() -> None:
    """The lists of these tests contain every module of a group of defaults."""
    runtime = yaml.safe_load((Path(__file__).parents[2] / "meta" / "runtime.yml").read_text())
    assert {name for group in runtime["action_groups"].values() for name in group} == MODULES.keys()


@WORKER_AND_SLOW_MODULE
def test_module_defaults_apply(sandbox: Sandbox, simulator: SimulatorClient, more: dict[str, Any]) -> None:
    """Every module has separate defaults at the same time, among them options that no other module has: none is mixed
    up."""
    defaults = {f"greyops.rest.{name}": {"http_agent": f"only {name}", **OWN.get(name, {})} for name in MODULES}
    sandbox.play(_tasks(**more), module_defaults=defaults).assert_success(COUNT)
    assert _get_last_agents(simulator) == {name: f"only {name}" for name in MODULES}
    assert _get_last_request(simulator, "grepr_job_info")["query"] == {"latest": "true"}
    assert _get_last_request(simulator, "grepr_request")["query"] == {"own": "yes"}
    assert _get_last_request(simulator, "greymatter_catalog_info")["query"] == {}
    assert _get_last_request(simulator, "greymatter_request")["query"] == {"own": "there"}
    assert json.loads(_get_last_request(simulator, "greymatter_category")["body"])["attributes"] == {"own": "yes"}
    assert _get_last_request(simulator, "greymatter_report")["query"] == {"format": "csv"}
    assert simulator.admin("GET", "/triggers")[-1]["variables"] == {"own": "yes"}


@pytest.mark.parametrize("name", ["grepr_integration", "greymatter_request"])
def test_defaults_of_one_module_only(sandbox: Sandbox, simulator: SimulatorClient, name: str) -> None:
    """Only one module has defaults: all others run without them."""
    sandbox.play(
        _tasks(), module_defaults={f"greyops.rest.{name}": {"http_agent": "mine", **OWN[name]}}
    ).assert_success(COUNT)
    assert [module for module, agent in _get_last_agents(simulator).items() if agent == "mine"] == [name]


def test_defaults_of_a_group(sandbox: Sandbox, simulator: SimulatorClient) -> None:
    """Defaults of a service's group apply to all of its modules, are overridden by a module's own, and do not apply to
    the other service."""
    client = {"client_id": sandbox.credentials.client_id, "client_secret": sandbox.credentials.client_secret}
    user = {"username": sandbox.credentials.username, "password": sandbox.credentials.password}
    defaults = {
        "group/greyops.rest.grepr": {"http_agent": "all grepr", **client},
        "group/greyops.rest.greymatter": {"http_agent": "all greymatter", **user},
        "greyops.rest.grepr_request": {"http_agent": "only request"},
    }
    sandbox.play(_tasks(), module_defaults=defaults, env=sandbox.get_addresses()).assert_success(COUNT)
    expected = {name: f"all {name.partition('_')[0]}" for name in MODULES} | {"grepr_request": "only request"}
    assert _get_last_agents(simulator) == expected
