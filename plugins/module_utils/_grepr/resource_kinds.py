# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""How resources of each kind are described, planned and changed; for tasks with one resource and with many."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .._argspec import ArgumentSpec
from .._changes import Change, list_changes
from .._errors import GreyopsError
from .._operation import Operation, OperationResult
from .._resource import ABSENT, STATE_SPEC, UPDATE, Item, ResourcePlan, plan_resource
from .names import NameResolver
from .resources import RESOURCE_SPEC, GreprResourceApi, GreprResourceType
from .service import GREPR

if TYPE_CHECKING:
    from .._context import Context
    from .._http.client import ApiClient

Params = Mapping[str, Any]


@dataclass(frozen=True)
class ResourceChange:
    """The planned change of a resource. Subclasses add the change of what belongs to it and has paths of its own."""

    api: GreprResourceApi
    plan: ResourcePlan

    @property
    def before(self) -> Item | None:
        return self.plan.before

    @property
    def changed(self) -> bool:
        return self.plan.changed

    @property
    def action(self) -> str:
        """Return in one word what is done to the resource as a whole."""
        return (self.plan.step or UPDATE) if self.changed else "none"

    def list_changes(self) -> list[Change]:
        """Return the differences of a resource that exists before and after."""
        if self.action != UPDATE:
            return []
        diff = self.as_diff()
        return list_changes(diff["before"], diff["after"], self.plan.resource_type.secret_keys)

    def as_diff(self) -> dict[str, Any]:
        return self.plan.as_diff()

    def predict(self) -> Item | None:
        """Return the resource as the result shows it after the change; None if it does not exist."""
        return self.plan.after

    def apply(self, client: ApiClient) -> Item | None:
        """Carry out the plan, and return the resource as the result shows it.

        :raises GreyopsError: its values are those of a change if a part of it was made.
        """
        item = self.api.with_client(client).apply(self.plan)
        try:
            return self.apply_parts(client, item)
        except GreyopsError as error:
            if self.plan.changed:
                error.values = {"changed": True}
            raise

    def apply_parts(self, _client: ApiClient, item: Item | None) -> Item | None:
        """Change what belongs to the resource, and return the resource as the result shows it."""
        return item


@dataclass(frozen=True)
class ResourceKind:
    """A kind of resources: the options of one of them, and what plans it.

    ``open_api`` and ``plan`` also get the resolver of names, ``plan`` the current resource, and what precedes the names
    of the options in messages. ``validate`` raises an OptionError for options that are invalid whatever exists.
    """

    spec: ArgumentSpec
    open_api: Callable[[NameResolver, Params], GreprResourceApi]
    plan: Callable[[NameResolver, GreprResourceApi, Item | None, Params, str], ResourceChange]
    validate: Callable[[Params], None] = lambda _params: None

    def plan_change(
        self, names: NameResolver, params: Params, path: str = "", *, uses_lists: bool = False
    ) -> ResourceChange:
        """Plan the change of the resource that the parameters describe.

        :param uses_lists: whether to find the resource in the lists that ``names`` has read, as for many resources.
        :raises OptionError: something is missing, cannot be changed or does not exist.
        """
        self.validate(params)
        api = self.open_api(names, params)
        items = names.lists.read(api.resource_type).values() if uses_lists else None
        return self.plan(names, api, api.find(params, items), params, path)


def define_kind(
    resource_type: GreprResourceType,
    options: ArgumentSpec,
    build_desired: Callable[[NameResolver, Item | None, Params, str], Item],
    check: Callable[[ResourcePlan], None] | None = None,
) -> ResourceKind:
    """Define a kind of plain resources, to which nothing belongs that has a path of its own.

    :param build_desired: builds the desired resource from the resolver of names, the current resource, the parameters
        and what precedes the names of options in messages; called if the resource must exist.
    :param check: raises an OptionError for a plan that must not be applied.
    """

    def open_api(names: NameResolver, _params: Params) -> GreprResourceApi:
        return GreprResourceApi(names.client, resource_type)

    def plan(
        names: NameResolver, api: GreprResourceApi, current: Item | None, params: Params, path: str
    ) -> ResourceChange:
        desired = {} if params["state"] == ABSENT else build_desired(names, current, params, path)
        planned = plan_resource(resource_type, current, desired, params["state"])
        if check is not None:
            check(planned)
        return ResourceChange(api, planned)

    return ResourceKind(RESOURCE_SPEC + STATE_SPEC + options, open_api, plan)


def build_result(context: Context, key: str, change: ResourceChange, **more: Any) -> OperationResult:
    """Apply a change, or predict it in check mode, and return the result of the task.

    :param key: of the resource in the result.
    """
    item = change.predict() if context.check_mode else change.apply(change.api.client)
    return OperationResult(change.changed, {key: item, **more}, change.as_diff())


def build_operation(kind: ResourceKind, key: str, service_spec: ArgumentSpec = GREPR.spec) -> Operation:
    """Build the operation of a module that manages one resource.

    :param key: of the resource in the result.
    """

    def run(context: Context) -> OperationResult:
        names = NameResolver(GREPR.open_client(context), context.params["auth"])
        return build_result(context, key, kind.plan_change(names, context.params))

    return Operation(spec=service_spec + kind.spec, run=run)
