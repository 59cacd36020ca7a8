# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Applies the plans of pipelines and waits for their states, for one pipeline or for many at once."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from .._concurrency import ClientPool
from .._errors import GreyopsError
from .._http.urls import encode_query
from .._polling import Poller, Progress, wait_for_all
from .jobs import get_job, list_jobs
from .pipeline import RUNNING, PipelinePlan, is_live
from .pipeline_steps import PipelineApplier
from .service import GREPR

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .._context import Context
    from .._http.client import ApiClient

    Job = dict[str, Any]

PIPELINES = {"execution": "ASYNCHRONOUS", "processing": "STREAMING", "latest": True}
# Up to this number, jobs are read by their ids, which are part of the URL. Beyond it all pipelines are read.
_MAX_IDS = 100


def find_pipelines(client: ApiClient, name: str | None = None) -> list[Job]:
    """Return the latest versions of all pipelines, or of those of one name."""
    return list_jobs(client, encode_query({**PIPELINES, "name": name}))


def list_pipeline_names(client: ApiClient) -> list[str]:
    """Return the names of all pipelines that exist, for a message about one that does not."""
    return [str(job.get("name")) for job in find_pipelines(client) if is_live(job)]


def apply_plan(client: ApiClient, plan: PipelinePlan, *, wait: bool, timeout: float) -> Job | None:
    """Apply the plan of one pipeline and return the pipeline after the change; None if it is deleted.

    :param timeout: in seconds, for all waiting, including for other changes of the pipeline.
    :raises ConflictError: if another client changed it at the same time.
    :raises WaitError: if it did not reach the desired state. If anything was written, the values of this and any other
        error are those of a change.
    """
    applier = PipelineApplier(plan, wait=wait)
    poller = Poller(client.runtime, timeout)
    applier.resume(client)
    while applier.pause is not None:
        pause = applier.pause
        try:
            if pause.at_once:
                # The delays of another wait are short again, within the same time limit.
                poller = Poller(client.runtime, timeout, applier.began)
            else:
                poller.wait(applier.name, pause.state)
            found = get_job(client, pause.job_id, ()) if pause.job_id else None
        except GreyopsError as error:
            applier.give_up(error)
        else:
            applier.resume(client, found)
    if applier.error is None:
        return applier.job
    if applier.is_written:
        applier.error.values = {"changed": True, "job": applier.job}
    raise applier.error


def apply_plans(
    context: Context, plans: Sequence[PipelinePlan], concurrency: int, *, wait: bool, timeout: float
) -> list[PipelineApplier]:
    """Apply the plans of many pipelines: send requests concurrently, and wait for all pipelines at once.

    A waiting pipeline occupies no thread, and is read together with all others.

    :param timeout: as in :func:`apply_plan`, for each pipeline.
    :returns: for each plan, in order, the applier with the job or the error.
    """
    appliers = [PipelineApplier(plan, wait=wait) for plan in plans]
    are_started = wait and all((plan.after or {}).get("desiredState") == RUNNING for plan in plans)
    progress = Progress(context.runtime, "pipelines", len(plans), "running" if are_started else "done")
    with ClientPool(GREPR.open_client, context, concurrency) as pool:
        batch = _Batch(pool, progress)
        waiting = batch.start(appliers)
        wait_for_all(context.runtime, timeout, waiting, batch.read, progress)
    return appliers


class _Batch:
    """The appliers of many pipelines, which are resumed concurrently."""

    def __init__(self, pool: ClientPool, progress: Progress) -> None:
        self._pool = pool
        self._progress = progress

    def start(self, appliers: Sequence[PipelineApplier]) -> list[PipelineApplier]:
        """Send the first requests. Return the appliers that wait, except for those that need not."""
        waiting = self._resume(appliers, {}, is_first=True)
        at_once = [applier for applier in waiting if applier.pause and applier.pause.at_once]
        others = [applier for applier in waiting if applier.pause and not applier.pause.at_once]
        return [*others, *self.read(at_once)]

    def read(self, appliers: Sequence[PipelineApplier]) -> list[PipelineApplier]:
        """Read all jobs that the appliers wait for, and resume them. Return the appliers that keep waiting."""
        ids = [applier.pause.job_id for applier in appliers if applier.pause and applier.pause.job_id]
        ((_ids, found),) = self._pool.map([ids], _read_jobs)
        return self._resume(appliers, found)

    def _resume(
        self, appliers: Sequence[PipelineApplier], found: Mapping[str, Job] | GreyopsError, *, is_first: bool = False
    ) -> list[PipelineApplier]:
        waiting = []
        for applier, error in self._pool.map(appliers, partial(_resume, found)):
            if isinstance(error, GreyopsError):
                applier.give_up(error)
            self._progress.unwritten -= is_first
            if applier.pause is not None:
                waiting.append(applier)
            elif applier.error is None:
                self._progress.done += 1
            else:
                self._progress.failed += 1
            self._progress.update()
        return waiting


def _read_jobs(client: ApiClient, ids: Sequence[str]) -> dict[str, Job]:
    if not ids:
        return {}
    query = {"latest": True, "id": list(ids)} if len(ids) <= _MAX_IDS else PIPELINES
    return {str(job["id"]): job for job in list_jobs(client, encode_query(query)) if "id" in job}


def _resume(found: Mapping[str, Job] | GreyopsError, client: ApiClient, applier: PipelineApplier) -> None:
    job_id = applier.pause.job_id if applier.pause else None
    if job_id is None:
        applier.resume(client)
    elif isinstance(found, GreyopsError):
        raise found
    else:
        applier.resume(client, found.get(job_id))
