# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ansible.errors import AnsibleLookupError

from ansible_collections.greyops.rest.plugins.module_utils._errors import OptionError
from ansible_collections.greyops.rest.plugins.module_utils._http import hosts
from ansible_collections.greyops.rest.plugins.module_utils._http.host import Host
from ansible_collections.greyops.rest.plugins.module_utils._oauth.tokens import Token
from ansible_collections.greyops.rest.plugins.module_utils._options import ArgumentSpec
from ansible_collections.greyops.rest.plugins.module_utils._validation import validated
from ansible_collections.greyops.rest.plugins.plugin_utils._controller import plain, reporting

if TYPE_CHECKING:
    from ansible_collections.greyops.rest.plugins.module_utils._oauth.provider import TokenProvider
    from ansible_collections.greyops.rest.plugins.module_utils._secrets import Secrets

    OpenProvider = Callable[[dict[str, Any], Host, Secrets], TokenProvider]

_LOOKUP_SPEC = ArgumentSpec(options={"header": {"type": "bool", "default": False}})


def look_up(spec: ArgumentSpec, open_provider: OpenProvider, terms: list[Any], options: dict[str, Any]) -> list[str]:
    """The one value of a token lookup: the bearer string, or with ``header`` the whole header value."""
    with reporting(AnsibleLookupError) as host:
        if terms:
            raise OptionError("a token lookup takes options by name only, such as min_ttl=600.")
        full_spec = spec + _LOOKUP_SPEC
        given = {name: value for name, value in plain(options).items() if value is not None}
        params = validated(full_spec, full_spec.resolve(given, os.environ))
        params[hosts.OPTION] = hosts.allowed_hosts(params[hosts.OPTION], os.environ)
        token = _token(params, open_provider, host)
    return [token.authorization if params["header"] else token.access_token]


def _token(params: dict[str, Any], open_provider: OpenProvider, host: Host) -> Token:
    if not params["access_token"]:
        return open_provider(params, host, host.secrets).current()
    host.secrets.register_tokens(params["access_token"])
    return Token(params["access_token"], "Bearer", None, obtained_at=time.time(), expires_at=None)
