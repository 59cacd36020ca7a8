# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

from urllib.parse import urlsplit
from urllib.request import getproxies_environment, proxy_bypass_environment  # type: ignore[attr-defined]

from ansible_collections.greyops.rest.plugins.module_utils._errors import OptionError


def proxies_for(url: str) -> dict[str, str]:
    """The proxy of ``HTTPS_PROXY``, ``HTTP_PROXY``, ``ALL_PROXY`` and ``NO_PROXY`` (either case) for a URL.

    Reads the environment alone. The libraries' own look-ups also ask the operating system, which ends a
    forked worker on macOS.

    :raises OptionError: a variable holds what is no URL; it may hold a password, so it is not repeated.
    """
    parts = urlsplit(url)
    proxies = getproxies_environment()
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    if not proxy or proxy_bypass_environment(parts.netloc.rpartition("@")[2], proxies):
        return {}
    proxy = proxy if "://" in proxy else f"http://{proxy}"
    if not _has_host(proxy):
        raise OptionError(
            f"The proxy for {parts.scheme} is no URL.",
            hint=f"Give {parts.scheme.upper()}_PROXY or ALL_PROXY as http://[USER:PASSWORD@]HOST:PORT, or go without a "
            "proxy with use_proxy=false.",
        )
    return {parts.scheme: proxy}


def _has_host(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
