# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The doctor checks each step of the path to an API and shows what to do next."""

from __future__ import annotations

import json
import os
import socket
import stat
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ..support.canned_server import run_canned_server
from ..support.proxy import run_proxy
from ..support.redis_server import run_redis
from ..support.sandbox import WORKER_AND_MODULE, CommandResult, Sandbox
from ..support.simulator_client import CATALOG, GREPR_LOGIN, GREYMATTER_LOGIN, SimulatorClient

SOFTWARE = ["user", "software"]
NETWORK_CHECKS = ["token store", "proxy", "name", "connection"]
RESPONSE_CHECKS = ["login", "first call", "clock"]
# Of Grepr alone: its manifest is compared with auth_url.
SERVER = ["login server"]
PROXY_PASSWORD = "pr0xy%40word"


@dataclass(frozen=True)
class Case:
    """A change of the doctor's options or environment, and the one finding that is not ok: check, status, detail and
    advice."""

    options: dict[str, Any]
    check: str
    detail: str
    advice: str
    status: str = "fail"
    # The other findings about the service, in this order, besides its options.
    before: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)
    task: dict[str, Any] = field(default_factory=dict)


def _build_doctor_task(options: Mapping[str, Any], **task: Any) -> dict[str, Any]:
    return {"greyops.rest.doctor": {"details": True, **options}, "ignore_errors": True, **task}


def _get_check_names(result: Mapping[str, Any], service: str) -> list[str]:
    found = [finding["check"] for finding in result["findings"] if finding["service"] == service]
    return [check for check in found if check != "option"]


def _assert_complete(sandbox: Sandbox, run: CommandResult, *secrets: str) -> None:
    """Assert what is true of every report, and that no secret was shown."""
    assert "Traceback" not in run.output
    given = sandbox.credentials
    for secret in (given.client_secret, given.password, given.api_key, *sandbox.simulator.issued_tokens(), *secrets):
        assert secret not in run.output
        for event in run.results:
            assert secret not in json.dumps(event.result, ensure_ascii=False)
    for event in run.results:
        findings = event.result["findings"]
        assert all(bool(finding["advice"]) == (finding["status"] != "ok") for finding in findings), findings
        fails = [finding for finding in findings if finding["status"] == "fail"]
        assert (event.event == "failed") == bool(fails) == (not event.result["healthy"])
        assert all(fail["advice"] in event.result["msg"] for fail in fails)
        assert len(event.result["report"]) == len(findings)
        assert all(line.startswith(("ok ", "warn ", "fail ")) for line in event.result["report"])


def _assert_cases(
    sandbox: Sandbox, cases: Mapping[str, Case], more: Mapping[str, Any], *arguments: str, secrets: tuple[str, ...] = ()
) -> None:
    """Run each case as a task of one play, with a separate store, and assert one finding that is not ok."""
    tasks = []
    for name, case in cases.items():
        options = {"service": ["grepr"], "token_store_path": str(sandbox.path / "stores" / name), **case.options}
        tasks.append({"name": name, **_build_doctor_task(options, **more, **case.task)})
    run = sandbox.play(tasks, "-vvvv", *arguments)
    for name, case in cases.items():
        result = run.get_result(name)
        (found,) = [
            finding for finding in result["findings"] if finding["status"] != "ok" and finding["check"] not in SERVER
        ]
        assert (found["check"], found["status"]) == (case.check, case.status), (name, found)
        assert case.detail in found["detail"], (name, found)
        assert case.advice in found["advice"], (name, found)
        if case.before or case.after:
            assert _get_check_names(result, "grepr") == [*case.before, case.check, *case.after], name
    _assert_complete(sandbox, run, *secrets)


def _select_cases(cases: dict[str, Case], more: Mapping[str, Any], *names: str) -> dict[str, Case]:
    """A process for each case takes time: these cases are sufficient there."""
    return {name: cases[name] for name in names} if more else cases


# --- healthy configuration


@WORKER_AND_MODULE
def test_healthy_configuration(sandbox: Sandbox, simulator: SimulatorClient, more: dict[str, Any]) -> None:
    """All steps in the order of a first call, one login and one call for each API; no login in the next run."""
    tasks = [{"name": name, **_build_doctor_task({}, **more)} for name in ("first", "second")]
    checking = {"name": "checking", **_build_doctor_task({}, **more), "check_mode": True}
    run = sandbox.play([*tasks, checking])
    run.assert_success(3)
    _assert_complete(sandbox, run)
    first, second, third = (run.get_result(name) for name in ("first", "second", "checking"))
    for service in ("grepr", "greymatter"):
        assert _get_check_names(first, service) == [
            *NETWORK_CHECKS,
            *RESPONSE_CHECKS,
            *(SERVER if service == "grepr" else []),
        ]
        assert "logged in at" in _get_detail(first, service, "login")
        assert "used a stored token" in _get_detail(second, service, "login")
        assert _get_detail(second, service, "login") == _get_detail(third, service, "login")
    assert _get_check_names(first, "host") == SOFTWARE
    assert first["msg"] == f"All {len(first['findings'])} checks passed, 0 of them with a warning."
    assert not first["changed"]
    calls = simulator.counters()["calls"]
    assert calls == {
        f"POST {GREPR_LOGIN}": 1,
        f"POST {GREYMATTER_LOGIN}": 1,
        "GET /api/v1/jobs": 3,
        "GET /api/v1/manifest": 3,
        f"GET {CATALOG}": 3,
    }
    origins = [finding["detail"] for finding in first["findings"] if finding["check"] == "option"]
    assert f"api_url = {simulator.http}/api, from GREPR_API_BASE_URL" in origins
    assert "client_secret = ********, from GREPR_CLIENT_SECRET" in origins
    assert "auth = password" in origins
    versions = _get_detail(first, "host", "software")
    assert f"Python {sys.version.split()[0]} ({sys.executable})" in versions
    for library in ("ansible-core", "requests", "cryptography"):
        assert f"{library} " in versions


def _get_detail(result: Mapping[str, Any], service: str, check: str) -> str:
    (detail,) = [
        finding["detail"]
        for finding in result["findings"]
        if (finding["service"], finding["check"]) == (service, check)
    ]
    return str(detail)


def test_shared_options_select_no_service(sandbox: Sandbox, simulator: SimulatorClient) -> None:
    """Credentials of one API and an option that both services have: only that API is checked."""
    logins = {name: value for name, value in sandbox.logins().items() if name.startswith("GREPR_")}
    addresses = {name: value for name, value in sandbox.get_addresses().items() if name.startswith("GREPR_")}
    run = sandbox.play([{"name": "examine", **_build_doctor_task({"timeout": 5})}], env={**addresses, **logins})
    run.assert_success(1)
    assert {finding["service"] for finding in run.get_result("examine")["findings"]} == {"host", "grepr"}


def test_worker_and_process_results_match(sandbox: Sandbox, simulator: SimulatorClient) -> None:
    """In the worker, as another user and with async, with the variables of the play and of a task."""
    own = {"grepr": {"client_id": sandbox.credentials.client_id, "client_secret": sandbox.credentials.client_secret}}
    modes: dict[str, dict[str, Any]] = {
        "worker": {},
        "become": {"become": True},
        "async": {"async": 60, "poll": 1},
    }
    variables = {"GREPR_API_KEY": sandbox.credentials.api_key, "GREYMATTER_USERNAME": sandbox.credentials.username}
    tasks = [{"name": "before", **_build_doctor_task({})}]
    tasks += [
        {"name": name, **_build_doctor_task(own), "environment": variables, **keywords}
        for name, keywords in modes.items()
    ]
    # The file store of a home that was moved: the same in an async job of the same user.
    env = {**sandbox.get_addresses(), **sandbox.logins(), "ANSIBLE_HOME": str(sandbox.path / "moved")}
    env["GREYOPS_TOKEN_STORE_PATH"] = ""
    run = sandbox.play(tasks, env=env)
    run.assert_success(4)
    worker = run.get_result("worker")
    for name in ("report", "msg", "api"):
        assert run.get_result("async")[name] == worker[name]
    # Another user has a separate store; the rest is the same.
    differing = {*run.get_result("become")["report"]} ^ {*worker["report"]}
    assert {line.split()[2] for line in differing} <= {"token", "login"}
    assert any(line.endswith("GREPR_API_KEY is set, but not used") for line in worker["report"])
    assert any(line.endswith("from the arguments") for line in worker["report"])


def test_ad_hoc_without_configuration(sandbox: Sandbox) -> None:
    """Without configuration the report lists what each service requires; with one service configured, only that one is
    checked."""
    ended = sandbox.start_ad_hoc("greyops.rest.doctor", env={}).wait()
    result = _parse_output(ended)
    assert ended.status == 2
    assert [line.split()[0] for line in result["report"]] == ["ok", "ok", "fail", "fail"]
    assert "GREPR_CLIENT_SECRET" in result["report"][2]
    assert "GREYMATTER_PASSWORD" in result["report"][3]
    half = sandbox.start_ad_hoc("greyops.rest.doctor", env={"GREYMATTER_API_URL": "https://127.0.0.1:1"}).wait()
    assert "GREPR" not in half.output
    assert "api_url = https://127.0.0.1:1, from GREYMATTER_API_URL" not in half.output
    assert "GREYMATTER_API_URL is set" in half.output
    assert '"findings"' not in half.output
    assert "No credentials were given" in half.output
    options = f"service=greymatter details=true token_store=none timeout=5 ca_path={sandbox.simulator.ca_path}"
    env = {**sandbox.get_addresses(sandbox.simulator.https), **sandbox.logins()}
    one = sandbox.start_ad_hoc("greyops.rest.doctor", "-a", options, env=env).wait()
    assert one.status == 0, one.output
    checks = _get_check_names(_parse_output(one), "greymatter")
    assert checks == [*NETWORK_CHECKS, "TLS", *RESPONSE_CHECKS]


def test_ad_hoc_output_is_short(sandbox: Sandbox) -> None:
    """With both services and the default callback; a line for the options and one for the network of each service."""
    env = {**sandbox.get_addresses(), **sandbox.logins()}
    short = sandbox.start_ad_hoc("greyops.rest.doctor", env=env).wait()
    assert short.status == 0, short.output
    assert len(short.output.splitlines()) < 30
    result = _parse_output(short)
    assert "findings" not in result
    lines = [line.split()[:4] for line in result["report"] if " greymatter " in line]
    assert [line[2] for line in lines] == ["options", "token", "network", "login", "first", "clock"]
    report = "\n".join(result["report"])
    for part in ("username = ", "; auth = password", "network      proxy: none; name: 127.0.0.1 is an address; conn"):
        assert part in report
    full = _parse_output(sandbox.start_ad_hoc("greyops.rest.doctor", "-a", "details=true", env=env).wait())
    assert len(full["report"]) == len(full["findings"]) > len(result["report"])


def _parse_output(run: CommandResult) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(run.output[run.output.index("=> {") + 3 :])
    return document


# --- failures


@WORKER_AND_MODULE
def test_invalid_options(sandbox: Sandbox, simulator: SimulatorClient, more: dict[str, Any]) -> None:
    """Wrong names, ports, schemes, certificates and credentials: the failed step and the advice."""
    secure = {"api_url": f"{simulator.https}/api", "auth_url": simulator.https}
    closed = "https://127.0.0.1:1"
    trusting = {"ca_path": simulator.ca_path}
    cases = {
        "secret": Case(
            {"grepr": {"client_secret": "mistaken"}},
            "login",
            "HTTP 401",
            "client_secret",
            before=NETWORK_CHECKS,
            after=SERVER,
        ),
        "key": Case(
            {"grepr": {"api_key": "mistaken"}},
            "first call",
            "HTTP 401",
            "Check the credential",
            before=["token store", "login", "proxy", "name", "connection"],
        ),
        "name": Case(
            {"grepr": {"api_url": "https://nobody.example.invalid"}},
            "name",
            "nobody.example.invalid cannot be resolved",
            "the host name in the URL",
            before=[*NETWORK_CHECKS, "login", "proxy"],
        ),
        "label": Case({"grepr": {"api_url": f"https://{'a' * 64}.b"}}, "name", ".b cannot be resolved", "host name"),
        # The login is unreachable; the state of the API is reported as well.
        "login": Case(
            {"grepr": {"auth_url": closed}},
            "connection",
            "127.0.0.1:1 cannot be reached (Connection refused)",
            "firewall",
            before=NETWORK_CHECKS[:-1],
            after=[*NETWORK_CHECKS[1:], *SERVER],
        ),
        "plain http": Case({"grepr": {"auth_url": "http://a.invalid"}}, "TLS", "Refusing plain http", "Use https"),
        "authority": Case(
            {"grepr": secure},
            "TLS",
            "unable to get local issuer certificate, certificate for 127.0.0.1",
            "ca_path",
            before=NETWORK_CHECKS,
        ),
        "other name": Case(
            {"grepr": {**secure, "auth_url": simulator.ready_info["https_wrong_host"]}, **trusting},
            "TLS",
            "certificate for wrong-host.invalid, issued by ",
            "a name from the certificate",
        ),
        "expired": Case(
            {"grepr": {**secure, "auth_url": simulator.ready_info["https_expired"]}, **trusting},
            "TLS",
            "certificate has expired",
            "the clock of this host",
        ),
        "no TLS there": Case(
            {"grepr": {"auth_url": simulator.http.replace("http:", "https:")}},
            "TLS",
            "TLS handshake with 127.0.0.1 failed",
            "scheme and port",
        ),
        "unchecked": Case(
            {"grepr": secure, "validate_certs": False},
            "TLS",
            "not checked",
            "ca_path",
            status="warn",
            before=NETWORK_CHECKS,
            after=[*RESPONSE_CHECKS, *SERVER],
        ),
        "no certificates": Case(
            {"grepr": secure, "ca_path": __file__}, "TLS", "the certificates of ca_path cannot be used", "PEM"
        ),
        "no file": Case({"grepr": secure, "ca_path": "/nowhere"}, "TLS", "No such file", "can read"),
        "two ways": Case(
            {"grepr": {"api_key": "a-held-key", "access_token": "a-held-token"}},
            "options",
            "more than one way to authenticate",
            "choose with the option auth",
        ),
        "no such option": Case(
            {"grepr": {"pasword": "{{ other }}"}}, "options", "no option pasword", "The options are"
        ),
        "time": Case({"timeout": -1}, "options", "timeout must be", "Correct the options"),
        "no URL": Case(
            {"grepr": {"api_url": "grepr"}}, "options", "api_url is not a base URL", "Give it as https://host"
        ),
        "no store": Case(
            {"token_store": "none"}, "token store", "tokens are not stored", "file or redis", status="warn"
        ),
    }
    few = _select_cases(cases, more, "secret", "login", "other name", "unchecked", "no such option")
    variables = sandbox.variables("secrets.yml", {"other": "mistyped-word"})
    _assert_cases(sandbox, few, more, variables, secrets=("mistyped-word",))


@WORKER_AND_MODULE
def test_unexpected_responses(sandbox: Sandbox, simulator: SimulatorClient, more: dict[str, Any]) -> None:
    """Unexpected responses of APIs and logins: login and call are reported separately, and the clock is checked."""
    answers: dict[str, dict[str, Any]] = {
        "401": {"status": 401, "json": {"message": "no"}},
        "403": {"status": 403, "json": {"message": "Not for you. Really."}},
        "404": {"status": 404},
        "page": {"status": 200, "html": "<html><head><title>Please sign in</title></head></html>"},
        "429": {"status": 429, "headers": {"Retry-After": "200"}},
        "503": {"status": 503},
        "elsewhere": {"redirect": "https://example.com/login"},
        "broken": {"cut": "before"},
        "clock": {"status": 200, "json": {"items": []}, "headers": {"Date": "Tue, 01 Jan 2030 00:00:00 GMT"}},
        "quota": {"status": 403, "json": {"error_description": "Quota of tokens used up"}},
        "no token": {"status": 200, "json": {}},
    }
    for name, action in answers.items():
        simulator.fault(f"/sick/{name.replace(' ', '-')}", action)

    def call(name: str) -> dict[str, Any]:
        return {"grepr": {"api_url": f"{simulator.http}/sick/{name}/api"}}

    def login(name: str) -> dict[str, Any]:
        return {"grepr": {"auth_url": f"{simulator.http}/sick/{name}"}}

    logged_in = [*NETWORK_CHECKS, "login"]
    cases = {
        "401": Case(
            call("401"),
            "first call",
            "failed with HTTP 401 Unauthorized",
            "New tokens are refused as well, so no more are asked for in the next minute. Check that the credential",
            before=logged_in,
        ),
        "403": Case(call("403"), "first call", "Not for you. Really.", "may be narrowed", before=logged_in),
        "404": Case(call("404"), "first call", "HTTP 404", "Check api_url", before=logged_in),
        "page": Case(call("page"), "first call", "text/html", "web page or proxy", before=logged_in),
        "429": Case(call("429"), "first call", "asks to wait 200 s", "Try again later", before=logged_in),
        "503": Case(call("503"), "first call", "HTTP 503", "try again later", before=logged_in),
        "elsewhere": Case(call("elsewhere"), "first call", "redirected", "that server's address", before=logged_in),
        "broken": Case(call("broken"), "first call", "the connection broke", "Check the server", before=logged_in),
        "clock": Case(
            call("clock"),
            "clock",
            "s behind the server",
            "NTP",
            status="warn",
            before=[*logged_in, "first call"],
            after=SERVER,
        ),
        "quota": Case(
            login("quota"),
            "login",
            "Quota of tokens used up",
            "until its quota is renewed",
            before=NETWORK_CHECKS,
            after=SERVER,
        ),
        "no token": Case(
            login("no-token"), "login", "without a usable access_token", "auth_url", before=NETWORK_CHECKS, after=SERVER
        ),
    }
    _assert_cases(sandbox, _select_cases(cases, more, "401", "page", "clock", "quota"), more)


def test_greymatter(sandbox: Sandbox, simulator: SimulatorClient) -> None:
    """GreyMatter's password, prefix and routes, and a user-supplied token."""
    simulator.switch(greymatter={"prefix": "/gateway", "catalog_path": "/gateway/own"})
    token_less = {"access_token": "of-my-own", "path_prefix": "gateway"}
    options: dict[str, dict[str, Any]] = {
        "well": {"path_prefix": "/gateway", "routes": {"catalog": "own"}},
        "password": {"path_prefix": "/gateway", "password": "wrong", "username": sandbox.credentials.username},
        "prefix": {},
        "token": token_less,
    }
    tasks = [
        {"name": name, **_build_doctor_task({"service": ["greymatter"], "greymatter": case})}
        for name, case in options.items()
    ]
    run = sandbox.play(tasks, "-vvvv")
    _assert_complete(sandbox, run)
    assert [result.event for result in run.results] == ["ok", "failed", "failed", "failed"]
    assert _get_check_names(run.get_result("well"), "greymatter") == [*NETWORK_CHECKS, *RESPONSE_CHECKS]
    assert "/gateway/own answered HTTP 200" in _get_detail(run.get_result("well"), "greymatter", "first call")
    assert "Check username and password." in run.get_result("password")["msg"]
    assert _get_check_names(run.get_result("prefix"), "greymatter") == [*NETWORK_CHECKS, "login"]
    assert _get_check_names(run.get_result("token"), "greymatter") == [
        "token store",
        "login",
        *NETWORK_CHECKS[1:],
        "first call",
    ]
    assert "not needed" in _get_detail(run.get_result("token"), "greymatter", "login")


# --- proxies


def test_proxies(sandbox: Sandbox, simulator: SimulatorClient) -> None:
    """A proxy that works, is down, requires a login, returns an unexpected response, or has an invalid URL; and proxies
    that are not used."""
    options = {
        "grepr": {"api_url": f"{simulator.https}/api", "auth_url": simulator.https},
        "ca_path": simulator.ca_path,
    }
    login = f"walter:{PROXY_PASSWORD}"
    # The lines of a failed task are printed, so they must not contain a secret.
    urls: dict[str, str] = {}
    refusal = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"
    page = b"<html>Welcome to your router</html>"

    def behind(name: str, url: str, check: str, detail: str, advice: str, before: list[str]) -> Case:
        urls[name] = url
        environment = {"HTTPS_PROXY": f"{{{{ {name} }}}}"}
        return Case(options, check, detail, advice, before=before, task={"environment": environment})

    with run_proxy() as gone:
        down = gone.url(login)
    with run_proxy() as proxy, run_canned_server(refusal) as refusing, run_canned_server(page) as other:
        cases = {
            "down": behind("down", down, "connection", "Connection refused", "HTTPS_PROXY", NETWORK_CHECKS[:-1]),
            "login": behind(
                "wants", refusing.url(), "proxy", "HTTP 407", "the proxy's login in HTTPS_PROXY", NETWORK_CHECKS
            ),
            "page": behind("page", other.url(), "proxy", "does not answer as a proxy", "HTTPS_PROXY", NETWORK_CHECKS),
            "no URL": behind(
                "wrong", f"http://{login}/x@y:z", "proxy", "is not a URL", "use_proxy=false", ["token store"]
            ),
        }
        variables = sandbox.variables("proxies.yml", {**urls, "working": proxy.url(login)})
        _assert_cases(sandbox, cases, {}, variables, secrets=(PROXY_PASSWORD,))
        working = {"HTTPS_PROXY": "{{ working }}"}
        tasks = {
            "works": {**_build_doctor_task(options), "environment": working},
            "excepted": {**_build_doctor_task(options), "environment": {**working, "NO_PROXY": "h.test, 127.0.0.0/8"}},
            "not excepted": {
                **_build_doctor_task(options),
                "environment": {**working, "NO_PROXY": "h.test, 10.0.0.0/8"},
            },
            "not used": {**_build_doctor_task({**options, "use_proxy": False}), "environment": working},
        }
        run = sandbox.play([{"name": name, **task} for name, task in tasks.items()], "-vvvv", variables)
        _assert_complete(sandbox, run, PROXY_PASSWORD)
        # The certificate, the login, the first call and the manifest: each has its own timeout, and so a thread, which
        # may continue to use the connection of a thread that has ended.
        assert 5 <= len(proxy.requests) <= 7
        assert {asked.login for asked in proxy.requests} == {"walter:pr0xy@word"}
    run.assert_success(4)
    port = proxy.port
    unmatched = "from HTTPS_PROXY; nothing in NO_PROXY (h.test, 10.0.0.0/8) matches 127.0.0.1"
    assert unmatched in _get_detail(run.get_result("not excepted"), "grepr", "proxy")
    assert (
        _get_detail(run.get_result("works"), "grepr", "proxy")
        == f"http://127.0.0.1:{port}, with a login, from HTTPS_PROXY"
    )
    assert "certificate for 127.0.0.1" in _get_detail(run.get_result("works"), "grepr", "TLS")
    assert "127.0.0.0/8 in NO_PROXY excepts 127.0.0.1" in _get_detail(run.get_result("excepted"), "grepr", "proxy")
    assert "use_proxy=false" in _get_detail(run.get_result("not used"), "grepr", "proxy")


# --- token stores


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    for directory in tmp_path.iterdir():
        if not directory.is_symlink() and directory.is_dir():
            directory.chmod(0o700)


def test_file_stores(sandbox: Sandbox, stores: Path) -> None:
    """Unusable directories, each with its reason; no file or directory is left behind."""
    # The store is not used for a login, which is unreachable.
    closed = {"grepr": {"auth_url": "http://127.0.0.1:1", "api_url": "http://127.0.0.1:1"}, "service": ["grepr"]}
    sound = stores / "sound"
    for name in ("sound", "open", "bad key", "foreign", "locked"):
        (stores / name).mkdir(mode=0o700)
    (stores / "open").chmod(0o770)
    (stores / "bad key" / "key").write_bytes(b"short")
    (stores / "link").symlink_to(sound)
    (stores / "file").touch()
    (sound / "a.token").touch(mode=0o600)
    words = {
        "sound": ("ok", "no key yet, 1 record; it can be written to", ""),
        "new": ("ok", "is created with the first login", ""),
        "open": ("warn", "can be written to by others (mode 0770)", "chmod 700"),
        "bad key": ("warn", "key is not a private file", "Remove "),
        "link": ("warn", "is a symbolic link", "the directory itself"),
        "file": ("warn", "is not a directory", "another directory in token_store_path"),
        "file/below": ("warn", "cannot be ", "another directory in token_store_path"),
    }
    if os.geteuid() == 0:
        os.chown(stores / "foreign", 4242, -1)
        words["foreign"] = ("warn", "belongs to another user (uid 4242)", "another directory in token_store_path")
    else:
        (stores / "locked").chmod(0o500)
        words["locked"] = ("warn", "cannot be used", "make it writable")
        parent = stores / "locked"
        words["locked/below"] = ("warn", f"{parent} cannot be written to", "another directory in token_store_path")
    before = _list_modes(stores)
    tasks = [{"name": name, **_build_doctor_task({**closed, "token_store_path": str(stores / name)})} for name in words]
    run = sandbox.play(tasks)
    assert _list_modes(stores) == before
    _assert_complete(sandbox, run)
    for name, (status, detail, advice) in words.items():
        (found,) = [
            finding
            for finding in run.get_result(name)["findings"]
            if (finding["service"], finding["check"]) == ("grepr", "token store")
        ]
        assert found["status"] == status, found
        assert detail in found["detail"], found
        assert advice in found["advice"], found


def _list_modes(directory: Path) -> dict[str, int]:
    return {str(file): stat.S_IMODE(file.lstat().st_mode) for file in sorted(directory.rglob("*"))}


def test_redis(sandbox: Sandbox) -> None:
    """A Redis that works, rejects its password, is down, or has a weak key; no record is left in it."""
    with run_redis() as redis:
        secrets = {"url": redis.url(), "key": redis.key, "other": "wrong-word", "short": "sesame"}
        store = {"token_store": "redis", "token_store_url": "{{ url }}", "token_store_key": "{{ key }}"}
        closed = {"grepr": {"auth_url": "http://127.0.0.1:1", "api_url": "http://127.0.0.1:1"}, "service": ["grepr"]}
        options: dict[str, dict[str, Any]] = {
            "well": store,
            "password": {**store, "token_store_url": f"redis://:{{{{ other }}}}@127.0.0.1:{redis.port}"},
            "down": {**store, "token_store_url": "redis://:{{ other }}@127.0.0.1:1/0"},
            "weak": {**store, "token_store_key": "{{ short }}"},
            "no key": {**store, "token_store_key": ""},
            "no URL": {**store, "token_store_url": "redis.example.com"},
        }
        tasks = [{"name": name, **_build_doctor_task({**closed, **case})} for name, case in options.items()]
        run = sandbox.play(tasks, "-vvvv", sandbox.variables("redis.yml", secrets))
        assert redis.admin.keys("*") == []
        _assert_complete(sandbox, run, redis.password, redis.key, "wrong-word", "sesame")
        found = {name: _get_store_checks(run.get_result(name)) for name in options}
        assert found["well"] == [("ok", f"Redis at 127.0.0.1:{redis.port}, without TLS: writes, reads and locks")]
        assert found["password"][0][0] == "warn"
        assert "password is missing or refused" in found["password"][0][1]
        assert found["down"][0][0] == "warn"
        assert [status for status, _detail in found["weak"]] == ["ok", "warn"]
        assert "6 characters" in found["weak"][1][1]
        for name, words in (("no key", "token_store_key"), ("no URL", "token_store_url is not a Redis URL")):
            assert words in run.get_result(name)["msg"]
            assert "connection" not in _get_check_names(run.get_result(name), "grepr")


def _get_store_checks(result: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [
        (finding["status"], finding["detail"]) for finding in result["findings"] if finding["check"] == "token store"
    ]


# --- missing libraries, and timeouts


@pytest.mark.parametrize(
    ("library", "status", "words"),
    [
        ("requests", "fail", "requests cannot be sent"),
        ("cryptography", "warn", "tokens are not stored, so every task logs in"),
        ("redis", "fail", "which is missing on this host"),
    ],
)
def test_missing_library(sandbox: Sandbox, library: str, status: str, words: str) -> None:
    """A missing library is reported with the command that installs it."""
    package = sandbox.path / "missing" / library
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(f'raise ImportError("No module named {library}")')
    store = {"token_store": "redis", "token_store_url": "redis://127.0.0.1:1", "token_store_key": "x" * 32}
    options = {"service": ["grepr"], **(store if library == "redis" else {})}
    env = {**sandbox.get_addresses(), **sandbox.logins(), "PYTHONPATH": str(package.parent)}
    run = sandbox.play([{"name": "doctor", **_build_doctor_task(options)}], env=env)
    findings = [finding for finding in run.get_result("doctor")["findings"] if finding["status"] != "ok"]
    found = next(finding for finding in findings if words in finding["detail"])
    assert found["status"] == status
    assert f"pip install {library}" in found["advice"]
    _assert_complete(sandbox, run)


def test_steps_respect_the_timeout(sandbox: Sandbox, simulator: SimulatorClient) -> None:
    """Servers that do not respond at the handshake or at the login, or send byte after byte: each takes one timeout."""
    timeout = 1
    simulator.fault("/stall", {"stall": True})
    # Each of them would continue for much longer.
    simulator.fault("/drip", {"drip": 0.8})
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        run_canned_server(b"HTTP/1.1 200 " + 100 * b"x", pause=0.8) as slow,
    ):
        dumb = f"https://127.0.0.1:{silent.getsockname()[1]}"
        cases = {
            "handshake": Case({"grepr": {"auth_url": dumb}}, "TLS", "no answer within 1 s", "firewall"),
            "login": Case(
                {"grepr": {"auth_url": f"{simulator.http}/stall"}}, "login", "no answer within 1 s", "timeout"
            ),
            "call": Case(
                {"grepr": {"api_url": f"{simulator.http}/drip"}}, "first call", "no answer within 1 s", "timeout"
            ),
            "proxy": Case(
                {"grepr": {"auth_url": simulator.https}},
                "TLS",
                "no answer within 1 s",
                "HTTPS_PROXY",
                task={"environment": {"HTTPS_PROXY": slow.url()}},
            ),
        }
        for case in cases.values():
            case.options["timeout"] = timeout
        begin = time.monotonic()
        _assert_cases(sandbox, cases, {})
        # In addition, Ansible has to start.
        assert time.monotonic() - begin < len(cases) * timeout + 15


def test_unresponsive_name_service(sandbox: Sandbox) -> None:
    """The check does not wait for a name lookup that cannot be interrupted."""
    if os.geteuid() != 0:
        pytest.skip("only root can give one process another name service")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.77", 53))
        servers = sandbox.path / "resolv.conf"
        servers.write_text("nameserver 127.0.0.77\noptions timeout:30 attempts:5\n")
        mount = f'mount --bind {servers} /etc/resolv.conf && exec "$@"'
        sandbox.wrapper = ("unshare", "--mount", "sh", "-c", mount, "sh")
        options = {"grepr": {"auth_url": "https://login.example.com"}, "timeout": 1}
        begin = time.monotonic()
        _assert_cases(
            sandbox, {"name": Case(options, "name", "no answer within 1 s", "the DNS settings of this host")}, {}
        )
        assert time.monotonic() - begin < 15


def test_login_server_that_the_api_names(sandbox: Sandbox, simulator: SimulatorClient) -> None:
    """If the login fails, the report names it; the credentials are sent to auth_url alone."""
    simulator.switch(grepr={"manifest_auth_url": "https://auth.example.com/"})
    options = {"service": ["grepr"], "grepr": {"client_secret": "mistaken"}}
    run = sandbox.play(
        [
            {"name": "refused", **_build_doctor_task(options)},
            {"name": "good", **_build_doctor_task({"service": ["grepr"]})},
        ]
    )
    refused, good = (run.get_result(name) for name in ("refused", "good"))
    found = {finding["check"]: finding for finding in refused["findings"] if finding["status"] != "ok"}
    assert found.keys() == {"login", "login server"}
    assert found["login server"]["detail"].startswith("the API names https://auth.example.com/, and auth_url is http:")
    assert "set auth_url: https://auth.example.com/" in found["login server"]["advice"]
    assert good["healthy"]
    assert _get_detail(good, "grepr", "login server").endswith("the login at another server succeeded")
    assert simulator.counters()["calls"] == {f"POST {GREPR_LOGIN}": 2, "GET /api/v1/jobs": 1, "GET /api/v1/manifest": 2}
    _assert_complete(sandbox, run)
