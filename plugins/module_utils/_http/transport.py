# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import errno
import socket
import ssl
from typing import TYPE_CHECKING, Any

from ansible_collections.greyops.rest.plugins.module_utils._errors import ExchangeError

if TYPE_CHECKING:
    from collections.abc import Iterator

try:
    from requests import exceptions as library
    from urllib3 import exceptions as transport
except ImportError:  # the session says so when it is opened
    pass


class TransportError(ExchangeError):
    """A failure below HTTP. ``sent`` is false when the server cannot have got the request."""

    sent: bool = True
    lasting: bool = False

    def doubtful(self) -> TransportError:
        """This failure, of a request that is not sent again although nobody knows what became of it."""
        advice = "It may have been carried out: look before you send it again."
        return TransportError(f"{self.message} {advice}", url=self.url, method=self.method)


def explain(error: Exception, method: str, url: str, timeout: float) -> TransportError:
    """Our sentence for an exception of requests, whose own texts hold whole URLs."""
    causes = list(_chain(error))
    reason, advice, lasting = _reason(causes, timeout)
    result = TransportError(f"{method} {url} failed: {reason}. {advice}", url=url, method=method)
    result.lasting = lasting
    result.sent = not _first(
        causes,
        transport.NewConnectionError,
        transport.ConnectTimeoutError,
        library.ConnectTimeout,
        library.ProxyError,
        library.SSLError,
        ssl.SSLError,
        socket.gaierror,
    )
    return result


def _reason(causes: list[BaseException], timeout: float) -> tuple[str, str, bool]:
    """What happened, what to do about it, and whether another try would end the same way.

    The order matters: a refused connection is a time-out in urllib3's classes, and much is a ValueError.
    """
    network = "Check the server and the network."
    system = _system_reason(causes)

    if certificate := _first(causes, ssl.SSLCertVerificationError):
        return (
            f"the server's certificate is not trusted ({certificate.verify_message})",
            "Name the authority's certificate with ca_path, or check the host name in the URL.",
            True,
        )
    if _first(causes, library.ProxyError):
        return (f"the proxy did not connect{system}", "Check HTTPS_PROXY, HTTP_PROXY, NO_PROXY, or use_proxy.", False)
    if unresolved := _first(causes, socket.gaierror):
        lasting = unresolved.errno == socket.EAI_NONAME
        return ("the host name cannot be resolved", "Check the URL and the name service.", lasting)
    if _first(causes, ConnectionRefusedError):
        return ("the connection was refused", "Check the URL, and that the server runs.", False)
    if handshake := _first(causes, ssl.SSLError, library.SSLError):
        return (
            f"TLS cannot be agreed on ({getattr(handshake, 'reason', None) or 'handshake failed'})",
            "Check the URL's scheme and port, and client_cert if the server asks for one.",
            True,
        )
    if _first(causes, library.Timeout, transport.ReadTimeoutError, TimeoutError):
        return (f"no answer within {timeout:g} s", "Check that the server is well, or raise timeout.", False)
    if _first(causes, library.ContentDecodingError, transport.DecodeError):
        return ("the answer is not compressed as it claims", "Check the server, or the proxy before it.", False)
    if _first(causes, library.ChunkedEncodingError, transport.ProtocolError):
        return (f"the connection broke before the answer was whole{system}", network, False)
    if not _first(causes, OSError, transport.NewConnectionError) or _first(causes, library.InvalidHeader):
        return ("the request cannot be formed", "Check the URL and the headers for characters out of place.", True)
    return f"the connection failed{system}", network, False


def _first(causes: list[BaseException], *families: type[BaseException]) -> Any:
    return next((cause for cause in causes if isinstance(cause, families)), None)


def _system_reason(causes: list[BaseException]) -> str:
    for cause in causes:
        if isinstance(cause, OSError) and isinstance(cause.errno, int) and cause.errno in errno.errorcode:
            return f" ({cause.strerror})"
    return ""


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An exception and all it was made from: urllib3 keeps causes in arguments and in ``reason`` as well."""
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        current = waiting.pop(0)
        if isinstance(current, BaseException) and id(current) not in seen:
            seen.add(id(current))
            yield current
            waiting += [*current.args, getattr(current, "reason", None), current.__cause__, current.__context__]
