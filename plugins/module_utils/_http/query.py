# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

from typing import Any

from ansible_collections.greyops.rest.plugins.module_utils._errors import OptionError


def query_pairs(query: dict[str, Any]) -> list[tuple[str, str]]:
    """Query parameters as both APIs take them: a list repeats its key, and what is None is left out."""
    pairs = []
    for name, value in query.items():
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, (dict, list)):
                raise OptionError(f"query.{name} must be a value or a list of values.")
            if item is not None:
                pairs.append((str(name), str(item).lower() if isinstance(item, bool) else str(item)))
    return pairs
