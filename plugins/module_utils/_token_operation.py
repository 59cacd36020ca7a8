# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ansible_collections.greyops.rest.plugins.module_utils._oauth.provider import (
    GIVEN,
    GRANTED,
    REFRESHED,
    TokenProvider,
)
from ansible_collections.greyops.rest.plugins.module_utils._oauth.tokens import Token, iso8601
from ansible_collections.greyops.rest.plugins.module_utils._operation import Call, Operation, Outcome
from ansible_collections.greyops.rest.plugins.module_utils._options import ArgumentSpec

if TYPE_CHECKING:
    from ansible_collections.greyops.rest.plugins.module_utils._http.host import Host
    from ansible_collections.greyops.rest.plugins.module_utils._secrets import Secrets

    OpenProvider = Callable[[dict[str, Any], Host, Secrets], TokenProvider]

TOKEN_SPEC = ArgumentSpec(
    options={
        "state": {"type": "str", "choices": ["present", "refreshed", "absent"], "default": "present"},
        "return_token": {"type": "bool", "default": False, "no_log": False},
    }
)


def token_operation(spec: ArgumentSpec, open_provider: OpenProvider) -> Operation:
    """The operation of a service's token module: log in once, renew, or forget."""

    def run(call: Call) -> Outcome:
        if call.params["access_token"]:
            return _given(call)
        provider = open_provider(call.params, call.host, call.secrets)
        if call.params["state"] == "absent":
            return _absent(call, provider)
        if call.params["state"] == "refreshed" and call.check_mode:
            return _outcome(call, provider.known(), provider, changed=True)
        token = provider.renew() if call.params["state"] == "refreshed" else provider.current()
        return _outcome(call, token, provider, changed=call.host.usage.token in (GRANTED, REFRESHED))

    return Operation(spec=spec + TOKEN_SPEC, run=run, reveals="return_token")


def _given(call: Call) -> Outcome:
    """A token of the user's own is theirs to renew and to forget."""
    call.host.usage.token = GIVEN
    token = Token(call.params["access_token"], "Bearer", None, obtained_at=time.time(), expires_at=None)
    values = {**_about(None), "token_type": "Bearer", "store": None, **_value(call, token)}
    return Outcome(values=values, hidden=call.params["return_token"])


def _absent(call: Call, provider: TokenProvider) -> Outcome:
    known = provider.known() is not None
    changed = known if call.check_mode else provider.forget()
    return Outcome(
        changed=changed,
        values={**_about(None), "store": provider.store_kind},
        diff={"before": {"stored": known}, "after": {"stored": False}},
    )


def _outcome(call: Call, token: Token | None, provider: TokenProvider, changed: bool) -> Outcome:
    values = {**_about(token), "store": provider.store_kind, **_value(call, token)}
    return Outcome(changed=changed, values=values, hidden=call.params["return_token"])


def _about(token: Token | None) -> dict[str, Any]:
    """What may be seen of a token. ``expires_in`` is in whole seconds from now."""
    if token is None:
        return {"token_type": None, "scope": None, "obtained_at": None, "expires_at": None, "expires_in": None}
    remaining = token.remaining(time.time())
    return {
        "token_type": "Bearer" if token.token_type.lower() == "bearer" else token.token_type,
        "scope": token.scope,
        "obtained_at": iso8601(token.obtained_at),
        "expires_at": iso8601(token.expires_at),
        "expires_in": None if remaining is None else int(remaining),
    }


def _value(call: Call, token: Token | None) -> dict[str, Any]:
    if token is None or not call.params["return_token"]:
        return {}
    return {"access_token": token.access_token, "authorization": token.authorization}
