# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: its content can change at any time.

"""A report as Markdown that fits into a comment on a pull request."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ._report import STEPS, Report, describe, list_notes, list_undescribed, summarize_rest, to_printable

# GitHub's limit for a comment is 65,536 characters. The count of what is left out needs a few.
_MAX_LENGTH = 64_500
_MAX_ERRORS = 12_000
_MAX_UNDESCRIBED = 8_000
_MAX_RESOURCE = 3_000


def to_markdown(report: Report) -> str:
    """All text of servers and users stands in code, where Markdown, HTML and mentions have no meaning."""
    head = "\n".join([*_format_totals(report), *_format_errors(report["errors"])])
    tail = "\n".join(_format_undescribed(list_undescribed(report)))
    room = _MAX_LENGTH - len(head) - len(tail)
    blocks: list[str] = []
    for resource in report["resources"]:
        block = "\n".join(_format_resource(resource))
        room -= len(block) + 1
        if room < 0:
            break
        blocks.append(block)
    rest = report["resources"][len(blocks) :]
    more = [f"**{len(rest)} more are left out here**: {summarize_rest(rest)}.\n"] if rest else []
    return "\n".join([head, *blocks, *more, tail])


def _format_totals(report: Report) -> Iterator[str]:
    columns = [*STEPS, "failed", "unchanged", "total"]
    yield f"## {report['role']} {report['action']}: {describe(report)}"
    yield ""
    target = f" · {_format_code(report['target'])}" if report["target"] else ""
    yield f"Status **{report['status']}**{target} · {report['generated_at']}"
    yield ""
    yield f"| {' | '.join(columns)} |"
    yield f"|{' ---: |' * len(columns)}"
    yield f"| {' | '.join(str(report['counts'][column]) for column in columns)} |"
    yield ""


def _format_errors(errors: Sequence[str]) -> Iterator[str]:
    if errors:
        yield "### Errors"
        yield ""
        yield from _format_block(errors, _MAX_ERRORS)


def _format_undescribed(lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield from _format_details(f"{len(lines)} not described in any file")
        yield from _format_block(lines, _MAX_UNDESCRIBED)
        yield from ("</details>", "")


def _format_resource(resource: Mapping[str, Any]) -> Iterator[str]:
    # In a block of HTML, Markdown has no meaning.
    name = f"<code>{html.escape(to_printable(resource['name'], 200))}</code>"
    yield from _format_details(f"<b>{resource['action']}</b> {html.escape(resource['kind'])} {name}")
    if resource["error"]:
        yield from _format_block([resource["error"]], _MAX_RESOURCE)
    # The lines of a diff are indented; without that, they are shown in colours.
    lines = [
        *(line.removeprefix("  ") for line in resource["changes"]),
        *(f"# {note}" for note in list_notes(resource)),
    ]
    if lines:
        yield from _format_block(lines, _MAX_RESOURCE, "diff")
    yield from ("</details>", "")


def _format_details(summary: str) -> tuple[str, str]:
    """The beginning of a collapsed block. Markdown begins again after the empty line."""
    return f"<details><summary>{summary}</summary>", ""


def _format_block(texts: Sequence[str], limit: int, language: str = "text") -> list[str]:
    """Lines as a block of code, with a count of those that exceed the limit."""
    lines = [to_printable(line) for text in texts for line in text.splitlines()]
    shown: list[str] = []
    for line in lines:
        limit -= len(line) + 1
        if limit < 0:
            shown.append(f"... and {len(lines) - len(shown)} more lines")
            break
        shown.append(line)
    fence = _build_fence("\n".join(shown), 3)
    return [f"{fence}{language}", *shown, fence, ""]


def _format_code(text: str) -> str:
    text = to_printable(text)
    fence = _build_fence(text, 1)
    return f"{fence} {text} {fence}"


def _build_fence(text: str, length: int) -> str:
    """Backticks that do not end within the text."""
    return "`" * max(length, 1 + max(map(len, re.findall("`+", text)), default=0))
