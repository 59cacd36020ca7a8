# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A module process may have an ASCII locale, and files may have any name."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.unit.conftest import Simulator

PROGRAM = """
import importlib, os, sys
from ansible.plugins.loader import init_plugin_loader
init_plugin_loader([os.environ["ANSIBLE_COLLECTIONS_PATH"]])
from ansible.module_utils import basic
basic._ANSIBLE_ARGS = sys.stdin.buffer.read()
basic._ANSIBLE_PROFILE = "legacy"
importlib.import_module(f"ansible_collections.greyops.rest.plugins.modules.{sys.argv[1]}").main()
"""
NAME = "größe 日本"


def run(module: str, place: Path, locale: str, **options: object) -> dict[str, Any]:
    more = {"_ansible_remote_tmp": str(place), "_ansible_keep_remote_files": False, "_ansible_check_mode": False}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, module],
        input=json.dumps({"ANSIBLE_MODULE_ARGS": {**options, **more}}).encode(),
        env={**os.environ, "LC_ALL": locale, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        capture_output=True,
        check=False,
        timeout=60,
    )
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    # As core passes it on.
    json.dumps(result, ensure_ascii=False).encode()
    return result


@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_files_of_any_name(simulator: Simulator, tmp_path: Path, locale: str) -> None:
    place = tmp_path / NAME
    place.mkdir()
    table = place / f"{NAME}.csv"
    table.write_text("product_sku,name\nA,#N/A\n", encoding="utf-8")
    offline = {"validate": "offline", "token_store": "none"}
    damaged = run("greymatter_products", tmp_path, locale, src=[str(table)], **offline)
    assert damaged["problems"][0].startswith(f"{NAME}.csv:2: name is #N/A")
    gone = run("greymatter_products", tmp_path, locale, src=[str(place / "ü.csv")], **offline)
    assert gone["msg"] == f"src {place / 'ü.csv'} cannot be read: No such file or directory."
    latin = place / "ä.csv"
    latin.write_bytes(b"product_sku\n\xfc\n")
    message = run("greymatter_products", tmp_path, locale, src=[str(latin)], **offline)["msg"]
    assert "ä.csv:2: the byte 0xFC is not UTF-8" in message

    dest, store = place / f"{NAME}.ndjson", place / "Sitzungsschlüssel"
    query = {"dataset": "main lake", "start": "-5m", "dest": str(dest), "token_store_path": str(store)}
    options = {name: value for name, value in simulator.ready_info["grepr"].items() if name != "api_key"}
    result = run("grepr_query", tmp_path, locale, **options, **query)
    assert (result.get("msg"), result["changed"], result["dest"]) == (None, True, str(dest))
    assert dest.is_file()
    assert list(store.iterdir())
    missing = run("grepr_query", tmp_path, locale, **options, **{**query, "ca_path": str(place / "ß.pem")})
    assert str(place / "ß.pem") in missing["msg"]
    assert "A fault" not in missing["msg"]
