# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole account in a directory of files: validated, planned, applied, exported and compared by one role."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from ..support.reliability_report import RecordMeasurement
from ..support.sandbox import CommandResult, Sandbox
from ..support.simulator_client import SimulatorClient

KINDS = ("teams", "integrations", "datasets", "service_accounts", "jobs")
SECRET = "0123456789abcdef"
TEAMS = ("cart", "checkout", "orders", "search", "stock")


def empty(simulator: SimulatorClient) -> None:
    """Leave only the users, the roles and the built-in template."""
    for kind in KINDS:
        simulator.admin("PUT", f"/{kind}", [])


def write(sandbox: Sandbox, name: str, content: Any) -> Path:
    file = sandbox.path / "account" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    text = content if isinstance(content, str) else yaml.safe_dump(content, sort_keys=False)
    file.write_text(text, encoding="utf-8")
    return file


def describe_team(sandbox: Sandbox, team: str) -> None:
    """A team with its dataset and its pipeline."""
    vertices = [
        {"type": "datadog-log-agent-source", "name": "agents", "integrationId": "Datadog EU"},
        {"type": "logs-iceberg-table-sink", "name": "lake", "datasetId": f"{team}_logs"},
    ]
    graph = {"vertices": vertices, "edges": ["agents -> lake"]}
    write(sandbox, f"teams/{team}.yml", {"name": team, "leaders": ["ann@example.com"]})
    write(sandbox, f"datasets/{team}.yml", {"name": f"{team}_logs", "integration_id": "lake", "team_ids": [team]})
    pipeline = {"name": f"{team}_web", "team_ids": [team], "tags": {"managed_by": "us"}, "job_graph": graph}
    write(sandbox, f"pipelines/{team}.yml", pipeline)


def describe_integrations(sandbox: Sandbox) -> None:
    secrets = "secrets:\n  api_key: '{{ datadog_api_key }}'\n"
    write(
        sandbox,
        "integrations/datadog.yml",
        f"name: Datadog EU\ntype: datadog\npayload: {{site: datadoghq.eu}}\n{secrets}",
    )
    write(sandbox, "integrations/lake.json", json.dumps([{"name": "lake", "type": "data-warehouse"}]))


def act(
    sandbox: Sandbox, simulator: SimulatorClient, action: str, *arguments: str, env: Any = None, **options: Any
) -> CommandResult:
    variables = {"grepr_account_action": action, "grepr_account_directory": str(sandbox.path / "account")}
    variables |= {f"grepr_account_{name}": value for name, value in options.items()} | {"datadog_api_key": SECRET}
    play = {"roles": [{"role": "greyops.rest.grepr_account", "vars": variables}]}
    given = {**sandbox.get_addresses(simulator.http), **sandbox.logins()} if env is None else env
    return sandbox.start_playbook([play], *arguments, env=given).wait()


def list_writes(simulator: SimulatorClient) -> list[dict[str, Any]]:
    return [one for one in simulator.requests("/api/v1") if one["method"] != "GET"]


def test_five_teams_are_onboarded_from_nothing_with_one_plan(
    sandbox: Sandbox, simulator: SimulatorClient, record_measurement: RecordMeasurement
) -> None:
    """Five teams with their datasets and pipelines are planned, created and compared in an empty account by one call
    each. The second run of apply changes nothing."""
    empty(simulator)
    describe_integrations(sandbox)
    for team in TEAMS:
        describe_team(sandbox, team)
    planned = act(sandbox, simulator, "plan")
    assert planned.status == 0, planned.output
    assert "17 of 17 differ: 17 create." in planned.output
    assert "WARNING" not in planned.output
    assert not list_writes(simulator)
    applied = act(sandbox, simulator, "apply", "-vv", report=[str(sandbox.path / "report.json")])
    assert applied.status == 0, applied.output
    assert "17 of 17 differ: 17 create." in applied.output
    assert SECRET not in applied.output
    report = json.loads((sandbox.path / "report.json").read_text())
    assert (report["status"], report["counts"]["create"]) == ("applied", 17)
    assert SECRET not in json.dumps(report)
    jobs = simulator.admin("GET", "/jobs")
    assert sorted(job["name"] for job in jobs) == [f"{team}_web" for team in TEAMS]
    written = len(list_writes(simulator))
    again = act(sandbox, simulator, "apply")
    assert again.status == 0, again.output
    assert "All 17 resources are as described." in again.output
    assert "changed=0" in again.output
    assert len(list_writes(simulator)) == written
    record_measurement(f"17 resources, {written} writes, the second run 0")


def test_exported_account_applies_to_itself_and_to_another_account(
    sandbox: Sandbox, simulator: SimulatorClient, other_simulator: SimulatorClient
) -> None:
    """An exported account contains no secret and changes nothing in itself, a second export touches no file, and the
    files create the same resources in another account."""
    describe_integrations(sandbox)
    describe_team(sandbox, "shop")
    assert act(sandbox, simulator, "apply").status == 0
    for file in (sandbox.path / "account").rglob("*.*"):
        file.unlink()
    exported = act(sandbox, simulator, "export")
    assert exported.status == 0, exported.output
    files = sorted((sandbox.path / "account").rglob("*.yml"))
    texts = {str(file.relative_to(sandbox.path / "account")): file.read_text(encoding="utf-8") for file in files}
    assert SECRET not in "".join(texts.values())
    assert texts["integrations/Datadog%20EU.yml"].splitlines()[1].startswith("# Grepr does not return secrets.api_key.")
    assert "datasetId: shop_logs\n" in texts["pipelines/shop_web.yml"]
    stamps = [file.stat().st_mtime_ns for file in files]
    assert act(sandbox, simulator, "export").status == 0
    assert [file.stat().st_mtime_ns for file in files] == stamps
    written = len(list_writes(simulator))
    again = act(sandbox, simulator, "apply")
    assert again.status == 0, again.output
    assert f"All {len(texts)} resources are as described." in again.output
    assert len(list_writes(simulator)) == written
    empty(other_simulator)
    other_simulator.switch(**sandbox.credentials.settings())
    moved = act(sandbox, other_simulator, "apply", wait=False)
    assert moved.status == 0, moved.output
    assert "All" in act(sandbox, other_simulator, "plan").output


def test_validate_shows_all_problems_without_credentials(sandbox: Sandbox, simulator: SimulatorClient) -> None:
    """Without credentials and requests, all problems of all files are shown, each with its file, line and path."""
    team = write(sandbox, "teams/shop.yml", "name: shop\nleader: [ann@example.com]\n")
    dataset = write(sandbox, "datasets/all.yml", "- name: a\n- name: b\n  team_ids: {}\n- name: a\n")
    graph = "job_graph:\n  vertices:\n    - {type: discarding-sink, name: x}\n  edges: [x -> gone]\n"
    pipeline = write(sandbox, "pipelines/web.yml", f"name: web\n{graph}")
    broken = write(sandbox, "roles/broken.yml", "name: [\n")
    undefined = write(sandbox, "templates/one.yml", "name: one\ntemplate: '{{ nothing_of_the_kind }}'\n")
    test = write(sandbox, "tests/web.yml", "name: a\npipeline: web\n")
    result = act(sandbox, simulator, "validate", env={})
    assert result.status == 2
    output = result.failed[-1].result["msg"]
    for part in (
        f"{team}:1 (shop): There is no option leader.",
        f"{dataset}:2 (b): ",
        f"{dataset}:4 (a): a is also described by {dataset}:1 (a).",
        f"{pipeline}:5 (web).job_graph.edges[0] names gone, which is not a vertex.",
        f"{broken} cannot be read: ",
        f"{undefined} cannot be read: ",
        f"{test}",
    ):
        assert part in output, output
    assert not simulator.requests("/api")
    write(sandbox, "teams/shop.yml", "name: shop\n")
    for file in (dataset, pipeline, broken, undefined, test):
        file.unlink()
    valid = act(sandbox, simulator, "validate", env={})
    assert valid.status == 0, valid.output
    assert "1 resources in 1 files: nothing is wrong with them." in valid.output


@pytest.mark.slow
def test_drift_names_what_differs_and_what_is_in_no_file(sandbox: Sandbox, simulator: SimulatorClient) -> None:
    """Drift compares the kinds with files. Pipelines in no file are filtered by tag."""
    describe_integrations(sandbox)
    describe_team(sandbox, "shop")
    assert act(sandbox, simulator, "apply").status == 0
    write(sandbox, "teams/shop.yml", {"name": "shop", "leaders": ["bob@example.com"]})
    write(sandbox, "service_accounts/shop.yml", {"name": "dashboards", "roles": ["Viewer"]})
    report = sandbox.path / "drift.json"
    drift = act(sandbox, simulator, "drift", fail_on_drift=True, undescribed_tags={"env": "none"}, report=[str(report)])
    assert drift.status == 2
    differing = "{'teams': ['shop'], 'service_accounts': ['dashboards']}"
    assert f"These resources are not as they are described: {differing}." in drift.failed[-1].result["msg"]
    assert "{'integrations': ['datadog main', 'lake storage'], 'datasets': ['main lake']}" in drift.output
    assert json.loads(report.read_text())["status"] == "changes"
    for file in ("teams", "datasets", "integrations", "service_accounts"):
        for one in (sandbox.path / "account" / file).iterdir():
            one.unlink()
    all_pipelines = act(sandbox, simulator, "drift")
    assert all_pipelines.status == 0
    assert "{'pipelines': ['audit_logs', 'payments', 'web_logs']}" in all_pipelines.output
    unknown = act(sandbox, simulator, "drift", undescribed_teams=["shp"])
    assert unknown.status == 2
    assert "undescribed_teams[0]: There is no team shp" in unknown.output


@pytest.mark.slow
def test_tests_of_an_account_run_against_its_files(sandbox: Sandbox, simulator: SimulatorClient) -> None:
    vertices = [
        {"type": "datadog-log-agent-source", "name": "agents", "integrationId": "datadog main"},
        {"type": "logs-iceberg-table-sink", "name": "lake", "datasetId": "main lake"},
    ]
    graph = {"vertices": vertices, "edges": ["agents -> lake"]}
    write(sandbox, "pipelines/web.yml", {"name": "web", "job_graph": graph})
    events = {"agents": [{"message": "one"}, {"message": "two"}]}
    test = {"name": "all pass", "pipeline": "web", "events": events, "expect": {"lake": {"count": 2}}}
    write(sandbox, "tests/web.yml", test)
    junit = sandbox.path / "junit.xml"
    passed = act(sandbox, simulator, "test", junit=str(junit))
    assert passed.status == 0, passed.output
    assert "All 1 tests passed." in passed.output
    assert 'tests="1" failures="0"' in junit.read_text()
