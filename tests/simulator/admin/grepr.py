# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Grepr part of the admin interface: jobs and their transitions, other resources, query scripts."""

from __future__ import annotations

from functools import partial
from typing import Any

from aiohttp import web

from ..core.settings import InputError, build, require_object
from ..core.state import State
from ..grepr import job_records
from ..grepr.job_records import Record
from ..grepr.job_store import ConcurrentEdit, FailRule
from ..grepr.query_script import QueryScript
from ..grepr.resource_types import get_seeders
from .operations import AdminRoute, parse_count, parse_objects


class GreprAdmin:
    """The admin routes for Grepr."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._seeders = get_seeders(state)
        self.routes: list[AdminRoute] = [
            ("GET", "/jobs", self.jobs, "all versions of all jobs"),
            ("PUT", "/jobs", self.put_jobs, "replace Grepr's jobs"),
            ("POST", "/jobs/generate", self.generate_jobs, 'replace Grepr\'s jobs by {"count": n} made ones'),
            ("POST", "/jobs/set", self.set_job, "change fields of the newest version of a job as it is"),
            ("POST", "/jobs/step", self.step_jobs, "move jobs that are in transit by a step"),
            ("POST", "/jobs/fail", self.fail_jobs, "let the next start of a job fail"),
            (
                "POST",
                "/jobs/meddle",
                self.edit_concurrently,
                "change a job in another's name, now or before the next update",
            ),
            ("GET", "/sync", self.sync, "what synchronous jobs find, and the heartbeats sent"),
            ("PUT", "/sync", self.put_sync, "replace what synchronous jobs find"),
            ("PUT", "/trials", self.put_trials, "replace the graphs that trials of templates answer, by template name"),
            ("GET", "/secrets", self.secrets, "the secrets integrations and service accounts have been given"),
        ]
        for kind in self._seeders:
            self.routes += [
                ("GET", f"/{kind}", partial(self.items, kind), f"Grepr's {kind}, with what the API hides"),
                ("PUT", f"/{kind}", partial(self.put_items, kind), f"replace Grepr's {kind}"),
                ("POST", f"/{kind}/generate", partial(self.generate_items, kind), f"replace {kind} by made ones"),
            ]

    def jobs(self, _request: web.Request, _body: object) -> object:
        """GET /jobs."""
        return [record.fields for record in self._state.jobs.all]

    def put_jobs(self, request: web.Request, body: object) -> object:
        """PUT /jobs."""
        self._state.jobs.replace([job_records.job(fields) for fields in parse_objects(body, "jobs")])
        return self.jobs(request, body)

    def generate_jobs(self, _request: web.Request, body: object) -> object:
        """POST /jobs/generate: ``job`` holds what all have in common, ``prefix`` begins their names."""
        given = require_object(body, "the body")
        fields, prefix = require_object(given.get("job", {}), "job"), given.get("prefix", "job_")
        count = parse_count(given)
        made = (job_records.job({**fields, "name": f"{prefix}{number:05}"}) for number in range(1, count + 1))
        self._state.jobs.replace(made)
        return {"count": count}

    def set_job(self, _request: web.Request, body: object) -> object:
        """POST /jobs/set."""
        given = require_object(body, "the body")
        record = self._job(given)
        self._state.jobs.change(record, **require_object(given.get("changes"), "changes"))
        return record.fields

    def step_jobs(self, _request: web.Request, body: object) -> object:
        """POST /jobs/step."""
        given = require_object(body, "the body")
        moved = self._state.jobs.step(str(given.get("name", "*")), parse_count(given) if "count" in given else 1)
        return [record.fields for record in moved]

    def fail_jobs(self, _request: web.Request, body: object) -> object:
        """POST /jobs/fail."""
        self._state.jobs.fail_rules.append(build(FailRule, body, "rule"))
        return [vars(rule) for rule in self._state.jobs.fail_rules]

    def edit_concurrently(self, _request: web.Request, body: object) -> object:
        """POST /jobs/meddle."""
        given = dict(require_object(body, "the body"))
        when = given.pop("when", "now")
        if when not in ("now", "next_put"):
            raise InputError(f"unknown time {when!r}", ["now", "next_put"])
        record, plan = self._job(given), build(ConcurrentEdit, given, "the body")
        if when == "next_put":
            self._state.jobs.concurrent_edits.append(plan)
            return record.fields
        return self._state.lifecycle.edit_concurrently(record, plan).fields

    def sync(self, _request: web.Request, _body: object) -> object:
        """GET /sync."""
        heartbeats = {one.token: one.answered for one in self._state.heartbeats.values()}
        return {"plan": vars(self._state.query_script), "heartbeats": heartbeats}

    def put_sync(self, request: web.Request, body: object) -> object:
        """PUT /sync."""
        self._state.query_script = build(QueryScript, body, "the body")
        return self.sync(request, body)

    def put_trials(self, _request: web.Request, body: object) -> object:
        """PUT /trials."""
        self._state.trials = build(dict[str, dict[str, Any]], body, "the body")
        return self._state.trials

    def secrets(self, _request: web.Request, _body: object) -> object:
        """GET /secrets."""
        resources = self._state.resources
        return {
            "integrations": {one["id"]: one["_secrets"] for one in resources["integrations"].values()},
            "service_accounts": {one["id"]: one["_secret"] for one in resources["service_accounts"].values()},
        }

    def items(self, kind: str, _request: web.Request, _body: object) -> object:
        """GET of a kind."""
        return list(self._state.resources[kind].values())

    def put_items(self, kind: str, _request: web.Request, body: object) -> object:
        """PUT of a kind."""
        given = parse_objects(body, kind)
        self._state.resources[kind].clear()
        return [self._seeders[kind](fields, number) for number, fields in enumerate(given, 1)]

    def generate_items(self, kind: str, _request: web.Request, body: object) -> object:
        """POST of a kind: ``item`` contains the common fields, ``prefix`` begins their names."""
        given = require_object(body, "the body")
        fields, prefix = require_object(given.get("item", {}), "item"), given.get("prefix", f"{kind}_")
        count = parse_count(given)
        self._state.resources[kind].clear()
        for number in range(1, count + 1):
            self._seeders[kind]({**fields, "name": f"{prefix}{number:05}"}, number)
        return {"count": count}

    def _job(self, given: dict[str, Any]) -> Record:
        found = self._state.jobs.find_by_name(str(given.get("name")))
        if not found:
            raise InputError(f"no job {given.get('name')!r}")
        return found[-1]
