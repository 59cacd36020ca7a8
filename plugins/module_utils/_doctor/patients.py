# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import os
from typing import Any

from ansible_collections.greyops.rest.plugins.module_utils._doctor.examination import Patient
from ansible_collections.greyops.rest.plugins.module_utils._grepr import client as grepr
from ansible_collections.greyops.rest.plugins.module_utils._grepr import options as grepr_options
from ansible_collections.greyops.rest.plugins.module_utils._greymatter import client as greymatter
from ansible_collections.greyops.rest.plugins.module_utils._greymatter import options as greymatter_options
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.routes import ROUTES

PATIENTS = {
    "grepr": Patient(
        name="grepr",
        spec=grepr_options.GREPR_SPEC,
        api_url=grepr_options.api_url,
        token_url=grepr_options.token_url,
        logs_in=lambda params: params["auth"] == grepr_options.CLIENT_CREDENTIALS,
        open_client=grepr.open_client,
        first_call="/v1/jobs?latest=true&execution=ASYNCHRONOUS&processing=STREAMING&state=RUNNING",
    ),
    "greymatter": Patient(
        name="greymatter",
        spec=greymatter_options.GREYMATTER_SPEC,
        api_url=greymatter_options.api_url,
        token_url=greymatter_options.token_url,
        logs_in=lambda params: params["auth"] == greymatter_options.PASSWORD,
        open_client=greymatter.open_client,
        first_call=ROUTES["catalog"],
    ),
}


def has_credentials(service: str, arguments: dict[str, Any]) -> bool:
    return PATIENTS[service].spec.has_credentials(arguments, os.environ)
