# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An isolated environment for real Ansible commands: home, store, caches, credentials, inventory, and results."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from .simulator_client import SimulatorClient

_PLUGINS = Path(__file__).resolve().parent / "plugins"
# Commands that exceed this time fail.
MAX_RUN_SECONDS = 240
# No other variable of the environment may affect a test.
_KEPT = ("PATH", "LANG", "TMPDIR", "ANSIBLE_COLLECTIONS_PATH")

# Breaks forms, headers, URLs, JSON, markup and shells if it is not encoded.
SPECIAL_CHARACTERS = "&=%41+ \"'ü<b>\\n$(x)/#?;"

Tasks = Sequence[Mapping[str, Any]]

# Run a task in the worker and in a module's process. Without the slow tests, the worker covers what both share.
WORKER_AND_MODULE = pytest.mark.parametrize("more", [{}, {"become": True}], ids=["worker", "module"])
WORKER_AND_SLOW_MODULE = pytest.mark.parametrize(
    "more", [pytest.param({}, id="worker"), pytest.param({"become": True}, id="module", marks=pytest.mark.slow)]
)
STRATEGIES = pytest.mark.parametrize("strategy", ["linear", pytest.param("free", marks=pytest.mark.slow)])


def create_secret(kind: str) -> str:
    """A secret of special characters around a middle that can be searched for in any encoding."""
    return f"{kind[:1]}{SPECIAL_CHARACTERS}{secrets.token_hex(10)}{SPECIAL_CHARACTERS}"


@dataclass(frozen=True)
class Credentials:
    """The credentials of the sandbox: special characters wherever a header allows them."""

    client_id: str = "client & söhne"
    client_secret: str = field(default_factory=lambda: create_secret("client"))
    api_key: str = field(default_factory=lambda: f"key&=%+\"'<{secrets.token_hex(10)}>")
    username: str = "jörg & co=1%+"
    password: str = field(default_factory=lambda: create_secret("password"))
    other_client_id: str = "müller"
    other_client_secret: str = field(default_factory=lambda: create_secret("other"))

    def settings(self) -> dict[str, Any]:
        """Settings with which a simulator accepts the credentials."""
        butler = {"client_id": "butler", "client_secret": "butler"}
        other = {"client_id": self.other_client_id, "client_secret": self.other_client_secret}
        return {
            "grepr": {
                "credentials": [{"client_id": self.client_id, "client_secret": self.client_secret}],
                "api_keys": [self.api_key],
            },
            "greymatter": {
                "users": [{"username": self.username, "password": self.password}],
                "clients": [butler, other],
            },
        }


@dataclass(frozen=True)
class TaskResult:
    """The result of a task on a host, or of one item of its loop."""

    event: str
    host: str
    task: str
    ignored: bool
    result: dict[str, Any]


@dataclass(frozen=True)
class CommandResult:
    """A command that has ended."""

    status: int
    output: str
    events: list[TaskResult]

    @property
    def results(self) -> list[TaskResult]:
        """One for each task on each host."""
        return [event for event in self.events if event.event in ("ok", "failed", "unreachable", "skipped")]

    @property
    def failed(self) -> list[TaskResult]:
        return [result for result in self.results if result.event in ("failed", "unreachable")]

    def get_results(self, task: str) -> list[TaskResult]:
        return [result for result in self.results if result.task == task]

    def get_result(self, task: str) -> dict[str, Any]:
        """The result of a task that ran once."""
        (found,) = self.get_results(task)
        return found.result

    def count_warnings(self, words: str) -> int:
        """How many warnings contain these words, with any line breaks."""
        found = " ".join(self.output.split()).split("[WARNING]:")[1:]
        return sum(words in warning for warning in found)

    def assert_success(self, count: int) -> None:
        """Assert that all tasks succeeded, with the expected number of results."""
        assert not self.failed, self.output
        assert (self.status, len(self.results)) == (0, count), self.output


class RunningCommand:
    """A running command."""

    def __init__(self, process: subprocess.Popen[str], record: Path) -> None:
        self.process = process
        self._record = record

    def is_running(self) -> bool:
        return self.process.poll() is None

    def wait(self) -> CommandResult:
        try:
            output, _complaints = self.process.communicate(timeout=MAX_RUN_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            output, _complaints = self.process.communicate()
            raise AssertionError(f"still running after {MAX_RUN_SECONDS} s:\n{output}") from None
        lines = self._record.read_text(encoding="utf-8").splitlines() if self._record.exists() else []
        return CommandResult(self.process.returncode, output, [TaskResult(**json.loads(line)) for line in lines])


class Sandbox:
    """A directory for each purpose below a common one, and the commands that run there."""

    def __init__(self, path: Path, simulator: SimulatorClient) -> None:
        self.path = path
        self.simulator = simulator
        self.credentials = Credentials()
        self.home = path / "home"
        self.store = self.home / ".ansible" / "greyops.rest" / "tokens"
        self.async_directory = path / "async"
        self.fact_cache = path / "facts"
        self.log = path / "ansible.log"
        self.temporary = path / "temporary"
        self.commands = path / "commands"
        for directory in (self.home, self.temporary, self.commands):
            directory.mkdir(parents=True)
        # A command that starts the commands, with other permissions or mounts than those of the tests.
        self.wrapper: tuple[str, ...] = ()
        self._count = 0
        self._base = {
            **{name: os.environ[name] for name in _KEPT if name in os.environ},
            "LC_ALL": "C.UTF-8",
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            "PYTHONDONTWRITEBYTECODE": "1",
            "HOME": str(self.home),
            "TMPDIR": str(self.temporary),
            "ANSIBLE_HOME": str(self.home / ".ansible"),
            "ANSIBLE_LOCAL_TEMP": str(self.temporary / "local"),
            "ANSIBLE_REMOTE_TEMP": str(self.temporary / "remote"),
            # A home that the user database does not contain breaks the default, which begins with a tilde.
            "ANSIBLE_ASYNC_DIR": str(self.async_directory),
            "ANSIBLE_LOG_PATH": str(self.log),
            "ANSIBLE_CACHE_PLUGIN": "ansible.builtin.jsonfile",
            "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(self.fact_cache),
            "ANSIBLE_BECOME_PLUGINS": str(_PLUGINS / "become"),
            "ANSIBLE_CALLBACK_PLUGINS": str(_PLUGINS / "callback"),
            "ANSIBLE_CALLBACKS_ENABLED": "recorder",
            "ANSIBLE_BECOME_METHOD": "same_user",
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_RETRY_FILES_ENABLED": "0",
        }

    def get_addresses(self, url: str | None = None) -> dict[str, str]:
        """Environment variables with the API URLs, without secrets."""
        base = url or self.simulator.http
        return {"GREPR_API_BASE_URL": f"{base}/api", "GREPR_AUTH_BASE_URL": base, "GREYMATTER_API_URL": base}

    def logins(self) -> dict[str, str]:
        """Environment variables with the credentials of both APIs, without the API key, so that tokens are used."""
        given = self.credentials
        return {
            "GREPR_CLIENT_ID": given.client_id,
            "GREPR_CLIENT_SECRET": given.client_secret,
            "GREYMATTER_USERNAME": given.username,
            "GREYMATTER_PASSWORD": given.password,
        }

    def start(self, program: str, *arguments: str | Path, env: Mapping[str, str] | None = None) -> RunningCommand:
        """Start a command with these variables; if none are given, with addresses and logins."""
        self._count += 1
        record = self.commands / f"{self._count}.jsonl"
        variables = {**self.get_addresses(), **self.logins()} if env is None else env
        process = subprocess.Popen(
            [*self.wrapper, sys.executable, str(Path(sys.executable).with_name(program)), *map(str, arguments)],
            env={**self._base, "SANDBOX_RESULTS": str(record), **variables},
            cwd=self.path,
            text=True,
            encoding="utf-8",
            errors="replace",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            umask=0,
        )
        return RunningCommand(process, record)

    def start_playbook(
        self,
        plays: Sequence[Mapping[str, Any]],
        *arguments: str | Path,
        hosts: int | Path = 1,
        forks: int = 20,
        env: Mapping[str, str] | None = None,
    ) -> RunningCommand:
        """Start plays on a number of local hosts, or on those of an inventory.

        Each play gets ``hosts`` and ``gather_facts`` unless it has them.
        """
        whole = [{"hosts": "all", "gather_facts": False, **play} for play in plays]
        playbook = self._write(f"playbook-{self._count}.yml", whole)
        inventory = hosts if isinstance(hosts, Path) else self._inventory(hosts)
        return self.start("ansible-playbook", "-i", inventory, "-f", str(forks), *arguments, playbook, env=env)

    def play(
        self,
        tasks: Tasks,
        *arguments: str | Path,
        hosts: int | Path = 1,
        forks: int = 20,
        env: Mapping[str, str] | None = None,
        **play: Any,
    ) -> CommandResult:
        """Run one play to its end."""
        plays = [{**play, "tasks": list(tasks)}]
        return self.start_playbook(plays, *arguments, hosts=hosts, forks=forks, env=env).wait()

    def start_ad_hoc(self, module: str, *arguments: str | Path, env: Mapping[str, str] | None = None) -> RunningCommand:
        """Start one module on one host."""
        return self.start("ansible", "-i", self._inventory(1), "all", "-m", module, *arguments, env=env)

    def variables(self, name: str, values: Mapping[str, Any]) -> str:
        """An argument that reads variables from a file, so that no command line contains them."""
        return f"-e@{self._write(name, values)}"

    def get_stored_records(self) -> list[Path]:
        """The records in the default store."""
        return sorted(self.store.glob("*.token"))

    def iter_files(self, *excluded: Path) -> Iterator[Path]:
        """Every file in the sandbox except below the given paths."""
        for file in sorted(self.path.rglob("*")):
            if file.is_file() and not any(file.is_relative_to(part) for part in excluded):
                yield file

    def _inventory(self, hosts: int) -> Path:
        local = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
        names: dict[str, Any] = {f"host{number:02}": {} for number in range(1, hosts + 1)}
        return self._write(f"hosts-{hosts}.yml", {"all": {"hosts": names, "vars": local}})

    def _write(self, name: str, content: object) -> Path:
        file = self.commands / name
        file.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")
        return file
