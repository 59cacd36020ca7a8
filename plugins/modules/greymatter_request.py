#!/usr/bin/python
# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: greymatter_request
"""

EXAMPLES = r"""
"""

RETURN = r"""
"""

from ansible_collections.greyops.rest.plugins.module_utils._greymatter.client import open_client
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.options import GREYMATTER_SPEC
from ansible_collections.greyops.rest.plugins.module_utils._module import run_module
from ansible_collections.greyops.rest.plugins.module_utils._request_operation import request_operation

OPERATION = request_operation(GREYMATTER_SPEC, open_client)


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
