# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""GreyMatter: its options, its URLs and its ways to authenticate."""

from __future__ import annotations

from .._argspec import (
    ArgumentSpec,
    AuthMethod,
    AuthMethods,
    EnvironmentVariable,
)
from .._errors import OptionError
from .._http.settings import HTTP_SPEC
from .._http.urls import join, parse_base_url
from .._oauth.credentials import find_credential_hint
from .._oauth.grants import PasswordGrant
from .._oauth.settings import TOKEN_STORE_SPEC
from .._service import ACCESS_TOKEN, Params, Service
from . import routes

PASSWORD = "password"

_SPEC = (
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
        authentication=AuthMethods(
            methods=(AuthMethod(ACCESS_TOKEN, ("access_token",)), AuthMethod(PASSWORD, ("username", "password"))),
            allowed=(ACCESS_TOKEN, PASSWORD),
        ),
    )
    + HTTP_SPEC
    + TOKEN_STORE_SPEC
)


def get_api_url(params: Params) -> str:
    """Return the URL that API paths are appended to: the server's, with the gateway's prefix."""
    if not params["api_url"]:
        raise OptionError("api_url is required.", hint=f"Give {_SPEC.describe_option('api_url')} as https://host.")
    return _add_prefix(parse_base_url(params["api_url"], "api_url"), params)


def get_token_url(params: Params) -> str:
    if not params["auth_url"] and not params["api_url"]:
        raise OptionError(
            "auth_url or api_url is required.", hint=f"Give {_SPEC.describe_option('api_url')} as https://host."
        )
    option = "auth_url" if params["auth_url"] else "api_url"
    path = routes.get_path("token", params["routes"])
    return join(_add_prefix(parse_base_url(params[option], option), params), path)


def _add_prefix(url: str, params: Params) -> str:
    prefix = params["path_prefix"].strip("/")
    return join(url, prefix, "path_prefix") if prefix else url


# The published constant of GreyMatter's login (documented). It is not secret, so it must not be an option default,
# which Ansible would remove from every result.
_PUBLISHED_CLIENT = "butler"


def _build_grant(params: Params) -> PasswordGrant:
    return PasswordGrant(
        service="greymatter",
        token_url=get_token_url(params),
        client_id=params["client_id"] or _PUBLISHED_CLIENT,
        client_secret=params["client_secret"] or _PUBLISHED_CLIENT,
        username=params["username"],
        password=params["password"],
        in_query=params["credentials_in"] == "query",
        hint=find_credential_hint(_SPEC, params),
    )


def _get_secret_material(params: Params) -> list[str | None]:
    return [params["client_secret"] or _PUBLISHED_CLIENT, params["password"] or params["access_token"]]


GREYMATTER = Service(
    name="greymatter",
    spec=_SPEC.as_connection(),
    login=PASSWORD,
    get_api_url=get_api_url,
    build_grant=_build_grant,
    get_secret_material=_get_secret_material,
    get_probe=lambda params: (routes.get_path("catalog", params["routes"]), ()),
)
