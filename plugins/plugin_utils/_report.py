# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: its content can change at any time.

"""What the roles report about a run, as data. The schema is docs/schemas/report.json."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from ..module_utils._redaction import escape_unprintable
from ._master_data import IDS

Report = dict[str, Any]

CLEAN, CHANGES, APPLIED, FAILED = "clean", "changes", "applied", "failed"
STEPS = ("create", "update", "recreate", "delete")
# What a reviewer reads first.
_ORDER = ("failed", "delete", "recreate", "update", "create")
_NOUNS = {"categories": "category"}
_VERSION = 1


@dataclass(frozen=True)
class Run:
    """What was requested, and how it ended.

    ``failure`` is the message of the task that failed, or empty. ``options`` are the connection options.
    """

    role: str
    action: str
    failure: str
    check_mode: bool
    options: Mapping[str, Any]


def build_report(
    run: Run,
    results: Mapping[str, Sequence[Mapping[str, Any]]],
    counts: Mapping[str, int],
    files: Sequence[Mapping[str, Any]],
    undescribed: Mapping[str, Sequence[Any]],
) -> Report:
    """
    :param results: lists of results by kind.
    :param counts: ``total`` and ``unchanged`` of the only kind whose results may omit what did not change.
    :param files: the files that describe the resources, from the lookup parse_files.
    :param undescribed: lists of names, or of resources of the API, by kind.
    """
    places = _index_files(files, results)
    entries = [(kind, entry) for kind, listed in results.items() for entry in listed]
    resources = [_build_resource(kind, entry, places) for kind, entry in entries]
    differing = [one for one in resources if one["action"] != "none"]
    totals = _count(resources, results, counts)
    return {
        "version": _VERSION,
        "role": run.role,
        "action": run.action,
        "status": _get_status(run, totals),
        "generated_at": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "target": _get_target(run.options),
        "counts": totals,
        "resources": sorted(differing, key=lambda one: _ORDER.index(one["action"])),
        "undescribed": [_build_undescribed(kind, item) for kind, items in undescribed.items() for item in items],
        # The message of a run whose resources failed repeats their errors.
        "errors": [] if totals["failed"] else [line for line in run.failure.splitlines() if line.strip()],
    }


def count_due(report: Report) -> int:
    """How many resources were changed, or would be."""
    return sum(report["counts"][step] for step in STEPS)


def describe(report: Report) -> str:
    """The outcome in a few words."""
    status, counts, due = report["status"], report["counts"], count_due(report)
    if status == FAILED:
        return f"{counts['failed']} of {counts['total']} failed" if counts["failed"] else "failed"
    if status == CLEAN:
        return f"all {counts['total']} as described" if counts["total"] else "succeeded"
    return f"{due} of {counts['total']} {'changed' if status == APPLIED else 'differ'}"


def list_notes(item: Mapping[str, Any]) -> list[str]:
    """Who edited a resource last and when, and the file that describes it, as far as they are known."""
    who = f" by {item['edited_by']}" if item["edited_by"] else ""
    when = f" at {item['edited_at']}" if item["edited_at"] else ""
    edit = [f"last edited{who}{when}"] if who or when else []
    return [*edit, f"described in {item['file']}"] if item.get("file") else edit


def list_undescribed(report: Report) -> list[str]:
    """One line for each resource that is not described in any file."""
    return [", ".join([f"{one['kind']} {one['name']}", *list_notes(one)]) for one in report["undescribed"]]


def to_printable(text: str, limit: int = 1000) -> str:
    """One line of text of a server or a user: shortened, without what a reader cannot see."""
    text = escape_unprintable(text)
    return text if len(text) <= limit else f"{text[:limit]}..."


def summarize_rest(resources: Sequence[Mapping[str, Any]]) -> str:
    """Count the resources that are left out of a report, by action."""
    counts = Counter(one["action"] for one in resources)
    return ", ".join(f"{counts[action]} {action}" for action in _ORDER if counts[action])


def _get_status(run: Run, counts: Mapping[str, int]) -> str:
    if run.failure or counts["failed"]:
        return FAILED
    if not sum(counts[step] for step in STEPS):
        return CLEAN
    return APPLIED if run.action == "apply" and not run.check_mode else CHANGES


def _build_resource(kind: str, entry: Mapping[str, Any], places: Mapping[tuple[str, str], str]) -> dict[str, Any]:
    name = str(entry[IDS.get(kind, "name")])
    error = entry.get("error") or (entry.get("msg") if entry.get("failed") else None)
    return {
        "kind": _get_noun(kind),
        "name": name,
        "action": "failed" if error else entry["action"],
        "changes": entry.get("changes", []),
        "differences": entry.get("differences", []),
        **_find_edit(entry),
        "file": entry.get("place") or entry.get("file") or places.get((kind, name)),
        "error": error or None,
    }


def _build_undescribed(kind: str, item: Any) -> dict[str, Any]:
    given = item if isinstance(item, dict) else {"name": item}
    return {"kind": _get_noun(kind), "name": str(given["name"]), **_find_edit(given)}


def _find_edit(entry: Mapping[str, Any]) -> dict[str, str | None]:
    """Who edited a resource last, and when, from a result or from a resource of the API."""
    return {
        "edited_by": entry.get("edited_by") or entry.get("editedBy"),
        "edited_at": entry.get("edited_at") or entry.get("updatedAt"),
    }


def _get_noun(kind: str) -> str:
    return _NOUNS.get(kind, kind.removesuffix("s"))


def _count(
    resources: Sequence[Mapping[str, Any]], results: Mapping[str, Sequence[Any]], counts: Mapping[str, int]
) -> dict[str, int]:
    by_action = Counter(one["action"] for one in resources)
    totals = {action: by_action[action] for action in (*STEPS, "failed")}
    totals |= {"unchanged": by_action["none"], "total": len(resources)}
    if counts:
        products = results.get("products", [])
        listed = sum(one["action"] == "none" and "failed" not in one for one in products)
        totals["unchanged"] += counts["unchanged"] - listed
        totals["total"] += counts["total"] - len(products)
    return totals


def _index_files(
    files: Sequence[Mapping[str, Any]], results: Mapping[str, Sequence[Any]]
) -> dict[tuple[str, str], str]:
    """The file of each resource, by kind and name. With several kinds, each has a directory of its name."""
    return {
        (kind, str(item.get("email") or item.get("name") or item.get("id"))): place
        for file in files
        for kind, place in [_get_place(str(file["file"]), list(results))]
        for item in _iter_items(file["content"])
    }


def _get_place(path: str, kinds: Sequence[str]) -> tuple[str, str]:
    directory, name = os.path.split(path)
    kind = os.path.basename(directory)
    return (kinds[0], name) if len(kinds) == 1 else (kind, f"{kind}/{name}")


def _iter_items(content: Any) -> Iterator[Mapping[str, Any]]:
    yield from (item for item in (content if isinstance(content, list) else [content]) if isinstance(item, dict))


def _get_target(options: object) -> str | None:
    """The URL of the API, if the options contain it, without a password.

    The options may be what made the role fail, such as text that is not a dictionary.
    """
    if not isinstance(options, Mapping):
        return None
    if options.get("api_url"):
        url = urlsplit(str(options["api_url"]).strip())
        return url._replace(netloc=url.netloc.rpartition("@")[2], query="", fragment="").geturl().rstrip("/")
    return f"https://{options['org']}.app.grepr.ai/api" if options.get("org") else None
