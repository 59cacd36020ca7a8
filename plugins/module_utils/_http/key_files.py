# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import os
import re

from ansible_collections.greyops.rest.plugins.module_utils._errors import OptionError

# PKCS 8, and the older form of OpenSSL.
_ENCRYPTED = re.compile(rb"-----BEGIN ENCRYPTED PRIVATE KEY-----|Proc-Type:\s*4,\s*ENCRYPTED")
_LONGEST = 1024 * 1024


def require_no_passphrase(option: str, path: str | None) -> None:
    """OpenSSL would ask for a passphrase at the terminal, where a task has to wait for ever, or fail with no reason.

    :raises OptionError: the key in a file needs one.
    """
    if not path or not os.path.isfile(path):
        return
    try:
        with open(path, "rb") as file:
            is_encrypted = _ENCRYPTED.search(file.read(_LONGEST))
    except OSError:  # is told by whoever uses it
        return
    if is_encrypted:
        raise OptionError(
            f"{option} names {path}, whose private key has a passphrase.",
            hint="Name a key without one, in a file that no other user can read: openssl pkey -in KEY -out NEW_KEY.",
        )
