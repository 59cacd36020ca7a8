# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Third-party OAuth 2 servers

django-oauth-toolkit and oidc-provider, unmodified. Requests are counted at their token endpoints.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from ..support.reliability_report import RecordMeasurement
from ..support.sandbox import Sandbox
from .third_party_oauth import FORM, JSON, OAuthServer, run_django, run_oidc_provider

pytestmark = pytest.mark.slow

GREPR: list[dict[str, Any]] = [
    {"name": "log in", "greyops.rest.grepr_token": {}},
    {"name": "jobs", "greyops.rest.grepr_job_info": {}},
]
# A token is used until it expires.
CATALOGS: dict[str, Any] = {"name": "catalogs", "greyops.rest.greymatter_catalog_info": {"min_ttl": 0}}
SENT = {"json": (JSON, ""), "form": (FORM, ""), "basic": (FORM, "Basic")}
WRONG = "wr0ng-s3cret-of-nobody"


@pytest.fixture(scope="session")
def _django(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OAuthServer]:
    with run_django(tmp_path_factory.mktemp("django"), "OAuthLibCore") as server:
        yield server


@pytest.fixture(scope="session")
def _django_json(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OAuthServer]:
    with run_django(tmp_path_factory.mktemp("django-json"), "JSONOAuthLibCore") as server:
        yield server


@pytest.fixture(scope="session")
def _oidc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OAuthServer]:
    with run_oidc_provider(tmp_path_factory.mktemp("oidc")) as server:
        yield server


@pytest.fixture
def server(request: pytest.FixtureRequest) -> OAuthServer:
    """The server that the test's parameters name, with a new request log."""
    running: OAuthServer = request.getfixturevalue(f"_{request.param}")
    running.control(forget=True)
    return running


@pytest.fixture
def django(_django: OAuthServer) -> OAuthServer:
    _django.control(forget=True, life=600)
    return _django


def sent(server: OAuthServer) -> list[tuple[str, str, int]]:
    return [(entry["type"], entry["scheme"], entry["status"]) for entry in server.request_log()]


@pytest.mark.parametrize(
    ("server", "how"),
    [("django_json", "json"), ("django", "form"), ("django", "basic"), ("oidc", "form"), ("oidc", "basic")],
    indirect=["server"],
    ids=["django, JSON", "django, form", "django, Basic", "oidc-provider, form", "oidc-provider, Basic"],
)
def test_client_credentials(
    sandbox: Sandbox, server: OAuthServer, how: str, record_measurement: RecordMeasurement
) -> None:
    """A client with special characters in id and secret logs in at a third-party server and calls an API that the
    server protects, 3 hosts with 2 tasks each: 1 token request."""
    run = sandbox.play(GREPR, hosts=3, env=server.variables(GREPR_TOKEN_REQUEST=how))
    run.assert_success(6)
    assert all(result.result["jobs"][0]["name"].startswith("of ") for result in run.get_results("jobs"))
    assert sent(server) == [(*SENT[how], 200)]
    record_measurement(
        f"{len(server.request_log())} token request, {len(run.get_results('jobs'))} calls with the token"
    )


@pytest.mark.parametrize(
    ("server", "how", "reason", "other"),
    [
        ("django", "json", "unsupported_grant_type", "form"),
        ("oidc", "json", "only application/x-www-form-urlencoded content-type bodies are supported", "form"),
        ("django_json", "form", "unsupported_grant_type", "json"),
    ],
    indirect=["server"],
    ids=["django, JSON", "oidc-provider, JSON", "django for JSON, form"],
)
def test_rejected_body(
    sandbox: Sandbox, server: OAuthServer, how: str, reason: str, other: str, record_measurement: RecordMeasurement
) -> None:
    """A request body that the server rejects gives one clear error with the server's message and the value of
    token_request that works; with that value the login succeeds, and its token is also used by tasks with the first
    value."""
    tasks: list[dict[str, Any]] = [
        {"name": "refused", "greyops.rest.grepr_job_info": {"token_request": how}, "ignore_errors": True},
        {"name": "taken", "greyops.rest.grepr_job_info": {"token_request": other}},
        {"name": "stored", "greyops.rest.grepr_job_info": {"token_request": how}},
    ]
    run = sandbox.play(tasks, env=server.variables())
    message = run.get_result("refused")["msg"]
    assert f"(login) failed with HTTP 400 Bad Request: {reason}" in message
    assert f"set token_request: {other}. Otherwise check client_id" in message
    assert [run.get_result(name)["api"]["token"] for name in ("taken", "stored")] == ["granted", "stored"]
    assert sent(server) == [(*SENT[how], 400), (*SENT[other], 200)]
    record_measurement("2 token requests: 1 rejected, 1 granted")


@pytest.mark.parametrize(
    ("server", "how", "other"),
    [("django_json", "json", "basic"), ("django", "basic", "form"), ("oidc", "form", "basic")],
    indirect=["server"],
    ids=["django, JSON", "django, Basic", "oidc-provider, form"],
)
def test_rejected_credentials(
    sandbox: Sandbox, server: OAuthServer, how: str, other: str, record_measurement: RecordMeasurement
) -> None:
    """A wrong secret and an unavailable scope: each gives one clear error with the server's message, after 1 request,
    without the secret."""
    tasks: list[dict[str, Any]] = [
        {
            "name": "secret",
            "greyops.rest.grepr_token": {"client_id": server.accounts.client_id, "client_secret": "{{ wrong }}"},
            "ignore_errors": True,
        },
        {"name": "scope", "greyops.rest.grepr_token": {"scope": "admin"}, "ignore_errors": True},
    ]
    wrong = sandbox.variables("wrong.yml", {"wrong": WRONG})
    run = sandbox.play(tasks, "-vvv", wrong, env=server.variables(GREPR_TOKEN_REQUEST=how))
    secret, scope = run.get_result("secret")["msg"], run.get_result("scope")["msg"]
    assert "(login) failed with HTTP 401 Unauthorized: " in secret
    assert "invalid_client. " in secret or "client authentication failed. " in secret
    assert "Check client_id, client_secret" in secret
    assert f"set token_request: {other}." in secret
    assert "(login) failed with HTTP 400 Bad Request: " in scope
    assert "scope" in scope.partition(". Check")[0]
    assert "token_request" not in scope
    assert WRONG not in run.output
    assert [status for *_sent, status in sent(server)] == [401, 400]
    record_measurement("2 wrong credentials, 2 token requests, 2 errors")


def test_rotated_refresh_tokens(sandbox: Sandbox, django: OAuthServer, record_measurement: RecordMeasurement) -> None:
    """The password grant with Basic, refresh tokens for one use, and tokens that expire after 3 s: after each expiry
    the last refresh token is used for the next one; 1 login in total, and no refresh token is sent twice."""
    django.control(life=3)
    pause = {"name": "the token's end", "ansible.builtin.pause": {"seconds": 3}}
    run = sandbox.play([CATALOGS, pause, CATALOGS, pause, CATALOGS], env=django.variables())
    run.assert_success(5)
    sources = [result.result["api"]["token"] for result in run.get_results("catalogs")]
    assert sources == ["granted", "refreshed", "refreshed"]
    first, *refreshes = django.request_log()
    assert (first["grant"], first["scheme"], first["status"]) == ("password", "Basic", 200)
    assert {(entry["grant"], entry["status"]) for entry in refreshes} == {("refresh_token", 200)}
    # Each refresh token is from the previous response: none is skipped or repeated.
    assert [entry["used"] for entry in refreshes] == [entry["given"] for entry in (first, *refreshes)][:-1]
    assert len({entry["given"] for entry in (first, *refreshes)}) == 1 + len(refreshes)
    record_measurement(f"1 login, {len(refreshes)} refreshes, each with the refresh token of the previous response")


def test_revoked_refresh_token(sandbox: Sandbox, django: OAuthServer, record_measurement: RecordMeasurement) -> None:
    """A refresh token is revoked at the server, and with it the token (RFC 7009); then 10 hosts run at 10 forks: 1
    rejected refresh, 1 login with the password, no failed task."""
    sandbox.play([CATALOGS], env=django.variables()).assert_success(1)
    django.revoke(django.request_log()[-1]["given"])
    sandbox.play([CATALOGS], hosts=10, forks=10, env=django.variables()).assert_success(10)
    asked = [(entry["grant"], entry["status"]) for entry in django.request_log()]
    assert asked == [("password", 200), ("refresh_token", 400), ("password", 200)]
    record_measurement("1 rejected refresh, 1 login, 0 failed of 10")


@pytest.mark.parametrize("end", ["its life is over", "the server ends it"])
def test_shared_refresh(sandbox: Sandbox, django: OAuthServer, end: str, record_measurement: RecordMeasurement) -> None:
    """20 hosts at 20 forks use a token that is no longer valid: 1 refresh, no login, no failed task."""
    if end == "its life is over":
        django.control(life=1)
    sandbox.play([{"name": "log in", "greyops.rest.greymatter_token": {}}], env=django.variables()).assert_success(1)
    time.sleep(1)
    django.control(life=600, end=end == "the server ends it")
    run = sandbox.play([CATALOGS], hosts=20, forks=20, env=django.variables())
    run.assert_success(20)
    assert [(entry["grant"], entry["status"]) for entry in django.request_log()] == [
        ("password", 200),
        ("refresh_token", 200),
    ]
    refused = sum(result.result["api"]["retries"] for result in run.results)
    assert bool(refused) == (end == "the server ends it")
    record_measurement(f"1 refresh, 0 logins, {refused} calls answered with 401, 0 failed of 20")
