# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ansible_collections.greyops.rest.plugins.module_utils._comparison import covers, is_empty, merged
from ansible_collections.greyops.rest.plugins.module_utils._errors import OptionError
from ansible_collections.greyops.rest.plugins.module_utils._grepr.resources import Kind
from ansible_collections.greyops.rest.plugins.module_utils._http.urls import segment

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ansible_collections.greyops.rest.plugins.module_utils._grepr.resources import Item
    from ansible_collections.greyops.rest.plugins.module_utils._http.client import ApiClient

DATASETS = Kind(
    noun="dataset",
    path="/v1/datasets",
    fields=("name", "integrationId", "teamIds"),
    needed={"integrationId": "integration_id"},
    defaults={"teamIds": []},
    fixed=("integrationId",),
)

# Documented: what a new estimation cannot do without, and what the documentation proposes.
_ESTIMATION = {"logLimit": 10_000_000, "lookbackDuration": "PT1H", "refreshPeriod": "PT168H"}
_ESTIMATION_FIELDS = (*_ESTIMATION, "query")


@dataclass(frozen=True)
class Setting:
    """A part of a dataset that lies at a path of its own; None where it is not there."""

    name: str
    path: str
    before: Item | None
    after: Item | None


def plan_settings(
    tables: Mapping[str, Any], wished_tables: Mapping[str, Any], estimation: Item | None, wished_estimation: Item | None
) -> list[Setting]:
    """The settings that have to change; a wish that is empty takes them away.

    :param wished_estimation: None leaves the estimation as it is.
    """
    plans = []
    for key, wish in wished_tables.items():
        if not isinstance(wish, dict) and wish is not None:
            raise OptionError(f"tables.{key} must be a dictionary with the settings of the table.")
        plans.append(_setting(f"tables.{key}", f"/{segment(key)}/config", tables.get(key), wish, {}))
    if wished_estimation is not None:
        plans.append(_setting("estimation", "/estimation-config", estimation, wished_estimation, _ESTIMATION))
    return [setting for setting in plans if setting is not None]


def _setting(name: str, path: str, there: Item | None, wish: Item | None, defaults: Item) -> Setting | None:
    if is_empty(wish):
        return None if is_empty(there) else Setting(name, path, there, None)
    if covers(there, wish):
        return None
    return Setting(name, path, there or None, merged(there or defaults, wish))


def read_estimation(client: ApiClient, dataset_path: str) -> Item | None:
    """What can be written of a dataset's estimation (documented: an object, or JSON null)."""
    found = client.call("GET", f"{dataset_path}/estimation-config").json()
    return {key: found[key] for key in _ESTIMATION_FIELDS if key in found} if isinstance(found, dict) else None


def apply_settings(client: ApiClient, dataset_path: str, settings: Iterable[Setting]) -> None:
    for setting in settings:
        if setting.after is None:
            client.call("DELETE", dataset_path + setting.path, expected=(200, 204, 404), repeatable=True)
        else:
            client.call("PUT", dataset_path + setting.path, json=setting.after, repeatable=True)
