# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Limits for malicious and unusual responses over HTTP: memory, pages, encodings, charsets, interim responses."""

from __future__ import annotations

import ctypes
import gzip
import json
import re
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.greyops.rest.plugins.module_utils._context import Context, NullRuntime
from ansible_collections.greyops.rest.plugins.module_utils._errors import HTTPStatusError, RequestError
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.client import GreyMatterClient, list_all
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.service import GREYMATTER
from ansible_collections.greyops.rest.plugins.module_utils._http import json_parser
from ansible_collections.greyops.rest.plugins.module_utils._http.client import Request
from ansible_collections.greyops.rest.plugins.module_utils._http.json_parser import (
    Budget,
    DataTooLargeError,
    parse_json,
)
from ansible_collections.greyops.rest.plugins.module_utils._http.response import Response
from ansible_collections.greyops.rest.plugins.module_utils._http.streaming import StreamLimits
from ansible_collections.greyops.rest.plugins.module_utils._operation import perform
from ansible_collections.greyops.rest.plugins.modules.grepr_service_account_info import OPERATION as ACCOUNTS
from ansible_collections.greyops.rest.plugins.modules.greymatter_report_info import OPERATION as REPORTS
from tests.support.canned_http_server import Arrived, Canned, Reply
from tests.unit.conftest import params

if TYPE_CHECKING:
    from tests.unit.conftest import InProcesses, OpenSession

MIB = 1024 * 1024
TOKEN = Reply(body=json.dumps({"access_token": "token-0123456789abcdef", "expires_in": 3600}).encode())
JSON = {"Content-Type": "application/json"}


def _filled(unit: bytes, size: int) -> bytes:
    return b"[" + unit * (size // len(unit) - 1) + unit.rstrip(b",") + b"]"


def _listed(units: Iterator[bytes], size: int, brackets: bytes = b"[]") -> bytes:
    """Different entries that fill that size."""
    first = next(units)
    found = [first, *(next(units) for _number in range(size // (len(first) + 4)))]
    return brackets[:1] + b",".join(found) + brackets[1:]


def _counting(form: bytes) -> Iterator[bytes]:
    number = 1_000_000
    while True:
        yield form % number
        number += 1


HOSTILE: dict[str, Callable[[], bytes]] = {
    "dictionaries in dictionaries": lambda: _filled(b'{"a":{}},', 54 * MIB),
    "empty lists": lambda: _filled(b"[],", 60 * MIB),
    # Below the number at which counting bytes detects the excess.
    "some lists": lambda: _filled(b"[],", 8 * MIB),
    "whole numbers": lambda: _filled(b"123456789,", 63 * MIB),
    "numbers with a point": lambda: _filled(b"1.5,", 30 * MIB),
    "short strings": lambda: _listed(_counting(b'"%d"'), 63 * MIB),
    "different keys": lambda: _listed(_counting(b'"k%d":1'), 40 * MIB, b"{}"),
    "dictionaries of different keys": lambda: _listed(_counting(b'{"k%d":1}'), 40 * MIB),
    "one string": lambda: b'["' + b"x" * (63 * MIB) + b'"]',
    "one wide string": lambda: b'["' + "😀".encode() + b"x" * (63 * MIB) + b'"]',
    "escapes": lambda: b'["' + b"\\u1234" * (63 * MIB // 6) + b'"]',
    "dictionaries among blanks": lambda: _filled(b'{"a":1},' + b" " * 56, 63 * MIB),
    "blanks": lambda: b"[" + b" " * (63 * MIB) + b"]",
}
# A process of Ansible uses 66 MiB before it sends a request.
MOST = (200 - 66) * MIB
_M_MMAP_THRESHOLD = -3


def peak_of(work: Callable[[], object]) -> int:
    """The growth of this process's memory beyond its current and previous peak, in bytes."""
    # Large blocks freed by earlier tests raise glibc's threshold for mmap, which a process of Ansible starts without.
    with suppress(AttributeError):
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, 128 * 1024)
    status = Path("/proc/self/status")
    Path("/proc/self/clear_refs").write_text("5")
    before = _rss(status, "VmRSS")
    work()
    return _rss(status, "VmHWM") - before


def _rss(status: Path, name: str) -> int:
    found = re.search(rf"{name}:\s+(\d+) kB", status.read_text())
    assert found
    return int(found.group(1)) * 1024


# One case of each kind: containers, numbers, text. The others are slow.
QUICK = ("whole numbers", "one string", "blanks")

needs_proc = pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="memory is read from Linux's /proc")


def answer(body: bytes | bytearray, kind: str = "application/json") -> Response:
    return Response(200, "OK", {"content-type": kind}, body, "GET", "https://h.test/x")


# --- memory


@needs_proc
@pytest.mark.parametrize(
    "name", [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in HOSTILE]
)
def test_response_memory_is_limited(
    in_processes: InProcesses, canned: Canned, open_session: OpenSession, name: str
) -> None:
    """Received and parsed: with Ansible's own memory it stays below 200 MiB."""
    reply = Reply(body=HOSTILE[name](), headers=JSON)
    url = canned.serves(lambda _request: reply)

    def grown(_number: int) -> int:
        session = open_session(timeout=120, retries=0)

        def work() -> None:
            try:
                session.send(Request("GET", url)).parse_json()
            except HTTPStatusError as error:
                assert "max_response" in error.msg or name == "blanks", error.msg

        return peak_of(work)

    (grown_by,) = in_processes(grown, 1)
    assert grown_by < MOST, f"{grown_by / MIB:.0f} MiB"


def pipelines(count: int, vertices: int) -> bytes:
    """A list of jobs in Grepr's format."""
    return json.dumps({"items": [_pipeline(number, vertices) for number in range(count)]}).encode()


def _pipeline(number: int, vertices: int) -> dict[str, Any]:
    return {
        "id": f"0job{number:09d}",
        "organizationId": "acme",
        "name": f"pipeline_{number:05d}",
        "version": 1,
        "execution": "ASYNCHRONOUS",
        "processing": "STREAMING",
        "state": "RUNNING",
        "desiredState": "RUNNING",
        "jobGraph": {
            "vertices": [
                {
                    "type": "logs-filter",
                    "name": f"vertex_{vertex}",
                    "predicate": {"type": "datadog-query", "query": f"service:web-{number} @http.status:{vertex}"},
                    "tags": ["a:b", "c:d"],
                    "enabled": True,
                }
                for vertex in range(vertices)
            ],
            "edges": [f"vertex_{vertex} -> vertex_{vertex + 1}" for vertex in range(vertices - 1)],
        },
        "tags": {"env": "prod", "team": f"t{number % 20}"},
        "teamIds": ["0team00001"],
        "createdAt": "2026-03-01T12:00:00Z",
        "updatedAt": "2026-03-01T12:00:00Z",
    }


@needs_proc
def test_ten_thousand_pipelines_of_fourteen_vertices_pass(in_processes: InProcesses) -> None:
    body = pipelines(10_000, 14)

    def grown(_number: int) -> int:
        mine = answer(bytearray(body))
        found: list[Any] = []
        size = peak_of(lambda: found.append(mine.parse_json()))
        assert len(found[0]["items"]) == 10_000
        assert found[0]["items"][77] == _pipeline(77, 14)
        return size

    (grown_by,) = in_processes(grown, 1)
    assert grown_by < MOST, f"{grown_by / MIB:.0f} MiB"


def test_limit_is_an_option(canned: Canned, open_session: OpenSession) -> None:
    body = json.dumps([{"name": f"n{number}", "number": number + 0.5} for number in range(5000)]).encode()
    url = canned.serves(lambda _request: Reply(body=body, headers=JSON))
    with pytest.raises(RequestError, match=r"the answer is larger than 0\.0625 MiB\. .* or raise max_response\."):
        open_session(max_response=65536).send(Request("GET", url))
    with pytest.raises(HTTPStatusError) as caught:
        open_session(max_response=300_000).send(Request("GET", url)).parse_json()
    assert "answered with data that takes more than 0.572205 MiB of memory. Ask for less" in caught.value.msg
    assert "raise max_response" in caught.value.msg
    assert len(open_session(max_response=2 * MIB).send(Request("GET", url)).parse_json()) == 5000


# --- JSON, in chunks


values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.floats(allow_nan=False) | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=8), inner, max_size=6),
    max_leaves=40,
)


# No number is longer than a chunk, and there are many of them.
windows = st.integers(40, 60)


def _both(text: str, window: int) -> tuple[Any, Any]:
    """The result of this parser for a text, and that of Python's; ValueError if it is rejected."""
    found: list[Any] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_parser, "_WINDOW", window)
        for parse in (lambda: parse_json(bytearray(text.encode()), Budget(64 * MIB)), lambda: json.loads(text)):
            try:
                found.append(parse())
            except ValueError:
                found.append(ValueError)
    return found[0], found[1]


@settings(max_examples=200, deadline=None)
@given(value=values, indent=st.sampled_from([None, 1]), ascii_only=st.booleans(), window=windows)
def test_read_size_does_not_change_the_result(value: Any, indent: int | None, ascii_only: bool, window: int) -> None:
    found, expected = _both(json.dumps(value, indent=indent, ensure_ascii=ascii_only), window)
    assert found == expected == value


@settings(max_examples=400, deadline=None)
@given(value=values, place=st.integers(0, 400), other=st.sampled_from(["", *'{}[]",:0-.eE+ t\\u']), window=windows)
def test_read_size_does_not_extend_the_limit(value: Any, place: int, other: str, window: int) -> None:
    text = json.dumps(value)
    found, expected = _both(text[:place] + other + text[place + 1 :], window)
    assert _replace_surrogates(found) == _replace_surrogates(expected)


def _replace_surrogates(value: Any) -> str:
    """A value as text, with U+FFFD for each lone surrogate."""
    text = "refused" if value is ValueError else json.dumps(value, ensure_ascii=False)
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def test_read_boundaries_within_any_token() -> None:
    text = json.dumps([1, -1.5e-7, 123456789, 'ü😀\\"', True, None, {"a b": [[], {}, ""]}] * 40_000)
    assert len(text) > 10 * 131072
    assert parse_json(bytearray(text.encode()), Budget(512 * MIB)) == json.loads(text)
    with pytest.raises(ValueError):
        parse_json(bytearray(text[:-1].encode()), Budget(512 * MIB))
    with pytest.raises(ValueError):
        parse_json(bytearray(f"{text} 1".encode()), Budget(512 * MIB))


@pytest.mark.parametrize("depth", [100, 101, 1000, 100_000])
def test_excessive_nesting_is_rejected(depth: int) -> None:
    text = "[" * depth + "]" * depth
    if depth <= 100:
        assert parse_json(bytearray(text.encode()), Budget(64 * MIB)) == json.loads(text)
        return
    with pytest.raises(ValueError):
        parse_json(bytearray(text.encode()), Budget(64 * MIB))


def test_last_duplicate_key_wins() -> None:
    assert parse_json(bytearray(b'{"a": 1, "a": 2}'), Budget(MIB)) == {"a": 2}


def test_size_limit_applies_to_all_pages() -> None:
    budget = Budget(20_000)
    with pytest.raises(DataTooLargeError):
        for _page in range(100):
            parse_json(bytearray(b"[[1000, 2000, 3000]]"), budget)


# --- lone surrogates


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'["cut \\ud83d"]', ["cut \ufffd"]),
        (b'["cut \\uD83d", "\\ude00 too"]', ["cut \ufffd", "\ufffd too"]),
        (b'{"k\\ud83d": {"in": ["\\udfff"]}}', {"k\ufffd": {"in": ["\ufffd"]}}),
        (b'["\\ud83d\\ude00", "\\\\ud83d"]', ["😀", "\\ud83d"]),
        (b'["raw \xed\xa0\xbd"]', ["raw \ufffd"]),
        ('["\\ud83d ü"]'.encode(), ["\ufffd ü"]),
    ],
)
def test_lone_surrogate_is_replaced(body: bytes, expected: Any) -> None:
    found = answer(body).parse_json()
    assert found == expected
    json.dumps(found, ensure_ascii=False).encode()


# --- charsets


@pytest.mark.parametrize(
    ("kind", "encoding"),
    [
        ("application/json", "utf-8"),
        ("application/json", "utf-8-sig"),
        ("application/json", "utf-16"),
        ("application/json;charset=ISO-8859-1", "latin-1"),
        ('application/json; Charset="iso-8859-15"', "iso-8859-15"),
        ("application/json;charset=windows-1252", "cp1252"),
        ("application/json;charset=UTF-16", "utf-16"),
        ("application/json;charset=utf-16le", "utf-16-le"),
        ("application/json;charset=us-ascii", "utf-8"),
        ("application/json;charset=klingon", "utf-8"),
        ("application/json;charset=rot13", "utf-8"),
        ("application/json;charset=unicode_escape", "utf-8"),
        ("application/json;charset=../../x", "utf-8"),
        ("application/json;charset=" + "x" * 5000, "utf-8"),
        ("text/plain", "utf-8"),
        ("text/plain;charset=ISO-8859-1", "latin-1"),
        ("text/plain;charset=windows-1252", "cp1252"),
        ("text/plain;charset=koi8-r", "koi8-r"),
        ("text/plain", "utf-8-sig"),
        ("text/plain", "utf-16"),
    ],
)
def test_charsets(kind: str, encoding: str) -> None:
    text = '["Größe: 5 Stück"]' if encoding != "koi8-r" else '["размер"]'
    body = text.encode(encoding)
    assert answer(body, kind).text == text
    assert answer(body, kind).head == text
    assert answer(body, kind).parse_json() == json.loads(text)
    assert answer(body, kind).parse_brief() == json.loads(text)


def test_body_does_not_match_its_charset() -> None:
    assert answer("Größe".encode("latin-1"), "text/plain").text == "Gr\ufffd\ufffde"
    with pytest.raises(HTTPStatusError, match="where JSON was expected"):
        answer('["Größe"]'.encode("latin-1")).parse_json()


# --- content codings


def _deflated(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


PLAIN = json.dumps({"n": list(range(500))}).encode()
CODED = {
    "gzip": ("gzip", gzip.compress(PLAIN, mtime=0)),
    "x-gzip": ("X-GZIP", gzip.compress(PLAIN, mtime=0)),
    "members": ("gzip", gzip.compress(PLAIN[:1000], mtime=0) + gzip.compress(b"") + gzip.compress(PLAIN[1000:])),
    "padded": ("gzip", gzip.compress(PLAIN, mtime=0) + b"\0" * 4096),
    "zlib": ("deflate", zlib.compress(PLAIN)),
    "bare": ("deflate", _deflated(PLAIN)),
    "identity": ("identity", PLAIN),
}


@pytest.mark.parametrize("chunk", [1, 7, None])
@pytest.mark.parametrize("name", list(CODED))
def test_single_content_encoding_is_decoded(
    canned: Canned, open_session: OpenSession, name: str, chunk: int | None
) -> None:
    coding, body = CODED[name]
    url = canned.serves(lambda _request: Reply(body=body, headers={**JSON, "Content-Encoding": coding}, chunk=chunk))
    assert open_session().send(Request("GET", url)).parse_json() == json.loads(PLAIN)
    assert canned.requests[0].headers["Accept-Encoding"] == "gzip, deflate"


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
@pytest.mark.parametrize(
    "body", [b"no such thing", gzip.compress(PLAIN, mtime=0)[:-20], gzip.compress(PLAIN, mtime=0)[:5]]
)
def test_body_does_not_match_its_content_encoding(
    canned: Canned, open_session: OpenSession, coding: str, body: bytes
) -> None:
    url = canned.serves(lambda _request: Reply(body=body, headers={**JSON, "Content-Encoding": coding}))
    with pytest.raises(RequestError, match="the answer is not compressed as it claims"):
        open_session(retries=0).send(Request("GET", url))


@pytest.mark.parametrize(
    "coding", ["gzip, gzip", "gzip,gzip,gzip", "br", "zstd", "deflate, gzip", "compress", "identity, gzip"]
)
def test_other_content_encodings_are_rejected(canned: Canned, open_session: OpenSession, coding: str) -> None:
    url = canned.serves(lambda _request: Reply(body=b"x" * 100, headers={"Content-Encoding": coding}))
    expected = f"the answer is compressed in a way that was not asked for ({coding}). Check the server"
    with pytest.raises(RequestError, match=re.escape(expected)):
        open_session(retries=3).send(Request("GET", url))
    assert len(canned.requests) == 1
    refused = pytest.raises(RequestError, match=re.escape(expected.partition(" Check")[0]))
    with refused, open_session().stream(Request("POST", url), StreamLimits(20, 60)) as response:
        list(response.stream)
    assert canned.requests[-1].headers["Accept-Encoding"] == "identity"


@needs_proc
@pytest.mark.parametrize("layers", [1, 2, 3])
def test_decompression_bomb_is_rejected(
    in_processes: InProcesses, canned: Canned, open_session: OpenSession, layers: int
) -> None:
    packer = zlib.compressobj(9, wbits=31)
    body = b"".join(packer.compress(b" " * MIB) for _part in range(256)) + packer.flush()
    for _layer in range(layers - 1):
        body = gzip.compress(body, mtime=0)
    url = canned.serves(lambda _request: Reply(body=body, headers={"Content-Encoding": ", ".join(["gzip"] * layers)}))

    def grown(_number: int) -> int:
        def work() -> None:
            with pytest.raises(RequestError, match=r"larger than 64 MiB|not asked for"):
                open_session(retries=0).send(Request("GET", url))

        return peak_of(work)

    (grown_by,) = in_processes(grown, 1)
    assert grown_by < MOST, f"{grown_by / MIB:.0f} MiB"


def test_compressed_stream_is_rejected(canned: Canned, open_session: OpenSession) -> None:
    lines = [b'{"n": %d}' % number for number in range(5000)]
    body = gzip.compress(b"\n".join(lines), mtime=0)
    url = canned.serves(lambda _request: Reply(body=body, headers={"Content-Encoding": "gzip"}, chunk=1000))
    received: list[bytes] = []
    with open_session().stream(Request("POST", url), StreamLimits(20, 60)) as response:
        for batch in response.stream:
            received += batch
    assert received == lines


def test_empty_body_with_content_encoding(canned: Canned, open_session: OpenSession) -> None:
    url = canned.serves(lambda _request: Reply(status=204, body=b"", headers={"Content-Encoding": "gzip"}))
    assert open_session().send(Request("GET", url)).is_empty


# --- interim responses


@pytest.mark.parametrize("interim", [[102], [103], [100, 102, 103, 100], [103] * 99])
def test_interim_responses_are_skipped(canned: Canned, open_session: OpenSession, interim: list[int]) -> None:
    url = canned.serves(lambda _request: Reply(body=b'{"a": 1}', headers=JSON, interim=interim))
    session = open_session()
    for _twice in range(2):
        found = session.send(Request("GET", url))
        assert (found.status, found.parse_json()) == (200, {"a": 1})
        assert "link" not in found.headers


@pytest.mark.parametrize("interim", [[101], [103] * 200, [102, 101]])
def test_endless_interim_responses(canned: Canned, open_session: OpenSession, interim: list[int]) -> None:
    url = canned.serves(lambda _request: Reply(body=b'{"a": 1}', headers=JSON, interim=interim))
    with pytest.raises(RequestError, match="what answers there does not speak proper HTTP"):
        open_session(retries=0).send(Request("GET", url))


# --- pages


def _run(operation: Any, canned: Canned, runtime: NullRuntime, **options: Any) -> dict[str, Any]:
    names = operation.spec.options
    common = {"api_url": canned.url, "auth_url": canned.url, "client_id": "c", "client_secret": "secret-0123456789"}
    if "username" in names:
        common = {"api_url": canned.url, "username": "u", "password": "password-0123456789"}
    given_ = {**common, "token_store": "none", "retries": 0, **options}
    return perform(operation, Context(params(operation.spec, given_), runtime)).keys


def test_endless_pagination(canned: Canned, runtime: NullRuntime, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server may return pages smaller than requested; it may not continue forever."""
    monkeypatch.setattr("ansible_collections.greyops.rest.plugins.module_utils._http.pagination._MAX_PAGES", 50)

    def reply(request: Arrived) -> Reply:
        if "token" in request.path:
            return TOKEN
        accounts = [{"id": f"a{len(canned.requests)}", "name": "x"}]
        return Reply(body=json.dumps({"limit": 1, "serviceAccounts": accounts}).encode(), headers=JSON)

    canned.serves(reply)
    result = _run(ACCOUNTS, canned, runtime)
    assert "answered with one more page after 50 pages. A list that does not end is a fault" in result["msg"]
    assert result["api"]["calls"] == 51


def test_pagination_exceeds_the_memory_limit(canned: Canned, runtime: NullRuntime) -> None:
    def reply(request: Arrived) -> Reply:
        if "token" in request.path:
            return TOKEN
        accounts = [{"id": f"a{len(canned.requests)}", "name": f"{len(canned.requests)}" + "x" * MIB}]
        return Reply(body=json.dumps({"limit": 1, "serviceAccounts": accounts}).encode(), headers=JSON)

    canned.serves(reply)
    result = _run(ACCOUNTS, canned, runtime, max_response=4 * MIB)
    assert "answered with data that takes more than 8 MiB of memory" in result["msg"]
    assert result["api"]["calls"] <= 9


def test_pagination_exceeds_the_timeout(canned: Canned, runtime: NullRuntime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ansible_collections.greyops.rest.plugins.module_utils._http.pagination._MAX_SECONDS", 1.0)

    def reply(request: Arrived) -> Reply:
        if "token" in request.path:
            return TOKEN
        time.sleep(0.1)
        rows = [{"id": f"{len(canned.requests)}-{number}"} for number in range(25)]
        return Reply(body=json.dumps(rows).encode(), headers=JSON)

    canned.serves(reply)
    result = _run(REPORTS, canned, runtime)
    assert "answered with one more page after 1 s" in result["msg"]


def test_exceeding_the_page_limit_fails(canned: Canned, runtime: NullRuntime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ansible_collections.greyops.rest.plugins.module_utils._http.pagination._MAX_PAGES", 20)

    def reply(request: Arrived) -> Reply:
        if "token" in request.path:
            return TOKEN
        page = {"totalPages": 10**9, "number": 0, "content": [{"clientCatalogId": str(len(canned.requests))}]}
        return Reply(body=json.dumps(page).encode(), headers=JSON)

    canned.serves(reply)
    options = {"api_url": canned.url, "username": "u", "password": "password-0123456789", "token_store": "none"}
    with pytest.raises(HTTPStatusError, match="one more page after 20 pages"):
        list_all(GreyMatterClient.open(Context(params(GREYMATTER.spec, options), runtime)), "catalog")
