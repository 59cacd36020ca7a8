# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The description of an account, read over HTTP and applied to the same account."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.greyops.rest.plugins.module_utils._context import Context
from ansible_collections.greyops.rest.plugins.module_utils._operation import perform
from ansible_collections.greyops.rest.plugins.modules import (
    grepr_account_info,
    grepr_dataset,
    grepr_integration,
    grepr_job,
    grepr_role,
    grepr_service_account,
    grepr_team,
    grepr_template,
    grepr_user,
)
from tests.unit.conftest import params

if TYPE_CHECKING:
    from ansible_collections.greyops.rest.plugins.module_utils._context import NullRuntime
    from tests.unit.conftest import Simulator

    Run = Callable[..., dict[str, Any]]

DATADOG, LAKE, TEMPLATE = "0jn5rdc93r10t", "0kabdv8yo9q99", "0ktemplate001"
MODULES: dict[str, ModuleType] = {
    "teams": grepr_team,
    "roles": grepr_role,
    "users": grepr_user,
    "integrations": grepr_integration,
    "datasets": grepr_dataset,
    "templates": grepr_template,
    "service_accounts": grepr_service_account,
    "pipelines": grepr_job,
}
SECRET = "a-secret-of-somebody"


@pytest.fixture
def run(simulator: Simulator, runtime: NullRuntime) -> Run:
    """Run the operation of a module and expect it to succeed, unless ``fails``."""

    def keys(module: ModuleType, *, fails: bool = False, **given: Any) -> dict[str, Any]:
        grepr = simulator.ready_info["grepr"]
        login = ["api_url"] if "api_key" in given else ["api_url", "auth_url", "client_id", "client_secret"]
        options = {name: grepr[name] for name in login} | {"token_store": "none"} | given
        result = perform(module.OPERATION, Context(params(module.OPERATION.spec, options), runtime)).keys
        assert bool(result.get("failed")) == fails, result
        return result

    return keys


def describe(run: Run, **options: Any) -> list[dict[str, Any]]:
    resources = run(grepr_account_info, **options)["resources"]
    return [{**one, "options": json.loads(one["options"])} for one in resources]


def job(*vertices: dict[str, Any], **fields: Any) -> dict[str, Any]:
    named = [{"name": f"v{number}", **vertex} for number, vertex in enumerate(vertices)]
    return {"name": "web", "jobGraph": {"vertices": named, "edges": []}, **fields}


def fill(run: Run) -> None:
    """Create a resource of each kind, with all that can be described."""
    run(grepr_role, name="Auditor", description="Looks", permissions=["view:jobs", "view:datasets"])
    given = {"first_name": "Zoe van", "last_name": "Zed", "password": SECRET}
    run(grepr_user, email="zoe@example.com", roles=["Viewer", "Auditor"], **given)
    run(grepr_team, name="shop", leaders=["zoe@example.com"], members=["bob@example.com"])
    payload = {"site": "datadoghq.eu", "additionalTags": ["via:grepr"]}
    secrets = {"api_key": SECRET, "app_key": SECRET}
    run(grepr_integration, name="eu", type="datadog", payload=payload, team_ids=["shop"], secrets=secrets)
    run(grepr_integration, name="otel", type="otlp", payload={"endpoint": "https://otlp.example.com"})
    tables = {
        "logs_raw": {
            "partitionConfig": {"fields": [{"column": "service", "buckets": 4}]},
            "promotion": {"tags": {"include": ["env"]}},
        }
    }
    estimation = {"logLimit": 1000}
    warehouse = "lake storage"
    run(grepr_dataset, name="logs", integration_id=warehouse, team_ids=["shop"], tables=tables, estimation=estimation)
    schema = {"type": "object"}
    run(grepr_template, name="own", template="({})", input_schema=schema, inputs={"a": "b"}, team_ids=["shop"])
    run(grepr_service_account, name="dashboards", roles=["Auditor"])
    vertices = [
        {"type": "datadog-log-agent-source", "name": "agents", "integrationId": "eu"},
        {"type": "template-operation", "name": "own", "templateId": "own"},
        {"type": "logs-iceberg-table-sink", "name": "lake", "datasetId": "logs"},
    ]
    graph = {"vertices": vertices, "edges": ["agents -> own", "own -> lake"]}
    run(grepr_job, name="shop_logs", state="stopped", job_graph=graph, team_ids=["shop"], tags={"env": "prod"})


@pytest.mark.parametrize("references", ["names", "ids"])
def test_description_of_an_account_changes_nothing_in_it(run: Run, simulator: Simulator, references: str) -> None:
    fill(run)
    described = describe(run, references=references)
    assert {one["kind"] for one in described} == set(MODULES)
    before = [one for one in simulator.requests("/api/v1") if one["method"] != "GET"]
    for one in described:
        result = run(MODULES[one["kind"]], **one["options"])
        assert not result["changed"], (one, result)
    assert [one for one in simulator.requests("/api/v1") if one["method"] != "GET"] == before


def test_descriptions_refer_to_names_and_contain_no_secret(run: Run) -> None:
    fill(run)
    described = {(one["kind"], one["name"]): one for one in describe(run)}
    assert SECRET not in json.dumps(list(described.values()))
    shop = described["pipelines", "shop_logs"]["options"]
    assert shop["team_ids"] == ["shop"]
    assert shop["state"] == "stopped"
    assert shop["tags"] == {"env": "prod"}
    assert shop["job_graph"]["edges"] == ["agents -> own", "own -> lake"]
    agents, own, lake = shop["job_graph"]["vertices"]
    assert (agents["integrationId"], own["templateId"], lake["datasetId"]) == ("eu", "own", "logs")
    assert "templateVersion" not in own
    assert described["teams", "shop"]["options"] == {
        "name": "shop",
        "leaders": ["zoe@example.com"],
        "members": ["bob@example.com"],
    }
    assert described["roles", "Auditor"]["options"]["permissions"] == ["view:datasets", "view:jobs"]
    assert ("roles", "Viewer") not in described
    assert described["users", "zoe@example.com"]["options"]["roles"] == ["Auditor", "Viewer"]
    assert described["users", "zoe@example.com"]["missing"] == ["password"]
    assert described["integrations", "eu"]["missing"] == ["secrets.api_key", "secrets.app_key"]
    assert described["integrations", "otel"]["missing"] == []
    assert described["datasets", "logs"]["options"]["integration_id"] == "lake storage"
    assert described["datasets", "logs"]["options"]["tables"]["logs_raw"]["promotion"]["tags"]["include"] == ["env"]
    assert described["service_accounts", "dashboards"]["options"] == {"name": "dashboards", "roles": ["Auditor"]}
    assert [name for kind, name in described if kind == "templates"] == ["own"]


def test_only_the_lists_that_are_needed_are_read_once(run: Run, simulator: Simulator) -> None:
    lake = {"type": "logs-iceberg-table-sink", "datasetId": LAKE}
    agents = {"type": "datadog-log-agent-source", "integrationId": DATADOG}
    simulator.admin("PUT", "/jobs", [job(agents, lake, name=f"p{number}") for number in range(3)])
    run(grepr_account_info, kinds=["pipelines"])
    paths = [one["path"] for one in simulator.requests("/api/v1")]
    assert paths == ["/api/v1/jobs", "/api/v1/integrations/datadog", "/api/v1/datasets"]
    run(grepr_account_info, kinds=["pipelines"], references="ids")
    assert [one["path"] for one in simulator.requests("/api/v1")][3:] == ["/api/v1/jobs"]


def test_ids_without_a_usable_name_are_kept(run: Run, simulator: Simulator, runtime: NullRuntime) -> None:
    first = {"integrationId": "0jn5rdc93r11w", "organizationId": "acme", "teamIds": [], "tables": {}}
    odd = {"0one000000001": "twice", "0two000000001": "twice", "0like00000001": "0looks0like0a"}
    names = {**odd, "0ok0000000001": "ok"}
    simulator.admin("PUT", "/datasets", [{**first, "id": item_id, "name": name} for item_id, name in names.items()])
    ids = [*names, "0gone00000001"]
    sinks = [{"type": "logs-iceberg-table-sink", "datasetId": item_id} for item_id in ids]
    simulator.admin("PUT", "/jobs", [job(*sinks), job(*sinks, name="other")])
    (one, _other) = describe(run, kinds=["pipelines"])
    found = [vertex["datasetId"] for vertex in one["options"]["job_graph"]["vertices"]]
    assert found == [*odd, "ok", "0gone00000001"]
    place = "in pipelines other job_graph.vertices[{}].datasetId and 1 more places"
    assert runtime.warnings == [
        f"The dataset 0one000000001 is described by its ID {place.format(0)}: 2 datasets have its name twice.",
        f"The dataset 0two000000001 is described by its ID {place.format(1)}: 2 datasets have its name twice.",
        f"The dataset 0like00000001 is described by its ID {place.format(2)}: its name 0looks0like0a is read as an ID.",
        f"The dataset 0gone00000001 is described by its ID {place.format(4)}: it does not exist.",
    ]


def test_what_cannot_be_read_is_left_out_with_a_warning(run: Run, simulator: Simulator, runtime: NullRuntime) -> None:
    hec = {"type": "splunk-log-agent-source", "integrationId": "0ksplunk00001"}
    simulator.admin("PUT", "/jobs", [job(hec)])
    api_key = simulator.ready_info["grepr"]["api_key"]
    described = describe(run, api_key=api_key, kinds=["pipelines", "users", "integrations"])
    assert {one["kind"] for one in described} == {"pipelines", "integrations"}
    assert described[0]["options"]["job_graph"]["vertices"][0]["integrationId"] == "0ksplunk00001"
    assert runtime.warnings == [
        "The integrations/splunk are left out: this credential cannot read /v1/integrations/splunk.",
        "The users are left out: this credential cannot read /v1/users.",
        "The integration 0ksplunk00001 is described by its ID in pipelines web job_graph.vertices[0].integrationId: "
        "this credential cannot read /v1/integrations/splunk.",
    ]


def test_resources_with_the_same_name_are_described_with_their_ids(run: Run) -> None:
    for _number in range(2):
        simulated = run(grepr_team, name="twin" if _number == 0 else "other")["team"]
    run(grepr_team, id=simulated["id"], name="twin")
    twins = describe(run, kinds=["teams"])
    assert [one["name"] for one in twins] == ["twin", "twin"]
    assert len({one["options"]["id"] for one in twins}) == 2
    assert not any(run(grepr_team, **one["options"])["changed"] for one in twins)


def test_pipelines_of_an_account(run: Run, simulator: Simulator) -> None:
    """Failed pipelines are described without a state, and server tags are left out."""
    jobs = [
        job(name="running", tags={"env": "2026-01-01", "createdUsing": "API"}),
        job(name="at_rest", state="STOPPED", desiredState="STOPPED"),
        job(name="failed", state="FAILED", updatedAt="2026-03-01T12:00:00Z"),
        job(name="gone", state="DELETED"),
    ]
    simulator.admin("PUT", "/jobs", jobs)
    described = {one["name"]: one["options"] for one in describe(run, kinds=["pipelines"])}
    assert {name: options["state"] for name, options in described.items()} == {
        "at_rest": "stopped",
        "failed": "present",
        "running": "started",
    }
    assert described["running"]["tags"] == {"env": "2026-01-01"}
    assert list(described["running"]) == ["name", "state", "tags", "team_ids", "job_graph"]
