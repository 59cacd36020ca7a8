# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plans of the role grepr_pipelines can be reviewed, and their files validated without an account."""

from __future__ import annotations

from typing import Any

import pytest

from ..support.reliability_report import RecordMeasurement
from ..support.sandbox import CommandResult, Sandbox

ROLE = "greyops.rest.grepr_pipelines"
TEAMS = ("checkout", "crew", "search", "shop", "stock")
PIPELINE = """\
name: {name}
state: {state}
tags: {{team: {team}}}
job_graph:
  vertices:
    - {{type: logs-values-source, name: source}}
    - type: logs-filter
      name: only
      predicate: {{type: datadog-query, query: '{query}'}}
    - {{type: discarding-sink, name: sink}}
  edges: [source -> only, only -> sink]
"""
_MOST_LINES = 60


class Repository:
    """A directory with a directory of pipelines for each team."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        for team in TEAMS:
            for name in ("web", "api"):
                self.write(team, f"{team}_{name}")

    def write(self, team: str, name: str, query: str = "service:web", state: str = "present") -> None:
        self.write_text(team, f"{name}.yml", PIPELINE.format(name=name, team=team, query=query, state=state))

    def write_text(self, team: str, name: str, text: str) -> None:
        file = self._sandbox.path / "pipelines" / team / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def get_directory(self, team: str) -> str:
        return str(self._sandbox.path / "pipelines" / team)

    def run(
        self,
        action: str,
        *arguments: str,
        teams: tuple[str, ...] = TEAMS,
        env: dict[str, str] | None = None,
        **more: Any,
    ) -> CommandResult:
        roles = [
            {
                "role": ROLE,
                "grepr_pipelines_directory": self.get_directory(team),
                "grepr_pipelines_action": action,
                **more,
            }
            for team in teams
        ]
        return self._sandbox.start_playbook([{"roles": roles}], *arguments, env=env).wait()


@pytest.fixture
def repository(sandbox: Sandbox) -> Repository:
    sandbox.simulator.switch(grepr={"transit_time": 0.0})
    sandbox.simulator.admin("PUT", "/jobs", [])
    return Repository(sandbox)


def _get_table(run: CommandResult) -> list[str]:
    lines: list[str] = run.get_result(f"{ROLE} : Show a table of the changes")["msg"]
    return lines


def test_plan_of_five_teams_fits_on_a_screen(
    sandbox: Sandbox, repository: Repository, record_measurement: RecordMeasurement
) -> None:
    """The log of a plan of five teams with one change has fewer than 60 lines, and shows the old and the new value."""
    applied = repository.run("apply")
    assert (applied.status, applied.failed) == (0, []), applied.output
    repository.write("search", "search_web", query="service:web env:production")
    loop = {
        "ansible.builtin.include_role": {"name": ROLE, "rolespec_validate": False},
        "vars": {"grepr_pipelines_directory": f"{sandbox.path}/pipelines/{{{{ item }}}}"},
        "loop": list(TEAMS),
    }
    runs = {"roles of a play": repository.run("plan"), "a loop": sandbox.play([loop])}
    for run in runs.values():
        assert (run.status, run.failed) == (0, []), run.output
        assert _get_table(run) == [
            "PIPELINE    ACTION    CHANGES",
            "search_web  update    vertices.only.predicate.query: service:web -> service:web env:production",
            "1 of 2 differ: 1 update.",
        ]
        assert len(run.output.splitlines()) < _MOST_LINES, run.output
    lines = ", ".join(f"{name} {len(run.output.splitlines())} lines" for name, run in runs.items())
    record_measurement(f"5 teams with 1 change: {lines}")


@pytest.mark.parametrize("action", ["plan", pytest.param("drift", marks=pytest.mark.slow)])
def test_plan_shows_the_diff_of_an_apply(repository: Repository, action: str) -> None:
    """With --diff, a plan is followed by what an apply would show, and nothing is changed."""
    assert repository.run("apply", teams=("shop",)).status == 0
    repository.write("shop", "shop_web", query='service:"web"', state="stopped")
    assert not any(line.startswith(("+", "-")) for line in _get_table(repository.run(action, teams=("shop",))))
    run = repository.run(action, "--diff", teams=("shop",))
    assert "changed=0" in run.output
    found = _get_table(run)
    assert found[1:3] == [
        "shop_web  update    state: RUNNING -> STOPPED",
        '                    vertices.only.predicate.query: service:web -> service:"web"',
    ]
    diff = found[found.index("--- before") :]
    assert [line.strip("+- ,") for line in diff if line.startswith(("+ ", "- "))] == [
        '"state": "RUNNING"',
        '"state": "STOPPED"',
        '"query": "service:web"',
        '"query": "service:\\"web\\""',
    ]
    # The diff of Ansible itself, in the same form.
    applied = repository.run("apply", "--check", "--diff", teams=("shop",))
    assert "\n".join(diff) in applied.output
    assert not any(line.startswith(("+", "-")) for line in _get_table(applied))


def test_files_are_validated_without_an_account(sandbox: Sandbox, repository: Repository) -> None:
    """All problems of all files are reported at once, with file, line and path, without credentials and requests."""
    valid = repository.run("validate", teams=("crew",), env={})
    assert (valid.status, valid.failed) == (0, []), valid.output
    assert valid.get_result(f"{ROLE} : Show that nothing is wrong")["msg"].startswith("2 pipelines in 2 files")
    repository.write_text("crew", "a.yml", PIPELINE.format(name="A", team="1.5", query="x", state="present"))
    repository.write_text(
        "crew", "b.yml", "- name: b\n  job_graph:\n    vertices: []\n    edges:\n      - a -> b\n- c\n"
    )
    repository.write_text("crew", "d.yml", "name: d\njob_graph: [\n")
    repository.write_text("crew", "e.yml", "name: e\ntags:\n  team: '{{ unknown_team }}'\n")
    repository.write_text("crew/tests", "t.yml", "name: t\npipeline: b\nevents: {a: [{}]}\n")
    run = repository.run("validate", teams=("crew",), env={})
    (failed,) = run.failed
    assert [
        line.removeprefix(f"{repository.get_directory('crew')}/") for line in failed.result["msg"].splitlines()
    ] == [
        "a.yml:3 (A).tags.team must be a string, and 1.5 is a number: quote it, or use `| string`",
        "b.yml:6 contains c, which is not a pipeline.",
        "b.yml:3 (b).job_graph.vertices is empty",
        "d.yml cannot be read: did not find expected node content in line 3, column 1.",
        "e.yml cannot be read: 'unknown_team' is undefined in line 3.",
        "tests/t.yml:1 contains a test (t) that requires expect, a dictionary.",
    ]
    assert sandbox.simulator.counters()["calls"] == {}


@pytest.mark.parametrize(
    "action", ["plan", *(pytest.param(name, marks=pytest.mark.slow) for name in ("apply", "drift"))]
)
@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("name: x\njob_graph: [\n", "did not find expected node content in line 3, column 1"),
        ("name: x\ntags:\n  region: '{{ region }}'\n", "'region' is undefined in line 3"),
    ],
)
def test_file_that_cannot_be_read_is_one_sentence(
    sandbox: Sandbox, repository: Repository, action: str, text: str, problem: str
) -> None:
    """A broken file stops a plan and an apply, also with purge, before anything is read or written."""
    repository.write_text("crew", "x.yml", text)
    run = repository.run(action, teams=("crew",), grepr_pipelines_purge={"team": "crew"})
    (failed,) = run.failed
    assert failed.result["msg"] == f"{repository.get_directory('crew')}/x.yml cannot be read: {problem}."
    assert run.output.count("[ERROR]") <= 1
    assert sandbox.simulator.counters()["calls"] == {}


def test_directory_without_files_deletes_nothing(sandbox: Sandbox, repository: Repository) -> None:
    run = repository.run("apply", teams=("nobody",), grepr_pipelines_purge={"team": "crew"})
    (failed,) = run.failed
    assert failed.result["msg"].startswith("There is no file *.yml, *.yaml or *.json in ")
    assert sandbox.simulator.counters()["calls"] == {}


@pytest.mark.slow
def test_undescribed_pipelines_are_filtered(sandbox: Sandbox, repository: Repository) -> None:
    """Pipelines of other teams are not reported as undescribed."""
    assert repository.run("apply").status == 0
    jobs = sandbox.simulator.admin("GET", "/jobs")
    team = sandbox.simulator.admin("PUT", "/teams", [{"id": "0kteam0000001", "name": "Stock"}])
    assert team is not None
    for one in jobs:
        one["teamIds"] = ["0kteam0000001"] if one["name"] == "stock_api" else []
    sandbox.simulator.admin("PUT", "/jobs", jobs)
    found = {}
    for name, filters in {
        "tags": {"grepr_pipelines_undescribed_tags": {"team": "shop"}},
        "teams": {"grepr_pipelines_undescribed_teams": ["Stock"]},
    }.items():
        run = repository.run("drift", teams=("crew",), **filters)
        assert (run.status, run.failed) == (0, []), run.output
        found[name] = run.get_result(f"{ROLE} : Report the drift")["ansible_facts"]["grepr_pipelines_drift"]
    assert found == {
        "tags": {"differing": [], "undescribed": ["shop_api", "shop_web"]},
        "teams": {"differing": [], "undescribed": ["stock_api"]},
    }
