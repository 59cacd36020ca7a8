# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.greyops.rest.plugins.module_utils._grepr import options
from ansible_collections.greyops.rest.plugins.module_utils._http.authorization import Authorization
from ansible_collections.greyops.rest.plugins.module_utils._http.client import ApiClient
from ansible_collections.greyops.rest.plugins.module_utils._http.session import Session
from ansible_collections.greyops.rest.plugins.module_utils._http.settings import HttpSettings
from ansible_collections.greyops.rest.plugins.module_utils._oauth.bearer import BearerAuth, given_key, given_token
from ansible_collections.greyops.rest.plugins.module_utils._oauth.grants import ClientCredentialsGrant
from ansible_collections.greyops.rest.plugins.module_utils._oauth.provider import TokenProvider
from ansible_collections.greyops.rest.plugins.module_utils._oauth.settings import TokenStoreSettings

if TYPE_CHECKING:
    from ansible_collections.greyops.rest.plugins.module_utils._http.host import Host
    from ansible_collections.greyops.rest.plugins.module_utils._secrets import Secrets

_KEY_HEADER = "GREPR-API-KEY"


def open_client(params: dict[str, Any], host: Host, secrets: Secrets) -> ApiClient:
    """Grepr's API with the credential of resolved, validated options; without one where none was given."""
    session = Session(HttpSettings.from_params(params), secrets, host)
    return ApiClient(session, options.api_url(params), _authorization(params, session))


def open_provider(params: dict[str, Any], host: Host, secrets: Secrets) -> TokenProvider:
    """The token of Grepr's client credentials."""
    return _provider(params, Session(HttpSettings.from_params(params), secrets, host))


def _provider(params: dict[str, Any], session: Session) -> TokenProvider:
    grant = ClientCredentialsGrant(
        service="grepr",
        token_url=options.token_url(params),
        client_id=params["client_id"],
        client_secret=params["client_secret"],
        audience=params["audience"],
        scope=params["scope"],
    )
    settings = TokenStoreSettings.from_params(params)
    return TokenProvider(grant, settings.stores(session.host.directories), session, settings.min_ttl)


def _authorization(params: dict[str, Any], session: Session) -> Authorization:
    way = params["auth"]
    if way == options.ACCESS_TOKEN:
        return given_token(session, params["access_token"])
    if way == options.API_KEY:
        return given_key(session, _KEY_HEADER, params["api_key"])
    if way == options.CLIENT_CREDENTIALS:
        return BearerAuth(_provider(params, session), session)
    return Authorization()
