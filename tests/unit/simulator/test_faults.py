# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each fault, as a client receives it."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
import requests

Call = Callable[..., requests.Response]
BROKEN = (requests.exceptions.ConnectionError, requests.exceptions.ChunkedEncodingError)
TRIGGER = {"jobId": "j", "logsRuleEngineName": "r", "triggerId": "t"}


@pytest.fixture
def fault(admin: Callable[..., Any]) -> Callable[..., None]:
    """Add a rule for the jobs; keywords are the rest of the rule."""

    def add(action: dict[str, Any], **rule: Any) -> None:
        admin("POST", "/faults", {"match": {"path": "/api/v1/"}, "action": action} | rule)

    return add


def test_rules(grepr: Call, admin: Callable[..., Any]) -> None:
    rule: dict[str, Any] = {"match": {"method": "get", "path": "/api/*/jobs"}, "times": 2, "skip": 1}
    admin("POST", "/faults", rule | {"action": {"status": 429, "headers": {"Retry-After": "1"}, "json": {"x": None}}})
    assert grepr("POST", "/v1/echo").status_code == 200
    answers = [grepr("GET", "/v1/jobs") for _number in range(4)]
    assert [answer.status_code for answer in answers] == [200, 429, 429, 200]
    assert (answers[1].headers["Retry-After"], answers[1].json()) == ("1", {"x": None})
    assert admin("GET", "/faults")[0]["hits"] == 2
    assert admin("DELETE", "/faults") == []


@pytest.mark.parametrize(
    "rule",
    [
        {},
        {"action": {}},
        {"action": {"odd": 1}},
        {"action": {"cut": "sideways"}},
        {"action": {"status": 99}},
        {"action": {"stall": True, "status": 500}},
        {"action": {"text": "a", "html": "b"}},
        {"action": {"status": 500}, "match": {"odd": 1}},
        {"action": {"status": 429, "retry_after": "seconds"}},
        {"action": {"status": 429, "retry_after": "minutes"}, "seconds": 1},
        {"action": {"gzip": True, "status": 200}},
        {"action": {"raw": "x", "status": 200}},
    ],
)
def test_bad_rules(admin: Callable[..., Any], rule: object) -> None:
    admin("POST", "/faults", rule, status=400)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"text": "ü"}, "text/plain"),
        ({"html": "<p>ü"}, "text/html"),
        ({"xml": "<a/>"}, "application/xml"),
        ({"json": None}, "application/json"),
    ],
)
def test_bodies(grepr: Call, fault: Callable[..., None], body: dict[str, Any], kind: str) -> None:
    fault({"status": 503} | body)
    answer = grepr("GET", "/v1/jobs")
    assert (answer.status_code, answer.headers["Content-Type"].partition(";")[0]) == (503, kind)


def test_cuts(grepr: Call, fault: Callable[..., None], admin: Callable[..., Any]) -> None:
    """Only a cut before the request keeps it from being processed."""
    for count, cut in enumerate(("before", "after")):
        fault({"cut": cut}, times=1)
        with pytest.raises(requests.exceptions.ConnectionError, match=r"reset by peer|ConnectionReset"):
            grepr("POST", "/v1/triggers", json=TRIGGER)
        assert admin("GET", "/counters")["triggers"] == count
    for action in ({"cut": "during"}, {"chunk_stop": True}):
        fault(action, times=1)
        with pytest.raises(BROKEN):
            grepr("GET", "/v1/jobs")
    assert [entry["status"] for entry in admin("GET", "/requests?last=4")] == [None] * 4
    assert grepr("GET", "/v1/jobs").status_code == 200


def test_cuts_over_tls(running: dict[str, Any], fault: Callable[..., None]) -> None:
    for action in ({"cut": "before"}, {"cut": "during"}, {"cut": "after"}, {"chunk_stop": True}):
        fault(action, times=1)
        with pytest.raises(BROKEN):
            requests.get(f"{running['https']}/api/v1/manifest", verify=running["ca_path"], timeout=10)


def test_delay_and_stall(grepr: Call, fault: Callable[..., None], admin: Callable[..., Any]) -> None:
    fault({"delay": 0.2})
    fault({"delay": 0.1, "status": 500}, times=1)
    start = time.monotonic()
    assert grepr("GET", "/v1/jobs").status_code == 500
    assert time.monotonic() - start >= 0.3
    assert grepr("GET", "/v1/jobs").status_code == 200
    with pytest.raises(requests.exceptions.ReadTimeout):
        grepr("POST", "/v1/triggers", json=TRIGGER, timeout=0.05)
    time.sleep(0.3)
    assert admin("GET", "/counters")["triggers"] == 1
    admin("DELETE", "/faults")
    fault({"stall": True}, times=1)
    with pytest.raises(requests.exceptions.ReadTimeout):
        grepr("GET", "/v1/jobs", timeout=0.1)


def test_drip(grepr: Call, fault: Callable[..., None]) -> None:
    fault({"drip": 0.01})
    start = time.monotonic()
    assert grepr("GET", "/v1/text").text == "plain text, äöü\n"
    assert time.monotonic() - start >= 0.15


def test_redirect(grepr: Call, fault: Callable[..., None]) -> None:
    fault({"redirect": "https://elsewhere.invalid/", "status": 307})
    answer = grepr("GET", "/v1/jobs", allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (307, "https://elsewhere.invalid/")


def test_large_and_mislabelled_bodies(grepr: Call, fault: Callable[..., None]) -> None:
    fault({"bytes": 1_000_000}, times=1)
    answer = grepr("GET", "/v1/jobs")
    assert (len(answer.content), list(answer.json())) == (1_000_000, ["padding"])
    fault({"bytes": 1_000_000, "gzip": True}, times=1)
    packed = grepr("GET", "/v1/jobs")
    assert (len(packed.content), list(packed.json())) == (1_000_000, ["padding"])
    assert packed.raw.tell() < 10_000
    fault({"gzip_lie": True}, times=1)
    with pytest.raises(requests.exceptions.ContentDecodingError):
        grepr("GET", "/v1/jobs")


def test_raw_and_endless_responses(
    running: dict[str, Any], fault: Callable[..., None], admin: Callable[..., Any]
) -> None:
    port = int(running["http"].rpartition(":")[2])

    def ask() -> socket.socket:
        asking = socket.create_connection(("127.0.0.1", port), timeout=10)
        asking.sendall(b"GET /api/v1/jobs HTTP/1.1\r\nHost: x\r\n\r\n")
        return asking

    fault({"raw": "no HTTP, \xfc\n"}, times=1)
    with ask() as asking, asking.makefile("rb") as answer:
        assert answer.read() == b"no HTTP, \xfc\n"
    fault({"raw": "once ", "endless": "again "}, times=1)
    with ask() as asking, asking.makefile("rb") as answer:
        assert answer.read(1_000_001).startswith(b"once again again ")
    assert [entry["status"] for entry in admin("GET", "/requests?last=2")] == [None, None]


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_rule_expires(grepr: Call, fault: Callable[..., None], admin: Callable[..., Any], form: str) -> None:
    """It begins with its first request, and its announced end is never too early."""
    fault({"status": 429, "retry_after": form}, seconds=1.5)
    answer = grepr("GET", "/v1/jobs")
    (rule,) = admin("GET", "/faults")
    after = answer.headers["Retry-After"]
    moment = time.time() + int(after) if form == "seconds" else parsedate_to_datetime(after).timestamp()
    assert rule["ends"] <= moment <= rule["ends"] + 1.5
    assert 0.5 < rule["ends"] - time.time() <= 1.5
    time.sleep(rule["ends"] - time.time())
    assert grepr("GET", "/v1/jobs").status_code == 200
