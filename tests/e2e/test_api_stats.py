# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The callback api_stats reports the numbers that the servers counted."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from ..support.sandbox import Sandbox
from ..support.simulator_client import CATALOG, SimulatorClient

ENABLED = {"ANSIBLE_CALLBACKS_ENABLED": "recorder,greyops.rest.api_stats", "ANSIBLE_LOAD_CALLBACK_PLUGINS": "1"}
JOBS: dict[str, Any] = {"greyops.rest.grepr_job_info": {}}
CATALOGS: dict[str, Any] = {"greyops.rest.greymatter_catalog_info": {}}
JOBS_PATH = "GET /api/v1/jobs"

_LINE = re.compile(r"^(grepr|greymatter|doctor) +: (.*)$", re.MULTILINE)

# On standard output the callback writes JSON only, at the end.
_JSON_CALLBACK = '''
import json
from ansible.plugins.callback import CallbackBase
DOCUMENTATION = """
name: tiny_json
type: stdout
short_description: Writes one document
description: Writes one document.
"""
class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "tiny_json"
    def v2_playbook_on_stats(self, stats):
        self._display.display(json.dumps({"hosts": sorted(stats.processed)}))
'''


def _build_environment(sandbox: Sandbox, **more: str) -> dict[str, str]:
    return {**sandbox.get_addresses(), **sandbox.logins(), **ENABLED, **more}


def _parse_stats(output: str) -> dict[str, dict[str, float]]:
    """The numbers in each line."""
    return {
        service: {name: float(number.rstrip("s")) for name, number in (pair.split("=") for pair in pairs.split())}
        for service, pairs in _LINE.findall(output)
    }


def _count_calls(simulator: SimulatorClient, *names: str) -> int:
    calls = simulator.counters()["calls"]
    return sum(calls.get(name, 0) for name in names)


def test_token_revoked_during_concurrent_hosts(sandbox: Sandbox, simulator: SimulatorClient) -> None:
    """20 hosts, tokens revoked twice during the play: all numbers match those of the simulator."""
    simulator.fault("/api/v1/jobs", {"delay": 0.05})
    tasks = [
        {"name": f"{kind} {number}", **task} for number in range(3) for kind, task in (("a", JOBS), ("b", CATALOGS))
    ]
    running = sandbox.start_playbook([{"tasks": tasks}], hosts=20, env=_build_environment(sandbox))
    for count in (10, 30):
        assert simulator.wait_for_calls("/api/v1/jobs", count, running.is_running)
        simulator.end_tokens(action="revoke")
    run = running.wait()
    run.assert_success(20 * len(tasks))
    counters = simulator.counters()
    stats = _parse_stats(run.output)
    grepr, greymatter = stats["grepr"], stats["greymatter"]
    assert grepr["calls"] == counters["calls"][JOBS_PATH]
    assert greymatter["calls"] == counters["calls"][f"GET {CATALOG}"]
    assert grepr["retries"] == counters["unauthorized"]["grepr"] > 0
    assert greymatter["retries"] == counters["unauthorized"]["greymatter"]
    assert grepr["granted"] == counters["grants"]["grepr"] > 1
    assert greymatter["granted"] == counters["grants"]["greymatter"] == 1
    assert greymatter["refreshed"] == counters["refreshes"]["greymatter"] > 0
    for service in (grepr, greymatter):
        assert service["granted"] + service["refreshed"] + service["reused"] == 20 * 3


def test_all_kinds_of_tasks(sandbox: Sandbox, simulator: SimulatorClient) -> None:
    """Loops, until, async jobs, other users, ignored failures, short names and the doctor: each attempt is counted
    once."""
    missing: dict[str, Any] = {"greyops.rest.grepr_request": {"path": "/v1/nothing"}, "ignore_errors": True}
    repeated = {**missing, "register": "attempt", "until": "attempt is success", "retries": 2, "delay": 0}
    background = {**CATALOGS, "async": 60}
    asked = {"ansible.builtin.async_status": {"jid": "{{ job.ansible_job_id }}"}}
    tasks: list[dict[str, Any]] = [
        JOBS,
        {"grepr_job_info": {}, "collections": ["greyops.rest"]},
        {**JOBS, "loop": [1, 2, 3]},
        {**JOBS, "become": True, "delegate_to": "host02"},
        missing,
        repeated,
        {**repeated, "loop": [1, 2]},
        {**background, "poll": 1},
        {**background, "poll": 0, "register": "job"},
        {**asked, "register": "state", "until": "state is finished", "retries": 60, "delay": 1},
        asked,
        {"greyops.rest.doctor": {}},
        {"ansible.builtin.debug": {"msg": "nothing to do with it"}},
    ]
    simulator.fault("/api/v1/jobs", {"status": 429, "headers": {"Retry-After": "1"}}, times=1)
    named = [{"name": f"task {number}", **task} for number, task in enumerate(tasks)]
    run = sandbox.start_playbook([{"tasks": named, "hosts": "host01"}], hosts=2, env=_build_environment(sandbox)).wait()
    assert run.status == 0, run.output
    stats = _parse_stats(run.output)
    nothing = _count_calls(simulator, "GET /api/v1/nothing")
    assert nothing == 1 + 3 + 2 * 3
    assert stats["doctor"]["calls"] == 3  # the manifest of Grepr, too
    assert stats["grepr"]["calls"] == _count_calls(simulator, JOBS_PATH) + nothing - 1
    assert stats["greymatter"]["calls"] == _count_calls(simulator, f"GET {CATALOG}") - 1 == 2
    assert (stats["grepr"]["retries"], stats["greymatter"]["retries"]) == (1, 0)
    assert 1 <= stats["grepr"]["waited"] < 3
    assert stats["grepr"]["granted"] == simulator.grants()
    assert sum(stats["grepr"][name] for name in ("granted", "refreshed", "reused")) == 6 + nothing
    assert "hidden" not in stats["grepr"]
    assert "API STATS ****" in run.output


def test_hidden_results(sandbox: Sandbox, simulator: SimulatorClient) -> None:
    """Results hidden from the output are counted as hidden, and neither the callback nor the output shows a token."""
    tasks: list[dict[str, Any]] = [
        {"greyops.rest.grepr_token": {"return_token": True}},
        {**JOBS, "no_log": True},
        JOBS,
    ]
    run = sandbox.play(
        [{"name": f"task {number}", **task} for number, task in enumerate(tasks)], env=_build_environment(sandbox)
    )
    run.assert_success(3)
    assert _parse_stats(run.output)["grepr"] == {
        "calls": 1, "retries": 0, "waited": 0, "granted": 0, "refreshed": 0, "reused": 1, "hidden": 2,
    }  # fmt: skip
    assert not any(token in run.output for token in simulator.issued_tokens())


def test_user_supplied_keys_and_tokens(sandbox: Sandbox, simulator: SimulatorClient) -> None:
    """User-supplied keys and tokens are not logins, and are counted separately."""
    (token,) = _token(sandbox, simulator)
    env = {**sandbox.get_addresses(), **ENABLED}
    options = [{"api_key": "{{ key }}"}, {"access_token": "{{ token }}"}]
    tasks = [{"name": next(iter(option)), "greyops.rest.grepr_job_info": option} for option in options]
    variables = sandbox.variables("own.yml", {"key": sandbox.credentials.api_key, "token": token})
    run = sandbox.play(tasks, variables, env=env)
    run.assert_success(2)
    assert _parse_stats(run.output)["grepr"] == {
        "calls": 2, "retries": 0, "waited": 0, "granted": 0, "refreshed": 0, "reused": 0, "given": 1, "api_key": 1,
    }  # fmt: skip


def _token(sandbox: Sandbox, simulator: SimulatorClient) -> list[str]:
    sandbox.play([{"name": "login", "greyops.rest.grepr_token": {}}]).assert_success(1)
    return simulator.issued_tokens()


@pytest.mark.parametrize("callback", ["default", "minimal", "oneline"])
def test_stdout_callbacks(sandbox: Sandbox, callback: str) -> None:
    """The lines are shown with every callback that writes text, ad hoc too."""
    env = _build_environment(sandbox, ANSIBLE_STDOUT_CALLBACK=f"ansible.builtin.{callback}")
    run = sandbox.play([{"name": "jobs", **JOBS}], env=env)
    assert _parse_stats(run.output)["grepr"]["granted"] == 1
    ad_hoc = sandbox.start_ad_hoc("greyops.rest.grepr_job_info", env=env).wait()
    assert _parse_stats(ad_hoc.output)["grepr"]["reused"] == 1
    silent = sandbox.play([{"name": "other", "ansible.builtin.ping": {}}], env=env)
    assert "API STATS" not in silent.output


def test_json_on_stdout(sandbox: Sandbox) -> None:
    """With a callback that writes JSON, standard output contains JSON only."""
    plugins = sandbox.path / "plugins"
    plugins.mkdir()
    (plugins / "tiny_json.py").write_text(_JSON_CALLBACK)
    aside = sandbox.path / "stderr"
    sandbox.wrapper = ("sh", "-c", f'exec "$@" 2> {aside}', "sh")
    env = {"ANSIBLE_CALLBACK_PLUGINS": str(plugins), "ANSIBLE_STDOUT_CALLBACK": "tiny_json"}
    env["ANSIBLE_CALLBACKS_ENABLED"] = "greyops.rest.api_stats"
    run = sandbox.play([{"name": "jobs", **JOBS}], env=_build_environment(sandbox, **env))
    assert json.loads(run.output) == {"hosts": ["host01"]}
    assert _parse_stats(aside.read_text())["grepr"]["calls"] == 1
