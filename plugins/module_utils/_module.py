# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import os
from typing import Any, NoReturn

from ansible.module_utils.basic import AnsibleModule

from ._argspec import ArgumentSpec, validate_options
from ._context import COLLECTION, Context, Directories, RedactingRuntime
from ._errors import OptionError
from ._operation import Operation, build_failure, perform
from ._path_encoding import decode_paths, encode_paths
from ._redaction import Redactor

# As core shows a secret option when it returns the arguments of a module.
_HIDDEN = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"


class _ResolvingModule(AnsibleModule):
    """Completes its parameters from this process's environment before core validates them.

    If the action has resolved them on the controller, this changes nothing; a module that runs without the action
    resolves them here.
    """

    def __init__(self, spec: ArgumentSpec) -> None:
        self._spec = spec
        self._is_valid = False
        self.option_error: OptionError | None = None
        super().__init__(**spec.to_validator_arguments(), supports_check_mode=True)  # type: ignore[no-untyped-call]
        self._is_valid = True

    def _load_params(self) -> None:
        super()._load_params()  # type: ignore[no-untyped-call]
        try:
            self.params = self._spec.resolve(self.params, os.environ)
        except OptionError as error:
            self.option_error = error

    def fail_json(self, msg: str, **keys: Any) -> NoReturn:
        """Fail. If core rejects the options, which happens in the constructor, the message is that of the action."""
        if not self._is_valid:
            given = {name: value for name, value in self.params.items() if not name.startswith("_ansible_")}
            try:
                validate_options(self._spec, given)
            except OptionError as error:
                keys = build_failure(self.option_error or error, Redactor(tell_core=False))
                del keys["failed"]
                msg = keys.pop("msg")
        super().fail_json(msg, **keys)


class _ModuleRuntime(RedactingRuntime):
    """The runtime of a process on a target: its home directory, and a result for warnings.

    It shows no progress, because the output of a module is read when it ends.
    """

    def __init__(self, module: AnsibleModule, secrets: Redactor) -> None:
        super().__init__(Directories(ansible_home=os.path.expanduser("~/.ansible")), secrets)
        self._module = module

    def show_warning(self, message: str) -> None:
        self._module.warn(decode_paths(message))

    def show_deprecation(self, message: str, version: str) -> None:
        self._module.deprecate(decode_paths(message), version=version, collection_name=COLLECTION)


def run_module(operation: Operation) -> None:
    """Run an operation as an Ansible module, in a process on the target."""
    module = _ResolvingModule(operation.spec)
    params = encode_paths(operation.spec, module.params)
    # Core returns registered values from the process in clear text along with the result, and the result of an async
    # job is stored in a file. So only secrets that the result contains anyway are registered.
    secrets = Redactor(tell_core=operation.shows_secret(params))
    if module.option_error is not None:
        secrets.register(*operation.spec.list_secrets(params))
        result = build_failure(module.option_error, secrets)
    else:
        context = Context(params, _ModuleRuntime(module, secrets), module.check_mode, module._diff)
        result = perform(operation, context).keys
    arguments = {
        name: _HIDDEN if value is not None and name in operation.spec.secret_options else value
        for name, value in params.items()
    }
    _exit(module, {**result, "invocation": {"module_args": secrets.redact_arguments(arguments)}})


def _exit(module: AnsibleModule, result: dict[str, Any]) -> None:
    # Before 2.22 core removes the values of secret options from the whole result, although in its data such a value may
    # be an ordinary word. The result is already redacted, so core gets no values to remove.
    module.no_log_values = set()
    keys = decode_paths(result)
    if keys.pop("failed", False):
        module.fail_json(**keys)
    module.exit_json(**keys)
