# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No credential leaves its origin: malicious URLs and ids with two parsers, and two servers."""

from __future__ import annotations

import ipaddress
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
import requests
import urllib3

from ansible_collections.greyops.rest.plugins.module_utils._context import Context, NullRuntime
from ansible_collections.greyops.rest.plugins.module_utils._errors import GreyopsError, OptionError
from ansible_collections.greyops.rest.plugins.module_utils._grepr.resources import ResourceLists
from ansible_collections.greyops.rest.plugins.module_utils._grepr.service import GREPR
from ansible_collections.greyops.rest.plugins.module_utils._grepr.teams import Membership
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.routes import resolve
from ansible_collections.greyops.rest.plugins.module_utils._http import urls
from ansible_collections.greyops.rest.plugins.module_utils._http.streaming import StreamLimits
from ansible_collections.greyops.rest.plugins.module_utils._http.transport import Transport
from ansible_collections.greyops.rest.plugins.module_utils._operation import Operation, perform
from ansible_collections.greyops.rest.plugins.modules import (
    grepr_dataset,
    grepr_integration,
    grepr_job_info,
    grepr_query,
    grepr_request,
    grepr_service_account,
    grepr_team,
    grepr_template,
    grepr_token,
    greymatter_print_ready,
    greymatter_report,
    greymatter_request,
    greymatter_token,
)

from ..conftest import OpenSession, params

TOKEN = "a-token-of-the-good-server"
KEY = "a-key-of-the-good-server"
REPORTS = "/api-gateway/platform-dashboard/report/find-by-page"

# Redirect targets that may lead to another origin, EVIL and GOOD being host:port. For each of them some parser,
# browser or resolver has found one host where another found the other.
HOSTILE = [
    r"http://EVIL\@GOOD/x",
    r"//EVIL\@GOOD/x",
    r"/\EVIL/x",
    r"\\EVIL\x",
    r"\/EVIL/x",
    r"http:\\EVIL\x",
    r"http:/\EVIL/x",
    r"http://EVIL\.localhost/x",
    r"http://GOOD\@EVIL/x",
    r"http://EVIL\?@GOOD/x",
    "http://EVIL%5C@GOOD/x",
    "http://GOOD@EVIL/x",
    "http://GOOD:80@EVIL/x",
    "http://user:password@EVIL/x",
    "http://user@GOOD/x",
    "http://@EVIL/x",
    "http://GOOD%40EVIL/x",
    "http://EVIL#@GOOD/x",
    "http://EVIL?@GOOD/x",
    "http://EVIL/@GOOD/x",
    "http://EVIL;@GOOD/x",
    "http://GOOD@EVIL@GOOD/x",
    "http://EVIL\t@GOOD/x",
    "http://EV\tIL/x",
    "ht\ttp://EVIL/x",
    "//EVIL/x",
    "///EVIL/x",
    "http:///EVIL/x",
    "http:////EVIL/x",
    "http:EVIL/x",
    "HTTP://EVIL/x",
    "hTTp://EVIL/x",
    "https:EVIL/x",
    "https://EVIL/x",
    "http://EVIL",
    "http://EVIL:/x",
    "http://EVIL.",
    "http://127.0.0.2:0/x",
    "http://127.0.0.1:0/x",
    "http://127.0.0.2:80:80/x",
    "http://127.0.0.2:080/x",
    "http://127.0.0.2:+80/x",
    "http://127.0.0.2:99999/x",
    "http://127.0.0.2:\u0661/x",
    "http://0x7f.0.0.2/x",
    "http://0x7f000002/x",
    "http://2130706434/x",
    "http://0177.0.0.2/x",
    "http://127.2/x",
    "http://127.0.0.2./x",
    "http://\uff11\uff12\uff17.0.0.2/x",
    "http://127\u30020.0.2/x",
    "http://127\uff0e0\uff0e0\uff0e2/x",
    "http://localho\u017ft/x",
    "http://\u24db\u24de\u24d2alhost/x",
    "http://fa\u00df.example/x",
    "http://xn--/x",
    "http://%31%32%37.0.0.2/x",
    "http://127.0.0.1%2f@127.0.0.2/x",
    "http://127.0.0.1%00.evil.example/x",
    "http://[::1%25lo]/x",
    "http://[::1%lo]/x",
    "http://[::ffff:127.0.0.2]/x",
    "http://[::127.0.0.2]/x",
    "http://[127.0.0.2]/x",
    "http://[::1/x",
    "http://[v1.127.0.0.2]/x",
    "http://[::1]EVIL/x",
    "http://127.0.0.1 .evil.example/x",
    "http://evil.example\u00ad/x",
    "http://evil\u200b.example/x",
    "http:// EVIL/x",
    " http://EVIL/x",
    "\x01http://EVIL/x",
    "http://EVIL\x00@GOOD/x",
    "http://EVIL\x1f/x",
    "http://EVIL\r\n@GOOD/x",
    "http://GOOD/x\r\nLocation: http://EVIL/x",
    "http://EVIL\x7f@GOOD/x",
    "http://..EVIL/x",
    "http://a..b/x",
    "http://EVIL,GOOD/x",
    "http://GOOD&@EVIL/x",
    "ftp://EVIL/x",
    "file:///etc/passwd",
    "javascript://EVIL/x",
]


def _form(hostile: str, good: str = "127.0.0.1:9001", evil: str = "127.0.0.2:9002") -> str:
    return hostile.replace("GOOD", good).replace("EVIL", evil)


def _read(seen: Any) -> tuple[str, str, int]:
    """The result of a third-party parser: scheme, host and port."""
    scheme, host = seen.scheme.lower(), seen.hostname.strip("[]").lower()
    host = str(ipaddress.ip_address(host)) if ":" in host else host
    return scheme, host, seen.port or {"http": 80, "https": 443}[scheme]


@pytest.mark.parametrize("hostile", HOSTILE, ids=ascii)
def test_accepted_urls_parse_identically(hostile: str) -> None:
    """The collection, the standard library and urllib3 find the same server, before and after requests has prepared the
    URL."""
    url = _form(hostile)
    try:
        ours = urls.parse_origin(url)
    except OptionError:
        return
    prepared = requests.Request("GET", url).prepare().url
    assert prepared is not None
    for text in (url, prepared):
        standard, library = urlsplit(text), urllib3.util.parse_url(text)
        for seen in (standard, library):
            assert _read(seen) == ours
        assert (standard.username, standard.password, library.auth) == (None, None, None)
    assert urls.parse_origin(prepared) == ours


def test_url_parsers_differ() -> None:
    """The table is effective: for each URL the two parsers find different servers, and the second one would be
    connected to."""
    url = _form(HOSTILE[0])
    assert urlsplit(url).netloc.rpartition("@")[2] == "127.0.0.1:9001"
    assert urllib3.util.parse_url(url).netloc == "127.0.0.2:9002"
    with pytest.raises(OptionError, match="is ambiguous"):
        urls.parse_origin(url)


@pytest.mark.parametrize(
    "hostile", [one for one in HOSTILE if not one.startswith(("ftp", "file", "javascript"))], ids=ascii
)
def test_options_reject_ambiguous_urls(hostile: str) -> None:
    """api_url and auth_url: accepted values name their host unambiguously."""
    url = _form(hostile)
    try:
        taken = urls.parse_base_url(url, "api_url")
    except OptionError as error:
        assert error.message.startswith("api_url ")
        return
    assert _read(urllib3.util.parse_url(taken)) == _read(urlsplit(taken)) == urls.parse_origin(taken)
    assert "@" not in urlsplit(taken).netloc


@pytest.mark.parametrize(
    "path", [r"/v1\jobs", r"\\127.0.0.2\x", "/v1/\x01", "/v1/jobs\r\nHost: evil", "/v1/\u202e", "/a\tb"]
)
def test_backslash_and_control_characters_are_rejected_in_urls(path: str, runtime: NullRuntime) -> None:
    with pytest.raises(OptionError, match="a backslash or a control character"):
        urls.join("http://127.0.0.1:9001", path)
    with pytest.raises(OptionError, match=r"routes\.catalog must be a path below api_url"):
        resolve({"catalog": path})
    login = {"api_url": "http://127.0.0.1:9", "access_token": TOKEN}
    for operation, more in ((grepr_request.OPERATION, {"path": path}), (greymatter_request.OPERATION, {"path": path})):
        assert "path holds a backslash" in _run(operation, runtime, check_mode=True, **login, **more)["msg"]
    prefixed = _run(greymatter_request.OPERATION, runtime, **login, path="/x", path_prefix=path)
    assert "path_prefix holds a backslash" in prefixed["msg"]


# --- ids

# Ways in which an id can name another path, once a server or a gateway has decoded it.
CLIMBING = [
    "", " ", ".", "..", "%2e", "%2E", "%2e%2e", "%2E%2e", ".%2E", "%252e%252e", "%25252e%25252E", "../x", "x/..",
    "a/../b", "..%2fx", "%2e%2e%2fx", r"..\x", "x%5c..", "./x", "..;", "..;/x", "..;a=b/x",
    "%2e%2e%3b/x", " ..", "%2e%20",
]  # fmt: skip
VALID_IDS = ["a", "a b", "50%", "a/b", "...", "..a", "a..b", "1.2.3", ".hidden", "ü/ß", "a%2Fb", "%", "%zz", "a;b"]


@pytest.mark.parametrize("climbing", CLIMBING)
def test_ids_with_dot_segments_are_rejected(climbing: str) -> None:
    with pytest.raises(OptionError, match="cannot stand in a path"):
        urls.encode_segment(climbing)


@pytest.mark.parametrize("valid_id", VALID_IDS)
def test_valid_ids_are_one_segment(valid_id: str) -> None:
    assert urls.encode_segment(valid_id) == quote(valid_id, safe="")


# --- servers


class Server:
    """Answers every request with the same response, or with a redirect, and records the requests."""

    def __init__(self, address: str) -> None:
        self.came: list[str] = []
        self.location = ""
        self.answers: dict[str, tuple[int, bytes]] = {}
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _answer(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                server.came.append(f"{self.command} {self.path}")
                status, body = server.answers.get(self.path.partition("?")[0], (302 if server.location else 200, b"{}"))
                self.send_response(status)
                if status == 302:
                    # As bytes, because headers of this library can only be Latin-1 text.
                    self._headers_buffer.append(b"Location: " + server.location.encode() + b"\r\n")  # type: ignore[attr-defined]
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_PUT = do_DELETE = _answer

            def log_message(self, *_words: object) -> None:
                pass

        self._server = ThreadingHTTPServer((address, 0), Handler)
        self._server.daemon_threads = True
        self.place = f"{address}:{self._server.server_address[1]}"
        self.url = f"http://{self.place}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def forgetful(self) -> Server:
        self.came.clear()
        self.answers.clear()
        self.location = ""
        return self

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def _server(address: str) -> Iterator[Server]:
    server = Server(address)
    try:
        yield server
    finally:
        server.close()


@pytest.fixture(scope="module")
def _servers() -> Iterator[tuple[Server, Server]]:
    with _server("127.0.0.1") as good, _server("127.0.0.2") as evil:
        yield good, evil


@pytest.fixture
def good(_servers: tuple[Server, Server]) -> Server:
    return _servers[0].forgetful()


@pytest.fixture
def evil(_servers: tuple[Server, Server]) -> Server:
    return _servers[1].forgetful()


def _run(operation: Operation, runtime: NullRuntime, *, check_mode: bool = False, **arguments: Any) -> dict[str, Any]:
    """The result of an operation with these arguments, without a token store."""
    given = {"token_store": "none", "retries": 0, "timeout": 10, **arguments}
    given.setdefault("auth_url", given["api_url"])
    return perform(operation, Context(params(operation.spec, given), runtime, check_mode=check_mode)).keys


def _attempts(good: Server, directory: Path) -> list[tuple[str, Operation, dict[str, Any]]]:
    """Every kind of request: calls, a login of each form, a stream, a download; with a token and with a key."""
    client = {"client_id": "c", "client_secret": "a-secret-of-the-good-server"}
    account = {"username": "u", "password": "a-password-of-the-good-server"}
    query = {"dataset": "0abcdefghijkl", "query": "a", "start": "-5m"}
    report = {"dest": str(directory / "report.csv"), "id": "7"}
    good.answers[REPORTS] = (200, b'{"content": [{"id": 7, "status": "COMPLETED"}]}')
    return [
        ("call with a token", grepr_request.OPERATION, {"path": "/v1/jobs", "access_token": TOKEN}),
        ("call with a key", grepr_request.OPERATION, {"path": "/v1/jobs", "api_key": KEY}),
        ("write", grepr_request.OPERATION, {"path": "/v1/jobs", "api_key": KEY, "method": "POST", "body": {"a": 1}}),
        ("call of GreyMatter", greymatter_request.OPERATION, {"path": "/x", "access_token": TOKEN}),
        ("login", grepr_token.OPERATION, client),
        ("form login", grepr_token.OPERATION, {**client, "token_request": "basic"}),
        ("login of GreyMatter", greymatter_token.OPERATION, account),
        ("login in the query", greymatter_token.OPERATION, {**account, "credentials_in": "query"}),
        ("stream with a token", grepr_query.OPERATION, {**query, "access_token": TOKEN}),
        ("stream with a key", grepr_query.OPERATION, {**query, "api_key": KEY}),
        ("download", greymatter_report.OPERATION, {**report, "access_token": TOKEN}),
    ]


@pytest.mark.parametrize("hostile", HOSTILE, ids=ascii)
def test_redirects_to_other_origins_receive_no_request(
    good: Server, evil: Server, runtime: NullRuntime, tmp_path: Path, hostile: str
) -> None:
    """Two servers, the first of which redirects every request: the second one receives no request, in any form."""
    good.location = _form(hostile, good.place, evil.place)
    if any(character in good.location for character in "\r\n"):
        pytest.skip("no header can hold it")
    for name, operation, arguments in _attempts(good, tmp_path):
        result = _run(operation, runtime, api_url=good.url, **arguments)
        assert evil.came == [], name
        assert result.get("failed"), name
        assert good.came, name
        assert name != "download" or f"GET {REPORTS.replace('find-by-page', 'download/7')}" in good.came
        good.came.clear()


def test_request_to_another_origin_is_not_sent(good: Server, evil: Server, open_session: OpenSession) -> None:
    """Immediately before a request is sent, its server is compared with the intended one."""
    session = open_session(retries=0)
    limits = StreamLimits(idle_timeout=5, total_timeout=5)
    for transport, more in ((session._transport, {}), (Transport(session.settings, streams=True), {"limits": limits})):
        prepared = transport.prepare("GET", f"http://{evil.place}\\@{good.place}/x")
        for meant in (good.url, f"http://localhost:{evil.place.rpartition(':')[2]}", evil.url.replace("http", "https")):
            with pytest.raises(GreyopsError, match="would have gone to another server"):
                transport.send(prepared, urls.parse_origin(meant), **more)
        assert evil.came == []
        assert transport.send(prepared, urls.parse_origin(evil.url), **more).status == 200
        assert len(evil.came) == 1
        evil.came.clear()


def test_redirect_error_names_the_target_without_user_info(good: Server, runtime: NullRuntime) -> None:
    good.location = r"http://127.0.0.2:9002\@127.0.0.1:9001/collect?q=hunter2"
    message = _run(grepr_request.OPERATION, runtime, api_url=good.url, path="/v1/jobs", api_key=KEY)["msg"]
    assert r"was redirected to http://127.0.0.2:9002\@127.0.0.1:9001/collect," in message
    good.location = "http://user:hunter2@127.0.0.2:9002/collect"
    other = _run(grepr_request.OPERATION, runtime, api_url=good.url, path="/v1/jobs", api_key=KEY)["msg"]
    assert "was redirected to http://127.0.0.2:9002/collect," in other
    assert "hunter2" not in message + other


@pytest.mark.parametrize("climbing", ["..", ".", "%2e%2E", "../roles", "..;"])
def test_id_with_dot_segments_sends_nothing(good: Server, runtime: NullRuntime, climbing: str) -> None:
    """Wherever a value becomes a part of a path, in both services."""
    key = {"api_key": KEY}
    absent = {"id": climbing, "state": "absent", **key}
    tasks: list[tuple[Operation, dict[str, Any]]] = [
        (grepr_team.OPERATION, absent),
        (grepr_dataset.OPERATION, absent),
        (grepr_template.OPERATION, absent),
        (grepr_service_account.OPERATION, absent),
        (grepr_integration.OPERATION, {"type": "datadog", **absent}),
        (grepr_job_info.OPERATION, {"id": [climbing], "version": 1, **key}),
        (greymatter_print_ready.OPERATION, {"external_service_request_id": climbing, "access_token": TOKEN}),
    ]
    for operation, arguments in tasks:
        result = _run(operation, runtime, api_url=good.url, **arguments)
        assert "cannot stand in a path" in result["msg"], (operation.spec.options.keys(), result)
    assert good.came == []


def test_server_value_with_dot_segments_sends_nothing(good: Server, runtime: NullRuntime) -> None:
    """Servers return ids too: without the check, deleting the user .. of a team would delete the team."""
    given = {"api_url": f"{good.url}/api", "api_key": KEY, "token_store": "none"}
    client = GREPR.open_client(Context(params(GREPR.spec, given), runtime))
    membership = Membership(ResourceLists(client), None, "api_key")
    membership.members = {"..": "MEMBER"}
    for team in ({"id": "t1", "name": "a"}, {"id": "..", "name": "a"}):
        with pytest.raises(OptionError, match="cannot stand in a path"):
            membership.apply(client, team, {})
    assert good.came == []


def test_403_through_a_proxy_names_the_proxy(
    good: Server, runtime: NullRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The response may be from the proxy; a bypassed proxy is not named."""
    good.answers["http://127.0.0.2:9/api/x"] = good.answers["/api/x"] = (403, b'{"message": "no"}')
    monkeypatch.setenv("HTTP_PROXY", f"http://walter:hunter2@{good.place}")
    key = {"path": "/x", "api_key": KEY}
    message = _run(grepr_request.OPERATION, runtime, api_url="http://127.0.0.2:9/api", **key)["msg"]
    assert f"through the proxy {good.url} (HTTP_PROXY), which may have refused it" in message
    assert "hunter2" not in message
    passed_by = _run(grepr_request.OPERATION, runtime, api_url=f"{good.url}/api", use_proxy=False, **key)["msg"]
    assert "HTTP 403" in passed_by
    assert "proxy" not in passed_by
