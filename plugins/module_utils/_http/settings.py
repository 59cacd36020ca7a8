# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The HTTP options, and the settings they resolve to."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Any

from .._argspec import ArgumentSpec, EnvironmentVariable
from .._errors import OptionError
from .allowed_hosts import (
    OPTION,
    parse_patterns,
    require_allowed,
)
from .response import DEFAULT_MAX_RESPONSE
from .urls import require_confidential

# PKCS 8, and the older form of OpenSSL.
_ENCRYPTED = re.compile(rb"-----BEGIN ENCRYPTED PRIVATE KEY-----|Proc-Type:\s*4,\s*ENCRYPTED")
_MAX_SIZE = 1024 * 1024


def require_no_passphrase(option: str, path: str | None) -> None:
    """Reject a key with a passphrase: OpenSSL would prompt for it, and the task would hang or fail without a reason.

    :raises OptionError: the private key in the file has a passphrase.
    """
    if not path or not os.path.isfile(path):
        return
    try:
        with open(path, "rb") as file:
            is_encrypted = _ENCRYPTED.search(file.read(_MAX_SIZE))
    except OSError:  # reported when the file is used
        return
    if is_encrypted:
        raise OptionError(
            f"{option} names {path}, whose private key has a passphrase.",
            hint="Name a key without one, in a file that no other user can read: openssl pkey -in KEY -out NEW_KEY.",
        )


# Same as in galaxy.yml; a test compares them.
COLLECTION_VERSION = "0.1.0"

# A day, and more retries than any failure needs: a higher value is a mistake.
_MAX_SECONDS = 86400
_MAX_RETRIES = 100
# A smaller value leaves no room for a token, and a larger one exceeds what a process can rely on.
_MIN_RESPONSE = 65536
_MAX_RESPONSE = 4 * 1024 * 1024 * 1024

_TIMEOUT = f"a number of seconds above 0, {_MAX_SECONDS} at most"
# Files of the host that sends the requests; other programs read the same variables.
HOST_FILES = {
    "ca_path": ("GREYOPS_CA_PATH", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"),
    "client_cert": ("GREYOPS_CLIENT_CERT",),
    "client_key": ("GREYOPS_CLIENT_KEY",),
}
HOST_FILE_VARIABLES = {name for names in HOST_FILES.values() for name in names}


def _require_seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= _MAX_SECONDS:
        raise ValueError(_TIMEOUT)
    return seconds


HTTP_SPEC = ArgumentSpec(
    options={
        "validate_certs": {"type": "bool", "default": True},
        "ca_path": {"type": "path"},
        "client_cert": {"type": "path"},
        "client_key": {"type": "path", "no_log": False},
        "timeout": {"type": "float", "default": 30.0},
        "retries": {"type": "int", "default": 3},
        "max_wait": {"type": "float", "default": 60.0},
        "max_response": {"type": "int", "default": DEFAULT_MAX_RESPONSE},
        "use_proxy": {"type": "bool", "default": True},
        "http_agent": {"type": "str", "default": f"greyops.rest/{COLLECTION_VERSION}"},
        "allow_http": {"type": "bool", "default": False},
        OPTION: {"type": "list", "elements": "str", "default": []},
    },
    environment={
        **{option: tuple(map(EnvironmentVariable, names)) for option, names in HOST_FILES.items()},
        "timeout": (EnvironmentVariable("GREYOPS_TIMEOUT", convert=_require_seconds),),
    },
    required_by={"client_key": ("client_cert",)},
)


@dataclass(frozen=True)
class HttpSettings:
    """The HTTP settings; hashable, so that equal settings share a transport. ``timeout`` is in seconds."""

    validate_certs: bool
    ca_path: str | None
    client_cert: str | None
    client_key: str | None
    timeout: float
    retries: int
    max_wait: float
    max_response: int
    use_proxy: bool
    http_agent: str
    allow_http: bool
    allowed_hosts: tuple[str, ...]

    @classmethod
    def from_params(cls, params: dict[str, Any]) -> HttpSettings:
        if not 0 < params["timeout"] <= _MAX_SECONDS:
            raise OptionError(f"timeout must be {_TIMEOUT}.")
        if not 0 <= params["retries"] <= _MAX_RETRIES:
            raise OptionError(f"retries must be a number from 0 to {_MAX_RETRIES}.")
        if not 0 <= params["max_wait"] <= _MAX_SECONDS:
            raise OptionError(f"max_wait must be a number of seconds from 0 to {_MAX_SECONDS}.")
        if not _MIN_RESPONSE <= params["max_response"] <= _MAX_RESPONSE:
            raise OptionError(f"max_response must be a number of bytes from {_MIN_RESPONSE} to {_MAX_RESPONSE}.")
        for option in ("client_cert", "client_key"):
            require_no_passphrase(option, params[option])
        given = {name: params[name] for name in HTTP_SPEC.options}
        return cls(**{**given, OPTION: parse_patterns(given[OPTION], OPTION)})

    def require_permitted(self, url: str) -> None:
        """Reject a URL that requests must not be sent to, before any is sent.

        :raises OptionError: the host is not allowed, or the URL is plain http over a network.
        """
        require_allowed(url, self.allowed_hosts)
        require_confidential(url, self.allow_http)
