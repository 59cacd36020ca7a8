# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts the simulator in a process of its own and calls its admin interface. Needs the standard library only."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import Any

PROGRAM = Path(__file__).resolve().parents[1] / "simulator"
GREPR_LOGIN = "/oauth/token"
GREYMATTER_LOGIN = "/api-gateway/auth-service/platform-auth/oauth/token"
CATALOG = "/api-gateway/mdm-service/wms-masterdata/catalog"
_LOGINS = {"grepr": GREPR_LOGIN, "greymatter": GREYMATTER_LOGIN}
_STOP_SECONDS = 10


class SimulatorClient:
    """The addresses and credentials of a running simulator, and its admin interface."""

    def __init__(self, ready_info: dict[str, Any]) -> None:
        self.ready_info = ready_info
        self.http: str = ready_info["http"]
        self.https: str = ready_info["https"]
        self.ca_path: str = ready_info["ca_path"]
        # The proxies of the environment are not for loopback addresses.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def admin(self, method: str, path: str, body: object = None) -> Any:
        """Call the admin interface and return its JSON."""
        content = None if body is None else json.dumps(body).encode()
        url, headers = self.ready_info["admin"] + path, {"Content-Type": "application/json"}
        request = urllib.request.Request(url, content, headers, method=method)
        try:
            with self._opener.open(request, timeout=30) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{method} {path}: {error.read().decode()}") from None

    def reset(self) -> None:
        self.admin("POST", "/reset")

    def switch(self, **settings: object) -> None:
        """Change settings."""
        self.admin("PATCH", "/settings", settings)

    def end_tokens(self, **how: object) -> None:
        """Revoke or expire tokens, immediately (``action``) or by a plan (``every``, ``after``, ``always``)."""
        self.admin("POST", "/tokens", how)

    def fault(self, path: str, action: Mapping[str, object], *, method: str = "", **rule: object) -> None:
        """Add a fault rule for the requests below a path."""
        self.admin("POST", "/faults", {"match": {"path": path, "method": method}, "action": action, **rule})

    def counters(self) -> dict[str, Any]:
        counters: dict[str, Any] = self.admin("GET", "/counters")
        return counters

    def grants(self, service: str = "grepr") -> int:
        """Successful logins with the credentials themselves, without refreshes."""
        return int(self.counters()["grants"][service])

    def logins(self, service: str = "grepr") -> int:
        """All requests to the token endpoint: grants, refreshes and rejections."""
        return int(self.counters()["calls"].get(f"POST {_LOGINS[service]}", 0))

    def issued_tokens(self) -> list[str]:
        """Every token since the last reset, refresh tokens included."""
        return [value for tokens in self.admin("GET", "/tokens").values() for value in tokens["issued"]]

    def requests(self, path: str = "") -> list[dict[str, Any]]:
        """The requests received below a path, oldest first."""
        return [request for request in self.admin("GET", "/requests") if request["path"].startswith(path)]

    def wait_for_calls(self, path: str, count: int, still: Callable[[], bool], seconds: float = 60) -> bool:
        """Return whether ``count`` calls below a path arrived while ``still`` was true."""
        deadline = time.monotonic() + seconds
        while still() and time.monotonic() < deadline:
            calls = self.counters()["calls"]
            if sum(number for name, number in calls.items() if name.partition(" ")[2].startswith(path)) >= count:
                return True
            time.sleep(0.01)
        return False


@contextmanager
def run_simulator(
    directory: Path, *, python: str | PathLike[str] = sys.executable, env: Mapping[str, str] | None = None
) -> Iterator[SimulatorClient]:
    """Run a simulator on free ports. Any output on stderr is an error, raised at the end.

    Its certificates and its ready file are written to ``directory``, which must exist.
    """
    command = [python, PROGRAM, "--directory", directory / "tls", "--ready", directory / "ready.json"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=directory, env=env
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        try:
            if line:
                yield SimulatorClient(json.loads(line))
        finally:
            process.terminate()
            _output, errors = process.communicate(timeout=_STOP_SECONDS)
    if not line or process.returncode or errors:
        raise RuntimeError(f"the simulator ended with status {process.returncode}:\n{errors}")
