# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The endpoints of asynchronous jobs: pipelines, batches and backfills."""

from __future__ import annotations

import copy
from datetime import datetime
from typing import Any

from aiohttp import web

from ..core.responses import json_response, raw_response
from ..core.state import State
from . import graph as job_graph
from .endpoints import ApiError, Route, empty, get_choices, get_flag, read_json
from .job_lifecycle import check_updatable
from .job_records import ENDED_STATES, JOB_STATES, Record, encode_array, expand_templates
from .schemas import (
    EVENT_NAME,
    NAMES,
    Schema,
    anything,
    instant,
    list_of,
    map_of,
    number,
    one_of,
    optional,
    parse_date_time,
    predicate,
    required,
    text,
)

_EXECUTIONS, _PROCESSINGS = ("SYNCHRONOUS", "ASYNCHRONOUS"), ("BATCH", "STREAMING")
_NAMED = {"name": required(text(EVENT_NAME)), "tags": optional(map_of(text()), {}), "teamIds": optional(NAMES, [])}
CREATE = Schema(
    {
        **_NAMED,
        "execution": required(one_of(*_EXECUTIONS)),
        "processing": required(one_of(*_PROCESSINGS)),
        "jobGraph": required(anything),
    }
)
_UPDATE = Schema(
    {
        "fromVersion": required(number(0)),
        "desiredState": required(one_of(*JOB_STATES)),
        "jobGraph": required(anything),
        "teamIds": optional(NAMES),
    }
)
_BACKFILL = {
    **_NAMED,
    "dataType": required(one_of("logs", "spans")),
    "datasetId": required(text()),
    "start": required(instant),
    "end": required(instant),
    "query": required(predicate),
    "sinks": required(list_of(map_of(anything), 1)),
    "limit": optional(number(None, 500_000), 500_000),
    "variables": optional(map_of(anything)),
}
_BACKFILLS = {
    "logs": Schema(_BACKFILL | {"vendorSinkIntegrationIds": optional(NAMES)}),
    "spans": Schema(_BACKFILL | {"sqlOperation": optional(map_of(anything))}),
}


def get_caller(request: web.Request) -> str:
    """The caller, in the format of ``editedBy``."""
    return str(request.get("caller", "system"))


class Jobs:
    """The endpoints below ``/jobs``, but for the synchronous ones."""

    def __init__(self, state: State) -> None:
        self._state = state

    def routes(self) -> list[Route]:
        """The endpoints."""
        return [
            Route("GET", "/jobs", self.list_items),
            Route("POST", "/jobs/async", self.create),
            Route("POST", "/jobs/backfills", self.backfill),
            Route("GET", "/jobs/{id}", self.read),
            Route("PUT", "/jobs/{id}", self.update),
            Route("DELETE", "/jobs/{id}", self.delete),
            Route("GET", "/jobs/{id}/jobs", self.children),
        ]

    async def list_items(self, request: web.Request) -> web.Response:
        """All jobs, filtered; never paged."""
        found = self._filter_jobs(request) if request.query_string else self._state.jobs.all
        return raw_response(b'{"items": ' + encode_array(found) + b"}", self._state.settings.grepr.jobs_status)

    def _filter_jobs(self, request: web.Request) -> list[Record]:
        found, query = self._state.jobs.all, request.query
        wanted = {
            "execution": get_choices(request, "execution", _EXECUTIONS),
            "processing": get_choices(request, "processing", _PROCESSINGS),
            "state": get_choices(request, "state", JOB_STATES),
            "name": query.getall("name", []),
            "id": query.getall("id", []),
        }
        if get_flag(request, "latest"):
            found = _keep_latest(found)
        for name, values in wanted.items():
            if values:
                found = [record for record in found if record.fields[name] in values]
        if "since" in query:
            if instant(query["since"]):
                raise ApiError(400, "query param since is not a date-time")
            since = parse_date_time(query["since"])
            found = [record for record in found if not _ended_before(record, since)]
        return found

    async def read(self, request: web.Request) -> web.Response:
        """One job, in its latest or a given version."""
        job_id, version = request.match_info["id"], request.query.get("version")
        expand = get_flag(request, "resolved")
        found = self._state.jobs.get_latest(job_id)
        if version is not None:
            versions = self._state.jobs.get_versions(job_id)
            found = next((one for one in versions if str(one.fields["version"]) == version), None)
        if found is None:
            raise ApiError(404, f"Job {job_id} not found")
        return json_response(expand_templates(found.fields)) if expand else raw_response(found.encoded)

    async def create(self, request: web.Request) -> web.Response:
        """A new pipeline or batch."""
        given = CREATE.read(await read_json(request))
        if given["execution"] != "ASYNCHRONOUS":
            raise ApiError(400, "execution must be ASYNCHRONOUS here")
        self._check_graph(given["jobGraph"])
        self._check_teams(given)
        self._check_name(given["name"])
        return raw_response(self._state.lifecycle.create(given, get_caller(request)).encoded, 201)

    async def update(self, request: web.Request) -> web.Response:
        """Change the graph, the teams, or whether it runs."""
        body, rollback = await read_json(request), self._rollback(request)
        record = self._get_or_404(request)
        given = _UPDATE.read(body)
        if given["desiredState"] not in ("RUNNING", "STOPPED"):
            raise ApiError(400, "desiredState must be RUNNING or STOPPED")
        self._check_graph(given["jobGraph"])
        self._check_teams(given)
        record = self._apply_concurrent_edit(record)
        check_updatable(record, given["fromVersion"], moving=record.fields["id"] in self._state.jobs.transitions)
        target = self._state.lifecycle.update(record, given, get_caller(request), rollback=rollback)
        return raw_response(target.encoded, 202) if self._state.settings.grepr.put_answer == "job" else empty(202)

    def _rollback(self, request: web.Request) -> bool:
        return get_flag(request, "rollbackEnabled", self._state.settings.grepr.rollback_default)

    def _apply_concurrent_edit(self, record: Record) -> Record:
        """Apply a planned edit of another user first."""
        plans = self._state.jobs.concurrent_edits
        plan = next((plan for plan in plans if plan.name == record.fields["name"]), None)
        if plan is None:
            return record
        plans.remove(plan)
        return self._state.lifecycle.edit_concurrently(record, plan)

    async def delete(self, request: web.Request) -> web.Response:
        """End a pipeline, running or not."""
        record = self._get_or_404(request)
        if record.fields["processing"] == "BATCH":
            raise ApiError(400, "Batch jobs cannot be deleted")
        state = record.fields["state"]
        if (
            self._state.settings.grepr.delete_in_transit == "conflict"
            and record.fields["id"] in self._state.jobs.transitions
        ):
            raise ApiError(409, f"Job {record.fields['id']} is {state}; try again when it has settled")
        if state != "DELETING":
            self._state.lifecycle.delete(record, get_caller(request))
        return empty(202)

    async def children(self, request: web.Request) -> web.Response:
        """The batch jobs a pipeline has started."""
        query, job_id = request.query, request.match_info["id"]
        engine, triggers = query.get("ruleEngineName"), query.getall("triggerIds", [])
        found = [
            record
            for child, its_engine, trigger in self._state.jobs.children.get(job_id, [])
            if (engine in (None, its_engine)) and (not triggers or trigger in triggers)
            if (record := self._state.jobs.get_latest(child)) is not None
        ]
        return raw_response(encode_array(found))

    async def backfill(self, request: web.Request) -> web.Response:
        """A batch job that reads the lake and sends the events to vendors."""
        body = await read_json(request)
        kind = body.get("dataType") if isinstance(body, dict) else None
        given = _BACKFILLS[kind if kind in _BACKFILLS else "logs"].read(body)
        if parse_date_time(given["start"]) >= parse_date_time(given["end"]):
            raise ApiError(400, "start must be before end")
        job = build_backfill_job(given)
        self._check_graph(job["jobGraph"])
        self._check_teams(given)
        self._check_name(given["name"])
        wait = self._overlaps(given.get("vendorSinkIntegrationIds", []))
        return raw_response(self._state.lifecycle.create(job, get_caller(request), wait=wait).encoded, 201)

    def _overlaps(self, vendors: list[str]) -> bool:
        """Whether a backfill for one of the vendors is still running."""
        return any(
            set(vendors) & set(vertex.get("vendorSinkIntegrationIds", []))
            for record in self._state.jobs.all
            if record.fields["processing"] == "BATCH" and record.fields["state"] not in ENDED_STATES
            for vertex in record.fields["jobGraph"]["vertices"]
        )

    def _get_or_404(self, request: web.Request) -> Record:
        record = self._state.jobs.get_latest(request.match_info["id"])
        if record is None or record.fields["state"] == "DELETED":
            raise ApiError(404, f"Job {request.match_info['id']} not found")
        return record

    def _check_graph(self, graph: object) -> None:
        check_graph(self._state, graph)

    def _check_teams(self, given: dict[str, Any]) -> None:
        if self._state.settings.grepr.check_references:
            unknown = [team for team in given.get("teamIds") or [] if team not in self._state.resources["teams"]]
            if unknown:
                raise ApiError(400, f"unknown team {', '.join(unknown)}")

    def _check_name(self, name: str) -> None:
        if (holder := self._state.jobs.find_active(name)) is not None:
            raise ApiError(409, f"Job {name} already exists: {holder.fields['id']}")


def check_graph(state: State, graph: object) -> None:
    """Reject an invalid graph."""
    found = job_graph.find_problems(graph, state.template_ports)
    if not found and state.settings.grepr.check_references:
        found = [
            f"jobGraph: no {field} {object_id}"
            for field, object_id in job_graph.iter_references(graph)
            if not state.has_referenced(field, object_id)
        ]
    if found:
        raise ApiError(400, "; ".join(found))


def build_backfill_job(given: dict[str, Any]) -> dict[str, Any]:
    """The job of a backfill."""
    kind = "logs" if given["dataType"] == "logs" else "spans"
    source = {"type": f"{kind}-backfill-iceberg-table-source", "name": "backfill_source"}
    for name in ("datasetId", "start", "end", "query", "limit", "variables", "vendorSinkIntegrationIds"):
        if name in given:
            source[name] = given[name]
    vertices, feeder = [source], "backfill_source"
    if "sqlOperation" in given:
        vertices.append(copy.deepcopy(given["sqlOperation"]))
        feeder = str(given["sqlOperation"].get("name"))
    sinks = copy.deepcopy(given["sinks"])
    edges = ([f"backfill_source -> {feeder}"] if len(vertices) > 1 else []) + [
        f"{feeder} -> {sink.get('name')}" for sink in sinks
    ]
    return {
        "name": given["name"],
        "execution": "ASYNCHRONOUS",
        "processing": "BATCH",
        "jobGraph": {"vertices": vertices + sinks, "edges": edges},
        "tags": given.get("tags", {}),
        "teamIds": given.get("teamIds", []),
    }


def _keep_latest(records: list[Record]) -> list[Record]:
    newest: dict[str, Record] = {}
    for record in records:
        other = newest.get(record.fields["id"])
        if other is None or record.fields["version"] > other.fields["version"]:
            newest[record.fields["id"]] = record
    return list(newest.values())


def _ended_before(record: Record, since: datetime) -> bool:
    ended = record.fields.get("endedAt")
    return isinstance(ended, str) and parse_date_time(ended) < since
