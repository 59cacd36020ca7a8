# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Grants: requests, responses, and messages about rejected logins."""

from __future__ import annotations

import base64
import json
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote

import pytest

from ansible_collections.greyops.rest.plugins.module_utils._errors import (
    AuthenticationError,
    GreyopsError,
    HTTPStatusError,
    LoginError,
    QuotaError,
    RequestError,
)
from ansible_collections.greyops.rest.plugins.module_utils._oauth.grants import (
    ClientCredentialsGrant,
    Grant,
    PasswordGrant,
)

if TYPE_CHECKING:
    from tests.unit.conftest import OpenSession, Simulator

LOGIN = "/api-gateway/auth-service/platform-auth/oauth/token"
NO_LOGIN = "There is no login at this address: check api_url, auth_url, path_prefix, and token in routes."
AWKWARD = "p&w=d %+\"'<ü>\\/:;€ \t~"


def client_credentials(simulator: Simulator, **changed: Any) -> ClientCredentialsGrant:
    grepr = simulator.ready_info["grepr"]
    fields: dict[str, Any] = {
        "service": "grepr",
        "token_url": f"{grepr['auth_url']}/oauth/token",
        "client_id": grepr["client_id"],
        "client_secret": grepr["client_secret"],
        "audience": "service",
        "scope": None,
        **changed,
    }
    return ClientCredentialsGrant(**fields)


def password(simulator: Simulator, **changed: Any) -> PasswordGrant:
    greymatter = simulator.ready_info["greymatter"]
    fields: dict[str, Any] = {
        "service": "greymatter",
        "token_url": greymatter["api_url"] + LOGIN,
        "client_id": "butler",
        "client_secret": "butler",
        "username": greymatter["username"],
        "password": greymatter["password"],
        **changed,
    }
    return PasswordGrant(**fields)


def decoded_basic(request: dict[str, Any]) -> str:
    kind, _separator, value = request["headers"]["Authorization"].partition(" ")
    assert kind == "Basic"
    return base64.b64decode(value).decode()


def message_of(caught: pytest.ExceptionInfo[GreyopsError]) -> str:
    assert "\n" not in caught.value.msg
    return caught.value.msg


# --- client credentials


def test_body_is_json_with_these_keys(simulator: Simulator, open_session: OpenSession) -> None:
    session = open_session()
    token = client_credentials(simulator).fetch_token(session)
    (request,) = simulator.requests("/oauth/token")
    assert json.loads(request["body"]) == {
        "client_id": simulator.ready_info["grepr"]["client_id"],
        "client_secret": simulator.ready_info["grepr"]["client_secret"],
        "audience": "service",
        "grant_type": "client_credentials",
    }
    assert (request["method"], request["query_string"]) == ("POST", "")
    assert request["headers"]["Content-Type"] == "application/json"
    assert request["headers"]["Accept"] == "application/json"
    assert request["headers"]["User-Agent"].startswith("greyops.rest/")
    assert "Authorization" not in request["headers"]
    assert (token.token_type, token.scope, token.refresh_token) == ("Bearer", "service", None)
    assert token.expires_at == pytest.approx(time.time() + 86400, abs=10)
    # A login is not counted as a call of the API.
    assert session.runtime.stats.calls == 0


def test_scope_is_sent_if_set(simulator: Simulator, open_session: OpenSession) -> None:
    assert client_credentials(simulator, scope="service").fetch_token(open_session()).scope == "service"
    assert json.loads(simulator.requests("/oauth/token")[0]["body"])["scope"] == "service"


def test_credentials_as_a_form(simulator: Simulator, open_session: OpenSession) -> None:
    simulator.switch(grepr={"form_login": True})
    assert client_credentials(simulator, token_request="form").fetch_token(open_session()).access_token
    (request,) = simulator.requests("/oauth/token")
    assert request["headers"]["Content-Type"] == "application/x-www-form-urlencoded"
    assert parse_qs(request["body"]) == {
        "client_id": [simulator.ready_info["grepr"]["client_id"]],
        "client_secret": [simulator.ready_info["grepr"]["client_secret"]],
        "audience": ["service"],
        "grant_type": ["client_credentials"],
    }
    assert "Authorization" not in request["headers"]


@pytest.mark.parametrize("value", ["plain-._~09", AWKWARD, "a:b", "100%", "a+b c", "日本"])
def test_credentials_as_basic(simulator: Simulator, open_session: OpenSession, value: str) -> None:
    simulator.fault("/oauth/token", {"json": {"access_token": "it", "token_type": "Bearer"}})
    grant = client_credentials(
        simulator, client_id=value, client_secret=f"{value}!", scope="a b", audience=None, token_request="basic"
    )
    assert grant.fetch_token(open_session()).access_token == "it"
    (request,) = simulator.requests("/oauth/token")
    assert request["headers"]["Content-Type"] == "application/x-www-form-urlencoded"
    assert parse_qs(request["body"]) == {"grant_type": ["client_credentials"], "scope": ["a b"]}
    client_id, client_secret = decoded_basic(request).split(":")
    assert (unquote(client_id), unquote(client_secret)) == (value, f"{value}!")
    # Servers that decode a plus as a space, and those that do not, read the same value.
    assert "+" not in client_id + client_secret
    if value.startswith("plain"):
        assert client_id == value


def test_encoded_secrets_are_masked_too(simulator: Simulator, open_session: OpenSession) -> None:
    grant = client_credentials(simulator, client_id="w:b", client_secret="s3cret & more", token_request="basic")
    basic = base64.b64encode(b"w%3Ab:s3cret%20%26%20more").decode()
    text = f"no: s3cret & more, s3cret%20%26%20more, {basic}"
    simulator.fault("/oauth/token", {"status": 401, "json": {"error": "invalid_client", "error_description": text}})
    with pytest.raises(AuthenticationError) as caught:
        grant.fetch_token(open_session())
    (request,) = simulator.requests("/oauth/token")
    assert request["headers"]["Authorization"] == f"Basic {basic}"
    assert ": no: ********, ********, ********. Check" in message_of(caught)


USUAL = "client_id, client_secret, audience and auth_url."
OTHER_FORM = f"If the server takes no JSON, set token_request: form. Otherwise check {USUAL}"
OTHER_JSON = f"If the server takes no forms, set token_request: json. Otherwise check {USUAL}"
OTHER_BASIC = f"Check {USUAL} If the server wants the client as HTTP Basic, set token_request: basic."
OTHER_POST = f"Check {USUAL} If the server wants the client in the form, set token_request: form."
CHALLENGE = {"WWW-Authenticate": 'Basic realm="x"'}


@pytest.mark.parametrize(
    ("token_request", "answer", "advice"),
    [
        ("json", {"status": 400, "json": {"error": "invalid_request", "error_description": "said"}}, OTHER_FORM),
        ("json", {"status": 400, "json": {"error": "unsupported_grant_type", "message": "said"}}, OTHER_FORM),
        ("json", {"status": 415, "html": "<h1>said</h1>"}, OTHER_FORM),
        ("json", {"status": 401, "json": {"error": "invalid_client", "error_description": "said"}}, OTHER_BASIC),
        ("json", {"status": 400, "json": {"error": "invalid_client", "error_description": "said"}}, OTHER_BASIC),
        ("form", {"status": 401, "headers": CHALLENGE, "json": {"message": "said"}}, OTHER_BASIC),
        ("form", {"status": 400, "json": {"error": "unsupported_grant_type", "message": "said"}}, OTHER_JSON),
        ("basic", {"status": 415, "text": "said"}, OTHER_JSON),
        ("basic", {"status": 401, "json": {"error": "invalid_client", "error_description": "said"}}, OTHER_POST),
        ("json", {"status": 403, "json": {"error": "access_denied", "error_description": "said"}}, f"Check {USUAL}"),
        ("form", {"status": 400, "json": {"error": "invalid_scope", "error_description": "said"}}, f"Check {USUAL}"),
    ],
)
def test_rejection_names_the_other_encoding(
    simulator: Simulator, open_session: OpenSession, token_request: str, answer: dict[str, Any], advice: str
) -> None:
    simulator.fault("/oauth/token", answer)
    with pytest.raises((AuthenticationError, LoginError)) as caught:
        client_credentials(simulator, token_request=token_request).fetch_token(open_session())
    assert message_of(caught).endswith(f": said. {advice}")
    assert len(simulator.requests("/oauth/token")) == 1


@pytest.mark.parametrize(
    ("form", "known"),
    [("number", True), ("string", True), ("float", True), ("absent", False), ("garbage", False)],
)
def test_forms_of_expires_in(simulator: Simulator, open_session: OpenSession, form: str, known: bool) -> None:
    simulator.switch(expires_in_form=form, token_life=100)
    for grant in (client_credentials(simulator), password(simulator)):
        token = grant.fetch_token(open_session())
        if known:
            assert token.expires_at == pytest.approx(time.time() + 100, abs=5)
        else:
            assert token.expires_at is None


@pytest.mark.parametrize(
    ("changed", "status", "reason"),
    [
        # The reason is the same as the status, and is not repeated.
        ({"client_secret": "wrong-secret"}, 401, ""),
        ({"client_id": "nobody"}, 401, ""),
        ({"audience": "elsewhere"}, 403, "Service not enabled within domain: elsewhere"),
        ({"audience": None}, 403, "No audience parameter was provided"),
        ({"scope": "admin"}, 403, "Client has not been granted scopes: admin"),
    ],
)
def test_rejected_client(
    simulator: Simulator, open_session: OpenSession, changed: dict[str, Any], status: int, reason: str
) -> None:
    with pytest.raises(AuthenticationError) as caught:
        client_credentials(simulator, **changed).fetch_token(open_session())
    message = message_of(caught)
    assert message.startswith(f"POST {simulator.http}/oauth/token (login) failed with HTTP {status}")
    assert message.endswith(
        f"{f': {reason}' if reason else ''}. Check client_id, client_secret, audience and auth_url."
    )
    assert (caught.value.status, caught.value.method) == (status, "POST")
    assert "wrong-secret" not in message
    assert len(simulator.requests("/oauth/token")) == 1


HINT = "Try the other server."


@pytest.mark.parametrize(
    ("answer", "hinted"),
    [
        ({"status": 401, "json": {"error": "access_denied"}}, True),
        ({"status": 403, "json": {"error": "access_denied"}}, True),
        ({"status": 404}, True),
        ({"cut": "before"}, True),
        ({"status": 400, "json": {"error": "invalid_request"}}, False),
        ({"status": 503}, False),
        ({"status": 403, "json": {"error_description": "Quota of tokens used up"}}, False),
    ],
)
def test_another_server_is_named_and_not_tried(
    simulator: Simulator, open_session: OpenSession, answer: dict[str, Any], hinted: bool
) -> None:
    simulator.fault("/oauth/token", answer)
    with pytest.raises(GreyopsError) as caught:
        client_credentials(simulator, server_hint=HINT).fetch_token(open_session(retries=0))
    assert message_of(caught).endswith(f" {HINT}") == hinted
    assert [request["path"] for request in simulator.requests("/")] == ["/oauth/token"]


def test_used_up_quota_is_not_tried_again(simulator: Simulator, open_session: OpenSession) -> None:
    simulator.switch(grepr={"token_limit": "quota"})
    with pytest.raises(QuotaError, match="wait until its quota is renewed"):
        client_credentials(simulator).fetch_token(open_session())
    assert len(simulator.requests("/oauth/token")) == 1


def test_limited_rate_is_waited_for(simulator: Simulator, open_session: OpenSession) -> None:
    limited = {"status": 429, "headers": {"Retry-After": "0"}, "json": {"error": "too_many_requests"}}
    simulator.fault("/oauth/token", limited, times=2)
    session = open_session()
    client_credentials(simulator).fetch_token(session)
    assert session.runtime.stats.retries == 2


@pytest.mark.parametrize(
    "answer",
    [
        {"json": {}},
        {"json": []},
        {"json": {"access_token": ""}},
        {"json": {"access_token": "two\nlines"}},
        {"json": {"error": "invalid_client", "error_description": "with 200"}},
        {"html": "<html><title>Login page</title></html>"},
        {"text": ""},
        {"text": "{not json"},
        {"status": 204},
    ],
)
def test_responses_without_a_valid_token(
    simulator: Simulator, open_session: OpenSession, answer: dict[str, Any]
) -> None:
    simulator.fault("/oauth/token", {"status": 200, **answer})
    with pytest.raises((LoginError, HTTPStatusError), match=r"POST http://127.0.0.1:\d+/oauth/token") as caught:
        client_credentials(simulator).fetch_token(open_session())
    assert simulator.ready_info["grepr"]["client_secret"] not in message_of(caught)


def test_login_follows_no_redirect(simulator: Simulator, open_session: OpenSession) -> None:
    for status in (301, 302, 303, 307, 308):
        simulator.admin("DELETE", "/faults")
        simulator.admin("DELETE", "/requests")
        simulator.fault("/oauth/token", {"redirect": f"{simulator.http}/elsewhere?secret=1", "status": status})
        with pytest.raises(HTTPStatusError, match=r"was redirected to .*/elsewhere, which is not followed") as caught:
            client_credentials(simulator).fetch_token(open_session())
        assert "secret=1" not in message_of(caught)
        assert [request["path"] for request in simulator.requests()] == ["/oauth/token"]


# --- password


def test_form_has_these_fields(simulator: Simulator, open_session: OpenSession) -> None:
    token = password(simulator).fetch_token(open_session())
    (request,) = simulator.requests(LOGIN)
    assert decoded_basic(request) == "butler:butler"
    assert request["headers"]["Content-Type"] == "application/x-www-form-urlencoded"
    assert request["headers"]["Accept"] == "application/json"
    assert request["query_string"] == ""
    fields = [pair.partition("=")[0] for pair in request["body"].split("&")]
    assert sorted(fields) == ["grant_type", "password", "username"]
    assert token.authorization == f"Bearer {token.access_token}"
    assert token.refresh_token is not None
    assert token.expires_at == pytest.approx(time.time() + 43200, abs=10)


def test_credentials_in_the_query(simulator: Simulator, open_session: OpenSession) -> None:
    simulator.switch(greymatter={"users": [{"username": AWKWARD, "password": AWKWARD}]})
    token = password(simulator, username=AWKWARD, password=AWKWARD, in_query=True).fetch_token(open_session())
    (request,) = simulator.requests(LOGIN)
    assert request["body"] == ""
    assert request["query"] == {"grant_type": "password", "username": AWKWARD, "password": AWKWARD}
    assert decoded_basic(request) == "butler:butler"
    assert token.access_token


def test_credentials_in_the_query_stay_out_of_messages(simulator: Simulator, open_session: OpenSession) -> None:
    grant = password(simulator, password=AWKWARD, in_query=True)
    with pytest.raises(AuthenticationError) as caught:
        grant.fetch_token(open_session())
    assert "password=" not in str(caught.value.as_result())
    simulator.fault(LOGIN, {"cut": "before"})
    with pytest.raises(RequestError) as broken:
        grant.fetch_token(open_session(retries=0))
    assert "password=" not in str(broken.value.as_result())


@pytest.mark.parametrize("in_query", [False, True])
@pytest.mark.parametrize(
    "value", [AWKWARD, "a+b", "100%", "%41", "a&b=c", " lead and trail ", "ünï", '"quoted"', "日本"]
)
def test_any_character_arrives(simulator: Simulator, open_session: OpenSession, value: str, in_query: bool) -> None:
    simulator.switch(
        greymatter={
            "users": [{"username": value, "password": value}],
            "clients": [{"client_id": "web", "client_secret": value}],
        }
    )
    grant = password(simulator, username=value, password=value, client_id="web", client_secret=value, in_query=in_query)
    token = grant.fetch_token(open_session())
    assert token.refresh_token is not None
    assert grant.refresh(open_session(), token.refresh_token) is not None


@pytest.mark.parametrize("token_request", ["json", "form"])
def test_any_character_arrives_at_grepr(simulator: Simulator, open_session: OpenSession, token_request: str) -> None:
    simulator.switch(
        grepr={"credentials": [{"client_id": AWKWARD, "client_secret": AWKWARD}], "form_login": token_request == "form"}
    )
    grant = client_credentials(simulator, client_id=AWKWARD, client_secret=AWKWARD, token_request=token_request)
    assert grant.fetch_token(open_session()).access_token


@pytest.mark.parametrize("status", [400, 401])
@pytest.mark.parametrize("error_format", ["negotiated", "xml_default", "xml_as_json"])
def test_wrong_password(simulator: Simulator, open_session: OpenSession, status: int, error_format: str) -> None:
    simulator.switch(greymatter={"wrong_password_status": status, "error_format": error_format})
    with pytest.raises(AuthenticationError) as caught:
        password(simulator, password="wr0ng-pass").fetch_token(open_session())
    message = message_of(caught)
    assert f"failed with HTTP {status}" in message
    assert ": Bad credentials. Check username and password." in message
    assert "wr0ng-pass" not in message
    assert len(simulator.requests(LOGIN)) == 1


@pytest.mark.parametrize("status", ["locked", "disabled", "expired"])
def test_locked_or_expired_account(simulator: Simulator, open_session: OpenSession, status: str) -> None:
    options = simulator.ready_info["greymatter"]
    user = {"username": options["username"], "password": options["password"], "status": status}
    simulator.switch(greymatter={"users": [user]})
    with pytest.raises(AuthenticationError, match=f"is {status}|has {status}"):
        password(simulator).fetch_token(open_session())


def test_wrong_client(simulator: Simulator, open_session: OpenSession) -> None:
    with pytest.raises(AuthenticationError) as caught:
        password(simulator, client_secret="n0t-it").fetch_token(open_session())
    message = message_of(caught)
    assert message.endswith("HTTP 401 Unauthorized: Bad credentials. "
                            "The client was refused: check client_id and client_secret.")  # fmt: skip
    assert "n0t-it" not in message


def test_client_without_the_grant(simulator: Simulator, open_session: OpenSession) -> None:
    client = {"client_id": "butler", "client_secret": "butler", "grant_types": ["refresh_token"]}
    simulator.switch(greymatter={"clients": [client]})
    with pytest.raises(AuthenticationError, match=r"Unauthorized grant type\. The client was refused"):
        password(simulator).fetch_token(open_session())


@pytest.mark.parametrize(
    ("answer", "expected", "hint"),
    [
        ({"status": 502, "html": "<html><head><title>No backend left</title></head></html>"}, "No backend left",
         "The fault is the server's: try again later."),
        ({"status": 500, "xml": "<Map><message>Broken inside</message></Map>"}, "Broken inside",
         "The fault is the server's: try again later."),
        ({"status": 401, "html": "<html><body><h1>401 Authorization Required</h1></body></html>"},
         "401 Authorization Required", "Check username and password."),
        ({"status": 404, "json": {"error": "Not Found", "message": "No message available"}}, "No message available",
         NO_LOGIN),
        ({"status": 405, "json": {"error": "method_not_allowed"}}, "method_not_allowed", NO_LOGIN),
    ],
)  # fmt: skip
def test_html_errors_are_reduced_to_one_sentence(
    simulator: Simulator, open_session: OpenSession, answer: dict[str, Any], expected: str, hint: str
) -> None:
    simulator.fault(LOGIN, answer)
    with pytest.raises((AuthenticationError, LoginError)) as caught:
        password(simulator).fetch_token(open_session(retries=0))
    error = caught.value
    assert f"(login) failed with HTTP {answer['status']}" in error.message
    assert (error.reason, error.hint) == (expected, hint)
    assert error.msg == f"{error.message.rstrip('.')}: {expected}. {hint}"
    assert isinstance(error, AuthenticationError) == (answer["status"] == 401)


def test_secret_echoed_by_the_server_is_masked(simulator: Simulator, open_session: OpenSession) -> None:
    grant = password(simulator, password="hunter2 & co", client_id="web", client_secret="cl13nt-s3cret")
    expected = "no: hunter2 & co, hunter2+%26+co, cl13nt-s3cret, " + base64.b64encode(b"web:cl13nt-s3cret").decode()
    simulator.fault(LOGIN, {"status": 400, "json": {"error": "invalid_grant", "error_description": expected}})
    with pytest.raises(AuthenticationError) as caught:
        grant.fetch_token(open_session())
    assert "hunter2" not in message_of(caught)
    assert base64.b64encode(b"web:cl13nt-s3cret").decode() not in message_of(caught)
    assert "cl13nt-s3cret" not in message_of(caught)


# --- refresh tokens


def test_reuse_keeps_the_refresh_token(simulator: Simulator, open_session: OpenSession) -> None:
    grant, session = password(simulator), open_session()
    first = grant.fetch_token(session)
    assert first.refresh_token is not None
    second = grant.refresh(session, first.refresh_token)
    assert second is not None
    assert second.access_token != first.access_token
    assert second.refresh_token == first.refresh_token
    assert grant.refresh(session, first.refresh_token) is not None
    body = simulator.requests(LOGIN)[1]["body"]
    assert sorted(pair.partition("=")[0] for pair in body.split("&")) == ["grant_type", "refresh_token"]
    assert simulator.counters()["refreshes"]["greymatter"] == 2


def test_rotation_brings_a_new_refresh_token(simulator: Simulator, open_session: OpenSession) -> None:
    simulator.switch(greymatter={"refresh": "rotate"})
    grant, session = password(simulator), open_session()
    first = grant.fetch_token(session)
    assert first.refresh_token is not None
    second = grant.refresh(session, first.refresh_token)
    assert second is not None
    assert second.refresh_token not in (None, first.refresh_token)


def test_refresh_token_may_be_omitted(simulator: Simulator, open_session: OpenSession) -> None:
    simulator.fault(LOGIN, {"json": {"access_token": "new", "token_type": "bearer"}})
    token = password(simulator).refresh(open_session(), "the-old-one")
    assert token is not None
    assert (token.access_token, token.refresh_token) == ("new", "the-old-one")


def test_rejected_refresh_returns_none(simulator: Simulator, open_session: OpenSession) -> None:
    simulator.switch(greymatter={"refresh": "refuse"})
    grant, session = password(simulator), open_session()
    first = grant.fetch_token(session)
    assert first.refresh_token is not None
    assert grant.refresh(session, first.refresh_token) is None
    assert grant.refresh(session, "never-issued") is None


def test_grant_without_refresh_tokens(simulator: Simulator, open_session: OpenSession) -> None:
    simulator.switch(greymatter={"refresh": "off"})
    assert password(simulator).fetch_token(open_session()).refresh_token is None
    assert client_credentials(simulator).refresh(open_session(), "anything") is None


def test_refresh_is_never_retried(simulator: Simulator, open_session: OpenSession) -> None:
    """A server that rotates refresh tokens treats a second use as theft."""
    simulator.switch(greymatter={"refresh": "rotate"})
    grant, session = password(simulator), open_session()
    first = grant.fetch_token(session)
    assert first.refresh_token is not None
    simulator.fault(LOGIN, {"cut": "after"})
    with pytest.raises(RequestError):
        grant.refresh(session, first.refresh_token)
    assert len(simulator.requests(LOGIN)) == 2


def test_login_is_retried(simulator: Simulator, open_session: OpenSession) -> None:
    simulator.fault(LOGIN, {"cut": "before"}, times=1)
    assert password(simulator).fetch_token(open_session()).access_token
    assert len(simulator.requests(LOGIN)) == 2


def test_identity_does_not_depend_on_the_encoding(simulator: Simulator) -> None:
    json_body, form, basic = (client_credentials(simulator, token_request=how) for how in ("json", "form", "basic"))
    assert json_body.identity() == form.identity() == basic.identity()


def test_identities_differ_and_hold_no_secret(simulator: Simulator) -> None:
    grants: list[Grant] = [
        client_credentials(simulator),
        client_credentials(simulator, scope="x"),
        client_credentials(simulator, audience="x"),
        client_credentials(simulator, client_id="x"),
        client_credentials(simulator, token_url="https://h.test/oauth/token"),
        password(simulator),
        password(simulator, username="x"),
        password(simulator, client_id="x"),
    ]
    identities = [json.dumps(grant.identity(), sort_keys=True) for grant in grants]
    assert len(set(identities)) == len(grants)
    secrets = (simulator.ready_info["grepr"]["client_secret"], simulator.ready_info["greymatter"]["password"])
    assert not any(secret in identity for identity in identities for secret in secrets)
