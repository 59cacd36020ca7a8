# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts on loopback addresses, reached over real ssh, each with its own home or a shared one."""

from __future__ import annotations

import os
import pwd
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from .system_packages import get_program

# sshd listens on at most this many addresses.
_MAX_ADDRESSES = 16
_PRIVILEGE_SEPARATION = Path("/run/sshd")

_DAEMON = """\
PidFile none
HostKey {keys}/host
AuthorizedKeysFile {keys}/user.pub
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
MaxStartups 200:30:400
MaxSessions 100
Subsystem sftp internal-sftp
Port {port}
"""
# With that level of shells bash does not read root's own files first.
_HOME = "Match LocalAddress {host.address}\n    SetEnv SHLVL=2 HOME={host.home}\n"

_CLIENT = {
    "StrictHostKeyChecking": "no",
    "UserKnownHostsFile": "/dev/null",
    "LogLevel": "ERROR",
    # Without these a client waits minutes for a host that stopped responding.
    "ServerAliveInterval": "2",
    "ServerAliveCountMax": "2",
}


@dataclass(frozen=True)
class Host:
    """A name in the inventory, the address it listens on, and the home of its logins."""

    name: str
    address: str
    home: Path

    @property
    def stored_records(self) -> list[Path]:
        """The records in its user's token store."""
        return sorted(self.home.joinpath(".ansible", "greyops.rest", "tokens").glob("*.token"))


class SshHosts:
    """Hosts in an inventory, and their ssh daemons."""

    def __init__(self, hosts: Sequence[Host], inventory: Path, daemons: dict[str, subprocess.Popen[bytes]]) -> None:
        self._hosts = {host.name: host for host in hosts}
        self._daemons = daemons
        self.inventory = inventory

    def __iter__(self) -> Iterator[Host]:
        return iter(self._hosts.values())

    def __getitem__(self, name: str) -> Host:
        return self._hosts[name]

    def kill(self, name: str) -> None:
        """Kill a host: its daemon, its connections and all its processes."""
        self._send(name, signal.SIGKILL)

    def stop_responding(self, name: str) -> None:
        """Stop a host's processes; its connections stay open."""
        self._send(name, signal.SIGSTOP)

    def _send(self, name: str, number: int) -> None:
        daemon = self._daemons[name]
        assert list(self._daemons.values()).count(daemon) == 1, f"{name} shares its daemon with other hosts"
        for process in _get_process_tree(daemon.pid):
            _signal(process, number)

    def close_connections(self) -> None:
        """Close the connections that clients keep open."""
        for daemon in set(self._daemons.values()):
            for process in _get_process_tree(daemon.pid)[1:]:
                _signal(process, signal.SIGKILL)

    def close(self) -> None:
        for daemon in set(self._daemons.values()):
            for process in _get_process_tree(daemon.pid):
                _signal(process, signal.SIGKILL)
            daemon.wait(10)


@contextmanager
def run_ssh_hosts(
    place: Path, count: int, *, own_homes: Collection[int] = (), alone: Collection[int] = ()
) -> Iterator[SshHosts]:
    """Run a number of hosts, host01 and following.

    All share one home except those in ``own_homes``; each host in ``alone`` has a separate daemon, and can be killed.
    """
    homes = {number: place / (f"home-{number:02}" if number in own_homes else "home") for number in range(1, count + 1)}
    hosts = [Host(f"host{number:02}", f"127.0.1.{number}", home) for number, home in homes.items()]
    for home in homes.values():
        home.mkdir(parents=True, exist_ok=True)
    _make_keys(place)
    port = _find_free_port()
    together = [host for number, host in enumerate(hosts, 1) if number not in alone]
    groups = [together[first : first + _MAX_ADDRESSES] for first in range(0, len(together), _MAX_ADDRESSES)]
    groups += [[host] for number, host in enumerate(hosts, 1) if number in alone]
    daemons: dict[str, subprocess.Popen[bytes]] = {}
    running = SshHosts(hosts, _inventory(place, hosts, port), daemons)
    try:
        for group in groups:
            daemons.update(dict.fromkeys((host.name for host in group), _start(place, group, port)))
        for host in hosts:
            _wait_for(host, port, place)
        yield running
    finally:
        running.close()


def _make_keys(place: Path) -> None:
    for name in ("host", "user"):
        generate = [
            get_program("ssh-keygen", "openssh-client"),
            "-q",
            "-t",
            "ed25519",
            "-N",
            "",
            "-f",
            str(place / name),
        ]
        subprocess.run(generate, check=True, capture_output=True)


def _find_free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("0.0.0.0", 0))
        return int(taken.getsockname()[1])


def _inventory(place: Path, hosts: Sequence[Host], port: int) -> Path:
    variables: dict[str, Any] = {
        "ansible_connection": "ssh",
        "ansible_port": port,
        "ansible_user": pwd.getpwuid(os.geteuid()).pw_name,
        "ansible_ssh_executable": get_program("ssh", "openssh-client"),
        "ansible_ssh_private_key_file": str(place / "user"),
        "ansible_ssh_common_args": shlex.join(f"-o{name}={value}" for name, value in _CLIENT.items()),
        "ansible_python_interpreter": sys.executable,
    }
    names = {host.name: {"ansible_host": host.address} for host in hosts}
    file = place / "hosts.yml"
    # In a separate group: its variables do not apply to localhost.
    file.write_text(yaml.safe_dump({"over_ssh": {"hosts": names, "vars": variables}}), encoding="utf-8")
    return file


def _start(place: Path, group: Sequence[Host], port: int) -> subprocess.Popen[bytes]:
    if os.geteuid() == 0:
        _PRIVILEGE_SEPARATION.mkdir(mode=0o755, exist_ok=True)
    settings = _DAEMON.format(keys=place, port=port)
    settings += "".join(f"ListenAddress {host.address}\n" for host in group)
    settings += "".join(_HOME.format(host=host) for host in group)
    file = place / f"sshd-{group[0].name}.conf"
    file.write_text(settings)
    log = file.with_suffix(".log")
    # In the foreground, so that it is a child process; for each connection it executes itself again, by its absolute
    # path.
    return subprocess.Popen(
        [get_program("sshd", "openssh-server"), "-D", "-f", file, "-E", log], stdin=subprocess.DEVNULL
    )


def _wait_for(host: Host, port: int, place: Path, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection((host.address, port), timeout=1).close()
            return
        except OSError:
            logs = "".join(log.read_text() for log in place.glob("sshd-*.log"))
            assert time.monotonic() < deadline, f"no sshd on {host.address}:{port}\n{logs}"
            time.sleep(0.05)


def _get_process_tree(ancestor: int) -> list[int]:
    """A process and all its descendants, ancestors first."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                parent = int(entry.joinpath("stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue  # the process has ended
            children.setdefault(parent, []).append(int(entry.name))
    family = [ancestor]
    for process in family:
        family += children.get(process, [])
    return family


def _signal(process: int, number: int) -> None:
    try:
        os.kill(process, number)
    except ProcessLookupError:
        return
