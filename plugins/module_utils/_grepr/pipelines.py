# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ansible_collections.greyops.rest.plugins.module_utils._errors import OptionError
from ansible_collections.greyops.rest.plugins.module_utils._grepr.graph import JobGraph

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

RUNNING = "RUNNING"
STOPPED = "STOPPED"
FAILED = "FAILED"
# Seen in Grepr's own client: what does not change any more, and frees its name. One that FAILED can still be mended.
OVER = frozenset({"FINISHED", "CANCELLED", "DELETED"})
GOING = frozenset({"DELETING"})
STABLE = frozenset({RUNNING, STOPPED})

_WISHED_STATES = {"started": RUNNING, "stopped": STOPPED}


@dataclass(frozen=True)
class Wish:
    """A pipeline as a user describes it. What is None is left as it is; ids stand where there were names."""

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
    """``PUT /v1/jobs/{id}`` (documented): all of the body replaces what is there, ``fromVersion`` excepted."""

    desired_state: str
    job_graph: dict[str, Any] | None
    team_ids: list[str] | None
    rollback: bool


@dataclass(frozen=True)
class Delete:
    """``DELETE /v1/jobs/{id}`` (documented)."""

    job_id: str


@dataclass(frozen=True)
class Plan:
    """What is there, what will be there, and the way between them; no steps where nothing has to change."""

    wish: Wish
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    steps: tuple[Create | Update | Delete, ...] = ()

    @property
    def changed(self) -> bool:
        return bool(self.steps)

    @property
    def action(self) -> str:
        """What is done to the pipeline as a whole, in one word."""
        if not self.steps:
            return "none"
        if isinstance(self.steps[0], Delete):
            return "recreate" if self.after else "delete"
        return "create" if isinstance(self.steps[0], Create) else "update"

    def changes(self) -> list[str]:
        """What differs, one line each: for people, and for tables."""
        if not self.steps:
            return []
        diff = self.as_diff()
        before, after = diff["before"], diff["after"]
        if not before or not after:
            return []
        changes = [
            f"{key}: {_told(before[key])} -> {_told(after[key])}"
            for key in ("state", "teams", "tags")
            if before[key] != after[key]
        ]
        changes += _entries("vertex", before["vertices"], after["vertices"])
        return changes + _entries("edge", dict.fromkeys(before["edges"]), dict.fromkeys(after["edges"]))

    def as_diff(self) -> dict[str, Any]:
        """Vertices, edges and settings, without what the server added by itself."""
        return {"before": _seen(self.before, self.wish), "after": _seen(self.after, self.wish)}


def is_there(job: dict[str, Any]) -> bool:
    """Whether a job can be changed or deleted."""
    return job.get("state") not in OVER | GOING


def current_of(jobs: Iterable[dict[str, Any]], name: str) -> dict[str, Any] | None:
    """The pipeline of a name among the latest versions of jobs: the active one, else the newest that failed.

    :raises OptionError: several are active, which Grepr's own rules exclude.
    """
    named = [job for job in jobs if job.get("name") == name and is_there(job)]
    active = [job for job in named if job.get("state") != FAILED]
    if len(active) > 1:
        ids = ", ".join(sorted(str(job.get("id")) for job in active))
        raise OptionError(
            f"There are {len(active)} active pipelines of the name {name}: {ids}.", hint="Remove all but one."
        )
    return active[0] if active else max(named, key=lambda job: str(job.get("updatedAt")), default=None)


def plan_among(jobs: Iterable[dict[str, Any]], wish: Wish) -> Plan:
    """The plan for one wish with the latest versions of all jobs. With a pipeline its failed namesakes go as well.

    :raises OptionError: there is none, because something cannot be changed or is missing.
    """
    named = [job for job in jobs if job.get("name") == wish.name]
    planned = plan(current_of(named, wish.name), wish)
    if wish.state != "absent" or planned.before is None:
        return planned
    failed = sorted(str(job["id"]) for job in named if job.get("state") == FAILED and job is not planned.before)
    return replace(planned, steps=(*planned.steps, *map(Delete, failed)))


def plan(current: dict[str, Any] | None, wish: Wish) -> Plan:
    """The way from what is there to what is wished for.

    :raises OptionError: there is none, because something cannot be changed or is missing.
    """
    if wish.state == "absent":
        return Plan(wish, current, None, () if current is None else (Delete(str(current["id"])),))
    if current is None:
        return _creation(wish, None)
    there = current.get("tags") or {}
    if any(there.get(key) != value for key, value in (wish.tags or {}).items()):
        if not wish.recreate:
            raise _unchangeable(current, wish.tags or {})
        return _creation(_complete(wish, current), current)
    return _update(wish, current)


def _creation(wish: Wish, current: dict[str, Any] | None) -> Plan:
    if wish.job_graph is None:
        raise OptionError(f"There is no pipeline {wish.name}, and it cannot be made without job_graph.")
    body: dict[str, Any] = {
        "name": wish.name,
        "execution": "ASYNCHRONOUS",
        "processing": "STREAMING",
        "jobGraph": wish.job_graph,
        "tags": wish.tags or {},
        "teamIds": wish.team_ids or [],
    }
    state = wish.desired_state or RUNNING
    steps: list[Create | Update | Delete] = [] if current is None else [Delete(str(current["id"]))]
    steps.append(Create(body))
    if state == STOPPED:
        steps.append(Update(STOPPED, None, None, wish.rollback))
    return Plan(wish, current, {**body, "state": state, "desiredState": state}, tuple(steps))


def _update(wish: Wish, current: dict[str, Any]) -> Plan:
    there = JobGraph.of_job(current)
    graph_is_new = wish.job_graph is not None and not there.covers(JobGraph.of(wish.job_graph))
    teams_are_new = wish.team_ids is not None and sorted(wish.team_ids) != sorted(current.get("teamIds") or [])
    was = _desired_state(current)
    state = wish.desired_state or was
    # Who asks for a start means that it runs, and a failed one does not, whatever it was told.
    state_is_new = wish.desired_state is not None and (state != was or current.get("state") == FAILED)
    if not (graph_is_new or teams_are_new or state_is_new):
        return Plan(wish, current, current)
    graph = there.document_for(wish.job_graph) if graph_is_new and wish.job_graph is not None else None
    teams = wish.team_ids if teams_are_new else None
    after = {
        **current,
        "jobGraph": graph or current.get("jobGraph"),
        "teamIds": current.get("teamIds") if teams is None else teams,
        "state": state,
        "desiredState": state,
    }
    return Plan(wish, current, after, (Update(state, graph, teams, wish.rollback),))


def _complete(wish: Wish, current: dict[str, Any]) -> Wish:
    """The wish for a pipeline in the place of another one: what was not said is as it was there, but for its tags."""
    state = {RUNNING: "started", STOPPED: "stopped"}[_desired_state(current)]
    return replace(
        wish,
        state=wish.state if wish.desired_state else state,
        job_graph=wish.job_graph or current.get("jobGraph"),
        team_ids=current.get("teamIds") if wish.team_ids is None else wish.team_ids,
    )


def _unchangeable(current: dict[str, Any], tags: Mapping[str, str]) -> OptionError:
    there = current.get("tags") or {}
    changes = ", ".join(f"{key}: {there.get(key)} -> {value}" for key, value in tags.items() if there.get(key) != value)
    return OptionError(
        f"The tags of the pipeline {current.get('name')} cannot change after its creation ({changes}).",
        hint="Leave them as they are, or set recreate=true to delete it and make it anew.",
    )


def _desired_state(job: dict[str, Any]) -> str:
    return STOPPED if job.get("desiredState") == STOPPED else RUNNING


def _seen(job: dict[str, Any] | None, wish: Wish) -> dict[str, Any]:
    if job is None:
        return {}
    graph = JobGraph.of_job(job)
    tags = job.get("tags") or {}
    return {
        "name": wish.name,
        "state": FAILED if job.get("state") == FAILED else _desired_state(job),
        "teams": sorted(job.get("teamIds") or []),
        "tags": {key: tags[key] for key in sorted(wish.tags or {}) if key in tags},
        **(graph if wish.job_graph is None else graph.seen_from(JobGraph.of(wish.job_graph))).as_diff(),
    }


def _entries(kind: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    added = [f"{kind} {name}: added" for name in sorted(after.keys() - before.keys())]
    removed = [f"{kind} {name}: removed" for name in sorted(before.keys() - after.keys())]
    changed = [
        f"{kind} {name}: changed" for name in sorted(before.keys() & after.keys()) if before[name] != after[name]
    ]
    return [*removed, *changed, *added]


def _told(value: Any) -> str:
    if isinstance(value, dict):
        value = [f"{key}={item}" for key, item in value.items()]
    return ", ".join(map(str, value)) or "none" if isinstance(value, list) else str(value)
