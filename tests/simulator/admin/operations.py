# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shared by the parts of the admin interface."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from aiohttp import web

from ..core.settings import InputError, require_object

# An operation takes the request and its JSON body and gives what to answer.
Operation: TypeAlias = Callable[[web.Request, Any], object]
AdminRoute: TypeAlias = tuple[str, str, Operation, str]


def parse_objects(body: object, where: str) -> list[dict[str, Any]]:
    """A list of objects."""
    if not isinstance(body, list):
        raise InputError(f"{where} must be a JSON list of objects")
    return [require_object(item, f"{where}[{index}]") for index, item in enumerate(body)]


def parse_count(body: object) -> int:
    """The count in a body."""
    count = require_object(body, "the body").get("count")
    if isinstance(count, bool) or not isinstance(count, int) or not 0 <= count <= 100_000:
        raise InputError("count must be a number from 0 to 100000")
    return count
