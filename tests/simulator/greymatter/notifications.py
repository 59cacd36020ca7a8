# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Notifications: posted to every configured URL, repeated until the response is 2xx."""

from __future__ import annotations

import asyncio
import uuid
from typing import TYPE_CHECKING, Any

import aiohttp

if TYPE_CHECKING:
    from ..core.state import State

_VERSION = "1.5.0"
_TIMEOUT = 10


class Notifier:
    """Sends in the background; ids are never used again, not even after a reset."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._tasks: set[asyncio.Task[None]] = set()
        self.deliveries: list[dict[str, Any]] = []

    def clear(self) -> None:
        """Clear the deliveries and cancel those under way."""
        for task in self._tasks:
            task.cancel()
        self.deliveries = []

    def notify(self, kind: str, data: dict[str, Any]) -> dict[str, Any]:
        """Send a notification to every configured URL and return it."""
        key = self._state.settings.greymatter.webhook_version_key
        notification = {"notification_type": kind, key: _VERSION, "notification_id": str(uuid.uuid4())}
        return self.send(notification | {"notification_data": data})

    def send(self, notification: dict[str, Any]) -> dict[str, Any]:
        """Post a notification as it is; one that was sent before keeps its id."""
        settings = self._state.settings.greymatter
        for url in settings.webhook_urls * settings.webhook_copies:
            delivery: dict[str, Any] = {"url": url, "body": notification, "attempts": [], "delivered": False}
            self.deliveries.append(delivery)
            task = asyncio.get_running_loop().create_task(self._deliver(delivery))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return notification

    async def _deliver(self, delivery: dict[str, Any]) -> None:
        settings = self._state.settings.greymatter
        # Receivers in tests have self-signed certificates.
        connector, patience = aiohttp.TCPConnector(ssl=False), aiohttp.ClientTimeout(total=_TIMEOUT)
        async with aiohttp.ClientSession(connector=connector, timeout=patience) as session:
            for attempt in range(settings.webhook_attempts):
                if attempt:
                    await asyncio.sleep(settings.webhook_pause)
                try:
                    # A redirect counts as a failure.
                    async with session.post(delivery["url"], json=delivery["body"], allow_redirects=False) as answer:
                        delivery["attempts"].append(answer.status)
                except (aiohttp.ClientError, TimeoutError) as error:
                    delivery["attempts"].append(type(error).__name__)
                delivery["delivered"] = delivery["attempts"][-1] in range(200, 300)
                if delivery["delivered"]:
                    return
