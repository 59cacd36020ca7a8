# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Allowed hosts: matches of an item, invalid items, and lists that only restrict each other."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.greyops.rest.plugins.module_utils._context import Context, NullRuntime
from ansible_collections.greyops.rest.plugins.module_utils._errors import OptionError
from ansible_collections.greyops.rest.plugins.module_utils._http.allowed_hosts import (
    VARIABLE,
    find_allowing,
    get_allowed_hosts,
    parse_patterns,
    require_allowed,
)
from ansible_collections.greyops.rest.plugins.module_utils._operation import Operation, perform
from ansible_collections.greyops.rest.plugins.modules import (
    grepr_query,
    grepr_request,
    grepr_token,
    greymatter_catalog_info,
    greymatter_token,
)

from ..conftest import Simulator


def allows(allowed: list[str], url: str) -> bool:
    return find_allowing(url, parse_patterns(allowed, "allowed_hosts")) is not None


@pytest.mark.parametrize(
    ("item", "url"),
    [
        ("h.test", "https://h.test/x"),
        ("h.test", "https://H.Test:8443"),
        ("H.TEST.", "http://h.test."),
        (" h.test ", "https://h.test"),
        ("*.h.test", "https://a.h.test"),
        ("*.h.test", "https://b.a.h.test:1/x"),
        ("*.H.Test.", "https://a.h.test"),
        ("127.0.0.1", "http://127.0.0.1:80"),
        ("::1", "http://[::1]:80"),
        ("[::1]", "http://[0:0::1]"),
        ("FD00::1", "https://[fd00:0::1]"),
        ("localhost", "http://localhost:1"),
    ],
)
def test_allowed_urls_of_an_item(item: str, url: str) -> None:
    assert allows([item], url)
    assert allows(["other.test", item], url)


@pytest.mark.parametrize(
    ("item", "url"),
    [
        ("h.test", "https://a.h.test"),
        ("h.test", "https://h.test.example"),
        ("h.test", "https://xh.test"),
        ("*.h.test", "https://h.test"),
        ("*.h.test", "https://xh.test"),
        ("*.h.test", "https://h.test.example"),
        ("*.h.test", "https://a.h.test.example"),
        ("127.0.0.1", "http://127.0.0.2"),
        ("127.0.0.1", "http://localhost"),
        ("localhost", "http://127.0.0.1"),
        ("::1", "http://127.0.0.1"),
    ],
)
def test_rejected_urls_of_an_item(item: str, url: str) -> None:
    """Loopback is not an exception."""
    assert not allows([item], url)
    with pytest.raises(OptionError, match=r"Refusing to send anything to .* that allowed_hosts and GREYOPS_ALLOWED"):
        require_allowed(url, parse_patterns([item], "allowed_hosts"))


def test_empty_list_allows_all() -> None:
    require_allowed("https://h.test", ())
    assert get_allowed_hosts([], {}) == get_allowed_hosts([], {VARIABLE: ""}) == []


@pytest.mark.parametrize(
    "item",
    ["", " ", "*", "*.", "**.h.test", "h.*.test", "*h.test", "a.*", "https://h.test", "h.test:443", "h.test:",
     "h.test/x", "[::1]:443", "user@h.test", "h test", r"h\test", "h.test,other", "10.0.0.0/8", "*.127.0.0.1", "*.::1",
     "*.[::1]", "127.1", "0x7f.0.0.1", "ü.test", ".h.test", "h..test", "::1%lo", "None\x00"],
)  # fmt: skip
def test_invalid_items(item: str) -> None:
    for given, environ, source in (([item], {}, "allowed_hosts"), ([], {VARIABLE: f"h.test,{item}"}, VARIABLE)):
        if "," in item and environ:
            continue
        with pytest.raises(OptionError, match=rf"^{source} contains .*, which is not a host"):
            get_allowed_hosts(given, environ)


@pytest.mark.parametrize(
    ("option", "variable", "both"),
    [
        (["a.test"], "", ["a.test"]),
        ([], "a.test, *.b.test", ["a.test", "*.b.test"]),
        (["a.test", "b.test"], "b.test,c.test", ["b.test"]),
        (["*.b.test"], "a.b.test,b.test", ["a.b.test"]),
        (["a.b.test", "b.test"], "*.b.test", ["a.b.test"]),
        (["*.b.test"], "*.a.b.test", ["*.a.b.test"]),
        (["*.test"], "*.test", ["*.test"]),
        (["[::1]", "h.test"], "0::1,H.Test.", ["::1", "h.test"]),
    ],
)
def test_host_must_match_both_lists(option: list[str], variable: str, both: list[str]) -> None:
    assert get_allowed_hosts(option, {VARIABLE: variable}) == both
    # A restricted list may be restricted again, as for a module that gets both lists.
    assert sorted(get_allowed_hosts(both, {VARIABLE: variable})) == sorted(both)


@pytest.mark.parametrize(
    ("option", "variable"), [("a.test", "b.test"), ("b.test", "*.b.test"), ("*.a.test", "*.b.test")]
)
def test_lists_without_a_common_host_allow_none(option: str, variable: str) -> None:
    with pytest.raises(OptionError, match="allowed_hosts and GREYOPS_ALLOWED_HOSTS have no host in common"):
        get_allowed_hosts([option], {VARIABLE: variable})


# --- operations


def _refused(operation: Operation, params: dict[str, Any], runtime: NullRuntime, check_mode: bool = False) -> str:
    defaults = {name: option.get("default") for name, option in operation.spec.options.items()}
    result = perform(operation, Context({**defaults, **params}, runtime, check_mode=check_mode)).keys
    assert result["failed"]
    return str(result["msg"])


@pytest.mark.parametrize("allowed", ["localhost", "*.example.com", "127.0.0.2"])
def test_rejection_precedes_any_request(simulator: Simulator, runtime: NullRuntime, allowed: str) -> None:
    """API and login, for each kind of request, in check mode too."""
    query = {"dataset": "0abcdefghijkl", "query": "a", "start": "-5m"}
    tasks: list[tuple[Operation, dict[str, Any]]] = [
        (grepr_request.OPERATION, {**simulator.grepr(), "path": "/v1/jobs"}),
        (grepr_request.OPERATION, {**simulator.grepr(api_key="k" * 20, auth="api_key"), "path": "/v1/jobs"}),
        (grepr_token.OPERATION, simulator.grepr()),
        (grepr_query.OPERATION, {**simulator.grepr(), **query}),
        (greymatter_token.OPERATION, simulator.greymatter()),
        (greymatter_catalog_info.OPERATION, simulator.greymatter()),
    ]
    for operation, params in tasks:
        for check_mode in (False, True):
            message = _refused(operation, {**params, "allowed_hosts": [allowed]}, runtime, check_mode)
            assert message.startswith("Refusing to send anything to 127.0.0.1, which is not among"), message
    assert simulator.requests() == []


def test_login_and_api_hosts_must_both_be_allowed(simulator: Simulator, runtime: NullRuntime) -> None:
    """The login receives no request if the API is not allowed, and the API receives no token if the login is not
    allowed."""
    by_name = simulator.http.replace("127.0.0.1", "localhost")
    given = {"path": "/v1/jobs", "allowed_hosts": ["127.0.0.1"]}
    for elsewhere in ({"api_url": f"{by_name}/api"}, {"auth_url": by_name}):
        message = _refused(grepr_request.OPERATION, {**simulator.grepr(**elsewhere), **given}, runtime)
        assert "anything to localhost" in message
    assert simulator.requests() == []
