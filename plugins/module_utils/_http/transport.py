# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Sends a prepared request over a requests session."""

from __future__ import annotations

import http.client
import os
import socket
import threading
import time
import weakref
from contextlib import suppress
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any

from .._errors import MissingLibraryError, OptionError
from .._http import content_codings, exceptions, urls
from .deadline import Deadline
from .response import Response, format_mib
from .settings import HOST_FILES, HTTP_SPEC
from .streaming import Stream, StreamedResponse, iter_chunks
from .urls import get_proxies, strip_query

try:
    import requests
    import urllib3
    from requests.adapters import HTTPAdapter
    from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

    _MISSING = None
except ImportError as error:
    # Only sending a request requires the library, so that a clear message can report that it is missing.
    _MISSING = str(error)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .settings import HttpSettings
    from .streaming import StreamLimits


def resolve(name: str, port: int, family: int = 0) -> list[str]:
    """The addresses of a name, in the order in which to try them.

    :raises OSError, UnicodeError: the name cannot be resolved.
    """
    found = socket.getaddrinfo(name, port, family, socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_others, address in found))


def split_timeout(addresses: Sequence[str], seconds: float) -> Iterator[tuple[str, float]]:
    """Yield each address with its share of the remaining time for all of them."""
    end = time.monotonic() + seconds
    for left in range(len(addresses), 0, -1):
        yield addresses[-left], max(0.01, (end - time.monotonic()) / left)


# RFC 9110, 15.2: a client must parse any number of interim responses. Servers send only a few.
_MAX_INTERIM = 100
_SWITCHING = 101
# A server may have closed a connection that was idle for longer, which would make a POST fail.
_MAX_IDLE = 1.0


class Transport:
    """The connections of one thread with the same settings, kept between the items of a loop.

    Uses nothing of its environment except the proxy variables, stores no cookies, and aborts every request after
    ``timeout`` seconds, even if the server is still sending.
    """

    def __init__(self, settings: HttpSettings, *, streams: bool = False) -> None:
        """
        :param streams: do not request compression, since a server may buffer compressed data until there is more.
        """
        for option, variables in HOST_FILES.items():
            path = getattr(settings, option)
            if path and not os.path.exists(path):
                # The user who set a variable for other programs may not know the option.
                source = next((name for name in variables if os.environ.get(name) == path), "")
                named = f"{option} (from {source})" if source else HTTP_SPEC.describe_option(option)
                raise OptionError(f"{named} names {path}, which does not exist on the host that makes the call.")
        self._settings = settings
        self._used = 0.0
        self._wire = _ConnectionState()
        self._deadline = Deadline(self._abort)
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.cookies.set_policy(_NoCookies())
        self._session.headers["Accept-Encoding"] = "identity" if streams else content_codings.ACCEPTED
        self._session.verify = (settings.ca_path or True) if settings.validate_certs else False
        if not settings.validate_certs:
            # Our own warning is shown once, where users look.
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        if settings.client_cert:
            self._session.cert = (settings.client_cert, settings.client_key or settings.client_cert)
        adapter = _build_adapter(self._wire)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)

    def prepare(self, method: str, url: str, **parts: Any) -> Any:
        """Prepare a request for sending."""
        shown = strip_query(url)
        try:
            return self._session.prepare_request(requests.Request(method, url, **parts))
        except (requests.RequestException, ValueError):
            raise exceptions.build_invalid_request(method, shown) from None

    def send(
        self, prepared: Any, origin: urls.Origin, within: float | None = None, limits: StreamLimits | None = None
    ) -> Response:
        """Send a request and read its response.

        :param origin: the server that the request and its credential are intended for.
        :param within: seconds, if the request has less time than ``timeout``.
        :param limits: do not read a success: return a StreamedResponse, to be read within these limits. Of any other
            response the beginning is read.
        :raises TransportError: there was no response, or an incomplete one.
        :raises StreamError: a limit was reached.
        """
        method, shown = str(prepared.method), strip_query(str(prepared.url))
        timeout = self._settings.timeout if within is None else min(self._settings.timeout, within)
        if limits is None:
            self._deadline.start(timeout)
        else:
            self._deadline.start(limits.total_timeout if within is None else within, limits.idle_timeout)
        streamed = None
        try:
            response = self._begin(prepared, origin, timeout if limits is None else (timeout, limits.idle_timeout))
            if limits is not None:
                stream = Stream(response, limits, self._deadline, method, shown)
                if 200 <= response.status_code < 300:
                    streamed = StreamedResponse(**self._build_parts(response, prepared, b""), stream=stream)
                    return streamed
                return Response(**self._build_parts(response, prepared, stream.read_beginning()))
            try:
                body = self._read(response, method, shown)
            finally:
                response.close()
                self._used = time.monotonic()
            if self._deadline.expired:
                # A body without a length ends with its connection, so a truncated one looks complete.
                raise requests.ReadTimeout
        except exceptions.list_library_exceptions() as error:
            if limits is not None and (self._deadline.expired or exceptions.is_read_timeout(error)):
                raise limits.build_timeout_error(self._deadline.expired, method, shown) from None
            cause = requests.ReadTimeout() if self._deadline.expired else error
            raise exceptions.translate(cause, method, shown, timeout, self._wire.connected) from None
        finally:
            if streamed is None:
                self._deadline.stop()
        return Response(**self._build_parts(response, prepared, body))

    def close(self) -> None:
        self._deadline.stop()
        self._session.close()

    def _begin(self, prepared: Any, origin: urls.Origin, timeout: float | tuple[float, float]) -> Any:
        """Send a request (the only place that does) and return the response without its body.

        :raises TransportError: the request would be sent to another server than intended.
        """
        url = str(prepared.url)
        if _find_destination(url) != origin:
            reason = "the request would have gone to another server"
            hint = "Check the URL, and the server if it redirected the request."
            raise exceptions.build_transport_error(
                str(prepared.method), strip_query(url), (reason, hint, True), sent=False
            )
        self._close_idle()
        self._wire.connected = False
        # The session's own send would read the whole body of a redirect, regardless of its size, and parse its target.
        return self._session.get_adapter(url).send(
            prepared,
            stream=True,
            timeout=timeout,
            proxies=get_proxies(url) if self._settings.use_proxy else {},
            verify=self._session.verify or False,
            cert=self._session.cert,
        )

    def _build_parts(self, response: Any, prepared: Any, body: bytes | bytearray) -> dict[str, Any]:
        return {
            "status": response.status_code,
            "reason_phrase": response.reason or "",
            "headers": {name.lower(): value for name, value in response.headers.items()},
            "body": body,
            "method": str(prepared.method),
            "url": str(prepared.url),
            "limit": self._settings.max_response,
        }

    def _read(self, response: Any, method: str, url: str) -> bytearray:
        body, limit = bytearray(), self._settings.max_response
        for piece in iter_chunks(response):
            body += piece
            if len(body) > limit:
                hint = "Ask for less with filters, check that the URL is the API's own, or raise max_response."
                reason = (f"the answer is larger than {format_mib(limit)}", hint, True)
                raise exceptions.build_transport_error(method, url, reason, sent=True)
        return body

    def _close_idle(self) -> None:
        now = time.monotonic()
        if now - self._used > _MAX_IDLE:
            self._session.close()

    def _abort(self) -> None:
        """Abort the current request; a socket's own timeout restarts with every byte."""
        for one in list(self._wire.sockets):
            with suppress(OSError):
                # Not the method of a TLS socket, which starts by discarding its encryption.
                socket.socket.shutdown(one, socket.SHUT_RDWR)


def get_transport(settings: HttpSettings) -> Transport:
    """The thread's transport for these settings."""
    if _MISSING is not None:
        raise MissingLibraryError(
            f"The Python library requests is missing on this host ({_MISSING}).",
            hint="Install it for the Python that runs this task: python -m pip install requests.",
        )
    # A forked worker must not use its parent's sockets, nor a thread another thread's, hence both in the key.
    key = (os.getpid(), threading.get_ident(), settings)
    if key not in _open_transports:
        _open_transports[key] = Transport(settings)
    return _open_transports[key]


_open_transports: dict[tuple[int, int, HttpSettings], Transport] = {}


class _NoCookies(DefaultCookiePolicy):
    """A cookie would be one more credential that is shared between tasks."""

    def set_ok(self, cookie: Any, request: Any) -> bool:
        return False


class _FinalResponse(http.client.HTTPResponse):
    """Skips all interim responses (1xx), where its base class only skips 100."""

    def begin(self) -> None:
        for _answer in range(_MAX_INTERIM):
            super().begin()
            if not 100 <= self.status < 200:
                return
            if self.status == _SWITCHING:
                raise http.client.HTTPException("the server switches to a protocol that was not requested")
            # The base class treats a response with headers as already started.
            self.headers = self.msg = None  # type: ignore[assignment]
        raise http.client.HTTPException("interim answers without an end")


@dataclass
class _ConnectionState:
    """What connections record: their sockets, and whether the current one was open before a failure."""

    sockets: weakref.WeakSet[socket.socket] = field(default_factory=weakref.WeakSet)
    connected: bool = False


def _build_adapter(wire: _ConnectionState) -> HTTPAdapter:
    """An adapter whose connections record their state."""

    def build_pool(pool: type[HTTPConnectionPool]) -> type[HTTPConnectionPool]:
        class Connection(pool.ConnectionCls):  # type: ignore[misc, name-defined]
            response_class = _FinalResponse
            _dns_host: str
            timeout: float

            def connect(self) -> None:
                wire.connected = False
                super().connect()
                wire.connected = True
                wire.sockets.add(self.sock)

            def _new_conn(self) -> socket.socket:
                made = self._first_that_answers()
                # The response of a proxy arrives on it before TLS replaces it.
                wire.sockets.add(made)
                return made

            def _first_that_answers(self) -> socket.socket:
                # The library would give each address of a name the whole time.
                name, seconds = self._dns_host, self.timeout
                try:
                    for address, share in split_timeout(_resolve(name, self.port), seconds):
                        self._dns_host, self.timeout = address, share
                        try:
                            made: socket.socket = super()._new_conn()
                            return made
                        except urllib3.exceptions.HTTPError as error:
                            last = error
                finally:
                    self._dns_host, self.timeout = name, seconds
                raise last

            def request(self, *args: Any, **kwargs: Any) -> Any:
                wire.connected = True
                return super().request(*args, **kwargs)

        return type(pool.__name__, (pool,), {"ConnectionCls": Connection})

    pools = {"http": build_pool(HTTPConnectionPool), "https": build_pool(HTTPSConnectionPool)}

    class Adapter(HTTPAdapter):
        def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
            super().init_poolmanager(*args, **kwargs)
            self.poolmanager.pool_classes_by_scheme = pools

        def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
            manager = super().proxy_manager_for(*args, **kwargs)
            manager.pool_classes_by_scheme = pools
            return manager

    return Adapter()


def _find_destination(url: str) -> urls.Origin | None:
    """Where the library connects to for a prepared URL; None if its parser and ours disagree."""
    try:
        seen = urllib3.util.parse_url(url)
        theirs = urls.parse_origin(f"{seen.scheme}://{seen.netloc}")
        return theirs if theirs == urls.parse_origin(url) and not seen.auth else None
    except (OptionError, urllib3.exceptions.HTTPError):
        return None


def _resolve(name: str, port: int) -> list[str]:
    """The addresses of a name; the name itself if it cannot be resolved, so that the library reports it."""
    try:
        return resolve(name, port, urllib3.util.connection.allowed_gai_family())
    except (OSError, UnicodeError):
        return [name]
