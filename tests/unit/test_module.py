# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules in separate processes: the output is the result, and core removes no value from it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from ansible.module_utils.common.parameters import PASS_VARS

if TYPE_CHECKING:
    from tests.unit.conftest import Simulator

HIDDEN = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
CATALOG = {
    "clientCatalogId": "mugs",
    "description": "for mugs and butler stations",
    "exhaustive_pdea_list": [],
}


@pytest.fixture
def process(tmp_path: Path) -> Any:
    """Run a module as core does on a target, with its arguments and those that every module gets."""

    def printed(module: str, **arguments: Any) -> dict[str, Any]:
        path = tmp_path / "arguments.json"
        # Older versions always include the invocation, and do not support the argument.
        echo = {"_ansible_inject_invocation": True} if "inject_invocation" in PASS_VARS else {}
        given = {**echo, "_ansible_tmpdir": str(tmp_path), **arguments}
        path.write_text(json.dumps({"ANSIBLE_MODULE_ARGS": given}), encoding="utf-8")
        name = f"ansible_collections.greyops.rest.plugins.modules.{module}"
        answer = subprocess.run(
            [sys.executable, "-W", "ignore", "-m", name, str(path)],
            env={**os.environ, "PYTHONPATH": os.environ["ANSIBLE_COLLECTIONS_PATH"], "HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
        result: dict[str, Any] = json.loads(answer.stdout)
        # 2.22 does not send back values that the controller has sent to the process, as in a play.
        result.pop("_ansible_new_secrets", None)
        return result

    return printed


def _site(simulator: Simulator) -> dict[str, Any]:
    """A user whose password is a word of the data, and the published client."""
    user = simulator.ready_info["greymatter"]["username"]
    simulator.switch(greymatter={"users": [{"username": user, "password": "mugs"}]})
    simulator.admin("PUT", "/catalogs", [CATALOG])
    options = {
        **simulator.ready_info["greymatter"],
        "password": "mugs",
        "client_id": "butler",
        "client_secret": "butler",
    }
    return {**options, "token_store": "none"}


def test_password_that_occurs_in_the_data(process: Any, simulator: Simulator) -> None:
    result = process("greymatter_catalog_info", **_site(simulator))
    [catalog] = result["catalogs"]
    assert (catalog["clientCatalogId"], catalog["description"]) == ("mugs", "for mugs and butler stations")
    arguments = result["invocation"]["module_args"]
    assert (arguments["password"], arguments["client_secret"], arguments["access_token"]) == (HIDDEN, HIDDEN, None)
    assert "mugs" not in json.dumps(arguments)


def test_invocation_contains_no_secret(process: Any, simulator: Simulator) -> None:
    site = _site(simulator)
    result = process("greymatter_request", **site, path="/nowhere", body={"mugs": ["x mugs"]}, method="POST")
    assert result["failed"]
    assert result["invocation"]["module_args"]["body"] == {"********": ["x ********"]}


def test_invalid_options_are_reported_without_values(process: Any, simulator: Simulator) -> None:
    site = _site(simulator)
    result = process("greymatter_catalog_info", **{**site, "access_token": "mugs"})
    assert "more than one way to authenticate" in result["msg"]
    assert "mugs" not in json.dumps(result)


def test_invalid_options_are_reported_as_in_the_worker(process: Any, simulator: Simulator) -> None:
    """Core rejects them in the process with other words, if the action has not validated them."""
    site = _site(simulator)
    result = process("greymatter_catalog_info", **site, client_catalog_idd="A")
    assert result["msg"].startswith(
        "There is no option client_catalog_idd. Did you mean client_catalog_id? The options are as_written, "
    )
    assert (result["failed"], result["changed"], result["api"]["calls"]) == (True, False, 0)
    assert "mugs" not in json.dumps(result)


def test_key_labels_and_ids_are_not_secrets(process: Any, simulator: Simulator) -> None:
    """Only the values are, although the whole option is hidden in the invocation."""
    options = {
        name: simulator.ready_info["grepr"][name] for name in ("api_url", "auth_url", "client_id", "client_secret")
    }
    key = {"label": "Datadog", "sendKey": True, "value": "secret-of-the-vendor"}
    given = {"type": "datadog", "name": "Datadog EU1", "payload": {"site": "datadoghq.eu"}}
    result = process(
        "grepr_integration",
        **options,
        **given,
        secrets={"api_key": "first-of-it", "api_keys": [key]},
        token_store="none",
    )
    assert "integration" in result, result
    assert result["integration"]["name"] == "Datadog EU1"
    [shown] = result["integration"]["payload"]["apiKeys"]
    assert (shown["label"], shown["sendKey"]) == ("Datadog", True)
    assert result["invocation"]["module_args"]["secrets"] == HIDDEN
    assert not any(secret in json.dumps(result) for secret in ("secret-of-the-vendor", "first-of-it"))
