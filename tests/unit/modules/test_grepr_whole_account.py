# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole account in one plan, against the simulator."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.greyops.rest.plugins.module_utils._context import Context, RequestStats
from ansible_collections.greyops.rest.plugins.module_utils._operation import ModuleResult, perform
from ansible_collections.greyops.rest.plugins.modules import grepr_account
from tests.unit.conftest import params

if TYPE_CHECKING:
    from ansible_collections.greyops.rest.plugins.module_utils._context import NullRuntime
    from tests.unit.conftest import Simulator

    Run = Callable[..., dict[str, Any]]

SECRET = "a-secret-of-somebody"


def graph(**sink: Any) -> dict[str, Any]:
    return {
        "vertices": [
            {"type": "datadog-log-agent-source", "name": "source", "integrationId": "Datadog EU"},
            {"type": "logs-iceberg-table-sink", "name": "sink", "datasetId": "raw", **sink},
        ],
        "edges": ["source -> sink"],
    }


def describe() -> dict[str, Any]:
    """An account of every kind, in which each refers to others by name."""
    return {
        "pipelines": [{"name": "web", "job_graph": graph(), "team_ids": ["checkout"], "tags": {"of": "me"}}],
        "service_accounts": [{"name": "dashboards", "roles": ["Developer"]}],
        "templates": [{"name": "web_filter", "template": "{}", "team_ids": ["checkout"]}],
        "datasets": [
            {
                "name": "raw",
                "integration_id": "lake",
                "team_ids": ["checkout"],
                "tables": {"logs_raw": {"promotion": {"tags": {"include": ["env"]}}}},
            }
        ],
        "integrations": [
            {"type": "data-warehouse", "name": "lake", "team_ids": ["checkout"]},
            {
                "type": "datadog",
                "name": "Datadog EU",
                "payload": {"site": "datadoghq.eu"},
                "secrets": {"api_key": SECRET},
            },
        ],
        "teams": [{"name": "checkout", "leaders": ["zoe@example.com"], "members": ["bob@example.com"]}],
        "users": [
            {
                "email": "zoe@example.com",
                "first_name": "Zoe",
                "last_name": "Zed",
                "password": SECRET,
                "roles": ["Developer"],
            }
        ],
        "roles": [{"name": "Developer", "permissions": ["view:jobs", "edit:jobs"]}],
    }


def performed(
    simulator: Simulator, runtime: NullRuntime, account: dict[str, Any], *, check: bool = False, **given: Any
) -> ModuleResult:
    info = simulator.ready_info["grepr"]
    login = {name: info[name] for name in ("api_url", "auth_url", "client_id", "client_secret")}
    login = {"api_url": info["api_url"]} if "api_key" in given else login
    options = params(grepr_account.OPERATION.spec, {**login, "token_store": "none", "account": account, **given})
    runtime.stats = RequestStats()
    return perform(grepr_account.OPERATION, Context(options, runtime, check_mode=check, diff_mode=True))


@pytest.fixture
def run(simulator: Simulator, runtime: NullRuntime) -> Run:
    """Run the module and expect it to succeed, unless ``fails``."""
    simulator.switch(
        grepr={"transit_time": 0.01, "check_references": True, "unique_names": True, "dataset_teams": "updated"}
    )

    def keys(account: dict[str, Any], *, fails: bool = False, **given: Any) -> dict[str, Any]:
        result = performed(simulator, runtime, account, **given).keys
        assert bool(result.get("failed")) == fails, result
        return result

    return keys


def writes(simulator: Simulator) -> list[tuple[str, str]]:
    return [
        (one["method"], one["path"].removeprefix("/api/v1"))
        for one in simulator.requests("/api/v1")
        if one["method"] != "GET"
    ]


def test_empty_account_is_planned_in_one_go(run: Run, simulator: Simulator) -> None:
    for kind in ("jobs", "datasets", "integrations", "templates"):
        simulator.admin("PUT", f"/{kind}", [])
    predicted = run(describe(), check=True, return_secrets=True)
    assert writes(simulator) == []
    assert predicted["counts"] == {
        "create": 9,
        "update": 0,
        "delete": 0,
        "recreate": 0,
        "unchanged": 0,
        "failed": 0,
        "total": 9,
    }
    done = run(describe(), return_secrets=True)
    assert {**predicted, "api": 0, "secrets": 0} == {**done, "api": 0, "secrets": 0}
    again = run(describe())
    assert not again["changed"], again
    assert again["counts"]["unchanged"] == 9
    assert again["diff"] == {"before": {}, "after": {}}


def without(account: dict[str, Any], *kinds: str) -> dict[str, Any]:
    return {kind: items for kind, items in account.items() if kind not in kinds}


def count_lists(account: dict[str, Any]) -> int:
    """The documented number of calls if nothing changes."""
    plain = sum(bool(items) for kind, items in account.items() if kind != "integrations")
    vendors = {item["type"] for item in account.get("integrations", [])}
    tables = sum(len(item.get("tables", {})) for item in account.get("datasets", []))
    described = [team for team in account.get("teams", []) if "leaders" in team or "members" in team]
    return plain + len(vendors) + tables + len(described)


MIXES = [
    describe(),
    without(describe(), "pipelines"),
    without(describe(), "users"),
    without(describe(), "templates", "service_accounts", "roles", "users"),
    {kind: describe()[kind] for kind in ("teams",)},
    {kind: describe()[kind] for kind in ("roles",)},
    {kind: describe()[kind] for kind in ("service_accounts",)},
    {kind: describe()[kind] for kind in ("integrations", "teams")},
    {"teams": [{"name": "checkout"}], "datasets": [{"name": "raw", "team_ids": ["checkout"]}], "pipelines": []},
]


def fill(run: Run, simulator: Simulator) -> None:
    """Write the account of these tests to an empty one."""
    for kind in ("jobs", "datasets", "integrations", "templates"):
        simulator.admin("PUT", f"/{kind}", [])
    run(describe(), return_secrets=True)


def test_calls_when_nothing_changes(run: Run, simulator: Simulator) -> None:
    """One per list that is described, per table with settings, and per page of described members; nothing else."""
    fill(run, simulator)
    before = len(writes(simulator))
    for account in MIXES:
        result = run(account)
        assert (result["changed"], result["api"]["calls"]) == (False, count_lists(account)), (account, result)
    assert len(writes(simulator)) == before


def test_names_of_other_kinds_cost_one_list_each(run: Run, simulator: Simulator) -> None:
    fill(run, simulator)
    assert run({"templates": describe()["templates"]})["api"]["calls"] == 2
    # The users, and because Zoe is in a team, the roles and the teams.
    assert run({"users": describe()["users"]})["api"]["calls"] == 3
    many = [{"name": f"t{number}", "template": "{}", "team_ids": ["checkout"]} for number in range(20)]
    run({"templates": many})
    assert run({"templates": many})["api"]["calls"] == 2


def test_all_problems_are_reported_at_once_before_anything_is_written(run: Run, simulator: Simulator) -> None:
    account = {
        "teams": [{"name": "a", "members": ["bob@example.com", "nobody@example.com"]}, {"nam": "b"}, {"name": "a"}],
        "users": [{"email": "x@example.com", "first_name": "X"}],
        "integrations": [
            {"type": "datadog", "name": "d", "payload": {"apiKey": "x"}},
            {"type": "datadgo", "name": "e"},
        ],
        "datasets": [{"name": "s", "tables": {"logs_raw": {"promotion": []}}}, {"id": "i1"}, {"id": "i1"}],
        "pipelines": [{"name": "p", "job_graph": {"vertices": [], "edges": []}}, {"name": "p"}, {"nam": "q"}],
    }
    result = run(account, fails=True, purge={"of": 1}, concurrency=0)
    assert result["api"]["calls"] == 0
    starts = [problem.partition(": ")[0] for problem in result["problems"]]
    assert starts[:4] == ["users[0]", "teams[1]", "integrations[1]", "pipelines[2]"]
    shown = "\n".join(result["problems"])
    for text in (
        "users[0]: parameters are required together: first_name, last_name",
        "teams[1]: There is no option nam. Did you mean name?",
        "teams[2]: a is also described by teams[0]",
        "integrations[0]: payload.apiKey only shows a secret. Give it as secrets.api_key",
        "integrations[1]: value of type must be one of: datadog",
        "datasets[0]: tables.logs_raw.promotion must be a dictionary",
        "datasets[2]: i1 is also described by datasets[1]",
        "pipelines[0].job_graph.vertices is empty",
        "pipelines[1].name p is also the name of pipelines[0]",
        "pipelines[2]: There is no option nam. Did you mean name?",
        "purge.of must be a string",
        "concurrency must be a number from 1 to 100",
    ):
        assert text in shown, text


def test_references_that_do_not_exist_are_reported_together(run: Run, simulator: Simulator) -> None:
    account = describe()
    account["teams"][0]["members"] = ["bob@example.com", "nobody@example.com", "no one"]
    account["users"][0]["roles"] = ["Developer", "Developers"]
    account["roles"][0]["permissions"] = ["view:job"]
    account["datasets"][0] |= {"integration_id": "lakes", "team_ids": ["checkouts"]}
    account["service_accounts"].append({"name": "other", "roles": ["Nothing"]})
    account["pipelines"][0]["job_graph"]["vertices"][1]["datasetId"] = "rawer"
    account["templates"].append({"name": "log-reducer-job-graph-template", "template": "{}"})
    for check in (True, False):
        result = run(account, fails=True, check=check)
        assert writes(simulator) == []
        assert [problem.partition(": ")[0] for problem in result["problems"]] == [
            "roles[0].permissions[0]",
            "users[0].roles[1]",
            "teams[0].members[1]",
            "teams[0].members[2]",
            "datasets[0].integration_id",
            "datasets[0].team_ids[0]",
            "templates[1]",
            "service_accounts[0]",
            "service_accounts[1].roles[0]",
            "pipelines[0].job_graph.vertices[1].datasetId",
        ]
        assert result["changed"] is False
        counts = {"create": 3, "update": 0, "delete": 0, "recreate": 0, "unchanged": 0, "failed": 8, "total": 11}
        assert result["counts"] == counts
        assert not any(item["changed"] for items in result["results"].values() for item in items)
    assert "There is no dataset rawer, neither by name nor by id. The nearest are: raw" in str(result["problems"])
    assert "service account dashboards does not exist, and creating it requires return_secrets=true" in result["msg"]


def test_ids_that_do_not_exist_are_errors_before_anything_is_written(run: Run, simulator: Simulator) -> None:
    """For example those of another account. What exists is planned without looking up its own ids."""
    missing, lost = "0nowhere00001", {"team_ids": ["0nowhere00001"]}
    account = {
        "integrations": [{"type": "data-warehouse", "name": "new", **lost}],
        "datasets": [
            {"name": "new", "integration_id": missing},
            {"name": "newer", "integration_id": "lake storage", **lost},
        ],
        "templates": [{"name": "new", "template": "{}", **lost}],
        "pipelines": [{"name": "web_logs", **lost}],
    }
    for check in (True, False):
        assert [problem.partition(": ")[0] for problem in run(account, fails=True, check=check)["problems"]] == [
            "integrations[0].team_ids[0]",
            "datasets[0].integration_id",
            "datasets[1].team_ids[0]",
            "templates[0].team_ids[0]",
            "pipelines[0].team_ids[0]",
        ]
    assert [one for one in simulator.requests("/api/v1") if one["method"] != "GET"] == []


def test_what_refers_to_a_failed_resource_is_not_sent(run: Run, simulator: Simulator) -> None:
    for kind in ("jobs", "datasets", "integrations", "templates"):
        simulator.admin("PUT", f"/{kind}", [])
    weak = {"status": 400, "json": {"code": 400, "message": f"weak {SECRET}"}}
    simulator.fault("/api/v1/integrations/data-warehouse", weak, method="POST", times=1)
    simulator.fault("/api/v1/integrations/datadog/", weak, method="PUT", times=1)
    result = run(describe(), fails=True, return_secrets=True)
    failed = {
        f"{kind}.{item['name']}": item["error"]
        for kind, items in result["results"].items()
        for item in items
        if item["error"]
    }
    assert list(failed) == ["integrations.lake", "integrations.Datadog EU", "datasets.raw", "pipelines.web"]
    reason = "It refers to the data-warehouse integration lake, which could not be created, so it was not sent."
    assert failed["datasets.raw"] == f"{reason} Correct that first."
    assert "the datadog integration Datadog EU and the dataset raw, which" in failed["pipelines.web"]
    assert SECRET not in str(result)
    assert "weak ********" in failed["integrations.lake"]
    # The second integration was created before its secret was refused.
    assert [item["changed"] for item in result["results"]["integrations"]] == [False, True]
    assert (result["changed"], result["counts"]["create"], result["counts"]["failed"]) == (True, 5, 4)
    assert result["msg"].startswith("4 of 9 resources failed. data-warehouse integration lake: ")
    sent = [path for _method, path in writes(simulator)]
    assert not any(path.startswith(("/datasets", "/jobs")) for path in sent)
    done = run(describe())
    assert (done["counts"]["create"], done["counts"]["update"], done["counts"]["unchanged"]) == (3, 1, 5)
    assert not run(describe())["changed"]


def test_deletions_are_made_in_reverse_order(run: Run, simulator: Simulator) -> None:
    simulator.switch(grepr={"integration_in_use": 409})
    fill(run, simulator)
    names = ("type", "name", "email")
    account = {
        kind: [{**{name: item[name] for name in names if name in item}, "state": "absent"} for item in items]
        for kind, items in describe().items()
    }
    before = writes(simulator)
    predicted = run(account, check=True)
    assert (writes(simulator), predicted["counts"]["delete"]) == (before, 9)
    done = run(account)
    assert {**predicted, "api": 0} == {**done, "api": 0}
    kinds = [path.split("/")[1] for _method, path in writes(simulator)[len(before) :]]
    order = [
        "jobs",
        "service-accounts",
        "templates",
        "datasets",
        "integrations",
        "integrations",
        "teams",
        "users",
        "roles",
    ]
    assert kinds == order
    again = run(account)
    assert (again["changed"], again["counts"]["unchanged"]) == (False, 9)


def test_what_the_plan_deletes_does_not_exist_for_the_rest(run: Run, simulator: Simulator) -> None:
    fill(run, simulator)
    account = describe()
    account["datasets"][0] = {"name": "raw", "state": "absent"}
    account["teams"][0] = {"name": "checkout", "state": "absent"}
    account["roles"][0] = {"name": "Developer", "state": "absent"}
    account["integrations"][0]["team_ids"] = []
    result = run(account, fails=True)
    assert [problem.partition(": ")[0] for problem in result["problems"]] == [
        "users[0].roles[0]",
        "templates[0].team_ids[0]",
        "service_accounts[0].roles[0]",
        "pipelines[0].job_graph.vertices[1].datasetId",
        "pipelines[0].team_ids[0]",
    ]
    assert "There is no dataset raw, neither by name nor by id. datasets[0] deletes it" in str(result["problems"])
    account = {"users": [{"email": "zoe@example.com", "state": "absent"}], "teams": describe()["teams"]}
    assert "teams[0].leaders[0]: There is no user zoe@example.com" in run(account, fails=True)["msg"]


def test_integration_can_be_deleted_with_the_pipeline_that_uses_it(run: Run, simulator: Simulator) -> None:
    fill(run, simulator)
    gone = [{"type": "datadog", "name": "Datadog EU", "state": "absent"}]
    assert "is used by the jobs" in run({"integrations": gone}, fails=True)["msg"]
    pipelines = describe()["pipelines"]
    assert "integrations[0] deletes it" in run({"integrations": gone, "pipelines": pipelines}, fails=True)["msg"]
    pipelines[0]["job_graph"]["vertices"][0] = {"type": "logs-values-source", "name": "source", "values": []}
    done = run({"integrations": gone, "pipelines": pipelines})
    assert (done["counts"]["update"], done["counts"]["delete"]) == (1, 1)


def test_what_a_failed_resource_uses_is_not_deleted(run: Run, simulator: Simulator) -> None:
    fill(run, simulator)
    simulator.fault("/api/v1/jobs/", {"status": 400, "json": {"code": 400, "message": "no"}}, method="DELETE", times=1)
    account = {
        "integrations": [{"type": "data-warehouse", "name": "lake", "state": "absent"}],
        "datasets": [{"name": "raw", "state": "absent"}],
        "pipelines": [{"name": "web", "state": "absent"}],
    }
    result = run(account, fails=True)
    error = "The pipeline web uses it and could not be changed, so it was not deleted. Correct that first."
    assert result["results"]["datasets"][0]["error"] == error
    assert "The dataset raw uses it" in result["results"]["integrations"][0]["error"]
    assert run(account)["counts"]["delete"] == 3


def test_secrets_of_invalid_descriptions_are_not_shown(run: Run, simulator: Simulator, runtime: NullRuntime) -> None:
    account = {
        "users": [{"email": "x@example.com", "password": SECRET, "nam": SECRET}],
        "integrations": [{"type": "datadog", "name": "d", "secrets": {"api_key": SECRET, "api_kee": SECRET}}],
    }
    assert SECRET not in str(run(account, fails=True))
    assert SECRET not in str(runtime.secrets.redact_arguments({"account": account}))


def test_secrets_of_new_service_accounts(simulator: Simulator, runtime: NullRuntime) -> None:
    account = {"service_accounts": [{"name": "dashboards", "roles": ["Viewer"]}, {"name": "reports", "roles": []}]}
    refused = performed(simulator, runtime, account, check=True)
    assert (refused.hidden, len(refused.keys["problems"])) == (False, 2)
    predicted = performed(simulator, runtime, account, check=True, return_secrets=True)
    assert (predicted.hidden, predicted.keys["secrets"]) == (True, {"dashboards": None, "reports": None})
    made = performed(simulator, runtime, account, return_secrets=True)
    kept = simulator.admin("GET", "/secrets")["service_accounts"]
    assert made.hidden
    assert made.keys["secrets"].keys() == {"dashboards", "reports"}
    assert {one["client_secret"] for one in made.keys["secrets"].values()} == {*kept.values()}
    assert not any(secret in str({**made.keys, "secrets": None}) for secret in kept.values())
    again = performed(simulator, runtime, account, return_secrets=True)
    assert (again.keys["changed"], again.keys["secrets"]) == (False, {})


def test_rename_counts_for_the_rest_of_the_plan(run: Run, simulator: Simulator) -> None:
    fill(run, simulator)
    account = describe()
    for kind, old, new in (("teams", "checkout", "payment"), ("roles", "Developer", "Engineer")):
        item_id = next(one["id"] for one in simulator.admin("GET", f"/{kind}") if one["name"] == old)
        account[kind][0] |= {"id": item_id, "name": new}
    account["users"][0]["roles"] = ["Engineer"]
    account["service_accounts"][0]["roles"] = ["Engineer"]
    for kind in ("datasets", "templates", "pipelines", "integrations"):
        account[kind][0]["team_ids"] = ["payment"]
    done = run(account)
    assert (done["counts"]["update"], done["counts"]["unchanged"]) == (2, 7)
    assert done["results"]["teams"][0]["changes"] == ["name: checkout -> payment"]
    assert not run(account)["changed"]


def test_one_resource_described_twice_is_an_error(run: Run, simulator: Simulator) -> None:
    fill(run, simulator)
    team = next(one["id"] for one in simulator.admin("GET", "/teams") if one["name"] == "checkout")
    result = run({"teams": [{"name": "checkout"}, {"id": team}]}, fails=True)
    assert result["problems"] == ["teams[1]: It is the same resource as teams[0]. Remove one of them"]


def test_new_vertex_gets_the_version_of_the_template_in_the_plan(run: Run, simulator: Simulator) -> None:
    simulator.switch(grepr={"check_references": False})
    vertices = [
        {"type": "logs-values-source", "name": "source", "values": []},
        {"type": "template-operation", "name": "filter", "templateId": "mine"},
        {"type": "discarding-sink", "name": "sink"},
    ]
    account = {
        "templates": [{"name": "mine", "template": '{"vertices": [], "edges": []}'}],
        "pipelines": [
            {"name": "web", "job_graph": {"vertices": vertices, "edges": ["source -> filter", "filter -> sink"]}}
        ],
    }
    run(account)
    template = simulator.admin("GET", "/templates")[-1]
    job = next(one for one in simulator.admin("GET", "/jobs") if one["name"] == "web")
    vertex = next(one for one in job["jobGraph"]["vertices"] if one["name"] == "filter")
    assert (vertex["templateId"], vertex["templateVersion"]) == (template["id"], 1)
    account["templates"][0]["description"] = "new"
    account["pipelines"].append({**account["pipelines"][0], "name": "other"})
    run(account)
    jobs = {one["name"]: one["jobGraph"]["vertices"] for one in simulator.admin("GET", "/jobs")}
    versions = {
        name: [v.get("templateVersion") for v in jobs[name] if v["name"] == "filter"] for name in ("web", "other")
    }
    assert versions == {"web": [1], "other": [2]}


def test_roles_and_memberships_of_users_change_together(run: Run, simulator: Simulator) -> None:
    account = {
        "users": [{"email": "ann@example.com", "roles": ["Viewer"]}, {"email": "bob@example.com", "state": "absent"}],
        "teams": [{"name": "a", "leaders": ["ann@example.com"]}, {"name": "b", "members": ["ann@example.com"]}],
    }
    done = run(account)
    assert (done["counts"]["create"], done["counts"]["update"], done["counts"]["delete"]) == (2, 1, 1)
    assert not run(account)["changed"]
    account["teams"][1]["members"] = []
    account["users"][0]["roles"] = ["Admin"]
    result = run(account)
    assert result["results"]["teams"][1]["changes"] == ["members: ann@example.com -> none"]
    assert not run(account)["changed"]


def test_only_pipelines_are_purged(run: Run, simulator: Simulator) -> None:
    fill(run, simulator)
    assert "purge requires pipelines in account" in run({"teams": []}, fails=True, purge={"of": "me"})["msg"]
    kept = run({**describe(), "pipelines": []}, purge={"of": "others"})
    assert (kept["changed"], kept["results"]["pipelines"]) == (False, [])
    purged = run({"pipelines": []}, purge={"of": "me"})
    assert [(one["name"], one["action"]) for one in purged["results"]["pipelines"]] == [("web", "delete")]
    assert "web" not in [
        job["name"] for job in simulator.admin("GET", "/jobs") if job["state"] not in ("DELETING", "DELETED")
    ]


def test_changes_and_who_made_the_last_one(run: Run, simulator: Simulator) -> None:
    fill(run, simulator)
    simulator.admin("POST", "/jobs/meddle", {"name": "web", "when": "now", "edited_by": "Eve (u3)"})
    account = describe()
    account["pipelines"][0]["state"] = "stopped"
    account["integrations"][1] |= {"payload": {"site": "datadoghq.com"}, "update_secret": "always"}
    account["datasets"][0]["tables"]["logs_raw"]["promotion"]["tags"]["include"] = ["env", "team"]
    result = run(account, check=True)["results"]
    assert result["integrations"][1]["changes"] == [
        "payload.site: datadoghq.eu -> datadoghq.com",
        "secrets.api_key: changed",
    ]
    assert [one["path"] for one in result["datasets"][0]["differences"]] == ["tables.logs_raw.promotion.tags.include"]
    assert "state: RUNNING -> STOPPED" in result["pipelines"][0]["changes"]
    assert (result["pipelines"][0]["edited_by"], result["roles"][0]["edited_by"]) == ("Eve (u3)", None)
    assert SECRET not in str(result)


def test_users_require_a_token(simulator: Simulator, runtime: NullRuntime) -> None:
    key = simulator.ready_info["grepr"]["api_key"]
    result = performed(simulator, runtime, {"users": [{"email": "a@example.com"}]}, api_key=key).keys
    assert "users: Grepr manages users only with tokens" in result["msg"]
    result = performed(simulator, runtime, {"teams": [{"name": "a", "members": ["u2"]}]}, api_key=key).keys
    assert result["changed"], result
