# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pipelines are tested with given events, as the guide to pipeline tests and the playbook for it describe."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml

from ..support.guide import read_blocks
from ..support.reliability_report import RecordMeasurement
from ..support.sandbox import Sandbox

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "docsite" / "rst" / "guide_pipeline_tests.rst"
PLAYBOOKS = ROOT / "playbooks"
_BLOCKS = list(read_blocks(GUIDE))
_FILES = {block.name: block.text for block in _BLOCKS if block.name}


@pytest.fixture
def env(sandbox: Sandbox) -> dict[str, str]:
    """The environment of the commands, in a directory with the files of the guide."""
    for name, text in _FILES.items():
        file = sandbox.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return {**sandbox.get_addresses(), **sandbox.logins()}


def test_guide_shows_the_files_of_the_playbook() -> None:
    for name in ("pipelines/shop_logs.yml", "pipelines/tests/shop_logs.yml"):
        assert yaml.safe_load(_FILES[name]) == yaml.safe_load((PLAYBOOKS / name).read_text("utf-8"))


def test_test_that_fails_and_is_fixed(
    sandbox: Sandbox, env: dict[str, str], record_measurement: RecordMeasurement
) -> None:
    """The tests of the guide pass, fail with the output of the guide after a wrong change, and change nothing."""
    jobs = sandbox.simulator.admin("GET", "/jobs")
    report = sandbox.path / "junit.xml"
    file = sandbox.path / "pipelines" / "shop_logs.yml"
    commands = [line[2:].split() for block in _BLOCKS if block.kind == "console" for line in block.text.splitlines()]
    failures = []
    for condition, status in ((" AND NOT env:staging", 0), ("", 2), (" AND NOT env:staging", 0)):
        file.write_text(_FILES["pipelines/shop_logs.yml"].replace(" AND NOT env:staging", condition), "utf-8")
        for command in commands:
            run = sandbox.start(command[0], *command[1:], env=env).wait()
            assert run.status == status, run.output
        failures.append(ElementTree.parse(report).getroot().get("failures"))
        if status:
            table = next(block.text for block in _BLOCKS if block.kind == "text")
            assert (
                run.get_result("greyops.rest.grepr_pipelines : Show a table of the results")["msg"]
                == table.splitlines()
            )
    assert failures == ["0", "1", "0"]
    assert sandbox.simulator.admin("GET", "/jobs") == jobs
    record_measurement(f"{3 * len(commands)} runs of 2 tests: failures in the reports {', '.join(map(str, failures))}")


def test_single_test_of_the_guide(sandbox: Sandbox, env: dict[str, str]) -> None:
    tasks = [yaml.safe_load(block.text) for block in _BLOCKS if block.kind == "yaml" and not block.name]
    play = {"hosts": "localhost", "gather_facts": False, "tasks": [task for block in tasks for task in block]}
    (sandbox.path / "single.yml").write_text(yaml.safe_dump([play]), "utf-8")
    run = sandbox.start("ansible-playbook", "single.yml", "--check", env=env).wait()
    assert run.status == 0, run.output
    assert len(run.get_result("Show the events")["test.outputs.only_web"]) == 1


def test_playbook(sandbox: Sandbox, env: dict[str, str]) -> None:
    report = sandbox.path / "report.xml"
    run = sandbox.start(
        "ansible-playbook", PLAYBOOKS / "grepr_pipeline_tests.yml", "-e", f"grepr_pipelines_junit={report}", env=env
    ).wait()
    assert run.status == 0, run.output
    assert len(ElementTree.parse(report).findall("testcase")) == 2
