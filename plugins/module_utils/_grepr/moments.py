# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

from ansible_collections.greyops.rest.plugins.module_utils._errors import OptionError

_RELATIVE = re.compile(r"(?:now)?\s*-\s*(\d{1,9})\s*([smhdw])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def is_relative(text: str) -> bool:
    """Whether it names another moment each time it is looked at."""
    text = text.strip().lower()
    return text == "now" or _RELATIVE.fullmatch(text) is not None


def moment(text: str, option: str, now: datetime) -> datetime:
    """A moment as users write it: ``now``, ``-1h``, or RFC 3339, also with a space in the place of the T.

    :raises OptionError: it is none of these, or nobody knows its time zone.
    """
    text = text.strip()
    if text.lower() == "now":
        return now
    try:
        relative = _RELATIVE.fullmatch(text.lower())
        if relative:
            return now - timedelta(**{_UNITS[relative[2]]: int(relative[1])})
        # Python before 3.11 knows neither Z nor fractions of other lengths than 3 and 6.
        written = re.sub(r"[zZ]$", "+00:00", text)
        written = re.sub(r"\.(\d{1,9})", lambda found: f".{found[1][:6]:0<6}", written)
        parsed = datetime.fromisoformat(written)
    except (ValueError, OverflowError):
        raise OptionError(
            f"{option} is no moment: {text}.",
            hint="Write it as 2026-03-01T12:00:00Z, as -15m, -1h or -2d from now, or as now.",
        ) from None
    if parsed.tzinfo is None:
        raise OptionError(f"{option} {text} has no time zone.", hint="End it with Z, or with an offset such as +02:00.")
    return parsed.astimezone(timezone.utc)


def period(start: str, end: str) -> tuple[str, str]:
    """Two moments as Grepr writes them, in UTC, both reckoned from the same now.

    :raises OptionError: one is none, or the end is not after the start.
    """
    now = datetime.now(timezone.utc).replace(microsecond=0)
    first, last = moment(start, "start", now), moment(end, "end", now)
    if first >= last:
        raise OptionError(f"end ({written(last)}) must be after start ({written(first)}).")
    return written(first), written(last)


def written(time: datetime) -> str:
    """As RFC 3339 in UTC, with milliseconds where there are any (documented: date-time)."""
    precise = "milliseconds" if time.microsecond else "seconds"
    return time.astimezone(timezone.utc).isoformat(timespec=precise).replace("+00:00", "Z")
