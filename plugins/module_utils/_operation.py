# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ._context import RequestStats
from ._errors import GreyopsError, build_internal_error
from ._markers import WARNING, escape_markers
from ._redaction import Redactor

if TYPE_CHECKING:
    from ._argspec import ArgumentSpec
    from ._context import Context


@dataclass(frozen=True)
class OperationResult:
    """What an operation did or, in check mode, would do."""

    changed: bool = False
    values: dict[str, Any] = field(default_factory=dict)
    diff: dict[str, Any] | None = None


@dataclass(frozen=True)
class Operation:
    """What a module does, independent of its runtime: a specification and a function of one argument.

    The function returns a result or raises a GreyopsError; it neither exits nor prints. ``secret_option`` is the option
    that adds a secret to the result; such a result is for ``register`` and is not shown. The values of ``codes`` are
    compared character by character; they must be strings, and no other option of the operation may be a date.
    """

    spec: ArgumentSpec
    run: Callable[[Context], OperationResult]
    secret_option: str | None = None
    codes: tuple[str, ...] = ()

    def shows_secret(self, params: Mapping[str, Any]) -> bool:
        """Whether the result contains a secret with these parameters."""
        return self.secret_option is not None and bool(params.get(self.secret_option))


@dataclass(frozen=True)
class ModuleResult:
    """The keys of the result of a task, and whether it must not be shown."""

    keys: dict[str, Any]
    hidden: bool = False

    @property
    def failed(self) -> bool:
        return bool(self.keys.get("failed"))


def perform(operation: Operation, context: Context) -> ModuleResult:
    """Run an operation and build its result; every error becomes a failed result, so this raises no exception."""
    context.secrets.register(*operation.spec.list_secrets(context.params))
    hidden = operation.shows_secret(context.params)
    try:
        keys = _build_keys(operation.run(context), context, hidden)
    except GreyopsError as error:
        keys, hidden = build_failure(error, context.secrets), False
    except Exception as error:  # the lines of a traceback may contain secrets, so it is never shown
        keys, hidden = build_failure(build_internal_error(error), context.secrets), False
    keys, has_markers = escape_markers(keys)
    if has_markers:
        context.warn(WARNING)
    keys["api"] = context.runtime.stats.as_result()
    return ModuleResult(keys, hidden)


def _build_keys(result: OperationResult, context: Context, hidden: bool) -> dict[str, Any]:
    values = result.values if hidden else context.secrets.redact_data(result.values)
    keys = {"changed": result.changed, **values}
    if result.diff is not None and context.diff_mode:
        keys["diff"] = context.secrets.redact_data(result.diff)
    return keys


def build_failure(error: GreyopsError, secrets: Redactor) -> dict[str, Any]:
    """The result of a task that fails before, in or instead of its operation."""
    result: dict[str, Any] = secrets.redact_result(error.as_result())
    return {"failed": True, "changed": False, **result, "api": RequestStats().as_result()}
