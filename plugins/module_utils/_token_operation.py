# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from ._argspec import ArgumentSpec
from ._http.auth import GIVEN
from ._oauth.provider import GRANTED, REFRESHED
from ._oauth.tokens import Token, format_iso8601
from ._operation import Operation, OperationResult
from ._service import ACCESS_TOKEN

if TYPE_CHECKING:
    from ._context import Context
    from ._oauth.provider import TokenProvider
    from ._service import Service


_SPEC = ArgumentSpec(
    options={
        "state": {"type": "str", "choices": ["present", "refreshed", "absent"], "default": "present"},
        "return_token": {"type": "bool", "default": False, "no_log": False},
    }
)


def build_token_operation(service: Service) -> Operation:
    """The operation of a service's token module: log in once, renew, or delete."""

    def run(context: Context) -> OperationResult:
        if context.params["access_token"]:
            return _describe_given(context)
        provider = service.open_provider(context)
        if context.params["state"] == "absent":
            return _delete_token(context, provider)
        if context.params["state"] == "refreshed" and context.check_mode:
            return _build_result(context, provider.peek(), provider, changed=True)
        token = provider.renew() if context.params["state"] == "refreshed" else provider.get_token()
        return _build_result(context, token, provider, changed=context.runtime.stats.token in (GRANTED, REFRESHED))

    spec = service.spec.allow(ACCESS_TOKEN, service.login) + _SPEC
    return Operation(spec=spec, run=run, secret_option="return_token")


def _describe_given(context: Context) -> OperationResult:
    """Describe the user's own token, which this module neither renews nor deletes."""
    context.runtime.stats.token = GIVEN
    token = Token(context.params["access_token"], "Bearer", None, obtained_at=time.time(), expires_at=None)
    values = {**_describe_token(None), "token_type": "Bearer", "store": None, **_reveal(context, token)}
    return OperationResult(values=values)


def _delete_token(context: Context, provider: TokenProvider) -> OperationResult:
    known = provider.peek() is not None
    changed = known if context.check_mode else provider.delete()
    return OperationResult(
        changed=changed,
        values={**_describe_token(None), "store": provider.store_kind},
        diff={"before": {"stored": known}, "after": {"stored": False}},
    )


def _build_result(context: Context, token: Token | None, provider: TokenProvider, changed: bool) -> OperationResult:
    values = {**_describe_token(token), "store": provider.store_kind, **_reveal(context, token)}
    return OperationResult(changed=changed, values=values)


def _describe_token(token: Token | None) -> dict[str, Any]:
    """Describe a token without its secrets. ``expires_in`` is in whole seconds from now."""
    if token is None:
        return {"token_type": None, "scope": None, "obtained_at": None, "expires_at": None, "expires_in": None}
    remaining = token.get_remaining(time.time())
    return {
        "token_type": "Bearer" if token.token_type.lower() == "bearer" else token.token_type,
        "scope": token.scope,
        "obtained_at": format_iso8601(token.obtained_at),
        "expires_at": format_iso8601(token.expires_at),
        "expires_in": None if remaining is None else int(remaining),
    }


def _reveal(context: Context, token: Token | None) -> dict[str, Any]:
    if token is None or not context.params["return_token"]:
        return {}
    return {"access_token": token.access_token, "authorization": token.authorization}
