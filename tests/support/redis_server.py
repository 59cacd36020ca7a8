# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Redis server that can be killed, restarted, and suspended."""

from __future__ import annotations

import secrets
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote, urlencode

import redis
import trustme

from .sandbox import create_secret
from .system_packages import get_program

USER = "automation"
# The permissions that the guide lists for a user of the store.
ACL = "~greyops.rest:* resetchannels -@all +get +set +del +select +pexpire +evalsha +script|load"


class RedisServer:
    """A server on loopback, with a default password and a user that has only the permissions the store needs.

    With ``tls`` (``"server"`` or ``"both"`` sides with certificates) it accepts no other connections. ``admin``
    connects through a socket in the server's own directory.
    """

    def __init__(self, place: Path, *, tls: str | None = None, settings: tuple[str, ...] = ()) -> None:
        self.path = place
        self.password = create_secret("redis")
        self.user_password = create_secret("acl")
        self.key = secrets.token_urlsafe(32)
        self.port = _find_free_port()
        self._tls = tls
        self.ca = place / "ca.pem"
        self.certificate, self.certificate_key = place / "client.pem", place / "client.key"
        self._config = place / "redis.conf"
        self._config.touch(mode=0o600)
        self._config.write_text("\n".join([*self._settings(), *settings, ""]))
        self._program = get_program("redis-server", "redis-server")
        self._process: subprocess.Popen[bytes] | None = None
        self.admin = redis.Redis(unix_socket_path=str(place / "socket"), password=self.password)

    def url(self, *, user: str = "", password: str | None = None, host: str = "127.0.0.1", **parameters: str) -> str:
        """The server's URL, with the default password unless another is given, percent-encoded."""
        word = self.password if password is None else password
        scheme = "rediss" if self._tls else "redis"
        login = f"{quote(user, safe='')}:{quote(word, safe='')}@" if word else ""
        query = f"?{urlencode(parameters)}" if parameters else ""
        return f"{scheme}://{login}{host}:{self.port}/0{query}"

    def variables(self, url: str | None = None) -> dict[str, str]:
        """The environment variables that select this store."""
        return {
            "GREYOPS_TOKEN_STORE": "redis",
            "GREYOPS_TOKEN_STORE_URL": url or self.url(),
            "GREYOPS_TOKEN_STORE_KEY": self.key,
        }

    def records(self) -> dict[str, bytes]:
        """The stored records, without the locks."""
        names = [name for name in self.admin.keys("*") if not name.endswith(b":lock")]
        return {name.decode(): self.admin.get(name) or b"" for name in names}

    def start(self) -> None:
        command = [self._program, str(self._config)]
        self._process = subprocess.Popen(command, cwd=self.path, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 10
        while True:
            with suppress(redis.RedisError):
                if self.admin.ping():
                    return
            assert self._process.poll() is None, (self.path / "log").read_text()
            assert time.monotonic() < deadline, "Redis does not answer"
            time.sleep(0.02)

    def kill(self) -> None:
        """Kill the server without saving, as in a machine failure."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def pause(self) -> None:
        """Accept connections without responding."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def _settings(self) -> Iterator[str]:
        yield "bind 127.0.0.1"
        yield f"dir {self.path}"
        yield f"logfile {self.path / 'log'}"
        yield f"unixsocket {self.path / 'socket'}"
        yield "unixsocketperm 700"
        yield 'save ""'
        yield f"requirepass {_quote(self.password)}"
        if self._tls is None:
            yield f"port {self.port}"
            return
        authority = trustme.CA()
        authority.cert_pem.write_to_path(str(self.ca))
        server, client = authority.issue_cert("localhost", "127.0.0.1"), authority.issue_cert("controller.test")
        server.private_key_and_cert_chain_pem.write_to_path(str(self.path / "server.pem"))
        client.cert_chain_pems[0].write_to_path(str(self.certificate))
        client.private_key_pem.write_to_path(str(self.certificate_key))
        yield "port 0"
        yield f"tls-port {self.port}"
        yield f"tls-cert-file {self.path / 'server.pem'}"
        yield f"tls-key-file {self.path / 'server.pem'}"
        yield f"tls-ca-cert-file {self.ca}"
        yield f"tls-auth-clients {'yes' if self._tls == 'both' else 'no'}"


@contextmanager
def run_redis(*, tls: str | None = None, settings: tuple[str, ...] = ()) -> Iterator[RedisServer]:
    """Run a server, with additional lines for its configuration."""
    # The path of a socket is limited to 107 characters.
    with tempfile.TemporaryDirectory(prefix="redis-") as place:
        server = RedisServer(Path(place), tls=tls, settings=settings)
        server.start()
        try:
            server.admin.execute_command("ACL", "SETUSER", USER, "on", f">{server.user_password}", *ACL.split())
            yield server
        finally:
            server.kill()


def _find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
