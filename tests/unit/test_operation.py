# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Operations: whatever happens becomes a result, and no result shows a secret or a traceback."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.greyops.rest.plugins.module_utils._errors import (
    AuthenticationError,
    ExchangeError,
    GreyopsError,
    LockTimeoutError,
    MissingLibraryError,
    OptionError,
    ResponseError,
    StoreError,
)
from ansible_collections.greyops.rest.plugins.module_utils._http.host import SilentHost
from ansible_collections.greyops.rest.plugins.module_utils._operation import (
    Call,
    Operation,
    Outcome,
    Result,
    failure,
    perform,
)
from ansible_collections.greyops.rest.plugins.module_utils._options import ArgumentSpec
from ansible_collections.greyops.rest.plugins.module_utils._secrets import Secrets

NOTHING = {"calls": 0, "retries": 0, "waited": 0.0, "token": None}
SPEC = ArgumentSpec(options={"password": {"type": "str", "no_log": True}, "name": {"type": "str"}})


@pytest.fixture
def performed(host: SilentHost) -> Callable[..., Result]:
    """Perform a function as an operation."""

    def perform_it(
        run: Callable[[Call], Outcome], *, diff: bool = False, check: bool = False, password: str | None = "hunter2-pw"
    ) -> Result:
        params = {"password": password, "name": "x"}
        return perform(Operation(SPEC, run), Call(params=params, check_mode=check, diff_mode=diff, host=host))

    return perform_it


def test_an_outcome_is_a_result(performed: Callable[..., Result]) -> None:
    result = performed(lambda call: Outcome(changed=True, values={"name": call.params["name"]}))
    assert result.keys == {"changed": True, "name": "x", "api": NOTHING}
    assert (result.hidden, result.failed) == (False, False)


def test_an_operation_knows_its_modes(performed: Callable[..., Result]) -> None:
    result = performed(lambda call: Outcome(values={"modes": [call.check_mode, call.diff_mode]}), check=True, diff=True)
    assert result.keys["modes"] == [True, True]


def test_a_diff_is_for_diff_mode(performed: Callable[..., Result]) -> None:
    def run(_call: Call) -> Outcome:
        return Outcome(diff={"before": {"a": 1}, "after": {"a": 2}})

    assert "diff" not in performed(run).keys
    assert performed(run, diff=True).keys["diff"] == {"before": {"a": 1}, "after": {"a": 2}}


def test_usage_is_told_whatever_happens(performed: Callable[..., Result]) -> None:
    def run(call: Call) -> Outcome:
        call.host.usage.calls = 3
        call.host.usage.waited = 1.23456
        call.host.usage.token = "stored"
        raise ResponseError("no")

    assert performed(run).keys["api"] == {"calls": 3, "retries": 0, "waited": 1.235, "token": "stored"}


@pytest.mark.parametrize(
    "family",
    [GreyopsError, OptionError, MissingLibraryError, ExchangeError, ResponseError, AuthenticationError, StoreError,
     LockTimeoutError],
)  # fmt: skip
def test_our_errors_are_failures(performed: Callable[..., Result], family: type[GreyopsError]) -> None:
    def run(_call: Call) -> Outcome:
        raise family("Nothing works. Try something else.", status=418, url="https://h.test/x", method="GET")

    result = performed(run)
    assert result.failed
    assert result.keys == {
        "failed": True,
        "changed": False,
        "msg": "Nothing works. Try something else.",
        "status": 418,
        "url": "https://h.test/x",
        "method": "GET",
        "api": NOTHING,
    }


def test_an_error_without_an_exchange_has_a_message_only() -> None:
    assert failure(OptionError("no"), Secrets()) == {"failed": True, "changed": False, "msg": "no.", "api": NOTHING}


@pytest.mark.parametrize("error", [ValueError, KeyError, ZeroDivisionError, AttributeError, RecursionError])
def test_a_fault_of_ours_is_one_sentence(performed: Callable[..., Result], error: type[Exception]) -> None:
    def run(call: Call) -> Outcome:
        raise error(f"with {call.params['password']}")

    result = performed(run)
    message = result.keys["msg"]
    assert message.startswith(f"A fault in greyops.rest: {error.__name__} at test_operation.py:")
    assert "Please report it" in message
    assert "hunter2" not in json.dumps(result.keys)
    assert "Traceback" not in json.dumps(result.keys)
    assert not {"exception", "traceback"} & set(result.keys)


def test_a_fault_in_a_library_names_the_place_it_came_from(performed: Callable[..., Result]) -> None:
    def run(_call: Call) -> Outcome:
        json.loads("{")
        return Outcome()

    assert "JSONDecodeError at decoder.py:" in performed(run).keys["msg"]


def test_results_lose_tokens(performed: Callable[..., Result]) -> None:
    def run(call: Call) -> Outcome:
        call.secrets.register_tokens("a-token-of-some-length")
        data = {"echo": ["Bearer a-token-of-some-length"]}
        return Outcome(values={"json": data}, diff={"before": data, "after": {}})

    result = performed(run, diff=True)
    assert "a-token" not in json.dumps(result.keys)
    assert result.keys["json"] == {"echo": ["Bearer ********"]}


def test_hidden_results_keep_what_was_asked_for(performed: Callable[..., Result]) -> None:
    def run(call: Call) -> Outcome:
        call.secrets.register_tokens("a-token-of-some-length")
        return Outcome(values={"access_token": "a-token-of-some-length"}, hidden=True)

    result = performed(run)
    assert result.hidden
    assert result.keys["access_token"] == "a-token-of-some-length"


def test_secret_options_are_known_before_anything_runs(performed: Callable[..., Result]) -> None:
    result = performed(lambda call: Outcome(values={"said": call.secrets.scrub("it is hunter2-pw")}))
    assert result.keys["said"] == "it is ********"


@pytest.mark.parametrize("password", [None, "", "\udcff"])
def test_any_secret_may_be_given(performed: Callable[..., Result], password: str | None) -> None:
    assert not performed(lambda _call: Outcome(), password=password).failed


def test_warnings_and_progress_go_to_the_host(performed: Callable[..., Result], host: SilentHost) -> None:
    def run(call: Call) -> Outcome:
        call.warn("mind the gap")
        call.progress("waiting")
        return Outcome()

    result: Any = performed(run)
    assert host.warnings == ["mind the gap"]
    assert set(result.keys) == {"changed", "api"}
