# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The GreyMatter API: logins, refreshes, catalogues, and the formats of its errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

Call = Callable[..., requests.Response]
LOGIN = "/api-gateway/auth-service/platform-auth/oauth/token"
CATALOG = "/api-gateway/mdm-service/wms-masterdata/catalog"
JSON = {"Accept": "application/json"}


def ids(answer: requests.Response, wrapper: str = "") -> list[str]:
    body = answer.json()
    return [catalog["clientCatalogId"] for catalog in (body[wrapper] if wrapper else body)]


def test_login(greymatter_login: Call, running: dict[str, Any]) -> None:
    answer = greymatter_login()
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json;charset=UTF-8")
    assert (answer.headers["Cache-Control"], answer.headers["Pragma"]) == ("no-store", "no-cache")
    body = answer.json()
    order = ["access_token", "token_type", "refresh_token", "expires_in", "scope", "user_id", "jti"]
    assert list(body) == order
    assert (body["token_type"], body["expires_in"], body["scope"]) == ("bearer", 43199, "openid")
    user = running["greymatter"]
    query = {"grant_type": "password", "username": user["username"], "password": user["password"]}
    assert greymatter_login({"data": None, "params": query}).json()["access_token"] != body["access_token"]


@pytest.mark.parametrize(
    ("changed", "status", "error"),
    [
        ({"password": "wrong"}, 400, "invalid_grant"),
        ({"username": "wrong"}, 400, "invalid_grant"),
        ({"grant_type": ""}, 400, "invalid_request"),
        ({"grant_type": "magic"}, 400, "unsupported_grant_type"),
        ({"grant_type": "client_credentials"}, 401, "invalid_client"),
        ({"scope": "everything"}, 400, "invalid_scope"),
        ({"client_id": "other"}, 401, "invalid_client"),
        ({"grant_type": "refresh_token"}, 400, "invalid_request"),
        ({"grant_type": "refresh_token", "refresh_token": "x"}, 401, "invalid_token"),
        ({"request": {"auth": ("butler", "wrong")}}, 401, "Unauthorized"),
        ({"request": {"auth": None}}, 401, "Unauthorized"),
        ({"request": {"data": None, "json": {"grant_type": "password"}}}, 400, "invalid_request"),
    ],
)
def test_refused_login(greymatter_login: Call, changed: dict[str, Any], status: int, error: str) -> None:
    answer = greymatter_login(**changed)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    basic = error == "Unauthorized"
    assert answer.headers.get("WWW-Authenticate", "").startswith("Basic" if basic else "Bearer" * (status == 401))


def test_login_by_get(running: dict[str, Any], http: requests.Session) -> None:
    url = running["greymatter"]["api_url"] + LOGIN
    assert http.get(url, auth=("butler", "butler"), headers=JSON, timeout=10).json()["error"] == "method_not_allowed"
    assert http.get(url, timeout=10).status_code == 401


def test_forms_of_errors(greymatter_login: Call, admin: Callable[..., Any]) -> None:
    def refused(accept: str | None) -> tuple[str, str]:
        answer = greymatter_login({"headers": {"Accept": accept}}, password="wrong")
        return answer.headers["Content-Type"].partition(";")[0], answer.text[:1]

    assert refused("application/xml") == ("application/xml", "<")
    assert refused(None) == ("application/xml", "<")
    assert refused("*/*") == ("application/json", "{")
    admin("PATCH", "/settings", {"error_format": "xml_default"})
    assert refused("*/*") == ("application/xml", "<")
    assert refused("application/json, text/javascript") == ("application/json", "{")
    admin("PATCH", "/settings", {"error_format": "xml_as_json"})
    assert refused("application/json") == ("application/json", "<")
    page = greymatter_login({"auth": ("butler", "wrong"), "headers": {"Accept": "*/*"}})
    assert page.headers["Content-Type"].startswith("text/html")


def test_accounts(greymatter_login: Call, admin: Callable[..., Any]) -> None:
    password = " :+%&=\"'\\ü€\U0001f512"
    users = [{"username": "ann:b", "password": password}, {"username": "bob", "password": "b", "status": "locked"}]
    clients = [{"client_id": "cli ent", "client_secret": password}]
    admin("PATCH", "/settings", {"greymatter": {"users": users, "clients": clients, "wrong_password_status": 401}})
    basic = {"auth": (b"cli ent", password.encode())}
    assert greymatter_login(basic, username="ann:b", password=password).status_code == 200
    assert greymatter_login(basic, username="ann:b", password=password[1:]).status_code == 401
    assert greymatter_login(basic, username="bob", password="b").json()["error_description"] == "User account is locked"
    assert greymatter_login(username="ann:b", password=password).json()["error"] == "Unauthorized"


def test_refresh(greymatter_login: Call, admin: Callable[..., Any]) -> None:
    def refresh(value: str) -> requests.Response:
        return greymatter_login(grant_type="refresh_token", refresh_token=value)

    first = greymatter_login().json()
    second = refresh(first["refresh_token"]).json()
    assert second["refresh_token"] == first["refresh_token"]
    assert second["access_token"] != first["access_token"]
    assert admin("GET", "/counters")["refreshes"] == {"greymatter": 1}

    admin("PATCH", "/settings", {"refresh": "rotate"})
    third = refresh(first["refresh_token"]).json()
    assert third["refresh_token"] != first["refresh_token"]
    # A used refresh token may be stolen: the whole family is revoked.
    assert refresh(first["refresh_token"]).status_code == 400
    assert refresh(third["refresh_token"]).status_code == 400
    assert third["access_token"] not in admin("GET", "/tokens")["greymatter"]["live"]

    fourth = greymatter_login().json()
    admin("PATCH", "/settings", {"refresh": "refuse"})
    assert refresh(fourth["refresh_token"]).json()["error"] == "invalid_grant"
    admin("PATCH", "/settings", {"refresh": "reuse"})
    assert refresh(fourth["access_token"]).json()["error_description"] == "Encoded token is not a refresh token"
    admin("POST", "/tokens", {"service": "greymatter", "action": "expire", "refresh": True})
    assert refresh(fourth["refresh_token"]).json()["error"] == "invalid_token"
    admin("PATCH", "/settings", {"refresh": "off"})
    assert "refresh_token" not in greymatter_login().json()
    assert refresh(fourth["refresh_token"]).json()["error"] == "invalid_client"


def test_opaque_tokens(greymatter_login: Call, admin: Callable[..., Any]) -> None:
    admin("PATCH", "/settings", {"token_kind": "opaque"})
    first = greymatter_login().json()
    assert "." not in first["access_token"]
    again = greymatter_login().json()
    assert (again["access_token"], again["refresh_token"]) == (first["access_token"], first["refresh_token"])
    admin("POST", "/tokens", {"action": "revoke"})
    assert greymatter_login().json()["access_token"] != first["access_token"]


def test_catalogs(greymatter: Call, admin: Callable[..., Any]) -> None:
    assert ids(greymatter("GET", CATALOG)) == ["200", "100", "300"]
    assert greymatter("GET", f"{CATALOG}/100").json()["description"] == "apparel"
    assert greymatter("GET", f"{CATALOG}/none").status_code == 404
    assert greymatter("PATCH", CATALOG).status_code == 405
    made = admin("PUT", "/catalogs", [{"clientCatalogId": "a/b ü"}, {}])
    assert greymatter("GET", f"{CATALOG}/a%2Fb%20%C3%BC").json() == made[0]
    assert made[1]["clientCatalogId"] == "CAT-2"


@pytest.mark.parametrize("wrapper", ["content", "data", "items", "serviceRequests"])
def test_wrapped_catalogs(greymatter: Call, admin: Callable[..., Any], wrapper: str) -> None:
    admin("PATCH", "/settings", {"catalog_wrapper": wrapper, "page_size": 2})
    first = greymatter("GET", CATALOG)
    assert (ids(first, wrapper), first.json()["totalPages"]) == (["200", "100"], 2)
    assert ids(greymatter("GET", f"{CATALOG}?page=1"), wrapper) == ["300"]
    assert ids(greymatter("GET", f"{CATALOG}?page=1&size=1"), wrapper) == ["100"]
    admin("PATCH", "/settings", {"first_page": 1})
    assert ids(greymatter("GET", f"{CATALOG}?page=1&size=1"), wrapper) == ["200"]


def test_moved_paths(greymatter: Call, greymatter_login: Call, admin: Callable[..., Any]) -> None:
    admin("PATCH", "/settings", {"prefix": "/api", "catalog_path": "/odd/place"})
    assert greymatter_login().status_code == 404
    assert greymatter_login(prefix="/api").status_code == 200
    assert greymatter("GET", CATALOG).status_code == 404
    assert greymatter("GET", f"/api{CATALOG}").status_code == 200
    assert ids(greymatter("GET", "/odd/place")) == ["200", "100", "300"]
    assert greymatter("GET", "/odd/place/300").status_code == 200


def test_unauthorized(
    running: dict[str, Any], http: requests.Session, greymatter: Call, admin: Callable[..., Any]
) -> None:
    url = running["greymatter"]["api_url"] + CATALOG
    missing = http.get(url, headers=JSON, timeout=10)
    assert (missing.status_code, missing.json()["error"]) == (401, "unauthorized")
    assert missing.headers["WWW-Authenticate"].startswith('Bearer realm="oauth2-resource", error="unauthorized"')

    token = admin("GET", "/tokens")["greymatter"]["live"][0]
    refresh = admin("GET", "/tokens")["greymatter"]["live_refresh"][0]
    assert http.get(url, headers=JSON, params={"access_token": token}, timeout=10).status_code == 200
    assert greymatter("GET", CATALOG, headers={"Authorization": f"bearer {token},tail"}).status_code == 200
    body = greymatter("GET", CATALOG, headers={"Authorization": f"Bearer {refresh}"}).json()["error_description"]
    assert body == "Encoded token is a refresh token"

    admin("POST", "/tokens", {"service": "greymatter", "action": "expire"})
    expired = greymatter("GET", CATALOG)
    assert expired.json()["error_description"] == f"Access token expired: {token}"
    admin("PATCH", "/settings", {"echo_token": False})
    assert token not in greymatter("GET", CATALOG).text
    admin("PATCH", "/settings", {"unauthorized_body": "html"})
    page = greymatter("GET", CATALOG)
    assert (page.status_code, page.headers["Content-Type"]) == (401, "text/html")
    assert admin("GET", "/counters")["unauthorized"]["greymatter"] == 5


def test_forbidden_and_headers(greymatter: Call, admin: Callable[..., Any]) -> None:
    admin("PATCH", "/settings", {"greymatter": {"require_json_headers": True}})
    assert greymatter("GET", CATALOG).status_code == 415
    assert greymatter("GET", CATALOG, headers={"Content-Type": "application/json"}).status_code == 200
    admin("PATCH", "/settings", {"greymatter": {"narrowed_scope": True}})
    assert (greymatter("GET", CATALOG).status_code, greymatter("GET", CATALOG).json()["error"]) == (
        403,
        "insufficient_scope",
    )


def test_echo(greymatter: Call) -> None:
    body = greymatter("PATCH", "/api-gateway/simulator/echo?a=1", data="x=ü".encode()).json()
    assert (body["method"], body["query"], body["body"]) == ("PATCH", {"a": "1"}, "x=ü")
    assert greymatter("GET", "/api-gateway/simulator/text").headers["Content-Type"].startswith("text/plain")
    assert greymatter("GET", "/api-gateway/simulator/empty").status_code == 204
