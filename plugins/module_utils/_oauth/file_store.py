# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import errno
import fcntl
import os
import random
import secrets
import stat
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from ansible_collections.greyops.rest.plugins.module_utils._errors import LockTimeoutError, StoreError
from ansible_collections.greyops.rest.plugins.module_utils._oauth.sealing import Seal

if TYPE_CHECKING:
    from collections.abc import Iterator

_KEY_FILE = "key"
_KEY_BYTES = 32
_RECORD = ".token"
_LOCK = ".lock"
_TEMPORARY = ".new"
_PROBE_BYTES = 8192
_LARGEST_RECORD = 1024 * 1024
# What a process that died left half written is cleared away after this many seconds: so many that a clock which
# jumps by hours takes nothing away from a process that lives.
_TEMPORARY_LIFE = 86400.0
_OTHERS_MAY_WRITE = stat.S_IWGRP | stat.S_IWOTH
_OTHERS_MAY_ANYTHING = stat.S_IRWXG | stat.S_IRWXO
# What opening a file ends with where something else has its name.
_OBSTRUCTED = (errno.EACCES, errno.EISDIR, errno.ELOOP)
_NAME_ANOTHER = "Name another directory as token_store_path."


class FileStore:
    """Records as files of one user in one directory, shared by all processes of the machine.

    Nothing is opened through a link, and everything must belong to this user: a directory that others can write
    to could hand out their tokens. Names are relative to the opened directory, so it cannot be swapped on the way.
    """

    def __init__(self, directory: str, kind: str = "file", reach: str = "on this machine only") -> None:
        self.kind = kind
        self.reach = reach
        self.directory = directory

    def seal(self, secret_material: list[str | None]) -> Seal:
        with self._opened() as folder:
            return Seal(self._read_key(folder) or self._make_key(folder), secret_material)

    def read(self, name: str) -> bytes | None:
        with self._opened() as folder:
            try:
                return _read_private(folder, name + _RECORD)
            except OSError:
                return None

    def write(self, name: str, record: bytes, life: float) -> None:
        with self._opened() as folder:
            temporary = _write_temporary(folder, name, record)
            try:
                ends = time.time() + life
                # A record's file time is the end of its life, so that clearing up needs no key.
                os.utime(temporary, (ends, ends), dir_fd=folder)
                os.replace(temporary, name + _RECORD, src_dir_fd=folder, dst_dir_fd=folder)
            except OSError:
                _discard(folder, temporary)
                raise
            _clear_away(folder)

    def remove(self, name: str) -> bool:
        with self._opened() as folder:
            return _discard(folder, name + _RECORD)

    @contextmanager
    def lock(self, name: str, timeout: float) -> Iterator[None]:
        # Lock files stay for ever: who removed one could let two processes hold "the" lock.
        with self._opened() as folder:
            # Whoever holds the lock is about to pay for a token: first see that it can be kept.
            _discard(folder, _write_temporary(folder, name, bytes(_PROBE_BYTES)))
            if _is_directory(folder, name + _RECORD):
                raise self._obstructed(name + _RECORD)
            try:
                handle = _open_lock(folder, name, os.O_CREAT)
            except OSError as error:
                if error.errno in _OBSTRUCTED:
                    raise self._obstructed(name + _LOCK) from None
                raise
        try:
            _acquire(handle, timeout, self.directory)
            yield
        finally:
            os.close(handle)

    @contextmanager
    def _opened(self) -> Iterator[int]:
        try:
            try:
                folder = _open_directory(self.directory)
            except FileNotFoundError:
                _make_private(self.directory)
                folder = _open_directory(self.directory)
            try:
                self._check(os.fstat(folder))
                yield folder
            finally:
                os.close(folder)
        except OSError as error:
            if os.path.islink(self.directory):
                raise StoreError(f"{self.directory} is a link, which nobody follows.", hint=_NAME_ANOTHER) from None
            hint = f"Mend that, or n{_NAME_ANOTHER[1:]}"
            raise StoreError(self.directory, reason=error.strerror or str(error), hint=hint) from None

    def _check(self, status: os.stat_result) -> None:
        if status.st_uid != os.geteuid():
            raise StoreError(f"{self.directory} belongs to another user.", hint=_NAME_ANOTHER)
        if status.st_mode & _OTHERS_MAY_WRITE:
            raise StoreError(f"{self.directory} can be written to by others.", hint="Make it private with chmod 700.")

    def _obstructed(self, name: str) -> StoreError:
        return StoreError(f"{self.directory}/{name} is not an ordinary file of this user.", hint="Remove it.")

    def _read_key(self, folder: int) -> bytes | None:
        try:
            key = _read_private(folder, _KEY_FILE)
        except FileNotFoundError:
            return None
        except OSError:
            key = None
        if key is None or len(key) != _KEY_BYTES:
            told = f"{self.directory}/{_KEY_FILE} is not a private file of {_KEY_BYTES} bytes."
            raise StoreError(told, hint="Remove it.")
        return key

    def _make_key(self, folder: int) -> bytes:
        temporary = _write_temporary(folder, _KEY_FILE, secrets.token_bytes(_KEY_BYTES))
        try:
            # Unlike a rename, a link never replaces the key that another process made meanwhile.
            os.link(temporary, _KEY_FILE, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
        except FileExistsError:
            pass
        finally:
            _discard(folder, temporary)
        key = self._read_key(folder)
        if key is None:
            raise StoreError(f"{self.directory}/{_KEY_FILE} disappeared")
        return key


def _open_directory(directory: str) -> int:
    return os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)


def _make_private(directory: str) -> None:
    """Make a directory and what leads to it, each for this user alone, whatever the umask is."""
    directory = os.path.abspath(directory)
    missing = []
    while not os.path.lexists(directory):
        missing.append(directory)
        directory = os.path.dirname(directory)
    for path in reversed(missing):
        with suppress(FileExistsError):
            os.mkdir(path, 0o700)


def _read_private(folder: int, name: str) -> bytes | None:
    """A file's content; None if it is not this user's own, private, ordinary file."""
    handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    try:
        status = os.fstat(handle)
        if (
            not stat.S_ISREG(status.st_mode)
            or status.st_uid != os.geteuid()
            or status.st_mode & _OTHERS_MAY_ANYTHING
            or status.st_size > _LARGEST_RECORD
        ):
            return None
        with os.fdopen(handle, "rb", closefd=False) as file:
            return file.read(_LARGEST_RECORD)
    finally:
        os.close(handle)


def _write_temporary(folder: int, name: str, content: bytes) -> str:
    temporary = f"{name}.{secrets.token_hex(8)}{_TEMPORARY}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    handle = os.open(temporary, flags, 0o600, dir_fd=folder)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(handle)
    except OSError:
        _discard(folder, temporary)
        raise
    return temporary


def _discard(folder: int, name: str) -> bool:
    try:
        os.unlink(name, dir_fd=folder)
    except FileNotFoundError:
        return False
    return True


def _is_directory(folder: int, name: str) -> bool:
    try:
        return stat.S_ISDIR(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
    except FileNotFoundError:
        return False


def _clear_away(folder: int) -> None:
    now = time.time()
    for file in os.listdir(folder):
        name, kind = os.path.splitext(file)
        slack = {_RECORD: 0.0, _TEMPORARY: _TEMPORARY_LIFE}.get(kind)
        # Whatever cannot be cleared away stays until the next time.
        with suppress(OSError):
            if slack is not None and _ended(folder, file) + slack < now:
                with _at_rest(folder, name):
                    # It may be another one by now.
                    if _ended(folder, file) + slack < now:
                        _discard(folder, file)


def _ended(folder: int, file: str) -> float:
    return os.stat(file, dir_fd=folder, follow_symlinks=False).st_mtime


@contextmanager
def _at_rest(folder: int, name: str) -> Iterator[None]:
    """While nobody else writes this record, if it is one that is written under a lock.

    :raises OSError: somebody may be writing it.
    """
    try:
        handle = _open_lock(folder, name)
    except FileNotFoundError:
        # It has no lock, for it may get lost: a cool-down.
        yield
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(handle)


def _open_lock(folder: int, name: str, flags: int = 0) -> int:
    return os.open(name + _LOCK, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC | flags, 0o600, dir_fd=folder)


def _acquire(handle: int, timeout: float, directory: str) -> None:
    deadline = time.monotonic() + timeout
    pause = 0.002
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            pass
        except OSError as error:
            raise StoreError(f"{directory}: files cannot be locked there ({error.strerror})") from None
        if time.monotonic() > deadline:
            raise LockTimeoutError(
                f"Another process has held a token's lock in {directory} for more than {timeout:.0f} s.",
                hint="Look for a process that hangs, or choose another token_store_path.",
            )
        time.sleep(pause * random.uniform(0.5, 1.5))
        pause = min(pause * 2, 0.05)
