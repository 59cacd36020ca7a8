# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Many pipelines in one task."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from .._changes import format_changes
from .._concurrency import map_concurrently
from .._errors import GreyopsError, OptionError, PartialFailureError, raise_on_errors
from .pipeline import (
    DesiredPipeline,
    PipelinePlan,
    build_desired,
    get_planned_graph,
    is_live,
    list_missing,
    list_warnings,
    plan_by_name,
    validate_pipeline,
    validate_plan,
    validate_tags,
)
from .pipeline_apply import apply_plans
from .remote_validation import (
    find_expressions,
    list_errors,
    list_expressions,
    validate_expression,
)
from .resources import MISSING
from .service import GREPR

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from .._context import Context
    from .names import NameResolver

    Job = dict[str, Any]

JOBS = "jobs"


@dataclass
class PipelineChange:
    """One pipeline of many: its plan and its result. ``is_written`` is whether a change was sent before the error."""

    name: str
    plan: PipelinePlan | None = None
    job: Job | None = None
    error: GreyopsError | None = None
    is_written: bool = False

    @property
    def is_changed(self) -> bool:
        return self.plan is not None and self.plan.changed and (self.error is None or self.is_written)

    def as_result(self, with_diff: bool) -> dict[str, Any]:
        before = (self.plan.before if self.plan else None) or {}
        message = {
            "name": self.name,
            "changed": self.is_changed,
            "action": self.plan.action if self.plan else "none",
            **format_changes(self.plan.list_changes() if self.plan else []),
            "job": self.job,
            "edited_by": before.get("editedBy"),
            "edited_at": before.get("updatedAt"),
        }
        if self.error is not None:
            message |= {"failed": True, **self.error.as_result()}
        if with_diff and self.plan is not None and self.is_changed:
            message["diff"] = self.plan.as_diff()
        return message


def validate_pipelines(
    desired: Sequence[dict[str, Any]], validate: str, purge: dict[str, Any] | None = None, option: str = JOBS
) -> list[str]:
    """Return the errors of a list of pipelines that can be found without a request, each with its place.

    :param option: the option that contains the list; the same below.
    """
    problems: list[str] = []
    places: dict[str, int] = {}
    for number, params in enumerate(desired):
        problems += validate_pipeline(params, validate, f"{option}[{number}].")
        first = places.setdefault(params["name"], number)
        if first != number:
            problems.append(f"{option}[{number}].name {params['name']} is also the name of {option}[{first}]")
    return [*problems, *validate_tags(purge, "purge")]


def plan_pipelines(
    desired: Sequence[dict[str, Any]],
    jobs: Sequence[Job],
    purge: dict[str, Any] | None,
    names: NameResolver,
    option: str = JOBS,
) -> list[PipelineChange]:
    """Plan each desired pipeline, and the deletion of each other pipeline that has the tags of ``purge``."""
    by_name: dict[str, list[Job]] = {}
    for job in jobs:
        by_name.setdefault(str(job.get("name")), []).append(job)
    pipelines = []
    for number, params in enumerate(desired):
        named, path = by_name.get(params["name"], []), f"{option}[{number}]."
        pipelines.append(_plan(params["name"], named, names, path, partial(build_desired, params, names, named, path)))
    desired_names = {params["name"] for params in desired}
    for name in sorted(by_name.keys() - desired_names) if purge else ():
        marked = [job for job in by_name[name] if is_live(job) and _has_tags(job, purge or {})]
        if marked:
            pipelines.append(_plan(name, marked, names, "", partial(DesiredPipeline, name, "absent")))
    return pipelines


def _has_tags(job: Job, tags: dict[str, Any]) -> bool:
    current = job.get("tags") or {}
    return all(key in current and str(current[key]) == str(tag) for key, tag in tags.items())


def _plan(
    name: str, jobs: list[Job], names: NameResolver, path: str, desired: Callable[[], DesiredPipeline]
) -> PipelineChange:
    one = PipelineChange(name)
    try:
        one.plan = plan_by_name(jobs, desired())
        one.job = one.plan.before
        raise_on_errors(list_missing(names, one.plan, path), MISSING)
    except OptionError as error:
        one.error = error
    return one


def validate_plans(pipelines: Sequence[PipelineChange], option: str = JOBS) -> list[str]:
    """Return the errors of all plans, each with its place."""
    return [problem for path, plan in _iter_plans(pipelines, option) for problem in validate_plan(plan, path)]


def list_all_warnings(pipelines: Sequence[PipelineChange], option: str = JOBS) -> list[str]:
    """Return the warnings about the graphs that would be sent, each with its place."""
    return [warning for path, plan in _iter_plans(pipelines, option) for warning in list_warnings(plan, path)]


def _iter_plans(pipelines: Sequence[PipelineChange], option: str) -> Iterator[tuple[str, PipelinePlan]]:
    """Yield each plan, after what precedes the names of its options in messages."""
    for number, one in enumerate(pipelines):
        if one.plan is not None:
            yield f"{option}[{number}].", one.plan


def validate_remotely(
    context: Context, pipelines: Sequence[PipelineChange], concurrency: int, option: str = JOBS
) -> list[str]:
    """Return Grepr's errors about the graphs that would be sent, each with its place.

    :raises GreyopsError: if validation failed without a result.
    """
    locations = [
        location
        for path, plan in _iter_plans(pipelines, option)
        for location in find_expressions(get_planned_graph(plan), f"{path}job_graph")
    ]
    expressions, errors = list_expressions(locations), {}
    results = map_concurrently(GREPR.open_client, context, concurrency, expressions, validate_expression)
    for expression, result in zip(expressions, results):
        if isinstance(result, GreyopsError):
            raise result
        errors[expression] = result
    return list_errors(locations, errors)


def apply_all(
    context: Context, pipelines: Sequence[PipelineChange], concurrency: int, *, wait: bool, timeout: float
) -> None:
    """Apply the plans; each change gets its job or its error."""
    due = [(one, one.plan) for one in pipelines if one.plan is not None]
    appliers = apply_plans(context, [plan for _one, plan in due], concurrency, wait=wait, timeout=timeout)
    for (one, _plan), applier in zip(due, appliers):
        one.job, one.error, one.is_written = applier.job, applier.error, applier.is_written


def combine_diffs(pipelines: Iterable[PipelineChange]) -> dict[str, Any]:
    """Return the changes by the names of the pipelines; both sides are empty if nothing changes."""
    diffs = {one.name: one.plan.as_diff() for one in pipelines if one.plan is not None and one.is_changed}
    return {side: {name: diff[side] for name, diff in diffs.items() if diff[side]} for side in ("before", "after")}


def raise_on_failure(pipelines: Sequence[PipelineChange], results: list[dict[str, Any]]) -> None:
    """
    :raises PartialFailureError: if a pipeline failed. It names each failed pipeline, and contains all results.
    """
    failed = [one for one in pipelines if one.error is not None]
    if failed:
        reasons = " ".join(f"{one.name}: {one.error.msg}" for one in failed if one.error)
        raise PartialFailureError(
            f"{len(failed)} of {len(pipelines)} pipelines failed. {reasons}",
            {"changed": any(one.is_changed for one in pipelines), "jobs": results},
        )
