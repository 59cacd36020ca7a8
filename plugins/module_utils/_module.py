# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import os
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.greyops.rest.plugins.module_utils._errors import OptionError
from ansible_collections.greyops.rest.plugins.module_utils._http.host import Directories, Usage
from ansible_collections.greyops.rest.plugins.module_utils._operation import Call, Operation, failure, perform
from ansible_collections.greyops.rest.plugins.module_utils._options import ArgumentSpec
from ansible_collections.greyops.rest.plugins.module_utils._path_encoding import local_paths, readable
from ansible_collections.greyops.rest.plugins.module_utils._secrets import Secrets


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


class _ModuleHost:
    """Lends an operation what a process on a target has: a home, and a result to put warnings in."""

    def __init__(self, module: AnsibleModule) -> None:
        self._module = module
        self.usage = Usage()
        self.directories = Directories(ansible_home=os.path.expanduser("~/.ansible"))

    def warn(self, message: str) -> None:
        self._module.warn(readable(message))

    def progress(self, message: str) -> None:
        """Nobody sees a module's output before its end."""


def run_module(operation: Operation) -> None:
    """Run an operation as an Ansible module: the ordinary way, in a process on the target."""
    module = _ResolvingModule(operation.spec)
    if module.option_error is not None:
        _exit(module, failure(module.option_error))
    params = local_paths(operation.spec, module.params)
    # From a process, core sends what it is told along with the answer, in clear, and the answer of a background job
    # lies in a file. So it is told only of a secret that is in the answer anyway.
    secrets = Secrets(tell_core=operation.reveals_with(params))
    call = Call(params, module.check_mode, module._diff, _ModuleHost(module), secrets)
    _exit(module, perform(operation, call).keys)


def _exit(module: AnsibleModule, result: dict[str, Any]) -> None:
    keys = readable(result)
    if keys.pop("failed", False):
        module.fail_json(**keys)
    module.exit_json(**keys)
