# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""System programs: found, or installed with apt-get as root."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

_DIRECTORIES = ("/usr/sbin", "/usr/local/sbin", "/usr/bin")
_POLICY = Path("/usr/sbin/policy-rc.d")
# Services of installed packages are not started.
_NO_SERVICES = "#!/bin/sh\nexit 101\n"


def get_program(name: str, package: str) -> str:
    """The path of a program. Installs Debian's package as root; otherwise skips the test that requires it."""
    path = os.pathsep.join([*_DIRECTORIES, os.environ.get("PATH", "")])
    with Path(tempfile.gettempdir(), "greyops-rest-debian.lock").open("w") as lock:
        # The workers of one run must not install at the same time.
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = shutil.which(name, path=path)
        if not found and os.geteuid() == 0 and shutil.which("apt-get"):
            _install(package)
            found = shutil.which(name, path=path)
    if not found:
        pytest.skip(f"needs {name}, of Debian's package {package}, which only root can install with apt-get")
    return found


def _install(package: str) -> None:
    policy_is_ours = not _POLICY.exists()
    if policy_is_ours:
        _POLICY.write_text(_NO_SERVICES)
        _POLICY.chmod(0o755)
    try:
        install = ["apt-get", "install", "--yes", "--quiet", "--no-install-recommends", package]
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        if subprocess.run(install, env=environment, check=False, capture_output=True).returncode:
            subprocess.run(["apt-get", "update", "--quiet"], env=environment, check=False, capture_output=True)
            subprocess.run(install, env=environment, check=False, capture_output=True)
    finally:
        if policy_is_ours:
            _POLICY.unlink()
