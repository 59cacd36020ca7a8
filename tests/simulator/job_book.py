# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All versions of all jobs, and the way they make from one state to the next."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from .records import ENDED_STATES, Record

Step = Callable[[], None]


@dataclass
class FailRule:
    """Which jobs fail on their way to RUNNING, how often, and what they say."""

    name: str = "*"
    times: int = 1
    exception: str = "ai.grepr.JobFailure"
    message: str = "The job could not be started"


@dataclass
class Meddling:
    """A change somebody else makes just before the next update of a job arrives."""

    name: str
    edited_by: str = "Bob Other (u2)"
    changes: dict[str, Any] = field(default_factory=dict)


@dataclass
class Journey:
    """The steps a job has still to make, and since when it waits for the next."""

    record: Record
    steps: deque[Step]
    since: float


class JobBook:
    """The versions in the order of their creation."""

    def __init__(self, records: Iterable[Record] = ()) -> None:
        self.fail_rules: list[FailRule] = []
        self.meddlings: list[Meddling] = []
        self.replace(records)

    def replace(self, records: Iterable[Record]) -> None:
        """Take other jobs; all journeys end."""
        self.all: list[Record] = []
        self._by_id: dict[str, list[Record]] = {}
        self._by_name: dict[str, list[Record]] = {}
        self.journeys: dict[str, Journey] = {}
        self.children: dict[str, list[tuple[str, str, str]]] = {}
        self._users: dict[str, dict[str, None]] | None = None
        for record in records:
            self.add(record)

    def add(self, record: Record) -> None:
        """Take a new version, or a new job."""
        self.all.append(record)
        self._by_id.setdefault(record.fields["id"], []).append(record)
        self._by_name.setdefault(record.fields["name"], []).append(record)
        self._users = None

    def change(self, record: Record, **changes: Any) -> None:
        """Change a version where it is."""
        record.change(changes)
        self._users = None

    def forget(self, job_id: str) -> None:
        """Drop a job with all its versions."""
        gone = self._by_id.pop(job_id, [])
        self.all = [record for record in self.all if record.fields["id"] != job_id]
        for name in {record.fields["name"] for record in gone}:
            self._by_name[name] = [record for record in self._by_name[name] if record.fields["id"] != job_id]
        self.journeys.pop(job_id, None)
        self._users = None

    def versions(self, job_id: str) -> list[Record]:
        """All versions of a job."""
        return self._by_id.get(job_id, [])

    def latest(self, job_id: str) -> Record | None:
        """The newest version of a job."""
        return max(self.versions(job_id), key=lambda record: int(record.fields["version"]), default=None)

    def named(self, name: str) -> list[Record]:
        """The newest versions of all jobs with a name."""
        ids = dict.fromkeys(record.fields["id"] for record in self._by_name.get(name, []))
        return [record for job_id in ids if (record := self.latest(job_id)) is not None]

    def active(self, name: str) -> Record | None:
        """The job that holds a name."""
        return next((record for record in self.named(name) if record.fields["state"] not in ENDED_STATES), None)

    def users(self, thing: str, find: Callable[[object], Iterable[tuple[str, str]]]) -> list[str]:
        """The ids of the live jobs whose graph names a thing."""
        if self._users is None:
            self._users = {}
            for record in self.all:
                if record.fields["state"] not in ENDED_STATES:
                    for _field, found in find(record.fields["jobGraph"]):
                        self._users.setdefault(found, {})[record.fields["id"]] = None
        return list(self._users.get(thing, {}))

    def travel(self, record: Record, steps: Iterable[Step]) -> None:
        """Send a job on its way; a way it was on before is given up."""
        self.journeys[record.fields["id"]] = Journey(record, deque(steps), time.monotonic())

    def advance(self, pause: float) -> None:
        """Make the steps that are due."""
        if not self.journeys:
            return
        now = time.monotonic()
        for job_id, journey in list(self.journeys.items()):
            while journey.steps and now - journey.since >= pause:
                journey.since += pause
                self._step(job_id, journey)

    def step(self, name: str = "*", count: int = 1) -> list[Record]:
        """Make the next steps of the jobs of a name; the jobs that moved."""
        moved = []
        for job_id, journey in list(self.journeys.items()):
            if fnmatchcase(journey.record.fields["name"], name):
                for _number in range(min(count, len(journey.steps))):
                    self._step(job_id, journey)
                moved.append(journey.record)
        return moved

    def _step(self, job_id: str, journey: Journey) -> None:
        journey.steps.popleft()()
        # A step may have sent the job on another way.
        if not journey.steps and self.journeys.get(job_id) is journey:
            del self.journeys[job_id]

    def failure(self, name: str) -> FailRule | None:
        """The rule that makes a job fail now; it is used up."""
        for rule in self.fail_rules:
            if rule.times > 0 and fnmatchcase(name, rule.name):
                rule.times -= 1
                return rule
        return None
