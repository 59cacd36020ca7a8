# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything the simulator remembers. One event loop owns it, so no lock is needed as long as nobody awaits midway."""

from __future__ import annotations

import copy

from .faults import FaultBook
from .journal import Journal
from .records import Record, seed_catalogs, seed_jobs
from .settings import Settings
from .tokens import TokenBook


class State:
    """Switches, tokens, data, faults and the journal."""

    def __init__(self, start: Settings) -> None:
        self._start = start
        self.reset()

    def reset(self) -> None:
        """Back to the start; the credentials of the start stay the same."""
        self.settings = copy.deepcopy(self._start)
        self.tokens = {"grepr": TokenBook(), "greymatter": TokenBook()}
        self.jobs: list[Record] = seed_jobs()
        self.catalogs: list[Record] = seed_catalogs()
        self.faults = FaultBook()
        self.journal = Journal()
