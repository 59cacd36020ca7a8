#!/usr/bin/python
# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: greymatter_catalog_info
"""

EXAMPLES = r"""
"""

RETURN = r"""
"""

from ansible_collections.greyops.rest.plugins.module_utils._greymatter.client import open_client
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.listing import list_all
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.options import GREYMATTER_SPEC
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.routes import path_of
from ansible_collections.greyops.rest.plugins.module_utils._module import run_module
from ansible_collections.greyops.rest.plugins.module_utils._operation import Call, Operation, Outcome
from ansible_collections.greyops.rest.plugins.module_utils._options import ArgumentSpec

SPEC = ArgumentSpec(
    options={
        "client_catalog_id": {"type": "list", "elements": "str"},
        "path": {"type": "str"},
    },
)


def run(call: Call) -> Outcome:
    params = call.params
    path = params["path"] or path_of("catalog", params["routes"])
    catalogs = list_all(open_client(params, call.host, call.secrets), path)
    wanted = params["client_catalog_id"]
    if wanted is not None:
        catalogs = [catalog for catalog in catalogs if str(catalog.get("clientCatalogId")) in wanted]
    return Outcome(values={"catalogs": sorted(catalogs, key=lambda catalog: str(catalog.get("clientCatalogId", "")))})


OPERATION = Operation(spec=GREYMATTER_SPEC + SPEC, run=run)


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
