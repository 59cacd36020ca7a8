# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Many service requests in one task."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from .._argspec import validate_options
from .._changes import format_changes
from .._errors import (
    AuthenticationError,
    GreyopsError,
    HTTPStatusError,
    OptionError,
    PartialFailureError,
    describe_failures,
)
from .._polling import Progress, ProgressLine, wait_for_all
from .problems import ProblemGroups
from .service_request import (
    CANCEL,
    CREATE,
    SERVICE_REQUEST_SPEC,
    TYPES,
    UPDATE,
    Place,
    ServiceRequestPlan,
    build_desired,
    format_state,
    get_label,
    has_reached,
    list_awaited_states,
    plan_service_request,
    validate_service_request,
)
from .service_request_api import ROUTE_MISSING, SearchResult, ServiceRequestApi, get_search_size, search

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from .._concurrency import ClientPool
    from .._context import Context
    from .client import GreyMatterClient
    from .service_request import Item
    from .service_request_files import GivenRequest

_NOUN = "service requests"
_COUNTS = {CREATE: "created", UPDATE: "updated", CANCEL: "cancelled"}
_MAX_WARNINGS = 5
_MAX_PROBLEMS = 1000
# The statuses of a search that is refused because of its length or of one of its ids: each id is searched for alone.
_REFUSED = (400, 413, 414, 422)


@dataclass
class ServiceRequestChange:
    """One service request of many: what is asked for, its plan and its result.

    ``item`` is the request as it was last read, or in check mode as it would be. ``is_changed`` is True from the moment
    that it was sent, whatever happens to it later. ``began`` is the time from which it is waited for.
    """

    desired: Item
    request_id: str | None
    desired_state: str
    awaited: list[str]
    plan: ServiceRequestPlan | None = None
    item: Item | None = None
    is_changed: bool = False
    is_waiting: bool = False
    is_searchable: bool = True
    began: float = 0.0
    error: GreyopsError | None = None
    warnings: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        return get_label(self.desired)

    @property
    def state(self) -> str:
        return format_state(self.item or {})

    @property
    def action(self) -> str:
        step = self.plan.step if self.plan and (self.is_changed or self.error) else None
        return step or "none"

    def give_up(self, error: GreyopsError) -> None:
        """Fail; what was sent before stays as it is."""
        self.error, self.is_waiting = error, False
        self.is_changed |= bool(error.values.get("changed"))

    @contextmanager
    def keep_error(self) -> Iterator[None]:
        """Keep an error as that of this service request, so that the others continue."""
        try:
            yield
        except GreyopsError as error:
            self.give_up(error)

    def open(self, client: GreyMatterClient) -> ServiceRequestApi:
        return ServiceRequestApi(
            client, self.desired, self.request_id, searchable=self.is_searchable, warn=self.warnings.append
        )

    def as_result(self) -> dict[str, Any]:
        result = {
            "external_service_request_id": self.desired["externalServiceRequestId"],
            "type": self.desired["type"],
            "action": self.action,
            "changed": self.is_changed,
            **format_changes(self.plan.list_changes() if self.plan else ()),
            "service_request": self.item,
        }
        return result if self.error is None else {**result, "failed": True, **self.error.as_result()}


@dataclass
class ChangeBuilder:
    """Validates the service requests of a task. ``problems`` is everything wrong with them.

    ``state`` is that of those that have none of their own. ``wait_for`` are the states to wait for of those that have
    this state and none of their own to wait for.
    """

    state: str
    wait_for: list[str] | None
    problems: ProblemGroups = field(default_factory=lambda: ProblemGroups(_MAX_PROBLEMS))
    _places: dict[str, Place] = field(default_factory=dict)

    def build(self, given: Iterable[GivenRequest]) -> list[ServiceRequestChange]:
        """Return the valid ones."""
        return [change for one in given if (change := self._build(*one)) is not None]

    def _build(self, place: Place, options: Item, problems: Sequence[str]) -> ServiceRequestChange | None:
        params = None
        found = [*problems]
        if not found:
            try:
                own = {name: value for name, value in options.items() if value is not None}
                params = validate_options(SERVICE_REQUEST_SPEC, {"state": self.state, **own})
                found = self._validate(params, place)
            except OptionError as error:
                found = [f"{place}: {error.msg}"]
        for problem in found:
            self.problems.add(place.find_start(problem), problem)
        if found or params is None:
            return None
        if params["state"] == self.state:
            params["wait_for"] = params["wait_for"] or self.wait_for
        return ServiceRequestChange(build_desired(params), params["id"], params["state"], list_awaited_states(params))

    def _validate(self, params: Item, place: Place) -> list[str]:
        params["type"] = TYPES[params["type"]]
        name = f"{params['type']} {params['external_service_request_id']}"
        first = self._places.setdefault(name, place)
        duplicate = [] if first is place else [f"{place}: {name} is that of {first} as well"]
        return validate_service_request(params, place) + duplicate


@dataclass
class BulkPlanner:
    """Looks up many service requests and plans them, ``size`` of them with each search.

    ``missing`` is the error of the first search on a site that has none: no other one is tried.
    """

    size: int
    missing: HTTPStatusError | None = None

    @classmethod
    def open(cls, client: GreyMatterClient) -> BulkPlanner:
        return cls(get_search_size(client))

    def split(self, changes: Iterable[ServiceRequestChange]) -> Iterator[list[ServiceRequestChange]]:
        """Split service requests into those that are read together."""
        batch = []
        for change in changes:
            if change.request_id or not change.is_searchable:
                yield [change]
                continue
            batch.append(change)
            if len(batch) == self.size:
                yield batch
                batch = []
        if batch:
            yield batch

    def plan(self, client: GreyMatterClient, batch: Sequence[ServiceRequestChange]) -> None:
        """Plan each of a batch; each gets its plan or its error."""
        searched = None if batch[0].request_id else self._search(client, batch)
        for change in batch:
            with change.keep_error():
                api = change.open(client)
                current = api.find(change.desired_state, searched)
                change.is_searchable, change.item = api.is_searchable, current
                change.plan = plan_service_request(current, change.desired, change.desired_state)

    def look(self, client: GreyMatterClient, batch: Sequence[ServiceRequestChange]) -> None:
        """Read the state of each of a batch that is waited for: with one search, or one alone by its number."""
        searched = self._search(client, batch) if len(batch) > 1 else None
        for change in batch:
            with change.keep_error():
                api = change.open(client)
                change.item = api.read_again(change.item or {}, searched)
                if has_reached(change.item, change.awaited, change.name):
                    change.item, change.is_waiting = api.complete(change.item), False

    def _search(
        self, client: GreyMatterClient, batch: Sequence[ServiceRequestChange]
    ) -> SearchResult | GreyopsError | None:
        """Return the result or the error of one search for a batch; None if each must be searched for alone."""
        ids = list(dict.fromkeys(change.desired["externalServiceRequestId"] for change in batch))
        if self.missing is not None:
            return self.missing
        try:
            return search(client, ids)
        except GreyopsError as error:
            if isinstance(error, HTTPStatusError) and error.status in ROUTE_MISSING:
                self.missing = error
            elif len(batch) > 1 and (isinstance(error, OptionError) or error.status in _REFUSED):
                return None
            return error


def plan_all(context: Context, pool: ClientPool, planner: BulkPlanner, changes: Sequence[ServiceRequestChange]) -> None:
    """Look up all service requests and plan them.

    :raises AuthenticationError: if the site refuses access.
    """
    progress, done = ProgressLine(context.runtime, _NOUN), 0
    for batch, outcome in pool.map(planner.split(changes), planner.plan):
        _settle(batch, outcome)
        refusal = next((change.error for change in batch if isinstance(change.error, AuthenticationError)), None)
        if refusal is not None:
            raise refusal
        done += len(batch)
        progress.show(f"{done} of {len(changes)} looked up")


def predict_all(changes: Iterable[ServiceRequestChange]) -> None:
    """Set the result that applying the plans would have."""
    for change in changes:
        if change.plan is not None:
            change.item, change.is_changed = change.plan.after, change.plan.changed


def apply_all(
    context: Context,
    pool: ClientPool,
    planner: BulkPlanner,
    changes: Sequence[ServiceRequestChange],
    timeout: float,
) -> None:
    """Send what the plans contain, and then wait for all together.

    :param timeout: in seconds, from the moment that each was sent.
    """
    progress = Progress(context.runtime, _NOUN, len(changes))
    for change, outcome in pool.map(changes, _apply):
        _settle([change], outcome)
        progress.unwritten -= 1
        _count(progress, [change])
    waiting = [change for change in changes if change.is_waiting]
    wait_for_all(context.runtime, timeout, waiting, partial(_look, pool, planner, progress), progress)


def _look(
    pool: ClientPool, planner: BulkPlanner, progress: Progress, waiting: Sequence[ServiceRequestChange]
) -> list[ServiceRequestChange]:
    """Read all that are waited for, and return those that are not done."""
    for batch, outcome in pool.map(planner.split(waiting), planner.look):
        _settle(batch, outcome)
        _count(progress, batch)
    return [change for change in waiting if change.is_waiting]


def _apply(client: GreyMatterClient, change: ServiceRequestChange) -> None:
    if change.plan is None:
        return
    with change.keep_error():
        api = change.open(client)
        change.item, change.is_changed = api.apply(change.plan)
        change.began = time.monotonic()
        if change.item is not None and change.awaited:
            api.require_readable(change.item)
            change.is_waiting = not has_reached(change.item, change.awaited, change.name)


def _settle(batch: Iterable[ServiceRequestChange], outcome: GreyopsError | None) -> None:
    """Keep an error of a whole batch, such as that the client cannot be opened."""
    if outcome is not None:
        for change in batch:
            change.give_up(outcome)


def _count(progress: Progress, changes: Iterable[ServiceRequestChange]) -> None:
    """Count those that are no longer waited for."""
    for change in changes:
        if not change.is_waiting:
            progress.failed += change.error is not None
            progress.done += change.error is None
    progress.update()


def show_warnings(context: Context, changes: Iterable[ServiceRequestChange]) -> None:
    """Show the first warnings, and how many others there are."""
    warnings = list(dict.fromkeys(warning for change in changes for warning in change.warnings))
    for warning in warnings[:_MAX_WARNINGS]:
        context.warn(warning)
    if len(warnings) > _MAX_WARNINGS:
        context.warn(f"There are {len(warnings) - _MAX_WARNINGS} more warnings about other service requests.")


def build_values(changes: Sequence[ServiceRequestChange]) -> dict[str, Any]:
    """Return the keys of the result of the task."""
    counts = dict.fromkeys(("total", *_COUNTS.values(), "unchanged", "failed"), 0)
    for change in changes:
        counts["total"] += 1
        counts["failed"] += change.error is not None
        if change.is_changed:
            counts[_COUNTS[change.action]] += 1
        elif change.error is None:
            counts["unchanged"] += 1
    return {"counts": counts, "results": [change.as_result() for change in changes]}


def combine_diffs(changes: Iterable[ServiceRequestChange]) -> dict[str, Any]:
    """Return the changes by the names of the service requests; both sides are empty if nothing changes."""
    diffs = {change.name: change.plan.as_diff() for change in changes if change.plan and change.is_changed}
    return {side: {name: diff[side] for name, diff in diffs.items() if diff[side]} for side in ("before", "after")}


def raise_on_failure(changes: Sequence[ServiceRequestChange], values: dict[str, Any]) -> None:
    """
    :raises PartialFailureError: if a service request failed. It contains all results.
    """
    names: dict[str, list[str]] = {}
    for change in changes:
        if change.error is not None:
            names.setdefault(change.error.msg, []).append(change.name)
    if names:
        raise PartialFailureError(
            f"{values['counts']['failed']} of {len(changes)} service requests failed. {describe_failures(names)}",
            {"changed": any(change.is_changed for change in changes), **values},
        )
