# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from requests.auth import AuthBase

    from ansible_collections.greyops.rest.plugins.module_utils._http.answers import Answer
else:
    try:
        from requests.auth import AuthBase
    except ImportError:  # the session says so when it is opened
        AuthBase = object


class Authorization(AuthBase):
    """What puts a credential on requests, and gets a better one when the server refuses it.

    This one has none. An authorization is always set, since requests would else look for one in ``~/.netrc``.
    """

    hint = ""
    """What to look at when the credential is refused."""

    def __call__(self, request: Any) -> Any:
        """Put the credential on a prepared request."""
        return request

    def accepted(self) -> None:
        """The server took the credential."""

    def renew(self, answer: Answer) -> bool:
        """After a 401: whether there is another credential to repeat the request with. May raise instead."""
        return False
