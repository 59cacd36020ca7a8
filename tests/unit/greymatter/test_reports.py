# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""GreyMatter reports against the simulator: waiting, files that are written completely or not at all, small tables."""

from __future__ import annotations

import hashlib
import stat
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.greyops.rest.plugins.module_utils._atomic_file import AtomicFile, parse_mode
from ansible_collections.greyops.rest.plugins.module_utils._context import Context
from ansible_collections.greyops.rest.plugins.module_utils._errors import OptionError
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.reports import CsvReport
from ansible_collections.greyops.rest.plugins.module_utils._operation import perform
from ansible_collections.greyops.rest.plugins.modules import greymatter_report, greymatter_report_info
from tests.unit.conftest import params

if TYPE_CHECKING:
    from ansible_collections.greyops.rest.plugins.module_utils._context import NullRuntime
    from tests.unit.conftest import Simulator

    Run = Callable[..., dict[str, Any]]

ROOT = "/api-gateway/platform-dashboard/report"
SEEN = "/api-gateway/dashboard-service/platform-dashboard/report"
STOCK = [{"product_sku": "MUG-01", "client_id": "c7", "quantity": 12}, {"product_sku": 'A "B", C\nD', "quantity": 3}]
ROWS = [
    {"product_sku": "MUG-01", "client_id": "c7", "quantity": "12"},
    {"product_sku": 'A "B", C\nD', "client_id": "", "quantity": "3"},
]
TEXT = b'product_sku,client_id,quantity\nMUG-01,c7,12\n"A ""B"", C\nD",,3\n'


@pytest.fixture
def run(simulator: Simulator, runtime: NullRuntime) -> Run:
    """Run the operation of a module and expect it to succeed, unless it ``fails``."""
    simulator.admin("PUT", "/inventory", STOCK)

    def keys(
        module: ModuleType = greymatter_report, *, check: bool = False, fails: bool = False, **given: Any
    ) -> dict[str, Any]:
        options = params(module.OPERATION.spec, {**simulator.ready_info["greymatter"], "token_store": "none", **given})
        result = perform(module.OPERATION, Context(options, runtime, check_mode=check, diff_mode=True)).keys
        assert bool(result.get("failed")) == fails, result
        return result

    return keys


def asked(simulator: Simulator) -> int:
    return sum(one["method"] == "POST" and "oauth" not in one["path"] for one in simulator.requests("/api-gateway"))


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


# --- request, wait, download


def test_small_report_is_rows(run: Run, simulator: Simulator) -> None:
    result = run()
    assert result["changed"]
    assert result["rows"] == ROWS
    assert result["report"]["status"] == "COMPLETED"
    assert "dest" not in result
    again = run(id=str(result["report"]["id"]))
    assert not again["changed"]
    assert again["rows"] == ROWS
    assert again["diff"] == {"before": {}, "after": {}}
    assert asked(simulator) == 1


def test_report_goes_to_a_file(run: Run, simulator: Simulator, tmp_path: Path) -> None:
    dest = tmp_path / "inventory.csv"
    predicted = run(check=True, dest=str(dest))
    assert predicted["changed"]
    assert predicted["report"] == {"status": "COMPLETED"}
    assert (asked(simulator), list(tmp_path.glob("*.csv*"))) == (0, [])
    result = run(dest=str(dest), mode="0640")
    assert dest.read_bytes() == TEXT
    assert mode(dest) == 0o640
    assert "rows" not in result
    there = {"dest": str(dest), "size": len(TEXT), "checksum": hashlib.sha256(TEXT).hexdigest(), "mode": "0640"}
    assert {name: result[name] for name in there} == there
    assert result["diff"] == {"before": {}, "after": {**there, "report": "asked for"}}
    report_id = str(result["report"]["id"])
    for check in (True, False):
        same = run(check=check, id=report_id, dest=str(dest), mode="0640", parse=True)
        assert not same["changed"]
        assert same["diff"]["before"] == same["diff"]["after"] == there
        assert same["rows"] == ROWS
    looser = run(id=report_id, dest=str(dest), mode="0644")
    assert looser["changed"]
    assert mode(dest) == 0o644
    assert [one.name for one in tmp_path.glob("*.csv*")] == ["inventory.csv"]
    assert asked(simulator) == 1


def test_changed_file_is_replaced_and_predicted(run: Run, tmp_path: Path) -> None:
    dest = tmp_path / "inventory.csv"
    report_id = str(run(wait=False)["report"]["id"])
    dest.write_text("old")
    predicted = run(check=True, id=report_id, dest=str(dest))
    assert dest.read_text() == "old"
    done = run(id=report_id, dest=str(dest))
    assert predicted["changed"]
    assert done["changed"]
    assert predicted["diff"] == done["diff"]
    assert done["diff"]["before"]["size"] == 3
    assert mode(dest) == 0o600


def test_report_without_wait_is_requested_and_read_once(run: Run, simulator: Simulator) -> None:
    simulator.switch(greymatter={"report_transit": "manual"})
    result = run(wait=False)
    assert result["changed"]
    assert result["report"] == {"id": 4711, "status": "PENDING"}
    assert result["api"]["calls"] == 1
    look = run(wait=False, id="4711")
    assert not look["changed"]
    assert look["report"]["status"] == "PENDING"
    assert run(check=True, wait=False)["report"] == {"status": "PENDING"}
    message = run(fails=True, id="4711", wait_timeout=0.6)["msg"]
    assert message.startswith("The report 4711 is not done after ")
    simulator.admin("POST", "/reports/advance", {})
    assert run(id="4711")["rows"] == ROWS


def test_failed_report_is_reported(run: Run, simulator: Simulator, tmp_path: Path) -> None:
    simulator.admin("POST", "/reports/fail", {"times": 1})
    dest = tmp_path / "inventory.csv"
    result = run(fails=True, dest=str(dest))
    assert result["msg"] == "The report 4711 failed without a reason. Ask for another one."
    assert result["changed"]  # the report was requested
    failed = {"id": 4712, "status": "failed", "message": "no space left."}
    simulator.fault(f"{ROOT}/find-by-page", {"status": 200, "json": [failed]})
    assert run(fails=True)["msg"] == "The report 4712 failed: no space left. Ask for another one."
    assert list(tmp_path.glob("*inventory*")) == []


def test_missing_report_is_reported(run: Run, simulator: Simulator) -> None:
    assert run(fails=True, id="7")["msg"] == "There is no report 7 in GreyMatter's list."
    simulator.fault(f"{ROOT}/generate-inventory-report", {"status": 200, "json": {"ok": True}}, times=1)
    assert "answered without the id of a report" in run(fails=True)["msg"]
    simulator.fault(f"{ROOT}/generate-inventory-report", {"cut": "after"}, times=1)
    assert "It may have been carried out: look before you send it again." in run(fails=True)["msg"]
    assert asked(simulator) == 2


def test_unfinished_report_is_named(run: Run, simulator: Simulator, tmp_path: Path) -> None:
    simulator.fault(f"{ROOT}/find-by-page", {"status": 404, "json": {}})
    message = run(fails=True, dest=str(tmp_path / "x"))["msg"]
    assert "give another as report_list in routes" in message
    assert message.endswith("The report was requested: set id=4711 to download it without creating another one.")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"wait": False, "dest": "x"}, "dest and parse require wait=true"),
        ({"wait": False, "parse": True}, "dest and parse require wait=true"),
        ({"format": "xlsx"}, "format=xlsx requires dest and cannot be parsed"),
        ({"format": "xlsx", "dest": "x", "parse": True}, "format=xlsx requires dest and cannot be parsed"),
        (
            {"max_rows": 0, "wait_timeout": 0},
            "max_rows must be above 0; wait_timeout must be a number of seconds above 0",
        ),
        ({"dest": "/nowhere/x"}, "/nowhere is not a writable directory"),
        ({"dest": "/tmp"}, "dest /tmp is a directory. Name a file in it."),
        ({"dest": "/dev/null"}, "dest /dev/null is a device or a pipe, which a file would replace. Name a file."),
        ({"wait_timeout": float("nan")}, "wait_timeout must be a number of seconds above 0"),
        (
            {"dest": "/tmp/x", "mode": "416"},
            "mode must be an octal number in quotes, such as '0640', not '416'.",
        ),
        ({"dest": "/tmp/x", "mode": "u=rw"}, "mode must be an octal number in quotes"),
    ],
)
def test_invalid_options_are_reported_before_any_request(
    run: Run, simulator: Simulator, options: dict[str, Any], expected: str
) -> None:
    for check in (True, False):
        assert expected in run(check=check, fails=True, **options)["msg"]
    assert simulator.requests("/api-gateway/platform-dashboard") == []


def test_workbook_goes_to_a_file(run: Run, simulator: Simulator, tmp_path: Path) -> None:
    dest = tmp_path / "inventory.xlsx"
    result = run(format="xlsx", dest=str(dest))
    assert dest.read_bytes()[:2] == b"PK"
    message = run(fails=True, id=str(result["report"]["id"]))["msg"]
    assert "The report is not CSV in UTF-8, the only format that can be parsed." in message
    assert simulator.requests(f"{ROOT}/generate")[0]["query"] == {"format": "xlsx"}


def test_reports_at_the_dashboard_path(run: Run, simulator: Simulator) -> None:
    simulator.switch(greymatter={"report_paths": "seen"})
    message = run(fails=True)["msg"]
    assert "give another as inventory_report in routes" in message
    routes = {
        "inventory_report": f"{SEEN}/generate-inventory-report?requester=md",
        "report_list": f"{SEEN}/find-by-page",
        "report_download": f"GET {SEEN}/download/{{id}}",
    }
    assert run(routes=routes, format="csv")["rows"] == ROWS
    assert simulator.requests(f"{SEEN}/generate")[0]["query"] == {"requester": "md", "format": "csv"}


# --- failures


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ({"cut": "during"}, "failed"),
        ({"cut": "before"}, "failed"),
        ({"chunk_stop": True}, "failed"),
        ({"stall": True}, "broke off: nothing came for 0.5 s"),
        ({"drip": 0.2}, "broke off: it did not end within 3 s"),
        ({"status": 503, "json": {"message": "busy"}}, "HTTP 503 Service Unavailable: busy"),
        ({"status": 404}, "report_download in routes"),
        ({"status": 200, "html": "<title>Please sign in</title>"}, "answered without a report: Please sign in."),
        ({"status": 200, "json": {"alert_data": [{"description": "closed"}]}}, "answered without a report: closed."),
        ({"status": 200, "text": '{"alert_data": [{"code": "e027"}]}'}, "answered without a report: e027."),
        ({"redirect": "https://other.example/x"}, "was redirected to another server"),
    ],
)
def test_failed_download_keeps_the_file(
    run: Run, simulator: Simulator, tmp_path: Path, action: dict[str, Any], expected: str
) -> None:
    dest = tmp_path / "inventory.csv"
    dest.write_text("old")
    simulator.fault(f"{ROOT}/download", action)
    result = run(fails=True, dest=str(dest), timeout=0.5, wait_timeout=3, retries=0)
    assert expected in result["msg"]
    assert dest.read_text() == "old"
    assert [one.name for one in tmp_path.glob("*inventory*")] == ["inventory.csv"]


def test_token_that_expires_before_the_download_is_replaced(run: Run, simulator: Simulator, tmp_path: Path) -> None:
    report_id = str(run()["report"]["id"])
    simulator.end_tokens(after=1, service="greymatter")
    result = run(id=report_id, dest=str(tmp_path / "x.csv"))
    assert result["api"]["retries"] == 1
    assert result["size"] == len(TEXT)


def test_large_report_takes_constant_memory(run: Run, simulator: Simulator, tmp_path: Path) -> None:
    rows = [{"product_sku": f"{'SKU-' * 40}{number:07}", "quantity": number} for number in range(100_000)]
    simulator.admin("PUT", "/inventory", rows)
    report_id = str(run(wait=False)["report"]["id"])
    dest = tmp_path / "large.csv"
    tracemalloc.start()
    try:
        result = run(id=report_id, dest=str(dest), timeout=30)
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert result["size"] == dest.stat().st_size > 16 * 2**20
    assert result["checksum"] == hashlib.sha256(dest.read_bytes()).hexdigest()
    assert peak < 4 * 2**20
    assert "more than 16 MiB" in run(fails=True, id=report_id, timeout=30)["msg"]
    assert "more than 7 rows. Raise max_rows" in _with_rows(run, simulator, 8)


def _with_rows(run: Run, simulator: Simulator, count: int) -> str:
    simulator.admin("PUT", "/inventory", STOCK * (count // 2))
    return str(run(fails=True, max_rows=count - 1)["msg"])


# --- tables


@pytest.mark.parametrize(
    ("body", "rows"),
    [
        (b"", []),
        (b"a,b\n", []),
        (b"\xef\xbb\xbfa,b\r\n1,\xc3\xa4\r\n\r\n", [{"a": "1", "b": "ä"}]),
        (b'a\n"x\ny"', [{"a": "x\ny"}]),
        (b"a,b\n007,1.50\n", [{"a": "007", "b": "1.50"}]),
    ],
)
def test_table_values_are_kept_as_text(body: bytes, rows: list[dict[str, str]]) -> None:
    table = CsvReport(1)
    for at in range(len(body)):
        table.write(body[at : at + 1])
    assert table.parse_rows() == rows


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"a,b\n1\n", "its row 1 has 1 values, and its header 2"),
        (b"a\n1,2\n", "its row 1 has 2 values, and its header 1"),
        (b"a\n1\n2\n", "more than 1 rows"),
        (b"a\xff\n1\n", "not CSV in UTF-8"),
        (b"a\0\n1\n", "not CSV in UTF-8"),
        (b'a\n"1', "not CSV in UTF-8"),
    ],
)
def test_invalid_table_is_reported(body: bytes, expected: str) -> None:
    table = CsvReport(1)
    table.write(body)
    with pytest.raises(OptionError, match=expected):
        table.parse_rows()


def test_oversized_table_is_reported_early(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ansible_collections.greyops.rest.plugins.module_utils._greymatter.reports.MAX_TABLE", 2**20)
    table = CsvReport(1)
    table.write(b"x" * 2**20)
    with pytest.raises(OptionError, match="more than 1 MiB"):
        table.write(b"x")


# --- the list


@pytest.mark.parametrize("wrapper", ["none", "content"])
@pytest.mark.parametrize("order", ["newest", "oldest"])
def test_all_reports_are_listed_once(run: Run, simulator: Simulator, wrapper: str, order: str) -> None:
    simulator.switch(greymatter={"report_wrapper": wrapper, "report_order": order, "report_time": 0})
    for _number in range(52):
        run(wait=False)
    numbers = [report["id"] for report in run(greymatter_report_info)["reports"]]
    assert numbers == list(range(4711, 4763))
    listed = simulator.requests(f"{ROOT}/find-by-page")
    assert [one["query"] for one in listed] == [{"page": str(page), "size": "25"} for page in range(3)]
    assert run(id="4711" if order == "newest" else "4762")["rows"] == ROWS


def test_reports_are_filtered(run: Run, simulator: Simulator) -> None:
    rows = [
        {"id": 10, "status": "COMPLETED", "type": "inventory/GR"},
        {"id": 9, "status": "failed", "type": "OPERATOR_LOGS"},
        {"id": 100, "status": "COMPLETED", "type": None},
    ]
    simulator.fault(f"{ROOT}/find-by-page", {"status": 200, "json": rows})

    def listed(**given: Any) -> list[int]:
        return [report["id"] for report in run(greymatter_report_info, **given)["reports"]]

    assert listed() == [9, 10, 100]
    assert listed(status=["completed"]) == [10, 100]
    assert listed(status=["FAILED", "PENDING"]) == [9]
    assert listed(type=["inventory/gr"], id=["10", "9"]) == [10]
    assert listed(id=[]) == []


def test_list_without_pagination_ends(run: Run, simulator: Simulator) -> None:
    simulator.fault(f"{ROOT}/find-by-page", {"status": 200, "json": [{"id": number} for number in range(25)]})
    result = run(greymatter_report_info)
    assert len(result["reports"]) == 25
    assert result["api"]["calls"] == 2
    simulator.fault(f"{ROOT}/find-by-page", {"status": 200, "json": []})


# --- files


@pytest.mark.parametrize("text", ["0644", "0600", "0000"])
def test_modes_are_octal(text: str) -> None:
    assert parse_mode(text) == int(text, 8)
    assert parse_mode(None) is None


@pytest.mark.parametrize("text", ["644", "416", "0o644", "rw", "00644", "0888", ""])
def test_other_modes_are_rejected(text: str) -> None:
    with pytest.raises(OptionError, match="octal number in quotes"):
        parse_mode(text)


@pytest.mark.parametrize("target", ["real", "nowhere", "/dev/null"])
def test_link_is_replaced(tmp_path: Path, target: str) -> None:
    """Even if it points to the same content, as in ansible.builtin.copy."""
    (tmp_path / "real").write_text("new")
    (tmp_path / "link").symlink_to(target)
    file = AtomicFile(str(tmp_path / "link"), check_mode=False)
    file.write(b"new")
    assert file.describe_current() == {"dest": str(tmp_path / "link"), "link": target}
    file.commit()
    file.close()
    assert not (tmp_path / "link").is_symlink()
    assert (tmp_path / "link").read_text() == (tmp_path / "real").read_text() == "new"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["link", "real"]


def test_token_in_a_status_is_redacted_before_case_conversion(
    run: Run, simulator: Simulator, runtime: NullRuntime
) -> None:
    """The server repeats the request's token; neither the error nor the progress lines contain it in any case."""
    token, lines = "Head.Of-A-Token.tail", []
    runtime.show_progress = lines.append  # type: ignore[method-assign]
    simulator.fault(SEEN, {"json": [{"id": 7, "status": f"making {token}"}]})
    simulator.fault(ROOT, {"json": [{"id": 7, "status": f"making {token}"}]})
    given = {"id": "7", "auth": "access_token", "access_token": token, "username": None, "password": None}
    result = run(fails=True, wait_timeout=1.2, **given)
    assert ": making ********. It continues" in result["msg"]
    assert lines
    assert token.lower() not in " ".join([str(result), *lines]).lower()
