# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The admin interface: settings, token plans, the request log, TLS and concurrency."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests

README = Path(__file__).resolve().parents[2] / "simulator" / "README.md"

Call = Callable[..., requests.Response]


def test_settings_are_checked(admin: Callable[..., Any]) -> None:
    before = admin("GET", "/settings")
    assert "grepr.triggers" in admin("PATCH", "/settings", {"odd": 1}, status=400)["known"]
    assert admin("PATCH", "/settings", {"refresh": "odd"}, status=400)["known"] == ["reuse", "rotate", "refuse", "off"]
    bad: list[object] = [
        {"grepr": {"odd": 1}},
        {"grepr": {"token_life": "1"}},
        {"grepr": {"token_life": -1}},
        {"grepr": {"jobs_status": True}},
        {"grepr": {"form_login": 1}},
        {"greymatter": {"users": [{"username": "u"}]}},
        {"token_life": 5, "greymatter": {"refresh": 3}},
        [],
    ]
    for changes in bad:
        admin("PATCH", "/settings", changes, status=400)
    assert admin("GET", "/settings") == before
    after = admin("PATCH", "/settings", {"token_life": 5, "greymatter": {"refresh": "off"}})
    assert (after["grepr"]["token_life"], after["greymatter"]["token_life"]) == (5, 5)
    admin("POST", "/reset")
    assert admin("GET", "/settings") == before


def test_readme_lists_each_setting(admin: Callable[..., Any]) -> None:
    text = README.read_text(encoding="utf-8")
    switches = {name for section in admin("GET", "/settings").values() for name in section}
    assert [name for name in sorted(switches) if f"`{name}`" not in text] == []


def test_index(admin: Callable[..., Any]) -> None:
    assert "POST /_admin/faults" in admin("GET", "/")
    assert "POST /_admin/faults" in admin("GET", "/odd", status=404)["known"]


def test_tokens_expire(grepr_login: Call, grepr: Call, admin: Callable[..., Any]) -> None:
    admin("PATCH", "/settings", {"token_life": 0})
    token = grepr_login().json()["access_token"]
    assert grepr("GET", "/v1/jobs", headers={"Authorization": f"Bearer {token}"}).status_code == 401
    tokens = admin("GET", "/tokens")["grepr"]
    assert token not in tokens["live"]
    assert token in tokens["issued"]


def test_token_plans(grepr: Call, grepr_login: Call, admin: Callable[..., Any]) -> None:
    def called(token: str) -> int:
        return grepr("GET", "/v1/jobs", headers={"Authorization": f"Bearer {token}"}).status_code

    def fresh() -> str:
        return str(grepr_login().json()["access_token"])

    admin("POST", "/tokens", {"service": "grepr", "every": 2})
    for _number in range(2):
        token = fresh()
        assert [called(token) for _number in range(3)] == [200, 200, 401]
    admin("POST", "/tokens", {"after": 1})
    token = fresh()
    assert (called(token), called(token)) == (200, 401)
    token = fresh()
    assert (called(token), called(token)) == (200, 200)
    admin("POST", "/tokens", {"service": "grepr", "always": True})
    assert called(fresh()) == 401
    admin("POST", "/tokens", {"service": "all", "always": False})
    token = fresh()
    assert called(token) == 200
    assert admin("POST", "/tokens", {"action": "revoke", "service": "greymatter"}) == {"ended": 0}
    assert called(token) == 200
    admin("POST", "/tokens", {"action": "revoke", "service": "all"})
    assert called(token) == 401
    assert admin("GET", "/counters")["revocations"]["grepr"] == 4


@pytest.mark.parametrize(
    "body", [{}, {"every": 0}, {"every": 1, "after": 1}, {"action": "odd"}, {"always": True, "x": 1}]
)
def test_bad_token_plans(admin: Callable[..., Any], body: object) -> None:
    admin("POST", "/tokens", body, status=400)


def test_requests_at_once(grepr: Call, admin: Callable[..., Any]) -> None:
    admin("POST", "/faults", {"action": {"delay": 0.2}})
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda _number: grepr("GET", "/v1/echo"), range(3)))
    assert admin("GET", "/counters")["most_at_once"] == 3


def test_journal(grepr: Call, admin: Callable[..., Any]) -> None:
    grepr("POST", "/v1/echo?a=1&a=2", data="ü".encode(), headers={"X-Mine": "yes"})
    (entry,) = admin("GET", "/requests?last=1")
    assert (entry["method"], entry["path"], entry["query"]) == ("POST", "/api/v1/echo", {"a": ["1", "2"]})
    assert (entry["body"], entry["headers"]["X-Mine"], entry["status"]) == ("ü", "yes", 200)
    assert entry["headers"]["Authorization"].startswith("Bearer ")
    assert len(admin("GET", "/requests")) == 2
    assert admin("GET", "/counters")["calls"] == {"POST /oauth/token": 1, "POST /api/v1/echo": 1}
    admin("DELETE", "/requests")
    assert admin("GET", "/requests") == []


def test_tls(running: dict[str, Any]) -> None:
    def manifest(listener: str, **more: Any) -> int:
        url = f"{running[listener]}/api/v1/manifest"
        return requests.get(url, verify=running["ca_path"], timeout=10, **more).status_code

    assert manifest("https") == 200
    assert manifest("https_client_required", cert=(running["client_cert_path"], running["client_key_path"])) == 200
    with pytest.raises(requests.exceptions.SSLError):
        manifest("https_wrong_host")
    with pytest.raises(requests.exceptions.SSLError, match="expired"):
        manifest("https_expired")
    with pytest.raises(requests.exceptions.ConnectionError):
        manifest("https_client_required")


def test_revocations_under_load(running: dict[str, Any], grepr_login: Call, admin: Callable[..., Any]) -> None:
    """Exactly n calls are accepted between two revocations, for any concurrency."""
    admin("POST", "/tokens", {"service": "grepr", "every": 7})
    url = running["grepr"]["api_url"] + "/v1/jobs"
    token = grepr_login().json()["access_token"]

    def call(_number: int) -> int:
        return requests.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=10).status_code

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(call, range(30)))
    assert (answers.count(200), answers.count(401)) == (7, 23)
