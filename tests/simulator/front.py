# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The front door: puts the parts together, and notes and disturbs requests on their way in."""

from __future__ import annotations

import asyncio

from aiohttp import web

from . import admin, faults
from .admin import Admin
from .faults import Handler
from .grepr import Grepr
from .greymatter import GreyMatter
from .state import State

_LARGEST_BODY = 256 * 1024 * 1024


def application(state: State) -> web.Application:
    """Both APIs and the admin interface; the order matters, GreyMatter takes what is left."""

    greymatter = GreyMatter(state)

    @web.middleware
    async def door(request: web.Request, handler: Handler) -> web.StreamResponse:
        state.lifecycle.advance()
        state.orders.advance(state.settings.greymatter)
        state.reports.advance()
        if request.path.startswith(admin.ROOT):
            return await handler(request)
        try:
            body = await request.read()
        except ConnectionError:
            # The client died before it had said everything, so nothing was asked for.
            return web.Response()
        journal = state.journal
        resource = request.match_info.route.resource
        # GreyMatter's paths move: only it knows their form.
        form = resource.canonical if resource and resource is not greymatter.resource else greymatter.form_of(request)
        entry = journal.record(request, body, form)
        journal.busy += 1
        journal.most_at_once = max(journal.most_at_once, journal.busy)
        try:
            response = await disturbed(request, handler)
        finally:
            journal.busy -= 1
        if response is None:
            # The connection is gone; aiohttp wants an answer all the same and drops it.
            return web.Response()
        entry.status = response.status
        return response

    async def disturbed(request: web.Request, handler: Handler) -> web.StreamResponse | None:
        if not state.faults.rules:
            return await handler(request)
        delay, action = state.faults.take(request.method, request.path)
        if delay:
            await asyncio.sleep(delay)
        try:
            return await faults.perform(action, request, handler) if action else await handler(request)
        except ConnectionError:
            return None  # the client did not want the rest

    app = web.Application(middlewares=[door], client_max_size=_LARGEST_BODY)
    for part in (Admin(state), Grepr(state), greymatter):
        part.add_to(app)
    return app
