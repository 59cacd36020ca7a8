# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Protocol

from ansible_collections.greyops.rest.plugins.module_utils._errors import OptionError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ansible_collections.greyops.rest.plugins.module_utils._secrets import Secrets

_LARGEST_LIST = 64 * 1024 * 1024
_PIECE = 1024 * 1024


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

    def __init__(self, secrets: Secrets) -> None:
        self.count = 0
        self.events: list[Any] = []
        self._secrets = secrets
        self._size = 0

    def keep(self, event: Any, size: int) -> None:
        self._size += size
        if self._size > _LARGEST_LIST:
            raise OptionError(
                f"The query found more than {_LARGEST_LIST // 1024 // 1024} MiB ({self.count} events), too much for "
                "the result of a task. Have them written to a file with dest, or ask for fewer with limit."
            )
        self.count += 1
        self.events.append(event)

    def partial(self) -> dict[str, object]:
        return {"events": self._secrets.scrub_data(self.events)}

    def fate(self) -> str:
        return ""


class FileKeeper:
    """Events for a file, one JSON document a line, none of them kept in memory.

    The file appears whole or not at all, and only if it differs from what is there; in check mode never. It is its
    owner's alone.
    """

    def __init__(self, dest: str, secrets: Secrets, check_mode: bool) -> None:
        self.count = 0
        self.size = 0
        # A link goes on leading to the file.
        self._dest = os.path.realpath(dest)
        self._secrets = secrets
        self._digest = hashlib.sha256()
        self._stream: Any = None
        self._name: str | None = None
        directory = os.path.dirname(self._dest)
        if os.path.isdir(self._dest):
            raise OptionError(f"dest {dest} is a directory: name a file in it.")
        if not os.path.isdir(directory) or not os.access(directory, os.W_OK | os.X_OK):
            raise OptionError(f"dest {dest} cannot be written: there is no directory {directory} that takes files.")
        if not check_mode:
            with _told(dest):
                handle, self._name = tempfile.mkstemp(prefix=f".{os.path.basename(self._dest)}.", dir=directory)
            self._stream = os.fdopen(handle, "wb", buffering=_PIECE)

    @property
    def checksum(self) -> str:
        return self._digest.hexdigest()

    def keep(self, event: Any, size: int) -> None:
        line = self._encoded(event)
        self.count += 1
        self.size += len(line)
        self._digest.update(line)
        if self._stream is not None:
            with _told(self._dest):
                self._stream.write(line)

    def _encoded(self, event: Any) -> bytes:
        text = self._secrets.scrub_data(json.dumps(event, ensure_ascii=False, separators=(",", ":")))
        try:
            return f"{text}\n".encode()
        except UnicodeEncodeError:  # half a pair of surrogates, which JSON can hold and UTF-8 cannot
            return f"{self._secrets.scrub_data(json.dumps(event, separators=(',', ':')))}\n".encode()

    def partial(self) -> dict[str, object]:
        return {}

    def fate(self) -> str:
        return f", which are dropped: {self._dest} is as it was"

    def before(self) -> dict[str, Any]:
        """What is at the place now; empty if there is no file."""
        if not os.path.exists(self._dest):
            return {}
        digest = hashlib.sha256()
        with _told(self._dest), open(self._dest, "rb") as stream:
            for piece in iter(lambda: stream.read(_PIECE), b""):
                digest.update(piece)
            return {"dest": self._dest, "size": stream.tell(), "checksum": digest.hexdigest()}

    def after(self) -> dict[str, Any]:
        return {"dest": self._dest, "size": self.size, "checksum": self.checksum}

    def put(self) -> None:
        """Let the file take its place."""
        if self._stream is not None and self._name is not None:
            with _told(self._dest):
                self._stream.flush()
                os.fsync(self._stream.fileno())
                os.replace(self._name, self._dest)
                self._name = None

    def close(self) -> None:
        """Leave nothing lying about."""
        if self._stream is not None:
            with suppress(OSError):  # a full disk was told of already
                self._stream.close()
        if self._name is not None:
            with suppress(OSError):
                os.unlink(self._name)


@contextmanager
def _told(dest: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OptionError(f"dest {dest} cannot be written: {error.strerror}. It is as it was.") from None
