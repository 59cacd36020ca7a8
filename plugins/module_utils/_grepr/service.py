# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Grepr: its options, its URLs and its ways to authenticate."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from .._argspec import (
    ArgumentSpec,
    AuthMethod,
    AuthMethods,
    EnvironmentVariable,
)
from .._errors import OptionError
from .._http.settings import HTTP_SPEC
from .._http.urls import parse_base_url
from .._oauth.credentials import find_credential_hint
from .._oauth.grants import (
    AS_BASIC,
    AS_FORM,
    AS_JSON,
    ClientCredentialsGrant,
)
from .._oauth.settings import TOKEN_STORE_SPEC
from .._service import ACCESS_TOKEN, API_KEY, Params, Service

if TYPE_CHECKING:
    from .._http.client import ApiClient

CLIENT_CREDENTIALS = "client_credentials"

_API_PATH = "/api"
_VERSION_PATH = "/v1"
_TOKEN_PATH = "/oauth/token"

# Documented by the API's specification and the Terraform provider.
_AUTH_URL = "https://grepr-prod.us.auth0.com"
# Documented by the newest page about authentication and, for Europe, by the page about the MCP server. Which server an
# organization uses is not documented.
_SERVER_HINT = (
    f"If your organization does not log in at {_AUTH_URL}, set auth_url: https://auth.grepr.ai (in Europe: "
    "https://auth.eu.grepr.ai)."
)


def _convert_host(host: str) -> str:
    # The Terraform provider's variable: a host name without the API's path, although users sometimes add it.
    return f"{_convert_domain(host).rstrip('/').removesuffix(_API_PATH)}{_API_PATH}"


def _convert_domain(domain: str) -> str:
    # The Terraform provider's variable: a domain without a scheme.
    domain = domain.strip()
    return domain if "://" in domain else f"https://{domain}"


_SPEC = (
    ArgumentSpec(
        options={
            "api_url": {"type": "str"},
            "org": {"type": "str"},
            "auth_url": {"type": "str", "default": _AUTH_URL},
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
                EnvironmentVariable("GREPR_API_BASE_URL", ignored_with=("org",)),
                EnvironmentVariable("GREPR_HOST", convert=_convert_host, ignored_with=("org",)),
            ),
            "org": (EnvironmentVariable("GREPR_ORG_NAME"),),
            "auth_url": (
                EnvironmentVariable("GREPR_AUTH_BASE_URL"),
                EnvironmentVariable("GREPR_AUTH0_DOMAIN", convert=_convert_domain),
            ),
            "client_id": (EnvironmentVariable("GREPR_CLIENT_ID"),),
            "client_secret": (EnvironmentVariable("GREPR_CLIENT_SECRET"),),
            "audience": (EnvironmentVariable("GREPR_AUDIENCE"),),
            "scope": (EnvironmentVariable("GREPR_SCOPE"),),
            "token_request": (EnvironmentVariable("GREPR_TOKEN_REQUEST"),),
            "api_key": (EnvironmentVariable("GREPR_API_KEY"),),
            "access_token": (EnvironmentVariable("GREPR_ACCESS_TOKEN"),),
        },
        authentication=AuthMethods(
            methods=(
                AuthMethod(ACCESS_TOKEN, ("access_token",)),
                AuthMethod(CLIENT_CREDENTIALS, ("client_id", "client_secret")),
                AuthMethod(API_KEY, ("api_key",)),
            ),
            allowed=(ACCESS_TOKEN, CLIENT_CREDENTIALS, API_KEY),
        ),
    )
    + HTTP_SPEC
    + TOKEN_STORE_SPEC
)


def get_api_url(params: Params) -> str:
    """Return the URL that API paths are appended to."""
    if params["api_url"]:
        url = parse_base_url(params["api_url"], "api_url")
        return url.removesuffix(_API_PATH) if url.endswith(_API_PATH * 2) else url
    organization = params["org"]
    if not organization:
        raise OptionError(
            "api_url is required.",
            hint=f"Give {_SPEC.describe_option('org')}, or {_SPEC.describe_option('api_url')}.",
        )
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]*", organization):
        raise OptionError("org is an organization's name as in https://NAME.app.grepr.ai: letters, digits, hyphens.")
    return f"https://{organization.lower()}.app.grepr.ai{_API_PATH}"


def _find_url_hint(url: str) -> str:
    path = urlsplit(url).path
    if path.endswith(_VERSION_PATH):
        return f"api_url ends before {_VERSION_PATH}: set it to {url.removesuffix(_VERSION_PATH)}."
    # Another path may be that of a gateway.
    return "" if _API_PATH in path else f"The API lies below {_API_PATH}: set api_url to {url}{_API_PATH}."


def get_token_url(params: Params) -> str:
    url = parse_base_url(params["auth_url"], "auth_url")
    return url if url.endswith(_TOKEN_PATH) else f"{url}{_TOKEN_PATH}"


def _build_grant(params: Params) -> ClientCredentialsGrant:
    return ClientCredentialsGrant(
        service="grepr",
        token_url=get_token_url(params),
        client_id=params["client_id"],
        client_secret=params["client_secret"],
        audience=params["audience"],
        scope=params["scope"],
        token_request=params["token_request"],
        hint=find_credential_hint(_SPEC, params),
        server_hint=_SERVER_HINT if get_token_url(params) == f"{_AUTH_URL}{_TOKEN_PATH}" else "",
    )


def _find_login_server(client: ApiClient) -> str | None:
    """The URL of the login server in the manifest of the front end (documented, without a credential)."""
    document = client.call("GET", "/v1/manifest").parse_json()
    auth = document.get("auth") if isinstance(document, dict) else None
    server = auth.get("authServerUrl") if isinstance(auth, dict) else None
    return _convert_domain(server) if isinstance(server, str) and server.strip() else None


def _get_secret_material(params: Params) -> list[str | None]:
    return [params["client_secret"] or params["api_key"] or params["access_token"], None]


# A request with a short response.
_RUNNING_PIPELINES = (
    ("latest", "true"),
    ("execution", "ASYNCHRONOUS"),
    ("processing", "STREAMING"),
    ("state", "RUNNING"),
)

GREPR = Service(
    name="grepr",
    spec=_SPEC.as_connection(),
    login=CLIENT_CREDENTIALS,
    get_api_url=get_api_url,
    build_grant=_build_grant,
    get_secret_material=_get_secret_material,
    get_probe=lambda params: ("/v1/jobs", _RUNNING_PIPELINES),
    api_key_header="GREPR-API-KEY",
    find_login_server=_find_login_server,
    find_url_hint=_find_url_hint,
)
