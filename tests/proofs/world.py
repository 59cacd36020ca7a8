# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A world of its own for real Ansible commands: home, store, caches, credentials, inventory, and what came of it."""

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

from .simulator import SPECIAL, Simulator

AIDS = Path(__file__).resolve().parent / "aids"
# One that hangs is a failure, not a reason to wait.
LONGEST_RUN = 240
# Nothing of the caller's may decide how a proof ends.
_KEPT = ("PATH", "LANG", "TMPDIR", "ANSIBLE_COLLECTIONS_PATH")

Tasks = Sequence[Mapping[str, Any]]

# What makes a task run in the worker, and as a module's process. In short, the worker is enough for what both share.
BOTH_HOSTS = pytest.mark.parametrize("more", [{}, {"become": True}], ids=["worker", "module"])
MODULE_AT_LENGTH = pytest.mark.parametrize(
    "more", [pytest.param({}, id="worker"), pytest.param({"become": True}, id="module", marks=pytest.mark.slow)]
)
STRATEGIES = pytest.mark.parametrize("strategy", ["linear", pytest.param("free", marks=pytest.mark.slow)])


def secret(kind: str) -> str:
    """A secret of special characters around a middle that can be searched for in any encoding."""
    return f"{kind[:1]}{SPECIAL}{secrets.token_hex(10)}{SPECIAL}"


@dataclass(frozen=True)
class Credentials:
    """What the world logs in with: special characters wherever a header allows them."""

    client_id: str = "client & söhne"
    client_secret: str = field(default_factory=lambda: secret("client"))
    api_key: str = field(default_factory=lambda: f"key&=%+\"'<{secrets.token_hex(10)}>")
    username: str = "jörg & co=1%+"
    password: str = field(default_factory=lambda: secret("password"))
    other_client_id: str = "müller"
    other_client_secret: str = field(default_factory=lambda: secret("other"))

    def settings(self) -> dict[str, Any]:
        """Switches that make a simulator know them."""
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
    """A task on a host, or one item of its loop."""

    event: str
    host: str
    task: str
    ignored: bool
    result: dict[str, Any]


@dataclass(frozen=True)
class Run:
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

    def of(self, task: str) -> list[TaskResult]:
        return [result for result in self.results if result.task == task]

    def one(self, task: str) -> dict[str, Any]:
        """The result of a task that ran once."""
        (found,) = self.of(task)
        return found.result

    def warnings(self, words: str) -> int:
        """How many warnings hold these words, wherever their lines are broken."""
        found = " ".join(self.output.split()).split("[WARNING]:")[1:]
        return sum(words in warning for warning in found)

    def check(self, count: int) -> None:
        """All went well, and as many results came as were expected."""
        assert not self.failed, self.output
        assert (self.status, len(self.results)) == (0, count), self.output


class Running:
    """A command on its way."""

    def __init__(self, process: subprocess.Popen[str], record: Path) -> None:
        self.process = process
        self._record = record

    def goes_on(self) -> bool:
        return self.process.poll() is None

    def end(self) -> Run:
        try:
            output, _complaints = self.process.communicate(timeout=LONGEST_RUN)
        except subprocess.TimeoutExpired:
            self.process.kill()
            output, _complaints = self.process.communicate()
            raise AssertionError(f"no end after {LONGEST_RUN} s:\n{output}") from None
        lines = self._record.read_text(encoding="utf-8").splitlines() if self._record.exists() else []
        return Run(self.process.returncode, output, [TaskResult(**json.loads(line)) for line in lines])


class World:
    """Directories below one that is this world's alone, and commands that run in it."""

    def __init__(self, place: Path, simulator: Simulator) -> None:
        self.place = place
        self.simulator = simulator
        self.credentials = Credentials()
        self.home = place / "home"
        self.store = self.home / ".ansible" / "greyops.rest" / "tokens"
        self.async_directory = place / "async"
        self.fact_cache = place / "facts"
        self.log = place / "ansible.log"
        self.temporary = place / "temporary"
        self.commands = place / "commands"
        for directory in (self.home, self.temporary, self.commands):
            directory.mkdir(parents=True)
        # A command that starts the commands, with other rights or mounts than those of the tests.
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
            # A home that the user database does not know breaks the default, which begins with a tilde.
            "ANSIBLE_ASYNC_DIR": str(self.async_directory),
            "ANSIBLE_LOG_PATH": str(self.log),
            "ANSIBLE_CACHE_PLUGIN": "ansible.builtin.jsonfile",
            "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(self.fact_cache),
            "ANSIBLE_BECOME_PLUGINS": str(AIDS / "become"),
            "ANSIBLE_CALLBACK_PLUGINS": str(AIDS / "callback"),
            "ANSIBLE_CALLBACKS_ENABLED": "recorder",
            "ANSIBLE_BECOME_METHOD": "oneself",
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_RETRY_FILES_ENABLED": "0",
        }

    def addresses(self, url: str | None = None) -> dict[str, str]:
        """Variables that say where the APIs are, and nothing secret."""
        base = url or self.simulator.http
        return {"GREPR_API_BASE_URL": f"{base}/api", "GREPR_AUTH_BASE_URL": base, "GREYMATTER_API_URL": base}

    def logins(self) -> dict[str, str]:
        """Variables with the credentials of both APIs; the key is not among them, so that tokens are used."""
        given = self.credentials
        return {
            "GREPR_CLIENT_ID": given.client_id,
            "GREPR_CLIENT_SECRET": given.client_secret,
            "GREYMATTER_USERNAME": given.username,
            "GREYMATTER_PASSWORD": given.password,
        }

    def start(self, program: str, *arguments: str | Path, env: Mapping[str, str] | None = None) -> Running:
        """Start a command with these variables; if none are given, with addresses and logins."""
        self._count += 1
        record = self.commands / f"{self._count}.jsonl"
        variables = {**self.addresses(), **self.logins()} if env is None else env
        process = subprocess.Popen(
            [*self.wrapper, sys.executable, str(Path(sys.executable).with_name(program)), *map(str, arguments)],
            env={**self._base, "PROOFS_RESULTS": str(record), **variables},
            cwd=self.place,
            text=True,
            encoding="utf-8",
            errors="replace",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            umask=0,
        )
        return Running(process, record)

    def start_playbook(
        self,
        plays: Sequence[Mapping[str, Any]],
        *arguments: str | Path,
        hosts: int | Path = 1,
        forks: int = 20,
        env: Mapping[str, str] | None = None,
    ) -> Running:
        """Start plays on so many local hosts, or on those of an inventory.

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
    ) -> Run:
        """Run one play to its end."""
        plays = [{**play, "tasks": list(tasks)}]
        return self.start_playbook(plays, *arguments, hosts=hosts, forks=forks, env=env).end()

    def start_ad_hoc(self, module: str, *arguments: str | Path, env: Mapping[str, str] | None = None) -> Running:
        """Start one module on one host."""
        return self.start("ansible", "-i", self._inventory(1), "all", "-m", module, *arguments, env=env)

    def variables(self, name: str, values: Mapping[str, Any]) -> str:
        """An argument that brings variables from a file, so that no command line holds them."""
        return f"-e@{self._write(name, values)}"

    def stored(self) -> list[Path]:
        """The records in the default store."""
        return sorted(self.store.glob("*.token"))

    def files(self, *but: Path) -> Iterator[Path]:
        """Every file below this world, but what lies below some of its parts."""
        for file in sorted(self.place.rglob("*")):
            if file.is_file() and not any(file.is_relative_to(part) for part in but):
                yield file

    def _inventory(self, hosts: int) -> Path:
        local = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
        names: dict[str, Any] = {f"host{number:02}": {} for number in range(1, hosts + 1)}
        return self._write(f"hosts-{hosts}.yml", {"all": {"hosts": names, "vars": local}})

    def _write(self, name: str, content: object) -> Path:
        file = self.commands / name
        file.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")
        return file
