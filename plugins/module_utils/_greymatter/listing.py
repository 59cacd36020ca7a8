# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.greyops.rest.plugins.module_utils._errors import ResponseError
from ansible_collections.greyops.rest.plugins.module_utils._http.listings import Listing
from ansible_collections.greyops.rest.plugins.module_utils._http.reasons import reason_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ansible_collections.greyops.rest.plugins.module_utils._greymatter.gateway import Gateway
    from ansible_collections.greyops.rest.plugins.module_utils._http.answers import Answer
    from ansible_collections.greyops.rest.plugins.module_utils._secrets import Secrets

# Inferred from other endpoints of GreyMatter: an object that carries the list under one of these names.
_WRAPPERS = ("content", "data", "items", "serviceRequests")

Item = dict[str, Any]


def list_all(gateway: Gateway, route: str, ids: Mapping[str, str] | None = None, body: Any = None) -> list[Item]:
    """The objects of a listing, of all its pages: a bare array (documented by its wording), or a wrapped one.

    :param body: what a search by POST asks for.
    """
    session = gateway.client.session
    listing = Listing(session.settings.max_response)
    items, numbers = page_of(listing, gateway.call(route, ids=ids, json=body, repeatable=True), session.secrets)
    for number in numbers:
        page = gateway.call(route, ids=ids, json=body, query=[("page", str(number))], repeatable=True)
        items += page_of(listing, page, session.secrets)[0]
    return items


def page_of(listing: Listing, answer: Answer, secrets: Secrets) -> tuple[list[Item], range]:
    """The objects of a page, and the numbers of those that follow. Some services count from 0, others from 1."""
    document = listing.page(answer)
    following = range(0)
    if isinstance(document, dict):
        total, number = document.get("totalPages"), document.get("number", 0)
        if isinstance(total, int) and isinstance(number, int):
            following = range(number + 1, number + total)
        document = next((document[name] for name in _WRAPPERS if isinstance(document.get(name), list)), None)
    if not isinstance(document, list) or not all(isinstance(item, dict) for item in document):
        # Some of its services report errors with HTTP 200.
        raise answer.error(
            ResponseError,
            "answered with no list.",
            reason=reason_of(answer, secrets),
            hint="Check api_url, path_prefix and routes.",
        )
    return document, following
