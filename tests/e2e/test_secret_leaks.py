# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No secret, token or encoded form of one appears in output, files or processes."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ..support.leak_fixtures import (
    ALL_TASKS,
    EXECUTION_MODES,
    FAILING,
    FAILING_LOOKUPS,
    SELECTED_TASKS,
    SUCCEEDING,
    SUCCEEDING_OR_FAILING,
    USING_THE_TOKEN,
    WORKER,
    ExecutionMode,
    LeakScenario,
    assert_expected_outcomes,
    name_tasks,
)
from ..support.sandbox import WORKER_AND_MODULE, Sandbox, create_secret
from ..support.secret_search import ProcessMonitor, SecretSearch, encode_variants
from ..support.ssh_hosts import run_ssh_hosts

# The worker and a module process on this machine are always tested; modules sent over ssh too.
AT_LENGTH = [
    name if name in ("worker", "module") else pytest.param(name, marks=pytest.mark.slow) for name in EXECUTION_MODES
]
OUTSIDE_WORKER = [name for name, mode in EXECUTION_MODES.items() if mode != WORKER]
CALLBACKS = {
    "default": {},
    "yaml": {"ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml"},
    "minimal": {"ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.minimal"},
    "oneline": {"ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.oneline"},
}


@pytest.fixture
def scenario(sandbox: Sandbox) -> LeakScenario:
    return LeakScenario(sandbox)


@pytest.fixture(params=AT_LENGTH)
def mode(request: pytest.FixtureRequest, scenario: LeakScenario) -> Iterator[ExecutionMode]:
    """Each execution mode in turn, with its host in the scenario."""
    chosen = EXECUTION_MODES[request.param]
    if not chosen.over_ssh:
        yield chosen
        return
    with run_ssh_hosts(scenario.sandbox.path / "ssh", 1) as scenario.over_ssh:
        yield chosen


def test_search_finds_each_encoding() -> None:
    """The search finds each secret in each encoding, in the middle of a text and cut in half."""
    hidden = create_secret("hidden")
    search = SecretSearch()
    search.add("hidden", hidden)
    for number, form in enumerate(encode_variants(hidden, "somebody")):
        assert search.find_in(f"{'x' * number}{form}{form}".encode()), form
    assert not search.find_in(b"nothing to be seen")
    token = f"head.{os.urandom(40).hex()}.{os.urandom(40).hex()}"
    search.add_tokens([token])
    assert search.find_in(f"Bearer {token}".encode())
    assert search.find_in(token[:90].encode()).keys() == {"token 1"}


def _build_fact_tasks(registered: list[str]) -> list[dict[str, Any]]:
    """All values that were registered, shown and kept in the fact cache."""
    everything = "{{ [" + ", ".join(registered) + "] }}"
    return [
        {"name": "show", "ansible.builtin.debug": {"msg": everything}},
        {"name": "keep", "ansible.builtin.set_fact": {"everything": everything, "cacheable": True}},
    ]


def _register_tasks(tasks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"register": f"result_{number}", **task} for number, task in enumerate(tasks)]


def _run_registered(scenario: LeakScenario, mode: ExecutionMode, chosen: set[str]) -> None:
    """Credentials from variables, at -vvvv: output, log, results, fact cache, all files, processes and their
    environments."""
    tasks = _register_tasks(
        [*name_tasks(SUCCEEDING), *name_tasks({**FAILING, **SUCCEEDING_OR_FAILING}, ignore_errors=True)]
    )
    tasks = [task for task in tasks if task["name"] in chosen]
    facts = _build_fact_tasks([task["register"] for task in tasks])
    run, watch = scenario.play([*tasks, *facts], mode, "--diff")
    assert_expected_outcomes(run, chosen)
    assert [result.event for result in run.get_results("keep")] == ["ok"]
    assert len(list(scenario.sandbox.fact_cache.iterdir())) == 1
    scenario.assert_no_leaks(run, watch, environments=True)


@pytest.mark.parametrize(
    "mode", ["worker", *(pytest.param(name, marks=pytest.mark.slow) for name in OUTSIDE_WORKER)], indirect=True
)
def test_all_tasks(scenario: LeakScenario, mode: ExecutionMode) -> None:
    """All tasks, at -vvvv: no secret in output, log, results, fact cache, files, processes and their environments."""
    _run_registered(scenario, mode, ALL_TASKS)


@pytest.mark.parametrize("mode", ["ssh"], indirect=True)
def test_each_kind_of_task(scenario: LeakScenario, mode: ExecutionMode) -> None:
    """The same for one task of each kind, where modules run in a separate process."""
    _run_registered(scenario, mode, SELECTED_TASKS)


@pytest.mark.parametrize(
    "callback", ["default", *(pytest.param(name, marks=pytest.mark.slow) for name in CALLBACKS if name != "default")]
)
def test_all_tasks_in_check_mode_from_the_environment(scenario: LeakScenario, callback: str) -> None:
    """Credentials from the environment, with --check --diff at -vvvv, shown and recorded by every callback of core."""
    tasks = [*name_tasks(SUCCEEDING), *name_tasks({**FAILING, **SUCCEEDING_OR_FAILING}, ignore_errors=True)]
    env = {**scenario.sandbox.get_addresses(), **scenario.sandbox.logins(), **scenario.callbacks, **CALLBACKS[callback]}
    with ProcessMonitor() as watch:
        run = scenario.sandbox.start_playbook(
            [{"tasks": tasks}], "-vvvv", "--check", "--diff", scenario.variables, env=env
        ).wait()
    assert_expected_outcomes(run)
    assert "API STATS" in run.output
    for directory in ("tree", "junit"):
        assert list(scenario.sandbox.path.joinpath(directory).iterdir())
    scenario.assert_no_leaks(run, watch, environments=False)


def test_async_tasks(scenario: LeakScenario) -> None:
    """Credentials of both services in the environment of each task, with async: the files of the jobs and the polls
    too."""
    chosen = {
        name: task
        for name, task in {**SUCCEEDING, **FAILING}.items()
        if name in {"log in", "catalogs", "token in data", "wrong secret", "refused token", "password in text"}
        and "loop" not in task
    }
    variables = {"GREPR_CLIENT_ID": "{{ client_id }}", "GREPR_CLIENT_SECRET": "{{ client_secret }}"}
    variables |= {"GREYMATTER_USERNAME": "{{ username }}", "GREYMATTER_PASSWORD": "{{ password }}"}
    background = {"environment": variables, "async": 60, "ignore_errors": True}
    tasks = [
        {"name": name, **task, **background, "poll": 0, "register": f"result_{number}"}
        for number, (name, task) in enumerate(chosen.items())
    ]
    wait = {
        "name": "wait",
        "ansible.builtin.async_status": {"jid": "{{ item }}"},
        "loop": "{{ [" + ", ".join(f"result_{number}.ansible_job_id" for number in range(len(tasks))) + "] }}",
        "register": "job",
        "until": "job is finished",
        "retries": 300,
        "delay": 0.2,
        "ignore_errors": True,
    }
    polled = [
        {"name": "polled", **SUCCEEDING["jobs"], **background, "poll": 1},
        {"name": "polled failure", **FAILING["wrong password"], **background, "poll": 1},
    ]
    play = {"tasks": [*tasks, wait, *polled]}
    env = {**scenario.sandbox.get_addresses(), **scenario.callbacks}
    with ProcessMonitor() as watch:
        run = scenario.sandbox.start_playbook([play], "-vvvv", scenario.variables, env=env).wait()
    items = [event for event in run.events if event.task == "wait" and event.event.startswith("item")]
    assert [item.event for item in items] == ["item ok"] * 3 + ["item failed"] * 3, run.output
    assert [run.get_results(name)[0].event for name in ("polled", "polled failure")] == ["ok", "failed"], run.output
    assert len([file for file in scenario.sandbox.async_directory.iterdir() if file.stat().st_size]) >= len(chosen)
    scenario.assert_no_leaks(run, watch, environments=True)


@WORKER_AND_MODULE
def test_returned_tokens(scenario: LeakScenario, more: dict[str, Any]) -> None:
    """return_token and return_secret registered and used, lookups that succeed and fail, at -vvvv, without no_log."""
    asked = name_tasks(USING_THE_TOKEN)
    tasks = [task if "lookup" in task["name"] else {**task, **more} for task in asked]
    failing = name_tasks(FAILING_LOOKUPS, ignore_errors=True)
    play = {**scenario.from_variables, "tasks": [*tasks, *failing]}
    env = {**scenario.sandbox.get_addresses(), **scenario.callbacks}
    with ProcessMonitor() as watch:
        run = scenario.sandbox.start_playbook([play], "-vvvv", scenario.variables, env=env).wait()
    assert [result.event for result in run.results] == ["ok"] * len(tasks) + ["failed"] * len(failing), run.output
    scenario.assert_no_leaks(run, watch, environments=True)


def test_rejected_tokens_and_tokens_returned_in_a_loop(scenario: LeakScenario) -> None:
    """A granted token that the API repeats in its 401, in JSON and XML; return_token in a loop, and with async."""
    loop = {"greyops.rest.grepr_token": {"return_token": True}, "loop": [1, 2], "ignore_errors": True}
    background = {
        "greyops.rest.greymatter_token": {"return_token": True},
        "async": 60,
        "poll": 1,
        "ignore_errors": True,
    }
    refused = {"greyops.rest.greymatter_catalog_info": {}, "ignore_errors": True}
    plays = [
        {**scenario.from_variables, "tasks": name_tasks({"loop": loop, "background": background, "refused": refused})},
        {**scenario.from_variables, "become": True, "tasks": name_tasks({"refused with become": refused})},
    ]
    # Opaque, so that the server repeats them; all are rejected.
    scenario.simulator.switch(greymatter={"token_kind": "opaque", "error_format": "xml_default"})
    scenario.simulator.end_tokens(service="greymatter", always=True)
    for callback in ("ansible.builtin.default", "ansible.builtin.minimal", "ansible.builtin.oneline"):
        env = {**scenario.sandbox.get_addresses(), **scenario.callbacks, "ANSIBLE_STDOUT_CALLBACK": callback}
        with ProcessMonitor() as watch:
            run = scenario.sandbox.start_playbook(plays, "-vvvv", scenario.variables, env=env).wait()
        (background_result,) = run.get_results("background")
        assert background_result.event == "failed"
        assert "return_token cannot be used with async" in background_result.result["msg"]
        for name in ("refused", "refused with become"):
            assert run.get_result(name)["status"] == 401
            assert run.get_results(name)[0].event == "failed"
        scenario.assert_no_leaks(run, watch, environments=True)


@pytest.mark.parametrize("form", [[], ["--one-line"]], ids=["minimal", "oneline"])
def test_ad_hoc(scenario: LeakScenario, form: list[str]) -> None:
    """Ad hoc commands at -vvvv that request the token, read, and fail."""
    env = {**scenario.sandbox.get_addresses(), **scenario.sandbox.logins(), **scenario.callbacks}
    commands = [
        ("greyops.rest.grepr_token", "return_token=true", 0),
        ("greyops.rest.greymatter_catalog_info", "", 0),
        ("greyops.rest.greymatter_token", "username={{ username | quote }} password={{ wrong_password | quote }}", 2),
    ]
    for module, options, status in commands:
        arguments = ["-a", options, "-vvvv", scenario.variables, *form]
        with ProcessMonitor() as watch:
            run = scenario.sandbox.start_ad_hoc(module, *arguments, env=env).wait()
        assert run.status == status, run.output
        scenario.assert_no_leaks(run, watch, environments=False)


@pytest.mark.parametrize("held", ["client_secret", "wrong_secret"], ids=["read", "refused"])
def test_inventory(scenario: LeakScenario, held: str) -> None:
    """Pipelines as hosts, listed at -vvvv and kept in Ansible's cache: no secret, no token, with a wrong secret too."""
    cache = {
        "cache": True,
        "cache_plugin": "ansible.builtin.jsonfile",
        "cache_connection": str(scenario.sandbox.fact_cache),
    }
    source = scenario.sandbox.commands / "grepr.yml"
    source.write_text(yaml.safe_dump({"plugin": "greyops.rest.grepr", **cache}))
    logins = {**scenario.sandbox.logins(), "GREPR_CLIENT_SECRET": scenario.secrets.kept[held]}
    env = {**scenario.sandbox.get_addresses(), **logins, **scenario.callbacks}
    with ProcessMonitor() as watch:
        run = scenario.sandbox.start("ansible-inventory", "-i", source, "--list", "-vvvv", env=env).wait()
    watch.wait_for_end(str(scenario.sandbox.path))
    assert ("audit_logs" in run.output) == (held == "client_secret"), run.output
    search = scenario.secrets.search(scenario.simulator)
    assert search.find_in(run.output.encode()) == {}
    assert search.find_in_files(scenario.sandbox.iter_files(scenario.sandbox.commands / "secrets.yml")) == {}
    assert search.find_in(b"\n".join(watch.command_lines)) == {}


def test_role_facts(scenario: LeakScenario) -> None:
    """The role's facts, cached, contain values of the APIs and no secret."""
    role = {"name": "facts", "ansible.builtin.include_role": {"name": "greyops.rest.api_facts"}}
    variables = {
        "api_facts_grepr": True,
        "api_facts_greymatter": True,
        "api_facts_grepr_options": "{{ grepr }}",
        "api_facts_greymatter_options": "{{ greymatter }}",
        "api_facts_cacheable": True,
    }
    play = {"vars": variables, "tasks": [role]}
    with ProcessMonitor() as watch:
        run = scenario.sandbox.start_playbook([play], "-vvvv", scenario.variables, env={**scenario.callbacks}).wait()
    assert (run.status, run.failed) == (0, []), run.output
    (cached,) = scenario.sandbox.fact_cache.iterdir()
    facts = Path(cached).read_text(encoding="utf-8")
    assert "greyops_grepr_jobs" in facts
    assert "greyops_greymatter_catalogs" in facts
    scenario.assert_no_leaks(run, watch, environments=True)


# A library that raises an exception containing all its arguments, in every Python process started there.
_TALKATIVE_LIBRARY = """\
import requests

def send(self, request, **more):
    raise RuntimeError(f"{request.method} {request.url} {dict(request.headers)} {request.body!r}")

requests.adapters.HTTPAdapter.send = send
"""
_FAULTY = {
    name: SUCCEEDING[name]
    for name in ("log in", "log in there", "other client", "jobs", "catalogs", "key", "token in data")
}


def test_internal_errors(scenario: LeakScenario, mode: ExecutionMode) -> None:
    """An unexpected exception full of secrets: one sentence in its place, even if tracebacks are enabled."""
    library = scenario.sandbox.path / "library"
    library.mkdir()
    (library / "sitecustomize.py").write_text(_TALKATIVE_LIBRARY)
    broken = {"PYTHONPATH": str(library)}
    on_host = {"environment": broken, "ignore_errors": True}
    tasks = [*name_tasks(_FAULTY, **on_host), *name_tasks(FAILING_LOOKUPS, ignore_errors=True)]
    run, watch = scenario.play(tasks, mode, env={**broken, "ANSIBLE_DISPLAY_TRACEBACK": "always"})
    assert [result.event for result in run.results] == ["failed"] * len(tasks), run.output
    for result in run.results:
        assert "A fault in greyops.rest: RuntimeError at sitecustomize.py:4" in result.result["msg"]
    search = scenario.secrets.search(scenario.simulator)
    assert search.find_in(run.output.encode()) == {}
    assert search.find_in_files(scenario.sandbox.iter_files(scenario.sandbox.commands / "secrets.yml")) == {}
    assert search.find_in(b"\n".join([*watch.command_lines, *watch.environments])) == {}


@pytest.mark.parametrize("pipelining", [False, True], ids=["a file", "pipelining"])
def test_files_on_a_target_during_a_task(scenario: LeakScenario, pipelining: bool) -> None:
    """While a module runs, its arguments are in a file of core that only its user can read; with pipelining there is no
    file."""
    sandbox, simulator = scenario.sandbox, scenario.simulator
    search = scenario.secrets.search(simulator)
    simulator.fault("/api/v1/jobs", {"delay": 5})
    env = {**sandbox.get_addresses(), **scenario.callbacks, "ANSIBLE_PIPELINING": str(pipelining)}
    play = {**scenario.from_variables, "tasks": name_tasks({"jobs": SUCCEEDING["jobs"]})}
    with run_ssh_hosts(sandbox.path / "ssh", 1) as scenario.over_ssh, ProcessMonitor() as watch:
        running = sandbox.start_playbook([play], scenario.variables, hosts=scenario.over_ssh.inventory, env=env)
        assert simulator.wait_for_calls("/api/v1/jobs", 1, running.is_running)
        found = search.find_in_files(sandbox.iter_files(sandbox.commands / "secrets.yml"))
        modes = {stat.S_IMODE(path.stat().st_mode) for file in found for path in (Path(file), Path(file).parent)}
        run = running.wait()
        run.assert_success(1)
        assert all("AnsiballZ_grepr_job_info.py" in file for file in found), found
        assert bool(found) != pipelining
        assert not any(mode & 0o077 for mode in modes)
        scenario.assert_no_leaks(run, watch, environments=True)


# All that another user can read: command lines, environments, and every readable file.
_CURIOUS = """
while :; do
    cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ
    find "$0" -type f -exec cat {} +
    sleep 0.02
done
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can look with the eyes of another user")
def test_other_local_user(scenario: LeakScenario) -> None:
    """Another user of the controller reads all readable files repeatedly while tasks run: they contain no secret."""
    sandbox = scenario.sandbox
    sandbox.path.chmod(0o755)
    (sandbox.commands / "secrets.yml").chmod(0o600)
    env = {**sandbox.get_addresses(), **sandbox.logins(), **scenario.callbacks}
    tasks = [
        *name_tasks({**SUCCEEDING, **FAILING}, ignore_errors=True),
        *name_tasks({name: {**SUCCEEDING[name], "become": True} for name in ("jobs", "other client", "key")}),
    ]
    sight = sandbox.temporary / "sight"
    with sight.open("wb") as seen, ProcessMonitor() as watch:
        sight.chmod(0o600)
        curious = subprocess.Popen(
            ["/bin/sh", "-c", _CURIOUS, str(sandbox.path)],
            stdout=seen,
            stderr=subprocess.DEVNULL,
            user="nobody",
            group="nogroup",
            extra_groups=[],
            start_new_session=True,
        )
        try:
            sandbox.start_playbook([{"tasks": tasks}], "-vvvv", scenario.variables, env=env).wait()
        finally:
            os.killpg(curious.pid, signal.SIGKILL)
            curious.wait(10)
    content = sight.read_bytes()
    search = scenario.secrets.search(scenario.simulator)
    # Some values were visible, and some were not.
    assert b"AnsiballZ_gre" in content
    assert b"greyops.rest.grepr_job_info" in content
    assert search.find_in(b"\n".join(watch.environments))
    environment = f"SANDBOX_RESULTS={sandbox.commands}".encode()
    assert any(environment in one for one in watch.environments)
    assert environment not in content
    assert search.find_in(content) == {}


def test_core_masks_registered_secrets(scenario: LeakScenario, mode: ExecutionMode) -> None:
    """From ansible-core 2.22 on: secrets that a later task prints are masked, in any encoding, and so are tokens."""
    pytest.importorskip("ansible.module_utils.secrets", reason="core has masked by itself since 2.22")
    filters = ("", " | urlencode", " | to_json", " | to_json(ensure_ascii=false)", " | tojson", " | e")
    shown = [name + filter for name in ("client_secret", "password", "other_client_secret") for filter in filters]
    shown.append("lookup('greyops.rest.grepr_token', **grepr)")
    if mode == WORKER:
        # A module on another host does not register its secrets.
        shown.append("(other_client_id ~ ':' ~ other_client_secret) | b64encode")
    tasks = [
        *name_tasks({name: SUCCEEDING[name] for name in ("log in", "log in there", "other client")}),
        *name_tasks({form: {"ansible.builtin.debug": {"msg": f"it is {{{{ {form} }}}}"}} for form in shown}),
    ]
    run, watch = scenario.play(tasks, mode)
    run.assert_success(len(tasks))
    assert [form for form in shown if "$REDACTED$" not in run.get_result(form)["msg"]] == []
    scenario.assert_no_leaks(run, watch, environments=True)
