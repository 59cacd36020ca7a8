# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A proxy that records its requests and forwards them."""

from __future__ import annotations

import base64
import select
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit


@dataclass
class ProxyRequest:
    """One request of a client: its first line and its credentials."""

    line: str
    login: str | None


@dataclass
class Proxy:
    port: int
    requests: list[ProxyRequest] = field(default_factory=list)

    def url(self, user_info: str = "") -> str:
        return f"http://{user_info}{'@' if user_info else ''}127.0.0.1:{self.port}"


class _Handler(socketserver.StreamRequestHandler):
    server: _Server
    # Bytes that are read ahead here would not be forwarded.
    rbufsize = 0

    def handle(self) -> None:
        line = self.rfile.readline().decode("latin-1").strip()
        if not line:
            return
        headers: list[bytes] = []
        login = None
        while (header := self.rfile.readline()).strip():
            name, _separator, value = header.decode("latin-1").partition(":")
            if name.lower() == "proxy-authorization":
                login = base64.b64decode(value.split()[1]).decode()
            elif name.lower() not in ("connection", "proxy-connection"):
                headers.append(header)
        self.server.proxy.requests.append(ProxyRequest(line, login))
        method, target, _version = line.split()
        if method == "CONNECT":
            host, _separator, port = target.rpartition(":")
            with socket.create_connection((host, int(port)), timeout=10) as upstream:
                self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                self._forward(upstream)
            return
        parts = urlsplit(target)
        with socket.create_connection((parts.hostname or "", parts.port or 80), timeout=10) as upstream:
            path = f"{parts.path}?{parts.query}" if parts.query else parts.path
            # One request for each connection, so that every request is recorded.
            upstream.sendall(
                f"{method} {path} HTTP/1.1\r\n".encode() + b"".join(headers) + b"Connection: close\r\n\r\n"
            )
            self._forward(upstream)

    def _forward(self, upstream: socket.socket) -> None:
        """Forward both directions until either side closes the connection."""
        other = {self.connection: upstream, upstream: self.connection}
        while ready := select.select(list(other), [], [], 30)[0]:
            for side in ready:
                data = side.recv(65536)
                if not data:
                    return
                other[side].sendall(data)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.proxy = Proxy(self.server_address[1])

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that disconnects is not an error."""


@contextmanager
def run_proxy() -> Iterator[Proxy]:
    with _Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield server.proxy
        finally:
            server.shutdown()
            thread.join()
