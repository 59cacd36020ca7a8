# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""URLs: base URLs, queries, redaction in messages, and proxies."""

from __future__ import annotations

import pytest

from ansible_collections.greyops.rest.plugins.module_utils._errors import OptionError
from ansible_collections.greyops.rest.plugins.module_utils._http.urls import (
    encode_query,
    get_proxies,
    get_proxy,
    is_loopback,
    join,
    parse_base_url,
    parse_origin,
    require_confidential,
    strip_query,
    with_query,
)


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("https://h.test", "https://h.test"),
        ("https://h.test/", "https://h.test"),
        ("https://h.test:8443/a/b//", "https://h.test:8443/a/b"),
        ("  http://127.0.0.1:1  ", "http://127.0.0.1:1"),
        ("https://[::1]:8443", "https://[::1]:8443"),
        ("HTTPS://H.test", "HTTPS://H.test"),
    ],
)
def test_base_urls(given: str, url: str) -> None:
    assert parse_base_url(given, "api_url") == url


@pytest.mark.parametrize(
    "given",
    ["", "h.test", "h.test/api", "ftp://h.test", "https://", "https:///x", "https://h.test?a=b", "https://h.test#x",
     "https://h.test:0", "https://h.test:99999", "https://h.test:x", "https://h .test", "https://[::1", "file:///etc",
     "https://h.test?", "https://h.test#"],
)  # fmt: skip
def test_invalid_base_urls(given: str) -> None:
    with pytest.raises(OptionError, match="api_url"):
        parse_base_url(given, "api_url")


@pytest.mark.parametrize("given", ["https://ann:hunter2@h.test", "https://hunter2@h.test", "https://:hunter2@h.test"])
def test_user_info_is_rejected_and_not_shown(given: str) -> None:
    with pytest.raises(OptionError, match="user name or password") as caught:
        parse_base_url(given, "auth_url")
    assert "hunter2" not in str(caught.value)


def test_join() -> None:
    assert (
        join("https://h.test/api", "/v1/jobs") == join("https://h.test/api", "v1/jobs") == "https://h.test/api/v1/jobs"
    )
    # A path cannot lead to another host.
    assert parse_origin(join("https://h.test", "//evil.test/x")) == parse_origin("https://h.test")
    assert parse_origin(join("https://h.test", "@evil.test/x")) == parse_origin("https://h.test")


def test_queries() -> None:
    assert with_query("https://h.test/a", []) == "https://h.test/a"
    assert with_query("https://h.test/a", [("x", "1 & 2"), ("x", "ü")]) == "https://h.test/a?x=1+%26+2&x=%C3%BC"
    assert with_query("https://h.test/a?b=c", [("x", "1")]) == "https://h.test/a?b=c&x=1"


def test_query_pairs() -> None:
    query = {
        "state": ["A", "B"],
        "latest": True,
        "resolved": False,
        "since": None,
        "n": 5,
        "none": [],
        "gap": [None, "x"],
    }
    assert encode_query(query) == [
        ("state", "A"), ("state", "B"), ("latest", "true"), ("resolved", "false"), ("n", "5"), ("gap", "x"),
    ]  # fmt: skip


def test_urls_in_messages_are_redacted() -> None:
    assert strip_query("https://ann:pw@h.test:8443/a?password=x#y") == "https://h.test:8443/a"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://h.test/a", "https://h.test:443/b", True),
        ("https://h.test", "https://H.TEST", True),
        ("http://h.test", "http://h.test:80", True),
        ("https://h.test", "http://h.test", False),
        ("https://h.test", "https://h.test:8443", False),
        ("https://h.test", "https://h.test.evil", False),
    ],
)
def test_origins(one: str, other: str, same: bool) -> None:
    assert (parse_origin(one) == parse_origin(other)) is same


@pytest.mark.parametrize("host", ["localhost", "a.localhost", "127.0.0.1", "127.9.9.9", "::1"])
def test_loopback(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["", "h.test", "localhost.evil.test", "10.0.0.1", "0.0.0.0", "fe80::1"])
def test_not_loopback(host: str) -> None:
    assert not is_loopback(host)


def test_plain_http_is_for_loopback() -> None:
    for url in ("https://h.test", "http://localhost:8080/x", "http://127.0.0.1", "http://[::1]:1"):
        require_confidential(url, allow_http=False)
    with pytest.raises(OptionError, match="allow_http=true"):
        require_confidential("http://h.test/x", allow_http=False)
    require_confidential("http://h.test/x", allow_http=True)


# --- proxies


def test_proxy_requires_an_environment_variable() -> None:
    assert get_proxies("https://h.test/x") == {}


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_proxy_of_the_environment(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, "proxy.test:3128")
    assert get_proxies("https://h.test/x") == {"https": "http://proxy.test:3128"}


def test_each_scheme_has_its_own_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://secure.test:1")
    monkeypatch.setenv("http_proxy", "http://plain.test:1")
    assert get_proxies("https://h.test") == {"https": "http://secure.test:1"}
    assert get_proxies("http://h.test") == {"http": "http://plain.test:1"}


@pytest.mark.parametrize(
    ("url", "excepted"),
    [
        (
            "https://h.test:8443",
            ["h.test", ".test", "test", "*", "h.test:8443", ".test:8443", "H.Test", "h.test.", "*.test"],
        ),
        ("https://a.h.test", ["h.test", ".h.test", "*.h.test", "h.test:443", "test", "a.h.test"]),
        ("https://h.test.", ["h.test", "h.test."]),
        (
            "https://10.1.2.3",
            ["10.0.0.0/8", "10.1.2.3", "10.1.2.3/32", "10.1.2.3:443", "10.0.0.0/8:443", "10.9.9.9/8", "0.0.0.0/0"],
        ),
        (
            "https://[fd00::1]:8443",
            ["fd00::/8", "fd00::1", "[fd00::1]", "[fd00::1]:8443", "FD00:0::1", "fd00:0:0::1/128"],
        ),
        ("http://127.0.0.1:80", ["127.0.0.0/8", "127.0.0.1:80"]),
    ],
)
def test_exceptions_from_the_proxy(url: str, excepted: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "http://proxy.test:3128")
    for entry in excepted:
        for value in (entry, f"other.test , {entry},192.0.2.0/24", f"other.test {entry}"):
            monkeypatch.setenv("NO_PROXY", value)
            assert get_proxies(f"{url}/x") == {}, value
            assert get_proxy(url).entry == entry


@pytest.mark.parametrize(
    ("url", "others"),
    [
        (
            "https://h.test:8443",
            ["h.test:443", "est", ".h.test.example", "a.h.test", "xh.test", "h.test.example", "10.0.0.0/8"],
        ),
        ("https://xh.test", ["h.test", ".h.test", "*.h.test", "*h.test"]),
        (
            "https://10.1.2.3",
            [
                "11.0.0.0/8",
                "10.1.2.30",
                "3",
                "1.2.3",
                ".2.3",
                "10.1.2.3:80",
                "10.0.0.0/33",
                "fd00::/8",
                "::/0",
                "10.1.2",
            ],
        ),
        ("https://[fd00::1]:8443", ["fe00::/8", "[fd00::1]:443", "fd00::1:8443", "::1", "0.0.0.0/0", "[fd00"]),
        ("https://127.0.0.1", ["localhost", "", ",", " ", ".", ":", "/8", "127.0.0.1/"]),
    ],
)
def test_no_proxy_entries_that_match_nothing(url: str, others: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "http://proxy.test:3128")
    for value in (*others, ",".join(others)):
        monkeypatch.setenv("NO_PROXY", value)
        assert get_proxies(f"{url}/x"), value
        assert get_proxy(url).entry == ""


def test_lower_case_variables_take_precedence(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "https_proxy": "lower.test",
        "HTTPS_PROXY": "upper.test",
        "NO_PROXY": "*",
        "no_proxy": "a.test",
    }.items():
        monkeypatch.setenv(name, value)
    found = get_proxy("https://h.test")
    assert (found.url, found.variable) == ("http://lower.test", "https_proxy")
    assert (found.exceptions, found.exceptions_variable) == ("a.test", "no_proxy")
    excepted = get_proxy("https://a.test")
    assert (excepted.url, excepted.variable, excepted.entry) == ("", "https_proxy", "a.test")


def test_proxy_is_shown_without_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://walter:hunter2@proxy.test:3128/")
    assert get_proxy("https://h.test").shown == "http://proxy.test:3128 (HTTPS_PROXY)"


@pytest.mark.parametrize(
    "value", [r"http://evil.test\@proxy.test:3128", "http://proxy.test:0", "http://", "http://a b", "http://u:p@"]
)
def test_invalid_proxies(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", value)
    with pytest.raises(OptionError, match=r"The proxy for https is not a URL\. Give HTTPS_PROXY") as caught:
        get_proxy("https://h.test")
    assert value == "http://" or value not in caught.value.msg
