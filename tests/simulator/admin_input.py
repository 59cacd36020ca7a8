# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the parts of the admin interface share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from aiohttp import web

from .settings import InputError, as_object

# An operation takes the request and its JSON body and gives what to answer.
Operation: TypeAlias = Callable[[web.Request, Any], object]
AdminRoute: TypeAlias = tuple[str, str, Operation, str]


def objects_of(body: object, where: str) -> list[dict[str, Any]]:
    """A list of objects."""
    if not isinstance(body, list):
        raise InputError(f"{where} must be a JSON list of objects")
    return [as_object(item, f"{where}[{index}]") for index, item in enumerate(body)]


def count_of(body: object) -> int:
    """How many of something."""
    count = as_object(body, "the body").get("count")
    if isinstance(count, bool) or not isinstance(count, int) or not 0 <= count <= 100_000:
        raise InputError("count must be a number from 0 to 100000")
    return count
