# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import ipaddress
from urllib.parse import urlencode, urlsplit, urlunsplit

from ansible_collections.greyops.rest.plugins.module_utils._errors import OptionError
from ansible_collections.greyops.rest.plugins.module_utils._secrets import encoded

_DEFAULT_PORTS = {"http": 80, "https": 443}
_AS_URL = "Give it as https://host[:port][/path]."


def base_url(text: str, option: str) -> str:
    """A URL that paths are appended to: with scheme and host, without a slash at its end, query or user-info.

    :raises OptionError: it is not such a URL. The message names the option and never repeats a password.
    """
    url = text.strip().rstrip("/")
    try:
        parts = urlsplit(url)
        usable = parts.scheme in _DEFAULT_PORTS and bool(parts.hostname) and parts.port != 0
    except ValueError:
        raise OptionError(f"{option} is not a URL.", hint=_AS_URL) from None
    if parts.username is not None or parts.password is not None:
        raise OptionError(f"{option} must not hold a user name or password.", hint="Use the options made for them.")
    if not usable or not url.isprintable() or any(character in "?# " for character in url):
        raise OptionError(f"{option} is not a base URL.", hint=_AS_URL)
    return url


def join(base: str, path: str) -> str:
    """A path below a base URL.

    :raises OptionError: the path holds a fragment, which would cut off the rest of it and the query.
    """
    if "#" in path:
        raise OptionError("A path must not hold #.", hint="Write %23 where a name has it.")
    return f"{base}/{path.lstrip('/')}"


def with_query(url: str, query: list[tuple[str, str]]) -> str:
    if not query:
        return url
    pairs = [(encoded(name), encoded(value)) for name, value in query]
    return f"{url}{'&' if urlsplit(url).query else '?'}{urlencode(pairs)}"


def without_query(url: str) -> str:
    """The URL as a message may show it: no query, no fragment, no user-info."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def origin(url: str) -> tuple[str, str, int | None]:
    """Scheme, host and port: what a credential may not leave."""
    parts = urlsplit(url)
    scheme = parts.scheme.lower()
    return (scheme, (parts.hostname or "").lower(), parts.port or _DEFAULT_PORTS.get(scheme))


def is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def require_confidential(url: str, allow_http: bool) -> None:
    """Refuse to send a credential in clear text over a network.

    :raises OptionError: plain http to a host that is not this machine, unless the user allowed it.
    """
    scheme, host, _port = origin(url)
    if scheme != "https" and not is_loopback(host) and not allow_http:
        raise OptionError(
            f"Refusing plain http to {host}: tokens and credentials would cross the network in clear text.",
            hint="Use https, or set allow_http=true if the network is trusted.",
        )
