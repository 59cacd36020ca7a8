# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Reads an account, and describes its resources with the options of the modules that manage them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .._comparison import is_empty
from .._errors import HTTPStatusError
from .._http.urls import encode_query, encode_segment
from .._service import API_KEY
from .datasets import DATASETS, PROMOTED_TAG_KEYS, read_estimation
from .graph import format_edges
from .integrations import INTEGRATION_TYPES, IntegrationType, build_resource_type
from .jobs import list_jobs
from .pipeline import FAILED, RUNNING, STOPPED, is_live, select_by_name
from .promotion import Promotion, read_table_config
from .resources import GreprResourceApi, GreprResourceType
from .service_accounts import ROLES, SERVICE_ACCOUNTS
from .teams import USERS, Membership
from .templates import TEMPLATES
from .vertex_types import ROLE, TEAM, WAREHOUSE

if TYPE_CHECKING:
    from .._http.client import ApiClient
    from .._resource import Item
    from .names import NameResolver
    from .reference_names import ReferenceNames

_STATES = {RUNNING: "started", STOPPED: "stopped"}
_PIPELINES = {"execution": "ASYNCHRONOUS", "processing": "STREAMING", "latest": True}


@dataclass(frozen=True)
class Description:
    """A resource as the options of its module. ``missing`` are those that only a new one needs, which Grepr hides."""

    kind: str
    name: str
    options: dict[str, Any]
    missing: tuple[str, ...] = ()


class AccountReader:
    """Reads the resources of each kind. Lists that several kinds need are read once, by the resolver."""

    def __init__(
        self, client: ApiClient, auth: str, resolver: NameResolver, names: ReferenceNames, server_tags: Collection[str]
    ) -> None:
        """
        :param server_tags: the tags that Grepr sets on each pipeline.
        """
        self._client = client
        self._auth = auth
        self._resolver = resolver
        self._names = names
        self._server_tags = server_tags
        # The lists that this credential cannot read.
        self.unreadable: set[str] = set()

    def read(self, kind: str) -> list[Description]:
        """Return the resources of a kind, sorted by name. One whose name is not unique is described with its id."""
        found = sorted(_READERS[kind](self), key=lambda one: (one[0], str(one[1].get("id"))))
        names = Counter(self._identify(name, options) for name, _item, options, _missing in found)
        return [
            Description(kind, name, options, missing)
            if names[self._identify(name, options)] == 1 or "email" in options
            else Description(kind, name, {"id": str(item["id"]), **options}, missing)
            for name, item, options, missing in found
        ]

    @staticmethod
    def _identify(name: str, options: Item) -> tuple[str, Any]:
        return name, options.get("type")

    def read_teams(self) -> Iterator[_Read]:
        for team in self._list("teams"):
            membership = Membership(self._resolver.lists, team, self._auth)
            users = membership.as_result(membership.members)
            members = {
                role: sorted(str(user["email"] or user["id"]) for user in found) for role, found in users.items()
            }
            yield team["name"], team, {"name": team["name"], **members}, ()

    def read_roles(self) -> Iterator[_Read]:
        permissions = {
            str(item["id"]): f"{item.get('action')}:{item.get('resource')}" for item in self._list("permissions")
        }
        for role in self._list_organization_roles():
            if not role.get("builtin"):
                view = ROLES.view(role)
                given = [permissions.get(item_id, item_id) for item_id in view.get("permissionIds") or []]
                yield role["name"], role, _describe(view, permissions=sorted(given)), ()

    def read_users(self) -> Iterator[_Read]:
        held = {str(role["id"]) for role in self._list_organization_roles()}
        for user in self._list_pages(USERS):
            ids = [role["id"] for role in user.get("roles") or [] if role["id"] in held]
            first, _space, last = str(user.get("name") or "").partition(" ")
            options = {
                "email": user["email"],
                "first_name": first,
                "last_name": last,
                "roles": self._names.find_all(ROLE, ids, f"users {user['email']} roles"),
            }
            yield user["email"], user, options, ("password",)

    def read_integrations(self) -> Iterator[_Read]:
        for vendor in INTEGRATION_TYPES.values():
            for integration in self._list(vendor.collection.partition("/v1/")[2]):
                name, view = integration["name"], build_resource_type(vendor).view(integration)
                teams = self._names.find_all(TEAM, view.get("teamIds"), f"integrations {name} team_ids")
                missing = tuple(_list_secrets(vendor, integration))
                yield name, integration, _describe(view, team_ids=teams), missing

    def read_datasets(self) -> Iterator[_Read]:
        for dataset in self._list("datasets"):
            view, place = DATASETS.view(dataset), f"datasets {dataset['name']}"
            options = {
                "name": dataset["name"],
                "integration_id": self._names.find(WAREHOUSE, str(view["integrationId"]), f"{place} integration_id"),
                "team_ids": self._names.find_all(TEAM, view.get("teamIds"), f"{place} team_ids"),
                "tables": self._describe_tables(dataset),
                "estimation": read_estimation(self._client, _build_path(dataset)),
            }
            yield dataset["name"], dataset, _drop_empty(options), ()

    def read_templates(self) -> Iterator[_Read]:
        for template in self._list("templates"):
            if not template.get("builtIn"):
                view, name = TEMPLATES.view(template), template["name"]
                teams = self._names.find_all(TEAM, view.get("teamIds"), f"templates {name} team_ids")
                yield name, template, _describe(view, team_ids=teams), ()

    def read_service_accounts(self) -> Iterator[_Read]:
        for account in self._list_pages(SERVICE_ACCOUNTS):
            ids = [role["id"] for role in account.get("roles") or []]
            roles = self._names.find_all(ROLE, ids, f"service_accounts {account['name']} roles")
            yield account["name"], account, {"name": account["name"], "roles": roles}, ()

    def read_pipelines(self) -> Iterator[_Read]:
        jobs = list_jobs(self._client, encode_query(_PIPELINES))
        for name, job in select_by_name(filter(is_live, jobs)).items():
            # A failed pipeline that is to be started would differ from its description.
            state = "present" if job.get("state") == FAILED else _STATES.get(job.get("desiredState", ""), "present")
            graph = self._names.name_graph(job["jobGraph"], f"pipelines {name} job_graph")
            tags = {key: value for key, value in (job.get("tags") or {}).items() if key not in self._server_tags}
            options = {
                "name": name,
                "state": state,
                "tags": tags,
                "team_ids": self._names.find_all(TEAM, job.get("teamIds"), f"pipelines {name} team_ids"),
                "job_graph": {**graph, "edges": format_edges(graph.get("edges") or [])},
            }
            yield name, job, options, ()

    def _describe_tables(self, dataset: Item) -> Item:
        tables = {}
        for key, settings in (dataset.get("tables") or {}).items():
            described = {name: value for name, value in settings.items() if name != PROMOTED_TAG_KEYS}
            policy = read_table_config(self._client, _build_path(dataset), key).get("promotion") or {}
            promotion = Promotion(key, policy, {})
            if promotion.changed:
                described["promotion"] = promotion.before
            tables[key] = _drop_empty(described)
        return _drop_empty(tables)

    def _list_organization_roles(self) -> list[Item]:
        """Return the roles that are not those of the leaders and the members of a team."""
        of_teams = {team.get(key) for team in self._list("teams") for key in ("leaderRoleId", "memberRoleId")}
        return [role for role in self._list("roles") if role["id"] not in of_teams]

    def _list(self, collection: str) -> Iterable[Item]:
        found = self._resolver.read_list(collection)
        if found is None:
            self.unreadable.add(collection)
        return (found or {}).values()

    def _list_pages(self, resource_type: GreprResourceType) -> list[Item]:
        # Grepr shows users to tokens only (documented).
        if resource_type is not USERS or self._auth != API_KEY:
            try:
                return GreprResourceApi(self._client, resource_type).list_items()
            except HTTPStatusError as error:
                if error.status != 403:
                    raise
        self.unreadable.add(resource_type.path.partition("/v1/")[2])
        return []


# The name, the resource, its options and those that are missing.
_Read = tuple[str, "Item", dict[str, Any], tuple[str, ...]]

# In the order in which one kind refers to another.
_READERS = {
    "roles": AccountReader.read_roles,
    "users": AccountReader.read_users,
    "teams": AccountReader.read_teams,
    "integrations": AccountReader.read_integrations,
    "datasets": AccountReader.read_datasets,
    "templates": AccountReader.read_templates,
    "service_accounts": AccountReader.read_service_accounts,
    "pipelines": AccountReader.read_pipelines,
}
KINDS = tuple(_READERS)

_OPTIONS = {"inputSchema": "input_schema", "draftOutputs": "draft_outputs"}
_REPLACED = ("teamIds", "permissionIds")


def _describe(view: Item, **named: list[str]) -> dict[str, Any]:
    """Return the options for what a client would write, with references as names."""
    options = {_OPTIONS.get(key, key): value for key, value in view.items() if key not in _REPLACED}
    return _drop_empty({**options, **named})


def _drop_empty(options: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in options.items() if not is_empty(value)}


def _list_secrets(vendor: IntegrationType, integration: Item) -> Iterator[str]:
    payload = integration.get("payload") or {}
    return (f"secrets.{name}" for name, secret in vendor.secrets.items() if payload.get(secret.masked_key))


def _build_path(dataset: Item) -> str:
    return f"{DATASETS.path}/{encode_segment(str(dataset['id']))}"
