#!/usr/bin/python
# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: grepr_trigger
"""

EXAMPLES = r"""
"""

RETURN = r"""
"""

from ansible_collections.greyops.rest.plugins.module_utils._grepr.client import open_client
from ansible_collections.greyops.rest.plugins.module_utils._grepr.options import API_KEY, GREPR_SPEC
from ansible_collections.greyops.rest.plugins.module_utils._grepr.triggers import fire
from ansible_collections.greyops.rest.plugins.module_utils._module import run_module
from ansible_collections.greyops.rest.plugins.module_utils._operation import Call, Operation, Outcome
from ansible_collections.greyops.rest.plugins.module_utils._options import ArgumentSpec

SPEC = ArgumentSpec(
    options={
        "job_id": {"type": "str", "required": True},
        "rule_engine": {"type": "str", "required": True},
        "trigger_id": {"type": "str", "required": True},
        "variables": {"type": "dict", "default": {}},
    },
)


def run(call: Call) -> Outcome:
    params = call.params
    client = open_client(params, call.host, call.secrets)
    if not call.check_mode:
        fire(client, params["job_id"], params["rule_engine"], params["trigger_id"], params["variables"])
    return Outcome(changed=True, values={"trigger": {name: params[name] for name in SPEC.options}})


OPERATION = Operation(spec=GREPR_SPEC.accepting(API_KEY, optional=True) + SPEC, run=run)


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
