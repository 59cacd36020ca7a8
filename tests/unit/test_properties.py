# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Arbitrary input from servers, users, environments and stores: a result, or an error of the collection."""

from __future__ import annotations

import functools
import json
import math
import os
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from unittest import mock
from urllib.parse import quote

import pytest

from ansible_collections.greyops.rest.plugins.module_utils._argspec import ArgumentSpec, validate_options
from ansible_collections.greyops.rest.plugins.module_utils._context import Context, Directories, NullRuntime
from ansible_collections.greyops.rest.plugins.module_utils._errors import GreyopsError, OptionError, RequestError
from ansible_collections.greyops.rest.plugins.module_utils._grepr.service import GREPR
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.service import GREYMATTER
from ansible_collections.greyops.rest.plugins.module_utils._http import urls
from ansible_collections.greyops.rest.plugins.module_utils._http.client import HttpClient
from ansible_collections.greyops.rest.plugins.module_utils._http.response import (
    Response,
    find_error_reason,
    find_oauth_error,
)
from ansible_collections.greyops.rest.plugins.module_utils._http.retry import parse_retry_after
from ansible_collections.greyops.rest.plugins.module_utils._http.settings import HTTP_SPEC, HttpSettings
from ansible_collections.greyops.rest.plugins.module_utils._http.transport import get_transport
from ansible_collections.greyops.rest.plugins.module_utils._http.urls import encode_query
from ansible_collections.greyops.rest.plugins.module_utils._oauth import provider as provider_file
from ansible_collections.greyops.rest.plugins.module_utils._oauth import store as store_module
from ansible_collections.greyops.rest.plugins.module_utils._oauth.encryption import RecordCipher
from ansible_collections.greyops.rest.plugins.module_utils._oauth.grants import PasswordGrant
from ansible_collections.greyops.rest.plugins.module_utils._oauth.store import (
    EncryptedStore,
    MemoryStore,
    SharedRateLimits,
)
from ansible_collections.greyops.rest.plugins.module_utils._oauth.tokens import Token, TokenRecord, format_iso8601
from ansible_collections.greyops.rest.plugins.module_utils._operation import ModuleResult, Operation, perform
from ansible_collections.greyops.rest.plugins.module_utils._redaction import MASK, Redactor, list_encoded_variants
from ansible_collections.greyops.rest.plugins.modules import (
    grepr_job_info,
    grepr_request,
    grepr_token,
    greymatter_catalog_info,
    greymatter_request,
    greymatter_token,
)

from .conftest import params

pytest.importorskip("hypothesis")

from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

# The same examples in each run, so that results do not depend on chance.
stable = functools.partial(
    settings,
    derandomize=True,
    database=None,
    # Minimizing a failing example takes minutes over HTTP; the first one is sufficient.
    phases=[Phase.explicit, Phase.generate],
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much],
)
often = stable(max_examples=150)
# With a server, an example takes some milliseconds.
over_the_wire = stable(max_examples=60)

SECRET = "p&s=w%41 \"'ü<b>\\n$/+#~hunter2"
FORMS = sorted(list_encoded_variants(SECRET))
LONGEST_MESSAGE = 3000

# --- strategies

# Lone surrogates too: JSON can contain them, and the environment uses them for bytes that are not valid UTF-8.
anything = st.one_of(
    st.text(alphabet=st.characters(exclude_categories=()), max_size=20),
    st.sampled_from(["\ud800", "a\udcffb", "\0", " ", "ü%&+"]),
)
texts = st.one_of(
    anything,
    st.sampled_from(
        ["", "Bearer", "bearer", "a-token-that-is-long-enough", "x" * 300, " ", "a\r\nX-Y: z", "é", "null"]
    ),
    st.sampled_from(FORMS).flatmap(lambda form: anything.map(lambda text: f"{text}{form}{text}")),
)
numbers = st.one_of(
    st.integers(-(10**3), 10**6),
    st.floats(),
    st.sampled_from([0, -1, 10**400, -(10**400), 2**63, 1e308, 5e-324]),
)
NAMES = [
    "access_token", "token_type", "expires_in", "refresh_token", "scope", "error", "error_description", "message",
    "errors", "alert_data", "description", "reason", "code", "items", "content", "data", "totalPages", "number", "id",
    "name", "version", "clientCatalogId",
]  # fmt: skip


def documents_of(texts: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    return st.recursive(
        st.one_of(st.none(), st.booleans(), numbers, texts),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3), st.dictionaries(st.one_of(st.sampled_from(NAMES), anything), inner, max_size=5)
        ),
        max_leaves=12,
    )


documents = documents_of(texts)
tokens = st.fixed_dictionaries(
    {"access_token": st.one_of(st.just("a-token-that-is-long-enough"), texts)},
    optional={
        "token_type": st.one_of(st.just("bearer"), documents),
        "expires_in": st.one_of(numbers, numbers.map(str), documents),
        "refresh_token": st.one_of(texts, documents),
        "scope": documents,
    },
)
jobs = st.lists(
    st.fixed_dictionaries({"version": numbers}, optional={"id": documents, "name": documents, "state": documents}),
    max_size=3,
)
listings = st.one_of(jobs.map(lambda items: {"items": items}), jobs, documents)
bodies = st.one_of(
    st.one_of(documents, tokens, listings).map(lambda document: json.dumps(document).encode()),
    st.binary(max_size=200),
    texts.map(lambda text: f"<html><title>{text}</title></html>".encode(errors="replace")),
    texts.map(lambda text: f"<oauth><error>{text}</error></oauth>".encode(errors="replace")),
    st.sampled_from([b"[" * 2000 + b"]" * 2000, b'{"a":' * 900 + b"1" + b"}" * 900, b"9" * 6000]),
)
on_a_line = st.one_of(
    st.text(alphabet=st.characters(max_codepoint=255, exclude_characters="\r\n\0"), max_size=30),
    st.sampled_from([form for form in FORMS if form.isprintable()]),
    st.just("x" * 5000),
)
headers = st.fixed_dictionaries(
    {},
    optional={
        "Content-Type": st.one_of(st.sampled_from(["application/json", "text/html; charset=x", ""]), on_a_line),
        "Location": st.one_of(
            st.sampled_from(["http://[", "http://h:port/", "//", "/", "?a", "http://h.test/x"]), on_a_line
        ),
        "Retry-After": st.one_of(
            st.sampled_from(["0", "1", "9" * 400, "-1", "Fri, 31 Dec 9999 23:59:59 GMT"]), on_a_line
        ),
        "WWW-Authenticate": on_a_line,
        "Content-Encoding": st.sampled_from(["gzip", "deflate", "br", "zstd", "identity", "x"]),
        "Content-Length": st.sampled_from(["-1", "0", "7", "7, 7", "7, 8", "x", "9" * 30]),
        "Transfer-Encoding": st.sampled_from(["chunked", "gzip, chunked", "x"]),
        "Set-Cookie": on_a_line,
    },
)
statuses = st.one_of(
    st.sampled_from([200, 200, 200, 201, 204, 301, 302, 307, 400, 401, 403, 404, 407, 429, 500, 503]),
    st.integers(101, 999),
)


def over_http(status: int, phrase: str, fields: dict[str, str], body: bytes) -> bytes:
    fields = {"Content-Length": str(len(body)), **fields, "Connection": "close"}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status} {phrase}\r\n{head}\r\n".encode("latin-1") + body


good_tokens = tokens.map(lambda document: over_http(200, "OK", {}, json.dumps(document).encode()))
fitting = st.one_of(documents, listings, tokens).map(lambda document: json.dumps(document).encode())
targets = st.sampled_from(
    ["http://[", "http://h:port/", "//", "?a", "http://h.test/x", "\\", "http://[::1", *map(quote, FORMS)]
)
answers = st.one_of(
    st.builds(over_http, statuses, st.one_of(st.just("OK"), on_a_line), headers, bodies),
    st.builds(over_http, st.just(200), st.just("OK"), st.just({}), fitting),
    st.builds(over_http, st.just(401), st.just("Unauthorized"), st.just({}), bodies),
    st.builds(
        over_http, st.just(302), st.just("Found"), targets.map(lambda target: {"Location": target}), st.just(b"")
    ),
    st.binary(max_size=200),
    st.binary(max_size=100).map(lambda tail: b"HTTP/1.1 200 OK\r\n" + tail),
)

# --- a server with arbitrary responses


@dataclass
class Talker:
    """Answers the next requests to each path with the given bytes, and repeats the last of them."""

    url: str = ""
    script: dict[str, list[bytes]] = field(default_factory=dict)

    def answer(self, path: str) -> bytes:
        script = self.script["login" if path.endswith("/oauth/token") else "api"]
        return script.pop(0) if len(script) > 1 else script[0]


@pytest.fixture(scope="module")
def talker() -> Iterator[Talker]:
    made = Talker()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            path = self.rfile.readline().split(b" ")[1].partition(b"?")[0].decode()
            length = 0
            while line := self.rfile.readline().strip():
                name, _colon, value = line.partition(b":")
                length = int(value) if name.lower() == b"content-length" else length
            self.rfile.read(length)
            self.wfile.write(made.answer(path))

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """The client may disconnect at any time."""

    server = Server(("127.0.0.1", 0), Handler)
    made.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no other process to wait for."""
    monkeypatch.setattr(provider_file, "_CONFIRMATION_WAIT", 0.0)


HASTE = {"timeout": 2, "retries": 0, "max_wait": 0, "token_store": "none", "use_proxy": False}
GREPR_OPTIONS = {"client_id": "me", "client_secret": SECRET, **HASTE}
GREYMATTER_OPTIONS = {"username": "ann", "password": SECRET, **HASTE}


def performed(operation: Operation, arguments: dict[str, Any]) -> ModuleResult:
    """Run one task with an empty store."""
    store_module._records.clear()
    runtime = NullRuntime(Directories(ansible_home="/nonexistent"))
    call = Context(params(operation.spec, arguments), runtime, diff_mode=True)
    return perform(operation, call)


def assert_sound(result: ModuleResult) -> None:
    """Assert a result that can be serialized; a failure is one bounded message, without a secret."""
    written = json.dumps(result.keys)
    assert "Traceback" not in written
    assert set(result.keys["api"]) == {"calls", "retries", "waited", "token"}
    if result.failed:
        assert_clear(result.keys["msg"])


def assert_clear(message: object) -> None:
    assert isinstance(message, str)
    assert 0 < len(message) < LONGEST_MESSAGE
    assert not message.startswith("A fault in greyops.rest"), message
    assert_silent(message)


def assert_silent(text: str) -> None:
    assert [form for form in FORMS if form in text] == []


# --- operations against a server with arbitrary responses


@pytest.mark.parametrize(
    ("operation", "options", "more"),
    [
        (grepr_job_info.OPERATION, GREPR_OPTIONS, {}),
        (grepr_job_info.OPERATION, GREPR_OPTIONS, {"id": ["a"], "version": 1}),
        (grepr_request.OPERATION, GREPR_OPTIONS, {"path": "/v1/x", "method": "POST", "body": {"a": 1}}),
        (greymatter_catalog_info.OPERATION, GREYMATTER_OPTIONS, {}),
        (greymatter_request.OPERATION, GREYMATTER_OPTIONS, {"path": "/x"}),
    ],
    ids=["jobs", "one job", "post", "catalogs", "get"],
)
def test_arbitrary_api_responses(
    talker: Talker, operation: Operation, options: dict[str, Any], more: dict[str, Any]
) -> None:
    @over_the_wire
    @given(
        st.lists(st.one_of(good_tokens, good_tokens, answers), min_size=1, max_size=2),
        st.lists(answers, min_size=1, max_size=3),
    )
    def check(login: list[bytes], api: list[bytes]) -> None:
        talker.script = {"login": login, "api": api}
        given = {**options, **more, "api_url": talker.url, "auth_url": talker.url}
        assert_sound(performed(operation, given))

    check()


@pytest.mark.parametrize(
    ("operation", "options"),
    [
        (grepr_token.OPERATION, GREPR_OPTIONS),
        (greymatter_token.OPERATION, GREYMATTER_OPTIONS),
        (greymatter_token.OPERATION, {**GREYMATTER_OPTIONS, "credentials_in": "query", "return_token": True}),
    ],
    ids=["client credentials", "password", "password in the query"],
)
def test_arbitrary_login_responses(talker: Talker, operation: Operation, options: dict[str, Any]) -> None:
    @over_the_wire
    @given(st.one_of(good_tokens, answers))
    def check(login: bytes) -> None:
        talker.script = {"login": [login]}
        result = performed(operation, {**options, "api_url": talker.url, "auth_url": talker.url})
        assert_sound(result)
        if not result.failed:
            assert result.keys["changed"]
            assert result.hidden is bool(options.get("return_token"))

    check()


def test_arbitrary_refresh_responses(talker: Talker) -> None:
    """A token, or None to use the password; otherwise an error of the collection."""
    grant = PasswordGrant("greymatter", f"{talker.url}/oauth/token", "butler", "butler", "ann", SECRET)
    settings_of_http = HttpSettings.from_params(params(HTTP_SPEC, {"timeout": 2, "retries": 0, "max_wait": 0}))

    @over_the_wire
    @given(st.one_of(good_tokens, answers), st.one_of(st.just("refresh"), anything.filter(bool)))
    def check(answer: bytes, refresh_token: str) -> None:
        talker.script = {"login": [answer]}
        runtime = NullRuntime(Directories("/nonexistent"))
        runtime.secrets.register(SECRET)
        session = HttpClient(settings_of_http, runtime)
        try:
            token = grant.refresh(session, refresh_token)
        except GreyopsError as error:
            assert_clear(error.msg)
        else:
            assert token is None or token.refresh_token

    check()


@pytest.mark.parametrize("depth", [100, 500, 950, 2000, 9000, 100_000])
def test_responses_of_any_depth(talker: Talker, depth: int) -> None:
    token = json.dumps({"access_token": "a-token-that-is-long-enough"}).encode()
    for body in (b"[" * depth + b"]" * depth, b'{"a":' * depth + b"1" + b"}" * depth):
        talker.script = {"login": [over_http(200, "OK", {}, token)], "api": [over_http(200, "OK", {}, body)]}
        for operation, options in (
            (grepr_request.OPERATION, GREPR_OPTIONS),
            (greymatter_request.OPERATION, GREYMATTER_OPTIONS),
        ):
            given = {**options, "path": "/x", "api_url": talker.url, "auth_url": talker.url}
            assert_sound(performed(operation, given))


@pytest.mark.parametrize("version", [10**400, -(10**400), 1e308, math.nan, math.inf, True, "2", None, [], {}])
def test_versions_of_any_kind_are_sorted(talker: Talker, version: object) -> None:
    listing = json.dumps({"items": [{"id": "a", "version": one} for one in (version, 1, 10**400)]}).encode()
    token = json.dumps({"access_token": "a-token-that-is-long-enough"}).encode()
    talker.script = {"login": [over_http(200, "OK", {}, token)], "api": [over_http(200, "OK", {}, listing)]}
    result = performed(grepr_job_info.OPERATION, {**GREPR_OPTIONS, "api_url": talker.url, "auth_url": talker.url})
    assert_sound(result)
    assert len(result.keys["jobs"]) == 3


# --- responses


@often
@given(st.one_of(tokens, documents), st.floats(0, 4e9))
def test_any_response_is_a_token_or_none(document: Any, now: float) -> None:
    token = Token.from_response(document, now)
    if token is None:
        return
    # Values that are sent in a header, shown, and stored.
    assert f"X: {token.authorization}".encode("ascii").isalnum() is False
    assert token.authorization.isprintable()
    assert "\n" not in token.authorization
    assert format_iso8601(token.expires_at) is None or token.expires_at >= now
    assert Token.from_record(json.loads(json.dumps(token.as_record()))) == token
    Redactor().register_tokens(token.access_token, token.refresh_token)


@often
@given(st.integers(100, 999), bodies, st.one_of(st.just("application/json"), on_a_line))
def test_any_error_body_has_a_short_reason(status: int, body: bytes, kind: str) -> None:
    secrets = Redactor()
    secrets.register(SECRET)
    answer = Response(status, "phrase", {"content-type": kind}, body, "GET", "https://h.test/x")
    reason = find_error_reason(answer, secrets)
    assert len(reason) <= 201
    assert "\n" not in reason
    assert_silent(reason)
    assert isinstance(find_oauth_error(answer), (str, type(None)))


@often
@given(
    st.one_of(
        on_a_line,
        numbers.map(str),
        st.dates().map(str),
        st.datetimes().map(lambda at: at.strftime("%a, %d %b %Y %T GMT")),
    )
)
def test_any_time_to_wait_is_a_number_or_none(text: str) -> None:
    seconds = parse_retry_after(Response(429, "", {"retry-after": text}, b"", "GET", "https://h.test/"))
    assert seconds is None or (0 <= seconds <= 86400)


# --- stores

KEY = RecordCipher(b"k" * 32, [SECRET, None])
NAME = KEY.record_name({"service": "x"})


@often
@given(documents, st.integers(0, 400), st.binary(max_size=3))
def test_record_decrypts_to_its_document_or_nothing(document: Any, at: int, other: bytes) -> None:
    sealed = KEY.encrypt(NAME, document)
    assert json.dumps(KEY.decrypt(NAME, sealed), sort_keys=True) == json.dumps(document, sort_keys=True)
    assert KEY.decrypt(NAME[:-1] + "x", sealed) is None
    damaged = sealed[:at] + other + sealed[at + len(other) :]
    assert damaged == sealed or KEY.decrypt(NAME, damaged) is None


@often
@given(st.binary(max_size=300))
def test_foreign_record_decrypts_to_nothing(record: bytes) -> None:
    assert KEY.decrypt(NAME, record) is None


token_records = st.fixed_dictionaries(
    {
        "access_token": texts,
        "token_type": documents,
        "scope": documents,
        "obtained_at": numbers,
        "expires_at": documents,
    },
    optional={"refresh_token": documents, "more": documents},
)
entries = st.fixed_dictionaries(
    {"token": st.one_of(st.none(), token_records, documents)},
    optional={
        "accepted": documents, "refreshed": documents, "unproven": documents, "refused_login": documents,
        "refused_until": st.one_of(numbers, documents), "refusal": documents,
    },
)  # fmt: skip


@often
@given(st.one_of(entries, documents))
def test_any_document_is_a_usable_entry(document: Any) -> None:
    entry = TokenRecord.from_document(document)
    assert TokenRecord.from_document(json.loads(json.dumps(entry.as_document()))) == entry
    assert math.isfinite(entry.get_ttl(1e9))
    if entry.token is not None:
        assert entry.token.is_fresh(60, 1e9) in (True, False)
        assert entry.token.authorization.isprintable()
        format_iso8601(entry.token.obtained_at)
        format_iso8601(entry.token.expires_at)


@often
@given(
    st.one_of(
        st.lists(st.sampled_from([0.0, 1e9, 1e308, -math.inf, math.inf, math.nan]), min_size=2, max_size=2), documents
    )
)
def test_any_record_is_a_cooldown_or_none(document: Any) -> None:
    vault = EncryptedStore([SECRET], [MemoryStore()], NullRuntime(Directories("/nonexistent")))
    vault.write({"cooldown": "server"}, document, 60)
    assert math.isfinite(SharedRateLimits(vault).retry_at("server"))


# --- options

url_texts = st.one_of(
    anything,
    st.builds(
        "".join,
        st.tuples(
            st.sampled_from(["", "http:", "https:", "HTTPS:", "ftp:", "http", " https:"]),
            st.sampled_from(["", "/", "//", "///", "\\\\"]),
            st.sampled_from(["", "user@", f"user:{SECRET}@", "@"]),
            st.sampled_from(["", "h.test", "127.0.0.1", "[::1]", "[", "]", "[v1.x]", "é.test", "h\t.test", "h\x00"]),
            st.sampled_from(["", ":", ":0", ":80", ":65536", ":x", ":-1"]),
            st.sampled_from(["", "/", "/api/", "/a b", "/\n", "/ü", "?q", "#f", ";p", "/%", "/\udcff", "/.."]),
        ),
    ),
)  # fmt: skip


@often
@example("https://h\x00/", "x")
@given(url_texts, st.one_of(st.sampled_from(["/v1/jobs", "x?a=b", "%", "a b", ".."]), anything))
def test_any_text_is_a_usable_url_or_rejected(text: str, path: str) -> None:
    try:
        base = urls.parse_base_url(text, "api_url")
        url = urls.join(base, path)
        urls.require_confidential(url, allow_http=False)
    except OptionError as error:
        assert SECRET not in error.msg
        return
    assert urls.parse_origin(url) == urls.parse_origin(base)
    connections = get_transport(HttpSettings.from_params(params(HTTP_SPEC, {})))
    try:
        assert connections.prepare("GET", url).url
    except RequestError as error:
        assert "cannot be formed" in error.msg


proxies = st.builds(
    "".join,
    st.tuples(
        st.sampled_from(["", "http://", "https://", "socks5://", "ftp://", "http:/", "//", "://"]),
        st.sampled_from(["", "user@", f"user:{quote(SECRET)}@", f"user:{SECRET}@", "@"]),
        st.sampled_from(["", "127.0.0.1", "[::1]", "[", "]", "\x01", "%"]),
        st.sampled_from(["", ":1", ":0", ":65536", ":x", ":"]),
        st.sampled_from(["", "/", "?q", "#f", " "]),
    ),
)


@over_the_wire
@example(proxy="user@", but="")
@given(proxies, st.sampled_from(["", "127.0.0.2", ",", "[", "x:y"]))
def test_any_proxy_is_used_or_rejected(talker: Talker, proxy: str, but: str) -> None:
    talker.script = {"api": [over_http(200, "OK", {}, b"{}")]}
    given = {**HASTE, "use_proxy": True, "api_url": talker.url, "access_token": "t", "path": "/x", "timeout": 0.5}
    with mock.patch.dict(os.environ, {"HTTP_PROXY": proxy, "NO_PROXY": but}):
        assert_sound(performed(grepr_request.OPERATION, given))


@often
@given(st.dictionaries(anything, documents, max_size=4))
def test_any_query_is_text_pairs_or_rejected(query: dict[str, Any]) -> None:
    try:
        pairs = encode_query(query)
        urls.with_query("https://h.test/x", pairs)
    except OptionError:
        assert _is_nested(query)
        return
    assert not _is_nested(query)
    assert all(isinstance(part, str) for pair in pairs for part in pair)


def _is_nested(query: dict[str, Any]) -> bool:
    items = [item for value in query.values() for item in (value if isinstance(value, list) else [value])]
    return any(isinstance(item, (dict, list)) for item in items)


# Without encoded variants of the secret: an option that a user set may be shown.
values = documents_of(anything)


def _of_type(option: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Valid and invalid values of an option."""
    fitting: dict[str, st.SearchStrategy[Any]] = {
        "bool": st.sampled_from([True, False, "yes", "no", 1]),
        "int": st.one_of(st.integers(0, 5), numbers, numbers.map(str)),
        "float": st.one_of(st.floats(0, 5), numbers, numbers.map(str)),
        "dict": st.dictionaries(anything, values, max_size=3),
        "list": st.lists(values, max_size=3),
        "str": anything,
        "path": anything,
    }
    if "choices" in option:
        return st.one_of(st.sampled_from(option["choices"]), values)
    return st.one_of(fitting.get(option["type"], values), st.just(""), values)


def arguments_of(spec: ArgumentSpec) -> st.SearchStrategy[dict[str, Any]]:
    given = {name: _of_type(option) for name, option in spec.options.items()}
    # Few at a time: with all of them, nearly every combination is invalid.
    some = st.sets(st.sampled_from(sorted(given)), max_size=5)
    return some.flatmap(lambda names: st.fixed_dictionaries({name: given[name] for name in sorted(names)}))


def environments_of(spec: ArgumentSpec) -> st.SearchStrategy[dict[str, str]]:
    in_the_environment = texts.map(lambda text: text.encode(errors="replace").decode().replace("\0", ""))
    return st.dictionaries(st.sampled_from(sorted(spec.variables)), in_the_environment, max_size=8)


@pytest.mark.parametrize(
    "spec", [GREPR.spec, GREYMATTER.spec, grepr_token.OPERATION.spec], ids=["grepr", "greymatter", "token"]
)
def test_any_options_are_valid_or_rejected(spec: ArgumentSpec) -> None:
    @often
    @given(arguments_of(spec), environments_of(spec))
    def check(arguments: dict[str, Any], environ: dict[str, str]) -> None:
        try:
            once = spec.resolve(arguments, environ)
            validate_options(spec, once)
        except OptionError as error:
            assert isinstance(error.msg, str)
            return
        # Options resolved in the worker are used by a module on its host, whose own environment is ignored.
        assert spec.resolve(once, {}) == once
        assert spec.resolve({**dict.fromkeys(spec.environment), **once}, environ) == once

    check()


@pytest.mark.parametrize(
    ("operation", "more"),
    [
        (grepr_job_info.OPERATION, {"client_id": "me", "client_secret": SECRET}),
        (grepr_request.OPERATION, {"client_id": "me", "client_secret": SECRET, "path": "/x"}),
        (greymatter_catalog_info.OPERATION, {"username": "ann", "password": SECRET}),
        (greymatter_token.OPERATION, {"username": "ann", "password": SECRET}),
    ],
    ids=["jobs", "request", "catalogs", "token"],
)
def test_any_options_are_a_result(talker: Talker, operation: Operation, more: dict[str, Any]) -> None:
    """From the arguments to the result, with a working server."""
    fixed = {**HASTE, "api_url": talker.url, "auth_url": talker.url}
    listing = json.dumps({"items": [{"id": "1", "name": "a"}], "content": [{"clientCatalogId": "1"}]}).encode()
    token = json.dumps({"access_token": "a-token-that-is-long-enough", "expires_in": 60}).encode()

    @over_the_wire
    @given(arguments_of(operation.spec))
    def check(arguments: dict[str, Any]) -> None:
        talker.script = {"login": [over_http(200, "OK", {}, token)], "api": [over_http(200, "OK", {}, listing)]}
        try:
            result = performed(operation, {**more, **arguments, **fixed})
        except OptionError as error:
            assert SECRET not in error.msg
        else:
            assert_sound(result)

    check()


# --- secrets


@often
@given(st.lists(anything.filter(lambda text: text and not set(text) & set(MASK)), min_size=1, max_size=4), st.data())
def test_no_form_of_a_secret_remains(values: list[str], data: st.DataObject) -> None:
    secrets = Redactor()
    secrets.register(*values)
    forms = sorted({form for value in values for form in list_encoded_variants(value)})
    text = "".join(data.draw(st.lists(st.one_of(st.sampled_from(forms), anything), max_size=6)))
    scrubbed = secrets.redact_all(text)
    assert [form for form in forms if form in scrubbed] == []


@often
@given(st.text(alphabet="abcdefghij-._~", min_size=12, max_size=40), documents)
def test_no_token_remains_in_data(token: str, document: Any) -> None:
    secrets = Redactor()
    secrets.register_tokens(token)
    data = secrets.redact_data({f"a{token}": [document, {"b": f"{token}{token}"}]})
    assert token not in json.dumps(data)
