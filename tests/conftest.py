# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shared fixtures of the end-to-end and stress tests: simulators, a sandbox for each test, and the reliability
report."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .support import reliability_report
from .support.reliability_report import MEASUREMENT, RecordMeasurement
from .support.sandbox import Sandbox
from .support.simulator_client import SimulatorClient, run_simulator


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--reliability", metavar="FILE", type=Path, help="write the reliability report to this file")


def pytest_configure(config: pytest.Config) -> None:
    path = config.getoption("--reliability")
    if path is not None:
        config.pluginmanager.register(reliability_report.DescribeTests())
        if not hasattr(config, "workerinput"):
            config.pluginmanager.register(reliability_report.ReliabilityReport(path))


@pytest.fixture
def record_measurement(record_property: Callable[[str, object], None]) -> RecordMeasurement:
    """Add a measured value, as a short text, to the reliability report."""

    def record(text: str) -> None:
        record_property(MEASUREMENT, text)

    return record


@pytest.fixture(scope="session")
def _simulator_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatorClient]:
    with run_simulator(tmp_path_factory.mktemp("simulator")) as simulator:
        yield simulator


@pytest.fixture(scope="session")
def _second_simulator_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatorClient]:
    with run_simulator(tmp_path_factory.mktemp("simulator")) as simulator:
        yield simulator


@pytest.fixture
def sandbox(_simulator_process: SimulatorClient) -> Iterator[Sandbox]:
    """A new home for each test, and a reset simulator that accepts the sandbox's credentials."""
    _simulator_process.reset()
    # Not below pytest's own directories: Ansible creates a socket there, and its path is limited to 107 characters.
    with tempfile.TemporaryDirectory(prefix="e2e-") as directory:
        created = Sandbox(Path(directory), _simulator_process)
        _simulator_process.switch(**created.credentials.settings())
        yield created


@pytest.fixture
def simulator(sandbox: Sandbox) -> SimulatorClient:
    """The simulator of the sandbox."""
    return sandbox.simulator


@pytest.fixture
def other_simulator(_second_simulator_process: SimulatorClient) -> SimulatorClient:
    """A second server, which does not accept the sandbox's credentials."""
    _second_simulator_process.reset()
    return _second_simulator_process
