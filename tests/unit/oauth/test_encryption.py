# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names and encryption of records."""

from __future__ import annotations

import os

import pytest

from ansible_collections.greyops.rest.plugins.module_utils._oauth.encryption import NullCipher, RecordCipher

KEY = bytes(range(32))
SECRETS = ["cl13nt", "pa55"]
IDENTITY = {"service": "grepr", "grant": "client_credentials", "client_id": "me", "scope": None}
DOCUMENT = {"token": {"access_token": "t0ken"}, "unproven": 1}


def seal(key: bytes = KEY, secrets: list[str | None] | None = None) -> RecordCipher:
    pytest.importorskip("cryptography")
    return RecordCipher(key, list(SECRETS) if secrets is None else secrets)


def test_document_round_trip() -> None:
    name = seal().record_name(IDENTITY)
    assert seal().decrypt(name, seal().encrypt(name, DOCUMENT)) == DOCUMENT


def test_ciphertext_reveals_nothing() -> None:
    name = seal().record_name(IDENTITY)
    sealed = seal().encrypt(name, DOCUMENT)
    for word in (b"t0ken", b"grepr", b"me", b"pa55", b"cl13nt", b"access_token"):
        assert word not in sealed or len(word) < 4
        assert len(word) < 4 or word.decode() not in name


def test_records_are_unique() -> None:
    name = seal().record_name(IDENTITY)
    assert seal().encrypt(name, DOCUMENT) != seal().encrypt(name, DOCUMENT)


@pytest.mark.parametrize(
    "other",
    [{**IDENTITY, "scope": "read"}, {**IDENTITY, "service": "greymatter"}, {**IDENTITY, "client_id": "you"},
     {**IDENTITY, "more": None}],
)  # fmt: skip
def test_identities_have_different_names(other: dict[str, str | None]) -> None:
    assert seal().record_name(other) != seal().record_name(IDENTITY)


@pytest.mark.parametrize("secrets", [["rotated", "pa55"], ["cl13nt", "rotated"], ["cl13nt", None], ["pa55", "cl13nt"]])
def test_changed_secret_has_no_record(secrets: list[str | None]) -> None:
    name = seal().record_name(IDENTITY)
    assert seal(secrets=secrets).record_name(IDENTITY) != name
    assert seal(secrets=secrets).decrypt(name, seal().encrypt(name, DOCUMENT)) is None


def test_other_store_has_no_record() -> None:
    name = seal().record_name(IDENTITY)
    other = seal(key=bytes(32))
    assert other.record_name(IDENTITY) != name
    assert other.decrypt(name, seal().encrypt(name, DOCUMENT)) is None


def test_record_is_bound_to_its_name() -> None:
    name = seal().record_name(IDENTITY)
    other = seal().record_name({**IDENTITY, "client_id": "you"})
    assert seal().decrypt(other, seal().encrypt(name, DOCUMENT)) is None


@pytest.mark.parametrize("length", [0, 1, 11, 12, 13, 28, -1])
def test_truncated_records_are_rejected(length: int) -> None:
    name = seal().record_name(IDENTITY)
    assert seal().decrypt(name, seal().encrypt(name, DOCUMENT)[:length]) is None


def test_altered_records_are_rejected() -> None:
    name = seal().record_name(IDENTITY)
    sealed = bytearray(seal().encrypt(name, DOCUMENT))
    for position in (0, 12, len(sealed) - 1):
        altered = bytearray(sealed)
        altered[position] ^= 1
        assert seal().decrypt(name, bytes(altered)) is None
    assert seal().decrypt(name, os.urandom(200)) is None


def test_memory_records_depend_on_the_secret() -> None:
    one, other = NullCipher(["a", "b"]), NullCipher(["a", "c"])
    assert one.record_name(IDENTITY) != other.record_name(IDENTITY)
    assert one.decrypt("name", one.encrypt("name", DOCUMENT)) == DOCUMENT
