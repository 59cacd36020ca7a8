# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from ansible import constants as C
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.greyops.rest.plugins.module_utils._errors import OptionError
from ansible_collections.greyops.rest.plugins.module_utils._http.host import Directories
from ansible_collections.greyops.rest.plugins.module_utils._secrets import Secrets

if TYPE_CHECKING:
    from ansible_collections.greyops.rest.plugins.module_utils._options import ArgumentSpec


def controller_directories() -> Directories:
    """Ansible's home, and the directory that core makes for each run and removes at its end."""
    # Asking the configuration for the second would make another directory.
    return Directories(ansible_home=C.ANSIBLE_HOME, run=C.DEFAULT_LOCAL_TMP)  # type: ignore[attr-defined]


def validated(spec: ArgumentSpec, arguments: dict[str, Any]) -> dict[str, Any]:
    """Typed parameters with defaults, by core's own validation.

    :raises OptionError: in core's words, without the values of secret options.
    """
    outcome = ArgumentSpecValidator(**spec.validation()).validate(arguments)
    if outcome.unsupported_parameters:
        names = ", ".join(
            sorted(".".join(name) if isinstance(name, tuple) else name for name in outcome.unsupported_parameters)
        )
        raise OptionError(f"There is no option {names}. The options are {', '.join(sorted(spec.options))}.")
    if outcome.error_messages:
        secrets = Secrets()
        secrets.register(*(str(arguments.get(name) or "") for name in spec.secret_options))
        raise OptionError(secrets.scrub(". ".join(outcome.error_messages)))
    params: dict[str, Any] = outcome.validated_parameters
    return params


def plain(value: Any) -> Any:
    """The same value in Python's own types: core's tagged and encrypted ones break serializers further down."""
    if isinstance(value, str):
        return str.__str__(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {plain(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [plain(item) for item in value]
    return str(value)
