# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ansible_collections.greyops.rest.plugins.module_utils._errors import OptionError
from ansible_collections.greyops.rest.plugins.module_utils._http.urls import origin, place

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

OPTION = "allowed_hosts"
# For the controller alone, which hands it on within the option; no task and no target has a say in it.
VARIABLE = "GREYOPS_ALLOWED_HOSTS"

_BELOW = "*."
_ADDRESS = re.compile(r"[0-9.]+|.*:.*")


def allowed_hosts(given: Sequence[str], environ: Mapping[str, str]) -> list[str]:
    """The hosts that pass both the option and the controller's variable, as far as these are set; empty for all hosts.

    :raises OptionError: one of them is no list of hosts, or no host passes both.
    """
    option = patterns(given, OPTION)
    text = environ.get(VARIABLE, "")
    variable = patterns(text.split(","), VARIABLE) if text else ()
    if not option or not variable:
        return list(option or variable)
    common = {found for one in option for other in variable if (found := _narrower(one, other))}
    if not common:
        raise OptionError(f"{OPTION} and {VARIABLE} have no host in common, so none is allowed.")
    return sorted(common)


def patterns(given: Sequence[str], source: str) -> tuple[str, ...]:
    """Hosts in the one form in which they are compared.

    :raises OptionError: an item is neither a host nor ``*.`` with a domain.
    """
    return tuple(_pattern(item, source) for item in given)


def allowing(url: str, allowed: Sequence[str]) -> str | None:
    """The first pattern that allows the host of a URL; None if there is none."""
    host = origin(url)[1].rstrip(".")
    return next((pattern for pattern in allowed if _narrower(host, pattern) == host), None)


def require_allowed(url: str, allowed: Sequence[str]) -> None:
    """Refuse to send anything to a host that is not among those that are allowed, if there are such.

    :raises OptionError: it is another one.
    """
    if allowed and allowing(url, allowed) is None:
        raise OptionError(
            f"Refusing to send anything to {origin(url)[1]}, which is not among the hosts that {OPTION} and {VARIABLE} "
            f"allow: {', '.join(allowed)}.",
            hint="Check the URL, and add its host there if it is right.",
        )


def _pattern(item: str, source: str) -> str:
    text = item.strip()
    host = text.removeprefix(_BELOW)
    try:
        name, port = place(f"[{host}]" if ":" in host and not host.startswith("[") else host)
        usable = port is None and not (host != text and _ADDRESS.fullmatch(name)) and not text.endswith(":")
    except ValueError:
        usable = False
    if not usable:
        raise OptionError(
            f"{source} holds {item!r}, which is no host.",
            hint="Give names, addresses, or *.example.com for the names below it, without scheme, port and path.",
        )
    return f"{_BELOW if host != text else ''}{name.rstrip('.')}"


def _narrower(one: str, other: str) -> str | None:
    """What both patterns match, which is one of them; None for nothing."""
    for narrow, wide in ((one, other), (other, one)):
        if narrow == wide or (wide.startswith(_BELOW) and narrow.endswith(wide[1:])):
            return narrow
    return None
