# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import socket
import ssl
from datetime import datetime, timezone
from typing import TYPE_CHECKING

try:
    from cryptography import x509
    from requests.utils import DEFAULT_CA_BUNDLE_PATH
except ImportError:  # the examination says so before it comes here
    pass

from ansible_collections.greyops.rest.plugins.module_utils._doctor.findings import FAIL, OK, WARN, Finding
from ansible_collections.greyops.rest.plugins.module_utils._http.proxies import proxies_for
from ansible_collections.greyops.rest.plugins.module_utils._http.urls import origin, without_query

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ansible_collections.greyops.rest.plugins.module_utils._http.settings import HttpSettings

_SOON = 14


def examine_server(service: str, url: str, settings: HttpSettings) -> Iterator[Finding]:
    """The way to a server, step by step, up to the first one that fails: proxy, name, connection, certificate."""
    scheme, host, port = origin(url)
    proxy = proxies_for(url).get(scheme) if settings.use_proxy else None
    if proxy:
        detail = (
            f"{without_query(proxy)} stands between this host and {host}; what is behind it cannot be seen from here"
        )
        yield Finding(service, "proxy", OK, detail)
        _scheme, host, port = origin(proxy)
    try:
        addresses = sorted({str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)})
    except OSError as error:
        yield Finding(
            service, "name", FAIL, f"{host} cannot be resolved ({error.strerror})", "Check the URL and the DNS."
        )
        return
    yield Finding(service, "name", OK, f"{host} is {', '.join(addresses)}")
    try:
        connection = socket.create_connection((host, port or 0), timeout=settings.timeout)
    except OSError as error:
        reason = error.strerror or "no answer in time"
        advice = "Check the port, the firewall, and whether a proxy is needed."
        yield Finding(service, "connection", FAIL, f"{host}:{port} cannot be reached ({reason})", advice)
        return
    with connection:
        yield Finding(service, "connection", OK, f"{host}:{port} answers")
        if scheme == "https" and not proxy:
            yield _certificate(service, connection, host, settings)
    if scheme == "http":
        yield Finding(service, "TLS", WARN, f"{host} is asked over plain http", "Use https wherever others can listen.")


def _certificate(service: str, connection: socket.socket, host: str, settings: HttpSettings) -> Finding:
    unchecked = ssl.create_default_context()
    unchecked.check_hostname = False
    unchecked.verify_mode = ssl.CERT_NONE
    try:
        context = _context(settings) if settings.validate_certs else unchecked
        with context.wrap_socket(connection, server_hostname=host) as tls:
            return _dates(service, tls, settings.validate_certs)
    except ssl.SSLCertVerificationError as error:
        advice = "Name the authority's certificate with ca_path, or correct the host name."
        return Finding(service, "TLS", FAIL, f"the certificate is not trusted: {error.verify_message}", advice)
    except OSError as error:
        reason = getattr(error, "reason", None) or error.strerror or "the handshake failed"
        return Finding(service, "TLS", FAIL, str(reason), "Check the scheme, the port, and client_cert.")


def _context(settings: HttpSettings) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=settings.ca_path or DEFAULT_CA_BUNDLE_PATH)
    if settings.client_cert:
        context.load_cert_chain(settings.client_cert, settings.client_key)
    return context


def _dates(service: str, tls: ssl.SSLSocket, is_checked: bool) -> Finding:
    certificate = x509.load_der_x509_certificate(tls.getpeercert(binary_form=True) or b"")
    ends = certificate.not_valid_after.replace(tzinfo=timezone.utc)
    try:
        alternatives = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        names = ", ".join(str(name.value) for name in alternatives)
    except x509.ExtensionNotFound:
        names = certificate.subject.rfc4514_string()
    detail = f"{tls.version()}, certificate for {names}, valid until {ends:%Y-%m-%d}"
    if not is_checked:
        return Finding(service, "TLS", WARN, f"{detail}, not checked", "Remove validate_certs=false; use ca_path.")
    days = (ends - datetime.now(timezone.utc)).days
    if days < _SOON:
        return Finding(service, "TLS", WARN, f"{detail}: {days} days", "Have the certificate renewed.")
    return Finding(service, "TLS", OK, detail)
