# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from ansible_collections.greyops.rest.plugins.module_utils._errors import (
    ConflictError,
    ExchangeError,
    GreyopsError,
    ResponseError,
    UnfinishedError,
)
from ansible_collections.greyops.rest.plugins.module_utils._grepr.graph import JobGraph
from ansible_collections.greyops.rest.plugins.module_utils._grepr.jobs import (
    get_job,
    job_path,
    list_jobs,
    words_of_failure,
)
from ansible_collections.greyops.rest.plugins.module_utils._grepr.pipelines import (
    FAILED,
    GOING,
    OVER,
    RUNNING,
    STABLE,
    Create,
    Delete,
    Plan,
    Update,
    current_of,
)
from ansible_collections.greyops.rest.plugins.module_utils._http.query import query_pairs
from ansible_collections.greyops.rest.plugins.module_utils._waiting import pauses

if TYPE_CHECKING:
    from collections.abc import Callable

    from ansible_collections.greyops.rest.plugins.module_utils._http.answers import Answer
    from ansible_collections.greyops.rest.plugins.module_utils._http.client import ApiClient

    Job = dict[str, Any]

PIPELINES = {"execution": "ASYNCHRONOUS", "processing": "STREAMING", "latest": True}
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
                job = self._create(step) if number == 0 else self._create_anew(step)
            elif isinstance(step, Delete):
                job = self._delete(step, plan.wish.name, self._wait or not is_last)
            elif job is not None:
                job = self._update(step, job)
        wanted = plan.after and plan.after.get("desiredState")
        if job is not None and wanted and self._wait and plan.wish.desired_state not in (None, job.get("state")):
            job = self._await_state(job, str(wanted), int(job.get("version", 0)))
        return job

    def _create_anew(self, step: Create) -> Job:
        try:
            return self._create(step)
        except GreyopsError as error:
            before = f"The pipeline {step.body['name']} was deleted to be made anew, and that failed."
            raise error.retold(UnfinishedError, before) from None

    def _create(self, step: Create) -> Job:
        job: Any = None
        for pause in pauses():
            try:
                job = self._client.call("POST", "/v1/jobs/async", json=step.body).json()
                break
            except (ExchangeError, ResponseError) as error:
                job = self._made(step.body, error)
            if job is not None:
                break
            # One of that name is on its way out.
            self._rest(pause, step.body["name"], "the name is still in use")
        if not isinstance(job, dict) or "id" not in job:
            raise UnfinishedError(
                "Grepr answered the creation of a pipeline without its id.", hint="Look for it by its name."
            )
        return self._await_state(job, RUNNING, 0) if self._wait else job

    def _made(self, body: Job, error: ExchangeError | ResponseError) -> Job | None:
        """The pipeline, where nobody knows whether it was made: its name tells. None if the name is not free yet.

        :raises ConflictError: somebody else has that name.
        """
        is_taken, name = error.status == 409, str(body["name"])
        if not is_taken and not _is_doubtful(error):
            raise error
        try:
            jobs = list_jobs(self._client, query_pairs({"latest": True, "name": name}))
        except ExchangeError:
            raise error from None
        others = [job for job in jobs if any(job.get(key) != body[key] for key in ("execution", "processing"))]
        for job in others:
            if job.get("state") not in OVER | GOING | {FAILED}:
                raise ConflictError(
                    f"The name {name} is in use by the job {job.get('id')}, which is no pipeline ({job.get('state')}).",
                    hint="Wait for its end, or use another name.",
                )
        found = current_of([job for job in jobs if job not in others], name)
        if found is None or (is_taken and found.get("state") == FAILED):
            if is_taken:
                return None
            raise error
        if is_taken or not _is_as_written(found, body):
            raise ConflictError(f"A pipeline {name} was made meanwhile{self._by(found)}.", hint="Run the task again.")
        return found

    def _update(self, step: Update, job: Job) -> Job:
        body = {
            "fromVersion": job.get("version"),
            "desiredState": step.desired_state,
            "jobGraph": job.get("jobGraph") if step.job_graph is None else step.job_graph,
            "teamIds": (job.get("teamIds") or []) if step.team_ids is None else step.team_ids,
        }
        query = query_pairs({"rollbackEnabled": step.rollback})
        doubts, told = 0, None
        for pause in pauses():
            try:
                told = _job_in(self._client.call("PUT", job_path(job["id"]), query=query, json=body))
                break
            except (ExchangeError, ResponseError) as error:
                doubts += _is_doubtful(error)
                if error.status not in (404, 409) and not _is_doubtful(error):
                    raise
                if self._is_updated(job, body, error):
                    break
                if doubts > self._client.session.settings.retries:
                    raise
            self._rest(pause, str(job.get("name")), "another change is under way" if not doubts else "no answer")
        version = int(job.get("version", 0))
        is_new = told is not None and int(told.get("version", 0)) >= version + (step.job_graph is not None)
        if told is not None and (not self._wait or (is_new and told.get("state") == step.desired_state)):
            return told
        if not self._wait:
            return get_job(self._client, job["id"], ()) or job
        if step.job_graph is None:
            return self._await_state(job, step.desired_state, version)
        graph = JobGraph.of(step.job_graph)
        return self._await_state(job, step.desired_state, version + 1, graph=graph, may_roll_back=step.rollback)

    def _is_updated(self, job: Job, body: Job, error: ExchangeError | ResponseError) -> bool:
        """Whether a pipeline is as it was to be, after an update that was refused or whose answer was lost.

        :raises ConflictError: it is neither that nor as it was before; somebody else was there.
        """
        try:
            now = get_job(self._client, job["id"], ())
        except ExchangeError:
            raise error from None
        self._require_alive(job, now)
        if now is None or error.status == 404:
            raise error
        is_same = now.get("version") == job.get("version")
        # Of one that failed the wish is no sign, for it was the same before.
        if _is_as_written(now, body) and not (is_same and (error.status == 409 or now.get("state") == FAILED)):
            return True
        if is_same:
            return False
        names = _changed_vertices(job, now)
        raise ConflictError(
            f"The pipeline {job.get('name')} was changed meanwhile{self._by(now)}: version {job.get('version')} is now "
            f"{now.get('version')}, {f'with other vertices {names}' if names else 'with the same vertices'}.",
            hint="Look at that change, and run the task again.",
        )

    def _require_alive(self, job: Job, now: Job | None) -> None:
        if now is None or now.get("state") in GOING | {"DELETED"}:
            raise ConflictError(
                f"The pipeline {job.get('name')} was deleted meanwhile{self._by(now or {})}.",
                hint="Run the task again to make it anew.",
            )

    def _delete(self, step: Delete, name: str, wait: bool) -> Job | None:
        for pause in pauses():
            answer = self._client.call(
                "DELETE", job_path(step.job_id), expected=(200, 202, 204, 404, 409), repeatable=True
            )
            if answer.status != 409:
                break
            self._rest(pause, name, "another change is under way")
        for pause in pauses() if wait else ():
            job = get_job(self._client, step.job_id, ())
            if job is None or job.get("state") in OVER:
                break
            self._rest(pause, name, str(job.get("state")))
        return None

    def _await_state(
        self, job: Job, wanted: str, version: int, *, graph: JobGraph | None = None, may_roll_back: bool = False
    ) -> Job:
        """Until a version, or a later one, is in the state that is wanted.

        :param graph: where a server takes it for no change it makes no version of it.
        """
        name, patience = str(job.get("name")), 0.0
        reason: str | None = None
        for pause in pauses():
            now = get_job(self._client, job["id"], ())
            self._require_alive(job, now)
            now = now or {}
            state, there = str(now.get("state")), int(now.get("version", 0))
            is_rolled_back = bool((now.get("pipelineStatus") or {}).get("isRolledBack"))
            if may_roll_back and there > version and state in STABLE and (is_rolled_back or reason is not None):
                # The version that failed stays readable (documented), and knows why.
                failed = None if reason is not None else get_job(self._client, job["id"], (("version", str(version)),))
                raise UnfinishedError(
                    f"The change of the pipeline {name} failed, and Grepr rolled it back (version {there} has the "
                    f"graph of before and is {state}).",
                    reason=reason or self._reason(failed or now),
                    hint="Mend job_graph and run the task again.",
                )
            is_new = there >= version or (graph is not None and JobGraph.of_job(now).covers(graph))
            if reason is None and is_new and state == wanted:
                return now
            if reason is None and is_new and state in OVER | {FAILED}:
                reason = self._reason(now)
                patience = time.monotonic() + (_ROLLBACK_PATIENCE if may_roll_back else 0.0)
            if reason is not None and (time.monotonic() >= patience or self._is_late(pause)):
                raise UnfinishedError(
                    f"The pipeline {name} is {state} instead of {wanted}{'' if reason else ' without a reason'}.",
                    reason=reason,
                    hint="Mend job_graph and run it again.",
                )
            self._rest(pause, name, state)
        raise AssertionError("pauses do not end")

    def _is_late(self, pause: float) -> bool:
        return time.monotonic() - self._started + pause > self._timeout

    def _rest(self, pause: float, name: str, state: str) -> None:
        waited = time.monotonic() - self._started
        if self._is_late(pause):
            raise UnfinishedError(
                f"The pipeline {name} is not done after {waited:.0f} s: {state}.",
                hint="It goes on by itself; look at it later, or raise wait_timeout.",
            )
        self._progress(f"pipeline {name}: {state}, {waited:.0f} s")
        time.sleep(pause)

    def _by(self, job: Job) -> str:
        return f" by {job['editedBy']}" if job.get("editedBy") else ""

    def _reason(self, job: Job) -> str:
        return words_of_failure(job)


def _job_in(answer: Answer) -> Job | None:
    """The job that an update answers with (seen; its answer is documented without a body)."""
    try:
        job = answer.json()
    except ResponseError:
        return None
    return job if isinstance(job, dict) and "id" in job else None


def _is_doubtful(error: ExchangeError | ResponseError) -> bool:
    """Whether nobody knows if the request was carried out."""
    return error.status is None or error.status >= 500


def _is_as_written(job: Job, body: Job) -> bool:
    return (
        job.get("desiredState") == body.get("desiredState", RUNNING)
        and JobGraph.of_job(job).covers(JobGraph.of(body["jobGraph"]))
        and sorted(job.get("teamIds") or []) == sorted(body["teamIds"])
    )


def _changed_vertices(before: Job, after: Job) -> str:
    one, other = JobGraph.of_job(before).vertices, JobGraph.of_job(after).vertices
    return ", ".join(sorted(name for name in {*one, *other} if one.get(name) != other.get(name)))
