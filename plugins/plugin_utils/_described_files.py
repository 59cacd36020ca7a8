# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: its content can change at any time.

"""The shared code of the Grepr filters: what files describe, and where."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ..module_utils._grepr.account import ALL_KINDS
from ._lines import LineFinder

# The list of pipelines in the options of grepr_jobs.
JOBS = "jobs"
# A resource in a message of a module, and the path in it.
_PLACE = re.compile(rf"\b({'|'.join((JOBS, *ALL_KINDS))})\[(\d+)\](?:\.([^\s:;,]*))?")


class Entry(NamedTuple):
    """What a file describes: the file, the place in its data, and the options of a resource."""

    file: str
    place: str
    content: Any

    @property
    def name(self) -> str:
        options = self.content if isinstance(self.content, dict) else {}
        return str(options.get("email") or options.get("name") or options.get("id") or "")


def group_entries(files: Sequence[Mapping[str, Any]]) -> dict[str, list[Entry]]:
    """Return what the files describe, by kind, which is the name of their folder.

    The lists have the order of the lists that the module gets. A kind without a file is left out.
    """
    entries: dict[str, list[Entry]] = {}
    for file in files:
        kind = os.path.basename(os.path.dirname(file["file"]))
        entries.setdefault(kind, []).extend(iter_entries([file]))
    return {kind: entries[kind] for kind in ALL_KINDS if kind in entries}


def iter_entries(files: Sequence[Mapping[str, Any]]) -> Iterator[Entry]:
    """Iterate over what the files describe, in the order of the list that the module gets."""
    for file in files:
        content, is_list = file["content"], isinstance(file["content"], list)
        for number, item in enumerate(content if is_list else [content]):
            if item is not None and not file["problem"]:
                yield Entry(file["file"], f"[{number}]." if is_list else "", item)


def find_file(message: str, entries: Mapping[str, Sequence[Entry]]) -> str:
    """Return the file of the first resource in a message of the module; empty if there is none."""
    found = _PLACE.search(message)
    return entries[found[1]][int(found[2])].file if found and _has(entries, found) else ""


def name_places(message: str, entries: Mapping[str, Sequence[Entry]], lines: LineFinder) -> str:
    """Return a message of the module that names files and lines instead of the indices of lists."""

    def name(found: re.Match[str]) -> str:
        entry = entries[found[1]][int(found[2])] if _has(entries, found) else None
        return found[0] if entry is None else name_place(entry, found[3] or "", lines)

    return _PLACE.sub(name, message)


def name_place(entry: Entry, path: str, lines: LineFinder) -> str:
    """Return the file, the line and the name of a resource, and the path in it."""
    place = lines.locate(entry.file, entry.place + path) + (f" ({entry.name})" if entry.name else "")
    return f"{place}.{path}" if path else place


def _has(entries: Mapping[str, Sequence[Entry]], found: re.Match[str]) -> bool:
    return int(found[2]) < len(entries.get(found[1], ()))
