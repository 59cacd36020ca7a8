# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The hosts that credentials may be sent to."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .._errors import OptionError
from .urls import parse_authority, parse_origin

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

OPTION = "allowed_hosts"
# Only for the controller, which passes it on in the option; tasks and targets cannot change it.
VARIABLE = "GREYOPS_ALLOWED_HOSTS"

_BELOW = "*."
_ADDRESS = re.compile(r"[0-9.]+|.*:.*")


def get_allowed_hosts(given: Sequence[str], environ: Mapping[str, str]) -> list[str]:
    """Return the hosts that both the option and the controller's variable allow, if set; empty allows all hosts.

    :raises OptionError: one of them is not a list of hosts, or they have no host in common.
    """
    option = parse_patterns(given, OPTION)
    text = environ.get(VARIABLE, "")
    variable = parse_patterns(text.split(","), VARIABLE) if text else ()
    if not option or not variable:
        return list(option or variable)
    common = {found for one in option for other in variable if (found := _narrow(one, other))}
    if not common:
        raise OptionError(f"{OPTION} and {VARIABLE} have no host in common, so none is allowed.")
    return sorted(common)


def parse_patterns(given: Sequence[str], source: str) -> tuple[str, ...]:
    """Normalize host patterns so that they can be compared."""
    return tuple(_parse_pattern(item, source) for item in given)


def find_allowing(url: str, allowed: Sequence[str]) -> str | None:
    """The first pattern that allows the host of a URL; None if there is none."""
    host = parse_origin(url)[1].rstrip(".")
    return next((pattern for pattern in allowed if _narrow(host, pattern) == host), None)


def require_allowed(url: str, allowed: Sequence[str]) -> None:
    """Reject a host that is not among the allowed hosts, if there are any.

    :raises OptionError: the host is not allowed.
    """
    if allowed and find_allowing(url, allowed) is None:
        raise OptionError(
            f"Refusing to send anything to {parse_origin(url)[1]}, which is not among the hosts that {OPTION} "
            f"and {VARIABLE} "
            f"allow: {', '.join(allowed)}.",
            hint="Check the URL, and add its host there if it is correct.",
        )


def _parse_pattern(item: str, source: str) -> str:
    text = item.strip()
    host = text.removeprefix(_BELOW)
    try:
        name, port = parse_authority(f"[{host}]" if ":" in host and not host.startswith("[") else host)
        usable = port is None and not (host != text and _ADDRESS.fullmatch(name)) and not text.endswith(":")
    except ValueError:
        usable = False
    if not usable:
        raise OptionError(
            f"{source} contains {item!r}, which is not a host.",
            hint="Give names, addresses, or *.example.com for the names below it, without scheme, port and path.",
        )
    return f"{_BELOW if host != text else ''}{name.rstrip('.')}"


def _narrow(one: str, other: str) -> str | None:
    """The pattern of the two that matches what both match; None if they have nothing in common."""
    for narrow, wide in ((one, other), (other, one)):
        if narrow == wide or (wide.startswith(_BELOW) and narrow.endswith(wide[1:])):
            return narrow
    return None
