# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Catalogs and categories."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .._changes import Change, format_changes
from .._comparison import is_empty
from .._errors import HTTPStatusError, OptionError, RequestError
from .._resource import Item, ResourceApi, ResourcePlan, ResourceType, resource_operation
from .._service import Params
from .._similar_names import describe_nearest
from .client import GreyMatterClient, list_all
from .comparison import find_changes, find_differences, merge, strip_generated_keys, to_writable
from .duplicates import is_duplicate
from .service import GREYMATTER

if TYPE_CHECKING:
    from .._argspec import ArgumentSpec
    from .._context import Context
    from .._errors import GreyopsError
    from .._http.response import Response
    from .._operation import Operation

AS_WRITTEN_OPTION = {"as_written": {"type": "bool", "default": False}}


@dataclass(frozen=True)
class MasterDataType(ResourceType):
    """A type of master data.

    ``route`` is the prefix of its route names, ``get_key`` returns the client-defined id, and ``get_path_ids`` the
    values for the placeholders of paths.
    """

    route: str = ""
    get_key: Callable[[Item], str] = str
    get_path_ids: Callable[[Item], dict[str, str]] = dict

    def get_label(self, item: Item) -> str:
        return self.get_key(item)

    def view(self, item: Item) -> Item:
        return {key: to_writable(item[key], key) for key in self.writable if key in item}

    def to_file_view(self, item: Item) -> Item:
        """Return the view without empty values, as written to files in version control."""
        view = self.view(item).items()
        return {key: strip_generated_keys(key, value) for key, value in view if not is_empty(value)}

    def find_differences(self, current: Item, desired: Item) -> list[str]:
        return find_differences(current, desired)

    def describe_differences(self, current: Item, desired: Item) -> str:
        return f"these are not as given: {', '.join(find_differences(current, desired))}"

    def list_changes(self, before: Item, _after: Item, desired: Item) -> list[Change]:
        return find_changes(before, desired)

    def merge(self, current: Item, desired: Item, _differences: Sequence[str]) -> Item:
        body: Item = merge(to_writable(current), desired)
        return body

    def predict(self, current: Item, desired: Item, _body: Item) -> Item:
        after: Item = merge(current, desired)
        return after


class MasterDataApi(ResourceApi):
    """The resources of one type of master data, found in its list by their keys."""

    service = "GreyMatter"
    resource_type: MasterDataType

    def __init__(self, client: GreyMatterClient, resource_type: MasterDataType) -> None:
        self.client = client
        self.resource_type = resource_type

    def list_items(self) -> list[Item]:
        """Return all resources, sorted by key."""
        return sorted(list_all(self.client, self.resource_type.route), key=self.resource_type.get_key)

    def get(self, key: str) -> Item | None:
        return next((item for item in self.list_items() if self.resource_type.get_key(item) == key), None)

    def find(self, params: Mapping[str, Any]) -> Item | None:
        return self.get(params[f"client_{self.resource_type.noun}_id"])

    def find_again(self, plan: ResourcePlan, _item: Item | None = None) -> Item | None:
        return self.get(self.resource_type.get_key(plan.desired))

    def create(self, plan: ResourcePlan) -> Item | None:
        return _parse_item(self.client.call(f"{self.resource_type.route}_create", json=plan.body), plan)

    def may_exist(self, error: GreyopsError) -> bool:
        return isinstance(error, RequestError) or (error.status or 0) >= 500 or is_duplicate(error)

    def update(self, plan: ResourcePlan) -> Item | None:
        route, ids = f"{self.resource_type.route}_update", self.resource_type.get_path_ids(plan.before or {})
        return _parse_item(self.client.call(route, ids=ids, json=plan.body, idempotent=True), plan)

    def delete(self, plan: ResourcePlan) -> None:
        route, ids = f"{self.resource_type.route}_delete", self.resource_type.get_path_ids(plan.before or {})
        response = self.client.call(route, ids=ids, expected=(200, 202, 204, 404), idempotent=True)
        # Other clients check after a deletion whether it worked (seen); a wrong path answers 404 as well.
        if self.find_again(plan) is not None:
            message = f"answered with HTTP {response.status}, but the {plan.label} still exists."
            hint = self.client.build_route_hint(route) if response.status == 404 else "Check what still uses it."
            raise response.build_error(HTTPStatusError, message, hint=hint)


def with_type(schema: Item | None) -> Item | None:
    """Return a schema with the type that all of them have (documented)."""
    return None if schema is None else {"type": "object", **schema}


def _parse_item(response: Response, plan: ResourcePlan) -> Item | None:
    """Return the resource in the response to a write; None if there is none."""
    if response.is_empty:
        return None
    document = response.parse_json()
    return document if isinstance(document, dict) and any(key in document for key in plan.desired) else None


def _build_type(noun: str, key: str, writable: tuple[str, ...]) -> MasterDataType:
    """Build a type whose resources have a client-defined id, which is also used in paths (inferred)."""
    return MasterDataType(
        noun=noun,
        route=noun,
        writable=writable,
        get_key=lambda item: str(item.get(key)),
        get_path_ids=lambda item: {"id": str(item[key]), "internal_id": str(item.get("id", ""))},
    )


CATALOG = _build_type("catalog", "clientCatalogId", ("clientCatalogId", "description", "exhaustive_pdea_list"))
CATEGORY = _build_type(
    "category",
    "clientCategoryId",
    ("clientCategoryId", "clientCatalogId", "description", "schema", "categoryAttributes", "attributes"),
)


def require_catalog(client: GreyMatterClient, key: str, child: str) -> Item:
    """
    :raises OptionError: if it does not exist.
    """
    catalogs = {CATALOG.get_key(catalog): catalog for catalog in MasterDataApi(client, CATALOG).list_items()}
    if key not in catalogs:
        raise OptionError(
            f"There is no catalog {key}, which the {child} must belong to. {describe_nearest(key, catalogs)}",
            hint="Create it first, with greyops.rest.greymatter_catalog.",
        )
    return catalogs[key]


def build_operation(
    resource_type: MasterDataType,
    spec: ArgumentSpec,
    build_desired: Callable[[Params, Item | None], Item],
    require_valid: Callable[[Context, MasterDataApi, ResourcePlan], None] | None = None,
    *,
    codes: tuple[str, ...],
) -> Operation:
    """Build the operation of a module that manages one resource by its client-defined id.

    :param build_desired: builds the desired resource from the parameters and the current one.
    :param require_valid: raises an OptionError for a plan that must not be applied.
    """

    def open_api(context: Context) -> MasterDataApi:
        return MasterDataApi(GreyMatterClient.open(context), resource_type)

    def build(context: Context, _api: MasterDataApi, current: Item | None) -> Item:
        return build_desired(context.params, current)

    def extend(context: Context, api: MasterDataApi, plan: ResourcePlan) -> dict[str, Any]:
        if require_valid is not None:
            require_valid(context, api, plan)
        return format_changes(plan.list_changes())

    return resource_operation(
        GREYMATTER, spec, resource_type.noun, open_api=open_api, build_desired=build, extend=extend, codes=codes
    )
