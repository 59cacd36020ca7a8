# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Write files completely or not at all."""

from __future__ import annotations

import hashlib
import os
import re
import signal
import stat
import tempfile
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from ._errors import OptionError

if TYPE_CHECKING:
    from collections.abc import Iterator

_CHUNK_SIZE = 1024 * 1024


class AtomicFile:
    """A file that is written completely or not at all, only if it differs from the current one, never in check mode.

    Only its owner can access it, unless ``mode`` is set. A symbolic link at ``dest`` is replaced and not followed, as
    in ansible.builtin.copy: otherwise, a user who can write to a directory could have files of other users overwritten.
    """

    def __init__(self, dest: str, check_mode: bool, mode: int | None = None, *, durable: bool = True) -> None:
        """
        :param durable: whether a committed file survives a crash of the machine, which takes milliseconds.
        """
        self.size = 0
        self.dest = os.path.abspath(dest)
        self._mode = mode
        self._durable = durable
        self._digest = hashlib.sha256()
        self._stream: Any = None
        self._name: str | None = None
        directory = os.path.dirname(self.dest)
        if os.path.isdir(self.dest):
            raise OptionError(f"dest {dest} is a directory.", hint="Name a file in it.")
        if os.path.exists(self.dest) and not os.path.isfile(self.dest) and not os.path.islink(self.dest):
            raise OptionError(f"dest {dest} is a device or a pipe, which a file would replace.", hint="Name a file.")
        if not os.path.isdir(directory) or not os.access(directory, os.W_OK | os.X_OK):
            raise OptionError(f"dest {dest} cannot be written: {directory} is not a writable directory.")
        if not check_mode:
            with _as_option_error(dest):
                handle, self._name = tempfile.mkstemp(prefix=f".{os.path.basename(self.dest)}.", dir=directory)
            _unfinished.add(self._name)
            self._stream = os.fdopen(handle, "wb", buffering=_CHUNK_SIZE)

    @property
    def checksum(self) -> str:
        return self._digest.hexdigest()

    def write(self, chunk: bytes) -> None:
        self.size += len(chunk)
        self._digest.update(chunk)
        if self._stream is not None:
            with _as_option_error(self.dest):
                self._stream.write(chunk)

    def describe_current(self) -> dict[str, Any]:
        """Describe what exists at ``dest``; empty if nothing exists. The target of a link is included."""
        if os.path.islink(self.dest):
            with _as_option_error(self.dest):
                return {"dest": self.dest, "link": os.readlink(self.dest)}
        if not os.path.exists(self.dest):
            return {}
        digest = hashlib.sha256()
        with _as_option_error(self.dest), open(self.dest, "rb") as stream:
            for piece in iter(lambda: stream.read(_CHUNK_SIZE), b""):
                digest.update(piece)
            current = self._describe(stream.tell(), digest.hexdigest())
            if self._mode is not None:
                current["mode"] = _format_mode(stat.S_IMODE(os.fstat(stream.fileno()).st_mode))
            return current

    def describe_new(self) -> dict[str, Any]:
        """Describe the new file; with its mode only if one was requested."""
        mode = {} if self._mode is None else {"mode": _format_mode(self._mode)}
        return {**self._describe(self.size, self.checksum), **mode}

    def _describe(self, size: int, checksum: str) -> dict[str, Any]:
        return {"dest": self.dest, "size": size, "checksum": checksum}

    def commit(self) -> None:
        """Move the file to ``dest``."""
        if self._stream is not None and self._name is not None:
            with _as_option_error(self.dest):
                self._stream.flush()
                if self._mode is not None:
                    os.fchmod(self._stream.fileno(), self._mode)
                if self._durable:
                    os.fsync(self._stream.fileno())
                os.replace(self._name, self.dest)
                _unfinished.close_all(self._name)
                self._name = None

    def close(self) -> None:
        """Remove the temporary file."""
        if self._stream is not None:
            with suppress(OSError):  # a full disk has already been reported
                self._stream.close()
        if self._name is not None:
            with suppress(OSError):
                os.unlink(self._name)
            _unfinished.close_all(self._name)


class _Unfinished:
    """The temporary files that have not been moved yet. A signal that ends the process removes them first.

    Core ends a worker in its signal handler, and a process without a handler ends at once, so no ``finally`` block
    runs. Handlers can only be set in the main thread; in other threads a signal leaves a file behind, as SIGKILL does.
    """

    def __init__(self) -> None:
        self._names: set[str] = set()
        self._former: dict[int, Any] = {}

    def add(self, name: str) -> None:
        self._names.add(name)
        if self._former or threading.current_thread() is not threading.main_thread():
            return
        for number in (signal.SIGTERM, signal.SIGINT):
            former = signal.getsignal(number)
            # An ignored signal does not end the process, and a handler that was not set in Python cannot be restored.
            if former not in (None, signal.SIG_IGN):
                self._former[number] = former
                signal.signal(number, self._end)

    def close_all(self, name: str) -> None:
        self._names.discard(name)
        if not self._names:
            self._restore()

    def _restore(self) -> None:
        if threading.current_thread() is threading.main_thread():
            while self._former:
                signal.signal(*self._former.popitem())

    def _end(self, number: int, _frame: Any) -> None:
        for name in list(self._names):
            with suppress(OSError):
                os.unlink(name)
        self._names.clear()
        self._restore()
        signal.raise_signal(number)


_unfinished = _Unfinished()


def make_directory(path: str) -> None:
    """Create a directory and its missing parents with mode 0755, regardless of the umask.

    :raises OptionError: it cannot be created.
    """
    if os.path.isdir(path):
        return
    make_directory(os.path.dirname(path))
    with _as_option_error(path):
        os.mkdir(path)
        os.chmod(path, 0o755)


def parse_mode(text: str | None) -> int | None:
    """Parse the permissions of an option.

    :raises OptionError: it is not an octal number. A number that YAML has read as octal arrives as a decimal number and
        would mean other permissions.
    """
    if text is None:
        return None
    if not re.fullmatch(r"0[0-7]{3}", text):
        raise OptionError(f"mode must be an octal number in quotes, such as '0640', not {text!r}.")
    return int(text, 8)


def _format_mode(mode: int) -> str:
    return f"{mode:04o}"


@contextmanager
def _as_option_error(dest: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OptionError(f"dest {dest} cannot be written: {error.strerror}. It was not changed.") from None
