# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import re
from typing import Any

from ansible_collections.greyops.rest.plugins.module_utils._errors import OptionError
from ansible_collections.greyops.rest.plugins.module_utils._http.settings import HTTP_SPEC
from ansible_collections.greyops.rest.plugins.module_utils._http.urls import base_url
from ansible_collections.greyops.rest.plugins.module_utils._oauth.grants import AS_BASIC, AS_FORM, AS_JSON
from ansible_collections.greyops.rest.plugins.module_utils._oauth.settings import TOKEN_STORE_SPEC
from ansible_collections.greyops.rest.plugins.module_utils._options import (
    ArgumentSpec,
    Authentication,
    EnvironmentVariable,
    Way,
)

CLIENT_CREDENTIALS = "client_credentials"
API_KEY = "api_key"
ACCESS_TOKEN = "access_token"

_API_PATH = "/api"
_TOKEN_PATH = "/oauth/token"


def _host_to_api_url(host: str) -> str:
    # The Terraform provider's variable: a host without the API's path, though users add it now and then.
    return f"{_domain_to_url(host).rstrip('/').removesuffix(_API_PATH)}{_API_PATH}"


def _domain_to_url(domain: str) -> str:
    # The Terraform provider's variable: a domain without a scheme.
    domain = domain.strip()
    return domain if "://" in domain else f"https://{domain}"


GREPR_SPEC = (
    ArgumentSpec(
        options={
            "api_url": {"type": "str"},
            "org": {"type": "str"},
            "auth_url": {"type": "str", "default": "https://grepr-prod.us.auth0.com"},
            "auth": {"type": "str", "choices": ["auto", CLIENT_CREDENTIALS, API_KEY, ACCESS_TOKEN], "default": "auto"},
            "client_id": {"type": "str"},
            "client_secret": {"type": "str", "no_log": True},
            "audience": {"type": "str", "default": "service"},
            "scope": {"type": "str"},
            "token_request": {
                "type": "str",
                "choices": [AS_JSON, AS_FORM, AS_BASIC],
                "default": AS_JSON,
                "no_log": False,
            },
            "api_key": {"type": "str", "no_log": True},
            "access_token": {"type": "str", "no_log": True},
        },
        environment={
            "api_url": (
                EnvironmentVariable("GREPR_API_BASE_URL", overruled_by=("org",)),
                EnvironmentVariable("GREPR_HOST", convert=_host_to_api_url, overruled_by=("org",)),
            ),
            "org": (EnvironmentVariable("GREPR_ORG_NAME"),),
            "auth_url": (
                EnvironmentVariable("GREPR_AUTH_BASE_URL"),
                EnvironmentVariable("GREPR_AUTH0_DOMAIN", convert=_domain_to_url),
            ),
            "client_id": (EnvironmentVariable("GREPR_CLIENT_ID"),),
            "client_secret": (EnvironmentVariable("GREPR_CLIENT_SECRET"),),
            "audience": (EnvironmentVariable("GREPR_AUDIENCE"),),
            "scope": (EnvironmentVariable("GREPR_SCOPE"),),
            "token_request": (EnvironmentVariable("GREPR_TOKEN_REQUEST"),),
            "api_key": (EnvironmentVariable("GREPR_API_KEY"),),
            "access_token": (EnvironmentVariable("GREPR_ACCESS_TOKEN"),),
        },
        authentication=Authentication(
            ways=(
                Way(ACCESS_TOKEN, ("access_token",)),
                Way(CLIENT_CREDENTIALS, ("client_id", "client_secret")),
                Way(API_KEY, ("api_key",)),
            ),
            accepted=(ACCESS_TOKEN, CLIENT_CREDENTIALS, API_KEY),
        ),
    )
    + HTTP_SPEC
    + TOKEN_STORE_SPEC
)


def api_url(params: dict[str, Any]) -> str:
    """The URL that API paths are appended to."""
    if params["api_url"]:
        url = base_url(params["api_url"], "api_url")
        return url.removesuffix(_API_PATH) if url.endswith(_API_PATH * 2) else url
    organization = params["org"]
    if not organization:
        raise OptionError(
            "Where is the API?", hint=f"Give {GREPR_SPEC.variables_of('org')}, or {GREPR_SPEC.variables_of('api_url')}."
        )
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]*", organization):
        raise OptionError("org is an organization's name as in https://NAME.app.grepr.ai: letters, digits, hyphens.")
    return f"https://{organization.lower()}.app.grepr.ai{_API_PATH}"


def token_url(params: dict[str, Any]) -> str:
    url = base_url(params["auth_url"], "auth_url")
    return url if url.endswith(_TOKEN_PATH) else f"{url}{_TOKEN_PATH}"
