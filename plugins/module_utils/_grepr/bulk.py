# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from ansible_collections.greyops.rest.plugins.module_utils._errors import GreyopsError, OptionError, PartialError
from ansible_collections.greyops.rest.plugins.module_utils._grepr.pipelines import Plan, Wish, is_there, plan_among
from ansible_collections.greyops.rest.plugins.module_utils._grepr.wishes import (
    problems_of_tags,
    problems_of_wish,
    wish_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ansible_collections.greyops.rest.plugins.module_utils._grepr.references import References

    Job = dict[str, Any]


@dataclass
class Managed:
    """One pipeline of many: what is planned for it, and what came of it."""

    name: str
    plan: Plan | None = None
    job: Job | None = None
    error: GreyopsError | None = None

    @property
    def is_changed(self) -> bool:
        return self.plan is not None and self.plan.changed and self.error is None

    def as_result(self, with_diff: bool) -> dict[str, Any]:
        told = {
            "name": self.name,
            "changed": self.is_changed,
            "action": self.plan.action if self.plan else "none",
            "changes": self.plan.changes() if self.plan else [],
            "job": self.job,
        }
        if self.error is not None:
            return {**told, "failed": True, **self.error.as_result()}
        if with_diff and self.plan is not None and self.plan.changed:
            told["diff"] = self.plan.as_diff()
        return told


def problems_of_wishes(wishes: Sequence[dict[str, Any]], purge: dict[str, Any] | None = None) -> list[str]:
    """All that can be said against a list of pipelines without asking Grepr, each with its place."""
    problems: list[str] = []
    places: dict[str, int] = {}
    for number, params in enumerate(wishes):
        problems += problems_of_wish(params, f"jobs[{number}].")
        first = places.setdefault(params["name"], number)
        if first != number:
            problems.append(f"jobs[{number}].name {params['name']} is the name of jobs[{first}] as well")
    return [*problems, *problems_of_tags(purge, "purge")]


def plan_all(
    wishes: Sequence[dict[str, Any]], jobs: Sequence[Job], purge: dict[str, Any] | None, references: References
) -> list[Managed]:
    """A plan for each wish, and for each pipeline that bears the tags of ``purge`` and that nobody wishes for."""
    by_name: dict[str, list[Job]] = {}
    for job in jobs:
        by_name.setdefault(str(job.get("name")), []).append(job)
    pipelines = [
        _planned(params["name"], by_name.get(params["name"], []), partial(wish_of, params, references))
        for params in wishes
    ]
    wished = {params["name"] for params in wishes}
    for name in sorted(by_name.keys() - wished) if purge else ():
        marked = [job for job in by_name[name] if is_there(job) and _carries(job, purge or {})]
        if marked:
            pipelines.append(_planned(name, marked, partial(Wish, name, "absent")))
    return pipelines


def _carries(job: Job, tags: dict[str, Any]) -> bool:
    there = job.get("tags") or {}
    return all(key in there and str(there[key]) == str(tag) for key, tag in tags.items())


def _planned(name: str, jobs: list[Job], wish: Callable[[], Wish]) -> Managed:
    one = Managed(name)
    try:
        one.plan = plan_among(jobs, wish())
        one.job = one.plan.before
    except OptionError as error:
        one.error = error
    return one


def diff_of(pipelines: Iterable[Managed]) -> dict[str, Any]:
    """What changes, by the names of the pipelines; empty on both sides where nothing does."""
    diffs = {one.name: one.plan.as_diff() for one in pipelines if one.plan is not None and one.is_changed}
    return {side: {name: diff[side] for name, diff in diffs.items() if diff[side]} for side in ("before", "after")}


def require_success(pipelines: Sequence[Managed], results: list[dict[str, Any]]) -> None:
    """
    :raises PartialError: something failed. It names every pipeline that did, and has all results.
    """
    failed = [one for one in pipelines if one.error is not None]
    if failed:
        reasons = " ".join(f"{one.name}: {one.error.msg}" for one in failed if one.error)
        raise PartialError(
            f"{len(failed)} of {len(pipelines)} pipelines failed. {reasons}",
            {"changed": any(one.is_changed for one in pipelines), "jobs": results},
        )
