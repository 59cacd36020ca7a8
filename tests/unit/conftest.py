# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shared fixtures of the unit tests: one simulator, HTTP sessions to it, and concurrent processes."""

from __future__ import annotations

import os
import pickle
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

import pytest

from ansible_collections.greyops.rest.plugins.module_utils._argspec import ArgumentSpec, validate_options
from ansible_collections.greyops.rest.plugins.module_utils._context import Directories, NullRuntime
from ansible_collections.greyops.rest.plugins.module_utils._grepr.service import GREPR
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.service import GREYMATTER
from ansible_collections.greyops.rest.plugins.module_utils._http.client import HttpClient
from ansible_collections.greyops.rest.plugins.module_utils._http.settings import HTTP_SPEC, HttpSettings
from ansible_collections.greyops.rest.plugins.module_utils._oauth import store as store_module
from ansible_collections.greyops.rest.plugins.module_utils._redaction import Redactor
from tests.support.canned_http_server import Canned
from tests.support.simulator_client import SimulatorClient, run_simulator

Result = TypeVar("Result")
OpenSession = Callable[..., HttpClient]
InProcesses = Callable[[Callable[[int], Any], int], list[Any]]

SURROUNDINGS = ("GREPR_", "GREYMATTER_", "GREYOPS_", "SIMULATOR_")
OTHERS = ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "requests_ca_bundle", "ssl_cert_file")


class Simulator(SimulatorClient):
    """The simulator, and the parameters of operations that use it."""

    def grepr(self, **changed: object) -> dict[str, Any]:
        """The parameters of Grepr's options, as an operation gets them."""
        grepr = self.ready_info["grepr"]
        given = {name: grepr[name] for name in ("api_url", "auth_url", "client_id", "client_secret")}
        return params(GREPR.spec, {**given, **changed})

    def greymatter(self, **changed: object) -> dict[str, Any]:
        return params(GREYMATTER.spec, {**self.ready_info["greymatter"], **changed})


def params(spec: ArgumentSpec, arguments: dict[str, Any]) -> dict[str, Any]:
    return validate_options(spec, spec.resolve(arguments, {}))


@pytest.fixture(scope="session")
def _running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    if not (find_spec("aiohttp") and find_spec("trustme")):
        pytest.skip("the simulator's requirements are not installed")
    with run_simulator(tmp_path_factory.mktemp("simulator")) as running:
        yield Simulator(running.ready_info)


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove the environment variables of the user who runs the tests, and the tokens of the previous test."""
    for name in list(os.environ):
        if name.startswith(SURROUNDINGS) or name.lower() in OTHERS:
            monkeypatch.delenv(name)
    store_module._records.clear()


@pytest.fixture
def simulator(_running: Simulator) -> Simulator:
    _running.reset()
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
def runtime(directories: Directories) -> NullRuntime:
    return NullRuntime(directories, Redactor(tell_core=False))


@pytest.fixture
def open_session(runtime: NullRuntime) -> OpenSession:
    """Open a session with the default options, except those given."""

    def opened(**options: object) -> HttpClient:
        return HttpClient(HttpSettings.from_params(params(HTTP_SPEC, options)), runtime)

    return opened


@pytest.fixture
def in_processes() -> InProcesses:
    """Run a function of a number in that many forked processes at once, like Ansible's workers."""

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
        # pytest-xdist has a thread that reads commands; the child does not use it.
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
