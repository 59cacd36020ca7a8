# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of datasets against the simulator: the order of writes, conflicts, and the number of calls."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.greyops.rest.plugins.module_utils._context import Context, RequestStats
from ansible_collections.greyops.rest.plugins.module_utils._operation import perform
from ansible_collections.greyops.rest.plugins.modules import grepr_dataset, grepr_dataset_info
from tests.unit.conftest import params

if TYPE_CHECKING:
    from ansible_collections.greyops.rest.plugins.module_utils._context import NullRuntime
    from tests.unit.conftest import Simulator

    Run = Callable[..., dict[str, Any]]

LAKE = "0kabdv8yo9q99"
CONFIG, PROMOTION = f"/v1/datasets/{LAKE}/logs_raw/config", f"/v1/datasets/{LAKE}/tables/logs_raw/promotion"
TAGS: dict[str, Any] = {"promotion": {"tags": {"include": ["env"]}}}
ON_ENV: dict[str, Any] = {"partitionConfig": {"fields": [{"column": "env", "buckets": 4}]}}
ON_TEAM: dict[str, Any] = {"partitionConfig": {"fields": [{"column": "team", "buckets": 4}]}}


@pytest.fixture
def run(simulator: Simulator, runtime: NullRuntime) -> Run:
    """Run the module with settings of the table and expect success, unless ``fails``; no job uses the dataset."""
    simulator.admin("PUT", "/jobs", [])

    def keys(
        table: Any = None, *, module: ModuleType = grepr_dataset, check: bool = False, fails: bool = False, **given: Any
    ) -> dict[str, Any]:
        info = simulator.ready_info["grepr"]
        login = {name: info[name] for name in ("api_url", "auth_url", "client_id", "client_secret")}
        tables = {} if table is None else {"name": "main lake", "tables": {"logs_raw": table}}
        options = params(module.OPERATION.spec, {**login, "token_store": "none", **tables, **given})
        runtime.stats = RequestStats()
        result = perform(module.OPERATION, Context(options, runtime, check_mode=check, diff_mode=True)).keys
        assert bool(result.get("failed")) == fails, result
        return result

    return keys


def list_writes(simulator: Simulator) -> list[str]:
    return [
        f"{one['method']} {one['path'].removeprefix('/api')}"
        for one in simulator.requests("/api/v1")
        if one["method"] != "GET"
    ]


def test_life_of_a_table(run: Run, simulator: Simulator) -> None:
    steps = [
        ({**TAGS, **ON_ENV}, [f"PUT {PROMOTION}", f"PUT {CONFIG}"]),
        ({"promotion": {"attributes": {"cap": 9, "include": [{"path": "a"}]}}}, [f"PUT {PROMOTION}"]),
        ({"promotion": {"attributes": {"exclude": [{"path": "kube"}]}}}, [f"PUT {PROMOTION}"]),
        (
            {"promotion": {"tags": {"include": ["team"]}}, **ON_TEAM},
            [f"PUT {PROMOTION}", f"PUT {CONFIG}", f"PUT {PROMOTION}"],
        ),
        (
            {"promotion": {"tags": {"include": []}}, "partitionConfig": {"fields": []}},
            [f"PUT {CONFIG}", f"PUT {PROMOTION}"],
        ),
        ({**TAGS, **ON_ENV}, [f"PUT {PROMOTION}", f"PUT {CONFIG}"]),
        ({}, [f"PUT {PROMOTION}", f"DELETE {CONFIG}", f"PUT {PROMOTION}"]),
    ]
    for table, writes in steps:
        before = len(list_writes(simulator))
        predicted = run(table, check=True)
        assert predicted["changed"]
        assert predicted["api"]["calls"] == 2
        assert len(list_writes(simulator)) == before
        done = run(table)
        assert done["diff"] == predicted["diff"]
        assert list_writes(simulator)[before:] == writes
        again = run(table)
        assert (again["changed"], again["api"]["calls"]) == (False, 2)
        assert again["diff"]["before"] == again["diff"]["after"]
    assert run(module=grepr_dataset_info, table_configs=["logs_raw"])["datasets"][0]["tables"] == {}


def test_new_dataset_with_tables(run: Run, simulator: Simulator) -> None:
    given = {"name": "new", "integration_id": "lake storage", "tables": {"logs_raw": {**TAGS, **ON_ENV}}}
    predicted = run(check=True, **given)
    done = run(**given)
    assert done["diff"] == predicted["diff"]
    assert done["dataset"]["tables"]["logs_raw"]["partitionConfig"] == ON_ENV["partitionConfig"]
    assert not run(**given)["changed"]
    # The second table has nothing to change, so its settings are not even read.
    calls = run(name="other", integration_id="lake storage", tables={"logs_raw": {}})["api"]["calls"]
    assert calls == run(name="third", integration_id="lake storage")["api"]["calls"]


def test_former_name_of_the_promoted_tags(run: Run, simulator: Simulator, runtime: NullRuntime) -> None:
    assert run({"promotedTagKeys": ["env", "service"]})["changed"]
    assert json.loads(simulator.requests(f"/api{PROMOTION}")[-1]["body"])["tags"]["include"] == ["env", "service"]
    assert not run({"promotion": {"tags": {"include": ["service", "env"]}}})["changed"]
    assert [note["version"] for note in runtime.deprecations] == ["2.0.0"]
    assert runtime.deprecations[0]["collection_name"] == "greyops.rest"
    assert "promotion.tags.include" in runtime.deprecations[0]["msg"]
    msg = run({"promotedTagKeys": ["env"], **TAGS}, fails=True)["msg"]
    assert "tables.logs_raw.promotedTagKeys and tables.logs_raw.promotion.tags.include are the same setting" in msg


def test_policy_that_another_client_changes_is_read_again(run: Run, simulator: Simulator) -> None:
    simulator.fault(f"/api{PROMOTION}", {"status": 409}, method="PUT", times=1)
    assert run(TAGS)["changed"]
    first, second = simulator.requests(f"/api{PROMOTION}")
    assert (first["status"], second["status"]) == (409, 200)
    assert len([one for one in simulator.requests(f"/api{CONFIG}") if one["method"] == "GET"]) == 2


def test_response_that_is_lost_is_no_conflict(run: Run, simulator: Simulator) -> None:
    simulator.fault(f"/api{PROMOTION}", {"cut": "after"}, method="PUT", times=1)
    assert run(TAGS)["changed"]
    assert [one["status"] for one in simulator.requests(f"/api{PROMOTION}")][-1] == 409
    assert not run(TAGS)["changed"]


def test_policy_that_keeps_changing_fails(run: Run, simulator: Simulator) -> None:
    simulator.fault(f"/api{PROMOTION}", {"status": 409, "json": {"message": "changed"}}, method="PUT")
    result = run(TAGS, fails=True)
    assert (result["status"], result["msg"].startswith("tables.logs_raw.promotion was changed at")) == (409, True)
    assert len(simulator.requests(f"/api{PROMOTION}")) == 4


def test_required_revision_is_not_replaced(run: Run, simulator: Simulator) -> None:
    assert run({"promotion": {"revision": 0, "tags": {"include": ["env"]}}})["changed"]
    desired = {"promotion": {"revision": 0, "tags": {"include": ["team"]}}}
    for check in (True, False):
        message = run(desired, fails=True, check=check)["msg"]
        assert message.startswith("tables.logs_raw.promotion has the revision 1 instead of the required revision 0. ")
    assert len(simulator.requests(f"/api{PROMOTION}")) == 1
    # Another client writes the policy after it was read.
    simulator.fault(f"/api{PROMOTION}", {"status": 409, "json": {"message": "changed"}}, method="PUT")
    assert run({"promotion": {**desired["promotion"], "revision": 1}}, fails=True)["status"] == 409
    assert len(simulator.requests(f"/api{PROMOTION}")) == 2
    # It is the desired policy already, so its revision does not matter.
    assert not run({"promotion": {"revision": 0, "tags": {"include": ["env"]}}})["changed"]


def test_server_that_refuses_is_quoted(run: Run, simulator: Simulator) -> None:
    msg = run({"promotion": {"tags": {"include": ["a"], "exclude": ["a"]}}}, fails=True)["msg"]
    assert "the tag key a is on both lists" in msg
    assert "not a promoted tag key: env" in run(ON_ENV, fails=True)["msg"]
    simulator.admin("PUT", "/jobs", [{"name": "busy"}])
    assert "stop these jobs first" in run({"sortFields": [{"column": "host"}]}, fails=True)["msg"]
    assert run(TAGS)["changed"]
    assert "unsupported table key odd" in run(fails=True, name="main lake", tables={"odd": {}})["msg"]
    assert "tables.logs_raw must be a dictionary" in run("x", fails=True)["msg"]


def test_settings_in_effect(run: Run, simulator: Simulator) -> None:
    run({**TAGS, **ON_ENV})
    result = run(module=grepr_dataset_info, table_configs=["logs_raw", "spans_raw"])
    assert result["api"]["calls"] == 3
    configs = result["datasets"][0]["table_configs"]
    assert [row["column"] for row in configs["logs_raw"]["effectiveSpec"]] == ["eventTimestamp", "env"]
    assert configs["logs_raw"]["promotion"]["tags"]["include"] == ["env"]
    assert configs["spans_raw"]["promotion"]["revision"] == 0
    plain = run(module=grepr_dataset_info)
    assert (plain["api"]["calls"], "table_configs" in plain["datasets"][0]) == (1, False)
    assert "unsupported table key odd" in run(module=grepr_dataset_info, table_configs=["odd"], fails=True)["msg"]
