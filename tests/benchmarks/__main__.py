# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whole runs of ansible-playbook against the floor (ansible.builtin.debug) and the alternative (ansible.builtin.uri).

All kinds of a scene run in turn in one go, so that a busy machine slows them alike; the medians are compared. The last
scene is an account of many pipelines that are as described: grepr_jobs against loops of grepr_job and of uri.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.simulator_client import run_simulator

JOBS = "processing=STREAMING&execution=ASYNCHRONOUS"

TASKS: dict[str, dict[str, Any]] = {
    "debug": {"ansible.builtin.debug": {"msg": "hello"}},
    "greyops.rest": {"greyops.rest.grepr_job_info": {"processing": "STREAMING", "execution": "ASYNCHRONOUS"}},
    "uri": {
        "ansible.builtin.uri": {
            "url": "{{ lookup('env', 'GREPR_API_BASE_URL') }}/v1/jobs?" + JOBS,
            "headers": {"Authorization": "Bearer {{ lookup('env', 'BENCHMARK_TOKEN') }}"},
            "return_content": True,
        }
    },
}

LOOP = {"loop": "{{ range(100) | list }}", "loop_control": {"label": "{{ item }}"}}


def play(hosts: str, tasks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"hosts": hosts, "gather_facts": False, "tasks": tasks}]


SCENARIOS = {
    "10 hosts x 10 tasks, 10 forks": lambda task: play("all", [task] * 10),
    "a loop of 100 on one host": lambda task: play("host01", [{**task, **LOOP}]),
}


def environment(folder: Path, services: dict[str, Any]) -> dict[str, str]:
    grepr = services["grepr"]
    return {
        **os.environ,
        "ANSIBLE_HOME": str(folder / "home"),
        "ANSIBLE_FORKS": "10",
        "GREPR_API_BASE_URL": grepr["api_url"],
        "GREPR_AUTH_BASE_URL": grepr["auth_url"],
        "GREPR_CLIENT_ID": grepr["client_id"],
        "GREPR_CLIENT_SECRET": grepr["client_secret"],
    }


def token(services: dict[str, Any]) -> str:
    """Fetch a token in advance, as a user of the uri module alone would do."""
    import requests

    grepr = services["grepr"]
    body = {
        "client_id": grepr["client_id"],
        "client_secret": grepr["client_secret"],
        "audience": "service",
        "grant_type": "client_credentials",
    }
    return str(requests.post(f"{grepr['auth_url']}/oauth/token", json=body, timeout=30).json()["access_token"])


def seconds(folder: Path, name: str, plays: list[dict[str, Any]], variables: dict[str, str]) -> float:
    playbook = folder / f"{name}.yml"
    playbook.write_text(json.dumps(plays))
    command = [Path(sys.executable).with_name("ansible-playbook"), "-i", folder / "inventory.json", playbook]
    start = time.perf_counter()
    run = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    elapsed = time.perf_counter() - start
    if run.returncode:
        raise SystemExit(f"{name} failed:\n{run.stdout}\n{run.stderr}")
    return elapsed


def in_turn(
    folder: Path, kinds: dict[str, list[dict[str, Any]]], variables: dict[str, str], rounds: int, once: str
) -> dict[str, float]:
    """The median duration of each kind of play, in seconds; one kind, which is slow, runs once."""
    times: dict[str, list[float]] = {kind: [] for kind in kinds}
    for number in range(rounds):
        for kind, plays in kinds.items():
            if kind != once or number == 0:
                times[kind].append(seconds(folder, kind, plays, variables))
    return {kind: statistics.median(values) for kind, values in times.items()}


def small_tasks(folder: Path, variables: dict[str, str], rounds: int) -> None:
    for scenario, plays in SCENARIOS.items():
        kinds = {kind: plays(task) for kind, task in TASKS.items()}
        medians = in_turn(folder, kinds, variables, rounds, once="uri")
        ours = medians["greyops.rest"]
        print(f"{scenario}:")
        print("  " + ", ".join(f"{kind} {value:.2f} s" for kind, value in medians.items()))
        print(
            f"  {ours / medians['debug']:.2f} x debug, {medians['uri'] / ours:.1f} times faster than uri",
            flush=True,
        )


PIPELINES = 1000
# uri takes minutes for all of them, so it gets this many; the time for one is compared.
PIPELINES_OF_URI = 100
GRAPH: dict[str, Any] = {
    "vertices": [
        {"type": "datadog-log-agent-source", "name": "source", "integrationId": "0jn5rdc93r10t"},
        {"type": "grok-parser", "name": "parser", "grokParsingRules": ["rule %{word:level} %{data:message}"]},
        {"type": "logs-filter", "name": "prod", "predicate": {"type": "datadog-query", "query": "env:prod"}},
        {"type": "logs-iceberg-table-sink", "name": "lake", "datasetId": "0kabdv8yo9q99"},
        {"type": "datadog-log-sink", "name": "sink", "integrationId": "0jn5rdc93r10t"},
    ],
    "edges": ["source -> parser", "parser -> lake", "parser -> prod", "prod -> sink"],
}


def many_pipelines(folder: Path, services: dict[str, Any], variables: dict[str, str], rounds: int) -> None:
    """Each time is the duration of a complete run minus that of an empty run, for one pipeline."""
    import requests

    account = {"count": PIPELINES, "prefix": "web_", "job": {"jobGraph": GRAPH, "tags": {"env": "prod"}}}
    requests.post(f"{services['admin']}/jobs/generate", json=account, timeout=30).raise_for_status()
    names = [f"web_{number:05}" for number in range(1, PIPELINES + 1)]
    described = folder / "pipelines.json"
    described.write_text(json.dumps([{"name": name, "job_graph": GRAPH, "tags": {"env": "prod"}} for name in names]))
    pipelines = f"lookup('ansible.builtin.file', '{described}') | from_json"
    label = {"loop_control": {"label": "{{ item.name }}"}}
    one = {name: f"{{{{ item.{name} }}}}" for name in ("name", "job_graph", "tags")}
    ours = {"greyops.rest.grepr_jobs": {"jobs": f"{{{{ {pipelines} }}}}"}}
    loop = {"greyops.rest.grepr_job": one, "loop": f"{{{{ {pipelines} }}}}", **label}
    address = "{{ lookup('env', 'GREPR_API_BASE_URL') }}/v1/jobs?latest=true&name={{ item.name }}"
    call = {"ansible.builtin.uri": {**TASKS["uri"]["ansible.builtin.uri"], "url": address}}
    uri = {**call, "loop": f"{{{{ ({pipelines})[:{PIPELINES_OF_URI}] }}}}", **label}
    tasks = {"nothing": TASKS["debug"], "grepr_jobs": ours, "grepr_job": loop, "uri": uri}
    kinds = {kind: play("host01", [task]) for kind, task in tasks.items()}
    medians = in_turn(folder, kinds, variables, rounds, once="uri")
    for_one = {
        kind: (medians[kind] - medians["nothing"]) / (PIPELINES_OF_URI if kind == "uri" else PIPELINES) * 1000
        for kind in ("grepr_jobs", "grepr_job", "uri")
    }
    print(f"{PIPELINES} pipelines that are as described, uri with {PIPELINES_OF_URI} of them:")
    print("  " + ", ".join(f"{kind} {value:.2f} s" for kind, value in medians.items()))
    print("  for each pipeline: " + ", ".join(f"{kind} {value:.1f} ms" for kind, value in for_one.items()))
    print(
        f"  grepr_jobs is {for_one['grepr_job'] / for_one['grepr_jobs']:.0f} times faster than a loop of grepr_job "
        f"and {for_one['uri'] / for_one['grepr_jobs']:.0f} times faster than a loop of uri",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="how often each kind runs (uri once)")
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as name, run_simulator(Path(name)) as simulator:
        folder, services = Path(name), simulator.ready_info
        hosts = {f"host{number:02}": {} for number in range(1, 11)}
        local = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
        (folder / "inventory.json").write_text(json.dumps({"all": {"hosts": hosts, "vars": local}}))
        variables = {**environment(folder, services), "BENCHMARK_TOKEN": token(services)}
        small_tasks(folder, variables, rounds)
        many_pipelines(folder, services, variables, rounds)


if __name__ == "__main__":
    main()
