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

from ..module_utils._argspec import validate_options
from ..module_utils._context import Context, NullRuntime
from ..module_utils._errors import OptionError
from ..module_utils._grepr.service import GREPR
from ..module_utils._greymatter.service import GREYMATTER
from ..module_utils._http import allowed_hosts
from ..module_utils._http.settings import HOST_FILE_VARIABLES, HOST_FILES
from ..module_utils._http.urls import parse_base_url
from ..module_utils._oauth.settings import get_default_path
from ..module_utils._operation import Operation, build_failure, perform
from ..module_utils._redaction import Redactor
from ._controller import (
    get_directories,
    require_no_dates,
    require_text,
    to_builtin,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

# The options of both services, whichever the task uses: one environment often serves a whole play.
SERVICE_VARIABLES = GREPR.spec.variables | GREYMATTER.spec.variables

# Core expects a list in ``results``, as a loop returns it, and stores a dictionary of a module process here.
_RENAMED_RESULTS = "ansible_module_results"

display = Display()


class WorkerRuntime(NullRuntime):
    """The runtime of a worker: the directories of the controller, and a screen."""

    def __init__(self) -> None:
        super().__init__(get_directories())

    def show_progress(self, message: str) -> None:
        # Standard output may be used by a callback that writes JSON.
        display.display(message, stderr=True)


class InProcessAction(ActionBase):
    """Run the operation of a module inside the worker if the connection is local, else as a module.

    Starting Python for a module takes longer than the rest of a task. A jump host, another user and an async job
    require that process; their tasks run as modules, with the same result.
    """

    operation: ClassVar[Operation]

    _requires_connection = False
    _supports_check_mode = True
    _supports_async = True

    _environment: dict[str, str] | None = None

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        environment = self._get_environment()
        try:
            arguments = self.operation.spec.resolve(self._get_arguments(), self._get_variables(environment))
            params = validate_options(self.operation.spec, arguments)
            if "api_url" in self.operation.spec.options:
                arguments[allowed_hosts.OPTION] = params[allowed_hosts.OPTION] = allowed_hosts.get_allowed_hosts(
                    params[allowed_hosts.OPTION], os.environ
                )
            self._require_no_exposure(params)
            # As core masks them when it returns the arguments of a module: as plain text.
            arguments.update({name: params[name] for name in self.operation.spec.secret_options if name in arguments})
        except OptionError as error:
            return {**result, **build_failure(error, Redactor())}
        if self._is_local():
            return {**result, **self._run_in_worker(params, environment)}
        return {**result, **self._run_as_module(arguments, params, environment, task_vars or {})}

    def _get_arguments(self) -> dict[str, Any]:
        # In a playbook null means that a value is not set. A number of seconds may be infinite, data to send may not.
        given = {name: value for name, value in self._task.args.items() if value is not None}
        for name in self.operation.codes:
            require_text(given.get(name), name)
        for name in given if self.operation.codes else ():
            require_no_dates(given[name], name)
        return {
            name: float(value) if isinstance(value, float) else to_builtin(value, name) for name, value in given.items()
        }

    def _is_on_controller(self) -> bool:
        return bool(self._connection.transport == "local")

    def _get_variables(self, environment: dict[str, str]) -> dict[str, str]:
        """The variables that can set options: the task's, then the controller's, except files on another host."""
        here = self._is_on_controller()
        own = {name: value for name, value in os.environ.items() if here or name not in HOST_FILE_VARIABLES}
        return {**own, **environment}

    def _list_disabled_options(self) -> list[str]:
        return [name for name in self.operation.spec.environment if self._is_on_controller() or name not in HOST_FILES]

    def _is_local(self) -> bool:
        if not self._is_on_controller() or self._task.async_val:
            return False
        if self._play_context.become:
            display.v(f"{self._task.action}: become starts a process for this task; it would run faster without")
            return False
        return True

    def _run_in_worker(self, params: dict[str, Any], environment: dict[str, str]) -> dict[str, Any]:
        runtime = WorkerRuntime()
        with _set_environment(environment):
            result = perform(
                self.operation, Context(params, runtime, bool(self._task.check_mode), bool(self._task.diff))
            )
        keys = result.keys
        if runtime.warnings:
            keys["warnings"] = runtime.warnings
        if runtime.deprecations:
            keys["deprecations"] = runtime.deprecations
        if result.hidden:
            keys["_ansible_no_log"] = True
        return keys

    def _run_as_module(
        self, arguments: dict[str, Any], params: dict[str, Any], environment: dict[str, str], task_vars: dict[str, Any]
    ) -> dict[str, Any]:
        # The process of the module does not register secrets, since its result may be stored in a file; so they are
        # registered here.
        Redactor().register(*self.operation.spec.list_secrets(params))
        keeps_tokens = "token_store_path" in self.operation.spec.options
        if keeps_tokens and self._is_on_controller() and not self._play_context.become:
            # The same user on the same machine uses the same store, even if Ansible's home is different.
            arguments.setdefault("token_store_path", get_default_path(get_directories()))
        # The arguments contain the values of our variables. In the environment they would be shown in the command line
        # at -vvv, also while an async job is polled, so they are removed until the task is done.
        self._task.environment = [{name: value for name, value in environment.items() if name not in SERVICE_VARIABLES}]
        keys: dict[str, Any] = self._execute_module(
            module_name=self._task.resolved_action or self._task.action,
            # Unset options are None, so that the environment of the target is not used, except for its own files.
            module_args={**dict.fromkeys(self._list_disabled_options()), **arguments},
            task_vars=task_vars,
            wrap_async=self._task.async_val,
        )
        if _RENAMED_RESULTS in keys:
            keys["results"] = keys.pop(_RENAMED_RESULTS)
        if self.operation.shows_secret(params) and not keys.get("failed"):
            keys["_ansible_no_log"] = True
            # The arguments are of no use in a result that is not shown.
            keys.pop("invocation", None)
        return keys

    def _require_no_exposure(self, params: dict[str, Any]) -> None:
        for option in ("api_url", "auth_url"):
            if params.get(option):
                parse_base_url(params[option], option)
        if not self.operation.shows_secret(params):
            return
        if self._task.async_val:
            raise OptionError(
                f"{self.operation.secret_option} cannot be used with async: the secret would be written to the job's "
                "file and shown when it is polled.",
                hint="Take the task out of the background.",
            )
        if self._task.loop is not None and ansible_version.startswith("2.18."):
            raise OptionError(
                f"{self.operation.secret_option} cannot be used in a loop on ansible-core 2.18, whose callbacks would "
                "show the secret.",
                hint="Run the task outside of the loop, or use ansible-core 2.19 or later.",
            )

    def _get_environment(self) -> dict[str, str]:
        # Read once: running as a module removes our variables, and until may run the task again.
        if self._environment is None:
            environment: dict[str, Any] = {}
            self._compute_environment_string(environment)
            # A task must not change which hosts are allowed.
            environment.pop(allowed_hosts.VARIABLE, None)
            self._environment = {str(name): str(to_builtin(value)) for name, value in environment.items()}
        return self._environment


@contextmanager
def _set_environment(environment: dict[str, str]) -> Iterator[None]:
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
