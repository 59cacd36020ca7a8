# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ansible_collections.greyops.rest.plugins.module_utils._errors import GreyopsError, fault
from ansible_collections.greyops.rest.plugins.module_utils._http.host import Usage
from ansible_collections.greyops.rest.plugins.module_utils._markers import WARNING, without_markers
from ansible_collections.greyops.rest.plugins.module_utils._secrets import Secrets

if TYPE_CHECKING:
    from ansible_collections.greyops.rest.plugins.module_utils._http.host import Host
    from ansible_collections.greyops.rest.plugins.module_utils._options import ArgumentSpec


@dataclass(frozen=True)
class Call:
    """What an operation is called with: resolved and validated parameters, modes, and whoever runs it."""

    params: dict[str, Any]
    check_mode: bool
    diff_mode: bool
    host: Host
    secrets: Secrets = field(default_factory=Secrets)

    def __post_init__(self) -> None:
        # The floors below send messages to the host as well.
        self.host.secrets = self.secrets

    def warn(self, message: str) -> None:
        self.host.warn(message)

    def progress(self, message: str) -> None:
        self.host.progress(message)


@dataclass(frozen=True)
class Outcome:
    """What an operation did or, in check mode, would do. ``hidden`` values are for ``register``, not for a screen."""

    changed: bool = False
    values: dict[str, Any] = field(default_factory=dict)
    diff: dict[str, Any] | None = None
    hidden: bool = False


@dataclass(frozen=True)
class Operation:
    """What a module does, apart from who runs it: a specification and a function of one argument.

    The function returns an outcome or raises a GreyopsError; it neither exits nor prints. ``reveals`` is the option
    with which the result holds a secret; the outcome is hidden then. ``codes`` are options whose values
    are compared character by character; they must be given as text, and no other option of the operation as a date.
    """

    spec: ArgumentSpec
    run: Callable[[Call], Outcome]
    reveals: str | None = None
    codes: tuple[str, ...] = ()

    def reveals_with(self, params: Mapping[str, Any]) -> bool:
        """Whether the result holds a secret with these parameters."""
        return self.reveals is not None and bool(params.get(self.reveals))


@dataclass(frozen=True)
class Result:
    """The keys of a task's result, and whether a screen may show them."""

    keys: dict[str, Any]
    hidden: bool = False

    @property
    def failed(self) -> bool:
        return bool(self.keys.get("failed"))


def perform(operation: Operation, call: Call) -> Result:
    """Run an operation to its result; every error becomes a failed result, so this raises nothing."""
    call.secrets.register(*operation.spec.secrets_in(call.params))
    try:
        outcome = operation.run(call)
        keys, hidden = _shown(outcome, call), outcome.hidden
    except GreyopsError as error:
        keys, hidden = failure(error, call.secrets), False
    except Exception as error:  # a fault of ours must not show a traceback, whose lines may hold secrets
        keys, hidden = failure(fault(error), call.secrets), False
    keys, has_markers = without_markers(keys)
    if has_markers:
        call.warn(WARNING)
    keys["api"] = call.host.usage.as_result()
    return Result(keys, hidden)


def _shown(outcome: Outcome, call: Call) -> dict[str, Any]:
    values = outcome.values if outcome.hidden else call.secrets.scrub_data(outcome.values)
    keys = {"changed": outcome.changed, **values}
    if outcome.diff is not None and call.diff_mode:
        keys["diff"] = call.secrets.scrub_data(outcome.diff)
    return keys


def failure(error: GreyopsError, secrets: Secrets) -> dict[str, Any]:
    """The result of a task that fails before, in or instead of its operation."""
    result: dict[str, Any] = secrets.redact_result(error.as_result())
    return {"failed": True, "changed": False, **result, "api": Usage().as_result()}
