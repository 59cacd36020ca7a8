# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Datasets, the settings of their tables, and their estimation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from .._argspec import ArgumentSpec
from .._comparison import drop_none, is_empty, is_satisfied, merge
from .._errors import OptionError, raise_on_errors
from .._http.urls import encode_segment
from .._resource import ABSENT, STATE_SPEC, plan_resource
from .names import collect_missing
from .promotion import Promotion, check_promotion, read_table_config
from .resource_kinds import Params, ResourceChange, ResourceKind
from .resources import MISSING, RESOURCE_SPEC, GreprResourceApi, GreprResourceType

if TYPE_CHECKING:
    from .._http.client import ApiClient
    from .._resource import Item
    from .names import NameResolver

DATASETS = GreprResourceType(
    noun="dataset",
    path="/v1/datasets",
    writable=("name", "integrationId", "teamIds"),
    required={"integrationId": "integration_id"},
    defaults={"teamIds": []},
    immutable=("integrationId",),
)

# Documented: the keys that a new estimation requires, and the defaults that the documentation suggests.
_ESTIMATION = {"logLimit": 10_000_000, "lookbackDuration": "PT1H", "refreshPeriod": "PT168H"}
_ESTIMATION_FIELDS = (*_ESTIMATION, "query")

_PROMOTION = "promotion"
# Where the promoted tags were set before tables had a promotion policy.
PROMOTED_TAG_KEYS = "promotedTagKeys"


@dataclass(frozen=True)
class Setting:
    """A part of a dataset with a path of its own; None if it does not exist."""

    name: str
    path: str
    before: Item | None
    after: Item | None

    def apply(self, client: ApiClient, dataset_path: str) -> None:
        if self.after is None:
            client.call("DELETE", dataset_path + self.path, expected=(200, 204, 404), idempotent=True)
        else:
            client.call("PUT", dataset_path + self.path, json=self.after, idempotent=True)


@dataclass(frozen=True)
class TablePlan:
    """The changes of one table; None if nothing changes.

    ``released`` are the columns on which the table is no longer partitioned after the change. Documented: a tag must be
    promoted as long as the table is partitioned on it. So new tags are promoted before the setting changes, and those
    that it releases are removed afterwards.
    """

    setting: Setting | None
    promotion: Promotion | None
    released: frozenset[str]

    @property
    def parts(self) -> list[Setting | Promotion]:
        return [part for part in (self.setting, self.promotion) if part is not None]

    def apply(self, client: ApiClient, dataset_path: str) -> None:
        promotion = self.promotion and self.promotion.apply(client, dataset_path, self.released)
        if self.setting is not None:
            self.setting.apply(client, dataset_path)
        if promotion is not None and self.released:
            promotion.apply(client, dataset_path)


def plan_tables(
    client: ApiClient, dataset: Item | None, dataset_path: str, desired_tables: Mapping[str, Any]
) -> list[TablePlan]:
    """Read the settings of the tables that the user describes, and return those that must change.

    :param dataset: None if it does not exist yet; then nothing is read.
    """
    overrides, plans = (dataset or {}).get("tables") or {}, []
    for key, desired in desired_tables.items():
        config = {} if dataset is None else read_table_config(client, dataset_path, key)
        plans.append(plan_table(key, overrides.get(key) or {}, config, desired or {}))
    return [plan for plan in plans if plan.parts]


def plan_table(key: str, overrides: Item, config: Item, desired: Item) -> TablePlan:
    """Plan the change of a table; an empty one is reset.

    :param overrides: the settings that were written, as the dataset contains them.
    :param config: the settings in effect; empty for a new dataset.
    """
    settings, promotion = _split_promotion(key, desired)
    current = {name: value for name, value in overrides.items() if name != PROMOTED_TAG_KEYS}
    setting = None
    # The default order is no override, and writing it would require that the jobs are stopped.
    effective = {**current, "sortFields": current.get("sortFields") or config.get("sortFields")}
    if not desired or (settings and not is_satisfied(effective if settings.get("sortFields") else current, settings)):
        setting = _plan_setting(f"tables.{key}", f"/{encode_segment(key)}/config", current, settings, {})
    change = None if promotion is None else Promotion(key, config.get(_PROMOTION) or {}, promotion)
    if change is not None and change.changed:
        change.require_revision()
    released = _list_partitions(current) - _list_partitions(setting.after or {}) if setting else frozenset()
    return TablePlan(setting, change if change is not None and change.changed else None, released)


def _validate(params: Params) -> None:
    """
    :raises OptionError: for settings of a table that are not as documented.
    """
    for key, desired in (params["tables"] or {}).items():
        if not isinstance(desired, dict) and desired is not None:
            raise OptionError(f"tables.{key} must be a dictionary with the settings of the table.")
        _split_promotion(key, desired or {})


def _split_promotion(key: str, desired: Item) -> tuple[Item, Item | None]:
    """Return the settings and the promotion policy that a user describes for a table.

    An empty table resets both; ``promotedTagKeys`` is the former name of ``promotion.tags.include``.
    """
    if not desired:
        return {}, {}
    settings = {name: value for name, value in desired.items() if name not in (_PROMOTION, PROMOTED_TAG_KEYS)}
    promotion, path = desired.get(_PROMOTION), f"tables.{key}.{_PROMOTION}"
    if promotion is not None:
        check_promotion(path, promotion)
    if PROMOTED_TAG_KEYS in desired:
        tags = (promotion or {}).get("tags") or {}
        if "include" in tags:
            raise OptionError(
                f"tables.{key}.{PROMOTED_TAG_KEYS} and {path}.tags.include are the same setting.",
                hint=f"Remove {PROMOTED_TAG_KEYS}, which is deprecated.",
            )
        promotion = {**(promotion or {}), "tags": {**tags, "include": desired[PROMOTED_TAG_KEYS]}}
        check_promotion(path, promotion)
    return settings, promotion


def _list_partitions(settings: Item) -> frozenset[str]:
    fields = (settings.get("partitionConfig") or {}).get("fields") or []
    return frozenset(str(field.get("column")) for field in fields if isinstance(field, dict))


def plan_estimation(current: Item | None, desired: Item | None) -> Setting | None:
    """Plan the change of the estimation; an empty one is deleted.

    :param desired: None leaves it unchanged.
    """
    return None if desired is None else _plan_setting("estimation", "/estimation-config", current, desired, _ESTIMATION)


def _plan_setting(name: str, path: str, current: Item | None, desired: Item | None, defaults: Item) -> Setting | None:
    if is_empty(desired):
        return None if is_empty(current) else Setting(name, path, current, None)
    if is_satisfied(current, desired):
        return None
    return Setting(name, path, current or None, merge(current or defaults, desired))


def read_estimation(client: ApiClient, dataset_path: str) -> Item | None:
    """Return the writable part of a dataset's estimation (documented: an object, or JSON null)."""
    found = client.call("GET", f"{dataset_path}/estimation-config").parse_json()
    return {key: found[key] for key in _ESTIMATION_FIELDS if key in found} if isinstance(found, dict) else None


@dataclass(frozen=True)
class DatasetChange(ResourceChange):
    """The change of a dataset, of its tables and of its estimation.

    ``desired_tables`` are planned again for a new dataset, whose settings can be read only then. ``shown`` are the
    additional keys of the result.
    """

    tables: tuple[TablePlan, ...]
    setting: Setting | None
    desired_tables: Mapping[str, Any]
    shown: Item

    @property
    def changed(self) -> bool:
        return super().changed or bool(self._parts)

    @property
    def _parts(self) -> list[Setting | Promotion]:
        return [*(part for table in self.tables for part in table.parts), *([self.setting] if self.setting else [])]

    def as_diff(self) -> dict[str, Any]:
        diff = super().as_diff()
        for part in self._parts:
            diff["before"][part.name], diff["after"][part.name] = part.before, part.after
        return diff

    def predict(self) -> Item | None:
        return self._show(super().predict())

    def apply_parts(self, client: ApiClient, item: Item | None) -> Item | None:
        if item is not None and self._parts:
            path = self.api.build_path(item["id"])
            tables = self.tables
            if self.before is None:
                tables = tuple(plan_tables(client, item, path, self.desired_tables))
            for table in tables:
                table.apply(client, path)
            if self.setting is not None:
                self.setting.apply(client, path)
            item = self.api.with_client(client).read(item["id"])
        return self._show(item)

    def _show(self, dataset: Item | None) -> Item | None:
        return dataset and {**dataset, **self.shown}


def _open_api(names: NameResolver, _params: Params) -> GreprResourceApi:
    return GreprResourceApi(names.client, DATASETS)


def _plan(
    names: NameResolver, api: GreprResourceApi, current: Item | None, params: Params, path: str
) -> ResourceChange:
    if params["state"] == ABSENT:
        return ResourceChange(api, plan_resource(DATASETS, current, {}, ABSENT))
    plan = plan_resource(DATASETS, current, _build_desired(names, current, params, path))
    place, tables = api.build_path(current["id"]) if current else "", params["tables"] or {}
    if any(isinstance(table, dict) and PROMOTED_TAG_KEYS in table for table in tables.values()):
        names.client.runtime.warn_deprecated(
            f"{PROMOTED_TAG_KEYS} of a table is deprecated. Use promotion.tags.include, its new name.", version="2.0.0"
        )
    wants_estimation = params["estimation"] is not None
    estimation = read_estimation(names.client, place) if current and wants_estimation else None
    setting = plan_estimation(estimation, params["estimation"])
    shown = {"estimation": setting.after if setting else estimation} if wants_estimation else {}
    return DatasetChange(api, plan, tuple(plan_tables(names.client, current, place, tables)), setting, tables, shown)


def _build_desired(names: NameResolver, current: Item | None, params: Params, path: str) -> Item:
    problems: list[str] = []
    integration, there = params["integration_id"], (current or {}).get("integrationId")
    if integration is not None:
        find = partial(names.integration, integration, "warehouse", there)
        integration = collect_missing(find, problems, f"{path}integration_id")
    team_ids = collect_missing(partial(names.teams, params["team_ids"], current, f"{path}team_ids"), problems)
    raise_on_errors(problems, MISSING)
    return drop_none(name=params["name"], integrationId=integration, teamIds=team_ids)


DATASET_KIND = ResourceKind(
    spec=RESOURCE_SPEC
    + STATE_SPEC
    + ArgumentSpec(
        options={
            "integration_id": {"type": "str"},
            "team_ids": {"type": "list", "elements": "str"},
            "tables": {"type": "dict"},
            "estimation": {"type": "dict"},
        }
    ),
    open_api=_open_api,
    plan=_plan,
    validate=_validate,
)
