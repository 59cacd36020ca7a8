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

from .._errors import LockTimeoutError, StoreError
from .encryption import RecordCipher

if TYPE_CHECKING:
    from collections.abc import Iterator

_KEY_FILE = "key"
_KEY_BYTES = 32
_RECORD = ".token"
_LOCK = ".lock"
_TEMPORARY = ".new"
_PROBE_BYTES = 8192
_MAX_RECORD = 1024 * 1024
# Incomplete files of a process that died are removed after this many seconds: so many that a clock change of hours does
# not remove files of a running process.
_TEMPORARY_LIFE = 86400.0
_OTHERS_MAY_WRITE = stat.S_IWGRP | stat.S_IWOTH
_OTHERS_MAY_ANYTHING = stat.S_IRWXG | stat.S_IRWXO
# The errors of opening a file if another type of file has its name.
_OBSTRUCTED = (errno.EACCES, errno.EISDIR, errno.ELOOP)
_NAME_ANOTHER = "Name another directory in token_store_path."
_EFFECTIVE = os.access in os.supports_effective_ids


class FileStore:
    """Records as files of one user in one directory, shared by all processes of the machine.

    Links are not followed, and everything must belong to this user: in a directory that others can write to, they could
    provide their own tokens. Names are relative to the opened directory, so it cannot be replaced in between.
    """

    def __init__(self, directory: str, kind: str = "file", fallback_note: str = "on this machine only") -> None:
        self.kind = kind
        self.fallback_note = fallback_note
        self.directory = directory

    def open_cipher(self, secret_material: list[str | None]) -> RecordCipher:
        with self._open() as folder:
            return RecordCipher(self._read_key(folder) or self._make_key(folder), secret_material)

    def read(self, name: str) -> bytes | None:
        with self._open() as folder:
            try:
                return _read_private(folder, name + _RECORD)
            except OSError:
                return None

    def write(self, name: str, record: bytes, ttl: float) -> None:
        with self._open() as folder:
            temporary = _write_temporary(folder, name, record)
            try:
                ends = time.time() + ttl
                # The file time of a record is its expiry, so that purging does not need the key.
                os.utime(temporary, (ends, ends), dir_fd=folder)
                os.replace(temporary, name + _RECORD, src_dir_fd=folder, dst_dir_fd=folder)
            except OSError:
                _unlink(folder, temporary)
                raise
            _purge_expired(folder)

    def remove(self, name: str) -> bool:
        with self._open() as folder:
            return _unlink(folder, name + _RECORD)

    def diagnose(self) -> str:
        """Use the store as a task does, and leave no files behind.

        :returns: a description of the directory for users.
        :raises StoreError: it cannot be used.
        """
        if not os.path.lexists(self.directory):
            return self._diagnose_missing()
        with self._open() as folder:
            key = "a key" if self._read_key(folder) else "no key yet"
            probe = _write_temporary(folder, "diagnose", bytes(_PROBE_BYTES))
            handle = os.open(probe, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
            try:
                _acquire(handle, 0.0, self.directory)
            finally:
                os.close(handle)
                _unlink(folder, probe)
            mode = stat.S_IMODE(os.fstat(folder).st_mode)
            count = sum(name.endswith(_RECORD) for name in os.listdir(folder))
        records = f"{count} record{'' if count == 1 else 's'}"
        return f"{self.directory}, mode {mode:04o}, {key}, {records}; it can be written to"

    def _diagnose_missing(self) -> str:
        parent = os.path.abspath(self.directory)
        while not os.path.lexists(parent):
            parent = os.path.dirname(parent)
        if not os.path.isdir(parent) or not os.access(parent, os.W_OK | os.X_OK, effective_ids=_EFFECTIVE):
            raise StoreError(
                f"{self.directory} cannot be created, since {parent} cannot be written to.", hint=_NAME_ANOTHER
            )
        return f"{self.directory} is created with the first login"

    @contextmanager
    def lock(self, name: str, timeout: float) -> Iterator[None]:
        # Lock files are never removed: a process that removed one could let two others hold the same lock.
        with self._open() as folder:
            # A token is requested while the lock is held: first check that it can be stored.
            _unlink(folder, _write_temporary(folder, name, bytes(_PROBE_BYTES)))
            if _is_directory(folder, name + _RECORD):
                raise self._build_file_error(name + _RECORD)
            try:
                handle = _open_lock(folder, name, os.O_CREAT)
            except OSError as error:
                if error.errno in _OBSTRUCTED:
                    raise self._build_file_error(name + _LOCK) from None
                raise
        try:
            _acquire(handle, timeout, self.directory)
            yield
        finally:
            os.close(handle)

    @contextmanager
    def _open(self) -> Iterator[int]:
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
                raise StoreError(
                    f"{self.directory} is a symbolic link, which is not allowed.",
                    hint="Name the directory itself in token_store_path.",
                ) from None
            if error.errno == errno.ENOTDIR:
                raise StoreError(f"{self.directory} is not a directory.", hint=_NAME_ANOTHER) from None
            hint = "Make room or make it writable, or name another directory in token_store_path."
            raise StoreError(
                f"{self.directory} cannot be used", reason=error.strerror or str(error), hint=hint
            ) from None

    def _check(self, status: os.stat_result) -> None:
        if status.st_uid != os.geteuid():
            raise StoreError(f"{self.directory} belongs to another user (uid {status.st_uid}).", hint=_NAME_ANOTHER)
        if status.st_mode & _OTHERS_MAY_WRITE:
            mode = stat.S_IMODE(status.st_mode)
            raise StoreError(
                f"{self.directory} can be written to by others (mode {mode:04o}).",
                hint=f"Run: chmod 700 {self.directory}.",
            )

    def _build_file_error(self, name: str) -> StoreError:
        return StoreError(f"{self.directory}/{name} is not an ordinary file of this user.", hint="Remove it.")

    def _read_key(self, folder: int) -> bytes | None:
        try:
            key = _read_private(folder, _KEY_FILE)
        except FileNotFoundError:
            return None
        except OSError:
            key = None
        if key is None or len(key) != _KEY_BYTES:
            message = f"{self.directory}/{_KEY_FILE} is not a private file of {_KEY_BYTES} bytes."
            raise StoreError(message, hint="Remove it.")
        return key

    def _make_key(self, folder: int) -> bytes:
        temporary = _write_temporary(folder, _KEY_FILE, secrets.token_bytes(_KEY_BYTES))
        try:
            # Unlike a rename, a link never replaces the key that another process created in the meantime.
            os.link(temporary, _KEY_FILE, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
        except FileExistsError:
            pass
        finally:
            _unlink(folder, temporary)
        key = self._read_key(folder)
        if key is None:
            raise StoreError(f"{self.directory}/{_KEY_FILE} disappeared")
        return key


def _open_directory(directory: str) -> int:
    return os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)


def _make_private(directory: str) -> None:
    """Create a directory and its parents, each for this user only, regardless of the umask."""
    directory = os.path.abspath(directory)
    missing = []
    while not os.path.lexists(directory):
        missing.append(directory)
        directory = os.path.dirname(directory)
    for path in reversed(missing):
        with suppress(FileExistsError):
            os.mkdir(path, 0o700)


def _read_private(folder: int, name: str) -> bytes | None:
    """The content of a file; None if it is not this user's own, private, regular file."""
    handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    try:
        status = os.fstat(handle)
        if (
            not stat.S_ISREG(status.st_mode)
            or status.st_uid != os.geteuid()
            or status.st_mode & _OTHERS_MAY_ANYTHING
            or status.st_size > _MAX_RECORD
        ):
            return None
        with os.fdopen(handle, "rb", closefd=False) as file:
            return file.read(_MAX_RECORD)
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
        _unlink(folder, temporary)
        raise
    return temporary


def _unlink(folder: int, name: str) -> bool:
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


def _purge_expired(folder: int) -> None:
    now = time.time()
    for file in os.listdir(folder):
        name, kind = os.path.splitext(file)
        slack = {_RECORD: 0.0, _TEMPORARY: _TEMPORARY_LIFE}.get(kind)
        # A file that cannot be removed is left until the next time.
        with suppress(OSError):
            if slack is not None and _get_expiry(folder, file) + slack < now:
                with _try_lock(folder, name):
                    # It may have been replaced in the meantime.
                    if _get_expiry(folder, file) + slack < now:
                        _unlink(folder, file)


def _get_expiry(folder: int, file: str) -> float:
    return os.stat(file, dir_fd=folder, follow_symlinks=False).st_mtime


@contextmanager
def _try_lock(folder: int, name: str) -> Iterator[None]:
    """Enter the context while no other process writes this record, if it is written under a lock.

    :raises OSError: another process may be writing it.
    """
    try:
        handle = _open_lock(folder, name)
    except FileNotFoundError:
        # It has no lock, because it may be lost: a rate limit.
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
