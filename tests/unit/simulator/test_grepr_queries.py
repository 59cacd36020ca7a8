# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Synchronous jobs: lines, heartbeats, ends."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
import requests

Call = Callable[..., requests.Response]
Admin = Callable[..., Any]
SOURCE = {
    "type": "logs-iceberg-table-source",
    "name": "source",
    "datasetId": "0kabdv8yo9q99",
    "start": "2026-03-01T00:00:00Z",
    "end": "2026-03-02T00:00:00Z",
    "query": {"type": "datadog-query", "query": "service:web"},
}
SINK = {"type": "logs-sync-sink", "name": "sink"}
JOB = {
    "name": "query",
    "execution": "SYNCHRONOUS",
    "processing": "BATCH",
    "jobGraph": {"vertices": [SOURCE, SINK], "edges": ["source -> sink"]},
}


def asked(grepr: Call, answer_as: Callable[[str], str] | None = str, **source: Any) -> list[dict[str, Any]]:
    """The lines of a query; heartbeats are answered in the given format."""
    graph = {"vertices": [SOURCE | source, SINK], "edges": ["source -> sink"]}
    lines = []
    with grepr("POST", "/v1/jobs/sync", json=JOB | {"jobGraph": graph}, stream=True) as answer:
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/x-ndjson")
        for line in answer.iter_lines():
            lines.append(json.loads(line))
            token = lines[-1].get("heartbeatToken")
            if token and answer_as:
                assert grepr("POST", "/v1/jobs/sync/heartbeat", data=answer_as(token)).status_code == 202
    return lines


def states(lines: list[dict[str, Any]]) -> list[str]:
    return [line["jobState"] for line in lines]


def test_query(grepr: Call) -> None:
    lines = asked(grepr)
    assert states(lines) == ["RUNNING", "RUNNING", "RUNNING", "FINISHED"]
    event = lines[0]["data"]
    assert (event["type"], event["eventTimestamp"], event["tags"]) == ("log", 1772323200000, {"service": ["web"]})
    assert grepr("GET", "/v1/jobs?name=query").json()["items"] == []


@pytest.mark.parametrize("final", ["FAILED", "CANCELLED", "TIMED_OUT", "SCANNED_MAX", None])
def test_ends(grepr: Call, admin: Admin, final: str | None) -> None:
    admin("PUT", "/sync", {"events": [{"type": "log", "id": "1"}], "final": final})
    lines = asked(grepr)
    assert lines[0] == {"jobState": "RUNNING", "data": {"type": "log", "id": "1"}}
    assert states(lines)[1:] == ([final] if final else [])


def test_limit_and_offset(grepr: Call, admin: Admin) -> None:
    admin("PUT", "/sync", {"count": 5000})
    admin("PATCH", "/settings", {"sync_heartbeat_every": 0})
    assert len(asked(grepr)) == 2501
    lines = asked(grepr, limit=2, offset=4999)
    assert (states(lines), lines[0]["data"]["attributes"]) == (["RUNNING", "FINISHED"], {"number": 4999})


@pytest.mark.parametrize("form", [str, json.dumps])
def test_heartbeats(grepr: Call, admin: Admin, form: Callable[[str], str]) -> None:
    admin("PUT", "/sync", {"count": 5})
    admin("PATCH", "/settings", {"sync_heartbeat_every": 2})
    lines = asked(grepr, form)
    expected = ["RUNNING", "RUNNING", "HEARTBEAT", "RUNNING", "RUNNING", "HEARTBEAT", "RUNNING", "FINISHED"]
    assert states(lines) == expected
    assert list(admin("GET", "/sync")["heartbeats"].values()) == [True, True]
    assert grepr("POST", "/v1/jobs/sync/heartbeat", data="unknown").status_code == 400


@pytest.mark.parametrize("wait", [True, False])
def test_heartbeats_without_an_answer(grepr: Call, admin: Admin, wait: bool) -> None:
    admin("PUT", "/sync", {"count": 500})
    slow = {"sync_heartbeat_every": 2, "sync_heartbeat_timeout": 0.2, "sync_heartbeat_wait": wait, "sync_delay": 0.02}
    admin("PATCH", "/settings", {"grepr": slow})
    lines = asked(grepr, None)
    assert states(lines)[-1] == "TIMED_OUT"
    assert states(lines).count("RUNNING") < 20
    assert (states(lines).count("HEARTBEAT") == 1) is wait


def test_line_ends_and_delays(grepr: Call, admin: Admin) -> None:
    admin("PUT", "/sync", {"count": 2, "raw": ["", "no json"]})
    admin("PATCH", "/settings", {"grepr": {"sync_newline": "crlf", "sync_delay": 0.1}})
    began = time.monotonic()
    text = grepr("POST", "/v1/jobs/sync", json=JOB).text
    assert time.monotonic() - began >= 0.2
    assert text.startswith("\r\nno json\r\n{")
    assert text.endswith('{"jobState":"FINISHED"}\r\n')
    assert text.count("\r\n") == text.count("\n") == 5


def test_cut(grepr: Call, admin: Admin) -> None:
    admin("PUT", "/sync", {"count": 9, "cut_after": 4})
    seen = []
    with (
        pytest.raises(requests.exceptions.ChunkedEncodingError),
        grepr("POST", "/v1/jobs/sync", json=JOB, stream=True) as answer,
    ):
        seen.extend(answer.iter_lines())
    assert len(seen) <= 4


def test_client_disconnects(grepr: Call, admin: Admin) -> None:
    admin("PUT", "/sync", {"count": 2500})
    admin("PATCH", "/settings", {"sync_delay": 0.01})
    with grepr("POST", "/v1/jobs/sync", json=JOB, stream=True) as answer:
        next(answer.iter_lines(chunk_size=1))
    time.sleep(0.1)
    assert grepr("GET", "/v1/jobs").status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        {"execution": "ASYNCHRONOUS"},
        {"jobGraph": {"vertices": [SOURCE], "edges": []}},
        {"jobGraph": {"vertices": [SOURCE | {"query": None}, SINK], "edges": ["source -> sink"]}},
    ],
)
def test_bad_queries(grepr: Call, change: dict[str, Any]) -> None:
    assert grepr("POST", "/v1/jobs/sync", json=JOB | change).status_code == 400


def test_many_events(grepr: Call, admin: Admin) -> None:
    admin("PUT", "/sync", {"count": 50_000})
    admin("PATCH", "/settings", {"sync_heartbeat_every": 0})
    graph = {"vertices": [SOURCE | {"limit": -1}, SINK], "edges": ["source -> sink"]}
    began = time.monotonic()
    assert grepr("POST", "/v1/jobs/sync", json=JOB | {"jobGraph": graph}).content.count(b"\n") == 50_001
    assert time.monotonic() - began < 10
