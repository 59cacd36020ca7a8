# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: its content can change at any time.

"""A report as an HTML page without scripts and without anything to load."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..module_utils._changes import Change
from ..module_utils._redaction import MASK
from ._report import FAILED, STEPS, Report, describe, list_notes, list_undescribed, summarize_rest, to_printable

_MAX_RESOURCES = 1000
# Up to this number of resources, all are shown open.
_MAX_OPEN = 100

_STYLE = """
:root { color-scheme: light dark; --fg: #1f2328; --dim: #59636e; --bg: #ffffff; --box: #f6f8fa; --line: #d1d9e0;
  --old: #ffebe9; --new: #dafbe1; --clean: #1a7f37; --changes: #9a6700; --applied: #0969da; --failed: #cf222e; }
@media (prefers-color-scheme: dark) { :root { --fg: #f0f6fc; --dim: #9198a1; --bg: #0d1117; --box: #151b23;
  --line: #3d444d; --old: #4b1e23; --new: #12361f; --clean: #3fb950; --changes: #d29922; --applied: #4493f8;
  --failed: #f85149; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 64rem; color: var(--fg); background: var(--bg);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { margin: 0; font-size: 1.5rem; line-height: 1.25; }
h2 { margin: 1.5rem 0 .5rem; font-size: 1.125rem; }
p { margin: .25rem 0; }
code, pre, .value { font-family: ui-monospace, monospace; font-size: .875rem; }
pre { margin: .25rem 0; padding: .5rem; white-space: pre-wrap; background: var(--box); border-radius: .25rem; }
.dim { color: var(--dim); font-size: .875rem; }
.tag { display: inline-block; padding: 0 .5rem; border: 1px solid; border-radius: 1rem; font-size: .8125rem;
  font-weight: 600; }
.clean, .create { color: var(--clean); } .changes, .update { color: var(--changes); }
.applied { color: var(--applied); } .failed, .delete, .recreate { color: var(--failed); }
.counts { display: grid; grid-template-columns: repeat(auto-fit, minmax(5rem, 1fr)); gap: .375rem; margin: 1rem 0;
  padding: 0; list-style: none; }
.counts li { padding: .375rem .5rem; font-size: .75rem; overflow-wrap: normal; background: var(--box);
  border: 1px solid var(--line); border-radius: .375rem; }
.counts b { display: block; font-size: 1.25rem; line-height: 1.25; }
details { margin: .5rem 0; border: 1px solid var(--line); border-radius: .375rem; }
summary { padding: .5rem .75rem; cursor: pointer; }
details > div { padding: .25rem .75rem .75rem; border-top: 1px solid var(--line); }
dl { margin: 0; } dt { margin-top: .5rem; font-weight: 600; } dd { margin: 0; }
.value { display: block; padding: .125rem .5rem; white-space: pre-wrap; text-decoration: none; color: inherit; }
del.value, .old { background: var(--old); } ins.value, .new { background: var(--new); }
del.value::before { content: "\\2212  "; } ins.value::before { content: "+ "; }
pre span { display: block; }
"""
_HEAD = f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<style>{_STYLE}</style>
"""


def to_html(report: Report) -> str:
    title = f"{report['role']} {report['action']}: {describe(report)}"
    return "\n".join(
        [
            f"{_HEAD}<title>{_escape(title)}</title>\n</head>\n<body>\n<h1>{_escape(title)}</h1>",
            *_format_totals(report),
            *_format_errors(report["errors"]),
            *_format_resources(report["resources"]),
            *_format_undescribed(list_undescribed(report)),
            "</body>\n</html>\n",
        ]
    )


def _format_totals(report: Report) -> Iterator[str]:
    target = f" <code>{_escape(report['target'])}</code>" if report["target"] else ""
    yield f"<p>{_format_tag(report['status'])}{target}</p>"
    yield f'<p class="dim"><time>{report["generated_at"]}</time></p>'
    yield '<ul class="counts">'
    for name in (*STEPS, "failed", "unchanged", "total"):
        count = report["counts"][name]
        yield f'<li><b class="{name if count else "dim"}">{count}</b> {name}</li>'
    yield "</ul>"


def _format_errors(errors: Sequence[str]) -> Iterator[str]:
    if errors:
        yield "<h2>Errors</h2>"
        yield f"<pre>{_escape_lines(errors)}</pre>"


def _format_resources(resources: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if resources:
        yield "<h2>Resources</h2>"
    for resource in resources[:_MAX_RESOURCES]:
        is_open = len(resources) <= _MAX_OPEN or resource["action"] == FAILED
        name = f"{_escape(resource['kind'])} <code>{_escape(resource['name'])}</code>"
        yield f"<details{' open' if is_open else ''}><summary>{_format_tag(resource['action'])} {name}</summary>"
        yield from ("<div>", *_format_resource(resource), "</div></details>")
    if rest := resources[_MAX_RESOURCES:]:
        yield f"<p>{len(rest)} more are left out here: {summarize_rest(rest)}.</p>"


def _format_resource(resource: Mapping[str, Any]) -> Iterator[str]:
    if notes := list_notes(resource):
        yield f'<p class="dim">{_escape(", ".join(notes))}</p>'
    if resource["error"]:
        yield f"<pre>{_escape_lines([resource['error']])}</pre>"
    if resource["differences"]:
        yield "<dl>"
        for difference in resource["differences"]:
            yield from _format_difference(difference)
        yield "</dl>"
    elif resource["changes"]:
        yield f"<pre>{_escape_lines(resource['changes'])}</pre>"


def _format_difference(difference: Mapping[str, Any]) -> Iterator[str]:
    before, after = difference["before"], difference["after"]
    lines = Change(difference["path"], before, after).as_text()
    yield f"<dt>{_escape(difference['path'])}</dt>"
    if before == after == MASK:
        yield "<dd>changed</dd>"
    elif len(lines) > 1:
        yield f"<dd><pre>{''.join(map(_format_diff_line, lines[1:]))}</pre></dd>"
    else:
        old, new = _format_value(before), _format_value(after)
        yield f'<dd><del class="value">{old}</del><ins class="value">{new}</ins></dd>'


def _format_diff_line(line: str) -> str:
    text = line.removeprefix("  ")
    kind = {"-": "old", "+": "new"}.get(text[:1], "dim")
    return f'<span class="{kind}">{_escape(text)}</span>'


def _format_value(value: Any) -> str:
    if value is None:
        return '<i class="dim">none</i>'
    return _escape(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def _format_undescribed(lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield f"<details><summary>{len(lines)} not described in any file</summary>"
        yield f"<div><pre>{_escape_lines(lines)}</pre></div></details>"


def _format_tag(word: str) -> str:
    return f'<span class="tag {word}">{word}</span>'


def _escape(text: str) -> str:
    return html.escape(to_printable(text))


def _escape_lines(texts: Sequence[str]) -> str:
    return "\n".join(_escape(line) for text in texts for line in text.splitlines())
