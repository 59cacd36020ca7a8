# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All resource types."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..core.state import State
from .activity_logs import create_activity
from .datasets import Datasets
from .integrations import build_integrations, create_integration
from .invitations import ClaimMappings, Invitations
from .resource import Item, Resource
from .roles import Roles, ServiceAccounts
from .teams import Teams, Users
from .templates import Templates

# Stores an item: its given fields, and its number.
Seeder = Callable[[Item, int], Item]


def resources(state: State) -> list[Resource]:
    """The endpoints of every kind."""
    plain = (Datasets, Templates, Teams, Users, Roles, ServiceAccounts, Invitations, ClaimMappings)
    return [*(kind(state) for kind in plain), *build_integrations(state)]


def get_seeders(state: State) -> dict[str, Seeder]:
    """The functions by which the admin interface creates items of each type."""
    plain = (Users, Teams, Roles, ServiceAccounts, Datasets, Templates)
    found: dict[str, Seeder] = {kind.kind: kind(state).seed for kind in plain}
    found["integrations"] = lambda given, number: create_integration(state, given, number)
    found["permissions"] = lambda given, _number: create_permission(state, given)
    found["activities"] = lambda given, number: create_activity(state, given, number)
    return found


def create_permission(state: State, given: dict[str, Any]) -> Item:
    """Something a role can permit."""
    item_id = str(given.get("id", given.get("name", "view:jobs")))
    action, _separator, resource = item_id.partition(":")
    usual = {"id": item_id, "resource": resource, "action": action, "description": "", "category": "Other"}
    state.resources["permissions"][item_id] = {**usual, **given}
    return state.resources["permissions"][item_id]
