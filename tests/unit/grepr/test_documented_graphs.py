# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The graphs, templates and responses of Grepr's own pages and clients, each with its outcome; and every type of vertex
with all its documented properties, read from an account and written back.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.greyops.rest.plugins.module_utils._context import Context, RequestStats
from ansible_collections.greyops.rest.plugins.module_utils._grepr.graph import list_suspicions, validate_graph
from ansible_collections.greyops.rest.plugins.module_utils._grepr.vertex_types import VERTEX_TYPES
from ansible_collections.greyops.rest.plugins.module_utils._operation import perform
from ansible_collections.greyops.rest.plugins.modules import grepr_job, grepr_jobs, grepr_template
from tests.support.sample_vertices import build_pipelines, build_vertex
from tests.unit.conftest import params

if TYPE_CHECKING:
    from collections.abc import Callable

    from ansible_collections.greyops.rest.plugins.module_utils._context import NullRuntime
    from tests.unit.conftest import Simulator

    Graph = dict[str, Any]
    Run = Callable[..., dict[str, Any]]

DATADOG, LAKE, TEMPLATE = "0jn5rdc93r10t", "0kabdv8yo9q99", "0ktemplate001"
SPAN = {"start": "2026-03-01T00:00:00Z", "end": "2026-03-02T00:00:00Z"}


def query(text: str) -> dict[str, str]:
    return {"type": "datadog-query", "query": text}


def vertex(kind: str, name: str, **properties: Any) -> dict[str, Any]:
    return {"type": kind, "name": name, **properties}


def graph(edges: list[str], *vertices: dict[str, Any]) -> Graph:
    return {"vertices": list(vertices), "edges": edges}


SOURCE_OF_LOGS = vertex("datadog-log-agent-source", "source", integrationId=DATADOG)
VENDOR = vertex("datadog-log-sink", "sink", integrationId=DATADOG)
STORED = vertex("logs-iceberg-table-sink", "lake", datasetId=LAKE)
# The query of the guide to jobs, as a pipeline.
LAKE_QUERY = graph(
    ["source -> sink"],
    vertex("logs-iceberg-table-source", "source", datasetId=LAKE, **SPAN, query=query("status:error"), limit=1000)
    | {"reductionInterval": "PT2M", "sortOrder": "UNSORTED"},
    vertex("logs-sync-sink", "sink"),
)
# "sql-transform" is in no schema.
STREAMING = graph(
    ["source -> sampler", "sampler -> transform", "transform -> sink"],
    vertex("datadog-log-agent-source", "source"),
    vertex("logs-event-sampler", "sampler", maxAllowedRate=10.0, maxBurstLimit=100),
    vertex("sql-transform", "transform", sqlQuery="SELECT * FROM logs"),
    vertex("logs-sync-sink", "sink"),
)
PRODUCTION = graph(
    [
        "source -> early",
        "early -> json",
        "json -> remapper",
        "remapper -> elb",
        "elb -> grok",
        "grok -> reducer",
        "elb:else -> reducer",
        "reducer -> lake",
        "reducer -> sink",
    ],
    SOURCE_OF_LOGS,
    vertex("logs-filter", "early", predicate=query("-status:debug")),
    vertex("json-log-processor", "json", maxNestedDepthForFields=3),
    vertex("log-attributes-remapper", "remapper"),
    vertex("logs-branch", "elb", predicate=query("source:elb")),
    vertex(
        "grok-parser",
        "grok",
        grokParsingRules=["elb %{_at} %{_client}:%{_port}"],
        grokHelperRules=["_at %{timestampiso8601:at}", "_client %{ipOrHost:client}", "_port %{integer:port}"],
    ),
    vertex(
        "log-reducer",
        "reducer",
        logReducerExceptions=[query("skip:true")],
        similarityThreshold=80.0,
        masks=[["digits", "\\d+"]],
        enabledMasks=["digits"],
        samplingConfig={"type": "window-based-logarithmic-sampling", "logarithmBase": 2},
    ),
    STORED,
    vertex("datadog-log-sink", "sink", integrationId=DATADOG, additionalTags=["processor:grepr"]),
)
ENGINE = graph(
    ["source -> my-rule-engine", "my-rule-engine -> sink"],
    SOURCE_OF_LOGS,
    vertex("rule-engine", "my-rule-engine", triggers={}, conditions={}),
    VENDOR,
)
SQL = graph(
    ["source -> sql:logs", "sql:out_errors -> lake"],
    SOURCE_OF_LOGS,
    vertex(
        "sql-operation",
        "sql",
        inputs={"logs": "LOG_EVENT"},
        statements=[
            {"type": "sql_view", "tableName": "errors", "sqlQuery": "SELECT * FROM logs"},
            {"type": "sql_output", "outputName": "out_errors", "outputType": "LOG_EVENT", "sqlQuery": "SELECT 1"},
        ],
    ),
    STORED,
)
# The page on templates: a name in camelCase, and "query" in place of "predicate".
CONDITIONAL = graph(
    ["source -> highThreshold", "highThreshold -> sink"],
    SOURCE_OF_LOGS,
    vertex("logs-filter", "highThreshold", query="severity:>4"),
    VENDOR,
)
# The type of vertex of the OpenAPI document's own example, which lacks what its schema requires.
OPERATION_EXAMPLE = graph(["source -> sink"], SOURCE_OF_LOGS, vertex("logs-iceberg-table-sink", "sink"))
BRANCHES = graph(
    ["source -> branch", "branch -> lake", "branch:else -> sampler", "sampler -> sink"],
    vertex("logs-values-source", "source", values=[{"id": "1", "eventTimestamp": 1, "receivedTimestamp": 1}]),
    vertex("logs-branch", "branch", predicate=query("env:prod")),
    vertex("logs-event-sampler", "sampler"),
    STORED,
    VENDOR,
)
# No schema has these two.
SKILL = graph(
    ["source -> pairs", "pairs -> sink"],
    vertex("otel-log-source", "source"),
    vertex("keyvalue-processor", "pairs"),
    VENDOR,
)
CONFIRMED = graph(
    ["source -> keep", "keep -> sink", "sink -> dedup"],
    vertex("logs-backfill-iceberg-table-source", "source", datasetId=LAKE, **SPAN, query=query("")),
    vertex("logs-filter", "keep", predicate=query("env:prod")),
    VENDOR,
    vertex("vendorlog-event-dedup-iceberg-table-sink", "dedup", datasetId=LAKE, vendorSinkId=DATADOG),
)
NAMED_PORTS = graph(
    ["source:output -> spans_reducer:input", "spans_reducer:output -> after:spans", "after:out_spans -> sink"],
    vertex("datadog-trace-agent-source", "source", integrationId=DATADOG),
    vertex("trace-reducer", "spans_reducer"),
    vertex(
        "sql-operation",
        "after",
        inputs={"spans": "COMPLETE_SPAN"},
        statements=[{"type": "sql_output", "outputName": "out_spans", "outputType": "COMPLETE_SPAN", "sqlQuery": "x"}],
    ),
    vertex("datadog-trace-sink", "sink", integrationId=DATADOG),
)
TEMPLATE_PORTS = graph(
    ["source -> enrichment:input", "enrichment:processedEvents -> filtering:input", "filtering:rawEvents -> sink"],
    SOURCE_OF_LOGS,
    vertex("template-operation", "enrichment", templateId=TEMPLATE, templateVersion=16),
    vertex("template-operation", "filtering", templateId=TEMPLATE, templateVersion=16),
    VENDOR,
)
METRICS = graph(
    ["source -> sink"],
    vertex("datadog-metric-agent-source-v3", "source", integrationId=DATADOG),
    vertex("datadog-metrics-sink", "sink", integrationId=DATADOG),
)
WITHOUT_INTEGRATION = {
    **PRODUCTION,
    "vertices": [vertex("datadog-log-agent-source", "source"), *PRODUCTION["vertices"][1:]],
}
MULTI = graph(
    ["a -> errors", "b -> errors", "a -> infos", "errors -> sink", "infos -> lake"],
    {**SOURCE_OF_LOGS, "name": "a"},
    {**SOURCE_OF_LOGS, "name": "b"},
    vertex("logs-filter", "errors", predicate=query("status:error OR status:warning")),
    vertex("logs-filter", "infos", predicate=query("status:info")),
    STORED,
    VENDOR,
)


@pytest.fixture
def run(simulator: Simulator, runtime: NullRuntime) -> Run:
    def keys(module: Any, *, check: bool = False, fails: bool = False, **given: Any) -> dict[str, Any]:
        grepr = simulator.ready_info["grepr"]
        login = {name: grepr[name] for name in ("api_url", "auth_url", "client_id", "client_secret")}
        runtime.stats = RequestStats()
        options = params(module.OPERATION.spec, {**login, "token_store": "none", **given})
        result = perform(module.OPERATION, Context(options, runtime, check_mode=check, diff_mode=True)).keys
        assert bool(result.get("failed")) == fails, result
        return result

    return keys


@pytest.mark.parametrize(
    ("document", "errors", "warnings", "taken"),
    [
        pytest.param(LAKE_QUERY, 0, ["reductionInterval is not a property"], True, id="data_lake_query"),
        pytest.param(STREAMING, 0, ["integrationId is missing", "sql-transform is not a type"], False, id="streaming"),
        pytest.param(WITHOUT_INTEGRATION, 0, ["integrationId is missing"], False, id="production_pipeline"),
        pytest.param(PRODUCTION, 0, [], True, id="production_pipeline with its integration"),
        pytest.param(MULTI, 0, [], True, id="multi_pipeline"),
        pytest.param(ENGINE, 1, [], False, id="my-rule-engine"),
        pytest.param(SQL, 0, [], True, id="example_sql_operation"),
        pytest.param(CONDITIONAL, 1, ["predicate is missing", "query is not a property"], False, id="conditional"),
        pytest.param(OPERATION_EXAMPLE, 0, ["datasetId is missing"], False, id="Operation.example"),
        pytest.param(BRANCHES, 0, [], True, id="branches and values"),
        pytest.param(
            SKILL, 0, ["otel-log-source is not a type", "keyvalue-processor is not a type"], False, id="skill"
        ),
        pytest.param(CONFIRMED, 0, [], True, id="confirmed delivery"),
        pytest.param(NAMED_PORTS, 0, [], True, id="named default ports"),
        pytest.param(TEMPLATE_PORTS, 0, [], True, id="ports of templates"),
        pytest.param(METRICS, 0, [], True, id="metrics"),
    ],
)
def test_documented_graphs(
    simulator: Simulator, run: Run, runtime: NullRuntime, document: Graph, errors: int, warnings: list[str], taken: bool
) -> None:
    assert len(validate_graph(document)) == errors, validate_graph(document)
    found = list_suspicions(document)
    assert len(found) == len(warnings), found
    assert all(wanted in one for wanted, one in zip(warnings, found, strict=True)), found
    given = {"name": "documented", "job_graph": document, "wait": False}
    if errors:
        assert run(grepr_job, fails=True, **given)["api"]["calls"] == 0
        return
    result = run(grepr_job, fails=not taken, **given)
    assert [one for one in runtime.warnings if "job_graph" in one] == [f"{one}." for one in found]
    if not taken:
        # Grepr itself refuses it, and says why.
        assert result["status"] == 400
        return
    simulator.admin("POST", "/jobs/step", {"count": 9})
    assert run(grepr_job, **given)["changed"] is False


def test_grok_rules_of_the_guide(run: Run) -> None:
    assert run(grepr_job, name="p", job_graph=PRODUCTION, validate="remote", check=True)["changed"] is True


def test_documented_templates(run: Run, simulator: Simulator) -> None:
    """All properties of a draft output are optional, and it has no others. The code is evaluated as JavaScript."""
    draft = {"name": "web", "template": "({vertices: [], edges: []})", "draft_outputs": [{"name": "parsed"}, {}]}
    assert run(grepr_template, **draft)["template"]["draftOutputs"] == [{"name": "parsed"}, {}]
    page = {**draft, "draft_outputs": [{"name": "parsed", "description": "d", "vertex": "v"}]}
    assert run(grepr_template, fails=True, **page)["status"] == 400
    test = {"values": {"edge": "a -> b"}, "check_graph": False}
    script = {**draft, "template": "const edges = [edge]; ({vertices: [], edges})", "test": test}
    assert run(grepr_template, check=True, **script)["graph"] == {"vertices": [], "edges": ["a -> b"]}
    action = {"status": 400, "json": {"error": "Unexpected token"}}
    simulator.admin("POST", "/faults", {"match": {"path": "/api/v1/templates/test"}, "times": 1, "action": action})
    assert "Unexpected token" in run(grepr_template, fails=True, check=True, **script)["msg"]


# --- a graph read from the account and written back


@pytest.mark.parametrize("module", [grepr_job, grepr_jobs])
def test_every_vertex_is_unchanged_when_it_is_written_back(simulator: Simulator, run: Run, module: Any) -> None:
    jobs = simulator.admin("PUT", "/jobs", build_pipelines())
    simulator.admin("DELETE", "/requests")
    given = [{"name": job["name"], "job_graph": job["jobGraph"], "team_ids": job["teamIds"]} for job in jobs]
    assert len(given) == len(VERTEX_TYPES) > 90
    results = run(grepr_jobs, jobs=given)["jobs"] if module is grepr_jobs else [run(grepr_job, **one) for one in given]
    assert [one["changed"] for one in results] == [False] * len(given)
    assert [one for one in simulator.requests("/api/v1") if one["method"] != "GET"] == []


@pytest.mark.parametrize("kind", sorted(VERTEX_TYPES))
def test_every_vertex_in_a_changed_graph_keeps_its_properties(kind: str, simulator: Simulator, run: Run) -> None:
    held = graph([], build_vertex(kind))
    (job,) = simulator.admin("PUT", "/jobs", [{"name": "p", "jobGraph": held}])
    wanted = copy.deepcopy(job["jobGraph"])
    wanted["vertices"].append(vertex("logs-values-source", "more"))
    result = run(grepr_job, check=True, name="p", job_graph=wanted, validate="none")
    assert result["changed"] is True
    assert result["job"]["jobGraph"]["vertices"][0] == job["jobGraph"]["vertices"][0]


def test_what_is_left_out_of_the_inputs_of_a_template_goes(simulator: Simulator, run: Run) -> None:
    sampler = {"type": "logs-event-sampler", "name": "s", "maxAllowedRate": 5}
    logs = vertex("template-operation", "logs", templateId=TEMPLATE, templateVersion=12)
    inputs = {"input": {"sampler": sampler, "limits": {"tagKey": "env", "threshold": 5}}, "mine": 1}
    held = graph([], {**logs, "templateInputs": inputs})
    simulator.admin("PUT", "/jobs", [{"name": "p", "jobGraph": held}])
    without_version = {name: value for name, value in logs.items() if name != "templateVersion"}
    for less in (
        {"input": {"limits": {"tagKey": "env", "threshold": 5}}, "mine": 1},
        {"input": {"sampler": sampler, "limits": {"tagKey": "env"}}, "mine": 1},
        {"input": inputs["input"]},
        {},
    ):
        given = {"name": "p", "job_graph": graph([], {**without_version, "templateInputs": less})}
        result = run(grepr_job, check=True, **given)
        assert result["changed"] is True
        # The version of an existing vertex stays.
        assert result["job"]["jobGraph"]["vertices"][0] == {**logs, "templateInputs": less}
    same = {"name": "p", "job_graph": graph([], {**without_version, "templateInputs": inputs})}
    assert run(grepr_job, check=True, **same)["changed"] is False
    new = {"name": "new", "job_graph": graph([], without_version)}
    diff = run(grepr_job, check=True, **new)["diff"]
    assert diff["after"]["vertices"]["logs"]["templateVersion"] == 16


# --- validation and cost


def test_pipeline_with_another_name_can_be_stopped_and_deleted(simulator: Simulator, run: Run) -> None:
    simulator.admin("PUT", "/jobs", [{"name": "Demo Job"}])
    assert run(grepr_job, name="Demo Job", state="stopped")["job"]["state"] == "STOPPED"
    assert run(grepr_jobs, jobs=[{"name": "Demo Job", "state": "absent"}])["changed"] is True
    again = {"name": "Demo Job", "job_graph": MULTI}
    assert "name must match [a-z0-9_]" in run(grepr_job, fails=True, **again)["msg"]
    assert "jobs[0].name must match [a-z0-9_]" in run(grepr_jobs, fails=True, jobs=[again])["msg"]
    assert [one["method"] for one in simulator.requests("/api/v1") if one["method"] == "POST"] == []


def test_nothing_is_validated_on_request(simulator: Simulator, run: Run, runtime: NullRuntime) -> None:
    """Then Grepr alone decides."""
    odd = graph(["source -> sink"], SOURCE_OF_LOGS, vertex("discarding-sink", "sink", more=1))
    unknown = {**odd, "vertices": [{**SOURCE_OF_LOGS, "integrationId": "no such name"}, odd["vertices"][1]]}
    assert run(grepr_job, name="odd", job_graph=unknown, validate="none", wait=False)["changed"] is True
    assert runtime.warnings == []
    refused = run(grepr_job, fails=True, name="Odd", job_graph=ENGINE, validate="none")
    assert (refused["status"], "name" in refused["msg"]) == (400, True)
    missing = run(grepr_job, fails=True, check=True, name="other", job_graph=unknown)
    assert "There is no integration no such name" in missing["msg"]


def test_ids_are_checked_only_for_what_is_written(simulator: Simulator, run: Run) -> None:
    lost = graph(["source -> lake"], SOURCE_OF_LOGS, {**STORED, "datasetId": "0zzzzzzzzzzzz"})
    simulator.admin("PUT", "/jobs", [{"name": "there", "jobGraph": lost}])
    assert run(grepr_job, name="there", job_graph=lost)["api"]["calls"] == 1
    more = {**lost, "vertices": [*lost["vertices"], VENDOR], "edges": [*lost["edges"], "source -> sink"]}
    for check in (True, False):
        failed = run(grepr_job, check=check, fails=True, name="there", job_graph=more)
        assert failed["problems"] == [
            "job_graph.vertices[1].datasetId: There is no dataset 0zzzzzzzzzzzz, neither by name nor by id. There are: "
            "main lake"
        ]
        assert failed["api"]["calls"] == 3
    several = [{"name": "there", "job_graph": more}, {"name": "new", "job_graph": MULTI}]
    result = run(grepr_jobs, fails=True, jobs=several, wait=False)
    assert [one.get("failed", False) for one in result["jobs"]] == [True, False]
    assert result["jobs"][1]["changed"] is True


def test_cost_of_many(simulator: Simulator, run: Run) -> None:
    """One list of pipelines when nothing changes; else also each list that is needed, once, and the writes."""
    held = [{"name": f"p{number}", "jobGraph": copy.deepcopy(MULTI)} for number in range(1000)]
    simulator.admin("PUT", "/jobs", held)
    given = [{"name": one["name"], "job_graph": one["jobGraph"]} for one in held]
    same = run(grepr_jobs, jobs=given)
    assert (same["changed"], same["api"]["calls"]) == (False, 1)
    for one in given[:10]:
        one["job_graph"]["vertices"][2]["predicate"] = query("status:critical")
    simulator.admin("DELETE", "/requests")
    changed = run(grepr_jobs, jobs=given, wait=False)
    assert changed["changed"] is True
    calls = [(one["method"], one["path"].removeprefix("/api/v1")) for one in simulator.requests("/api/v1")]
    assert sorted(set(calls[:3])) == [("GET", "/datasets"), ("GET", "/integrations/datadog"), ("GET", "/jobs")]
    assert len([one for one in calls if one[0] == "PUT"]) == 10
    assert changed["api"]["calls"] == len(calls)
    assert len(calls) == 1 + 2 + 10 * 1
