# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Temporary certificates and their TLS contexts."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme


@dataclass
class Certificates:
    """The contexts of the four https listeners, and the files a client needs."""

    server: ssl.SSLContext
    wrong_host: ssl.SSLContext
    expired: ssl.SSLContext
    client_required: ssl.SSLContext
    ca_path: Path
    client_cert_path: Path
    client_key_path: Path


def make(directory: Path, host: str) -> Certificates:
    """Make a CA with a right and two wrong server certificates, and another CA with a client certificate."""
    authority, client_authority = trustme.CA(), trustme.CA()
    names = tuple(dict.fromkeys(("127.0.0.1", "::1", "localhost", host)))
    yesterday = datetime.now(UTC) - timedelta(days=1)
    right = authority.issue_cert(*names)
    expired = authority.issue_cert(*names, not_after=yesterday)
    wrong = authority.issue_cert("wrong-host.invalid")
    client = client_authority.issue_cert("sim-user@example.com", common_name="sim-user")
    made = Certificates(
        server=_context(right),
        wrong_host=_context(wrong),
        expired=_context(expired),
        client_required=_context(right),
        ca_path=directory / "ca.pem",
        client_cert_path=directory / "client.pem",
        client_key_path=directory / "client.key",
    )
    client_authority.configure_trust(made.client_required)
    made.client_required.verify_mode = ssl.CERT_REQUIRED
    authority.cert_pem.write_to_path(str(made.ca_path))
    client_authority.cert_pem.write_to_path(str(directory / "client-ca.pem"))
    made.client_cert_path.write_bytes(b"".join(blob.bytes() for blob in client.cert_chain_pems))
    made.client_key_path.touch(0o600)
    client.private_key_pem.write_to_path(str(made.client_key_path))
    return made


def _context(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    certificate.configure_cert(context)
    return context
