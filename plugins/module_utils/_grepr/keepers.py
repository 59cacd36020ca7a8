# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Protocol

from ansible_collections.greyops.rest.plugins.module_utils._errors import OptionError
from ansible_collections.greyops.rest.plugins.module_utils._files import NewFile

if TYPE_CHECKING:
    from ansible_collections.greyops.rest.plugins.module_utils._secrets import Secrets

_LARGEST_LIST = 64 * 1024 * 1024


class Keeper(Protocol):
    """Where the events of a query go."""

    count: int

    def keep(self, event: Any, size: int) -> None:
        """One event, whose line had so many bytes."""

    def partial(self) -> dict[str, object]:
        """What a failed result has of it."""

    def fate(self) -> str:
        """What became of the events of a query that failed, as the end of a sentence; empty if nothing needs saying."""


class ListKeeper:
    """Events for the result of a task, as long as they do not fill the memory."""

    def __init__(self) -> None:
        self.count = 0
        self.events: list[Any] = []
        self._size = 0

    def keep(self, event: Any, size: int) -> None:
        self._size += size
        if self._size > _LARGEST_LIST:
            raise OptionError(
                f"The query found more than {_LARGEST_LIST // 1024 // 1024} MiB ({self.count} events), too much for "
                "the result of a task.",
                hint="Have them written to a file with dest, or ask for fewer with limit.",
            )
        self.count += 1
        self.events.append(event)

    def partial(self) -> dict[str, object]:
        return {"events": self.events}

    def fate(self) -> str:
        return ""


class FileKeeper(NewFile):
    """Events for a file, one JSON document a line, none of them kept in memory."""

    def __init__(self, dest: str, secrets: Secrets, check_mode: bool) -> None:
        super().__init__(dest, check_mode)
        self.count = 0
        self._secrets = secrets

    def keep(self, event: Any, size: int) -> None:
        self.write(self._encoded(event))
        self.count += 1

    def _encoded(self, event: Any) -> bytes:
        text = self._secrets.scrub_data(json.dumps(event, ensure_ascii=False, separators=(",", ":")))
        try:
            return f"{text}\n".encode()
        except UnicodeEncodeError:  # half a pair of surrogates, which JSON can hold and UTF-8 cannot
            return f"{self._secrets.scrub_data(json.dumps(event, separators=(',', ':')))}\n".encode()

    def partial(self) -> dict[str, object]:
        return {}

    def fate(self) -> str:
        return f", which are dropped: {self.dest} is as it was"
