# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names in place of ids, resolved over HTTP: each list is read once, and errors list the existing names."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.greyops.rest.plugins.module_utils._context import Context, Directories, NullRuntime
from ansible_collections.greyops.rest.plugins.module_utils._errors import OptionError
from ansible_collections.greyops.rest.plugins.module_utils._grepr.graph import JobGraph
from ansible_collections.greyops.rest.plugins.module_utils._grepr.names import NameResolver
from ansible_collections.greyops.rest.plugins.module_utils._grepr.pipeline import build_desired
from ansible_collections.greyops.rest.plugins.module_utils._grepr.service import GREPR
from tests.unit.conftest import params

if TYPE_CHECKING:
    from tests.unit.conftest import Simulator

DATADOG, LAKE = "0jn5rdc93r10t", "0kabdv8yo9q99"
WAREHOUSE, TEMPLATE = "0jn5rdc93r11w", "0ktemplate001"
HEC: dict[str, Any] = {"id": "0ksplunk00001", "type": "splunk", "name": "hec"}


def references(simulator: Simulator, **credential: str) -> NameResolver:
    grepr = simulator.ready_info["grepr"]
    login = credential or {name: grepr[name] for name in ("auth_url", "client_id", "client_secret")}
    options = {"api_url": grepr["api_url"], "token_store": "none", **login}
    resolved = params(GREPR.spec, options)
    return NameResolver(
        GREPR.open_client(Context(resolved, NullRuntime(Directories("/nonexistent")))), resolved["auth"]
    )


def lists_read(simulator: Simulator) -> list[str]:
    return [one["path"] for one in simulator.admin("GET", "/requests") if one["method"] == "GET"]


def vertex(kind: str, **properties: Any) -> dict[str, Any]:
    return {"type": kind, "name": "v", **properties}


def resolved(names: NameResolver, *vertices: dict[str, Any], **options: Any) -> list[dict[str, Any]]:
    found = names.resolve_graph({"vertices": list(vertices), "edges": []}, **options)
    vertices_found: list[dict[str, Any]] = found["vertices"]
    return vertices_found


@pytest.mark.parametrize(
    "position",
    [
        vertex("datadog-log-agent-source", integrationId="datadog main"),
        vertex("datadog-metric-agent-source-v3", integrationId="datadog main"),
        vertex("legacy-datadog-metrics-sink", integrationId="datadog main"),
        vertex("spans-iceberg-table-sink", datasetId="main lake"),
        vertex("event-dedup-iceberg-table-sink", datasetId="main lake", vendorSinkId="datadog main"),
        vertex("vendorlog-event-dedup-iceberg-table-sink", datasetId="main lake", vendorSinkId="datadog main"),
        vertex("spans-dedup-iceberg-table-sink", datasetId="main lake", vendorSinkId="datadog main"),
        vertex("logs-backfill-iceberg-table-source", vendorSinkIntegrationIds=["datadog main"]),
        vertex("sql-operation", availableDatasets=["main lake", LAKE]),
        vertex("metric-reducer", hostMetadata={"integrationIds": ["datadog main"], "aggregateCohortHosts": True}),
        vertex("trace-reducer", datasetId="main lake", actions=[{"actionId": "a", "datasetId": "main lake"}]),
        vertex("query-sink", integrationId="lake storage"),
        vertex(
            "log-reducer", integrationExceptionConfigs=[{"integrationId": "datadog main", "datasetId": "main lake"}]
        ),
        vertex(
            "rule-engine",
            conditions={
                "c": {
                    "actionRules": [
                        {
                            "type": "job-rule",
                            "actions": [
                                {
                                    "type": "backfill-job-action",
                                    "datasetId": "main lake",
                                    "sinkOperations": [vertex("datadog-log-sink", integrationId="datadog main")],
                                }
                            ],
                        }
                    ]
                }
            },
        ),
        vertex(
            "template-operation",
            templateId="log-reducer-job-graph-template",
            templateVersion=16,
            templateInputs={
                "input": {
                    "datasetId": "main lake",
                    "conditionalDatasets": [{"datasetId": "main lake"}],
                    "sources": [vertex("datadog-log-agent-source", integrationId="datadog main")],
                    "sinks": [{"sink": vertex("datadog-log-sink", integrationId="datadog main")}],
                    "processedLogsSink": vertex("logs-iceberg-table-sink", datasetId="main lake"),
                    "exceptions": [{"type": "integration-exception", "integrationId": "datadog main"}],
                    "parsers": [],
                    "reducer": {},
                }
            },
        ),
    ],
    ids=lambda one: str(one["type"]),
)
def test_names_become_ids_where_the_documents_have_ids(simulator: Simulator, position: dict[str, Any]) -> None:
    names = references(simulator)
    (found,) = resolved(names, position)
    ids = {
        "datadog main": DATADOG,
        "main lake": LAKE,
        "lake storage": WAREHOUSE,
        "log-reducer-job-graph-template": TEMPLATE,
    }
    expected = json.dumps(position)
    for name, resource_id in ids.items():
        expected = expected.replace(json.dumps(name), json.dumps(resource_id))
    assert found == json.loads(expected) != position
    assert resolved(names, found) == [found]
    paths = lists_read(simulator)
    assert len(paths) == len(set(paths))


@pytest.mark.parametrize(
    "data",
    [
        vertex("logs-values-source", values=[{"attributes": {"integrationId": "stripe", "datasetId": "orders"}}]),
        vertex("log-transform", transforms=[{"type": "attribute-merge-action", "value": {"integrationId": "audit"}}]),
        vertex("span-tagger", attributes={"datasetId": "orders", "templateId": "mine"}),
        vertex("metric-reducer", objects=[{"integrationId": "x"}], integrationIds=["x"]),
        vertex(
            "template-operation",
            templateId=TEMPLATE,
            templateVersion=1,
            templateInputs={"datasetId": "mine", "input": {"datasetId": "mine", "templateId": "mine"}},
        ),
        vertex(
            "template-operation",
            templateId=TEMPLATE,
            templateVersion=1,
            templateInputs={"a": vertex("logs-values-source", values=[vertex("datadog-log-sink", integrationId="x")])},
        ),
        vertex("no-such-type", integrationId="x", datasetId="y"),
    ],
)
def test_data_that_looks_like_a_reference_is_left_alone(simulator: Simulator, data: dict[str, Any]) -> None:
    names = references(simulator)
    assert resolved(names, data) == [data]
    assert lists_read(simulator) == []


def test_all_missing_references_are_reported_together(simulator: Simulator) -> None:
    with pytest.raises(OptionError) as raised:
        resolved(
            references(simulator),
            vertex("datadog-log-agent-source", integrationId="Datadog Main"),
            vertex("logs-iceberg-table-sink", datasetId="nowhere"),
            vertex("sql-operation", availableDatasets=["main lake", "mainlake", "0zzzzzzzzzzzz"]),
        )
    assert raised.value.as_result()["problems"] == [
        "job_graph.vertices[0].integrationId: There is no integration Datadog Main, neither by name nor by id. The "
        "nearest are: datadog main",
        "job_graph.vertices[1].datasetId: There is no dataset nowhere, neither by name nor by id. There are: main lake",
        "job_graph.vertices[2].availableDatasets[1]: There is no dataset mainlake, neither by name nor by id. The "
        "nearest are: main lake",
        "job_graph.vertices[2].availableDatasets[2]: There is no dataset 0zzzzzzzzzzzz, neither by name nor by id. "
        "There are: main lake",
    ]


@pytest.mark.parametrize("count", [0, 1])
@pytest.mark.parametrize("dataset", ["nowhere", "0nowhere00001"])
def test_missing_teams_and_references_are_reported_together(simulator: Simulator, dataset: str, count: int) -> None:
    graph = {"vertices": [vertex("logs-iceberg-table-sink", datasetId=dataset)], "edges": []}
    options = {
        "name": "web",
        "state": "present",
        "job_graph": graph,
        "team_ids": ["0team00000001", "nowhere"],
        "tags": None,
    }
    there = {"id": "j", "name": "web", "state": "RUNNING", "jobGraph": {"vertices": [], "edges": []}}
    with pytest.raises(OptionError) as raised:
        build_desired(
            {**options, "rollback": True, "recreate": False},
            references(simulator),
            jobs=[there][:count],
            path="jobs[2].",
        )
    assert [text.partition(": ")[0] for text in raised.value.as_result()["problems"]] == [
        "jobs[2].job_graph.vertices[0].datasetId",
        "jobs[2].team_ids[0]",
        "jobs[2].team_ids[1]",
    ]


def test_what_the_pipeline_has_already_stays(simulator: Simulator) -> None:
    """Even if it is not in a list: what was read from the account can be written back."""
    there = [
        vertex("logs-iceberg-table-sink", datasetId="0kk67gfs56a"),
        vertex("datadog-log-sink", integrationId="gone forever") | {"name": "w"},
    ]
    current = JobGraph.from_document({"vertices": there, "edges": []})
    assert resolved(references(simulator), there[0], current=current) == [there[0]]
    assert lists_read(simulator) == []
    assert resolved(references(simulator), *there, current=current) == there
    moved = {**there[0], "name": "w"}
    with pytest.raises(OptionError, match=r"vertices\[0\].datasetId: There is no dataset 0kk67gfs56a"):
        resolved(references(simulator), moved, current=current)


def test_lax_resolver_sends_what_it_does_not_find(simulator: Simulator) -> None:
    grepr = simulator.grepr(token_store="none")
    client = GREPR.open_client(Context(grepr, NullRuntime(Directories("/nonexistent"))))
    lax = NameResolver(client, grepr["auth"], strict=False)
    found = resolved(lax, vertex("sql-operation", availableDatasets=["main lake", "nowhere"]))
    assert found[0]["availableDatasets"] == [LAKE, "nowhere"]
    assert lax.list_missing({"vertices": found}, "job_graph") == []


def test_new_template_vertices_get_the_newest_version(simulator: Simulator) -> None:
    given = vertex("template-operation", templateId=TEMPLATE)
    names = references(simulator)
    assert resolved(names, given)[0]["templateVersion"] == 16
    assert resolved(names, {**given, "templateVersion": 3})[0]["templateVersion"] == 3
    old = JobGraph.from_document({"vertices": [{**given, "templateVersion": 12}], "edges": []})
    assert resolved(names, given, current=old) == [given]
    other = JobGraph.from_document({"vertices": [{**given, "templateId": "x", "templateVersion": 12}], "edges": []})
    assert resolved(names, given, current=other)[0]["templateVersion"] == 16


def test_ids_are_checked_and_what_cannot_be_read_is_one_warning(simulator: Simulator) -> None:
    graph = {
        "vertices": [
            vertex("logs-iceberg-table-sink", datasetId="0zzzzzzzzzzzz"),
            vertex("splunk-log-sink", integrationId="0zzzzzzzzzzzz"),
            vertex("splunk-log-agent-source", integrationId="0zzzzzzzzzzzz"),
        ]
    }
    with_token = references(simulator)
    assert [one.partition(": ")[0] for one in with_token.list_missing(graph, "job_graph")] == [
        "job_graph.vertices[0].datasetId",
        "job_graph.vertices[1].integrationId",
        "job_graph.vertices[2].integrationId",
    ]
    with_key = references(simulator, api_key=simulator.ready_info["grepr"]["api_key"])
    assert len(with_key.list_missing(graph, "job_graph")) == 1
    simulator.admin("POST", "/faults", {"match": {"path": "/api/v1/datasets"}, "times": 1, "action": {"status": 403}})
    narrowed = references(simulator)
    assert len(narrowed.list_missing(graph, "job_graph")) == 2
    runtime = narrowed.client.runtime
    assert isinstance(runtime, NullRuntime)
    assert runtime.warnings == ["IDs are not checked against /v1/datasets, which this credential cannot read."]


def test_ids_are_not_looked_up(simulator: Simulator) -> None:
    graph = {"vertices": [{"type": "datadog-log-sink", "name": "a", "integrationId": "0zzzzzzzzzzzz"}], "edges": []}
    assert references(simulator).resolve_graph(graph) == graph
    assert lists_read(simulator) == []


def test_ambiguous_name_error_lists_all_matches(simulator: Simulator) -> None:
    two = [{"id": f"0klake000000{number}", "name": "lake"} for number in (1, 2)]
    simulator.admin("PUT", "/datasets", two)
    with pytest.raises(OptionError, match=r"2 datasets with the name lake: 0klake0000001, 0klake0000002. Give the id"):
        references(simulator).dataset("lake")


@pytest.mark.parametrize(
    ("what", "known"),
    [("dataset", "main lake"), ("template", "log-reducer-job-graph-template")],
)
def test_missing_name_error_lists_existing_names(simulator: Simulator, what: str, known: str) -> None:
    sentence = f"There is no {what} nowhere, neither by name nor by id. There are: {known}"
    with pytest.raises(OptionError, match=sentence):
        getattr(references(simulator), what)("nowhere")


def test_forbidden_vendors_are_ignored(simulator: Simulator) -> None:
    simulator.admin("PUT", "/integrations", [HEC, {"id": DATADOG, "type": "datadog", "name": "datadog main"}])
    with_key = references(simulator, api_key=simulator.ready_info["grepr"]["api_key"])
    assert with_key.integration("datadog main") == DATADOG
    with pytest.raises(OptionError, match=r"no integration hec.* Grepr shows those of splunk to tokens only"):
        with_key.integration("hec")
    assert references(simulator).integration("hec") == HEC["id"]
