# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Grepr API: logins, jobs, triggers, and accepted credentials."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

Call = Callable[..., requests.Response]
FIRED = {"jobId": "0ms4k2v9q1x7d", "logsRuleEngineName": "rules", "triggerId": "incident"}


def names(answer: requests.Response) -> list[str]:
    return [f"{job['name']}/{job['version']}" for job in answer.json()["items"]]


def test_login(grepr_login: Call, admin: Callable[..., Any]) -> None:
    answer = grepr_login()
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    body = answer.json()
    assert (body["token_type"], body["scope"]) == ("Bearer", "service")
    assert body["expires_in"] in (86399, 86400)
    assert body["access_token"] in admin("GET", "/tokens")["grepr"]["live"]
    assert admin("GET", "/counters")["grants"] == {"grepr": 1, "greymatter": 0}


@pytest.mark.parametrize(
    ("changed", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "access_denied"),
        ({"client_id": "wrong"}, 401, "access_denied"),
        ({"audience": "elsewhere"}, 403, "access_denied"),
        ({"audience": ""}, 403, "access_denied"),
        ({"scope": "admin"}, 403, "access_denied"),
        ({"grant_type": "password"}, 403, "unauthorized_client"),
        ({"grant_type": "magic"}, 403, "unsupported_grant_type"),
        ({"grant_type": ""}, 400, "invalid_request"),
        ({"client_id": 5}, 400, "invalid_request"),
    ],
)
def test_refused_login(
    grepr_login: Call, admin: Callable[..., Any], changed: dict[str, object], status: int, error: str
) -> None:
    answer = grepr_login(**changed)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    counters = admin("GET", "/counters")
    assert (counters["grants"]["grepr"], counters["grant_failures"]["grepr"]) == (0, 1)


def test_form_login(
    running: dict[str, Any], http: requests.Session, grepr_login: Call, admin: Callable[..., Any]
) -> None:
    form = {"grant_type": "client_credentials", "audience": "service"}
    form |= {name: running["grepr"][name] for name in ("client_id", "client_secret")}
    url = running["grepr"]["auth_url"] + "/oauth/token"
    assert http.post(url, data=form, timeout=10).status_code == 200
    admin("PATCH", "/settings", {"grepr": {"form_login": False}})
    assert http.post(url, data=form, timeout=10).status_code == 400
    headers = {"Content-Type": "application/json"}
    assert http.post(url, data="{nonsense", headers=headers, timeout=10).status_code == 400
    assert grepr_login().status_code == 200


def test_limited_login(grepr_login: Call, admin: Callable[..., Any]) -> None:
    admin("PATCH", "/settings", {"token_limit": "rate"})
    answer = grepr_login()
    assert (answer.status_code, answer.json()["error"]) == (429, "too_many_requests")
    assert answer.headers["Retry-After"] == "1"
    admin("PATCH", "/settings", {"token_limit": "quota"})
    assert grepr_login().status_code == 403


@pytest.mark.parametrize(
    ("form", "kind"), [("number", int), ("string", str), ("float", float), ("garbage", str), ("absent", type(None))]
)
def test_expires_in(grepr_login: Call, admin: Callable[..., Any], form: str, kind: type) -> None:
    admin("PATCH", "/settings", {"grepr": {"expires_in_form": form}})
    assert isinstance(grepr_login().json().get("expires_in"), kind)


def test_any_character_in_a_secret(grepr_login: Call, admin: Callable[..., Any]) -> None:
    secret = " :+%&=\"'\\ü€\U0001f512\t"
    admin("PATCH", "/settings", {"grepr": {"credentials": [{"client_id": "a:b", "client_secret": secret}]}})
    assert grepr_login(client_id="a:b", client_secret=secret).status_code == 200
    assert grepr_login(client_id="a:b", client_secret=secret.strip()).status_code == 401


def test_accepted_credentials(
    running: dict[str, Any], http: requests.Session, grepr: Call, admin: Callable[..., Any]
) -> None:
    url, key = running["grepr"]["api_url"] + "/v1/jobs", running["grepr"]["api_key"]
    assert grepr("GET", "/v1/jobs").status_code == 200
    assert http.get(url, headers={"GREPR-API-KEY": key}, timeout=10).status_code == 200
    for headers in (
        {},
        {"GREPR-API-KEY": "wrong"},
        {"Authorization": "Bearer wrong"},
        {"Authorization": f"Basic {key}"},
    ):
        answer = http.get(url, headers=headers, timeout=10)
        assert (answer.status_code, answer.json()["code"]) == (401, 401)
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert admin("GET", "/counters")["unauthorized"]["grepr"] == 4
    admin("PATCH", "/settings", {"grepr": {"narrowed_scope": True}})
    assert grepr("GET", "/v1/jobs").status_code == 403
    assert http.get(running["grepr"]["api_url"] + "/v1/manifest", timeout=10).json()["auth"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["web_logs/0", "web_logs/1", "audit_logs/0", "payments/3", "nightly_backfill/0"]),
        ("latest=true", ["web_logs/1", "audit_logs/0", "payments/3", "nightly_backfill/0"]),
        ("state=STOPPED&state=FAILED", ["audit_logs/0", "payments/3"]),
        ("name=web_logs&latest=true", ["web_logs/1"]),
        ("processing=BATCH&execution=ASYNCHRONOUS", ["nightly_backfill/0"]),
        ("execution=SYNCHRONOUS", []),
        ("since=2027-01-01T00:00:00Z", ["web_logs/1", "audit_logs/0"]),
    ],
)
def test_job_filters(grepr: Call, query: str, found: list[str]) -> None:
    assert names(grepr("GET", f"/v1/jobs?{query}")) == found


def test_job(grepr: Call, admin: Callable[..., Any]) -> None:
    admin("PATCH", "/settings", {"jobs_status": 201})
    listed = grepr("GET", "/v1/jobs?name=web_logs&latest=true")
    assert listed.status_code == 201
    job = listed.json()["items"][0]
    path = f"/v1/jobs/{job['id']}"
    assert grepr("GET", path).json() == job
    assert grepr("GET", f"{path}?version=0").json()["state"] == "FINISHED"
    graph = grepr("GET", f"{path}?resolved=true").json()["jobGraph"]
    assert "template-operation" not in [vertex["type"] for vertex in graph["vertices"]]
    assert "source -> logs_parser" in graph["edges"]
    for missing in ("/v1/jobs/none", f"{path}?version=9", "/v1/none"):
        assert grepr("GET", missing).status_code == 404
    assert grepr("POST", "/v1/jobs").status_code == 405
    assert grepr("GET", "/v1/jobs?state=ODD").status_code == 400


def test_seeded_jobs(grepr: Call, admin: Callable[..., Any]) -> None:
    made = admin("PUT", "/jobs", [{"name": "b", "state": "STOPPED"}, {"name": "a", "version": 4, "extra": 1}])
    assert grepr("GET", "/v1/jobs").json()["items"] == made
    assert (made[0]["desiredState"], made[1]["extra"]) == ("STOPPED", 1)
    admin("POST", "/jobs/generate", {"count": 1000})
    jobs = grepr("GET", "/v1/jobs").json()["items"]
    assert len({job["id"] for job in jobs}) == 1000


def test_triggers(running: dict[str, Any], http: requests.Session, grepr: Call, admin: Callable[..., Any]) -> None:
    url, right = running["grepr"]["api_url"] + "/v1/triggers", {"GREPR-API-KEY": running["grepr"]["api_key"]}

    def fire(headers: dict[str, str], body: object = None) -> int:
        answer = http.post(url, json=FIRED if body is None else body, headers=headers, timeout=10)
        assert answer.status_code != 202 or not answer.content
        return answer.status_code

    assert (fire({}), fire(right), fire({"GREPR-API-KEY": "wrong"})) == (202, 202, 401)
    assert grepr("POST", "/v1/triggers", json=FIRED).status_code == 202
    admin("PATCH", "/settings", {"triggers": "key_only"})
    assert (fire({}), fire(right)) == (401, 202)
    assert grepr("POST", "/v1/triggers", json=FIRED).status_code == 401
    assert (fire(right, {"jobId": "x"}), fire(right, [])) == (422, 400)
    assert admin("GET", "/counters")["triggers"] == 4
    assert admin("GET", "/triggers") == [FIRED] * 4


def test_echo(grepr: Call) -> None:
    body = grepr("PUT", "/v1/echo?a=1&a=2&b=%20", json={"x": [1]}, headers={"X-Mine": "yes"}).json()
    assert (body["method"], body["query"], body["body"]) == ("PUT", {"a": ["1", "2"], "b": " "}, {"x": [1]})
    assert body["headers"]["X-Mine"] == "yes"
    assert "Authorization" not in body["headers"]
    assert grepr("GET", "/v1/text").text == "plain text, äöü\n"
    answer = grepr("DELETE", "/v1/empty")
    assert (answer.status_code, answer.content) == (204, b"")


def test_json_headers_required(grepr: Call, admin: Callable[..., Any]) -> None:
    admin("PATCH", "/settings", {"require_json_headers": True})
    kind, accept = {"Content-Type": "application/json"}, {"Accept": "application/json"}
    assert grepr("GET", "/v1/jobs", headers=accept).status_code == 415
    assert grepr("GET", "/v1/jobs", headers=kind).status_code == 406
    assert grepr("GET", "/v1/jobs", headers=kind | accept).status_code == 200
