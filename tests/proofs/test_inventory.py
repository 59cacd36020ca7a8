# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory: pipelines as hosts, their groups and variables, the cache, and what goes wrong."""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.parsing.vault import VaultLib, VaultSecret

from .conftest import Figure
from .simulator import Simulator
from .world import Run, World

GRAPH = {
    "vertices": [{"type": "logs-values-source", "name": "source"}, {"type": "discarding-sink", "name": "sink"}],
    "edges": ["source -> sink"],
}
JOBS: list[dict[str, Any]] = [
    {"name": "audit", "tags": {"env": "prod", "data class": "pci/1"}, "teamIds": ["0team00000sre"]},
    {"name": "broken", "state": "FAILED", "jobGraph": GRAPH},
    {"name": "mended", "id": "0old", "state": "FAILED", "updatedAt": "2027-01-01T12:00:00Z", "jobGraph": GRAPH},
    {"name": "mended", "id": "0new", "teamIds": ["0team00000sre", "0team00000web"], "tags": {"env": "test"}},
    {"name": "resting", "state": "STOPPED", "tags": {"env": "prod", "text": "{{ 1 + 1 }}"}},
    {"name": "gone", "state": "DELETED"},
]
TEAMS = [{"id": "0team00000sre", "name": "site reliability"}, {"id": "0team00000web", "name": "web"}]
SUFFIX = "acme.grepr.yml"


@pytest.fixture(autouse=True)
def _account(world: World, simulator: Simulator) -> None:
    simulator.admin("PUT", "/jobs", JOBS)
    simulator.admin("PUT", "/teams", TEAMS)


class _Vaulted(str):
    """A text as ansible-vault writes it into a file."""


yaml.SafeDumper.add_representer(_Vaulted, lambda dumper, data: dumper.represent_scalar("!vault", str(data), style="|"))


def _file(world: World, name: str = SUFFIX, **options: Any) -> Path:
    path = world.place / name
    path.write_text(yaml.safe_dump({"plugin": "greyops.rest.grepr", **options}), encoding="utf-8")
    return path


def _run(world: World, path: Path, *arguments: str | Path, env: Mapping[str, str] | None = None) -> Run:
    whole = {**world.addresses(), **world.logins(), "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "1"}
    return world.start("ansible-inventory", "-i", path, *arguments, env=whole if env is None else env).end()


def _listed(world: World, path: Path, *arguments: str | Path, env: Mapping[str, str] | None = None) -> dict[str, Any]:
    answer = world.place / "inventory.json"
    run = _run(world, path, "--list", "--output", answer, *arguments, env=env)
    assert run.status == 0, run.output
    # Deprecations of core's own are none of ours.
    assert "[WARNING]" not in run.output, run.output
    listed: dict[str, Any] = json.loads(answer.read_text(encoding="utf-8"), object_hook=_plain)
    return listed


def _plain(document: dict[str, Any]) -> Any:
    """Core marks texts that are no templates."""
    return document["__ansible_unsafe"] if document.keys() == {"__ansible_unsafe"} else document


def _hosts(listed: Mapping[str, Any], group: str) -> list[str]:
    return list(listed.get(group, {}).get("hosts", []))


def _calls(simulator: Simulator) -> list[str]:
    return [f"{entry['method']} {entry['path']}" for entry in simulator.requests("/api")]


def test_groups(world: World, simulator: Simulator, figure: Figure) -> None:
    """One host for each pipeline that is there, in groups of its state, teams and tags: 1 call, and 1 for the teams."""
    listed = _listed(world, _file(world))
    variables = listed["_meta"]["hostvars"]
    assert sorted(variables) == ["audit", "broken", "mended", "resting"]
    assert variables["mended"]["grepr_pipeline"]["id"] == "0new"
    assert variables["mended"]["grepr_teams"] == ["site reliability", "web"]
    assert _hosts(listed, "state_running") == ["audit", "mended"]
    assert _hosts(listed, "state_failed") == ["broken"]
    assert _hosts(listed, "state_stopped") == ["resting"]
    assert _hosts(listed, "team_site_reliability") == ["audit", "mended"]
    assert _hosts(listed, "team_web") == ["mended"]
    assert _hosts(listed, "tag_env_prod") == ["audit", "resting"]
    assert _hosts(listed, "tag_data_class_pci_1") == ["audit"]
    calls = _calls(simulator)
    assert calls == ["GET /api/v1/jobs", "GET /api/v1/teams"]
    figure(f"{len(calls)} calls")


def test_filters_and_composition(world: World, simulator: Simulator) -> None:
    """State, tags and kinds of groups are chosen by options; compose, groups and keyed_groups go over the pipeline."""
    simulator.admin("PUT", "/jobs", [{**job, "teamIds": []} for job in JOBS])
    path = _file(
        world,
        state=["RUNNING", "STOPPED"],
        tags={"env": "prod"},
        group_by=["state"],
        compose={"edges": "grepr_pipeline.jobGraph.edges | length", "ansible_connection": "'local'"},
        groups={"resting_ones": "grepr_pipeline.desiredState == 'STOPPED' or grepr_pipeline.state == 'STOPPED'"},
        keyed_groups=[{"key": "grepr_pipeline.jobGraph.vertices[0].type", "prefix": "source"}],
        strict=True,
    )
    listed = _listed(world, path)
    variables = listed["_meta"]["hostvars"]
    assert {name: (int(found["edges"]), found["ansible_connection"]) for name, found in variables.items()} == {
        "audit": (1, "local"),
        "resting": (1, "local"),
    }
    assert _hosts(listed, "resting_ones") == ["resting"]
    assert _hosts(listed, "source_datadog_log_agent_source") == ["audit", "resting"]
    assert [group for group in listed if group.startswith(("team_", "tag_"))] == []
    assert _calls(simulator) == ["GET /api/v1/jobs"]
    assert sorted(_listed(world, _file(world, state=["DELETED"]))["_meta"]["hostvars"]) == ["gone"]


def test_a_text_that_looks_like_a_template(world: World) -> None:
    """What stands in Grepr is data: Ansible evaluates no template in it."""
    path = _file(world, compose={"ansible_connection": "'local'"})
    run = world.play(
        [{"name": "show", "ansible.builtin.debug": {"msg": "{{ grepr_pipeline.tags.text }}"}}],
        "-l",
        "resting",
        hosts=path,
    )
    assert run.one("show")["msg"] == "{{ 1 + 1 }}"


def test_the_cache(world: World, simulator: Simulator, figure: Figure) -> None:
    """With Ansible's inventory cache the second run makes no call; --flush-cache and other credentials read again."""
    place = world.place / "cached"
    path = _file(
        world, cache=True, cache_plugin="ansible.builtin.jsonfile", cache_connection=str(place), cache_timeout=600
    )
    first = _listed(world, path)
    simulator.admin("DELETE", "/requests")
    assert _listed(world, path) == first
    again = len(simulator.requests())
    assert again == 0
    world.play([{"name": "nothing", "ansible.builtin.meta": "noop"}], "--flush-cache", hosts=path)
    assert _calls(simulator) == ["GET /api/v1/jobs", "GET /api/v1/teams"]
    simulator.admin("DELETE", "/requests")
    key = {"GREPR_API_KEY": world.credentials.api_key}
    simulator.admin("PUT", "/jobs", JOBS[:1])
    other = _listed(world, path, env={**world.addresses(), **key})
    assert sorted(other["_meta"]["hostvars"]) == ["audit"]
    text = "".join(file.read_text(encoding="utf-8") for file in place.iterdir())
    assert "audit" in text
    _require_no_secret(world, simulator, text)
    figure(f"{again} calls")


def test_no_secret_in_sight(world: World, simulator: Simulator) -> None:
    """Neither the list nor the words at -vvvv hold a credential or a token, wherever the credentials come from."""
    given = world.credentials
    options = {"client_id": given.client_id, "client_secret": given.client_secret}
    for path, env in ((_file(world), world.logins()), (_file(world, **options), {})):
        run = _run(world, path, "--list", "-vvvv", env={**world.addresses(), **env})
        assert run.status == 0, run.output
        assert "audit" in run.output
        _require_no_secret(world, simulator, run.output)


def _require_no_secret(world: World, simulator: Simulator, text: str) -> None:
    # The special characters around a secret are written in many ways; its middle is the same in all of them.
    given = world.credentials
    middles = [
        value.strip("kc")[len(value) // 2 - 8 : len(value) // 2 + 8] for value in (given.client_secret, given.api_key)
    ]
    assert [value for value in [*simulator.issued(), *middles] if value in text] == []


def test_credentials_in_the_file(world: World, simulator: Simulator) -> None:
    """Options win over the environment; they may be templates, and encrypted with ansible-vault."""
    given = world.credentials
    password = world.place / "vault-password"
    password.write_text("open sesame")
    vault = VaultLib([("default", VaultSecret(b"open sesame"))])
    vaulted = _Vaulted(vault.encrypt(given.client_secret, VaultSecret(b"open sesame")).decode())
    env = {**world.addresses(), **world.logins(), "GREPR_CLIENT_SECRET": "wrong", "OF_MINE": given.client_secret}
    template = "{{ lookup('ansible.builtin.env', 'OF_MINE') }}"
    for secret in (template, vaulted):
        path = _file(world, client_id=given.client_id, client_secret=secret)
        assert len(_listed(world, path, "--vault-password-file", password, env=env)["_meta"]["hostvars"]) == 4
        # Each with a token of its own.
        for record in world.stored():
            record.unlink()
    assert (simulator.grants(), simulator.logins()) == (2, 2)


@pytest.mark.parametrize("case", ["credential", "server", "none", "option", "strict", "answer"])
def test_one_clear_error(world: World, simulator: Simulator, case: str) -> None:
    """A bad credential, a dead server, a wrong option, a template that fails: one sentence, no traceback."""
    env = {**world.addresses(), **world.logins(), "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "1"}
    options: dict[str, Any] = {"retries": 0}
    if case == "credential":
        env["GREPR_CLIENT_SECRET"] = "wrong-secret"
        words = "HTTP 401"
    elif case == "server":
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            env |= world.addresses(f"http://127.0.0.1:{free.getsockname()[1]}")
        words = "the connection was refused"
    elif case == "none":
        env = {name: value for name, value in env.items() if not name.startswith("GREPR_CLIENT")}
        words = "GREPR_CLIENT_ID"
    elif case == "option":
        options["grup_by"] = ["state"]
        words = "There is no option grup_by"
    elif case == "strict":
        options |= {"compose": {"a": "nothing.there"}, "strict": True}
        words = "nothing"
    else:
        simulator.fault("/api/v1/jobs", {"status": 200, "json": {"no": "list"}})
        words = "holds no list of jobs"
    run = _run(world, _file(world, **options), "--list", env=env)
    assert run.status != 0, run.output
    assert words in " ".join(run.output.split()), run.output
    assert "Traceback" not in run.output
    assert "wrong-secret" not in run.output


def test_a_template_that_fails_without_strict(world: World) -> None:
    """Without strict a variable or group that cannot be made is left out."""
    listed = _listed(world, _file(world, compose={"a": "nothing.there", "b": "grepr_pipeline.name"}))
    assert listed["_meta"]["hostvars"]["audit"].keys() == {"grepr_pipeline", "grepr_teams", "b"}


@pytest.mark.parametrize("name", ["grepr.yml", "acme.grepr.yaml", "acme_grepr.yml"])
def test_names_of_files_that_it_reads(world: World, name: str) -> None:
    """A file whose name ends with grepr.yml or grepr.yaml is an inventory."""
    assert "audit" in _listed(world, _file(world, name))["_meta"]["hostvars"]


def test_names_of_files_that_it_does_not_read(world: World, simulator: Simulator) -> None:
    """Any other name is not, and nothing is asked."""
    run = _run(world, _file(world, "acme.yml"), "--list")
    assert run.status != 0
    assert simulator.requests() == []
