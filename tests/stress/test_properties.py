# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Properties"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from ..support.reliability_report import RecordMeasurement

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_properties_hold(record_measurement: RecordMeasurement) -> None:
    """Answers, error bodies, records, headers and options, made up by hypothesis: a result, or one of our errors."""
    command = [sys.executable, "-m", "pytest", "-q", "tests/unit/test_properties.py"]
    ended = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    found = re.search(r"(\d+) passed", ended.stdout)
    assert ended.returncode == 0 and found, ended.stdout
    record_measurement(f"{found.group(1)} properties hold")
