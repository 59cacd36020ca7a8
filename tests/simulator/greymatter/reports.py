# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports: requested, ready later, listed in pages, downloaded as a file."""

from __future__ import annotations

import asyncio
import csv
import io
import itertools
import json
import time
import zipfile
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from aiohttp import web

from ..core.responses import accepts, json_response, raw_response
from .endpoints import (
    Found,
    Problem,
    Route,
    ServiceError,
    get_number,
    list_response,
    now_without_zone,
    raise_on_problems,
)
from .login import JSON_UTF8

if TYPE_CHECKING:
    from ..core.state import State

DOCUMENTED = "/api-gateway/platform-dashboard/report"
SEEN = "/api-gateway/dashboard-service/platform-dashboard/report"
FORMATS = {"csv": "text/csv;charset=UTF-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
Fields = dict[str, Any]


class ReportStore:
    """All reports, their files, and the stock."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._numbers = itertools.count(4711)
        self.rows: dict[int, Fields] = {}
        self._requested_at: dict[int, float] = {}
        self.files: dict[int, bytes] = {}
        # The number of following reports that fail.
        self.failures = 0
        # The lines of the next report; by default one for each item.
        self.inventory: list[Fields] | None = None

    def request_report(self, query: dict[str, str]) -> Fields:
        """A new report that is not ready."""
        number, kind = next(self._numbers), query.get("format", "csv")
        row = {
            "id": number,
            "requestedTime": now_without_zone(),
            "completionTime": None,
            "query": "&".join(f"{name}={value}" for name, value in query.items()) or None,
            "fileName": f"inventory_{number}.{kind}",
            "type": "INVENTORY",
            "requestedBy": query.get("user"),
            "status": "PENDING",
            "lastDownloaded": None,
            "storageId": None,
        }
        self.rows[number] = row
        self._requested_at[number] = time.monotonic()
        if self._state.settings.greymatter.report_transit == "clock":
            # A report becomes ready, and its notification is sent, without a request.
            asyncio.get_running_loop().call_later(self._state.settings.greymatter.report_time, self._on_timer)
        return row

    def _on_timer(self) -> None:
        if self._state.reports is self:
            self.advance()

    def advance(self) -> None:
        """Finish what is due by the clock."""
        settings = self._state.settings.greymatter
        if settings.report_transit == "clock":
            now = time.monotonic()
            for number in [one for one, asked in self._requested_at.items() if now - asked >= settings.report_time]:
                self.finish(number)

    def pending(self) -> list[int]:
        """The reports that are not ready."""
        return list(self._requested_at)

    def finish(self, number: int) -> Fields:
        """Make a report ready, or fail it."""
        row = self.rows[number]
        del self._requested_at[number]
        row["completionTime"] = now_without_zone()
        if self.failures:
            self.failures -= 1
            row["status"] = "FAILED"
            return row
        table = self._table()
        self.files[number] = _to_xlsx(table) if row["fileName"].endswith(".xlsx") else _to_csv(table)
        row |= {"status": "COMPLETED", "storageId": f"s-{number}"}
        self._state.notifier.notify("report_generation", self._build_notification(row))
        return row

    def _build_notification(self, row: Fields) -> Fields:
        timestamps = {"requested_time": row["requestedTime"], "generated_time": row["completionTime"]}
        return {
            "id": row["id"],
            "type": "inventory/GR",
            "report_url": f"{self._state.settings.greymatter.report_host}{DOCUMENTED}/download/{row['id']}",
            **{name: f"{moment}+00:00" for name, moment in timestamps.items()},
        }

    def _table(self) -> list[list[Any]]:
        """The unique attributes of the products, and how many there are."""
        data = self._state.masterdata
        names: dict[str, None] = {}
        rows: list[Fields] = []
        if self.inventory is not None:
            rows = self.inventory
            names = dict.fromkeys(name for row in rows for name in row if name != "quantity")
        else:
            for uid in data.uids:
                fields = data.item(uid) or {}
                schema = fields.get("schema") or (data.get_category(fields) or {}).get("schema") or {}
                names |= dict.fromkeys(name for group in schema.get("unique") or [] for name in group)
                rows.append({**fields["productAttributes"], "quantity": 10})
        header = [*(names or {"product_sku": None}), "quantity"]
        return [header, *([row.get(name, "") for name in header] for row in rows)]


def _to_csv(table: list[list[Any]]) -> bytes:
    sheet = io.StringIO()
    csv.writer(sheet, lineterminator="\n").writerows(table)
    return sheet.getvalue().encode()


def _to_xlsx(table: list[list[Any]]) -> bytes:
    """A minimal workbook."""
    cells = ("".join(f'<c t="inlineStr"><is><t>{escape(str(value))}</t></is></c>' for value in line) for line in table)
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    body = "".join(f"<row>{line}</row>" for line in cells)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "xl/worksheets/sheet1.xml", f'<worksheet xmlns="{space}"><sheetData>{body}</sheetData></worksheet>'
        )
    return packed.getvalue()


class ReportEndpoints:
    """Request, list and download, at two places."""

    def __init__(self, state: State) -> None:
        self._state = state

    def routes(self) -> list[Route]:
        """By the names that the collection uses."""
        return [
            route
            for root, variant in ((DOCUMENTED, "documented"), (SEEN, "seen"))
            for route in (
                Route(
                    "inventory_report",
                    "POST",
                    f"{root}/generate-inventory-report",
                    self.request_report,
                    variant=variant,
                ),
                Route("report_list", "GET", f"{root}/find-by-page", self.list_items, variant=variant),
                Route("report_download", "GET", f"{root}/download/{{id}}", self.download, variant=variant),
            )
        ]

    async def request_report(self, request: web.Request, _found: Found) -> web.Response:
        """A new report; its number is returned at once."""
        query = dict(request.query)
        query.pop("access_token", None)
        if query.get("format", "csv") not in FORMATS:
            raise_on_problems([Problem("format", "INVALID", f"must be one of {', '.join(FORMATS)}")])
        return json_response({"id": self._state.reports.request_report(query)["id"]}, kind=JSON_UTF8)

    async def list_items(self, request: web.Request, _found: Found) -> web.Response:
        """A page of the reports."""
        settings = self._state.settings.greymatter
        rows = list(self._state.reports.rows.values())
        if settings.report_order == "newest":
            rows.reverse()
        if settings.report_wrapper == "none":
            page, size = get_number(request, "page", 0), get_number(request, "size", 25)
            rows = rows[page * size : (page + 1) * size]
        return list_response(request, settings, settings.report_wrapper, rows, lambda row: json.dumps(row).encode())

    async def download(self, request: web.Request, found: Found) -> web.Response:
        """The file of a report that is ready."""
        store, number = self._state.reports, int(found["id"]) if found["id"].isdecimal() else 0
        row = store.rows.get(number)
        if row is None:
            raise ServiceError(404, f"report {found['id']} does not exist")
        if number not in store.files:
            raise ServiceError(400, f"report {number} is {row['status']}", reason="REPORT_NOT_READY")
        form = row["fileName"].rpartition(".")[2]
        plain = "*/*" in request.headers.get("Accept", "*/*")
        if self._state.settings.greymatter.download_accept == "file" and not plain and not accepts(request, form):
            raise ServiceError(406, "Could not find acceptable representation")
        row["lastDownloaded"] = datetime.now(UTC).isoformat(timespec="milliseconds")
        headers = {"Content-Disposition": f'attachment; filename="{row["fileName"]}"'}
        return raw_response(store.files[number], headers=headers, kind=FORMATS[form])
