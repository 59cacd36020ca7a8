# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl

from ansible_collections.greyops.rest.plugins.module_utils._errors import OptionError


def query_pairs(query: Any) -> list[tuple[str, str]]:
    """Query parameters as both APIs take them: a list repeats its key, and what is None is left out.

    :param query: a dictionary, or text: JSON of one, or a query as it stands in a URL.
    """
    if isinstance(query, str) and not query.lstrip().startswith("{"):
        return _written(query)
    pairs = []
    for name, value in _dictionary(query).items():
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, (dict, list)):
                raise OptionError(f"query.{name} must be a value or a list of values.")
            if item is not None:
                pairs.append((str(name), as_text(item)))
    return pairs


def as_text(value: Any) -> str:
    """A value where HTTP has text: a boolean as JSON has it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _written(query: str) -> list[tuple[str, str]]:
    if any(character.isspace() for character in query):
        raise OptionError("query is text with a blank in it. Give a dictionary, or encode the blank as %20.")
    return parse_qsl(query[query.startswith("?") :], keep_blank_values=True)


def _dictionary(query: Any) -> dict[str, Any]:
    if isinstance(query, str):
        try:
            query = json.loads(query)
        except (ValueError, RecursionError):
            query = None
    if not isinstance(query, dict):
        raise OptionError("query must be a dictionary, or text such as state=RUNNING&latest=true.")
    return query
