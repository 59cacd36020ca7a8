# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Data are sent unchanged from the worker and from a module's process."""

from __future__ import annotations

from datetime import date
from typing import Any

from ..support.sandbox import Sandbox

BODY: dict[Any, Any] = {
    404: "missing",
    True: ["yes"],
    None: {1.5: date(2026, 12, 31)},
    date(2026, 12, 31): {"set": {"a"}},
}
ARRIVED = {"404": "missing", "true": ["yes"], "null": {"1.5": "2026-12-31"}, "2026-12-31": {"set": ["a"]}}
VERTICES = [
    {"type": "logs-values-source", "name": "source", "values": []},
    {"type": "discarding-sink", "name": "sink", "statusNames": {404: "missing", 500: "broken"}},
]


def test_non_text_keys(sandbox: Sandbox) -> None:
    """Numbers, booleans, null and dates as keys are converted as in JSON, and a second run changes nothing."""
    tasks: list[dict[str, Any]] = []
    for mode, more in (("worker", {}), ("process", {"become": True}), ("worker again", {})):
        job = {"name": "keys", "state": "stopped", "wait_timeout": 20}
        job["job_graph"] = {"vertices": VERTICES, "edges": ["source -> sink"]}
        request = {"method": "POST", "path": "/v1/echo", "body": BODY}
        tasks += [
            {"name": f"send, {mode}", "greyops.rest.grepr_request": request, **more},
            {"name": f"job, {mode}", "greyops.rest.grepr_job": job, **more},
        ]
    wrong = {"body": {1: "x", "1": "y"}, "path": "/v1/echo"}
    number = {"body": {"list": [float("nan")]}, "path": "/v1/echo"}
    for name, options in (("twice", wrong), ("no number", number)):
        tasks += [
            {"name": f"{name}, {mode}", "greyops.rest.grepr_request": options, "ignore_errors": True, "become": become}
            for mode, become in (("worker", False), ("process", True))
        ]
    dated = {"product_attributes": {"product_sku": "A", "born": date(2026, 1, 5)}}
    tasks.append({"name": "date", "greyops.rest.greymatter_product": dated, "ignore_errors": True})
    catalog = {"client_catalog_id": 12, "state": "absent"}
    tasks.append({"name": "number", "greyops.rest.greymatter_catalog": catalog, "ignore_errors": True})
    run = sandbox.play(tasks)
    assert run.status == 0, run.output
    for mode in ("worker", "process", "worker again"):
        assert run.get_result(f"send, {mode}")["json"]["body"] == ARRIVED
        assert run.get_result(f"job, {mode}")["changed"] == (mode == "worker")
    assert run.get_result("number")["msg"].startswith(
        "client_catalog_id must be a string, and 12 is a number: quote it ('014'"
    )
    assert run.get_result("date")["msg"] == (
        "product_attributes.born must be a string, and 2026-01-05 is a date: quote it, or use `| string`."
    )
    for mode in ("worker", "process"):
        assert "body has the key 1 twice" in run.get_result(f"twice, {mode}")["msg"]
        assert run.get_result(f"no number, {mode}")["msg"].startswith("body.list[0] is nan, which is no number in JSON")
        assert run.get_result(f"job, {mode}")["job"]["jobGraph"]["vertices"][1]["statusNames"] == {
            "404": "missing",
            "500": "broken",
        }
