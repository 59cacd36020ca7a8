# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real browser: headless Chromium, controlled through its DevTools protocol over a pipe."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from .system_packages import get_program

# The protocol's pipe: Chromium reads from file 3 and writes to file 4.
_START = 'exec "$@" 3<&{reader} 4>&{writer}'


class Browser:
    """One page at a time."""

    def __init__(self, commands: BinaryIO, answers: BinaryIO) -> None:
        self._commands = commands
        self._answers = answers
        self._count = 0
        self._session: str | None = None
        self.requests: list[str] = []
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime"):
            self._call(f"{domain}.enable")

    def open(self, file: Path, width: int, *, is_dark: bool = False) -> None:
        """Load a page in a window of this width; ``requests`` then contains the URLs that were loaded."""
        self.requests.clear()
        self._call(
            "Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 600
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if is_dark else "light"}
        self._call("Emulation.setEmulatedMedia", features=[scheme])
        self._call("Page.navigate", url=file.as_uri())
        while self._receive().get("method") != "Page.loadEventFired":
            pass

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression in the page."""
        answer = self._call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def take_screenshot(self, file: Path) -> None:
        """Write a picture of the whole page."""
        answer = self._call("Page.captureScreenshot", captureBeyondViewport=True)
        file.write_bytes(base64.b64decode(answer["data"]))

    def _call(self, method: str, **params: Any) -> dict[str, Any]:
        self._count += 1
        session = {"sessionId": self._session} if self._session else {}
        command = {"id": self._count, "method": method, "params": params, **session}
        self._commands.write(json.dumps(command).encode() + b"\0")
        self._commands.flush()
        while (message := self._receive()).get("id") != self._count:
            pass
        assert "error" not in message, message
        result: dict[str, Any] = message["result"]
        return result

    def _receive(self) -> dict[str, Any]:
        data = bytearray()
        while (byte := self._answers.read(1)) != b"\0":
            assert byte, "the browser ended"
            data += byte
        message: dict[str, Any] = json.loads(data)
        if message.get("method") == "Network.requestWillBeSent":
            self.requests.append(message["params"]["request"]["url"])
        return message


@contextmanager
def run_browser(directory: Path) -> Iterator[Browser]:
    """
    :param directory: an empty directory for the browser's profile.
    """
    program = get_program("chromium", "chromium")
    (command_reader, command_writer), (answer_reader, answer_writer) = os.pipe(), os.pipe()
    script = _START.format(reader=command_reader, writer=answer_writer)
    options = [
        "--headless",
        "--disable-gpu",
        "--no-first-run",
        "--remote-debugging-pipe",
        f"--user-data-dir={directory}",
    ]
    # Chromium does not start as root in its sandbox. The pages are those of the test.
    options += ["--no-sandbox"] if os.geteuid() == 0 else []
    process = subprocess.Popen(
        ["bash", "-c", script, "bash", program, *options],
        pass_fds=(command_reader, answer_writer),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(command_reader)
    os.close(answer_writer)
    try:
        with os.fdopen(command_writer, "wb") as commands, os.fdopen(answer_reader, "rb") as answers:
            yield Browser(commands, answers)
    finally:
        process.terminate()
        process.wait(timeout=30)
