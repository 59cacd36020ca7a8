# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Starts a private ssh server in a directory of its own, and leaves its port, its process and its user there."""

from __future__ import annotations

import getpass
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import time

_CONFIGURATION = """\
Port {port}
ListenAddress 127.0.0.1
PidFile none
HostKey {directory}/host_key
AuthorizedKeysFile {directory}/user_key.pub
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
MaxStartups 100
MaxSessions 100
Subsystem sftp internal-sftp
# Else bash takes each command for the first shell of a login and reads the user's start files.
SetEnv SHLVL=2
"""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _greets(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            return connection.recv(4) == b"SSH-"
    except OSError:
        return False


def _start(directory: pathlib.Path, sshd: str) -> dict[str, object] | None:
    port = _free_port()
    configuration = directory / "sshd_config"
    configuration.write_text(_CONFIGURATION.format(port=port, directory=directory))
    with (directory / "sshd.log").open("ab") as log:
        # Ends by itself if it is not stopped.
        process = subprocess.Popen(
            ["timeout", "--kill-after=5", "1800", sshd, "-D", "-e", "-f", configuration],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and process.poll() is None:
        if _greets(port):
            host_key = (directory / "host_key.pub").read_text()
            (directory / "known_hosts").write_text(f"[127.0.0.1]:{port} {host_key}")
            return {"port": port, "pid": process.pid, "user": getpass.getuser()}
        time.sleep(0.05)
    process.kill()
    return None


def main() -> None:
    directory = pathlib.Path(sys.argv[1])
    directory.mkdir(mode=0o700)
    sshd = shutil.which("sshd", path=os.pathsep.join(["/usr/sbin", "/usr/local/sbin", os.environ.get("PATH", "")]))
    if os.geteuid() == 0:
        # Debian's wants it for the separation of privileges.
        pathlib.Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    for name in ("host_key", "user_key"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", directory / name], check=True)
    for _attempt in range(3):
        if sshd and (started := _start(directory, sshd)):
            (directory / "server.pid").write_text(str(started["pid"]))
            (directory / "started.json").write_text(json.dumps(started))
            return
    sys.exit(f"sshd does not start: {(directory / 'sshd.log').read_text() if sshd else 'it is not installed'}")


main()
