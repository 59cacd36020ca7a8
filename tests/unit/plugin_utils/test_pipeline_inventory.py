# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts and matches of the inventory plugin, without running Ansible."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.inventory.data import InventoryData

from ansible_collections.greyops.rest.plugins.plugin_utils._pipeline_inventory import (
    PipelineInventory,
    has_tags,
    is_as_documented,
    is_name,
)


@pytest.mark.parametrize(
    ("stored", "wanted", "same"),
    [
        ("true", True, True),
        ("True", True, True),
        ("true", "true", True),
        ("True", "true", False),
        ("false", True, False),
        ("1", True, False),
        ("1.1", 1.10, True),
        ("1.10", 1.10, True),
        ("1.10", "1.10", True),
        ("1.1", "1.10", False),
        ("5", 5, True),
        ("5.0", 5, True),
        ("five", 5, False),
        ("", None, True),
        ("prod", "prod", True),
        (True, True, True),
        (5, "5", True),
    ],
)
def test_tags_are_compared_by_value(stored: object, wanted: object, same: bool) -> None:
    assert has_tags({"tags": {"key": stored}}, {"key": wanted}) == same
    assert not has_tags({"tags": {"other": stored}}, {"key": wanted})
    assert not has_tags({"tags": None}, {"key": wanted})


@pytest.mark.parametrize("name", ["", "Web", "a-b", "a.b", "..", "-o", "a" * 129, "ä", "a\n", "a b", "{{a}}", "٣"])
def test_invalid_names(name: str) -> None:
    assert not is_name(name)


@pytest.mark.parametrize("name", ["web_logs", "7", "_", "a" * 128])
def test_names(name: str) -> None:
    assert is_name(name)


@pytest.mark.parametrize(
    "odd", [{"name": None}, {"name": 7}, {"state": None}, {"state": []}, {"tags": []}, {"tags": "a"}, {"teamIds": [[]]}]
)
def test_unusual_jobs(odd: dict[str, Any]) -> None:
    job = {"name": "a", "state": "RUNNING", "tags": {}, "teamIds": None}
    assert is_as_documented(job)
    assert not is_as_documented({**job, **odd})


def test_later_source_of_pipelines_joins_the_groups_of_the_first() -> None:
    inventory = InventoryData()
    for number in range(2):
        pipelines = PipelineInventory(inventory, "pipeline")
        hosts = pipelines.add_pipelines([f"p{number}"], ["state_running"])
        for host in hosts:
            pipelines.set_variable(host, "pipeline", {})
            pipelines.add_child(pipelines.add_group("state_running"), host)
        assert pipelines.build_warning("x") is None
    assert [host.name for host in inventory.groups["state_running"].get_hosts()] == ["p0", "p1"]


def test_groups_do_not_add_hosts_to_parents_of_the_same_name() -> None:
    """Like core's helper for parent_group: it adds the group, a host to it, and then it to the parent."""
    inventory = InventoryData()
    inventory.add_host("server1")
    inventory.add_group("web")
    inventory.add_host("server2", "web")
    pipelines = PipelineInventory(inventory, "pipeline")
    pipelines.add_pipelines(["p"], [])
    for name in ("server1", "web", "localhost"):
        group = pipelines.add_group(name)
        pipelines.add_host("p", group)
        pipelines.add_group("parent")
        pipelines.add_child("parent", group)
    assert [host.name for host in inventory.groups["parent"].get_hosts()] == []
    assert [host.name for host in inventory.groups["web"].get_hosts()] == ["server2"]
    assert sorted(inventory.hosts) == ["p", "server1", "server2"]


def test_group_cannot_be_its_own_child() -> None:
    inventory = InventoryData()
    pipelines = PipelineInventory(inventory, "pipeline")
    pipelines.add_pipelines(["p"], [])
    for group, parent in (("a", "b"), ("b", "a"), ("a", "a"), ("all", "a"), ("a", "ungrouped")):
        pipelines.add_host("p", pipelines.add_group(group))
        pipelines.add_group(parent)
        pipelines.add_child(parent, group)
    assert "'a'" in str(pipelines.build_warning("x"))
