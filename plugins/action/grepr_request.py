# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from importlib import import_module

from ..plugin_utils._action import InProcessAction


class ActionModule(InProcessAction):
    # The other actions are links to this file: each is loaded under its own name, which is that of its module.
    operation = import_module(f"..modules.{__name__.rpartition('.')[2]}", __package__).OPERATION
