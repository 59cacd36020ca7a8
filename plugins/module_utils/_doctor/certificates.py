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
except ImportError:  # the examination ends before it comes here
    pass
try:
    from cryptography import x509

    _CAN_READ = True
except ImportError:  # the handshake shows whether all is well, without names and dates
    _CAN_READ = False

from ansible_collections.greyops.rest.plugins.module_utils._doctor.findings import FAIL, OK, WARN, Finding
from ansible_collections.greyops.rest.plugins.module_utils._http.transport import OTHER_NAME, OUT_OF_DATE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ansible_collections.greyops.rest.plugins.module_utils._http.settings import HttpSettings

    Connect = Callable[[], socket.socket]

_SOON = 14
_MOST_NAMES = 5


def examine_tls(service: str, host: str, connect: Connect, settings: HttpSettings) -> Finding:
    """The handshake with a server, as the session makes it, and its certificate.

    :param connect: opens a new connection to the server.
    """
    try:
        context = _context(settings)
    except (OSError, ValueError) as error:
        names = ", ".join(name for name in ("ca_path", "client_cert", "client_key") if getattr(settings, name))
        reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or "no certificate in PEM format"
        detail = f"the certificates of {names} cannot be used ({reason})"
        return Finding(service, "TLS", FAIL, detail, "Name files in PEM format that the user of this task can read.")
    try:
        with connect() as connection, context.wrap_socket(connection, server_hostname=host) as tls:
            return _sound(service, tls, settings.validate_certs)
    except ssl.SSLCertVerificationError as error:
        return _untrusted(service, error, _glance(host, connect))
    except ssl.SSLError as error:
        advice = "Check that scheme and port of the URL belong together, and client_cert if the server asks for one."
        return Finding(service, "TLS", FAIL, f"no agreement with {host} ({error.reason or 'handshake failed'})", advice)
    except TimeoutError:
        raise
    except OSError as error:
        detail = f"{host} ends the connection ({error.strerror or 'without a reason'})"
        return Finding(
            service, "TLS", FAIL, detail, "Check that the port speaks TLS, and what stands before the server."
        )


def _context(settings: HttpSettings) -> ssl.SSLContext:
    """The same rules as those of the library that makes the calls."""
    context = create_urllib3_context()
    if settings.validate_certs:
        path = settings.ca_path or DEFAULT_CA_BUNDLE_PATH
        context.load_verify_locations(**{"capath" if os.path.isdir(path) else "cafile": path})
        context.verify_mode = ssl.CERT_REQUIRED
        context.check_hostname = True
    else:
        _trust_blindly(context)
    if settings.client_cert:
        context.load_cert_chain(settings.client_cert, settings.client_key, password=_no_passphrase)
    return context


def _trust_blindly(context: ssl.SSLContext) -> None:
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE


def _no_passphrase() -> str:
    # Else OpenSSL asks for one at the terminal.
    raise ValueError("the key has a passphrase")


def _glance(host: str, connect: Connect) -> str:
    """What the server shows, trusted or not; nothing is sent to it."""
    context = create_urllib3_context()
    _trust_blindly(context)
    try:
        with connect() as connection, context.wrap_socket(connection, server_hostname=host) as tls:
            return _about(_certificate(tls))
    except OSError:
        return ""


def _sound(service: str, tls: ssl.SSLSocket, is_checked: bool) -> Finding:
    certificate = _certificate(tls)
    detail = f"{tls.version()}{_about(certificate)}"
    if not is_checked:
        return Finding(service, "TLS", WARN, f"{detail}, not checked", "Remove validate_certs=false; use ca_path.")
    if certificate is not None:
        days = (_moment(certificate, "after") - datetime.now(timezone.utc)).days
        if days < _SOON:
            return Finding(service, "TLS", WARN, f"{detail}: {days} days left", "Have the certificate renewed.")
    return Finding(service, "TLS", OK, detail)


def _untrusted(service: str, error: ssl.SSLCertVerificationError, seen: str) -> Finding:
    advice = "Name the certificate of the authority that issued it with ca_path."
    if error.verify_code in OTHER_NAME:
        advice = "Use a name of the certificate in the URL, or have one made for this name."
    elif error.verify_code in OUT_OF_DATE:
        now = f"{datetime.now(timezone.utc):%Y-%m-%d %H:%M} UTC"
        advice = f"Have the certificate renewed, or set this host's clock if {now} is wrong."
    detail = f"the certificate is not trusted: {error.verify_message.rstrip('.')}{seen}"
    return Finding(service, "TLS", FAIL, detail, advice)


def _certificate(tls: ssl.SSLSocket) -> Any:
    """The server's certificate; None where nothing here can read it."""
    content = tls.getpeercert(binary_form=True)
    return x509.load_der_x509_certificate(content) if _CAN_READ and content else None


def _about(certificate: Any) -> str:
    """The rest of a sentence: names, issuer and dates."""
    if certificate is None:
        return ""
    names = list(_names(certificate))
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    first, last = _moment(certificate, "before"), _moment(certificate, "after")
    return (
        f", certificate for {', '.join(names[:_MOST_NAMES])}{more}, issued by {certificate.issuer.rfc4514_string()}, "
        f"valid from {first:%Y-%m-%d} to {last:%Y-%m-%d}"
    )


def _names(certificate: Any) -> Iterator[str]:
    try:
        alternatives = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        yield from (str(name.value) for name in alternatives)
    except (x509.ExtensionNotFound, ValueError):
        yield certificate.subject.rfc4514_string() or "nobody"


def _moment(certificate: Any, end: str) -> datetime:
    # The older attributes have no time zone and mean UTC; cryptography 42 made the newer ones.
    moment: datetime = getattr(certificate, f"not_valid_{end}_utc", None) or getattr(certificate, f"not_valid_{end}")
    return moment.replace(tzinfo=timezone.utc)
