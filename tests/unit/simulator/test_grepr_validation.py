# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Grepr's validation of texts, and the effects of triggers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

Call = Callable[..., requests.Response]
Admin = Callable[..., Any]
QUERY = {"type": "datadog-query", "query": "service:web"}


@pytest.mark.parametrize(
    ("kind", "query", "valid"),
    [
        ("datadog-query", "service:web AND (env:prod OR env:dev)", True),
        ("datadog-query", "", True),
        ("datadog-query", "(service:web", False),
        ("datadog-query", "service:web)", False),
        ("datadog-query", 'service:"web', False),
        ("datadog-query", "service:web AND", False),
        ("datadog-query", "service: web", False),
        ("nrql-query", "SELECT * FROM Log", True),
        ("nrql-query", "service:web", False),
    ],
)
def test_queries(grepr: Call, kind: str, query: str, valid: bool) -> None:
    body = grepr("POST", "/v1/query/parse", json={"query": {"type": kind, "query": query}}).json()
    assert (body["valid"], body["errorMessage"] is None, body["parsedQuery"] is not None) == (valid, valid, valid)


def test_queries_of_unknown_type(grepr: Call) -> None:
    answer = grepr("POST", "/v1/query/parse", json={"query": {"type": "odd", "query": ""}})
    assert (answer.status_code, list(answer.json())) == (400, ["message"])
    assert list(grepr("POST", "/v1/query/parse", json={}).json()) == ["message"]


def test_sql(grepr: Call) -> None:
    def parse(statement: str) -> Any:
        headers = {"Content-Type": "text/plain"}
        return grepr("POST", "/v1/validation/sql/flink", data=statement, headers=headers).json()

    assert parse("SELECT * FROM logs") == {"valid": True, "errorMessage": None}
    assert not parse("SELECT (a FROM logs")["valid"]
    assert "SELEKT" in parse("SELEKT 1")["errorMessage"]
    assert grepr("POST", "/v1/validation/sql/flink", json="SELECT 1").status_code == 400


def test_grok(grepr: Call) -> None:
    parser = {
        "type": "grok-parser",
        "name": "grok",
        "grokHelperRules": ["client %{ip:client}"],
        "grokParsingRules": ["access %{client} %{word:method} %{notSpace:path}"],
    }
    body = grepr("POST", "/v1/grok/parse", json={"grokParser": parser, "logSample": "10.0.0.1 GET /a"}).json()
    assert (body["match"], body["matchingRuleName"]) == (True, "access")
    assert body["attributes"] == {"client": "10.0.0.1", "method": "GET", "path": "/a"}
    batch = {"grokParser": parser, "logSamples": ["10.0.0.1 GET /a", "no"]}
    results = grepr("POST", "/v1/grok/parse/batch", json=batch).json()["results"]
    assert [one["match"] for one in results] == [True, False]
    iso = parser | {"grokParsingRules": ["at %{timestampiso8601:at} %{data:rest}"]}
    parsed = grepr("POST", "/v1/grok/parse", json={"grokParser": iso, "logSample": "2026-03-01T12:00:00.5Z up"}).json()
    assert parsed["attributes"] == {"at": "2026-03-01T12:00:00.5Z", "rest": "up"}
    typed = {
        "grokParsingRules": ["r %{integer:status} %{number:ratio} %{number:bytes} %{notSpace:id}(?: %{integer:age})?"]
    }
    parsed = grepr("POST", "/v1/grok/parse", json={"grokParser": parser | typed, "logSample": "+200 -0.25 15 7"}).json()
    expected = {"status": 200, "ratio": -0.25, "bytes": 15, "id": "7", "age": None}
    assert {name: (value, type(value)) for name, value in parsed["attributes"].items()} == {
        name: (value, type(value)) for name, value in expected.items()
    }
    bad = parser | {"grokParsingRules": ["access %{odd:field}"]}
    answer = grepr("POST", "/v1/grok/parse", json={"grokParser": bad, "logSample": "x"})
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert (error["rule"], error["ruleErrors"][0]["position"]) == ("access %{odd:field}", 7)


def test_masking(grepr: Call) -> None:
    masks = {"digits": r"\d+", "mail": {"regex": r"\S+@\S+", "replacement": "<mail>"}}
    body = {"masking": {"messageMasks": masks, "attributeMasks": []}, "samples": ["call 123", "to a@b"]}
    assert grepr("POST", "/v1/masking/mask", json=body).json() == {"results": ["call [digits]", "to <mail>"]}
    assert grepr("POST", "/v1/masking/mask", json=body | {"samples": ["x"] * 21}).status_code == 400
    bad = {"masking": {"messageMasks": {"x": "("}}, "samples": []}
    assert grepr("POST", "/v1/masking/mask", json=bad | {"samples": ["x"]}).status_code == 400


def test_triggers_set_off_backfills(grepr: Call, admin: Admin) -> None:
    action = {
        "type": "backfill-job-action",
        "name": "fill",
        "backfillQuery": QUERY,
        "datasetId": "0kabdv8yo9q99",
        "sinkOperations": [{"type": "datadog-log-sink", "name": "vendor", "integrationId": "0jn5rdc93r10t"}],
        "jobTags": {"why": "incident"},
    }
    engine = {
        "type": "rule-engine",
        "name": "rules",
        "triggers": {"incident": {"type": "external-source", "conditionIds": ["c"], "duration": "PT5M"}},
        "conditions": {"c": {"actionRules": [{"type": "job-rule", "actions": [action]}]}},
    }
    (job,) = admin("PUT", "/jobs", [{"name": "watched", "jobGraph": {"vertices": [engine], "edges": []}}])
    anomalies = f"/v1/anomalies/{job['id']}/rules"
    assert grepr("GET", anomalies).json() == []
    fired = {"jobId": job["id"], "logsRuleEngineName": "rules", "triggerId": "incident"}
    for trigger in (fired, fired | {"triggerId": "odd"}, fired | {"jobId": "odd"}):
        assert grepr("POST", "/v1/triggers", json=trigger).status_code == 202
    (noted,) = grepr("GET", anomalies).json()
    assert (noted["ruleEngineName"], noted["triggerId"]) == ("rules", "incident")
    assert noted["lastTriggeredAt"] >= noted["firstTriggeredAt"]
    assert grepr("GET", f"{anomalies}?triggerIds=odd").json() == []
    (child,) = grepr("GET", f"/v1/jobs/{job['id']}/jobs").json()
    assert (child["processing"], child["tags"]["why"]) == ("BATCH", "incident")
    assert grepr("GET", f"/v1/jobs/{job['id']}/jobs?ruleEngineName=other").json() == []
    assert grepr("GET", f"/v1/jobs/{job['id']}/jobs?triggerIds=incident").json() == [child]
    assert grepr("GET", f"/v1/anomalies/{job['id']}/other").status_code == 400
    assert grepr("GET", "/v1/anomalies/none/rules").status_code == 404
