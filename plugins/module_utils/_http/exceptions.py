# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Convert exceptions of requests and urllib3 to errors with a hint."""

from __future__ import annotations

import errno
import http.client
import re
import socket
import ssl
from typing import TYPE_CHECKING, Any

from .._errors import RequestError
from .content_codings import CorruptError, UnknownCodingError

try:
    from requests import exceptions as library
    from urllib3 import exceptions as transport
except ImportError:  # reported when a transport is opened
    pass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PROXY_LOGIN = (
    "Give the proxy's login in HTTPS_PROXY or HTTP_PROXY, as http://USER:PASSWORD@PROXY:PORT with special characters "
    "percent-encoded, or name the host in NO_PROXY."
)

# The reason, the hint, and whether another attempt would fail in the same way.
Reason = tuple[str, str, bool]

_NETWORK = "Check the server and the network."
_INVALID_REQUEST: Reason = (
    "the request cannot be formed",
    "Check the URL and the headers for invalid characters, and the body for numbers that JSON cannot represent.",
    True,
)
_NO_HTTP = "what answers there does not speak proper HTTP"
# OpenSSL's numbers: X509_V_ERR_CERT_NOT_YET_VALID, _CERT_HAS_EXPIRED; _HOSTNAME_MISMATCH, _IP_ADDRESS_MISMATCH.
CERT_EXPIRED = (9, 10)
CERT_NAME_MISMATCH = (62, 64)
# OpenSSL's reasons if the server does not speak TLS; they depend on its first bytes and the version of OpenSSL.
_NO_TLS = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG", "UNKNOWN_PROTOCOL", "RECORD_LAYER_FAILURE")
# OpenSSL's reasons if a file contains other data; for a file that is not PEM it only reports the missing part.
_NO_CERTIFICATES = ("NO_CERTIFICATE_OR_CRL_FOUND", "NO_CERTIFICATE_ASSIGNED", "NO_START_LINE", "KEY_VALUES_MISMATCH")
# http.client reports the status of a refused tunnel only as text.
_REFUSED_TUNNEL = re.compile(r"Tunnel connection failed: (\d{3})")


def list_library_exceptions() -> tuple[type[Exception], ...]:
    """The exceptions that the libraries raise if there is no complete response."""
    return (library.RequestException, transport.HTTPError, CorruptError, UnknownCodingError, OSError, ValueError)


def is_read_timeout(error: Exception) -> bool:
    """Whether no data came from the server for too long."""
    return isinstance(error, (library.ReadTimeout, transport.ReadTimeoutError, TimeoutError))


def build_incomplete_error() -> Exception:
    """The exception for a body that ends too early, for libraries that do not raise it themselves."""
    error: Exception = transport.ProtocolError()
    return error


class TransportError(RequestError):
    """A failure below HTTP. ``sent`` is false if the server cannot have received the request."""

    sent: bool = True
    permanent: bool = False

    def with_unknown_outcome(self) -> TransportError:
        """Add to the hint that the request may have been carried out, since it is not sent again."""
        hint = f"{self.hint} It may have been carried out: look before you send it again."
        return TransportError(**{**self.as_data(), "hint": hint})


def build_transport_error(method: str, url: str, why: Reason, *, sent: bool) -> TransportError:
    reason, hint, permanent = why
    result = TransportError(f"{method} {url} failed.", reason=reason, hint=hint, url=url, method=method)
    result.sent, result.permanent = sent, permanent
    return result


def build_invalid_request(method: str, url: str) -> TransportError:
    """The error for a request that cannot be created: invalid characters in its URL or headers, or an invalid body."""
    return build_transport_error(method, url, _INVALID_REQUEST, sent=False)


def translate(error: Exception, method: str, url: str, timeout: float, sent: bool = False) -> TransportError:
    """Convert an exception of requests, whose own texts contain whole URLs.

    :param sent: the connection was open when it occurred, so the request may have arrived.
    """
    causes = list(_iter_chain(error))
    # Headers are encoded after the connection is opened, but before any of them is sent.
    sent = sent and not _find_first(causes, UnicodeEncodeError)
    # A TLS 1.3 handshake fails after the client considers it complete, but before the server has read any data.
    arrived = sent and not _find_certificate_alert(causes)
    return build_transport_error(method, url, _find_reason(causes, url, timeout, sent), sent=arrived)


def _find_reason(causes: list[BaseException], url: str, timeout: float, sent: bool) -> Reason:
    """The order matters, here and below: in urllib3 a refused connection is a timeout, and many exceptions are a
    ValueError.
    """
    if certificate := _find_first(causes, ssl.SSLCertVerificationError):
        return _explain_certificate(certificate.verify_code, certificate.verify_message.rstrip("."))
    # urllib3 before version 2 compares the names itself, and the location of its exception varies.
    if other_name := next((cause for cause in causes if type(cause).__name__ == "CertificateError"), None):
        return _explain_certificate(CERT_NAME_MISMATCH[0], str(other_name))
    if alert := _find_certificate_alert(causes):
        return _explain_client_certificate(alert)
    return _explain_no_response(causes, url, timeout) if sent else _explain_no_connection(causes, url, timeout)


def _explain_no_connection(causes: list[BaseException], url: str, timeout: float) -> Reason:
    """Why the request was not sent."""
    system = _describe_system_error(causes)
    tunnel = parse_tunnel_status(causes)
    if tunnel or _find_first(causes, library.ProxyError):
        return _explain_proxy(tunnel, system)
    if unresolved := _find_first(causes, socket.gaierror):
        permanent = unresolved.errno == socket.EAI_NONAME
        return ("the host name cannot be resolved", "Check the URL and the DNS settings.", permanent)
    if _find_first(causes, ConnectionRefusedError):
        return ("the connection was refused", "Check the URL, and that the server runs.", False)
    if _find_first(causes, *_list_timeouts()):
        hint = "Check the URL, the network, and the proxy if one is used, or raise timeout."
        return (f"no connection within {timeout:g} s", hint, False)
    if handshake := _find_first(causes, ssl.SSLError) or _find_first(causes, library.SSLError):
        return _explain_handshake(handshake)
    if _is_not_http(causes):
        return (_NO_HTTP, _build_url_hint(url), False)
    if not _find_first(causes, OSError, transport.HTTPError) or _find_first(causes, library.InvalidHeader):
        return _INVALID_REQUEST
    return (f"the connection failed{system}", _NETWORK, False)


def _explain_no_response(causes: list[BaseException], url: str, timeout: float) -> Reason:
    """Why there is no complete response to a request that may have been sent."""
    system = _describe_system_error(causes)
    if _find_first(causes, *_list_timeouts()):
        return (f"no answer within {timeout:g} s", "Check that the server is working, or raise timeout.", False)
    if coding := _find_first(causes, UnknownCodingError):
        hint = "Check the server, or the proxy in front of it: it may use gzip or deflate, once, or nothing."
        return (f"the answer is compressed in a way that was not asked for ({coding})", hint, True)
    if _find_first(causes, CorruptError):
        return ("the answer is not compressed as it claims", "Check the server, or the proxy in front of it.", False)
    if _is_not_http(causes) or _find_first(causes, library.InvalidHeader, transport.InvalidHeader):
        return (_NO_HTTP, _build_url_hint(url), False)
    if _find_first(causes, library.ChunkedEncodingError, transport.ProtocolError, ssl.SSLError):
        return (f"the connection broke before the answer was whole{system}", _build_broken_hint(url), False)
    return (f"the connection failed{system}", _NETWORK, False)


def _list_timeouts() -> tuple[type[BaseException], ...]:
    return (library.Timeout, transport.ReadTimeoutError, TimeoutError)


def _explain_certificate(code: int, detail: str) -> Reason:
    if code in CERT_EXPIRED:
        hint = "Renew it on the server, or correct the clock of this host if it is wrong."
        return (f"the server's certificate is out of date ({detail})", hint, True)
    if code in CERT_NAME_MISMATCH:
        hint = "Check the host name in the URL: it must be one of those in the certificate."
        return (f"the server's certificate is for another name ({detail})", hint, True)
    return (
        f"the server's certificate is not trusted ({detail})",
        "Set ca_path to the certificate of the authority.",
        True,
    )


def _explain_proxy(status: int | None, system: str) -> Reason:
    if status == 407:
        return ("the proxy requires a login, or refused the one it received (HTTP 407)", PROXY_LOGIN, True)
    if status:
        hint = "Allow the host there, or add it to NO_PROXY if it is reachable without the proxy."
        return (f"the proxy refused to connect to the server (HTTP {status})", hint, status < 500)
    return (f"the proxy did not connect{system}", "Check HTTPS_PROXY, HTTP_PROXY, NO_PROXY, or use_proxy.", False)


def _explain_client_certificate(alert: str) -> Reason:
    if "CERTIFICATE_REQUIRED" in alert:
        return ("the server requires a client certificate", "Set client_cert and client_key.", True)
    hint = "Check client_cert and client_key, and that the server trusts the authority of that certificate."
    return (f"the server refused the client certificate ({alert})", hint, True)


def _explain_handshake(error: Any) -> Reason:
    reason = str(getattr(error, "reason", None) or "the handshake failed")
    if any(sign in reason for sign in _NO_TLS):
        hint = "Check the URL's scheme and port, and the proxy if one is used: it may have answered with a page."
        return (f"what answers there does not speak TLS ({reason})", hint, True)
    if reason in _NO_CERTIFICATES or "PEM lib" in str(error):
        return ("a certificate or its key cannot be loaded", "Check ca_path, client_cert and client_key.", True)
    if isinstance(error, (ssl.SSLEOFError, ssl.SSLZeroReturnError)):
        return ("the connection ended during the TLS handshake", f"{_NETWORK} {_build_url_hint('https')}", False)
    return (
        f"the TLS handshake failed ({reason})",
        "Check the URL's scheme and port, and client_cert if the server asks for one.",
        True,
    )


def _build_url_hint(url: str) -> str:
    hint = "" if url.startswith("https") else " A server for https may respond like this to http."
    return f"Check the URL's scheme, host and port, and the proxy if one is used.{hint}"


def _build_broken_hint(url: str) -> str:
    if not url.startswith("https"):
        return _NETWORK
    # The TLS alert that reports it is often lost with the connection.
    return f"{_NETWORK} A server that requires or refuses a client certificate (client_cert) does the same."


def _find_certificate_alert(causes: list[BaseException]) -> str | None:
    """OpenSSL's name for the reason why a server rejects the client's certificate or requires one."""
    for cause in causes:
        reason = str(getattr(cause, "reason", None) or "") if isinstance(cause, ssl.SSLError) else ""
        if "_ALERT_" in reason and ("CERTIFICATE" in reason or "UNKNOWN_CA" in reason):
            return reason
    return None


def parse_tunnel_status(causes: Iterable[BaseException]) -> int | None:
    """The status with which a proxy refused to connect to the server; None if it did not refuse."""
    found = next((found for cause in causes if (found := _REFUSED_TUNNEL.search(str(cause)))), None)
    return int(found.group(1)) if found else None


def _is_not_http(causes: list[BaseException]) -> bool:
    """Whether the response has an invalid status line, a line that is too long, or too many headers."""
    return any(
        isinstance(cause, http.client.HTTPException)
        and not isinstance(cause, (http.client.RemoteDisconnected, http.client.IncompleteRead))
        for cause in causes
    )


def _find_first(causes: list[BaseException], *categories: type[BaseException]) -> Any:
    return next((cause for cause in causes if isinstance(cause, categories)), None)


def _describe_system_error(causes: list[BaseException]) -> str:
    for cause in causes:
        if isinstance(cause, OSError) and isinstance(cause.errno, int) and cause.errno in errno.errorcode:
            return f" ({cause.strerror})"
    return ""


def _iter_chain(error: BaseException) -> Iterator[BaseException]:
    """Iterate over an exception and its causes: urllib3 also stores causes in arguments and in ``reason``."""
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        current = waiting.pop(0)
        if isinstance(current, BaseException) and id(current) not in seen:
            seen.add(id(current))
            yield current
            waiting += [*current.args, getattr(current, "reason", None), current.__cause__, current.__context__]
