# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import partial
from typing import TYPE_CHECKING, Any

from .._comparison import is_satisfied
from .._errors import (
    ConflictError,
    GreyopsError,
    HTTPStatusError,
    OptionError,
    RequestError,
    WaitError,
    raise_on_errors,
)
from .._polling import Poller
from .graph import NAME
from .jobs import describe_failure, get_job, list_jobs
from .names import collect_missing
from .pipeline import validate_tags
from .resources import MISSING
from .timestamps import (
    is_relative,
    parse_range,
    parse_timestamp,
)
from .vertex_types import REQUIRED_KEYS, is_sink

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._http.client import ApiClient
    from .names import NameResolver

    Job = dict[str, Any]

FINISHED = "FINISHED"
# States of a batch job that are final.
_FINAL_STATES = frozenset({FINISHED, "FAILED", "CANCELLED", "DELETED"})
# Inferred: a backfill becomes a job whose source has these properties under the same names.
_SOURCE = "-backfill-iceberg-table-source"
_OF_SOURCE = ("datasetId", "query", "limit", "variables", "vendorSinkIntegrationIds")
# Seen in Grepr's own client: the sinks of a pipeline that a backfill can send data to.
_VENDOR_SINKS = {
    "logs": ("datadog-log-sink", "newrelic-log-sink", "otlp-log-sink", "splunk-log-sink", "sumologic-log-sink"),
    "spans": ("datadog-trace-sink", "otlp-trace-sink"),
}


@dataclass(frozen=True)
class BackfillPlan:
    """The running backfill of that name, if any, and the one to start, if there is none."""

    body: dict[str, Any]
    known: frozenset[str]
    current: Job | None

    @property
    def changed(self) -> bool:
        return self.current is None

    def predict(self, wait: bool) -> Job:
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


def validate_backfill(params: dict[str, Any]) -> list[str]:
    """Return everything wrong with a backfill that can be checked without a request, each with its place."""
    problems = []
    if not re.fullmatch(NAME, params["name"]):
        problems.append(f"name must match [a-z0-9_], 1 to 128 characters, and {params['name']!r} does not")
    sinks = params["sinks"] or []
    if params["sinks"] == []:
        problems.append("sinks is empty: give at least one")
    for number, sink in enumerate(sinks):
        problems += _validate_sink(sink, f"sinks[{number}]")
    names = [str(sink.get("name")) for sink in sinks]
    problems += [f"sinks: {name} is used more than once" for name in sorted({n for n in names if names.count(n) > 1})]
    if params["data_type"] != "spans" and params["sql_operation"] is not None:
        problems.append("sql_operation is for data_type=spans only")
    if params["data_type"] != "logs" and params["vendor_sink_integrations"]:
        problems.append("vendor_sink_integrations is for data_type=logs only")
    return [*problems, *validate_tags(params["tags"], "tags")]


def _validate_sink(sink: dict[str, Any], place: str) -> Iterator[str]:
    kind = str(sink.get("type"))
    if not re.fullmatch(NAME, str(sink.get("name", ""))):
        yield f"{place}.name must match [a-z0-9_], 1 to 128 characters"
    if not is_sink(kind):
        yield f"{place}.type {kind} is not a type of sink"
    for required in REQUIRED_KEYS.get(kind, ()):
        if not sink.get(required):
            yield f"{place}.{required} is missing: {kind} needs it"


def select_vendor_sinks(pipeline: Job, data_type: str) -> list[dict[str, Any]]:
    """Return the sinks of a pipeline that a backfill can send data to, one for each integration.

    :param pipeline: with its templates expanded, because a template may contain sinks.
    :raises OptionError: if there is none.
    """
    found: dict[str, dict[str, Any]] = {}
    for vertex in (pipeline.get("jobGraph") or {}).get("vertices") or []:
        if vertex.get("type") in _VENDOR_SINKS[data_type]:
            found.setdefault(str(vertex.get("integrationId")), vertex)
    if not found:
        raise OptionError(
            f"The pipeline {pipeline.get('name')} has no sink of a vendor for {data_type}.",
            hint="Give sinks, or another data_type.",
        )
    return list(found.values())


def build_body(params: dict[str, Any], names: NameResolver, pipeline: Job | None = None) -> dict[str, Any]:
    """Build the body of ``POST /v1/jobs/backfills`` (documented), with ids instead of names.

    :param pipeline: the pipeline whose sinks are used instead of those in the parameters.
    """
    start, end = parse_range(params["start"], params["end"])
    problems: list[str] = []
    body: dict[str, Any] = {
        "dataType": params["data_type"],
        "name": params["name"],
        "datasetId": collect_missing(partial(names.dataset, params["dataset"]), problems, "dataset"),
        "start": start,
        "end": end,
        "query": {"type": params["query_type"], "query": params["query"]},
    }
    if pipeline is None:
        body["sinks"] = collect_missing(partial(names.resolve_vertices, params["sinks"], path="sinks"), problems)
    else:
        body["sinks"] = select_vendor_sinks(pipeline, params["data_type"])
    vendors = params["vendor_sink_integrations"]
    if vendors is not None:
        path = "vendor_sink_integrations"
        found = [
            collect_missing(partial(names.integration, one), problems, f"{path}[{number}]")
            for number, one in enumerate(vendors)
        ]
        vendors = sorted({one for one in found if one is not None})
    elif pipeline is not None and params["data_type"] == "logs":
        # Seen in Grepr's own client, so that the vendors of the pipeline do not receive events twice.
        vendors = sorted(str(sink.get("integrationId")) for sink in body["sinks"])
    more = {
        "limit": params["limit"],
        "tags": params["tags"],
        "teamIds": collect_missing(partial(names.teams, params["team_ids"]), problems),
        "variables": params["variables"],
        "vendorSinkIntegrationIds": vendors,
        "sqlOperation": params["sql_operation"],
    }
    raise_on_errors(problems, MISSING)
    return {**body, **{key: value for key, value in more.items() if value is not None}}


def plan_backfill(jobs: list[Job], body: dict[str, Any], params: dict[str, Any]) -> BackfillPlan:
    """Decide what to do about a backfill, given the latest versions of all jobs of its name.

    :raises ConflictError: if a different one of that name is running.
    """
    known = frozenset(str(job.get("id")) for job in jobs)
    current = next((job for job in jobs if job.get("state") not in _FINAL_STATES), None)
    if current is not None:
        _require_same(current, body, params)
    return BackfillPlan(body, known, current)


def _require_same(job: Job, body: dict[str, Any], params: dict[str, Any]) -> None:
    name, state = job.get("name"), job.get("state")
    if job.get("processing") != "BATCH":
        raise ConflictError(f"{name} is the name of a pipeline ({job.get('id')}, {state}).", hint="Use another name.")
    vertices = (job.get("jobGraph") or {}).get("vertices") or []
    source = next((one for one in vertices if str(one.get("type")).endswith(_SOURCE)), None)
    if source is None:
        return
    differing = [key for key in _OF_SOURCE if key in body and not is_satisfied(source.get(key), body[key], key)]
    # A relative time is resolved against the current time, so it differs on each run.
    fixed = [key for key in ("start", "end") if not is_relative(params[key])]
    differing += [key for key in fixed if not _is_same_moment(source.get(key), body[key])]
    current = {one.get("name"): one for one in vertices}
    differing += [f"sink {sink['name']}" for sink in body["sinks"] if not is_satisfied(current.get(sink["name"]), sink)]
    if differing:
        raise ConflictError(
            f"A backfill {name} is under way ({job.get('id')}, {state}) that differs in {', '.join(differing)}.",
            hint="Wait until it ends, or use another name.",
        )


def _is_same_moment(current: Any, wanted: str) -> bool:
    now = datetime.now(timezone.utc)
    try:
        return parse_timestamp(str(current), "start", now) == parse_timestamp(wanted, "start", now)
    except OptionError:
        return False


class Backfill:
    """Start a backfill, or find the one that is running, and optionally wait until it ends.

    ``timeout`` is in seconds.
    """

    def __init__(self, client: ApiClient, wait: bool, timeout: float) -> None:
        self._client = client
        self._wait = wait
        self._timeout = timeout

    def list_jobs(self, name: str) -> list[Job]:
        # It is inferred that the filter compares whole names.
        return [job for job in list_jobs(self._client, (("latest", "true"), ("name", name))) if job.get("name") == name]

    def apply(self, planned: BackfillPlan, params: dict[str, Any]) -> tuple[Job, bool]:
        """Return the job, and whether it was started here.

        :raises WaitError: if it did not finish. The values of this and any other error say whether it was started here.
        """
        job, begun = planned.current, False
        if job is None:
            job, begun = self._start(planned, params)
        try:
            return (self._await_end(job) if self._wait else job), begun
        except GreyopsError as error:
            error.values = {"changed": begun}
            raise

    def _start(self, planned: BackfillPlan, params: dict[str, Any]) -> tuple[Job, bool]:
        try:
            response = self._client.call("POST", "/v1/jobs/backfills", json=planned.body)
        except (HTTPStatusError, RequestError) as error:
            if error.status is not None and error.status < 500 and error.status != 409:
                raise
            return self._recover_start(planned, params, error)
        job = response.parse_json()
        if not isinstance(job, dict) or "id" not in job:
            raise response.build_error(
                HTTPStatusError, "answered without the id of a job.", hint="Look for it by its name."
            )
        return job, True

    def _recover_start(self, planned: BackfillPlan, params: dict[str, Any], error: GreyopsError) -> tuple[Job, bool]:
        """After a failure with an unknown outcome, find out by name whether the backfill was started."""
        try:
            jobs = [job for job in self.list_jobs(planned.body["name"]) if job.get("id") not in planned.known]
        except RequestError:
            raise error from None
        if not jobs:
            raise error
        _require_same(jobs[-1], planned.body, params)
        # If the request was refused because of the name, the job was created by another client.
        return jobs[-1], error.status != 409

    def _await_end(self, job: Job) -> Job:
        poller, name = Poller(self._client.runtime, self._timeout), f"backfill {job.get('name')} ({job.get('id')})"
        while job.get("state") not in _FINAL_STATES:
            poller.wait(name, job.get("state"))
            job = get_job(self._client, str(job["id"]), ()) or {**job, "state": "DELETED"}
        if job.get("state") != FINISHED:
            raise WaitError(
                f"The {name} ended as {job.get('state')}.",
                reason=describe_failure(job),
                hint="Check its query, its time span and its sinks.",
            )
        return job
