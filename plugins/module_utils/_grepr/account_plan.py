# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The plan of a whole account. What the plan creates and deletes counts as done for the rest of the plan."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .._changes import format_changes
from .._errors import GreyopsError, OptionError, ValidationError
from .._resource import ABSENT, CREATE
from .account import ALL_KINDS, INTEGRATIONS, KINDS, PIPELINES, SERVICE_ACCOUNTS, Entry
from .integrations import require_unused
from .pipeline import PipelinePlan
from .pipeline_apply import find_pipelines
from .pipelines_bulk import PipelineChange, plan_pipelines
from .planned_ids import build_planned_id, find_ids
from .resource_kinds import ResourceChange

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .._resource import Item
    from .names import NameResolver

_COUNTED = ("create", "update", "delete", "recreate")


@dataclass
class AccountItem:
    """A resource of the account: its plan, and what became of it.

    ``planned_id`` represents the id of a resource to create in the plans of others. ``was_written`` means that a part
    of the change was made before an error.
    """

    kind: str
    name: str
    label: str
    path: str
    change: ResourceChange | PipelinePlan | None = None
    error: GreyopsError | None = None
    was_written: bool = False
    planned_id: str = ""

    @property
    def is_due(self) -> bool:
        return self.change is not None and self.change.changed and self.error is None

    @property
    def is_changed(self) -> bool:
        return self.is_due or self.was_written

    @property
    def is_deletion(self) -> bool:
        return self.change is not None and self.change.action == "delete"

    def as_result(self, *, is_possible: bool) -> dict[str, Any]:
        before = (self.change.before if self.change else None) or {}
        return {
            "name": self.name,
            "action": self.change.action if self.change else "none",
            "changed": is_possible and self.is_changed,
            **format_changes(self.change.list_changes() if self.change else []),
            "error": self.error and self.error.msg,
            "edited_by": before.get("editedBy"),
            "edited_at": before.get("updatedAt"),
        }


@dataclass
class AccountPlan:
    """The plans of all resources in the order of the description, those of purged pipelines last.

    ``pipelines`` are the plans of the items of that kind, in the same order. ``problems`` make the plan impossible.
    """

    kinds: tuple[str, ...]
    items: list[AccountItem] = field(default_factory=list)
    pipelines: list[PipelineChange] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def select(self, kind: str) -> list[AccountItem]:
        return [item for item in self.items if item.kind == kind]

    @property
    def changed(self) -> bool:
        return any(item.is_changed for item in self.items)

    def as_result(self) -> dict[str, Any]:
        is_possible = not self.problems
        actions = [item.change.action if item.change else "none" for item in self.items if item.error is None]
        counts = {action: actions.count(action) for action in _COUNTED}
        failed = len(self.items) - len(actions)
        return {
            "results": {
                kind: [item.as_result(is_possible=is_possible) for item in self.select(kind)] for kind in self.kinds
            },
            "counts": {**counts, "unchanged": actions.count("none"), "failed": failed, "total": len(self.items)},
        }

    def as_diff(self) -> dict[str, Any]:
        """Return the changes by kind and name; both sides are empty if nothing changes."""
        diff: dict[str, Any] = {"before": {}, "after": {}}
        for item in self.items:
            shown = item.change.as_diff() if item.change is not None and item.is_changed else {}
            for side, kinds in diff.items():
                if shown.get(side):
                    kinds.setdefault(item.kind, {})[item.name] = shown[side]
        return diff


def plan_account(
    names: NameResolver,
    kinds: Iterable[str],
    entries: Sequence[Entry],
    *,
    purge: dict[str, Any] | None = None,
    returns_secrets: bool = False,
) -> AccountPlan:
    """Read what is described, and plan the change of each resource.

    :param kinds: the described kinds.
    :param entries: the described resources, in the order of dependency.
    :param returns_secrets: whether the result contains the secrets of new service accounts.
    """
    planner = _Planner(names, AccountPlan(tuple(kind for kind in ALL_KINDS if kind in {*kinds})), returns_secrets)
    planner.plan_resources([entry for entry in entries if entry.kind in KINDS])
    pipelines = [entry for entry in entries if entry.kind == PIPELINES]
    if pipelines or purge:
        planner.plan_pipelines(pipelines, purge)
    planner.check_integrations()
    return planner.plan


class _Planner:
    def __init__(self, names: NameResolver, plan: AccountPlan, returns_secrets: bool) -> None:
        self.plan = plan
        self._names = names
        self._returns_secrets = returns_secrets
        # The place of each described resource that exists, and the integrations to delete.
        self._places: dict[tuple[str, str], str] = {}
        self._unused: list[tuple[AccountItem, Entry]] = []

    def plan_resources(self, entries: Sequence[Entry]) -> None:
        items = {entry.path: AccountItem(entry.kind, entry.name, _describe(entry), entry.path) for entry in entries}
        self.plan.items += items.values()
        # What is deleted does not exist for the rest of the plan.
        for entry in sorted(entries, key=lambda entry: entry.params["state"] != ABSENT):
            item = items[entry.path]
            try:
                self._plan_resource(entry, item)
            except OptionError as error:
                self._fail(item, error)

    def _plan_resource(self, entry: Entry, item: AccountItem) -> None:
        kind, params, names = KINDS[entry.kind], dict(entry.params), self._names
        is_deleted = params["state"] == ABSENT
        if entry.kind == INTEGRATIONS and is_deleted:
            # Which pipelines use it is known when these are planned.
            self._unused.append((item, entry))
            params["force"] = True
        path = kind.open_api(names, params).resource_type.path
        try:
            item.change = change = kind.plan_change(names, params, f"{entry.path}.", uses_lists=True)
        except OptionError:
            # It counts as there, so that only its own error is reported.
            if not names.lists.contains(path, entry.name):
                self._put(item, path, {"name": entry.name, "email": entry.name}, None)
            raise
        known = str((change.before or {}).get("id", ""))
        first = self._places.setdefault((path, known), entry.path) if known else entry.path
        if first != entry.path:
            raise OptionError(f"It is the same resource as {first}.", hint="Remove one of them.")
        if is_deleted:
            if change.before is not None:
                names.lists.remove(path, change.before, entry.path)
        else:
            self._put(item, path, {**(change.before or {}), **(change.plan.after or {})}, change.before)
        if entry.kind == SERVICE_ACCOUNTS and change.action == CREATE and not self._returns_secrets:
            raise OptionError(
                f"The {item.label} does not exist, and creating it requires return_secrets=true.",
                hint="The result then contains its secret, and is not shown.",
            )

    def _put(self, item: AccountItem, path: str, resource: Item, before: Item | None) -> None:
        if before is None:
            item.planned_id = build_planned_id(item.label)
            resource = {**resource, "id": item.planned_id}
        self._names.lists.put(path, resource)

    def plan_pipelines(self, entries: Sequence[Entry], purge: dict[str, Any] | None) -> None:
        jobs = find_pipelines(self._names.client)
        described = [entry.params for entry in entries]
        for number, one in enumerate(plan_pipelines(described, jobs, purge, self._names, PIPELINES)):
            path = f"{PIPELINES}[{number}]" if number < len(entries) else f"pipeline {one.name}"
            item = AccountItem(PIPELINES, one.name, f"pipeline {one.name}", path, one.plan)
            self.plan.items.append(item)
            self.plan.pipelines.append(one)
            if isinstance(one.error, OptionError):
                self._fail(item, one.error)

    def check_integrations(self) -> None:
        """Require that no pipeline uses the integrations to delete after the change of the pipelines."""
        for item, entry in self._unused:
            before = item.change.before if item.change is not None else None
            if before is None:
                continue
            released = {
                str(plan.before["id"])
                for plan in (one.plan for one in self.plan.pipelines)
                if plan is not None
                and plan.changed
                and plan.before is not None
                and not find_ids((plan.after or {}).get("jobGraph"), {str(before["id"])})
            }
            jobs = [job for job in before.get("jobIds") or [] if str(job) not in released]
            try:
                require_unused({**before, "jobIds": jobs}, entry.params["force"])
            except OptionError as error:
                self._fail(item, error)

    def _fail(self, item: AccountItem, error: OptionError) -> None:
        item.error = error
        texts = error.problems if isinstance(error, ValidationError) else [f"{item.path}: {error.msg}"]
        self.plan.problems += [text.rstrip(".") for text in texts]


def _describe(entry: Entry) -> str:
    noun = entry.kind.removesuffix("s").replace("_", " ")
    return f"{entry.params['type']} {noun} {entry.name}" if entry.kind == INTEGRATIONS else f"{noun} {entry.name}"
