# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import os
import socket
import ssl
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Callable

try:
    from requests.utils import DEFAULT_CA_BUNDLE_PATH
    from urllib3.util.ssl_ import create_urllib3_context
except ImportError:  # an earlier check reports it
    pass
try:
    from cryptography import x509

    _CAN_READ = True
except ImportError:  # the handshake is checked without names and dates
    _CAN_READ = False

from .._http.exceptions import CERT_EXPIRED, CERT_NAME_MISMATCH
from .check_results import FAIL, OK, WARN, CheckResult

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._http.settings import HttpSettings

    Connect = Callable[[], socket.socket]

_SOON = 14
_MAX_NAMES = 5


def check_tls(service: str, host: str, connect: Connect, settings: HttpSettings) -> CheckResult:
    """Check the handshake with a server, as the HTTP client performs it, and the server's certificate.

    :param connect: opens a new connection to the server.
    """
    try:
        context = _build_context(settings)
    except (OSError, ValueError) as error:
        names = ", ".join(name for name in ("ca_path", "client_cert", "client_key") if getattr(settings, name))
        reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or "not a certificate in PEM format"
        detail = f"the certificates of {names} cannot be used ({reason})"
        return CheckResult(
            service, "TLS", FAIL, detail, "Name files in PEM format that the user of this task can read."
        )
    try:
        with connect() as connection, context.wrap_socket(connection, server_hostname=host) as tls:
            return _build_result(service, tls, settings.validate_certs)
    except ssl.SSLCertVerificationError as error:
        return _describe_untrusted(service, error, _peek_certificate(host, connect))
    except ssl.SSLError as error:
        hint = "Check that scheme and port of the URL belong together, and client_cert if the server asks for one."
        return CheckResult(
            service, "TLS", FAIL, f"TLS handshake with {host} failed ({error.reason or 'no reason given'})", hint
        )
    except TimeoutError:
        raise
    except OSError as error:
        detail = f"{host} closed the connection ({error.strerror or 'no reason given'})"
        return CheckResult(
            service, "TLS", FAIL, detail, "Check that the port uses TLS, and any proxy in front of the server."
        )


def _build_context(settings: HttpSettings) -> ssl.SSLContext:
    """The same rules as those of the library that sends the requests."""
    context = create_urllib3_context()
    if settings.validate_certs:
        path = settings.ca_path or DEFAULT_CA_BUNDLE_PATH
        context.load_verify_locations(**{"capath" if os.path.isdir(path) else "cafile": path})
        context.verify_mode = ssl.CERT_REQUIRED
        context.check_hostname = True
    else:
        _disable_verification(context)
    if settings.client_cert:
        context.load_cert_chain(settings.client_cert, settings.client_key, password=_refuse_passphrase)
    return context


def _disable_verification(context: ssl.SSLContext) -> None:
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE


def _refuse_passphrase() -> str:
    # Otherwise OpenSSL prompts for one at the terminal.
    raise ValueError("the key has a passphrase")


def _peek_certificate(host: str, connect: Connect) -> str:
    """Describe the server's certificate, trusted or not; no data is sent to it."""
    context = create_urllib3_context()
    _disable_verification(context)
    try:
        with connect() as connection, context.wrap_socket(connection, server_hostname=host) as tls:
            return _describe_certificate(_load_certificate(tls))
    except OSError:
        return ""


def _build_result(service: str, tls: ssl.SSLSocket, is_checked: bool) -> CheckResult:
    certificate = _load_certificate(tls)
    detail = f"{tls.version()}{_describe_certificate(certificate)}"
    if not is_checked:
        return CheckResult(service, "TLS", WARN, f"{detail}, not checked", "Remove validate_certs=false; use ca_path.")
    if certificate is not None:
        days = (_format_time(certificate, "after") - datetime.now(timezone.utc)).days
        if days < _SOON:
            return CheckResult(service, "TLS", WARN, f"{detail}: {days} days left", "Renew the certificate.")
    return CheckResult(service, "TLS", OK, detail)


def _describe_untrusted(service: str, error: ssl.SSLCertVerificationError, seen: str) -> CheckResult:
    hint = "Set ca_path to the certificate of the authority that issued it."
    if error.verify_code in CERT_NAME_MISMATCH:
        hint = "Use a name from the certificate in the URL, or get a certificate for this name."
    elif error.verify_code in CERT_EXPIRED:
        now = f"{datetime.now(timezone.utc):%Y-%m-%d %H:%M} UTC"
        hint = f"Renew the certificate, or correct the clock of this host if {now} is wrong."
    detail = f"the certificate is not trusted: {error.verify_message.rstrip('.')}{seen}"
    return CheckResult(service, "TLS", FAIL, detail, hint)


def _load_certificate(tls: ssl.SSLSocket) -> Any:
    """The server's certificate; None if it cannot be parsed."""
    content = tls.getpeercert(binary_form=True)
    return x509.load_der_x509_certificate(content) if _CAN_READ and content else None


def _describe_certificate(certificate: Any) -> str:
    """The rest of a sentence: names, issuer and dates."""
    if certificate is None:
        return ""
    names = list(_list_names(certificate))
    more = f" and {len(names) - _MAX_NAMES} more" if len(names) > _MAX_NAMES else ""
    first, last = _format_time(certificate, "before"), _format_time(certificate, "after")
    return (
        f", certificate for {', '.join(names[:_MAX_NAMES])}{more}, issued by {certificate.issuer.rfc4514_string()}, "
        f"valid from {first:%Y-%m-%d} to {last:%Y-%m-%d}"
    )


def _list_names(certificate: Any) -> Iterator[str]:
    try:
        alternatives = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        yield from (str(name.value) for name in alternatives)
    except (x509.ExtensionNotFound, ValueError):
        yield certificate.subject.rfc4514_string() or "no name"


def _format_time(certificate: Any, end: str) -> datetime:
    # The older attributes have no time zone and mean UTC; cryptography 42 added the newer ones.
    moment: datetime = getattr(certificate, f"not_valid_{end}_utc", None) or getattr(certificate, f"not_valid_{end}")
    return moment.replace(tzinfo=timezone.utc)
