# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Becomes nobody else: sends a task the way of become on machines without sudo, and for users who may not use it."""

from __future__ import annotations

from typing import Any

from ansible.plugins.become import BecomeBase

DOCUMENTATION = """
name: oneself
short_description: Becomes nobody else
description: Becomes nobody else.
author: greyops.rest contributors
options:
  become_user:
    description: Whom to become, which is ignored.
  become_exe:
    description: Ignored.
  become_flags:
    description: Ignored.
  become_pass:
    description: Ignored.
"""


class BecomeModule(BecomeBase):
    name = "oneself"

    def build_become_command(self, cmd: str, shell: Any) -> str:
        super().build_become_command(cmd, shell)  # type: ignore[no-untyped-call]
        return str(self._build_success_command(cmd, shell)) if cmd else cmd  # type: ignore[no-untyped-call]
