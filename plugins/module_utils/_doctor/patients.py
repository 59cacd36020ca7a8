# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.greyops.rest.plugins.module_utils._doctor.examination import Examination, Patient
from ansible_collections.greyops.rest.plugins.module_utils._doctor.findings import FAIL, Finding
from ansible_collections.greyops.rest.plugins.module_utils._doctor.software import examine_software
from ansible_collections.greyops.rest.plugins.module_utils._grepr import client as grepr
from ansible_collections.greyops.rest.plugins.module_utils._grepr import options as grepr_options
from ansible_collections.greyops.rest.plugins.module_utils._greymatter import client as greymatter
from ansible_collections.greyops.rest.plugins.module_utils._greymatter import options as greymatter_options
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.routes import path_of
from ansible_collections.greyops.rest.plugins.module_utils._http import hosts
from ansible_collections.greyops.rest.plugins.module_utils._http.settings import HTTP_SPEC
from ansible_collections.greyops.rest.plugins.module_utils._oauth.settings import TOKEN_STORE_SPEC

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ansible_collections.greyops.rest.plugins.module_utils._http.host import Host
    from ansible_collections.greyops.rest.plugins.module_utils._secrets import Secrets

# A listing that stays short.
_RUNNING_PIPELINES = (
    ("latest", "true"),
    ("execution", "ASYNCHRONOUS"),
    ("processing", "STREAMING"),
    ("state", "RUNNING"),
)

PATIENTS = {
    "grepr": Patient(
        name="grepr",
        spec=grepr_options.GREPR_SPEC,
        api_url=grepr_options.api_url,
        token_url=grepr_options.token_url,
        logs_in=lambda params: params["auth"] == grepr_options.CLIENT_CREDENTIALS,
        open_client=grepr.open_client,
        open_provider=grepr.open_provider,
        first_call=lambda params: ("/v1/jobs", _RUNNING_PIPELINES),
    ),
    "greymatter": Patient(
        name="greymatter",
        spec=greymatter_options.GREYMATTER_SPEC,
        api_url=greymatter_options.api_url,
        token_url=greymatter_options.token_url,
        logs_in=lambda params: params["auth"] == greymatter_options.PASSWORD,
        open_client=greymatter.open_client,
        open_provider=greymatter.open_provider,
        first_call=lambda params: (path_of("catalog", params["routes"]), ()),
    ),
}
# Every variable that decides about a service; what is not among them says nothing.
VARIABLES = {hosts.VARIABLE}.union(*(patient.spec.variables for patient in PATIENTS.values()))


def examine_all(
    services: Sequence[str],
    arguments: Mapping[str, dict[str, Any]],
    environ: Mapping[str, str],
    host: Host,
    secrets: Secrets,
) -> Iterator[Finding]:
    """The host, and one service after the other; if none is named, those that anything is given for."""
    for finding in examine_software():
        yield finding
        if finding.status == FAIL:
            return
    concerned = [name for name in PATIENTS if _is_concerned(name, arguments[name], environ)]
    for name in services or concerned or PATIENTS:
        yield from Examination(PATIENTS[name], arguments[name], environ, host, secrets).findings()


def _is_concerned(service: str, arguments: dict[str, Any], environ: Mapping[str, str]) -> bool:
    variables = PATIENTS[service].spec.variables - TOKEN_STORE_SPEC.variables - HTTP_SPEC.variables
    # What is the same for both services says nothing of either.
    own = set(arguments) - set(HTTP_SPEC.options) - set(TOKEN_STORE_SPEC.options)
    return bool(own) or any(environ.get(name) for name in variables)
