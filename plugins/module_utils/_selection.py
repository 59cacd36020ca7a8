# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Short results: only some properties of each resource, or one line of text for each."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ._argspec import ArgumentSpec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

SELECTION_SPEC = ArgumentSpec(
    options={"fields": {"type": "list", "elements": "str"}, "summary": {"type": "bool", "default": False}}
)


def get_field(item: Any, path: str) -> Any:
    """Return the value at a dotted path; None if there is none. A key of a dictionary can contain dots itself."""
    if not isinstance(item, dict) or path in item:
        return item[path] if isinstance(item, dict) else None
    key, dot, rest = path.partition(".")
    return get_field(item.get(key), rest) if dot else None


def select_fields(item: Mapping[str, Any], fields: Iterable[str]) -> dict[str, Any]:
    """Return the values of these paths, with the paths as keys."""
    return {path: get_field(item, path) for path in fields}


def summarize(items: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> list[str]:
    """Return one line for each item, with the values of these paths in aligned columns."""
    rows = [[_format_cell(get_field(item, path)) for path in columns] for item in items]
    widths = [max(map(len, cells)) for cells in zip(*rows)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]


def shape_items(params: Mapping[str, Any], items: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> list[Any]:
    """Return items in the form that the options request.

    :param columns: the paths in a line if ``fields`` does not contain any.
    """
    fields = params["fields"]
    if params["summary"]:
        return summarize(items, fields or columns)
    return list(items) if fields is None else [select_fields(item, fields) for item in items]


def _format_cell(value: Any) -> str:
    if value is None or value == "":
        return "-"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return " ".join(text.split())
