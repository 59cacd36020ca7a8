# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server on loopback that answers with given bytes, to test invalid responses."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Reply:
    """A response, and the interim responses before it. With a ``chunk`` the body is sent in chunks of that size."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    interim: Sequence[int] = ()
    chunk: int | None = None


@dataclass(frozen=True)
class Arrived:
    """A received request."""

    method: str
    path: str
    headers: Message
    body: bytes


class Canned:
    """The server; ``requests`` contains the received requests, oldest first."""

    def __init__(self) -> None:
        self.requests: list[Arrived] = []
        self._reply: Callable[[Arrived], Reply] = lambda _request: Reply()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def serves(self, reply: Callable[[Arrived], Reply]) -> str:
        """Send this response from now on, and return the URL."""
        self._reply = reply
        return self.url

    def answer(self, request: Arrived) -> Reply:
        self.requests.append(request)
        return self._reply(request)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def _handler(canned: Canned) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _reply(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            reply = canned.answer(Arrived(self.command, self.path, self.headers, body))
            try:
                self._send(reply)
            except OSError:
                self.close_connection = True

        do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _reply

        def _send(self, reply: Reply) -> None:
            for status in reply.interim:
                self.send_response_only(status)
                self.send_header("Link", "</style.css>; rel=preload")
                self.end_headers()
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if reply.chunk is not None:
                self.send_header("Transfer-Encoding", "chunked")
            elif reply.status != 204:
                self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            if reply.chunk is None:
                self.wfile.write(reply.body)
                return
            for start in range(0, len(reply.body), reply.chunk):
                piece = reply.body[start : start + reply.chunk]
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            self.wfile.write(b"0\r\n\r\n")

        def log_message(self, *_arguments: object) -> None:
            """The log is not used."""

    return Handler
