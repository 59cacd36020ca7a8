# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Defaults of one module are that module's alone, and those of a group stay with their service."""

from __future__ import annotations

from typing import Any

import pytest

from .simulator import CATALOG, GREPR_LOGIN, GREYMATTER_LOGIN, Simulator
from .world import World

# Each module, what it is called with, and the path where its first request arrives on a cold start.
MODULES: dict[str, tuple[dict[str, Any], str]] = {
    "grepr_token": ({"state": "refreshed"}, GREPR_LOGIN),
    "grepr_job_info": ({}, "/api/v1/jobs"),
    "grepr_request": ({"path": "/v1/echo"}, "/api/v1/echo"),
    "grepr_trigger": ({"job_id": "j", "rule_engine": "r", "trigger_id": "t"}, "/api/v1/triggers"),
    "greymatter_token": ({"state": "refreshed"}, GREYMATTER_LOGIN),
    "greymatter_catalog_info": ({}, CATALOG),
    "greymatter_request": ({"path": "/api-gateway/simulator/echo"}, "/api-gateway/simulator/echo"),
}
# An option that only this module has: whoever else got it would fail.
OWN: dict[str, dict[str, Any]] = {
    "grepr_job_info": {"latest": True},
    "grepr_request": {"query": {"own": "yes"}},
    "grepr_trigger": {"variables": {"own": "yes"}},
    "greymatter_catalog_info": {"client_catalog_id": ["CAT-1"]},
    "greymatter_request": {"query": {"own": "there"}},
}


def _tasks(**more: Any) -> list[dict[str, Any]]:
    tasks = [{"name": name, f"greyops.rest.{name}": options, **more} for name, (options, _path) in MODULES.items()]
    # Stored tokens first, so that each module's own request is the only one that it sends.
    return [
        {"name": "warm", "greyops.rest.grepr_token": {}},
        {"name": "warm too", "greyops.rest.greymatter_token": {}},
        *tasks,
    ]


def _last_agents(simulator: Simulator) -> dict[str, str]:
    return {name: simulator.requests(path)[-1]["headers"]["User-Agent"] for name, (_options, path) in MODULES.items()}


@pytest.mark.parametrize("more", [{}, {"become": True}], ids=["worker", "module"])
def test_defaults_of_a_module(world: World, simulator: Simulator, more: dict[str, Any]) -> None:
    """Every module has defaults of its own at the same time, among them options that no other has: none is mixed up."""
    defaults = {f"greyops.rest.{name}": {"http_agent": f"only {name}", **OWN.get(name, {})} for name in MODULES}
    world.play(_tasks(**more), module_defaults=defaults).check(9)
    assert _last_agents(simulator) == {name: f"only {name}" for name in MODULES}
    assert simulator.requests("/api/v1/jobs")[-1]["query"] == {"latest": "true"}
    assert simulator.requests("/api/v1/echo")[-1]["query"] == {"own": "yes"}
    assert simulator.requests(CATALOG)[-1]["query"] == {}
    assert simulator.requests("/api-gateway/simulator/echo")[-1]["query"] == {"own": "there"}
    assert simulator.admin("GET", "/triggers")[-1]["variables"] == {"own": "yes"}


@pytest.mark.parametrize("name", ["grepr_job_info", "greymatter_request"])
def test_defaults_of_one_module_only(world: World, simulator: Simulator, name: str) -> None:
    """One module alone has defaults: all others run without them."""
    world.play(_tasks(), module_defaults={f"greyops.rest.{name}": {"http_agent": "mine", **OWN[name]}}).check(9)
    assert [module for module, agent in _last_agents(simulator).items() if agent == "mine"] == [name]


def test_defaults_of_a_group(world: World, simulator: Simulator) -> None:
    """Defaults of a service's group reach all of its modules, yield to a module's own, and stay with the service."""
    client = {"client_id": world.credentials.client_id, "client_secret": world.credentials.client_secret}
    user = {"username": world.credentials.username, "password": world.credentials.password}
    defaults = {
        "group/greyops.rest.grepr": {"http_agent": "all grepr", **client},
        "group/greyops.rest.greymatter": {"http_agent": "all greymatter", **user},
        "greyops.rest.grepr_request": {"http_agent": "only request"},
    }
    world.play(_tasks(), module_defaults=defaults, env=world.addresses()).check(9)
    expected = {name: f"all {name.partition('_')[0]}" for name in MODULES} | {"grepr_request": "only request"}
    assert _last_agents(simulator) == expected
