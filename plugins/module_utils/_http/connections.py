# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

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

from ansible_collections.greyops.rest.plugins.module_utils._errors import MissingLibraryError, OptionError
from ansible_collections.greyops.rest.plugins.module_utils._http import codings, transport, urls
from ansible_collections.greyops.rest.plugins.module_utils._http.addresses import addresses_of, turns
from ansible_collections.greyops.rest.plugins.module_utils._http.answers import Answer, in_mib
from ansible_collections.greyops.rest.plugins.module_utils._http.proxies import proxies_for
from ansible_collections.greyops.rest.plugins.module_utils._http.settings import HOST_FILES, HTTP_SPEC
from ansible_collections.greyops.rest.plugins.module_utils._http.urls import without_query
from ansible_collections.greyops.rest.plugins.module_utils._http.watchdog import Watchdog

try:
    import requests
    import urllib3
    from requests.adapters import HTTPAdapter
    from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

    _MISSING = None
except ImportError as error:
    # Everything but making a request works without the library, so that its absence can be told in one sentence.
    _MISSING = str(error)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ansible_collections.greyops.rest.plugins.module_utils._http.settings import HttpSettings

_PIECE = 65536
# RFC 9110, 15.2: a client parses any number of interim answers. No server sends more than a few.
_MOST_INTERIM = 100
_SWITCHING = 101
# A server may have closed a connection that rested longer, and a POST must not meet that.
_LONGEST_REST = 1.0


class Connections:
    """The connections of one thread with one kind of settings, kept between the items of a loop.

    Trusts nothing of its surroundings but the proxy variables, keeps no cookie, and gives every exchange up after
    ``timeout`` seconds, however busily the server goes on sending.
    """

    _accepted = codings.ACCEPTED

    def __init__(self, settings: HttpSettings) -> None:
        for option, variables in HOST_FILES.items():
            path = getattr(settings, option)
            if path and not os.path.exists(path):
                # Who set a variable for other programs may not know of the option.
                source = next((name for name in variables if os.environ.get(name) == path), "")
                named = f"{option} (from {source})" if source else HTTP_SPEC.variables_of(option)
                raise OptionError(f"{named} names {path}, which does not exist on the host that makes the call.")
        self._settings = settings
        self._used = 0.0
        self._wire = _Wire()
        self._watchdog = Watchdog(self._cut)
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.cookies.set_policy(_NoCookies())
        self._session.headers["Accept-Encoding"] = self._accepted
        self._session.verify = (settings.ca_path or True) if settings.validate_certs else False
        if not settings.validate_certs:
            # Our own warning says it once, in the place where users look.
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        if settings.client_cert:
            self._session.cert = (settings.client_cert, settings.client_key or settings.client_cert)
        adapter = _watched_adapter(self._wire)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)

    def prepare(self, method: str, url: str, **parts: Any) -> Any:
        """A request with its credential on it; getting that may take a login of its own."""
        shown = without_query(url)
        try:
            return self._session.prepare_request(requests.Request(method, url, **parts))
        except (requests.RequestException, ValueError):
            raise transport.unformed(method, shown) from None

    def send(self, prepared: Any, origin: urls.Origin, within: float | None = None) -> Answer:
        """One exchange, to its end.

        :param origin: the server that the request and its credential are meant for.
        :param within: seconds, if it has less time than ``timeout`` gives it.
        :raises TransportError: there was no whole answer.
        """
        method, shown = str(prepared.method), without_query(str(prepared.url))
        timeout = self._settings.timeout if within is None else min(self._settings.timeout, within)
        with self._watchdog.guarding(timeout):
            try:
                response = self._begin(prepared, origin, timeout)
                try:
                    body = self._whole(response, method, shown)
                finally:
                    response.close()
                    self._used = time.monotonic()
                if self._watchdog.has_bitten:
                    # What the deadline has cut may look whole: a body without a length ends with its connection.
                    raise requests.ReadTimeout
            except broken() as error:
                cause = requests.ReadTimeout() if self._watchdog.has_bitten else error
                raise transport.explain(cause, method, shown, timeout, self._wire.stands) from None
        return self._answer(response, prepared, body)

    def _begin(self, prepared: Any, origin: urls.Origin, timeout: float | tuple[float, float]) -> Any:
        """Send a request, the one place where anything leaves; the response with its body still to come.

        :raises TransportError: it would go to another server than the one it is meant for.
        """
        url = str(prepared.url)
        if _destination(url) != origin:
            reason = "what was to be sent would have gone to another server"
            advice = "Check the URL, and the server if it sent the request on."
            raise transport.failed(str(prepared.method), without_query(url), (reason, advice, True), sent=False)
        self._drop_rested()
        self._wire.stands = False
        # The session's own send would read a redirect's body to the end, however large, and parse its target.
        return self._session.get_adapter(url).send(
            prepared,
            stream=True,
            timeout=timeout,
            proxies=proxies_for(url) if self._settings.use_proxy else {},
            verify=self._session.verify or False,
            cert=self._session.cert,
        )

    def _answer(self, response: Any, prepared: Any, body: bytes | bytearray) -> Answer:
        return Answer(
            status=response.status_code,
            phrase=response.reason or "",
            headers={name.lower(): value for name, value in response.headers.items()},
            body=body,
            method=str(prepared.method),
            url=str(prepared.url),
            limit=self._settings.max_response,
        )

    def _whole(self, response: Any, method: str, url: str) -> bytearray:
        body, limit = bytearray(), self._settings.max_response
        for piece in pieces_of(response):
            body += piece
            if len(body) > limit:
                advice = "Ask for less with filters, check that the URL is the API's own, or raise max_response."
                why = (f"the answer is larger than {in_mib(limit)}", advice, True)
                raise transport.failed(method, url, why, sent=True)
        return body

    def _drop_rested(self) -> None:
        now = time.monotonic()
        if now - self._used > _LONGEST_REST:
            self._session.close()

    def _cut(self) -> None:
        """End the exchange under way; a socket's own time-out starts anew with every byte."""
        for one in list(self._wire.sockets):
            with suppress(OSError):
                # Not the method of a TLS socket: that one begins by forgetting its encryption.
                socket.socket.shutdown(one, socket.SHUT_RDWR)


def connections_for(settings: HttpSettings) -> Connections:
    """The thread's connections for these settings."""
    if _MISSING is not None:
        raise MissingLibraryError(
            f"The Python library requests is missing on this host ({_MISSING}).",
            hint="Install it for the Python that runs this task: python -m pip install requests.",
        )
    # A forked worker must not speak on its parent's sockets, nor a thread on another's, hence both in the key.
    key = (os.getpid(), threading.get_ident(), settings)
    if key not in _open_connections:
        _open_connections[key] = Connections(settings)
    return _open_connections[key]


_open_connections: dict[tuple[int, int, HttpSettings], Connections] = {}


class _NoCookies(DefaultCookiePolicy):
    """A cookie would be one more credential that travels between tasks."""

    def set_ok(self, cookie: Any, request: Any) -> bool:
        return False


class _FinalResponse(http.client.HTTPResponse):
    """Passes over all interim answers (1xx), where its base passes over 100 alone."""

    def begin(self) -> None:
        for _answer in range(_MOST_INTERIM):
            super().begin()
            if not 100 <= self.status < 200:
                return
            if self.status == _SWITCHING:
                raise http.client.HTTPException("the other side changes to a protocol that was not asked for")
            # Its base takes a response with headers for one that has begun.
            self.headers = self.msg = None  # type: ignore[assignment]
        raise http.client.HTTPException("interim answers without an end")


@dataclass
class _Wire:
    """What the connections tell: their sockets, and whether the one in use stood before anything failed."""

    sockets: weakref.WeakSet[socket.socket] = field(default_factory=weakref.WeakSet)
    stands: bool = False


def _watched_adapter(wire: _Wire) -> HTTPAdapter:
    """An adapter whose connections tell the wire."""

    def watched(pool: type[HTTPConnectionPool]) -> type[HTTPConnectionPool]:
        class Connection(pool.ConnectionCls):  # type: ignore[misc, name-defined]
            response_class = _FinalResponse
            _dns_host: str
            timeout: float

            def connect(self) -> None:
                wire.stands = False
                super().connect()
                wire.stands = True
                wire.sockets.add(self.sock)

            def _new_conn(self) -> socket.socket:
                made = self._first_that_answers()
                # A proxy answers on it before TLS takes its place.
                wire.sockets.add(made)
                return made

            def _first_that_answers(self) -> socket.socket:
                # The library would give each of a name's addresses the whole time.
                name, seconds = self._dns_host, self.timeout
                try:
                    for address, share in turns(_addresses(name, self.port), seconds):
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
                wire.stands = True
                return super().request(*args, **kwargs)

        return type(pool.__name__, (pool,), {"ConnectionCls": Connection})

    pools = {"http": watched(HTTPConnectionPool), "https": watched(HTTPSConnectionPool)}

    class Adapter(HTTPAdapter):
        def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
            super().init_poolmanager(*args, **kwargs)
            self.poolmanager.pool_classes_by_scheme = pools

        def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
            manager = super().proxy_manager_for(*args, **kwargs)
            manager.pool_classes_by_scheme = pools
            return manager

    return Adapter()


def _destination(url: str) -> urls.Origin | None:
    """Where the library connects to for a prepared URL; None if its parser and ours do not agree."""
    try:
        seen = urllib3.util.parse_url(url)
        theirs = urls.origin(f"{seen.scheme}://{seen.netloc}")
        return theirs if theirs == urls.origin(url) and not seen.auth else None
    except (OptionError, urllib3.exceptions.HTTPError):
        return None


def _addresses(name: str, port: int) -> list[str]:
    """Where a name leads to; itself where it leads nowhere, for the library to say so."""
    try:
        return addresses_of(name, port, urllib3.util.connection.allowed_gai_family())
    except (OSError, UnicodeError):
        return [name]


def broken() -> tuple[type[Exception], ...]:
    """What a library raises where there is no whole answer."""
    library = (requests.RequestException, urllib3.exceptions.HTTPError)
    return (*library, codings.CorruptError, codings.UnknownCodingError, OSError, ValueError)


def pieces_of(response: Any, least: int = _PIECE) -> Iterator[bytes]:
    """The body of a response as it arrives, decoded, in pieces of a bounded size.

    :param least: what older libraries wait for before they give anything.
    """
    return codings.decoded(_raw_pieces(response.raw, least), response.headers.get("Content-Encoding", ""))


def _raw_pieces(raw: Any, least: int) -> Iterator[bytes]:
    if raw.chunked and raw.supports_chunked_reads():
        yield from raw.read_chunked(_PIECE, decode_content=False)
        return
    read, size = (raw.read1, _PIECE) if hasattr(raw, "read1") else (raw.read, least)
    while piece := read(size, decode_content=False):
        yield piece
    if raw.length_remaining:
        # Before its version 2 urllib3 takes half an answer for a whole one.
        raise urllib3.exceptions.ProtocolError
