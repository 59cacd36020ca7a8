# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Streamed responses over HTTP: delivery of lines, ends of streams, retries."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.greyops.rest.plugins.module_utils._context import Context, NullRuntime
from ansible_collections.greyops.rest.plugins.module_utils._errors import AuthenticationError, HTTPStatusError
from ansible_collections.greyops.rest.plugins.module_utils._grepr.service import GREPR
from ansible_collections.greyops.rest.plugins.module_utils._http.client import Request
from ansible_collections.greyops.rest.plugins.module_utils._http.exceptions import TransportError
from ansible_collections.greyops.rest.plugins.module_utils._http.streaming import (
    StreamedResponse,
    StreamError,
    StreamLimits,
)

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from ansible_collections.greyops.rest.plugins.module_utils._http.response import Response
    from tests.unit.conftest import OpenSession, Simulator

SYNC = "/v1/jobs/sync"
GRAPH = {
    "vertices": [{"type": "logs-values-source", "name": "a"}, {"type": "logs-sync-sink", "name": "b"}],
    "edges": ["a -> b"],
}
JOB = {"name": "q", "execution": "SYNCHRONOUS", "processing": "BATCH", "jobGraph": GRAPH}
GENEROUS = StreamLimits(idle_timeout=20, total_timeout=60)

Send = Callable[[Callable[[bytes], None]], None]
Serve = Callable[..., str]


class Received:
    """The received lines, and their times."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.moments: list[float] = []

    def __call__(self, line: bytes) -> bool:
        self.lines.append(line)
        self.moments.append(time.monotonic())
        return True


@pytest.fixture
def serve() -> Iterator[Serve]:
    """A server that sends the output of a function, in chunks or until the connection ends."""
    servers = []

    def serving(send: Send, *, chunked: bool = True, status: int = 200) -> str:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1" if chunked else "HTTP/1.0"

            def do_POST(self) -> None:
                self.send_response(status)
                if chunked:
                    self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                self.wfile.flush()
                try:
                    send(self._piece)
                    if chunked:
                        self.wfile.write(b"0\r\n\r\n")
                except OSError:
                    pass
                self.close_connection = True

            def _piece(self, piece: bytes) -> None:
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece) if chunked else piece)
                self.wfile.flush()

            def log_message(self, *_arguments: object) -> None:
                """The log is not used."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}/"

    yield serving
    for server in servers:
        server.shutdown()
        server.server_close()


def read(opened: AbstractContextManager[Response], received: Callable[[bytes], object]) -> Response:
    """Read a stream to its end, or until the listener returns False."""
    with opened as response:
        lines = itertools.chain.from_iterable(response.stream) if isinstance(response, StreamedResponse) else ()
        for line in lines:
            if received(line) is False:
                break
        return response


def stream(client: Any, received: Callable[[bytes], object], limits: StreamLimits = GENEROUS, **more: Any) -> None:
    read(client.stream(SYNC, json=JOB, limits=limits, accept="application/x-ndjson", **more), received)


# --- lines


@pytest.mark.parametrize("newline", ["lf", "crlf"])
def test_lines_are_complete_and_stripped(simulator: Simulator, runtime: NullRuntime, newline: str) -> None:
    simulator.switch(grepr={"sync_newline": newline, "sync_heartbeat_every": 0})
    simulator.admin("PUT", "/sync", {"raw": ["", "first"], "count": 2000})
    received = Received()
    stream(GREPR.open_client(Context(simulator.grepr(), runtime)), received)
    assert received.lines[0] == b"first"
    assert len(received.lines) == 2002
    assert all(line.startswith(b"{") and line.endswith(b"}") for line in received.lines[1:])
    assert simulator.requests("/api/v1/jobs/sync")[0]["headers"]["Accept"] == "application/x-ndjson"


@pytest.mark.parametrize("chunked", [True, False])
@pytest.mark.parametrize("cut", [1, 3, 7, 1000])
def test_lines_do_not_depend_on_how_they_are_sent(
    serve: Serve, open_session: OpenSession, chunked: bool, cut: int
) -> None:
    text = b"one\r\n\ntwo two\nthree\n\n" + b"x" * 300 + b"\nlast without an end"

    def send(piece: Callable[[bytes], None]) -> None:
        for start in range(0, len(text), cut):
            piece(text[start : start + cut])

    received = Received()
    read(open_session().stream(Request("POST", serve(send, chunked=chunked)), GENEROUS), received)
    assert received.lines == [b"one", b"two two", b"three", b"x" * 300, b"last without an end"]


@pytest.mark.parametrize("chunked", [True, False])
def test_line_is_delivered_immediately(serve: Serve, open_session: OpenSession, chunked: bool) -> None:
    received = Received()
    arrived = threading.Event()

    def listen(line: bytes) -> bool:
        arrived.set()
        return received(line)

    def send(piece: Callable[[bytes], None]) -> None:
        piece(b"heartbeat\n")
        # A client that waits for more than a line would wait forever.
        piece(b"answered\n" if arrived.wait(5) else b"not answered\n")

    read(open_session().stream(Request("POST", serve(send, chunked=chunked)), GENEROUS), listen)
    assert received.lines == [b"heartbeat", b"answered"]


def test_listener_stops_the_stream(serve: Serve, open_session: OpenSession) -> None:
    def send(piece: Callable[[bytes], None]) -> None:
        piece(b"one\ntwo\n")
        time.sleep(30)

    began = time.monotonic()
    received: list[bytes] = []
    read(open_session().stream(Request("POST", serve(send)), GENEROUS), lambda line: received.append(line) is not None)
    assert received == [b"one"]
    assert time.monotonic() - began < 5


def test_listener_error_is_not_wrapped(simulator: Simulator, runtime: NullRuntime) -> None:
    def full(line: bytes) -> bool:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        stream(GREPR.open_client(Context(simulator.grepr(), runtime)), full)


# --- limits


def test_incomplete_line_times_out(serve: Serve, open_session: OpenSession) -> None:
    def send(piece: Callable[[bytes], None]) -> None:
        piece(b"one\n")
        for _second in range(100):
            piece(b".")
            time.sleep(0.1)

    received, began = Received(), time.monotonic()
    with pytest.raises(StreamError, match=r"broke off: nothing came for 0\.8 s"):
        read(open_session().stream(Request("POST", serve(send)), StreamLimits(0.8, 60)), received)
    assert received.lines == [b"one"]
    assert time.monotonic() - began < 5


def test_silent_stream_times_out(simulator: Simulator, runtime: NullRuntime) -> None:
    simulator.fault("/api/v1/jobs/sync", {"stall": True})
    with pytest.raises(StreamError, match=r"nothing came for 0\.7 s"):
        stream(
            GREPR.open_client(Context(simulator.grepr(), runtime)), Received(), StreamLimits(0.7, 60), idempotent=True
        )
    assert len(simulator.requests("/api/v1/jobs/sync")) == 1


def test_listener_time_is_not_counted(serve: Serve, open_session: OpenSession) -> None:
    def send(piece: Callable[[bytes], None]) -> None:
        for number in range(3):
            piece(b"%d\n" % number)
            time.sleep(0.1)

    def slow(line: bytes) -> bool:
        time.sleep(0.8)
        return True

    read(open_session().stream(Request("POST", serve(send)), StreamLimits(0.5, 60)), slow)


def test_total_timeout_applies_to_active_streams(serve: Serve, open_session: OpenSession) -> None:
    def send(piece: Callable[[bytes], None]) -> None:
        for _second in range(100):
            piece(b"more\n")
            time.sleep(0.1)

    with pytest.raises(StreamError, match="did not end within 1 s"):
        read(open_session().stream(Request("POST", serve(send)), StreamLimits(30, 1)), Received())


@pytest.mark.parametrize("ended", [True, False])
def test_line_length_is_limited(serve: Serve, open_session: OpenSession, ended: bool) -> None:
    def send(piece: Callable[[bytes], None]) -> None:
        for _piece in range(100):
            piece(b"x" * 1000)
        piece(b"\n" if ended else b"")

    with pytest.raises(StreamError, match="a line is longer than 50000 bytes"):
        read(open_session().stream(Request("POST", serve(send)), StreamLimits(10, 60, 50_000)), Received())


# --- retries


def test_refused_token_is_replaced_before_the_first_line(simulator: Simulator, runtime: NullRuntime) -> None:
    client = GREPR.open_client(Context(simulator.grepr(), runtime))
    client.call("GET", "/v1/echo")
    simulator.end_tokens(action="revoke")
    received = Received()
    stream(client, received)
    assert len(received.lines) == 4
    assert (runtime.stats.calls, runtime.stats.retries, runtime.stats.token) == (3, 1, "granted")


def test_rejected_credential_fails(simulator: Simulator, runtime: NullRuntime) -> None:
    client = GREPR.open_client(Context(simulator.grepr(auth="api_key", api_key="not-the-key"), runtime))
    with pytest.raises(AuthenticationError, match="HTTP 401"):
        stream(client, Received())


@pytest.mark.parametrize("status", [429, 503])
def test_stream_is_retried_before_the_first_line(simulator: Simulator, runtime: NullRuntime, status: int) -> None:
    simulator.fault("/api/v1/jobs/sync", {"status": status, "headers": {"Retry-After": "0"}}, times=1)
    received = Received()
    stream(GREPR.open_client(Context(simulator.grepr(), runtime)), received, idempotent=True)
    assert len(received.lines) == 4
    assert runtime.stats.retries == 1


def test_stream_is_not_retried_after_the_first_line(simulator: Simulator, runtime: NullRuntime) -> None:
    simulator.admin("PUT", "/sync", {"count": 100, "cut_after": 5})
    received = Received()
    with pytest.raises(StreamError, match="connection"):
        stream(GREPR.open_client(Context(simulator.grepr(), runtime)), received, idempotent=True)
    assert len(received.lines) == 5
    assert len(simulator.requests("/api/v1/jobs/sync")) == 1


@pytest.mark.parametrize(("repeatable", "times"), [(True, 3), (False, 1)])
def test_connection_closed_before_the_response(
    simulator: Simulator, runtime: NullRuntime, repeatable: bool, times: int
) -> None:
    simulator.fault("/api/v1/jobs/sync", {"cut": "before"})
    with pytest.raises(TransportError):
        stream(GREPR.open_client(Context(simulator.grepr(retries=2), runtime)), Received(), idempotent=repeatable)
    assert len(simulator.requests("/api/v1/jobs/sync")) == times


def test_rejection_is_reported_like_other_errors(simulator: Simulator, runtime: NullRuntime) -> None:
    client = GREPR.open_client(Context(simulator.grepr(), runtime))
    received = Received()
    with pytest.raises(HTTPStatusError, match=r"HTTP 400 Bad Request: .*execution") as caught:
        read(client.stream(SYNC, json={**JOB, "execution": "ASYNCHRONOUS"}, limits=GENEROUS, accept="a/b"), received)
    assert (caught.value.status, received.lines) == (400, [])


def test_other_requests_work_during_a_stream(simulator: Simulator, runtime: NullRuntime) -> None:
    """A request that is interrupted during a stream does not affect the stream."""
    simulator.fault("/api/v1/echo", {"stall": True})
    client = GREPR.open_client(Context(simulator.grepr(timeout=0.5, retries=0), runtime))
    received = Received()

    def listen(line: bytes) -> bool:
        if not received.lines:
            with pytest.raises(TransportError):
                client.call("GET", "/v1/echo")
        return received(line)

    stream(client, listen)
    assert len(received.lines) == 4


# --- text


def test_body_may_be_text(simulator: Simulator, open_session: OpenSession) -> None:
    session = open_session()
    session.send(Request("POST", simulator.http + "/api/v1/manifest", text="SELECT 'ü'"))
    session.send(Request("POST", simulator.http + "/api/v1/manifest", text="", headers={"Content-Type": "a/b"}))
    first, second = simulator.requests("/api/v1/manifest")
    assert (first["body"], first["headers"]["Content-Type"]) == ("SELECT 'ü'", "text/plain")
    assert second["headers"]["Content-Type"] == "a/b"
