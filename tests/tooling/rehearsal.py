"""The simulator by itself, and the demonstration: two playbooks and two ad-hoc commands against it."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import gates
from cores import RUNTIME, SIMULATOR, newest
from environments import Environment, environment
from places import ROOT, temporary_directory
from running import Log

_PATIENCE = 30.0  # seconds until the simulator has to be ready, and until it has to be gone


def run_simulator(*arguments: str) -> int:
    """In the foreground, until interrupted."""
    python = newest().python
    assert python is not None
    tools = environment("simulator", python, SIMULATOR)
    sys.stdout.flush()
    os.chdir(ROOT)
    command = [str(tools.python), "tests/simulator", "--friendly", *arguments]
    os.execve(tools.python, command, {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})


@contextmanager
def _simulator(ansible: Environment, directory: Path) -> Iterator[dict[str, Any]]:
    """A simulator on free ports. What it says of itself when it is ready: addresses and credentials."""
    ready = directory / "ready.json"
    command: list[str | Path] = [ansible.python, ROOT / "tests" / "simulator", "--port", "0", "--tls-port", "0"]
    command += ["--directory", directory / "simulator", "--ready", ready]
    with (directory / "simulator.log").open("w") as log:
        process = subprocess.Popen(
            command, cwd=directory, env=ansible.variables(directory), stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
        try:
            deadline = time.monotonic() + _PATIENCE
            while not ready.exists():
                if process.poll() is not None or time.monotonic() > deadline:
                    raise SystemExit(f"the simulator did not start:\n{(directory / 'simulator.log').read_text()}")
                time.sleep(0.05)
            yield json.loads(ready.read_text())
        finally:
            process.terminate()
            try:
                process.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _variables(ansible: Environment, directory: Path, simulator: dict[str, Any]) -> dict[str, str]:
    grepr, greymatter = simulator["grepr"], simulator["greymatter"]
    return ansible.variables(
        directory,
        ANSIBLE_HOME=directory / "ansible",
        ANSIBLE_COLLECTIONS_PATH=directory,
        ANSIBLE_CALLBACK_RESULT_FORMAT="yaml",
        ANSIBLE_LOCALHOST_WARNING="false",
        ANSIBLE_INVENTORY_UNPARSED_WARNING="false",
        GREYOPS_TOKEN_STORE_PATH=directory / "tokens",
        GREPR_API_BASE_URL=grepr["api_url"],
        GREPR_AUTH_BASE_URL=grepr["auth_url"],
        GREPR_CLIENT_ID=grepr["client_id"],
        GREPR_CLIENT_SECRET=grepr["client_secret"],
        GREYMATTER_API_URL=greymatter["api_url"],
        GREYMATTER_USERNAME=greymatter["username"],
        GREYMATTER_PASSWORD=greymatter["password"],
        SIMULATOR_ADMIN=simulator["admin"],
        **({"ANSIBLE_FORCE_COLOR": "true"} if sys.stdout.isatty() else {}),
    )


AD_HOC = ["ansible", "localhost", "-m"]


def run_demo() -> int:
    ansible = newest().environment("demo", RUNTIME, SIMULATOR)
    commands = [
        ["ansible-playbook", "playbooks/quickstart.yml"],
        ["ansible-playbook", "playbooks/grepr_as_code.yml"],
        [
            "ansible",
            "localhost",
            "-m",
            "greyops.rest.grepr_job_info",
            "-a",
            "execution=ASYNCHRONOUS processing=STREAMING",
        ],
        ["ansible", "localhost", "-m", "greyops.rest.greymatter_catalog_info"],
    ]
    with temporary_directory() as directory:
        with Log("demo") as log:
            gates.install_collection(ansible, log, gates.build_collection(ansible, log, directory), directory)
        with _simulator(ansible, directory) as simulator:
            variables = _variables(ansible, directory, simulator)
            for command in commands:
                print(f"\n$ {shlex.join(command)}", flush=True)
                program = ansible.bin / command[0]
                status = subprocess.run([program, *command[1:]], cwd=ROOT, env=variables, check=False).returncode
                if status:
                    print(f"\nThe demonstration failed: {command[0]} ended with status {status}.")
                    return status
    return 0
