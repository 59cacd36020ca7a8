# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Endpoints of neither API, for tests of the request modules: an echo, a text, an empty response."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from aiohttp import web

from .request_log import group_by_name
from .responses import JSON, json_response

SECRET_HEADERS = frozenset({"authorization", "proxy-authorization", "grepr-api-key", "cookie"})


async def echo(request: web.Request) -> web.Response:
    """The request as JSON without its credentials, so that an echo does not put secrets into output."""
    text = (await request.read()).decode("utf-8", "replace")
    body: Any = text or None
    if text and request.content_type == JSON:
        with suppress(ValueError):
            body = json.loads(text)
    query = group_by_name(request.rel_url.query)
    query.pop("access_token", None)
    shown = {
        name: value for name, value in group_by_name(request.headers).items() if name.lower() not in SECRET_HEADERS
    }
    return json_response({"method": request.method, "query": query, "headers": shown, "body": body})


async def text(_request: web.Request) -> web.Response:
    """Plain text."""
    return web.Response(text="plain text, äöü\n")


async def empty(_request: web.Request) -> web.Response:
    """Nothing."""
    return web.Response(status=204)
