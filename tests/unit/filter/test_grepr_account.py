# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filters of the role grepr_account."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleFilterError

from ansible_collections.greyops.rest.plugins.filter.build_account import FilterModule as BuildAccount
from ansible_collections.greyops.rest.plugins.filter.list_undescribed import FilterModule as ListUndescribed
from ansible_collections.greyops.rest.plugins.filter.name_account_files import FilterModule as NameAccountFiles
from ansible_collections.greyops.rest.plugins.filter.tabulate_account import FilterModule as TabulateAccount
from ansible_collections.greyops.rest.plugins.filter.validate_account_files import FilterModule as ValidateAccountFiles

FILTERS = {
    name: function
    for module in (BuildAccount, ListUndescribed, NameAccountFiles, TabulateAccount, ValidateAccountFiles)
    for name, function in module().filters().items()
}


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path


def write(directory: Path, name: str, text: str, problem: str = "") -> dict[str, Any]:
    file = directory / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return {"file": str(file), "content": None if problem else yaml.safe_load(text), "problem": problem}


def test_folders_are_the_kinds_of_an_account(directory: Path) -> None:
    files = [
        write(directory, "teams/a.yml", "name: a"),
        write(directory, "pipelines/none.yml", "# Nothing"),
        write(directory, "teams/b.yml", "[{name: b}, null, {name: c}]"),
        write(directory, "tests/d.yml", "name: d"),
    ]
    assert FILTERS["build_account"](files) == {
        "teams": [{"name": "a"}, {"name": "b"}, {"name": "c"}],
        "pipelines": [],
    }


def test_problems_contain_file_line_and_path_in_the_order_of_the_files(directory: Path) -> None:
    graph = "job_graph:\n  vertices:\n    - {name: x, type: discarding-sink}\n  edges: [x -> gone]\n"
    files = [
        write(directory, "pipelines/web.yml", f"- name: ok\n- name: web\n  {graph.replace(chr(10), chr(10) + '  ')}"),
        write(directory, "roles/broken.yml", "name: [", "broken.yml cannot be read: it ends."),
        write(directory, "teams/a.yml", "name: a\nstate: on\n"),
        write(directory, "users/a.yml", "first_name: Ann\n"),
        write(directory, "datasets/text.yml", "text"),
    ]
    problems = FILTERS["validate_account_files"](files)
    assert len(problems) == 5
    assert problems[0] == f"{files[0]['file']}:6 (web).job_graph.edges[0] names gone, which is not a vertex."
    assert problems[1] == "broken.yml cannot be read: it ends."
    assert problems[2].startswith(f"{files[2]['file']}:1 (a): value of state must be one of: present, absent")
    assert problems[3].startswith(f"{files[3]['file']}:1: ")
    assert problems[4] == f"{files[4]['file']}: must be a dictionary."


def test_purge_requires_a_file_of_pipelines(directory: Path) -> None:
    team = write(directory, "teams/a.yml", "name: a")
    purge = {"managed_by": "us"}
    assert FILTERS["validate_account_files"]([team]) == []
    problem = "purge requires a file in the folder pipelines."
    assert FILTERS["validate_account_files"]([team], purge=purge) == [problem]
    pipeline = write(directory, "pipelines/a.yml", "name: a")
    assert FILTERS["validate_account_files"]([team, pipeline], purge=purge) == []
    assert "purge.a must be a string" in FILTERS["validate_account_files"]([team, pipeline], purge={"a": True})[0]


def test_indices_in_messages_become_files(directory: Path) -> None:
    files = [write(directory, "datasets/all.yml", "- name: a\n- name: b\n  team_ids: [c]\n")]
    file = files[0]["file"]
    message = "datasets[1].team_ids[0]: There is no team c, datasets[0] is there, datasets[9] and teams[0] are not"
    assert FILTERS["name_account_files"](message, files) == (
        f"{file}:3 (b).team_ids[0]: There is no team c, {file}:1 (a) is there, datasets[9] and teams[0] are not"
    )


def result(name: str, action: str, *changes: str, error: str | None = None) -> dict[str, Any]:
    return {"name": name, "action": action, "changed": action != "none", "changes": [*changes], "error": error}


def test_table_of_changes_and_failures(directory: Path) -> None:
    files = [write(directory, "datasets/raw.yml", "name: raw\n")]
    results = {
        "teams": [result("a", "create"), result("b", "none")],
        "service_accounts": [result("c", "update", "roleIds: x -> y", "name: c -> d")],
        "datasets": [result("raw", "none", error="datasets[0].integration_id: There is no integration lake")],
    }
    assert FILTERS["tabulate_account"](results, files) == [
        "RESOURCE           ACTION    CHANGES",
        "team a             create",
        "service account c  update    roleIds: x -> y",
        "                             name: c -> d",
        f"dataset raw        failed    {files[0]['file']}:1 (raw).integration_id: There is no integration lake",
        "2 of 4 differ: 1 create, 1 update.",
        "1 of 4 failed.",
    ]
    assert FILTERS["tabulate_account"]({"teams": [result("b", "none")]}) == ["All 1 resources are as described."]


def test_diff_after_the_table() -> None:
    results = {"teams": [result("a", "create")]}
    lines = FILTERS["tabulate_account"](results, diff={"before": {}, "after": {"teams": {"a": {"name": "a"}}}})
    assert lines[:3] == ["RESOURCE  ACTION    CHANGES", "team a    create", "1 of 1 differ: 1 create."]
    assert '+            "name": "a"' in lines


def test_resources_that_no_file_describes() -> None:
    def resource(kind: str, name: str, **options: Any) -> dict[str, Any]:
        return {"kind": kind, "name": name, "options": json.dumps({"tags": {}, "team_ids": [], **options})}

    resources = [
        resource("users", "ann@example.com"),
        resource("users", "bob@example.com"),
        resource("pipelines", "c"),
        resource("pipelines", "b", tags={"env": "prod"}, team_ids=["0shop"]),
        resource("pipelines", "A", tags={"env": "1"}),
        resource("pipelines", "a"),
    ]
    results = {"users": [result("ANN@example.com", "none")], "pipelines": [result("a", "create")]}
    undescribed = FILTERS["list_undescribed"]
    assert undescribed(resources, results) == {"users": ["bob@example.com"], "pipelines": ["A", "b", "c"]}
    assert undescribed(resources, results, tags={"env": 1})["pipelines"] == ["A"]
    teams = [{"id": "0shop", "name": "shop"}, {"id": "0x", "name": "x"}]
    for given in (["shop", "x"], ["0shop"]):
        assert undescribed(resources, results, teams=given, known_teams=teams)["pipelines"] == ["b"]
    assert "pipelines" not in undescribed(resources, results, tags={"env": "1"}, teams=["shop"], known_teams=teams)
    with pytest.raises(AnsibleFilterError, match=r"undescribed_teams\[0\]: There is no team shp.*shop"):
        undescribed(resources, results, teams=["shp"], known_teams=teams)
