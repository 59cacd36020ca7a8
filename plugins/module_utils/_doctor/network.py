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

from .._errors import OptionError
from .._http.exceptions import PROXY_LOGIN, parse_tunnel_status
from .._http.transport import resolve, split_timeout
from .._http.urls import Proxy, get_proxy, is_loopback, parse_origin
from .._redaction import encode_basic
from .certificates import check_tls
from .check_results import (
    FAIL,
    OK,
    WARN,
    CheckFailed,
    CheckResult,
    from_error,
    run_with_timeout,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._http.settings import HttpSettings

_SOCKS_PORT = 1080
_SERVER_ADVICE = "Check host and port of the URL, that the server runs, the firewall, and whether a proxy is needed."
_NAME_ADVICE = "Check the host name in the URL, and the DNS settings of this host."
_PROXY_ADVICE = "Check HTTPS_PROXY, HTTP_PROXY and NO_PROXY, or go without a proxy with use_proxy=false."

_Result = TypeVar("_Result")


@dataclass(frozen=True)
class _Proxy:
    """A proxy of the environment. ``login`` is the value after ``Basic``."""

    scheme: str
    host: str
    port: int
    login: str | None


class NetworkPath:
    """The network path to a server, for the calls of one service."""

    def __init__(self, service: str, url: str, settings: HttpSettings) -> None:
        self._service = service
        self._url = url
        self._settings = settings
        self._scheme, self._host, port = parse_origin(url)
        self._port = port
        self._environment_proxy = Proxy()

    def check(self) -> Iterator[CheckResult]:
        """Check each step.

        :raises CheckFailed: with the result of the first step that fails.
        """
        try:
            self._settings.require_permitted(self._url)
        except OptionError as error:
            raise CheckFailed(from_error(self._service, "TLS", error)) from None
        proxy = self._check_proxy()
        yield self._pass("proxy", self._describe_proxy(proxy))
        host, port = (proxy.host, proxy.port) if proxy else (self._host, self._port)
        hint = _PROXY_ADVICE if proxy else _SERVER_ADVICE
        whom = _PROXY_ADVICE if proxy else _NAME_ADVICE
        addresses = self._run_check("name", f"the name {host}", whom, lambda: self._resolve(host, port, whom))
        yield self._pass(
            "name", f"{host} is {', '.join(addresses)}" if addresses != [host] else f"{host} is an address"
        )
        what = f"the connection to {host}:{port}"
        yield self._run_check("connection", what, hint, lambda: self._check_connection(host, port, addresses, hint))
        if self._scheme != "https":
            if not is_loopback(self._host):
                detail = f"{self._host} is accessed over plain http, as allow_http=true permits"
                yield CheckResult(self._service, "TLS", WARN, detail, "Use https on networks that are not trusted.")
        elif proxy is not None and proxy.scheme != "http":
            yield self._pass("TLS", f"not checked behind a {proxy.scheme} proxy")
        else:
            tls = self._run_check("TLS", f"TLS with {self._host}", hint, lambda: self._check_tls(proxy, addresses))
            if tls.status == FAIL:
                raise CheckFailed(tls)
            yield tls

    def _pass(self, check: str, detail: str) -> CheckResult:
        return CheckResult(self._service, check, OK, detail)

    def _fail(self, check: str, detail: str, hint: str) -> CheckFailed:
        return CheckFailed(CheckResult(self._service, check, FAIL, detail, hint))

    def _run_check(self, check: str, what: str, hint: str, work: Callable[[], _Result]) -> _Result:
        timeout = self._settings.timeout
        try:
            return run_with_timeout(timeout, work)
        except TimeoutError:
            raise self._fail(check, f"{what}: no answer within {timeout:g} s", hint) from None

    def _check_proxy(self) -> _Proxy | None:
        try:
            self._environment_proxy = get_proxy(self._url)
        except OptionError as error:
            if self._settings.use_proxy:
                raise CheckFailed(from_error(self._service, "proxy", error)) from None
        if not self._environment_proxy.url or not self._settings.use_proxy:
            return None
        parts = urlsplit(self._environment_proxy.url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme, _SOCKS_PORT)
        login = None
        if parts.username is not None:
            login = encode_basic(unquote(parts.username), unquote(parts.password or ""))
        return _Proxy(parts.scheme, parts.hostname or "", port, login)

    def _describe_proxy(self, proxy: _Proxy | None) -> str:
        setting = self._environment_proxy
        if proxy is not None:
            login = ", with a login" if proxy.login else ""
            unmatched = f"; nothing in {setting.exceptions_variable} ({setting.exceptions}) matches {self._host}"
            more = unmatched if setting.exceptions else ""
            return f"{proxy.scheme}://{proxy.host}:{proxy.port}{login}, from {setting.variable}{more}"
        if not setting.variable:
            return "none"
        excepted = f"{setting.entry} in {setting.exceptions_variable} excepts {self._host}"
        why = excepted if self._settings.use_proxy else "use_proxy=false"
        return f"none, although {setting.variable} names one: {why}"

    def _resolve(self, host: str, port: int, hint: str) -> list[str]:
        try:
            return resolve(host, port)
        except (OSError, UnicodeError) as error:
            reason = getattr(error, "strerror", None) or "not a host name"
            raise self._fail("name", f"{host} cannot be resolved ({reason})", hint) from None

    def _check_connection(self, host: str, port: int, addresses: list[str], hint: str) -> CheckResult:
        try:
            connection, silent = self._connect(addresses, port)
        except OSError as error:
            raise self._fail(
                "connection", f"{host}:{port} cannot be reached ({_describe_error(error)})", hint
            ) from None
        connection.close()
        return self._pass("connection", f"{host}:{port} answers{''.join(silent)}")

    def _connect(self, addresses: list[str], port: int) -> tuple[socket.socket, list[str]]:
        """Connect to the first address that responds; also describe the addresses that failed before it."""
        silent: list[str] = []
        for address, share in split_timeout(addresses, self._settings.timeout):
            try:
                return socket.create_connection((address, port), timeout=share), silent
            except OSError as error:
                last = error
                silent.append(f", not at {address} ({_describe_error(error)})")
        raise last

    def _check_tls(self, proxy: _Proxy | None, addresses: list[str]) -> CheckResult:
        def connect() -> socket.socket:
            if proxy is None:
                return self._connect(addresses, self._port)[0]
            return self._open_tunnel(proxy)

        return check_tls(self._service, self._host, connect, self._settings)

    def _open_tunnel(self, proxy: _Proxy) -> socket.socket:
        """Open a connection through the proxy."""
        connection = http.client.HTTPConnection(proxy.host, proxy.port, timeout=self._settings.timeout)
        headers = {"Proxy-Authorization": f"Basic {proxy.login}"} if proxy.login else {}
        connection.set_tunnel(self._host, self._port, headers)
        shown = f"the proxy {proxy.host}:{proxy.port}"
        try:
            connection.connect()
        except TimeoutError:
            raise
        except (OSError, http.client.HTTPException) as error:
            # The library's text contains text of the proxy, which is not shown.
            code = parse_tunnel_status([error])
            if code is None:
                detail = f"{shown} does not answer as a proxy ({_describe_error(error)})"
                raise self._fail("proxy", detail, _PROXY_ADVICE) from None
            detail = f"{shown} refuses to connect to {self._host}:{self._port} (HTTP {code} {_join(code)})"
            raise self._fail("proxy", detail, PROXY_LOGIN if code == 407 else _PROXY_ADVICE) from None
        return connection.sock


def _describe_error(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return getattr(error, "strerror", None) or "unexpected response"


def _join(code: int) -> str:
    return http.client.responses.get(code, "")
