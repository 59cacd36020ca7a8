# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""A service: the options, URLs and credentials of one REST API, and its client."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ._http.auth import Auth, NoAuth, StaticHeaderAuth
from ._http.client import ApiClient, HttpClient
from ._http.settings import HttpSettings
from ._oauth.credentials import find_credential_hint
from ._oauth.provider import BearerAuth, TokenProvider
from ._oauth.settings import TokenStoreSettings
from ._oauth.store import EncryptedStore, SharedRateLimits

if TYPE_CHECKING:
    from ._argspec import ArgumentSpec
    from ._context import Context
    from ._oauth.grants import Grant

Params = dict[str, Any]

ACCESS_TOKEN = "access_token"
API_KEY = "api_key"


@dataclass(frozen=True)
class Service:
    """One REST API, as data and functions of resolved, validated parameters.

    ``login`` is the value of the option ``auth`` whose tokens come from a grant; every other method sends a header with
    the user's own credential. ``get_secret_material`` is ``[client_secret, password]``, or the values used instead: it
    protects the records of the credential. ``get_probe`` is the path and the query of a short read that shows that the
    API responds. ``find_login_server`` asks the API, without a credential, for the URL of its login server.
    ``find_url_hint`` says what looks wrong in the URL of the API; empty if nothing does.
    """

    name: str
    spec: ArgumentSpec
    login: str
    get_api_url: Callable[[Params], str]
    build_grant: Callable[[Params], Grant]
    get_secret_material: Callable[[Params], list[str | None]]
    get_probe: Callable[[Params], tuple[str, tuple[tuple[str, str], ...]]]
    api_key_header: str = ""
    find_login_server: Callable[[ApiClient], str | None] | None = None
    find_url_hint: Callable[[str], str] | None = None

    def open_client(self, context: Context) -> ApiClient:
        """Open a client of the API with the credential of the parameters; without one if there is none.

        :raises OptionError: the parameters contradict each other, or requests to their URLs are not allowed.
        """
        store, http = self._open(context)
        return self._build_client(context.params, http, self._build_auth(context.params, store, http))

    def open_anonymous_client(self, context: Context) -> ApiClient:
        """Open a client that sends no credential and uses no token store.

        :raises OptionError: requests to the URL are not allowed.
        """
        http = HttpClient(HttpSettings.from_params(context.params), context.runtime)
        return self._build_client(context.params, http, NoAuth())

    def _build_client(self, params: Params, http: HttpClient, auth: Auth) -> ApiClient:
        url = self.get_api_url(params)
        return ApiClient(http, url, auth, self.find_url_hint(url) if self.find_url_hint else "")

    def open_provider(self, context: Context) -> TokenProvider:
        """Open the provider of the tokens of the credential.

        :raises OptionError: as for :meth:`open_client`.
        """
        return self._build_provider(context.params, *self._open(context))

    def logs_in(self, params: Params) -> bool:
        """Whether the token of these parameters comes from a grant."""
        return bool(params["auth"] == self.login)

    def _open(self, context: Context) -> tuple[EncryptedStore, HttpClient]:
        params, runtime = context.params, context.runtime
        settings, stores = HttpSettings.from_params(params), TokenStoreSettings.from_params(params)
        runtime.secrets.register(stores.url_password)
        store = EncryptedStore(
            self.get_secret_material(params), stores.open_stores(runtime.directories, settings), runtime
        )
        return store, HttpClient(settings, runtime, SharedRateLimits(store))

    def _build_provider(self, params: Params, store: EncryptedStore, http: HttpClient) -> TokenProvider:
        grant = self.build_grant(params)
        http.settings.require_permitted(grant.token_url)
        return TokenProvider(grant, store, http, params["min_ttl"])

    def _build_auth(self, params: Params, store: EncryptedStore, http: HttpClient) -> Auth:
        if self.logs_in(params):
            return BearerAuth(self._build_provider(params, store, http), http)
        hint = find_credential_hint(self.spec, params)
        if params["auth"] == ACCESS_TOKEN:
            return StaticHeaderAuth.from_access_token(http.runtime, params["access_token"], hint)
        if params["auth"] == API_KEY:
            return StaticHeaderAuth.from_api_key(http.runtime, self.api_key_header, params["api_key"], hint)
        return NoAuth()
