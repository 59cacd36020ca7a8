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

from ansible_collections.greyops.rest.plugins.module_utils._errors import (
    OptionError,
    ResponseError,
    UnfinishedError,
)
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.gateway import is_refusal
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.listing import page_of
from ansible_collections.greyops.rest.plugins.module_utils._http.listings import Listing
from ansible_collections.greyops.rest.plugins.module_utils._http.reasons import one_line, reason_of
from ansible_collections.greyops.rest.plugins.module_utils._http.streams import StreamLimits
from ansible_collections.greyops.rest.plugins.module_utils._waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ansible_collections.greyops.rest.plugins.module_utils._files import NewFile
    from ansible_collections.greyops.rest.plugins.module_utils._greymatter.gateway import Gateway

Report = dict[str, Any]

PENDING = "PENDING"
COMPLETED = "COMPLETED"
FAILED = "FAILED"

# Seen: the size that GreyMatter's own dashboard asks for, page numbers from 0, and the type that it accepts.
_PAGE_SIZE = 25
_SPEAKS = "text/csv, application/json;q=0.9, */*;q=0.8"
_REASONS = ("reason", "message", "errorMessage", "error")

LARGEST_TABLE = 16 * 1024 * 1024
_LONGEST_REFUSAL = 65536


class FailedReportError(UnfinishedError):
    """GreyMatter could not make a report, so that nothing is there to be fetched."""


def list_reports(gateway: Gateway) -> Iterator[Report]:
    """The reports that GreyMatter keeps, in its order, page by page as they are asked for."""
    known: set[str] = set()
    session = gateway.client.session
    listing = Listing(session.settings.max_response)
    for number in itertools.count():
        query = [("page", str(number)), ("size", str(_PAGE_SIZE))]
        rows, _following = page_of(listing, gateway.call("report_list", query=query), session.secrets)
        new = [row for row in rows if str(row.get("id")) not in known]
        yield from new
        known.update(str(row.get("id")) for row in new)
        # A server that knows no pages sends the same again.
        if not new or len(rows) != _PAGE_SIZE:
            return


def find_report(gateway: Gateway, report_id: str) -> Report | None:
    return next((row for row in list_reports(gateway) if str(row.get("id")) == report_id), None)


def filtered(reports: Iterable[Report], params: dict[str, Any]) -> list[Report]:
    """Those that match one value of each filter that is given, by their numbers."""
    wanted = {
        key: {value.upper() for value in params[key]} for key in ("id", "status", "type") if params[key] is not None
    }
    found = [row for row in reports if all(str(row.get(key)).upper() in values for key, values in wanted.items())]
    return sorted(found, key=lambda row: (len(str(row.get("id"))), str(row.get("id"))))


def ask_for_inventory(gateway: Gateway, form: str | None) -> Report:
    """The report that GreyMatter begins to make (documented: ``{"id": 4711}``).

    :param form: csv or xlsx (seen); GreyMatter's own unless it is given.
    """
    answer = gateway.call("inventory_report", query=[("format", form)] if form else [])
    document = answer.json()
    if not isinstance(document, dict) or document.get("id") is None:
        raise answer.error(ResponseError, "answered without the id of a report.", hint="Look whether it made one.")
    return {**document, "status": document.get("status") or PENDING}


def status_of(report: Report) -> str:
    return str(report.get("status")).upper()


def await_report(gateway: Gateway, report: Report, timeout: float, progress: Callable[[str], None]) -> Report:
    """The report, once it is completed.

    :raises FailedReportError: it failed.
    :raises UnfinishedError: it is not completed by then.
    """
    report_id = str(report["id"])

    def is_done(now: Report) -> bool:
        if status_of(now) == FAILED:
            said = next((str(now[key]) for key in _REASONS if now.get(key)), "")
            raise FailedReportError(
                f"The report {report_id} failed{'' if said else ', and does not say why'}.",
                reason=one_line(said, gateway.client.session.secrets),
                hint="Ask for another one.",
            )
        return status_of(now) == COMPLETED

    return wait_until(
        report,
        is_done,
        # It may take a moment until it is in the list.
        lambda now: find_report(gateway, report_id) or now,
        lambda now: f"report {report_id}: {now.get('status')}",
        timeout,
        progress,
    )


def download(gateway: Gateway, report_id: str, limits: StreamLimits, file: NewFile | None, table: Table | None) -> None:
    """Let a report go to a file and to a table, piece by piece.

    :raises ResponseError: it is a page or an error, and no report.
    """
    head = bytearray()

    def hear(piece: bytes) -> bool:
        if len(head) <= _LONGEST_REFUSAL:
            head.extend(piece)
        if file is not None:
            file.write(piece)
        if table is not None:
            table.keep(piece)
        return True

    answer = gateway.download("report_download", ids={"id": report_id}, hear=hear, limits=limits, accept=_SPEAKS)
    answer = replace(answer, body=bytes(head[:_LONGEST_REFUSAL]))
    kind = answer.headers.get("content-type", "")
    if is_refusal(answer) or "json" in kind or "html" in kind:
        raise answer.error(
            ResponseError,
            "answered with no report.",
            reason=reason_of(answer, gateway.client.session.secrets),
            hint="Check the report and routes.",
        )


class Table:
    """A report in the result of a task, as long as it is small."""

    def __init__(self, most_rows: int) -> None:
        self._most = most_rows
        self._body = bytearray()

    def keep(self, piece: bytes) -> None:
        self._body += piece
        if len(self._body) > LARGEST_TABLE:
            raise OptionError(
                f"The report has more than {LARGEST_TABLE // 1024 // 1024} MiB, too much for the result of a task.",
                hint="Have it written to a file with dest.",
            )

    def rows(self) -> list[dict[str, str]]:
        """Its lines by the names of its columns; every value is the text that stands there.

        :raises OptionError: it has too many, or is no CSV.
        """
        try:
            text = self._body.decode("utf-8-sig")
            lines = [line for line in itertools.islice(_lines(text), self._most + 2) if line]
        except (UnicodeDecodeError, csv.Error):
            raise OptionError(
                "The report is no CSV in UTF-8, which alone can be parsed.",
                hint="Have it written to a file with dest, and set parse=false.",
            ) from None
        if not lines:
            return []
        header, *values = lines
        if len(values) > self._most:
            raise OptionError(
                f"The report has more than {self._most} rows.",
                hint="Raise max_rows, or have it written to a file with dest and set parse=false.",
            )
        for number, line in enumerate(values, 1):
            if len(line) != len(header):
                raise OptionError(
                    f"The report cannot be parsed: its row {number} has {len(line)} values, and its header "
                    f"{len(header)}.",
                    hint="Have it written to a file with dest, and set parse=false.",
                )
        return [dict(zip(header, line)) for line in values]


def _lines(text: str) -> Iterator[list[str]]:
    if "\0" in text:
        raise csv.Error("a zero byte")
    return (line for line in csv.reader(io.StringIO(text, newline=""), strict=True) if line)
