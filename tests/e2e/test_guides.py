# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The README and each guide run as they stand: only what they show, in an empty directory, with a new simulator."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from ..support.guide import Block, Reader, read_blocks, run_printing_simulator
from ..support.reliability_report import RecordMeasurement

ROOT = Path(__file__).resolve().parents[2]
GUIDES = ROOT / "docs" / "docsite" / "rst"
# Other guides contain no example that runs by itself, or have a test of their own that adds what the simulator lacks.
_RUN = ("README.md", *sorted(file.name for file in GUIDES.glob("guide_*.rst") if file.name != "guide_requests.rst"))
# The first lines of blocks that need more than a controller and an account.
_SKIPPED = {
    "guide_authentication.rst": {"- name: Use both services": "needs a vault with the credentials of an account"},
    "guide_execution.rst": {
        "- name: Report deployments to Grepr": "needs hosts named web",
        "- name: Read the jobs of another organization": "needs a second organization",
    },
    "guide_rotation.rst": {"- name: Check that the vault can be reached": "needs a Vault server"},
    "guide_threat_model.rst": {"export GREYOPS_ALLOWED_HOSTS": "allows other hosts than the simulator"},
    "guide_troubleshooting.rst": {
        "$ ansible localhost -m greyops.rest.doctor -a": "needs a private CA",
        "- name: Check the connection from the jump host": "needs a jump host",
        "$ ANSIBLE_CALLBACKS_ENABLED": "needs a playbook of the reader",
    },
    "guide_scale_out.rst": {"": "needs a Redis server and AWX"},
    "README.md": {
        "collections:": "is a file of ansible-galaxy",
        "- name: Read both APIs": "needs hosts named warehouse",
    },
}
# Commands of a guide that change nothing when they run again.
_UNCHANGED = {
    "guide_grepr_as_code.rst": ("ansible-playbook platform.yml", "ansible-playbook pipelines.yml -e do=apply"),
    "guide_grepr_account.rst": ("ansible-playbook account.yml -e do=apply",),
}
# What a new user reads first, and the guide with the most resources; the others run with the slow tests.
_ALWAYS = ("README.md", "guide_grepr_account.rst")
_IN_TABLE = re.compile(r"``GREPR\.(\w+)(?: -a (?:'([^']*)'|(\S+)))?``")


@contextmanager
def _open_reader() -> Iterator[Reader]:
    # Not below pytest's own directories: Ansible creates a socket there, and its path is limited to 107 characters.
    with tempfile.TemporaryDirectory(prefix="guide-") as name:
        root = Path(name)
        for part in ("empty", "home", "tls"):
            (root / part).mkdir()
        with run_printing_simulator(root / "tls") as exports:
            yield Reader(root / "empty", root / "home", exports)


def _find_reason(guide: str, block: Block) -> str | None:
    """Return why a block does not run by itself; None if it does."""
    if not block.is_complete:
        return "has values to fill in"
    reasons = _SKIPPED.get(guide, {})
    return next((reason for start, reason in reasons.items() if block.text.startswith(start)), None)


def _get_path(name: str) -> Path:
    return ROOT / name if name.endswith(".md") else GUIDES / name


@pytest.mark.parametrize(
    "guide", [pytest.param(name, marks=() if name in _ALWAYS else pytest.mark.slow) for name in _RUN]
)
def test_guide_runs_as_it_stands(guide: str, record_measurement: RecordMeasurement) -> None:
    """All files and commands of the guide work in their order. Applied again, its files change nothing."""
    commands: list[str] = []
    with _open_reader() as reader:
        for block in read_blocks(_get_path(guide)):
            if _find_reason(guide, block) is not None:
                continue
            for command, status, output in reader.follow(block):
                commands.append(command)
                assert status == 0, f"{command}\n{output}"
        if tasks := _list_table_tasks(guide):
            (run,) = reader.follow(Block("yaml", "", yaml.safe_dump(tasks)))
            assert run[1] == 0, run[2]
        for command in _UNCHANGED.get(guide, ()):
            assert command in commands
            status, output = reader.run(command)
            assert (status, "changed=0 " in output) == (0, True), f"{command}\n{output}"
    record_measurement(f"{len(commands)} commands and plays")


def _list_table_tasks(guide: str) -> list[dict[str, str]]:
    """Return the modules of the guide's comparison table with their options, as tasks."""
    found = _IN_TABLE.findall(_get_path(guide).read_text("utf-8"))
    return [{f"greyops.rest.{module}": quoted or plain} for module, quoted, plain in found]


def test_only_existing_blocks_are_skipped() -> None:
    for guide, reasons in _SKIPPED.items():
        blocks = list(read_blocks(_get_path(guide)))
        unused = [start for start in reasons if not any(block.text.startswith(start) for block in blocks)]
        assert unused == [], guide
