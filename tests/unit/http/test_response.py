# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reason for an error in a response, in each format of the two APIs and their gateways."""

from __future__ import annotations

import json
import time

import pytest

from ansible_collections.greyops.rest.plugins.module_utils._errors import HTTPStatusError
from ansible_collections.greyops.rest.plugins.module_utils._http.response import (
    Response,
    find_error_reason,
    find_exhausted_quota,
    find_oauth_error,
)
from ansible_collections.greyops.rest.plugins.module_utils._redaction import MASK, Redactor


def answer(body: object, kind: str = "application/json") -> Response:
    content = body.encode() if isinstance(body, str) else body if isinstance(body, bytes) else json.dumps(body).encode()
    return Response(400, "Bad Request", {"content-type": kind}, content, "GET", "https://h.test/x?secret=1")


def reason(body: object, secrets: Redactor | None = None) -> str:
    return find_error_reason(answer(body), secrets or Redactor())


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        # OAuth 2 (Auth0 and Spring)
        ({"error": "access_denied", "error_description": "Unauthorized"}, "Unauthorized"),
        ({"error": "invalid_grant"}, "invalid_grant"),
        # Dropwizard (Grepr)
        ({"code": 401, "message": "Credentials are required to access this resource."},
         "Credentials are required to access this resource."),
        ({"errors": ["name must not be null", "x"]}, "name must not be null; x"),
        # Spring Boot
        ({"timestamp": 1, "status": 404, "error": "Not Found", "message": "No message available", "path": "/x"},
         "No message available"),
        ({"status": 500, "error": "Internal Server Error", "message": ""}, "Internal Server Error"),
        # GreyMatter
        ({"alert_data": [{"code": "E1", "description": "Unknown SKU"}]}, "Unknown SKU"),
        ({"alert_data": [{"code": "E1"}]}, "E1"),
        ({"errors": [{"field": "name", "message": "may not be empty"}]}, "name: may not be empty"),
        ({"status": "error", "reason": "no stock"}, "no stock"),
        ({"status": "FAILURE", "message": "Refused.", "errors": [{"field": "lines", "code": "MISSING_ORDER_LINES"}]},
         "Refused: lines: MISSING_ORDER_LINES"),
        ({"status": "FAILURE", "message": "lines: none", "errors": [{"field": "lines", "message": "none"}]},
         "lines: none"),
        # Problem details (RFC 9457, and RFC 7807 before it), with its own example
        ({"type": "https://h.test/p", "title": "Your request is not valid.",
          "errors": [{"detail": "must be a positive integer", "pointer": "#/age"},
                     {"detail": "must be 'green', 'red' or 'blue'", "pointer": "#/profile/color"}]},
         "Your request is not valid: #/age: must be a positive integer; "
         "#/profile/color: must be 'green', 'red' or 'blue'"),
        ({"title": "You do not have enough credit.", "detail": "Your balance is 30, and that costs 50.", "status": 403},
         "You do not have enough credit: Your balance is 30, and that costs 50."),
        ({"title": "Bad Request", "status": 400, "detail": "quantity is not allowed", "instance": "/x"},
         "quantity is not allowed"),
        ({"title": "Bad Request", "status": 400}, "Bad Request"),
        ({"title": "Invalid", "invalid-params": [{"name": "age", "reason": "must be positive"}]},
         "Invalid: age: must be positive"),
        # Lists of validation errors: Spring Boot, Bean Validation, RESTEasy, ASP.NET, FastAPI
        ({"status": 400, "error": "Bad Request", "message": "Validation failed for object='order'. Error count: 2",
          "errors": [{"field": "quantity", "defaultMessage": "must be positive", "code": "Positive"},
                     {"field": "sku", "defaultMessage": "must not be blank"}]},
         "Validation failed for object='order'. Error count: 2: quantity: must be positive; sku: must not be blank"),
        ({"status": 400, "error": "Bad Request", "errors": [{"field": "sku", "defaultMessage": "must not be blank"}]},
         "sku: must not be blank"),
        ({"title": "Constraint Violation", "violations": [{"field": "create.sku", "message": "must not be blank"}]},
         "Constraint Violation: create.sku: must not be blank"),
        ({"parameterViolations": [{"constraintType": "PARAMETER", "path": "a.b", "message": "must be 1"}]},
         "a.b: must be 1"),
        ({"title": "One or more validation errors occurred.",
          "errors": {"Name": ["is required.", "is short."], "Age": "?"}},
         "One or more validation errors occurred: Name: is required; Name: is short; Age: ?"),
        ({"detail": [{"loc": ["body", 0, "sku"], "msg": "field required", "type": "value_error"}]},
         "body.0.sku: field required"),
        ({"error": {"code": "E7", "message": "no stock", "status": "FAILED"}}, "no stock"),
        ({"error": {"code": "E7"}}, "E7"),
        ({"errors": [[1], {"a": 1}, 7]}, '{"errors": [[1], {"a": 1}, 7]}'),
        # No reason, and no object
        ("plain words", "plain words"),
        ('"quoted words"', "quoted words"),
        ("", ""),
        ("[]", "[]"),
        ({"alert_data": [], "errors": {}}, '{"alert_data": [], "errors": {}}'),
        ({"message": {"deep": 1}, "error": "short"}, "short"),
        ("null", "null"),
        # XML
        ("<oauth><error>invalid_grant</error><error_description>Bad &amp; wrong</error_description></oauth>",
         "Bad & wrong"),
        ("<oauth><error>invalid_grant</error></oauth>", "invalid_grant"),
        ("<Map><message>nope</message></Map>", "nope"),
        ("<Error><Code>AccessDenied</Code><Message><![CDATA[a < b]]></Message></Error>", "a < b"),
        ('<?xml version="1.0" encoding="ISO-8859-1"?>\n<problem xmlns="urn:ietf:rfc:7807"><title>Not valid</title>'
         "<detail>quantity</detail><status>400</status></problem>", "Not valid: quantity"),
        ("<problem xmlns='urn:ietf:rfc:7807'><title>Not valid</title><errors><i><detail>is 0</detail>"
         "<pointer>#/qty</pointer></i></errors></problem>", "Not valid: #/qty: is 0"),
        ("<Map><errors><errors><field>a</field><defaultMessage>b</defaultMessage></errors><errors><field>c</field>"
         "<defaultMessage>d</defaultMessage></errors></errors></Map>", "a: b; c: d"),
        ("<s:Envelope xmlns:s='urn:s'><s:Body><s:Fault><faultstring>no such order</faultstring></s:Fault></s:Body>"
         "</s:Envelope>", "no such order"),
        ("<r><a>cut &amp; <b attr='x > y'>off</b> in a ta", "cut & off in a ta"),
        ("<r><a>cut off</a><b attr='x > y", "cut off"),
        ("<!DOCTYPE r [<!ENTITY e 'boom'>]><r><message>&e;</message></r>", "]> &e;"),
        # HTML pages
        ("<html><body><!-- <title>no</title> --><script>if (a < b) alert('<h1>no</h1>')</script><style>p {}</style>"
         "<p class=\"a > b\">The request\n<b>could not</b> be served.</p></body></html>",
         "The request could not be served."),
        ("\ufeff\n<!DOCTYPE html><html><head><title>Sign <b>in</b></title></head></html>", "Sign in"),
        ({"message": "<html><body><h1>Bad Gateway</h1></body></html>"}, "Bad Gateway"),
        ("<html><head><TITLE>502 Bad\n Gateway</TITLE></head><body>…</body></html>", "502 Bad Gateway"),
        ("<html><body><h1 class='x'>Whitelabel Error Page</h1></body></html>", "Whitelabel Error Page"),
        ("<html><head><title></title></head><body><h1>Down</h1></body></html>", "Down"),
    ],
)  # fmt: skip
def test_reasons(body: object, expected: str) -> None:
    assert reason(body) == expected


def test_reason_is_one_line() -> None:
    assert reason({"message": "first\r\n  second\tthird\n"}) == "first second third"


def test_reason_is_short() -> None:
    text = reason({"message": "x" * 5000})
    assert len(text) == 201
    assert text.endswith("…")


def test_reason_holds_no_secret() -> None:
    secrets = Redactor()
    secrets.register("p&ss w")
    secrets.register_tokens("eyJhbGciOi-token")
    text = reason({"error_description": "Invalid access token: eyJhbGciOi-token for p%26ss+w"}, secrets)
    assert text == f"Invalid access token: {MASK} for {MASK}"


def test_half_a_secret_is_masked_before_the_cut() -> None:
    secrets = Redactor()
    token = "t" * 150
    secrets.register_tokens(token)
    assert "t" * 5 not in reason({"message": "x" * 100 + " " + token}, secrets).replace(MASK, "")


def test_binary_bodies() -> None:
    assert reason(b"\xff\xfe\x00") != ""
    assert reason("[" * 100_000)


@pytest.mark.parametrize(
    "piece",
    [
        "<title",
        "<h1",
        "<h1 ",
        "<error>",
        "<message>a",
        "<",
        "<a>",
        "<!--",
        "<![CDATA[",
        "<script",
        "<script></script",
        "<a '",
        "<a \"'",
        "<a b='c'",
        "'\"",
        "<h1>a",
        "<a></a>",
    ],
)
def test_malicious_page_is_parsed_quickly(piece: str) -> None:
    started = time.process_time()
    reason(piece * (65536 // len(piece)))
    reason(f"<a>{piece * (65536 // len(piece))}")
    assert time.process_time() - started < 0.5


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"error": "invalid_grant"}, "invalid_grant"),
        ("<oauth><error> invalid_client </error></oauth>", "invalid_client"),
        ({"error": {"code": 1}}, None),
        ({"message": "x"}, None),
        ([], None),
        ("", None),
        ("no error here", None),
    ],
)
def test_oauth_error_codes(body: object, code: str | None) -> None:
    assert find_oauth_error(answer(body)) == code


BUCKETS = "b=per_hour;q=10;r={};t=1800,b=per_day;q=50;r={};t=43200"


@pytest.mark.parametrize(
    ("status", "headers", "body", "renewed"),
    [
        # By Auth0's headers
        (429, {"auth0-client-quota-limit": BUCKETS.format(0, 7)}, {"error": "too_many_requests"}, " in 30 min"),
        (429, {"auth0-client-quota-limit": BUCKETS.format(0, 0)}, {}, " in 720 min"),
        (429, {"auth0-organization-quota-limit": "b=per_hour; q=1; r=0; t=40"}, {}, " in less than a minute"),
        (429, {"auth0-client-quota-limit": "b=per_hour;q=1;r=0"}, "", ""),
        # By the text
        (403, {}, {"error": "access_denied", "error_description": "You have exceeded your M2M quota"}, ""),
        (429, {}, {"error": "too_many_requests", "error_description": "The token quota was reached."}, ""),
        (429, {}, {"error": "quota_exceeded"}, ""),
        # Neither of them
        (429, {"auth0-client-quota-limit": BUCKETS.format(3, 7)}, {"error": "too_many_requests"}, None),
        (429, {}, {"error": "too_many_requests", "error_description": "Global limit has been reached"}, None),
        (403, {}, {"error": "access_denied", "error_description": "Service not enabled within domain: quota"}, None),
        (403, {}, {"error": "access_denied", "error_description": "No such scopes: read:quota, limit"}, None),
        (403, {}, "<html><title>Blocked</title><!-- over quota: you have exceeded it --></html>", None),
        (429, {"auth0-client-quota-limit": "r;;=,,b"}, "not JSON: quota exceeded", None),
        (401, {}, {"error_description": "quota exceeded"}, None),
        (200, {"auth0-client-quota-limit": BUCKETS.format(0, 0)}, {"access_token": "x"}, None),
    ],
)
def test_used_up_quotas(status: int, headers: dict[str, str], body: object, renewed: str | None) -> None:
    content = body if isinstance(body, str) else json.dumps(body)
    assert find_exhausted_quota(Response(status, "", headers, content.encode(), "POST", "https://h.test")) == renewed


def test_non_json_response_is_described() -> None:
    with pytest.raises(
        HTTPStatusError, match=r"GET https://h.test/x answered with HTTP 400 and a body of type text/html"
    ):
        answer("<html>", "text/html; charset=utf-8").parse_json()
    with pytest.raises(HTTPStatusError, match="an empty body"):
        answer("").parse_json()
    with pytest.raises(HTTPStatusError, match="without a content type") as caught:
        answer("x", "").parse_json()
    assert (caught.value.status, caught.value.method, caught.value.url) == (400, "GET", "https://h.test/x")
    with pytest.raises(HTTPStatusError):
        answer("[" * 100_000).parse_json()
