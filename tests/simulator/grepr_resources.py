# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All kinds of resources."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .grepr_datasets import Datasets
from .grepr_integrations import all_vendors, seed_integration
from .grepr_people import Teams, Users
from .grepr_resource import Item, Resource
from .grepr_roles import Roles, ServiceAccounts
from .grepr_templates import Templates
from .state import State

# Puts an item on its shelf: what is known of it, and its number.
Seeder = Callable[[Item, int], Item]


def resources(state: State) -> list[Resource]:
    """The endpoints of every kind."""
    plain = (Datasets, Templates, Teams, Users, Roles, ServiceAccounts)
    return [*(kind(state) for kind in plain), *all_vendors(state)]


def seeders(state: State) -> dict[str, Seeder]:
    """What fills the shelf of each kind from outside."""
    plain = (Users, Teams, Roles, ServiceAccounts, Datasets, Templates)
    found: dict[str, Seeder] = {kind.kind: kind(state).seed for kind in plain}
    found["integrations"] = lambda given, number: seed_integration(state, given, number)
    found["permissions"] = lambda given, _number: permission(state, given)
    return found


def permission(state: State, given: dict[str, Any]) -> Item:
    """Something a role can permit."""
    item_id = str(given.get("id", given.get("name", "view:jobs")))
    action, _separator, resource = item_id.partition(":")
    usual = {"id": item_id, "resource": resource, "action": action, "description": "", "category": "Other"}
    state.shelves["permissions"][item_id] = {**usual, **given}
    return state.shelves["permissions"][item_id]
