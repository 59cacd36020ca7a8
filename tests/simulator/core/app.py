# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The application: routes of both services and the admin interface, the request log and the faults."""

from __future__ import annotations

import asyncio

from aiohttp import web

from ..admin import api as admin
from ..admin.api import Admin
from ..grepr.api import Grepr
from ..greymatter.api import GreyMatter
from . import faults
from .faults import Handler
from .state import State

_MAX_BODY = 256 * 1024 * 1024


def build_app(state: State) -> web.Application:
    """Both APIs and the admin interface; the order matters, GreyMatter takes what is left."""

    greymatter = GreyMatter(state)

    @web.middleware
    async def log_request(request: web.Request, handler: Handler) -> web.StreamResponse:
        state.lifecycle.advance()
        state.service_requests.advance(state.settings.greymatter)
        state.reports.advance()
        if request.path.startswith(admin.ROOT):
            return await handler(request)
        try:
            body = await request.read()
        except ConnectionError:
            # The client disconnected before the request was complete.
            return web.Response()
        request_log = state.request_log
        resource = request.match_info.route.resource
        # GreyMatter's paths are configurable: only its own code can classify them.
        form = (
            resource.canonical
            if resource and resource is not greymatter.resource
            else greymatter.get_route_path(request)
        )
        entry = request_log.record(request, body, form)
        request_log.busy += 1
        request_log.most_at_once = max(request_log.most_at_once, request_log.busy)
        try:
            response = await apply_faults(request, handler)
        finally:
            request_log.busy -= 1
        if response is None:
            # The connection is closed; aiohttp still requires a response, which it drops.
            return web.Response()
        entry.status = response.status
        return response

    async def apply_faults(request: web.Request, handler: Handler) -> web.StreamResponse | None:
        if not state.faults.rules:
            return await handler(request)
        delay, action = state.faults.take(request.method, request.path)
        if delay:
            await asyncio.sleep(delay)
        try:
            return await faults.apply_action(action, request, handler) if action else await handler(request)
        except ConnectionError:
            return None  # the client disconnected

    app = web.Application(middlewares=[log_request], client_max_size=_MAX_BODY)
    for part in (Admin(state), Grepr(state), greymatter):
        part.add_to(app)
    return app
