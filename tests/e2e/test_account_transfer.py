# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pipelines that are exported from one account and applied to another one with other ids."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ..support.reliability_report import RecordMeasurement
from ..support.sandbox import CommandResult, Sandbox
from ..support.simulator_client import SimulatorClient

IDS = {
    "team": "0teamsource01",
    "datadog": "0jn5rdc93r10t",
    "storage": "0jn5rdc93r11w",
    "dataset": "0kabdv8yo9q99",
    "template": "0ktemplate001",
}
OTHER_IDS = {name: f"0other{item_id[-7:]}" for name, item_id in IDS.items()}


def build_graph(ids: dict[str, str]) -> dict[str, Any]:
    """A graph with each kind of reference, also inside a vertex."""
    exception = {"type": "integration-exception", "integrationId": ids["datadog"], "datasetId": ids["dataset"]}
    vertices = [
        {"type": "datadog-log-agent-source", "name": "agents", "integrationId": ids["datadog"]},
        {
            "type": "template-operation",
            "name": "reducer",
            "templateId": ids["template"],
            "templateVersion": 1,
            "templateInputs": {"input": {"exceptions": [exception], "note": ids["dataset"]}},
        },
        {"type": "event-dedup-iceberg-table-sink", "name": "dedup", "datasetId": ids["dataset"]}
        | {"vendorSinkId": ids["datadog"]},
        {"type": "query-sink", "name": "query", "integrationId": ids["storage"], "format": "csv"},
    ]
    edges = ["agents -> reducer", "reducer -> dedup", "reducer -> query"]
    return {"vertices": vertices, "edges": edges}


def fill(simulator: SimulatorClient, ids: dict[str, str]) -> None:
    """Replace what the graph refers to by resources of the same names with these ids."""

    def put(kind: str, *items: dict[str, Any]) -> None:
        simulator.admin("PUT", f"/{kind}", items)

    put("teams", {"id": ids["team"], "name": "shop"})
    put(
        "integrations",
        {"id": ids["datadog"], "name": "Datadog EU", "type": "datadog", "payload": {"site": "datadoghq.eu"}},
        {"id": ids["storage"], "name": "storage", "type": "data-warehouse"},
    )
    put("datasets", {"id": ids["dataset"], "name": "raw logs", "integrationId": ids["storage"]})
    put("templates", {"id": ids["template"], "name": "own reducer", "template": "({})", "version": 1})


@pytest.fixture
def accounts(simulator: SimulatorClient, other_simulator: SimulatorClient, sandbox: Sandbox) -> None:
    """Fill one account, and an account with other ids that has no pipelines."""
    fill(simulator, IDS)
    fill(other_simulator, OTHER_IDS)
    pipeline = {"name": "web_logs", "jobGraph": build_graph(IDS), "teamIds": [IDS["team"]], "tags": {"env": "prod"}}
    simulator.admin("PUT", "/jobs", [pipeline])
    other_simulator.admin("PUT", "/jobs", [])
    other_simulator.switch(**sandbox.credentials.settings())


def act(sandbox: Sandbox, simulator: SimulatorClient, action: str, **options: str) -> CommandResult:
    variables = {"grepr_pipelines_action": action, "grepr_pipelines_directory": str(sandbox.path / "pipelines")}
    variables |= {f"grepr_pipelines_{name}": value for name, value in options.items()}
    play = {"roles": [{"role": "greyops.rest.grepr_pipelines", "vars": variables}]}
    return sandbox.start_playbook([play], env={**sandbox.get_addresses(simulator.http), **sandbox.logins()}).wait()


def write_requests(simulator: SimulatorClient) -> list[dict[str, Any]]:
    return [one for one in simulator.requests("/api/v1") if one["method"] not in ("GET", "HEAD")]


@pytest.mark.usefixtures("accounts")
def test_pipelines_are_applied_to_an_account_with_other_ids(
    sandbox: Sandbox,
    simulator: SimulatorClient,
    other_simulator: SimulatorClient,
    record_measurement: RecordMeasurement,
) -> None:
    """Exported from one account and applied to another one, a pipeline has the same graph with the ids of the other
    account. Neither account changes when the files are applied again."""
    exported = act(sandbox, simulator, "export")
    assert exported.status == 0, exported.output
    file = sandbox.path / "pipelines" / "web_logs.yml"
    assert not any(item_id in file.read_text().replace(f"note: {IDS['dataset']}", "") for item_id in IDS.values())
    assert act(sandbox, other_simulator, "apply").status == 0
    (job,) = other_simulator.admin("GET", "/jobs")
    vertices = {vertex["name"]: vertex for vertex in job["jobGraph"]["vertices"]}
    expected = build_graph({**OTHER_IDS})
    for vertex in expected["vertices"]:
        if vertex["name"] == "reducer":
            # The user's own data is not an id, whatever it looks like.
            vertex["templateInputs"]["input"]["note"] = IDS["dataset"]
        assert vertex.items() <= vertices[vertex["name"]].items()
    assert job["jobGraph"]["edges"] == expected["edges"]
    assert job["teamIds"] == [OTHER_IDS["team"]]
    written = len(write_requests(other_simulator))
    for account in (other_simulator, simulator):
        again = act(sandbox, account, "apply")
        assert again.status == 0, again.output
        assert "changed=0" in again.output
    assert len(write_requests(other_simulator)) == written
    assert not write_requests(simulator)
    record_measurement(f"1 pipeline with {len(IDS)} kinds of references, {written} write")


@pytest.mark.usefixtures("accounts")
@pytest.mark.parametrize("references", ["names", "ids"])
def test_what_another_account_lacks_fails_in_its_plan(
    sandbox: Sandbox, simulator: SimulatorClient, other_simulator: SimulatorClient, references: str
) -> None:
    """A plan names each team, integration, dataset and template that does not exist, by its name or its id."""
    assert act(sandbox, simulator, "export", export_references=references).status == 0
    for kind in ("teams", "integrations", "datasets", "templates"):
        other_simulator.admin("PUT", f"/{kind}", [])
    planned = act(sandbox, other_simulator, "plan")
    output = " ".join(planned.output.split())
    assert planned.status != 0
    for noun, name, item_id in (
        ("team", "shop", IDS["team"]),
        ("integration", "Datadog EU", IDS["datadog"]),
        ("integration", "storage", IDS["storage"]),
        ("dataset", "raw logs", IDS["dataset"]),
        ("template", "own reducer", IDS["template"]),
    ):
        lost = name if references == "names" else item_id
        assert f"There is no {noun} {lost}, neither by name nor by id" in output, planned.output
    assert not write_requests(other_simulator)


@pytest.mark.parametrize("count", [100, pytest.param(1000, marks=pytest.mark.slow)])
def test_second_export_touches_no_file(
    sandbox: Sandbox, simulator: SimulatorClient, record_measurement: RecordMeasurement, count: int
) -> None:
    """Pipelines are exported with one listing and the lists of what they refer to; a second export touches no file."""
    simulator.admin("POST", "/jobs/generate", {"count": count})

    def export() -> dict[Path, int]:
        assert act(sandbox, simulator, "export").status == 0
        return {file: file.stat().st_mtime_ns for file in (sandbox.path / "pipelines").iterdir()}

    before = export()
    assert len(before) == count
    calls = len(simulator.requests("/api/v1"))
    assert export() == before
    listed = [one["path"] for one in simulator.requests("/api/v1")]
    assert listed[0] == "/api/v1/jobs"
    assert len(set(listed)) == calls
    assert len(listed) == 2 * calls
    record_measurement(f"{count} pipelines in {calls} calls")
