# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import ipaddress
import re
from urllib.parse import quote, unquote, urlencode, urlsplit, urlunsplit

from ansible_collections.greyops.rest.plugins.module_utils._errors import OptionError
from ansible_collections.greyops.rest.plugins.module_utils._secrets import encoded

# Scheme, host and port.
Origin = tuple[str, str, int]

_DEFAULT_PORTS = {"http": 80, "https": 443}
_URL = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<authority>[^/?#]*)(?:[/?#].*)?")
_AUTHORITY = re.compile(
    r"(?P<host>[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*\.?|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[0-9]{0,5}))?"
)
_NUMBER = re.compile(r"[0-9]+|0[Xx][0-9A-Fa-f]*")
_FORM = "Give it as https://host[:port][/path], without a user name, and an international name in its form of xn--."


def is_plain(text: str) -> bool:
    """Whether a URL, or a part of one, has no character that parsers take differently: backslashes and controls."""
    return text.isprintable() and "\\" not in text


def require_plain(text: str, option: str) -> None:
    """
    :raises OptionError: the option's value cannot be part of a URL.
    """
    if not is_plain(text):
        raise OptionError(
            f"{option} holds a backslash or a control character, which no part of a URL may.",
            hint="Remove it, or write it percent-encoded if a name has it.",
        )


def place(authority: str, *, short_addresses: bool = False) -> tuple[str, int | None]:
    """Host and port of an authority without user-info; an IPv6 address without its brackets.

    Takes only what every parser and every resolver reads alike.

    :param short_addresses: whether 127.1 may stand for 127.0.0.1, where nothing is compared with it.
    :raises ValueError: any other.
    """
    found = _AUTHORITY.fullmatch(authority)
    if not found:
        raise ValueError("no host")
    host, port = found["host"].lower(), int(found["port"]) if found["port"] else None
    if port is not None and not 0 < port < 65536:
        raise ValueError("no port")
    if host.startswith("["):
        return str(ipaddress.IPv6Address(host[1:-1])), port
    is_number = _NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2])
    is_short = short_addresses and host.replace(".", "").isdigit()
    if is_number and not is_short and str(ipaddress.IPv4Address(host)) != host:
        # 127.1, 0x7f.1 and 0177.0.0.1 are addresses to some and names to others.
        raise ValueError("no address")
    return host, port


def origin(url: str) -> Origin:
    """Scheme, host and port: what a credential may not leave.

    :raises OptionError: it leads nowhere, or not everyone would agree on where it leads.
    """
    found = _URL.fullmatch(url) if is_plain(url) else None
    scheme = found["scheme"].lower() if found else ""
    try:
        if found is None or scheme not in _DEFAULT_PORTS:
            raise ValueError("no URL")
        host, port = place(found["authority"])
    except ValueError:
        message = "A URL leads nowhere, or to different places depending on who reads it."
        raise OptionError(message, hint=_FORM) from None
    return (scheme, host, port or _DEFAULT_PORTS[scheme])


def base_url(text: str, option: str) -> str:
    """A URL that paths are appended to: with scheme and host, without a slash at its end, query or user-info.

    :raises OptionError: it is not such a URL. The message names the option and never repeats a password.
    """
    url = text.strip().rstrip("/")
    require_plain(url, option)
    found = _URL.fullmatch(url)
    if found and "@" in found["authority"]:
        raise OptionError(f"{option} must not hold a user name or password.", hint="Use the options made for them.")
    try:
        origin(url)
        usable = not any(character in "?# " for character in url)
    except OptionError:
        usable = False
    if not usable:
        raise OptionError(f"{option} is not a base URL.", hint=_FORM)
    return url


def join(base: str, path: str, option: str = "path") -> str:
    """A path below a base URL.

    :raises OptionError: the path holds a fragment, which would cut off the rest of it and the query, or what is no
        part of a URL.
    """
    require_plain(path, option)
    if "#" in path:
        raise OptionError("A path must not hold #.", hint="Write %23 where a name has it.")
    return f"{base}/{path.lstrip('/')}"


def segment(value: object) -> str:
    """A value, such as an id, as one segment of a path.

    :raises OptionError: it would lead to another path, however often a server decodes it.
    """
    decoded = str(value)
    while True:
        # What follows a semicolon is no part of a name to some servers.
        names = {part.partition(";")[0].strip() for part in re.split(r"[/\\]", decoded)}
        if not decoded.strip() or names & {".", ".."}:
            raise OptionError(f"The id {str(value)!r} cannot stand in a path: what it names would be something else.")
        decoded, before = unquote(decoded), decoded
        if decoded == before:
            return quote(encoded(str(value)), safe="")


def with_query(url: str, query: list[tuple[str, str]]) -> str:
    if not query:
        return url
    pairs = [(encoded(name), encoded(value)) for name, value in query]
    return f"{url}{'&' if urlsplit(url).query else '?'}{urlencode(pairs)}"


def without_query(url: str) -> str:
    """The URL as a message may show it: no query, no fragment, no user-info."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


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
