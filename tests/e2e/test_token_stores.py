# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The token store: fallbacks, file permissions, and separation of credentials."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

from ..support.sandbox import Sandbox
from ..support.simulator_client import GREYMATTER_LOGIN, SimulatorClient

TASKS: list[dict[str, Any]] = [
    {"name": "log in", "greyops.rest.grepr_token": {}},
    {"name": "jobs", "greyops.rest.grepr_job_info": {}},
    {"name": "some jobs", "greyops.rest.grepr_job_info": {"state": ["RUNNING"]}},
    {"name": "request", "greyops.rest.grepr_request": {"path": "/v1/echo"}},
]


def _get_bearers(simulator: SimulatorClient, path: str, **query: str) -> set[str]:
    """The Authorization headers that came with calls of a path."""
    return {
        entry["headers"].get("Authorization", "none")
        for entry in simulator.requests(path)
        if all(entry["query"].get(name) == value for name, value in query.items())
    }


def test_unwritable_store(sandbox: Sandbox, simulator: SimulatorClient) -> None:
    """A store that cannot be created: 1 grant per run for 20 hosts with 4 tasks at 20 forks, and 1 warning."""
    obstacle = sandbox.path / "a file"
    obstacle.write_text("in the way")
    env = {**sandbox.get_addresses(), **sandbox.logins(), "GREYOPS_TOKEN_STORE_PATH": str(obstacle / "tokens")}
    for run_number in (1, 2):
        run = sandbox.play(TASKS, hosts=20, env=env)
        run.assert_success(80)
        assert simulator.logins() == run_number
        assert {result.result["store"] for result in run.get_results("log in")} == {"run"}
        assert run.count_warnings("token store") == 1, run.output
    assert obstacle.read_text() == "in the way"
    assert not sandbox.store.exists()


def test_no_store(sandbox: Sandbox, simulator: SimulatorClient) -> None:
    """token_store=none: every task logs in separately, a loop logs in once, and nothing is stored."""
    env = {**sandbox.get_addresses(), **sandbox.logins(), "GREYOPS_TOKEN_STORE": "none"}
    sandbox.play(TASKS, hosts=3, env=env).assert_success(12)
    assert simulator.logins() == 12
    loop = {"name": "loop", "greyops.rest.grepr_job_info": {}, "loop": list(range(10))}
    sandbox.play([loop], env=env).assert_success(1)
    assert simulator.logins() == 13
    assert not sandbox.store.exists()


def test_files_are_readable_by_the_owner_only(sandbox: Sandbox) -> None:
    """With any umask, the store's directories are 0700 and its files 0600."""
    sandbox.play([*TASKS, {"name": "log in there", "greyops.rest.greymatter_token": {}}]).assert_success(5)
    assert len(sandbox.get_stored_records()) == 2
    modes = {path: stat.S_IMODE(path.lstat().st_mode) for path in [sandbox.store, *sandbox.store.rglob("*")]}
    assert modes == {path: 0o700 if path.is_dir() else 0o600 for path in modes}


def test_rotated_secret_does_not_use_the_old_token(sandbox: Sandbox, simulator: SimulatorClient) -> None:
    """The old token is valid for hours; a task with the new secret still logs in, and a wrong secret gets no token."""
    echo = [{"name": "request", "greyops.rest.grepr_request": {"path": "/v1/echo"}}]
    client = sandbox.credentials.client_id
    seen: list[set[str]] = []
    for secret in (sandbox.credentials.client_secret, "the next & better one"):
        simulator.switch(grepr={"credentials": [{"client_id": client, "client_secret": secret}]})
        simulator.admin("DELETE", "/requests")
        env = {**sandbox.get_addresses(), **sandbox.logins(), "GREPR_CLIENT_SECRET": secret}
        sandbox.play(echo, hosts=3, env=env).assert_success(3)
        seen.append(_get_bearers(simulator, "/api"))
    assert [len(bearers) for bearers in seen] == [1, 1]
    assert not seen[0] & seen[1]
    assert simulator.logins() == 2

    simulator.admin("DELETE", "/requests")
    guess = {**sandbox.get_addresses(), **sandbox.logins(), "GREPR_CLIENT_SECRET": "the next & better on"}
    run = sandbox.play(echo, env=guess)
    assert run.get_result("request")["status"] == 401
    assert simulator.requests("/api") == []


def test_users_do_not_share_tokens(sandbox: Sandbox, simulator: SimulatorClient) -> None:
    """Two users with the same password, in one play, at 20 forks: 1 grant each, and neither uses the other's token."""
    users = ["one", "two"]
    simulator.switch(greymatter={"users": [{"username": name, "password": "shared"} for name in users]})
    tasks = [
        {
            "name": f"{user} {number}",
            "greyops.rest.greymatter_request": {
                "path": "/api-gateway/simulator/echo",
                "query": {"user": user},
                "username": user,
                "password": "shared",
            },
        }
        for number in (1, 2)
        for user in users
    ]
    sandbox.play(tasks, hosts=10, env=sandbox.get_addresses(), strategy="free").assert_success(40)
    assert simulator.logins("greymatter") == 2
    path = "/api-gateway/simulator/echo"
    tokens = [_get_bearers(simulator, path, user=user) for user in users]
    assert [len(bearers) for bearers in tokens] == [1, 1]
    assert tokens[0] != tokens[1]


def test_scopes_do_not_share_tokens(sandbox: Sandbox, simulator: SimulatorClient) -> None:
    """One client with two scopes: a token for each."""
    client = {"client_id": sandbox.credentials.client_id, "client_secret": sandbox.credentials.client_secret}
    simulator.switch(grepr={"credentials": [{**client, "scope": "service read"}]})
    tasks = [
        {"name": scope, "greyops.rest.grepr_request": {"path": "/v1/echo", "query": {"scope": scope}, "scope": scope}}
        for scope in ("service", "read")
    ]
    sandbox.play(tasks, hosts=2).assert_success(4)
    tokens = [_get_bearers(simulator, "/api", scope=scope) for scope in ("service", "read")]
    assert [len(bearers) for bearers in tokens] == [1, 1]
    assert tokens[0] != tokens[1]
    assert simulator.logins() == 2


def test_corrupted_store_is_a_miss(sandbox: Sandbox, simulator: SimulatorClient) -> None:
    """Random bytes, an empty record, a record of another credential: the next run logs in and continues."""
    sandbox.play(TASKS[:1]).assert_success(1)
    (record,) = sandbox.get_stored_records()
    good = record.read_bytes()
    other = Path(record.with_name("0" * 64 + ".token"))
    for number, content in enumerate((b"", b"noise" * 20, good[:-1], good[:-1] + bytes([good[-1] ^ 1])), 2):
        record.write_bytes(content)
        other.write_bytes(good)
        other.chmod(0o600)
        sandbox.play(TASKS[:2]).assert_success(2)
        assert simulator.logins() == number
    assert len(simulator.requests(GREYMATTER_LOGIN)) == 0
