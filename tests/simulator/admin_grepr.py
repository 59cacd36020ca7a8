# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The admin interface's part for Grepr: jobs and how they move, other resources, what is planned for them."""

from __future__ import annotations

from functools import partial
from typing import Any

from aiohttp import web

from . import records
from .admin_input import AdminRoute, count_of, objects_of
from .grepr_resources import seeders
from .job_book import FailRule, Meddling
from .records import Record
from .settings import InputError, as_object, build
from .state import State
from .sync_plan import SyncPlan


class GreprAdmin:
    """What can be done to Grepr from outside."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._seeders = seeders(state)
        self.routes: list[AdminRoute] = [
            ("GET", "/jobs", self.jobs, "all versions of all jobs"),
            ("PUT", "/jobs", self.put_jobs, "replace Grepr's jobs"),
            ("POST", "/jobs/generate", self.generate_jobs, 'replace Grepr\'s jobs by {"count": n} made ones'),
            ("POST", "/jobs/set", self.set_job, "change fields of the newest version of a job as it is"),
            ("POST", "/jobs/step", self.step_jobs, "move jobs that are in transit by a step"),
            ("POST", "/jobs/fail", self.fail_jobs, "let the next start of a job fail"),
            ("POST", "/jobs/meddle", self.meddle, "change a job in another's name, now or before the next update"),
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
        self._state.jobs.replace([records.job(fields) for fields in objects_of(body, "jobs")])
        return self.jobs(request, body)

    def generate_jobs(self, _request: web.Request, body: object) -> object:
        """POST /jobs/generate: ``job`` holds what all have in common, ``prefix`` begins their names."""
        given = as_object(body, "the body")
        fields, prefix = as_object(given.get("job", {}), "job"), given.get("prefix", "job_")
        count = count_of(given)
        made = (records.job({**fields, "name": f"{prefix}{number:05}"}) for number in range(1, count + 1))
        self._state.jobs.replace(made)
        return {"count": count}

    def set_job(self, _request: web.Request, body: object) -> object:
        """POST /jobs/set."""
        given = as_object(body, "the body")
        record = self._job(given)
        self._state.jobs.change(record, **as_object(given.get("changes"), "changes"))
        return record.fields

    def step_jobs(self, _request: web.Request, body: object) -> object:
        """POST /jobs/step."""
        given = as_object(body, "the body")
        moved = self._state.jobs.step(str(given.get("name", "*")), count_of(given) if "count" in given else 1)
        return [record.fields for record in moved]

    def fail_jobs(self, _request: web.Request, body: object) -> object:
        """POST /jobs/fail."""
        self._state.jobs.fail_rules.append(build(FailRule, body, "rule"))
        return [vars(rule) for rule in self._state.jobs.fail_rules]

    def meddle(self, _request: web.Request, body: object) -> object:
        """POST /jobs/meddle."""
        given = dict(as_object(body, "the body"))
        when = given.pop("when", "now")
        if when not in ("now", "next_put"):
            raise InputError(f"unknown time {when!r}", ["now", "next_put"])
        record, plan = self._job(given), build(Meddling, given, "the body")
        if when == "next_put":
            self._state.jobs.meddlings.append(plan)
            return record.fields
        return self._state.lifecycle.meddle(record, plan).fields

    def sync(self, _request: web.Request, _body: object) -> object:
        """GET /sync."""
        beats = {beat.token: beat.answered for beat in self._state.heartbeats.values()}
        return {"plan": vars(self._state.sync_plan), "heartbeats": beats}

    def put_sync(self, request: web.Request, body: object) -> object:
        """PUT /sync."""
        self._state.sync_plan = build(SyncPlan, body, "the body")
        return self.sync(request, body)

    def put_trials(self, _request: web.Request, body: object) -> object:
        """PUT /trials."""
        self._state.trials = build(dict[str, dict[str, Any]], body, "the body")
        return self._state.trials

    def secrets(self, _request: web.Request, _body: object) -> object:
        """GET /secrets."""
        shelves = self._state.shelves
        return {
            "integrations": {one["id"]: one["_secrets"] for one in shelves["integrations"].values()},
            "service_accounts": {one["id"]: one["_secret"] for one in shelves["service_accounts"].values()},
        }

    def items(self, kind: str, _request: web.Request, _body: object) -> object:
        """GET of a kind."""
        return list(self._state.shelves[kind].values())

    def put_items(self, kind: str, _request: web.Request, body: object) -> object:
        """PUT of a kind."""
        given = objects_of(body, kind)
        self._state.shelves[kind].clear()
        return [self._seeders[kind](fields, number) for number, fields in enumerate(given, 1)]

    def generate_items(self, kind: str, _request: web.Request, body: object) -> object:
        """POST of a kind: ``item`` holds what all have in common, ``prefix`` begins their names."""
        given = as_object(body, "the body")
        fields, prefix = as_object(given.get("item", {}), "item"), given.get("prefix", f"{kind}_")
        count = count_of(given)
        self._state.shelves[kind].clear()
        for number in range(1, count + 1):
            self._seeders[kind]({**fields, "name": f"{prefix}{number:05}"}, number)
        return {"count": count}

    def _job(self, given: dict[str, Any]) -> Record:
        found = self._state.jobs.named(str(given.get("name")))
        if not found:
            raise InputError(f"no job {given.get('name')!r}")
        return found[-1]
