# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulators and the world of each proof, a figure for each promise, and the page of all figures."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .report import CASE, CLAIM, FIGURE, SECTION, Reliability
from .simulator import Simulator, running_simulator
from .world import World

Figure = Callable[[str], None]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--reliability", metavar="FILE", type=Path, help="write the page of figures there")


def pytest_configure(config: pytest.Config) -> None:
    page = config.getoption("--reliability")
    if page is not None and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Reliability(page))


@pytest.fixture(autouse=True)
def _described(request: pytest.FixtureRequest, record_property: Callable[[str, object], None]) -> None:
    """The page takes a test's docstring as the promise, and its module's first line as the heading."""
    claim = " ".join((request.function.__doc__ or request.node.name).split())
    parameters = getattr(request.node, "callspec", None)
    record_property(CLAIM, claim)
    record_property(CASE, parameters.id if parameters else "")
    record_property(SECTION, (request.module.__doc__ or "Others").strip().splitlines()[0].rstrip("."))


@pytest.fixture
def figure(record_property: Callable[[str, object], None]) -> Figure:
    """Note what was counted, in a few words for the page."""

    def note(text: str) -> None:
        record_property(FIGURE, text)

    return note


@pytest.fixture(scope="session")
def _running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    with running_simulator(tmp_path_factory.mktemp("simulator")) as simulator:
        yield simulator


@pytest.fixture(scope="session")
def _running_too(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    with running_simulator(tmp_path_factory.mktemp("simulator")) as simulator:
        yield simulator


@pytest.fixture
def world(_running: Simulator) -> Iterator[World]:
    """A new home for each proof, and a simulator that knows its credentials and nothing of the proofs before."""
    _running.reset()
    # Not below pytest's own directories: Ansible makes a socket there, whose name may have no more than 107 characters.
    with tempfile.TemporaryDirectory(prefix="proof-") as place:
        made = World(Path(place), _running)
        _running.set(**made.credentials.settings())
        yield made


@pytest.fixture
def simulator(world: World) -> Simulator:
    """The simulator of this world."""
    return world.simulator


@pytest.fixture
def elsewhere(_running_too: Simulator) -> Simulator:
    """Another server, which has no business with the world's."""
    _running_too.reset()
    return _running_too
