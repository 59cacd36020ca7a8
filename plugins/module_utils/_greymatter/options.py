# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

from typing import Any

from ansible_collections.greyops.rest.plugins.module_utils._errors import OptionError
from ansible_collections.greyops.rest.plugins.module_utils._greymatter import routes
from ansible_collections.greyops.rest.plugins.module_utils._http.settings import HTTP_SPEC
from ansible_collections.greyops.rest.plugins.module_utils._http.urls import base_url, join
from ansible_collections.greyops.rest.plugins.module_utils._oauth.settings import TOKEN_STORE_SPEC
from ansible_collections.greyops.rest.plugins.module_utils._options import (
    ArgumentSpec,
    Authentication,
    EnvironmentVariable,
    Way,
)

PASSWORD = "password"
ACCESS_TOKEN = "access_token"

GREYMATTER_SPEC = (
    ArgumentSpec(
        options={
            "api_url": {"type": "str"},
            "auth_url": {"type": "str"},
            "auth": {"type": "str", "choices": ["auto", PASSWORD, ACCESS_TOKEN], "default": "auto"},
            "client_id": {"type": "str"},
            "client_secret": {"type": "str", "no_log": True},
            "username": {"type": "str"},
            "password": {"type": "str", "no_log": True},
            "access_token": {"type": "str", "no_log": True},
            "credentials_in": {"type": "str", "choices": ["body", "query"], "default": "body"},
            "path_prefix": {"type": "str", "default": ""},
            "routes": {"type": "dict", "default": {}},
        },
        environment={
            "api_url": (EnvironmentVariable("GREYMATTER_API_URL"),),
            "auth_url": (EnvironmentVariable("GREYMATTER_AUTH_URL"),),
            "client_id": (EnvironmentVariable("GREYMATTER_CLIENT_ID"),),
            "client_secret": (EnvironmentVariable("GREYMATTER_CLIENT_SECRET"),),
            "username": (EnvironmentVariable("GREYMATTER_USERNAME"),),
            "password": (EnvironmentVariable("GREYMATTER_PASSWORD"),),
            "access_token": (EnvironmentVariable("GREYMATTER_ACCESS_TOKEN"),),
        },
        authentication=Authentication(
            ways=(Way(ACCESS_TOKEN, ("access_token",)), Way(PASSWORD, ("username", "password"))),
            accepted=(ACCESS_TOKEN, PASSWORD),
        ),
    )
    + HTTP_SPEC
    + TOKEN_STORE_SPEC
)


def api_url(params: dict[str, Any]) -> str:
    """The URL that API paths are appended to: the host's, with the gateway's prefix."""
    if not params["api_url"]:
        raise OptionError("Where is the API?", hint=f"Give {GREYMATTER_SPEC.variables_of('api_url')} as https://host.")
    return _prefixed(base_url(params["api_url"], "api_url"), params)


def token_url(params: dict[str, Any]) -> str:
    if not params["auth_url"] and not params["api_url"]:
        raise OptionError(
            "Where is the login?", hint=f"Give {GREYMATTER_SPEC.variables_of('api_url')} as https://host."
        )
    option = "auth_url" if params["auth_url"] else "api_url"
    path = routes.path_of("token", params["routes"])
    return join(_prefixed(base_url(params[option], option), params), path)


def _prefixed(url: str, params: dict[str, Any]) -> str:
    prefix = params["path_prefix"].strip("/")
    return join(url, prefix, "path_prefix") if prefix else url
