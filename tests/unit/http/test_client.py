# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests over HTTP: retries, waiting, timeouts, redirects, TLS, proxies, and requests that are never sent."""

from __future__ import annotations

import json
import re
import socket
import ssl
import threading
import time
from contextlib import contextmanager, suppress
from email.utils import formatdate
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.greyops.rest.plugins.module_utils._context import Context, NullRuntime
from ansible_collections.greyops.rest.plugins.module_utils._errors import (
    GreyopsError,
    HTTPStatusError,
    OptionError,
    RequestError,
)
from ansible_collections.greyops.rest.plugins.module_utils._grepr.service import GREPR
from ansible_collections.greyops.rest.plugins.module_utils._http.auth import StaticHeaderAuth
from ansible_collections.greyops.rest.plugins.module_utils._http.client import HttpClient, Request
from ansible_collections.greyops.rest.plugins.module_utils._http.response import Response
from ansible_collections.greyops.rest.plugins.module_utils._http.retry import parse_retry_after

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.unit.conftest import OpenSession, Simulator

# Requires no credential, so that these tests cover HTTP only.
OPEN = "/api/v1/manifest"
TRIGGER = "/api/v1/triggers"
FIRED = {"jobId": "j", "logsRuleEngineName": "r", "triggerId": "t"}


def get(session: HttpClient, simulator: Simulator, **more: Any) -> Response:
    return session.send(Request("GET", simulator.http + OPEN, **more))


def post(session: HttpClient, simulator: Simulator, **more: Any) -> Response:
    return session.send(Request("POST", simulator.http + TRIGGER, json=FIRED, **more))


def failure(session: HttpClient, simulator: Simulator) -> str:
    with pytest.raises(RequestError) as caught:
        get(session, simulator)
    assert (caught.value.method, caught.value.url) == ("GET", simulator.http + OPEN)
    assert caught.value.msg.startswith(f"GET {simulator.http}{OPEN} failed: ")
    return caught.value.msg


# --- requests


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_json_headers_on_every_call(simulator: Simulator, open_session: OpenSession, method: str) -> None:
    open_session().send(Request(method, simulator.http + OPEN))
    headers = simulator.requests(OPEN)[0]["headers"]
    assert (headers["Accept"], headers["Content-Type"]) == ("application/json", "application/json")
    assert headers["User-Agent"].startswith("greyops.rest/")
    assert not {"Authorization", "Cookie"} & set(headers)


def test_headers_may_be_replaced(simulator: Simulator, open_session: OpenSession) -> None:
    session = open_session(http_agent="mine/1")
    get(session, simulator, headers={"X-One": "1", "Accept": "text/plain"})
    headers = simulator.requests(OPEN)[0]["headers"]
    assert (headers["X-One"], headers["Accept"], headers["User-Agent"]) == ("1", "text/plain", "mine/1")


def test_queries_repeat_their_keys(simulator: Simulator, open_session: OpenSession) -> None:
    get(open_session(), simulator, query=(("state", "A"), ("state", "B & C"), ("x", "ü+")))
    assert simulator.requests(OPEN)[0]["query"] == {"state": ["A", "B & C"], "x": "ü+"}


@pytest.mark.parametrize("body", [{"a": "ü"}, [1], "text", 0, False, {}])
def test_body_is_json(simulator: Simulator, open_session: OpenSession, body: object) -> None:
    open_session().send(Request("PUT", simulator.http + OPEN, json=body))
    assert json.loads(simulator.requests(OPEN)[0]["body"]) == body


def test_cookies_are_not_kept(simulator: Simulator, open_session: OpenSession) -> None:
    simulator.fault(OPEN, {"status": 200, "json": {}, "headers": {"Set-Cookie": "session=1; Path=/"}}, times=1)
    session = open_session()
    get(session, simulator)
    get(session, simulator)
    assert "Cookie" not in simulator.requests(OPEN)[1]["headers"]


def test_netrc_is_ignored(
    simulator: Simulator, open_session: OpenSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / ".netrc"
    netrc.write_text("default login ann password hunter2\nmachine 127.0.0.1 login ann password hunter2\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(netrc))
    session = open_session()
    get(session, simulator)
    post(session, simulator)
    get(
        session,
        simulator,
        auth=StaticHeaderAuth.from_api_key(session.runtime, "GREPR-API-KEY", simulator.ready_info["grepr"]["api_key"]),
    )
    assert not any("Authorization" in request["headers"] for request in simulator.requests())


def test_usage_counts(simulator: Simulator, open_session: OpenSession) -> None:
    session = open_session()
    get(session, simulator)
    get(session, simulator, is_api_call=False)
    assert session.runtime.stats.as_result() == {"calls": 1, "retries": 0, "waited": 0.0, "token": None}


def test_failed_login_is_not_counted_as_a_call(simulator: Simulator, runtime: NullRuntime) -> None:
    client = GREPR.open_client(Context(simulator.grepr(client_secret="wrong"), runtime))
    with pytest.raises(HTTPStatusError):
        client.call("GET", "/v1/echo")
    assert (runtime.stats.calls, runtime.stats.token) == (0, None)


def test_login_time_is_not_part_of_the_call(simulator: Simulator, runtime: NullRuntime) -> None:
    simulator.fault("/oauth/token", {"delay": 0.7})
    simulator.fault("/api/v1/echo", {"delay": 0.7})
    client = GREPR.open_client(Context(simulator.grepr(timeout=1, retries=0), runtime))
    assert client.call("POST", "/v1/echo").status == 200


# --- retries


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_read_is_retried_after_a_server_error(simulator: Simulator, open_session: OpenSession, status: int) -> None:
    simulator.fault(OPEN, {"status": status, "headers": {"Retry-After": "0"}}, times=2)
    session = open_session()
    assert get(session, simulator).status == 200
    assert (session.runtime.stats.retries, session.runtime.stats.calls) == (2, 3)
    assert session.runtime.stats.waited > 0


def test_write_is_not_retried_after_a_server_error(simulator: Simulator, open_session: OpenSession) -> None:
    simulator.fault(TRIGGER, {"status": 503, "headers": {"Retry-After": "0"}})
    assert post(open_session(), simulator).status == 503
    assert len(simulator.requests(TRIGGER)) == 1


def test_idempotent_write_is_retried(simulator: Simulator, open_session: OpenSession) -> None:
    simulator.fault(TRIGGER, {"status": 503, "headers": {"Retry-After": "0"}}, times=1)
    assert post(open_session(), simulator, idempotent=True).status == 202


@pytest.mark.parametrize(("retries", "sent"), [(0, 1), (1, 2), (2, 3)])
def test_retries_are_counted(simulator: Simulator, open_session: OpenSession, retries: int, sent: int) -> None:
    simulator.fault(OPEN, {"status": 503, "headers": {"Retry-After": "0"}, "json": {"message": "down"}})
    session = open_session(retries=retries)
    answer = get(session, simulator)
    assert answer.status == 503
    error = session.describe_failure(HTTPStatusError, answer, "Wait.")
    assert error.msg == f"GET {simulator.http}{OPEN} failed with HTTP 503 Service Unavailable: down. Wait."
    assert (error.reason, error.hint, error.details) == ("down", "Wait.", {"message": "down"})
    assert len(simulator.requests(OPEN)) == sent


@pytest.mark.parametrize("status", [400, 403, 404, 409, 422, 501])
def test_permanent_errors_are_not_retried(simulator: Simulator, open_session: OpenSession, status: int) -> None:
    simulator.fault(OPEN, {"status": status, "headers": {"Retry-After": "0"}})
    assert get(open_session(), simulator).status == status
    assert len(simulator.requests(OPEN)) == 1


def test_delays_grow_without_retry_after(simulator: Simulator, open_session: OpenSession) -> None:
    simulator.fault(OPEN, {"status": 503}, times=1)
    session = open_session()
    started = time.monotonic()
    assert get(session, simulator).status == 200
    assert 0.3 < time.monotonic() - started < 2


# --- 429


def test_retry_after_in_seconds_is_respected(simulator: Simulator, open_session: OpenSession) -> None:
    simulator.fault(OPEN, {"status": 429, "headers": {"Retry-After": "1"}}, times=1)
    session = open_session()
    started = time.monotonic()
    assert get(session, simulator).status == 200
    assert 1 <= time.monotonic() - started < 2.5
    assert session.runtime.stats.waited == pytest.approx(1.1, abs=0.2)


def test_retry_after_date_is_respected(simulator: Simulator, open_session: OpenSession) -> None:
    until = formatdate(time.time() + 2, usegmt=True)
    simulator.fault(OPEN, {"status": 429, "headers": {"Retry-After": until}}, times=1)
    session = open_session()
    assert get(session, simulator).status == 200
    assert 0.5 < session.runtime.stats.waited < 2.8


@pytest.mark.parametrize("retry_after", ["Wed, 21 Oct 2015 07:28:00 GMT", "0"])
def test_retry_after_in_the_past_does_not_wait(
    simulator: Simulator, open_session: OpenSession, retry_after: str
) -> None:
    simulator.fault(OPEN, {"status": 429, "headers": {"Retry-After": retry_after}}, times=1)
    session = open_session()
    assert get(session, simulator).status == 200
    assert session.runtime.stats.waited < 0.3


@pytest.mark.parametrize("retry_after", ["soon", "", "-5", "1.5", "²", "Foo, 99 Bar 2015"])
def test_invalid_retry_after_uses_the_default_delay(
    simulator: Simulator, open_session: OpenSession, retry_after: str
) -> None:
    simulator.fault(OPEN, {"status": 429, "headers": {"Retry-After": retry_after}}, times=1)
    session = open_session()
    assert get(session, simulator).status == 200
    assert 0.3 < session.runtime.stats.waited < 0.8


def test_progress_has_the_reason_and_the_number_of_the_next_try(
    simulator: Simulator, runtime: NullRuntime, open_session: OpenSession
) -> None:
    lines: list[str] = []
    runtime.show_progress = lines.append  # type: ignore[method-assign]
    simulator.fault(OPEN, {"status": 503}, times=2)
    assert get(open_session(), simulator).status == 200
    simulator.fault(OPEN, {"status": 429, "headers": {"Retry-After": "1"}}, times=1)
    assert get(open_session(), simulator).status == 200
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        with pytest.raises(RequestError):
            open_session(retries=1).send(Request("GET", f"http://127.0.0.1:{held.getsockname()[1]}"))
    shown = [re.sub(r" in \d\.\d s$", " in N s", line.rpartition(": ")[2]) for line in lines]
    assert shown == [
        "HTTP 503, try 2 of 4 in N s",
        "HTTP 503, try 3 of 4 in N s",
        "HTTP 429, try 2 in N s",
        "the connection was refused, try 2 of 2 in N s",
    ]
    assert lines[0].startswith(f"GET {simulator.ready_info['http']}{OPEN}: ")


def test_write_waits_after_a_429(simulator: Simulator, open_session: OpenSession) -> None:
    """The server did not process it."""
    simulator.fault(TRIGGER, {"status": 429, "headers": {"Retry-After": "0"}}, times=1)
    assert post(open_session(), simulator).status == 202


@pytest.mark.parametrize("retry_after", ["3600", "9" * 400, "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_wait_is_bounded(simulator: Simulator, open_session: OpenSession, retry_after: str) -> None:
    simulator.fault(OPEN, {"status": 429, "headers": {"Retry-After": retry_after}})
    started = time.monotonic()
    with pytest.raises(GreyopsError, match="max_wait"):
        get(open_session(), simulator)
    assert time.monotonic() - started < 1
    assert len(simulator.requests(OPEN)) == 1


def test_retry_after_of_a_write_applies_to_all_requests(simulator: Simulator, runtime: NullRuntime) -> None:
    simulator.fault("/api/v1/echo", {"status": 503, "headers": {"Retry-After": "1"}}, times=1)
    with pytest.raises(HTTPStatusError, match=r"HTTP 503 .*It may have been carried out: look before"):
        GREPR.open_client(Context(simulator.grepr(), runtime)).call("POST", "/v1/echo")
    GREPR.open_client(Context(simulator.grepr(), runtime)).call("GET", "/v1/echo")
    assert (runtime.stats.calls, runtime.stats.retries) == (2, 0)
    assert runtime.stats.waited > 0.5


def test_retry_after_applies_to_all_sessions_of_a_credential(simulator: Simulator, runtime: NullRuntime) -> None:
    simulator.fault("/api/v1/echo", {"status": 429, "headers": {"Retry-After": "2"}}, times=1)
    for _task in range(2):
        with pytest.raises(GreyopsError, match="the server asks to wait 2 s"):
            GREPR.open_client(Context(simulator.grepr(max_wait=0.5), runtime)).call("GET", "/v1/echo")
    # The second session waits without a request, and so does a request with a longer limit.
    assert len(simulator.requests("/api/v1/echo")) == 1
    patient = NullRuntime(runtime.directories)
    GREPR.open_client(Context(simulator.grepr(), patient)).call("GET", "/v1/echo")
    assert patient.stats.retries == 0
    assert 1 < patient.stats.waited < 3
    assert len(simulator.requests("/api/v1/echo")) == 2


@pytest.mark.parametrize("retry_after", ["\xb2", "1 2", "9" * 5000, "-0"])
def test_invalid_numbers_are_not_internal_errors(retry_after: str) -> None:
    waited = parse_retry_after(Response(429, "", {"retry-after": retry_after}, b"", "GET", "https://h.test"))
    assert waited is None or waited >= 86400


def test_retry_after_date_uses_the_server_clock() -> None:
    """The clock of this host may be wrong by hours."""
    headers = {"date": "Sun, 22 Nov 2020 10:00:00 GMT", "retry-after": "Sun, 22 Nov 2020 10:00:07 GMT"}
    assert parse_retry_after(Response(429, "", headers, b"", "GET", "https://h.test")) == 7


# --- failures


def test_connection_refused(open_session: OpenSession) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{held.getsockname()[1]}"
        with pytest.raises(RequestError, match=r"the connection was refused\. Check the URL, and that the server runs"):
            open_session(retries=0).send(Request("GET", url))
        session = open_session(retries=1)
        # No request was sent, so a write may be retried too.
        with pytest.raises(RequestError):
            session.send(Request("POST", url))
        assert session.runtime.stats.retries == 1
        # The final error is the last failure, for any delay.
        with pytest.raises(RequestError, match="the connection was refused") as caught:
            open_session(retries=5, max_wait=0).send(Request("GET", url))
        assert caught.value.status is None


def test_unresolvable_host_name(open_session: OpenSession) -> None:
    session = open_session()
    with pytest.raises(RequestError, match="the host name cannot be resolved"):
        session.send(Request("GET", "https://nobody.invalid/x?password=hunter2"))


def test_silent_server(simulator: Simulator, open_session: OpenSession) -> None:
    simulator.fault(OPEN, {"stall": True})
    started = time.monotonic()
    assert "no answer within 0.4 s" in failure(open_session(timeout=0.4, retries=0), simulator)
    assert time.monotonic() - started < 1.5


def test_slow_response_body_times_out(simulator: Simulator, open_session: OpenSession) -> None:
    """Each byte arrives in time, the response does not."""
    simulator.fault(OPEN, {"drip": 0.05})
    started = time.monotonic()
    assert "no answer within 0.5 s" in failure(open_session(timeout=0.5, retries=0), simulator)
    assert time.monotonic() - started < 2


def test_timed_out_read_is_retried(simulator: Simulator, open_session: OpenSession) -> None:
    simulator.fault(OPEN, {"stall": True}, times=1)
    session = open_session(timeout=0.4, retries=1)
    assert get(session, simulator).status == 200
    assert session.runtime.stats.retries == 1


@pytest.mark.parametrize("action", [{"cut": "before"}, {"cut": "during"}, {"cut": "after"}, {"chunk_stop": True}])
def test_cut_connection(simulator: Simulator, open_session: OpenSession, action: dict[str, object]) -> None:
    simulator.fault(OPEN, action)
    message = failure(open_session(retries=0), simulator)
    assert "the connection broke before the answer was whole" in message
    assert "Check the server and the network" in message


@pytest.mark.parametrize("action", [{"cut": "before"}, {"cut": "during"}, {"cut": "after"}, {"chunk_stop": True}])
def test_read_is_retried_after_a_closed_connection(
    simulator: Simulator, open_session: OpenSession, action: dict[str, object]
) -> None:
    simulator.fault(OPEN, action, times=1)
    assert get(open_session(), simulator).parse_json()["auth"]
    assert len(simulator.requests(OPEN)) == 2


@pytest.mark.parametrize("action", [{"cut": "before"}, {"cut": "after"}])
def test_ambiguous_write_is_not_retried(
    simulator: Simulator, open_session: OpenSession, action: dict[str, object]
) -> None:
    simulator.fault(TRIGGER, action)
    with pytest.raises(RequestError, match="look before you send it again"):
        post(open_session(), simulator)
    assert len(simulator.requests(TRIGGER)) == 1


@pytest.mark.parametrize("action", [{"cut": "during"}, {"cut": "after"}, {"chunk_stop": True}])
def test_cut_connection_over_tls(simulator: Simulator, open_session: OpenSession, action: dict[str, object]) -> None:
    """The handshake succeeded: a read is retried, and a write may have been processed."""
    simulator.fault("/api/v1/", action, times=2)
    session = open_session(ca_path=simulator.ready_info["ca_path"])
    with pytest.raises(RequestError, match="look before you send it again"):
        session.send(Request("POST", simulator.https + "/api/v1/echo", json={}))
    assert session.send(Request("GET", simulator.https + OPEN)).status == 200
    assert len(simulator.requests(OPEN)) == 2


def test_write_on_a_kept_connection(simulator: Simulator, open_session: OpenSession) -> None:
    session = open_session()
    get(session, simulator)
    simulator.fault(TRIGGER, {"cut": "after"})
    with pytest.raises(RequestError, match="look before you send it again"):
        post(session, simulator)
    assert len(simulator.requests(TRIGGER)) == 1


@pytest.mark.parametrize("endless", [" ", "HTTP/1.1 100 Continue\r\n\r\n"], ids=["body", "continue"])
def test_body_cut_by_the_deadline_is_incomplete(simulator: Simulator, open_session: OpenSession, endless: str) -> None:
    """A body without a length ends when the connection ends, also when the client closes it."""
    head = "HTTP/1.1 200 OK\r\n\r\n{" if endless == " " else ""
    simulator.fault(OPEN, {"raw": head, "endless": endless})
    assert "no answer within 0.5 s" in failure(open_session(timeout=0.5, retries=0), simulator)


@pytest.mark.parametrize(
    "action",
    [
        {"raw": "SSH-2.0-OpenSSH_9.2\r\n"},
        {"raw": "HTTP/1.1 FINE\r\n\r\n"},
        {"raw": "HTTP/1.1 200 OK\r\nContent-Length: 2, 3\r\n\r\n{}"},
        {"raw": "HTTP/1.1 200 OK\r\n", "endless": "X-More: x\r\n"},
        {"raw": "HTTP/1.1 200 OK\r\nX-Long: ", "endless": "x"},
    ],
)
def test_invalid_http_response(simulator: Simulator, open_session: OpenSession, action: dict[str, object]) -> None:
    simulator.fault(OPEN, action)
    message = failure(open_session(retries=0), simulator)
    assert "what answers there does not speak proper HTTP. Check the URL's scheme, host and port" in message


@pytest.mark.parametrize("target", ["http://[", "http://h.test:99999999/"])
def test_redirect_to_an_invalid_url(simulator: Simulator, open_session: OpenSession, target: str) -> None:
    simulator.fault(OPEN, {"redirect": target})
    with pytest.raises(
        HTTPStatusError,
        match=r"was redirected to .*, which is not an unambiguous URL, so it is not followed",
    ):
        get(open_session(), simulator)


def test_wrong_content_encoding(simulator: Simulator, open_session: OpenSession) -> None:
    simulator.fault(OPEN, {"gzip_lie": True})
    assert "the answer is not compressed as it claims" in failure(open_session(retries=0), simulator)


def test_large_responses(simulator: Simulator, open_session: OpenSession) -> None:
    simulator.fault(OPEN, {"bytes": 1_000_000}, times=1)
    simulator.fault(OPEN, {"bytes": 3_000_000})
    session = open_session(max_response=1024 * 1024)
    assert len(get(session, simulator).body) == 1_000_000
    expected = (
        "the answer is larger than 1 MiB. Ask for less with filters, check that the URL is the API's own, or raise "
    )
    assert f"{expected}max_response." in failure(session, simulator)
    assert len(simulator.requests(OPEN)) == 2
    simulator.fault(TRIGGER, {"bytes": 3_000_000, "gzip": True})
    with pytest.raises(RequestError, match=r"larger than 1 MiB\. .*look before you send it again"):
        post(session, simulator)


@pytest.mark.parametrize("value", ["two\nlines", "two\r\nX-Injected: 1", "ü€"])
def test_invalid_headers(simulator: Simulator, open_session: OpenSession, value: str) -> None:
    with pytest.raises(RequestError, match="the request cannot be formed"):
        get(open_session(), simulator, headers={"X-One": value})
    assert simulator.requests() == []


def test_body_is_not_json(simulator: Simulator, open_session: OpenSession) -> None:
    request = Request("POST", f"{simulator.http}{TRIGGER}", json={"rate": float("nan")})
    with pytest.raises(RequestError, match="the request cannot be formed"):
        open_session().send(request)
    assert simulator.requests() == []


def test_addresses_of_a_host_share_the_timeout(
    simulator: Simulator, open_session: OpenSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three unresponsive addresses take no longer than one; a working address after an unresponsive one is found."""
    port = int(simulator.http.rpartition(":")[2])
    silent = ["127.0.1.1", "127.0.1.2", "127.0.1.3"]
    with _silent(silent, port):
        monkeypatch.setattr(socket, "getaddrinfo", _resolver([*silent]))
        started = time.monotonic()
        with pytest.raises(RequestError, match=r"no connection within 1\.5 s"):
            open_session(timeout=1.5, retries=0).send(Request("GET", f"http://localhost:{port}{OPEN}"))
        assert time.monotonic() - started < 3
        monkeypatch.setattr(socket, "getaddrinfo", _resolver([silent[0], "127.0.0.1"]))
        answer = open_session(timeout=2.5, retries=0).send(Request("GET", f"http://localhost:{port}{OPEN}"))
    assert answer.status == 200


def _resolver(addresses: list[str]) -> Callable[..., list[Any]]:
    real = socket.getaddrinfo

    def resolve(host: str, *more: Any, **named: Any) -> list[Any]:
        wanted = addresses if host == "localhost" else [host]
        return [answer for address in wanted for answer in real(address, *more, **named)]

    return resolve


@contextmanager
def _silent(addresses: list[str], port: int) -> Iterator[None]:
    """Listeners whose backlogs are full, so that connections time out."""
    held: list[socket.socket] = []
    try:
        for address in addresses:
            listener = socket.socket()
            held.append(listener)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((address, port))
            listener.listen(0)
            for _place in range(4):
                filler = socket.socket()
                held.append(filler)
                filler.setblocking(False)
                filler.connect_ex((address, port))
        yield
    finally:
        for one in held:
            one.close()


# --- redirects


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_read_follows_redirect_within_the_origin(simulator: Simulator, open_session: OpenSession, status: int) -> None:
    simulator.fault("/api/v1/old", {"redirect": OPEN, "status": status})
    session = open_session()
    answer = session.send(
        Request(
            "GET",
            f"{simulator.http}/api/v1/old",
            auth=StaticHeaderAuth.from_access_token(session.runtime, "a-token-of-mine"),
        )
    )
    assert answer.status == 200
    assert [request["path"] for request in simulator.requests()] == ["/api/v1/old", OPEN]
    assert simulator.requests(OPEN)[0]["headers"]["Authorization"] == "Bearer a-token-of-mine"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_to_another_origin_is_rejected(simulator: Simulator, open_session: OpenSession, status: int) -> None:
    port = simulator.http.rpartition(":")[2]
    for target in (simulator.https, f"http://localhost:{port}", f"//localhost:{port}"):
        simulator.admin("DELETE", "/faults")
        simulator.admin("DELETE", "/requests")
        simulator.fault("/api/v1/old", {"redirect": f"{target}{OPEN}?token=hunter2", "status": status})
        session = open_session()
        authorization = StaticHeaderAuth.from_api_key(session.runtime, "GREPR-API-KEY", "a-key-of-mine-too")
        with pytest.raises(HTTPStatusError, match=r"to another server, .*the credential stays here") as caught:
            session.send(Request("GET", f"{simulator.http}/api/v1/old", auth=authorization))
        assert "hunter2" not in caught.value.msg
        assert simulator.requests(OPEN) == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_write_follows_no_redirect(simulator: Simulator, open_session: OpenSession, status: int) -> None:
    simulator.fault(TRIGGER, {"redirect": OPEN, "status": status})
    with pytest.raises(HTTPStatusError, match="which is not followed"):
        post(open_session(), simulator)
    assert simulator.requests(OPEN) == []


def test_redirects_are_limited(simulator: Simulator, open_session: OpenSession) -> None:
    simulator.fault(OPEN, {"redirect": OPEN})
    with pytest.raises(HTTPStatusError, match="redirected more than 5 times"):
        get(open_session(), simulator)
    assert len(simulator.requests(OPEN)) == 6


# --- TLS


def over_tls(session: HttpClient, url: str) -> Response:
    return session.send(Request("GET", url + OPEN))


def test_trusted_ca(simulator: Simulator, open_session: OpenSession) -> None:
    assert over_tls(open_session(ca_path=simulator.ready_info["ca_path"]), simulator.https).status == 200
    assert simulator.requests(OPEN)[0]["scheme"] == "https"


def test_unknown_ca(simulator: Simulator, open_session: OpenSession) -> None:
    session = open_session()
    with pytest.raises(RequestError, match=r"certificate is not trusted .*ca_path"):
        over_tls(session, simulator.https)
    assert session.runtime.stats.retries == 0


def test_ca_of_the_environment_is_ignored(
    simulator: Simulator, open_session: OpenSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.setenv(name, simulator.ready_info["ca_path"])
    with pytest.raises(RequestError, match="not trusted"):
        over_tls(open_session(), simulator.https)


def test_certificate_for_another_host(simulator: Simulator, open_session: OpenSession) -> None:
    with pytest.raises(RequestError, match=r"certificate is for another name .*Check the host name in the URL"):
        over_tls(open_session(ca_path=simulator.ready_info["ca_path"]), simulator.ready_info["https_wrong_host"])


def test_expired_certificate(simulator: Simulator, open_session: OpenSession) -> None:
    session = open_session(ca_path=simulator.ready_info["ca_path"])
    with pytest.raises(RequestError, match=r"certificate is out of date \(certificate has expired\)\. .*clock"):
        over_tls(session, simulator.ready_info["https_expired"])
    assert session.runtime.stats.retries == 0


def test_client_certificate(simulator: Simulator, open_session: OpenSession, tmp_path: Path) -> None:
    options = simulator.ready_info
    url = options["https_client_required"]
    trust = {"ca_path": options["ca_path"]}
    pair = {"client_cert": options["client_cert_path"], "client_key": options["client_key_path"]}
    assert over_tls(open_session(**trust, **pair), url).status == 200
    both = tmp_path / "both.pem"
    both.write_bytes(Path(options["client_cert_path"]).read_bytes() + Path(options["client_key_path"]).read_bytes())
    assert over_tls(open_session(**trust, client_cert=str(both)), url).status == 200
    with pytest.raises(RequestError, match="client certificate"):
        over_tls(open_session(**trust, retries=0), url)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_server_requires_a_client_certificate(open_session: OpenSession, tmp_path: Path, method: str) -> None:
    """With TLS 1.3 the error about the client certificate arrives after the request was sent, which the server has not
    read."""
    trustme = pytest.importorskip("trustme")
    own, other = trustme.CA(), trustme.CA()
    own.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    other.issue_cert("someone@example.com").private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "client.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    own.issue_cert("127.0.0.1").configure_cert(context)
    own.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED

    def refuse(plain: socket.socket) -> None:
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        secure = context.wrap_bio(incoming, outgoing, server_side=True)
        # The error would be lost if the server closed the connection first.
        while received := plain.recv(65536):
            incoming.write(received)
            with suppress(ssl.SSLError):
                secure.do_handshake()
            plain.sendall(outgoing.read())

    for options, words in (
        ({}, "the server requires a client certificate. Set client_cert and client_key."),
        ({"client_cert": str(tmp_path / "client.pem")}, "the server refused the client certificate ("),
    ):
        with serving(refuse) as url:
            session = open_session(ca_path=str(tmp_path / "ca.pem"), **options)
            with pytest.raises(RequestError) as caught:
                session.send(Request(method, url))
        assert words in caught.value.msg
        assert "carried out" not in caught.value.msg
        assert session.runtime.stats.retries == 0


def test_tls_connection_breaks_after_the_handshake(open_session: OpenSession, tmp_path: Path) -> None:
    """A TLS error after the handshake: the request was sent."""
    trustme = pytest.importorskip("trustme")
    own = trustme.CA()
    own.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    own.issue_cert("127.0.0.1").configure_cert(context)

    def forget_itself(plain: socket.socket) -> None:
        secure = context.wrap_socket(plain, server_side=True)
        secure.recv(65536)
        with socket.socket(fileno=secure.detach()) as bare:
            bare.sendall(b"HTTP/1.1 200 OK\r\n\r\n")

    with serving(forget_itself) as url, pytest.raises(RequestError) as caught:
        open_session(ca_path=str(tmp_path / "ca.pem")).send(Request("POST", url))
    assert "the connection broke before the answer was whole" in caught.value.msg
    assert "look before you send it again" in caught.value.msg


@contextmanager
def serving(serve: Callable[[socket.socket], None]) -> Iterator[str]:
    """The URL of a server that accepts one connection."""

    def accept() -> None:
        accepted, _address = listener.accept()
        with accepted:
            serve(accepted)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield f"https://127.0.0.1:{listener.getsockname()[1]}"
        thread.join(5)


def test_disabled_certificate_validation_warns(simulator: Simulator, open_session: OpenSession, recwarn: Any) -> None:
    session = open_session(validate_certs=False)
    assert over_tls(session, simulator.ready_info["https_wrong_host"]).status == 200
    (warning,) = session.runtime.warnings  # type: ignore[attr-defined]
    assert "validate_certs=false" in warning
    assert not recwarn.list


@pytest.mark.parametrize("option", ["ca_path", "client_cert", "client_key"])
def test_files_that_do_not_exist(open_session: OpenSession, option: str, monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"client_cert": "/dev/null", option: "/does/not/exist.pem"}
    variable = f"GREYOPS_{option.upper()}"
    with pytest.raises(
        OptionError, match=rf"^{option} \({variable}.*\) names /does/not/exist.pem, which does not exist"
    ):
        open_session(**given)
    monkeypatch.setenv(variable, "/does/not/exist.pem")
    with pytest.raises(OptionError, match=rf"^{option} \(from {variable}\) names /does/not/exist.pem"):
        open_session(**given)


def test_file_without_a_certificate(simulator: Simulator, open_session: OpenSession, tmp_path: Path) -> None:
    other = tmp_path / "other.pem"
    other.write_text("nothing of the kind")
    for option in ({"ca_path": str(other)}, {"ca_path": simulator.ready_info["ca_path"], "client_cert": str(other)}):
        with pytest.raises(RequestError, match=r"cannot be loaded\. Check ca_path, client_cert and client_key"):
            over_tls(open_session(**option), simulator.https)


def test_https_to_a_plain_http_server(simulator: Simulator, open_session: OpenSession) -> None:
    session = open_session()
    with pytest.raises(RequestError, match=r"does not speak TLS .*Check the URL's scheme and port"):
        over_tls(session, simulator.http.replace("http:", "https:"))
    assert session.runtime.stats.retries == 0


def test_plain_http_over_a_network_is_rejected(open_session: OpenSession) -> None:
    with pytest.raises(OptionError, match="allow_http=true"):
        open_session().send(Request("GET", "http://192.0.2.1/x"))


# --- proxies


def test_proxy_of_the_environment_is_used(
    simulator: Simulator, open_session: OpenSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", simulator.http)
    session = open_session(allow_http=True)
    assert session.send(Request("GET", f"http://nobody.invalid{OPEN}")).status == 200
    assert simulator.requests(OPEN)[0]["headers"]["Host"] == "nobody.invalid"
    monkeypatch.setenv("NO_PROXY", "nobody.invalid")
    with pytest.raises(RequestError, match="cannot be resolved"):
        session.send(Request("GET", f"http://nobody.invalid{OPEN}"))


def test_proxy_can_be_bypassed(
    simulator: Simulator, open_session: OpenSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert get(open_session(use_proxy=False), simulator).status == 200


def test_unreachable_proxy(simulator: Simulator, open_session: OpenSession, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://ann:hunter2@127.0.0.1:1")
    message = failure(open_session(retries=0), simulator)
    assert "proxy" in message
    assert "hunter2" not in message


def test_proxy_requires_authentication(
    simulator: Simulator, open_session: OpenSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", simulator.http)
    monkeypatch.setenv("HTTPS_PROXY", simulator.http)
    simulator.fault("/", {"status": 407, "html": "<title>Log in</title>"})
    session = open_session(allow_http=True, retries=0)
    answer = session.send(Request("GET", f"http://nobody.invalid{OPEN}"))
    error = session.describe_failure(HTTPStatusError, answer, "Check the credential.")
    assert error.message.endswith("failed with HTTP 407 Proxy Authentication Required.")
    assert error.reason == "Log in"
    assert error.hint.startswith("That is the proxy's answer, not the server's. ")
    with pytest.raises(RequestError, match=r"the proxy .*\(HTTP \d+\)\. .*NO_PROXY"):
        session.send(Request("POST", f"https://nobody.invalid{OPEN}"))


# --- connections


def test_loop_reuses_a_connection(simulator: Simulator, open_session: OpenSession) -> None:
    one, other = open_session(), open_session()
    assert one._transport is other._transport
    assert one._transport is not open_session(timeout=5)._transport


@pytest.mark.parametrize(
    ("option", "value"),
    [("timeout", 0), ("timeout", -1), ("timeout", float("nan")), ("timeout", float("inf")), ("retries", -1),
     ("max_wait", -1), ("max_wait", float("inf")), ("max_response", 65535), ("max_response", 2**32 + 1)],
)  # fmt: skip
def test_invalid_settings(open_session: OpenSession, option: str, value: float) -> None:
    with pytest.raises(OptionError, match=option):
        open_session(**{option: value})
