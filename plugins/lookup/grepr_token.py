# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: grepr_token
"""

EXAMPLES = r"""
"""

RETURN = r"""
"""

from typing import Any

from ansible.plugins.lookup import LookupBase

from ansible_collections.greyops.rest.plugins.module_utils._grepr.client import open_provider
from ansible_collections.greyops.rest.plugins.module_utils._grepr.options import ACCESS_TOKEN, CLIENT_CREDENTIALS, GREPR_SPEC
from ansible_collections.greyops.rest.plugins.plugin_utils._token_lookup import look_up


class LookupModule(LookupBase):  # type: ignore[misc]
    def run(self, terms: list[Any], variables: dict[str, Any] | None = None, **kwargs: Any) -> list[str]:
        return look_up(GREPR_SPEC.accepting(ACCESS_TOKEN, CLIENT_CREDENTIALS), open_provider, terms, kwargs)
