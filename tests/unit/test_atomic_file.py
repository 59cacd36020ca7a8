"""Files of ``dest`` and signals, with processes that are killed by them."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

# The collection is found as in this process: by Ansible's own finder.
_PROGRAM = """
import os, signal, sys, time
# Where nobody waits for the tests, SIGINT may be ignored from the start.
signal.signal(signal.SIGINT, signal.default_int_handler)
from ansible.plugins.loader import init_plugin_loader
init_plugin_loader([os.environ["ANSIBLE_COLLECTIONS_PATH"]])
from ansible_collections.greyops.rest.plugins.module_utils._atomic_file import AtomicFile
files = [AtomicFile(dest, check_mode=False) for dest in sys.argv[1:]]
for file in files:
    file.write(b"half of it")
print("ready", flush=True)
time.sleep(30)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_leaves_no_temporary_file(tmp_path: Path, number: signal.Signals) -> None:
    """The signal ends the process, and the previous file is kept."""
    kept = tmp_path / "kept.csv"
    kept.write_text("as it was")
    command = [sys.executable, "-c", _PROGRAM, str(kept), str(tmp_path / "other.csv")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        assert len(list(tmp_path.iterdir())) == 3  # two temporary files beside it
        process.send_signal(number)
        process.communicate(timeout=20)
    assert process.returncode == -number
    assert list(tmp_path.iterdir()) == [kept]
    assert kept.read_text() == "as it was"
