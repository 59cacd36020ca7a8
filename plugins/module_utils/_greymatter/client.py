# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.greyops.rest.plugins.module_utils._greymatter import options
from ansible_collections.greyops.rest.plugins.module_utils._http.client import ApiClient
from ansible_collections.greyops.rest.plugins.module_utils._http.session import Session
from ansible_collections.greyops.rest.plugins.module_utils._http.settings import HttpSettings
from ansible_collections.greyops.rest.plugins.module_utils._oauth.bearer import BearerAuth, given_token
from ansible_collections.greyops.rest.plugins.module_utils._oauth.grants import PasswordGrant
from ansible_collections.greyops.rest.plugins.module_utils._oauth.provider import TokenProvider
from ansible_collections.greyops.rest.plugins.module_utils._oauth.settings import TokenStoreSettings

if TYPE_CHECKING:
    from ansible_collections.greyops.rest.plugins.module_utils._http.authorization import Authorization
    from ansible_collections.greyops.rest.plugins.module_utils._http.host import Host
    from ansible_collections.greyops.rest.plugins.module_utils._secrets import Secrets

# The published constant of GreyMatter's login (documented): no secret, so it is no default of an option that
# Ansible would cut out of every result.
_PUBLISHED_CLIENT = "butler"


def open_client(params: dict[str, Any], host: Host, secrets: Secrets) -> ApiClient:
    """GreyMatter's API with the credential of resolved, validated options."""
    session = Session(HttpSettings.from_params(params), secrets, host)
    return ApiClient(session, options.api_url(params), _authorization(params, session))


def open_provider(params: dict[str, Any], host: Host, secrets: Secrets) -> TokenProvider:
    """The token of a GreyMatter account."""
    return _provider(params, Session(HttpSettings.from_params(params), secrets, host))


def _provider(params: dict[str, Any], session: Session) -> TokenProvider:
    grant = PasswordGrant(
        service="greymatter",
        token_url=options.token_url(params),
        client_id=params["client_id"] or _PUBLISHED_CLIENT,
        client_secret=params["client_secret"] or _PUBLISHED_CLIENT,
        username=params["username"],
        password=params["password"],
        in_query=params["credentials_in"] == "query",
    )
    settings = TokenStoreSettings.from_params(params)
    return TokenProvider(grant, settings.stores(session.host.directories), session, settings.min_ttl)


def _authorization(params: dict[str, Any], session: Session) -> Authorization:
    if params["auth"] == options.ACCESS_TOKEN:
        return given_token(session, params["access_token"])
    return BearerAuth(_provider(params, session), session)
