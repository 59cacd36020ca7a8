# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Grepr's resources against the simulator: races, ambiguous writes, pages, secrets."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.greyops.rest.plugins.module_utils._context import Context
from ansible_collections.greyops.rest.plugins.module_utils._errors import OptionError
from ansible_collections.greyops.rest.plugins.module_utils._operation import ModuleResult, perform
from ansible_collections.greyops.rest.plugins.modules import (
    grepr_dataset,
    grepr_integration,
    grepr_integration_info,
    grepr_role,
    grepr_role_info,
    grepr_service_account,
    grepr_service_account_info,
    grepr_team,
    grepr_team_info,
    grepr_template,
    grepr_template_info,
    grepr_user,
    grepr_user_info,
)
from tests.unit.conftest import params

if TYPE_CHECKING:
    from ansible_collections.greyops.rest.plugins.module_utils._context import NullRuntime
    from tests.unit.conftest import Simulator

    Run = Callable[..., dict[str, Any]]

WAREHOUSE, DATADOG = "0jn5rdc93r11w", "0jn5rdc93r10t"
SECRET = "a-secret-of-somebody"
NEW_USER = {"first_name": "Zoe", "last_name": "Zed", "password": SECRET, "roles": ["Viewer"]}
PAYLOADS: dict[str, dict[str, Any]] = {
    "datadog": {"site": "datadoghq.eu"},
    "splunk": {"ingestHost": "hec.example.com"},
    "newrelic": {"site": "EU"},
    "sumo": {},
    "otlp": {"endpoint": "https://otlp.example.com"},
    "data-warehouse": {},
    "s3-data-warehouse": {"bucketName": "acme-logs"},
    "s3-vector-index": {"dimensions": 8},
    "webhook": {"agentSubscriptions": [{"agentId": "a"}], "schemaDescription": "s", "systemType": "t"},
    "anthropic": {"maxTokensWindowHours": 3},
    "gemini": {},
    "litellm": {"baseUrl": "https://llm.example.com"},
    "openai": {},
    "datadog-mcp": {"serverUrl": "https://mcp.example.com"},
    "github-mcp": {"serverUrl": "https://mcp.example.com"},
    "pagerduty-mcp": {"serverUrl": "https://mcp.example.com", "accountUrl": "https://acme.pagerduty.com"},
    "slack-mcp": {"serverUrl": "https://mcp.example.com"},
}
SECRETS: dict[str, dict[str, Any]] = {
    "datadog": {"api_key": SECRET, "app_key": SECRET, "client_token": SECRET},
    "splunk": {"auth_token": SECRET, "rest_auth_token": SECRET},
    "newrelic": {"api_key": SECRET, "license_key": SECRET},
    "sumo": {"endpoint": f"https://collectors.example.com/{SECRET}"},
    "otlp": {"secret_headers": {"X-Key": SECRET}},
    "anthropic": {"api_key": SECRET},
    "gemini": {"api_key": SECRET},
    "litellm": {"api_key": SECRET},
    "openai": {"api_key": SECRET},
    "datadog-mcp": {"api_key": SECRET, "app_key": SECRET},
    "github-mcp": {"api_key": SECRET},
    "pagerduty-mcp": {"api_key": SECRET},
    "slack-mcp": {"api_key": SECRET},
}


def performed(
    simulator: Simulator, runtime: NullRuntime, module: ModuleType, check: bool, given: dict[str, Any]
) -> ModuleResult:
    login_options = {
        name: simulator.ready_info["grepr"][name] for name in ("api_url", "auth_url", "client_id", "client_secret")
    }
    if "api_key" in given:
        login_options = {"api_url": login_options["api_url"]}
    options = params(module.OPERATION.spec, {**login_options, "token_store": "none", **given})
    return perform(module.OPERATION, Context(options, runtime, check_mode=check, diff_mode=True))


@pytest.fixture
def run(simulator: Simulator, runtime: NullRuntime) -> Run:
    """Run the operation of a module and expect it to succeed, unless ``fails``."""

    def keys(module: ModuleType, *, check: bool = False, fails: bool = False, **given: Any) -> dict[str, Any]:
        result = performed(simulator, runtime, module, check, given).keys
        assert bool(result.get("failed")) == fails, result
        return result

    return keys


def writes(simulator: Simulator) -> list[tuple[str, str]]:
    return [
        (one["method"], one["path"].removeprefix("/api")) for one in simulator.requests("/api/v1")
        if one["method"] != "GET"
    ]  # fmt: skip


# --- every resource


def life(
    run: Run, simulator: Simulator, module: ModuleType, key: str, made: dict[str, Any], other: dict[str, Any]
) -> None:
    """Create, update and delete a resource; each step is predicted, applied and repeated."""
    steps: list[dict[str, Any]] = [
        made,
        {**made, **other},
        {**{k: made[k] for k in ("name", "type", "email") if k in made}, "state": "absent"},
    ]
    for step in steps:
        before = writes(simulator)
        predicted = run(module, check=True, **step)
        assert writes(simulator) == before
        assert predicted["changed"]
        done = run(module, **step)
        assert done["changed"]
        assert done["diff"] == predicted["diff"]
        assert (done[key] is None) == (step.get("state") == "absent")
        count = len(writes(simulator))
        again = run(module, **step)
        assert not again["changed"]
        assert again["diff"]["before"] == again["diff"]["after"]
        assert len(writes(simulator)) == count
        assert SECRET not in str((predicted, done, again))


def test_dataset_lifecycle(run: Run, simulator: Simulator) -> None:
    simulator.switch(grepr={"dataset_teams": "updated", "check_references": True})
    run(grepr_team, name="platform")
    made = {"name": "logs", "integration_id": "lake storage", "team_ids": [], "tables": {"logs_raw": {}}}
    other = {
        "team_ids": ["platform"],
        "tables": {"logs_raw": {"promotedTagKeys": ["b", "a"]}},
        "estimation": {"logLimit": 9},
    }
    life(run, simulator, grepr_dataset, "dataset", made, other)


def test_team_lifecycle(run: Run, simulator: Simulator) -> None:
    made = {"name": "platform", "leaders": ["ann@example.com"], "members": ["Bob Other"]}
    life(run, simulator, grepr_team, "team", made, {"leaders": ["u2"], "members": ["u3"]})


def test_template_lifecycle(run: Run, simulator: Simulator) -> None:
    made = {"name": "mine", "template": '{"vertices": [], "edges": []}', "input_schema": {"required": ["a"]}}
    life(
        run,
        simulator,
        grepr_template,
        "template",
        made,
        {"template": '{"edges": [], "vertices": []}', "input_schema": {}},
    )


def test_service_account_lifecycle(run: Run, simulator: Simulator) -> None:
    life(
        run,
        simulator,
        grepr_service_account,
        "service_account",
        {"name": "a", "roles": ["Viewer"]},
        {"roles": ["Admin"]},
    )


def test_life_of_a_role(run: Run, simulator: Simulator) -> None:
    made = {"name": "Developer", "permissions": ["edit:jobs", "view:jobs"]}
    life(run, simulator, grepr_role, "role", made, {"description": "Changes pipelines.", "permissions": ["view:jobs"]})


def test_life_of_a_user(run: Run, simulator: Simulator) -> None:
    made = {"email": "Zoe@example.com", **NEW_USER}
    life(run, simulator, grepr_user, "user", made, {"last_name": "Other", "roles": ["Admin"], "password": "another"})


@pytest.mark.parametrize("vendor", PAYLOADS)
def test_integration_lifecycle(run: Run, simulator: Simulator, vendor: str) -> None:
    run(grepr_team, name="platform")
    made = {"type": vendor, "name": "mine", "payload": PAYLOADS[vendor], "secrets": SECRETS.get(vendor)}
    life(run, simulator, grepr_integration, "integration", made, {"team_ids": ["platform"]})


def test_rename_by_id(run: Run) -> None:
    made = run(grepr_team, name="one")["team"]
    renamed = run(grepr_team, id=made["id"], name="two")
    assert (renamed["changed"], renamed["team"]["id"], renamed["team"]["name"]) == (True, made["id"], "two")
    assert not run(grepr_team, id=made["id"])["changed"]
    missing = run(grepr_team, fails=True, id="0k0nobody0000", name="x")
    assert "There is no team with the id 0k0nobody0000. Omit id" in missing["msg"]
    assert not run(grepr_team, id="0k0nobody0000", state="absent")["changed"]


def test_ambiguous_name(run: Run, simulator: Simulator) -> None:
    simulator.admin("PUT", "/datasets", [{"id": "d2", "name": "twice"}, {"id": "d1", "name": "twice"}])
    msg = run(grepr_dataset, fails=True, name="twice")["msg"]
    assert msg == "There are 2 datasets with the name twice: d1, d2. Give the id."
    assert run(grepr_dataset, id="d2", state="absent")["changed"]


# --- ambiguous writes, and concurrent changes


@pytest.mark.parametrize("cut", ["after", "during"])
@pytest.mark.parametrize(
    ("module", "path", "given"),
    [
        (grepr_dataset, "/api/v1/datasets", {"name": "n", "integration_id": WAREHOUSE}),
        (grepr_team, "/api/v1/teams", {"name": "n"}),
        (grepr_role, "/api/v1/roles", {"name": "new", "permissions": []}),
        (grepr_user, "/api/v1/users", {**NEW_USER, "email": "n@example.com"}),
        (grepr_template, "/api/v1/templates", {"name": "n", "template": "{}"}),
        (grepr_service_account, "/api/v1/service-accounts", {"name": "n", "roles": ["Viewer"]}),
        (grepr_integration, "/api/v1/integrations/sumo", {"name": "n", "type": "sumo"}),
    ],
)
def test_ambiguous_creation_is_looked_up(
    run: Run, simulator: Simulator, module: ModuleType, path: str, given: dict[str, Any], cut: str
) -> None:
    simulator.fault(path, {"cut": cut}, method="POST", times=1)
    assert run(module, **given)["changed"]
    assert [one for one in writes(simulator) if one[0] == "POST"] == [("POST", path.removeprefix("/api"))]
    assert not run(module, **given)["changed"]


def test_undelivered_creation_fails(run: Run, simulator: Simulator) -> None:
    simulator.fault("/api/v1/teams", {"cut": "before"}, method="POST", times=1)
    result = run(grepr_team, fails=True, name="n")
    assert "It may have been carried out" in result["msg"]
    simulator.fault("/api/v1/teams", {"status": 503, "json": {"message": "busy"}}, method="POST", times=1)
    assert run(grepr_team, fails=True, name="n")["status"] == 503
    assert run(grepr_team, name="n")["changed"]


def test_missing_secret_is_written_later(run: Run, simulator: Simulator) -> None:
    given = {"type": "anthropic", "name": "n", "secrets": {"api_key": SECRET}}
    simulator.fault(
        "/api/v1/integrations/anthropic/*/api-key", {"status": 400, "json": {"message": "invalid key"}}, times=1
    )
    assert "invalid key" in run(grepr_integration, fails=True, **given)["msg"]
    repaired = run(grepr_integration, **given)
    assert repaired["diff"] == {
        "before": {**repaired["diff"]["before"], "secrets": {}},
        "after": {**repaired["diff"]["before"], "secrets": {"api_key": "written"}},
    }
    assert not run(grepr_integration, **given)["changed"]


def test_concurrent_creation(run: Run, simulator: Simulator) -> None:
    """The name is free when it is read, and exists when the resource is created."""
    run(grepr_integration, type="newrelic", name="n", payload={"site": "EU"})
    simulator.fault("/api/v1/integrations/newrelic", {"status": 200, "json": {"items": []}}, method="GET", times=1)
    result = run(grepr_integration, fails=True, type="newrelic", name="n", payload={"site": "US"})
    assert "Another newrelic integration n was created at the same time. Run the task again." in result["msg"]
    simulator.fault("/api/v1/integrations/newrelic", {"status": 200, "json": {"items": []}}, method="GET", times=1)
    assert run(grepr_integration, type="newrelic", name="n", payload={"site": "EU"})["integration"]["version"] == 0


def listed_as(simulator: Simulator, path: str, item: dict[str, Any]) -> None:
    """Replace the next response to the list."""
    simulator.fault(path, {"status": 200, "json": {"items": [item]}}, method="GET", times=1)


def test_concurrent_update(run: Run, simulator: Simulator) -> None:
    given = {"type": "newrelic", "name": "n"}
    old = run(grepr_integration, **given, payload={"site": "EU"})["integration"]
    run(grepr_integration, **given, payload={"accountId": "7"})
    listed_as(simulator, "/api/v1/integrations/newrelic", old)
    result = run(grepr_integration, fails=True, **given, payload={"site": "US"})
    assert "The newrelic integration n was changed at the same time: version 0 is now 1." in result["msg"]
    template = run(grepr_template, name="t", template="{}")["template"]
    run(grepr_template, name="t", template="{ }")
    listed_as(simulator, "/api/v1/templates", template)
    result = run(grepr_template, fails=True, name="t", template="{  }")
    assert "The template t was changed at the same time: version 1 is now 2." in result["msg"]


def test_ambiguous_versioned_update_is_looked_up(run: Run, simulator: Simulator) -> None:
    given = {"type": "newrelic", "name": "n"}
    made = run(grepr_integration, **given, payload={"site": "EU"})["integration"]
    simulator.fault("/api/v1/integrations/newrelic/*", {"cut": "after"}, method="PUT", times=1)
    changed = run(grepr_integration, **given, payload={"site": "US"})
    assert (changed["changed"], changed["integration"]["version"]) == (True, 1)
    assert writes(simulator)[1:] == [("PUT", f"/v1/integrations/newrelic/{made['id']}")]


def test_grepr_rejection_is_reported(run: Run) -> None:
    run(grepr_team, name="platform")
    run(grepr_dataset, name="n", integration_id=WAREHOUSE)
    result = run(grepr_dataset, fails=True, name="n", team_ids=["platform"])
    assert "Grepr accepted the change of the dataset n, but teamIds is [] instead of ['" in result["msg"]


def test_responses_without_a_body(run: Run, simulator: Simulator) -> None:
    """Documented for teams: a default response of any content."""
    simulator.switch(grepr={"team_create_status": 201, "team_delete_status": 200})
    made = run(grepr_team, name="one")["team"]
    path = f"/api/v1/teams/{made['id']}"
    simulator.fault(path, {"status": 204}, method="PUT", times=1)
    assert "name is 'one' instead of 'two'" in run(grepr_team, fails=True, id=made["id"], name="two")["msg"]
    simulator.fault(path, {"status": 404, "json": {"code": 404}}, method="DELETE", times=1)
    assert run(grepr_team, name="one", state="absent")["changed"]


def test_html_page_is_rejected(run: Run, simulator: Simulator) -> None:
    simulator.fault("/api/v1/teams", {"status": 200, "json": {"items": "none"}}, times=1)
    assert "contains no list of teams. Check api_url." in run(grepr_team, fails=True, name="x")["msg"]
    simulator.fault("/api/v1/teams", {"status": 404, "html": "<title>Nothing</title>"}, times=1)
    assert "where JSON was expected" in run(grepr_team, fails=True, id="0k0nobody0000")["msg"]


# --- lists


def test_pages(run: Run, simulator: Simulator) -> None:
    simulator.admin("POST", "/service_accounts/generate", {"count": 250})
    listed = run(grepr_service_account_info)
    assert len(listed["service_accounts"]) == 250
    assert [one["name"] for one in listed["service_accounts"]] == sorted(
        one["name"] for one in listed["service_accounts"]
    )
    assert listed["api"]["calls"] == 3
    simulator.admin("POST", "/users/generate", {"count": 100})
    assert len(run(grepr_user_info)["users"]) == 100


def test_server_with_smaller_pages(run: Run, simulator: Simulator) -> None:
    """The server reports it in its response."""
    for start, names in ((0, "ab"), (2, "cd"), (4, "e")):
        page = {"items": [{"id": name, "name": name} for name in names]}
        answer = {"serviceAccounts": page, "start": start, "limit": 2}
        simulator.fault("/api/v1/service-accounts", {"status": 200, "json": answer}, times=1)
    assert [one["id"] for one in run(grepr_service_account_info)["service_accounts"]] == list("abcde")


def test_server_without_pages(run: Run, simulator: Simulator) -> None:
    items = [{"id": str(number), "name": "x"} for number in range(150)]
    simulator.fault("/api/v1/users", {"status": 200, "json": {"members": {"items": items}}})
    assert len(run(grepr_user_info)["users"]) == 150


def test_info_modules(run: Run) -> None:
    assert [role["name"] for role in run(grepr_role_info, name=["Viewer"])["roles"]] == ["Viewer"]
    assert [user["id"] for user in run(grepr_user_info, email=["eve@example.com"])["users"]] == ["u3"]
    assert run(grepr_user_info, email=["eve@example.com"], id=["u1"])["users"] == []
    run(grepr_team, name="platform", leaders=["u1"], members=["u2", "u3"])
    (team,) = run(grepr_team_info, name=["platform"], members=True)["teams"]
    assert [one["email"] for one in team["leaders"]] == ["ann@example.com"]
    assert [one["id"] for one in team["members"]] == ["u2", "u3"]
    run(grepr_template, name="mine", template="{}")
    run(grepr_template, name="mine", template="{ }")
    assert [one["version"] for one in run(grepr_template_info, built_in=False, versions=True)["templates"]] == [1, 2]
    assert [one["name"] for one in run(grepr_integration_info)["integrations"]] == ["datadog main", "lake storage"]
    assert run(grepr_integration_info, type=["sumo", "splunk"])["integrations"] == []


def test_users_are_shown_to_tokens_only(run: Run, simulator: Simulator, runtime: NullRuntime) -> None:
    key = simulator.ready_info["grepr"]["api_key"]
    options = {"api_url": simulator.ready_info["grepr"]["api_url"], "api_key": key}
    with pytest.raises(OptionError, match=r"This call does not accept auth=api_key \(api_key\)"):
        params(grepr_user_info.OPERATION.spec, options)
    found = run(grepr_integration_info, api_key=key)
    assert len(found["integrations"]) == 2
    assert runtime.stats.calls == 16
    assert (
        "Grepr does not accept API keys for splunk"
        in run(grepr_integration, fails=True, api_key=key, type="splunk", name="x")["msg"]
    )


def test_team_with_a_key(run: Run, simulator: Simulator) -> None:
    key = simulator.ready_info["grepr"]["api_key"]
    run(grepr_team, api_key=key, name="t", leaders=["u1"])
    assert run(grepr_team, api_key=key, name="t", leaders=["ann@example.com"], members=["u2"])["changed"]
    result = run(grepr_team, api_key=key, fails=True, name="t", members=["eve@example.com"])
    assert "Grepr did not add eve@example.com to the team t. Check that these users exist." in result["msg"]


def test_ids_with_special_characters(run: Run, simulator: Simulator) -> None:
    simulator.admin("PUT", "/users", [{"id": "auth0|a/b?c", "name": "Ann"}, {"id": "auth0|2", "name": "Bob"}])
    run(grepr_team, name="t", leaders=["Ann"], members=["Bob"])
    changed = run(grepr_team, name="t", leaders=["Bob"], members=["Ann"])["team"]
    assert [one["id"] for one in changed["leaders"]] == ["auth0|2"]
    run(grepr_team, name="t", members=[])
    (team,) = run(grepr_team_info, members=True)["teams"]
    assert (team["members"], [one["name"] for one in team["leaders"]]) == ([], ["Bob"])


# --- secrets


def secrets_of(simulator: Simulator) -> dict[str, Any]:
    kept: dict[str, Any] = simulator.admin("GET", "/secrets")
    return kept


def test_secrets_are_written_always_or_once(run: Run, simulator: Simulator) -> None:
    given = {"type": "datadog", "name": "n", "payload": {"site": "datadoghq.eu"}}
    made = run(grepr_integration, **given, secrets={"api_key": "first", "app_key": "app"})["integration"]
    assert made["payload"]["apiKey"].endswith("*st")
    assert not run(grepr_integration, **given, secrets={"api_key": "second"})["changed"]
    assert run(grepr_integration, **given, secrets={"api_key": "second"}, update_secret="always", check=True)["changed"]
    assert secrets_of(simulator)["integrations"][made["id"]]["api-key"] == "first"
    assert run(grepr_integration, **given, secrets={"api_key": "second"}, update_secret="always")["changed"]
    assert secrets_of(simulator)["integrations"][made["id"]] == {"api-key": "second", "app-key": "app"}
    assert run(grepr_integration, **given, secrets={"app_key": ""})["changed"]
    assert not run(grepr_integration, **given, secrets={"app_key": ""})["changed"]
    assert secrets_of(simulator)["integrations"][made["id"]] == {"api-key": "second"}
    keys = [{"value": "k1", "label": "one", "sendKey": True}, {"value": "k2", "sendKey": False}]
    assert run(grepr_integration, **given, secrets={"api_keys": keys})["changed"]
    assert not run(grepr_integration, **given, secrets={"api_keys": keys})["changed"]


@pytest.mark.parametrize(
    "secrets",
    [f"other={SECRET} {SECRET}=1", {"api_keys": [f"{SECRET}=1 a={SECRET}"]}, {"api_keys": [{"valeu": SECRET}]}],
)
def test_structured_secrets_are_hidden(run: Run, secrets: object) -> None:
    with pytest.raises(OptionError, match="There is no option secrets") as caught:
        run(grepr_integration, type="datadog", name="n", payload={"site": "s"}, secrets=secrets)
    assert SECRET not in caught.value.msg


def test_secret_echoed_by_the_server_is_hidden(run: Run, simulator: Simulator) -> None:
    simulator.fault("/api/v1/integrations/sumo/*/endpoint", {"status": 400, "json": {"message": f"bad {SECRET}"}})
    result = run(grepr_integration, fails=True, type="sumo", name="n", secrets={"endpoint": SECRET})
    assert SECRET not in str(result)
    assert "bad ********" in result["msg"]


def test_token_of_an_otlp_integration(run: Run, simulator: Simulator, runtime: NullRuntime) -> None:
    given = {"type": "otlp", "name": "n", "payload": PAYLOADS["otlp"]}
    assert run(grepr_integration, **given, return_token=True, check=True)["token"] is None
    made = run(grepr_integration, **given)
    token = secrets_of(simulator)["integrations"][made["integration"]["id"]]["token"]
    assert token not in str(made)
    result = performed(simulator, runtime, grepr_integration, False, {**given, "return_token": True})
    assert (result.hidden, result.keys["token"], result.keys["changed"]) == (True, token, False)
    refused = run(grepr_integration, fails=True, type="sumo", name="n", return_token=True)
    assert "return_token is for otlp integrations" in refused["msg"]


def test_secret_of_a_service_account(run: Run, simulator: Simulator, runtime: NullRuntime) -> None:
    given = {"name": "n", "roles": ["Viewer"]}
    assert run(grepr_service_account, **given, return_secret=True, check=True)["secret"] is None
    made = run(grepr_service_account, **given)
    account = made["service_account"]
    kept = secrets_of(simulator)["service_accounts"]
    assert kept[account["id"]] not in str(made)
    assert "secret" not in account
    result = performed(simulator, runtime, grepr_service_account, False, {**given, "return_secret": True})
    assert (result.hidden, result.keys["secret"], result.keys["changed"]) == (True, kept[account["id"]], False)
    assert "secret" not in result.keys["service_account"]
    # The returned secret is accepted by the token endpoint.
    login = {"client_id": account["clientId"], "client_secret": result.keys["secret"]}
    assert run(grepr_role_info, **login)["roles"]
    predicted = run(grepr_service_account, **given, rotate_secret=True, return_secret=True, check=True)
    assert (predicted["changed"], predicted["secret"]) == (True, None)
    assert predicted["diff"]["after"]["secret"] == "a new one"
    assert secrets_of(simulator)["service_accounts"] == kept
    rotated = run(grepr_service_account, **given, rotate_secret=True, return_secret=True)
    assert rotated["changed"]
    assert rotated["secret"] == secrets_of(simulator)["service_accounts"][account["id"]] != kept[account["id"]]
    silent = run(grepr_service_account, **given, rotate_secret=True)
    assert secrets_of(simulator)["service_accounts"][account["id"]] not in str(silent)


@pytest.mark.parametrize(
    ("module", "path", "key", "wrapper"),
    [
        (grepr_service_account_info, "/api/v1/service-accounts", "service_accounts", "serviceAccounts"),
        (grepr_user_info, "/api/v1/users", "users", "items"),
    ],
)
def test_list_shows_no_clear_text_secret(
    run: Run, simulator: Simulator, module: ModuleType, path: str, key: str, wrapper: str
) -> None:
    """Info modules remove the same secrets as the modules that write."""
    leaks = dict.fromkeys(("secret", "clientSecret", "password", "plainTextToken"), SECRET)
    item = {"id": "1", "name": "n", "clientId": "c", "payload": {"site": "s", **leaks}, **leaks}
    simulator.fault(path, {"json": {wrapper: [item]}})
    assert run(module)[key] == [{"id": "1", "name": "n", "clientId": "c", "payload": {"site": "s"}}]


def test_secret_rotation_is_not_retried(run: Run, simulator: Simulator) -> None:
    run(grepr_service_account, name="n", roles=["Viewer"])
    simulator.fault("/api/v1/service-accounts/*/secret/regenerate", {"cut": "after"}, times=1)
    result = run(grepr_service_account, fails=True, name="n", rotate_secret=True)
    assert "It may have been carried out" in result["msg"]
    assert len([one for one in writes(simulator) if one[1].endswith("/regenerate")]) == 1


# --- templates


def test_template_is_tested_before_the_write(run: Run, simulator: Simulator) -> None:
    text = '{"vertices": [], "edges": [], "name": service}'
    given = {"name": "t", "template": text, "input_schema": {"required": ["service"]}}
    result = run(grepr_template, fails=True, **given, test={"values": {}})
    assert "the input lacks service" in result["msg"]
    assert run(grepr_template_info, name=["t"])["templates"] == []
    trial = {"values": {"service": "web"}, "check_graph": False}
    predicted = run(grepr_template, check=True, **given, test=trial)
    assert predicted["graph"] == {"vertices": [], "edges": [], "name": "web"}
    assert run(grepr_template, **given, test=trial)["graph"] == predicted["graph"]
    assert run(grepr_template, name="t", test=trial)["changed"] is False


def test_graph_of_a_template_with_ports_is_validated_only_on_request(run: Run) -> None:
    vertex = '{"type": "logs-filter", "name": "f", "predicate": {"type": "datadog-query", "query": "a"}}'
    given = {"name": "t", "template": f'{{"vertices": [{vertex}], "edges": ["f -> g"]}}', "test": {}}
    assert "no vertex g" in run(grepr_template, fails=True, **given)["msg"]
    piece = {**given, "inputs": {"input": "f:input"}, "outputs": {"output": "f"}}
    assert run(grepr_template, **piece)["graph"]["vertices"][0]["name"] == "f"
    assert "no vertex g" in run(grepr_template, fails=True, **{**piece, "test": {"check_graph": True}})["msg"]


def test_built_in_resources_are_not_deleted(run: Run) -> None:
    name = "log-reducer-job-graph-template"
    assert not run(grepr_template, name=name)["changed"]
    assert "is built in" in run(grepr_template, fails=True, name=name, description="mine")["msg"]
    assert "is built in" in run(grepr_template, fails=True, name=name, state="absent", check=True)["msg"]


def test_integration_used_by_jobs(run: Run) -> None:
    result = run(grepr_integration, fails=True, check=True, type="datadog", name="datadog main", state="absent")
    assert "is used by the jobs" in result["msg"]
    assert run(grepr_integration, type="datadog", id=DATADOG, state="absent", force=True)["changed"]


def test_remaining_difference_is_reported_by_key(run: Run, simulator: Simulator) -> None:
    made = run(grepr_integration, type="newrelic", name="n", payload={"site": "EU"})["integration"]
    kept = {**made, "version": 1, "payload": {**made["payload"], "dashboardFreshnessWindow": "P28D"}}
    simulator.fault(f"/api/v1/integrations/newrelic/{made['id']}", {"status": 200, "json": kept})
    payload = {"site": "EU", "dashboardFreshnessWindow": "PT672H", "privateLink": True}
    result = run(grepr_integration, fails=True, type="newrelic", name="n", payload=payload)
    assert "payload.dashboardFreshnessWindow is 'P28D' instead of 'PT672H', payload.privateLink is" in result["msg"]
