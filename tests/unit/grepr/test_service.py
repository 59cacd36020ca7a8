# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The login servers of Grepr: which one gets the credentials, and which other ones a message names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ansible_collections.greyops.rest.plugins.module_utils._context import Context
from ansible_collections.greyops.rest.plugins.module_utils._errors import RequestError
from ansible_collections.greyops.rest.plugins.module_utils._grepr.service import GREPR
from tests.support.proxy import run_proxy
from tests.unit.conftest import params

if TYPE_CHECKING:
    from ansible_collections.greyops.rest.plugins.module_utils._context import NullRuntime
    from tests.unit.conftest import Simulator

CREDENTIALS = {"org": "acme", "client_id": "a-client", "client_secret": "a-secret-of-that-client"}
DEFAULT = "grepr-prod.us.auth0.com"


@pytest.mark.parametrize(
    ("given", "hinted"),
    [
        ({}, True),
        ({"auth_url": f"https://{DEFAULT}/oauth/token"}, True),
        ({"auth_url": "https://auth.grepr.ai"}, False),
    ],
)
def test_other_servers_are_named_at_the_default_only(given: dict[str, str], hinted: bool) -> None:
    hint = vars(GREPR.build_grant(params(GREPR.spec, {**CREDENTIALS, **given})))["server_hint"]
    assert ("auth_url: https://auth.grepr.ai" in hint) == ("https://auth.eu.grepr.ai" in hint) == hinted


def test_default_that_cannot_be_reached(runtime: NullRuntime, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever leaves this host goes through the proxy: the credentials are tried at no other server."""
    with run_proxy() as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url())
        monkeypatch.delenv("NO_PROXY", raising=False)
        options = params(GREPR.spec, {**CREDENTIALS, "token_store": "none", "retries": 0, "timeout": 5})
        with pytest.raises(RequestError) as caught:
            GREPR.open_client(Context(options, runtime)).call("GET", "/v1/jobs")
        assert {request.line.split()[1] for request in proxy.requests} == {f"{DEFAULT}:443"}
    assert caught.value.msg.endswith("set auth_url: https://auth.grepr.ai (in Europe: https://auth.eu.grepr.ai).")


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ({"json": {"auth": {"authServerUrl": "https://auth.grepr.ai"}}}, "https://auth.grepr.ai"),
        ({"json": {"auth": {"authServerUrl": "auth.grepr.ai"}}}, "https://auth.grepr.ai"),
        ({"json": {"auth": {"authServerUrl": None}}}, None),
        ({"json": {"auth": []}}, None),
        ({"json": []}, None),
    ],
)
def test_manifest_is_read_without_a_credential(
    simulator: Simulator, runtime: NullRuntime, answer: dict[str, object], found: str | None
) -> None:
    simulator.fault("/api/v1/manifest", {"status": 200, **answer})
    options = params(GREPR.spec, {**simulator.ready_info["grepr"], "api_key": None, "token_store": "none"})
    assert GREPR.find_login_server is not None
    assert GREPR.find_login_server(GREPR.open_anonymous_client(Context(options, runtime))) == found
    (request,) = simulator.requests("/")
    assert not {"Authorization", "GREPR-API-KEY"} & request["headers"].keys()
