# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Protocol

from ansible_collections.greyops.rest.plugins.module_utils._secrets import Secrets


@dataclass
class Usage:
    """What one operation asked of an API, as every result shows it under ``api``.

    ``calls`` counts the requests to the API itself, repeats included and logins not; ``waited`` is in seconds.
    """

    calls: int = 0
    retries: int = 0
    waited: float = 0.0
    token: str | None = None

    def add(self, other: Usage) -> None:
        """Count what another thread of the same operation asked."""
        self.calls += other.calls
        self.retries += other.retries
        self.waited += other.waited
        self.token = self.token if other.token in (None, "stored") and self.token else other.token or self.token

    def as_result(self) -> dict[str, object]:
        return {"calls": self.calls, "retries": self.retries, "waited": round(self.waited, 3), "token": self.token}


@dataclass(frozen=True)
class Directories:
    """Where the host keeps things: Ansible's home, and a directory that lives as long as the run (if any)."""

    ansible_home: str
    run: str | None = None


class Host(Protocol):
    """What whoever runs an operation lends to the floors below it."""

    usage: Usage
    directories: Directories
    secrets: Secrets

    def warn(self, message: str) -> None:
        """Show a warning. A constant message is shown once, however many tasks send it."""

    def progress(self, message: str) -> None:
        """Tell a person what a long wait is doing."""


class RedactingHost(ABC):
    """What all hosts have in common: no message reaches a screen or a log as it came."""

    def __init__(self, directories: Directories) -> None:
        self.usage = Usage()
        self.directories = directories
        self.secrets = Secrets()

    def warn(self, message: str) -> None:
        self.show_warning(self.secrets.redact(message))

    def progress(self, message: str) -> None:
        self.show_progress(self.secrets.redact(message))

    @abstractmethod
    def show_warning(self, message: str) -> None:
        """Show a warning that was redacted."""

    def show_progress(self, _message: str) -> None:
        """Show a progress line that was redacted. A host without a screen has nothing to do."""
        return


class SilentHost(RedactingHost):
    """A host for plugins that have no result of their own: it keeps the warnings for whoever asks."""

    def __init__(self, directories: Directories) -> None:
        super().__init__(directories)
        self.warnings: list[str] = []

    def show_warning(self, message: str) -> None:
        if message not in self.warnings:
            self.warnings.append(message)
