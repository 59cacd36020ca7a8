# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import ipaddress
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import getproxies_environment

from ansible_collections.greyops.rest.plugins.module_utils._errors import OptionError
from ansible_collections.greyops.rest.plugins.module_utils._http.urls import is_plain, origin, place

if TYPE_CHECKING:
    from collections.abc import Mapping

_ENTRY = re.compile(r"(?P<host>\[[^\]]*\]|[^:]*)(?::(?P<port>\d+))?")


@dataclass(frozen=True)
class Proxy:
    """What the environment says about the way to one URL; all of it is empty where it says nothing.

    ``url`` is the proxy of ``variable``, its login included; empty if ``entry`` of the list ``exceptions`` excepts the
    host. ``exceptions`` is the value of ``exceptions_variable``.
    """

    url: str = ""
    variable: str = ""
    entry: str = ""
    exceptions: str = ""
    exceptions_variable: str = ""

    @property
    def shown(self) -> str:
        """The proxy without its login, as a message may name it."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]} ({self.variable})"


def proxy_for(url: str) -> Proxy:
    """The proxy of ``HTTPS_PROXY``, ``HTTP_PROXY``, ``ALL_PROXY`` and ``NO_PROXY`` (either case) for a URL.

    Reads the environment alone. The libraries' own look-ups also ask the operating system, which ends a
    forked worker on macOS.

    :raises OptionError: a variable holds what is no URL; it may hold a password, so it is not repeated.
    """
    scheme, host, port = origin(url)
    proxies = getproxies_environment()
    kind = scheme if proxies.get(scheme) else "all"
    if not proxies.get(kind):
        return Proxy()
    exceptions = {"exceptions": proxies.get("no", ""), "exceptions_variable": _variable("no")}
    entry = _exception(host, port, proxies)
    if entry:
        return Proxy(variable=_variable(kind), entry=entry, **exceptions)
    proxy = proxies[kind] if "://" in proxies[kind] else f"http://{proxies[kind]}"
    if not _has_host(proxy):
        raise OptionError(
            f"The proxy for {scheme} is no URL.",
            hint=f"Give {scheme.upper()}_PROXY or ALL_PROXY as http://[USER:PASSWORD@]HOST:PORT, or go without a "
            "proxy with use_proxy=false.",
        )
    return Proxy(proxy, _variable(kind), **exceptions)


def proxies_for(url: str) -> dict[str, str]:
    """The same as the libraries take it.

    :raises OptionError: as in :func:`proxy_for`.
    """
    proxy = proxy_for(url).url
    return {origin(url)[0]: proxy} if proxy else {}


def _variable(kind: str) -> str:
    """The name of the variable that counts: in lower case where that is set."""
    name = f"{kind}_proxy"
    return name if os.environ.get(name) else name.upper()


def _exception(host: str, port: int, proxies: Mapping[str, str]) -> str:
    """The first entry of the exceptions that names a host; empty if none does."""
    entries = re.split(r"[,\s]+", proxies.get("no", ""))
    return next((entry for entry in entries if entry and _excepts(entry, host.rstrip("."), port)), "")


def _excepts(entry: str, host: str, port: int) -> bool:
    """As curl, requests and Go read it: a name and all below it, an address, a network, or all hosts."""
    if entry == "*":
        return True
    address, network = _as_address(host), _as_network(entry)
    found = _ENTRY.fullmatch(entry) if network is None else None
    if found is not None:
        if found["port"] and int(found["port"]) != port:
            return False
        network = _as_network(found["host"].strip("[]"))
    if address is not None:
        return network is not None and address in network
    name = found["host"].lower().removeprefix("*.").strip(".") if found else ""
    return bool(name) and (host == name or host.endswith(f".{name}"))


def _as_address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _as_network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """A network, or an address as a network of one."""
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def _has_host(url: str) -> bool:
    try:
        return is_plain(url) and bool(place(urlsplit(url).netloc.rpartition("@")[2]))
    except ValueError:
        return False
