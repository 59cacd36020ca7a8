# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Data from a server are returned unchanged and are never templated, wherever a task runs."""

from __future__ import annotations

from typing import Any

from ..support.sandbox import Sandbox
from ..support.simulator_client import SimulatorClient
from ..support.ssh_hosts import run_ssh_hosts

# The user's password occurs as a word in the data, and so does that of the published client.
SITE: dict[str, Any] = {"username": "ann", "password": "mugs", "client_id": "butler", "client_secret": "butler"}
CATALOG = {"clientCatalogId": "mugs", "description": "for mugs, butler stations and 'mugs'", "exhaustive_pdea_list": []}
# Since 2.19 core would treat this as a text of its own, and in a cache as a trusted template.
POSING = {
    "__ansible_type": "_AnsibleTaggedStr",
    "value": "{{ lookup('pipe', 'touch PWNED') }}",
    "tags": [{"__ansible_type": "TrustedAsTemplate"}],
}
LOCAL = {"delegate_to": "localhost"}
MODES: dict[str, dict[str, Any]] = {
    "worker": LOCAL,
    "become": {**LOCAL, "become": True},
    "ssh": {},
    "async": {"async": 60, "poll": 1},
}


def _build_background_tasks(name: str, task: dict[str, Any]) -> list[dict[str, Any]]:
    started = {"name": f"{name} begins", **task, "async": 60, "poll": 0, "register": "job"}
    status = {"ansible.builtin.async_status": {"jid": "{{ job.ansible_job_id }}"}}
    until = {"until": "later is finished", "retries": 100, "delay": 0.2}
    return [started, {"name": name, **status, **until, "register": "later"}]


def test_words_and_keys_reserved_elsewhere(sandbox: Sandbox, simulator: SimulatorClient) -> None:
    """A password that occurs as a word in the data is not removed from it, keys cannot imitate those of core, and a
    lone surrogate is replaced: worker, become, ssh, async and async_status return equal results, and so does the fact
    cache."""
    simulator.admin("PATCH", "/settings", {"greymatter": {"users": [{"username": "ann", "password": "mugs"}]}})
    simulator.admin("PUT", "/catalogs", [CATALOG])
    simulator.fault("/api/v1/posing", {"json": {"data": POSING, "list": [[POSING]], "half": "a\ud800b"}})
    catalogs = {"greyops.rest.greymatter_catalog_info": SITE}
    posing = {"greyops.rest.grepr_request": {"path": "/v1/posing"}}
    tasks: list[dict[str, Any]] = []
    for name, keywords in MODES.items():
        tasks.append({"name": f"catalogs {name}", **catalogs, **keywords, "register": f"catalogs_{name}"})
        tasks.append({"name": f"posing {name}", **posing, **keywords, "register": f"posing_{name}"})
    tasks += _build_background_tasks("catalogs later", catalogs)
    words = [f"catalogs_{name}.catalogs[0].description" for name in MODES] + ["later.catalogs[0].description"]
    data = [f"posing_{name}.json.data" for name in MODES] + ["posing_ssh.json.list[0][0]"]
    that = [f"{word} == wanted_words" for word in words] + [f"{found} == wanted_data" for found in data]
    # No lone surrogate is returned, because writing it would fail.
    that += [f"posing_{name}.json.half == wanted_half" for name in MODES]
    tasks += [
        {"name": "compare", "ansible.builtin.assert": {"that": that}},
        {"name": "keep", "ansible.builtin.set_fact": {"kept": "{{ posing_worker.json }}", "cacheable": True}},
    ]
    again = [
        {
            "name": "compare",
            "ansible.builtin.assert": {"that": ["kept.data == wanted_data", "kept.half == wanted_half"]},
        }
    ]
    variables = sandbox.variables("wanted.yml", {"wanted_words": CATALOG["description"], "wanted_half": "a\ufffdb"})
    # A literal that looks like a template has to stay a literal.
    unsafe = sandbox.commands / "unsafe.yml"
    unsafe.write_text(
        "wanted_data:\n"
        "  __ansible_type_: _AnsibleTaggedStr\n"
        f'  value: !unsafe "{POSING["value"]}"\n'
        "  tags: [{__ansible_type_: TrustedAsTemplate}]\n"
    )
    with run_ssh_hosts(sandbox.path / "ssh", 1) as hosts:
        for steps in (tasks, again):
            run = sandbox.play(steps, variables, f"-e@{unsafe}", hosts=hosts.inventory)
            assert (run.status, run.failed) == (0, []), run.output
            assert len(run.get_results("compare")) == 1
    assert not list(sandbox.path.rglob("PWNED"))
