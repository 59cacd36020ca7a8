# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

from ansible.errors import AnsibleLookupError

from ..module_utils._argspec import ArgumentSpec, validate_options
from ..module_utils._context import Context
from ..module_utils._errors import OptionError
from ..module_utils._http import allowed_hosts
from ..module_utils._oauth.tokens import Token
from ..module_utils._service import ACCESS_TOKEN
from ._controller import report_errors, to_builtin

if TYPE_CHECKING:
    from ..module_utils._service import Service

_SPEC = ArgumentSpec(options={"header": {"type": "bool", "default": False}})


def run_token_lookup(service: Service, terms: list[Any], options: dict[str, Any]) -> list[str]:
    """The only value of a token lookup: the bearer string, or with ``header`` the whole header value."""
    with report_errors(AnsibleLookupError) as runtime:
        if terms:
            raise OptionError("a token lookup takes options by name only, such as min_ttl=600.")
        spec = service.spec.allow(ACCESS_TOKEN, service.login) + _SPEC
        given = {name: value for name, value in to_builtin(options).items() if value is not None}
        params = validate_options(spec, spec.resolve(given, os.environ))
        params[allowed_hosts.OPTION] = allowed_hosts.get_allowed_hosts(params[allowed_hosts.OPTION], os.environ)
        token = _get_token(service, Context(params, runtime))
    return [token.authorization if params["header"] else token.access_token]


def _get_token(service: Service, context: Context) -> Token:
    access_token = context.params["access_token"]
    if not access_token:
        return service.open_provider(context).get_token()
    context.secrets.register_tokens(access_token)
    return Token(access_token, "Bearer", None, obtained_at=time.time(), expires_at=None)
