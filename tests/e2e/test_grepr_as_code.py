# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands of the guide to Grepr as code work."""

from __future__ import annotations

import re
import shlex
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from ..support.reliability_report import RecordMeasurement
from ..support.sandbox import CommandResult, Sandbox

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "docsite" / "rst" / "guide_grepr_as_code.rst"
PLAYBOOK = ROOT / "playbooks" / "grepr_as_code.yml"
_BLOCK = re.compile(r"^\.\. code-block:: (\S+)\n\n((?:    .*\n|\n)+)", re.MULTILINE)
_NAMED = re.compile(r"# (\S+\.yml)\n")
_IN_TABLE = re.compile(r"``GREPR\.(\w+)(?: -a (?:'([^']*)'|(\S+)))?``")
# Grepr's rendering of templates is not documented; the simulator only substitutes text.
_PREDICATE = '{"type": "datadog-query", "query": ${service}}'
_TEMPLATE = f'{{"vertices": [{{"type": "logs-filter", "name": "filter", "predicate": {_PREDICATE}}}], "edges": []}}'


def _iter_blocks(kind: str = "") -> Iterator[tuple[str, str]]:
    for found in _BLOCK.finditer(GUIDE.read_text(encoding="utf-8")):
        if found[1].startswith(kind):
            yield found[1], textwrap.dedent(found[2]).strip() + "\n"


def _parse_commands(text: str) -> list[list[str]]:
    return [shlex.split(line.removeprefix("$ ")) for line in text.splitlines() if line.startswith("$ ")]


class Reader:
    """Runs the commands of the guide in a separate directory."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._count = 0
        self._env = {**sandbox.get_addresses(), **sandbox.logins(), "GREPR_API_KEY": sandbox.credentials.api_key}
        self.write("templates/web_filter.js", _TEMPLATE)
        secrets = {"vault_datadog_api_key": "0123456789abcdef", "vault_initial_password": "to-be-changed"}
        self.write("group_vars/all/vault.yml", yaml.safe_dump(secrets))

    def write(self, name: str, text: str) -> None:
        file = self._sandbox.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def run(self, command: list[str]) -> CommandResult:
        return self._sandbox.start(command[0], *command[1:], env=self._env).wait()

    def do(self, kind: str, text: str) -> Iterator[tuple[list[str], CommandResult]]:
        named = _NAMED.match(text)
        if kind == "console":
            for command in _parse_commands(text):
                yield command, self.run(command)
        elif named:
            self.write(named[1], text)
        else:
            self._count += 1
            name = f"tasks-{self._count}.yml"
            play = {"hosts": "localhost", "gather_facts": False, "tasks": yaml.safe_load(text)}
            self.write(name, yaml.safe_dump([play], sort_keys=False))
            yield ["ansible-playbook", name], self.run(["ansible-playbook", name])


@pytest.fixture
def reader(sandbox: Sandbox) -> Reader:
    sandbox.simulator.switch(grepr={"transit_time": 0.05})
    sandbox.simulator.admin("PUT", "/jobs", [])
    return Reader(sandbox)


def _get_changed_tasks(run: CommandResult) -> list[str]:
    return [result.task for result in run.results if result.result.get("changed")]


def test_guide_examples_run(reader: Reader, record_measurement: RecordMeasurement) -> None:
    """Every example and command of the guide to Grepr as code runs against the simulator, in the order of the guide."""
    done = 0
    for kind, text in _iter_blocks():
        for command, run in reader.do(kind, text):
            done += 1
            # The guide says that this one stops on an empty account.
            stops = command == ["ansible-playbook", "platform.yml", "--check", "--diff"]
            assert (run.status != 0) == stops, f"{shlex.join(command)}\n{run.output}"
            assert ("There is no team platform" in run.output) == stops
    for playbook in ("platform.yml", "pipelines.yml"):
        run = reader.run(["ansible-playbook", playbook, *(["-e", "do=apply"] if playbook == "pipelines.yml" else [])])
        assert (run.status, _get_changed_tasks(run)) == (0, []), run.output
    commands = _IN_TABLE.findall(GUIDE.read_text(encoding="utf-8"))
    tasks = [{f"greyops.rest.{module}": quoted or plain} for module, quoted, plain in commands]
    ((_command, run),) = reader.do("yaml", yaml.safe_dump(tasks))
    run.assert_success(len(commands))
    record_measurement(f"{done} commands and plays, {len(commands)} of the comparison; a second run changes nothing")


def test_playbook_leaves_nothing_behind(sandbox: Sandbox, record_measurement: RecordMeasurement) -> None:
    """The playbook grepr_as_code describes, plans, applies and changes an account, and restores its state."""
    kinds = ("integrations", "datasets", "teams")
    before = {kind: sandbox.simulator.admin("GET", f"/{kind}") for kind in kinds}
    env = {**sandbox.get_addresses(), **sandbox.logins()}
    refused = sandbox.start("ansible-playbook", PLAYBOOK, env=env).wait()
    assert "say -e rehearsal_real_account=true" in refused.get_result("Make sure that this account is meant")["msg"]
    run = sandbox.start(
        "ansible-playbook", PLAYBOOK, env={**env, "SIMULATOR_ADMIN": sandbox.simulator.ready_info["admin"]}
    ).wait()
    assert (run.status, run.failed) == (0, []), run.output
    assert {kind: sandbox.simulator.admin("GET", f"/{kind}") for kind in kinds} == before
    record_measurement(run.get_result("Show that all of this was so")["msg"])
