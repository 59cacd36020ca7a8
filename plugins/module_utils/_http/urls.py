# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""URLs: parsing, joining, query strings, origins and proxies (RFC 3986, RFC 9110)."""

from __future__ import annotations

import ipaddress
import json
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit
from urllib.request import getproxies_environment

from .._errors import OptionError
from .._redaction import to_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping

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
    """Whether a URL, or a part of one, has no characters that parsers treat differently: backslashes and controls."""
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


def parse_authority(authority: str, *, short_addresses: bool = False) -> tuple[str, int | None]:
    """Return host and port of an authority without user-info; an IPv6 address without its brackets.

    Accepts only what all parsers and resolvers interpret in the same way.

    :param short_addresses: whether 127.1 may stand for 127.0.0.1, for values that are not compared.
    :raises ValueError: any other authority.
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
        # Some resolvers interpret 127.1, 0x7f.1 and 0177.0.0.1 as addresses, others as names.
        raise ValueError("no address")
    return host, port


def parse_origin(url: str) -> Origin:
    """Return scheme, host and port: the origin that a credential must not leave.

    :raises OptionError: the URL has no host, or parsers may disagree on it.
    """
    found = _URL.fullmatch(url) if is_plain(url) else None
    scheme = found["scheme"].lower() if found else ""
    try:
        if found is None or scheme not in _DEFAULT_PORTS:
            raise ValueError("no URL")
        host, port = parse_authority(found["authority"])
    except ValueError:
        message = "A URL has no host, or is ambiguous."
        raise OptionError(message, hint=_FORM) from None
    return (scheme, host, port or _DEFAULT_PORTS[scheme])


def parse_base_url(text: str, option: str) -> str:
    """Parse a URL that paths are appended to: with scheme and host, without a trailing slash, query or user-info.

    :raises OptionError: it is not such a URL. The message names the option and never contains a password.
    """
    url = text.strip().rstrip("/")
    require_plain(url, option)
    found = _URL.fullmatch(url)
    if found and "@" in found["authority"]:
        raise OptionError(f"{option} must not contain a user name or password.", hint="Use the options for them.")
    try:
        parse_origin(url)
        usable = not any(character in "?# " for character in url)
    except OptionError:
        usable = False
    if not usable:
        raise OptionError(f"{option} is not a base URL.", hint=_FORM)
    return url


def join(base: str, path: str, option: str = "path") -> str:
    """Append a path to a base URL.

    :raises OptionError: the path contains a fragment, which would cut off the rest of it and the query, or characters
        that cannot be part of a URL.
    """
    require_plain(path, option)
    if "#" in path:
        raise OptionError("A path must not contain #.", hint="Write %23 if it is part of a name.")
    return f"{base}/{path.lstrip('/')}"


def encode_segment(value: object) -> str:
    """Encode a value, such as an id, as one segment of a path.

    :raises OptionError: it would name another path after a server has decoded it, once or repeatedly.
    """
    decoded = str(value)
    while True:
        # Some servers do not treat the part after a semicolon as part of the name.
        names = {part.partition(";")[0].strip() for part in re.split(r"[/\\]", decoded)}
        if not decoded.strip() or names & {".", ".."}:
            raise OptionError(f"The id {str(value)!r} cannot stand in a path: what it names would be something else.")
        decoded, before = unquote(decoded), decoded
        if decoded == before:
            return quote(to_bytes(str(value)), safe="")


def with_query(url: str, query: list[tuple[str, str]]) -> str:
    if not query:
        return url
    pairs = [(to_bytes(name), to_bytes(value)) for name, value in query]
    return f"{url}{'&' if urlsplit(url).query else '?'}{urlencode(pairs)}"


def strip_query(url: str) -> str:
    """The URL for a message: without query, fragment and user-info."""
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
    """Reject a URL that would send a credential in clear text over a network.

    :raises OptionError: plain http to a host that is not this machine, unless the user allowed it.
    """
    scheme, host, _port = parse_origin(url)
    if scheme != "https" and not is_loopback(host) and not allow_http:
        raise OptionError(
            f"Refusing plain http to {host}: tokens and credentials would cross the network in clear text.",
            hint="Use https, or set allow_http=true if the network is trusted.",
        )


def encode_query(query: Any) -> list[tuple[str, str]]:
    """Encode query parameters for both APIs: a list repeats its key, and None is omitted.

    :param query: a dictionary, or text: a JSON object, or a query as in a URL.
    """
    if isinstance(query, str) and not query.lstrip().startswith("{"):
        return _encode_value(query)
    pairs = []
    for name, value in _encode_dict(query).items():
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, (dict, list)):
                raise OptionError(f"query.{name} must be a value or a list of values.")
            if item is not None:
                pairs.append((str(name), to_text(item)))
    return pairs


def to_text(value: Any) -> str:
    """A value as HTTP text: a boolean as in JSON."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _encode_value(query: str) -> list[tuple[str, str]]:
    if any(character.isspace() for character in query):
        raise OptionError("query is a string that contains a blank. Give a dictionary, or encode the blank as %20.")
    return parse_qsl(query[query.startswith("?") :], keep_blank_values=True)


def _encode_dict(query: Any) -> dict[str, Any]:
    if isinstance(query, str):
        try:
            query = json.loads(query)
        except (ValueError, RecursionError):
            query = None
    if not isinstance(query, dict):
        raise OptionError("query must be a dictionary, or text such as state=RUNNING&latest=true.")
    return query


_ENTRY = re.compile(r"(?P<host>\[[^\]]*\]|[^:]*)(?::(?P<port>\d+))?")


@dataclass(frozen=True)
class Proxy:
    """The proxy settings of the environment for one URL; all of them are empty if there are none.

    ``url`` is the proxy in ``variable``, including its credentials; empty if ``entry`` of the list ``exceptions``
    excludes the host. ``exceptions`` is the value of ``exceptions_variable``.
    """

    url: str = ""
    variable: str = ""
    entry: str = ""
    exceptions: str = ""
    exceptions_variable: str = ""

    @property
    def shown(self) -> str:
        """The proxy without its credentials, for messages."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]} ({self.variable})"


def get_proxy(url: str) -> Proxy:
    """The proxy of ``HTTPS_PROXY``, ``HTTP_PROXY``, ``ALL_PROXY`` and ``NO_PROXY`` (either case) for a URL.

    Reads only the environment. The libraries' own look-ups also ask the operating system, which ends a forked worker on
    macOS.

    :raises OptionError: a variable does not contain a URL; it may contain a password, so it is not shown.
    """
    scheme, host, port = parse_origin(url)
    proxies = getproxies_environment()
    kind = scheme if proxies.get(scheme) else "all"
    if not proxies.get(kind):
        return Proxy()
    exceptions = {"exceptions": proxies.get("no", ""), "exceptions_variable": _find_variable("no")}
    entry = _find_exception(host, port, proxies)
    if entry:
        return Proxy(variable=_find_variable(kind), entry=entry, **exceptions)
    proxy = proxies[kind] if "://" in proxies[kind] else f"http://{proxies[kind]}"
    if not _has_host(proxy):
        raise OptionError(
            f"The proxy for {scheme} is not a URL.",
            hint=f"Give {scheme.upper()}_PROXY or ALL_PROXY as http://[USER:PASSWORD@]HOST:PORT, or go without a "
            "proxy with use_proxy=false.",
        )
    return Proxy(proxy, _find_variable(kind), **exceptions)


def get_proxies(url: str) -> dict[str, str]:
    """The proxies in the form that the libraries expect.

    :raises OptionError: as for :func:`get_proxy`.
    """
    proxy = get_proxy(url).url
    return {parse_origin(url)[0]: proxy} if proxy else {}


def _find_variable(kind: str) -> str:
    """The name of the variable that is used: in lower case if that is set."""
    name = f"{kind}_proxy"
    return name if os.environ.get(name) else name.upper()


def _find_exception(host: str, port: int, proxies: Mapping[str, str]) -> str:
    """The first entry of the exceptions that matches a host; empty if none does."""
    entries = re.split(r"[,\s]+", proxies.get("no", ""))
    return next((entry for entry in entries if entry and _is_excepted(entry, host.rstrip("."), port)), "")


def _is_excepted(entry: str, host: str, port: int) -> bool:
    """Match like curl, requests and Go: a name and its subdomains, an address, a network, or all hosts."""
    if entry == "*":
        return True
    address, network = _parse_address(host), _parse_network(entry)
    found = _ENTRY.fullmatch(entry) if network is None else None
    if found is not None:
        if found["port"] and int(found["port"]) != port:
            return False
        network = _parse_network(found["host"].strip("[]"))
    if address is not None:
        return network is not None and address in network
    name = found["host"].lower().removeprefix("*.").strip(".") if found else ""
    return bool(name) and (host == name or host.endswith(f".{name}"))


def _parse_address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _parse_network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """A network, or an address as a network of one."""
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def _has_host(url: str) -> bool:
    try:
        return is_plain(url) and bool(parse_authority(urlsplit(url).netloc.rpartition("@")[2]))
    except ValueError:
        return False
