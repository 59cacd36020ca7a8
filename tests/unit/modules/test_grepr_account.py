# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Roles, users, runs of pipelines and activity logs against the simulator."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.greyops.rest.plugins.module_utils._context import Context
from ansible_collections.greyops.rest.plugins.module_utils._errors import OptionError
from ansible_collections.greyops.rest.plugins.module_utils._operation import perform
from ansible_collections.greyops.rest.plugins.modules import (
    grepr_activity_info,
    grepr_job_run_info,
    grepr_role,
    grepr_team,
    grepr_trigger,
    grepr_user,
)
from tests.unit.conftest import params

if TYPE_CHECKING:
    from ansible_collections.greyops.rest.plugins.module_utils._context import NullRuntime
    from tests.unit.conftest import Simulator

    Run = Callable[..., dict[str, Any]]

VIEWER, ADMIN = "rol_Viewer000001", "rol_Admin0000001"
ANN = "ann@example.com"
SEARCH = "/api/v1/activity-logs/search"


@pytest.fixture
def run(simulator: Simulator, runtime: NullRuntime) -> Run:
    """Run the operation of a module and expect it to succeed, unless ``fails``."""
    info = simulator.ready_info["grepr"]
    login = {name: info[name] for name in ("api_url", "auth_url", "client_id", "client_secret")}

    def keys(module: ModuleType, *, check: bool = False, fails: bool = False, **given: Any) -> dict[str, Any]:
        credentials = {"api_url": info["api_url"]} if "api_key" in given else login
        options = params(module.OPERATION.spec, {**credentials, "token_store": "none", **given})
        context = Context(options, runtime, check_mode=check, diff_mode=True)
        result = perform(module.OPERATION, context).keys
        assert bool(result.get("failed")) == fails, result
        return result

    return keys


def writes(simulator: Simulator) -> list[tuple[str, str, Any]]:
    return [
        (one["method"], one["path"].removeprefix("/api/v1"), json.loads(one["body"] or "null"))
        for one in simulator.requests("/api/v1")
        if one["method"] != "GET"
    ]


# --- roles


def test_permissions_by_id_or_by_action_and_resource(run: Run, simulator: Simulator) -> None:
    permissions = [
        {"id": "p1", "resource": "jobs", "action": "view"},
        {"id": "p2", "resource": "jobs", "action": "edit"},
    ]
    simulator.admin("PUT", "/permissions", permissions)
    role = run(grepr_role, name="Developer", permissions=["view:jobs", "p2", "p1"])["role"]
    assert role["permissionIds"] == ["p1", "p2"]
    assert not run(grepr_role, name="Developer", permissions=["edit:jobs", "view:jobs"])["changed"]
    msg = run(grepr_role, check=True, fails=True, name="Developer", permissions=["view:job"])["msg"]
    sentence = "There is no permission view:job, neither by id nor by name. The nearest are: view:jobs"
    assert msg.startswith(f"The options refer to what does not exist: permissions[0]: {sentence}")


def test_only_what_is_given_of_a_role_changes(run: Run, simulator: Simulator) -> None:
    role = run(grepr_role, name="Developer", description="d", permissions=["view:jobs"])["role"]
    renamed = run(grepr_role, id=role["id"], name="Reader")["role"]
    assert (renamed["description"], renamed["permissionIds"]) == ("d", ["view:jobs"])
    assert run(grepr_role, name="Reader", permissions=[])["role"]["permissionIds"] == []
    assert run(grepr_role, name="Reader", description="")["role"]["description"] == ""
    assert "creating it requires permissions" in run(grepr_role, fails=True, name="Other")["msg"]


@pytest.mark.parametrize("check", [True, False])
def test_system_role_is_not_written(run: Run, simulator: Simulator, check: bool) -> None:
    for change in ({"description": "mine"}, {"permissions": []}, {"state": "absent"}):
        msg = run(grepr_role, check=check, fails=True, name="Viewer", **change)["msg"]
        assert msg == "The role Viewer is a system role and cannot be changed or deleted. Use another name."
    team = run(grepr_team, name="platform")["team"]
    msg = run(grepr_role, check=check, fails=True, id=team["leaderRoleId"], name="Boss")["msg"]
    assert "is a system role" in msg
    assert not run(grepr_role, name="Viewer", description="May look")["changed"]
    assert [one for one in writes(simulator) if one[1].startswith("/roles")] == []


def test_role_in_use_is_an_error_of_the_server(run: Run) -> None:
    role = run(grepr_role, name="Developer", permissions=[])["role"]
    run(grepr_user, email=ANN, roles=["Developer"])
    result = run(grepr_role, fails=True, name="Developer", state="absent")
    assert (result["status"], f"Role {role['id']} is in use" in result["msg"]) == (400, True)


# --- users


def test_what_creates_a_user(run: Run, simulator: Simulator) -> None:
    given = {"email": "Zoe@Example.com", "first_name": "Zoe", "last_name": "Zed", "password": "pw-1", "roles": []}
    predicted = run(grepr_user, check=True, **given)
    assert predicted["user"] == {"email": "zoe@example.com", "name": "Zoe Zed", "roles": []}
    assert writes(simulator) == []
    user = run(grepr_user, **given)["user"]
    assert predicted["user"].items() <= user.items()
    names = {"firstName": "Zoe", "lastName": "Zed", "password": {"secret": "pw-1"}, "roleIds": []}
    assert writes(simulator) == [("POST", "/users", {"email": "zoe@example.com", **names})]


def test_what_a_new_user_requires(run: Run) -> None:
    msg = run(grepr_user, fails=True, check=True, email="zoe@example.com", roles=["Viewer"])["msg"]
    assert msg == (
        "The user zoe@example.com does not exist, and creating it requires first_name and last_name and password."
    )
    with pytest.raises(OptionError, match="first_name, last_name"):
        run(grepr_user, email=ANN, first_name="Ann")


def test_password_of_a_user_is_in_no_result(run: Run, simulator: Simulator) -> None:
    given = {"email": "zoe@example.com", "first_name": "Z", "last_name": "Z", "password": "pw-secret-1", "roles": []}
    simulator.fault("/api/v1/users", {"status": 400, "json": {"message": "weak: pw-secret-1"}}, method="POST", times=1)
    results = [run(grepr_user, check=True, **given), run(grepr_user, fails=True, **given), run(grepr_user, **given)]
    assert "weak: ********" in results[1]["msg"]
    assert "pw-secret-1" not in str(results)
    assert not run(grepr_user, email="zoe@example.com", password="another")["changed"]


def test_roles_in_teams_are_not_touched(run: Run, simulator: Simulator) -> None:
    team = run(grepr_team, name="platform", leaders=[ANN])["team"]
    assert not run(grepr_user, email=ANN, roles=["Admin"])["changed"]
    assert not run(grepr_user, email="ANN@example.com", roles=[ADMIN], first_name="Ann", last_name="Example")["changed"]
    before = len(writes(simulator))
    predicted = run(grepr_user, check=True, email=ANN, roles=["Viewer"], first_name="Anna", last_name="Example")
    done = run(grepr_user, email=ANN, roles=["Viewer"], first_name="Anna", last_name="Example")
    assert predicted == {**done, "api": predicted["api"]}
    assert [role["id"] for role in done["user"]["roles"]] == [VIEWER, team["leaderRoleId"]]
    teams = [team["id"]]
    assert done["diff"]["before"] == {"email": ANN, "name": "Ann Example", "roleIds": [ADMIN], "teamIds": teams}
    assert done["diff"]["after"] == {"email": ANN, "name": "Anna Example", "roleIds": [VIEWER], "teamIds": teams}
    everything = {"email": ANN, "name": "Anna Example", "roleIds": [ADMIN, team["leaderRoleId"]]}
    assert writes(simulator)[before:] == [
        ("PUT", "/users/u1", everything),
        ("PUT", "/users/u1/orgRoles", {"roleIds": [VIEWER]}),
    ]
    run(grepr_user, email=ANN, roles=[])
    assert simulator.admin("GET", "/users")[0]["_roleIds"] == [team["leaderRoleId"]]


def test_rename_keeps_all_roles(run: Run, simulator: Simulator) -> None:
    team = run(grepr_team, name="platform", members=[ANN])["team"]
    predicted = run(grepr_user, check=True, email=ANN, first_name="Anna", last_name="Example")
    renamed = run(grepr_user, email=ANN, first_name="Anna", last_name="Example")
    assert predicted["user"] == renamed["user"]
    assert [role["id"] for role in renamed["user"]["roles"]] == [ADMIN, team["memberRoleId"]]


def test_team_that_is_lost_is_an_error(run: Run, simulator: Simulator) -> None:
    team = run(grepr_team, name="platform", members=[ANN])["team"]
    renamed = {"id": "u1", "email": ANN, "name": "Anna Example", "roles": [], "teamIds": []}
    simulator.fault("/api/v1/users/u1", {"status": 200, "json": renamed}, method="GET", times=1)
    msg = run(grepr_user, fails=True, email=ANN, first_name="Anna", last_name="Example")["msg"]
    assert f"Grepr accepted the change of the user {ANN}, but teamIds is [] instead of ['{team['id']}']." in msg


def test_role_of_a_team_is_no_role_of_the_organization(run: Run) -> None:
    run(grepr_team, name="platform")
    msg = run(grepr_user, check=True, fails=True, email=ANN, roles=["platform leader"])["msg"]
    assert "roles[0]: There is no organization role platform leader, neither by id nor by name." in msg
    assert msg.endswith("There are: Admin, Viewer.")


def test_all_missing_roles_and_users_are_reported_together(run: Run) -> None:
    wrong = run(grepr_user, check=True, fails=True, email=ANN, roles=["Vewer", "Admin", "Nobody"])["problems"]
    sentence = "There is no organization role {}, neither by id nor by name."
    assert wrong == [
        f"roles[0]: {sentence.format('Vewer')} The nearest are: Viewer. There are 1 more",
        f"roles[2]: {sentence.format('Nobody')} There are: Admin, Viewer",
    ]
    wrong = run(grepr_team, check=True, fails=True, name="platform", leaders=["an@example.com"], members=["x", "y"])
    assert [problem.partition(", neither")[0] for problem in wrong["problems"]] == [
        "leaders[0]: There is no user an@example.com", "members[0]: There is no user x",
        "members[1]: There is no user y",
    ]  # fmt: skip


def test_users_need_a_token(run: Run, simulator: Simulator) -> None:
    with pytest.raises(OptionError, match="does not accept auth=api_key"):
        run(grepr_user, api_key=simulator.ready_info["grepr"]["api_key"], email=ANN)


@pytest.mark.parametrize(
    ("given", "calls"),
    [
        ({}, 1),
        ({"first_name": "Ann", "last_name": "Example"}, 1),
        ({"roles": ["Admin"]}, 1),
        ({"roles": ["Viewer"]}, 5),
        ({"first_name": "Anna", "last_name": "Example", "roles": ["Viewer"]}, 6),
    ],
)
def test_calls_for_a_user(run: Run, given: dict[str, Any], calls: int) -> None:
    """The list of users; with roles, those of the organization and the teams; the writes; and the user afterwards."""
    assert run(grepr_user, email=ANN, **given)["api"]["calls"] == calls


# --- runs of a pipeline


def _rule_engine(name: str, trigger: str) -> dict[str, Any]:
    query = {"type": "datadog-query", "query": ""}
    sink = {"type": "datadog-log-sink", "name": "dd", "integrationId": "0jn5rdc93r10t"}
    backfill = {
        "type": "backfill-job-action",
        "name": f"{name}_backfill",
        "backfillQuery": query,
        "datasetId": "0kabdv8yo9q99",
        "sinkOperations": [sink],
        "jobTags": {},
    }
    return {
        "type": "rule-engine",
        "name": name,
        "triggers": {trigger: {"type": "external-source", "conditionIds": ["c"], "duration": "PT5M"}},
        "conditions": {"c": {"actionRules": [{"type": "job-rule", "actions": [backfill]}]}},
    }


@pytest.fixture
def pipeline(simulator: Simulator) -> str:
    engines = [_rule_engine("second", "b"), _rule_engine("first", "a")]
    vertices = [{"type": "logs-values-source", "name": "s"}, *engines, {"type": "discarding-sink", "name": "z"}]
    graph = {"vertices": vertices, "edges": ["s -> second", "second -> first", "first -> z"]}
    simulator.admin("PUT", "/jobs", [{"name": "rules", "id": "0krules000001", "jobGraph": graph}, {"name": "plain"}])
    return "0krules000001"


def test_runs_and_anomalies(run: Run, simulator: Simulator, pipeline: str) -> None:
    simulator.switch(grepr={"transit": "manual"})
    nothing = run(grepr_job_run_info, job="rules")
    assert (nothing["changed"], nothing["runs"], nothing["anomalies"]) == (False, [], [])
    key = simulator.ready_info["grepr"]["api_key"]
    for engine, trigger in (("second", "b"), ("first", "a"), ("first", "a")):
        run(grepr_trigger, api_key=key, job_id=pipeline, rule_engine=engine, trigger_id=trigger)
    for job in ("rules", pipeline):
        found = run(grepr_job_run_info, job=job)
        fired = [(one["ruleEngineName"], one["triggerId"]) for one in found["anomalies"]]
        assert fired == [("first", "a"), ("second", "b")]
        names = [one["name"].rsplit("_", 1)[0] for one in found["runs"]]
        assert names == ["first_backfill", "first_backfill", "second_backfill"]
    lines = run(grepr_job_run_info, job="rules", summary=True)
    assert [line.split()[:2] for line in lines["anomalies"]] == [["first", "a"], ["second", "b"]]
    assert [line.split()[1:] for line in lines["runs"]] == [[one["state"], "0"] for one in found["runs"]]
    shown = run(grepr_job_run_info, job="rules", fields=["name", "triggerId"])
    assert shown["runs"] == [{"name": one["name"], "triggerId": None} for one in found["runs"]]
    assert shown["anomalies"] == [{"name": None, "triggerId": one} for one in "ab"]
    count = len(simulator.requests("/api/v1"))
    assert run(grepr_job_run_info, check=True, job="rules")["runs"] == found["runs"]
    assert len(simulator.requests("/api/v1")) - count == 5


def test_runs_of_what_does_not_exist_or_has_ended(run: Run, simulator: Simulator, pipeline: str) -> None:
    msg = run(grepr_job_run_info, fails=True, job="nowhere")["msg"]
    assert msg == "There is no pipeline nowhere, neither by name nor by id. There are: plain, rules."
    simulator.admin("POST", "/jobs/set", {"name": "rules", "changes": {"state": "DELETED"}})
    assert "There is no pipeline rules" in run(grepr_job_run_info, fails=True, job="rules")["msg"]
    assert run(grepr_job_run_info, job=pipeline)["runs"] == []


def test_list_of_anomalies_is_a_list(run: Run, simulator: Simulator, pipeline: str) -> None:
    simulator.fault("/api/v1/anomalies/*", {"status": 200, "json": {"error": "none"}})
    assert "contains no list of anomalies. Check api_url." in run(grepr_job_run_info, fails=True, job="rules")["msg"]


# --- activity logs


def searches(simulator: Simulator) -> list[dict[str, Any]]:
    return [json.loads(one["body"]) for one in simulator.requests(SEARCH)]


def test_all_criteria(run: Run, simulator: Simulator) -> None:
    activities = [
        {"id": "a", "time": "2026-03-01T12:00:00Z", "message": "Failed import", "logType": "INTEGRATION_IMPORT"},
        {"id": "b", "time": "2026-03-01T13:00:00Z", "userId": "u2"},
    ]
    simulator.admin("PUT", "/activities", activities)
    assert [one["id"] for one in run(grepr_activity_info)["activities"]] == ["b", "a"]
    given = {
        "start": "2026-03-01T12:30:00+01:00",
        "end": "2026-03-01 13:00:00Z",
        "users": ["u9", ANN],
        "types": ["INTEGRATION_IMPORT"],
        "search": "failed",
        "limit": 5,
    }
    found = run(grepr_activity_info, check=True, **given)
    assert ([one["id"] for one in found["activities"]], found["changed"]) == (["a"], False)
    assert searches(simulator) == [
        {"limit": 1000, "offset": 0},
        {
            "limit": 5,
            "offset": 0,
            "startTime": "2026-03-01T11:30:00Z",
            "endTime": "2026-03-01T13:00:00Z",
            "userIds": ["u9", "u1"],
            "logTypes": ["INTEGRATION_IMPORT"],
            "searchQuery": "failed",
        },
    ]


def test_pages_of_activities(run: Run, simulator: Simulator) -> None:
    simulator.admin("POST", "/activities/generate", {"count": 2500})
    assert len(run(grepr_activity_info)["activities"]) == 1000
    found = run(grepr_activity_info, limit=2200)["activities"]
    assert len({one["id"] for one in found}) == len(found) == 2200
    assert len(run(grepr_activity_info, limit=9999)["activities"]) == 2500
    pages = [(one["limit"], one["offset"]) for one in searches(simulator)]
    assert pages == [(1000, 0), *[(1000, 0), (1000, 1000), (200, 2000)], *[(1000, 0), (1000, 1000), (1000, 2000)]]


def test_new_activity_between_two_pages(run: Run, simulator: Simulator) -> None:
    """It shifts the last activity of the first page to the second."""
    for first, last in ((0, 1000), (999, 1500)):
        items = [{"id": str(number)} for number in range(first, last)]
        simulator.fault(SEARCH, {"status": 200, "json": {"items": items}}, times=1)
    found = run(grepr_activity_info, limit=2000)["activities"]
    assert [one["id"] for one in found] == [str(number) for number in range(1500)]


def test_server_without_pages_of_activities(run: Run, simulator: Simulator) -> None:
    simulator.fault(SEARCH, {"status": 200, "json": {"items": [{"id": str(number)} for number in range(1000)]}})
    assert len(run(grepr_activity_info, limit=5000)["activities"]) == 1000
    assert len(searches(simulator)) == 2


def test_no_users_or_types_are_no_activities(run: Run, simulator: Simulator) -> None:
    simulator.admin("POST", "/activities/generate", {"count": 3})
    assert run(grepr_activity_info, users=[])["activities"] == run(grepr_activity_info, types=[])["activities"] == []
    assert searches(simulator) == []


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"limit": 0}, "limit must be 1 or more."),
        ({"start": "noon"}, "start is not a time: noon."),
        ({"start": "now", "end": "-1h"}, "end must be after start."),
        ({"users": ["nowhere@example.com"]}, "There is no user nowhere@example.com"),
    ],
)
def test_wrong_criteria(run: Run, simulator: Simulator, given: dict[str, Any], message: str) -> None:
    assert message in run(grepr_activity_info, fails=True, **given)["msg"]
    assert searches(simulator) == []


def test_activities_of_users_with_an_api_key(run: Run, simulator: Simulator) -> None:
    key = simulator.ready_info["grepr"]["api_key"]
    assert run(grepr_activity_info, api_key=key, users=["u1"])["activities"] == []
    assert run(grepr_activity_info, api_key=key, fails=True, users=[ANN])["status"] == 401
