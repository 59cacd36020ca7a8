# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Protocol

from ansible_collections.greyops.rest.plugins.module_utils._errors import OptionError
from ansible_collections.greyops.rest.plugins.module_utils._files import NewFile
from ansible_collections.greyops.rest.plugins.module_utils._http.answers import in_mib
from ansible_collections.greyops.rest.plugins.module_utils._http.documents import (
    Budget,
    DataTooLargeError,
    parsed,
    parsed_in_passing,
)

if TYPE_CHECKING:
    from ansible_collections.greyops.rest.plugins.module_utils._secrets import Secrets


class Keeper(Protocol):
    """Where the events of a query go."""

    count: int

    def parsed(self, line: bytes) -> Any:
        """The data of a line.

        :raises ValueError: it is no JSON.
        :raises OptionError: its data take too much memory.
        """

    def keep(self, event: Any, size: int) -> None:
        """One event, whose line had so many bytes."""

    def partial(self) -> dict[str, object]:
        """What a failed result has of it."""

    def fate(self) -> str:
        """What became of the events of a query that failed, as the end of a sentence; empty if nothing needs saying."""


class ListKeeper:
    """Events for the result of a task, as long as they do not fill the memory."""

    def __init__(self, limit: int) -> None:
        """
        :param limit: max_response.
        """
        self.count = 0
        self.events: list[Any] = []
        self._budget = Budget(2 * limit)
        self._limit = limit
        self._size = 0

    def parsed(self, line: bytes) -> Any:
        try:
            return parsed(bytearray(line), self._budget)
        except DataTooLargeError:
            raise self._too_much() from None

    def _too_much(self) -> OptionError:
        return OptionError(
            f"The query found more than {in_mib(self._limit)} ({self.count} events), or what takes twice as much of "
            "memory, too much for the result of a task.",
            hint="Have them written to a file with dest, ask for fewer with limit, or raise max_response.",
        )

    def keep(self, event: Any, size: int) -> None:
        self._size += size
        if self._size > self._limit:
            raise self._too_much()
        self.count += 1
        self.events.append(event)

    def partial(self) -> dict[str, object]:
        return {"events": self.events}

    def fate(self) -> str:
        return ""


class FileKeeper(NewFile):
    """Events for a file, one JSON document a line, none of them kept in memory."""

    def __init__(self, dest: str, secrets: Secrets, limit: int, check_mode: bool) -> None:
        super().__init__(dest, check_mode)
        self.count = 0
        self._secrets = secrets
        self._largest = 2 * limit

    def parsed(self, line: bytes) -> Any:
        try:
            return parsed_in_passing(line, self._largest)
        except DataTooLargeError:
            raise OptionError(
                f"An event of the query takes more than {in_mib(self._largest)} of memory, after {self.count} others.",
                hint="Look for it, or raise max_response: an event may take twice as much.",
            ) from None

    def keep(self, event: Any, size: int) -> None:
        self.write(self._encoded(event))
        self.count += 1

    def _encoded(self, event: Any) -> bytes:
        text = self._secrets.scrub_data(json.dumps(event, ensure_ascii=False, separators=(",", ":")))
        return f"{text}\n".encode()

    def partial(self) -> dict[str, object]:
        return {}

    def fate(self) -> str:
        return f", which are dropped: {self.dest} is as it was"
