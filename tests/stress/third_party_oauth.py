# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Third-party OAuth 2 servers, each in a process of its own, and the requests they received."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests

from ..support.sandbox import SPECIAL_CHARACTERS

_SERVERS = Path(__file__).resolve().with_name("servers")
_OIDC = _SERVERS / "oidc"
_WORK = Path(__file__).resolve().parents[2] / ".work"
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Accounts:
    """The accounts that may log in. Their special characters are significant in forms, URLs, headers and JSON."""

    client_id: str
    client_secret: str
    username: str = "jörg & co=1%+"
    password: str = field(default_factory=lambda: f"p{SPECIAL_CHARACTERS}{secrets.token_hex(10)}")
    # GreyMatter's login sends its client unencoded, which servers that decode it would misread.
    robot: str = "robot"
    robot_secret: str = field(default_factory=lambda: secrets.token_hex(20))

    @classmethod
    def special(cls) -> Accounts:
        return cls("client & söhne: 1%+", f"c{SPECIAL_CHARACTERS}{secrets.token_hex(10)}")

    @classmethod
    def special_ascii(cls) -> Accounts:
        """OpenID Connect allows printable ASCII only."""
        return cls(
            "client & sons: 1%+", f"c{SPECIAL_CHARACTERS.encode('ascii', 'ignore').decode()}{secrets.token_hex(10)}"
        )


class OAuthServer:
    """A running server: its address, its accounts, and the request log of its token endpoint."""

    def __init__(self, url: str, accounts: Accounts) -> None:
        self.url = url
        self.accounts = accounts
        self._session = requests.Session()
        self._session.trust_env = False

    def control(self, **wanted: object) -> None:
        answer = self._session.post(f"{self.url}/control", json=wanted, timeout=60)
        assert answer.status_code == 200, answer.text

    def request_log(self) -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = self._session.get(f"{self.url}/control", timeout=60).json()
        return entries

    def revoke(self, token: str) -> None:
        """Revoke a token as defined by RFC 7009, as the client that it was issued to."""
        client = (self.accounts.robot, self.accounts.robot_secret)
        answer = self._session.post(f"{self.url}/oauth/revoke", data={"token": token}, auth=client, timeout=60)
        assert answer.status_code == 200, answer.text

    def variables(self, **more: str) -> dict[str, str]:
        """The environment of a command that logs in to this server."""
        accounts = self.accounts
        return {
            "GREPR_API_BASE_URL": f"{self.url}/api",
            "GREPR_AUTH_BASE_URL": self.url,
            "GREYMATTER_API_URL": self.url,
            "GREPR_CLIENT_ID": accounts.client_id,
            "GREPR_CLIENT_SECRET": accounts.client_secret,
            "GREYMATTER_CLIENT_ID": accounts.robot,
            "GREYMATTER_CLIENT_SECRET": accounts.robot_secret,
            "GREYMATTER_USERNAME": accounts.username,
            "GREYMATTER_PASSWORD": accounts.password,
            **more,
        }


def run_django(place: Path, backend: str) -> AbstractContextManager[OAuthServer]:
    """django-oauth-toolkit on gunicorn, with one of its classes that parse request bodies."""
    accounts = Accounts.special()
    client = {
        "client_id": accounts.client_id,
        "client_secret": accounts.client_secret,
        "authorization_grant_type": "client-credentials",
    }
    robot = {
        "client_id": accounts.robot,
        "client_secret": accounts.robot_secret,
        "authorization_grant_type": "password",
    }
    options = {
        "place": str(place),
        "backend": backend,
        "username": accounts.username,
        "password": accounts.password,
        "clients": [client, robot],
    }
    settings = ["--workers", "1", "--threads", "20", "--graceful-timeout", "1", "--bind", "fd://0"]
    command = [sys.executable, "-m", "gunicorn", *settings, "oauth_django:application"]
    return _running(command, accounts, options, place / "log", _SERVERS)


def run_oidc_provider(place: Path) -> AbstractContextManager[OAuthServer]:
    """oidc-provider on node. Skips if node or the package is not available."""
    node, directory = _find_node(), _install()
    accounts = Accounts.special_ascii()
    client = {"client_id": accounts.client_id, "client_secret": accounts.client_secret}
    # Passed as text, the program finds the packages of its working directory.
    command = [node, "--input-type=module", "--eval", (_OIDC / "server.mjs").read_text(encoding="utf-8")]
    return _running(command, accounts, {"client": client}, place / "log", directory)


@contextmanager
def _running(
    command: Sequence[str], accounts: Accounts, settings: Mapping[str, Any], log: Path, where: Path
) -> Iterator[OAuthServer]:
    # The server inherits its listening socket as standard input, which avoids a search for a free port and a wait.
    with socket.create_server(("127.0.0.1", 0)) as listener, log.open("w") as output:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        process = subprocess.Popen(
            command,
            env={**os.environ, "OTHER_SERVER": json.dumps({**settings, "url": url}), "PYTHONDONTWRITEBYTECODE": "1"},
            cwd=where,
            stdin=listener,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        server = OAuthServer(url, accounts)
        try:
            server.request_log()
        except requests.RequestException:
            raise AssertionError(f"the server did not start:\n{log.read_text()}") from None
        yield server
    finally:
        process.terminate()
        process.wait(timeout=20)


def _find_node() -> str:
    node = shutil.which("node")
    if not node or not shutil.which("npm"):
        pytest.skip("needs node and npm, for oidc-provider")
    return node


def _install() -> Path:
    """The directory with the packages of oidc-provider, installed once and kept."""
    wanted = (_OIDC / "package.json").read_bytes()
    directory = _WORK / "npm" / hashlib.sha256(wanted).hexdigest()[:10]
    directory.mkdir(parents=True, exist_ok=True)
    complete = directory / "complete"
    with (directory / "lock").open("w") as lock:
        # The workers of one run must not install at the same time.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not complete.exists():
            (directory / "package.json").write_bytes(wanted)
            cache = f"--cache={_WORK / 'cache' / 'npm'}"
            quiet = ["--no-audit", "--no-fund", "--no-update-notifier", "--ignore-scripts", "--loglevel=error", cache]
            install = ["npm", "install", *quiet]
            done = subprocess.run(install, cwd=directory, check=False, capture_output=True, text=True)
            if done.returncode:
                pytest.skip(f"npm cannot install oidc-provider: {' '.join(done.stderr.split())[:200]}")
            complete.touch()
    return directory
