# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

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

from ansible_collections.greyops.rest.plugins.module_utils._errors import OptionError

if TYPE_CHECKING:
    from collections.abc import Iterator

_PIECE = 1024 * 1024


class NewFile:
    """A file that appears whole or not at all, and only if it differs from what is there; in check mode never.

    It is its owner's alone, unless ``mode`` says otherwise. A link at its place is replaced and not followed, as
    ansible.builtin.copy does it: whoever may write to a directory could have others' files overwritten with one.
    """

    def __init__(self, dest: str, check_mode: bool, mode: int | None = None) -> None:
        self.size = 0
        self.dest = os.path.abspath(dest)
        self._mode = mode
        self._digest = hashlib.sha256()
        self._stream: Any = None
        self._name: str | None = None
        directory = os.path.dirname(self.dest)
        if os.path.isdir(self.dest):
            raise OptionError(f"dest {dest} is a directory.", hint="Name a file in it.")
        if os.path.exists(self.dest) and not os.path.isfile(self.dest) and not os.path.islink(self.dest):
            raise OptionError(f"dest {dest} is a device or a pipe, whose place a file would take.", hint="Name a file.")
        if not os.path.isdir(directory) or not os.access(directory, os.W_OK | os.X_OK):
            raise OptionError(f"dest {dest} cannot be written: there is no directory {directory} that takes files.")
        if not check_mode:
            with _told(dest):
                handle, self._name = tempfile.mkstemp(prefix=f".{os.path.basename(self.dest)}.", dir=directory)
            _unfinished.add(self._name)
            self._stream = os.fdopen(handle, "wb", buffering=_PIECE)

    @property
    def checksum(self) -> str:
        return self._digest.hexdigest()

    def write(self, piece: bytes) -> None:
        self.size += len(piece)
        self._digest.update(piece)
        if self._stream is not None:
            with _told(self.dest):
                self._stream.write(piece)

    def before(self) -> dict[str, Any]:
        """What is at the place now; empty if there is nothing. Of a link it says where it leads to."""
        if os.path.islink(self.dest):
            with _told(self.dest):
                return {"dest": self.dest, "link": os.readlink(self.dest)}
        if not os.path.exists(self.dest):
            return {}
        digest = hashlib.sha256()
        with _told(self.dest), open(self.dest, "rb") as stream:
            for piece in iter(lambda: stream.read(_PIECE), b""):
                digest.update(piece)
            there = self._described(stream.tell(), digest.hexdigest())
            if self._mode is not None:
                there["mode"] = _written(stat.S_IMODE(os.fstat(stream.fileno()).st_mode))
            return there

    def after(self) -> dict[str, Any]:
        """What will be there; its mode only where one was asked for."""
        mode = {} if self._mode is None else {"mode": _written(self._mode)}
        return {**self._described(self.size, self.checksum), **mode}

    def _described(self, size: int, checksum: str) -> dict[str, Any]:
        return {"dest": self.dest, "size": size, "checksum": checksum}

    def put(self) -> None:
        """Let the file take its place."""
        if self._stream is not None and self._name is not None:
            with _told(self.dest):
                self._stream.flush()
                if self._mode is not None:
                    os.fchmod(self._stream.fileno(), self._mode)
                os.fsync(self._stream.fileno())
                os.replace(self._name, self.dest)
                _unfinished.discard(self._name)
                self._name = None

    def close(self) -> None:
        """Leave nothing lying about."""
        if self._stream is not None:
            with suppress(OSError):  # a full disk was told of already
                self._stream.close()
        if self._name is not None:
            with suppress(OSError):
                os.unlink(self._name)
            _unfinished.discard(self._name)


class _Unfinished:
    """The files that have not taken their place. A signal that ends the process removes them first.

    Core ends a worker in the handler of a signal, and a process without one ends at once, so that no ``finally`` is
    reached. Handlers can only be set in the main thread; elsewhere a signal leaves a file behind, as SIGKILL does.
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
            # One that is ignored ends nothing, and one that was not set in Python cannot be set again.
            if former not in (None, signal.SIG_IGN):
                self._former[number] = former
                signal.signal(number, self._end)

    def discard(self, name: str) -> None:
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
    """Create a directory and those above it that do not exist, with mode 0755 whatever the umask.

    :raises OptionError: it cannot be created.
    """
    if os.path.isdir(path):
        return
    make_directory(os.path.dirname(path))
    with _told(path):
        os.mkdir(path)
        os.chmod(path, 0o755)


def mode_of(text: str | None) -> int | None:
    """The permissions that an option names.

    :raises OptionError: it is no octal number. One that YAML has read as an octal number is a decimal one here, and
        would mean something else.
    """
    if text is None:
        return None
    if not re.fullmatch(r"0[0-7]{3}", text):
        raise OptionError(f"mode must be an octal number in quotes, such as '0640', and {text!r} is none.")
    return int(text, 8)


def _written(mode: int) -> str:
    return f"{mode:04o}"


@contextmanager
def _told(dest: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OptionError(f"dest {dest} cannot be written: {error.strerror}. It is as it was.") from None
