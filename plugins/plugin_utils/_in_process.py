# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar

from ansible.plugins.action import ActionBase
from ansible.release import __version__ as ansible_version
from ansible.utils.display import Display

from ansible_collections.greyops.rest.plugins.module_utils._errors import OptionError
from ansible_collections.greyops.rest.plugins.module_utils._grepr.options import GREPR_SPEC
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.options import GREYMATTER_SPEC
from ansible_collections.greyops.rest.plugins.module_utils._http import hosts
from ansible_collections.greyops.rest.plugins.module_utils._http.host import SilentHost
from ansible_collections.greyops.rest.plugins.module_utils._http.settings import HOST_FILE_VARIABLES, HOST_FILES
from ansible_collections.greyops.rest.plugins.module_utils._http.urls import base_url
from ansible_collections.greyops.rest.plugins.module_utils._oauth.settings import default_path
from ansible_collections.greyops.rest.plugins.module_utils._operation import Call, Operation, failure, perform
from ansible_collections.greyops.rest.plugins.module_utils._secrets import Secrets
from ansible_collections.greyops.rest.plugins.module_utils._validation import validated
from ansible_collections.greyops.rest.plugins.plugin_utils._controller import (
    controller_directories,
    plain,
    require_no_dates,
    require_text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

# Of both services, whichever the task is for: one environment often serves a whole play.
OUR_VARIABLES = GREPR_SPEC.variables | GREYMATTER_SPEC.variables

display = Display()


class WorkerHost(SilentHost):
    """Lends an operation what the worker has: the controller's directories, and a screen."""

    def __init__(self) -> None:
        super().__init__(controller_directories())

    def show_progress(self, message: str) -> None:
        # Standard output may belong to a callback that writes JSON.
        display.display(message, stderr=True)


class InProcessAction(ActionBase):
    """Runs a module's operation inside the worker when the connection is local, else as the module it is.

    Starting Python for a module costs more than all the rest of a task. A jump host, another user and a background
    job need that process; their tasks go the ordinary way, with the same result.
    """

    operation: ClassVar[Operation]

    _requires_connection = False
    _supports_check_mode = True
    _supports_async = True

    _environment: dict[str, str] | None = None

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        environment = self._task_environment()
        try:
            arguments = self.operation.spec.resolve(self._arguments(), self._variables(environment))
            params = validated(self.operation.spec, arguments)
            if "api_url" in self.operation.spec.options:
                arguments[hosts.OPTION] = params[hosts.OPTION] = hosts.allowed_hosts(params[hosts.OPTION], os.environ)
            self._refuse_what_would_show(params)
            # As core masks them in its echo of a module's arguments: as plain text.
            arguments.update({name: params[name] for name in self.operation.spec.secret_options if name in arguments})
        except OptionError as error:
            return {**result, **failure(error, Secrets())}
        if self._is_local():
            return {**result, **self._run_here(params, environment)}
        return {**result, **self._run_as_module(arguments, params, environment, task_vars or {})}

    def _arguments(self) -> dict[str, Any]:
        # In a playbook null means that nothing was given. A number of seconds may be infinite, what is sent may not.
        given = {name: value for name, value in self._task.args.items() if value is not None}
        for name in self.operation.codes:
            require_text(given.get(name), name)
        for name in given if self.operation.codes else ():
            require_no_dates(given[name], name)
        return {name: float(value) if isinstance(value, float) else plain(value, name) for name, value in given.items()}

    def _is_on_controller(self) -> bool:
        return bool(self._connection.transport == "local")

    def _variables(self, environment: dict[str, str]) -> dict[str, str]:
        """What stands in for options: the task's environment, then the controller's, but for files on another host."""
        here = self._is_on_controller()
        own = {name: value for name, value in os.environ.items() if here or name not in HOST_FILE_VARIABLES}
        return {**own, **environment}

    def _closed_options(self) -> list[str]:
        return [name for name in self.operation.spec.environment if self._is_on_controller() or name not in HOST_FILES]

    def _is_local(self) -> bool:
        if not self._is_on_controller() or self._task.async_val:
            return False
        if self._play_context.become:
            display.v(f"{self._task.action}: become starts a process for this task; it would run faster without")
            return False
        return True

    def _run_here(self, params: dict[str, Any], environment: dict[str, str]) -> dict[str, Any]:
        host = WorkerHost()
        call = Call(params=params, check_mode=bool(self._task.check_mode), diff_mode=bool(self._task.diff), host=host)
        with _environment_set(environment):
            outcome = perform(self.operation, call)
        keys = outcome.keys
        if host.warnings:
            keys["warnings"] = host.warnings
        if outcome.hidden:
            keys["_ansible_no_log"] = True
        return keys

    def _run_as_module(
        self, arguments: dict[str, Any], params: dict[str, Any], environment: dict[str, str], task_vars: dict[str, Any]
    ) -> dict[str, Any]:
        # The module's process keeps it from core, since its answer may lie in a file; so core learns of it here.
        Secrets().register(*self.operation.spec.secrets_in(params))
        keeps_tokens = "token_store_path" in self.operation.spec.options
        if keeps_tokens and self._is_on_controller() and not self._play_context.become:
            # The same user on the same machine has the same store, wherever Ansible's home was moved to.
            arguments.setdefault("token_store_path", default_path(controller_directories()))
        # The arguments carry what our variables said. Left in the environment they would show in the command line
        # at -vvv, there and in the polls of a background job; so they stay away until the task is done.
        self._task.environment = [{name: value for name, value in environment.items() if name not in OUR_VARIABLES}]
        keys: dict[str, Any] = self._execute_module(
            module_name=self._task.resolved_action or self._task.action,
            # What nobody gave is None, so that the target's own environment has no say, but about its own files.
            module_args={**dict.fromkeys(self._closed_options()), **arguments},
            task_vars=task_vars,
            wrap_async=self._task.async_val,
        )
        if self.operation.reveals_with(params) and not keys.get("failed"):
            keys["_ansible_no_log"] = True
            # Core's echo of the arguments is of no use in a result that nobody sees.
            keys.pop("invocation", None)
        return keys

    def _refuse_what_would_show(self, params: dict[str, Any]) -> None:
        for option in ("api_url", "auth_url"):
            if params.get(option):
                base_url(params[option], option)
        if not self.operation.reveals_with(params):
            return
        if self._task.async_val:
            raise OptionError(
                f"{self.operation.reveals} cannot be used with async: the secret would be written to the job's file "
                "and shown when it is polled.",
                hint="Take the task out of the background.",
            )
        if self._task.loop is not None and ansible_version.startswith("2.18."):
            raise OptionError(
                f"{self.operation.reveals} cannot be used in a loop on ansible-core 2.18, whose callbacks would show "
                "the secret.",
                hint="Run the task outside of the loop, or use ansible-core 2.19 or later.",
            )

    def _task_environment(self) -> dict[str, str]:
        # Read once: running as a module takes our variables out, and until may run the task again.
        if self._environment is None:
            environment: dict[str, Any] = {}
            self._compute_environment_string(environment)
            # Which hosts are allowed is no matter for a task.
            environment.pop(hosts.VARIABLE, None)
            self._environment = {str(name): str(plain(value)) for name, value in environment.items()}
        return self._environment


@contextmanager
def _environment_set(environment: dict[str, str]) -> Iterator[None]:
    if not environment:
        yield
        return
    before = dict(os.environ)
    os.environ.update(environment)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
