# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import importlib
import os
import platform
import pwd
import ssl
import sys
from typing import TYPE_CHECKING

from ansible.module_utils.ansible_release import __version__ as core_version

from ansible_collections.greyops.rest.plugins.module_utils._doctor.findings import FAIL, OK, WARN, Finding
from ansible_collections.greyops.rest.plugins.module_utils._http.settings import COLLECTION_VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator

_HOST = "host"


def examine_software() -> Iterator[Finding]:
    """Who works here with what: the first that whoever is asked for help wants to know."""
    versions = {name: _version(name) for name in ("requests", "cryptography")}
    libraries = ", ".join(f"{name} {version}" for name, version in versions.items() if version)
    yield Finding(_HOST, "user", OK, f"{_user()} on {platform.node()}")
    yield Finding(
        _HOST,
        "software",
        OK,
        f"greyops.rest {COLLECTION_VERSION}, ansible-core {core_version}, Python {platform.python_version()} "
        f"({sys.executable}), {libraries or 'no library'}, {ssl.OPENSSL_VERSION}",
    )
    if not versions["requests"]:
        yield _missing(FAIL, "requests", "no request can be made")
    if not versions["cryptography"]:
        yield _missing(WARN, "cryptography", "no token is kept, so every task logs in")


def _missing(status: str, library: str, consequence: str) -> Finding:
    detail = f"the Python library {library} is missing: {consequence}"
    return Finding(_HOST, "software", status, detail, f"Install it: {sys.executable} -m pip install {library}.")


def _version(library: str) -> str:
    try:
        return str(importlib.import_module(library).__version__)
    except ImportError:
        return ""


def _user() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:  # in a container that was given a number
        return f"user {os.geteuid()}"
