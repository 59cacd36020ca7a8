# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.greyops.rest.plugins.modules.write_files import OPERATION
from ansible_collections.greyops.rest.plugins.plugin_utils._in_process import InProcessAction


class ActionModule(InProcessAction):
    operation = OPERATION
