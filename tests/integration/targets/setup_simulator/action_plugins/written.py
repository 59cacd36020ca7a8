# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes files: ``files`` has their contents by their paths below ``directory``. What is no text is written as JSON."""

from __future__ import annotations

import json
import pathlib
from typing import Any

from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):
    """In-process: a copy of core takes two module processes for each file."""

    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        directory = pathlib.Path(self._task.args["directory"])
        directory.mkdir(parents=True, exist_ok=True)
        for name, content in self._task.args["files"].items():
            file = directory / name
            file.parent.mkdir(parents=True, exist_ok=True)
            # Before 2.19 core makes data of a text that looks like it.
            text = content if isinstance(content, str) else json.dumps(content, default=str)
            file.write_text(text, encoding="utf-8")
        return {**result, "changed": True}
