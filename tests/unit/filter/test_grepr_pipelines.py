# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filters of the role grepr_pipelines."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.greyops.rest.plugins.filter.export_pipelines import FilterModule as ExportPipelines
from ansible_collections.greyops.rest.plugins.filter.name_pipeline_files import FilterModule as NamePipelineFiles
from ansible_collections.greyops.rest.plugins.filter.select_pipelines import FilterModule as SelectPipelines
from ansible_collections.greyops.rest.plugins.filter.tabulate_pipelines import FilterModule as TabulatePipelines
from ansible_collections.greyops.rest.plugins.filter.validate_pipeline_files import (
    FilterModule as ValidatePipelineFiles,
)

FILTERS = {
    name: function
    for module in (ExportPipelines, NamePipelineFiles, SelectPipelines, TabulatePipelines, ValidatePipelineFiles)
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
    ],
)
def test_problems_of_files(content: Any, problem: str) -> None:
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


# --- name_pipeline_files


def test_list_indices_become_file_names() -> None:
    files = [file("none.yml", None), file("a.yml", {"name": "a"}), file("b.yml", [None, {"name": "b"}, {"name": "c"}])]
    message = "jobs[0].name, jobs[2] and jobs[1] as well; jobs[3] is unknown"
    expected = "a.yml (a).name, b.yml (c) and b.yml (b) as well; jobs[3] is unknown"
    assert FILTERS["name_pipeline_files"](message, files) == expected


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


# --- export_pipelines


def test_template_syntax_is_kept_verbatim() -> None:
    graph = {"vertices": [{"query": "{{ x }} {% y %} {# z #} ${a}"}], "edges": []}
    one = job("a/b", desiredState="STOPPED", jobGraph=graph, tags={"env": "2026-01-01", "createdUsing": "API"})
    (written,) = FILTERS["export_pipelines"]([one], ["createdUsing"])
    assert written["name"] == "a%2Fb.yml"
    assert written["content"] == (
        "---\nname: a/b\nstate: stopped\ntags:\n  env: '2026-01-01'\nteam_ids: []\njob_graph:\n  vertices:\n"
        '  - query: \'{{ "{{" }} x }} {{ "{%" }} y %} {{ "{#" }} z #} ${a}\'\n  edges: []\n'
    )


@pytest.mark.parametrize(
    ("state", "desired", "exported"),
    [("RUNNING", "RUNNING", "started"), ("STOPPED", "STOPPED", "stopped"), ("FAILED", "RUNNING", "present")],
)
def test_states_of_an_export(state: str, desired: str, exported: str) -> None:
    (written,) = FILTERS["export_pipelines"]([job("a", state, desiredState=desired, jobGraph={})])
    assert f"\nstate: {exported}\n" in written["content"]
