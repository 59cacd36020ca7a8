# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Applies the plan of a whole account in the order of dependency."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .._concurrency import ClientPool
from .._errors import GreyopsError, PartialFailureError
from .._resource import CREATE
from .account import KINDS, PIPELINES, SERVICE_ACCOUNTS
from .pipeline import PipelinePlan
from .pipelines_bulk import apply_all
from .planned_ids import find_ids, replace_ids
from .resource_kinds import ResourceChange
from .service import GREPR
from .service_accounts import get_secret

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .._context import Context
    from .._http.client import ApiClient
    from .._resource import Item
    from .account_plan import AccountItem, AccountPlan

    Ready = tuple[AccountItem, ResourceChange]

_MAX_SHOWN = 20


def apply_account(
    context: Context, plan: AccountPlan, concurrency: int, *, wait: bool, timeout: float
) -> dict[str, Any]:
    """Apply the plan: each item gets its error, if any. Items that refer to a failed one are not sent.

    :returns: the credentials of each new service account by its name.
    """
    with ClientPool(GREPR.open_client, context, concurrency) as pool:
        applier = _Applier(pool, plan)
        for kind in KINDS:
            applier.apply(item for item in plan.select(kind) if item.is_due and not item.is_deletion)
        applier.apply_pipelines(context, concurrency, wait=wait, timeout=timeout)
        for kind in reversed(KINDS):
            applier.delete(item for item in plan.select(kind) if item.is_due and item.is_deletion)
    context.secrets.register_tokens(*(one["client_secret"] for one in applier.secrets.values()))
    return applier.secrets


class _Applier:
    def __init__(self, pool: ClientPool, plan: AccountPlan) -> None:
        self.secrets: dict[str, Any] = {}
        self._pool = pool
        self._plan = plan
        # The ids of created resources by their planned ids, and the resources that are not created (yet).
        self._ids: dict[str, str] = {}
        self._missing = {item.planned_id: item for item in plan.items if item.planned_id}

    def apply(self, items: Iterable[AccountItem]) -> None:
        ready = [(item, resolved) for item in items if (resolved := self._resolve(item)) is not None]
        for (item, _change), result in self._pool.map(ready, _apply_one):
            if isinstance(result, GreyopsError):
                item.error, item.was_written = result, bool(result.values.get("changed"))
            elif item.planned_id and result is not None:
                self._ids[item.planned_id] = str(result["id"])
                del self._missing[item.planned_id]
                if item.kind == SERVICE_ACCOUNTS:
                    self.secrets[item.name] = {"client_id": result.get("clientId"), "client_secret": result["secret"]}

    def _resolve(self, item: AccountItem) -> Any:
        """Return the plan with the ids of created resources; None if one of them does not exist."""
        change = replace_ids(item.change, self._ids)
        missing = sorted(find_ids(change, self._missing))
        if missing:
            item.error = GreyopsError(
                f"It refers to the {' and the '.join(self._missing[one].label for one in missing)}, which could not be "
                "created, so it was not sent.",
                hint="Correct that first.",
            )
        return None if missing else change

    def apply_pipelines(self, context: Context, concurrency: int, *, wait: bool, timeout: float) -> None:
        due = []
        for item, one in zip(self._plan.select(PIPELINES), self._plan.pipelines):
            resolved = self._resolve(item) if item.is_due else None
            if isinstance(resolved, PipelinePlan):
                due.append((item, replace(one, plan=resolved)))
        if due:
            apply_all(context, [one for _item, one in due], concurrency, wait=wait, timeout=timeout)
        for item, one in due:
            item.error, item.was_written = one.error, one.is_changed and one.error is not None

    def delete(self, items: Iterable[AccountItem]) -> None:
        """Delete what no failed resource uses."""
        failed = [item for item in self._plan.items if item.error is not None and item.change is not None]
        free = []
        for item in items:
            known = {str(((item.change and item.change.before) or {}).get("id"))}
            users = [one.label for one in failed if one.change and find_ids(one.change.before, known)]
            if users:
                item.error = GreyopsError(
                    f"The {', '.join(users)} uses it and could not be changed, so it was not deleted.",
                    hint="Correct that first.",
                )
            else:
                free.append(item)
        self.apply(free)


def _apply_one(client: ApiClient, ready: Ready) -> Item | None:
    item, change = ready
    resource = change.apply(client)
    if item.kind == SERVICE_ACCOUNTS and change.action == CREATE and resource is not None:
        return {**resource, "secret": get_secret(client, resource)}
    return resource


def raise_on_failure(plan: AccountPlan) -> None:
    """
    :raises PartialFailureError: if a resource failed. It names failed resources, and contains all results.
    """
    failed = [f"{item.label}: {item.error.msg}" for item in plan.items if item.error is not None]
    if failed:
        more = [f"The result contains {len(failed) - _MAX_SHOWN} more errors."] if len(failed) > _MAX_SHOWN else []
        raise PartialFailureError(
            " ".join([f"{len(failed)} of {len(plan.items)} resources failed.", *failed[:_MAX_SHOWN], *more]),
            {"changed": plan.changed, **plan.as_result()},
        )
