# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The steps of the plan of one pipeline, with pauses in which nothing is sent."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial
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
    TERMINAL_STATES,
    Create,
    Delete,
    PipelinePlan,
    Update,
    select_current,
)
from .pipeline_states import Evaluation, Target, is_settled

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from .._http.client import ApiClient
    from .._http.response import Response

    Job = dict[str, Any]
    # Is resumed with the job as it was read during the pause.
    Steps = Generator["Pause", "Job | None", None]

# Grepr starts a rollback asynchronously; if none is seen within this time, there is none. Seconds.
_ROLLBACK_WAIT = 30.0


@dataclass(frozen=True)
class Pause:
    """What a pipeline waits for: that its job is read again or, without ``job_id``, that a request is repeated.

    :param state: what is known by now, for messages.
    :param at_once: whether the first read needs no delay, because the state may be reached already.
    :param failure: the error if the time limit is reached; by default that the pipeline is not done.
    """

    state: object
    job_id: str | None = None
    at_once: bool = False
    failure: WaitError | None = None


class PipelineApplier:
    """Applies the plan of one pipeline.

    :meth:`resume` sends requests until the plan is applied, ``error`` is set, or something has to be waited for. In the
    last case ``pause`` says for what. The caller waits, for one pipeline or for many at once, and resumes.

    ``job`` is the pipeline as it was last sent or read, None if it is deleted; ``is_written`` whether anything was
    written.
    """

    _client: ApiClient

    def __init__(self, plan: PipelinePlan, *, wait: bool) -> None:
        self.job = plan.before
        self.is_written = False
        self.pause: Pause | None = None
        self.error: GreyopsError | None = None
        self.began = 0.0
        self._plan = plan
        self._wait = wait
        self._steps = self._apply()

    @property
    def name(self) -> str:
        return f"pipeline {self._plan.desired.name}"

    @property
    def state(self) -> object:
        return self.pause and self.pause.state

    def resume(self, client: ApiClient, found: Job | None = None) -> None:
        """Continue until the next pause or the end.

        :param found: the job with the id of the pause, as it was read; None at the beginning and if it is missing.
        """
        self._client = client
        self._advance(partial(self._steps.send, found))

    def give_up(self, error: GreyopsError) -> None:
        """Fail with this error, or with the failure that was known before the pause."""
        self._advance(partial(self._steps.throw, (self.pause and self.pause.failure) or error))

    def _advance(self, advance: Callable[[], Pause]) -> None:
        try:
            self.pause = advance()
        except StopIteration:
            self.pause = None
        except GreyopsError as error:
            self.pause, self.error = None, error

    def _apply(self) -> Steps:
        self.began = time.monotonic()
        plan = self._plan
        for number, step in enumerate(plan.steps):
            wait = self._wait or number < len(plan.steps) - 1
            if isinstance(step, Create):
                yield from self._create(step, wait) if number == 0 else self._recreate(step, wait)
            elif isinstance(step, Delete):
                yield from self._delete(step, wait)
            elif self.job is not None:
                yield from self._update(step, self.job)
        wanted, job = plan.after and plan.after.get("desiredState"), self.job
        if job is not None and wanted and self._wait and plan.desired.desired_state not in (None, job.get("state")):
            yield from self._wait_for_state(job, Target(str(wanted), int(job.get("version", 0))))

    def _recreate(self, step: Create, wait: bool) -> Steps:
        try:
            yield from self._create(step, wait)
        except GreyopsError as error:
            before = f"The pipeline {step.body['name']} was deleted to be created again, and that failed."
            raise error.with_message(WaitError, before) from None

    def _create(self, step: Create, wait: bool) -> Steps:
        job: Any = None
        while True:
            try:
                job = self._client.call("POST", "/v1/jobs/async", json=step.body).parse_json()
                break
            except (RequestError, HTTPStatusError) as error:
                job = self._find_created(step.body, error)
            if job is not None:
                break
            # A job of that name is being deleted.
            yield Pause("the name is still in use")
        self.is_written = True
        if not isinstance(job, dict) or "id" not in job:
            raise VerificationError(
                "Grepr answered the creation of a pipeline without its id.", hint="Look for it by its name."
            )
        self.job = job
        if wait:
            yield from self._wait_for_state(job, Target(RUNNING, 0))

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
                f"Another pipeline {name} was created at the same time{_describe_editor(found)}.",
                hint="Run the task again.",
            )
        return found

    def _update(self, step: Update, job: Job) -> Steps:
        body = {
            "desiredState": step.desired_state,
            "jobGraph": job.get("jobGraph") if step.job_graph is None else step.job_graph,
            "teamIds": (job.get("teamIds") or []) if step.team_ids is None else step.team_ids,
        }
        version = int(job.get("version", 0))
        answer = yield from self._send_update(job, body, step.rollback)
        self.is_written = True
        self.job = answer or {**job, **body}
        is_new = answer is not None and int(answer.get("version", 0)) >= version + (step.job_graph is not None)
        if not self._wait or (is_new and self.job.get("state") == step.desired_state):
            return
        if step.job_graph is None:
            target = Target(step.desired_state, version)
        else:
            graph = JobGraph.from_document(step.job_graph)
            target = Target(step.desired_state, version + 1, graph, may_roll_back=step.rollback)
        yield from self._wait_for_state(self.job, target)

    def _send_update(self, job: Job, body: Job, rollback: bool) -> Generator[Pause, Job | None, Job | None]:
        """Send an update, again if another change is under way, and return the job of the response, if any."""
        query = encode_query({"rollbackEnabled": rollback})
        unknown_outcomes = 0
        while True:
            try:
                message = {"fromVersion": job.get("version"), **body}
                return _parse_job(self._client.call("PUT", build_job_path(job["id"]), query=query, json=message))
            except (RequestError, HTTPStatusError) as error:
                is_unknown = _is_outcome_unknown(error)
                if error.status not in (404, 409) and not is_unknown:
                    raise
                updated = self._find_updated(job, body, error)
                if updated is not None:
                    return updated
                unknown_outcomes += is_unknown
                if unknown_outcomes > self._client.http.settings.retries:
                    raise
            if is_unknown:
                yield Pause("no answer")
            else:
                yield from self._wait_for_others(job["id"])

    def _find_updated(self, job: Job, body: Job, error: RequestError | HTTPStatusError) -> Job | None:
        """Return a pipeline if it is as desired after an update that was refused or whose response was lost.

        :raises ConflictError: if it is neither as desired nor as before, because another client changed it.
        """
        try:
            now = self._require_alive(get_job(self._client, job["id"], ()))
        except RequestError:
            raise error from None
        if error.status == 404:
            raise error
        is_same = now.get("version") == job.get("version")
        # For a failed pipeline a matching graph proves nothing, because it matched before as well.
        if _is_as_written(now, body) and not (is_same and (error.status == 409 or now.get("state") == FAILED)):
            return now
        if is_same:
            return None
        names = _list_changed_vertices(job, now)
        difference = f"with other vertices {names}" if names else "with the same vertices"
        raise ConflictError(
            f"The pipeline {job.get('name')} was changed at the same time{_describe_editor(now)}: version "
            f"{job.get('version')} is now {now.get('version')}, {difference}.",
            hint="Check that change and run the task again.",
        )

    def _require_alive(self, now: Job | None) -> Job:
        if now is None or now.get("state") in DELETING_STATES | {"DELETED"}:
            raise ConflictError(
                f"The {self.name} was deleted at the same time{_describe_editor(now or {})}.",
                hint="Run the task again to create it again.",
            )
        return now

    def _delete(self, step: Delete, wait: bool) -> Steps:
        while True:
            response = self._client.call(
                "DELETE", build_job_path(step.job_id), expected=(200, 202, 204, 404, 409), idempotent=True
            )
            if response.status != 409:
                break
            yield from self._wait_for_others(step.job_id)
        self.is_written |= response.status != 404
        pause = Pause("DELETING", step.job_id, at_once=True)
        while wait:
            self.job = yield pause
            if self.job is None or self.job.get("state") in TERMINAL_STATES:
                break
            pause = Pause(self.job.get("state"), step.job_id)
        self.job = None

    def _wait_for_others(self, job_id: str) -> Steps:
        """Wait until no other change of a job is under way."""
        while True:
            found = yield Pause("another change is under way", job_id)
            if is_settled(found):
                return

    def _wait_for_state(self, job: Job, target: Target) -> Steps:
        job_id, failure, patience = str(job["id"]), None, 0.0
        pause = Pause(job.get("state"), job_id, at_once=True)
        while True:
            found = yield pause
            # A list may not contain yet what was just created.
            now = self._require_alive(found or get_job(self._client, job_id, ()))
            self.job, state = now, now.get("state")
            evaluation = target.evaluate(now, has_failed=failure is not None)
            if evaluation is Evaluation.REACHED:
                return
            if evaluation in (Evaluation.ROLLED_BACK, Evaluation.REPLACED):
                # The version that failed can still be read (documented), and contains the reason.
                written = get_job(self._client, job_id, (("version", str(target.version)),)) or now
                if evaluation is Evaluation.ROLLED_BACK or written.get("state") == FAILED:
                    raise self._build_rollback_error(now, describe_failure(written))
                if state == target.state:
                    return
            if evaluation is Evaluation.FAILED:
                reason = describe_failure(now)
                failure = WaitError(
                    f"The {self.name} is {state} instead of {target.state}{'' if reason else ' without a reason'}.",
                    reason=reason,
                    hint="Correct job_graph and run the task again.",
                )
                patience = time.monotonic() + (_ROLLBACK_WAIT if target.may_roll_back else 0.0)
            if failure is not None and time.monotonic() >= patience:
                raise failure
            pause = Pause(state, job_id, failure=failure)

    def _build_rollback_error(self, now: Job, reason: str) -> WaitError:
        return WaitError(
            f"The change of the {self.name} failed, and Grepr rolled it back (version {now.get('version')} has the "
            f"graph of before and is {now.get('state')}).",
            reason=reason,
            hint="Correct job_graph and run the task again.",
        )


def _describe_editor(job: Job) -> str:
    return f" by {job['editedBy']}" if job.get("editedBy") else ""


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
