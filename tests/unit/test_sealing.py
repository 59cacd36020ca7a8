# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names and encryption of records."""

from __future__ import annotations

import os

import pytest

from ansible_collections.greyops.rest.plugins.module_utils._oauth.sealing import Seal, Unsealed

KEY = bytes(range(32))
SECRETS = ["cl13nt", "pa55"]
IDENTITY = {"service": "grepr", "grant": "client_credentials", "client_id": "me", "scope": None}
DOCUMENT = {"token": {"access_token": "t0ken"}, "unproven": 1}


def seal(key: bytes = KEY, secrets: list[str | None] | None = None) -> Seal:
    pytest.importorskip("cryptography")
    return Seal(key, list(SECRETS) if secrets is None else secrets)


def test_a_document_comes_back() -> None:
    name = seal().name_of(IDENTITY)
    assert seal().open(name, seal().close(name, DOCUMENT)) == DOCUMENT


def test_nothing_shows() -> None:
    name = seal().name_of(IDENTITY)
    sealed = seal().close(name, DOCUMENT)
    for word in (b"t0ken", b"grepr", b"me", b"pa55", b"cl13nt", b"access_token"):
        assert word not in sealed or len(word) < 4
        assert len(word) < 4 or word.decode() not in name


def test_no_two_records_are_alike() -> None:
    name = seal().name_of(IDENTITY)
    assert seal().close(name, DOCUMENT) != seal().close(name, DOCUMENT)


@pytest.mark.parametrize(
    "other",
    [{**IDENTITY, "scope": "read"}, {**IDENTITY, "service": "greymatter"}, {**IDENTITY, "client_id": "you"},
     {**IDENTITY, "more": None}],
)  # fmt: skip
def test_another_identity_has_another_name(other: dict[str, str | None]) -> None:
    assert seal().name_of(other) != seal().name_of(IDENTITY)


@pytest.mark.parametrize("secrets", [["rotated", "pa55"], ["cl13nt", "rotated"], ["cl13nt", None], ["pa55", "cl13nt"]])
def test_a_changed_secret_finds_nothing(secrets: list[str | None]) -> None:
    name = seal().name_of(IDENTITY)
    assert seal(secrets=secrets).name_of(IDENTITY) != name
    assert seal(secrets=secrets).open(name, seal().close(name, DOCUMENT)) is None


def test_another_store_finds_nothing() -> None:
    name = seal().name_of(IDENTITY)
    other = seal(key=bytes(32))
    assert other.name_of(IDENTITY) != name
    assert other.open(name, seal().close(name, DOCUMENT)) is None


def test_a_record_is_bound_to_its_name() -> None:
    name = seal().name_of(IDENTITY)
    other = seal().name_of({**IDENTITY, "client_id": "you"})
    assert seal().open(other, seal().close(name, DOCUMENT)) is None


@pytest.mark.parametrize("length", [0, 1, 11, 12, 13, 28, -1])
def test_truncated_records_are_none(length: int) -> None:
    name = seal().name_of(IDENTITY)
    assert seal().open(name, seal().close(name, DOCUMENT)[:length]) is None


def test_altered_records_are_none() -> None:
    name = seal().name_of(IDENTITY)
    sealed = bytearray(seal().close(name, DOCUMENT))
    for position in (0, 12, len(sealed) - 1):
        altered = bytearray(sealed)
        altered[position] ^= 1
        assert seal().open(name, bytes(altered)) is None
    assert seal().open(name, os.urandom(200)) is None


def test_what_stays_in_memory_is_named_by_its_secret_too() -> None:
    one, other = Unsealed(["a", "b"]), Unsealed(["a", "c"])
    assert one.name_of(IDENTITY) != other.name_of(IDENTITY)
    assert one.open("name", one.close("name", DOCUMENT)) == DOCUMENT
