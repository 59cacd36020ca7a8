# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of the plugins share: one simulator, real sessions to it, and crowds of processes."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

import pytest
import requests

from ansible_collections.greyops.rest.plugins.module_utils._grepr.options import GREPR_SPEC
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.options import GREYMATTER_SPEC
from ansible_collections.greyops.rest.plugins.module_utils._http.host import Directories, SilentHost
from ansible_collections.greyops.rest.plugins.module_utils._http.session import Session
from ansible_collections.greyops.rest.plugins.module_utils._http.settings import HTTP_SPEC, HttpSettings
from ansible_collections.greyops.rest.plugins.module_utils._oauth import memory_store
from ansible_collections.greyops.rest.plugins.module_utils._options import ArgumentSpec
from ansible_collections.greyops.rest.plugins.module_utils._secrets import Secrets
from ansible_collections.greyops.rest.plugins.module_utils._validation import validated
from tests.unit.canned import Canned

Result = TypeVar("Result")
OpenSession = Callable[..., Session]
InProcesses = Callable[[Callable[[int], Any], int], list[Any]]

PROGRAM = Path(__file__).resolve().parents[1] / "simulator"
SURROUNDINGS = ("GREPR_", "GREYMATTER_", "GREYOPS_", "SIMULATOR_")
OTHERS = ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "requests_ca_bundle", "ssl_cert_file")


class Simulator:
    """The simulator as tests see it: where it is, what it is to do, and what it has seen."""

    def __init__(self, told: dict[str, Any], http: requests.Session) -> None:
        self.told = told
        self._http = http

    @property
    def http(self) -> str:
        return str(self.told["http"])

    @property
    def https(self) -> str:
        return str(self.told["https"])

    def admin(self, method: str, path: str, body: object = None) -> Any:
        answer = self._http.request(method, self.told["admin"] + path, json=body, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def switch(self, **settings: object) -> None:
        self.admin("PATCH", "/settings", settings)

    def fault(self, path: str, action: dict[str, object], **rule: object) -> None:
        method = rule.pop("method", "")
        self.admin("POST", "/faults", {"match": {"path": path, "method": method}, "action": action, **rule})

    def end_tokens(self, **how: object) -> None:
        self.admin("POST", "/tokens", how)

    def counters(self) -> dict[str, Any]:
        counters: dict[str, Any] = self.admin("GET", "/counters")
        return counters

    def grants(self, service: str) -> int:
        return int(self.counters()["grants"][service])

    def arrived(self, path: str = "") -> list[dict[str, Any]]:
        """The requests that came, oldest first, for paths that begin so."""
        return [
            request for request in self.admin("GET", "/requests")
            if request["path"].startswith(path) and "/_admin" not in request["path"]
        ]  # fmt: skip

    def grepr(self, **changed: object) -> dict[str, Any]:
        """The parameters of Grepr's options, as an operation gets them."""
        grepr = self.told["grepr"]
        given = {name: grepr[name] for name in ("api_url", "auth_url", "client_id", "client_secret")}
        return params(GREPR_SPEC, {**given, **changed})

    def greymatter(self, **changed: object) -> dict[str, Any]:
        return params(GREYMATTER_SPEC, {**self.told["greymatter"], **changed})


def params(spec: ArgumentSpec, arguments: dict[str, Any]) -> dict[str, Any]:
    return validated(spec, spec.resolve(arguments, {}))


@pytest.fixture(scope="session")
def _running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    if not (find_spec("aiohttp") and find_spec("trustme")):
        pytest.skip("the simulator's requirements are not installed")
    place = tmp_path_factory.mktemp("simulator")
    command = [sys.executable, str(PROGRAM), "--directory", str(place)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=place) as process:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        with requests.Session() as http:
            http.trust_env = False
            yield Simulator(told, http)
        process.terminate()


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of whoever runs the tests, and no token of the test before."""
    for name in list(os.environ):
        if name.startswith(SURROUNDINGS) or name.lower() in OTHERS:
            monkeypatch.delenv(name)
    memory_store._records.clear()


@pytest.fixture
def simulator(_running: Simulator) -> Simulator:
    _running.admin("POST", "/reset")
    return _running


@pytest.fixture
def canned() -> Iterator[Canned]:
    server = Canned()
    yield server
    server.close()


@pytest.fixture
def directories(tmp_path: Path) -> Directories:
    (tmp_path / "run").mkdir(mode=0o700)
    return Directories(ansible_home=str(tmp_path / "ansible"), run=str(tmp_path / "run"))


@pytest.fixture
def host(directories: Directories) -> SilentHost:
    return SilentHost(directories)


@pytest.fixture
def open_session(host: SilentHost) -> OpenSession:
    """Open a session with the defaults of the options, but for those named."""

    def opened(**options: object) -> Session:
        secrets = Secrets()
        return Session(HttpSettings.from_params(params(HTTP_SPEC, options)), secrets, host)

    return opened


@pytest.fixture
def in_processes() -> InProcesses:
    """Run a function of a number in that many forked processes at once, as Ansible does with its workers."""

    def run(function: Callable[[int], Result], count: int) -> list[Result]:
        pipes = [_fork(function, number) for number in range(count)]
        results = []
        for process, reader in pipes:
            with os.fdopen(reader, "rb") as pipe:
                answer = pipe.read()
            os.waitpid(process, 0)
            good, value = pickle.loads(answer)
            assert good, value
            results.append(value)
        return results

    return run


def _fork(function: Callable[[int], Any], number: int) -> tuple[int, int]:
    reader, writer = os.pipe()
    with warnings.catch_warnings():
        # pytest-xdist has a thread that reads orders; the child never touches it.
        warnings.simplefilter("ignore", DeprecationWarning)
        process = os.fork()
    if process:
        os.close(writer)
        return process, reader
    with suppress(BaseException):
        try:
            answer: tuple[bool, Any] = True, function(number)
        except BaseException:
            answer = False, traceback.format_exc()
        with os.fdopen(writer, "wb") as pipe:
            pipe.write(pickle.dumps(answer))
    os._exit(0)
