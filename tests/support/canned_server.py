# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server, or a proxy, that sends the same bytes to every client."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass
class CannedServer:
    """Sends ``answer`` once, with a pause between its bytes if any; then ``endless`` until the client leaves."""

    answer: bytes = b""
    pause: float = 0
    endless: bytes = b""
    port: int = 0
    requests: list[bytes] = field(default_factory=list)

    def url(self, scheme: str = "http", user_info: str = "") -> str:
        return f"{scheme}://{user_info}{'@' if user_info else ''}127.0.0.1:{self.port}"


class _Handler(socketserver.BaseRequestHandler):
    server: _Server

    def handle(self) -> None:
        canned = self.server.canned
        canned.requests.append(self.request.recv(65536))
        if canned.pause:
            for byte in canned.answer:
                self.request.sendall(bytes([byte]))
                if self.server.ended.wait(canned.pause):
                    return
        else:
            self.request.sendall(canned.answer)
        while canned.endless and not self.server.ended.is_set():
            self.request.sendall(canned.endless)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, canned: CannedServer) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.canned = canned
        self.ended = threading.Event()
        canned.port = self.server_address[1]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client may disconnect at any time."""


@contextmanager
def run_canned_server(answer: bytes = b"", *, pause: float = 0, endless: bytes = b"") -> Iterator[CannedServer]:
    with _Server(CannedServer(answer, pause, endless)) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield server.canned
        finally:
            server.ended.set()
            server.shutdown()
            thread.join()
