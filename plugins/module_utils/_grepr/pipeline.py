# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""One pipeline: its options, its desired state and the plan that leads there."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from .._changes import Change, list_changes
from .._errors import OptionError, raise_on_errors
from .._texts import require_string
from .graph import NAME, NAME_RULE, JobGraph, list_suspicions, validate_graph, validate_shape
from .names import collect_missing
from .resources import MISSING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from .._context import Context
    from .names import NameResolver

RUNNING = "RUNNING"
STOPPED = "STOPPED"
FAILED = "FAILED"
# Seen in Grepr's own client: states in which a job no longer changes and its name is free. FAILED is not final.
TERMINAL_STATES = frozenset({"FINISHED", "CANCELLED", "DELETED"})
DELETING_STATES = frozenset({"DELETING"})
STABLE_STATES = frozenset({RUNNING, STOPPED})

_WISHED_STATES = {"started": RUNNING, "stopped": STOPPED}


class MissingGraphError(OptionError):
    """A pipeline does not exist and cannot be created without a graph. Its name may be misspelled."""


@dataclass(frozen=True)
class DesiredPipeline:
    """A pipeline as a user describes it. None leaves a setting unchanged; names are resolved to ids."""

    name: str
    state: str = "present"
    job_graph: dict[str, Any] | None = None
    team_ids: list[str] | None = None
    tags: dict[str, str] | None = None
    rollback: bool = True
    recreate: bool = False

    @property
    def desired_state(self) -> str | None:
        return _WISHED_STATES.get(self.state)


@dataclass(frozen=True)
class Create:
    """``POST /v1/jobs/async`` (documented): the new pipeline always starts."""

    body: dict[str, Any]


@dataclass(frozen=True)
class Update:
    """``PUT /v1/jobs/{id}`` (documented): the body replaces all that exists, except ``fromVersion``."""

    desired_state: str
    job_graph: dict[str, Any] | None
    team_ids: list[str] | None
    rollback: bool


@dataclass(frozen=True)
class Delete:
    """``DELETE /v1/jobs/{id}`` (documented)."""

    job_id: str


@dataclass(frozen=True)
class PipelinePlan:
    """The current and the desired pipeline, and the steps between them; no steps if nothing has to change."""

    desired: DesiredPipeline
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    steps: tuple[Create | Update | Delete, ...] = ()

    @property
    def changed(self) -> bool:
        return bool(self.steps)

    @property
    def action(self) -> str:
        """Return in one word what is done to the pipeline as a whole."""
        if not self.steps:
            return "none"
        if isinstance(self.steps[0], Delete):
            return "recreate" if self.after else "delete"
        return "create" if isinstance(self.steps[0], Create) else "update"

    def list_changes(self) -> list[Change]:
        """Return the differences of a pipeline that exists before and after."""
        if not (self.steps and self.before and self.after):
            return []
        diff = self.as_diff()
        return list_changes(diff["before"], diff["after"])

    def as_diff(self) -> dict[str, Any]:
        """Return vertices, edges and settings, without what the server added."""
        return {
            "before": _build_diff_view(self.before, self.desired),
            "after": _build_diff_view(self.after, self.desired),
        }


def is_live(job: dict[str, Any]) -> bool:
    """Return whether a job can be changed or deleted."""
    return job.get("state") not in TERMINAL_STATES | DELETING_STATES


def select_by_name(jobs: Iterable[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return one job of each name, sorted by name: a live one before an ended one, an active one before a failed one,
    then the newest.
    """
    return {str(job["name"]): job for job in sorted(jobs, key=_precedence)}


def _precedence(job: dict[str, Any]) -> tuple[str, bool, bool, str]:
    return str(job["name"]), is_live(job), job.get("state") != FAILED, str(job.get("updatedAt"))


def select_current(jobs: Iterable[dict[str, Any]], name: str) -> dict[str, Any] | None:
    """Return the pipeline of a name among the latest versions of jobs: the active one, else the newest that failed.

    :raises OptionError: if several are active, which Grepr's own rules exclude.
    """
    named = [job for job in jobs if job.get("name") == name and is_live(job)]
    active = [job for job in named if job.get("state") != FAILED]
    if len(active) > 1:
        ids = ", ".join(sorted(str(job.get("id")) for job in active))
        raise OptionError(
            f"There are {len(active)} active pipelines with the name {name}: {ids}.", hint="Remove all but one."
        )
    return select_by_name(named).get(name)


def plan_by_name(jobs: Iterable[dict[str, Any]], desired: DesiredPipeline) -> PipelinePlan:
    """Plan one desired pipeline, given the latest versions of all jobs. Failed ones of its name are deleted with it.

    :raises OptionError: if something cannot be changed or is missing.
    """
    named = [job for job in jobs if job.get("name") == desired.name]
    planned = plan_pipeline(select_current(named, desired.name), desired)
    if desired.state != "absent" or planned.before is None:
        return planned
    failed = sorted(str(job["id"]) for job in named if job.get("state") == FAILED and job is not planned.before)
    return replace(planned, steps=(*planned.steps, *map(Delete, failed)))


def plan_pipeline(current: dict[str, Any] | None, desired: DesiredPipeline) -> PipelinePlan:
    """Plan the steps from the current to the desired pipeline.

    :raises OptionError: if something cannot be changed or is missing.
    """
    if desired.state == "absent":
        return PipelinePlan(desired, current, None, () if current is None else (Delete(str(current["id"])),))
    if current is None:
        return _plan_creation(desired, None)
    there = current.get("tags") or {}
    if any(there.get(key) != value for key, value in (desired.tags or {}).items()):
        if not desired.recreate:
            raise _build_immutable_error(current, desired.tags or {})
        planned = _plan_creation(_complete(desired, current), current)
        # Differences and warnings are about the graph that the user gives.
        return replace(planned, desired=replace(planned.desired, job_graph=desired.job_graph))
    return _update(desired, current)


def _plan_creation(desired: DesiredPipeline, current: dict[str, Any] | None) -> PipelinePlan:
    if desired.job_graph is None:
        raise MissingGraphError(f"The pipeline {desired.name} does not exist, and creating it requires job_graph.")
    body: dict[str, Any] = {
        "name": desired.name,
        "execution": "ASYNCHRONOUS",
        "processing": "STREAMING",
        "jobGraph": desired.job_graph,
        "tags": desired.tags or {},
        "teamIds": desired.team_ids or [],
    }
    state = desired.desired_state or RUNNING
    steps: list[Create | Update | Delete] = [] if current is None else [Delete(str(current["id"]))]
    steps.append(Create(body))
    if state == STOPPED:
        steps.append(Update(STOPPED, None, None, desired.rollback))
    return PipelinePlan(desired, current, {**body, "state": state, "desiredState": state}, tuple(steps))


def _update(desired: DesiredPipeline, current: dict[str, Any]) -> PipelinePlan:
    there = JobGraph.from_job(current)
    graph_is_new = desired.job_graph is not None and not there.is_satisfied_by(
        JobGraph.from_document(desired.job_graph)
    )
    teams_are_new = desired.team_ids is not None and sorted(desired.team_ids) != sorted(current.get("teamIds") or [])
    was = _get_desired_state(current)
    state = desired.desired_state or was
    # A desired start means that the pipeline runs, and a failed one does not run, whatever its desired state is.
    state_is_new = desired.desired_state is not None and (state != was or current.get("state") == FAILED)
    if not (graph_is_new or teams_are_new or state_is_new):
        return PipelinePlan(desired, current, current)
    graph = there.to_document(desired.job_graph) if graph_is_new and desired.job_graph is not None else None
    teams = desired.team_ids if teams_are_new else None
    after = {
        **current,
        "jobGraph": graph or current.get("jobGraph"),
        "teamIds": current.get("teamIds") if teams is None else teams,
        "state": state,
        "desiredState": state,
    }
    return PipelinePlan(desired, current, after, (Update(state, graph, teams, desired.rollback),))


def _complete(desired: DesiredPipeline, current: dict[str, Any]) -> DesiredPipeline:
    """Complete a desired pipeline that replaces another one: unset values are copied, except its tags."""
    state = {RUNNING: "started", STOPPED: "stopped"}[_get_desired_state(current)]
    graph = desired.job_graph and JobGraph.from_job(current).to_document(desired.job_graph)
    return replace(
        desired,
        state=desired.state if desired.desired_state else state,
        job_graph=graph or current.get("jobGraph"),
        team_ids=current.get("teamIds") if desired.team_ids is None else desired.team_ids,
    )


def _build_immutable_error(current: dict[str, Any], tags: Mapping[str, str]) -> OptionError:
    there = current.get("tags") or {}
    changes = ", ".join(f"{key}: {there.get(key)} -> {value}" for key, value in tags.items() if there.get(key) != value)
    return OptionError(
        f"The tags of the pipeline {current.get('name')} cannot be changed after the creation ({changes}).",
        hint="Leave them as they are, or set recreate=true to delete it and create it again.",
    )


def _get_desired_state(job: dict[str, Any]) -> str:
    return STOPPED if job.get("desiredState") == STOPPED else RUNNING


def _build_diff_view(job: dict[str, Any] | None, desired: DesiredPipeline) -> dict[str, Any]:
    if job is None:
        return {}
    graph = JobGraph.from_job(job)
    tags = job.get("tags") or {}
    return {
        "name": desired.name,
        "state": FAILED if job.get("state") == FAILED else _get_desired_state(job),
        "teams": sorted(job.get("teamIds") or []),
        "tags": {key: tags[key] for key in sorted(desired.tags or {}) if key in tags},
        **(graph if desired.job_graph is None else graph.project(JobGraph.from_document(desired.job_graph))).as_diff(),
    }


# The options that describe one pipeline, for a single pipeline and for a list of pipelines.
PIPELINE_OPTIONS: dict[str, dict[str, Any]] = {
    "name": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["present", "started", "stopped", "absent"], "default": "present"},
    "job_graph": {"type": "dict"},
    "team_ids": {"type": "list", "elements": "str"},
    "tags": {"type": "dict"},
    "rollback": {"type": "bool", "default": True},
    "recreate": {"type": "bool", "default": False},
}

# What is validated before a graph is written: nothing, what can be known without a request, or also what Grepr says.
NONE, LOCAL, REMOTE = "none", "local", "remote"
VALIDATE_OPTION: dict[str, dict[str, Any]] = {
    "validate": {"type": "str", "choices": [NONE, LOCAL, REMOTE], "default": LOCAL}
}
_MAX_WARNINGS = 20


def validate_pipeline(params: dict[str, Any], validate: str, path: str = "") -> list[str]:
    """Return the errors of a pipeline that can be found without a request, each with its place."""
    problems = []
    if params["job_graph"] is not None and params["state"] != "absent":
        find_problems = validate_shape if validate == NONE else validate_graph
        problems += find_problems(params["job_graph"], f"{path}job_graph")
    return [*problems, *validate_tags(params["tags"], f"{path}tags")]


def get_planned_graph(plan: PipelinePlan) -> dict[str, Any] | None:
    """Return the graph that a plan sends to Grepr, if it sends one that may be new to Grepr."""
    for step in plan.steps:
        if isinstance(step, Create):
            graph: dict[str, Any] = step.body["jobGraph"]
            return graph
        if isinstance(step, Update) and step.job_graph is not None:
            return step.job_graph
    return None


def list_missing(names: NameResolver, plan: PipelinePlan, path: str = "") -> list[str]:
    """Return each id in the graph of a plan that is sent to Grepr and does not exist, with its place."""
    return names.list_missing(get_planned_graph(plan), f"{path}job_graph")


def validate_plan(plan: PipelinePlan, path: str = "") -> list[str]:
    """Return the errors of a plan: Grepr requires a pattern for the names of new pipelines."""
    is_new = any(isinstance(step, Create) for step in plan.steps)
    if not is_new or re.fullmatch(NAME, plan.desired.name):
        return []
    return [f"{path}name {NAME_RULE}, and {plan.desired.name!r} does not"]


def list_warnings(plan: PipelinePlan, path: str = "") -> list[str]:
    """Return what in the graph of a plan contradicts Grepr's documents, if the plan sends it."""
    graph = plan.desired.job_graph
    return [] if graph is None or get_planned_graph(plan) is None else list_suspicions(graph, f"{path}job_graph")


def show_warnings(context: Context, warnings: Sequence[str]) -> None:
    for warning in warnings[:_MAX_WARNINGS]:
        context.warn(f"{warning}.")
    if len(warnings) > _MAX_WARNINGS:
        context.warn(f"There are {len(warnings) - _MAX_WARNINGS} more warnings about job graphs.")


def validate_tags(tags: dict[str, Any] | None, path: str) -> Iterator[str]:
    """Check that tags are strings: the original spelling of a number or a boolean is unknown."""
    for key, value in (tags or {}).items():
        try:
            require_string(value)
        except ValueError as error:
            yield f"{path}.{key} {error}"


def build_desired(
    params: dict[str, Any], names: NameResolver, jobs: Iterable[dict[str, Any]] = (), path: str = ""
) -> DesiredPipeline:
    """Build the desired pipeline from the options, with names resolved to ids.

    :param jobs: the latest versions of all jobs of the name, or of all jobs.
    """
    if params["state"] == "absent":
        return DesiredPipeline(params["name"], "absent")
    graph = params["job_graph"]
    problems: list[str] = []
    current = select_current(jobs, params["name"])
    current_graph = None if current is None or graph is None else JobGraph.from_job(current)
    if graph is not None:
        graph = collect_missing(partial(names.resolve_graph, graph, current_graph, f"{path}job_graph"), problems)
    team_ids = collect_missing(partial(names.teams, params["team_ids"], current, f"{path}team_ids"), problems)
    if problems and graph and not (current_graph and current_graph.is_satisfied_by(JobGraph.from_document(graph))):
        # The graph would be sent as well.
        problems = list(dict.fromkeys([*names.list_missing(graph, f"{path}job_graph"), *problems]))
    raise_on_errors(problems, MISSING)
    return DesiredPipeline(
        name=params["name"],
        state=params["state"],
        job_graph=graph,
        team_ids=team_ids,
        tags=params["tags"],
        rollback=params["rollback"],
        recreate=params["recreate"],
    )
