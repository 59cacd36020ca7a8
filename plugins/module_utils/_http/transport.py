# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import errno
import http.client
import re
import socket
import ssl
from typing import TYPE_CHECKING, Any

from ansible_collections.greyops.rest.plugins.module_utils._errors import ExchangeError
from ansible_collections.greyops.rest.plugins.module_utils._http.codings import CorruptError, UnknownCodingError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

try:
    from requests import exceptions as library
    from urllib3 import exceptions as transport
except ImportError:  # the session says so when it is opened
    pass

PROXY_LOGIN = (
    "Give the proxy's login in HTTPS_PROXY or HTTP_PROXY, as http://USER:PASSWORD@PROXY:PORT with special characters "
    "percent-encoded, or name the host in NO_PROXY."
)

# What happened, what to do about it, and whether another try would end the same way.
Reason = tuple[str, str, bool]

_NETWORK = "Check the server and the network."
_UNFORMED: Reason = (
    "the request cannot be formed",
    "Check the URL and the headers for characters out of place, and the body for numbers that JSON does not have.",
    True,
)
_NO_HTTP = "what answers there does not speak proper HTTP"
# OpenSSL's numbers: X509_V_ERR_CERT_NOT_YET_VALID, _CERT_HAS_EXPIRED; _HOSTNAME_MISMATCH, _IP_ADDRESS_MISMATCH.
OUT_OF_DATE = (9, 10)
OTHER_NAME = (62, 64)
# What OpenSSL says when the other side speaks something else than TLS: it depends on the first bytes and its version.
_NO_TLS = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG", "UNKNOWN_PROTOCOL", "RECORD_LAYER_FAILURE")
# What it says about files that hold something else; of one that is no PEM file it only names its part for them.
_NO_CERTIFICATES = ("NO_CERTIFICATE_OR_CRL_FOUND", "NO_CERTIFICATE_ASSIGNED", "NO_START_LINE", "KEY_VALUES_MISMATCH")
# http.client tells the status of a refused tunnel in words alone.
_REFUSED_TUNNEL = re.compile(r"Tunnel connection failed: (\d{3})")


class TransportError(ExchangeError):
    """A failure below HTTP. ``sent`` is false when the server cannot have got the request."""

    sent: bool = True
    lasting: bool = False

    def doubtful(self) -> TransportError:
        """This failure, of a request that is not sent again although nobody knows what became of it."""
        hint = f"{self.hint} It may have been carried out: look before you send it again."
        return TransportError(**{**self.as_data(), "hint": hint})


def failed(method: str, url: str, why: Reason, *, sent: bool) -> TransportError:
    reason, hint, lasting = why
    result = TransportError(f"{method} {url} failed.", reason=reason, hint=hint, url=url, method=method)
    result.sent, result.lasting = sent, lasting
    return result


def unformed(method: str, url: str) -> TransportError:
    """A request that never came to be: characters out of place in its URL or headers, or a body that is no JSON."""
    return failed(method, url, _UNFORMED, sent=False)


def explain(error: Exception, method: str, url: str, timeout: float, sent: bool = False) -> TransportError:
    """Our sentence for an exception of requests, whose own texts hold whole URLs.

    :param sent: the connection stood when it happened, so the request may have arrived.
    """
    causes = list(_chain(error))
    # Headers are encoded when the connection stands already, and before any of them is sent.
    sent = sent and not _first(causes, UnicodeEncodeError)
    # A handshake of TLS 1.3 fails after the client took it for done, and before the server read anything.
    arrived = sent and not _certificate_alert(causes)
    return failed(method, url, _reason(causes, url, timeout, sent), sent=arrived)


def _reason(causes: list[BaseException], url: str, timeout: float, sent: bool) -> Reason:
    """The order matters, here and below: a refused connection is a time-out in urllib3's classes, and much is a
    ValueError.
    """
    if certificate := _first(causes, ssl.SSLCertVerificationError):
        return _untrusted(certificate.verify_code, certificate.verify_message.rstrip("."))
    # Before its version 2 urllib3 compares the names itself, and its exception moves from place to place.
    if other_name := next((cause for cause in causes if type(cause).__name__ == "CertificateError"), None):
        return _untrusted(OTHER_NAME[0], str(other_name))
    if alert := _certificate_alert(causes):
        return _client_certificate_reason(alert)
    return _no_answer(causes, url, timeout) if sent else _no_connection(causes, url, timeout)


def _no_connection(causes: list[BaseException], url: str, timeout: float) -> Reason:
    """Why nothing was sent."""
    system = _system_reason(causes)
    tunnel = tunnel_status(causes)
    if tunnel or _first(causes, library.ProxyError):
        return _proxy_reason(tunnel, system)
    if unresolved := _first(causes, socket.gaierror):
        lasting = unresolved.errno == socket.EAI_NONAME
        return ("the host name cannot be resolved", "Check the URL and the name service.", lasting)
    if _first(causes, ConnectionRefusedError):
        return ("the connection was refused", "Check the URL, and that the server runs.", False)
    if _first(causes, *_time_outs()):
        advice = "Check the URL, the network, and the proxy if one is used, or raise timeout."
        return (f"no connection within {timeout:g} s", advice, False)
    if handshake := _first(causes, ssl.SSLError) or _first(causes, library.SSLError):
        return _handshake_reason(handshake)
    if _not_http(causes):
        return (_NO_HTTP, _right_door(url), False)
    if not _first(causes, OSError, transport.HTTPError) or _first(causes, library.InvalidHeader):
        return _UNFORMED
    return (f"the connection failed{system}", _NETWORK, False)


def _no_answer(causes: list[BaseException], url: str, timeout: float) -> Reason:
    """Why there is no whole answer to what may have been sent."""
    system = _system_reason(causes)
    if _first(causes, *_time_outs()):
        return (f"no answer within {timeout:g} s", "Check that the server is well, or raise timeout.", False)
    if coding := _first(causes, UnknownCodingError):
        advice = "Check the server, or the proxy before it: it may use gzip or deflate, once, or nothing."
        return (f"the answer is compressed in a way that was not asked for ({coding})", advice, True)
    if _first(causes, CorruptError):
        return ("the answer is not compressed as it claims", "Check the server, or the proxy before it.", False)
    if _not_http(causes) or _first(causes, library.InvalidHeader, transport.InvalidHeader):
        return (_NO_HTTP, _right_door(url), False)
    if _first(causes, library.ChunkedEncodingError, transport.ProtocolError, ssl.SSLError):
        return (f"the connection broke before the answer was whole{system}", _broken_advice(url), False)
    return (f"the connection failed{system}", _NETWORK, False)


def _time_outs() -> tuple[type[BaseException], ...]:
    return (library.Timeout, transport.ReadTimeoutError, TimeoutError)


def _untrusted(code: int, detail: str) -> Reason:
    if code in OUT_OF_DATE:
        advice = "It has to be renewed on the server, unless the clock of this host is wrong."
        return (f"the server's certificate is out of date ({detail})", advice, True)
    if code in OTHER_NAME:
        advice = "Check the host name in the URL: it has to be one of those in the certificate."
        return (f"the server's certificate is for another name ({detail})", advice, True)
    return (
        f"the server's certificate is not trusted ({detail})",
        "Name the authority's certificate with ca_path.",
        True,
    )


def _proxy_reason(status: int | None, system: str) -> Reason:
    if status == 407:
        return ("the proxy wants a login, or refused the one it got (HTTP 407)", PROXY_LOGIN, True)
    if status:
        advice = "Have the host allowed there, or name it in NO_PROXY if there is a way without the proxy."
        return (f"the proxy lets nobody through to the server (HTTP {status})", advice, status < 500)
    return (f"the proxy did not connect{system}", "Check HTTPS_PROXY, HTTP_PROXY, NO_PROXY, or use_proxy.", False)


def _client_certificate_reason(alert: str) -> Reason:
    if "CERTIFICATE_REQUIRED" in alert:
        return ("the server wants a client certificate", "Name one with client_cert and client_key.", True)
    advice = "Check client_cert and client_key, and that the server trusts the authority of that certificate."
    return (f"the server refused the client certificate ({alert})", advice, True)


def _handshake_reason(error: Any) -> Reason:
    reason = str(getattr(error, "reason", None) or "the handshake failed")
    if any(sign in reason for sign in _NO_TLS):
        advice = "Check the URL's scheme and port, and the proxy if one is used: it may have answered with a page."
        return (f"what answers there does not speak TLS ({reason})", advice, True)
    if reason in _NO_CERTIFICATES or "PEM lib" in str(error):
        return ("a certificate or its key cannot be loaded", "Check ca_path, client_cert and client_key.", True)
    if isinstance(error, (ssl.SSLEOFError, ssl.SSLZeroReturnError)):
        return ("the connection ended before TLS was agreed on", f"{_NETWORK} {_right_door('https')}", False)
    return (
        f"TLS cannot be agreed on ({reason})",
        "Check the URL's scheme and port, and client_cert if the server asks for one.",
        True,
    )


def _right_door(url: str) -> str:
    hint = "" if url.startswith("https") else " A server of https answers like that to http."
    return f"Check the URL's scheme, host and port, and the proxy if one is used.{hint}"


def _broken_advice(url: str) -> str:
    if not url.startswith("https"):
        return _NETWORK
    # The alert that says so is often lost with the connection.
    return f"{_NETWORK} A server that misses or refuses a client certificate (client_cert) does the same."


def _certificate_alert(causes: list[BaseException]) -> str | None:
    """OpenSSL's word for what a server has against the client's certificate, or against there being none."""
    for cause in causes:
        reason = str(getattr(cause, "reason", None) or "") if isinstance(cause, ssl.SSLError) else ""
        if "_ALERT_" in reason and ("CERTIFICATE" in reason or "UNKNOWN_CA" in reason):
            return reason
    return None


def tunnel_status(causes: Iterable[BaseException]) -> int | None:
    """The status with which a proxy refused to connect to the server; None where it did not."""
    found = next((found for cause in causes if (found := _REFUSED_TUNNEL.search(str(cause)))), None)
    return int(found.group(1)) if found else None


def _not_http(causes: list[BaseException]) -> bool:
    """A status line that is none, a line too long, or more headers than anyone sends."""
    return any(
        isinstance(cause, http.client.HTTPException)
        and not isinstance(cause, (http.client.RemoteDisconnected, http.client.IncompleteRead))
        for cause in causes
    )


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
