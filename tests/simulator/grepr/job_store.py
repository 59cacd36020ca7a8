# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All versions of all jobs, and their transitions between states."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from .job_records import ENDED_STATES, Record

Step = Callable[[], None]


@dataclass
class FailRule:
    """Which jobs fail to start, how often, and with what message."""

    name: str = "*"
    times: int = 1
    exception: str = "ai.grepr.JobFailure"
    message: str = "The job could not be started"


@dataclass
class ConcurrentEdit:
    """A change by another user just before the next update of a job."""

    name: str
    edited_by: str = "Bob Other (u2)"
    changes: dict[str, Any] = field(default_factory=dict)


@dataclass
class Transition:
    """The remaining steps of a job, and the time since which it waits for the next one."""

    record: Record
    steps: deque[Step]
    since: float


class JobStore:
    """The versions in the order of their creation."""

    def __init__(self, records: Iterable[Record] = ()) -> None:
        self.fail_rules: list[FailRule] = []
        self.concurrent_edits: list[ConcurrentEdit] = []
        self.replace(records)

    def replace(self, records: Iterable[Record]) -> None:
        """Replace all jobs; all transitions end."""
        self.all: list[Record] = []
        self._by_id: dict[str, list[Record]] = {}
        self._by_name: dict[str, list[Record]] = {}
        self.transitions: dict[str, Transition] = {}
        self.children: dict[str, list[tuple[str, str, str]]] = {}
        self._users: dict[str, dict[str, None]] | None = None
        for record in records:
            self.add(record)

    def add(self, record: Record) -> None:
        """Add a new version, or a new job."""
        self.all.append(record)
        self._by_id.setdefault(record.fields["id"], []).append(record)
        self._by_name.setdefault(record.fields["name"], []).append(record)
        self._users = None

    def change(self, record: Record, **changes: Any) -> None:
        """Change a version in place."""
        record.change(changes)
        self._users = None

    def remove(self, job_id: str) -> None:
        """Drop a job with all its versions."""
        gone = self._by_id.pop(job_id, [])
        self.all = [record for record in self.all if record.fields["id"] != job_id]
        for name in {record.fields["name"] for record in gone}:
            self._by_name[name] = [record for record in self._by_name[name] if record.fields["id"] != job_id]
        self.transitions.pop(job_id, None)
        self._users = None

    def get_versions(self, job_id: str) -> list[Record]:
        """All versions of a job."""
        return self._by_id.get(job_id, [])

    def get_latest(self, job_id: str) -> Record | None:
        """The newest version of a job."""
        return max(self.get_versions(job_id), key=lambda record: int(record.fields["version"]), default=None)

    def find_by_name(self, name: str) -> list[Record]:
        """The newest versions of all jobs with a name."""
        ids = dict.fromkeys(record.fields["id"] for record in self._by_name.get(name, []))
        return [record for job_id in ids if (record := self.get_latest(job_id)) is not None]

    def find_active(self, name: str) -> Record | None:
        """The active job with a name."""
        return next((record for record in self.find_by_name(name) if record.fields["state"] not in ENDED_STATES), None)

    def users(self, object_id: str, find: Callable[[object], Iterable[tuple[str, str]]]) -> list[str]:
        """The ids of the live jobs whose graph names an object."""
        if self._users is None:
            self._users = {}
            for record in self.all:
                if record.fields["state"] not in ENDED_STATES:
                    for _field, found in find(record.fields["jobGraph"]):
                        self._users.setdefault(found, {})[record.fields["id"]] = None
        return list(self._users.get(object_id, {}))

    def start_transition(self, record: Record, steps: Iterable[Step]) -> None:
        """Start a transition; a previous one is dropped."""
        self.transitions[record.fields["id"]] = Transition(record, deque(steps), time.monotonic())

    def advance(self, pause: float) -> None:
        """Make the steps that are due."""
        if not self.transitions:
            return
        now = time.monotonic()
        for job_id, transition in list(self.transitions.items()):
            while transition.steps and now - transition.since >= pause:
                transition.since += pause
                self._step(job_id, transition)

    def step(self, name: str = "*", count: int = 1) -> list[Record]:
        """Make the next steps of the jobs with a name; returns these jobs."""
        moved = []
        for job_id, transition in list(self.transitions.items()):
            if fnmatchcase(transition.record.fields["name"], name):
                for _number in range(min(count, len(transition.steps))):
                    self._step(job_id, transition)
                moved.append(transition.record)
        return moved

    def _step(self, job_id: str, transition: Transition) -> None:
        transition.steps.popleft()()
        # A step may have changed the job's transition.
        if not transition.steps and self.transitions.get(job_id) is transition:
            del self.transitions[job_id]

    def take_failure_rule(self, name: str) -> FailRule | None:
        """The rule that makes a job fail now; counts its use."""
        for rule in self.fail_rules:
            if rule.times > 0 and fnmatchcase(name, rule.name):
                rule.times -= 1
                return rule
        return None
