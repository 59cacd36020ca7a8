#!/usr/bin/python
# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: grepr_token
"""

EXAMPLES = r"""
"""

RETURN = r"""
"""

from ansible_collections.greyops.rest.plugins.module_utils._grepr.client import open_provider
from ansible_collections.greyops.rest.plugins.module_utils._grepr.options import ACCESS_TOKEN, CLIENT_CREDENTIALS, GREPR_SPEC
from ansible_collections.greyops.rest.plugins.module_utils._module import run_module
from ansible_collections.greyops.rest.plugins.module_utils._token_operation import token_operation

OPERATION = token_operation(GREPR_SPEC.accepting(ACCESS_TOKEN, CLIENT_CREDENTIALS), open_provider)


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
