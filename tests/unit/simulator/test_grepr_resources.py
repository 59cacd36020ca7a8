# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Grepr's other resources: datasets, integrations, templates, teams, users, roles, service accounts."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

Call = Callable[..., requests.Response]
Admin = Callable[..., Any]
DATADOG, WAREHOUSE, DATASET, TEMPLATE = "0jn5rdc93r10t", "0jn5rdc93r11w", "0kabdv8yo9q99", "0ktemplate001"
SECRET = {"secret": "very-secret-key"}
PAYLOADS = [
    ("datadog", "datadog", {"site": "datadoghq.com", "filterQuery": "", "additionalTags": []}, 200, 204),
    ("splunk", "splunk", {"filterQuery": "", "additionalTags": ["a:b"]}, 200, 204),
    ("newrelic", "newrelic", {"site": "US"}, 200, 204),
    ("sumo", "sumo", {}, 200, 204),
    ("otlp", "otlp", {"endpoint": "https://otlp.example.com"}, 200, 204),
    ("data-warehouse", "data-warehouse", {}, 201, 200),
    ("s3-data-warehouse", "s3-data-warehouse", {"bucketName": "acme-logs"}, 201, 200),
    ("s3-vector-index", "s3-vector-index", {"dimensions": 5}, 201, 200),
    ("webhooks", "webhook", {"agentSubscriptions": [], "schemaDescription": "x", "systemType": "y"}, 200, 204),
    ("anthropic", "anthropic", {}, 200, 204),
    ("gemini", "gemini", {"maxTokensWindowHours": 24}, 200, 204),
    ("openai", "openai", {}, 200, 204),
    ("litellm", "litellm", {"baseUrl": "https://llm.example.com"}, 200, 204),
    ("datadog-mcp", "datadog-mcp", {"serverUrl": "https://mcp.example.com"}, 200, 204),
    ("github-mcp", "github-mcp", {"serverUrl": "https://mcp.example.com"}, 200, 204),
    ("pagerduty-mcp", "pagerduty-mcp", {"serverUrl": "https://mcp.example.com"}, 200, 204),
    ("slack-mcp", "slack-mcp", {"serverUrl": "https://mcp.example.com"}, 200, 204),
]


def made(answer: requests.Response, status: int = 200) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    return dict(answer.json())


def write(kind: str, payload: dict[str, Any], **changed: Any) -> dict[str, Any]:
    return {"name": "mine", "type": kind, "version": 0, "payload": payload, **changed}


def test_datasets(grepr: Call, admin: Admin) -> None:
    given = {"name": "second", "integrationId": WAREHOUSE}
    dataset = made(grepr("POST", "/v1/datasets", json=given))
    assert dataset["organizationId"] == "acme"
    path = f"/v1/datasets/{dataset['id']}"
    assert [one["id"] for one in grepr("GET", "/v1/datasets").json()] == [DATASET, dataset["id"]]
    changed = made(grepr("PUT", path, json={"name": "renamed", "teamIds": ["t"], "tables": {}}))
    assert (changed["name"], changed["teamIds"], changed["integrationId"]) == ("renamed", [], WAREHOUSE)
    assert grepr("PUT", path, json={"name": "x", "integrationId": "other"}).status_code == 400
    admin("PATCH", "/settings", {"dataset_teams": "updated"})
    assert made(grepr("PUT", path, json={"name": "renamed", "teamIds": ["t"]}))["teamIds"] == ["t"]
    assert made(grepr("POST", "/v1/datasets", json=given | {"name": "renamed"}))["id"] != dataset["id"]
    admin("PATCH", "/settings", {"grepr": {"unique_names": True, "check_references": True}})
    assert grepr("POST", "/v1/datasets", json=given | {"name": "renamed"}).status_code == 409
    assert grepr("POST", "/v1/datasets", json={"name": "n", "integrationId": DATADOG}).status_code == 400
    answer = grepr("DELETE", path)
    assert (answer.status_code, answer.content) == (200, b"")
    assert (grepr("DELETE", path).status_code, grepr("GET", path).status_code) == (404, 404)
    assert grepr("DELETE", f"/v1/datasets/{DATASET}").status_code == 409
    admin("PUT", "/jobs", [])
    assert grepr("DELETE", f"/v1/datasets/{DATASET}").status_code == 200


POLICY: dict[str, Any] = {"v": 1, "attributes": {"cap": 0}, "tags": {"cap": 0, "include": ["env"]}}


def test_tables(grepr: Call, admin: Admin) -> None:
    path = f"/v1/datasets/{DATASET}/logs_raw/config"
    config = {"partitionConfig": {"fields": [{"column": "host", "buckets": 16}]}}
    admin("PUT", "/jobs", [{"name": "busy"}])
    assert grepr("PUT", path, json=config).status_code == 409
    admin("PUT", "/jobs", [{"name": "halted", "state": "STOPPED"}])
    table = made(grepr("PUT", path, json=config))
    assert table["effectiveSpec"][-1] == {
        "column": "host", "systemControlled": False, "transform": {"type": "bucket", "buckets": 16},
    }  # fmt: skip
    assert made(grepr("GET", path)) == table
    assert made(grepr("GET", f"/v1/datasets/{DATASET}"))["tables"] == {"logs_raw": {**config, "sortFields": []}}
    refused = grepr("PUT", path, json={**config, "promotedTagKeys": ["env"]})
    assert (refused.status_code, "unrecognized field promotedTagKeys" in refused.text) == (400, True)
    assert [grepr("DELETE", path).status_code for _number in range(2)] == [204, 204]
    assert len(made(grepr("GET", path))["effectiveSpec"]) == 1
    assert grepr("GET", path.replace("logs_raw", "logs_pattern_lookup")).status_code == 200
    assert grepr("GET", path.replace("logs_raw", "odd")).status_code == 400
    estimation = f"/v1/datasets/{DATASET}/estimation-config"
    assert grepr("GET", estimation).json() is None
    assert made(grepr("PUT", estimation, json={"logLimit": 5}))["refreshPeriod"] == "PT168H"
    assert grepr("DELETE", estimation).status_code == 200


def test_promotion(grepr: Call, admin: Admin) -> None:
    config, path = (f"/v1/datasets/{DATASET}/{rest}" for rest in ("logs_raw/config", "tables/logs_raw/promotion"))
    admin("PUT", "/jobs", [{"name": "busy"}])
    assert made(grepr("GET", config))["promotion"]["revision"] == 0
    stored = made(grepr("PUT", path, json={**POLICY, "revision": 0}))
    assert (stored["revision"], stored["tags"]["include"]) == (1, ["env"])
    assert grepr("PUT", path, json={**POLICY, "revision": 0}).status_code == 409
    assert made(grepr("PUT", path, json=POLICY))["revision"] == 2
    table = made(grepr("GET", config))
    assert table["promotion"]["revision"] == 2
    assert table["promotedTagKeys"] == ["env"]
    assert [tag["key"] for tag in table["promotedTags"]] == ["service", "host", "env"]
    excluding = {**POLICY, "attributes": {"cap": 3, "exclude": [{"path": "kube", "prefix": True}]}}
    entry = made(grepr("PUT", path, json=excluding))["attributes"]["exclude"][0]
    assert entry.pop("scheduledRemovalAt")
    assert entry == {"path": "kube", "prefix": True}
    assert grepr("PUT", path.replace("logs_raw", "odd"), json=POLICY).status_code == 404


def test_removal_of_excluded_columns_is_scheduled_once(grepr: Call) -> None:
    def exclude(paths: list[str], tags: list[str], **more: object) -> dict[str, datetime]:
        """Store a policy and return the times of removal by path or tag."""
        attributes = {"cap": 3, "exclude": [{"path": path} for path in paths], "excludeAllByDefault": not paths}
        policy = {"v": 1, "attributes": attributes, "tags": {"cap": 0, "exclude": tags}, **more}
        path = f"/v1/datasets/{DATASET}/tables/logs_raw/promotion"
        stored = made(grepr("PUT", path, json=policy))
        times = {entry["path"]: entry["scheduledRemovalAt"] for entry in stored["attributes"]["exclude"]}
        times |= stored["tags"]["scheduledRemovalAt"]
        if not paths:
            times["all"] = stored["attributes"]["excludeAllScheduledRemovalAt"]
        return {name: datetime.fromisoformat(time) for name, time in times.items()}

    def is_due(time: datetime, hours: float) -> bool:
        return abs(time - datetime.now(UTC) - timedelta(hours=hours)) < timedelta(minutes=1)

    first = exclude(["a"], ["env"])
    assert is_due(first["a"], 6)
    assert is_due(first["env"], 6)
    second = exclude(["a", "b"], ["env", "zone"], columnRemovalDelay="P1DT30M")
    assert second.items() >= first.items()
    assert is_due(second["b"], 24.5)
    assert is_due(second["zone"], 24.5)
    third = exclude([], ["zone"])
    assert third["zone"] == second["zone"]
    assert is_due(third["all"], 6)
    assert exclude([], [], columnRemovalDelay="PT2M") == {"all": third["all"]}
    again = exclude(["a"], [], columnRemovalDelay="PT2M")
    assert is_due(again["a"], 1 / 30)


@pytest.mark.parametrize(
    ("include", "exclude", "is_refused"),
    [
        ({"path": "kube", "prefix": True}, {"path": "kube.pod"}, True),
        ({"path": "kube", "prefix": True}, {"path": "kube", "prefix": True}, True),
        ({"path": "kube"}, {"path": "kube"}, True),
        ({"path": "kube", "prefix": True}, {"path": "kubernetes"}, False),
        ({"path": "kube"}, {"path": "kube", "prefix": True}, False),
        ({"path": "kube.pod", "prefix": True}, {"path": "kube", "prefix": True}, False),
    ],
)
def test_include_does_not_cover_an_exclude_entirely(
    grepr: Call, include: dict[str, Any], exclude: dict[str, Any], is_refused: bool
) -> None:
    policy = {**POLICY, "attributes": {"cap": 1, "include": [include], "exclude": [exclude]}}
    answer = grepr("PUT", f"/v1/datasets/{DATASET}/tables/logs_raw/promotion", json=policy)
    assert ("is covered entirely" in answer.text) is is_refused
    assert answer.status_code == (400 if is_refused else 200), answer.text


def test_tag_is_promoted_before_the_table_is_partitioned_on_it(grepr: Call, admin: Admin) -> None:
    config, path = (f"/v1/datasets/{DATASET}/{rest}" for rest in ("logs_raw/config", "tables/logs_raw/promotion"))
    admin("PUT", "/jobs", [])
    partitioned = {"partitionConfig": {"fields": [{"column": "env", "buckets": 4}]}}
    assert "not a promoted tag key: env" in grepr("PUT", config, json=partitioned).text
    assert grepr("PUT", path, json=POLICY).status_code == 200
    assert grepr("PUT", config, json=partitioned).status_code == 200
    refused = grepr("PUT", path, json={**POLICY, "tags": {"cap": 0}})
    assert (refused.status_code, "the table is partitioned on the tag key env" in refused.text) == (400, True)
    assert made(grepr("GET", config))["promotedTags"][-1]["protection"] == "PARTITION_SOURCE"


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"tags": None}, "tags must not be null"),
        ({"odd": 1}, "unrecognized field odd"),
        ({"tags": {"cap": "1"}}, "cap must be a number"),
        ({"tags": {"cap": 0, "include": ["a"], "exclude": ["a"]}}, "the tag key a is on both lists"),
        ({"tags": {"cap": 0, "exclude": ["host"]}}, "the tag key host cannot be excluded"),
        ({"attributes": {"cap": 0, "include": [{"path": "a", "odd": 1}]}}, "unrecognized field odd"),
        ({"attributes": {"cap": 0, "include": [{"path": "a", "prefix": True, "numeric": True}]}}, "can be numeric"),
        ({"attributes": {"cap": 0, "exclude": [{"path": "a"}], "excludeAllByDefault": True}}, "must be empty"),
        ({"columnRemovalDelay": "PT1M"}, "columnRemovalDelay must be between"),
        ({"columnRemovalDelay": "P31D"}, "columnRemovalDelay must be between"),
    ],
)
def test_policies_that_are_refused(grepr: Call, changed: dict[str, Any], problem: str) -> None:
    answer = grepr("PUT", f"/v1/datasets/{DATASET}/tables/logs_raw/promotion", json={**POLICY, **changed})
    assert (answer.status_code, problem in answer.text) == (400, True), answer.text


@pytest.mark.parametrize(("path", "kind", "payload", "created", "deleted"), PAYLOADS)
def test_integrations(grepr: Call, path: str, kind: str, payload: dict[str, Any], created: int, deleted: int) -> None:
    url = f"/v1/integrations/{path}"
    one = made(grepr("POST", url, json=write(kind, payload)), created)
    assert (one["version"], one["type"], one["jobIds"]) == (0, kind, [])
    assert payload.items() <= one["payload"].items()
    item = f"{url}/{one['id']}"
    again = grepr("POST", url, json=write(kind, payload))
    assert again.status_code == 409
    if created == 201 or kind == "webhook":
        assert again.content == b""
    else:
        assert again.json()["id"] == one["id"]
    assert grepr("PUT", item, json=write(kind, payload)).status_code == 409
    assert grepr("PUT", item, json=write(kind, payload, version=2)).status_code == 409
    changed = made(grepr("PUT", item, json=write(kind, payload, version=1, name="renamed")))
    assert (changed["version"], changed["name"], changed["id"]) == (1, "renamed", one["id"])
    assert grepr("PUT", f"{url}/none", json=write(kind, payload)).status_code == 404
    for bad in (
        write("odd", payload),
        write(kind, payload, name="no/slash"),
        write(kind, payload | {"odd": 1}),
        write(kind, payload) | {"payload": None},
    ):
        assert grepr("POST", url, json=bad).status_code == 400
    if required := set(payload) - {"additionalTags", "maxTokensWindowHours"}:
        assert grepr("POST", url, json=write(kind, {})).status_code == 400, required
    assert one["id"] in [item["id"] for item in grepr("GET", url).json()["items"]]
    assert [grepr("DELETE", item).status_code for _number in range(2)] == [deleted, deleted]
    assert grepr("GET", item).status_code == 404


@pytest.mark.parametrize(
    ("path", "kind", "secret", "field"),
    [
        ("datadog", "datadog", "api-key", "apiKey"),
        ("datadog", "datadog", "app-key", "appKey"),
        ("datadog", "datadog", "client-token", "clientToken"),
        ("splunk", "splunk", "auth-token", "authToken"),
        ("splunk", "splunk", "rest-auth-token", "restAuthToken"),
        ("newrelic", "newrelic", "license-key", "licenseKey"),
        ("newrelic", "newrelic", "api-key", "apiKey"),
        ("sumo", "sumo", "endpoint", "endpoint"),
        ("openai", "openai", "api-key", "apiKey"),
        ("datadog-mcp", "datadog-mcp", "app-key", "appKey"),
    ],
)
def test_secrets(grepr: Call, admin: Admin, path: str, kind: str, secret: str, field: str) -> None:
    (one,) = admin("PUT", "/integrations", [{"type": kind, "name": "mine"}])
    item = f"/v1/integrations/{path}/{one['id']}"
    assert field not in made(grepr("GET", item))["payload"]
    answer = grepr("PUT", f"{item}/{secret}", json=SECRET)
    assert (answer.status_code, answer.content) == (204, b"")
    shown = made(grepr("GET", item))
    assert (shown["payload"][field], shown["version"]) == ("**************ey", 0)
    assert admin("GET", "/secrets")["integrations"][one["id"]][secret] == "very-secret-key"
    body = {name: shown[name] for name in ("name", "type", "payload")} | {"version": 1}
    assert made(grepr("PUT", item, json=body))["payload"][field] == "**************ey"
    assert grepr("PUT", f"{item}/{secret}", json={"secret": ""}).status_code == 400
    assert grepr("PUT", f"/v1/integrations/{path}/none/{secret}", json=SECRET).status_code == 404
    deletable = secret in ("app-key", "client-token") and kind == "datadog"
    assert grepr("DELETE", f"{item}/{secret}").status_code == (204 if deletable else 405)


def test_immutable_fields(grepr: Call, admin: Admin) -> None:
    (one,) = admin("PUT", "/integrations", [{"type": "s3-data-warehouse", "name": "mine"}])
    item = f"/v1/integrations/s3-data-warehouse/{one['id']}"
    changed = write("s3-data-warehouse", {"bucketName": "other-logs"}, version=1)
    assert grepr("PUT", item, json=changed).status_code == 400
    changed["payload"] = {"bucketName": "acme-logs", "prefix": "x"}
    assert made(grepr("PUT", item, json=changed))["payload"]["prefix"] == "x"


def test_integrations_in_use(grepr: Call, admin: Admin) -> None:
    item = f"/v1/integrations/datadog/{DATADOG}"
    assert len(made(grepr("GET", item))["jobIds"]) == 2
    admin("PATCH", "/settings", {"integration_in_use": 409})
    assert grepr("DELETE", item).status_code == 409
    admin("PATCH", "/settings", {"integration_in_use": 204})
    assert grepr("DELETE", item).status_code == 204


def test_otlp(grepr: Call) -> None:
    payload = {"endpoint": "https://otlp.example.com", "secretHeaders": {"X-Key": SECRET}}
    one = made(grepr("POST", "/v1/integrations/otlp", json=write("otlp", payload)))
    item, clear = f"/v1/integrations/otlp/{one['id']}", one["payload"]["plainTextToken"]
    assert grepr("GET", f"{item}/token").json() == clear
    shown = made(grepr("GET", item))["payload"]
    assert (shown["secretHeaders"], "plainTextToken" in shown) == ({"X-Key": {"secret": "**************ey"}}, False)
    assert shown["token"] == "*" * 14 + clear[-2:]
    assert grepr("PUT", f"{item}/secret-headers/X-Other", json=SECRET).status_code == 204
    assert grepr("DELETE", f"{item}/secret-headers/X-Key").status_code == 204
    assert list(made(grepr("GET", item))["payload"]["secretHeaders"]) == ["X-Other"]


def test_datadog_keys_and_sites(grepr: Call, admin: Admin) -> None:
    item = f"/v1/integrations/datadog/{DATADOG}"
    keys = [{"value": "first-key", "label": "one", "sendKey": True}, {"value": "second-key", "sendKey": False}]
    document = made(grepr("PUT", f"{item}/api-keys", json={"keys": keys}))["payload"]
    assert [key["maskedValue"][-3:] for key in document["apiKeys"]] == ["*ey", "*ey"]
    assert document["sendKeyId"] == document["apiKeys"][0]["keyId"]
    swapped = [{"keyId": document["apiKeys"][1]["keyId"], "sendKey": True}]
    assert grepr("PUT", f"{item}/api-keys", json={"keys": swapped}).status_code == 409
    admin("PUT", "/jobs", [])
    assert len(made(grepr("PUT", f"{item}/api-keys", json={"keys": swapped}))["payload"]["apiKeys"]) == 1
    assert admin("GET", "/secrets")["integrations"][DATADOG]["api-key"] == "second-key"
    assert grepr("PUT", f"{item}/api-keys", json={"keys": []}).status_code == 400
    assert "datadoghq.eu" in grepr("GET", "/v1/integrations/datadog/sites").json()
    body = write("datadog", {"site": "nowhere.example.com", "filterQuery": "", "additionalTags": []})
    assert grepr("POST", "/v1/integrations/datadog", json=body).status_code == 400
    assert made(grepr("GET", f"{item}/exceptions"))["items"] == []
    assert grepr("GET", f"{item}/exceptions?pageSize=5").status_code == 400


def test_permissions_by_credential(
    running: dict[str, Any], http: requests.Session, grepr: Call, grepr_login: Call, admin: Admin
) -> None:
    key = {"GREPR-API-KEY": running["grepr"]["api_key"]}
    token = {"Authorization": f"Bearer {grepr_login().json()['access_token']}"}

    def status(path: str, headers: dict[str, str], method: str = "GET") -> int:
        return http.request(method, running["grepr"]["api_url"] + path, headers=headers, timeout=10).status_code

    for path in ("/v1/jobs", "/v1/integrations/datadog", "/v1/service-accounts", "/v1/roles", "/v1/organization"):
        assert (status(path, key), status(path, token), status(path, {})) == (200, 200, 401)
    for path in ("/v1/integrations/splunk", "/v1/users"):
        assert (status(path, key), status(path, token), status(path, token | key)) == (401, 200, 200)
    assert (status("/v1/apikey", key), status("/v1/apikey", token)) == (200, 401)
    admin("PATCH", "/settings", {"unlisted_auth": "open"})
    assert (status("/v1/roles", {}), status("/v1/jobs", {})) == (200, 401)
    assert status("/v1/apikey", key, "POST") == 201
    assert status("/v1/jobs", key) == 401


def test_templates(grepr: Call, admin: Admin) -> None:
    given = {"name": "mine", "template": '{"vertices": [], "edges": [edge]}', "inputs": {"in": "a:input"}}
    one = made(grepr("POST", "/v1/templates", json=given))
    item = f"/v1/templates/{one['id']}"
    assert (one["version"], one["latest"], one["builtIn"]) == (1, True, False)
    assert grepr("PUT", item, json=given | {"version": 1}).status_code == 400
    assert made(grepr("PUT", item, json=given | {"version": 2, "description": "new"}))["version"] == 2
    assert [v["version"] for v in made(grepr("GET", item))["items"]] == [1, 2]
    assert [v["version"] for v in made(grepr("GET", f"{item}?version=1&latest=true"))["items"]] == [2]
    assert [v["latest"] for v in made(grepr("GET", f"{item}?version=1"))["items"]] == [False]
    assert made(grepr("GET", f"{item}?version=9")) == {"items": []}
    assert [v["version"] for v in made(grepr("GET", "/v1/templates"))["items"]] == [16, 2]
    admin("PATCH", "/settings", {"template_shape": "object"})
    assert made(grepr("GET", item))["version"] == 2
    assert grepr("GET", "/v1/templates/none").status_code == 404
    assert grepr("PUT", "/v1/templates/none", json=given).status_code == 400
    assert [grepr("DELETE", item).status_code for _number in range(2)] == [204, 204]
    assert grepr("PUT", f"/v1/templates/{TEMPLATE}", json=given | {"version": 17}).status_code == 400
    graph = {
        "vertices": [{"type": "template-operation", "name": "t", "templateId": one["id"], "templateVersion": 1}],
        "edges": [],
    }
    admin("PUT", "/templates", [{"name": "used", "id": one["id"]}])
    admin("PUT", "/jobs", [{"name": "user", "jobGraph": graph}])
    assert grepr("DELETE", item).status_code == 409
    admin("PATCH", "/settings", {"template_in_use": 204})
    assert grepr("DELETE", item).status_code == 204


def test_template_test(grepr: Call, admin: Admin) -> None:
    code = 'const edges = typeof edge === "undefined" ? [] : [edge]; ({vertices: [], edges})'
    template = {"name": "mine", "version": 1, "template": code}
    template["inputSchema"] = {"required": ["edge"]}  # type: ignore[assignment]

    def tried(values: dict[str, Any], **more: Any) -> requests.Response:
        return grepr("POST", "/v1/templates/test", json={"template": template, "input": {"values": values}, **more})

    assert made(tried({"edge": "a -> b"}))["edges"] == ["a -> b"]
    assert "edge" in tried({}).json()["error"]
    assert tried({}, skipInputValidation=True).status_code == 200
    assert tried({"edge": "a -> b"}, checkValidGreprJobGraph=True).status_code == 400
    for code, reason in (
        ("while (true);", "interrupted"),
        ("({vertices: a})", "a is not defined"),
        ("1", "not an object"),
    ):
        template["template"] = code
        assert reason in tried({"edge": "a -> b"}).json()["error"]
    admin("PUT", "/trials", {"mine": {"vertices": [], "edges": []}})
    assert made(tried({"edge": "a -> b"})) == {"vertices": [], "edges": []}
    assert grepr("POST", "/v1/templates/test", json={"input": {}}).status_code == 400


TRANSFORM = {"type": "log-transform", "name": "transform1", "transforms": []}


@pytest.mark.parametrize(
    ("graph", "problem"),
    [
        # The example of the documentation.
        ({"vertices": [TRANSFORM], "edges": []}, ""),
        ({"vertices": [{**TRANSFORM, "type": "odd"}], "edges": []}, "could not resolve type id 'odd'"),
        ({"vertices": [{**TRANSFORM, "name": "Odd"}], "edges": []}, "vertices[0].name must match"),
        ({"vertices": [TRANSFORM, TRANSFORM], "edges": []}, "the name transform1 is not unique"),
        ({"vertices": [TRANSFORM], "edges": ["transform1 -> odd"]}, "no vertex odd"),
        ({"vertices": []}, "must have vertices and edges"),
    ],
)
def test_graph_of_a_template_is_validated_as_a_subgraph(grepr: Call, graph: dict[str, Any], problem: str) -> None:
    template = {"name": "mine", "version": 1, "template": json.dumps(graph)}
    trial = {"template": template, "input": {"values": {}}, "checkValidGreprJobGraph": True}
    answer = grepr("POST", "/v1/templates/test", json=trial)
    if problem:
        assert (answer.status_code, problem in answer.json()["error"]) == (400, True), answer.text
    else:
        assert made(answer) == graph


def test_teams(grepr: Call, admin: Admin) -> None:
    team = made(grepr("POST", "/v1/teams", json={"name": "sre"}))
    item = f"/v1/teams/{team['id']}"
    roles = grepr("GET", f"{item}/roles").json()
    assert [role["id"] for role in roles] == [team["leaderRoleId"], team["memberRoleId"]]
    given = {"leaderUserIds": ["u1"], "memberUserIds": ["u2", "lost"]}
    assert made(grepr("POST", f"{item}/users", json=given)) == {"leaderUserIds": ["u1"], "memberUserIds": ["u2"]}
    listed = made(grepr("GET", f"{item}/users?pageSize=1&page=1"))
    assert ([user["id"] for user in listed["members"]["items"]], listed["start"], listed["total"]) == (["u2"], 1, 2)
    assert made(grepr("GET", item))["userCount"] == 2
    leader = {"roleIds": [team["leaderRoleId"]]}
    assert made(grepr("PUT", f"{item}/users/u2/roles", json=leader)) == leader
    assert grepr("PUT", f"{item}/users/u2/roles", json={"roleIds": ["odd"]}).status_code == 400
    assert [grepr("DELETE", f"{item}/users/u2").status_code for _number in range(2)] == [204, 404]
    assert made(grepr("GET", "/v1/users/u1"))["teamIds"] == [team["id"]]
    assert made(grepr("PUT", item, json={"name": "platform"}))["name"] == "platform"
    assert grepr("POST", "/v1/teams", json={"name": "x" * 101}).status_code == 400
    assert grepr("DELETE", item).status_code == 204
    assert made(grepr("GET", "/v1/users/u1"))["teamIds"] == []
    admin("PATCH", "/settings", {"grepr": {"team_create_status": 201, "team_delete_status": 200}})
    team = made(grepr("POST", "/v1/teams", json={"name": "sre"}), 201)
    assert grepr("DELETE", f"/v1/teams/{team['id']}").status_code == 200
    (seeded,) = admin("PUT", "/teams", [{"name": "ops", "leaders": ["ann@example.com"], "members": ["u3"]}])
    assert made(grepr("GET", f"/v1/teams/{seeded['id']}"))["userCount"] == 2


def test_users(grepr: Call, admin: Admin) -> None:
    given = {"email": "zoe@example.com", "firstName": "Zoe", "lastName": "Zed", "password": SECRET, "roleIds": []}
    user = made(grepr("POST", "/v1/users", json=given))
    assert (user["name"], user["roles"], "password" in user) == ("Zoe Zed", [], False)
    assert grepr("POST", "/v1/users", json=given).status_code == 409
    assert grepr("POST", "/v1/users", json=given | {"email": "odd"}).status_code == 400
    item = f"/v1/users/{user['id']}"
    assert grepr("PUT", item, json={"name": "Z Zed"}).status_code == 400
    assert grepr("PUT", item, json={"firstName": "Z", "roleIds": []}).status_code == 400
    changed = made(grepr("PUT", item, json={"name": "Z Zed", "roleIds": ["rol_Admin0000001"]}))
    assert (changed["name"], [role["name"] for role in changed["roles"]]) == ("Z Zed", ["Admin"])
    roles = grepr("PUT", f"{item}/orgRoles", json={"roleIds": ["rol_Viewer000001"]}).json()
    assert [role["name"] for role in roles] == ["Viewer"]
    admin("POST", "/users/generate", {"count": 25})
    page = made(grepr("GET", "/v1/users?page=2"))
    assert (len(page["members"]["items"]), page["start"], page["limit"], page["total"]) == (5, 20, 10, 25)
    assert grepr("GET", "/v1/users?page=-1").status_code == 400


def test_roles(grepr: Call) -> None:
    given = {"name": "Pipelines", "description": "", "permissionIds": ["view:jobs", "edit:jobs"]}
    assert "view:jobs" in [one["id"] for one in grepr("GET", "/v1/permissions").json()]
    role = made(grepr("POST", "/v1/roles", json=given), 201)
    item = f"/v1/roles/{role['id']}"
    assert (role["builtin"], role["effect"]) == (False, "allow")
    assert grepr("POST", "/v1/roles", json=given).status_code == 409
    for bad in ({"name": "ab"}, {"permissionIds": ["odd:thing"]}, {"description": "x" * 501}):
        assert grepr("POST", "/v1/roles", json=given | bad).status_code == 400
    assert made(grepr("PUT", item, json=given | {"description": "new"}))["description"] == "new"
    assert grepr("PUT", "/v1/roles/rol_Admin0000001", json=given | {"name": "other"}).status_code == 400
    assert grepr("DELETE", "/v1/roles/rol_Admin0000001").status_code == 400
    account = made(grepr("POST", "/v1/service-accounts", json={"name": "bot", "roleIds": [role["id"]]}))
    assert grepr("DELETE", item).status_code == 400
    grepr("DELETE", f"/v1/service-accounts/{account['id']}")
    assert [grepr("DELETE", item).status_code for _number in range(2)] == [204, 404]


def test_service_accounts(grepr: Call, grepr_login: Call, admin: Admin) -> None:
    account = made(grepr("POST", "/v1/service-accounts", json={"name": "bot", "roleIds": ["rol_Viewer000001"]}))
    item, client, old = f"/v1/service-accounts/{account['id']}", account["clientId"], account["secret"]
    assert account["roles"][0]["name"] == "Viewer"
    assert "secret" not in made(grepr("GET", item))
    token = grepr_login(client_id=client, client_secret=old).json()["access_token"]
    assert grepr("GET", "/v1/jobs", headers={"Authorization": f"Bearer {token}"}).status_code == 200
    assert grepr("GET", f"{item}/secret").json() == old
    new = grepr("POST", f"{item}/secret/regenerate").json()
    assert grepr_login(client_id=client, client_secret=old).status_code == 401
    assert grepr_login(client_id=client, client_secret=new).status_code == 200
    renamed = made(grepr("PUT", item, json={"name": "robot", "roleIds": []}))
    assert (renamed["name"], renamed["roles"], renamed["clientId"]) == ("robot", [], client)
    assert grepr("PUT", item, json={"name": "robot", "roleIds": ["odd"]}).status_code == 400
    admin("POST", "/service_accounts/generate", {"count": 12})
    page = made(grepr("GET", "/v1/service-accounts?page=1"))
    assert (len(page["serviceAccounts"]["items"]), page["start"], page["limit"]) == (2, 10, 10)
    assert grepr_login(client_id=client, client_secret=new).status_code == 401


def test_organization(grepr: Call) -> None:
    path, access = "/v1/organization", "/v1/organization/access-config"
    read = made(grepr("GET", path))
    assert (read["name"], set(read)) == ("acme", {"name", "plan", "accessConfig", "constraints"})
    plan = {**read["plan"], "type": "FREE"}
    given = {"plan": plan, "accessConfig": {"autoSignupEnabled": True}, "comments": "none"}
    assert made(grepr("PUT", path, json=given)) == {**read, "plan": plan, "accessConfig": {"autoSignupEnabled": True}}
    assert made(grepr("GET", access)) == {"autoSignupEnabled": True}
    made(grepr("PUT", access, json={"autoSignupEnabled": False}))
    assert made(grepr("PUT", path, json={"plan": plan}))["accessConfig"] == {"autoSignupEnabled": False}
    for bad in ({}, {"plan": "FREE"}, {"plan": {**plan, "type": "ODD"}}, {"plan": plan, "name": "n"}):
        assert grepr("PUT", path, json=bad).status_code == 400


@pytest.mark.parametrize(
    ("kind", "path"),
    [("datasets", "/v1/datasets"), ("teams", "/v1/teams"), ("templates", "/v1/templates"), ("roles", "/v1/roles")],
)
def test_many(grepr: Call, admin: Admin, kind: str, path: str) -> None:
    assert admin("POST", f"/{kind}/generate", {"count": 1000}) == {"count": 1000}
    found = grepr("GET", path).json()
    found = found["items"] if isinstance(found, dict) else found
    assert len({one["name"] for one in found if one["name"].startswith(f"{kind}_")}) == 1000
    assert len(admin("GET", f"/{kind}")) >= 1000
    admin("POST", "/reset")
    assert len(admin("GET", f"/{kind}")) < 5


def test_integrations_of_any_vendor_are_seeded(grepr: Call, admin: Admin) -> None:
    admin("POST", "/integrations/generate", {"count": 50, "prefix": "s", "item": {"type": "splunk"}})
    assert len(grepr("GET", "/v1/integrations/splunk").json()["items"]) == 50
    assert "datadog" in admin("PUT", "/integrations", [{"type": "odd"}], status=400)["known"]


def test_activity_logs(grepr: Call, admin: Admin) -> None:
    def search(**given: object) -> list[str]:
        return [one["id"] for one in made(grepr("POST", "/v1/activity-logs/search", json=given))["items"]]

    given: list[dict[str, object]] = [
        {"id": "a", "time": "2026-03-01T12:00:00Z", "message": "Failed import", "logType": "INTEGRATION_IMPORT"},
        {"id": "b", "time": "2026-03-01T13:00:00Z", "userId": "u2", "status": "ERROR"},
        {"id": "c", "time": "2026-03-01T14:00:00Z", "resource": {"resourceType": "JOB", "resourceId": "1"}},
    ]
    admin("PUT", "/activities", given)
    assert search() == ["c", "b", "a"]
    assert search(startTime="2026-03-01T12:30:00Z", endTime="2026-03-01T13:00:00Z") == ["b"]
    assert search(logTypes=["INTEGRATION_IMPORT"]) == search(searchQuery="failed") == ["a"]
    assert search(userIds=["u2"]) == search(statuses=["ERROR"]) == ["b"]
    assert search(resourceFilters=[{"resourceType": "JOB", "resourceId": "1"}]) == ["c"]
    assert search(resourceFilters=[{"resourceType": "JOB", "resourceId": "2"}]) == []
    assert search(resourceFilters=[{"resourceType": "TEAM"}, {"resourceType": "JOB", "resourceId": None}]) == ["c"]
    assert search(resourceFilters=[{"resourceType": "TEAM"}]) == []
    assert search(limit=1, offset=1) == ["b"]
    unknown = [
        {"resourceFilters": [{"resourceType": "ODD"}]},
        {"resourceFilters": [{"resourceId": "1"}]},
        {"users": []},
    ]
    for bad in ({"limit": 1001}, {"offset": -1}, {"logTypes": ["ODD"]}, {"startTime": "noon"}, *unknown):
        assert grepr("POST", "/v1/activity-logs/search", json=bad).status_code == 400
    (shown,) = made(grepr("POST", "/v1/activity-logs/search", json={"userIds": ["u2"]}))["items"]
    assert not [name for name in shown if name.startswith("_")]
    admin("POST", "/activities/generate", {"count": 150})
    assert len(search()) == 100
    assert len(search(limit=1000)) == 150


def test_invitations(grepr: Call, running: dict[str, Any], http: requests.Session) -> None:
    url = f"{running['grepr']['api_url']}/v1/invitations"
    key = {"GREPR-API-KEY": running["grepr"]["api_key"]}
    given = {"email": "zoe@example.com", "roleIds": ["rol_Viewer000001"]}
    assert grepr("POST", "/v1/invitations", json=given).status_code == 401
    one = made(http.post(url, json=given, headers=key, timeout=10))
    assert given.items() <= one.items()
    assert made(http.get(url, headers=key, timeout=10))["invitations"]["items"] == [one]
    for bad in ({"email": "odd"}, {"roleIds": ["odd"]}, {"teamAssignments": [{"teamId": "odd", "role": "LEADER"}]}):
        assert http.post(url, json=given | bad, headers=key, timeout=10).status_code == 400
    assert http.delete(f"{url}/{one['id']}", headers=key, timeout=10).status_code == 200
    assert made(http.get(url, headers=key, timeout=10))["invitations"]["items"] == []


def test_claim_mappings(grepr: Call) -> None:
    url = "/v1/sso-claim-mapping"
    given = {"claimKey": "groups", "claimValue": "sre", "roleIds": ["rol_Viewer000001"], "teamAssignments": []}
    created = grepr("POST", url, json=given)
    assert (created.status_code, created.content) == (201, b"")
    assert grepr("POST", url, json=given).status_code == 409
    (one,) = grepr("GET", url).json()
    changed = made(grepr("PUT", f"{url}/{one['id']}", json=given | {"roleIds": []}))
    assert changed == {**one, "roleIds": []}
    assert grepr("POST", url, json=given | {"claimValue": "other", "roleIds": ["odd"]}).status_code == 400
    assert grepr("DELETE", f"{url}/{one['id']}").status_code == 204
    assert grepr("GET", url).json() == []
