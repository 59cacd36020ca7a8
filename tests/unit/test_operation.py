# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Operations: every outcome becomes a result, and no result contains a secret or a traceback."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.greyops.rest.plugins.module_utils._argspec import ArgumentSpec
from ansible_collections.greyops.rest.plugins.module_utils._context import Context, NullRuntime
from ansible_collections.greyops.rest.plugins.module_utils._errors import (
    AuthenticationError,
    GreyopsError,
    HTTPStatusError,
    LockTimeoutError,
    MissingLibraryError,
    OptionError,
    PartialFailureError,
    RequestError,
    StoreError,
    ValidationError,
    WaitError,
)
from ansible_collections.greyops.rest.plugins.module_utils._operation import (
    ModuleResult,
    Operation,
    OperationResult,
    build_failure,
    perform,
)
from ansible_collections.greyops.rest.plugins.module_utils._redaction import Redactor

NOTHING = {"calls": 0, "retries": 0, "waited": 0.0, "token": None}
SPEC = ArgumentSpec(options={"password": {"type": "str", "no_log": True}, "name": {"type": "str"}})


@pytest.fixture
def performed(runtime: NullRuntime) -> Callable[..., ModuleResult]:
    """Run a function as an operation."""

    def perform_it(
        run: Callable[[Context], OperationResult],
        *,
        diff: bool = False,
        check: bool = False,
        password: str | None = "hunter2-pw",
        secret_option: str | None = None,
    ) -> ModuleResult:
        params = {"password": password, "name": "x", "return_token": True}
        return perform(Operation(SPEC, run, secret_option), Context(params, runtime, check_mode=check, diff_mode=diff))

    return perform_it


def test_operation_result_becomes_the_module_result(performed: Callable[..., ModuleResult]) -> None:
    result = performed(lambda call: OperationResult(changed=True, values={"name": call.params["name"]}))
    assert result.keys == {"changed": True, "name": "x", "api": NOTHING}
    assert (result.hidden, result.failed) == (False, False)


def test_operation_declares_its_modes(performed: Callable[..., ModuleResult]) -> None:
    result = performed(
        lambda call: OperationResult(values={"modes": [call.check_mode, call.diff_mode]}), check=True, diff=True
    )
    assert result.keys["modes"] == [True, True]


def test_diff_requires_diff_mode(performed: Callable[..., ModuleResult]) -> None:
    def run(_call: Context) -> OperationResult:
        return OperationResult(diff={"before": {"a": 1}, "after": {"a": 2}})

    assert "diff" not in performed(run).keys
    assert performed(run, diff=True).keys["diff"] == {"before": {"a": 1}, "after": {"a": 2}}


def test_usage_is_always_reported(performed: Callable[..., ModuleResult]) -> None:
    def run(call: Context) -> OperationResult:
        call.runtime.stats.calls = 3
        call.runtime.stats.waited = 1.23456
        call.runtime.stats.token = "stored"
        raise HTTPStatusError("no")

    assert performed(run).keys["api"] == {"calls": 3, "retries": 0, "waited": 1.235, "token": "stored"}


@pytest.mark.parametrize(
    "family",
    [GreyopsError, OptionError, MissingLibraryError, RequestError, HTTPStatusError, AuthenticationError, StoreError,
     LockTimeoutError],
)  # fmt: skip
def test_collection_errors_are_failures(performed: Callable[..., ModuleResult], family: type[GreyopsError]) -> None:
    def run(_call: Context) -> OperationResult:
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


def test_error_without_a_response_has_only_a_message() -> None:
    assert build_failure(OptionError("no"), Redactor()) == {
        "failed": True,
        "changed": False,
        "msg": "no.",
        "api": NOTHING,
    }


@pytest.mark.parametrize("error", [ValueError, KeyError, ZeroDivisionError, AttributeError, RecursionError])
def test_internal_error_is_one_sentence(performed: Callable[..., ModuleResult], error: type[Exception]) -> None:
    def run(call: Context) -> OperationResult:
        raise error(f"with {call.params['password']}")

    result = performed(run)
    message = result.keys["msg"]
    assert message.startswith(f"A fault in greyops.rest: {error.__name__} at test_operation.py:")
    assert "Please report it" in message
    assert "hunter2" not in json.dumps(result.keys)
    assert "Traceback" not in json.dumps(result.keys)
    assert not {"exception", "traceback"} & set(result.keys)


def test_library_error_names_its_location(performed: Callable[..., ModuleResult]) -> None:
    def run(_call: Context) -> OperationResult:
        json.loads("{")
        return OperationResult()

    assert "JSONDecodeError at decoder.py:" in performed(run).keys["msg"]


def test_results_are_stripped_of_tokens(performed: Callable[..., ModuleResult]) -> None:
    def run(call: Context) -> OperationResult:
        call.secrets.register_tokens("a-token-of-some-length")
        data = {"echo": ["Bearer a-token-of-some-length"]}
        return OperationResult(values={"json": data}, diff={"before": data, "after": {}})

    result = performed(run, diff=True)
    assert "a-token" not in json.dumps(result.keys)
    assert result.keys["json"] == {"echo": ["Bearer ********"]}


def test_hidden_results_keep_requested_values(performed: Callable[..., ModuleResult]) -> None:
    def run(call: Context) -> OperationResult:
        call.secrets.register_tokens("a-token-of-some-length")
        return OperationResult(values={"access_token": "a-token-of-some-length"})

    result = performed(run, secret_option="return_token")
    assert result.hidden
    assert result.keys["access_token"] == "a-token-of-some-length"


def test_secret_options_are_registered_before_the_operation_runs(performed: Callable[..., ModuleResult]) -> None:
    result = performed(lambda call: OperationResult(values={"said": call.secrets.redact_all("it is hunter2-pw")}))
    assert result.keys["said"] == "it is ********"


@pytest.mark.parametrize("password", [None, "", "\udcff"])
def test_any_secret_is_accepted(performed: Callable[..., ModuleResult], password: str | None) -> None:
    assert not performed(lambda _call: OperationResult(), password=password).failed


def test_warnings_and_progress_go_to_the_runtime(performed: Callable[..., ModuleResult], runtime: NullRuntime) -> None:
    def run(call: Context) -> OperationResult:
        call.warn("mind the gap")
        call.progress("waiting")
        return OperationResult()

    result: Any = performed(run)
    assert runtime.warnings == ["mind the gap"]
    assert set(result.keys) == {"changed", "api"}


TOKEN = "a-token-of-some-length"


def test_failed_result_is_redacted(performed: Callable[..., ModuleResult]) -> None:
    """Texts lose every secret and data lose tokens, at any depth, and texts are escaped."""

    def run(call: Context) -> OperationResult:
        call.secrets.register_tokens(TOKEN)
        one = {"name": f"hunter2-pw {TOKEN}", **GreyopsError(f"it is {TOKEN}, hunter2-pw\x1b[2J").as_result()}
        raise PartialFailureError(f"the state is {TOKEN}", {"jobs": [one]})

    result = performed(run)
    assert result.keys["msg"] == "the state is ********."
    assert result.keys["jobs"] == [{"name": "hunter2-pw ********", "msg": "it is ********, ********\\x1b[2J."}]


@pytest.mark.parametrize(
    "error",
    [
        WaitError("x", reason=f"{TOKEN} hunter2-pw\n\u202e", hint=f"{TOKEN}\x9b"),
        ValidationError(f"{TOKEN}", [f"path: hunter2-pw {TOKEN}\x1b"], 1),
        HTTPStatusError("x", url=f"https://h.test/{TOKEN}"),
    ],
)
def test_all_error_texts_are_redacted(performed: Callable[..., ModuleResult], error: GreyopsError) -> None:
    def run(call: Context) -> OperationResult:
        call.secrets.register_tokens(TOKEN)
        raise error

    written = json.dumps(performed(run).keys, ensure_ascii=False)
    assert "********" in written
    assert not any(secret in written for secret in (TOKEN, "hunter2-pw"))
    assert not re.search("[\x1b\x9b\u202e]|\\\\u001b", written)


def test_problems_that_end_with_a_full_stop_get_no_second_one() -> None:
    error = ValidationError("It is not valid", ["a: no.", "b: at column 1."], 2)
    assert error.msg == "It is not valid: a: no; b: at column 1."


def test_all_messages_are_redacted(performed: Callable[..., ModuleResult], runtime: NullRuntime) -> None:
    """Messages of the operation, and of the layers below it, which use only the runtime."""
    messages: list[str] = []
    runtime.show_progress = messages.append  # type: ignore[method-assign]

    def run(call: Context) -> OperationResult:
        call.secrets.register_tokens(TOKEN)
        call.warn(f"one: {TOKEN}\x1b")
        call.runtime.warn("two: hunter2-pw\u202e")
        call.progress(f"three: {TOKEN}\n")
        call.runtime.progress("four: hunter2-pw")
        return OperationResult()

    performed(run)
    assert runtime.warnings == ["one: ********\\x1b", "two: ********\\u202e"]
    assert messages == ["three: ********\\n", "four: ********"]


@pytest.mark.parametrize("marker", ["__ansible_type", "__ansible_unsafe", "__ansible_vault"])
@pytest.mark.parametrize("fails", [False, True])
def test_data_cannot_imitate_core_objects(
    performed: Callable[..., ModuleResult], runtime: NullRuntime, marker: str, fails: bool
) -> None:
    """Core would fail on such data, or treat a text from a cache as a trusted template."""
    data = {"events": [{"tags": {marker: "boo", "value": "{{ 1 + 1 }}"}}]}

    def run(_call: Context) -> OperationResult:
        if fails:
            raise PartialFailureError("no", dict(data))
        return OperationResult(values=data, diff={"before": data, "after": {}})

    keys = performed(run, diff=True).keys
    assert keys["events"] == [{"tags": {f"{marker}_": "boo", "value": "{{ 1 + 1 }}"}}]
    assert f'"{marker}"' not in json.dumps(keys)
    assert len(runtime.warnings) == 1


def test_serialization_markers_in_text_stay_text(performed: Callable[..., ModuleResult], runtime: NullRuntime) -> None:
    assert (
        performed(lambda _call: OperationResult(values={"text": '"__ansible_type"'})).keys["text"] == '"__ansible_type"'
    )
    assert runtime.warnings == []
