# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the module for one pipeline reports against the simulator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.greyops.rest.plugins.module_utils._context import Context
from ansible_collections.greyops.rest.plugins.module_utils._operation import perform
from ansible_collections.greyops.rest.plugins.modules import grepr_job
from tests.unit.conftest import params

if TYPE_CHECKING:
    from ansible_collections.greyops.rest.plugins.module_utils._context import NullRuntime
    from tests.unit.conftest import Simulator


def test_misspelled_name_is_reported_with_the_nearest_ones(simulator: Simulator, runtime: NullRuntime) -> None:
    info = simulator.ready_info["grepr"]
    login = {name: info[name] for name in ("api_url", "auth_url", "client_id", "client_secret")}
    options = params(grepr_job.OPERATION.spec, {**login, "token_store": "none", "name": "web_log", "state": "started"})
    result = perform(grepr_job.OPERATION, Context(options, runtime)).keys
    assert result["failed"]
    assert result["msg"] == (
        "The pipeline web_log does not exist, and creating it requires job_graph. The nearest are: web_logs. "
        "There are 2 more."
    )
