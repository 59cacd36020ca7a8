# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of a job: creation, change, rollback, end. A job stays in each state on its way for a while."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from . import grepr_graph
from .grepr_http import ApiError
from .job_book import FailRule, Meddling, Step
from .records import ENDED_STATES, Record
from .shapes import now

if TYPE_CHECKING:
    from .state import State

STABLE = frozenset({"RUNNING", "STOPPED"}) | ENDED_STATES
_HEALTH = {"RUNNING": "HEALTHY", "FAILED": "UNHEALTHY", "STOPPED": "UNKNOWN"}


def status(state: str, *, message: str = "", rolled_back: bool = False) -> dict[str, Any]:
    """The ``pipelineStatus`` that goes with a state."""
    return {"health": _HEALTH.get(state, "STABILIZING"), "message": message, "isRolledBack": rolled_back}


class Lifecycle:
    """Moves the jobs of one state."""

    def __init__(self, state: State) -> None:
        self._state = state

    def advance(self) -> None:
        """Let the clock move the jobs, if it may."""
        settings = self._state.settings.grepr
        if settings.transit == "clock":
            self._state.jobs.advance(settings.transit_time)

    def create(self, given: dict[str, Any], editor: str, *, wait: bool = False) -> Record:
        """A new job on its way to RUNNING; ``wait``: for others, at first."""
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
                "jobGraph": self._kept(given["jobGraph"]),
                "tags": tags,
                "teamIds": given.get("teamIds") or [],
                "createdAt": moment,
                "updatedAt": moment,
                "editedBy": editor,
                "greprVersion": "1.0.0",
                "pipelineStatus": status("PENDING"),
            }
        )
        self._state.jobs.add(record)
        self._state.jobs.travel(record, ([self._to(record, "WAITING")] if wait else []) + self._rise(record))
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
        changed = not grepr_graph.same(record.fields["jobGraph"], given["jobGraph"])
        if not changed and not settings.bump_on_state_change:
            moving = record.fields["state"] != given["desiredState"]
            jobs.change(record, **changes)
            if moving:
                self._depart(record, None)
            return record
        target = self._next(record, changes | {"jobGraph": self._kept(given["jobGraph"])})
        self._depart(target, record, rollback=rollback)
        return target

    def delete(self, record: Record, editor: str) -> None:
        """Send a job to its end."""
        jobs = self._state.jobs
        for other in jobs.versions(record.fields["id"]):
            if other is not record and other.fields["state"] not in ENDED_STATES:
                self._finish(other)
        jobs.change(
            record,
            state="DELETING",
            desiredState="DELETED",
            editedBy=editor,
            updatedAt=now(),
            pipelineStatus=status("DELETING"),
        )
        jobs.travel(record, [lambda: self._gone(record)])

    def _gone(self, record: Record) -> None:
        if self._state.settings.grepr.deleted_job == "404":
            self._state.jobs.forget(record.fields["id"])
        else:
            self._to(record, "DELETED")()

    def _kept(self, graph: dict[str, Any]) -> dict[str, Any]:
        return grepr_graph.completed(graph) if self._state.settings.grepr.server_defaults else graph

    def _teams(self, record: Record, given: dict[str, Any]) -> list[str]:
        teams: list[str] | None = given.get("teamIds")
        if teams is None:
            return record.fields["teamIds"] if self._state.settings.grepr.omitted_teams == "keep" else []
        return teams

    def _next(self, record: Record, changes: dict[str, Any]) -> Record:
        fresh = {"version": record.fields["version"] + 1, "state": "PENDING", "pipelineStatus": status("PENDING")}
        fields = record.fields | fresh | changes
        for name in ("startedAt", "endedAt"):
            fields.pop(name, None)
        target = Record.of(fields)
        self._state.jobs.add(target)
        return target

    def _depart(self, record: Record, before: Record | None, *, rollback: bool = False) -> None:
        """Send a job to where it should be. The version before, if any, ends with the first step."""
        jobs = self._state.jobs
        back = None
        ending: list[Step] = []
        if before is not None:
            alive = before.fields["state"] not in ENDED_STATES
            back = (before, before.fields["desiredState"] if alive else "RUNNING")
            if alive:
                jobs.change(before, state="STOPPING", desiredState="FINISHED", pipelineStatus=status("STOPPING"))
                ending = [partial(self._finish, before)]
        if record.fields["desiredState"] == "STOPPED":
            self._to(record, "STOPPING")()
            way = [self._to(record, "STOPPED")]
        else:
            way = self._rise(record, back if rollback else None)
        if before is None and len(way) > 1:
            # The same version starts again: it is on its way at once.
            way.pop(0)()
        jobs.travel(record, [_chain(*ending, way[0]), *way[1:]])

    def meddle(self, record: Record, plan: Meddling) -> Record:
        """Make a version in somebody else's name, settled at once."""
        fresh = {"version": record.fields["version"] + 1, "editedBy": plan.edited_by, "updatedAt": now()}
        target = Record.of(record.fields | fresh | plan.changes)
        self._finish(record)
        self._state.jobs.add(target)
        return target

    def _rise(self, record: Record, back: tuple[Record, str] | None = None, *, may_fail: bool = True) -> list[Step]:
        """The steps from PENDING to RUNNING, and on to the end for a batch; ``back`` is what a failure returns to."""
        rule = self._state.jobs.failure(record.fields["name"]) if may_fail else None
        starting = self._to(record, "STARTING")
        if rule is not None:
            return self._fall(record, rule, starting, back)
        ahead = [starting, self._to(record, "RUNNING")]
        return [*ahead, self._to(record, "FINISHED")] if record.fields["processing"] == "BATCH" else ahead

    def _fall(self, record: Record, rule: FailRule, starting: Step, back: tuple[Record, str] | None) -> list[Step]:
        def fail() -> None:
            reason = {"exception": rule.exception, "message": rule.message}
            self._to(record, "FAILED")()
            self._state.jobs.change(record, pipelineStatus=status("FAILED", message=rule.message) | {"error": reason})

        if back is None:
            return [starting, fail]
        before, desired = back
        if self._state.settings.grepr.rollback_gap:
            return [starting, fail, lambda: self._roll_back(record, before, desired)]
        return [starting, _chain(fail, lambda: self._roll_back(record, before, desired))]

    def _roll_back(self, failed: Record, before: Record, desired: str) -> None:
        """A new version out of the one before the failed one."""
        message = f"Version {failed.fields['version']} failed; this is version {before.fields['version']} again"
        changes = {
            "jobGraph": before.fields["jobGraph"],
            "teamIds": before.fields["teamIds"],
            "desiredState": desired,
            "editedBy": "system",
            "updatedAt": now(),
            "pipelineStatus": status("PENDING", message=message, rolled_back=True),
        }
        target = self._next(failed, changes)
        if desired == "STOPPED":
            self._state.jobs.travel(target, [self._to(target, "STOPPED")])
        else:
            self._state.jobs.travel(target, self._rise(target, may_fail=False))

    def _finish(self, record: Record) -> None:
        self._state.jobs.change(record, desiredState="FINISHED")
        self._to(record, "FINISHED")()

    def _to(self, record: Record, state: str) -> Step:
        """The step into a state."""

        def step() -> None:
            moment = now()
            old = record.fields.get("pipelineStatus", {})
            told = status(state, rolled_back=old.get("isRolledBack", False))
            if told["isRolledBack"]:
                told["message"] = old.get("message", "")
            changes: dict[str, Any] = {"state": state, "updatedAt": moment, "pipelineStatus": told}
            if state == "RUNNING":
                changes |= {"startedAt": moment, "endedAt": None}
            if state in ENDED_STATES:
                changes["endedAt"] = moment
            self._state.jobs.change(record, **changes)

        return step


def _chain(*steps: Step) -> Step:
    """Several steps as one."""

    def step() -> None:
        for one in steps:
            one()

    return step


def updatable(record: Record, version: object, *, moving: bool) -> None:
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
