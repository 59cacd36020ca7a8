# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The parameters of an operation, and what its runtime provides: warnings, progress, counters, directories."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import Any, Protocol

from ._redaction import Redactor

# The collection, in deprecations.
COLLECTION = "greyops.rest"


@dataclass
class RequestStats:
    """The requests that one operation sent to an API, as every result shows them under ``api``.

    ``calls`` counts the requests to the API itself, including retries, without logins; ``waited`` is in seconds.
    """

    calls: int = 0
    retries: int = 0
    waited: float = 0.0
    token: str | None = None

    def add(self, other: RequestStats) -> None:
        """Add the requests of another thread of the same operation."""
        self.calls += other.calls
        self.retries += other.retries
        self.waited += other.waited
        self.token = self.token if other.token in (None, "stored") and self.token else other.token or self.token

    def as_result(self) -> dict[str, object]:
        return {"calls": self.calls, "retries": self.retries, "waited": round(self.waited, 3), "token": self.token}


@dataclass(frozen=True)
class Directories:
    """Where files are stored: Ansible's home, and a directory that core removes at the end of the run (if any)."""

    ansible_home: str
    run: str | None = None


class Runtime(Protocol):
    """What an operation can use of the plugin or module that runs it."""

    stats: RequestStats
    directories: Directories
    secrets: Redactor

    def warn(self, message: str) -> None:
        """Show a warning. A constant message is shown once, even if several tasks send it."""

    def warn_deprecated(self, message: str, version: str) -> None:
        """Show that something will be removed in a version of the collection."""

    def progress(self, message: str) -> None:
        """Show the progress of a long wait."""


class RedactingRuntime(ABC):
    """The base of the runtimes: every message is redacted before it is shown."""

    def __init__(self, directories: Directories, secrets: Redactor | None = None) -> None:
        self.stats = RequestStats()
        self.directories = directories
        self.secrets = secrets or Redactor()

    def warn(self, message: str) -> None:
        self.show_warning(self.secrets.redact(message))

    def warn_deprecated(self, message: str, version: str) -> None:
        self.show_deprecation(self.secrets.redact(message), version)

    def progress(self, message: str) -> None:
        self.show_progress(self.secrets.redact(message))

    @abstractmethod
    def show_warning(self, message: str) -> None:
        """Show a redacted warning."""

    @abstractmethod
    def show_deprecation(self, message: str, version: str) -> None:
        """Show a redacted deprecation."""

    def show_progress(self, _message: str) -> None:
        """Show a redacted progress line; does nothing if there is no screen."""
        return


class NullRuntime(RedactingRuntime):
    """The runtime for plugins without a result: it collects the warnings and deprecations."""

    def __init__(self, directories: Directories, secrets: Redactor | None = None) -> None:
        super().__init__(directories, secrets)
        self.warnings: list[str] = []
        self.deprecations: list[dict[str, str]] = []

    def show_warning(self, message: str) -> None:
        if message not in self.warnings:
            self.warnings.append(message)

    def show_deprecation(self, message: str, version: str) -> None:
        self.deprecations.append({"msg": message, "version": version, "collection_name": COLLECTION})


@dataclass(frozen=True)
class Context:
    """What an operation is called with: resolved and validated parameters, the runtime and the modes of the task."""

    params: dict[str, Any]
    runtime: Runtime
    check_mode: bool = False
    diff_mode: bool = False

    @property
    def secrets(self) -> Redactor:
        return self.runtime.secrets

    def warn(self, message: str) -> None:
        self.runtime.warn(message)

    def warn_deprecated(self, message: str, version: str) -> None:
        self.runtime.warn_deprecated(message, version)

    def progress(self, message: str) -> None:
        self.runtime.progress(message)

    def with_params(self, **params: Any) -> Context:
        """Return the same context with other values of some parameters."""
        return replace(self, params={**self.params, **params})

    def in_thread(self) -> Context:
        """Return the same context for another thread, with its own counters."""
        return replace(self, runtime=ThreadRuntime(self.runtime))


class ThreadRuntime:
    """The runtime of one thread: it has its own counters and forwards messages."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self.stats = RequestStats()
        self.directories = runtime.directories
        self.secrets = runtime.secrets

    def warn(self, message: str) -> None:
        self._runtime.warn(message)

    def warn_deprecated(self, message: str, version: str) -> None:
        self._runtime.warn_deprecated(message, version)

    def progress(self, message: str) -> None:
        self._runtime.progress(message)
