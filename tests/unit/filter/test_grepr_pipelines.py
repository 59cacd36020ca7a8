# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filters of the role grepr_pipelines."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.greyops.rest.plugins.filter.export_account import FilterModule as ExportAccount
from ansible_collections.greyops.rest.plugins.filter.name_pipeline_files import FilterModule as NamePipelineFiles
from ansible_collections.greyops.rest.plugins.filter.select_pipelines import FilterModule as SelectPipelines
from ansible_collections.greyops.rest.plugins.filter.tabulate_pipelines import FilterModule as TabulatePipelines
from ansible_collections.greyops.rest.plugins.filter.validate_pipeline_files import (
    FilterModule as ValidatePipelineFiles,
)
from ansible_collections.greyops.rest.plugins.plugin_utils._lines import LineFinder
from ansible_collections.greyops.rest.plugins.plugin_utils._parsing import parse

FILTERS = {
    name: function
    for module in (ExportAccount, NamePipelineFiles, SelectPipelines, TabulatePipelines, ValidatePipelineFiles)
    for name, function in module().filters().items()
}


def job(name: str, state: str = "RUNNING", **fields: Any) -> dict[str, Any]:
    return {"id": f"{name}-{state}", "name": name, "state": state, **fields}


def file(name: str, content: Any) -> dict[str, Any]:
    return {"file": f"/p/{name}", "content": content, "problem": ""}


# --- select_pipelines


@pytest.mark.parametrize("state", ["FINISHED", "CANCELLED", "DELETED", "DELETING"])
def test_ended_jobs_are_not_exported(state: str) -> None:
    assert FILTERS["select_pipelines"]([job("a", state), job("b")]) == [job("b")]


def test_one_pipeline_of_each_name() -> None:
    jobs = [
        job("b", "FAILED", updatedAt="2026-03-01"),
        job("b", "FAILED", updatedAt="2026-03-02"),
        job("b", "FAILED", updatedAt="2026-01-01"),
        job("a", "STOPPED", updatedAt="2026-01-01"),
        job("a", "FAILED", updatedAt="2027-01-01"),
        job("a", "DELETED", updatedAt="2028-01-01"),
    ]
    assert FILTERS["select_pipelines"](jobs) == [jobs[3], jobs[1]]


def test_pipelines_are_selected_by_tag_and_team() -> None:
    jobs = [
        job("a", tags={"team": "shop", "n": "1"}, teamIds=["t1"]),
        job("b", tags={"team": "shop"}, teamIds=["t2", "t3"]),
        job("c", teamIds=["t1"]),
        job("d"),
    ]
    teams = [{"id": "t1", "name": "Shop"}, {"id": "t2", "name": "Crew"}]

    def select(**filters: Any) -> list[str]:
        return [one["name"] for one in FILTERS["select_pipelines"](jobs, known_teams=teams, **filters)]

    assert select(tags={"team": "shop"}) == ["a", "b"]
    assert select(tags={"n": 1}) == ["a"]
    assert select(teams=["Shop"]) == ["a", "c"]
    assert select(teams=["t2", "Shop"], tags={"team": "shop"}) == ["a", "b"]
    assert select() == ["a", "b", "c", "d"]
    with pytest.raises(AnsibleFilterError, match="There is no team Ship"):
        select(teams=["Ship"])


# --- validate_pipeline_files


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("text", "/p/a.yml contains text, which is not a pipeline."),
        ("x" * 50, f"/p/a.yml contains {'x' * 40}..., which is not a pipeline."),
        ([7], "/p/a.yml contains 7, which is not a pipeline."),
        ({"state": "started"}, "/p/a.yml describes a pipeline without a name."),
        ({"name": True}, "/p/a.yml describes a pipeline without a name."),
        ([{"name": "a"}, {"name": "a"}], "/p/a.yml describes the pipeline a, which /p/a.yml describes as well."),
        (
            {"name": "a", "job_grahp": {}, "x": 1},
            "/p/a.yml has unknown keys for the pipeline a: job_grahp, x. The keys of a pipeline are name, state, "
            "job_graph, team_ids, tags, rollback, recreate.",
        ),
        (
            {"name": "a", "state": "on"},
            "/p/a.yml sets the state of the pipeline a to on. The states are present, started, stopped, absent.",
        ),
        (
            {"name": "a", "job_graph": [1]},
            "/p/a.yml describes the pipeline a with a job_graph that is not a dictionary.",
        ),
        (
            {"name": "a", "tags": {"b": True}},
            "/p/a.yml (a).tags.b must be a string, and true is a boolean: quote it as it is written, or use `| string`",
        ),
        ({"name": "a", "job_graph": {}}, "/p/a.yml (a).job_graph.vertices is empty"),
    ],
)
def test_problems_of_files(content: Any, problem: str) -> None:
    """The lines are left out because these files do not exist."""
    assert FILTERS["validate_pipeline_files"]([file("a.yml", content)]) == [problem]


def test_valid_files_have_no_problems() -> None:
    files = [
        file("a.yml", {"name": "a", "state": "absent", "job_graph": None}),
        file("b.yml", [{"name": "b"}, {"name": 7}]),
        file("empty.yml", None),
    ]
    assert FILTERS["validate_pipeline_files"](files) == []


def test_every_file_is_validated() -> None:
    files = [file("a.yml", {"name": "a"}), file("b.yml", 1), file("c.yml", {"name": "a"})]
    assert FILTERS["validate_pipeline_files"](files) == [
        "/p/b.yml contains 1, which is not a pipeline.",
        "/p/c.yml describes the pipeline a, which /p/a.yml describes as well.",
    ]


YAML = """---
- name: fine
  job_graph: &graph
    vertices: [{type: discarding-sink, name: sink}]
    edges: []
# The next one is not.
- tags:
    app.kubernetes.io/version: 1.10
  name: "{{ prefix }}_logs"
  rollback: perhaps
  team_ids: {a: b}

- name: web_logs
  job_graph:
    vertices:
      - type: discarding-sink
        name: sink
      - {name: Sink 2, type: discarding-sink}
    edges:
      - sink -> gone
"""
JSON = """{
\t"name": "json",
\t"tags": {
\t\t"one": 1
\t}
}
"""


def written(path: Path, text: str) -> dict[str, Any]:
    """A file as the lookup returns it, with all templates replaced."""
    path.write_text(text, encoding="utf-8")
    text = re.sub(r"{{.*?}}", "b", re.sub(r"{%.*?%}", "", text))
    return {"file": str(path), "content": parse(text, path.name, str), "problem": ""}


def test_every_problem_has_its_file_line_and_path(tmp_path: Path) -> None:
    files = [
        written(tmp_path / "a.yml", YAML),
        {"file": "/p/broken.yml", "content": {"problem": "p"}, "problem": "/p/broken.yml cannot be read: it is empty."},
        written(tmp_path / "b.json", JSON),
        written(tmp_path / "c.yml", "{% if true %}\nname: of_template\njob_graph: {}\n{% endif %}\n"),
    ]
    problems = FILTERS["validate_pipeline_files"](files, purge={"by": 7})
    assert [
        problem.replace(f"{tmp_path}/", "").partition(", and ")[0].partition(" is of type")[0] for problem in problems
    ] == [
        "a.yml:10 (b_logs).rollback: argument 'rollback'",
        "a.yml:11 (b_logs).team_ids: argument 'team_ids'",
        "a.yml:18 (web_logs).job_graph.vertices[1].name must match [a-z0-9_], 1 to 128 characters",
        "a.yml:20 (web_logs).job_graph.edges[0] names gone, which is not a vertex",
        "/p/broken.yml cannot be read: it is empty.",
        "b.json:4 (json).tags.one must be a string",
        "c.yml (of_template).job_graph.vertices is empty",
        "purge.by must be a string",
    ]


def test_without_validation_only_the_shape_is_checked(tmp_path: Path) -> None:
    files = [written(tmp_path / "a.yml", "name: a\njob_graph: {edges: []}\n")]
    assert FILTERS["validate_pipeline_files"](files, validate="none") == []
    assert len(FILTERS["validate_pipeline_files"](files, validate="remote")) == 1


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("", 2),
        ("[0]", 2),
        ("[0].job_graph.vertices[0].type", 4),
        ("[0].job_graph.vertices[3].type", 4),
        ("[0].missing", 2),
        ("[1].tags.app.kubernetes.io/version", 8),
        ("[1].tags.app", 7),
        ("[2].job_graph.edges[0]", 20),
        ("[9].name", 2),
    ],
)
def test_line_of_a_path(tmp_path: Path, path: str, line: int) -> None:
    (tmp_path / "a.yml").write_text(YAML, encoding="utf-8")
    assert LineFinder().locate(str(tmp_path / "a.yml"), path) == f"{tmp_path}/a.yml:{line}"


@pytest.mark.parametrize("text", ["$ANSIBLE_VAULT;1.1;AES256\n6162", "a: {{ b }} c", "{% if a %}", "[" * 2000, ""])
def test_line_of_a_text_that_is_not_yaml_is_unknown(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.yml").write_text(text, encoding="utf-8")
    assert LineFinder().locate(str(tmp_path / "a.yml"), "name") == f"{tmp_path}/a.yml"


# --- name_pipeline_files


def test_list_indices_become_files_and_lines(tmp_path: Path) -> None:
    files = [file("none.yml", None), file("a.yml", {"name": "a"}), written(tmp_path / "b.yml", YAML)]
    message = "jobs[0].name, jobs[3].job_graph.edges[0]: x, and jobs[1] as well; jobs[4] is unknown"
    expected = (
        "/p/a.yml (a).name, b.yml:20 (web_logs).job_graph.edges[0]: x, and b.yml:2 (fine) as well; jobs[4] is unknown"
    )
    assert FILTERS["name_pipeline_files"](message, files).replace(f"{tmp_path}/", "") == expected


# --- tabulate_pipelines


def test_table_of_changes_and_failures() -> None:
    jobs = [
        {"name": "long_name", "action": "update", "changes": ["state: A -> B", "tags: c"]},
        {"name": "same", "action": "none", "changes": []},
        {"name": "new", "action": "create", "changes": []},
        {"name": "bad", "action": "none", "changes": [], "failed": True, "msg": "It failed.\nTwice."},
        {"name": "newer", "action": "create", "changes": []},
    ]
    assert FILTERS["tabulate_pipelines"](jobs) == [
        "PIPELINE   ACTION    CHANGES",
        "long_name  update    state: A -> B",
        "                     tags: c",
        "new        create",
        "bad        failed    It failed.",
        "Twice.",
        "newer      create",
        "3 of 5 differ: 2 create, 1 update.",
        "1 of 5 failed.",
    ]


def test_table_ends_with_the_diff() -> None:
    jobs = [{"name": "a", "action": "update", "changes": ["x: 1 -> 2"]}]
    diff = {"before": {"a": {"x": 1, "y": '"'}}, "after": {"a": {"x": 2, "y": '"'}}}
    assert FILTERS["tabulate_pipelines"](jobs, diff=diff)[2:10] == [
        "1 of 1 differ: 1 update.",
        "--- before",
        "+++ after",
        "@@ -1,6 +1,6 @@",
        " {",
        '     "a": {',
        '-        "x": 1,',
        '+        "x": 2,',
    ]


@pytest.mark.parametrize(
    ("count", "line"),
    [
        (0, "All 0 pipelines are as described."),
        (1, "The one pipeline is as described."),
        (2, "All 2 pipelines are as described."),
    ],
)
def test_no_table_without_changes(count: int, line: str) -> None:
    jobs = [{"name": f"p{number}", "action": "none", "changes": []} for number in range(count)]
    assert FILTERS["tabulate_pipelines"](jobs) == [line]


# --- export_account


def test_template_syntax_is_kept_verbatim() -> None:
    options = {"name": "a/b", "query": "{{ x }} {% y %} {# z #} ${a}"}
    resource = {"kind": "pipelines", "name": "a/b", "options": json.dumps(options), "missing": []}
    (written,) = FILTERS["export_account"]([resource], folders=False)
    assert written["name"] == "a%2Fb.yml"
    assert written["content"] == ('---\nname: a/b\nquery: \'{{ "{{" }} x }} {{ "{%" }} y %} {{ "{#" }} z #} ${a}\'\n')


def test_missing_options_are_a_comment() -> None:
    missing = ["secrets.api_key", "secrets.app_key"]
    resource = {"kind": "integrations", "name": "eu", "options": '{"name": "eu"}', "missing": missing}
    (written,) = FILTERS["export_account"]([resource])
    assert written == {
        "name": "integrations/eu.yml",
        "content": "---\n# Grepr does not return secrets.api_key, secrets.app_key. Add what another account needs to "
        "create this.\nname: eu\n",
    }


def test_names_of_files_differ_regardless_of_case() -> None:
    names = [("teams", "a"), ("teams", "A"), ("teams", "a~1"), ("roles", "a"), ("teams", "a")]
    resources = [{"kind": kind, "name": name, "options": "{}", "missing": []} for kind, name in names]
    written = [file["name"] for file in FILTERS["export_account"](resources)]
    assert written == ["teams/a.yml", "teams/A~1.yml", "teams/a~1~1.yml", "roles/a.yml", "teams/a~2.yml"]
