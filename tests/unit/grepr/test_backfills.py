# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Backfills: started once, found by name after an ambiguous response, waited for; and triggers that are read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.greyops.rest.plugins.module_utils._context import Context, NullRuntime
from ansible_collections.greyops.rest.plugins.module_utils._errors import ConflictError, OptionError
from ansible_collections.greyops.rest.plugins.module_utils._grepr.backfills import plan_backfill, validate_backfill
from ansible_collections.greyops.rest.plugins.module_utils._operation import perform
from ansible_collections.greyops.rest.plugins.modules import grepr_job_backfill, grepr_trigger
from tests.unit.conftest import params

if TYPE_CHECKING:
    from tests.unit.conftest import Simulator

LAKE, DATADOG = "0kabdv8yo9q99", "0jn5rdc93r10t"
BACKFILLS = "/api/v1/jobs/backfills"
SPAN = {"start": "2026-03-01T12:00:00Z", "end": "2026-03-01T14:00:00+01:00"}
SINKS = [{"type": "datadog-log-sink", "name": "dd", "integrationId": DATADOG}]
WANTED = {"name": "again", "dataset": LAKE, **SPAN, "sinks": SINKS, "query": "service:web"}


@pytest.fixture
def backfill(simulator: Simulator, runtime: NullRuntime) -> Any:
    def run(check_mode: bool = False, **options: Any) -> dict[str, Any]:
        given = {
            name: simulator.ready_info["grepr"][name] for name in ("api_url", "auth_url", "client_id", "client_secret")
        }
        operation = grepr_job_backfill.OPERATION
        arguments = {**given, **WANTED, **options}
        return perform(
            operation, Context(params(operation.spec, arguments), runtime, check_mode=check_mode, diff_mode=True)
        ).keys

    simulator.switch(grepr={"transit_time": 0.05})
    return run


def get_backfills(simulator: Simulator) -> list[dict[str, Any]]:
    return [json.loads(request["body"]) for request in simulator.requests(BACKFILLS)]


# --- start and wait


def test_names_with_an_api_key(simulator: Simulator, runtime: NullRuntime) -> None:
    login_options = simulator.ready_info["grepr"]
    arguments = {"api_url": login_options["api_url"], "api_key": login_options["api_key"], **WANTED, "wait": False}

    def run(**options: Any) -> dict[str, Any]:
        operation = grepr_job_backfill.OPERATION
        return perform(operation, Context(params(operation.spec, {**arguments, **options}), runtime)).keys

    assert run(vendor_sink_integrations=["datadog main"])["changed"]
    splunk = {"type": "splunk-log-sink", "name": "s", "integrationId": "hec"}
    failed = run(name="other", sinks=[splunk])["msg"]
    assert "There is no integration hec" in failed
    assert "Grepr shows those of splunk to tokens only: give the id" in failed


def test_all_missing_references_are_reported_together(backfill: Any) -> None:
    sinks = [{"type": "datadog-log-sink", "name": "s", "integrationId": "datadog mane"}]
    wrong = backfill(dataset="main_lake", sinks=sinks, vendor_sink_integrations=["none"], team_ids=["a", "b"])
    assert [problem.partition(", neither")[0] for problem in wrong["problems"]] == [
        "dataset: There is no dataset main_lake",
        "sinks[0].integrationId: There is no integration datadog mane",
        "vendor_sink_integrations[0]: There is no integration none",
        "team_ids[0]: There is no team a",
        "team_ids[1]: There is no team b",
    ]


def test_backfill_is_started_and_waited_for(simulator: Simulator, backfill: Any) -> None:
    result = backfill()
    assert (result["changed"], result["job"]["state"], result["job"]["processing"]) == (True, "FINISHED", "BATCH")
    assert get_backfills(simulator) == [
        {
            "dataType": "logs",
            "name": "again",
            "datasetId": LAKE,
            "start": "2026-03-01T12:00:00Z",
            "end": "2026-03-01T13:00:00Z",
            "query": {"type": "datadog-query", "query": "service:web"},
            "sinks": SINKS,
        }
    ]
    assert result["diff"] == {"before": {}, "after": get_backfills(simulator)[0]}


def test_all_options_are_sent(simulator: Simulator, backfill: Any) -> None:
    simulator.admin("PUT", "/teams", [{"name": "sre", "id": "0kteam0000001"}])
    result = backfill(
        dataset="main lake",
        sinks=[{**SINKS[0], "integrationId": "datadog main"}],
        limit=-1,
        variables={"__x": 1},
        vendor_sink_integrations=["datadog main"],
        tags={"n": "1"},
        team_ids=["sre"],
        wait=False,
    )
    assert (result["changed"], result["job"]["state"]) == (True, "PENDING")
    body = get_backfills(simulator)[0]
    assert (body["datasetId"], body["sinks"], body["limit"], body["variables"]) == (LAKE, SINKS, -1, {"__x": 1})
    assert (body["vendorSinkIntegrationIds"], body["tags"]) == ([DATADOG], {"n": "1"})
    assert len(body["teamIds"]) == 1


def test_spans(simulator: Simulator, backfill: Any) -> None:
    sql = {"type": "sql-operation", "name": "s", "statements": [{"type": "sql_io", "sqlQuery": "SELECT * FROM spans"}]}
    sinks = [{"type": "otlp-trace-sink", "name": "o", "integrationId": DATADOG}]
    assert backfill(data_type="spans", sql_operation=sql, sinks=sinks)["job"]["state"] == "FINISHED"
    assert get_backfills(simulator)[0]["sqlOperation"] == sql


def test_restart_is_an_action(simulator: Simulator, backfill: Any) -> None:
    assert [backfill()["changed"] for _time in range(2)] == [True, True]
    assert len(get_backfills(simulator)) == 2


def test_check_mode_starts_nothing(simulator: Simulator, backfill: Any) -> None:
    result = backfill(check_mode=True, tags={"a": "b"})
    assert (result["changed"], get_backfills(simulator)) == (True, [])
    assert (result["job"]["name"], result["job"]["state"], result["job"]["tags"]) == ("again", "FINISHED", {"a": "b"})


# --- running backfills


def test_running_backfill_is_not_started_again(simulator: Simulator, backfill: Any) -> None:
    simulator.switch(grepr={"transit": "manual"})
    first = backfill(wait=False)
    second = backfill(wait=False)
    assert (second["changed"], second["job"]["id"]) == (False, first["job"]["id"])
    assert second["diff"]["before"] == second["diff"]["after"]
    assert backfill(wait=False, check_mode=True)["changed"] is False
    assert len(get_backfills(simulator)) == 1


def test_running_backfill_is_waited_for(simulator: Simulator, backfill: Any) -> None:
    simulator.switch(grepr={"transit_time": 0.3})
    backfill(wait=False)
    result = backfill()
    assert (result["changed"], result["job"]["state"]) == (False, "FINISHED")
    assert len(get_backfills(simulator)) == 1


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"query": "service:db"}, "query"),
        ({"start": "-1h", "end": "now", "limit": 5}, "limit"),
        ({"start": "2026-03-01T12:00:01Z"}, "start"),
        ({"sinks": [{**SINKS[0], "additionalTags": ["a"]}]}, "sink dd"),
    ],
)
def test_different_backfill_with_the_same_name_fails(
    simulator: Simulator, backfill: Any, change: dict[str, Any], expected: str
) -> None:
    simulator.switch(grepr={"transit": "manual"})
    backfill(wait=False)
    result = backfill(**change)
    assert result["failed"]
    assert result["msg"].startswith("A backfill again is under way (")
    assert f" that differs in {expected}. Wait until it ends" in result["msg"]


def test_relative_times_are_not_compared(simulator: Simulator, backfill: Any) -> None:
    simulator.switch(grepr={"transit": "manual"})
    backfill(wait=False)
    assert backfill(wait=False, start="-1h", end="now")["changed"] is False


def test_name_of_a_pipeline(simulator: Simulator, backfill: Any) -> None:
    assert backfill(name="web_logs")["msg"].startswith("web_logs is the name of a pipeline (")
    assert get_backfills(simulator) == []


def test_unreadable_graph_is_not_compared() -> None:
    job = {"id": "1", "name": "again", "processing": "BATCH", "state": "RUNNING", "jobGraph": {"vertices": []}}
    assert plan_backfill([job], {"datasetId": "x", "sinks": SINKS}, SPAN).changed is False
    with pytest.raises(ConflictError, match="pipeline"):
        plan_backfill([{**job, "processing": "STREAMING"}], {}, SPAN)


# --- ambiguous responses


@pytest.mark.parametrize("action", [{"cut": "after"}, {"cut": "during"}])
def test_request_with_lost_response_is_looked_up(
    simulator: Simulator, backfill: Any, action: dict[str, object]
) -> None:
    backfill()
    simulator.fault(BACKFILLS, action, times=1)
    result = backfill()
    assert (result["changed"], result["job"]["state"]) == (True, "FINISHED")
    assert len(get_backfills(simulator)) == 2
    jobs = [job for job in simulator.admin("GET", "/jobs") if job["name"] == "again"]
    assert result["job"]["id"] == jobs[-1]["id"] != jobs[0]["id"]


@pytest.mark.parametrize("action", [{"cut": "before"}, {"status": 502}])
def test_request_that_did_not_arrive_fails(simulator: Simulator, backfill: Any, action: dict[str, object]) -> None:
    backfill()
    simulator.fault(BACKFILLS, action, times=1)
    result = backfill()
    assert (result["failed"], result["method"]) == (True, "POST")
    assert result["url"].endswith(BACKFILLS)
    assert len(get_backfills(simulator)) == 2


def test_concurrent_start_is_detected(simulator: Simulator, backfill: Any) -> None:
    """Another host of the play starts the backfill between the read and the request."""
    simulator.switch(grepr={"transit": "manual"})
    first = backfill(wait=False)
    simulator.fault("/api/v1/jobs", {"status": 200, "json": {"items": []}}, times=1, method="GET")
    second = backfill(wait=False)
    assert (second["changed"], second["job"]["id"]) == (False, first["job"]["id"])


# --- final states


def test_failure_includes_the_server_reason(simulator: Simulator, backfill: Any) -> None:
    simulator.admin("POST", "/jobs/fail", {"name": "again", "message": "no such index"})
    result = backfill()
    assert result["failed"]
    assert "The backfill again (" in result["msg"]
    assert "ended as FAILED: no such index. " in result["msg"]


def test_wait_times_out(simulator: Simulator, backfill: Any) -> None:
    simulator.switch(grepr={"transit": "manual"})
    result = backfill(wait_timeout=0.1)
    assert "is not done after 0 s: PENDING. It continues in the background" in result["msg"]
    assert result["changed"]


def test_names_that_do_not_exist_have_their_places(backfill: Any) -> None:
    sinks = [
        {"type": kind, "name": kind[0], "integrationId": "nowhere"} for kind in ("datadog-log-sink", "otlp-log-sink")
    ]
    assert [text.partition(":")[0] for text in backfill(sinks=sinks)["problems"]] == [
        "sinks[0].integrationId",
        "sinks[1].integrationId",
    ]


def test_sink_that_is_newer_than_the_documents_is_sent(simulator: Simulator, backfill: Any) -> None:
    result = backfill(sinks=[{"type": "newer-log-sink", "name": "a", "integrationId": "0jn5rdc93r10t"}])
    assert "could not resolve type id 'newer-log-sink'" in result["msg"]


def test_all_problems_are_reported(simulator: Simulator, backfill: Any) -> None:
    sinks = [{"type": "datadog-log-sink", "name": "a"}, {"type": "logs-filter", "name": "a"}, {"type": "x", "name": 1}]
    result = backfill(name="No", sinks=sinks, sql_operation={})
    for expected in (
        "name must match",
        "sinks[0].integrationId is missing: datadog-log-sink needs it",
        "sinks[1].type logs-filter is not a type of sink",
        "sinks[2].type x is not a type of sink",
        "sinks: a is used more than once",
        "sql_operation is for data_type=spans only",
    ):
        assert expected in result["msg"]
    assert simulator.requests() == []
    arguments = {
        "name": "a",
        "sinks": [],
        "data_type": "spans",
        "sql_operation": None,
        "vendor_sink_integrations": ["x"],
        "tags": {"text": "1", "number": 1},
    }
    assert len(validate_backfill(arguments)) == 3


# --- the sinks of a pipeline


def _sink(kind: str, name: str, integration: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, "name": name, "integrationId": integration, **more}


LOGS = [
    _sink("datadog-log-sink", "dd", DATADOG, additionalTags=["env:prod"]),
    _sink("splunk-log-sink", "hec", "0jn5rdc93r12s", defaultIndex="main"),
]
TRACES = [_sink("otlp-trace-sink", "collector", "0jn5rdc93r13o")]
WITH_SINKS = {
    "name": "with_sinks",
    "id": "0kwithsinks01",
    "jobGraph": {
        "vertices": [
            {"type": "logs-values-source", "name": "a"},
            *LOGS,
            *TRACES,
            _sink("datadog-log-sink", "dd_again", DATADOG),
            _sink("datadog-metrics-sink", "metrics", DATADOG),
            {"type": "logs-iceberg-table-sink", "name": "lake", "datasetId": LAKE},
        ],
        "edges": [],
    },
}


@pytest.mark.parametrize("pipeline", ["with_sinks", "0kwithsinks01"])
def test_sinks_of_a_pipeline(simulator: Simulator, backfill: Any, pipeline: str) -> None:
    simulator.admin("PUT", "/jobs", [WITH_SINKS])
    assert backfill(sinks=None, pipeline=pipeline)["job"]["state"] == "FINISHED"
    (body,) = get_backfills(simulator)
    assert body["sinks"] == LOGS
    assert body["vendorSinkIntegrationIds"] == [DATADOG, "0jn5rdc93r12s"]
    assert backfill(sinks=None, pipeline=pipeline, data_type="spans")["job"]["state"] == "FINISHED"
    assert get_backfills(simulator)[1]["sinks"] == TRACES
    assert "vendorSinkIntegrationIds" not in get_backfills(simulator)[1]


def test_what_vendors_received_can_be_sent_again(simulator: Simulator, backfill: Any) -> None:
    simulator.admin("PUT", "/jobs", [WITH_SINKS])
    backfill(sinks=None, pipeline="with_sinks", vendor_sink_integrations=[])
    backfill(sinks=None, pipeline="with_sinks", vendor_sink_integrations=["datadog main"])
    assert [body["vendorSinkIntegrationIds"] for body in get_backfills(simulator)] == [[], [DATADOG]]


def test_sinks_in_a_template_of_a_pipeline(simulator: Simulator, backfill: Any) -> None:
    operation = {
        "type": "template-operation",
        "name": "logs",
        "templateId": "0ktemplate001",
        "templateVersion": 16,
        "templateInputs": {"input": {"sinks": [{"sink": sink, "filter": {}} for sink in LOGS]}},
    }
    graph = {"vertices": [operation], "edges": []}
    simulator.admin("PUT", "/jobs", [{"name": "templated", "jobGraph": graph}])
    predicted = backfill(check_mode=True, sinks=None, pipeline="templated")
    assert predicted["diff"]["after"]["sinks"] == LOGS
    simulator.switch(grepr={"transit": "manual"})
    backfill(sinks=None, pipeline="templated", wait=False)
    assert backfill(sinks=None, pipeline="templated", wait=False)["changed"] is False
    assert [body["sinks"] for body in get_backfills(simulator)] == [LOGS]


def test_pipeline_without_sinks_of_vendors(simulator: Simulator, backfill: Any) -> None:
    simulator.admin("PUT", "/jobs", [{"name": "plain"}])
    msg = backfill(sinks=None, pipeline="plain")["msg"]
    assert msg == "The pipeline plain has no sink of a vendor for logs. Give sinks, or another data_type."
    msg = backfill(sinks=None, pipeline="plane")["msg"]
    assert msg == "There is no pipeline plane, neither by name nor by id. The nearest are: plain."
    with pytest.raises(OptionError, match=r"mutually exclusive: sinks\|pipeline"):
        backfill(pipeline="plain")
    with pytest.raises(OptionError, match="one of the following is required: sinks, pipeline"):
        backfill(sinks=None)
    assert get_backfills(simulator) == []


# --- triggers


ENGINE = {
    "type": "rule-engine",
    "name": "rules",
    "triggers": {"incident": {"type": "external-source", "conditionIds": [], "duration": "PT5M"}},
    "conditions": {},
}
PIPELINE = {
    "name": "with_rules",
    "id": "0kwithrules01",
    "state": "RUNNING",
    "jobGraph": {
        "vertices": [
            {"type": "logs-values-source", "name": "a"},
            ENGINE,
            {"type": "discarding-sink", "name": "z"},
        ],
        "edges": ["a -> rules", "rules -> z"],
    },
}


@pytest.fixture
def trigger(simulator: Simulator, runtime: NullRuntime) -> Any:
    def run(check_mode: bool = False, **options: Any) -> dict[str, Any]:
        given = {name: simulator.ready_info["grepr"][name] for name in ("api_url", "api_key")}
        operation = grepr_trigger.OPERATION
        arguments = {**given, "rule_engine": "rules", "trigger_id": "incident", **options}
        return perform(operation, Context(params(operation.spec, arguments), runtime, check_mode=check_mode)).keys

    simulator.admin("PUT", "/jobs", [PIPELINE, {"name": "plain"}, {"name": "gone", "state": "DELETED"}])
    return run


@pytest.mark.parametrize("job", ["with_rules", "0kwithrules01"])
@pytest.mark.parametrize("verify", [True, False])
def test_pipeline_by_name_or_id(simulator: Simulator, trigger: Any, job: str, verify: bool) -> None:
    result = trigger(job=job, verify=verify, variables={"__a": 1})
    assert (result["changed"], result["trigger"]["job_id"]) == (True, "0kwithrules01")
    assert simulator.admin("GET", "/triggers") == [
        {"jobId": "0kwithrules01", "logsRuleEngineName": "rules", "triggerId": "incident", "variables": {"__a": 1}}
    ]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"job": "nobody"}, "There is no pipeline nobody, neither by name nor by id. There are: plain, with_rules."),
        ({"job": "gone"}, "There is no pipeline gone, neither by name nor by id. There are: plain, with_rules."),
        ({"job": "with_rule"}, "neither by name nor by id. The nearest are: with_rules. There are 1 more."),
        ({"job_id": "0kx"}, "there is no pipeline with the id 0kx."),
        ({"job": "plain"}, "the pipeline plain has no rule engine rules. There are: none."),
        ({"job": "with_rules", "rule_engine": "r"}, "the pipeline with_rules has no rule engine r. There are: rules."),
        (
            {"job": "with_rules", "trigger_id": "x"},
            "the rule engine rules of the pipeline with_rules has no trigger x. There are: incident.",
        ),
    ],
)
@pytest.mark.parametrize("check_mode", [True, False])
def test_missing_pipeline_is_not_triggered(
    simulator: Simulator, trigger: Any, options: dict[str, str], expected: str, check_mode: bool
) -> None:
    result = trigger(check_mode, verify=True, **options)
    assert (result["failed"], simulator.admin("GET", "/triggers")) == (True, [])
    assert result["msg"].endswith(expected)


def test_lookup_requires_a_credential(simulator: Simulator, trigger: Any) -> None:
    for options in ({"job": "with_rules"}, {"job_id": "0kwithrules01", "verify": True}):
        assert "requires a credential. Give client_id (GREPR_CLIENT_ID)" in trigger(api_key=None, **options)["msg"]
    assert trigger(api_key=None, job_id="0kwithrules01")["changed"]
