# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from ansible_collections.greyops.rest.plugins.module_utils._errors import ResponseError
from ansible_collections.greyops.rest.plugins.module_utils._http.documents import Budget

if TYPE_CHECKING:
    from ansible_collections.greyops.rest.plugins.module_utils._http.answers import Answer

# More pages than any account fills, of however few entries, and longer than a task waits for them.
_MOST_PAGES = 10_000
_LONGEST = 3600.0


class Listing:
    """What all pages of one listing may take together: their number, their time, and the memory of their data.

    A server that always has one more page would otherwise be followed until the memory of the host is full.
    """

    def __init__(self, max_response: int) -> None:
        self._budget = Budget(2 * max_response)
        self._pages = 0
        self._end = time.monotonic() + _LONGEST

    def page(self, answer: Answer) -> Any:
        """The parsed body of the next page.

        :raises ResponseError: it is not JSON, or the listing goes beyond a limit.
        """
        self._pages += 1
        if self._pages > _MOST_PAGES or time.monotonic() > self._end:
            limit = f"{_MOST_PAGES} pages" if self._pages > _MOST_PAGES else f"{_LONGEST:.0f} s"
            raise answer.error(
                ResponseError,
                f"answered with one more page after {limit}",
                hint="A listing that does not end is a fault of the server's, or of the proxy before it.",
            )
        return answer.json(self._budget)
