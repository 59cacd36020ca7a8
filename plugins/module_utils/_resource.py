# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The resource engine: the current resource, the desired resource, and the step between them; for both services."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from ._argspec import ArgumentSpec
from ._changes import Change, list_changes
from ._comparison import is_satisfied, merge
from ._errors import ConflictError, HTTPStatusError, OptionError, RequestError, VerificationError
from ._operation import Operation, OperationResult
from ._selection import SELECTION_SPEC, shape_items

if TYPE_CHECKING:
    from ._context import Context
    from ._errors import GreyopsError
    from ._service import Service

Item = dict[str, Any]

PRESENT = "present"
ABSENT = "absent"
STATE_SPEC = ArgumentSpec(options={"state": {"type": "str", "choices": [PRESENT, ABSENT], "default": PRESENT}})

CREATE = "create"
UPDATE = "update"
DELETE = "delete"


@dataclass(frozen=True)
class ResourceType(ABC):
    """A type of resource, as data.

    ``writable`` are the keys that a client writes, ``required`` the dotted paths that a new resource must have, with
    the options they come from, and ``immutable`` those that cannot be changed after creation; an update omits those of
    the first level. ``first_version`` makes writes carry the next version; if it is None, the last write wins. The
    values of ``secret_keys`` are shown as changed only.
    """

    noun: str
    writable: tuple[str, ...]
    required: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    immutable: tuple[str, ...] = ()
    first_version: int | None = None
    secret_keys: frozenset[str] = frozenset()

    @abstractmethod
    def get_label(self, item: Item) -> str:
        """The name of a resource of this type in messages."""

    @abstractmethod
    def view(self, item: Item) -> Item:
        """What a client would write to get this resource."""

    @abstractmethod
    def find_differences(self, current: Item, desired: Item) -> list[str]:
        """The keys or paths where a resource is not as desired."""

    @abstractmethod
    def describe_differences(self, current: Item, desired: Item) -> str:
        """Describe the differences for an error."""

    @abstractmethod
    def merge(self, current: Item, desired: Item, differences: Sequence[str]) -> Item:
        """The complete body to write, so that keys that are not desired otherwise are kept."""

    def list_changes(self, before: Item, after: Item, _desired: Item) -> list[Change]:
        """The values that an update changes."""
        return list_changes(self.view(before), self.view(after), self.secret_keys)

    def predict(self, current: Item, desired: Item, body: Item) -> Item:
        """The resource after an update."""
        return {**current, **body}


@dataclass(frozen=True)
class ResourcePlan:
    """The current resource, the resource afterwards, and the step between them; none if nothing has to change.

    ``body`` is what is written, ``changes`` are the keys or paths of the differences.
    """

    resource_type: ResourceType
    before: Item | None
    after: Item | None
    step: str | None = None
    desired: Item = field(default_factory=dict)
    body: Item = field(default_factory=dict)
    changes: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        return self.step is not None

    @property
    def label(self) -> str:
        return f"{self.resource_type.noun} {self.resource_type.get_label(self.before or self.desired)}"

    def as_diff(self) -> dict[str, Any]:
        """What a client can write, without the keys that the server adds."""
        before, after = ({} if item is None else self.resource_type.view(item) for item in (self.before, self.after))
        return {"before": before, "after": after}

    def list_changes(self) -> list[Change]:
        """Return the differences of a resource that exists before and after."""
        if self.step != UPDATE or self.before is None or self.after is None:
            return []
        return self.resource_type.list_changes(self.before, self.after, self.desired)


def plan_resource(
    resource_type: ResourceType, current: Item | None, desired: Item, state: str = PRESENT, *, own: Item | None = None
) -> ResourcePlan:
    """Plan the step from the current to the desired resource.

    :param own: the part of the current resource that is not inherited; by default all of it.
    :raises OptionError: there is no such step, because a value is missing or cannot be changed.
    """
    if state == ABSENT:
        return ResourcePlan(resource_type, current, None, None if current is None else DELETE, desired)
    if current is None:
        return _plan_creation(resource_type, desired)
    differences = resource_type.find_differences(current, desired)
    if not differences:
        return ResourcePlan(resource_type, current, current, None, desired)
    _require_unchanged(resource_type, current, desired)
    body = resource_type.merge(current if own is None else own, desired, differences)
    after = resource_type.predict(current, desired, body)
    if resource_type.first_version is not None:
        after["version"] = body["version"] = int(current.get("version") or 0) + 1
    sent = {key: value for key, value in body.items() if key not in resource_type.immutable}
    return ResourcePlan(resource_type, current, after, UPDATE, desired, sent, tuple(differences))


def _plan_creation(resource_type: ResourceType, desired: Item) -> ResourcePlan:
    body = merge(dict(resource_type.defaults), desired)
    missing = [option for path, option in resource_type.required.items() if _get_path(body, path) is None]
    if missing:
        label = f"{resource_type.noun} {resource_type.get_label(desired)}"
        raise OptionError(f"The {label} does not exist, and creating it requires {' and '.join(missing)}.")
    if resource_type.first_version is not None:
        body["version"] = resource_type.first_version
    return ResourcePlan(resource_type, None, body, CREATE, desired, body)


def _require_unchanged(resource_type: ResourceType, current: Item, desired: Item) -> None:
    view = resource_type.view(current)
    for path in resource_type.immutable:
        old, new = _get_path(view, path), _get_path(desired, path)
        if new is not None and not is_satisfied(old, new):
            noun = resource_type.noun
            raise OptionError(
                f"{path} of the {noun} {resource_type.get_label(current)} cannot be changed after the creation "
                f"({old} -> {new}).",
                hint=f"Leave it as it is, or delete the {noun} and create it again.",
            )


def _get_path(document: Any, path: str) -> Any:
    for key in path.split("."):
        document = document.get(key) if isinstance(document, dict) else None
    return document


class ResourceApi(ABC):
    """What a service offers for one type of resource; :meth:`apply` carries out a plan with it.

    ``service`` is the name of the service in messages.
    """

    service: str
    resource_type: ResourceType

    @abstractmethod
    def find(self, params: Mapping[str, Any]) -> Item | None:
        """Find the resource that the parameters of a task name.

        :raises OptionError: they match several.
        """

    @abstractmethod
    def find_again(self, plan: ResourcePlan, item: Item | None = None) -> Item | None:
        """Read the current resource of a plan.

        :param item: the resource in the response to the write.
        """

    @abstractmethod
    def create(self, plan: ResourcePlan) -> Item | None:
        """Create the resource; return the one in the response, if any."""

    @abstractmethod
    def update(self, plan: ResourcePlan) -> Item | None:
        """Update the resource; return the one in the response, if any."""

    @abstractmethod
    def delete(self, plan: ResourcePlan) -> None:
        """Delete it."""

    @abstractmethod
    def may_exist(self, error: GreyopsError) -> bool:
        """Whether a failed creation may have created the resource, or failed because another client created it."""

    def apply(self, plan: ResourcePlan) -> Item | None:
        """Carry out a plan.

        :returns: the resource as it is afterwards; None once it is deleted.
        :raises ConflictError: another client changed, created or deleted it at the same time.
        :raises VerificationError: the service accepted the write, but the resource is not as desired.
        """
        if plan.step is None:
            return plan.before
        if plan.step == DELETE:
            self.delete(plan)
            return None
        return self._verify(self._create(plan) if plan.step == CREATE else self.update(plan), plan)

    def _create(self, plan: ResourcePlan) -> Item | None:
        try:
            return self.create(plan)
        except (RequestError, HTTPStatusError) as error:
            if not self.may_exist(error):
                raise
            found = self.find_again(plan)
            if found is None:
                raise
            if self.resource_type.find_differences(found, plan.desired):
                raise ConflictError(
                    f"Another {plan.label} was created at the same time.", hint="Run the task again."
                ) from None
            return found

    def _verify(self, item: Item | None, plan: ResourcePlan) -> Item:
        """Return the resource of the response if it is as desired, else the one that exists."""
        if item is not None and not self.resource_type.find_differences(item, plan.desired):
            return item
        now = self.find_again(plan, item)
        if now is None and plan.step == UPDATE:
            raise ConflictError(f"The {plan.label} was deleted at the same time.", hint="Run the task again.")
        if now is None:
            raise VerificationError(
                f"{self.service} accepted the {plan.label}, but it does not exist.", hint="Check it on the server."
            )
        if self.resource_type.find_differences(now, plan.desired):
            raise VerificationError(
                f"{self.service} accepted the change of the {plan.label}, but "
                f"{self.resource_type.describe_differences(now, plan.desired)}.",
                hint="Write it as the service has it, or leave it out.",
            )
        return now


_Api = TypeVar("_Api", bound=ResourceApi)


def resource_operation(
    service: Service,
    spec: ArgumentSpec,
    result: str,
    *,
    open_api: Callable[[Context], _Api],
    build_desired: Callable[[Context, _Api, Item | None], Item],
    extend: Callable[[Context, _Api, ResourcePlan], dict[str, Any]] | None = None,
    codes: tuple[str, ...] = (),
) -> Operation:
    """The operation of a module that manages one resource with ``state``.

    :param result: the key of the resource in the result.
    :param build_desired: builds the desired resource from the parameters, the API and the current resource.
    :param extend: returns further keys of the result, or an OptionError for a plan that must not be applied.
    """

    def run(context: Context) -> OperationResult:
        api, state = open_api(context), context.params["state"]
        current = api.find(context.params)
        planned = plan_resource(api.resource_type, current, build_desired(context, api, current), state)
        more = {} if extend is None else extend(context, api, planned)
        item = planned.after if context.check_mode else api.apply(planned)
        return OperationResult(planned.changed, {result: item, **more}, planned.as_diff())

    return Operation(spec=service.spec + STATE_SPEC + spec, run=run, codes=codes)


def info_operation(
    spec: ArgumentSpec,
    result: str,
    list_items: Callable[[Context], Sequence[Item]],
    columns: tuple[str, ...] = ("name", "id"),
    codes: tuple[str, ...] = (),
) -> Operation:
    """The operation of a module that lists resources and changes nothing.

    :param result: the key of the list in the result.
    :param columns: the properties in a line of ``summary``, as dotted paths.
    """

    def run(context: Context) -> OperationResult:
        return OperationResult(values={result: shape_items(context.params, list_items(context), columns)})

    return Operation(spec=spec + SELECTION_SPEC, run=run, codes=codes)
