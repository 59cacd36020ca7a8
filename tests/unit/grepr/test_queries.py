# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Queries: times, graphs, final states, heartbeats, and files that are written completely or not at all."""

from __future__ import annotations

import hashlib
import json
import resource
import stat
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.greyops.rest.plugins.module_utils._context import Context, Directories, NullRuntime
from ansible_collections.greyops.rest.plugins.module_utils._errors import OptionError
from ansible_collections.greyops.rest.plugins.module_utils._grepr.queries import build_query_graph, validate_query
from ansible_collections.greyops.rest.plugins.module_utils._grepr.timestamps import (
    is_relative,
    parse_range,
    parse_timestamp,
)
from ansible_collections.greyops.rest.plugins.module_utils._operation import perform
from ansible_collections.greyops.rest.plugins.modules.grepr_query import OPERATION
from tests.support.canned_http_server import Arrived, Canned, Reply
from tests.unit.conftest import params

if TYPE_CHECKING:
    from tests.unit.conftest import InProcesses, Simulator

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
LAKE = "0kabdv8yo9q99"
SYNC = "/api/v1/jobs/sync"
SPAN = {"start": "2026-03-01T12:00:00Z", "end": "2026-03-01T13:00:00Z"}


@pytest.fixture
def query(simulator: Simulator, runtime: NullRuntime) -> Any:
    """Run the module's operation, and return the result of the task."""

    def run(check_mode: bool = False, **options: Any) -> dict[str, Any]:
        given = {
            name: simulator.ready_info["grepr"][name] for name in ("api_url", "auth_url", "client_id", "client_secret")
        }
        arguments = {**given, **({} if "job_graph" in options else {"dataset": LAKE, **SPAN}), **options}
        return perform(
            OPERATION, Context(params(OPERATION.spec, arguments), runtime, check_mode=check_mode, diff_mode=True)
        ).keys

    return run


def sent(simulator: Simulator) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(simulator.requests(SYNC)[0]["body"])
    return body


def heartbeat_requests(simulator: Simulator) -> list[dict[str, Any]]:
    return simulator.requests(f"{SYNC}/heartbeat")


# --- times


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("now", "2026-03-01T12:00:00"),
        ("-90s", "2026-03-01T11:58:30"),
        ("-15m", "2026-03-01T11:45:00"),
        (" -1H ", "2026-03-01T11:00:00"),
        ("now - 2d", "2026-02-27T12:00:00"),
        ("-1w", "2026-02-22T12:00:00"),
        ("2026-03-01T12:00:00Z", "2026-03-01T12:00:00"),
        ("2026-03-01t12:00:00z", "2026-03-01T12:00:00"),
        ("2026-03-01T12:00:00+02:00", "2026-03-01T10:00:00"),
        ("2026-03-01 12:00:00-01:30", "2026-03-01T13:30:00"),
        ("2026-03-01T12:00:00.5Z", "2026-03-01T12:00:00.500000"),
        ("2026-03-01T12:00:00.123456789Z", "2026-03-01T12:00:00.123456"),
    ],
)
def test_valid_times(text: str, expected: str) -> None:
    assert parse_timestamp(text, "start", NOW) == datetime.fromisoformat(expected).replace(tzinfo=UTC)
    assert is_relative(text) == ("2026" not in text)


@pytest.mark.parametrize(
    "text", ["", "1h", "-1y", "yesterday", "2026-13-01T12:00:00Z", "1700000000", "-99999999999999w"]
)
def test_invalid_times(text: str) -> None:
    with pytest.raises(OptionError, match=r"^start is not a time: "):
        parse_timestamp(text, "start", NOW)


@pytest.mark.parametrize("text", ["2026-03-01T12:00:00", "2026-03-01", "2026-03-01 12:00:00"])
def test_time_without_a_zone_is_rejected(text: str) -> None:
    with pytest.raises(OptionError, match=r"has no time zone\. End it with Z"):
        parse_timestamp(text, "start", NOW)


def test_periods() -> None:
    assert parse_range("2026-03-01T12:00:00.5+01:00", "2026-03-01T12:00:00Z") == (
        "2026-03-01T11:00:00.500Z",
        "2026-03-01T12:00:00Z",
    )
    start, end = (datetime.fromisoformat(one.replace("Z", "+00:00")) for one in parse_range("-1h", "now"))
    assert (end - start).total_seconds() == 3600
    with pytest.raises(OptionError, match="must be after start"):
        parse_range("now", "-1h")


# --- graphs


def test_query_contains_only_specified_options() -> None:
    graph = build_query_graph(
        "grepr-raw-span-source", "d", {"type": "datadog-query", "query": ""}, ("a", "b"), limit=None
    )
    assert graph["vertices"][0].keys() == {"type", "name", "datasetId", "start", "end", "query"}
    assert graph["vertices"][1]["type"] == "spans-sync-sink"


def test_query_graph_requires_a_sync_sink_and_no_other() -> None:
    source = {"type": "logs-values-source", "name": "a"}
    lake = {"type": "logs-iceberg-table-sink", "name": "b", "datasetId": LAKE}
    graph = {"vertices": [source, lake], "edges": ["a -> b"]}
    assert validate_query(graph) == [
        "job_graph has no sink that answers, such as logs-sync-sink",
        "job_graph writes with b (logs-iceberg-table-sink), and a query only reads: use a sink that answers, or "
        "discarding-sink",
    ]
    graph["vertices"] = [source, {"type": "variant-sync-sink", "name": "b"}]
    assert validate_query(graph) == []
    assert validate_query({"vertices": [{"type": "template-operation", "name": "t", "templateId": "x"}]}) == []
    assert validate_query(None) == ["job_graph must be a dictionary with vertices and edges"]
    assert validate_query({"vertices": "x"}) == ["job_graph.vertices and job_graph.edges must be lists"]


# --- results


def test_events_are_a_list(simulator: Simulator, query: Any) -> None:
    result = query(query="service:web", limit=2, sort_order="DESCENDING")
    assert (result["changed"], result["count"], result["state"]) == (False, 2, "FINISHED")
    assert [event["message"] for event in result["events"]] == ["event 0", "event 1"]
    assert (result["start"], result["end"]) == (SPAN["start"], SPAN["end"])
    body = sent(simulator)
    assert (body["execution"], body["processing"]) == ("SYNCHRONOUS", "BATCH")
    assert body["jobGraph"]["vertices"][0] == {
        "type": "grepr-raw-log-source",
        "name": "source",
        "datasetId": LAKE,
        **SPAN,
        "query": {"type": "datadog-query", "query": "service:web"},
        "limit": 2,
        "sortOrder": "DESCENDING",
    }


def test_names_are_resolved_to_ids(simulator: Simulator, query: Any) -> None:
    assert query(dataset="main lake")["count"] == 3
    assert sent(simulator)["jobGraph"]["vertices"][0]["datasetId"] == LAKE
    assert query(source_type="logs-filter")["msg"] == "source_type is logs-filter, which is not a source."
    assert query(dataset="nowhere")["msg"].startswith("There is no dataset nowhere, neither by name nor by id.")


def test_custom_graph(simulator: Simulator, query: Any) -> None:
    source = {"type": "logs-values-source", "name": "a"}
    graph = {"vertices": [source, {"type": "variant-sync-sink", "name": "b"}], "edges": ["a -> b"]}
    result = query(job_graph=graph, name="mine")
    assert (result["count"], "start" in result) == (3, False)
    assert (sent(simulator)["jobGraph"], sent(simulator)["name"]) == (graph, "mine")


def test_query_names_are_unique(simulator: Simulator, query: Any) -> None:
    query()
    query()
    assert len({json.loads(request["body"])["name"] for request in simulator.requests(SYNC)}) == 2


def test_result_size_is_limited(simulator: Simulator, query: Any) -> None:
    simulator.admin("PUT", "/sync", {"count": 10_000})
    result = query(limit=10_000, max_response=2**20)
    assert result["failed"]
    assert result["msg"].startswith("The query found more than 1 MiB (")
    assert "dest" in result["msg"]
    assert "raise max_response" in result["msg"]


@pytest.mark.parametrize("name", ["idle_timeout", "wait_timeout"])
def test_limits_are_positive(simulator: Simulator, query: Any, name: str) -> None:
    assert query(**{name: 0})["msg"] == f"{name} must be a number of seconds above 0."


# --- heartbeats


@pytest.mark.parametrize("quoted", [False, True])
def test_heartbeats_are_answered(simulator: Simulator, query: Any, quoted: bool) -> None:
    simulator.switch(grepr={"sync_heartbeat_every": 10})
    simulator.admin("PUT", "/sync", {"count": 35})
    assert query(**({"heartbeat_format": "json"} if quoted else {}))["count"] == 35
    assert list(simulator.admin("GET", "/sync")["heartbeats"].values()) == [True, True, True]
    assert len(heartbeat_requests(simulator)) == 3
    for request in heartbeat_requests(simulator):
        assert (request["body"][0] == '"') == quoted
        assert request["headers"]["Content-Type"] == "application/json"


def test_heartbeat_uses_its_own_new_token(simulator: Simulator, query: Any) -> None:
    """A query may last longer than the token that it started with."""
    simulator.switch(grepr={"sync_heartbeat_every": 1})
    simulator.fault(f"{SYNC}/heartbeat", {"status": 401}, times=1)
    result = query()
    assert (result["state"], result["api"]["token"]) == ("FINISHED", "granted")
    assert simulator.grants("grepr") == 2


def test_failed_heartbeat_is_reported_as_the_reason(simulator: Simulator, query: Any) -> None:
    simulator.switch(grepr={"sync_heartbeat_every": 1, "sync_heartbeat_timeout": 0.5})
    simulator.fault(f"{SYNC}/heartbeat", {"status": 400, "json": {"message": "no such beat"}})
    result = query()
    assert (result["state"], result["count"]) == ("TIMED_OUT", 1)
    assert "The query ended as TIMED_OUT. 1 event had come before." in result["msg"]
    assert "A heartbeat could not be answered: POST " in result["msg"]
    assert "no such beat" in result["msg"]


# --- final states


@pytest.mark.parametrize("state", ["FAILED", "CANCELLED", "TIMED_OUT", "SCANNED_MAX"])
def test_other_final_states_are_errors(simulator: Simulator, query: Any, state: str) -> None:
    simulator.admin("PUT", "/sync", {"count": 2, "final": state})
    result = query()
    assert (result["failed"], result["state"], result["count"], len(result["events"])) == (True, state, 2, 2)
    assert result["msg"].startswith(f"The query ended as {state}. 2 events had come before. ")


def test_final_state_can_be_accepted(simulator: Simulator, query: Any) -> None:
    simulator.admin("PUT", "/sync", {"count": 2, "final": "SCANNED_MAX"})
    result = query(accept_states=["SCANNED_MAX"])
    assert ("failed" in result, result["state"], result["count"]) == (False, "SCANNED_MAX", 2)


@pytest.mark.parametrize("final", [None, "UNKNOWN"])
def test_stream_without_a_final_event(simulator: Simulator, query: Any, final: str | None) -> None:
    simulator.admin("PUT", "/sync", {"count": 2, "final": final})
    result = query()
    assert (result["failed"], result["state"], result["count"]) == (True, None, 2)
    assert result["msg"].startswith("The query's stream ended without a final state. 2 events had come before.")


def test_broken_stream(simulator: Simulator, query: Any) -> None:
    simulator.admin("PUT", "/sync", {"count": 100, "cut_after": 5})
    result = query()
    assert (result["failed"], result["state"], result["count"]) == (True, None, 5)
    assert "5 events had come before." in result["msg"]
    assert result["url"].endswith(SYNC)
    assert len(simulator.requests(SYNC)) == 1


def test_silence(simulator: Simulator, query: Any) -> None:
    simulator.switch(grepr={"sync_delay": 2})
    result = query(idle_timeout=0.5)
    assert result["failed"]
    assert "nothing came for 0.5 s. 1 event had come before." in result["msg"]


@pytest.mark.parametrize("line", ["<html>", "[1]", '"text"', "{", "9" * 5000])
def test_invalid_events(simulator: Simulator, query: Any, line: str) -> None:
    simulator.admin("PUT", "/sync", {"raw": [line]})
    assert query()["msg"].startswith(
        "The query's stream contains a line that is not a JSON object. 0 events had come before."
    )


def test_server_message_is_reported(simulator: Simulator, query: Any) -> None:
    secret = simulator.ready_info["grepr"]["client_secret"]
    last = {"jobState": "FAILED", "data": {"message": f"no column x, {secret}"}}
    simulator.admin("PUT", "/sync", {"raw": [json.dumps(last)]})
    assert query()["msg"].startswith("The query ended as FAILED (no column x, ********). 0 events")


def test_unknown_record_types_are_ignored(simulator: Simulator, query: Any) -> None:
    others = [{"jobState": "STARTING"}, {"jobState": "HEARTBEAT"}, {}, {"jobState": "RUNNING", "data": None}]
    simulator.admin("PUT", "/sync", {"raw": [json.dumps(other) for other in others]})
    assert query()["count"] == 3


def test_rejection_is_reported_like_other_errors(simulator: Simulator, query: Any) -> None:
    result = query(name="Not A Name")
    assert (result["failed"], result["status"], "count" in result) == (True, 400, False)


# --- files


def test_file(simulator: Simulator, query: Any, tmp_path: Path) -> None:
    dest = tmp_path / "events"
    dest.write_text("old\n")
    dest.chmod(0o644)
    events = [{"message": "ü\n"}, {"n": 1.0}, {"half": "\ufffd"}, {"big": 10**30}]
    raw = [json.dumps({"jobState": "RUNNING", "data": event}).replace("\\ufffd", "\\ud83d") for event in events]
    simulator.admin("PUT", "/sync", {"raw": raw, "count": 0})
    result = query(dest=str(dest))
    written = dest.read_bytes()
    assert written.decode().splitlines()[0] == '{"message":"ü\\n"}'
    assert [json.loads(line) for line in written.splitlines()] == events
    assert (result["changed"], result["events"], result["count"]) == (True, [], 4)
    assert (result["dest"], result["size"]) == (str(dest), len(written))
    assert result["checksum"] == hashlib.sha256(written).hexdigest()
    assert result["diff"]["before"]["checksum"] == hashlib.sha256(b"old\n").hexdigest()
    assert result["diff"]["after"] == {name: result[name] for name in ("dest", "size", "checksum")}
    assert stat.S_IMODE(dest.stat().st_mode) == 0o600
    assert list(tmp_path.glob(".events*")) == []


def test_identical_file_is_not_rewritten(simulator: Simulator, query: Any, tmp_path: Path) -> None:
    dest = tmp_path / "events"
    assert query(dest=str(dest))["changed"]
    before = dest.stat()
    result = query(dest=str(dest))
    assert (result["changed"], result["diff"]["before"] == result["diff"]["after"]) == (False, True)
    assert (dest.stat().st_ino, dest.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_check_mode_predicts_without_writing(simulator: Simulator, query: Any, tmp_path: Path) -> None:
    dest = tmp_path / "events"
    predicted = query(check_mode=True, dest=str(dest))
    assert not dest.exists()
    done = query(dest=str(dest))
    assert {key: predicted[key] for key in predicted if key != "api"} == {
        key: done[key] for key in done if key != "api"
    }
    assert query(check_mode=True, dest=str(dest))["changed"] is False
    assert query(check_mode=True)["count"] == 3


def test_link_is_replaced(simulator: Simulator, query: Any, tmp_path: Path) -> None:
    (tmp_path / "other").write_text("someone else's")
    (tmp_path / "link").symlink_to(tmp_path / "other")
    result = query(dest=str(tmp_path / "link"))
    assert (result["changed"], result["dest"]) == (True, str(tmp_path / "link"))
    assert result["diff"]["before"] == {"dest": result["dest"], "link": str(tmp_path / "other")}
    assert not (tmp_path / "link").is_symlink()
    assert (tmp_path / "link").read_text().count("\n") == 3
    assert (tmp_path / "other").read_text() == "someone else's"


@pytest.mark.parametrize("plan", [{"count": 2, "final": "FAILED"}, {"count": 9, "cut_after": 5}, {"raw": ["{"]}])
def test_failed_query_keeps_the_file(simulator: Simulator, query: Any, tmp_path: Path, plan: dict[str, Any]) -> None:
    place = tmp_path / "place"
    place.mkdir()
    (place / "events").write_text("old")
    simulator.admin("PUT", "/sync", plan)
    result = query(dest=str(place / "events"))
    assert result["failed"]
    assert f", which are discarded: {place / 'events'} is unchanged." in result["msg"]
    assert "events" not in result
    assert ((place / "events").read_text(), list(place.iterdir())) == ("old", [place / "events"])


def test_invalid_file_destinations(simulator: Simulator, query: Any, tmp_path: Path) -> None:
    assert "is a directory" in query(dest=str(tmp_path))["msg"]
    assert "is not a writable directory" in query(dest=str(tmp_path / "no" / "file"), check_mode=True)["msg"]
    assert simulator.requests(SYNC) == []


def test_full_disk_is_reported(
    simulator: Simulator, in_processes: InProcesses, runtime: NullRuntime, tmp_path: Path
) -> None:
    given = {
        name: simulator.ready_info["grepr"][name] for name in ("api_url", "auth_url", "client_id", "client_secret")
    }
    arguments = {**given, "dataset": LAKE, **SPAN, "dest": str(tmp_path / "place" / "events")}
    (tmp_path / "place").mkdir()
    simulator.admin("PUT", "/sync", {"count": 2000})

    def run(_number: int) -> dict[str, Any]:
        perform(OPERATION, Context(params(OPERATION.spec, arguments), runtime, check_mode=True))
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))
        return perform(OPERATION, Context(params(OPERATION.spec, arguments), runtime)).keys

    (result,) = in_processes(run, 1)
    assert result["msg"] == f"dest {arguments['dest']} cannot be written: File too large. It was not changed."
    assert list((tmp_path / "place").iterdir()) == []


def test_echoed_token_is_masked(simulator: Simulator, query: Any, tmp_path: Path) -> None:
    query()
    (token,) = simulator.admin("GET", "/tokens")["grepr"]["live"]
    simulator.admin("PUT", "/sync", {"events": [{"text": f"it is {token}", token: 1}], "final": "FAILED"})
    assert query()["events"] == [{"text": "it is ********", "********": 1}]
    simulator.admin("PUT", "/sync", {"events": [{"text": f"it is {token}", token: 1}]})
    assert query()["events"] == [{"text": "it is ********", "********": 1}]
    query(dest=str(tmp_path / "events"))
    assert (tmp_path / "events").read_text() == '{"text":"it is ********","********":1}\n'


# --- memory and time


def test_large_answer_takes_constant_memory(
    simulator: Simulator, in_processes: InProcesses, directories: Directories, tmp_path: Path
) -> None:
    """In separate processes, because the peak memory of a process never decreases."""
    counts = (1_000, 100_000)
    simulator.switch(grepr={"sync_heartbeat_every": 10_000})
    simulator.admin("PUT", "/sync", {"count": max(counts)})
    given = {
        name: simulator.ready_info["grepr"][name] for name in ("api_url", "auth_url", "client_id", "client_secret")
    }

    def peak(number: int) -> int:
        options = {"dataset": LAKE, **SPAN, "limit": counts[number], "dest": str(tmp_path / f"{number}")}
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        call = Context(params(OPERATION.spec, {**given, **options}), NullRuntime(directories))
        result = perform(OPERATION, call).keys
        assert result.get("count") == counts[number], result
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before

    few, many = in_processes(peak, 2)
    assert (tmp_path / "1").stat().st_size > 15_000_000
    assert many - few < 8 * 1024, f"{many - few} KiB more for {counts[1]} events than for {counts[0]}"


def test_many_heartbeats_do_not_extend_the_timeout(canned: Canned, runtime: NullRuntime) -> None:
    """A thousand at once: the newest is answered, and the requests for it have the same timeout as the query."""

    def reply(request: Arrived) -> Reply:
        if request.path.endswith("/heartbeat"):
            time.sleep(0.4)
            return Reply(status=204)
        lines = [json.dumps({"jobState": "HEARTBEAT", "heartbeatToken": f"t{number}"}) for number in range(1000)]
        return Reply(body="\n".join(lines).encode() + b"\n", chunk=65536)

    url = canned.serves(reply)
    options = {"api_url": f"{url}/api", "access_token": "a-token-of-some-length", "dataset": "0abcdefghijkl"}
    given = {**options, "query": "a", "start": "-5m", "wait_timeout": 3, "idle_timeout": 2, "retries": 0}
    began = time.monotonic()
    result = perform(OPERATION, Context(params(OPERATION.spec, given), runtime)).keys
    assert result["failed"]
    assert time.monotonic() - began < 6
    heartbeat_requests = [request.body for request in canned.requests if request.path.endswith("/heartbeat")]
    assert b"t999" in heartbeat_requests[-1]
    assert len(heartbeat_requests) < 20
