# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records what callbacks see of each task, as JSON lines in the file that SANDBOX_RESULTS names."""

from __future__ import annotations

import json
import os
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: recorder
type: notification
short_description: Records what happens to each task
description: Records what happens to each task.
requirements: []
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "recorder"
    CALLBACK_NEEDS_ENABLED = True

    def _note(self, event: str, answer: Any, ignored: bool = False) -> None:
        # Since 2.19 the attributes have public names, and the old ones cause a warning.
        host, task, result = (
            getattr(answer, name, None) or getattr(answer, f"_{name}") for name in ("host", "task", "result")
        )
        line = {"event": event, "host": host.name, "task": task.get_name(), "ignored": ignored, "result": dict(result)}
        with open(os.environ["SANDBOX_RESULTS"], "a", encoding="utf-8") as file:
            file.write(json.dumps(line, default=str, ensure_ascii=False) + "\n")

    def v2_runner_on_ok(self, result: Any) -> None:
        self._note("ok", result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        self._note("failed", result, ignored=bool(ignore_errors))

    def v2_runner_on_unreachable(self, result: Any) -> None:
        self._note("unreachable", result)

    def v2_runner_on_skipped(self, result: Any) -> None:
        self._note("skipped", result)

    def v2_runner_item_on_ok(self, result: Any) -> None:
        self._note("item ok", result)

    def v2_runner_item_on_failed(self, result: Any) -> None:
        self._note("item failed", result)

    def v2_runner_retry(self, result: Any) -> None:
        self._note("retry", result)

    def v2_runner_on_async_poll(self, result: Any) -> None:
        self._note("poll", result)

    def v2_on_file_diff(self, result: Any) -> None:
        self._note("diff", result)
