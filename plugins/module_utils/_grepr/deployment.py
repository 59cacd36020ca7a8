# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ansible_collections.greyops.rest.plugins.module_utils._errors import (
    ConflictError,
    ExchangeError,
    ResponseError,
    UnfinishedError,
)
from ansible_collections.greyops.rest.plugins.module_utils._grepr.graph import JobGraph
from ansible_collections.greyops.rest.plugins.module_utils._grepr.jobs import get_job, list_jobs
from ansible_collections.greyops.rest.plugins.module_utils._grepr.pipelines import (
    FAILED,
    OVER,
    STABLE,
    Create,
    Delete,
    Plan,
    Update,
    current_of,
)
from ansible_collections.greyops.rest.plugins.module_utils._http.query import query_pairs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ansible_collections.greyops.rest.plugins.module_utils._http.client import ApiClient

    Job = dict[str, Any]

PIPELINES = {"execution": "ASYNCHRONOUS", "processing": "STREAMING", "latest": True}
# Between two looks at a pipeline, in seconds: soon at first, then as often as Grepr's own client.
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 5.0
# A rollback begins by itself; where none is seen within this time there is none. Seconds.
_ROLLBACK_PATIENCE = 30.0


def find_pipelines(client: ApiClient, name: str | None = None) -> list[Job]:
    """The latest versions of all pipelines, or of those of one name."""
    return list_jobs(client, query_pairs({**PIPELINES, "name": name}))


class Deployment:
    """Carries out the plan for one pipeline: step by step, and until Grepr is done with it if that is wanted.

    ``timeout`` is in seconds and bounds all waiting, for other changes of the pipeline as well.
    """

    def __init__(self, client: ApiClient, progress: Callable[[str], None], wait: bool, timeout: float) -> None:
        self._client = client
        self._progress = progress
        self._wait = wait
        self._timeout = timeout
        self._started = time.monotonic()

    def carry_out(self, plan: Plan) -> Job | None:
        """The pipeline as it is afterwards; None once it is gone.

        :raises ConflictError: somebody else changed it meanwhile.
        :raises UnfinishedError: it did not come to the state that was asked for.
        """
        self._started = time.monotonic()
        job = plan.before
        for number, step in enumerate(plan.steps):
            is_last = number == len(plan.steps) - 1
            if isinstance(step, Create):
                job = self._create(step)
            elif isinstance(step, Delete):
                job = self._delete(step, plan.wish.name, self._wait or not is_last)
            elif job is not None:
                job = self._update(step, job)
        wanted = plan.after and plan.after.get("desiredState")
        if job is not None and wanted and self._wait and plan.wish.desired_state not in (None, job.get("state")):
            job = self._await_state(job, str(wanted), int(job.get("version", 0)), may_roll_back=False)
        return job

    def _create(self, step: Create) -> Job:
        name = step.body["name"]
        for pause in _pauses():
            try:
                answer = self._client.call("POST", "/v1/jobs/async", json=step.body)
                return self._after_creation(answer.json())
            except ResponseError as error:
                if error.status != 409:
                    raise
                found = current_of(find_pipelines(self._client, name), name)
                if found is not None:
                    raise ConflictError(
                        f"A pipeline {name} was made meanwhile{_by(found)}. Run the task again."
                    ) from None
                # One of that name is on its way out.
                self._rest(pause, name, "the name is still in use")
            except ExchangeError:
                # Nobody knows whether it was carried out; its name tells.
                found = current_of(find_pipelines(self._client, name), name)
                if found is None or not _graph(found).covers(JobGraph.of(step.body["jobGraph"])):
                    raise
                return self._after_creation(found)
        raise AssertionError("pauses do not end")

    def _after_creation(self, job: Any) -> Job:
        if not isinstance(job, dict) or "id" not in job:
            raise UnfinishedError("Grepr answered the creation of a pipeline without its id. Look for it by its name.")
        return self._await_state(job, "RUNNING", 0, may_roll_back=False) if self._wait else job

    def _update(self, step: Update, job: Job) -> Job:
        body = {
            "fromVersion": job.get("version"),
            "desiredState": step.desired_state,
            "jobGraph": job.get("jobGraph") if step.job_graph is None else step.job_graph,
            "teamIds": (job.get("teamIds") or []) if step.team_ids is None else step.team_ids,
        }
        query = query_pairs({"rollbackEnabled": step.rollback})
        for pause in _pauses():
            try:
                self._client.call("PUT", _path(job["id"]), query=query, json=body)
                break
            except ResponseError as error:
                if error.status != 409:
                    raise
                self._require_unchanged(job)
                self._rest(pause, str(job.get("name")), "another change is under way")
            except ExchangeError:
                now = get_job(self._client, job["id"], ())
                if now is None or now.get("version") == job.get("version"):
                    raise
                break
        version = int(job.get("version", 0)) + (step.job_graph is not None)
        if self._wait:
            return self._await_state(job, step.desired_state, version, may_roll_back=step.rollback)
        return get_job(self._client, job["id"], ()) or job

    def _require_unchanged(self, job: Job) -> None:
        now = get_job(self._client, job["id"], ())
        if now is None or now.get("version") == job.get("version"):
            return
        names = _changed_vertices(job, now)
        raise ConflictError(
            f"The pipeline {job.get('name')} was changed meanwhile{_by(now)}: version {job.get('version')} is now "
            f"{now.get('version')}, {f'with other vertices {names}' if names else 'with the same vertices'}. "
            "Look at that change, and run the task again."
        )

    def _delete(self, step: Delete, name: str, wait: bool) -> Job | None:
        self._client.call("DELETE", _path(step.job_id), expected=(200, 202, 204, 404), repeatable=True)
        for pause in _pauses() if wait else ():
            job = get_job(self._client, step.job_id, ())
            if job is None or job.get("state") in OVER:
                break
            self._rest(pause, name, str(job.get("state")))
        return None

    def _await_state(self, job: Job, wanted: str, version: int, may_roll_back: bool) -> Job:
        """Until a version, or a later one, is in the state that is wanted."""
        name, reason, patience = str(job.get("name")), "", 0.0
        for pause in _pauses():
            now = get_job(self._client, job["id"], ()) or {"state": "DELETED", "version": version}
            state, there = str(now.get("state")), int(now.get("version", 0))
            if state in STABLE and (
                (now.get("pipelineStatus") or {}).get("isRolledBack") or (reason and there > version)
            ):
                raise UnfinishedError(
                    f"The change of the pipeline {name} failed{reason or _reason(now)}. Grepr rolled it back: version "
                    f"{there} has the graph of before and is {state}. Mend job_graph and run the task again."
                )
            if not reason and there >= version and state == wanted:
                return now
            if not reason and there >= version and state in OVER | {FAILED}:
                reason = _reason(now) or " without a reason"
                patience = time.monotonic() + (_ROLLBACK_PATIENCE if may_roll_back else 0.0)
            if reason and time.monotonic() >= patience:
                raise UnfinishedError(
                    f"The pipeline {name} is {state} instead of {wanted}{reason}. Mend job_graph and run it again."
                )
            self._rest(pause, name, state)
        raise AssertionError("pauses do not end")

    def _rest(self, pause: float, name: str, state: str) -> None:
        waited = time.monotonic() - self._started
        if waited + pause > self._timeout:
            raise UnfinishedError(
                f"The pipeline {name} is not done after {waited:.0f} s: {state}. It goes on by itself; look at it "
                "later, or raise wait_timeout."
            )
        self._progress(f"pipeline {name}: {state}, {waited:.0f} s")
        time.sleep(pause)


def _pauses() -> Iterator[float]:
    pause = _FIRST_PAUSE
    while True:
        yield pause
        pause = min(pause * 1.5, _LONGEST_PAUSE)


def _path(job_id: str) -> str:
    return f"/v1/jobs/{quote(str(job_id), safe='')}"


def _graph(job: Job) -> JobGraph:
    return JobGraph.of(job.get("jobGraph") or {})


def _by(job: Job) -> str:
    return f" by {job['editedBy']}" if job.get("editedBy") else ""


def _reason(job: Job) -> str:
    """The server's own words for a failure (documented: ``pipelineStatus``)."""
    status = job.get("pipelineStatus") or {}
    error = status.get("error") or {}
    words = error.get("message") or status.get("message") or error.get("exception")
    return f" ({words})" if words else ""


def _changed_vertices(before: Job, after: Job) -> str:
    one, other = _graph(before).vertices, _graph(after).vertices
    return ", ".join(sorted(name for name in {*one, *other} if one.get(name) != other.get(name)))
