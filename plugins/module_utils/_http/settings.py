# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ansible_collections.greyops.rest.plugins.module_utils._errors import OptionError
from ansible_collections.greyops.rest.plugins.module_utils._http.answers import DEFAULT_LIMIT
from ansible_collections.greyops.rest.plugins.module_utils._http.hosts import OPTION, patterns, require_allowed
from ansible_collections.greyops.rest.plugins.module_utils._http.key_files import require_no_passphrase
from ansible_collections.greyops.rest.plugins.module_utils._http.urls import require_confidential
from ansible_collections.greyops.rest.plugins.module_utils._options import ArgumentSpec, EnvironmentVariable

# One with galaxy.yml; a test holds them together.
COLLECTION_VERSION = "0.1.0"

# A day, and more repeats than any fault lasts: what is above is a slip.
_LONGEST = 86400
_MOST_RETRIES = 100
# Below is no room for a token, and above none for what a process can count on.
_LEAST_RESPONSE = 65536
_MOST_RESPONSE = 4 * 1024 * 1024 * 1024

_TIMEOUT = f"a number of seconds above 0, {_LONGEST} at most"
# Files of the host that makes the call, which other programs there are told of in the same way.
HOST_FILES = {
    "ca_path": ("GREYOPS_CA_PATH", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"),
    "client_cert": ("GREYOPS_CLIENT_CERT",),
    "client_key": ("GREYOPS_CLIENT_KEY",),
}
HOST_FILE_VARIABLES = {name for names in HOST_FILES.values() for name in names}


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= _LONGEST:
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
        "max_response": {"type": "int", "default": DEFAULT_LIMIT},
        "use_proxy": {"type": "bool", "default": True},
        "http_agent": {"type": "str", "default": f"greyops.rest/{COLLECTION_VERSION}"},
        "allow_http": {"type": "bool", "default": False},
        OPTION: {"type": "list", "elements": "str", "default": []},
    },
    environment={
        **{option: tuple(map(EnvironmentVariable, names)) for option, names in HOST_FILES.items()},
        "timeout": (EnvironmentVariable("GREYOPS_TIMEOUT", convert=_seconds),),
    },
    required_by={"client_key": ("client_cert",)},
)


@dataclass(frozen=True)
class HttpSettings:
    """How to speak HTTP; hashable, so that equal settings share a session. ``timeout`` is in seconds."""

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
        if not 0 < params["timeout"] <= _LONGEST:
            raise OptionError(f"timeout must be {_TIMEOUT}.")
        if not 0 <= params["retries"] <= _MOST_RETRIES:
            raise OptionError(f"retries must be a number from 0 to {_MOST_RETRIES}.")
        if not 0 <= params["max_wait"] <= _LONGEST:
            raise OptionError(f"max_wait must be a number of seconds from 0 to {_LONGEST}.")
        if not _LEAST_RESPONSE <= params["max_response"] <= _MOST_RESPONSE:
            raise OptionError(f"max_response must be a number of bytes from {_LEAST_RESPONSE} to {_MOST_RESPONSE}.")
        for option in ("client_cert", "client_key"):
            require_no_passphrase(option, params[option])
        given = {name: params[name] for name in HTTP_SPEC.options}
        return cls(**{**given, OPTION: patterns(given[OPTION], OPTION)})

    def require_permitted(self, url: str) -> None:
        """Refuse to send anything to where nothing may go, before it is sent.

        :raises OptionError: a host that is not allowed, or plain http over a network.
        """
        require_allowed(url, self.allowed_hosts)
        require_confidential(url, self.allow_http)
