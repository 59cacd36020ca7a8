# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Applies the plan of a pipeline and waits for its state."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from .._errors import (
    ConflictError,
    GreyopsError,
    HTTPStatusError,
    RequestError,
    VerificationError,
    WaitError,
)
from .._http.urls import encode_query
from .._polling import Poller
from .graph import JobGraph
from .jobs import (
    build_job_path,
    describe_failure,
    get_job,
    list_jobs,
)
from .pipeline import (
    DELETING_STATES,
    FAILED,
    RUNNING,
    STABLE_STATES,
    TERMINAL_STATES,
    Create,
    Delete,
    PipelinePlan,
    Update,
    select_current,
)

if TYPE_CHECKING:
    from .._http.client import ApiClient
    from .._http.response import Response

    Job = dict[str, Any]

PIPELINES = {"execution": "ASYNCHRONOUS", "processing": "STREAMING", "latest": True}
# Grepr starts a rollback asynchronously; if none is seen within this time, there is none. Seconds.
_ROLLBACK_WAIT = 30.0


def find_pipelines(client: ApiClient, name: str | None = None) -> list[Job]:
    """Return the latest versions of all pipelines, or of those of one name."""
    return list_jobs(client, encode_query({**PIPELINES, "name": name}))


class PipelineApplier:
    """Applies the plan for one pipeline step by step, and optionally waits until Grepr has finished.

    ``timeout`` is in seconds and limits all waiting, including for other changes of the pipeline.
    """

    def __init__(self, client: ApiClient, wait: bool, timeout: float) -> None:
        self._client = client
        self._wait = wait
        self._timeout = timeout
        self._began = time.monotonic()

    def apply(self, plan: PipelinePlan) -> Job | None:
        """Return the pipeline after the change; None if it is deleted.

        :raises ConflictError: if another client changed it at the same time.
        :raises WaitError: if it did not reach the desired state.
        """
        self._began = time.monotonic()
        job = plan.before
        for number, step in enumerate(plan.steps):
            is_last = number == len(plan.steps) - 1
            if isinstance(step, Create):
                job = self._create(step) if number == 0 else self._recreate(step)
            elif isinstance(step, Delete):
                job = self._delete(step, plan.desired.name, self._wait or not is_last)
            elif job is not None:
                job = self._update(step, job)
        wanted = plan.after and plan.after.get("desiredState")
        if job is not None and wanted and self._wait and plan.desired.desired_state not in (None, job.get("state")):
            job = self._wait_for_state(job, str(wanted), int(job.get("version", 0)))
        return job

    def _recreate(self, step: Create) -> Job:
        try:
            return self._create(step)
        except GreyopsError as error:
            before = f"The pipeline {step.body['name']} was deleted to be created again, and that failed."
            raise error.with_message(WaitError, before) from None

    def _create(self, step: Create) -> Job:
        job: Any = None
        poller = self._open_poller()
        while True:
            try:
                job = self._client.call("POST", "/v1/jobs/async", json=step.body).parse_json()
                break
            except (RequestError, HTTPStatusError) as error:
                job = self._find_created(step.body, error)
            if job is not None:
                break
            # A job of that name is being deleted.
            poller.wait(f"pipeline {step.body['name']}", "the name is still in use")
        if not isinstance(job, dict) or "id" not in job:
            raise VerificationError(
                "Grepr answered the creation of a pipeline without its id.", hint="Look for it by its name."
            )
        return self._wait_for_state(job, RUNNING, 0) if self._wait else job

    def _find_created(self, body: Job, error: RequestError | HTTPStatusError) -> Job | None:
        """Look up by name a pipeline whose creation has an unknown outcome. Return None if the name is not free yet.

        :raises ConflictError: if another client uses that name.
        """
        is_taken, name = error.status == 409, str(body["name"])
        if not is_taken and not _is_outcome_unknown(error):
            raise error
        try:
            jobs = list_jobs(self._client, encode_query({"latest": True, "name": name}))
        except RequestError:
            raise error from None
        others = [job for job in jobs if any(job.get(key) != body[key] for key in ("execution", "processing"))]
        for job in others:
            if job.get("state") not in TERMINAL_STATES | DELETING_STATES | {FAILED}:
                raise ConflictError(
                    f"The name {name} is in use by the job {job.get('id')}, which is not a pipeline "
                    f"({job.get('state')}).",
                    hint="Wait until it ends, or use another name.",
                )
        found = select_current([job for job in jobs if job not in others], name)
        if found is None or (is_taken and found.get("state") == FAILED):
            if is_taken:
                return None
            raise error
        if is_taken or not _is_as_written(found, body):
            raise ConflictError(
                f"Another pipeline {name} was created at the same time{self._describe_editor(found)}.",
                hint="Run the task again.",
            )
        return found

    def _update(self, step: Update, job: Job) -> Job:
        body = {
            "fromVersion": job.get("version"),
            "desiredState": step.desired_state,
            "jobGraph": job.get("jobGraph") if step.job_graph is None else step.job_graph,
            "teamIds": (job.get("teamIds") or []) if step.team_ids is None else step.team_ids,
        }
        query = encode_query({"rollbackEnabled": step.rollback})
        unknown_outcomes, message = 0, None
        poller = self._open_poller()
        while True:
            try:
                message = _parse_job(self._client.call("PUT", build_job_path(job["id"]), query=query, json=body))
                break
            except (RequestError, HTTPStatusError) as error:
                unknown_outcomes += _is_outcome_unknown(error)
                if error.status not in (404, 409) and not _is_outcome_unknown(error):
                    raise
                if self._is_updated(job, body, error):
                    break
                if unknown_outcomes > self._client.http.settings.retries:
                    raise
            poller.wait(
                f"pipeline {job.get('name')}", "no answer" if unknown_outcomes else "another change is under way"
            )
        version = int(job.get("version", 0))
        is_new = message is not None and int(message.get("version", 0)) >= version + (step.job_graph is not None)
        if message is not None and (not self._wait or (is_new and message.get("state") == step.desired_state)):
            return message
        if not self._wait:
            return get_job(self._client, job["id"], ()) or job
        if step.job_graph is None:
            return self._wait_for_state(job, step.desired_state, version)
        graph = JobGraph.from_document(step.job_graph)
        return self._wait_for_state(job, step.desired_state, version + 1, graph=graph, may_roll_back=step.rollback)

    def _is_updated(self, job: Job, body: Job, error: RequestError | HTTPStatusError) -> bool:
        """Return whether a pipeline is as desired after an update that was refused or whose response was lost.

        :raises ConflictError: if it is neither as desired nor as before, because another client changed it.
        """
        try:
            now = get_job(self._client, job["id"], ())
        except RequestError:
            raise error from None
        self._require_alive(job, now)
        if now is None or error.status == 404:
            raise error
        is_same = now.get("version") == job.get("version")
        # For a failed pipeline a matching graph proves nothing, because it matched before as well.
        if _is_as_written(now, body) and not (is_same and (error.status == 409 or now.get("state") == FAILED)):
            return True
        if is_same:
            return False
        names = _list_changed_vertices(job, now)
        difference = f"with other vertices {names}" if names else "with the same vertices"
        raise ConflictError(
            f"The pipeline {job.get('name')} was changed at the same time{self._describe_editor(now)}: version "
            f"{job.get('version')} is now {now.get('version')}, {difference}.",
            hint="Check that change and run the task again.",
        )

    def _require_alive(self, job: Job, now: Job | None) -> None:
        if now is None or now.get("state") in DELETING_STATES | {"DELETED"}:
            raise ConflictError(
                f"The pipeline {job.get('name')} was deleted at the same time{self._describe_editor(now or {})}.",
                hint="Run the task again to create it again.",
            )

    def _delete(self, step: Delete, name: str, wait: bool) -> Job | None:
        poller = self._open_poller()
        while True:
            response = self._client.call(
                "DELETE", build_job_path(step.job_id), expected=(200, 202, 204, 404, 409), idempotent=True
            )
            if response.status != 409:
                break
            poller.wait(f"pipeline {name}", "another change is under way")
        poller = self._open_poller()
        while wait:
            job = get_job(self._client, step.job_id, ())
            if job is None or job.get("state") in TERMINAL_STATES:
                break
            poller.wait(f"pipeline {name}", job.get("state"))
        return None

    def _wait_for_state(
        self, job: Job, wanted: str, version: int, *, graph: JobGraph | None = None, may_roll_back: bool = False
    ) -> Job:
        """Wait until a version, or a later one, is in the desired state.

        :param graph: if the server sees no change in it, it does not create a version.
        """
        name, patience = str(job.get("name")), 0.0
        reason: str | None = None
        poller = self._open_poller()
        while True:
            now = get_job(self._client, job["id"], ())
            self._require_alive(job, now)
            now = now or {}
            state, current = str(now.get("state")), int(now.get("version", 0))
            is_rolled_back = bool((now.get("pipelineStatus") or {}).get("isRolledBack"))
            if (
                may_roll_back
                and current > version
                and state in STABLE_STATES
                and (is_rolled_back or reason is not None)
            ):
                # The version that failed can still be read (documented), and contains the reason.
                failed = None if reason is not None else get_job(self._client, job["id"], (("version", str(version)),))
                raise WaitError(
                    f"The change of the pipeline {name} failed, and Grepr rolled it back (version {current} has the "
                    f"graph of before and is {state}).",
                    reason=reason or self._get_reason(failed or now),
                    hint="Correct job_graph and run the task again.",
                )
            is_new = current >= version or (graph is not None and JobGraph.from_job(now).is_satisfied_by(graph))
            if reason is None and is_new and state == wanted:
                return now
            if reason is None and is_new and state in TERMINAL_STATES | {FAILED}:
                reason = self._get_reason(now)
                patience = time.monotonic() + (_ROLLBACK_WAIT if may_roll_back else 0.0)
            if reason is not None and (time.monotonic() >= patience or poller.find_timeout(name, state)):
                raise WaitError(
                    f"The pipeline {name} is {state} instead of {wanted}{'' if reason else ' without a reason'}.",
                    reason=reason,
                    hint="Correct job_graph and run the task again.",
                )
            poller.wait(f"pipeline {name}", state)

    def _open_poller(self) -> Poller:
        """Start with short delays again, within the total timeout."""
        return Poller(self._client.runtime, self._timeout, self._began)

    def _describe_editor(self, job: Job) -> str:
        return f" by {job['editedBy']}" if job.get("editedBy") else ""

    def _get_reason(self, job: Job) -> str:
        return describe_failure(job)


def _parse_job(response: Response) -> Job | None:
    """Return the job in the response to an update (seen; the response is documented without a body)."""
    try:
        job = response.parse_json()
    except HTTPStatusError:
        return None
    return job if isinstance(job, dict) and "id" in job else None


def _is_outcome_unknown(error: RequestError | HTTPStatusError) -> bool:
    """Return whether it is unknown if the request was carried out."""
    return error.status is None or error.status >= 500


def _is_as_written(job: Job, body: Job) -> bool:
    return (
        job.get("desiredState") == body.get("desiredState", RUNNING)
        and JobGraph.from_job(job).is_satisfied_by(JobGraph.from_document(body["jobGraph"]))
        and sorted(job.get("teamIds") or []) == sorted(body["teamIds"])
    )


def _list_changed_vertices(before: Job, after: Job) -> str:
    one, other = JobGraph.from_job(before).vertices, JobGraph.from_job(after).vertices
    return ", ".join(sorted(name for name in {*one, *other} if one.get(name) != other.get(name)))
