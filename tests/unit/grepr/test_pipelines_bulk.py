# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many pipelines in one task: the order and number of requests, one wait for all, and failures."""

from __future__ import annotations

import re
import threading
from itertools import groupby
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.greyops.rest.plugins.module_utils import _polling
from ansible_collections.greyops.rest.plugins.module_utils._context import Context
from ansible_collections.greyops.rest.plugins.module_utils._operation import perform
from ansible_collections.greyops.rest.plugins.modules import grepr_job, grepr_jobs
from tests.unit.conftest import params

if TYPE_CHECKING:
    from collections.abc import Callable

    from ansible_collections.greyops.rest.plugins.module_utils._context import NullRuntime
    from tests.unit.conftest import Simulator

Job = dict[str, Any]
Run = Any

SHORT: Job = {
    "vertices": [{"type": "logs-values-source", "name": "source"}, {"type": "discarding-sink", "name": "sink"}],
    "edges": ["source -> sink"],
}
LONG: Job = {
    "vertices": [*SHORT["vertices"], {"type": "grok-parser", "name": "parser", "grokParsingRules": ["a %{word:b}"]}],
    "edges": ["source -> parser", "parser -> sink"],
}


@pytest.fixture
def run(simulator: Simulator, runtime: NullRuntime, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr(_polling, "_FIRST_DELAY", 0.05)
    simulator.switch(grepr={"transit_time": 0.02})
    simulator.admin("PUT", "/jobs", [])
    options = simulator.ready_info["grepr"]
    given = {name: options[name] for name in ("api_url", "auth_url", "client_id", "client_secret")}

    def running(jobs: list[Job], **more: Any) -> dict[str, Any]:
        arguments = {**given, "jobs": jobs, "wait_timeout": 20, **more}
        context = Context(params(grepr_jobs.OPERATION.spec, arguments), runtime, diff_mode=True)
        return perform(grepr_jobs.OPERATION, context).keys

    def running_one(**job: Any) -> dict[str, Any]:
        context = Context(params(grepr_job.OPERATION.spec, {**given, "wait_timeout": 20, **job}), runtime)
        return perform(grepr_job.OPERATION, context).keys

    running.one = running_one  # type: ignore[attr-defined]
    return running


def describe(count: int, **options: Any) -> list[Job]:
    return [{"name": f"web_{number:03}", "job_graph": SHORT, **options} for number in range(count)]


def list_requests(simulator: Simulator) -> list[tuple[str, int]]:
    """The methods of the requests about jobs, with the number of each in a row."""
    methods = [request["method"] for request in simulator.requests("/api/v1/jobs")]
    return [(method, len(list(same))) for method, same in groupby(methods)]


def run_with_steps(
    simulator: Simulator, calls: int, run: Callable[[], dict[str, Any]], changes: Job | None = None
) -> dict[str, Any]:
    """Run while all pipelines stay as they are until a number of calls has arrived; then end their transitions, and
    change the newest version of one."""
    simulator.switch(grepr={"transit": "manual"})
    ended = threading.Event()

    def step() -> None:
        if simulator.wait_for_calls("/api/v1/jobs", calls, lambda: not ended.is_set()):
            for _transition in range(2):
                simulator.admin("POST", "/jobs/step", {"count": 10})
            if changes is not None:
                simulator.admin("POST", "/jobs/set", {"name": "web_000", "changes": changes})

    thread = threading.Thread(target=step)
    thread.start()
    try:
        return run()
    finally:
        ended.set()
        thread.join()


@pytest.mark.parametrize(("count", "are_ids_given"), [(100, True), (101, False)])
def test_all_are_written_and_then_read_together(
    simulator: Simulator, run: Run, monkeypatch: pytest.MonkeyPatch, count: int, are_ids_given: bool
) -> None:
    """1 list, 1 write for each pipeline, and 1 read for all of them at a time, by their ids up to 100."""
    monkeypatch.setattr(_polling, "_FIRST_DELAY", 2.0)
    done = run_with_steps(simulator, count + 2, lambda: run(describe(count), concurrency=10))
    assert [job["job"]["state"] for job in done["jobs"]] == ["RUNNING"] * count
    assert list_requests(simulator) == [("GET", 1), ("POST", count), ("GET", 2)]
    assert done["api"]["calls"] == count + 3
    for request in simulator.requests("/api/v1/jobs")[-2:]:
        query = request["query"]
        ids = sorted(job["job"]["id"] for job in done["jobs"])
        assert request["path"] == "/api/v1/jobs"
        assert sorted(query.pop("id", [])) == (ids if are_ids_given else [])
        wanted = {} if are_ids_given else {"execution": "ASYNCHRONOUS", "processing": "STREAMING"}
        assert query == {"latest": "true", **wanted}


def test_waiting_pipelines_occupy_no_thread(simulator: Simulator, run: Run) -> None:
    """With one thread, 30 pipelines of 0.6 s take little longer than one."""
    simulator.switch(grepr={"transit_time": 0.3})
    assert run(describe(30), concurrency=1)["changed"]
    moments = [request["at"] for request in simulator.requests("/api/v1/jobs")]
    assert moments[-1] - moments[0] < 6
    assert list_requests(simulator)[:2] == [("GET", 1), ("POST", 30)]


@pytest.mark.parametrize("answer", ["job", "empty"])
def test_nothing_is_read_without_waiting(simulator: Simulator, run: Run, answer: str) -> None:
    """The results contain what was sent and answered."""
    simulator.switch(grepr={"transit_time": 0, "put_answer": answer})
    simulator.admin("PUT", "/teams", [{"id": "0team00000001", "name": "platform"}])
    run(describe(4))
    simulator.admin("DELETE", "/requests")
    jobs = [
        {"name": "new", "job_graph": SHORT},
        {"name": "web_000", "job_graph": LONG},
        {"name": "web_001", "state": "stopped"},
        {"name": "web_002", "team_ids": ["0team00000001"]},
        {"name": "web_003", "state": "absent"},
    ]
    done = run(jobs, wait=False, concurrency=1)
    assert list_requests(simulator) == [("GET", 1), ("POST", 1), ("PUT", 3), ("DELETE", 1)]
    new, graph, stopped, team, deleted = [job["job"] for job in done["jobs"]]
    assert new["id"]
    assert [vertex["name"] for vertex in graph["jobGraph"]["vertices"]] == ["source", "sink", "parser"]
    assert stopped["desiredState"] == "STOPPED"
    assert team["teamIds"] == ["0team00000001"]
    assert deleted is None
    again = run(jobs, wait=False)
    assert not again["changed"], again


@pytest.mark.parametrize("wait", [True, False])
def test_steps_of_many_pipelines_are_sent_in_rounds(simulator: Simulator, run: Run, wait: bool) -> None:
    """What requires a wait between two steps holds up no other pipeline, even with one thread."""
    run(describe(3, tags={"env": "test"}))
    simulator.switch(grepr={"transit_time": 0.1})
    simulator.admin("DELETE", "/requests")
    jobs = [
        *describe(3, tags={"env": "prod"}, recreate=True),
        {"name": "quiet", "job_graph": SHORT, "state": "stopped"},
        {"name": "plain", "job_graph": SHORT},
    ]
    done = run(jobs, wait=wait, concurrency=1)
    assert [job["action"] for job in done["jobs"]] == ["recreate"] * 3 + ["create"] * 2
    assert [(job["name"], job.get("msg")) for job in done["jobs"] if "failed" in job] == []
    requests = simulator.requests("/api/v1/jobs")
    writes = [request["method"] for request in requests if request["method"] != "GET"]
    assert writes[:5] == ["DELETE"] * 3 + ["POST"] * 2
    assert sorted(writes[5:]) == ["POST"] * 3 + ["PUT"]
    assert len(requests) - len(writes) < 15
    if wait:
        assert [job["job"]["state"] for job in done["jobs"]] == ["RUNNING"] * 3 + ["STOPPED", "RUNNING"]


def test_name_in_use_holds_up_no_other_pipeline(simulator: Simulator, run: Run) -> None:
    run(describe(1))
    simulator.switch(grepr={"transit_time": 0.3})
    run(describe(1, state="absent"), wait=False)
    simulator.admin("DELETE", "/requests")
    done = run(describe(3), concurrency=1)
    assert [job["job"]["state"] for job in done["jobs"]] == ["RUNNING"] * 3
    writes = [request["status"] for request in simulator.requests("/api/v1/jobs") if request["method"] == "POST"]
    assert writes[:3] == [409, 201, 201]
    assert writes[-1] == 201


@pytest.mark.parametrize("gap", [False, True])
@pytest.mark.parametrize("rollback", [False, True])
def test_failures_are_found_as_for_a_single_pipeline(simulator: Simulator, run: Run, gap: bool, rollback: bool) -> None:
    """The same messages, with the reasons of the server, and the state that was read."""
    simulator.switch(grepr={"rollback_gap": gap})

    def change(kind: str) -> list[Job]:
        graphs = {"create": SHORT, "update": LONG, "fine": LONG}
        return [{"name": f"{kind}_{name}", "job_graph": graph, "rollback": rollback} for name, graph in graphs.items()]

    run([{"name": f"{kind}_{name}", "job_graph": SHORT} for kind in ("one", "many") for name in ("update", "fine")])
    for name, reason in (("create", "deaf"), ("update", "blind")):
        simulator.admin("POST", "/jobs/fail", {"name": f"*_{name}", "times": 2, "message": f"The source is {reason}"})
    single = [run.one(**job) for job in change("one")]
    many = run(change("many"))["jobs"]
    assert [result.get("failed", False) for result in single] == [True, True, False]
    assert "The source is deaf" in single[0]["msg"]
    assert "The source is blind" in single[1]["msg"]
    assert ("rolled it back" in single[1]["msg"]) == rollback
    for one, other in zip(single, many, strict=True):
        assert other.get("msg", "").replace("many_", "one_") == one.get("msg", "")
        assert (one["changed"], other["changed"]) == (True, True)
        assert other["job"]["state"] == one["job"]["state"]
        assert other["job"]["version"] == one["job"]["version"]


def test_rollback_between_two_reads_needs_no_mark(
    simulator: Simulator, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A later version with another graph is a rollback if the version that was written has failed."""
    run(describe(2))
    simulator.admin("POST", "/jobs/fail", {"name": "web_000", "message": "The source is mute"})
    monkeypatch.setattr(_polling, "_FIRST_DELAY", 2.0)
    jobs = [{**job, "job_graph": LONG} for job in describe(2)]
    calls = sum(count for _method, count in list_requests(simulator)) + 4
    done = run_with_steps(simulator, calls, lambda: run(jobs), {"pipelineStatus": {"isRolledBack": False}})
    assert "rolled it back (version 2 has the graph of before and is RUNNING): The source is mute" in done["msg"]
    assert [job.get("failed", False) for job in done["jobs"]] == [True, False]


def test_failed_pipelines_are_changes(simulator: Simulator, run: Run) -> None:
    """What was written before a failure is reported as a change, with the pipeline and the reason of the server."""
    simulator.admin("POST", "/jobs/fail", {"name": "*", "times": 3, "message": "The source is mute"})
    simulator.fault("/api/v1/jobs/async", {"status": 400}, skip=1, times=1)
    done = run(describe(2), concurrency=1)
    assert (done["failed"], done["changed"]) == (True, True)
    failed, refused = done["jobs"]
    assert (failed["action"], failed["changed"], failed["failed"]) == ("create", True, True)
    assert failed["job"]["state"] == "FAILED"
    assert failed["msg"].startswith("The pipeline web_000 is FAILED instead of RUNNING: The source is mute.")
    assert failed["diff"]["after"]["state"] == "RUNNING"
    assert (refused["changed"], refused["job"], refused["status"]) == (False, None, 400)
    one = run.one(name="one", job_graph=SHORT)
    assert (one["failed"], one["changed"], one["job"]["state"]) == (True, True, "FAILED")
    assert "The source is mute" in one["msg"]


def test_time_limit_is_that_of_each_pipeline(simulator: Simulator, run: Run) -> None:
    simulator.switch(grepr={"transit": "manual"})
    done = run(describe(3), wait_timeout=0.5)
    assert [job["changed"] for job in done["jobs"]] == [True] * 3
    assert [job["job"]["state"] for job in done["jobs"]] == ["PENDING"] * 3
    for job in done["jobs"]:
        assert re.match(rf"The pipeline {job['name']} is not done after \d s: PENDING\.", job["msg"])
    none = run(describe(3, state="stopped"), wait_timeout=0)
    assert "is not done after 0 s: another change is under way" in none["jobs"][0]["msg"]
    assert not none["changed"]


def test_time_limit_of_a_recreation_says_what_is_missing(
    simulator: Simulator, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(describe(1, tags={"env": "test"}))
    monkeypatch.setattr(_polling, "_FIRST_DELAY", 0.5)
    jobs = describe(1, tags={"env": "prod"}, recreate=True)
    calls = sum(count for _method, count in list_requests(simulator)) + 3
    done = run_with_steps(simulator, calls, lambda: run(jobs, wait_timeout=5))
    expected = r"The pipeline web_000 was deleted to be created again, and that failed\. .* is not done after \d s"
    assert re.match(expected, done["jobs"][0]["msg"])
    assert (done["jobs"][0]["changed"], done["jobs"][0]["job"]["state"]) == (True, "PENDING")


def test_failed_read_is_reported_for_each_waiting_pipeline(simulator: Simulator, run: Run) -> None:
    simulator.fault("/api/v1/jobs", {"status": 403}, method="GET", skip=1)
    done = run(describe(2))
    assert [(job["changed"], job["status"], job["job"]["name"]) for job in done["jobs"]] == [
        (True, 403, "web_000"),
        (True, 403, "web_001"),
    ]


def test_list_may_lag_behind_a_creation(simulator: Simulator, run: Run) -> None:
    """A pipeline that is missing in a list is read by its id before it is taken for deleted."""
    simulator.fault("/api/v1/jobs", {"json": {"items": []}}, method="GET", times=2)
    done = run(describe(2))
    assert [job["job"]["state"] for job in done["jobs"]] == ["RUNNING"] * 2


def test_one_counting_line(
    simulator: Simulator, run: Run, runtime: NullRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The counts of all lines add up, from the first write to the last failure."""
    monkeypatch.setattr(_polling, "_PROGRESS_INTERVAL", 0.0)
    lines: list[str] = []
    runtime.show_progress = lines.append  # type: ignore[method-assign]
    simulator.admin("POST", "/jobs/fail", {"name": "web_00[12]", "times": 2})
    run(describe(8), concurrency=3)
    assert lines[0] == "pipelines: 0 of 8 running, 1 waiting, 0 failed, 7 not written, 0 s"
    assert lines[-1].startswith("pipelines: 6 of 8 running, 0 waiting, 2 failed, ")
    form = r"pipelines: (\d+) of 8 running, (\d+) waiting, (\d+) failed(?:, (\d+) not written)?, \d+ s"
    for line in lines:
        found = re.fullmatch(form, line)
        assert found, line
        assert sum(int(number or 0) for number in found.groups()) == 8
