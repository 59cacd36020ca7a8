# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Encrypt records and derive their names (AES-GCM, HKDF)."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from typing import Any

from .._errors import StoreError

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


class RecordCipher:
    """Derives the names of the records of one credential and encrypts them.

    Both keys are derived from the store's key and the credential's own secrets, so a record reveals nothing without
    both of them, and a changed secret never finds the token of the old one.
    """

    def __init__(self, store_key: bytes, secret_material: list[str | None]) -> None:
        if _MISSING is not None:
            raise StoreError("the Python library cryptography is missing on this host", reason=_MISSING)
        secret = _encode(secret_material)
        root = HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=store_key, info=b"greyops.rest root").derive(secret)
        self._name_key = _expand(root, b"greyops.rest name")
        self._cipher = AESGCM(_expand(root, b"greyops.rest encryption"))

    def record_name(self, identity: dict[str, str | None]) -> str:
        """The name of the record, which reveals nothing about the identity."""
        message = _encode({"format": FORMAT_VERSION, **identity})
        return hmac.new(self._name_key, message, hashlib.sha256).hexdigest()

    def encrypt(self, name: str, document: Any) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, _encode(document), _build_associated_data(name))

    def decrypt(self, name: str, sealed: bytes) -> Any:
        """Return the document; None if it was not encrypted by this cipher under this name."""
        try:
            return json.loads(
                self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], _build_associated_data(name))
            )
        except (InvalidTag, ValueError):
            return None


class NullCipher:
    """Names records and does not encrypt them, for a store that never leaves its process."""

    def __init__(self, secret_material: list[str | None]) -> None:
        self._secret_material = secret_material

    def record_name(self, identity: dict[str, str | None]) -> str:
        return hashlib.sha256(_encode([identity, self._secret_material])).hexdigest()

    def encrypt(self, name: str, document: Any) -> bytes:
        return _encode(document)

    def decrypt(self, name: str, sealed: bytes) -> Any:
        return json.loads(sealed)


def _prepare_library() -> None:
    # OpenSSL looks up its algorithms on first use, which takes longer than the rest of a task. Ansible imports this
    # module before it forks its workers, so they inherit the result.
    if _MISSING is None:
        seal = RecordCipher(bytes(_KEY_BYTES), [])
        name = seal.record_name({})
        seal.decrypt(name, seal.encrypt(name, None))


def _encode(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def _expand(root: bytes, info: bytes) -> bytes:
    return bytes(HKDFExpand(algorithm=SHA256(), length=_KEY_BYTES, info=info).derive(root))


def _build_associated_data(name: str) -> bytes:
    return f"{FORMAT_VERSION}:{name}".encode()


_prepare_library()
