# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a fresh Grepr account holds besides its jobs."""

from __future__ import annotations

from typing import Any

DATADOG, WAREHOUSE, DATASET, TEMPLATE = "0jn5rdc93r10t", "0jn5rdc93r11w", "0kabdv8yo9q99", "0ktemplate001"
ADMIN_ROLE, VIEWER_ROLE = "rol_Admin0000001", "rol_Viewer000001"
MADE = {"createdAt": "2026-03-01T12:00:00Z", "updatedAt": "2026-03-01T12:00:00Z"}
_CHANGE = {"type": "INVOICE", "date": MADE["createdAt"]}
_PLAN = {
    "type": "INVOICE",
    "startDate": MADE["createdAt"],
    "endDate": "2027-03-01T12:00:00Z",
    "planChangeRequest": _CHANGE,
}
ORGANIZATION = {"name": "acme", "plan": _PLAN, "constraints": {"maxPipelines": 1000}}
_RESOURCES = ("jobs", "datasets", "integrations", "templates", "teams", "users", "roles", "service-accounts")
PERMISSIONS = [f"{action}:{resource}" for resource in _RESOURCES for action in ("view", "edit", "write")]


def resources() -> dict[str, dict[str, dict[str, Any]]]:
    """All of it, by kind and id."""
    return {
        "integrations": _integrations(),
        "datasets": _datasets(),
        "templates": _templates(),
        "teams": {},
        "users": _users(),
        "roles": _roles(),
        "service_accounts": {},
        "permissions": _permissions(),
        "activities": {},
        "invitations": {},
        "claim_mappings": {},
    }


def _integrations() -> dict[str, dict[str, Any]]:
    datadog = {"site": "datadoghq.com", "filterQuery": "", "additionalTags": []}
    return {
        DATADOG: _integration(DATADOG, "datadog main", "datadog", datadog),
        WAREHOUSE: _integration(WAREHOUSE, "lake storage", "data-warehouse", {}),
    }


def _integration(item_id: str, name: str, kind: str, payload: dict[str, Any]) -> dict[str, Any]:
    common = {"id": item_id, "organizationId": "acme", "name": name, "type": kind, "version": 0, "payload": payload}
    return {**common, "teamIds": [], **MADE, "_secrets": {}, "_keys": []}


def _datasets() -> dict[str, dict[str, Any]]:
    fields = {"integrationId": WAREHOUSE, "organizationId": "acme", "teamIds": [], "tables": {}}
    return {DATASET: {"id": DATASET, "name": "main lake", **fields}}


def _templates() -> dict[str, dict[str, Any]]:
    version = {
        "id": TEMPLATE,
        "name": "log-reducer-job-graph-template",
        "template": '{"vertices": [], "edges": []}',
        "version": 16,
        "description": "Reduces logs.",
        "inputs": {"input": "parser:input", "logEvents": "parser:input"},
        "outputs": {"processedEvents": "reducer", "rawEvents": "parser"},
        "builtIn": True,
        "organizationId": None,
        "teamIds": [],
    }
    return {TEMPLATE: {"id": TEMPLATE, "versions": [version]}}


def _users() -> dict[str, dict[str, Any]]:
    given = (("u1", "Ann Example", ADMIN_ROLE), ("u2", "Bob Other", VIEWER_ROLE), ("u3", "Eve Third", VIEWER_ROLE))
    return {
        user: {"id": user, "email": f"{name.split()[0].lower()}@example.com", "name": name, "_roleIds": [held]}
        for user, name, held in given
    }


def _roles() -> dict[str, dict[str, Any]]:
    server = {"builtin": True, "effect": "allow", "createdAt": MADE["createdAt"], "createdBy": "system"}
    views = [one for one in PERMISSIONS if one.startswith("view:")]
    return {
        ADMIN_ROLE: {
            "id": ADMIN_ROLE,
            "name": "Admin",
            "description": "May do everything",
            "permissionIds": PERMISSIONS,
            **server,
        },
        VIEWER_ROLE: {
            "id": VIEWER_ROLE,
            "name": "Viewer",
            "description": "May look",
            "permissionIds": views,
            **server,
        },
    }


def _permissions() -> dict[str, dict[str, Any]]:
    found = {}
    for one in PERMISSIONS:
        action, _separator, resource = one.partition(":")
        description = f"{action} {resource}"
        found[one] = {
            "id": one,
            "resource": resource,
            "action": action,
            "description": description,
            "category": "Other",
        }
    return found
