# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One token for all tasks: single flight, recovery from a 401, and limits of retries."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.greyops.rest.plugins.module_utils._context import (
    Context,
    Directories,
    NullRuntime,
    RequestStats,
)
from ansible_collections.greyops.rest.plugins.module_utils._errors import AuthenticationError
from ansible_collections.greyops.rest.plugins.module_utils._grepr.service import GREPR
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.service import GREYMATTER
from ansible_collections.greyops.rest.plugins.module_utils._oauth import provider as provider_file
from ansible_collections.greyops.rest.plugins.module_utils._oauth.provider import TokenProvider

if TYPE_CHECKING:
    from ansible_collections.greyops.rest.plugins.module_utils._http.client import ApiClient
    from tests.unit.conftest import InProcesses, Simulator

CATALOG = "/api-gateway/mdm-service/wms-masterdata/catalog"
LOGIN = "/api-gateway/auth-service/platform-auth/oauth/token"


@dataclass
class Tasks:
    """Tasks of one run: each has a separate runtime, all share the store."""

    simulator: Simulator
    directories: Directories

    def runtime(self) -> NullRuntime:
        return NullRuntime(self.directories)

    def grepr(self, runtime: NullRuntime | None = None, **options: object) -> ApiClient:
        return GREPR.open_client(Context(self.simulator.grepr(**options), runtime or self.runtime()))

    def greymatter(self, runtime: NullRuntime | None = None, **options: object) -> ApiClient:
        return GREYMATTER.open_client(Context(self.simulator.greymatter(**options), runtime or self.runtime()))

    def provider(self, runtime: NullRuntime | None = None, **options: object) -> TokenProvider:
        return GREPR.open_provider(Context(self.simulator.grepr(**options), runtime or self.runtime()))

    def read(self, **options: object) -> RequestStats:
        """One task that reads from Grepr; returns its statistics."""
        runtime = self.runtime()
        self.grepr(runtime, **options).call("GET", "/v1/echo")
        return runtime.stats

    def read_catalogs(self, **options: object) -> RequestStats:
        runtime = self.runtime()
        self.greymatter(runtime, **options).call("GET", CATALOG)
        return runtime.stats


@pytest.fixture
def tasks(simulator: Simulator, directories: Directories) -> Tasks:
    return Tasks(simulator, directories)


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not wait for other processes, because there are none."""
    monkeypatch.setattr(provider_file, "_CONFIRMATION_WAIT", 0.1)


def later(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Advance the clock of this process by that many seconds."""
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + seconds)


# --- one grant


def test_one_grant_for_all_tasks(tasks: Tasks) -> None:
    assert [tasks.read().token for _task in range(4)] == ["granted", "stored", "stored", "stored"]
    assert tasks.simulator.grants("grepr") == 1


def test_single_flight(tasks: Tasks, in_processes: InProcesses) -> None:
    tasks.simulator.fault("/oauth/token", {"delay": 0.2})
    used = in_processes(lambda _number: tasks.read().token, 12)
    assert sorted(str(token) for token in used) == ["granted"] + ["stored"] * 11
    assert tasks.simulator.grants("grepr") == 1


def test_single_flight_in_the_store_of_a_run(tasks: Tasks, in_processes: InProcesses) -> None:
    in_processes(lambda _number: tasks.read(token_store_path="/proc/greyops").token, 8)
    assert tasks.simulator.grants("grepr") == 1


def test_without_a_store_each_process_logs_in(tasks: Tasks, in_processes: InProcesses) -> None:
    def loop(_number: int) -> list[str | None]:
        return [tasks.read(token_store="none").token for _item in range(3)]

    assert in_processes(loop, 2) == [["granted", "stored", "stored"]] * 2
    assert tasks.simulator.grants("grepr") == 2


def test_credentials_do_not_share_tokens(tasks: Tasks) -> None:
    grepr = tasks.simulator.ready_info["grepr"]
    known = {name: grepr[name] for name in ("client_id", "client_secret")}
    tasks.simulator.switch(
        grepr={"credentials": [known, {"client_id": "other", "client_secret": "x"},
                               {"client_id": "wide", "client_secret": "x", "scope": "service read"}]}
    )  # fmt: skip
    tasks.read()
    tasks.read(client_id="other", client_secret="x")
    tasks.read(client_id="wide", client_secret="x")
    tasks.read(client_id="wide", client_secret="x", scope="read")
    assert tasks.simulator.grants("grepr") == 4
    # A rotated secret is another credential: the token of the old one is not used for a wrong one.
    with pytest.raises(AuthenticationError):
        tasks.read(client_secret="rotated")


def test_both_apis_share_one_store(tasks: Tasks) -> None:
    for _round in range(2):
        tasks.read()
        tasks.read_catalogs()
    assert (tasks.simulator.grants("grepr"), tasks.simulator.grants("greymatter")) == (1, 1)


# --- lifetime


def test_short_lived_token_is_used_for_half_its_lifetime(tasks: Tasks, monkeypatch: pytest.MonkeyPatch) -> None:
    tasks.simulator.switch(token_life=30)
    assert [tasks.read().token for _task in range(3)] == ["granted", "stored", "stored"]
    later(monkeypatch, 16)
    assert tasks.read().token == "granted"


def test_min_ttl_requires_a_longer_remaining_lifetime(tasks: Tasks, monkeypatch: pytest.MonkeyPatch) -> None:
    tasks.simulator.switch(token_life=1000)
    tasks.read()
    later(monkeypatch, 600)
    assert tasks.read(min_ttl=300).token == "stored"
    assert tasks.read(min_ttl=450).token == "granted"


def test_token_without_expiry_is_used_until_it_is_rejected(tasks: Tasks, monkeypatch: pytest.MonkeyPatch) -> None:
    tasks.simulator.switch(expires_in_form="absent")
    tasks.read()
    later(monkeypatch, 3600)
    assert tasks.read().token == "stored"


def test_expired_token_is_refreshed(tasks: Tasks, monkeypatch: pytest.MonkeyPatch) -> None:
    tasks.simulator.switch(token_life=100)
    assert tasks.read_catalogs().token == "granted"
    later(monkeypatch, 90)
    assert tasks.read_catalogs().token == "refreshed"
    assert tasks.simulator.grants("greymatter") == 1


@pytest.mark.parametrize("refresh", ["refuse", "off"])
def test_missing_refresh_token_falls_back_to_the_password(tasks: Tasks, refresh: str) -> None:
    tasks.simulator.switch(greymatter={"refresh": refresh})
    tasks.read_catalogs()
    tasks.simulator.end_tokens(action="revoke")
    assert tasks.read_catalogs().token == "granted"
    assert tasks.simulator.grants("greymatter") == 2


def test_broken_refresh_falls_back_to_the_password(tasks: Tasks) -> None:
    tasks.read_catalogs()
    tasks.simulator.end_tokens(action="revoke")
    tasks.simulator.fault(LOGIN, {"cut": "before"}, times=1)
    assert tasks.read_catalogs().token == "granted"


def test_rotated_refresh_tokens_are_used_once_each(tasks: Tasks) -> None:
    tasks.simulator.switch(greymatter={"refresh": "rotate"})
    tasks.read_catalogs()
    for _round in range(3):
        tasks.simulator.end_tokens(action="revoke")
        assert tasks.read_catalogs().token == "refreshed"
    assert tasks.simulator.grants("greymatter") == 1


@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_refresh_token_is_removed_before_it_is_sent(tasks: Tasks) -> None:
    """A process that is killed while the server responds leaves no refresh token that could be sent again."""
    tasks.read_catalogs()
    tasks.simulator.end_tokens(action="revoke")
    tasks.simulator.fault(LOGIN, {"delay": 5}, times=1)
    process = os.fork()
    if not process:
        with suppress(BaseException):
            tasks.read_catalogs()
        os._exit(0)
    while len(tasks.simulator.requests(LOGIN)) < 2:
        time.sleep(0.01)
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
    left = GREYMATTER.open_provider(Context(tasks.simulator.greymatter(), tasks.runtime())).peek()
    assert left is not None
    assert left.refresh_token is None
    assert tasks.read_catalogs().token == "granted"


def test_many_rejections_cause_one_refresh(tasks: Tasks, in_processes: InProcesses) -> None:
    tasks.simulator.switch(greymatter={"refresh": "rotate"})
    tasks.read_catalogs()
    tasks.simulator.end_tokens(action="revoke")
    used = in_processes(lambda _number: tasks.read_catalogs().token, 8)
    assert used.count("refreshed") == 1
    counters = tasks.simulator.counters()
    assert (counters["grants"]["greymatter"], counters["refreshes"]["greymatter"]) == (1, 1)


# --- 401


def test_revoked_token_is_replaced_within_the_request(tasks: Tasks) -> None:
    tasks.read()
    tasks.simulator.end_tokens(action="revoke")
    used = tasks.read()
    assert (used.token, used.retries, used.calls) == ("granted", 1, 2)
    assert tasks.simulator.grants("grepr") == 2


def test_post_is_repeated_after_a_401(tasks: Tasks) -> None:
    tasks.read()
    tasks.simulator.end_tokens(action="revoke")
    answer = tasks.grepr().call("POST", "/v1/echo", json={"a": 1})
    assert answer.parse_json()["body"] == {"a": 1}


def test_html_body_of_a_401_is_handled(tasks: Tasks) -> None:
    tasks.simulator.switch(greymatter={"unauthorized_body": "html"})
    tasks.read_catalogs()
    tasks.simulator.end_tokens(action="expire")
    assert tasks.read_catalogs().token == "refreshed"


def test_many_rejections_cause_one_grant(tasks: Tasks, in_processes: InProcesses) -> None:
    tasks.read()
    tasks.simulator.end_tokens(action="revoke")
    used = in_processes(lambda _number: tasks.read().token, 12)
    assert used.count("granted") == 1
    assert tasks.simulator.grants("grepr") == 2


def test_delayed_process_uses_the_shared_token(tasks: Tasks) -> None:
    sleeper = tasks.runtime()
    client = tasks.grepr(sleeper)
    client.call("GET", "/v1/echo")
    tasks.simulator.end_tokens(action="revoke")
    tasks.read()
    client.call("GET", "/v1/echo")
    assert tasks.simulator.grants("grepr") == 2
    assert sleeper.stats.retries == 1


def test_frequently_revoked_tokens_do_not_fail_tasks(tasks: Tasks, in_processes: InProcesses) -> None:
    tasks.simulator.end_tokens(every=10, service="grepr")

    def work(_number: int) -> int:
        for _call in range(8):
            tasks.read()
        return 1

    assert sum(in_processes(work, 6)) == 6
    counters = tasks.simulator.counters()
    assert counters["grants"]["grepr"] <= counters["revocations"]["grepr"] + 1


@pytest.mark.usefixtures("_impatient")
def test_always_rejected_request_makes_at_most_two_grants(tasks: Tasks) -> None:
    tasks.simulator.end_tokens(always=True)
    with pytest.raises(AuthenticationError) as caught:
        tasks.read()
    assert tasks.simulator.grants("grepr") == 2
    error = caught.value
    assert (error.status, error.method, error.url) == (401, "GET", f"{tasks.simulator.http}/api/v1/echo")
    assert "Credentials are required to access this resource." in error.msg
    assert "no more are asked for in the next minute" in error.msg


@pytest.mark.usefixtures("_impatient")
def test_rejected_credential_is_marked_for_a_minute(tasks: Tasks) -> None:
    tasks.simulator.end_tokens(always=True)
    for _task in range(4):
        with pytest.raises(AuthenticationError):
            tasks.read()
    assert tasks.simulator.grants("grepr") == 2


def test_always_rejected_tasks(tasks: Tasks, in_processes: InProcesses) -> None:
    tasks.simulator.end_tokens(always=True)

    def work(_number: int) -> str:
        try:
            tasks.read()
        except AuthenticationError as error:
            return error.msg
        return "accepted"

    messages = in_processes(work, 20)
    assert len(set(messages)) == 1
    assert "Credentials are required" in messages[0]
    assert tasks.simulator.grants("grepr") <= 3


@pytest.mark.usefixtures("_impatient")
def test_rejection_mark_is_removed_when_the_token_is_accepted(tasks: Tasks) -> None:
    tasks.simulator.end_tokens(always=True)
    with pytest.raises(AuthenticationError):
        tasks.read()
    tasks.simulator.end_tokens(always=False)
    assert tasks.read().token == "stored"
    tasks.simulator.end_tokens(action="revoke")
    assert tasks.read().token == "granted"


@pytest.mark.usefixtures("_impatient")
def test_grants_resume_after_the_minute(tasks: Tasks, monkeypatch: pytest.MonkeyPatch) -> None:
    """Permissions that were granted again apply to new tokens; the rejected token would be rejected until it
    expires."""
    tasks.simulator.end_tokens(always=True)
    with pytest.raises(AuthenticationError):
        tasks.read()
    tasks.simulator.end_tokens(always=False)
    tasks.simulator.end_tokens(action="revoke")
    later(monkeypatch, 61)
    assert tasks.read().token == "granted"


@pytest.mark.usefixtures("_impatient")
def test_rejected_refreshed_token_falls_back_to_the_password(tasks: Tasks) -> None:
    tasks.read_catalogs()
    refused = {"status": 401, "json": {"error": "invalid_token"}}
    tasks.simulator.fault(CATALOG, refused, times=2)
    tasks.read_catalogs()
    counters = tasks.simulator.counters()
    assert (counters["refreshes"]["greymatter"], counters["grants"]["greymatter"]) == (1, 2)


def test_403_does_not_cause_a_grant(tasks: Tasks) -> None:
    tasks.simulator.switch(narrowed_scope=True)
    for _task in range(3):
        with pytest.raises(Exception, match="may be narrowed"):
            tasks.read()
    assert tasks.simulator.grants("grepr") == 1


def test_wrong_password_is_sent_once_per_task(tasks: Tasks) -> None:
    with pytest.raises(AuthenticationError, match="Check username and password"):
        tasks.read_catalogs(password="wrong")
    assert len(tasks.simulator.requests(LOGIN)) == 1
    assert tasks.simulator.requests(CATALOG) == []


def test_wrong_password_is_sent_once_per_run(tasks: Tasks, in_processes: InProcesses) -> None:
    """Repeating the login in every task would lock the account; each task reports the message of the login."""

    def work(_number: int) -> dict[str, object]:
        try:
            tasks.read_catalogs(password="wrong")
        except AuthenticationError as error:
            return error.as_result()
        return {}

    first, *others = in_processes(work, 8)
    assert "Check username and password" in str(first["msg"])
    assert others == [first] * 7
    assert len(tasks.simulator.requests(LOGIN)) == 1


def test_other_run_and_other_login_options_try_again(tasks: Tasks) -> None:
    other_run = Tasks(tasks.simulator, replace(tasks.directories, run=None))
    for one, options in ((tasks, {}), (other_run, {}), (other_run, {}), (tasks, {"credentials_in": "query"})):
        with pytest.raises(AuthenticationError, match="Check username and password"):
            one.read_catalogs(password="wrong", **options)
    # If the run is unknown, as on other hosts, the rejection is stored for a minute.
    assert len(tasks.simulator.requests(LOGIN)) == 3


def test_rejected_login_is_retried_after_a_minute(tasks: Tasks, monkeypatch: pytest.MonkeyPatch) -> None:
    options = tasks.simulator.ready_info["greymatter"]
    user = {"username": options["username"], "password": options["password"]}
    tasks.simulator.switch(greymatter={"users": [{**user, "status": "locked"}]})
    with pytest.raises(AuthenticationError, match="locked"):
        tasks.read_catalogs()
    tasks.simulator.switch(greymatter={"users": [user]})
    with pytest.raises(AuthenticationError, match="locked"):
        tasks.read_catalogs()
    # A request for a new token is fulfilled, and the token is shared.
    GREYMATTER.open_provider(Context(tasks.simulator.greymatter(), tasks.runtime())).renew()
    assert tasks.read_catalogs().token == "stored"
    tasks.simulator.end_tokens(action="revoke", refresh=True)
    tasks.simulator.switch(greymatter={"users": [{**user, "status": "locked"}]})
    with pytest.raises(AuthenticationError, match="locked"):
        tasks.read_catalogs()
    tasks.simulator.switch(greymatter={"users": [user]})
    later(monkeypatch, 61)
    assert tasks.read_catalogs().token == "granted"


def test_rejection_mark_from_the_future_is_ignored(tasks: Tasks, monkeypatch: pytest.MonkeyPatch) -> None:
    tasks.simulator.switch(grepr={"token_limit": "quota"})
    with monkeypatch.context() as ahead:
        later(ahead, 3600)
        with pytest.raises(AuthenticationError, match="quota"):
            tasks.read()
    tasks.simulator.switch(grepr={"token_limit": "none"})
    assert tasks.read().token == "granted"


def test_exhausted_quota_stops_all_logins(tasks: Tasks, monkeypatch: pytest.MonkeyPatch) -> None:
    tasks.simulator.switch(grepr={"token_limit": "quota"})
    for _task in range(3):
        with pytest.raises(AuthenticationError, match="quota"):
            tasks.read()
    assert len(tasks.simulator.requests("/oauth/token")) == 1
    tasks.simulator.switch(grepr={"token_limit": "none"})
    later(monkeypatch, 61)
    assert tasks.read().token == "granted"


def test_rejection_mark_outlives_the_token(tasks: Tasks, monkeypatch: pytest.MonkeyPatch) -> None:
    """Within the minute no login is made for an expired token, and the error is the same, with its place."""
    tasks.simulator.switch(grepr={"token_life": 5})
    tasks.simulator.end_tokens(always=True)
    with pytest.raises(AuthenticationError) as first:
        tasks.read()
    later(monkeypatch, 30)
    with pytest.raises(AuthenticationError, match="try again in a minute") as second:
        tasks.read()
    assert tasks.simulator.grants("grepr") == 2
    assert {**second.value.as_result(), "msg": ""} == {**first.value.as_result(), "msg": ""}


# --- user-supplied credentials


@pytest.mark.parametrize("option", ["access_token", "api_key"])
def test_user_supplied_credentials_are_not_replaced(tasks: Tasks, option: str) -> None:
    credentials: dict[str, Any] = {"client_id": None, "client_secret": None, option: "gone"}
    with pytest.raises(AuthenticationError, match="Check the credential") as caught:
        tasks.read(**credentials)
    assert "gone" not in caught.value.msg.replace("gone.", "")
    assert tasks.simulator.grants("grepr") == 0
    assert len(tasks.simulator.requests("/api")) == 1


def test_user_supplied_key_and_token(tasks: Tasks) -> None:
    none = {"client_id": None, "client_secret": None}
    assert tasks.read(**none, api_key=tasks.simulator.ready_info["grepr"]["api_key"]).token == "api_key"
    token = tasks.provider().get_token().access_token
    assert tasks.read(**none, access_token=token).token == "given"
    headers = [request["headers"] for request in tasks.simulator.requests("/api")]
    assert headers[0]["GREPR-API-KEY"] == tasks.simulator.ready_info["grepr"]["api_key"]
    assert "Authorization" not in headers[0]
    assert headers[1]["Authorization"] == f"Bearer {token}"


# --- renew, forget, known


def test_renew_replaces_the_shared_token(tasks: Tasks) -> None:
    first = tasks.provider().get_token()
    second = tasks.provider().renew()
    assert second != first
    assert tasks.provider().get_token() == second
    assert tasks.simulator.grants("grepr") == 2


def test_renew_uses_a_refresh_token_if_available(tasks: Tasks) -> None:
    runtime = tasks.runtime()
    greymatter = GREYMATTER.open_provider(Context(tasks.simulator.greymatter(), runtime))
    greymatter.get_token()
    greymatter.renew()
    assert runtime.stats.token == "refreshed"


def test_forget(tasks: Tasks) -> None:
    assert tasks.provider().delete() is False
    token = tasks.provider().get_token()
    assert tasks.provider().peek() == token
    assert tasks.provider().delete() is True
    assert tasks.provider().peek() is None
    # The server receives no request.
    assert token.access_token in tasks.simulator.admin("GET", "/tokens")["grepr"]["live"]
    assert tasks.provider().get_token() != token


def test_cached_token_may_be_expired(tasks: Tasks, monkeypatch: pytest.MonkeyPatch) -> None:
    tasks.simulator.switch(token_life=100)
    token = tasks.provider().get_token()
    later(monkeypatch, 90)
    assert tasks.provider().peek() == token


def test_clock_set_back_causes_a_new_token(tasks: Tasks, monkeypatch: pytest.MonkeyPatch) -> None:
    tasks.read()
    later(monkeypatch, -7200)
    assert tasks.read().token == "granted"


def test_store_in_use_is_reported(tasks: Tasks) -> None:
    assert tasks.provider().store_kind == "file"
    assert tasks.provider(token_store="none").store_kind == "none"
    runtime = tasks.runtime()
    assert tasks.provider(runtime, token_store_path="/proc/greyops").store_kind == "run"
    assert len(runtime.warnings) == 1
