# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Network faults"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from ..support.canned_server import CannedServer, run_canned_server
from ..support.reliability_report import RecordMeasurement
from ..support.sandbox import CommandResult, Sandbox
from ..support.secret_search import SecretSearch
from ..support.simulator_client import CATALOG, GREPR_LOGIN, GREYMATTER_LOGIN, SimulatorClient

JOBS = "/api/v1/jobs"
TRIGGERS = "/api/v1/triggers"
ECHO = "/api/v1/echo"
TEXT = "/api/v1/text"
# Delay that a loaded machine may add to a timeout; the time to start a module is added to it.
GRACE = 4.0

BROKEN = "the connection broke before the answer was whole"
SILENT = "no answer within 1 s"
NO_HTTP = "what answers there does not speak proper HTTP"
NO_JSON = "where JSON was expected. Check that the URL is the API's own and not that of a web page or proxy"

# The simulator's fault for a request, and the text of the error.
FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "reset before the request": ({"cut": "before"}, f"{BROKEN} (Connection reset by peer). Check the server"),
    "reset after the request": ({"cut": "after"}, f"{BROKEN} (Connection reset by peer). Check the server"),
    "incomplete response": ({"cut": "during"}, f"{BROKEN}. Check the server and the network"),
    "one byte at a time": ({"drip": 0.2}, f"{SILENT}. Check that the server is working, or raise timeout"),
    "no response": ({"stall": True}, f"{SILENT}. Check that the server is working, or raise timeout"),
    "incomplete chunks": ({"chunk_stop": True}, f"{BROKEN}. Check the server and the network"),
    "invalid gzip": ({"gzip_lie": True}, "the answer is not compressed as it claims. Check the server"),
    "200 MB": ({"bytes": 200_000_000}, "the answer is larger than 64 MiB. Ask for less with filters"),
    "200 MB in 200 kB": ({"bytes": 200_000_000, "gzip": True}, "the answer is larger than 64 MiB. Ask for less"),
    "garbage": ({"raw": "SSH-2.0-OpenSSH_9.2\r\n"}, f"{NO_HTTP}. Check the URL's scheme, host and port"),
    "invalid status": ({"raw": "HTTP/1.1 FINE\r\n\r\n"}, NO_HTTP),
    "two lengths": ({"raw": "HTTP/1.1 200 OK\r\nContent-Length: 2, 3\r\n\r\n{}"}, NO_HTTP),
    "endless headers": ({"raw": "HTTP/1.1 200 OK\r\n", "endless": "X-More: x\r\n"}, NO_HTTP),
    "endless header": ({"raw": "HTTP/1.1 200 OK\r\nX-Long: ", "endless": "x"}, NO_HTTP),
    "endless 100 Continue": ({"endless": "HTTP/1.1 100 Continue\r\n\r\n"}, SILENT),
    "endless body": ({"raw": "HTTP/1.1 200 OK\r\n\r\n{", "endless": " "}, SILENT),
    "HTML page": ({"status": 200, "html": "<html><title>Sign in</title>"}, f"a body of type text/html, {NO_JSON}"),
    "invalid redirect": (
        {"redirect": "http://[", "status": 302},
        "which is not an unambiguous URL, so it is not followed. Check",
    ),
}
# These last until the timeout; the others have a longer timeout, so that a slow machine does not fail them.
LONG = ("one byte at a time", "no response", "endless 100 Continue", "endless body")


def _get_timeouts(fault: str) -> dict[str, Any]:
    return {"timeout": 1 if fault in LONG else 20, "retries": 0}


def _get_durations(sandbox: Sandbox) -> dict[str, float]:
    """Duration of each task of all runs in a sandbox, from the times in Ansible's log."""
    starts: list[tuple[str, float]] = []
    for line in sandbox.log.read_text(encoding="utf-8").splitlines():
        if found := re.match(r"(\S+ \S+?),(\d+) .*?\b(?:TASK \[(.*?)\]|PLAY RECAP) \*", line):
            at = datetime.fromisoformat(found.group(1)).timestamp() + int(found.group(2)) / 1000
            starts.append((found.group(3) or "", at))
    return {name: after - at for (name, at), (_next, after) in pairwise(starts)}


def _assert_clear(result: dict[str, Any], start: str, words: str) -> None:
    """Assert that the error is one line that begins with the request and suggests a solution."""
    message = result["msg"]
    assert message.startswith(f"{start} "), message
    assert words in message, message
    assert re.search(r"\b(Allow|Check|Ask|Name|Give|Set|Use|Renew|Have|must be|try again)\b", message), message
    assert "\n" not in message
    assert len(message) < 500, message
    assert (result["method"], result["url"]) == tuple(start.split())


def _assert_resilient(sandbox: Sandbox, run: CommandResult) -> None:
    """Assert that no traceback, no internal error and no secret was shown or logged."""
    search = SecretSearch()
    for name, value in sandbox.logins().items():
        if name.endswith(("SECRET", "PASSWORD")):
            search.add(name, value)
    search.add_tokens(sandbox.simulator.issued_tokens())
    shown = run.output + sandbox.log.read_text(encoding="utf-8")
    assert search.find_in(shown.encode()) == {}
    assert "Traceback" not in shown
    assert "A fault in greyops.rest" not in shown


def _login_of_both(sandbox: Sandbox) -> None:
    good = [{"name": name, f"greyops.rest.{name}_token": {}} for name in ("grepr", "greymatter")]
    sandbox.play(good).assert_success(2)


# --- server faults


@pytest.mark.slow
@pytest.mark.parametrize("more", [{}, {"become": True}], ids=["worker", "module process"])
@pytest.mark.parametrize("place", ["logins", "calls"])
def test_faults(
    sandbox: Sandbox,
    simulator: SimulatorClient,
    record_measurement: RecordMeasurement,
    place: str,
    more: dict[str, Any],
) -> None:
    """18 server faults, in turn, at the APIs or at their token endpoints: each is reported in one clear sentence within
    the timeout, and later requests succeed."""
    modules: dict[str, tuple[str, str, dict[str, Any]]] = {
        "logins": (
            ("grepr_token", f"POST {simulator.http}{GREPR_LOGIN}", {"state": "refreshed"}),
            ("greymatter_token", f"POST {simulator.http}{GREYMATTER_LOGIN}", {"state": "refreshed"}),
        ),
        "calls": (
            ("grepr_job_info", f"GET {simulator.http}{JOBS}", {}),
            ("greymatter_catalog_info", f"GET {simulator.http}{CATALOG}", {}),
        ),
    }[place]  # type: ignore[assignment]
    if place == "calls":
        _login_of_both(sandbox)
    tasks = []
    expected = {}
    for fault, (action, words) in FAULTS.items():
        for module, start, options in modules:
            # Each request of the run meets the next fault, so an unexpected request is detected.
            simulator.fault(start.partition(simulator.http)[2], action, times=1)
            name = f"{fault}, {module}"
            expected[name] = (start, words, fault)
            tasks.append(
                {
                    "name": name,
                    f"greyops.rest.{module}": {**options, **_get_timeouts(fault)},
                    "ignore_errors": True,
                    **more,
                }
            )
    later = [
        {"name": f"later {module}", f"greyops.rest.{module}": options, **more} for module, _start, options in modules
    ]
    run = sandbox.play([*tasks, *later], "-vvv")
    seconds = _get_durations(sandbox)
    assert run.status == 0, run.output
    for name, (start, words, fault) in expected.items():
        _assert_clear(run.get_result(name), start, words)
        most = _get_timeouts(fault)["timeout"] + GRACE + 2 * seconds[f"later {name.rpartition(' ')[2]}"]
        assert seconds[name] < most, (name, seconds[name])
        assert run.get_result(name)["api"]["retries"] == 0
    for module, start, _options in modules:
        assert "failed" not in run.get_result(f"later {module}"), run.output
        path = start.partition(simulator.http)[2]
        # The logins before the faulty calls are not counted.
        assert len(simulator.requests(path)) == len(FAULTS) + 1
    _assert_resilient(sandbox, run)
    slowest = max(seconds[name] for name in expected)
    long = max(seconds[name] - 1 for name, (*_rest, fault) in expected.items() if fault in LONG)
    record_measurement(f"{len(expected)} failed tasks, {len(expected)} clear sentences, no unexpected retry")
    record_measurement(f"the slowest {slowest:.1f} s; at most {long:.1f} s over a timeout of 1 s")


@pytest.mark.slow
def test_retries_respect_the_timeout(
    sandbox: Sandbox, simulator: SimulatorClient, record_measurement: RecordMeasurement
) -> None:
    """An unresponsive server, `timeout: 1`, `retries: 1`: reads and logins are sent twice, and time out twice."""
    for path in (GREPR_LOGIN, CATALOG):
        simulator.fault(path, {"stall": True})
    patience = {"timeout": 1, "retries": 1}
    tasks = [
        {"name": "login", "greyops.rest.grepr_job_info": patience, "ignore_errors": True},
        {"name": "call", "greyops.rest.greymatter_catalog_info": patience, "ignore_errors": True},
    ]
    run = sandbox.play(tasks, "-vvv")
    seconds = _get_durations(sandbox)
    for name, start in (("login", f"POST {simulator.http}{GREPR_LOGIN}"), ("call", f"GET {simulator.http}{CATALOG}")):
        _assert_clear(run.get_result(name), start, SILENT)
        assert run.get_result(name)["api"]["retries"] == 1
        assert 2 <= seconds[name] < 2 + 1 + GRACE
    assert (simulator.logins("grepr"), len(simulator.requests(CATALOG))) == (2, 2)
    _assert_resilient(sandbox, run)
    record_measurement(f"2 requests each; {seconds['login']:.1f} s and {seconds['call']:.1f} s with the wait between")


@pytest.mark.slow
def test_process_continues_after_faults(
    sandbox: Sandbox, simulator: SimulatorClient, record_measurement: RecordMeasurement
) -> None:
    """A loop in one process in which each second item is interrupted in a different way: the items between them
    succeed."""
    broken = [fault for fault in FAULTS if fault not in ("HTML page",)]
    for fault in broken:
        simulator.fault(TEXT, FAULTS[fault][0], times=1)
    items = [path for fault in broken for path in (f"/v1/text?{_get_timeouts(fault)['timeout']}", "/v1/echo?20")]
    task = {
        "name": "items",
        "greyops.rest.grepr_request": {
            "path": "{{ item.split('?')[0] }}",
            "timeout": "{{ item.split('?')[1] | int }}",
            "retries": 0,
        },
        "loop": items,
        "ignore_errors": True,
    }
    run = sandbox.play([task])
    events = [event.event for event in run.events if event.event.startswith("item")]
    assert events == ["item failed", "item ok"] * len(broken), run.output
    assert (simulator.grants(), len(simulator.requests(ECHO))) == (1, len(broken))
    record_measurement(f"{len(broken)} interrupted items, {len(broken)} successful ones, 1 grant")


# --- requests that are sent only once


@pytest.mark.slow
def test_post_that_may_have_arrived(
    sandbox: Sandbox, simulator: SimulatorClient, record_measurement: RecordMeasurement
) -> None:
    """A POST that may have arrived is sent once, for any fault, over http and https and with `retries: 3`, and the
    error says so."""
    faults: dict[str, dict[str, Any]] = {
        **{name: FAULTS[name][0] for name in FAULTS if name not in ("HTML page", "invalid redirect")},
        **{f"status {status}": {"status": status, "headers": {"Retry-After": "0"}} for status in (500, 502, 503, 504)},
    }
    _login_of_both(sandbox)
    gateway = "/api-gateway/simulator/echo"
    over_tls = {"api_url": f"{simulator.https}/api", "auth_url": simulator.http, "ca_path": simulator.ca_path}
    posts: dict[str, tuple[str, dict[str, Any]]] = {
        "grepr_trigger": (TRIGGERS, {"job_id": "j", "rule_engine": "r", "trigger_id": "t"}),
        "grepr_request": (ECHO, {"method": "POST", "path": "/v1/echo", "body": {"a": 1}, **over_tls}),
        "greymatter_request": (gateway, {"method": "POST", "path": gateway, "body": {"a": 1}}),
    }
    tasks = []
    for name, action in faults.items():
        patience = {"timeout": _get_timeouts(name)["timeout"], "retries": 3}
        for module, (path, options) in posts.items():
            # The response to a trigger has no body, so body faults do not apply.
            if module != "grepr_trigger" or name not in ("incomplete response", "one byte at a time", "invalid gzip"):
                simulator.fault(path, action, times=1)
                tasks.append({"name": f"{name}, {module}", f"greyops.rest.{module}": {**options, **patience}})
    run = sandbox.play([{**task, "ignore_errors": True} for task in tasks], "-vvv")
    assert len(run.failed) == len(tasks), run.output
    for task in tasks:
        result = run.get_result(task["name"])
        assert "may have been carried out: look before you send it again" in result["msg"]
        assert (result["api"]["calls"], result["api"]["retries"]) == (1, 0)
    arrived = sum(len(simulator.requests(path)) for path, _options in posts.values())
    assert arrived == len(tasks)
    _assert_resilient(sandbox, run)
    record_measurement(f"{len(tasks)} POSTs in {len(faults)} kinds of fault, {arrived} arrived")


def test_post_that_cannot_have_arrived(
    sandbox: Sandbox, simulator: SimulatorClient, record_measurement: RecordMeasurement
) -> None:
    """A POST whose connection was not established is retried, and its error does not say that it may have arrived."""
    _login_of_both(sandbox)
    with run_canned_server() as gone:
        url = gone.url()
    options = {"method": "POST", "path": "/v1/echo", "api_url": f"{url}/api", "retries": 2}
    run = sandbox.play([{"name": "ask", "greyops.rest.grepr_request": options}])
    _assert_clear(
        run.get_result("ask"), f"POST {url}/api/v1/echo", "the connection was refused. Check the URL, and that"
    )
    assert "carried out" not in run.get_result("ask")["msg"]
    assert run.get_result("ask")["api"]["retries"] == 2
    record_measurement("3 attempts, 2 of them retries")


# --- TLS


@contextmanager
def _addresses(simulator: SimulatorClient) -> Iterator[dict[str, tuple[str, dict[str, Any], str]]]:
    """Addresses without a working TLS connection: the URL, options, and the text of the error."""
    ca = {"ca_path": simulator.ca_path}
    info = simulator.ready_info
    hello = b"\x16\x03\x03\x40\x00" + bytes(600)
    with run_canned_server() as gone:
        unreachable = gone.url("https")
    with (
        run_canned_server() as closing,
        run_canned_server(hello, pause=0.1) as slow,
        run_canned_server(b"HTTP/1.1 200 OK\r\n\r\n") as plain,
    ):
        by_http = simulator.https.replace("https:", "http:")
        yield {
            "untrusted": (
                simulator.https,
                {},
                "is not trusted (unable to get local issuer certificate). Set ca_path to",
            ),
            "expired": (
                info["https_expired"],
                ca,
                "certificate is out of date (certificate has expired). Renew it",
            ),
            "another name": (info["https_wrong_host"], ca, "certificate is for another name (IP address mismatch, "),
            "no client certificate": (info["https_client_required"], ca, "client certificate"),
            "plain http": (plain.url("https"), ca, "there does not speak TLS (WRONG_VERSION_NUMBER). Check the URL's"),
            "slow handshake": (slow.url("https"), {**ca, "timeout": 1}, "no connection within 1 s. Check the URL"),
            "closed at once": (closing.url("https"), ca, "connection"),
            "https by http": (by_http, {}, "the connection broke before the answer was whole. Check the server"),
            "refused": (unreachable, ca, "the connection was refused. Check the URL, and that the server runs"),
        }


def test_tls(sandbox: Sandbox, simulator: SimulatorClient, record_measurement: RecordMeasurement) -> None:
    """Certificates that are untrusted, expired or for another name, a missing client certificate, a slow handshake, a
    server without TLS, and a closed port, at logins and calls: each error names the cause."""
    _login_of_both(sandbox)
    before = len(simulator.requests())
    expected = {}
    tasks = []
    with _addresses(simulator) as addresses:
        for fault, (url, options, words) in addresses.items():
            patience = {"timeout": 20, "retries": 0, **options}
            places = {
                "grepr_token": (f"POST {url}{GREPR_LOGIN}", {"state": "refreshed", "auth_url": url}),
                "grepr_job_info": (f"GET {url}{JOBS}", {"api_url": f"{url}/api", "auth_url": simulator.http}),
                "greymatter_token": (f"POST {url}{GREYMATTER_LOGIN}", {"state": "refreshed", "auth_url": url}),
                "greymatter_catalog_info": (f"GET {url}{CATALOG}", {"api_url": url, "auth_url": simulator.http}),
            }
            for module, (start, own) in places.items():
                name = f"{fault}, {module}"
                expected[name] = (start, words, patience["timeout"])
                tasks.append({"name": name, f"greyops.rest.{module}": {**patience, **own}, "ignore_errors": True})
        later = [{"name": "later", "greyops.rest.grepr_token": {"state": "refreshed"}}]
        run = sandbox.play([*tasks, *later], "-vvv")
    seconds = _get_durations(sandbox)
    for name, (start, words, timeout) in expected.items():
        _assert_clear(run.get_result(name), start, words)
        assert seconds[name] < timeout + GRACE
    assert run.get_result("later")["changed"]
    # No request reached an application: no credential was sent.
    assert len(simulator.requests()) == before + 1
    _assert_resilient(sandbox, run)
    record_measurement(
        f"{len(expected)} failed tasks, {len(expected)} clear sentences, 0 requests that reached a server"
    )


# --- proxies


def _build_page(status: str, title: str, headers: str = "") -> bytes:
    page = f"<html><head><title>{title}</title></head><body>{'<p>words</p>' * 50}</body></html>"
    return (
        f"HTTP/1.1 {status}\r\nContent-Type: text/html\r\nContent-Length: {len(page)}\r\n{headers}\r\n{page}".encode()
    )


WANTS_LOGIN = _build_page("407 Proxy Authentication Required", "Login", 'Proxy-Authenticate: Basic realm="p"\r\n')
TUNNELS: dict[str, tuple[CannedServer, str]] = {
    "407": (
        CannedServer(WANTS_LOGIN),
        "requires a login, or refused the one it received (HTTP 407). Give the proxy's login in",
    ),
    "403": (
        CannedServer(_build_page("403 Forbidden", "No")),
        "refused to connect to the server (HTTP 403). Allow the host",
    ),
    "HTML page": (CannedServer(_build_page("200 OK", "Sign in")), "the proxy if one is used"),
    "garbage": (
        CannedServer(b"hello\r\n\r\n"),
        f"{NO_HTTP}. Check the URL's scheme, host and port, and the proxy if one",
    ),
    "one byte at a time": (
        CannedServer(b"HTTP/1.1 200 " + b"x" * 600, 0.1),
        "no connection within 2 s. Check the URL, the network",
    ),
    "endless headers": (CannedServer(b"HTTP/1.1 200 OK\r\n", 0, b"X-More: x\r\n" * 99), "the proxy if one is used"),
}
PLAIN: dict[str, tuple[CannedServer, str]] = {
    "407": (
        CannedServer(WANTS_LOGIN),
        "Required: Login. That is the proxy's answer, not the server's. Give the proxy's",
    ),
    "HTML page": (CannedServer(_build_page("200 OK", "Sign in")), f"a body of type text/html, {NO_JSON}"),
    "503": (
        CannedServer(_build_page("503 Service Unavailable", "Blocked")),
        "failed with HTTP 503 Service Unavailable: Blocked. ",
    ),
    "portal": (CannedServer(_build_page("302 Found", "x", "Location: http://portal.invalid/\r\n")), "redirected to "),
    "one byte at a time": (
        CannedServer(b"HTTP/1.1 200 " + b"x" * 600, 0.1),
        "no answer within 2 s. Check that the server is working",
    ),
}


@pytest.mark.parametrize(
    ("scheme", "faults"),
    [pytest.param("https", TUNNELS, marks=pytest.mark.slow), ("http", PLAIN)],
    ids=["https", "http"],
)
def test_proxies(
    sandbox: Sandbox,
    simulator: SimulatorClient,
    record_measurement: RecordMeasurement,
    scheme: str,
    faults: dict[str, tuple[CannedServer, str]],
) -> None:
    """A proxy that answers with 407, 403, an HTML page, invalid data, a slow response or an endless one, at the login
    and at the call: the error describes the response of the proxy and does not show the rejected credentials."""
    _login_of_both(sandbox)
    user_info = "walter:pr0xypassword0123456789"
    url = f"{scheme}://api.example.invalid"
    places = {
        "grepr_token": (f"POST {url}{GREPR_LOGIN}", {"state": "refreshed", "auth_url": url}),
        "grepr_job_info": (f"GET {url}{JOBS}", {"api_url": f"{url}/api", "auth_url": simulator.http}),
    }
    tasks, expected = [], {}
    with ExitStack() as stack:
        proxies = {
            fault: stack.enter_context(run_canned_server(canned.answer, pause=canned.pause, endless=canned.endless))
            for fault, (canned, _words) in faults.items()
        }
        for fault, (_rude, words) in faults.items():
            patience = {"timeout": 2, "retries": 0, "allow_http": True}
            for module, (start, own) in places.items():
                name = f"{fault}, {module}"
                expected[name] = (start, words)
                tasks.append(
                    {
                        "name": name,
                        f"greyops.rest.{module}": {**patience, **own},
                        "environment": {f"{scheme.upper()}_PROXY": f"{{{{ proxies['{fault}'] }}}}"},
                        "ignore_errors": True,
                    }
                )
        env = {**sandbox.get_addresses(), **sandbox.logins(), "NO_PROXY": "127.0.0.1"}
        # A literal in the play would be shown by Ansible, which prints the lines around a failed task.
        urls = {"proxies": {fault: proxy.url(user_info=user_info) for fault, proxy in proxies.items()}}
        run = sandbox.play(tasks, "-vvv", sandbox.variables("proxies.yml", urls), env=env)
        seconds = _get_durations(sandbox)
        for name, (start, words) in expected.items():
            _assert_clear(run.get_result(name), start, words)
            assert seconds[name] < 2 + GRACE, (name, seconds[name])
        assert all(len(proxy.requests) == 2 for proxy in proxies.values())
    assert "pr0xy" not in run.output
    _assert_resilient(sandbox, run)
    record_measurement(
        f"{len(expected)} failed tasks, {len(expected)} clear sentences, the slowest {max(seconds.values()):.1f} s"
    )


# --- memory


class _MemoryPeak:
    """The largest resident set size of any process of a run, as measured by the kernel."""

    def __init__(self, root: int) -> None:
        self.megabytes = 0.0
        self._root = root
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self) -> _MemoryPeak:
        self._thread.start()
        return self

    def __exit__(self, *_what: object) -> None:
        self._end.set()
        self._thread.join()

    def _sample(self) -> None:
        while not self._end.wait(0.02):
            parents = {}
            marks = {}
            for status in Path("/proc").glob("[0-9]*/status"):
                try:
                    fields = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
                except OSError:
                    continue  # the process has ended
                process = int(status.parent.name)
                parents[process] = int(fields["PPid"])
                marks[process] = int(fields.get("VmHWM", "0 kB").split()[0]) / 1024
            for process, mark in marks.items():
                if mark > self.megabytes and self._is_ours(process, parents):
                    self.megabytes = mark

    def _is_ours(self, process: int, parents: dict[int, int]) -> bool:
        while process in parents and process != self._root:
            process = parents[process]
        return process == self._root


def _measure_peak(sandbox: Sandbox, tasks: list[dict[str, Any]]) -> tuple[CommandResult, float]:
    running = sandbox.start_playbook([{"tasks": [{**task, "ignore_errors": True} for task in tasks]}])
    with _MemoryPeak(running.process.pid) as peak:
        return running.wait(), peak.megabytes


@pytest.mark.slow
@pytest.mark.parametrize("more", [{}, {"become": True}], ids=["worker", "module process"])
def test_memory(
    sandbox: Sandbox, simulator: SimulatorClient, record_measurement: RecordMeasurement, more: dict[str, Any]
) -> None:
    """200 MB, plain and compressed to 200 kB, as a response to a login and to a call, and as the body of a redirect: no
    process uses more than 160 MB above the usage for small responses."""
    tasks = [
        {"name": f"{module} {number}", f"greyops.rest.{module}": {"retries": 0, **options}, **more}
        for number in range(3)
        for module, options in (("grepr_job_info", {}), ("greymatter_token", {"state": "refreshed"}))
    ]
    # A refresh that fails would be followed by a login.
    simulator.switch(greymatter={"refresh": "off"})
    _small, usual = _measure_peak(sandbox, tasks)
    page = "HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 200000000\r\n\r\n"
    actions: list[dict[str, Any]] = [
        {"bytes": 200_000_000}, {"bytes": 200_000_000, "gzip": True}, {"raw": page, "endless": "x" * 65536}
    ]  # fmt: skip
    for action in actions:
        for path in (JOBS, GREYMATTER_LOGIN):
            simulator.fault(path, action, times=1)
    run, peak = _measure_peak(sandbox, tasks)
    assert [result.result["msg"].count("larger than 64 MiB") for result in run.results] == [1] * 6, run.output
    assert peak - usual < 160, (usual, peak)
    record_measurement(f"at most {peak:.0f} MB, {peak - usual:.0f} MB more than for small answers")
