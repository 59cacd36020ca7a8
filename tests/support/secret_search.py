# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds secrets, in any encoding, in texts, files and processes."""

from __future__ import annotations

import base64
import html
import json
import os
import re
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from urllib.parse import quote, quote_plus

# A part of a token this long identifies it.
_PART = 24


def encode_variants(secret: str, client_id: str | None = None) -> list[str]:
    """Encode a secret, and a Basic login with it, as servers, libraries and shells do."""
    basic = [] if client_id is None else [base64.b64encode(f"{client_id}:{secret}".encode()).decode()]
    return [
        secret,
        quote(secret),
        quote(secret, safe=""),
        quote_plus(secret),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        html.escape(secret),
        repr(secret)[1:-1],
        re.sub("%..", lambda found: found.group().lower(), quote(secret, safe="")),
        json.dumps(secret)[1:-1].replace("/", "\\/"),
        json.dumps(secret)[1:-1].replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"),
        html.escape(secret).replace("&#x27;", "&#39;").replace("&quot;", "&#34;"),
        *basic,
    ]


class SecretSearch:
    """Finds the parts of secrets that encodings do not change, and their base64 forms."""

    def __init__(self) -> None:
        self._signs: dict[bytes, str] = {}

    def add(self, name: str, secret: str) -> None:
        """Search for a secret by its longest unencoded parts: these are the same in URLs, forms, JSON, markup and
        shells."""
        parts = sorted(re.findall(r"[A-Za-z0-9_-]{16,}", secret), key=len)[-2:]
        assert parts, f"{name} has nothing to look for"
        for part in parts:
            sign = part[-_PART:].encode()
            self._signs[sign] = name
            self._signs.update(dict.fromkeys(_iter_base64_forms(sign), f"{name} in base64"))

    def add_tokens(self, tokens: Iterable[str]) -> None:
        for number, token in enumerate(tokens, 1):
            self.add(f"token {number}", token)

    @property
    def size(self) -> int:
        """The number of different texts that are searched for."""
        return len(self._signs)

    def find_in(self, content: bytes) -> dict[str, str]:
        """The names of the secrets found, with the text around the first match of each."""
        return {
            name: _get_context(content, content.index(sign)) for sign, name in self._signs.items() if sign in content
        }

    def find_in_files(self, files: Iterable[Path]) -> dict[str, dict[str, str]]:
        """The files that contain a secret, in content or name."""
        seen = {str(file): self.find_in(os.fsencode(file) + b"\n" + file.read_bytes()) for file in files}
        return {file: found for file, found in seen.items() if found}


def _get_context(content: bytes, place: int) -> str:
    return content[max(0, place - 200) : place + 100].decode(errors="replace")


def _iter_base64_forms(sign: bytes) -> Iterator[bytes]:
    """The part of a base64 text that does not depend on the surrounding text, for each possible alignment."""
    for offset in range(3):
        encoded = base64.b64encode(bytes(offset) + sign)
        # The first and the last characters depend on the surrounding text.
        inner = encoded[(offset * 8 + 5) // 6 : len(encoded) // 4 * 4 - 4]
        yield inner
        yield inner.replace(b"+", b"-").replace(b"/", b"_")


class ProcessMonitor:
    """Records the command line, and the environment, of every process that exists while it watches."""

    def __init__(self) -> None:
        self.command_lines: set[bytes] = set()
        self.environments: set[bytes] = set()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self) -> ProcessMonitor:
        assert Path("/proc/self/cmdline").exists(), "the test needs /proc"
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._end.set()
        self._thread.join()

    def wait_for_end(self, place: str, seconds: float = 20) -> None:
        """Wait until no process refers to a directory."""
        deadline = time.monotonic() + seconds
        while any(place.encode() in environment for _line, environment in _read(_list_processes())):
            assert time.monotonic() < deadline, "processes of the run go on after its end"
            time.sleep(0.05)

    def _sample(self) -> None:
        ages: dict[str, int] = {}
        while not self._end.wait(0.01):
            # New processes are read several times, because they may start another program; the others now and then.
            ages = {process: ages.get(process, 0) + 1 for process in _list_processes()}
            for command_line, environment in _read(process for process, age in ages.items() if age < 6 or not age % 50):
                self.command_lines.add(command_line)
                self.environments.add(environment)


def _list_processes() -> list[str]:
    # Without a path object for each, because it runs a hundred times per second.
    return [name for name in os.listdir("/proc") if name.isdecimal()]  # noqa: PTH208


def _read(processes: Iterable[str]) -> Iterator[tuple[bytes, bytes]]:
    """Command line and environment of each process that can be read."""
    for process in processes:
        try:
            yield Path("/proc", process, "cmdline").read_bytes(), Path("/proc", process, "environ").read_bytes()
        except OSError:
            continue  # the process has ended, or belongs to another user
