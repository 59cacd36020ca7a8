# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the torture adds to the proofs: a figure for each promise, and the page of all figures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from .report import CASE, CLAIM, FIGURE, SECTION, Reliability

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
