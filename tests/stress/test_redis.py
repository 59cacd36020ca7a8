# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Redis: a real server as the token store, working and failing."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ansible_collections.greyops.rest.plugins.module_utils._errors import LockTimeoutError
from ansible_collections.greyops.rest.plugins.module_utils._oauth.redis_store import RedisStore

from ..support.redis_server import USER, RedisServer, run_redis
from ..support.reliability_report import RecordMeasurement
from ..support.sandbox import Sandbox, create_secret
from ..support.secret_search import SecretSearch
from ..support.simulator_client import GREPR_LOGIN, SimulatorClient

TASKS: list[dict[str, Any]] = [
    {"name": "log in", "greyops.rest.grepr_token": {}},
    {"name": "jobs", "greyops.rest.grepr_job_info": {}},
    {"name": "request", "greyops.rest.grepr_request": {"path": "/v1/echo"}},
]
# The expiry of the lock that a killed controller leaves.
LOCK_LIFE = 10


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    with run_redis() as server:
        yield server


def _build_environment(sandbox: Sandbox, server: RedisServer, url: str | None = None) -> dict[str, str]:
    return {**sandbox.get_addresses(), **sandbox.logins(), **server.variables(url)}


def _repeat(tasks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Run the tasks in the worker, and as another user (with the same id), which starts a process."""
    return [*tasks, *({**task, "name": f"{task['name']} too", "become": True} for task in tasks)]


def _search_for(sandbox: Sandbox, *servers: RedisServer) -> SecretSearch:
    search = SecretSearch()
    for server in servers:
        search.add("password of Redis", server.password)
        search.add("password of the user", server.user_password)
        search.add("key of the store", server.key)
    search.add("client secret", sandbox.credentials.client_secret)
    search.add_tokens(sandbox.simulator.issued_tokens())
    return search


def test_homes_share_one_grant(
    sandbox: Sandbox, simulator: SimulatorClient, redis: RedisServer, record_measurement: RecordMeasurement
) -> None:
    """20 hosts × 3 tasks at 20 forks, empty store: 1 grant. A second run with another home: no grant. At -vvv no secret
    is shown."""
    simulator.fault(GREPR_LOGIN, {"delay": 0.5})
    env = _build_environment(sandbox, redis)
    first = sandbox.play(TASKS, "-vvv", hosts=20, env=env)
    first.assert_success(60)
    other_home = {"HOME": str(sandbox.path / "other"), "ANSIBLE_HOME": str(sandbox.path / "other" / ".ansible")}
    second = sandbox.play(TASKS, hosts=20, env={**env, **other_home})
    second.assert_success(60)
    assert simulator.logins() == 1
    assert {result.result["store"] for result in [*first.get_results("log in"), *second.get_results("log in")]} == {
        "redis"
    }
    assert _search_for(sandbox, redis).find_in((first.output + second.output).encode()) == {}
    assert not sandbox.get_stored_records()
    record_measurement("120 tasks of 2 controllers: 1 grant")


def test_redis_contents(
    sandbox: Sandbox, simulator: SimulatorClient, redis: RedisServer, record_measurement: RecordMeasurement
) -> None:
    """The contents of Redis reveal nothing about tokens and credentials, and a record expires with its token."""
    simulator.switch(token_life=1000)
    sandbox.play(TASKS[:2], env=_build_environment(sandbox, redis)).assert_success(2)
    ((name, record),) = redis.records().items()
    content = name.encode() + record
    assert _search_for(sandbox, redis).find_in(content) == {}
    known = (sandbox.credentials.client_id, "grepr", "oauth", simulator.http, "access_token", "expires")
    assert [word for word in known if word.encode() in content.replace(b"greyops.rest", b"")] == []
    life = redis.admin.pttl(name) / 1000
    assert 970 < life <= 1000
    assert redis.admin.keys("*:lock") == []
    record_measurement(f"token lives 1,000 s, its record {life:.0f} s; {len(record)} bytes, none of them clear text")


def test_keys_separate_stores(
    sandbox: Sandbox, simulator: SimulatorClient, redis: RedisServer, record_measurement: RecordMeasurement
) -> None:
    """A different token_store_key finds no record: a separate login, no failure, no warning, and the first record is
    kept."""
    keys = {"one": "granted", "another": "granted", "one again": "stored"}
    tasks = [
        {"name": name, "greyops.rest.grepr_job_info": {"token_store_key": name.removesuffix(" again") * 10}}
        for name in keys
    ]
    run = sandbox.play(tasks, env=_build_environment(sandbox, redis))
    run.assert_success(3)
    assert {name: run.get_result(name)["api"]["token"] for name in keys} == keys
    assert run.count_warnings("") == 0, run.output
    assert (simulator.logins(), len(redis.records())) == (2, 2)
    record_measurement("2 keys: 2 grants, 2 records, 0 warnings")


def test_forged_records(
    sandbox: Sandbox, simulator: SimulatorClient, redis: RedisServer, record_measurement: RecordMeasurement
) -> None:
    """Records that were modified or exchanged are ignored: logins, no failure, no warning."""
    tasks = [{**TASKS[0], "name": "log in"}, {"name": "log in there", "greyops.rest.greymatter_token": {}}]
    sandbox.play(tasks, env=_build_environment(sandbox, redis)).assert_success(2)
    one, other = redis.records().items()
    forgeries = [{one[0]: other[1], other[0]: one[1]}, {name: b"\0" + record[1:] for name, record in (one, other)}]
    for round_number, forgery in enumerate(forgeries, 2):
        redis.admin.mset(forgery)
        run = sandbox.play(tasks, env=_build_environment(sandbox, redis))
        run.assert_success(2)
        assert run.count_warnings("") == 0, run.output
        assert (simulator.logins("grepr"), simulator.logins("greymatter")) == (round_number, round_number)
    record_measurement("4 forged records: 4 grants, 0 warnings")


def test_supported_connection_settings(
    sandbox: Sandbox, simulator: SimulatorClient, redis: RedisServer, record_measurement: RecordMeasurement
) -> None:
    """Password, ACL user with the permissions listed in the guide, TLS and mutual TLS by URL and by options: all
    connections succeed."""
    with run_redis(tls="server") as tls, run_redis(tls="both") as mutual:
        certificates = {"ssl_certfile": str(mutual.certificate), "ssl_keyfile": str(mutual.certificate_key)}
        certificate_options = {"client_cert": str(mutual.certificate), "client_key": str(mutual.certificate_key)}
        accepted: dict[str, tuple[RedisServer, dict[str, Any]]] = {
            "password": (redis, {}),
            "user": (redis, {"token_store_url": redis.url(user=USER, password=redis.user_password)}),
            "TLS by URL": (tls, {"token_store_url": tls.url(ssl_ca_certs=str(tls.ca))}),
            "TLS by options": (tls, {"ca_path": str(tls.ca)}),
            "mutual TLS by URL": (
                mutual,
                {"token_store_url": mutual.url(host="localhost", ssl_ca_certs=str(mutual.ca), **certificates)},
            ),
            "mutual TLS by options": (mutual, {"ca_path": str(mutual.ca), **certificate_options}),
        }
        run = sandbox.play(
            [
                {
                    "name": name,
                    "greyops.rest.grepr_token": {
                        "token_store": "redis",
                        "token_store_url": server.url(),
                        "token_store_key": server.key,
                        **options,
                    },
                }
                for name, (server, options) in accepted.items()
            ]
        )
    run.assert_success(len(accepted))
    assert {name: run.get_result(name)["store"] for name in accepted} == dict.fromkeys(accepted, "redis")
    assert [run.get_result(name)["api"]["token"] for name in accepted] == ["granted", "stored"] * 3
    assert run.count_warnings("token store") == 0, run.output
    record_measurement("6 connections to 3 servers: 3 grants, 0 warnings")


def test_rejected_connections(
    sandbox: Sandbox, simulator: SimulatorClient, redis: RedisServer, record_measurement: RecordMeasurement
) -> None:
    """Wrong password, unknown CA, wrong host name, missing client certificate: one warning with the reason, then the
    file store is used."""
    wrong = create_secret("wrong")
    with run_redis(tls="server") as tls, run_redis(tls="both") as mutual:
        closed = {
            "password is missing or refused": {"token_store_url": redis.url(password=wrong)},
            "self-signed certificate in certificate chain": {"token_store_url": tls.url()},
            "certificate is not valid for '127.1'": {
                "token_store_url": tls.url(host="127.1", ssl_ca_certs=str(tls.ca))
            },
            "requires a client certificate": {"token_store_url": mutual.url(ssl_ca_certs=str(mutual.ca))},
        }
        run = sandbox.play(
            [
                {
                    "name": f"way {number}",
                    "greyops.rest.grepr_token": {"token_store": "redis", "token_store_key": "k" * 20, **options},
                }
                for number, options in enumerate(closed.values())
            ],
            "-vvv",
            hosts=3,
        )
    run.assert_success(3 * len(closed))
    assert {result.result["store"] for result in run.results} == {"file"}
    assert {reason: run.count_warnings(reason) for reason in closed} == dict.fromkeys(closed, 1), run.output
    assert run.count_warnings("token store") == len(closed)
    assert simulator.logins() == 1
    search = _search_for(sandbox, redis, tls, mutual)
    search.add("wrong password", wrong)
    assert search.find_in(run.output.encode()) == {}
    record_measurement(f"{len(closed)} rejected connections × 3 hosts: {len(closed)} warnings, 1 grant")


def test_modules_in_separate_processes(
    sandbox: Sandbox, simulator: SimulatorClient, redis: RedisServer, record_measurement: RecordMeasurement
) -> None:
    """Tasks with become run in separate processes, with the settings of the controller's environment: 1 grant."""
    tasks = _repeat(TASKS[:2])
    run = sandbox.play(tasks, "-vvv", hosts=2, env=_build_environment(sandbox, redis))
    run.assert_success(8)
    assert {result.result["store"] for result in [*run.get_results("log in"), *run.get_results("log in too")]} == {
        "redis"
    }
    assert simulator.logins() == 1
    assert _search_for(sandbox, redis).find_in(run.output.encode()) == {}
    record_measurement("8 tasks, half of them in separate processes: 1 grant")


def test_redis_down_at_start(
    sandbox: Sandbox, simulator: SimulatorClient, redis: RedisServer, record_measurement: RecordMeasurement
) -> None:
    """Connection refused: 3 hosts × 4 tasks, half of them in separate processes, use the file store. 1 warning, 1
    grant."""
    redis.kill()
    tasks = _repeat(TASKS[:2])
    run = sandbox.play(tasks, "-vvv", hosts=3, env=_build_environment(sandbox, redis))
    run.assert_success(12)
    assert _search_for(sandbox, redis).find_in(run.output.encode()) == {}
    assert run.count_warnings("token store") == 1, run.output
    assert {result.result["store"] for result in [*run.get_results("log in"), *run.get_results("log in too")]} == {
        "file"
    }
    assert simulator.logins() == 1
    record_measurement("12 tasks: 0 failed, 1 warning, 1 grant")


def test_unresponsive_redis(
    sandbox: Sandbox, simulator: SimulatorClient, redis: RedisServer, record_measurement: RecordMeasurement
) -> None:
    """Redis accepts connections and does not respond: the first tasks wait 2 s, and the others skip Redis."""
    before = redis.admin.info()["total_connections_received"]
    redis.pause()
    started = time.monotonic()
    run = sandbox.play(TASKS, hosts=10, forks=5, env=_build_environment(sandbox, redis))
    took = time.monotonic() - started
    redis.resume()
    run.assert_success(30)
    # Connections that were given up earlier are counted when the server accepts them.
    for _moment in range(50):
        tried = redis.admin.info()["total_connections_received"] - before
        if tried:
            break
        time.sleep(0.1)
    assert run.count_warnings("token store") == 1, run.output
    assert simulator.logins() == 1
    # Connections that were started together with the first one, and the two of this test.
    assert 1 <= tried <= 5 + 2
    record_measurement(f"30 tasks at 5 forks in {took:.0f} s: {tried} connections tried, 1 warning, 1 grant")


def _fill(server: RedisServer) -> None:
    # A task that does not need a new token would not detect it.
    server.admin.flushall()
    server.admin.config_set("maxmemory", 1)


def _flush(server: RedisServer) -> None:
    server.admin.flushall()


def _restart(server: RedisServer) -> None:
    server.kill()
    server.start()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("happening", "most_logins"),
    [(RedisServer.kill, 2), (RedisServer.pause, 2), (_restart, 3), (_fill, 2), (_flush, 2)],
    ids=["killed", "hanging", "restarted without its records", "full", "flushed"],
)
def test_redis_stops_during_a_play(
    sandbox: Sandbox,
    simulator: SimulatorClient,
    redis: RedisServer,
    record_measurement: RecordMeasurement,
    happening: Callable[[RedisServer], None],
    most_logins: int,
) -> None:
    """A fault occurs in Redis after a third of 20 hosts × 6 tasks: no failed task, at most 1 warning"""
    tasks = [{**task, "name": f"{task['name']} {number}"} for number in (1, 2) for task in TASKS]
    started = time.monotonic()
    running = sandbox.start_playbook(
        [{"tasks": tasks, "strategy": "free"}], hosts=20, env=_build_environment(sandbox, redis)
    )
    assert simulator.wait_for_calls("/api", 25, running.is_running)
    happening(redis)
    run = running.wait()
    took = time.monotonic() - started
    run.assert_success(120)
    warnings = run.count_warnings("token store")
    assert warnings == (0 if happening is _flush else 1) or (happening is _restart and warnings == 0), run.output
    assert 1 <= simulator.logins() <= most_logins
    record_measurement(f"120 tasks in {took:.0f} s: 0 failed, warnings: {warnings}, {simulator.logins()} grants")


HOLDER = """
import os, time
from ansible_collections.greyops.rest.plugins.module_utils._oauth.redis_store import RedisStore
with RedisStore(os.environ["URL"], os.environ["KEY"]).lock("name", 1):
    print("held", flush=True)
    time.sleep(float(os.environ["SECONDS"]))
"""


def _holder(server: RedisServer, seconds: float) -> subprocess.Popen[str]:
    """A process that holds a lock, as the user with few permissions."""
    env = {
        **os.environ,
        "PYTHONPATH": os.environ["ANSIBLE_COLLECTIONS_PATH"],
        "URL": server.url(user=USER, password=server.user_password),
        "KEY": server.key,
        "SECONDS": str(seconds),
    }
    process = subprocess.Popen([sys.executable, "-c", HOLDER], env=env, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


@pytest.mark.slow
def test_lock_of_a_killed_controller(redis: RedisServer, record_measurement: RecordMeasurement) -> None:
    """kill -9 of the process that holds the lock: the next process acquires it after its expiry of 10 s."""
    holder = _holder(redis, 600)
    holder.kill()
    holder.communicate()
    started = time.monotonic()
    with RedisStore(redis.url(), redis.key).lock("name", 3 * LOCK_LIFE):
        waited = time.monotonic() - started
    assert waited <= LOCK_LIFE + 1
    record_measurement(f"acquired after {waited:.1f} s")


@pytest.mark.slow
def test_lock_of_a_slow_controller(redis: RedisServer, record_measurement: RecordMeasurement) -> None:
    """A process that runs for 13 s keeps a lock that expires after 10 s: no other process acquires it earlier, and the
    next one acquires it then."""
    holder = _holder(redis, LOCK_LIFE * 1.3)
    started = time.monotonic()
    store = RedisStore(redis.url(), redis.key)
    with pytest.raises(LockTimeoutError, match="Another controller has held"), store.lock("name", LOCK_LIFE * 1.15):
        pass
    with store.lock("name", LOCK_LIFE):
        held = time.monotonic() - started
    holder.communicate()
    assert LOCK_LIFE * 1.25 < held < LOCK_LIFE * 1.3 + 3
    record_measurement(f"kept for {held:.1f} s")


def test_lock_is_released_by_its_owner_only(redis: RedisServer, record_measurement: RecordMeasurement) -> None:
    """A controller whose lock was acquired by another controller does not release that lock."""
    one, other = (RedisStore(redis.url(), redis.key) for _controller in range(2))
    with one.lock("name", 1):
        _flush(redis)
        another = other.lock("name", 1)
        another.__enter__()
    (lock,) = redis.admin.keys("*:lock")
    assert redis.admin.ttl(lock) > LOCK_LIFE - 3
    another.__exit__(None, None, None)
    assert redis.admin.keys("*") == []
    record_measurement("lost, acquired by another, kept, released by its owner")


def test_invalid_options(
    sandbox: Sandbox, simulator: SimulatorClient, redis: RedisServer, record_measurement: RecordMeasurement
) -> None:
    """No key, no URL, an invalid Redis URL, an unknown parameter, disabled certificate validation: clear errors, no
    secret shown."""
    rediss = redis.url().replace("redis:", "rediss:")
    mistakes: dict[str, dict[str, str]] = {
        "needs token_store_key (GREYOPS_TOKEN_STORE_KEY)": {"token_store_url": redis.url()},
        "needs token_store_url (GREYOPS_TOKEN_STORE_URL)": {"token_store_key": redis.key},
        "is not a Redis URL": {
            "token_store_key": redis.key,
            "token_store_url": redis.url().replace("redis:", "http:"),
        },
        "has a query parameter that": {
            "token_store_key": redis.key,
            "token_store_url": redis.url(pasword=redis.password),
        },
        "disables the verification of certificates": {
            "token_store_key": redis.key,
            "token_store_url": f"{rediss}?ssl_cert_reqs=none",
        },
    }
    # From a file of variables: core prints the lines of a playbook in which a task failed.
    variables = sandbox.variables("mistakes.yml", {"options": list(mistakes.values())})
    tasks = [
        {"name": name, "greyops.rest.grepr_token": f"{{{{ options[{number}] }}}}", "ignore_errors": True}
        for number, name in enumerate(mistakes)
    ]
    run = sandbox.play(
        tasks, "-vvv", variables, env={**sandbox.get_addresses(), **sandbox.logins(), "GREYOPS_TOKEN_STORE": "redis"}
    )
    assert [name for name in mistakes if name not in run.get_result(name)["msg"]] == []
    assert len(run.failed) == len(mistakes)
    search = _search_for(sandbox, redis)
    assert search.find_in(run.output.encode()) == {}
    assert search.find_in("".join(run.get_result(name)["msg"] for name in mistakes).encode()) == {}
    assert simulator.logins() == 0
    record_measurement(f"{len(mistakes)} invalid configurations: {len(mistakes)} clear errors, 0 logins")


def test_without_the_library(
    sandbox: Sandbox, simulator: SimulatorClient, redis: RedisServer, record_measurement: RecordMeasurement
) -> None:
    """The Python library redis is missing: the task fails and explains how to install it, in the worker and in a
    separate process."""
    hiding = sandbox.path / "hiding" / "redis.py"
    hiding.parent.mkdir()
    hiding.write_text('raise ImportError("No module named redis")\n')
    tasks = [
        {**TASKS[0], "name": name, "become": become, "ignore_errors": True}
        for name, become in (("worker", False), ("process", True))
    ]
    run = sandbox.play(tasks, env={**_build_environment(sandbox, redis), "PYTHONPATH": str(hiding.parent)})
    assert [run.get_result(name)["msg"] for name in ("worker", "process")] == [
        "token_store=redis needs the Python library redis, which is missing on this host (No module named redis). "
        "Install it for the Python that runs this task: python -m pip install redis."
    ] * 2
    assert simulator.logins() == 0
    record_measurement("2 clear errors, 0 logins")
