# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ansible_collections.greyops.rest.plugins.module_utils._errors import ResponseError
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.client import open_client
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.routes import (
    DOCUMENTED,
    INFERRED,
    SEEN,
    resolved,
)
from ansible_collections.greyops.rest.plugins.module_utils._http.reasons import reason_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from ansible_collections.greyops.rest.plugins.module_utils._http.answers import Answer
    from ansible_collections.greyops.rest.plugins.module_utils._http.client import ApiClient
    from ansible_collections.greyops.rest.plugins.module_utils._http.host import Host
    from ansible_collections.greyops.rest.plugins.module_utils._http.streams import StreamLimits
    from ansible_collections.greyops.rest.plugins.module_utils._secrets import Secrets

_ORIGINS = {
    SEEN: "was seen in other programs, and no document of GreyOrange confirms it",
    INFERRED: "is inferred, and no document of GreyOrange confirms it",
}


class Gateway:
    """GreyMatter's API by the names of its routes."""

    def __init__(self, client: ApiClient, overrides: Mapping[str, object]) -> None:
        """
        :param overrides: the option routes.
        :raises OptionError: it is wrong.
        """
        self.client = client
        self._routes = resolved(overrides)

    def call(
        self,
        name: str,
        *,
        ids: Mapping[str, str] | None = None,
        query: Sequence[tuple[str, str]] = (),
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        expected: Collection[int] = (),
        repeatable: bool = False,
    ) -> Answer:
        """One call, by the name of its route; the rest is as in :meth:`ApiClient.call`.

        :param ids: what stands for the placeholders of its path.
        :raises ResponseError: an unexpected status, or a success whose body tells of an error. Where the path or the
            method may be wrong, it says how to give another.
        """
        route = self._routes[name]
        with self._advised(name):
            answer = self.client.call(
                route.method,
                route.path(ids or {}),
                query=query,
                json=json,
                headers=headers,
                expected=expected,
                repeatable=repeatable,
            )
        if answer.status < 400 and is_refusal(answer):
            told = f"answered with HTTP {answer.status}, and yet with an error."
            raise answer.error(ResponseError, told, reason=reason_of(answer, self.client.session.secrets))
        return answer

    def download(
        self, name: str, *, ids: Mapping[str, str], hear: Callable[[bytes], bool], limits: StreamLimits, accept: str
    ) -> Answer:
        """A call that only reads, whose success is heard as it comes.

        :returns: the answer without its body, so that whoever heard it has to look whether it tells of an error.
        :raises ExchangeError: it broke off.
        """
        route = self._routes[name]
        with self._advised(name):
            return self.client.stream(
                route.path(ids), method=route.method, on_line=hear, limits=limits, accept=accept, repeatable=True
            )

    def hint(self, name: str) -> str:
        """What can be done where the path of a route leads nowhere."""
        route = self._routes[name]
        other = f"give another as {name} in routes, such as '{route.method} {route.template}'"
        if route.given:
            return f"The path is that of {name} in routes."
        if route.certainty == DOCUMENTED:
            return f"If the site has another path, {other}."
        return f"The path {_ORIGINS[route.certainty]}: if the site has another one, {other}."

    @contextmanager
    def _advised(self, name: str) -> Iterator[None]:
        try:
            yield
        except ResponseError as error:
            if error.status not in (404, 405):
                raise
            error.hint = f"{error.hint} {self.hint(name)}"
            raise


def open_gateway(params: dict[str, Any], host: Host, secrets: Secrets) -> Gateway:
    """GreyMatter's API with the credential and the routes of resolved, validated options."""
    return Gateway(open_client(params, host, secrets), params["routes"])


def is_refusal(answer: Answer) -> bool:
    """Whether an answer with the status of a success tells of an error, as some services of GreyMatter do (seen)."""
    document = answer.brief()
    if not isinstance(document, dict):
        return False
    if document.get("alert_data") or str(document.get("status")).upper() == "FAILURE":
        return True
    return isinstance(document.get("reason"), str) and "id" not in document
