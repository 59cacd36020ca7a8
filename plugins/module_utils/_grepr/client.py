# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.greyops.rest.plugins.module_utils._grepr import options
from ansible_collections.greyops.rest.plugins.module_utils._http.authorization import Authorization
from ansible_collections.greyops.rest.plugins.module_utils._http.client import ApiClient
from ansible_collections.greyops.rest.plugins.module_utils._oauth.bearer import BearerAuth, given_key, given_token
from ansible_collections.greyops.rest.plugins.module_utils._oauth.connection import Connection
from ansible_collections.greyops.rest.plugins.module_utils._oauth.credentials import hint_for
from ansible_collections.greyops.rest.plugins.module_utils._oauth.grants import ClientCredentialsGrant

if TYPE_CHECKING:
    from ansible_collections.greyops.rest.plugins.module_utils._http.host import Host
    from ansible_collections.greyops.rest.plugins.module_utils._oauth.provider import TokenProvider
    from ansible_collections.greyops.rest.plugins.module_utils._secrets import Secrets

_KEY_HEADER = "GREPR-API-KEY"


def open_client(params: dict[str, Any], host: Host, secrets: Secrets) -> ApiClient:
    """Grepr's API with the credential of resolved, validated options; without one where none was given."""
    connection = _connect(params, host, secrets)
    return ApiClient(connection.session, options.api_url(params), _authorization(params, connection))


def open_provider(params: dict[str, Any], host: Host, secrets: Secrets) -> TokenProvider:
    """The token of Grepr's client credentials."""
    return _provider(params, _connect(params, host, secrets))


def _connect(params: dict[str, Any], host: Host, secrets: Secrets) -> Connection:
    secret = params["client_secret"] or params["api_key"] or params["access_token"]
    return Connection.open(params, host, secrets, [secret, None])


def _provider(params: dict[str, Any], connection: Connection) -> TokenProvider:
    return connection.provider(
        ClientCredentialsGrant(
            service="grepr",
            token_url=options.token_url(params),
            client_id=params["client_id"],
            client_secret=params["client_secret"],
            audience=params["audience"],
            scope=params["scope"],
            token_request=params["token_request"],
            hint=hint_for(options.GREPR_SPEC, params),
        )
    )


def _authorization(params: dict[str, Any], connection: Connection) -> Authorization:
    way = params["auth"]
    if way == options.ACCESS_TOKEN:
        return given_token(connection.session, params["access_token"], hint_for(options.GREPR_SPEC, params))
    if way == options.API_KEY:
        return given_key(connection.session, _KEY_HEADER, params["api_key"], hint_for(options.GREPR_SPEC, params))
    if way == options.CLIENT_CREDENTIALS:
        return BearerAuth(_provider(params, connection), connection.session)
    return Authorization()
