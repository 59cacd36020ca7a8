# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulator in a process of its own, and its admin interface."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

PROGRAM = Path(__file__).resolve().parents[1] / "simulator"
GREPR_LOGIN = "/oauth/token"
GREYMATTER_LOGIN = "/api-gateway/auth-service/platform-auth/oauth/token"
LOGINS = {"grepr": GREPR_LOGIN, "greymatter": GREYMATTER_LOGIN}
CATALOG = "/api-gateway/mdm-service/wms-masterdata/catalog"

# What breaks forms, headers, URLs, JSON, markup and shells; it stands around a middle that only base64 changes.
SPECIAL = "&=%41+ \"'ü<b>\\n$(x)/#?;"


class Simulator:
    """What it told at its start, and what its admin interface does."""

    def __init__(self, told: dict[str, Any]) -> None:
        self.told = told
        self.http: str = told["http"]
        self.https: str = told["https"]
        self.ca_path: str = told["ca_path"]
        self._session = requests.Session()
        self._session.trust_env = False

    def admin(self, method: str, path: str, body: object = None) -> Any:
        answer = self._session.request(method, self.told["admin"] + path, json=body, timeout=30)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def reset(self) -> None:
        self.admin("POST", "/reset")

    def set(self, **switches: object) -> None:
        self.admin("PATCH", "/settings", switches)

    def revoke(self, service: str = "all", *, refresh: bool = False) -> None:
        self.admin("POST", "/tokens", {"action": "revoke", "service": service, "refresh": refresh})

    def plan(self, service: str = "all", **plan: object) -> None:
        self.admin("POST", "/tokens", {"service": service, **plan})

    def fault(self, path: str, action: dict[str, Any], **rule: object) -> None:
        self.admin("POST", "/faults", {"match": {"path": path}, "action": action, **rule})

    def counters(self) -> dict[str, Any]:
        counters: dict[str, Any] = self.admin("GET", "/counters")
        return counters

    def grants(self, service: str = "grepr") -> int:
        """Logins with the credentials themselves that succeeded."""
        return int(self.counters()["grants"][service])

    def logins(self, service: str = "grepr") -> int:
        """All that the token endpoint was asked for: grants, refreshes and refusals."""
        return int(self.counters()["calls"].get(f"POST {LOGINS[service]}", 0))

    def issued(self) -> list[str]:
        """Every token since the last reset, refresh tokens too."""
        books = self.admin("GET", "/tokens")
        return [value for book in books.values() for value in book["issued"]]

    def requests(self, path: str = "") -> list[dict[str, Any]]:
        """What arrived, oldest first; with a path, only below it."""
        return [entry for entry in self.admin("GET", "/requests") if entry["path"].startswith(path)]

    def wait_for_calls(self, path: str, count: int, still: Callable[[], bool], seconds: float = 60) -> bool:
        """Whether so many calls arrived below a path while ``still`` held."""
        deadline = time.monotonic() + seconds
        while still() and time.monotonic() < deadline:
            calls = self.counters()["calls"]
            if sum(number for name, number in calls.items() if name.partition(" ")[2].startswith(path)) >= count:
                return True
            time.sleep(0.01)
        return False


@contextmanager
def running_simulator(place: Path) -> Iterator[Simulator]:
    """A simulator from start to end. An unexpected word on stderr fails whoever used it."""
    command = [sys.executable, str(PROGRAM), "--directory", str(place / "tls")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=place) as process:
        try:
            assert process.stdout is not None
            yield Simulator(json.loads(process.stdout.readline()))
        finally:
            process.terminate()
            _output, complaints = process.communicate(timeout=10)
    assert (process.returncode, complaints) == (0, "")
