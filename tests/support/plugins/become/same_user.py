# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs tasks as with become, but as the same user: for machines without sudo, and users without permission to use
it."""

from __future__ import annotations

from typing import Any

from ansible.plugins.become import BecomeBase

DOCUMENTATION = """
name: same_user
short_description: Becomes the same user
description: Becomes the same user.
author: greyops.rest contributors
options:
  become_user:
    description: Ignored.
  become_exe:
    description: Ignored.
  become_flags:
    description: Ignored.
  become_pass:
    description: Ignored.
"""


class BecomeModule(BecomeBase):
    name = "same_user"

    def build_become_command(self, cmd: str, shell: Any) -> str:
        super().build_become_command(cmd, shell)  # type: ignore[no-untyped-call]
        return str(self._build_success_command(cmd, shell)) if cmd else cmd  # type: ignore[no-untyped-call]
