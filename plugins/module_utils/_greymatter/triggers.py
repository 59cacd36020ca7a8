# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.greyops.rest.plugins.module_utils._errors import ResponseError
from ansible_collections.greyops.rest.plugins.module_utils._http.reasons import reason_of

if TYPE_CHECKING:
    from ansible_collections.greyops.rest.plugins.module_utils._greymatter.gateway import Gateway

# Documented: what these statuses of this call mean.
_REASONS = {
    400: "the order has a status that does not allow it",
    404: "it knows no order of that id",
}


def tell_print_ready(gateway: Gateway, order: str) -> None:
    """Tell GreyMatter that what is to be printed for an order is ready (documented: no body either way).

    :raises ResponseError: it knows no such order, or the order does not wait for it.
    """
    answer = gateway.call("print_ready", ids={"id": order}, expected=(*range(200, 300), *_REASONS))
    if answer.status in _REASONS:
        said = reason_of(answer, gateway.client.session.secrets).rstrip(".")
        raise answer.error(
            ResponseError,
            f"does not take it that {order} is ready to print, with HTTP {answer.status}.",
            reason=f"{_REASONS[answer.status]} ({said})" if said else _REASONS[answer.status],
            hint="If the site has another path, give it as print_ready in routes.",
        )
