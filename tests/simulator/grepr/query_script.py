# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The events that synchronous jobs return and how they end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass
class QueryScript:
    """The events of synchronous jobs, given or generated. A final state of null ends the stream without one."""

    events: list[dict[str, Any]] | None = None
    count: int = 3
    final: Literal["FINISHED", "FAILED", "CANCELLED", "TIMED_OUT", "SCANNED_MAX", "UNKNOWN"] | None = "FINISHED"
    # After so many events the connection is reset.
    cut_after: int | None = None
    # Lines sent as they are, before all else.
    raw: list[str] = field(default_factory=list)


@dataclass
class Heartbeat:
    """A heartbeat token, and whether the client returned it."""

    token: str
    sent: float
    answered: bool = False
