# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Remote validation before a graph is written: which texts are sent, how often, and how errors are reported."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.greyops.rest.plugins.module_utils._context import Context, NullRuntime
from ansible_collections.greyops.rest.plugins.module_utils._grepr.remote_validation import find_expressions
from ansible_collections.greyops.rest.plugins.module_utils._operation import perform
from ansible_collections.greyops.rest.plugins.modules import grepr_job, grepr_jobs
from tests.unit.conftest import params

if TYPE_CHECKING:
    from tests.unit.conftest import Simulator

CHECKED = ("/api/v1/query/parse", "/api/v1/grok/parse", "/api/v1/validation/sql/flink")


def datadog(query: str) -> dict[str, str]:
    return {"type": "datadog-query", "query": query}


def graph(query: str = "service:web", rule: str = "r %{word:a}", sql: str = "SELECT * FROM logs") -> dict[str, Any]:
    """A graph with everything that can be validated, at usual and unusual paths."""
    statement = {"type": "sql_output", "outputName": "the_rest", "outputType": "LOG_EVENT", "sqlQuery": sql}
    predicates = [datadog("env:prod"), {"type": "and-predicate", "queries": [datadog("env:x"), datadog(query)]}]
    condition = {"actionRules": [{"type": "event-rule", "actionPredicate": datadog(query), "actions": []}]}
    return {
        "vertices": [
            {"type": "logs-values-source", "name": "source"},
            {"type": "logs-filter", "name": "filter", "predicate": datadog(query)},
            {"type": "log-reducer", "name": "reduce", "logReducerExceptions": predicates},
            {
                "type": "grok-parser",
                "name": "parse",
                "grokParsingRules": ["good %{notSpace}", rule],
                "predicate": datadog(""),
            },
            {"type": "multi-grok-parser", "name": "parse_more", "ruleSets": [{"grokParsingRules": [rule]}]},
            {"type": "rule-engine", "name": "rules", "triggers": {}, "conditions": {"c": condition}},
            {"type": "sql-operation", "name": "sql", "statements": [statement]},
            {"type": "discarding-sink", "name": "sink"},
        ],
        "edges": [
            "source -> filter",
            "filter -> reduce",
            "reduce -> parse",
            "parse -> parse_more",
            "parse_more -> rules",
            "rules -> sql",
            "sql:the_rest -> sink",
        ],
    }


@pytest.fixture
def run(simulator: Simulator, runtime: NullRuntime) -> Any:
    def running(module: Any, check_mode: bool = False, **options: Any) -> dict[str, Any]:
        given = {
            name: simulator.ready_info["grepr"][name] for name in ("api_url", "auth_url", "client_id", "client_secret")
        }
        spec = module.OPERATION.spec
        arguments = {**given, "validate": "remote", **options}
        return perform(module.OPERATION, Context(params(spec, arguments), runtime, check_mode=check_mode)).keys

    simulator.switch(grepr={"transit_time": 0.02})
    return running


def asked(simulator: Simulator) -> list[tuple[str, str]]:
    return [(one["path"], one["body"]) for one in simulator.requests() if one["path"] in CHECKED]


def written(simulator: Simulator) -> list[str]:
    return [one["path"] for one in simulator.requests("/api/v1/jobs") if one["method"] != "GET"]


def test_problems_are_reported_with_their_path() -> None:
    assert [check.path for check in find_expressions(graph(), "g")] == [
        "g.vertices[1].predicate.query",
        "g.vertices[2].logReducerExceptions[0].query",
        "g.vertices[2].logReducerExceptions[1].queries[0].query",
        "g.vertices[2].logReducerExceptions[1].queries[1].query",
        "g.vertices[3]",
        "g.vertices[4].ruleSets[0]",
        "g.vertices[5].conditions.c.actionRules[0].actionPredicate.query",
        "g.vertices[6].statements[0].sqlQuery",
    ]
    assert list(find_expressions(None, "g")) == []
    assert list(find_expressions({"type": "grok-parser", "grokParsingRules": []}, "g")) == []
    odd = [{"type": "multi-grok-parser", "ruleSets": ["x"]}, {"type": "sql-operation", "statements": [1, {}]}]
    assert list(find_expressions(odd, "g")) == []


def test_valid_graph_is_written_and_equal_queries_are_validated_once(simulator: Simulator, run: Any) -> None:
    result = run(grepr_job, name="good", job_graph=graph())
    assert result.get("changed"), result
    paths = [path for path, _body in asked(simulator)]
    assert [paths.count(path) for path in CHECKED] == [3, 2, 1]
    (sql,) = simulator.requests(CHECKED[2])
    assert (sql["body"], sql["headers"]["Content-Type"]) == ("SELECT * FROM logs", "text/plain")
    assert json.loads(asked(simulator)[0][1]) == {
        "query": datadog("service:web"),
        "validationTarget": "EVENT_PREDICATE",
    }


@pytest.mark.parametrize("check_mode", [True, False])
def test_all_problems_are_reported_and_nothing_is_written(simulator: Simulator, run: Any, check_mode: bool) -> None:
    bad = graph(query="service:(web", rule="bad %{nonsense:a}", sql="DROP TABLE logs")
    result = run(grepr_job, check_mode, name="bad", job_graph=bad)
    assert (result["failed"], written(simulator)) == (True, [])
    assert result["msg"].startswith("The pipeline cannot be written: job_graph.vertices[1].predicate.query: missing ")
    for place in (
        "job_graph.vertices[2].logReducerExceptions[1].queries[1].query: missing closing",
        "job_graph.vertices[3].grokParsingRules[1]: unknown matcher 'nonsense' at 4",
        "job_graph.vertices[4].ruleSets[0].grokParsingRules[0]: unknown matcher",
        "job_graph.vertices[5].conditions.c.actionRules[0].actionPredicate.query: missing closing",
        'job_graph.vertices[6].statements[0].sqlQuery: Encountered "DROP"',
    ):
        assert place in result["msg"]
    assert "logReducerExceptions[0]" not in result["msg"]


def test_local_validation_sends_no_request(simulator: Simulator, run: Any) -> None:
    assert run(grepr_job, True, name="bad", job_graph=graph(query="service:(web"), validate="local")["changed"]
    assert asked(simulator) == []


def test_unchanged_graph_is_not_validated_again(simulator: Simulator, run: Any) -> None:
    run(grepr_job, name="good", job_graph=graph())
    before = len(asked(simulator))
    assert run(grepr_job, name="good", job_graph=graph())["changed"] is False
    assert run(grepr_job, True, name="good", state="stopped")["changed"] is True
    assert len(asked(simulator)) == before
    assert run(grepr_job, True, name="good", job_graph=graph("service:db"))["changed"] is True
    assert len(asked(simulator)) == before + 6


def test_many_pipelines(simulator: Simulator, run: Any) -> None:
    jobs: list[dict[str, Any]] = [{"name": f"p{number}", "job_graph": graph()} for number in range(5)]
    jobs[3]["job_graph"] = graph(sql="DROP TABLE logs")
    jobs[4]["job_graph"] = graph(query="a:b OR")
    jobs.append({"name": "nothing"})
    result = run(grepr_jobs, jobs=jobs)
    assert (result["failed"], written(simulator)) == (True, [])
    assert result["msg"].startswith("The pipelines cannot be written: jobs[3].job_graph.vertices[6].statements[0]")
    assert result["msg"].count("an operator lacks its operand") == 3
    assert "jobs[4].job_graph.vertices[1].predicate.query: an operator" in result["msg"]
    assert "nothing: The pipeline nothing does not exist" in result["msg"]
    assert len(asked(simulator)) == len(set(asked(simulator))) == 8
    result = run(grepr_jobs, jobs=jobs[:3], wait=False)
    assert [one["changed"] for one in result["jobs"]] == [True] * 3
    before = len(simulator.requests())
    assert run(grepr_jobs, jobs=jobs[:3])["changed"] is False
    assert len(simulator.requests()) == before + 1


@pytest.mark.parametrize("module", [grepr_job, grepr_jobs])
@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ({"status": 400, "json": {"message": "I do not speak this"}}, "I do not speak this"),
        ({"status": 400}, "is refused"),
        ({"status": 200, "json": {"valid": False}}, "is not valid"),
        (
            {"status": 200, "json": {"ok": True}},
            "answered with JSON that is not a validation result. Use validate=local.",
        ),
        ({"status": 403}, "HTTP 403"),
    ],
)
def test_unexpected_responses(
    simulator: Simulator, run: Any, module: Any, action: dict[str, Any], expected: str
) -> None:
    for path in CHECKED:
        simulator.fault(path, action)
    one = {"name": "odd", "job_graph": graph()}
    result = run(module, **(one if module is grepr_job else {"jobs": [one]}))
    assert (result["failed"], written(simulator)) == (True, [])
    assert expected in result["msg"]
