# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from typing import Any

from ..module_utils._doctor.diagnosis import SERVICES, VARIABLES, list_secrets
from ..module_utils._http.settings import HOST_FILE_VARIABLES
from ..module_utils._redaction import Redactor
from ..modules.doctor import OPERATION
from ..plugin_utils._action import InProcessAction, WorkerRuntime


class ActionModule(InProcessAction):
    operation = OPERATION

    def _run_as_module(
        self, arguments: dict[str, Any], params: dict[str, Any], environment: dict[str, str], task_vars: dict[str, Any]
    ) -> dict[str, Any]:
        environ = {name: value for name, value in self._get_variables(environment).items() if name in VARIABLES}
        # The module's process keeps them from core; so core learns of them here.
        for name, service in SERVICES.items():
            Redactor().register(*list_secrets(service.spec, params[name], environ))
        is_own = self._connection.transport == "local" and not self._play_context.become
        home = WorkerRuntime().directories.ansible_home if is_own else None
        own = [] if self._is_on_controller() else sorted(HOST_FILE_VARIABLES)
        # The report tells which variable an option came from, so they are handed over as they are. As one text: core
        # 2.22 would mask each value of a secret dictionary in what it shows, host names and all.
        message: dict[str, Any] = {
            "controller": json.dumps({"params": params, "environ": environ, "home": home, "own": own})
        }
        # Without the path that others get for a background job, since it would look like an argument.
        return super()._run_as_module({**message, "token_store_path": None}, params, environment, task_vars)
