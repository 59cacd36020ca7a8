# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import http.client
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Callable, TypeVar
from urllib.parse import unquote, urlsplit

from ansible_collections.greyops.rest.plugins.module_utils._doctor.certificates import examine_tls
from ansible_collections.greyops.rest.plugins.module_utils._doctor.findings import (
    FAIL,
    OK,
    WARN,
    Blocked,
    Finding,
    refusal,
    within,
)
from ansible_collections.greyops.rest.plugins.module_utils._errors import OptionError
from ansible_collections.greyops.rest.plugins.module_utils._http.addresses import addresses_of, turns
from ansible_collections.greyops.rest.plugins.module_utils._http.proxies import Proxy, proxy_for
from ansible_collections.greyops.rest.plugins.module_utils._http.transport import PROXY_LOGIN, tunnel_status
from ansible_collections.greyops.rest.plugins.module_utils._http.urls import is_loopback, origin
from ansible_collections.greyops.rest.plugins.module_utils._secrets import basic_credentials

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ansible_collections.greyops.rest.plugins.module_utils._http.settings import HttpSettings

_SOCKS_PORT = 1080
_SERVER_ADVICE = "Check host and port of the URL, that the server runs, the firewall, and whether a proxy is needed."
_NAME_ADVICE = "Check the host name in the URL, and the name service of this host."
_PROXY_ADVICE = "Check HTTPS_PROXY, HTTP_PROXY and NO_PROXY, or go without a proxy with use_proxy=false."

_Result = TypeVar("_Result")


@dataclass(frozen=True)
class _Proxy:
    """A proxy of the environment. ``login`` is the value behind ``Basic``."""

    scheme: str
    host: str
    port: int
    login: str | None


class Way:
    """The way to a server, for the calls of one service."""

    def __init__(self, service: str, url: str, settings: HttpSettings) -> None:
        self._service = service
        self._url = url
        self._settings = settings
        self._scheme, self._host, port = origin(url)
        self._port = port
        self._told = Proxy()

    def examine(self) -> Iterator[Finding]:
        """Step by step.

        :raises Blocked: with the finding of the first step that fails.
        """
        try:
            self._settings.require_permitted(self._url)
        except OptionError as error:
            raise Blocked(refusal(self._service, "TLS", error)) from None
        proxy = self._proxy()
        yield self._ok("proxy", self._about(proxy))
        host, port = (proxy.host, proxy.port) if proxy else (self._host, self._port)
        advice = _PROXY_ADVICE if proxy else _SERVER_ADVICE
        whom = _PROXY_ADVICE if proxy else _NAME_ADVICE
        addresses = self._bounded("name", f"the name {host}", whom, lambda: self._addresses(host, port, whom))
        yield self._ok("name", f"{host} is {', '.join(addresses)}" if addresses != [host] else f"{host} is an address")
        what = f"the connection to {host}:{port}"
        yield self._bounded("connection", what, advice, lambda: self._reached(host, port, addresses, advice))
        if self._scheme != "https":
            if not is_loopback(self._host):
                detail = f"{self._host} is asked over plain http, as allow_http=true permits"
                yield Finding(self._service, "TLS", WARN, detail, "Use https wherever others can listen.")
        elif proxy is not None and proxy.scheme != "http":
            yield self._ok("TLS", f"not looked at, behind a proxy of the kind {proxy.scheme}")
        else:
            tls = self._bounded("TLS", f"TLS with {self._host}", advice, lambda: self._tls(proxy, addresses))
            if tls.status == FAIL:
                raise Blocked(tls)
            yield tls

    def _ok(self, check: str, detail: str) -> Finding:
        return Finding(self._service, check, OK, detail)

    def _blocked(self, check: str, detail: str, advice: str) -> Blocked:
        return Blocked(Finding(self._service, check, FAIL, detail, advice))

    def _bounded(self, check: str, what: str, advice: str, work: Callable[[], _Result]) -> _Result:
        timeout = self._settings.timeout
        try:
            return within(timeout, work)
        except TimeoutError:
            raise self._blocked(check, f"{what}: no answer within {timeout:g} s", advice) from None

    def _proxy(self) -> _Proxy | None:
        try:
            self._told = proxy_for(self._url)
        except OptionError as error:
            if self._settings.use_proxy:
                raise Blocked(refusal(self._service, "proxy", error)) from None
        if not self._told.url or not self._settings.use_proxy:
            return None
        parts = urlsplit(self._told.url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme, _SOCKS_PORT)
        login = None
        if parts.username is not None:
            login = basic_credentials(unquote(parts.username), unquote(parts.password or ""))
        return _Proxy(parts.scheme, parts.hostname or "", port, login)

    def _about(self, proxy: _Proxy | None) -> str:
        told = self._told
        if proxy is not None:
            login = ", with a login" if proxy.login else ""
            unmatched = f"; nothing in {told.exceptions_variable} ({told.exceptions}) matches {self._host}"
            more = unmatched if told.exceptions else ""
            return f"{proxy.scheme}://{proxy.host}:{proxy.port}{login}, from {told.variable}{more}"
        if not told.variable:
            return "none"
        excepted = f"{told.entry} in {told.exceptions_variable} excepts {self._host}"
        return (
            f"none, although {told.variable} names one: {excepted if self._settings.use_proxy else 'use_proxy=false'}"
        )

    def _addresses(self, host: str, port: int, advice: str) -> list[str]:
        try:
            return addresses_of(host, port)
        except (OSError, UnicodeError) as error:
            reason = getattr(error, "strerror", None) or "no host name"
            raise self._blocked("name", f"{host} cannot be resolved ({reason})", advice) from None

    def _reached(self, host: str, port: int, addresses: list[str], advice: str) -> Finding:
        try:
            connection, silent = self._connect(addresses, port)
        except OSError as error:
            raise self._blocked("connection", f"{host}:{port} cannot be reached ({_reason(error)})", advice) from None
        connection.close()
        return self._ok("connection", f"{host}:{port} answers{''.join(silent)}")

    def _connect(self, addresses: list[str], port: int) -> tuple[socket.socket, list[str]]:
        """A connection to the first address that answers, and what to say of those before it."""
        silent: list[str] = []
        for address, share in turns(addresses, self._settings.timeout):
            try:
                return socket.create_connection((address, port), timeout=share), silent
            except OSError as error:
                last = error
                silent.append(f", not at {address} ({_reason(error)})")
        raise last

    def _tls(self, proxy: _Proxy | None, addresses: list[str]) -> Finding:
        def connect() -> socket.socket:
            if proxy is None:
                return self._connect(addresses, self._port)[0]
            return self._through(proxy)

        return examine_tls(self._service, self._host, connect, self._settings)

    def _through(self, proxy: _Proxy) -> socket.socket:
        """A connection that the proxy makes for us."""
        connection = http.client.HTTPConnection(proxy.host, proxy.port, timeout=self._settings.timeout)
        headers = {"Proxy-Authorization": f"Basic {proxy.login}"} if proxy.login else {}
        connection.set_tunnel(self._host, self._port, headers)
        shown = f"the proxy {proxy.host}:{proxy.port}"
        try:
            connection.connect()
        except TimeoutError:
            raise
        except (OSError, http.client.HTTPException) as error:
            # The library's text holds the proxy's own words, which are not ours to show.
            code = tunnel_status([error])
            if code is None:
                detail = f"{shown} does not answer as a proxy ({_reason(error)})"
                raise self._blocked("proxy", detail, _PROXY_ADVICE) from None
            detail = f"{shown} refuses to connect to {self._host}:{self._port} (HTTP {code} {_phrase(code)})"
            raise self._blocked("proxy", detail, PROXY_LOGIN if code == 407 else _PROXY_ADVICE) from None
        return connection.sock


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return getattr(error, "strerror", None) or "it says something else"


def _phrase(code: int) -> str:
    return http.client.responses.get(code, "")
