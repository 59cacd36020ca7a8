# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from ansible_collections.greyops.rest.plugins.module_utils._comparison import covers
from ansible_collections.greyops.rest.plugins.module_utils._errors import (
    ConflictError,
    ExchangeError,
    GreyopsError,
    OptionError,
    ResponseError,
    UnfinishedError,
)
from ansible_collections.greyops.rest.plugins.module_utils._grepr.graph import NAME
from ansible_collections.greyops.rest.plugins.module_utils._grepr.jobs import get_job, list_jobs, words_of_failure
from ansible_collections.greyops.rest.plugins.module_utils._grepr.moments import is_relative, moment, period
from ansible_collections.greyops.rest.plugins.module_utils._grepr.vertices import REQUIRED, is_sink
from ansible_collections.greyops.rest.plugins.module_utils._grepr.wishes import problems_of_tags
from ansible_collections.greyops.rest.plugins.module_utils._waiting import pauses

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ansible_collections.greyops.rest.plugins.module_utils._grepr.references import References
    from ansible_collections.greyops.rest.plugins.module_utils._http.client import ApiClient

    Job = dict[str, Any]

FINISHED = "FINISHED"
# Of a batch job, which nothing mends.
_OVER = frozenset({FINISHED, "FAILED", "CANCELLED", "DELETED"})
# Inferred: a backfill becomes a job whose source has these properties under the same names.
_SOURCE = "-backfill-iceberg-table-source"
_OF_SOURCE = ("datasetId", "query", "limit", "variables", "vendorSinkIntegrationIds")


@dataclass(frozen=True)
class Plan:
    """The backfill that is under way, if there is one of the name, and the one to begin, if there is none."""

    body: dict[str, Any]
    known: frozenset[str]
    current: Job | None

    @property
    def changed(self) -> bool:
        return self.current is None

    def predicted(self, wait: bool) -> Job:
        if self.current is not None:
            return self.current
        return {
            "name": self.body["name"],
            "execution": "ASYNCHRONOUS",
            "processing": "BATCH",
            "tags": self.body.get("tags", {}),
            "teamIds": self.body.get("teamIds", []),
            "state": FINISHED if wait else "PENDING",
        }

    def as_diff(self) -> dict[str, Any]:
        return {"before": {} if self.changed else self.body, "after": self.body}


def problems_of_backfill(params: dict[str, Any]) -> list[str]:
    """All that can be said against a backfill without asking Grepr, each with its place."""
    problems = []
    if not re.fullmatch(NAME, params["name"]):
        problems.append(f"name must match [a-z0-9_], 1 to 128 characters, and {params['name']!r} does not")
    if not params["sinks"]:
        problems.append("sinks is empty: give at least one")
    for number, sink in enumerate(params["sinks"]):
        problems += _problems_of_sink(sink, f"sinks[{number}]")
    names = [str(sink.get("name")) for sink in params["sinks"]]
    problems += [f"sinks: {name} is the name of two" for name in sorted({n for n in names if names.count(n) > 1})]
    if params["data_type"] != "spans" and params["sql_operation"] is not None:
        problems.append("sql_operation is for data_type=spans only")
    if params["data_type"] != "logs" and params["vendor_sink_integrations"]:
        problems.append("vendor_sink_integrations is for data_type=logs only")
    return [*problems, *problems_of_tags(params["tags"], "tags")]


def _problems_of_sink(sink: dict[str, Any], place: str) -> Iterator[str]:
    kind = str(sink.get("type"))
    if not re.fullmatch(NAME, str(sink.get("name", ""))):
        yield f"{place}.name must match [a-z0-9_], 1 to 128 characters"
    if kind not in REQUIRED or not is_sink(kind):
        yield f"{place}.type {kind} is no type of sink"
    for required in REQUIRED.get(kind, ()):
        if not sink.get(required):
            yield f"{place}.{required} is missing: {kind} needs it"


def body_of(params: dict[str, Any], references: References) -> dict[str, Any]:
    """The body of ``POST /v1/jobs/backfills`` (documented), with ids in the place of names."""
    start, end = period(params["start"], params["end"])
    body: dict[str, Any] = {
        "dataType": params["data_type"],
        "name": params["name"],
        "datasetId": references.dataset(params["dataset"]),
        "start": start,
        "end": end,
        "query": {"type": params["query_type"], "query": params["query"]},
        "sinks": references.in_graph({"vertices": params["sinks"]})["vertices"],
    }
    vendors = params["vendor_sink_integrations"]
    more = {
        "limit": params["limit"],
        "tags": params["tags"],
        "teamIds": references.teams(params["team_ids"]),
        "variables": params["variables"],
        "vendorSinkIntegrationIds": vendors and sorted({references.integration(one) for one in vendors}),
        "sqlOperation": params["sql_operation"],
    }
    return {**body, **{key: value for key, value in more.items() if value is not None}}


def plan(jobs: list[Job], body: dict[str, Any], params: dict[str, Any]) -> Plan:
    """What to do about a backfill, with the latest versions of all jobs of its name.

    :raises ConflictError: one of the name is under way, and it is another one.
    """
    known = frozenset(str(job.get("id")) for job in jobs)
    current = next((job for job in jobs if job.get("state") not in _OVER), None)
    if current is not None:
        _require_same(current, body, params)
    return Plan(body, known, current)


def _require_same(job: Job, body: dict[str, Any], params: dict[str, Any]) -> None:
    name, state = job.get("name"), job.get("state")
    if job.get("processing") != "BATCH":
        raise ConflictError(f"{name} is the name of a pipeline ({job.get('id')}, {state}).", hint="Use another name.")
    vertices = (job.get("jobGraph") or {}).get("vertices") or []
    source = next((one for one in vertices if str(one.get("type")).endswith(_SOURCE)), None)
    if source is None:
        return
    differing = [key for key in _OF_SOURCE if key in body and not covers(source.get(key), body[key], key)]
    # Reckoned from now, it is another moment with each run.
    fixed = [key for key in ("start", "end") if not is_relative(params[key])]
    differing += [key for key in fixed if not _is_same_moment(source.get(key), body[key])]
    there = {one.get("name"): one for one in vertices}
    differing += [f"sink {sink['name']}" for sink in body["sinks"] if not covers(there.get(sink["name"]), sink)]
    if differing:
        raise ConflictError(
            f"A backfill {name} is under way ({job.get('id')}, {state}) that differs in {', '.join(differing)}.",
            hint="Wait for its end, or use another name.",
        )


def _is_same_moment(current: Any, wanted: str) -> bool:
    now = datetime.now(timezone.utc)
    try:
        return moment(str(current), "start", now) == moment(wanted, "start", now)
    except OptionError:
        return False


class Backfill:
    """Begins a backfill, or finds the one that is under way, and waits for its end if that is wanted.

    ``timeout`` is in seconds.
    """

    def __init__(self, client: ApiClient, progress: Callable[[str], None], wait: bool, timeout: float) -> None:
        self._client = client
        self._progress = progress
        self._wait = wait
        self._timeout = timeout

    def jobs(self, name: str) -> list[Job]:
        # That the filter looks at whole names is inferred.
        return [job for job in list_jobs(self._client, (("latest", "true"), ("name", name))) if job.get("name") == name]

    def carry_out(self, planned: Plan, params: dict[str, Any]) -> tuple[Job, bool]:
        """The job, and whether it was begun here.

        :raises UnfinishedError: it did not finish.
        """
        job, begun = planned.current, False
        if job is None:
            job, begun = self._begin(planned, params)
        return (self._await_end(job) if self._wait else job), begun

    def _begin(self, planned: Plan, params: dict[str, Any]) -> tuple[Job, bool]:
        try:
            answer = self._client.call("POST", "/v1/jobs/backfills", json=planned.body)
        except (ResponseError, ExchangeError) as error:
            if error.status is not None and error.status < 500 and error.status != 409:
                raise
            return self._found(planned, params, error)
        job = answer.json()
        if not isinstance(job, dict) or "id" not in job:
            raise answer.error(ResponseError, "answered without the id of a job.", hint="Look for it by its name.")
        return job, True

    def _found(self, planned: Plan, params: dict[str, Any], error: GreyopsError) -> tuple[Job, bool]:
        """After a failure that leaves it open whether the backfill has begun: its name tells."""
        try:
            jobs = [job for job in self.jobs(planned.body["name"]) if job.get("id") not in planned.known]
        except ExchangeError:
            raise error from None
        if not jobs:
            raise error
        _require_same(jobs[-1], planned.body, params)
        # One that was refused because of its name is somebody else's.
        return jobs[-1], error.status != 409

    def _await_end(self, job: Job) -> Job:
        began, steps, name = time.monotonic(), pauses(), job.get("name")
        while job.get("state") not in _OVER:
            pause, waited = next(steps), time.monotonic() - began
            if waited + pause > self._timeout:
                raise UnfinishedError(
                    f"The backfill {name} ({job.get('id')}) is not done after {waited:.0f} s: {job.get('state')}.",
                    hint="It goes on by itself; run the task again to wait on, or raise wait_timeout.",
                )
            self._progress(f"backfill {name}: {job.get('state')}, {waited:.0f} s")
            time.sleep(pause)
            job = get_job(self._client, str(job["id"]), ()) or {**job, "state": "DELETED"}
        if job.get("state") != FINISHED:
            raise UnfinishedError(
                f"The backfill {name} ({job.get('id')}) ended as {job.get('state')}.",
                reason=words_of_failure(job),
                hint="Check its query, its time span and its sinks.",
            )
        return job
