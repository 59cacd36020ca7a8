# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import os
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.greyops.rest.plugins.module_utils._errors import OptionError
from ansible_collections.greyops.rest.plugins.module_utils._http.host import Directories, RedactingHost
from ansible_collections.greyops.rest.plugins.module_utils._operation import Call, Operation, failure, perform
from ansible_collections.greyops.rest.plugins.module_utils._options import ArgumentSpec
from ansible_collections.greyops.rest.plugins.module_utils._path_encoding import local_paths, readable
from ansible_collections.greyops.rest.plugins.module_utils._secrets import Secrets

# As core shows a secret option in its echo of a module's arguments.
_HIDDEN = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"


class _ResolvingModule(AnsibleModule):
    """Completes its parameters from this process's environment before core validates them.

    After the action has resolved them on the controller this changes nothing; a module that is run by itself
    resolves here.
    """

    def __init__(self, spec: ArgumentSpec) -> None:
        self._spec = spec
        self.option_error: OptionError | None = None
        super().__init__(**spec.validation(), supports_check_mode=True)  # type: ignore[no-untyped-call]

    def _load_params(self) -> None:
        super()._load_params()  # type: ignore[no-untyped-call]
        try:
            self.params = self._spec.resolve(self.params, os.environ)
        except OptionError as error:
            self.option_error = error


class _ModuleHost(RedactingHost):
    """Lends an operation what a process on a target has: a home, and a result to put warnings in.

    It shows no progress: a module's output is read at its end.
    """

    def __init__(self, module: AnsibleModule) -> None:
        super().__init__(Directories(ansible_home=os.path.expanduser("~/.ansible")))
        self._module = module

    def show_warning(self, message: str) -> None:
        self._module.warn(readable(message))


def run_module(operation: Operation) -> None:
    """Run an operation as an Ansible module: the ordinary way, in a process on the target."""
    module = _ResolvingModule(operation.spec)
    params = local_paths(operation.spec, module.params)
    # From a process, core sends what it is told along with the answer, in clear, and the answer of a background job
    # lies in a file. So it is told only of a secret that is in the answer anyway.
    secrets = Secrets(tell_core=operation.reveals_with(params))
    if module.option_error is not None:
        secrets.register(*operation.spec.secrets_in(params))
        result = failure(module.option_error, secrets)
    else:
        call = Call(params, module.check_mode, module._diff, _ModuleHost(module), secrets)
        result = perform(operation, call).keys
    arguments = {
        name: _HIDDEN if value is not None and name in operation.spec.secret_options else value
        for name, value in params.items()
    }
    _exit(module, {**result, "invocation": {"module_args": secrets.scrub_arguments(arguments)}})


def _exit(module: AnsibleModule, result: dict[str, Any]) -> None:
    # Before 2.22 core cuts the values of secret options out of the whole result, and in its data such a value may be an
    # ordinary word. The result is redacted already, so core is left with no values to cut.
    module.no_log_values = set()
    keys = readable(result)
    if keys.pop("failed", False):
        module.fail_json(**keys)
    module.exit_json(**keys)
