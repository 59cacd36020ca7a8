# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Operations: whatever happens becomes a result, and no result shows a secret or a traceback."""

from __future__ import annotations

import json
import re
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
    PartialError,
    ProblemsError,
    ResponseError,
    StoreError,
    UnfinishedError,
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


TOKEN = "a-token-of-some-length"


def test_a_failed_result_is_redacted_as_any_other(performed: Callable[..., Result]) -> None:
    """Texts lose every secret and data lose tokens, however deep they are, and texts are escaped."""

    def run(call: Call) -> Outcome:
        call.secrets.register_tokens(TOKEN)
        one = {"name": f"hunter2-pw {TOKEN}", **GreyopsError(f"it is {TOKEN}, hunter2-pw\x1b[2J").as_result()}
        raise PartialError(f"the state is {TOKEN}", {"jobs": [one]})

    result = performed(run)
    assert result.keys["msg"] == "the state is ********."
    assert result.keys["jobs"] == [{"name": "hunter2-pw ********", "msg": "it is ********, ********\\x1b[2J."}]


@pytest.mark.parametrize(
    "error",
    [
        UnfinishedError("x", reason=f"{TOKEN} hunter2-pw\n\u202e", hint=f"{TOKEN}\x9b"),
        ProblemsError(f"{TOKEN}", [f"path: hunter2-pw {TOKEN}\x1b"]),
        ResponseError("x", url=f"https://h.test/{TOKEN}"),
    ],
)
def test_every_text_of_an_error_is_redacted(performed: Callable[..., Result], error: GreyopsError) -> None:
    def run(call: Call) -> Outcome:
        call.secrets.register_tokens(TOKEN)
        raise error

    written = json.dumps(performed(run).keys, ensure_ascii=False)
    assert "********" in written
    assert not any(secret in written for secret in (TOKEN, "hunter2-pw"))
    assert not re.search("[\x1b\x9b\u202e]|\\\\u001b", written)


def test_messages_are_redacted_whoever_sends_them(performed: Callable[..., Result], host: SilentHost) -> None:
    """Those of the operation, and those of the floors below it, which know the host alone."""
    told: list[str] = []
    host.show_progress = told.append  # type: ignore[method-assign]

    def run(call: Call) -> Outcome:
        call.secrets.register_tokens(TOKEN)
        call.warn(f"one: {TOKEN}\x1b")
        call.host.warn("two: hunter2-pw\u202e")
        call.progress(f"three: {TOKEN}\n")
        call.host.progress("four: hunter2-pw")
        return Outcome()

    performed(run)
    assert host.warnings == ["one: ********\\x1b", "two: ********\\u202e"]
    assert told == ["three: ********\\n", "four: ********"]


@pytest.mark.parametrize("marker", ["__ansible_type", "__ansible_unsafe", "__ansible_vault"])
@pytest.mark.parametrize("fails", [False, True])
def test_data_cannot_pose_as_objects_of_core(
    performed: Callable[..., Result], host: SilentHost, marker: str, fails: bool
) -> None:
    """Core would fail on them, or trust a text that comes back from a cache as a template."""
    data = {"events": [{"tags": {marker: "boo", "value": "{{ 1 + 1 }}"}}]}

    def run(_call: Call) -> Outcome:
        if fails:
            raise PartialError("no", dict(data))
        return Outcome(values=data, diff={"before": data, "after": {}})

    keys = performed(run, diff=True).keys
    assert keys["events"] == [{"tags": {f"{marker}_": "boo", "value": "{{ 1 + 1 }}"}}]
    assert f'"{marker}"' not in json.dumps(keys)
    assert len(host.warnings) == 1


def test_markers_in_texts_are_texts(performed: Callable[..., Result], host: SilentHost) -> None:
    assert performed(lambda _call: Outcome(values={"text": '"__ansible_type"'})).keys["text"] == '"__ansible_type"'
    assert host.warnings == []
