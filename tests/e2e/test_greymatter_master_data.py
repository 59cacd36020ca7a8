# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands of the guide to GreyMatter's master data work."""

from __future__ import annotations

import shlex
import textwrap
from pathlib import Path

from ..support.reliability_report import RecordMeasurement
from ..support.sandbox import Sandbox
from .test_grepr_as_code import _BLOCK, Reader

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "docsite" / "rst" / "guide_greymatter_master_data.rst"


def test_guide_examples_run(sandbox: Sandbox, record_measurement: RecordMeasurement) -> None:
    """Every example and command of the guide to GreyMatter's master data runs against the simulator, in its order."""
    reader, done = Reader(sandbox), 0
    for found in _BLOCK.finditer(GUIDE.read_text(encoding="utf-8")):
        text = textwrap.dedent(found[2]).strip() + "\n"
        if found[1] == "text":
            name, _newline, table = text.partition("\n")
            reader.write(name.removeprefix("# "), table)
            continue
        for command, run in reader.do(found[1], text):
            done += 1
            assert run.status == 0, f"{shlex.join(command)}\n{run.output}"
    again = reader.run(["ansible-playbook", "master_data.yml"])
    assert "product SHIRT-01" in again.output, again.output
    record_measurement(f"{done} commands and plays")
