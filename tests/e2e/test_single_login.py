# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One grant per credential, for any number of tasks, hosts, forks, runs and commands."""

from __future__ import annotations

from typing import Any

import pytest

from ..support.sandbox import STRATEGIES, WORKER_AND_SLOW_MODULE, Sandbox
from ..support.simulator_client import GREPR_LOGIN, SimulatorClient

GREPR: list[dict[str, Any]] = [
    {"name": "log in", "greyops.rest.grepr_token": {}},
    {"name": "jobs", "greyops.rest.grepr_job_info": {"state": ["RUNNING"]}},
    {"name": "one job", "greyops.rest.grepr_job_info": {"name": ["web_logs"]}},
    {
        "name": "request",
        "greyops.rest.grepr_request": {"path": "/v1/echo", "query": {"host": "{{ inventory_hostname }}"}},
    },
]
SINK = {"type": "datadog-log-sink", "name": "datadog", "integrationId": "datadog main"}
GRAPH = {
    "vertices": [{"type": "logs-values-source", "name": "source"}, {"type": "discarding-sink", "name": "sink"}],
    "edges": ["source -> sink"],
}
# All resources of a Grepr account, one task for each.
ACCOUNT: dict[str, dict[str, Any]] = {
    "grepr_team": {"name": "platform", "members": ["u2"]},
    "grepr_integration": {
        "type": "datadog",
        "name": "Datadog EU",
        "payload": {"site": "datadoghq.eu"},
        "secrets": {"api_key": "a key of Datadog"},
    },
    "grepr_dataset": {"name": "new lake", "integration_id": "lake storage", "team_ids": ["platform"]},
    "grepr_template": {"name": "empty", "template": "{}"},
    "grepr_service_account": {"name": "dashboards", "roles": ["Viewer"]},
    "grepr_job": {"name": "web_new", "job_graph": GRAPH, "team_ids": ["platform"], "wait": False},
    "grepr_jobs": {
        "jobs": [{"name": f"many_{number}", "job_graph": GRAPH} for number in range(20)],
        "concurrency": 20,
        "wait": False,
    },
    "grepr_job_backfill": {
        "name": "late",
        "dataset": "main lake",
        "start": "2026-03-01T11:30:00Z",
        "end": "2026-03-01T12:15:00Z",
        "sinks": [SINK],
        "wait": False,
    },
    "grepr_query": {"dataset": "main lake"},
    "grepr_role": {"name": "Developer", "permissions": ["view:jobs"]},
    "grepr_user": {
        "email": "zoe@example.com",
        "first_name": "Zoe",
        "last_name": "Zed",
        "password": "an initial password",
        "roles": ["Viewer"],
    },
    "grepr_account": {
        "account": {
            "integrations": [{"type": "data-warehouse", "name": "lake"}],
            "datasets": [{"name": f"lake {number}", "integration_id": "lake"} for number in range(20)],
        }
    },
    "grepr_account_info": {},
    "grepr_activity_info": {},
    "grepr_job_run_info": {"job": "web_logs"},
    "grepr_dataset_info": {},
    "grepr_integration_info": {},
    "grepr_job_info": {},
    "grepr_role_info": {},
    "grepr_service_account_info": {},
    "grepr_team_info": {"members": True},
    "grepr_template_info": {"versions": True},
    "grepr_user_info": {},
}
SIZE = {
    "weight": {"value": 0.4, "uom": {"unit": "KG"}},
    "dimension": {"length": 9, "width": 9, "height": 11, "uom": {"unit": "CM"}},
}
SKU = {
    "field_name": "product_sku",
    "field_data_type": "string",
    "display_data": [{"locale": "en", "display_name": "SKU"}],
}
# All resources and operations of a GreyMatter site.
SITE: dict[str, dict[str, Any]] = {
    "greymatter_catalog": {"client_catalog_id": "MUGS", "exhaustive_pdea_list": [SKU]},
    "greymatter_category": {
        "client_category_id": "BLUE",
        "client_catalog_id": "MUGS",
        "schema": {"unique": [["product_sku"]]},
    },
    "greymatter_product": {
        "client_category_id": "BLUE",
        "product_attributes": {"product_sku": "MUG-01"},
        "barcode_list": ["4006381333931"],
        "attributes": SIZE,
    },
    "greymatter_products": {
        "products": [
            {
                "clientCategoryId": "BLUE",
                "productAttributes": {"product_sku": f"MANY-{number}"},
                "barcodeList": [f"B-{number}"],
                "attributes": SIZE,
            }
            for number in range(20)
        ],
        "concurrency": 20,
    },
    "greymatter_service_request": {
        "type": "PICK",
        "external_service_request_id": "ORD-1",
        "lines": [{"product": {"product_sku": "MUG-01"}, "quantity": 2}],
    },
    "greymatter_service_requests": {
        "requests": [
            {
                "type": "PICK",
                "external_service_request_id": f"MANY-{number}",
                "lines": [{"product": {"product_sku": "MUG-01"}, "quantity": 2}],
            }
            for number in range(20)
        ],
        "concurrency": 20,
    },
    "greymatter_print_ready": {"external_service_request_id": "ORD-1"},
    "greymatter_report": {},
    "greymatter_audit": {"name": "aisle 39", "type": "location", "locations": ["039.1.E.02"]},
    "greymatter_catalog_info": {},
    "greymatter_category_info": {},
    "greymatter_product_info": {},
    "greymatter_report_info": {},
    "greymatter_service_request_info": {"external_service_request_id": ["ORD-1"]},
}
# Actions run again in a second run.
ACTIONS = ["grepr_job_backfill", "greymatter_print_ready", "greymatter_report", "greymatter_audit"]
GREYMATTER: list[dict[str, Any]] = [
    {"name": "log in there", "greyops.rest.greymatter_token": {}},
    {"name": "catalogs", "greyops.rest.greymatter_catalog_info": {}},
    {"name": "one catalog", "greyops.rest.greymatter_catalog_info": {"client_catalog_id": ["CAT-1"]}},
    {"name": "request there", "greyops.rest.greymatter_request": {"path": "/api-gateway/simulator/echo"}},
]


@STRATEGIES
def test_concurrent_hosts_log_in_once(sandbox: Sandbox, simulator: SimulatorClient, strategy: str) -> None:
    """20 hosts with 4 tasks each at 20 forks, with an empty store: 1 grant. The second run: none."""
    # Delays the login, so that all hosts find the store empty.
    simulator.fault(GREPR_LOGIN, {"delay": 0.5})
    for _run in range(2):
        sandbox.play(GREPR, hosts=20, strategy=strategy).assert_success(80)
        assert simulator.logins() == 1


def test_each_service_logs_in_once(sandbox: Sandbox, simulator: SimulatorClient) -> None:
    """Tasks of both services mixed: 1 grant each, and none in the second run."""
    mixed = [task for pair in zip(GREPR, GREYMATTER, strict=True) for task in pair]
    for _run in range(2):
        sandbox.play(mixed, hosts=10).assert_success(80)
        assert (simulator.logins("grepr"), simulator.logins("greymatter")) == (1, 1)


@WORKER_AND_SLOW_MODULE
@pytest.mark.parametrize(
    ("service", "described"), [("grepr", ACCOUNT), ("greymatter", SITE)], ids=["grepr", "greymatter"]
)
def test_all_modules_of_a_service_share_one_login(
    sandbox: Sandbox,
    simulator: SimulatorClient,
    service: str,
    described: dict[str, dict[str, Any]],
    more: dict[str, Any],
) -> None:
    """A play with every module of a service, one of them with 20 items at once: 1 grant. Its second run: none."""
    simulator.switch(greymatter={"print_ready_states": ["created"]})
    tasks = [{"name": name, f"greyops.rest.{name}": options, **more} for name, options in described.items()]
    first = sandbox.play(tasks)
    first.assert_success(len(tasks))
    made = [name for name in described if not name.endswith("_info") and name != "grepr_query"]
    assert [result.task for result in first.results if result.result["changed"]] == made
    second = sandbox.play(tasks)
    second.assert_success(len(tasks))
    again = [name for name in made if name in ACTIONS]
    assert [result.task for result in second.results if result.result["changed"]] == again
    assert simulator.logins(service) == 1


def test_concurrent_commands_log_in_once(sandbox: Sandbox, simulator: SimulatorClient) -> None:
    """5 concurrent ad hoc commands: 1 grant in total."""
    simulator.fault(GREPR_LOGIN, {"delay": 2})
    commands = [sandbox.start_ad_hoc("greyops.rest.grepr_job_info") for _number in range(5)]
    for command in commands:
        run = command.wait()
        assert run.status == 0, run.output
    assert simulator.logins() == 1


def test_lookup_logs_in_once(sandbox: Sandbox, simulator: SimulatorClient) -> None:
    """A lookup in a variable that is templated repeatedly, on several hosts, together with modules: 1 grant."""
    tasks: list[dict[str, Any]] = [
        {
            "name": "template",
            "ansible.builtin.assert": {"that": ["token | length > 100", "header == 'Bearer ' ~ token"], "quiet": True},
            "loop": [1, 2, 3, 4, 5],
            "no_log": True,
        },
        {"name": "log in", "greyops.rest.grepr_token": {}},
    ]
    variables = {
        "token": "{{ lookup('greyops.rest.grepr_token') }}",
        "header": "{{ lookup('greyops.rest.grepr_token', header=true) }}",
    }
    sandbox.play(tasks, hosts=5, vars=variables).assert_success(10)
    assert simulator.logins() == 1


def test_worker_and_the_module_share_a_token(sandbox: Sandbox, simulator: SimulatorClient) -> None:
    """Tasks in the worker, with become and with async, of one user: 1 grant."""
    tasks = [
        {**GREPR[1], "name": "become", "become": True},
        {**GREPR[1], "name": "background", "async": 60, "poll": 1},
        {**GREPR[1], "name": "worker"},
    ]
    sandbox.play(tasks, hosts=2).assert_success(6)
    assert simulator.logins() == 1


def test_short_lived_token_is_reused(sandbox: Sandbox, simulator: SimulatorClient) -> None:
    """A token that lives 30 s, less than min_ttl: 1 grant for 10 tasks, for any value of min_ttl."""
    simulator.switch(token_life=30)
    tasks = [*GREPR, *GREPR, GREPR[1], {"name": "more", "greyops.rest.grepr_job_info": {"min_ttl": 600}}]
    run = sandbox.play(tasks)
    run.assert_success(10)
    assert simulator.logins() == 1
    assert run.get_result("more")["api"]["token"] == "stored"


def test_min_ttl_is_respected(sandbox: Sandbox, simulator: SimulatorClient) -> None:
    """A token past half of its lifetime is replaced only for tasks that require a longer remaining lifetime."""
    simulator.switch(token_life=4)
    tasks: list[dict[str, Any]] = [
        {"name": "first", "greyops.rest.grepr_token": {}},
        {"name": "half of its life", "ansible.builtin.pause": {"seconds": 2.2}},
        {"name": "satisfied", "greyops.rest.grepr_token": {"min_ttl": 0}},
        {"name": "demanding", "greyops.rest.grepr_token": {"min_ttl": 600}},
    ]
    run = sandbox.play(tasks)
    run.assert_success(4)
    sources = [run.get_result(name)["api"]["token"] for name in ("first", "satisfied", "demanding")]
    assert sources == ["granted", "stored", "granted"]
    assert simulator.logins() == 2
