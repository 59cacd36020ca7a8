# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.greyops.rest.plugins.module_utils._greymatter import options
from ansible_collections.greyops.rest.plugins.module_utils._http.client import ApiClient
from ansible_collections.greyops.rest.plugins.module_utils._oauth.bearer import BearerAuth, given_token
from ansible_collections.greyops.rest.plugins.module_utils._oauth.connection import Connection
from ansible_collections.greyops.rest.plugins.module_utils._oauth.credentials import hint_for
from ansible_collections.greyops.rest.plugins.module_utils._oauth.grants import PasswordGrant

if TYPE_CHECKING:
    from ansible_collections.greyops.rest.plugins.module_utils._http.authorization import Authorization
    from ansible_collections.greyops.rest.plugins.module_utils._http.host import Host
    from ansible_collections.greyops.rest.plugins.module_utils._oauth.provider import TokenProvider
    from ansible_collections.greyops.rest.plugins.module_utils._secrets import Secrets

# The published constant of GreyMatter's login (documented): no secret, so it is no default of an option that
# Ansible would cut out of every result.
_PUBLISHED_CLIENT = "butler"


def open_client(params: dict[str, Any], host: Host, secrets: Secrets) -> ApiClient:
    """GreyMatter's API with the credential of resolved, validated options."""
    connection = _connect(params, host, secrets)
    return ApiClient(connection.session, options.api_url(params), _authorization(params, connection))


def open_provider(params: dict[str, Any], host: Host, secrets: Secrets) -> TokenProvider:
    """The token of a GreyMatter account."""
    return _provider(params, _connect(params, host, secrets))


def _connect(params: dict[str, Any], host: Host, secrets: Secrets) -> Connection:
    secret = params["password"] or params["access_token"]
    return Connection.open(params, host, secrets, [params["client_secret"] or _PUBLISHED_CLIENT, secret])


def _provider(params: dict[str, Any], connection: Connection) -> TokenProvider:
    return connection.provider(
        PasswordGrant(
            service="greymatter",
            token_url=options.token_url(params),
            client_id=params["client_id"] or _PUBLISHED_CLIENT,
            client_secret=params["client_secret"] or _PUBLISHED_CLIENT,
            username=params["username"],
            password=params["password"],
            in_query=params["credentials_in"] == "query",
            hint=hint_for(options.GREYMATTER_SPEC, params),
        )
    )


def _authorization(params: dict[str, Any], connection: Connection) -> Authorization:
    if params["auth"] == options.ACCESS_TOKEN:
        return given_token(connection.session, params["access_token"], hint_for(options.GREYMATTER_SPEC, params))
    return BearerAuth(_provider(params, connection), connection.session)
