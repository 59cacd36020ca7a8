# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulators and the world of each proof."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from .simulator import Simulator, running_simulator
from .world import World


@pytest.fixture(scope="session")
def _bytecode(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bytecode")


@pytest.fixture(scope="session")
def _running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    with running_simulator(tmp_path_factory.mktemp("simulator")) as simulator:
        yield simulator


@pytest.fixture(scope="session")
def _running_too(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    with running_simulator(tmp_path_factory.mktemp("simulator")) as simulator:
        yield simulator


@pytest.fixture
def world(_running: Simulator, _bytecode: Path) -> Iterator[World]:
    """A new home for each proof, and a simulator that knows its credentials and nothing of the proofs before."""
    _running.reset()
    # Not below pytest's own directories: Ansible makes a socket there, whose name may have no more than 107 characters.
    with tempfile.TemporaryDirectory(prefix="proof-") as place:
        made = World(Path(place), _running, _bytecode)
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
