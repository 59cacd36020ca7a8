# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory: pipelines as hosts, their groups and variables, the cache, and errors."""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.parsing.vault import VaultLib, VaultSecret

from ..support.reliability_report import RecordMeasurement
from ..support.sandbox import CommandResult, Sandbox
from ..support.simulator_client import SimulatorClient

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
def _create_account(sandbox: Sandbox, simulator: SimulatorClient) -> None:
    simulator.admin("PUT", "/jobs", JOBS)
    simulator.admin("PUT", "/teams", TEAMS)


class _Vaulted(str):
    """A text encrypted as ansible-vault writes it into a file."""


yaml.SafeDumper.add_representer(_Vaulted, lambda dumper, data: dumper.represent_scalar("!vault", str(data), style="|"))


def _file(sandbox: Sandbox, name: str = SUFFIX, **options: Any) -> Path:
    path = sandbox.path / name
    path.write_text(yaml.safe_dump({"plugin": "greyops.rest.grepr", **options}), encoding="utf-8")
    return path


def _run(sandbox: Sandbox, path: Path, *arguments: str | Path, env: Mapping[str, str] | None = None) -> CommandResult:
    whole = {**sandbox.get_addresses(), **sandbox.logins(), "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "1"}
    return sandbox.start("ansible-inventory", "-i", path, *arguments, env=whole if env is None else env).wait()


def _list_inventory(
    sandbox: Sandbox, path: Path, *arguments: str | Path, env: Mapping[str, str] | None = None
) -> dict[str, Any]:
    answer = sandbox.path / "inventory.json"
    run = _run(sandbox, path, "--list", "--output", answer, *arguments, env=env)
    assert run.status == 0, run.output
    # Deprecation warnings of core itself are ignored.
    assert "[WARNING]" not in run.output, run.output
    listed: dict[str, Any] = json.loads(answer.read_text(encoding="utf-8"), object_hook=_strip_tags)
    return listed


def _strip_tags(document: dict[str, Any]) -> Any:
    """Core marks texts that are not templates."""
    return document["__ansible_unsafe"] if document.keys() == {"__ansible_unsafe"} else document


def _get_hosts(listed: Mapping[str, Any], group: str) -> list[str]:
    return list(listed.get(group, {}).get("hosts", []))


def _get_calls(simulator: SimulatorClient) -> list[str]:
    return [f"{entry['method']} {entry['path']}" for entry in simulator.requests("/api")]


def test_groups(sandbox: Sandbox, simulator: SimulatorClient, record_measurement: RecordMeasurement) -> None:
    """One host for each pipeline, in groups of its state, teams and tags: 1 call, and 1 for the teams."""
    listed = _list_inventory(sandbox, _file(sandbox))
    variables = listed["_meta"]["hostvars"]
    assert sorted(variables) == ["audit", "broken", "mended", "resting"]
    assert variables["mended"]["grepr_pipeline"]["id"] == "0new"
    assert variables["mended"]["grepr_teams"] == ["site reliability", "web"]
    assert _get_hosts(listed, "state_running") == ["audit", "mended"]
    assert _get_hosts(listed, "state_failed") == ["broken"]
    assert _get_hosts(listed, "state_stopped") == ["resting"]
    assert _get_hosts(listed, "team_site_reliability") == ["audit", "mended"]
    assert _get_hosts(listed, "team_web") == ["mended"]
    assert _get_hosts(listed, "tag_env_prod") == ["audit", "resting"]
    assert _get_hosts(listed, "tag_data_class_pci_1") == ["audit"]
    calls = _get_calls(simulator)
    assert calls == ["GET /api/v1/jobs", "GET /api/v1/teams"]
    record_measurement(f"{len(calls)} calls")


def test_filters_and_composition(sandbox: Sandbox, simulator: SimulatorClient) -> None:
    """State, tags and kinds of groups are selected by options; compose, groups and keyed_groups apply to the
    pipeline."""
    simulator.admin("PUT", "/jobs", [{**job, "teamIds": []} for job in JOBS])
    path = _file(
        sandbox,
        state=["RUNNING", "STOPPED"],
        tags={"env": "prod"},
        group_by=["state"],
        compose={"edges": "grepr_pipeline.jobGraph.edges | length", "ansible_connection": "'local'"},
        groups={"resting_ones": "grepr_pipeline.desiredState == 'STOPPED' or grepr_pipeline.state == 'STOPPED'"},
        keyed_groups=[{"key": "grepr_pipeline.jobGraph.vertices[0].type", "prefix": "source"}],
        strict=True,
    )
    listed = _list_inventory(sandbox, path)
    variables = listed["_meta"]["hostvars"]
    assert {name: (int(found["edges"]), found["ansible_connection"]) for name, found in variables.items()} == {
        "audit": (1, "local"),
        "resting": (1, "local"),
    }
    assert _get_hosts(listed, "resting_ones") == ["resting"]
    assert _get_hosts(listed, "source_datadog_log_agent_source") == ["audit", "resting"]
    assert [group for group in listed if group.startswith(("team_", "tag_"))] == []
    assert _get_calls(simulator) == ["GET /api/v1/jobs"]
    assert sorted(_list_inventory(sandbox, _file(sandbox, state=["DELETED"]))["_meta"]["hostvars"]) == ["gone"]


def test_template_syntax_is_not_evaluated(sandbox: Sandbox) -> None:
    """Values from Grepr are data: Ansible evaluates no template in them."""
    path = _file(sandbox, compose={"ansible_connection": "'local'"})
    run = sandbox.play(
        [{"name": "show", "ansible.builtin.debug": {"msg": "{{ grepr_pipeline.tags.text }}"}}],
        "-l",
        "resting",
        hosts=path,
    )
    assert run.get_result("show")["msg"] == "{{ 1 + 1 }}"


STATIC = """\
server1 ansible_connection=local
server2
[web]
server1
server2
[tag_env_prod]
server2
[tag_env_test]
"""
# Values that Ansible or the programs it runs would not accept as a name.
NO_NAMES = [
    "{{ lookup('pipe', 'touch PWNED') }}",
    "-oProxyCommand=touch PWNED",
    "../../../escaped",
    "..",
    "db01.prod",
    "x\ny: FAKE",
    "\x1b[31mred\x1b]0;t\x07",
    "\u202eabc",
    "",
    "a" * 129,
]
TAKEN = ["all", "ungrouped", "localhost", "web", "server1", "state_running", "tag_env_test", "tag_mine_a"]
GROUPED = {"keyed_groups": [{"key": "grepr_pipeline.tags.mine", "prefix": "", "separator": ""}]}


def _serve_hostile_names(simulator: SimulatorClient, *more: object) -> None:
    one = {"id": "1", "state": "RUNNING", "tags": {"env": "test"}, "teamIds": [], "jobGraph": GRAPH}
    named = [{**one, "name": name} for name in [*NO_NAMES, *TAKEN, "web_logs"]]
    # Groups with these names would add machines.
    mixed = [{**one, "name": f"p{n}", "tags": {"mine": name}} for n, name in enumerate(("web", "server1", "p1"))]
    simulator.fault(
        "/api/v1/jobs",
        {"json": {"items": [*named, *mixed, {**one, "name": "prod", "tags": {"env": "prod", "mine": "a"}}, *more]}},
    )


def _write_static_inventory(sandbox: Sandbox) -> Path:
    path = sandbox.path / "static.ini"
    path.write_text(STATIC, encoding="utf-8")
    return path


def test_server_names_do_not_add_hosts_to_groups(sandbox: Sandbox, simulator: SimulatorClient) -> None:
    """Only documented names without another meaning become hosts; machines get no groups or variables from the
    inventory."""
    odd = [
        {"id": "7"},
        {"id": "8", "name": 7},
        {"id": "9", "name": "listed", "tags": ["a"]},
        {"name": "b", "state": []},
    ]
    _serve_hostile_names(simulator, *odd)
    answer = sandbox.path / "inventory.json"
    arguments = ["-i", _file(sandbox, **GROUPED), "--list", "--output", answer]
    whole = {**sandbox.get_addresses(), **sandbox.logins(), "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "1"}
    run = sandbox.start("ansible-inventory", "-i", _write_static_inventory(sandbox), *arguments, env=whole).wait()
    assert run.status == 0, run.output
    listed = json.loads(answer.read_text(encoding="utf-8"), object_hook=_strip_tags)
    variables = listed["_meta"]["hostvars"]
    pipelines = ["p0", "p1", "p2", "prod", "web_logs"]
    assert sorted(name for name, found in variables.items() if "grepr_pipeline" in found) == pipelines
    assert sorted(_get_hosts(listed, "state_running")) == pipelines
    assert listed["state_running"].get("children", []) == []
    assert (_get_hosts(listed, "web"), _get_hosts(listed, "tag_env_prod")) == (["server1", "server2"], ["server2"])
    # An empty group of another source is treated like a new one.
    assert _get_hosts(listed, "tag_env_test") == ["web_logs"]
    assert _get_hosts(listed, "a") == ["prod"]
    assert "server1" not in listed and "p1" not in listed
    assert not list(sandbox.path.rglob("PWNED"))
    warnings = [one for one in run.output.split("[WARNING]:")[1:] if "left out" in one]
    assert len(warnings) == 1, run.output
    text = "".join(warnings[0].split())
    for shown in (
        r"'\x1b[31mred\x1b]0;t\x07'",
        "hostname_prefix",
        "[a-z0-9_]{1,128}",
        "'web'",
        "'7'",
        "'listed'",
    ):
        assert shown in text, run.output
    assert not any(char in run.output for char in "\x1b\u202e\x07")


def test_prefix_makes_any_name_usable(sandbox: Sandbox, simulator: SimulatorClient) -> None:
    """With hostname_prefix only invalid names are omitted; plays run on pipelines, and on no machine."""
    _serve_hostile_names(simulator)
    path = _file(sandbox, hostname_prefix="grepr.", compose={"ansible_connection": "'local'"})
    env = {**sandbox.get_addresses(), **sandbox.logins()}
    names = [{"name": "show", "ansible.builtin.debug": {"msg": "{{ inventory_hostname }} {{ grepr_pipeline.name }}"}}]
    run = sandbox.play(names, "-i", _write_static_inventory(sandbox), hosts=path, env=env)
    shown = sorted(result.result["msg"] for result in run.get_results("show") if "msg" in result.result)
    pipelines = sorted([*TAKEN, "p0", "p1", "p2", "prod", "web_logs"])
    assert [one for one in shown if one.startswith("grepr.")] == [f"grepr.{name} {name}" for name in pipelines]


def test_invalid_prefix(sandbox: Sandbox, simulator: SimulatorClient) -> None:
    run = _run(sandbox, _file(sandbox, hostname_prefix="-o"), "--list")
    assert run.status != 0
    assert "hostname_prefix must consist of" in " ".join(run.output.split()), run.output
    assert simulator.requests() == []


def test_filters_that_leave_nothing(sandbox: Sandbox) -> None:
    """A warning is shown, and an unknown state is an error."""
    run = _run(sandbox, _file(sandbox, tags={"env": "nowhere"}), "--list")
    assert (run.status, run.count_warnings("None of the 6 pipelines passes the filters")) == (0, 1), run.output
    run = _run(sandbox, _file(sandbox, state=["running"]), "--list")
    assert run.status != 0
    assert "RUNNING" in run.output


def test_secrets_of_the_wrong_type(sandbox: Sandbox) -> None:
    """Core would show them in its own error message."""
    run = _run(
        sandbox, _file(sandbox, client_secret=["INVS-list-0001"], api_key={"a": "INVS-dict-0001"}), "--list", "-vvv"
    )
    assert run.status != 0
    assert "client_secret, api_key must be text" in " ".join(run.output.split()), run.output
    assert "INVS" not in run.output


def test_cache_depends_on_the_credential(sandbox: Sandbox, simulator: SimulatorClient) -> None:
    """A different key, token, client, secret, scope or audience reads again; data cannot corrupt the cache."""
    path = _file(
        sandbox, cache=True, cache_plugin="ansible.builtin.jsonfile", cache_connection=str(sandbox.path / "cached")
    )
    job = {"name": "poison", "state": "RUNNING", "tags": {"t": {"__ansible_type": "boo", "value": "{{ 1 }}"}}}
    simulator.fault("/api/v1/jobs", {"json": {"items": [job]}})
    login = sandbox.logins()
    credentials: list[dict[str, str]] = [
        {"GREPR_API_KEY": "KEY-A-0123456789"},
        {"GREPR_API_KEY": "KEY-B-0123456789"},
        {"GREPR_ACCESS_TOKEN": "TOKEN-OF-SOMEBODY-ELSE-000"},
        login,
        {**login, "GREPR_SCOPE": "service"},
    ]
    for number, variables in enumerate([*credentials, credentials[0]]):
        simulator.admin("DELETE", "/requests")
        run = _run(sandbox, path, "--list", env={**sandbox.get_addresses(), **variables})
        assert run.status == 0, run.output
        assert (len(_get_calls(simulator)), "poison" in run.output) == (int(number < len(credentials)), True), (
            number,
            run.output,
        )


def test_cache(sandbox: Sandbox, simulator: SimulatorClient, record_measurement: RecordMeasurement) -> None:
    """With Ansible's inventory cache the second run makes no call; --flush-cache and other credentials read again."""
    place = sandbox.path / "cached"
    path = _file(
        sandbox, cache=True, cache_plugin="ansible.builtin.jsonfile", cache_connection=str(place), cache_timeout=600
    )
    first = _list_inventory(sandbox, path)
    simulator.admin("DELETE", "/requests")
    assert _list_inventory(sandbox, path) == first
    again = len(simulator.requests())
    assert again == 0
    sandbox.play([{"name": "nothing", "ansible.builtin.meta": "noop"}], "--flush-cache", hosts=path)
    assert _get_calls(simulator) == ["GET /api/v1/jobs", "GET /api/v1/teams"]
    simulator.admin("DELETE", "/requests")
    key = {"GREPR_API_KEY": sandbox.credentials.api_key}
    simulator.admin("PUT", "/jobs", JOBS[:1])
    other = _list_inventory(sandbox, path, env={**sandbox.get_addresses(), **key})
    assert sorted(other["_meta"]["hostvars"]) == ["audit"]
    text = "".join(file.read_text(encoding="utf-8") for file in place.iterdir())
    assert "audit" in text
    _assert_no_secret(sandbox, simulator, text)
    record_measurement(f"{again} calls")


def test_no_secret_in_sight(sandbox: Sandbox, simulator: SimulatorClient) -> None:
    """Neither the list nor the output at -vvvv contains a credential or a token, for any source of the credentials."""
    given = sandbox.credentials
    options = {"client_id": given.client_id, "client_secret": given.client_secret}
    for path, env in ((_file(sandbox), sandbox.logins()), (_file(sandbox, **options), {})):
        run = _run(sandbox, path, "--list", "-vvvv", env={**sandbox.get_addresses(), **env})
        assert run.status == 0, run.output
        assert "audit" in run.output
        _assert_no_secret(sandbox, simulator, run.output)


def _assert_no_secret(sandbox: Sandbox, simulator: SimulatorClient, text: str) -> None:
    # The special characters around a secret are encoded in many ways; its middle is the same in all of them.
    given = sandbox.credentials
    middles = [
        value.strip("kc")[len(value) // 2 - 8 : len(value) // 2 + 8] for value in (given.client_secret, given.api_key)
    ]
    assert [value for value in [*simulator.issued_tokens(), *middles] if value in text] == []


def test_credentials_in_the_file(sandbox: Sandbox, simulator: SimulatorClient) -> None:
    """Options take precedence over the environment; they may be templates, and encrypted with ansible-vault."""
    given = sandbox.credentials
    password = sandbox.path / "vault-password"
    password.write_text("open sesame")
    vault = VaultLib([("default", VaultSecret(b"open sesame"))])
    vaulted = _Vaulted(vault.encrypt(given.client_secret, VaultSecret(b"open sesame")).decode())
    env = {
        **sandbox.get_addresses(),
        **sandbox.logins(),
        "GREPR_CLIENT_SECRET": "wrong",
        "OF_MINE": given.client_secret,
    }
    template = "{{ lookup('ansible.builtin.env', 'OF_MINE') }}"
    for secret in (template, vaulted):
        path = _file(sandbox, client_id=given.client_id, client_secret=secret)
        assert len(_list_inventory(sandbox, path, "--vault-password-file", password, env=env)["_meta"]["hostvars"]) == 4
        # Each with a separate token.
        for record in sandbox.get_stored_records():
            record.unlink()
    assert (simulator.grants(), simulator.logins()) == (2, 2)


@pytest.mark.parametrize("case", ["credential", "server", "none", "option", "strict", "answer"])
def test_one_clear_error(sandbox: Sandbox, simulator: SimulatorClient, case: str) -> None:
    """A wrong credential, an unreachable server, an invalid option, a failed template: one sentence, no traceback."""
    env = {**sandbox.get_addresses(), **sandbox.logins(), "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "1"}
    options: dict[str, Any] = {"retries": 0}
    if case == "credential":
        env["GREPR_CLIENT_SECRET"] = "wrong-secret"
        words = "HTTP 401"
    elif case == "server":
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            env |= sandbox.get_addresses(f"http://127.0.0.1:{free.getsockname()[1]}")
        words = "the connection was refused"
    elif case == "none":
        env = {name: value for name, value in env.items() if not name.startswith("GREPR_CLIENT")}
        words = "GREPR_CLIENT_ID"
    elif case == "option":
        options["grup_by"] = ["state"]
        words = "There is no option grup_by. Did you mean group_by? The options are cache, "
    elif case == "strict":
        options |= {"compose": {"a": "nothing.there"}, "strict": True}
        words = "nothing"
    else:
        simulator.fault("/api/v1/jobs", {"status": 200, "json": {"no": "list"}})
        words = "contains no list of jobs"
    run = _run(sandbox, _file(sandbox, **options), "--list", env=env)
    assert run.status != 0, run.output
    assert words in " ".join(run.output.split()), run.output
    assert "Traceback" not in run.output
    assert "wrong-secret" not in run.output


def test_failed_template_without_strict(sandbox: Sandbox) -> None:
    """Without strict, a variable or group whose template fails is omitted."""
    listed = _list_inventory(sandbox, _file(sandbox, compose={"a": "nothing.there", "b": "grepr_pipeline.name"}))
    assert listed["_meta"]["hostvars"]["audit"].keys() == {"grepr_pipeline", "grepr_teams", "b"}


@pytest.mark.parametrize("name", ["grepr.yml", "acme.grepr.yaml", "acme_grepr.yml"])
def test_accepted_file_names(sandbox: Sandbox, name: str) -> None:
    """A file whose name ends in grepr.yml or grepr.yaml is accepted."""
    assert "audit" in _list_inventory(sandbox, _file(sandbox, name))["_meta"]["hostvars"]


def test_rejected_file_names(sandbox: Sandbox, simulator: SimulatorClient) -> None:
    """Any other name is rejected, and no request is sent."""
    run = _run(sandbox, _file(sandbox, "acme.yml"), "--list")
    assert run.status != 0
    assert simulator.requests() == []
