# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ansible_collections.greyops.rest.plugins.module_utils._errors import AuthenticationError, ResponseError
from ansible_collections.greyops.rest.plugins.module_utils._http.session import Request, Session
from ansible_collections.greyops.rest.plugins.module_utils._http.urls import join

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from ansible_collections.greyops.rest.plugins.module_utils._http.answers import Answer
    from ansible_collections.greyops.rest.plugins.module_utils._http.authorization import Authorization
    from ansible_collections.greyops.rest.plugins.module_utils._http.streams import StreamLimits

_ADVICE = {
    400: "Check the values that were sent.",
    401: "Check the credential, and that it belongs to this API.",
    403: "The credential may be narrowed to less than this call needs: check its scope or roles.",
    404: "Check api_url and what the path names.",
    409: "What is there already stands in the way: look at it, then try again.",
    429: "The API limits calls: try again later, or with fewer forks.",
}
_SERVER_ADVICE = "The fault is the server's: try again later."
_DOUBTFUL_ADVICE = "The fault is the server's. It may have been carried out: look before you send it again."


@dataclass(frozen=True)
class ApiClient:
    """Calls of one API: paths below its URL, its credential, and an error for every answer nobody expects."""

    session: Session
    api_url: str
    authorization: Authorization

    def __post_init__(self) -> None:
        # Said before the first call, so that check mode says it too.
        self.session.settings.require_permitted(self.api_url)

    def call(
        self,
        method: str,
        path: str,
        *,
        query: Sequence[tuple[str, str]] = (),
        json: Any = None,
        text: str | None = None,
        headers: Mapping[str, str] | None = None,
        expected: Collection[int] = (),
        repeatable: bool = False,
    ) -> Answer:
        """One call.

        :param expected: the statuses that are no error; any of 2xx if none is named.
        :param repeatable: sending it twice does no harm (reads are, by their method).
        :raises ResponseError: another status, with the server's reason; 401 as AuthenticationError.
        """
        request = Request(
            method=method,
            url=join(self.api_url, path),
            authorization=self.authorization,
            query=tuple(query),
            headers=dict(headers or {}),
            json=json,
            text=text,
            repeatable=repeatable,
        )
        return self._expected(request, self.session.exchange(request), expected)

    def stream(
        self,
        path: str,
        *,
        method: str = "POST",
        json: Any = None,
        on_line: Callable[[bytes], bool],
        limits: StreamLimits,
        accept: str,
        on_pause: Callable[[float], None] | None = None,
        repeatable: bool = False,
    ) -> Answer:
        """A call whose answer is heard line by line, or piece by piece if the limits say so.

        :param on_line: gets each line; false ends the hearing.
        :param on_pause: called before more lines are waited for, with the seconds that are left.
        :param repeatable: sending it twice does no harm, as long as no line has come.
        :returns: the answer without its body.
        :raises ResponseError: another status than a success, as in :meth:`call`.
        :raises ExchangeError: it broke off.
        """
        request = Request(
            method=method,
            url=join(self.api_url, path),
            authorization=self.authorization,
            headers={"Accept": accept},
            json=json,
            repeatable=repeatable,
        )
        return self._expected(request, self.session.stream(request, on_line, limits, on_pause), ())

    def _expected(self, request: Request, answer: Answer, expected: Collection[int]) -> Answer:
        if answer.status in expected or (not expected and 200 <= answer.status < 300):
            return answer
        family = AuthenticationError if answer.status == 401 else ResponseError
        broken = _SERVER_ADVICE if request.may_repeat else _DOUBTFUL_ADVICE
        hint = _ADVICE.get(answer.status, broken if answer.status >= 500 else "")
        if answer.status == 401:
            hint = f"{self.authorization.hint} {hint}".strip()
        raise self.session.failure(family, answer, hint)
