# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server, or a proxy, that says the same to everyone, whatever it was asked."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Rude:
    """``answer`` is said once, with a pause between its bytes if there is one; then ``endless``, as long as there is
    somebody to hear it.
    """

    answer: bytes = b""
    pause: float = 0
    endless: bytes = b""
    port: int = 0
    asked: list[bytes] = field(default_factory=list)

    def url(self, scheme: str = "http", user_info: str = "") -> str:
        return f"{scheme}://{user_info}{'@' if user_info else ''}127.0.0.1:{self.port}"


class _Handler(socketserver.BaseRequestHandler):
    server: _Server

    def handle(self) -> None:
        rude = self.server.rude
        rude.asked.append(self.request.recv(65536))
        if rude.pause:
            for byte in rude.answer:
                self.request.sendall(bytes([byte]))
                if self.server.ended.wait(rude.pause):
                    return
        else:
            self.request.sendall(rude.answer)
        while rude.endless and not self.server.ended.is_set():
            self.request.sendall(rude.endless)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, rude: Rude) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.rude = rude
        self.ended = threading.Event()
        rude.port = self.server_address[1]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no event."""


@contextmanager
def running_rude(answer: bytes = b"", *, pause: float = 0, endless: bytes = b"") -> Iterator[Rude]:
    with _Server(Rude(answer, pause, endless)) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield server.rude
        finally:
            server.ended.set()
            server.shutdown()
            thread.join()
