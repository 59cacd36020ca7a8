# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .._comparison import is_empty, is_satisfied, merge
from .._errors import OptionError
from .._http.urls import encode_segment
from .resources import GreprResourceType

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .._http.client import ApiClient
    from .._resource import Item

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


@dataclass(frozen=True)
class Setting:
    """A part of a dataset with a path of its own; None if it does not exist."""

    name: str
    path: str
    before: Item | None
    after: Item | None


def plan_settings(
    tables: Mapping[str, Any],
    desired_tables: Mapping[str, Any],
    estimation: Item | None,
    desired_estimation: Item | None,
) -> list[Setting]:
    """Return the settings that must change; an empty desired setting deletes the current one.

    :param desired_estimation: None leaves the estimation unchanged.
    """
    plans = []
    for key, desired in desired_tables.items():
        if not isinstance(desired, dict) and desired is not None:
            raise OptionError(f"tables.{key} must be a dictionary with the settings of the table.")
        plans.append(_plan_setting(f"tables.{key}", f"/{encode_segment(key)}/config", tables.get(key), desired, {}))
    if desired_estimation is not None:
        plans.append(_plan_setting("estimation", "/estimation-config", estimation, desired_estimation, _ESTIMATION))
    return [setting for setting in plans if setting is not None]


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


def apply_settings(client: ApiClient, dataset_path: str, settings: Iterable[Setting]) -> None:
    for setting in settings:
        if setting.after is None:
            client.call("DELETE", dataset_path + setting.path, expected=(200, 204, 404), idempotent=True)
        else:
            client.call("PUT", dataset_path + setting.path, json=setting.after, idempotent=True)
