# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lifecycle of a job: create, update, roll back, delete. It stays in each transitional state for a while."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from . import graph as job_graph
from .endpoints import ApiError
from .job_records import ENDED_STATES, Record
from .job_store import ConcurrentEdit, FailRule, Step
from .schemas import now

if TYPE_CHECKING:
    from ..core.state import State

STABLE = frozenset({"RUNNING", "STOPPED"}) | ENDED_STATES
_HEALTH = {"RUNNING": "HEALTHY", "FAILED": "UNHEALTHY", "STOPPED": "UNKNOWN"}


def build_pipeline_status(state: str, *, message: str = "", rolled_back: bool = False) -> dict[str, Any]:
    """The ``pipelineStatus`` that goes with a state."""
    return {"health": _HEALTH.get(state, "STABILIZING"), "message": message, "isRolledBack": rolled_back}


class Lifecycle:
    """Moves the jobs of one state."""

    def __init__(self, state: State) -> None:
        self._state = state

    def advance(self) -> None:
        """Apply the transitions that are due, unless steps are manual."""
        settings = self._state.settings.grepr
        if settings.transit == "clock":
            self._state.jobs.advance(settings.transit_time)

    def create(self, given: dict[str, Any], editor: str, *, wait: bool = False) -> Record:
        """Create a job that starts; with ``wait`` it waits for others first."""
        settings, moment = self._state.settings.grepr, now()
        tags = given.get("tags") or {}
        if settings.server_defaults:
            tags = {"createdByUser": editor, "createdUsing": "API", **tags}
        record = Record.of(
            {
                "id": self._state.new_id("job"),
                "name": given["name"],
                "version": 0,
                "organizationId": "acme",
                "execution": given["execution"],
                "processing": given["processing"],
                "state": "PENDING",
                "desiredState": "RUNNING",
                "jobGraph": self._to_stored(given["jobGraph"]),
                "tags": tags,
                "teamIds": given.get("teamIds") or [],
                "createdAt": moment,
                "updatedAt": moment,
                "editedBy": editor,
                "greprVersion": "1.0.0",
                "pipelineStatus": build_pipeline_status("PENDING"),
            }
        )
        self._state.jobs.add(record)
        self._state.jobs.start_transition(
            record, ([self._enter(record, "WAITING")] if wait else []) + self._plan_start(record)
        )
        return record

    def update(self, record: Record, given: dict[str, Any], editor: str, *, rollback: bool = False) -> Record:
        """Change a job; a new version when the graph changes, or always when a switch says so."""
        settings, jobs = self._state.settings.grepr, self._state.jobs
        changes = {
            "desiredState": given["desiredState"],
            "teamIds": self._teams(record, given),
            "editedBy": editor,
            "updatedAt": now(),
        }
        changed = not job_graph.is_same(record.fields["jobGraph"], given["jobGraph"])
        if not changed and not settings.bump_on_state_change:
            moving = record.fields["state"] != given["desiredState"]
            jobs.change(record, **changes)
            if moving:
                self._move_to_desired_state(record, None)
            return record
        target = self._add_version(record, changes | {"jobGraph": self._to_stored(given["jobGraph"])})
        self._move_to_desired_state(target, record, rollback=rollback)
        return target

    def delete(self, record: Record, editor: str) -> None:
        """Delete a job."""
        jobs = self._state.jobs
        for other in jobs.get_versions(record.fields["id"]):
            if other is not record and other.fields["state"] not in ENDED_STATES:
                self._finish(other)
        jobs.change(
            record,
            state="DELETING",
            desiredState="DELETED",
            editedBy=editor,
            updatedAt=now(),
            pipelineStatus=build_pipeline_status("DELETING"),
        )
        jobs.start_transition(record, [lambda: self._complete_delete(record)])

    def _complete_delete(self, record: Record) -> None:
        if self._state.settings.grepr.deleted_job == "404":
            self._state.jobs.remove(record.fields["id"])
        else:
            self._enter(record, "DELETED")()

    def _to_stored(self, graph: dict[str, Any]) -> dict[str, Any]:
        return job_graph.add_defaults(graph) if self._state.settings.grepr.server_defaults else graph

    def _teams(self, record: Record, given: dict[str, Any]) -> list[str]:
        teams: list[str] | None = given.get("teamIds")
        if teams is None:
            return record.fields["teamIds"] if self._state.settings.grepr.omitted_teams == "keep" else []
        return teams

    def _add_version(self, record: Record, changes: dict[str, Any]) -> Record:
        fresh = {
            "version": record.fields["version"] + 1,
            "state": "PENDING",
            "pipelineStatus": build_pipeline_status("PENDING"),
        }
        fields = record.fields | fresh | changes
        for name in ("startedAt", "endedAt"):
            fields.pop(name, None)
        target = Record.of(fields)
        self._state.jobs.add(target)
        return target

    def _move_to_desired_state(self, record: Record, before: Record | None, *, rollback: bool = False) -> None:
        """Start the transition to the desired state. The previous version, if any, finishes with the first step."""
        jobs = self._state.jobs
        back = None
        ending: list[Step] = []
        if before is not None:
            alive = before.fields["state"] not in ENDED_STATES
            back = (before, before.fields["desiredState"] if alive else "RUNNING")
            if alive:
                jobs.change(
                    before, state="STOPPING", desiredState="FINISHED", pipelineStatus=build_pipeline_status("STOPPING")
                )
                ending = [partial(self._finish, before)]
        if record.fields["desiredState"] == "STOPPED":
            self._enter(record, "STOPPING")()
            way = [self._enter(record, "STOPPED")]
        else:
            way = self._plan_start(record, back if rollback else None)
        if before is None and len(way) > 1:
            # The same version starts again: it is on its way at once.
            way.pop(0)()
        jobs.start_transition(record, [_combine(*ending, way[0]), *way[1:]])

    def edit_concurrently(self, record: Record, plan: ConcurrentEdit) -> Record:
        """Create a version as another user would, without a transition."""
        fresh = {"version": record.fields["version"] + 1, "editedBy": plan.edited_by, "updatedAt": now()}
        target = Record.of(record.fields | fresh | plan.changes)
        self._finish(record)
        self._state.jobs.add(target)
        return target

    def _plan_start(
        self, record: Record, back: tuple[Record, str] | None = None, *, may_fail: bool = True
    ) -> list[Step]:
        """The steps from PENDING to RUNNING, and on to the end for a batch; ``back`` is what a failure returns to."""
        rule = self._state.jobs.take_failure_rule(record.fields["name"]) if may_fail else None
        starting = self._enter(record, "STARTING")
        if rule is not None:
            return self._plan_failure(record, rule, starting, back)
        ahead = [starting, self._enter(record, "RUNNING")]
        return [*ahead, self._enter(record, "FINISHED")] if record.fields["processing"] == "BATCH" else ahead

    def _plan_failure(
        self, record: Record, rule: FailRule, starting: Step, back: tuple[Record, str] | None
    ) -> list[Step]:
        def fail() -> None:
            reason = {"exception": rule.exception, "message": rule.message}
            self._enter(record, "FAILED")()
            self._state.jobs.change(
                record, pipelineStatus=build_pipeline_status("FAILED", message=rule.message) | {"error": reason}
            )

        if back is None:
            return [starting, fail]
        before, desired = back
        if self._state.settings.grepr.rollback_gap:
            return [starting, fail, lambda: self._roll_back(record, before, desired)]
        return [starting, _combine(fail, lambda: self._roll_back(record, before, desired))]

    def _roll_back(self, failed: Record, before: Record, desired: str) -> None:
        """A new version out of the one before the failed one."""
        message = f"Version {failed.fields['version']} failed; this is version {before.fields['version']} again"
        changes = {
            "jobGraph": before.fields["jobGraph"],
            "teamIds": before.fields["teamIds"],
            "desiredState": desired,
            "editedBy": "system",
            "updatedAt": now(),
            "pipelineStatus": build_pipeline_status("PENDING", message=message, rolled_back=True),
        }
        target = self._add_version(failed, changes)
        if desired == "STOPPED":
            self._state.jobs.start_transition(target, [self._enter(target, "STOPPED")])
        else:
            self._state.jobs.start_transition(target, self._plan_start(target, may_fail=False))

    def _finish(self, record: Record) -> None:
        self._state.jobs.change(record, desiredState="FINISHED")
        self._enter(record, "FINISHED")()

    def _enter(self, record: Record, state: str) -> Step:
        """The step into a state."""

        def step() -> None:
            moment = now()
            old = record.fields.get("pipelineStatus", {})
            pipeline_status = build_pipeline_status(state, rolled_back=old.get("isRolledBack", False))
            if pipeline_status["isRolledBack"]:
                pipeline_status["message"] = old.get("message", "")
            changes: dict[str, Any] = {"state": state, "updatedAt": moment, "pipelineStatus": pipeline_status}
            if state == "RUNNING":
                changes |= {"startedAt": moment, "endedAt": None}
            if state in ENDED_STATES:
                changes["endedAt"] = moment
            self._state.jobs.change(record, **changes)

        return step


def _combine(*steps: Step) -> Step:
    """Several steps as one."""

    def step() -> None:
        for one in steps:
            one()

    return step


def check_updatable(record: Record, version: object, *, moving: bool) -> None:
    """Refuse an update that comes at the wrong moment, or with the wrong version."""
    fields = record.fields
    if fields["processing"] == "BATCH":
        raise ApiError(400, "Batch jobs cannot be updated")
    if fields["version"] != version:
        raise ApiError(409, f"Job {fields['id']} is at version {fields['version']}, not {version}")
    if moving or fields["state"] not in STABLE:
        raise ApiError(409, f"Job {fields['id']} is {fields['state']}; try again when it has settled")
    if fields["state"] in ENDED_STATES - {"FAILED"}:
        raise ApiError(409, f"Job {fields['id']} is {fields['state']} and cannot be updated")
