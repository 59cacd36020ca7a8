# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""grepr_account plans and writes an empty account with one task."""

from __future__ import annotations

from typing import Any

from ..support.reliability_report import RecordMeasurement
from ..support.sandbox import WORKER_AND_SLOW_MODULE, Sandbox
from .request_counts import RequestCounter

TEAMS = ("checkout", "payment", "search", "shipping", "returns")


def _describe(team: str) -> dict[str, list[dict[str, Any]]]:
    """What a team needs, each part with the names of others."""
    graph = {
        "vertices": [
            {"type": "datadog-log-agent-source", "name": "source", "integrationId": f"Datadog of {team}"},
            {"type": "logs-iceberg-table-sink", "name": "sink", "datasetId": f"logs of {team}"},
        ],
        "edges": ["source -> sink"],
    }
    leader = f"{team}@example.com"
    return {
        "roles": [{"name": f"{team} developer", "permissions": ["view:jobs", "edit:jobs"]}],
        "users": [
            {
                "email": leader,
                "first_name": team,
                "last_name": "Leader",
                "password": "{{ initial_password }}",
                "roles": [f"{team} developer"],
            }
        ],
        "teams": [{"name": team, "leaders": [leader], "members": ["bob@example.com"]}],
        "integrations": [
            {"type": "data-warehouse", "name": f"lake of {team}", "team_ids": [team]},
            {
                "type": "datadog",
                "name": f"Datadog of {team}",
                "payload": {"site": "datadoghq.eu"},
                "secrets": {"api_key": "{{ initial_password }}"},
                "team_ids": [team],
            },
        ],
        "datasets": [{"name": f"logs of {team}", "integration_id": f"lake of {team}"}],
        "templates": [{"name": f"{team} filter", "template": "{}", "team_ids": [team]}],
        "service_accounts": [{"name": f"{team} export", "roles": [f"{team} developer"]}],
        "pipelines": [{"name": f"{team}_web", "job_graph": graph, "team_ids": [team], "tags": {"team": team}}],
    }


@WORKER_AND_SLOW_MODULE
def test_five_teams_from_nothing(sandbox: Sandbox, more: dict[str, Any], record_measurement: RecordMeasurement) -> None:
    """A plan of an empty account in check mode, the same plan written, and a second run that changes nothing."""
    simulator = sandbox.simulator
    simulator.switch(grepr={"transit_time": 0.05, "check_references": True, "unique_names": True})
    for kind in ("jobs", "datasets", "integrations"):
        simulator.admin("PUT", f"/{kind}", [])
    parts = [_describe(team) for team in TEAMS]
    account = {kind: [item for part in parts for item in part[kind]] for kind in parts[0]}
    options = {"account": account, "return_secrets": True}
    # Stored credentials first, so that only the calls of the task are counted.
    sandbox.play([{"name": "log in", "greyops.rest.grepr_token": {}}]).assert_success(1)
    counter = RequestCounter(simulator)
    tasks = [
        {"name": "plan", "greyops.rest.grepr_account": options, "check_mode": True, "register": "plan", **more},
        {"name": "apply", "greyops.rest.grepr_account": options, "register": "done", **more},
        {"name": "again", "greyops.rest.grepr_account": {"account": account}, "register": "again", **more},
        {
            "name": "check",
            "ansible.builtin.assert": {
                "that": [
                    "plan.counts.create == 45",
                    "plan.results == done.results",
                    "done.secrets | length == 5",
                    "again is not changed",
                    "again.counts.unchanged == 45",
                    # The lists of 8 kinds, one of which has 2 types, and the members of 5 teams.
                    "again.api.calls == 14",
                ]
            },
        },
    ]
    run = sandbox.play(tasks, "-vvvv", vars={"initial_password": "a-first-password"})
    run.assert_success(4)
    assert "a-first-password" not in run.output
    counts = counter.get_counts()
    assert counts["POST /api/v1/teams"] == len(TEAMS)
    record_measurement(f"45 resources of {len(TEAMS)} teams with {sum(counts.values())} calls in 3 tasks")
