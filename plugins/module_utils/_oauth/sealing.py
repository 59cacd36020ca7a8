# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import hashlib
import hmac
import json
import os
from typing import Any

from ansible_collections.greyops.rest.plugins.module_utils._errors import StoreError

try:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand

    _MISSING = None
except ImportError as error:
    _MISSING = str(error)

FORMAT_VERSION = 2
_NONCE_BYTES = 12
_KEY_BYTES = 32


class Seal:
    """Names and encrypts the records of one credential.

    Both keys come from the store's key and the credential's own secrets, so a record tells nothing without the
    two, and a changed secret never finds the token of the old one.
    """

    def __init__(self, store_key: bytes, secret_material: list[str | None]) -> None:
        if _MISSING is not None:
            raise StoreError("the Python library cryptography is missing on this host", reason=_MISSING)
        secret = _canonical(secret_material)
        root = HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=store_key, info=b"greyops.rest root").derive(secret)
        self._name_key = _expand(root, b"greyops.rest name")
        self._cipher = AESGCM(_expand(root, b"greyops.rest encryption"))

    def name_of(self, identity: dict[str, str | None]) -> str:
        """The record's name: it tells nothing about the identity."""
        message = _canonical({"format": FORMAT_VERSION, **identity})
        return hmac.new(self._name_key, message, hashlib.sha256).hexdigest()

    def close(self, name: str, document: Any) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, _canonical(document), _associated(name))

    def open(self, name: str, sealed: bytes) -> Any:
        """The document; None for whatever was not sealed here under this name."""
        try:
            return json.loads(self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], _associated(name)))
        except (InvalidTag, ValueError):
            return None


class Unsealed:
    """Names records and leaves them as they are, for a store that never leaves its process."""

    def __init__(self, secret_material: list[str | None]) -> None:
        self._secret_material = secret_material

    def name_of(self, identity: dict[str, str | None]) -> str:
        return hashlib.sha256(_canonical([identity, self._secret_material])).hexdigest()

    def close(self, name: str, document: Any) -> bytes:
        return _canonical(document)

    def open(self, name: str, sealed: bytes) -> Any:
        return json.loads(sealed)


def _prepare_library() -> None:
    # OpenSSL looks its algorithms up on first use, which takes longer than all the rest of a task. Ansible
    # imports this before it forks its workers, so they inherit the finished look-up.
    if _MISSING is None:
        seal = Seal(bytes(_KEY_BYTES), [])
        name = seal.name_of({})
        seal.open(name, seal.close(name, None))


def _canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def _expand(root: bytes, info: bytes) -> bytes:
    return bytes(HKDFExpand(algorithm=SHA256(), length=_KEY_BYTES, info=info).derive(root))


def _associated(name: str) -> bytes:
    return f"{FORMAT_VERSION}:{name}".encode()


_prepare_library()
