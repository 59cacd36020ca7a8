# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One simulator for all tests of this directory, reset before each."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import Any

import pytest
import requests

from tests.support.simulator_client import GREYMATTER_LOGIN, run_simulator

# The simulator's requirements are not those of the collection: if they are missing, it is not tested.
collect_ignore_glob = [] if find_spec("aiohttp") and find_spec("trustme") else ["test_*.py"]

JSON = {"Accept": "application/json"}
Call = Callable[..., requests.Response]


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """The addresses and credentials of the simulator. The run fails at its end if the simulator wrote to stderr."""
    directory = tmp_path_factory.mktemp("simulator")
    with run_simulator(directory) as simulator:
        assert json.loads((directory / "ready.json").read_text(encoding="utf-8")) == simulator.ready_info
        yield simulator.ready_info


@pytest.fixture(scope="session")
def http() -> Iterator[requests.Session]:
    """A session that ignores the environment of the machine."""
    with requests.Session() as session:
        session.trust_env = False
        yield session


@pytest.fixture
def admin(running: dict[str, Any], http: requests.Session) -> Callable[..., Any]:
    """Call the admin interface: method, path and the JSON to send."""

    def call(method: str, path: str, body: object = None, status: int = 200) -> Any:
        answer = http.request(method, running["admin"] + path, json=body, timeout=10)
        assert answer.status_code == status, answer.text
        return answer.json()

    return call


@pytest.fixture(autouse=True)
def _fresh(admin: Callable[..., Any]) -> None:
    admin("POST", "/reset")


@pytest.fixture
def grepr_login(running: dict[str, Any], http: requests.Session) -> Call:
    """Log in to Grepr; keywords replace members of the body."""

    def call(**changed: object) -> requests.Response:
        grepr = running["grepr"]
        body = {
            "client_id": grepr["client_id"],
            "client_secret": grepr["client_secret"],
            "audience": "service",
            "grant_type": "client_credentials",
        }
        return http.post(f"{grepr['auth_url']}/oauth/token", json=body | changed, timeout=10)

    return call


@pytest.fixture
def grepr(running: dict[str, Any], http: requests.Session, grepr_login: Call) -> Call:
    """Call Grepr's API with one token got at the start."""
    token = grepr_login().json()["access_token"]

    def call(method: str, path: str, **more: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}", **more.pop("headers", {})}
        return http.request(method, running["grepr"]["api_url"] + path, headers=headers, **{"timeout": 10, **more})

    return call


@pytest.fixture
def greymatter_login(running: dict[str, Any], http: requests.Session) -> Call:
    """Log in to GreyMatter; keywords replace form members, ``request`` replaces arguments of the request."""

    def call(request: dict[str, Any] | None = None, prefix: str = "", **changed: str) -> requests.Response:
        greymatter = running["greymatter"]
        form = {
            "grant_type": "password",
            "username": greymatter["username"],
            "password": greymatter["password"],
        } | changed
        more = {"data": form, "auth": ("butler", "butler"), "headers": JSON} | (request or {})
        return http.post(greymatter["api_url"] + prefix + GREYMATTER_LOGIN, timeout=10, **more)

    return call


@pytest.fixture
def greymatter(running: dict[str, Any], http: requests.Session, greymatter_login: Call) -> Call:
    """Call GreyMatter's API with one token got at the start."""
    token = greymatter_login().json()["access_token"]

    def call(method: str, path: str, **more: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}", **JSON, **more.pop("headers", {})}
        return http.request(method, running["greymatter"]["api_url"] + path, headers=headers, timeout=10, **more)

    return call
