# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Token values: lifetime, freshness, display."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.greyops.rest.plugins.module_utils._oauth.tokens import Token, format_iso8601

NOW = 1_800_000_000.0


def token(life: float | None = 3600.0, obtained_at: float = NOW) -> Token:
    return Token("t0ken", "Bearer", None, obtained_at, None if life is None else obtained_at + life)


def answered(**more: Any) -> Token | None:
    return Token.from_response({"access_token": "t0ken", **more}, NOW)


# --- server responses


@pytest.mark.parametrize(
    ("expires_in", "life"),
    [
        (3600, 3600.0),
        (59.5, 59.5),
        ("3600", 3600.0),
        (" 3600 ", 3600.0),
        ("59.5", 59.5),
        (0, 0.0),
        (-5, 0.0),
        ("-5", 0.0),
        (1e300, 3.2e9),
        (10**400, None),
        (None, None),
        ("soon", None),
        ("", None),
        ("nan", None),
        ("inf", None),
        (float("inf"), None),
        (True, None),
        ([], None),
        ({}, None),
    ],
)
def test_expires_in_in_every_form(expires_in: object, life: float | None) -> None:
    got = answered(expires_in=expires_in)
    assert got is not None
    assert got.expires_at == (None if life is None else NOW + life)


def test_expires_in_may_be_absent() -> None:
    got = answered()
    assert got is not None
    assert got.expires_at is None


@pytest.mark.parametrize(
    "answer",
    [None, [], "t0ken", {}, {"access_token": None}, {"access_token": ""}, {"access_token": 7}, {"access_token": "a\nb"},
     {"access_token": " padded"}, {"access_token": "ümlaut"}, {"access_token": ["t"]}],
)  # fmt: skip
def test_responses_without_a_usable_token(answer: object) -> None:
    assert Token.from_response(answer, NOW) is None


def test_other_response_fields() -> None:
    got = answered(token_type="bearer", scope="a b", refresh_token="r")
    assert got is not None
    assert (got.token_type, got.scope, got.refresh_token, got.obtained_at) == ("bearer", "a b", "r", NOW)
    plain = answered(token_type=None, scope="", refresh_token=7)
    assert plain is not None
    assert (plain.token_type, plain.scope, plain.refresh_token) == ("Bearer", None, None)


@pytest.mark.parametrize(
    ("kind", "header"),
    [("Bearer", "Bearer t0ken"), ("bearer", "Bearer t0ken"), ("BEARER", "Bearer t0ken"), ("MAC", "MAC t0ken")],
)
def test_authorization(kind: str, header: str) -> None:
    assert Token("t0ken", kind, None, NOW, None).authorization == header


def test_fingerprint_identifies_without_revealing() -> None:
    assert token().fingerprint == token(life=1).fingerprint
    assert token().fingerprint != Token("other", "Bearer", None, NOW, None).fingerprint
    assert "t0ken" not in token().fingerprint


# --- freshness


@pytest.mark.parametrize(
    ("life", "age", "min_ttl", "fresh"),
    [
        (3600, 0, 60, True),
        (3600, 3539, 60, True),
        (3600, 3540, 60, False),
        (3600, 3600, 0, False),
        (3600, 3599, 0, True),
        (3600, 4000, 0, False),
        # At most half the lifetime: a short-lived token is reused.
        (30, 0, 60, True),
        (30, 14, 60, True),
        (30, 15, 60, False),
        (30, 14, 86400, True),
        (30, 20, 5, True),
        (30, 25, 5, False),
        (0, 0, 60, False),
        (None, 10**9, 60, True),
    ],
)
def test_is_fresh(life: float | None, age: float, min_ttl: float, fresh: bool) -> None:
    assert token(life).is_fresh(min_ttl, NOW + age) is fresh


def test_token_from_the_future_is_not_trusted() -> None:
    """The clock was set back, so the age of the token is unknown."""
    assert not token().is_fresh(60, NOW - 3600)
    assert not token(life=None).is_fresh(60, NOW - 3600)


def test_small_clock_difference_is_accepted() -> None:
    assert token().is_fresh(60, NOW - 30)


def test_clock_set_forward_expires_tokens() -> None:
    assert not token().is_fresh(60, NOW + 10**8)


def test_remaining() -> None:
    assert token(100).get_remaining(NOW + 40) == 60
    assert token(100).get_remaining(NOW + 400) == 0
    assert token(None).get_remaining(NOW) is None


# --- records


def test_token_record_round_trip() -> None:
    whole = Token("t0ken", "bearer", "s", NOW, NOW + 5, "r")
    assert Token.from_record(whole.as_record()) == whole
    assert Token.from_record(token(None).as_record()) == token(None)


@pytest.mark.parametrize(
    "record",
    [None, 7, "x", [], {}, {"access_token": "t"}, {**token().as_record(), "more": 1},
     {**token().as_record(), "access_token": "a\nb"}, {**token().as_record(), "obtained_at": "then"},
     {**token().as_record(), "expires_at": float("nan")}, {**token().as_record(), "expires_at": 1e308},
     {**token().as_record(), "expires_at": 10**400}, {**token().as_record(), "expires_at": 3e11},
     {**token().as_record(), "obtained_at": -1.0}, {**token().as_record(), "obtained_at": None},
     {**token().as_record(), "token_type": None}, {**token().as_record(), "scope": 7},
     {**token().as_record(), "refresh_token": ["r"]}],
)  # fmt: skip
def test_invalid_token_records(record: object) -> None:
    assert Token.from_record(record) is None


def test_times_of_a_record_have_dates() -> None:
    last = Token.from_record({**token().as_record(), "expires_at": 253402300799.0})
    assert last is not None
    assert format_iso8601(last.expires_at) == "9999-12-31T23:59:59Z"


def test_times_of_day() -> None:
    assert format_iso8601(0.0) == "1970-01-01T00:00:00Z"
    assert format_iso8601(None) is None
    longest = answered(expires_in=1e300)
    assert longest is not None
    assert format_iso8601(longest.expires_at) is not None
