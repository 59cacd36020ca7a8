# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import csv
import io
import itertools
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .._errors import (
    HTTPStatusError,
    OptionError,
    WaitError,
)
from .._http.response import to_one_line
from .._http.streaming import StreamLimits
from .._polling import Poller
from .client import is_refusal, parse_page

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .._atomic_file import AtomicFile
    from .client import GreyMatterClient

Report = dict[str, Any]

PENDING = "PENDING"
COMPLETED = "COMPLETED"
FAILED = "FAILED"

# Seen: the page size that GreyMatter's own dashboard requests, page numbers from 0, and the type that it accepts.
_PAGE_SIZE = 25
_ACCEPT = "text/csv, application/json;q=0.9, */*;q=0.8"
_REASONS = ("reason", "message", "errorMessage", "error")

MAX_TABLE = 16 * 1024 * 1024
_MAX_REFUSAL = 65536


class FailedReportError(WaitError):
    """GreyMatter could not create a report, so there is nothing to download."""


def list_reports(client: GreyMatterClient) -> Iterator[Report]:
    """Iterate over the reports that GreyMatter stores, in its order; pages are requested as needed."""
    known: set[str] = set()
    reader = client.api.open_reader()
    for number in itertools.count():
        query = [("page", str(number)), ("size", str(_PAGE_SIZE))]
        rows = parse_page(client, reader, client.call("report_list", query=query)).items
        new = [row for row in rows if str(row.get("id")) not in known]
        yield from new
        known.update(str(row.get("id")) for row in new)
        # A server without pagination returns the same page again.
        if not new or len(rows) != _PAGE_SIZE:
            return


def find_report(client: GreyMatterClient, report_id: str) -> Report | None:
    return next((row for row in list_reports(client) if str(row.get("id")) == report_id), None)


def filter_reports(reports: Iterable[Report], params: dict[str, Any]) -> list[Report]:
    """Return the reports that match one value of each filter that is set, sorted by number."""
    wanted = {
        key: {value.upper() for value in params[key]} for key in ("id", "status", "type") if params[key] is not None
    }
    found = [row for row in reports if all(str(row.get(key)).upper() in values for key, values in wanted.items())]
    return sorted(found, key=lambda row: (len(str(row.get("id"))), str(row.get("id"))))


def request_inventory_report(client: GreyMatterClient, form: str | None) -> Report:
    """Request a new report (documented: ``{"id": 4711}``).

    :param form: csv or xlsx (seen); GreyMatter's default if None.
    """
    response = client.call("inventory_report", query=[("format", form)] if form else [])
    document = response.parse_json()
    if not isinstance(document, dict) or document.get("id") is None:
        raise response.build_error(
            HTTPStatusError, "answered without the id of a report.", hint="Check whether the report was created."
        )
    return {**document, "status": document.get("status") or PENDING}


def get_status(report: Report) -> str:
    return str(report.get("status")).upper()


def wait_for_report(client: GreyMatterClient, report: Report, timeout: float) -> Report:
    """Wait until the report is completed, and return it.

    :raises FailedReportError: if it failed.
    :raises WaitError: if it is not completed in time.
    """
    report_id, poller = str(report["id"]), Poller(client.api.runtime, timeout)
    while get_status(report) != COMPLETED:
        if get_status(report) == FAILED:
            reason = next((str(report[key]) for key in _REASONS if report.get(key)), "")
            raise FailedReportError(
                f"The report {report_id} failed{'' if reason else ' without a reason'}.",
                reason=to_one_line(reason, client.api.runtime.secrets),
                hint="Ask for another one.",
            )
        poller.wait(f"report {report_id}", report.get("status"))
        # It may take some time until the report is listed.
        report = find_report(client, report_id) or report
    return report


def download(
    client: GreyMatterClient, report_id: str, limits: StreamLimits, file: AtomicFile | None, table: CsvReport | None
) -> None:
    """Stream a report to a file and to a table.

    :raises HTTPStatusError: if the response is a page or an error instead of a report.
    """
    head = bytearray()
    with client.download("report_download", ids={"id": report_id}, limits=limits, accept=_ACCEPT) as streamed:
        for chunk in itertools.chain.from_iterable(streamed.stream):
            if len(head) <= _MAX_REFUSAL:
                head += chunk
            if file is not None:
                file.write(chunk)
            if table is not None:
                table.write(chunk)
    response = replace(streamed, body=bytes(head[:_MAX_REFUSAL]))
    kind = response.headers.get("content-type", "")
    if is_refusal(response) or "json" in kind or "html" in kind:
        raise response.build_error(
            HTTPStatusError,
            "answered without a report.",
            reason=client.api.find_error_reason(response),
            hint="Check the report and routes.",
        )


class CsvReport:
    """A report in the result of a task, up to a limited size."""

    def __init__(self, most_rows: int) -> None:
        self._most = most_rows
        self._body = bytearray()

    def write(self, chunk: bytes) -> None:
        self._body += chunk
        if len(self._body) > MAX_TABLE:
            raise OptionError(
                f"The report has more than {MAX_TABLE // 1024 // 1024} MiB, too much for the result of a task.",
                hint="Write it to a file with dest.",
            )

    def parse_rows(self) -> list[dict[str, str]]:
        """Return its rows as dictionaries by column name; every value is the text as written.

        :raises OptionError: if it has too many rows, or is not valid CSV.
        """
        try:
            text = self._body.decode("utf-8-sig")
            lines = [line for line in itertools.islice(_parse_lines(text), self._most + 2) if line]
        except (UnicodeDecodeError, csv.Error):
            raise OptionError(
                "The report is not CSV in UTF-8, the only format that can be parsed.",
                hint="Write it to a file with dest, and set parse=false.",
            ) from None
        if not lines:
            return []
        header, *values = lines
        if len(values) > self._most:
            raise OptionError(
                f"The report has more than {self._most} rows.",
                hint="Raise max_rows, or write it to a file with dest and set parse=false.",
            )
        for number, line in enumerate(values, 1):
            if len(line) != len(header):
                raise OptionError(
                    f"The report cannot be parsed: its row {number} has {len(line)} values, and its header "
                    f"{len(header)}.",
                    hint="Write it to a file with dest, and set parse=false.",
                )
        return [dict(zip(header, line)) for line in values]


def _parse_lines(text: str) -> Iterator[list[str]]:
    if "\0" in text:
        raise csv.Error("a null byte")
    return (line for line in csv.reader(io.StringIO(text, newline=""), strict=True) if line)
