# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plans for one and for many pipelines: steps, diffs, and idempotence."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from ansible_collections.greyops.rest.plugins.module_utils._changes import format_changes
from ansible_collections.greyops.rest.plugins.module_utils._errors import (
    HTTPStatusError,
    OptionError,
    RequestError,
)
from ansible_collections.greyops.rest.plugins.module_utils._grepr.jobs import build_job_path
from ansible_collections.greyops.rest.plugins.module_utils._grepr.names import NameResolver
from ansible_collections.greyops.rest.plugins.module_utils._grepr.pipeline import (
    LOCAL,
    NONE,
    PIPELINE_OPTIONS,
    Create,
    Delete,
    DesiredPipeline,
    PipelinePlan,
    Update,
    build_desired,
    plan_by_name,
    plan_pipeline,
    select_current,
    validate_pipeline,
    validate_plan,
)
from ansible_collections.greyops.rest.plugins.module_utils._grepr.pipeline_steps import (
    _is_as_written,
    _is_outcome_unknown,
    _list_changed_vertices,
)
from ansible_collections.greyops.rest.plugins.module_utils._grepr.pipelines_bulk import (
    PipelineChange,
    combine_diffs,
    plan_pipelines,
    raise_on_failure,
    validate_pipelines,
)
from ansible_collections.greyops.rest.plugins.module_utils._polling import validate_wait_timeout

pytest.importorskip("hypothesis")

from hypothesis import given
from hypothesis import strategies as st

Job = dict[str, Any]

SOURCE: Job = {"type": "logs-values-source", "name": "source"}
SINK: Job = {"type": "discarding-sink", "name": "sink"}
GRAPH: Job = {"vertices": [SOURCE, SINK], "edges": ["source -> sink"]}
LONG: Job = {
    "vertices": [SOURCE, {"type": "grok-parser", "name": "parser", "grokParsingRules": ["a", "b"]}, SINK],
    "edges": ["source -> parser", "parser -> sink"],
}
# No request is sent: the plans of these tests contain ids only.
NO_REFERENCES: Any = NameResolver(client=None)  # type: ignore[arg-type]


def job(**fields: Any) -> Job:
    """A pipeline as Grepr stores it, with the fields that it adds."""
    graph = copy.deepcopy(fields.pop("jobGraph", GRAPH))
    for vertex in graph["vertices"]:
        vertex.setdefault("added", True)
    return {
        "id": "j1",
        "name": "web",
        "version": 3,
        "state": "RUNNING",
        "desiredState": "RUNNING",
        "jobGraph": graph,
        "tags": {"env": "prod", "createdUsing": "API"},
        "teamIds": ["t2", "t1"],
        "updatedAt": "2026-03-01T12:00:00Z",
        **fields,
    }


def option(**given_options: Any) -> dict[str, Any]:
    """The parameters of one pipeline, as validated by the argument specification."""
    return {name: one.get("default") for name, one in PIPELINE_OPTIONS.items()} | given_options


def list_lines(planned: PipelinePlan) -> list[str]:
    lines: list[str] = format_changes(planned.list_changes())["changes"]
    return lines


def test_new_pipeline_is_created_and_started() -> None:
    planned = plan_pipeline(None, DesiredPipeline("web", job_graph=GRAPH, tags={"a": "b"}, team_ids=["t1"]))
    (step,) = planned.steps
    assert isinstance(step, Create)
    assert step.body == {
        "name": "web", "execution": "ASYNCHRONOUS", "processing": "STREAMING", "jobGraph": GRAPH, "tags": {"a": "b"},
        "teamIds": ["t1"],
    }  # fmt: skip
    assert (planned.action, planned.changed) == ("create", True)
    assert planned.after is not None
    assert planned.after["state"] == "RUNNING"
    assert planned.as_diff()["before"] == {}


def test_new_stopped_pipeline_is_created_and_stopped() -> None:
    planned = plan_pipeline(None, DesiredPipeline("web", "stopped", job_graph=GRAPH, rollback=False))
    assert planned.steps[1:] == (Update("STOPPED", None, None, rollback=False),)
    assert planned.after is not None
    assert planned.after["desiredState"] == "STOPPED"


@pytest.mark.parametrize("state", ["present", "started", "stopped"])
def test_creation_requires_a_graph(state: str) -> None:
    with pytest.raises(OptionError, match="pipeline web does not exist, and creating it requires job_graph"):
        plan_pipeline(None, DesiredPipeline("web", state))


@pytest.mark.parametrize(
    "desired",
    [
        DesiredPipeline("web"),
        DesiredPipeline("web", "started"),
        DesiredPipeline("web", job_graph=GRAPH),
        DesiredPipeline("web", job_graph={"vertices": [SINK, SOURCE], "edges": ["source->sink"]}),
        DesiredPipeline(
            "web", job_graph={"vertices": [{**SINK, "x": None}, {**SOURCE, "y": []}], "edges": ["source -> sink"]}
        ),
        DesiredPipeline("web", team_ids=["t1", "t2"]),
        DesiredPipeline("web", tags={"env": "prod"}),
        DesiredPipeline("web", tags={"env": "prod"}, recreate=True),
    ],
)
def test_unchanged_resource_is_not_updated(desired: DesiredPipeline) -> None:
    planned = plan_pipeline(job(), desired)
    assert (planned.steps, planned.action, planned.list_changes()) == ((), "none", [])
    assert planned.as_diff()["before"] == planned.as_diff()["after"]


def test_graph_update_keeps_the_state() -> None:
    for state in ("RUNNING", "STOPPED"):
        (step,) = plan_pipeline(job(desiredState=state, state=state), DesiredPipeline("web", job_graph=LONG)).steps
        assert isinstance(step, Update)
        assert (step.desired_state, step.team_ids, step.rollback) == (state, None, True)
        assert step.job_graph is not None
        assert step.job_graph["vertices"][0] == {**SOURCE, "added": True}


@pytest.mark.parametrize(
    ("before", "state", "steps"),
    [
        ("RUNNING", "stopped", (Update("STOPPED", None, None, rollback=True),)),
        ("STOPPED", "started", (Update("RUNNING", None, None, rollback=True),)),
        ("STOPPED", "stopped", ()),
        ("STOPPED", "present", ()),
    ],
)
def test_pipeline_is_started_and_stopped(before: str, state: str, steps: tuple[Update, ...]) -> None:
    assert plan_pipeline(job(state=before, desiredState=before), DesiredPipeline("web", state)).steps == steps


def test_failed_pipeline_can_be_started_or_repaired() -> None:
    failed = job(state="FAILED")
    assert plan_pipeline(failed, DesiredPipeline("web")).steps == ()
    assert plan_pipeline(failed, DesiredPipeline("web", "started")).steps == (
        Update("RUNNING", None, None, rollback=True),
    )
    assert plan_pipeline(failed, DesiredPipeline("web", job_graph=LONG)).action == "update"
    assert list_lines(plan_pipeline(failed, DesiredPipeline("web", "started"))) == ["state: FAILED -> RUNNING"]


def test_tags_are_immutable() -> None:
    with pytest.raises(
        OptionError, match=r"tags of the pipeline web cannot be changed .* \(env: prod -> test\).*recreate"
    ):
        plan_pipeline(job(), DesiredPipeline("web", tags={"env": "test"}))
    planned = plan_pipeline(job(desiredState="STOPPED"), DesiredPipeline("web", tags={"env": "test"}, recreate=True))
    assert planned.action == "recreate"
    assert [type(step) for step in planned.steps] == [Delete, Create, Update]
    create = planned.steps[1]
    assert isinstance(create, Create)
    assert (create.body["tags"], create.body["teamIds"]) == ({"env": "test"}, ["t2", "t1"])
    assert create.body["jobGraph"]["edges"] == GRAPH["edges"]


def test_recreated_pipeline_keeps_the_properties_that_are_omitted() -> None:
    template = {"type": "template-operation", "name": "t", "templateId": "0ktemplate001"}
    there = job(jobGraph={"vertices": [{**template, "templateVersion": 7, "draftMode": True}], "edges": []})
    desired = DesiredPipeline(
        "web", job_graph={"vertices": [{**template, "draftMode": False}], "edges": []}, tags={"a": "b"}, recreate=True
    )
    create = plan_pipeline(there, desired).steps[1]
    assert isinstance(create, Create)
    assert create.body["jobGraph"]["vertices"] == [
        {**template, "templateVersion": 7, "draftMode": False, "added": True}
    ]


def test_diff_contains_only_changed_values() -> None:
    planned = plan_pipeline(
        job(jobGraph=LONG), DesiredPipeline("web", job_graph={**GRAPH, "vertices": [SOURCE, {**SINK, "limit": 5}]})
    )
    diff = planned.as_diff()
    assert diff["before"]["vertices"] == {
        "source": SOURCE,
        "parser": {**LONG["vertices"][1], "added": True},
        "sink": SINK,
    }
    assert diff["after"]["vertices"] == {"source": SOURCE, "sink": {**SINK, "limit": 5}}
    assert set(diff["before"]) == {"name", "state", "teams", "tags", "vertices", "edges"}
    assert list_lines(planned) == [
        "vertices.parser: removed",
        "  -{",
        '  -  "type": "grok-parser",',
        '  -  "name": "parser",',
        '  -  "grokParsingRules": [',
        '  -    "a",',
        '  -    "b"',
        "  -  ],",
        '  -  "added": true',
        "  -}",
        "vertices.sink.limit: none -> 5",
        "edges: changed",
        "  -parser -> sink",
        "  -source -> parser",
        "  +source -> sink",
    ]
    assert planned.list_changes()[1].as_result() == {"path": "vertices.sink.limit", "before": None, "after": 5}


def test_settings_changes_are_described() -> None:
    assert list_lines(plan_pipeline(job(), DesiredPipeline("web", "stopped", team_ids=[]))) == [
        "state: RUNNING -> STOPPED",
        "teams: t1, t2 -> none",
    ]
    assert plan_pipeline(None, DesiredPipeline("web", job_graph=GRAPH)).list_changes() == []


def test_active_job_is_preferred_among_duplicates() -> None:
    old, older = job(id="old", state="FAILED"), job(id="older", state="FAILED", updatedAt="2025-01-01T00:00:00Z")
    gone = [job(id=state, state=state) for state in ("DELETED", "DELETING", "FINISHED", "CANCELLED")]
    other = job(id="other", name="another")
    assert select_current([*gone, other], "web") is None
    assert select_current([older, old, *gone], "web") is old
    assert select_current([old, job(), *gone], "web") == job()
    with pytest.raises(OptionError, match="2 active pipelines with the name web: j1, j2"):
        select_current([job(), job(id="j2")], "web")


def test_absent_deletes_all_jobs_with_the_name() -> None:
    jobs = [job(id="b", state="FAILED"), job(), job(id="a", state="FAILED"), job(id="d", state="DELETED")]
    planned = plan_by_name([*jobs, job(id="x", name="another")], DesiredPipeline("web", "absent"))
    assert planned.steps == (Delete("j1"), Delete("a"), Delete("b"))
    assert (planned.action, planned.after, planned.as_diff()["after"]) == ("delete", None, {})
    assert plan_by_name([jobs[3]], DesiredPipeline("web", "absent")).steps == ()
    assert plan_by_name([jobs[0], jobs[1]], DesiredPipeline("web", "started")).steps == ()


GRAPHS = st.sampled_from(
    [
        GRAPH,
        LONG,
        {"vertices": [SINK, SOURCE], "edges": ["source->sink"]},
        {"vertices": [{**SOURCE, "limit": 5, "inner": {"a": 1, "b": [1, 2]}}, SINK], "edges": ["source -> sink"]},
        {"vertices": [{**SOURCE, "limit": 5.0, "inner": {"b": [2]}}, SINK], "edges": ["source -> sink"]},
        {"vertices": [{**SOURCE, "triggers": {"a": {"x": 1}, "b": {}}}, SINK], "edges": []},
        {"vertices": [{**SOURCE, "triggers": {"a": {"y": 1}}}, SINK], "edges": []},
        {"vertices": [{**SOURCE, "type": "other", "limit": None}], "edges": []},
    ]
)
DESIRED = st.builds(
    DesiredPipeline,
    name=st.just("web"),
    state=st.sampled_from(["present", "started", "stopped", "absent"]),
    job_graph=st.none() | GRAPHS,
    team_ids=st.none() | st.lists(st.sampled_from(["t1", "t2"]), unique=True),
    tags=st.none() | st.dictionaries(st.sampled_from(["env", "of"]), st.sampled_from(["prod", "test"])),
    recreate=st.booleans(),
)
JOBS = st.none() | st.builds(
    job,
    jobGraph=GRAPHS,
    state=st.sampled_from(["RUNNING", "STOPPED", "FAILED", "STARTING"]),
    desiredState=st.sampled_from(["RUNNING", "STOPPED"]),
    teamIds=st.lists(st.sampled_from(["t1", "t2"]), unique=True),
)


@given(JOBS, DESIRED)
def test_second_run_changes_nothing(current: Job | None, desired: DesiredPipeline) -> None:
    try:
        planned = plan_pipeline(current, desired)
    except OptionError:
        return
    again = plan_pipeline(copy.deepcopy(planned.after), desired)
    assert again.steps == ()
    assert again.as_diff()["before"] == again.as_diff()["after"] == planned.as_diff()["after"]


@given(JOBS, DESIRED)
def test_plan_does_not_modify_its_arguments(current: Job | None, desired: DesiredPipeline) -> None:
    before = copy.deepcopy((current, desired))
    try:
        planned = plan_pipeline(current, desired)
    except OptionError:
        return
    assert (current, desired) == before
    assert planned.changed == (planned.as_diff()["before"] != planned.as_diff()["after"])


def test_desired_states_are_validated_without_requests() -> None:
    problems = validate_pipelines(
        [
            option(name="web", job_graph=GRAPH),
            option(name="Web", tags={"a": None, "b": [1], "c": 5}),
            option(name="web", job_graph={"vertices": []}),
            option(name="gone", state="absent", job_graph="whatever it was"),
        ],
        LOCAL,
        {"of": {}, "managed": True},
    )
    assert problems == [
        "jobs[1].tags.a must be a string",
        "jobs[1].tags.b must be a string",
        "jobs[1].tags.c must be a string, and 5 is a number: quote it ('05' if it is written with a leading zero, "
        "which YAML takes for octal), or use `| string`",
        "jobs[2].job_graph.vertices is empty",
        "jobs[2].name web is also the name of jobs[0]",
        "purge.of must be a string",
        "purge.managed must be a string, and true is a boolean: quote it as it is written, or use `| string`",
    ]
    assert validate_pipeline(option(name="web", job_graph=GRAPH), LOCAL) == []
    assert validate_pipeline(option(name="web", job_graph={"vertices": []}), NONE) == []
    assert validate_pipeline(option(name="web", job_graph={"vertices": {}, "edges": 7}), NONE) == [
        "job_graph.vertices and job_graph.edges must be lists"
    ]
    seconds = (0, 600, float("inf"), -1, float("nan"))
    valid = [validate_wait_timeout(value, may_be_zero=True) == [] for value in seconds]
    assert valid == [True, True, True, False, False]


def test_only_new_pipelines_need_a_name_that_matches() -> None:
    desired = DesiredPipeline("Demo Job", job_graph=GRAPH)
    there = job(name="Demo Job")
    assert validate_plan(plan_pipeline(None, desired)) == [
        "name must match [a-z0-9_], 1 to 128 characters, and 'Demo Job' does not"
    ]
    assert validate_plan(plan_pipeline(there, DesiredPipeline("Demo Job", job_graph=LONG))) == []
    assert validate_plan(plan_pipeline(there, DesiredPipeline("Demo Job", "stopped"))) == []
    assert validate_plan(plan_pipeline(there, DesiredPipeline("Demo Job", "absent"))) == []
    again = DesiredPipeline("Demo Job", tags={"env": "dev"}, recreate=True)
    assert len(validate_plan(plan_pipeline(there, again))) == 1


def test_wish_says_what_the_options_say() -> None:
    graph = {"vertices": [{**SINK, "datasetId": "0kabdv8yo9q99"}], "edges": []}
    desired = build_desired(
        option(name="web", job_graph=graph, team_ids=["0team00000001"] * 2, tags={"n": "5"}),
        NO_REFERENCES,
        [job(teamIds=["0team00000001"])],
    )
    assert (desired.job_graph, desired.team_ids, desired.tags) == (graph, ["0team00000001"], {"n": "5"})
    assert build_desired(option(name="web", state="absent", team_ids=["nobody"]), NO_REFERENCES) == DesiredPipeline(
        "web", "absent"
    )
    assert build_desired(option(name="web"), NO_REFERENCES) == DesiredPipeline("web")


def planned_all(
    desired: list[dict[str, Any]], jobs: list[Job], purge: dict[str, Any] | None = None
) -> list[PipelineChange]:
    return plan_pipelines(desired, jobs, purge, NO_REFERENCES)


def test_pipelines_are_planned_independently() -> None:
    jobs = [job(), job(id="x", name="twin"), job(id="y", name="twin"), job(id="z", name="other")]
    found = planned_all(
        [option(name="web"), option(name="twin"), option(name="new"), option(name="off", state="absent")], jobs
    )
    assert [one.name for one in found] == ["web", "twin", "new", "off"]
    assert [one.error is None for one in found] == [True, False, False, True]
    assert [one.is_changed for one in found] == [False] * 4


@pytest.mark.parametrize(
    ("purge", "names"),
    [
        (None, []),
        ({}, []),
        ({"of": "many"}, ["double", "old", "stale"]),
        ({"of": "many", "env": "prod"}, ["old"]),
        ({"of": ""}, []),
        ({"nobody": ""}, []),
        ({"number": 5}, ["counted"]),
    ],
)
def test_purge_requires_all_tags_and_skips_desired_pipelines(purge: dict[str, Any] | None, names: list[str]) -> None:
    many = {"of": "many"}
    jobs = [
        job(tags={**many}),
        job(id="1", name="old", tags={**many, "env": "prod"}),
        job(id="2", name="stale", tags=many, state="FAILED"),
        job(id="3", name="gone", tags=many, state="DELETED"),
        job(id="4", name="others", tags={"of": "few"}),
        job(id="5", name="bare", tags=None),
        job(id="6", name="counted", tags={"number": "5"}),
        job(id="7", name="double", tags=many),
        job(id="8", name="double", tags=many),
        # Has the name of a pipeline to be deleted, but not its tags.
        job(id="9", name="stale", tags={}, state="FAILED"),
    ]
    found = planned_all([option(name="web", job_graph=GRAPH)], jobs, purge)
    assert [one.name for one in found[1:]] == names
    steps = [step for one in found[1:] if one.plan for step in one.plan.steps]
    assert all(isinstance(step, Delete) for step in steps)
    assert Delete("9") not in steps


def test_result_contains_each_item_and_totals() -> None:
    changed, same = (
        PipelineChange("a", plan_pipeline(None, DesiredPipeline("a", job_graph=GRAPH))),
        PipelineChange("b", plan_pipeline(job(), DesiredPipeline("web"))),
    )
    failed = PipelineChange("c", error=HTTPStatusError("It was refused.", status=400, url="http://x", method="PUT"))
    assert combine_diffs([changed, same, failed]) == {
        "before": {},
        "after": {"a": changed.plan and changed.plan.as_diff()["after"]},
    }
    assert "diff" in changed.as_result(True)
    assert "diff" not in changed.as_result(False)
    assert same.as_result(True)["changed"] is False
    assert failed.as_result(True) == {
        "name": "c", "changed": False, "action": "none", "changes": [], "differences": [], "job": None,
        "failed": True, "msg": "It was refused.", "status": 400, "url": "http://x", "method": "PUT",
        "edited_by": None, "edited_at": None,
    }  # fmt: skip
    deleted = PipelineChange("d", plan_pipeline(job(editedBy="Ann", updatedAt="now"), DesiredPipeline("d", "absent")))
    assert [deleted.as_result(False)[key] for key in ("action", "edited_by", "edited_at")] == ["delete", "Ann", "now"]
    raise_on_failure([changed, same], [])
    with pytest.raises(Exception, match=r"1 of 3 pipelines failed\. c: It was refused\.") as raised:
        raise_on_failure([changed, same, failed], [{"name": "a"}])
    assert raised.value.as_result()["jobs"] == [{"name": "a"}]  # type: ignore[attr-defined]
    assert raised.value.as_result()["changed"] is True  # type: ignore[attr-defined]


def test_ambiguous_request_failures_are_classified() -> None:
    assert _is_outcome_unknown(RequestError("no answer"))
    assert _is_outcome_unknown(HTTPStatusError("gateway", status=504))
    assert not _is_outcome_unknown(HTTPStatusError("conflict", status=409))


def test_write_verification() -> None:
    body = {"desiredState": "RUNNING", "jobGraph": GRAPH, "teamIds": ["t1", "t2"]}
    assert _is_as_written(job(), body)
    assert not _is_as_written(job(desiredState="STOPPED"), body)
    assert not _is_as_written(job(jobGraph=LONG), body)
    assert not _is_as_written(job(teamIds=None), body)
    assert _list_changed_vertices(job(), job(jobGraph=LONG)) == "parser"
    assert build_job_path("a/b") == "/v1/jobs/a%2Fb"


def test_plan_without_steps_is_no_change() -> None:
    assert PipelinePlan(DesiredPipeline("web"), None, None).changed is False
