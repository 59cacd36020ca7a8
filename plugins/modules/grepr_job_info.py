#!/usr/bin/python
# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: grepr_job_info
"""

EXAMPLES = r"""
"""

RETURN = r"""
"""

from typing import Any

from ansible_collections.greyops.rest.plugins.module_utils._errors import OptionError
from ansible_collections.greyops.rest.plugins.module_utils._grepr.client import open_client
from ansible_collections.greyops.rest.plugins.module_utils._grepr.jobs import STATES, get_job, list_jobs
from ansible_collections.greyops.rest.plugins.module_utils._grepr.options import GREPR_SPEC
from ansible_collections.greyops.rest.plugins.module_utils._http.query import query_pairs
from ansible_collections.greyops.rest.plugins.module_utils._module import run_module
from ansible_collections.greyops.rest.plugins.module_utils._operation import Call, Operation, Outcome
from ansible_collections.greyops.rest.plugins.module_utils._options import ArgumentSpec

_FILTERS = ("id", "name", "state", "execution", "processing", "since", "latest")
_OF_ONE_JOB = ("version", "resolved")

SPEC = ArgumentSpec(
    options={
        "id": {"type": "list", "elements": "str"},
        "name": {"type": "list", "elements": "str"},
        "state": {"type": "list", "elements": "str", "choices": list(STATES)},
        "execution": {"type": "str", "choices": ["SYNCHRONOUS", "ASYNCHRONOUS"]},
        "processing": {"type": "str", "choices": ["BATCH", "STREAMING"]},
        "since": {"type": "str"},
        "latest": {"type": "bool"},
        "version": {"type": "int"},
        "resolved": {"type": "bool"},
    },
)


def run(call: Call) -> Outcome:
    params = call.params
    one = _one_job(params)
    client = open_client(params, call.host, call.secrets)
    if one is None:
        return Outcome(values={"jobs": list_jobs(client, query_pairs({name: params[name] for name in _FILTERS}))})
    job = get_job(client, one, query_pairs({name: params[name] for name in _OF_ONE_JOB}))
    return Outcome(values={"jobs": [] if job is None else [job]})


def _one_job(params: dict[str, Any]) -> str | None:
    """The job that version and resolved are about; None where neither is asked for."""
    asked = [name for name in _OF_ONE_JOB if params[name] is not None]
    if not asked:
        return None
    others = [name for name in _FILTERS if name != "id" and params[name] not in (None, [])]
    if others or len(params["id"] or []) != 1:
        raise OptionError(f"{' and '.join(asked)} need one job's id, and no other filter.")
    return str(params["id"][0])


OPERATION = Operation(spec=GREPR_SPEC + SPEC, run=run)


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
