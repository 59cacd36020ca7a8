# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Points in time and ranges of time, relative or as RFC 3339 has them."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

from .._errors import OptionError

_RELATIVE = re.compile(r"(?:now)?\s*-\s*(\d{1,9})\s*([smhdw])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def is_relative(text: str) -> bool:
    """Return whether a time is relative to the current time."""
    text = text.strip().lower()
    return text == "now" or _RELATIVE.fullmatch(text) is not None


def parse_timestamp(text: str, option: str, now: datetime) -> datetime:
    """Parse a time as users write it: ``now``, ``-1h``, or RFC 3339, also with a space instead of the T.

    :raises OptionError: if it is none of these, or has no time zone.
    """
    text = text.strip()
    if text.lower() == "now":
        return now
    try:
        relative = _RELATIVE.fullmatch(text.lower())
        if relative:
            return now - timedelta(**{_UNITS[relative[2]]: int(relative[1])})
        # Python before 3.11 parses neither Z nor fractions of other lengths than 3 and 6.
        format_timestamp = re.sub(r"[zZ]$", "+00:00", text)
        format_timestamp = re.sub(r"\.(\d{1,9})", lambda found: f".{found[1][:6]:0<6}", format_timestamp)
        parsed = datetime.fromisoformat(format_timestamp)
    except (ValueError, OverflowError):
        raise OptionError(
            f"{option} is not a time: {text}.",
            hint="Write it as 2026-03-01T12:00:00Z, as -15m, -1h or -2d from now, or as now.",
        ) from None
    if parsed.tzinfo is None:
        raise OptionError(f"{option} {text} has no time zone.", hint="End it with Z, or with an offset such as +02:00.")
    return parsed.astimezone(timezone.utc)


def parse_range(start: str, end: str) -> tuple[str, str]:
    """Parse two times, and return them as Grepr writes them, in UTC, both relative to the same current time.

    :raises OptionError: if one is invalid, or the end is not after the start.
    """
    now = datetime.now(timezone.utc).replace(microsecond=0)
    first, last = parse_timestamp(start, "start", now), parse_timestamp(end, "end", now)
    if first >= last:
        raise OptionError(f"end ({format_timestamp_(last)}) must be after start ({format_timestamp_(first)}).")
    return format_timestamp_(first), format_timestamp_(last)


def format_timestamp_(time: datetime) -> str:
    """Format a time as RFC 3339 in UTC, with milliseconds if there are any (documented: date-time)."""
    precise = "milliseconds" if time.microsecond else "seconds"
    return time.astimezone(timezone.utc).isoformat(timespec=precise).replace("+00:00", "Z")
