# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Read lists that are split into pages."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from .._errors import HTTPStatusError
from .json_parser import Budget

if TYPE_CHECKING:
    from .response import Response

# More pages than any account has, even with few entries, and more than a task waits for.
_MAX_PAGES = 10_000
_MAX_SECONDS = 3600.0


class PageReader:
    """The limits for all pages of one list together: their number, their time, and the memory of their data.

    Otherwise a server that always has one more page would be read until the memory of the host is full.
    """

    def __init__(self, max_response: int) -> None:
        self._budget = Budget(2 * max_response)
        self._pages = 0
        self._end = time.monotonic() + _MAX_SECONDS

    def read(self, response: Response) -> Any:
        """Return the parsed body of the next page.

        :raises HTTPStatusError: it is not JSON, or the list exceeds a limit.
        """
        self._pages += 1
        if self._pages > _MAX_PAGES or time.monotonic() > self._end:
            limit = f"{_MAX_PAGES} pages" if self._pages > _MAX_PAGES else f"{_MAX_SECONDS:.0f} s"
            raise response.build_error(
                HTTPStatusError,
                f"answered with one more page after {limit}",
                hint="A list that does not end is a fault of the server, or of a proxy in front of it.",
            )
        return response.parse_json(self._budget)
