# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sets the simulator up and returns its state.

Each argument is one kind of change: ``forget`` with ``requests`` or ``faults``; ``reset: true``; ``settings``,
``fault``, ``tokens``, ``jobs``, ``catalogs``, ``items`` and the others of the list below with what the admin interface
takes. They are applied in this order. The result always contains ``counters``, ``requests``, ``triggers`` and
``tokens``, and the GreyMatter data that ``report`` lists, such as ``items``.
"""

from __future__ import annotations

import json
import urllib.request
from typing import Any

from ansible.plugins.action import ActionBase

_CHANGES = {
    "reset": ("POST", "/reset"),
    "settings": ("PATCH", "/settings"),
    "fault": ("POST", "/faults"),
    "tokens": ("POST", "/tokens"),
    "jobs": ("PUT", "/jobs"),
    "teams": ("PUT", "/teams"),
    "fail_jobs": ("POST", "/jobs/fail"),
    "meddle": ("POST", "/jobs/meddle"),
    "sync": ("PUT", "/sync"),
    "catalogs": ("PUT", "/catalogs"),
    "categories": ("PUT", "/categories"),
    "items": ("PUT", "/items"),
    "service_requests": ("PUT", "/service_requests"),
    "activities": ("PUT", "/activities"),
    "advance": ("POST", "/service_requests/advance"),
    "inventory": ("PUT", "/inventory"),
    "advance_reports": ("POST", "/reports/advance"),
    "fail_reports": ("POST", "/reports/fail"),
    "make_jobs": ("POST", "/jobs/generate"),
    "make_catalogs": ("POST", "/catalogs/generate"),
    "make_masterdata": ("POST", "/masterdata/generate"),
}
_ALWAYS = ("counters", "requests", "triggers", "tokens")
# Returned only if `report` lists them, because there may be many.
_ON_REQUEST = (
    "catalogs", "categories", "items", "service_requests", "reports", "audits", "printed", "notifications",
)  # fmt: skip

_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class ActionModule(ActionBase):
    """In-process, because the tests run it hundreds of times."""

    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        admin = str((task_vars or {})["simulator"]["admin"])
        arguments = self._task.args
        unknown = set(arguments) - set(_CHANGES) - {"forget", "report"}
        if unknown:
            return {**result, "failed": True, "msg": f"the simulator cannot {', '.join(sorted(unknown))}"}
        try:
            if "forget" in arguments:
                _call(admin, "DELETE", f"/{arguments['forget']}")
            for name, change in _CHANGES.items():
                if name in arguments:
                    _call(admin, *change, {} if name == "reset" else arguments[name])
            wanted = [name for name in _ON_REQUEST if name in arguments.get("report", [])]
            state = {name: _call(admin, "GET", f"/{name}") for name in (*_ALWAYS, *wanted)}
        except OSError as error:
            why = error.read().decode() if hasattr(error, "read") else ""
            return {**result, "failed": True, "msg": f"the simulator refused: {error} {why}"}
        return {**result, "changed": bool(set(arguments) - {"report"}), **state}


def _call(admin: str, method: str, path: str, body: Any = None) -> Any:
    data = None if body is None else json.dumps(body, default=str).encode()
    request = urllib.request.Request(admin + path, data=data, method=method)
    with _direct.open(request, timeout=60) as answer:
        return json.load(answer)
